"""The checks are checked: one thing at a time is broken in what passes, and must be noticed. `python3 -m unittest discover tests/load`"""

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from checks.flood import FLAT, check_block, check_drop, check_flood  # noqa: E402
from checks.follow import Offsets, check_follow, compare  # noqa: E402
from checks.log import Log, add_segment, check_events, read_log  # noqa: E402
from checks.page_cache import check_page_cache  # noqa: E402
from checks.quiet import check_quiet  # noqa: E402
from checks.recovery import check_recovery, figures  # noqa: E402

END = '"@hash":"0123456789abcdef"}\n'
HEADER = '{"@header":1,"@seq":0,' + END
SEAL = '{"@seal":1,"@seq":1,' + END


def line(sequence, producer=0, number=None):
    return (f'{{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"Order {{Producer}} {{Number}}: {{Text}}","Producer":{producer},'
            f'"Number":{sequence if number is None else number},"Text":"...","SourceContext":"Load","@seq":{sequence},{END}')


def log_of(*lines, name="load-00000000000000000001-00000000.clef"):
    log = Log()
    add_segment(log, name, (HEADER + "".join(lines) + SEAL).encode())
    return log


class TheLog(unittest.TestCase):
    def test_a_good_one_passes(self):
        self.assertEqual(check_events(log_of(line(1), line(2), "\n", line(3)), 1, 3, 0), [])

    def test_the_logs_own_event_takes_a_number(self):
        own = '{"@t":"2026-11-20T08:00:01.1234567Z","@mt":"Recovered","SourceContext":"DurableSink","@seq":1,' + END
        self.assertEqual(check_events(log_of(own, line(2, number=1)), 1, 1, 0), [])

    def test_each_fault_is_noticed(self):
        for what, log, lost in (
            ("sequence number 3 where 2", log_of(line(1), line(3, number=2), line(4, number=3)), 0),
            ("sequence number 2 where 3", log_of(line(1), line(2), line(2)), 0),
            ("twice", log_of(line(1), line(2, number=1), line(3)), 0),
            ("before one that was logged earlier", log_of(line(1), line(2, number=3), line(3, number=2)), 0),
            ("1 of 3 events are not in the log, 0", log_of(line(1), line(2)), 0),
            ("0 of 3 events are not in the log, 1", log_of(line(1), line(2), line(3)), 1),
            ("never logged", log_of(line(1), line(2), line(3, number=4)), 0),
            ("never logged", log_of(line(1), line(2), line(3, producer=1)), 0),
            ("no line of ours", log_of(line(1), line(2)[:50] + "\n", line(3)), 0),
            ("no line of ours", log_of(line(1), line(2)[:50] + line(2), line(3)), 0),
            ("no line of ours", log_of(line(1), line(2), line(3), "\0\0"), 0),
            ("not sealed", log_of(line(1), line(2), line(3), name="load-00000000000000000001-00000000.clef.active"), 0),
        ):
            faults = check_events(log, 1, 3, lost)
            self.assertTrue(any(what in f for f in faults), f"{what}: {faults}")


class Floods(unittest.TestCase):
    def good(self, **changes):
        return {"dropped": 0, "durable": 3, "last": 3, "notices": {}, "rss": [0, 0] + [100 << 20] * 10, "read": {"events": 3}, **changes}

    def faults(self, **changes):
        log = log_of(*(line(i + 1, producer=p, number=1) for i, p in enumerate(range(8))))
        return check_flood({**self.good(durable=8, last=8, read={"events": 8}), **changes}, log, 1)

    def test_a_good_one_passes(self):
        self.assertEqual(self.faults(), [])

    def test_memory_that_grows(self):
        self.assertIn("memory moved by", self.faults(rss=[100 << 20] * 20 + [(100 << 20) + FLAT + 1])[0])

    def test_too_few_samples(self):
        self.assertIn("too short a run", self.faults(rss=[100 << 20] * 9)[0])

    def test_counts_that_do_not_agree(self):
        self.assertIn("were counted as lost", self.faults(dropped=1)[0])
        self.assertIn("durable up to 7", self.faults(durable=7)[0])
        self.assertIn("own reader", self.faults(read={"events": 7})[0])

    def test_block_drops_nothing_and_drop_drops_and_tells(self):
        self.assertEqual(check_block(self.good()), [])
        self.assertEqual(len(check_block(self.good(dropped=1))), 1)
        self.assertEqual(check_drop(self.good(dropped=1, notices={"EventsDropped": 1})), [])
        self.assertEqual(len(check_drop(self.good(notices={"EventsDropped": 1}))), 1)
        self.assertEqual(len(check_drop(self.good(dropped=1))), 1)


