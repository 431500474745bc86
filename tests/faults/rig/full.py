"""A drive that fills while four threads log, stays full, and gets room again: no restart."""

from rig.drives import MIB, Drive, pause
from rig.writer import Failed, Writer, now

STAYS_FULL = 3.0  # seconds
NOTICES = 12      # of one name while it stays full: told, not flooded


def full(context, kind, policy, door="log"):
    drive = Drive(context, kind)
    # Seldom asking for durability, callers under Batch and Os fill the buffer, too.
    writer = Writer(context, drive.log, ["--event-bytes", "2500", "--pace-ms", "1", "--ask-every", "100", "--door", door],
                    {"Fsync": policy, "SegmentBytes": "4MiB", "BufferBytes": "1MiB", "MaxEventBytes": "64KiB", "BlockTimeout": "100ms"}).wait_open()
    writer.wait_calls(500)
    drive.fill(4 * MIB)
    if door == "logger":  # it throws nothing
        first = writer.wait(lambda l: l.notice("EventsDropped"), 90, "a notice says that events are dropped")
    else:
        threw = writer.wait(lambda l: next((c for c in l.calls if c.did == "threw"), None), 90, "a caller is told that the drive is full")
        first = {"at": threw.at, "message": threw.message}
    pause(STAYS_FULL)
    writer.alive()
    since = now()
    seen = writer.ledger.poll().counts(first["at"], since)
    drive.make_room()
    resumed = writer.resumed(since)
    writer.wait_calls(500, since=since)
    ledger = writer.end()

    faults = []
    if "errno 28" not in first["message"]:
        faults.append(f"the first caller was told: {first['message']}")
    if door == "logger" and (thrown := ledger.having("threw")):
        faults.append(f"ILogger.Log threw {thrown[0].type}: {thrown[0].message}")
    for name, count in ledger.names(first["at"] - 1000).items():
        if count > NOTICES:
            faults.append(f"{count} notices {name}")
    if not any(n["level"] in ("Error", "Critical") and "errno 28" in n["message"] for n in ledger.notices):
        faults.append("no notice says that the drive is full")
    events = writer.check()
    if faults:
        raise Failed("; ".join(faults))
    return (f"full for {STAYS_FULL:.0f} s: callers saw {told(seen)}; writing again {resumed:.0f} ms after room came; "
            f"{events} events in the log, {len(ledger.acknowledged)} acknowledged, none missing; "
            f"{ledger.meter.get('events.dropped', 0)} dropped, {ledger.meter.get('events.in_doubt', 0)} in doubt; notices {told(ledger.names())}")


def told(counts):
    return ", ".join(f"{v} {k}" for k, v in counts.items()) or "nothing"
