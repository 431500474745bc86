"""Runs the writer as a process of its own, and what every check needs: a folder, processes that end with it, the writer's answers."""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "faults"))
from rig.writer import Failed, Skipped, needs  # noqa: E402,F401

START_LIMIT = 60  # seconds


class Context:
    """One check's folder and processes; all end with it."""

    def __init__(self, app, work, args):
        self.app, self.work, self.args = Path(app), Path(work), args
        self._ends = []

    def command(self, *arguments):
        """The writer's command, which ends when we do."""
        return ["setpriv", "--pdeathsig", "KILL", "--", shutil.which("dotnet"), str(self.app / "DurableSink.Load.dll"), *map(str, arguments)]

    def on_exit(self, action):
        self._ends.append(action)

    def close(self):
        while self._ends:
            try:
                self._ends.pop()()
            except Exception as e:  # one that fails keeps no other from its turn
                print(f"  while cleaning up: {e}", file=sys.stderr)


class Writer:
    """Logs, says so, and closes when it is asked to."""

    def __init__(self, context, directory, settings=None, before=(), prepare=None, **options):
        settings = {**(settings or {}), **dict(s.split("=", 1) for s in context.args.set)}
        self.directory = Path(directory)
        self.console = context.work / f"console-{self.directory.name}"
        command = context.command("write", directory,
                                  *[part for k, v in options.items() for part in ("--" + k.replace("_", "-"), v)],
                                  *[part for k, v in settings.items() for part in ("--set", f"{k}={v}")])
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen([*before, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=console, text=True,
                                            preexec_fn=prepare, env={**os.environ, "DOTNET_gcServer": "0"})
        context.on_exit(self.kill)
        self._said = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.open = self.wait("open", START_LIMIT)

    def _listen(self):
        for line in self.process.stdout:
            self._said.put(json.loads(line))
        self._said.put(None)

    @property
    def pid(self):
        return self.process.pid

    def wait(self, what, seconds):
        """The writer's next answer, which must be this one."""
        try:
            said = self._said.get(timeout=seconds)
        except queue.Empty:
            raise Failed(f"the writer did not say '{what}' within {seconds} s") from None
        if said is None:
            self.process.wait()
            raise Failed(f"the writer ended with {self.process.returncode}: {self.console.read_text(errors='replace')[-600:]}")
        if said["is"] != what:
            raise Failed(f"the writer said {said} where '{what}' was to come")
        return said

    def close(self, seconds=60):
        """Closes the log; what the writer says of that."""
        self.process.stdin.close()
        closed = self.wait("closed", seconds)
        if (code := self.process.wait(seconds)) != 0:
            raise Failed(f"the writer ended with {code}: {self.console.read_text(errors='replace')[-600:]}")
        return closed

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Sampler:
    """Reads something again and again until the block ends."""

    def __init__(self, read, seconds):
        self.read, self.seconds = read, seconds
        self.samples = []  # (time, value)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while True:
            value = self.read()
            if value is not None:
                self.samples.append((time.monotonic(), value))
            if self._ended.wait(self.seconds):
                return

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


def read_by_the_log(context, directory):
    """How many events the log's own reader finds; it checks each line's hash."""
    done = subprocess.run(context.command("read", directory), capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise Failed(f"the log cannot be read: {done.stderr[-600:]}")
    return json.loads(done.stdout)
