"""What is wrong with a folder of packages: each must hold what it should, depend on what it should, and nothing else."""

import re
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

EXTENSIONS = "10.0.0"
# By package: its assembly, and what it depends on. None: on the same release exactly, as these use its internals.
LIBRARIES = {
    "DurableSink": ("DurableSink", {
        "Microsoft.Extensions.Diagnostics.HealthChecks": EXTENSIONS,
        "Microsoft.Extensions.Hosting.Abstractions": EXTENSIONS,
        "Microsoft.Extensions.Logging": EXTENSIONS,
        "Microsoft.Extensions.Logging.Configuration": EXTENSIONS,
        "Microsoft.Extensions.Options": EXTENSIONS,
        "System.IO.Hashing": "10.0.0",
    }),
    "DurableSink.AspNetCore": ("DurableSink.AspNetCore", {"DurableSink": None}),
    "DurableSink.Serilog": ("DurableSink.Serilog", {"DurableSink": None, "Serilog": "3.1.1"}),
    "DurableSink.SegmentShipper": ("SegmentShipper", {
        "AWSSDK.S3": "4.0.104.8",
        "DurableSink": None,
        "Microsoft.Extensions.Diagnostics.HealthChecks": EXTENSIONS,
        "Polly.Core": "8.9.1",
    }),
}
CONFIGURED = {"DurableSink", "DurableSink.SegmentShipper"}  # editors know the schema of their configuration
TOOL = "DurableSink.Tool"
COMMON = {"README.md", "icon.png"}  # in every package
TOOL_ASSEMBLIES = {"durable-log", "DurableSink", "SegmentShipper", "System.IO.Hashing", "AWSSDK.Core", "AWSSDK.S3", "Microsoft.Extensions.*",
                   "Polly.Core", "Spectre.Console", "System.CommandLine"}


def packages(folder):
    """By id: (version, file)."""
    found = {}
    for file in sorted(Path(folder).glob("*.nupkg")):
        name, version = re.fullmatch(r"(.+?)\.(\d+\.\d+\.\d+.*)\.nupkg", file.name).groups()
        found[name] = (version, file)
    return found


def files(package):
    """What a package holds, without what every archive of this kind has, by name."""
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()
                if not name.startswith(("_rels/", "package/")) and name != "[Content_Types].xml" and not name.endswith(".nuspec")}


def nuspec(package):
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".nuspec"))
        return ElementTree.fromstring(re.sub(rb' xmlns="[^"]*"', b"", archive.read(name), count=1))


def dependencies(spec):
    return {d.get("id"): d.get("version") for d in spec.iterfind(".//dependency")}


def metadata_faults(name, spec):
    for element, wanted in {"license": "MIT", "readme": "README.md", "icon": "icon.png"}.items():
        if spec.findtext(f"metadata/{element}") != wanted:
            yield f"{name}: {element} is {spec.findtext(f'metadata/{element}')!r}"
    for element in ("authors", "description", "tags"):
        if not spec.findtext(f"metadata/{element}"):
            yield f"{name}: no {element}"
    # A description that was not written is the SDK's.
    if spec.findtext("metadata/description") == "Package Description":
        yield f"{name}: no description"


def assembly_faults(name, content, root):
    """Built so that another folder makes the same bytes: no path of this one."""
    if root.encode() in content:
        yield f"{name} names the folder in which it was built"
    if b"/_/" not in content:
        yield f"{name} is not built deterministically"


def library_files(name):
    assembly = LIBRARIES[name][0]
    schema = {"ConfigurationSchema.json", f"buildTransitive/{name}.targets"} if name in CONFIGURED else set()
    return COMMON | {f"lib/net10.0/{assembly}.dll", f"lib/net10.0/{assembly}.xml"} | schema


def library_faults(name, version, package, root):
    assembly, needs = LIBRARIES[name]
    spec, content = nuspec(package), files(package)
    yield from metadata_faults(name, spec)
    wanted = {dependency: least or f"[{version}]" for dependency, least in needs.items()}
    if dependencies(spec) != wanted:
        yield f"{name} depends on {dependencies(spec)}, and should on {wanted}"
    held = library_files(name)
    if set(content) != held:
        yield f"{name}: {sorted(set(content) ^ held)} is missing or too much"
    yield from assembly_faults(f"{assembly}.dll", content.get(f"lib/net10.0/{assembly}.dll", b""), root)
    symbols = package.with_suffix(".snupkg")
    if not symbols.exists() or set(files(symbols)) != {f"lib/net10.0/{assembly}.pdb"}:
        yield f"{name}: no symbols"


def tool_faults(package):
    spec, content = nuspec(package), files(package)
    yield from metadata_faults(TOOL, spec)
    if dependencies(spec):
        yield f"{TOOL} depends on {dependencies(spec)}: a tool holds all that it needs"
    if missing := (COMMON | {"THIRD-PARTY-NOTICES.txt"}) - set(content):
        yield f"{TOOL}: {sorted(missing)} is missing"
    held = {re.sub(r"^(Microsoft\.Extensions\.).*", r"\1*", Path(file).stem) for file in content if file.endswith(".dll")}
    if held != TOOL_ASSEMBLIES:
        yield f"{TOOL}: {sorted(held ^ TOOL_ASSEMBLIES)} is missing or too much"
    notices = content.get("THIRD-PARTY-NOTICES.txt", b"").decode()
    for assembly in TOOL_ASSEMBLIES - {"durable-log", "DurableSink", "SegmentShipper"}:
        if assembly not in notices:
            yield f"{TOOL}: no notice of {assembly}"


def faults(folder, root):
    """Of a folder of packages that were built in `root`."""
    found = packages(folder)
    if set(found) != set(LIBRARIES) | {TOOL}:
        yield f"packages: {sorted(found)}"
        return
    for name, (version, package) in found.items():
        yield from tool_faults(package) if name == TOOL else library_faults(name, version, package, root)
