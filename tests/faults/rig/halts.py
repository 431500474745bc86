"""Things that stand still: the drive, the writer, the clock that jumps; and the end while they do."""

import signal
import struct
import subprocess
from pathlib import Path

from rig.drives import MIB, Drive, HangingDrive, pause, sh
from rig.full import told
from rig.writer import Failed, Writer, needs, now, until

HANGS = 5.0        # seconds
CANCEL_AFTER = 400  # ms
SHUTDOWN = 2.0     # seconds
BUFFER = 4         # MiB


def told_while_hanging(context, policy):
    """Nobody cancels: after FlushTimeout those who wait are told, but for the one whose thread is in the call that hangs."""
    drive = HangingDrive(context)
    threads, patience = 8, 2000
    writer = Writer(context, drive.log, ["--pace-ms", "1", "--ask-every", "1", "--threads", str(threads)],
                    {"Fsync": policy, "FlushTimeout": f"{patience}ms"}).wait_open()
    writer.wait_calls(300)
    since = now()
    drive.hang()
    try:
        pause(HANGS)
        writer.alive()
        threw = [c for c in writer.ledger.poll().calls if c.did == "threw"]
    finally:
        drive.go_on()
    went_on = now()
    resumed = writer.resumed(went_on)
    ledger = writer.end()
    events = writer.check()
    if len(threw) < threads - 1:
        raise Failed(f"{len(threw)} callers were told within {HANGS:.0f} s, of {threads} threads")
    slowest = max(c.ms for c in threw)
    if slowest > patience + 1000 or not all("FlushTimeout" in c.message for c in threw):
        raise Failed(f"a caller waited {slowest:.0f} ms, and was told: {threw[-1].message}")
    return (f"hung for {HANGS:.0f} s: {len(threw)} waits ended after at most {slowest:.0f} ms (FlushTimeout {patience} ms), the first told: "
            f"'{threw[0].message}'; acknowledged again {resumed:.0f} ms after; {events} events, {len(ledger.acknowledged)} acknowledged, none missing; "
            f"notices {told(ledger.names(since))}")


def hanging(context, policy):
    drive = HangingDrive(context)
    writer = Writer(context, drive.log, ["--pace-ms", "1", "--event-bytes", "1000", "--cancel-after-ms", str(CANCEL_AFTER), "--threads", "8"],
                    {"Fsync": policy, "BufferBytes": f"{BUFFER}MiB", "BlockTimeout": "200ms"}).wait_open()
    writer.wait_calls(500)
    before = writer.rss_now()
    since = now()
    drive.hang()
    try:
        pause(HANGS)
        writer.alive()
        writer.rss = writer.rss_now()
        during = writer.ledger.poll().counts(since, now())
        hung = [n for n in writer.ledger.notices if n["at"] >= since]
        cancelled = [c for c in writer.ledger.calls if c.did == "cancelled" and c.at >= since]
    finally:
        drive.go_on()
    went_on = now()
    resumed = writer.resumed(went_on)
    writer.wait_calls(500, since=went_on)
    ledger = writer.end()
    events = writer.check()

    faults = []
    if not hung:
        faults.append(f"no notice within {HANGS:.0f} s that the drive hangs")
    elif hung[0]["at"] - since > 2500 or not any(".clef" in n["message"] for n in hung):
        faults.append(f"after {hung[0]['at'] - since:.0f} ms: {hung[0]['message']}")
    if not cancelled:
        faults.append("no call was cancelled")
    elif (slowest := max(c.ms for c in cancelled)) > CANCEL_AFTER + 1000:
        faults.append(f"a call was cancelled only after {slowest:.0f} ms, asked for after {CANCEL_AFTER} ms")
    grown = (writer.rss - before) / 1024
    if grown > BUFFER + 40:
        faults.append(f"memory grew by {grown:.0f} MiB with a buffer of {BUFFER} MiB")
    if faults:
        raise Failed("; ".join(faults))
    return (f"hung for {HANGS:.0f} s: told after {hung[0]['at'] - since:.0f} ms: '{hung[0]['message']}'; callers saw {told(during)}, "
            f"cancelled within {max(c.ms for c in cancelled):.0f} ms; memory {grown:+.0f} MiB; acknowledged again {resumed:.0f} ms after; "
            f"{events} events, {len(ledger.acknowledged)} acknowledged, none missing")