class Followers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.name = "load-00000000000000000001-00000000.clef"

    def tearDown(self):
        self.folder.cleanup()

    def compared(self, *seen):
        (self.path / self.name).write_text(HEADER + line(1) + line(2) + SEAL)
        return compare(self.path, {self.name: [s.encode().rstrip() for s in seen]})

    def test_all_once(self):
        self.assertEqual(self.compared(line(1), line(2)), (0, 0, 0))

    def test_missing_twice_and_half(self):
        self.assertEqual(self.compared(line(1)), (1, 0, 0))
        self.assertEqual(self.compared(line(1), line(2), line(2)), (0, 1, 0))
        self.assertEqual(self.compared(line(1), line(2), line(2)[:40]), (0, 0, 1))
        self.assertEqual(compare(self.path, {}), (2, 0, 0))

    def test_the_follower_by_offsets_knows_a_renamed_file_and_counts_a_cut_one(self):
        follower, active = Offsets(self.path), self.path / (self.name + ".active")
        active.write_text(HEADER + line(1))
        follower.look()
        with open(active, "a") as f:
            f.write(line(2) + "\n" * 9)
        follower.look()
        with open(active, "r+b") as f:
            f.truncate(active.stat().st_size - 9)
        active.rename(self.path / self.name)
        follower.look()
        self.assertEqual(compare(self.path, follower.lines()), (0, 0, 0))
        self.assertEqual(follower.complaints(), 1)
        follower.stop()

    def test_the_verdict(self):
        good, bad = {"tail": (0, 0, 0, 0)}, {"tail": (5, 0, 0, 0)}
        self.assertEqual(check_follow(11, good, bad), [])
        for segments, saw, contrast in ((10, good, bad), (11, good, good), (11, bad, bad), (11, {"tail": (0, 1, 0, 0)}, bad),
                                        (11, {"tail": (0, 0, 1, 0)}, bad), (11, {"tail": (0, 0, 0, 1)}, bad)):
            self.assertEqual(len(check_follow(segments, saw, contrast)), 1)


class TheRest(unittest.TestCase):
    def test_quiet(self):
        good = {"written": 1 << 20, "allocated": 1 << 20, "cpu": 0.0005, "wakeups": 0}
        self.assertEqual(check_quiet(good, ["DurableSink com"]), [])
        self.assertEqual(len(check_quiet(good, [])), 1)
        for broken in ({"written": 6 << 20}, {"allocated": 64 << 20}, {"cpu": 0.0011}, {"wakeups": 3}):
            self.assertEqual(len(check_quiet({**good, **broken}, ["DurableSink com"])), 1)

    def test_page_cache(self):
        direct = {"direct": True, "in_cache": 0, "length": 1000, "neighbour": 1.0}
        through = {**direct, "direct": False, "in_cache": 900}
        self.assertEqual(check_page_cache({"Require": [direct], "Off": [through]}, True), [])
        self.assertEqual(len(check_page_cache({"Require": [direct], "Off": [direct]}, True)), 1)
        for broken in ({"direct": False}, {"in_cache": 20}, {"neighbour": 0.9}):
            self.assertEqual(len(check_page_cache({"Require": [{**direct, **broken}], "Off": [through]}, True)), 1)

    def test_recovery(self):
        text = ("  recovered in   0.500 (0.4..0.6) s\n                 2.00 (1.90..2.10) GiB/s\n  the drive alone\n                 3.00 (2.90..3.10) GiB/s\n"
                "  read, sealed   0.50 (0.40..0.60) GiB/s\n  recovery       0.100 (0.1..0.2) s\n  whole opening  0.300 (0.200..0.400) s\n")
        self.assertEqual(figures(text), (2.0, 3.0, 0.3))
        self.assertEqual(check_recovery(2.0, 0.3), [])
        self.assertEqual(len(check_recovery(0.9, 2.1)), 2)

    def test_a_directory_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "load-00000000000000000001-00000000.clef").write_text(HEADER + line(1) + SEAL)
            Path(folder, "load-00000000000000000002-00000000.clef").write_text(HEADER + line(2) + SEAL)
            Path(folder, "LOCK").write_text("x")
            self.assertEqual(check_events(read_log(folder), 1, 2, 0), [])


if __name__ == "__main__":
    unittest.main()
