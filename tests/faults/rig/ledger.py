"""The ledger of a writer: what its callers were told, read while it grows; and what of it the log must bear out."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "crash"))
from lib.segments import check_log  # noqa: E402

# Exceptions after which the event is certainly not in the log. Any other one means in doubt.
REFUSED = {"DurableLogFullException", "EventTooLargeException", "ObjectDisposedException"}


@dataclass
class Call:
    key: str
    did: str
    at: float
    ms: float
    sequence: int = 0
    type: str = ""
    message: str = ""


@dataclass
class Ledger:
    path: Path
    calls: list[Call] = field(default_factory=list)
    notices: list[dict] = field(default_factory=list)
    opened: dict | None = None
    failed: dict | None = None
    closing: dict | None = None
    states: list[dict] = field(default_factory=list)  # how far the log was, ten times a second
    closed: dict | None = None
    totals: dict | None = None
    others: dict = field(default_factory=dict)
    _offset: int = 0

    def poll(self):
        """Takes in the whole lines that came since the last poll."""
        if not self.path.exists():
            return self
        with open(self.path, "rb") as f:
            f.seek(self._offset)
            data = f.read()
        end = data.rfind(b"\n") + 1
        self._offset += end
        for raw in data[:end].splitlines():
            self._take(json.loads(raw))
        return self

    def _take(self, line):
        match line["is"]:
            case "call":
                self.calls.append(Call(line["key"], line["did"], line["at"], line["ms"], line.get("seq", 0),
                                       line.get("type", ""), line.get("message", "")))
            case "notice":
                self.notices.append(line)
            case "open":
                self.opened = line
            case "failed":
                self.failed = line
            case "state":
                self.states.append(line)
            case "closing":
                self.closing = line
            case "closed":
                self.closed = line
            case "totals":
                self.totals = line
            case other:
                self.others[other] = line

    def having(self, did, since=0.0):
        return [c for c in self.calls if c.did == did and c.at >= since]

    def counts(self, since=0.0, until=float("inf")):
        """How many calls ended how; the ones that threw by type."""
        counts = {}
        for c in self.calls:
            if since <= c.at < until:
                name = c.type if c.did == "threw" else c.did
                counts[name] = counts.get(name, 0) + 1
        return dict(sorted(counts.items()))

    def names(self, since=0.0):
        """Names of the notices, each with how often it came."""
        names = {}
        for n in self.notices:
            if n["at"] >= since:
                names[n["name"]] = names.get(n["name"], 0) + 1
        return names

    def notice(self, name, since=0.0):
        return next((n for n in self.notices if n["name"] == name and n["at"] >= since), None)

    @property
    def acknowledged(self):
        """Key -> sequence of what was acknowledged; and of what was accepted before something that was (D2)."""
        durable = max((c.sequence for c in self.calls if c.did == "acknowledged"), default=0)
        if self.closed:
            durable = max(durable, self.closed["durable"])
        return {c.key: c.sequence for c in self.calls
                if c.did == "acknowledged" or (c.did == "accepted" and c.sequence <= durable)}

    @property
    def meter(self):
        return {} if self.totals is None else {k.removeprefix("durablesink."): int(v) for k, v in self.totals["meter"].items()}


def check(ledger, left, again, segments, parts=1):
    """
    What is wrong with a log. `left`: its segments as the writer left them; `again`: what another opening and the log's own reader said;
    `segments`: its segments after that. `parts`: directories that it is spread over; only the last one was opened again.
    """
    acknowledged = ledger.acknowledged
    had = {e.order for s in left for e in s.events}
    lost = [k for k in acknowledged if k not in had]
    faults = [f"{len(lost)} of {len(acknowledged)} acknowledged events are not in the files as they were left, the first {lost[0]} "
              f"(event {acknowledged[lost[0]]})"] if lost else []
    if again["recovered"]["missing"]:
        faults.append(f"recovery misses {again['recovered']['missing']}")
    faults += check_log(segments, acknowledged)
    events = {e.order: e.sequence for s in segments for e in s.events if e.order}  # the log itself tells of a recovery
    written = sum(len(s.events) for s in segments)
    if parts == 1:
        faults += [f"{s.name}: not sealed after another opening" for s in segments if s.active]
        if again["read"]["events"] != written or again["read"]["other"]:
            faults.append(f"the log's reader returns {again['read']}, the files hold {written} events")
    return faults + check_counts(ledger, events)


def check_counts(ledger, in_log, lost_in_door=0):
    """
    What does not add up between the ledger and the keys that stand in the log: each call ended somehow, what was refused is not in
    the log, and what is missing was reported.
    """
    faults = []
    keys = [c.key for c in ledger.calls]
    if len(set(keys)) != len(keys):
        faults.append("the ledger has a key twice: the writer is wrong")
    if ledger.totals is None:
        return faults + ["the writer did not end properly: no totals"]
    counted = {}
    for c in ledger.calls:
        counted[c.did] = counted.get(c.did, 0) + 1
    if counted != ledger.totals["calls"]:
        faults.append(f"the ledger has {counted}, the writer counted {ledger.totals['calls']}")

    refused = [c.key for c in ledger.calls if c.did == "threw" and c.type in REFUSED and c.key in in_log]
    if refused:
        faults.append(f"{len(refused)} events that were refused are in the log, the first {refused[0]}")
    known = set(keys)
    strange = [k for k in in_log if k not in known]
    if len(strange) > len(set(k.split("-")[0] for k in strange)):  # a call that never returned has no line: one for each thread
        faults.append(f"{len(strange)} events in the log were never logged, the first {strange[0]}")

    lost = ledger.closed["last"] - ledger.closed["durable"] if ledger.closed else 0
    missing = [c for c in ledger.calls if c.did == "accepted" and c.key not in in_log]
    if len(missing) > lost:
        faults.append(f"{len(missing)} accepted events are not in the log, {lost} were reported lost at the end; the first is {missing[0].key}")
    if lost > 0 and not ledger.notice("ClosedWithLoss"):
        faults.append(f"closed with {lost} events that were not durable, and said nothing")

    logged = [c for c in ledger.calls if c.did == "logged"]
    if logged:  # the door that tells nobody: dropped, lost in the door, in doubt, or in the log
        dropped = ledger.meter.get("events.dropped", 0) + lost_in_door
        doubtful = ledger.meter.get("events.in_doubt", 0) + lost
        absent = sum(1 for c in logged if c.key not in in_log)
        if not dropped <= absent <= dropped + doubtful:
            faults.append(f"{absent} logged events are not in the log; {dropped} were reported dropped, {doubtful} in doubt")
    else:
        refused = sum(1 for c in ledger.calls if c.type in REFUSED)
        if refused != ledger.meter.get("events.dropped", 0):
            faults.append(f"{refused} events were refused, the meter counts {ledger.meter.get('events.dropped', 0)} dropped")
        doubtful = sum(1 for c in ledger.calls if c.did == "threw" and c.type not in REFUSED)
        if doubtful != ledger.meter.get("events.in_doubt", 0):
            faults.append(f"{doubtful} callers were told that their event is in doubt, the meter counts {ledger.meter.get('events.in_doubt', 0)}")
    return faults
