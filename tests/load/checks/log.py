"""Reads a log of the writer as plain text, with nothing of DurableSink's own, and says what is wrong with it."""

import re
from array import array
from dataclasses import dataclass, field
from pathlib import Path

NAME = re.compile(r"^.+-\d{20}-[0-9a-f]{8}\.clef(\.active)?$")
EVENT = re.compile(rb'\{"@t":"[-0-9T:.]{27}Z","@mt":"Order \{Producer\} \{Number\}: \{Text\}","Producer":(\d+),"Number":(\d+),"Text":"\.*"'
                   rb'(?:,"SourceContext":"Load")?(?:,"@durable":[ 0-9]{20})?,"@seq":(\d+),"@hash":"[0-9a-f]{16}"\}')
OWN = re.compile(rb'\{"@t":.*,"SourceContext":"DurableSink".*,"@seq":(\d+),"@hash":"[0-9a-f]{16}"\}')  # the log's own events take numbers too


def segment_paths(directory):
    """The segments in log order, which is the order of their names."""
    return sorted((p for p in Path(directory).iterdir() if NAME.match(p.name)), key=lambda p: p.name)


@dataclass
class Log:
    """A log as it stands: how many events of each producer, and every fault."""
    numbers: dict = field(default_factory=dict)  # producer -> its numbers in log order
    events: int = 0
    last: int = 0  # sequence number
    bytes: int = 0
    segments: int = 0
    faults: list = field(default_factory=list)


def read_log(directory):
    """A closed log: sealed segments, sequence numbers without a gap, no line that is not whole."""
    log = Log()
    for path in segment_paths(directory):
        add_segment(log, path.name, path.read_bytes())
    return log


def add_segment(log, name, data):
    log.segments += 1
    log.bytes += len(data)
    if name.endswith(".active"):
        log.faults.append(f"{name}: not sealed")
    if not data.endswith(b"\n"):
        log.faults.append(f"{name}: the last line is not whole")
    for raw in data.split(b"\n"):
        if not raw:
            continue
        if m := EVENT.fullmatch(raw):
            producer, number, sequence = int(m[1]), int(m[2]), int(m[3])
            log.numbers.setdefault(producer, array("L")).append(number)
            log.events += 1
        elif m := OWN.fullmatch(raw):
            sequence = int(m[1])
        else:
            if not raw.startswith((b'{"@header":1,', b'{"@seal":1,')) or not raw.endswith(b'"}'):
                log.faults.append(f"{name}: no line of ours: {raw[:80]!r}")
            continue
        if sequence != log.last + 1:
            log.faults.append(f"{name}: sequence number {sequence} where {log.last + 1} was to come")
        log.last = sequence


def check_events(log, producers, each, lost):
    """What is wrong with a log into which each of so many producers logged so many events, of which so many were counted as lost."""
    faults = log.faults[:4]
    for producer, numbers in sorted(log.numbers.items()):
        if any(b <= a for a, b in zip(numbers, numbers[1:])):
            faults.append(f"producer {producer}: an event is twice in the log, or before one that was logged earlier")
        if producer >= producers or numbers[-1] > each:
            faults.append(f"producer {producer}: event {numbers[-1]} was never logged")
    missing = producers * each - log.events
    if missing != lost:
        faults.append(f"{missing} of {producers * each} events are not in the log, {lost} were counted as lost")
    return faults
