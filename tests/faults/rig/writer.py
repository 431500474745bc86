"""Runs the writer as a process of its own, waits for what its ledger says, and holds the log against it in the end."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "crash"))
from lib.segments import parse, segment_paths  # noqa: E402

from rig.ledger import Ledger, check  # noqa: E402

NOBODY = 65534
START_LIMIT = 60  # seconds
END_LIMIT = 60


class Failed(Exception):
    """A check did not hold; the message says what."""


class Skipped(Exception):
    """A check cannot be made here; the message says why."""


def now():
    """Milliseconds of the clock that the ledger is written by."""
    return time.monotonic() * 1000


def until(condition, seconds, what):
    """Polls a condition; its value when it holds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return value


class Writer:
    _numbers = itertools.count(1)

    def __init__(self, context, directory, options=(), settings=None, user=None, environment=None):
        number = next(self._numbers)
        self.context = context
        self.directory = Path(directory)
        self.settings = [part for k, v in (settings or {}).items() for part in ("--set", f"{k}={v}")]
        self.user = user
        self.ledger = Ledger(context.work / f"ledger-{number}")
        self.console = context.work / f"console-{number}"
        self.rss = 0  # KiB, the greatest seen
        command = [*context.command(user), "write", str(directory), *options, *self.settings]
        with open(self.ledger.path, "wb") as out, open(self.console, "wb") as console:
            self.process = subprocess.Popen(command, stdout=out, stderr=console, cwd=context.work,
                                            env={**os.environ, "DOTNET_gcServer": "0", **(environment or {})})
        context.on_exit(self.kill)
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self):
        while self.process.poll() is None:
            self.rss = max(self.rss, self.rss_now())
            time.sleep(0.1)

    def rss_now(self):
        try:
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        except OSError:
            pass
        return 0

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        if self.process.poll() is not None:
            raise Failed(f"the writer ended with {self.process.returncode}: {self.console.read_text(errors='replace')[-600:]}")

    def wait(self, condition, seconds, what):
        """Until the ledger meets a condition; the writer must live meanwhile."""
        def met():
            self.alive()
            return condition(self.ledger.poll())
        try:
            return until(met, seconds, what)
        except Failed as e:
            raise Failed(f"{e}; it saw {self.ledger.counts()}, notices {self.ledger.names()}") from None

    def wait_open(self):
        self.wait(lambda l: l.opened, START_LIMIT, "the log opens")
        return self

    def wait_calls(self, count, did=("acknowledged", "accepted", "logged"), since=0.0, seconds=30):
        """Until so many calls went well; the one that made it so."""
        def enough(ledger):
            good = [c for c in ledger.calls if c.did in did and c.at >= since]
            return good[count - 1] if len(good) >= count else None
        return self.wait(enough, seconds, f"{count} calls {'/'.join(did)}" + (" after the fault" if since else ""))

    def resumed(self, since, seconds=15, count=8):
        """
        Until events are acknowledged again that were logged after `since`; milliseconds from then to the first of them. Through the
        door that tells nobody: until events become durable again.
        """
        def done(ledger):
            if any(c.did == "logged" for c in ledger.calls[:1]):
                states = [s for s in ledger.states if s["at"] >= since]
                return next(([SimpleNamespace(at=s["at"])] for s in states if s["durable"] > states[0]["durable"]), None)
            good = [c for c in ledger.calls if c.did == "acknowledged" and c.at - c.ms >= since]
            return good if len(good) >= count else None
        return self.wait(done, seconds, "events are acknowledged again")[0].at - since

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def end(self, seconds=END_LIMIT):
        """SIGTERM, and the wait for the process's end."""
        self.send(signal.SIGTERM)
        return self.ended(seconds)

    def ended(self, seconds=END_LIMIT):
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"the writer did not end within {seconds} s of SIGTERM") from None
        self.ledger.poll()
        if code != 0:
            raise Failed(f"the writer ended with {code}: {self.console.read_text(errors='replace')[-600:]}")
        return self.ledger

    def reopen(self, directory=None):
        """Opens the log once more by a process of its own; what it found."""
        ledger = Ledger(self.context.work / f"ledger-{next(self._numbers)}")
        with open(ledger.path, "wb") as out:
            done = subprocess.run([*self.context.command(self.user), "reopen", str(directory or self.directory), *self.settings],
                                  stdout=out, stderr=subprocess.PIPE, text=True, timeout=120, cwd=self.context.work)
        if done.returncode != 0:
            raise Failed(f"the log does not open again: {done.stderr[-800:]}")
        return ledger.poll()

    def check(self, directory=None, before=()):
        """
        The log against the ledger: as it was left, and after another opening. `before`: directories that hold earlier parts of the
        log, which an operator took away.
        """
        directory = Path(directory or self.directory)
        left = read([*before, directory])
        again = self.reopen(directory)
        segments = read([*before, directory])
        faults = check(self.ledger, left, again.others, segments, parts=len(before) + 1)
        if faults:
            raise Failed("; ".join(faults[:6]) + (f"; and {len(faults) - 6} more" if len(faults) > 6 else ""))
        return sum(len(s.events) for s in segments)


def read(directories):
    """All segments, active ones too, as they are; a torn line counts for nothing."""
    return [parse(p.name, p.read_bytes()) for d in directories for p in segment_paths(d)]


class Context:
    """One check's folder and processes; all end with it."""

    def __init__(self, app, work):
        self.app, self.work = Path(app), Path(work)
        self._ends = []

    def command(self, user=None):
        """The writer's command, which ends when we do; as an unprivileged user if so asked."""
        as_user = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user is not None else []
        return ["setpriv", "--pdeathsig", "KILL", *as_user, "--", shutil.which("dotnet"), str(self.app / "DurableSink.Faults.dll")]

    def on_exit(self, action):
        self._ends.append(action)

    def close(self):
        while self._ends:
            try:
                self._ends.pop()()
            except Exception as e:  # one that fails keeps no other from its turn
                print(f"  while cleaning up: {e}", file=sys.stderr)


def needs(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise Skipped(f"{tool} is not installed")


def needs_root():
    if os.geteuid() != 0:
        raise Skipped("needs root")
