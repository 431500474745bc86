"""What must hold of a log that the tool wrote or followed, read from its files as plain text."""

import json
import re
from pathlib import Path

NAME = re.compile(r"-(\d{20})-[0-9a-f]{8}\.clef(\.active)?$")
TRAILER = re.compile(rb',"@seq":(\d+),"@hash":"[0-9a-f]{16}"\}$')


def segments(directory):
    return sorted((p for p in Path(directory).iterdir() if NAME.search(p.name)), key=lambda p: p.name)


def events(directory):
    """(sequence, line) of all events, in the order of the files."""
    for path in segments(directory):
        with open(path, "rb") as file:
            for line in file:
                line = line.rstrip(b"\n")
                if not line or line.startswith((b'{"@header":', b'{"@seal":')):
                    continue
                match = TRAILER.search(line)
                if not match:
                    raise ValueError(f"{path.name}: no line of a log: {line[:80]}")
                yield int(match[1]), line


def followed_faults(lines, retracted, expected):
    """What a follower printed, without what it was told to be gone, is exactly what the log holds. `retracted`: (first, last, how many lines
    had been printed then)."""
    kept = []
    told = sorted(retracted, key=lambda r: r[2])
    for count, line in enumerate(lines):
        while told and told[0][2] <= count:
            first, last, _ = told.pop(0)
            kept = [k for k in kept if not first <= k[0] <= last]
        match = TRAILER.search(line)
        if not match:
            return [f"half a line: {line[:80]}"]
        kept.append((int(match[1]), line))
    for first, last, _ in told:
        kept = [k for k in kept if not first <= k[0] <= last]
    faults = []
    sequences = [k[0] for k in kept]
    if sequences != sorted(set(sequences)):
        faults.append(f"{len(sequences) - len(set(sequences))} events twice or out of order")
    missing = {e[0] for e in expected} - set(sequences)
    if missing:
        faults.append(f"{len(missing)} events missing, the first {min(missing)}")
    beyond = set(sequences) - {e[0] for e in expected}
    if beyond:
        faults.append(f"{len(beyond)} events that the log does not hold, the first {min(beyond)}")
    if not faults and kept != expected:
        faults.append("lines that differ from those in the log")
    return faults


def fed_faults(log_events, count):
    """Each of the lines 1 to count, which begin with their number, is in the log; again only after a crash, in blocks. Returns the faults,
    and how many stand there more than once."""
    seen, last, again = set(), 0, 0
    for _, line in log_events:
        event = json.loads(line)
        if event.get("SourceContext") == "DurableSink":
            continue
        number = int(event["@m"].split(" ", 1)[0])
        if number in seen:
            again += 1
        elif number != last + 1 and number - 1 not in seen:
            return [f"line {number} comes before line {number - 1}"], again
        seen.add(number)
        last = number
    missing = set(range(1, count + 1)) - seen
    return ([f"{len(missing)} lines missing, the first {min(missing)}"] if missing else []), again
