"""What the log leaves in the page cache, direct and through it, and what that takes from a neighbour."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from checks.log import segment_paths
from checks.system import cached, memory, mib
from checks.writer import Failed, Sampler, Skipped, Writer, needs

NEIGHBOUR = 512 << 20  # bytes
PRESSURE = 1 << 30  # bytes that the group may have, the neighbour's cache included
SPARE = 2 << 30  # bytes that stay free on the drive
DIRECT_CACHED = 0.01  # of the segments' bytes, at most
NEIGHBOUR_KEPT = 0.99  # beside a log with direct I/O, at least
READINGS = 5  # pairs of them, at most
LINE = 1200
MODES = ("Require", "Off")


def page_cache(context, gib, rounds):
    needs("fincore")
    size = int(gib * (1 << 30)) // rounds
    if (free := shutil.disk_usage(context.work).free) < size + NEIGHBOUR + SPARE:
        raise Skipped(f"{mib(free)} free on the drive of {context.work}, {mib(size + NEIGHBOUR + SPARE)} are needed")
    try:
        group, why = Group(context), None
    except Skipped as e:
        group, why = None, str(e)
    neighbour = Neighbour(context.work / "neighbour", group)
    seen = {mode: [] for mode in MODES}
    for number in range(rounds):
        for mode in MODES if number % 2 == 0 else MODES[::-1]:
            seen[mode].append(once(context, f"{mode}-{number}", mode, size, neighbour, group))
    faults = check_page_cache(seen, group is not None)
    told = "; ".join(tell(mode, runs, group) for mode, runs in seen.items())
    told += f"; neighbour under memory pressure: {mib(PRESSURE)} for all" if group else f"; neighbour under memory pressure: SKIPPED, {why}"
    if faults:
        raise Failed("; ".join(faults) + f"; {told}")
    return told


def once(context, name, mode, size, neighbour, group):
    directory = context.work / name
    neighbour.read()
    subprocess.run(["sync", "--file-system", str(context.work)], check=True)
    before = memory()
    with Sampler(memory, 0.1) as meminfo:
        writer = Writer(context, directory, {"DirectIO": mode, "Fsync": "Batch", "RetainBytes": "none", "BlockTimeout": "1m"}, prepare=group and group.join,
                        threads=2, events=size // LINE // 2, text_bytes=LINE - 180, door="log")
        said = writer.wait("logged", 3600)
        writer.close()
    in_cache, length = cached(segment_paths(directory))
    result = {"length": length, "in_cache": in_cache, "cached": memory()[0] - before[0], "seconds": said["seconds"],
              "dirty": max(d for _, (_, d) in meminfo.samples) - before[1], "neighbour": neighbour.kept(), "direct": writer.open["direct"]}
    shutil.rmtree(directory)
    return result


def check_page_cache(seen, is_pressed):
    faults = []
    for run in seen["Require"]:
        if not run["direct"]:
            faults.append("direct I/O was asked for and not used")
        if run["in_cache"] > run["length"] * DIRECT_CACHED:
            faults.append(f"direct: {mib(run['in_cache'])} of {mib(run['length'])} are in the page cache")
        if is_pressed and run["neighbour"] < NEIGHBOUR_KEPT:
            faults.append(f"direct: the neighbour kept only {run['neighbour']:.0%} of its cache")
    if not any(run["in_cache"] > run["length"] * DIRECT_CACHED for run in seen["Off"]):
        faults.append("through the page cache: nothing was found in it, so nothing was shown")
    return faults


def tell(mode, runs, group):
    name = "direct" if mode == "Require" else "through the cache"
    return f"{name}: " + ", then ".join(
        f"{mib(r['length'])} in {r['seconds']:.1f} s: {mib(r['in_cache'])} of its segments cached, Cached {r['cached'] / (1 << 20):+,.0f} MiB, "
        f"Dirty up to {r['dirty'] / (1 << 20):+,.0f} MiB, neighbour keeps {r['neighbour']:.0%}" for r in runs)


class Neighbour:
    """A file that somebody uses: read twice, so that the kernel takes it for one in use."""

    def __init__(self, path, group):
        self.path, self.group = path, group
        piece = os.urandom(1 << 20)
        with open(path, "wb") as f:
            for _ in range(NEIGHBOUR >> 20):
                f.write(piece)
            os.fsync(f.fileno())
            os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # or its pages would count for us, not for the group

    def read(self):
        for _ in range(READINGS):  # again where something else on the machine took a page meanwhile
            for _ in range(2):
                with open(self.path, "rb") as f:
                    subprocess.run(["cat"], stdin=f, stdout=subprocess.DEVNULL, check=True, preexec_fn=self.group and self.group.join)
            if self.kept() >= NEIGHBOUR_KEPT:
                return
        raise Failed(f"the neighbour's file was read {2 * READINGS} times, and {self.kept():.0%} of it is cached: too little memory to show anything")

    def kept(self):
        in_cache, length = cached([self.path])
        return in_cache / length


class Group:
    """A control group (version 2) with a limit of memory, page cache included, for the writer and its neighbour."""

    def __init__(self, context):
        root = next((m[1] for m in re.finditer(r"^\S+ (\S+) cgroup2 ", Path("/proc/mounts").read_text(), re.M)), None)
        if root is None:
            raise Skipped("no control groups of version 2")
        if "memory" not in Path(root, "cgroup.subtree_control").read_text().split():
            raise Skipped(f"the control groups in {root} do not limit memory")
        self.path = Path(root, f"durablesink-load-{os.getpid()}")
        try:
            self.path.mkdir()
            context.on_exit(self.path.rmdir)
            (self.path / "memory.max").write_text(str(PRESSURE))
        except OSError as e:
            raise Skipped(f"no control group can be made in {root}: {e}") from None

    def join(self):
        (self.path / "cgroup.procs").write_text(str(os.getpid()))
