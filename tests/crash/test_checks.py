"""
Shows that each check of kill9, second-instance and strace-order can fail: every test breaks one thing in an input that passes.
Run: python3 -m unittest discover tests/crash
"""

import copy
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from lib.segments import LogReader, Place, check_keys, check_log, check_recovery, parse
from lib.trace import Trace

A = "orders-00000000000000000001-0000000a.clef"
B = "orders-00000000000000000004-0000000b.clef.active"


def line(value):
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def order(sequence, name, customer=None):
    return line({"@t": "2026-01-01T00:00:00Z", "@mt": "Order", "OrderId": name, "Customer": customer or f"c-{name}", "@seq": sequence, "@hash": f"h-{name}"})


def other(sequence):
    return line({"@t": "2026-01-01T00:00:00Z", "@mt": "Something else", "@seq": sequence})


HEADER, SEAL = line({"@header": 1}), line({"@seal": 1})
SEALED = HEADER + order(1, "one") + other(2) + order(3, "three") + SEAL
ACTIVE = HEADER + order(4, "four") + b"\n\n" + other(5) + b"\n" * 500
ACKNOWLEDGED = {"one": Place(1, "h-one"), "three": Place(3, "h-three"), "four": Place(4, "h-four")}


class TheLog(unittest.TestCase):
    def faults(self, sealed=SEALED, active=ACTIVE, acknowledged=ACKNOWLEDGED):
        return "\n".join(check_log([parse(A, sealed), parse(B, active)], acknowledged))

    def test_a_good_one_passes(self):
        self.assertEqual(self.faults(), "")

    def test_a_missing_order(self):
        self.assertIn("order four, acknowledged as event 4 with hash h-four, is not in the log", self.faults(active=HEADER + other(4)))

    def test_an_order_twice(self):
        self.assertIn("order three is in the log more than once", self.faults(active=HEADER + order(4, "three")))

    def test_an_unanswered_request_twice(self):
        active = ACTIVE.rstrip(b"\n") + b"\n" + order(6, "x", "same") + order(7, "y", "same")
        self.assertIn("the request of same is in the log more than once", self.faults(active=active))

    def test_another_sequence_number_than_told(self):
        self.assertIn("acknowledged as event 2 with hash h-three and is event 3 with", self.faults(acknowledged={"three": Place(2, "h-three")}))

    def test_another_hash_than_told(self):
        self.assertIn("acknowledged as event 3 with hash h-x and is event 3 with hash h-three", self.faults(acknowledged={"three": Place(3, "h-x")}))

    def test_a_gap(self):
        self.assertIn("event 3 where 2 was to come", self.faults(sealed=HEADER + order(1, "one") + order(3, "three") + SEAL))

    def test_a_gap_between_segments(self):
        self.assertIn("event 4 where 3 was to come", self.faults(sealed=HEADER + order(1, "one") + other(2) + SEAL))

    def test_a_number_twice(self):
        self.assertIn("event 4 where 5 was to come", self.faults(active=HEADER + order(4, "four") + other(4)))

    def test_a_log_that_does_not_begin_at_one(self):
        self.assertIn("event 4 where 1 was to come", "\n".join(check_log([parse(B, ACTIVE)], {})))

    def test_a_torn_line_in_a_sealed_segment(self):
        self.assertIn("sealed, but no JSON line", self.faults(sealed=SEALED[:-3]))

    def test_a_torn_line_amid_an_active_segment(self):
        self.assertIn("yet more text", self.faults(active=HEADER + order(4, "four")[:-20] + b"\n" + other(5)))

    def test_a_torn_tail_is_no_fault_but_what_it_held_is_missing(self):
        self.assertEqual(self.faults(active=ACTIVE.rstrip(b"\n") + b"\n" + order(6, "six")[:30]), "")
        self.assertIn("order four", self.faults(active=HEADER + order(4, "four")[:-5]))

    def test_nul_bytes(self):
        self.assertIn("sealed, but no JSON line", self.faults(sealed=SEALED.replace(SEAL, b"\0\0" + SEAL)))

    def test_no_header_a_late_header_no_seal_text_after_the_seal_filler_after_the_seal(self):
        self.assertIn("the first line is no header", self.faults(sealed=SEALED[len(HEADER):]))
        self.assertIn("a header at offset", self.faults(active=ACTIVE + HEADER))
        self.assertIn("without a seal", self.faults(sealed=SEALED[:-len(SEAL)]))
        self.assertIn("after the seal", self.faults(sealed=SEALED + other(4)))
        self.assertIn("not cut to its length", self.faults(sealed=SEALED + b"\n"))

    def test_a_line_without_a_number(self):
        self.assertIn("no @seq", self.faults(active=HEADER + line({"@mt": "x"})))

    def test_a_name_that_lies(self):
        self.assertIn("begins with event 5", self.faults(active=HEADER + order(5, "four")))


