"""The directory changes under the running writer: removed, made anew, moved, forbidden, read-only."""

import os
import shutil
import subprocess
from pathlib import Path

from rig.drives import Drive, pause, sh
from rig.full import told
from rig.ledger import check_log
from rig.writer import NOBODY, Failed, Writer, needs, needs_root, now, read

NOTICED = 3.0  # seconds: by then it must have been seen that the files are not where they were
SETTINGS = {"SegmentBytes": "512KiB", "BlockTimeout": "200ms"}


def start(context, directory, policy, settings=None, **more):
    writer = Writer(context, directory, ["--pace-ms", "2", "--event-bytes", "400"], {"Fsync": policy, **SETTINGS, **(settings or {})}, **more).wait_open()
    writer.wait_calls(300)
    return writer


def lost_with_the_files(writer, directory, since):
    """
    After an operator removed the files: what was acknowledged after `since` and is in no file. An acknowledgement that came before
    is gone with them, which nobody can help.
    """
    segments = read([directory])
    here = {e.order for s in segments for e in s.events}
    late = {c.key: c.sequence for c in writer.ledger.calls if c.did == "acknowledged" and c.at >= since}
    return [k for k in late if k not in here], late, segments


def removed(context, policy, anew, only_active=False):
    directory = context.work / "log"
    writer = start(context, directory, policy, {"SegmentBytes": "64MiB"})  # no roll comes to help
    gone = now()
    if only_active:
        for path in directory.glob("*.active"):
            path.unlink()
    else:
        shutil.rmtree(directory)
        if anew:
            directory.mkdir(mode=0o755)
    pause(NOTICED)
    writer.alive()
    noticed = now()
    seen = writer.ledger.poll().counts(gone, noticed)
    resumed = writer.resumed(noticed, seconds=20)
    writer.wait_calls(200, did=("acknowledged",), since=noticed)
    ledger = writer.end()
    lost, late, segments = lost_with_the_files(writer, directory, noticed)
    between = lost_with_the_files(writer, directory, gone)[0]
    before = [k for k in lost_with_the_files(writer, directory, 0)[0] if k not in between]
    faults = []
    if only_active and (before or between):
        faults.append(f"{len(before) + len(between)} events are gone with a file that was still open")
    if lost:
        faults.append(f"{len(lost)} of {len(late)} events acknowledged later than {NOTICED:.0f} s after the removal are in no file")
    if not any(n["level"] in ("Warning", "Error", "Critical") and n["at"] >= gone for n in ledger.notices):
        faults.append("nobody was told that the files are gone")
    if not lost and segments:
        again = writer.reopen()
        segments = read([directory])
        faults += check_log(segments, {k: s for k, s in late.items()}, first=segments[0].first_sequence)[:4] if not only_active else []
        if again.others["recovered"]["missing"] and not only_active:
            faults.append(f"recovery misses {again.others['recovered']['missing']}")
    if faults:
        raise Failed("; ".join(faults) + f"; callers saw {told(seen)}, notices {told(ledger.names(gone))}")
    return (f"callers saw {told(seen)} in {NOTICED:.0f} s; {len(late)} acknowledged after that, all in the log; {len(between)} acknowledged "
            f"between removal and its being noticed are gone, and {len(before)} from before; first again after {resumed:.0f} ms; notices {told(ledger.names(gone))}")


def moved(context, policy):
    """mv away, and back: the directory is the same one."""
    directory, elsewhere = context.work / "log", context.work / "elsewhere"
    writer = start(context, directory, policy)
    since = now()
    directory.rename(elsewhere)
    pause(2)
    writer.alive()
    seen = writer.ledger.poll().counts(since)
    found = directory.exists()
    if found:  # a new one was made at the path: both are parts of the log
        parts = [elsewhere]
    else:
        elsewhere.rename(directory)
        parts = []
    back = now()
    resumed = writer.resumed(back)
    writer.wait_calls(200, since=back)
    ledger = writer.end()
    events = writer.check(before=parts)
    return (f"callers saw {told(seen)} meanwhile; " + ("a new directory was made at the path; " if found else "") +
            f"acknowledged again {resumed:.0f} ms after it was back; {events} events, {len(ledger.acknowledged)} acknowledged, none missing; "
            f"notices {told(ledger.names(since))}")


