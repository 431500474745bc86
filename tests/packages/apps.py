"""Applications as a reader of the READMEs makes them: `dotnet new`, the packages, and the text between the fences."""

import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 240


class NotInFeed(Exception):
    """A package of others that this machine's feed does not have: nothing that ours could help."""


def checked(done):
    """What a finished command said; fails where it failed."""
    if done.returncode == 0:
        return done.stdout
    if missing := re.search(r"error NU110[123]: Unable to find .*package (?!DurableSink).*", done.stdout):
        raise NotInFeed(missing[0])
    raise AssertionError(f"{' '.join(map(str, done.args))}: exit {done.returncode}\n{done.stdout[-4000:]}")


def snippets(document):
    """The C# of a document, in order."""
    return re.findall(r"^```csharp\n(.*?)^```$", (REPOSITORY / document).read_text(), re.MULTILINE | re.DOTALL)


def the_same_snippet(*documents):
    """The first snippet of each, which must be one text."""
    first = [snippets(document)[0] for document in documents]
    if len(set(first)) != 1:
        raise AssertionError(f"The first snippets of {', '.join(documents)} differ")
    return first[0]


class Place:
    """A folder of its own, with a package cache of its own, that knows the new packages beside the feed of this machine."""

    def __init__(self, folder, packages):
        self.folder = Path(folder)
        self.packages = {name: version for name, (version, _) in packages.items()}
        source = next(iter(packages.values()))[1].parent.resolve()
        (self.folder / "nuget.config").write_text(
            f'<configuration><packageSources><add key="packed" value="{source}" /></packageSources></configuration>')
        self.environment = {**os.environ, "NUGET_PACKAGES": str(self.folder / "cache"), "MSBUILDDISABLENODEREUSE": "1",
                            "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1"}

    def run(self, *command, folder=None, timeout=PATIENCE):
        return checked(subprocess.run([str(part) for part in command], cwd=folder or self.folder, env=self.environment, timeout=timeout,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))

    def new(self, template, name, *needed, **others):
        """An application that uses these packages of ours, and others in the versions named."""
        app = self.folder / name
        self.run("dotnet", "new", template, "-o", app, "--no-restore")
        for package in needed:
            self.add(app, package, self.packages[package])
        for package, version in others.items():
            self.add(app, package.replace("_", "."), version)
        return app

    def add(self, app, package, version):
        self.run("dotnet", "add", app, "package", package, "--version", version, "--no-restore")  # building restores

    def build(self, app, program):
        (app / "Program.cs").write_text(program)
        self.run("dotnet", "build", "-c", "Release", "-o", app / "out", "-warnaserror", folder=app)
        return app / "out" / f"{app.name}.dll"


class Server:
    """A web application from its start to SIGTERM."""

    def __init__(self, place, program, folder):
        self.process = subprocess.Popen(["dotnet", str(program), "--urls", "http://127.0.0.1:0"], cwd=folder, env=place.environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = []

    def __enter__(self):
        for line in self.process.stdout:
            self.said.append(line)
            if address := re.search(r"Now listening on: (\S+)", line):
                self.address = address[1]
                return self
        raise AssertionError("The server did not start:\n" + "".join(self.said))

    def __exit__(self, *failure):
        self.process.send_signal(signal.SIGTERM)
        self.said += self.process.communicate(timeout=60)[0].splitlines(keepends=True)
        if self.process.returncode and failure[0] is None:
            raise AssertionError(f"The server ended with {self.process.returncode}:\n{''.join(self.said)}")

    def post(self, path, body, **headers):
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), method="POST",
                                         headers={"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
