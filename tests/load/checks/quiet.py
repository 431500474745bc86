"""A quiet application: an event a second, then none. What it costs the drive, and the CPU."""

import subprocess
import time

from checks.log import check_events, read_log
from checks.system import allocated, cpu_seconds, device_of, device_written, mib, threads, wakeups, write_bytes
from checks.writer import Failed, Skipped, Writer
from rig.drives import Drive

ALLOCATED = 10 << 20  # bytes, at most
WRITTEN = 5 << 20
CPU = 0.001  # of one core
HOUR = 3600  # seconds
WAKEUPS = 2  # of all our threads together, in the time that is looked at


def quiet(context, policy, seconds, idle, watched):
    if (left := HOUR - time.time() % HOUR) < seconds + idle + 30:
        time.sleep(left + 1)  # the roll at a full UTC hour is no part of a quiet log
    directory, device, alone = place(context)
    settled(directory)
    before = device_written(device)
    log = directory / "log"
    writer = Writer(context, log, {"Fsync": policy} if policy else None, door="logger", events=seconds, interval_ms=1000)
    writer.wait("logged", seconds + 30)
    settled(directory)
    on_device, by_process = device_written(device) - before, write_bytes(writer.pid)
    files, length, blocks = allocated(log)

    time.sleep(idle - watched)  # what the runtime does after the last event (compiling, collecting) is not the log's
    cpu, tasks = cpu_seconds(writer.pid), threads(writer.pid)
    time.sleep(watched)
    cpu, now = cpu_seconds(writer.pid) - cpu, threads(writer.pid)
    names = sorted(name for name, _ in now.values() if name.startswith("DurableSink"))
    ours, others = wakeups(tasks, now, True), wakeups(tasks, now, False)
    still = allocated(log)
    writer.close()
    found = read_log(log)

    figures = {"written": on_device if alone else by_process, "allocated": blocks, "cpu": cpu / watched, "wakeups": ours}
    faults = check_quiet(figures, names) + check_events(found, 1, seconds, 0)
    if still != (files, length, blocks):
        faults.append(f"the files changed while nothing was logged: {(files, length, blocks)}, then {still}")
    told = (f"{seconds} events in {seconds} s: {mib(on_device)} written to the device ({device}, {'its own' if alone else 'others write there too'}), "
            f"{mib(by_process)} by the process itself; {files} files of {mib(length)} take {mib(blocks)}; idle, {watched} s watched: "
            f"CPU {cpu / watched:.3%} of a core, {ours} wake-ups of our {len(names)} threads, {others} of all others; "
            f"closed: {mib(found.bytes)} in {found.segments} segments")
    if faults:
        raise Failed("; ".join(faults) + f"; {told}")
    return told


def check_quiet(figures, names):
    faults = []
    if figures["written"] > WRITTEN:
        faults.append(f"{mib(figures['written'])} written, more than {mib(WRITTEN)}")
    if figures["allocated"] > ALLOCATED:
        faults.append(f"{mib(figures['allocated'])} on the drive, more than {mib(ALLOCATED)}")
    if figures["cpu"] > CPU:
        faults.append(f"CPU {figures['cpu']:.3%} of a core, more than {CPU:.1%}")
    if figures["wakeups"] > WAKEUPS:
        faults.append(f"{figures['wakeups']} wake-ups of an idle log's threads, more than {WAKEUPS}")
    if not names:
        faults.append("no thread of the log was found, so nothing was shown of them")
    return faults


def place(context):
    """A drive of our own, so that its counters are ours; else the given one, and the bound holds for the process's own count."""
    try:
        drive = Drive(context, "ext4", free=512, options="noinit_itable")
        return drive.path, drive.loop.removeprefix("/dev/"), True
    except (Skipped, Failed):
        return context.work, device_of(context.work), False


def settled(directory):
    """All of the file system is on its device."""
    subprocess.run(["sync", "--file-system", str(directory)], check=True)
