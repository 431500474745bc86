"""Reads the segments of a log as plain text, with nothing of DurableSink's own, and says what is wrong with them."""

import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

NAME = re.compile(r"^(?P<log>.+)-(?P<first>\d{20})-(?P<id>[0-9a-f]{8})\.clef(?P<active>\.active)?$")

RACES = 10  # times that a living log's file is read again


def segment_paths(directory):
    """The segments in log order, which is the order of their names."""
    if not Path(directory).exists():
        return []
    return sorted((p for p in Path(directory).iterdir() if NAME.match(p.name)), key=lambda p: p.name)


def remove(work):
    """Removes a run's folder, and what killed processes left in memory of the logs in it."""
    for identity in Path(work).rglob("LOG"):
        for left in Path("/dev/shm").glob(f"durablesink-{json.loads(identity.read_text())['LogId']}-*"):
            left.unlink(missing_ok=True)
    shutil.rmtree(work)


def spares(directory):
    return sorted(p.name for p in Path(directory).glob("*.spare")) if Path(directory).exists() else []


class Place(NamedTuple):
    """Where an order stands, and the hash of its line, where that is known: what its client's receipt says of it."""
    sequence: int
    hash: str | None

    def __str__(self):
        return f"event {self.sequence}" + (f" with hash {self.hash}" if self.hash else "")


@dataclass
class Event:
    sequence: int
    hash: str | None = None
    order: str | None = None
    customer: str | None = None


@dataclass
class Segment:
    name: str
    sha256: str
    values: int = 0  # JSON values, the header and the seal among them
    events: list[Event] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    torn: str | None = None  # an active segment's tail that is no line: what and where
    last_line: str = ""  # of the last event, as it stands there

    @property
    def active(self):
        return self.name.endswith(".active")

    @property
    def first_sequence(self):
        return int(NAME.match(self.name)["first"])


def parse(name, data):
    """One segment from its bytes. Anything but whole JSON lines and blank ones is a fault; at an active segment's end it is `torn`."""
    segment = Segment(name, hashlib.sha256(data).hexdigest())
    sealed_at = None
    offset = 0
    for raw in data.split(b"\n"):
        at, offset = offset, offset + len(raw) + 1
        if not raw:
            continue
        if segment.torn:
            segment.faults.append(f"{name}: {segment.torn}, yet more text at offset {at}")
            break
        if sealed_at is not None:
            segment.faults.append(f"{name}: text at offset {at}, after the seal at {sealed_at}")
            break
        try:
            value = json.loads(raw)
            if not isinstance(value, dict):
                raise ValueError("not an object")
            if offset > len(data):
                raise ValueError("no line break after it")
        except ValueError as e:
            segment.torn = f"no JSON line at offset {at}: {e}: {raw[:60]!r}"
            continue
        segment.values += 1
        if raw.startswith(b'{"@header":'):
            if segment.values != 1:
                segment.faults.append(f"{name}: a header at offset {at}, which is not the first line")
        elif segment.values == 1:
            segment.faults.append(f"{name}: the first line is no header")
        elif raw.startswith(b'{"@seal":'):
            sealed_at = at
        elif not isinstance(value.get("@seq"), int):
            segment.faults.append(f"{name}: no @seq at offset {at}")
        else:
            segment.last_line = f"{raw.decode(errors='replace')} at offset {at}"
            placed = "Customer" in value  # other events may speak of an order, too
            segment.events.append(Event(value["@seq"], value.get("@hash"), value["OrderId"] if placed else None, value.get("Customer")))

    if not segment.active:
        if segment.torn:
            segment.faults.append(f"{name}: sealed, but {segment.torn}")
        if sealed_at is None:
            segment.faults.append(f"{name}: sealed, but without a seal")
        if data.endswith(b"\n\n"):
            segment.faults.append(f"{name}: sealed, but not cut to its length")
    if segment.events and segment.events[0].sequence != segment.first_sequence:
        segment.faults.append(f"{name}: begins with event {segment.events[0].sequence}")
    return segment