class TheDirectory(unittest.TestCase):
    def setUp(self):
        self.directory = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        (self.directory / A).write_bytes(SEALED)
        (self.directory / B).write_bytes(ACTIVE)
        self.reader = LogReader(self.directory)
        self.assertEqual(self.reader.read()[1], [])

    def test_a_sealed_segment_that_changes(self):
        (self.directory / A).write_bytes(SEALED.replace(b"one", b"eno"))
        self.assertIn("has changed since", self.reader.read()[1][0])

    def test_a_sealed_segment_that_goes(self):
        (self.directory / A).unlink()
        self.assertIn("is gone", self.reader.read()[1][0])

    @unittest.skipUnless(shutil.which("jq"), "jq is not installed")
    def test_jq(self):
        self.assertEqual(self.reader.jq(live=False), [])
        (self.directory / B).write_bytes(ACTIVE + b'{"half')
        self.assertIn("jq -c .", self.reader.jq(live=False)[0])
        self.assertIn("jq -c .", self.reader.jq(live=True)[0])
        (self.directory / B).write_bytes(ACTIVE + b'{"a":1}{"b":2}\n')  # jq takes two values in one line, NDJSON does not
        self.assertIn("values, expected", self.reader.jq(live=False)[0])


class TheReport(unittest.TestCase):
    def setUp(self):
        self.dead = [parse(A, SEALED), parse(B, ACTIVE)]
        self.now = [parse(A, SEALED), parse(B.removesuffix(".active"), ACTIVE.rstrip(b"\n") + b"\n" + SEAL)]
        self.report = {
            "segments": [{"name": B, "outcome": "Sealed", "firstSequence": 4, "lastSequence": 5, "bytesCut": 0, "detail": ""}],
            "lastSequence": 5, "restored": 0, "missing": [], "sparesDeleted": 1, "isClean": False}

    def faults(self, **changes):
        return "\n".join(check_recovery({**self.report, **changes}, self.dead, ["1.spare"], self.now))

    def entry(self, **changes):
        return [{**self.report["segments"][0], **changes}]

    def test_a_right_one_passes(self):
        self.assertEqual(self.faults(), "")

    def test_wrong_ones(self):
        for expected, changes in [
                ("report names", {"segments": []}),
                ("report names", {"segments": self.entry(name=A)}),
                ("isClean", {"isClean": True}),
                ("events are missing", {"missing": [{"first": 1, "last": 2}]}),
                ("spares deleted", {"sparesDeleted": 0}),
                ("last sequence 4", {"lastSequence": 4}),
                ("last sequence 5 and 1 restored", {"restored": 1}),
                ("event 6 was restored and is not in the log", {"lastSequence": 6, "restored": 1}),
                ("says events 4 to 6", {"segments": self.entry(lastSequence=6)}),
                ("says Salvaged", {"segments": self.entry(outcome="Salvaged")}),
                ("bytes cut", {"segments": self.entry(bytesCut=7)})]:
            with self.subTest(expected):
                self.assertIn(expected, self.faults(**changes))

    def test_events_from_memory_may_follow(self):
        c = "orders-00000000000000000006-0badcafe.clef.active"
        line = b'{"@t":"t","@mt":"m","@seq":6,"@hash":"0000000000000000"}\n'
        self.now.append(parse(c, b'{"@header":1}\n' + line))
        self.assertEqual(self.faults(lastSequence=6, restored=1), "")

    def test_an_unfinished_segment_that_is_not_sealed_or_lost_events(self):
        now = copy.deepcopy(self.now)
        self.now = now[:1]
        self.assertIn("is not sealed after the start", self.faults())
        self.now = now
        now[1].events.pop()
        self.assertIn("does not hold the same events", self.faults())


