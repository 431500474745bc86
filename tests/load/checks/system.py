"""What the kernel says of a process, a device, a file and the memory."""

import os
import re
import subprocess
from pathlib import Path

SECTOR = 512
TICKS = os.sysconf("SC_CLK_TCK")


def fields(path):
    """`name: value` lines with whole numbers."""
    return {k: int(v) for k, v in re.findall(r"^(\w+(?:\(\w+\))?):\s+(\d+)", Path(path).read_text(), re.M)}


def write_bytes(pid):
    return fields(f"/proc/{pid}/io")["write_bytes"]


def resident(pid):
    """Bytes; None when the process is gone."""
    try:
        return fields(f"/proc/{pid}/status")["VmRSS"] << 10
    except (OSError, KeyError):
        return None


def memory():
    """Bytes of the page cache, and of those that are not on a drive yet."""
    now = fields("/proc/meminfo")
    return now["Cached"] << 10, now["Dirty"] + now["Writeback"] << 10


def cpu_seconds(pid):
    text = Path(f"/proc/{pid}/stat").read_text()
    after_name = text[text.rindex(")") + 2:].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def threads(pid):
    """id -> (name as the kernel keeps it: 15 characters; how often it gave up the CPU by itself, each time to be woken later)."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found[task.name] = ((task / "comm").read_text().strip(), fields(task / "status")["voluntary_ctxt_switches"])
        except (OSError, KeyError):
            pass  # it has ended
    return found


def wakeups(before, after, is_ours):
    return sum(count - before.get(task, (name, 0))[1] for task, (name, count) in after.items() if name.startswith("DurableSink") == is_ours)


def device_of(path):
    number = os.stat(path).st_dev
    return os.path.basename(os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}"))


def device_written(device):
    """Bytes."""
    for line in Path("/proc/diskstats").read_text().splitlines():
        parts = line.split()
        if parts[2] == device:
            return int(parts[9]) * SECTOR
    return None


def allocated(directory):
    """Files, their length and what they take on the drive."""
    stats = [p.stat() for p in Path(directory).iterdir()]
    return len(stats), sum(s.st_size for s in stats), sum(s.st_blocks for s in stats) * SECTOR


def cached(paths):
    """Bytes of these files in the page cache, and their length."""
    sums = [0, 0]
    done = subprocess.run(["fincore", "--bytes", "--raw", "--noheadings", "--output", "RES,SIZE", *map(str, paths)],
                          capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        sums = [total + int(value) for total, value in zip(sums, line.split())]
    return tuple(sums)


def mib(count):
    return f"{count / (1 << 20):.2f} MiB" if count < 100 << 20 else f"{count / (1 << 20):,.0f} MiB"
