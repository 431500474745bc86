"""The checks are checked: one thing at a time is broken in what passes, and must be noticed. `python3 -m unittest discover tests/tool`"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checks import fed_faults, followed_faults  # noqa: E402


def line(sequence, text="x"):
    return f'{{"@t":"2026-11-20T08:00:01.1234567Z","@m":"{text}","@seq":{sequence},"@hash":"0123456789abcdef"}}'.encode()


def log(*sequences):
    return [(n, line(n)) for n in sequences]


def lines(*sequences):
    return [line(n) for n in sequences]


class Followed(unittest.TestCase):
    def test_what_the_log_holds_passes(self):
        self.assertEqual(followed_faults(lines(1, 2, 3), [], log(1, 2, 3)), [])

    def test_what_was_taken_back_and_said_passes(self):
        printed = [*lines(1, 2, 3), line(3, "another"), line(4)]
        self.assertEqual(followed_faults(printed, [(3, 3, 3)], [*log(1, 2), (3, line(3, "another")), (4, line(4))]), [])
        self.assertEqual(followed_faults(lines(1, 2, 3), [(3, 3, 3)], log(1, 2)), [])

    def test_each_fault_is_noticed(self):
        for what, printed, retracted in (
            ("missing", lines(1, 3), []),
            ("twice or out of order", lines(1, 2, 2, 3), []),
            ("twice or out of order", lines(2, 1, 3), []),
            ("does not hold", lines(1, 2, 3, 4), []),
            ("differ", [line(1), line(2, "y"), line(3)], []),
            ("half a line", [line(1), line(2)[:-5], line(3)], []),
            ("missing", lines(1, 2, 3), [(3, 3, 3)]),
        ):
            faults = followed_faults(printed, retracted, log(1, 2, 3))
            self.assertTrue(any(what in f for f in faults), f"{what}: {faults}")


class Fed(unittest.TestCase):
    @staticmethod
    def log(*numbers):
        return [(i + 1, line(i + 1, f"{n} some text")) for i, n in enumerate(numbers)]

    def test_all_lines_pass_some_again_after_a_kill(self):
        self.assertEqual(fed_faults(self.log(1, 2, 3), 3), ([], 0))
        self.assertEqual(fed_faults(self.log(1, 2, 3, 2, 3, 4), 4), ([], 2))

    def test_the_logs_own_event_is_none_of_them(self):
        own = (9, b'{"@t":"x","@mt":"Log recovered","SourceContext":"DurableSink","@seq":9,"@hash":"0123456789abcdef"}')
        self.assertEqual(fed_faults([*self.log(1, 2), own, *self.log(3)], 3), ([], 0))

    def test_each_fault_is_noticed(self):
        self.assertIn("1 lines missing, the first 3", fed_faults(self.log(1, 2), 3)[0][0])
        self.assertIn("line 3 comes before line 2", fed_faults(self.log(1, 3, 2), 3)[0][0])
        self.assertIn("line 5 comes before line 4", fed_faults(self.log(1, 2, 3, 2, 5), 5)[0][0])