L = "/log/orders-1.clef"
ID = "0123abcd-0000-0000-0000-000000000000"
LINE = f'{{\\"OrderId\\":\\"{ID}\\"}}\\n'
ANSWER = f'"HTTP/1.1 201 Created\\r\\n\\r\\n{{\\"orderId\\":\\"{ID}\\"}}"'
SEAL_LINE = '{\\"@seal\\":{}}\\n'
GOOD = {
    "open": '1 openat(AT_FDCWD</>, "/log/1.spare", O_RDWR|O_CREAT|O_EXCL|O_DIRECT|O_CLOEXEC, 0640) = 7</log/1.spare>',
    "header": '1 pwrite64(7</log/1.spare>, "{\\"@header\\":1}\\n", 4096, 0) = 4096',
    "flush header": "1 fdatasync(7</log/1.spare>) = 0",
    "name": f'1 renameat2(AT_FDCWD</>, "/log/1.spare", AT_FDCWD</>, "{L}.active", RENAME_NOREPLACE) = 0',
    "flush name": "1 fsync(5</log>) = 0",
    "write": f'2 pwritev2(7<{L}.active>, [{{iov_base="{LINE}", iov_len=4096}}], 1, 0, RWF_DSYNC) = 4096',
    "answer": f"3 sendto(9<socket:[77]>, {ANSWER}, 300, MSG_NOSIGNAL, NULL, 0) = 300",
    "seal": f'2 pwrite64(7<{L}.active>, "{SEAL_LINE}", 4096, 4096) = 4096',
    "flush seal": f"2 fdatasync(7<{L}.active>) = 0",
    "cut": f"2 ftruncate(7<{L}.active>, 5000) = 0",
    "flush cut": f"2 fsync(7<{L}.active>) = 0",
    "rename": f'2 renameat2(AT_FDCWD</>, "{L}.active", AT_FDCWD</>, "{L}", RENAME_NOREPLACE) = 0',
    "flush rename": "2 fsync(5</log>) = 0",
}


