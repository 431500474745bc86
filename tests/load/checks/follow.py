"""Followers that know nothing of the log but its files: what they saw, held against what is sealed in the end."""

import os
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

from checks.log import check_events, read_log, segment_paths
from checks.system import mib
from checks.writer import Failed, Writer, needs

ROLLS = 10
QUIET = 1.0  # seconds without anything new: the followers have seen what they will see
PATIENCE = 30
APPENDS_ONLY = {"TailBlock": "Pad", "Preallocation": "Reserved"}
OVERWRITES = {"TailBlock": "Rewrite", "Preallocation": "Written"}


class Tails:
    """GNU `tail -F` over each segment by the name that it appears under."""

    def __init__(self, context, directory):
        self.context, self.directory = context, Path(directory)
        self.folder = context.work / f"tails-{self.directory.name}"
        self.folder.mkdir()
        self.said = open(self.folder / "said", "wb")
        self.started = {}  # segment without .active -> its process

    def look(self):
        for path in segment_paths(self.directory):
            name = path.name.removesuffix(".active")
            if name in self.started:
                continue
            with open(self.folder / name, "wb") as out:
                process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", "tail", "-c", "+1", "-F", str(path)], stdout=out, stderr=self.said)
            self.started[name] = process
            self.context.on_exit(lambda p=process: (p.kill(), p.wait()))

    def seen(self):
        return sum(p.stat().st_size for p in self.folder.iterdir())

    def lines(self):
        return {name: events((self.folder / name).read_bytes()) for name in self.started}

    def complaints(self):
        return sum("truncated" in line for line in (self.folder / "said").read_text(errors="replace").splitlines())

    def stop(self):
        for process in self.started.values():
            process.terminate()
            process.wait()
        self.said.close()


class Offsets:
    """
    A shipper such as Filebeat: an offset per file, known by its inode whatever its name, and only what is behind the offset is read.
    A file that is shorter than its offset was cut: such shippers then read it again from its beginning; this one counts it.
    """

    def __init__(self, directory):
        self.directory = Path(directory)
        self.files = {}  # inode -> [descriptor, name, offset]
        self.text = {}  # inode -> what was read
        self.cuts = 0

    def look(self):
        for path in segment_paths(self.directory):
            try:
                descriptor = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                continue  # renamed meanwhile: found by the next look
            inode = os.fstat(descriptor).st_ino
            if inode in self.files:
                os.close(descriptor)
            else:
                self.files[inode] = [descriptor, path.name.removesuffix(".active"), 0]
                self.text[inode] = bytearray()
        for inode, file in self.files.items():
            length = os.fstat(file[0]).st_size
            if length < file[2]:
                self.cuts += 1
                file[2] = length
            while data := os.pread(file[0], 1 << 20, file[2]):
                self.text[inode] += data
                file[2] += len(data)

    def seen(self):
        return sum(len(t) for t in self.text.values())

    def lines(self):
        return {file[1]: events(self.text[inode]) for inode, file in self.files.items()}

    def complaints(self):
        return self.cuts

    def stop(self):
        for descriptor, _, _ in self.files.values():
            os.close(descriptor)


def events(data):
    """The lines that a follower hands on, without blank ones and without the segments' own; the last may be half."""
    return [line for line in bytes(data).split(b"\n") if line and not line.startswith((b'{"@header"', b'{"@seal"'))]


def compare(directory, followed):
    """Events that the followers missed, saw twice, or that are no line of the log (half of one, or of two)."""
    missing = twice = half = 0
    for path in segment_paths(directory):
        sealed, seen = Counter(events(path.read_bytes())), Counter(followed.get(path.name, ()))
        missing += sum((sealed - seen).values())
        for line, count in (seen - sealed).items():
            if line in sealed:
                twice += count
            else:
                half += count
    return missing, twice, half


def run(context, name, settings, seconds):
    """Logs so slowly that each event is a commit; followers watch meanwhile. What each of them saw."""
    directory = context.work / name
    directory.mkdir()
    followers = {"tail -F": Tails(context, directory), "offsets": Offsets(directory)}
    ended = threading.Event()
    watch = threading.Thread(target=watching, args=(followers.values(), ended))
    watch.start()
    try:
        each = seconds * 100
        writer = Writer(context, directory, {"Fsync": "Batch", "SegmentBytes": "128KiB", "MaxEventBytes": "16KiB", **settings},
                        threads=2, events=each, interval_ms=10, text_bytes=300, door="logger")
        writer.wait("logged", seconds * 5 + 60)
        writer.close()
        come_to_rest(followers.values())
    finally:
        ended.set()
        watch.join()
    for follower in followers.values():
        follower.stop()
    log = read_log(directory)
    faults = check_events(log, 2, each, 0)
    if faults:
        raise Failed("; ".join(faults))
    return log, {k: (*compare(directory, f.lines()), f.complaints()) for k, f in followers.items()}


def watching(followers, ended):
    while not ended.wait(0.005):
        for follower in followers:
            follower.look()


def come_to_rest(followers):
    deadline, last, since = time.monotonic() + PATIENCE, None, time.monotonic()
    while time.monotonic() - since < QUIET and time.monotonic() < deadline:
        seen = sum(f.seen() for f in followers)
        if seen != last:
            last, since = seen, time.monotonic()
        time.sleep(0.05)


def follow(context, seconds):
    needs("tail", "setpriv")
    log, saw = run(context, "appends", APPENDS_ONLY, seconds)
    _, contrast = run(context, "overwrites", OVERWRITES, max(2, seconds // 5))
    faults = check_follow(log.segments, saw, contrast)
    told = (f"Pad + Reserved: {log.events:,} events ({mib(log.bytes)}) through {log.segments - 1} rolls: {tell(saw)}; "
            f"as expected not with Rewrite + Written: {tell(contrast)}")
    if faults:
        raise Failed("; ".join(faults) + f"; {told}")
    return told


def tell(saw):
    return ", ".join(f"{who} missed {m}, saw {t} twice, {h} half, {c} files cut under it" for who, (m, t, h, c) in saw.items())


def check_follow(segments, saw, contrast):
    faults = []
    if segments <= ROLLS:
        faults.append(f"only {segments - 1} rolls, {ROLLS} are needed")
    for who, (missing, twice, half, cuts) in saw.items():
        if missing or twice or half:
            faults.append(f"{who}: {missing} events missing, {twice} twice, {half} half")
        if cuts:
            faults.append(f"{who}: {cuts} files became shorter than what it had read of them")
    if not any(sum(counts[:3]) for counts in contrast.values()):
        faults.append("no follower noticed anything of overwritten files, so none would")
    return faults
