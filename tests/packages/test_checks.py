"""Each fault that the checks of packages look for is planted in whole packages, and must be found."""

import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

from apps import NotInFeed, checked
from packed import COMMON, LIBRARIES, TOOL, TOOL_ASSEMBLIES, faults, library_files

ROOT = "/build/of/somebody/durable-sink"
DLL = b"MZ /_/src/DurableSink.cs"
SPEC = """<?xml version="1.0"?><package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>{name}</id>
<license type="expression">MIT</license><readme>README.md</readme><icon>icon.png</icon><authors>us</authors><description>what it is</description><tags>log</tags>
<dependencies><group targetFramework="net10.0">{needs}</group></dependencies></metadata></package>"""


def whole():
    """The files of whole packages: by package file, by name."""
    made = {}
    for name, (assembly, needs) in LIBRARIES.items():
        depends = "".join(f'<dependency id="{i}" version="{v or "[0.1.0]"}" exclude="Build,Analyzers" />' for i, v in needs.items())
        made[f"{name}.0.1.0.nupkg"] = {f"{name}.nuspec": SPEC.format(name=name, needs=depends), **dict.fromkeys(library_files(name), "x"),
                                       f"lib/net10.0/{assembly}.dll": DLL, "[Content_Types].xml": "x", "_rels/.rels": "x"}
        made[f"{name}.0.1.0.snupkg"] = {f"{name}.nuspec": "x", f"lib/net10.0/{assembly}.pdb": "x"}
    made[f"{TOOL}.0.1.0.nupkg"] = {f"{TOOL}.nuspec": SPEC.format(name=TOOL, needs=""), **dict.fromkeys(COMMON, "x"),
                                   "THIRD-PARTY-NOTICES.txt": "\n".join(sorted(TOOL_ASSEMBLIES)),
                                   **{f"tools/net10.0/any/{assembly}.dll": DLL for assembly in TOOL_ASSEMBLIES}}
    return made


class PackageChecks(unittest.TestCase):
    def faults(self, packages):
        with tempfile.TemporaryDirectory() as folder:
            for name, files in packages.items():
                with zipfile.ZipFile(Path(folder) / name, "w") as archive:
                    for file, content in files.items():
                        archive.writestr(file, content)
            return list(faults(folder, ROOT))

    def broken(self, expected, package="DurableSink.Serilog.0.1.0.nupkg", file=None, old="", new="", leave_out=False):
        packages = whole()
        file = file or next(name for name in packages[package] if name.endswith(".nuspec"))
        if leave_out:
            del packages[package][file]
        else:
            content = packages[package].get(file, "")
            changed = content.replace(old, new) if old else new
            self.assertNotEqual(content, changed)
            packages[package][file] = changed
        found = self.faults(packages)
        self.assertTrue(any(expected in fault for fault in found), found)

    def test_whole_packages_have_no_fault(self):
        self.assertEqual([], self.faults(whole()))

    def test_metadata(self):
        self.broken("license", old="MIT", new="GPL")
        self.broken("readme", old="<readme>README.md</readme>")
        self.broken("icon", old="<icon>icon.png</icon>")
        self.broken("no tags", old="log</tags>", new="</tags>")
        self.broken("no description", old="what it is", new="Package Description")

    def test_dependencies(self):
        self.broken("depends on", old='"3.1.1"', new='"4.0.0"')
        self.broken("depends on", old='"[0.1.0]"', new='"0.1.0"')
        self.broken("depends on", old="<dependency id=\"Serilog\"", new="<dependency id=\"Other\"")
        self.broken("depends on", package="DurableSink.0.1.0.nupkg", old='<dependency id="System.IO.Hashing" version="10.0.0" exclude="Build,Analyzers" />')
        self.broken("a tool holds all", package=f"{TOOL}.0.1.0.nupkg", old="</group>", new='<dependency id="DurableSink" version="0.1.0" /></group>')

    def test_files(self):
        self.broken("missing or too much", file="icon.png", leave_out=True)
        self.broken("missing or too much", file="lib/net10.0/System.IO.Hashing.dll", new="x")
        self.broken("missing or too much", file="lib/net10.0/DurableSink.Serilog.xml", leave_out=True)
        self.broken("missing or too much", package="DurableSink.0.1.0.nupkg", file="ConfigurationSchema.json", leave_out=True)
        self.broken("no symbols", package="DurableSink.0.1.0.snupkg", file="lib/net10.0/DurableSink.pdb", leave_out=True)
        self.broken("is missing", package=f"{TOOL}.0.1.0.nupkg", file="README.md", leave_out=True)
        self.broken("missing or too much", package=f"{TOOL}.0.1.0.nupkg", file="tools/net10.0/any/Other.dll", new="x")
        self.broken("no notice of Polly.Core", package=f"{TOOL}.0.1.0.nupkg", file="THIRD-PARTY-NOTICES.txt", old="Polly.Core")

    def test_assemblies(self):
        self.broken("names the folder", file="lib/net10.0/DurableSink.Serilog.dll", old=b"/_/", new=ROOT.encode() + b" /_/")
        self.broken("not built deterministically", file="lib/net10.0/DurableSink.Serilog.dll", old=b"/_/", new=b"/x/")

    def test_a_package_is_missing(self):
        packages = whole()
        del packages["DurableSink.AspNetCore.0.1.0.nupkg"]
        self.assertTrue(self.faults(packages)[0].startswith("packages:"))

    def test_only_packages_of_others_may_be_missing_from_the_feed(self):
        def failed(said):
            checked(subprocess.CompletedProcess(["dotnet"], 1, said))
        self.assertRaises(NotInFeed, failed, "error NU1101: Unable to find package System.IO.Hashing. No packages exist with this id")
        self.assertRaises(NotInFeed, failed, "error NU1102: Unable to find package Serilog with version (>= 4.4.0)")
        self.assertRaises(AssertionError, failed, "error NU1102: Unable to find package DurableSink with version (= 0.1.0)")
        self.assertRaises(AssertionError, failed, "error CS0103: The name does not exist")


if __name__ == "__main__":
    unittest.main()