def term_while_hanging(context, policy):
    drive = HangingDrive(context)
    writer = Writer(context, drive.log, ["--pace-ms", "1"],
                    {"Fsync": policy, "ShutdownTimeout": f"{SHUTDOWN:.0f}s", "BlockTimeout": "200ms"}).wait_open()
    writer.wait_calls(300)
    drive.hang()
    try:
        pause(1)
        asked = now()
        writer.send(signal.SIGTERM)
        # A thread inside a system call on a drive that hangs cannot be ended by anybody: the kernel keeps the process till the drive answers.
        until(lambda: writer.ledger.poll().totals, SHUTDOWN + 6, "the writer has closed its log and is at its end")
        closed = writer.ledger.closed["at"] - asked
    finally:
        drive.go_on()
    ledger = writer.ended(10)
    events = writer.check()
    return ending(ledger, closed) + f"; {events} events, {len(ledger.acknowledged)} acknowledged, none missing"


def term_while_full(context, policy):
    drive = Drive(context, "ext4")
    writer = Writer(context, drive.log, ["--pace-ms", "1", "--event-bytes", "1000"],
                    {"Fsync": policy, "SegmentBytes": "4MiB", "BufferBytes": "4MiB", "ShutdownTimeout": f"{SHUTDOWN:.0f}s",
                     "BlockTimeout": "200ms"}).wait_open()
    writer.wait_calls(300)
    drive.fill(2 * MIB)
    writer.wait(lambda l: next((c for c in l.calls if c.did == "threw"), None), 90, "a caller is told that the drive is full")
    pause(0.5)
    asked = now()
    ledger = writer.end(SHUTDOWN + 10)
    gone = now() - asked
    drive.make_room()
    events = writer.check()
    return ending(ledger, gone) + f"; {events} events, {len(ledger.acknowledged)} acknowledged, none missing"


def ending(ledger, took):
    """SIGTERM while nothing can be written: in time, and it says what it leaves."""
    if took > (SHUTDOWN + 2.5) * 1000:
        raise Failed(f"ended {took:.0f} ms after SIGTERM; ShutdownTimeout is {SHUTDOWN:.0f} s")
    lost = ledger.closed["last"] - ledger.closed["durable"]
    notice = ledger.notice("ClosedWithLoss")
    if lost == 0 or notice is None or f"{lost} accepted events" not in notice["message"]:
        raise Failed(f"{lost} events were not durable at the end, and the notice is {notice and notice['message']}")
    return f"ended {took:.0f} ms after SIGTERM (ShutdownTimeout {SHUTDOWN:.0f} s): '{notice['message']}'"


def stopped(context, policy):
    """kill -STOP for 3 s, then -CONT: nothing special."""
    writer = Writer(context, context.work / "log", ["--pace-ms", "1"], {"Fsync": policy, "BlockTimeout": "200ms"}).wait_open()
    writer.wait_calls(300)
    writer.send(signal.SIGSTOP)
    pause(3)
    back = now()
    writer.send(signal.SIGCONT)
    resumed = writer.resumed(back)
    writer.wait_calls(300, since=back)
    ledger = writer.end()
    events = writer.check()
    bad = [c for c in ledger.calls if c.did == "threw"]
    if bad:
        raise Failed(f"{len(bad)} calls failed: {bad[0].message}")
    return f"acknowledged again {resumed:.0f} ms after SIGCONT; {events} events, no call failed, none missing; notices {told(ledger.names())}"


def clock_jumps(context, policy):
    """A day forward, then a day back, in the writer's process only (clock.c)."""
    needs("cc")
    library, clock = context.work / "clock.so", context.work / "clock"
    sh("cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(Path(__file__).resolve().parent.parent / "clock.c"))
    clock.write_bytes(struct.pack("l", 0))
    writer = Writer(context, context.work / "log", ["--pace-ms", "2"], {"Fsync": policy},
                    environment={"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(clock)}).wait_open()
    for offset in (0, 86400, -86400):
        with open(clock, "r+b") as f:
            f.write(struct.pack("l", offset))
        writer.wait_calls(600, since=now())
    ledger = writer.end()
    days = {}
    for path in sorted((context.work / "log").glob("*.clef")):
        times = subprocess.run(["grep", "-o", '"@t":"[0-9-]*T', str(path)], capture_output=True, text=True).stdout.split()
        for t in times:
            days.setdefault(t[6:-1], set()).add(path.name)
    events = writer.check()
    bad = [c for c in ledger.calls if c.did == "threw"]
    if bad:
        raise Failed(f"{len(bad)} calls failed: {bad[0].message}")
    if len(days) != 3:
        raise Failed(f"events of the days {sorted(days)}: the clock did not jump as it was to")
    segments = len(set.union(*days.values()))
    if segments < 3:
        raise Failed(f"the clock jumped twice, and the events are in {segments} segments")
    reported = [n["message"] for n in ledger.notices if n["name"] != "Opened"]
    if reported:
        raise Failed(f"a clock that jumps is nothing to report: {reported[0]}")
    return f"days {', '.join(sorted(days))} in {segments} segments, sequence without gaps; {events} events, none missing, nothing reported"
