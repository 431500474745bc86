"""A second writer on the directory of the first."""

from pathlib import Path

from rig.writer import START_LIMIT, Failed, Writer, until


def second(context):
    directory = context.work / "log"
    first = Writer(context, directory, ["--pace-ms", "2"], {"Fsync": "Batch"}).wait_open()
    first.wait_calls(100)
    refused = Writer(context, directory, ["--pace-ms", "2"], {"Fsync": "Batch", "LockTimeout": "300ms"})
    failed = until(lambda: refused.ledger.poll().failed, START_LIMIT, "the second writer is refused")
    refused.process.wait(10)
    missing = [part for part in (str(directory), f"process {first.pid}", "WhenLocked", "Instance") if part not in failed["message"]]
    if missing:
        raise Failed(f"the message lacks {missing}: {failed['message']}")
    own = Writer(context, directory, ["--pace-ms", "2"], {"Fsync": "Batch", "LockTimeout": "300ms", "WhenLocked": "Instance"}).wait_open()
    place = Path(own.ledger.opened["directory"])
    if place.parent != directory:
        raise Failed(f"WhenLocked=Instance opened {place}")
    own.wait_calls(100)
    first.wait_calls(300)
    notice = own.ledger.notice("OpenedInstance")
    if notice is None or str(first.pid) not in notice["message"]:
        raise Failed(f"the notice is {notice}")
    for writer in (own, first):
        writer.end()
    own.check(place)
    first.check()
    return f"refused after {failed['ms']:.0f} ms: '{failed['message']}'; Instance: {place.name}"