def moved_and_replaced(context, policy):
    """mv away, and a new, empty directory in its place: the log stays with its directory, and its place with the new one."""
    directory, elsewhere = context.work / "log", context.work / "elsewhere"
    writer = start(context, directory, policy)
    since = now()
    directory.rename(elsewhere)
    directory.mkdir()
    pause(NOTICED)
    writer.wait_calls(200, since=now())
    ledger = writer.end()
    if any(directory.iterdir()):
        raise Failed(f"in the new directory: {sorted(p.name for p in directory.iterdir())}")
    events = writer.check(elsewhere)
    return f"{events} events, {len(ledger.acknowledged)} acknowledged, all in the directory that was moved; notices {told(ledger.names(since))}"


def forbidden(context, policy, mode):
    needs_root()
    needs("setpriv")
    home = context.work / "home"
    home.mkdir()
    directory = home / "log"
    directory.mkdir()
    for path in (home, directory):
        os.chown(path, NOBODY, NOBODY)
    os.chmod(context.work, 0o777)
    writer = start(context, directory, policy, user=NOBODY)
    since = now()
    os.chmod(directory, mode)
    pause(3)
    writer.alive()
    seen = writer.ledger.poll().counts(since)
    back = now()
    os.chmod(directory, 0o755)
    resumed = writer.resumed(back)
    writer.wait_calls(200, since=back)
    ledger = writer.end()
    events = writer.check()
    return (f"mode {mode:03o} for 3 s: callers saw {told(seen)}; writing again after {resumed:.0f} ms; {events} events, "
            f"{len(ledger.acknowledged)} acknowledged, none missing; notices {told(ledger.names(since))}")


def read_only(context, policy):
    """
    A real drive turns read-only. Linux refuses `remount,ro` while a file is open for writing, so the file system does it itself, as
    after an error of its own (errors=remount-ro); nothing but a new mount makes it writable again.
    """
    drive = Drive(context, "ext4", options="errors=remount-ro")
    trigger = Path("/sys/fs/ext4") / Path(drive.loop).name / "trigger_fs_error"
    writer = start(context, drive.log, policy, {"ShutdownTimeout": "2s"})
    asked = subprocess.run(["mount", "-o", "remount,ro", str(drive.path)], capture_output=True, text=True)
    if asked.returncode == 0:
        raise Failed("remount,ro succeeded under a file that is open for writing")
    since = now()
    trigger.write_text("1")
    told_of = writer.wait(lambda l: next((c for c in l.calls if c.did == "threw"), None), 15, "a caller is told")
    pause(2)
    writer.alive()
    seen = writer.ledger.poll().counts(since)
    ledger = writer.end()
    sh("umount", "-l", str(drive.path))
    backing = context.work / "drive.img"
    fsck = subprocess.run(["fsck.ext4", "-p", "-f", str(backing)], capture_output=True, text=True)
    if fsck.returncode > 1:
        raise Failed(f"fsck: {fsck.stdout} {fsck.stderr}")
    sh("mount", "-t", "ext4", "-o", "loop", str(backing), str(drive.path))
    events = writer.check()
    if "errno 30" not in told_of.message and "errno 5" not in told_of.message:
        raise Failed(f"the first caller was told: {told_of.message}")
    loss = ledger.notice("ClosedWithLoss")
    return (f"remount,ro: '{asked.stderr.strip().splitlines()[0]}'; then by itself: callers saw {told(seen)}; closed in "
            f"{ledger.closed['ms']:.0f} ms{', said: ' + loss['message'] if loss else ''}; mounted anew: {events} events, "
            f"{len(ledger.acknowledged)} acknowledged, none missing")