class TheTrace(unittest.TestCase):
    def faults(self, **changes):
        return "\n".join(self.check([changes.get(step.replace(" ", "_"), line) for step, line in GOOD.items()]))

    def check(self, lines):
        trace = Trace([line for part in lines if part for line in part.split("\n")], "/log")
        self.counts = trace.check()
        return trace.faults

    def swapped(self, one, two):
        steps = list(GOOD)
        i, j = steps.index(one), steps.index(two)
        steps[i], steps[j] = steps[j], steps[i]
        return "\n".join(self.check([GOOD[s] for s in steps]))

    def test_a_good_one_passes(self):
        self.assertEqual(self.faults(), "")
        self.assertEqual(self.counts["after a write with RWF_DSYNC"], 1)

    def test_no_direct_io(self):
        self.assertIn("without O_DIRECT", self.faults(open=GOOD["open"].replace("|O_DIRECT", "")))

    def test_an_answer_before_the_write(self):
        self.assertIn("a write had not returned", self.swapped("write", "answer"))

    def test_an_answer_while_the_write_runs(self):
        begin, end = GOOD["write"].replace(", RWF_DSYNC) = 4096", " <unfinished ...>"), "2 <... pwritev2 resumed>, RWF_DSYNC) = 4096"
        self.assertIn("a write had not returned", self.faults(write=begin, answer=GOOD["answer"] + "\n" + end))
        self.assertEqual(self.faults(write=begin + "\n" + end), "")

    def test_a_status_line_that_leaves_first(self):
        early = '3 sendto(9<socket:[77]>, "HTTP/1.1 201 Created\\r\\n", 22, 0, NULL, 0) = 22\n'
        late = GOOD["answer"].replace("HTTP/1.1 201 Created\\r\\n\\r\\n", "")
        self.assertIn("a write had not returned", self.faults(write=early + GOOD["write"], answer=late))

    def test_a_plain_write(self):
        plain = GOOD["write"].replace(", RWF_DSYNC", ", 0")
        flush = f"\n2 fdatasync(7<{L}.active>) = 0"
        self.assertIn("a write was not flushed", self.faults(write=plain))
        self.assertEqual(self.faults(write=plain + flush), "")
        self.assertEqual(self.counts["after a write, then a flush"], 1)
        self.assertIn("a write was not flushed", self.faults(write=plain + flush.replace("= 0", "= -1 EIO (Input/output error)")))
        self.assertIn("a write was not flushed", self.faults(write=plain, answer=GOOD["answer"] + flush))
        self.assertIn("a write was not flushed", self.faults(write=plain + flush.replace("fdatasync(7", "fdatasync(8")))
        self.assertIn("a write was not flushed", self.faults(write=flush.strip() + "\n" + plain))

    def test_a_durable_write_with_an_earlier_write_unflushed(self):
        self.assertIn("an earlier write was not flushed", self.faults(flush_header=""))

    def test_a_name_that_is_not_durable(self):
        self.assertIn("the segment's name was not flushed", self.faults(flush_name=""))
        self.assertIn("the segment's name was not flushed", self.faults(name=GOOD["flush name"], flush_name=GOOD["name"]))

    def test_an_answer_that_no_write_carries_and_no_answer(self):
        self.assertIn("no write carries it", self.faults(write=GOOD["write"].replace(ID, ID[::-1])))
        self.assertIn("no order was answered", self.faults(answer=""))

    def test_seals_out_of_order(self):
        self.assertIn("no segment was sealed", self.faults(rename=""))
        self.assertIn("was never sealed", self.faults(rename=""))
        self.assertIn("no write of a seal line", self.faults(seal=""))
        self.assertIn("not flushed before the ftruncate", self.faults(flush_seal=""))
        self.assertIn("not flushed before the ftruncate", self.swapped("flush seal", "cut"))
        self.assertIn("no ftruncate", self.faults(cut=""))
        self.assertIn("no ftruncate", self.swapped("cut", "rename"))
        self.assertIn("no fsync between", self.faults(flush_cut=""))
        self.assertIn("no fsync between", self.faults(flush_cut=GOOD["flush cut"].replace("fsync", "fdatasync")))
        self.assertIn("no fsync between", self.swapped("flush cut", "rename"))
        self.assertIn("no fsync of the directory", self.faults(flush_rename=""))
        self.assertIn("no fsync of the directory", self.swapped("rename", "flush rename"))
        self.assertIn("written after the ftruncate", self.faults(flush_cut=GOOD["header"].replace("/log/1.spare", L + ".active") + "\n" + GOOD["flush cut"]))


class TheKeys(unittest.TestCase):
    def faults(self, *events):
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, A).write_bytes(HEADER + b"".join(line({"IdempotencyKey": k, "@seq": n, "@hash": h}) for k, n, h in events) + SEAL)
            told = {k: {"receipt": {"sequence": n, "hash": f"h-{n}"}} for k, n in (("a", 1), ("b", 2))}
            return "\n".join(check_keys(directory, told))

    def test_good_ones_pass(self):
        self.assertEqual(self.faults(("a", 1, "h-1"), ("b", 2, "h-2"), ("c", 3, "h-3")), "")

    def test_one_twice_also_of_no_receipt(self):
        self.assertIn("key c is in the log more than once: [3, 4]", self.faults(("a", 1, "h-1"), ("b", 2, "h-2"), ("c", 3, "h-3"), ("c", 4, "h-4")))

    def test_one_missing(self):
        self.assertIn("key b, acknowledged as event 2 with hash h-2, is not in the log", self.faults(("a", 1, "h-1")))

    def test_another_number_or_hash_than_told(self):
        self.assertIn("key b was acknowledged as event 2 with hash h-2 and is event 3", self.faults(("a", 1, "h-1"), ("b", 3, "h-2")))
        self.assertIn("key b was acknowledged as event 2 with hash h-2 and is event 2", self.faults(("a", 1, "h-1"), ("b", 2, "h-3")))


if __name__ == "__main__":
    unittest.main()