class LogReader:
    """Reads a log again and again; sealed segments only once, and says so when one of them has changed or gone (D4)."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.sealed = {}
        self._jq_read = set()
        self.jq_files = 0
        self.jq_races = 0

    def read(self):
        """All segments in log order, and what is wrong with sealed ones that were read before."""
        segments, faults = [], []
        for path in segment_paths(self.directory):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                return self.read()  # a living server sealed it between the two calls
            known = self.sealed.get(path.name)
            if known and known.sha256 == hashlib.sha256(data).hexdigest():
                segments.append(known)
                continue
            if known:
                faults.append(f"{path.name}: was sealed and has changed since")
            segment = parse(path.name, data)
            segments.append(segment)
            if not segment.active:
                self.sealed[path.name] = segment
        present = {s.name for s in segments}
        faults += [f"{name}: was sealed and is gone" for name in self.sealed if name not in present]
        return segments, faults

    def jq(self, live):
        """
        `jq -c .` over every segment file, sealed ones once. In a living log, a reader that races a commit may see that commit
        half-way (docs/FORMAT.md): such a read is repeated, and counted. What is really wrong stays wrong.
        """
        faults = []
        for path in segment_paths(self.directory):
            if path.name in self._jq_read:
                continue
            values, error = jq_values(path)
            for _ in range(RACES if live else 0):
                if not error:
                    break
                self.jq_races += 1
                if not path.exists():
                    path = path.with_suffix("")  # .active is gone: sealed meanwhile
                values, error = jq_values(path)
            self.jq_files += 1
            if error:
                faults.append(f"jq -c . {path.name}: {error}")
            elif not live and values != (expected := parse(path.name, path.read_bytes()).values):
                faults.append(f"jq -c . {path.name}: {values} values, expected {expected}")
            elif NAME.match(path.name)["active"] is None:
                self._jq_read.add(path.name)
        return faults


def jq_values(path):
    """How many values jq reads from a file, and what it complains of."""
    done = subprocess.run(["jq", "-c", ".", str(path)], capture_output=True)
    error = done.stderr.decode(errors="replace").strip()
    if done.returncode != 0 and not error:
        error = f"exit code {done.returncode}"
    return done.stdout.count(b"\n"), error


def check_log(segments, acknowledged, first=1):
    """
    What is wrong with a log as a whole. `acknowledged`: order id -> the Place, or the number alone, that its client was told.
    `first`: the event that it begins with.
    A torn tail of an active segment is no fault here: nothing acknowledged may be in it, which is what this checks.
    """
    faults = [fault for s in segments for fault in s.faults]

    expected = first
    for s in segments:
        for e in s.events:
            if e.sequence != expected:
                faults.append(f"{s.name}: event {e.sequence} where {expected} was to come")
            expected = e.sequence + 1

    orders, customers = {}, {}
    for s in segments:
        for e in s.events:
            if e.order is not None:
                orders.setdefault(e.order, []).append(Place(e.sequence, e.hash))
                customers.setdefault(e.customer, []).append(e.sequence)
    faults += [f"order {o} is in the log more than once: {[p.sequence for p in at]}" for o, at in orders.items() if len(at) > 1]
    # Each request names a customer of its own, so this holds for requests that were never answered as well.
    faults += [f"the request of {c} is in the log more than once: {at}" for c, at in customers.items() if len(at) > 1]

    for order, told in acknowledged.items():
        at, place = orders.get(order), told if isinstance(told, Place) else Place(told, None)
        if at is None:
            faults.append(f"order {order}, acknowledged as {place}, is not in the log")
        elif not any(p.sequence == place.sequence and place.hash in (None, p.hash) for p in at):
            faults.append(f"order {order} was acknowledged as {place} and is {at[0]}")
    return faults


def check_keys(directory, receipts):
    """What is wrong with the idempotency keys in a log: each is there once, those of `receipts` (key -> an order's answer) where that says."""
    faults, found = [], {}
    for path in segment_paths(directory):
        for raw in path.read_bytes().split(b"\n"):
            if b'"IdempotencyKey"' in raw:
                value = json.loads(raw)
                found.setdefault(value["IdempotencyKey"], []).append(Place(value["@seq"], value["@hash"]))
    faults += [f"key {k} is in the log more than once: {[p.sequence for p in at]}" for k, at in found.items() if len(at) > 1]
    for key, answer in receipts.items():
        told = Place(answer["receipt"]["sequence"], answer["receipt"]["hash"])
        if key not in found:
            faults.append(f"key {key}, acknowledged as {told}, is not in the log")
        elif told not in found[key]:
            faults.append(f"key {key} was acknowledged as {told} and is {found[key][0]}")
    return faults


def last_sequence(segments):
    return max((e.sequence for s in segments for e in s.events), default=0)


def check_recovery(report, dead, dead_spares, now):
    """
    What is wrong with a recovery report, given the segments as they were before the start (`dead`) and as they are after it (`now`).
    """
    faults = []
    unfinished = [s for s in dead if s.active]
    found = [s["name"] for s in report["segments"]]
    if sorted(found) != sorted(s.name for s in unfinished):
        faults.append(f"report names {found}, unfinished were {[s.name for s in unfinished]}")
    if report["isClean"] != (not unfinished and report["restored"] == 0):
        faults.append(f"report says isClean={report['isClean']} with {len(unfinished)} unfinished segments and {report['restored']} events restored")
    if report["missing"]:
        faults.append(f"report says that events are missing: {report['missing']}")
    if report["sparesDeleted"] != len(dead_spares):
        faults.append(f"report says {report['sparesDeleted']} spares deleted, there were {len(dead_spares)}")
    # What was accepted and stood only in memory that outlives the process follows what the segments held.
    before, restored = last_sequence(dead), report["restored"]
    if report["lastSequence"] != before + restored:
        faults.append(f"report says last sequence {report['lastSequence']} and {restored} restored, before the start it was {before}: "
                      f"{next((s.last_line for s in reversed(dead) if s.events), 'no event')}; {report['segments']}")
    faults += [f"event {n} was restored and is not in the log" for n in range(before + 1, report["lastSequence"] + 1)
               if not any(e.sequence == n for s in now for e in s.events)]

    sealed = {s.name: s for s in now if not s.active}
    by_name = {s.name: s for s in unfinished}
    for entry in report["segments"]:
        was = by_name.get(entry["name"])
        if was is None:
            continue  # said above
        if was.events:
            first, last = was.events[0].sequence, was.events[-1].sequence
            if (entry["firstSequence"], entry["lastSequence"]) != (first, last):
                faults.append(f"{was.name}: report says events {entry['firstSequence']} to {entry['lastSequence']}, it held {first} to {last}")
            if entry["outcome"] != ("Cut" if was.torn else "Sealed"):
                faults.append(f"{was.name}: report says {entry['outcome']}; torn: {was.torn}")
            after = sealed.get(was.name.removesuffix(".active"))
            if after is None:
                faults.append(f"{was.name}: is not sealed after the start")
            elif [e.sequence for e in after.events] != [e.sequence for e in was.events]:
                faults.append(f"{was.name}: does not hold the same events after the start")
        if not was.torn and entry["bytesCut"] != 0:
            faults.append(f"{was.name}: report says {entry['bytesCut']} bytes cut, but nothing was torn")
    return faults
