"""
Shows that the checks of the ledger against the log, and of the messages, can fail: every test breaks one thing in an input that passes.
Run: python3 -m unittest discover tests/faults
"""

import copy
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from rig.ledger import Ledger, check  # noqa: E402
from rig.messages import CASES, check_messages  # noqa: E402

from lib.segments import parse  # noqa: E402  (tests/crash, by way of rig.ledger)

NAME = "faults-00000000000000000001-0000000a.clef"


def line(value):
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def segment(*keys, first=1, name=NAME):
    events = [line({"OrderId": k, "Customer": k, "@seq": first + i}) for i, k in enumerate(keys)]
    return parse(name, line({"@header": 1}) + b"".join(events) + line({"@seal": 1}))


def call(key, did, sequence=0, error=""):
    fields = {"at": 1.0, "is": "call", "key": key, "did": did, "ms": 0.1}
    return {**fields, **({"seq": sequence} if sequence else {}), **({"type": error, "message": "so"} if error else {})}


GOOD = [
    {"at": 0.5, "is": "open", "directory": "d", "direct": True, "last": 0, "ms": 1},
    call("a", "accepted", 1), call("b", "acknowledged", 2), call("c", "threw", error="DurableLogException"),
    call("d", "threw", error="DurableLogFullException"), call("e", "accepted", 4),
    {"at": 2.0, "is": "closed", "durable": 4, "last": 4, "ms": 1},
    {"at": 2.1, "is": "totals", "calls": {"accepted": 2, "acknowledged": 1, "threw": 2}, "meter": {"durablesink.events.dropped": 1, "durablesink.events.in_doubt": 1}},
]
KEYS = ("a", "b", "c", "e")
AGAIN = {"recovered": {"missing": []}, "read": {"events": 4, "other": []}}


class TheLedgerAgainstTheLog(unittest.TestCase):
    def faults(self, lines=GOOD, left=None, segments=None, again=AGAIN):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger"
            path.write_bytes(b"".join(map(line, lines)))
            ledger = Ledger(path).poll()
        segments = segments or [segment(*KEYS)]
        return "\n".join(check(ledger, left or segments, again, segments))

    def changed(self, index, **fields):
        lines = copy.deepcopy(GOOD)
        lines[index].update(fields)
        return lines

    def test_a_good_one_passes(self):
        self.assertEqual(self.faults(), "")

    def test_an_acknowledged_event_that_was_not_there_before_another_opening(self):
        self.assertIn("1 of 3 acknowledged events are not in the files as they were left, the first b", self.faults(left=[segment("a", "x", "c", "e")]))

    def test_an_accepted_event_below_an_acknowledged_one_is_as_good_as_acknowledged(self):
        self.assertIn("order a, acknowledged as event 1, is not in the log", self.faults(segments=[segment("x", "b", "c", "e")]))

    def test_an_event_twice_a_gap_another_number(self):
        self.assertIn("more than once", self.faults(segments=[segment("a", "b", "b", "e")]))
        self.assertIn("where 1 was to come", self.faults(segments=[segment("a", "b", "c", "e", first=2, name=NAME.replace("1-", "2-"))]))
        self.assertIn("was acknowledged as event 2 and is event 1", self.faults(segments=[segment("b", "a", "c", "e")]))

    def test_a_refused_event_in_the_log(self):
        self.assertIn("events that were refused are in the log, the first d", self.faults(segments=[segment("a", "b", "d", "e")]))

    def test_events_that_nobody_logged(self):
        self.assertIn("never logged", self.faults(segments=[segment("a", "b", "c", "e", "0-7", "0-8")]))

    def test_a_loss_at_the_end_that_nobody_told_of(self):
        self.assertIn("1 events that were not durable, and said nothing", self.faults(self.changed(6, durable=3)))

    def test_an_accepted_event_that_is_lost_without_a_report(self):
        lines = self.changed(6, durable=3, last=3)
        again = {**AGAIN, "read": {"events": 3, "other": []}}
        self.assertIn("1 accepted events are not in the log, 0 were reported", self.faults(lines, segments=[segment("a", "b", "c")], again=again))

    def test_totals_that_do_not_add_up_or_never_came(self):
        self.assertIn("the writer counted", self.faults(self.changed(7, calls={"accepted": 3, "acknowledged": 1, "threw": 2})))
        self.assertIn("1 events were refused, the meter counts 0 dropped", self.faults(self.changed(7, meter={"durablesink.events.in_doubt": 1})))
        self.assertIn("in doubt, the meter counts 0", self.faults(self.changed(7, meter={"durablesink.events.dropped": 1})))
        self.assertIn("did not end properly", self.faults(GOOD[:-1]))

    def test_what_recovery_misses_and_what_the_reader_does_not_find(self):
        self.assertIn("recovery misses ['2-2']", self.faults(again={**AGAIN, "recovered": {"missing": ["2-2"]}}))
        self.assertIn("the log's reader returns", self.faults(again={**AGAIN, "read": {"events": 3, "other": []}}))

    def test_a_segment_that_stays_unsealed(self):
        self.assertIn("not sealed after another opening", self.faults(segments=[segment(*KEYS, name=NAME + ".active")]))

    def test_logged_events_are_in_the_log_or_reported_dropped(self):
        lines = [GOOD[0], *(call(k, "logged") for k in "abcd"), {"at": 2, "is": "closed", "durable": 2, "last": 2, "ms": 1}]
        again = {**AGAIN, "read": {"events": 2, "other": []}}
        totals = {"at": 2.1, "is": "totals", "calls": {"logged": 4}, "meter": {"durablesink.events.dropped": 2}}
        self.assertEqual(self.faults([*lines, totals], segments=[segment("a", "b")], again=again), "")
        totals["meter"] = {"durablesink.events.dropped": 1}
        self.assertIn("2 logged events are not in the log; 1 were reported dropped", self.faults([*lines, totals], segments=[segment("a", "b")], again=again))


class TheMessages(unittest.TestCase):
    def good(self):
        return {case: {"case": case, "type": kind, "message": " ".join(parts), "notices": []} for case, (kind, parts) in CASES.items()}

    def test_good_ones_pass(self):
        self.assertEqual(check_messages(self.good()), [])

    def test_a_remedy_that_is_not_named(self):
        said = self.good()
        said["unknown key"]["message"] = said["unknown key"]["message"].replace("Did you mean", "")
        self.assertIn("unknown key: the message lacks 'Did you mean'", check_messages(said)[0])

    def test_no_error_an_error_too_many_another_one_and_a_case_that_was_not_made(self):
        said = self.good()
        said["proc"]["type"] = None
        said["tmpfs"]["type"] = "IOException"
        said["SegmentBytes 0"]["type"] = "OverflowException"
        del said["sys"]
        self.assertEqual(len(check_messages(said)), 4)


if __name__ == "__main__":
    unittest.main()
