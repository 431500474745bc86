"""Errors of system calls, injected by strace into the running writer: once for each thread, then all of them for a while."""

import re
import signal
import subprocess
import time
from pathlib import Path

from rig.drives import pause
from rig.full import told
from rig.writer import Failed, Skipped, Writer, needs, now, until

LASTS = 1.2  # seconds that a call fails for

# The call, and whether only calls on the log's directory are meant (a runtime opens files of its own).
CALLS = {"pwritev2": False, "pwrite64": False, "fdatasync": False, "fsync": False, "fallocate": False, "ftruncate": False,
         "renameat2": True, "openat": True}

NEVER = {("fallocate", "Always")}  # there, room ahead is written


class Injection:
    """strace on the writer: the calls named return the error until it ends."""

    def __init__(self, writer, calls, error, once):
        needs("strace")
        self.trace = writer.context.work / f"trace-{time.monotonic_ns()}"
        names = ",".join(calls)
        command = ["setpriv", "--pdeathsig", "KILL", "--", "strace", "-f", "-qq", "-o", str(self.trace), "-p", str(writer.pid),
                   "-e", f"trace={names}", "-e", "signal=none", "-e", f"inject={names}:error={error}" + (":when=1" if once else "")]
        if all(CALLS.get(c) for c in calls):
            command += ["-P", str(writer.directory)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        writer.context.on_exit(self.end)
        # A strace that is told to end while it attaches may never do so.
        until(lambda: self.process.poll() is not None or traced(writer.pid), 20, "strace attaches to every thread")

    def injected(self):
        return len(re.findall(r"\(INJECTED\)", self.trace.read_text(errors="replace"))) if self.trace.exists() else 0

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=20)[1]
        # That it met one call in its middle ("ptrace_syscall_info.op") it only mentions, and goes on.
        if "Operation not permitted" in said or "PTRACE_" in said:
            raise Skipped(f"strace cannot attach: {said.strip()}")
        return self.injected()


def traced(pid):
    try:
        return all("TracerPid:\t0" not in status.read_text() for status in Path(f"/proc/{pid}/task").glob("*/status"))
    except OSError:  # a thread ended meanwhile
        return False


def errors(context, policy):
    """One writer, one call after the other: once and for a while; after each it must go on by itself."""
    needs("strace", "setpriv")
    # Small segments, so that rolls and seals, which make most of these calls, come several times a second.
    writer = Writer(context, context.work / "log", ["--pace-ms", "1", "--event-bytes", "2000"],
                    {"Fsync": policy, "SegmentBytes": "256KiB", "MaxEventBytes": "16KiB", "BlockTimeout": "200ms"}).wait_open()
    writer.wait_calls(300)
    figures, faults = [], []
    for call in CALLS:
        for once in (True, False):
            since = now()
            injection = Injection(writer, [call], "EIO", once)
            if (call, policy) not in NEVER:
                until(lambda: injection.injected() or writer.alive(), 10, f"{call} is called, and fails")
            if not once:
                pause(LASTS)
            count = injection.end()
            lifted = now()
            resumed = writer.resumed(lifted)
            saw = {k: v for k, v in writer.ledger.counts(since).items() if k not in ("accepted", "acknowledged")}
            figures.append(f"{call} {'once' if once else f'{LASTS} s'}: {count} failed, callers saw {told(saw)}, on again after {resumed:.0f} ms")
            if resumed > 5000:
                faults.append(f"{call}: went on only {resumed:.0f} ms after the fault")
    context.details(figures)
    ledger = writer.end()
    events = writer.check()
    if faults:
        raise Failed("; ".join(faults))
    flood = {k: v for k, v in ledger.names().items() if v > 60}
    if flood:
        raise Failed(f"a flood of notices: {told(flood)}")
    return f"{events} events in the log, {len(ledger.acknowledged)} acknowledged, none missing; notices {told(ledger.names())}"


def injected_read_only(context, policy):
    """EROFS from every call that writes, for two seconds, as after a remount: and then not any more."""
    needs("strace", "setpriv")
    writer = Writer(context, context.work / "log", ["--pace-ms", "2"],
                    {"Fsync": policy, "SegmentBytes": "512KiB", "BlockTimeout": "200ms"}).wait_open()
    writer.wait_calls(300)
    since = now()
    injection = Injection(writer, ["pwritev2", "pwrite64", "fallocate", "ftruncate", "renameat2", "fdatasync", "fsync"], "EROFS", once=False)
    writer.wait(lambda l: next((c for c in l.calls if c.did == "threw" and "errno 30" in c.message), None), 10, "a caller is told EROFS")
    pause(2)
    count = injection.end()
    lifted = now()
    resumed = writer.resumed(lifted)
    seen = writer.ledger.counts(since, lifted)
    ledger = writer.end()
    events = writer.check()
    return (f"{count} calls failed with EROFS, callers saw {told(seen)}; writing again after {resumed:.0f} ms; "
            f"{events} events, {len(ledger.acknowledged)} acknowledged, none missing")
