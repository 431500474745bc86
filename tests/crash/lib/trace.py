"""Reads the output of `strace -f -y -o FILE` and checks the order of system calls that durability rests on."""

import re
from dataclasses import dataclass, field
from functools import cached_property

LINE = re.compile(r"^(?P<pid>\d+)\s+(?P<text>.*)$", re.DOTALL)
RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$", re.DOTALL)
CALL = re.compile(r"^(?P<name>\w+)\((?P<rest>.*)$", re.DOTALL)
DONE = re.compile(r"^(?P<args>.*)\)\s+= (?P<result>-?\d+|\?)(?P<after>.*)$", re.DOTALL)
FD = re.compile(r"^(?P<fd>\d+)<(?P<path>[^>]*)>")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
UNFINISHED = " <unfinished ...>"

ORDER_IN_LINE = re.compile(r'\\"OrderId\\":\\"([0-9a-f-]{36})')
ORDER_IN_ANSWER = re.compile(r'\\"orderId\\":\\"([0-9a-f-]{36})')
SEAL = r'{\"@seal\":'
WRITES = ("write", "writev", "pwrite64", "pwritev", "pwritev2")
SENDS = ("write", "writev", "sendto", "sendmsg")
FLUSHES = ("fdatasync", "fsync")
HOW = BY_WRITE, BY_FLUSH = "after a write with RWF_DSYNC", "after a write, then a flush"


@dataclass
class Call:
    name: str
    args: str
    begin: int  # line number at which strace saw it begin
    end: int  # and return
    result: int

    @property
    def fd(self):
        match = FD.match(self.args)
        return int(match["fd"]) if match else None

    @property
    def path(self):
        match = FD.match(self.args)
        return match["path"] if match else None

    @cached_property
    def is_durable_write(self):
        """Whether it returns only when its own bytes are durable."""
        return self.name == "pwritev2" and re.search(r"\bRWF_D?SYNC\b", STRING.sub("", self.args)) is not None


def parse(lines):
    """The calls that returned, in the order in which they began. A call that never returned proves nothing and is left out."""
    calls, open_calls = [], {}
    for number, line in enumerate(lines):
        match = LINE.match(line.rstrip("\n"))
        if not match:
            continue
        pid, text = match["pid"], match["text"]
        begin, name, rest = number, None, None
        if resumed := RESUMED.match(text):
            started = open_calls.pop(pid, None)
            if started is None or started[1] != resumed["name"]:
                continue
            begin, name, rest = started[0], started[1], started[2] + resumed["rest"]
        elif call := CALL.match(text):
            name, rest = call["name"], call["rest"]
            if rest.endswith(UNFINISHED):
                open_calls[pid] = (number, name, rest.removesuffix(UNFINISHED))
                continue
        if name and (done := DONE.match(rest)):
            result = -1 if done["result"] == "?" else int(done["result"])
            calls.append(Call(name, done["args"], begin, number, result))
    calls.sort(key=lambda c: c.begin)
    return calls


@dataclass
class File:
    """One file of the log, through all its names."""
    number: int
    names: list[str]
    direct: bool | None = None  # of the descriptor that wrote; None: never written
    writes: list[Call] = field(default_factory=list)
    flushes: list[Call] = field(default_factory=list)
    truncates: list[Call] = field(default_factory=list)
    named: list[Call] = field(default_factory=list)  # the calls that gave it each of its names

    @property
    def name(self):
        return self.names[-1]

    @property
    def is_segment(self):
        """Not a spare that never became one, and not the file LOG, which begins as one, too."""
        return any(name.endswith((".clef", ".clef.active")) for name in self.names)


class Trace:
    """What a process did to one log directory, and what it answered over sockets."""

    def __init__(self, lines, directory):
        self.directory = directory.rstrip("/")
        self.files, self.directory_flushes, self.seals, self.answers, self.faults = [], [], [], {}, []
        self._by_path, self._by_fd, self._answer_begins = {}, {}, {}
        for call in parse(lines):
            self._take(call)

    def _take(self, call):
        if call.name == "openat" and call.result >= 0:
            self._open(call)
        elif call.name in ("rename", "renameat", "renameat2") and call.result == 0:
            self._rename(call)
        elif call.path is None:
            return
        elif call.name == "fsync" and call.path == self.directory and call.result == 0:
            self.directory_flushes.append(call)
        elif (file := self._file(call)) is not None:
            self._touch(file, call)
        elif call.name in SENDS and not call.path.startswith("/"):
            self._send(call)

    def _inside(self, path):
        return path.startswith(self.directory + "/") and path.endswith((".clef", ".clef.active", ".spare"))

    def _full(self, at, name):
        if name.startswith("/"):
            return name
        match = re.search(r"<([^>]*)>", at)
        return f"{match[1]}/{name}" if match else name

    def _open(self, call):
        at, name, flags = re.match(r'([^,]*), "((?:[^"\\]|\\.)*)", ([A-Z_|0-9]+)', call.args).groups()
        path = self._full(at, name)
        self._by_fd.pop(call.result, None)
        if not self._inside(path):
            return
        file = self._by_path.get(path)
        if file is None or "O_EXCL" in flags:
            file = File(len(self.files), [path], named=[call])
            self.files.append(file)
            self._by_path[path] = file
        self._by_fd[call.result] = (file, "O_DIRECT" in flags)

    def _rename(self, call):
        names = [self._full(at, name) for at, name in re.findall(r'((?:AT_FDCWD|\d+)(?:<[^>]*>)?, )?"((?:[^"\\]|\\.)*)"', call.args)]
        if len(names) != 2 or not self._inside(names[0]):
            return
        file = self._by_path.pop(names[0], None)
        if file is None:
            return
        file.names.append(names[1])
        file.named.append(call)
        self._by_path[names[1]] = file
        if names[0].endswith(".active") and names[1].endswith(".clef"):
            self.seals.append((file, call))

    def _file(self, call):
        if not self._inside(call.path):
            return None
        known = self._by_fd.get(call.fd)
        return known if known and call.path in known[0].names else None

    def _touch(self, known, call):
        file, direct = known
        if call.name in WRITES:
            if call.result < 0:
                return
            file.writes.append(call)
            file.direct = direct if file.direct is None else file.direct and direct
        elif call.name in FLUSHES and call.result == 0:
            file.flushes.append(call)
        elif call.name == "ftruncate" and call.result == 0:
            file.truncates.append(call)

    def _send(self, call):
        # The status line may leave before the body that names the order: the answer begins with it.
        if '"HTTP/1.1 ' in call.args:
            self._answer_begins[call.path] = call
        for order in ORDER_IN_ANSWER.findall(call.args):
            self.answers.setdefault(order, self._answer_begins.get(call.path, call))

    # ---- the checks

    def check(self):
        """Counts by name; what is wrong goes to `faults`."""
        return {**self._check_direct(), **self._check_answers(), **self._check_seals()}

    def _check_direct(self):
        written = [f for f in self.files if f.is_segment and f.writes]
        for f in written:
            if not f.direct:
                self.faults.append(f"{f.name}: written through a descriptor without O_DIRECT")
        if not written:
            self.faults.append("no segment was written")
        return {"segments written": len(written), "of them all by O_DIRECT": sum(1 for f in written if f.direct)}

    def _check_answers(self):
        holding = {}
        for f in self.files:
            for w in f.writes:
                for order in ORDER_IN_LINE.findall(w.args):
                    holding.setdefault(order, []).append((f, w))
        by = dict.fromkeys(HOW, 0)
        for order, answer in self.answers.items():
            found = {self._covered(f, w, answer) for f, w in holding.get(order, [])}
            if how := next((h for h in HOW if h in found), None):
                by[how] += 1
            else:
                self.faults.append(f"order {order}, answered at line {answer.begin + 1}: {', '.join(sorted(found)) or 'no write carries it'}")
        if not self.answers:
            self.faults.append("no order was answered")
        return {"orders answered": len(self.answers), **by}

    def _covered(self, file, write, answer):
        """How a write was durable before an answer began, the file's name and everything before it included; or else, why it was not."""
        if write.end >= answer.begin:
            return "a write had not returned"
        if not self._name_durable(file, answer):
            return "the segment's name was not flushed"
        if any(write.end < f.begin and f.end < answer.begin for f in file.flushes):
            return BY_FLUSH
        if not write.is_durable_write:
            return "a write was not flushed"
        return "an earlier write was not flushed" if self._unflushed_before(write) else BY_WRITE

    def _name_durable(self, file, answer):
        """A spare's name does not count: recovery deletes spares."""
        return any(given.end < f.begin and f.end < answer.begin
                   for name, given in zip(file.names, file.named) if not name.endswith(".spare")
                   for f in self.directory_flushes)

    def _unflushed_before(self, write):
        """Whether some earlier write of the log was not flushed when a durable write began: then it may acknowledge nothing."""
        return any(not w.is_durable_write and not any(w.end < f.begin and f.end < write.begin for f in file.flushes)
                   for file in self.files for w in file.writes if w.begin < write.begin)

    def _check_seals(self):
        for file, rename in self.seals:
            if missing := self._missing_seal_step(file, rename):
                self.faults.append(f"{file.name}: {missing}")
        if not self.seals:
            self.faults.append("no segment was sealed")
        sealed = [file for file, _ in self.seals]
        self.faults += [f"{f.name}: was never sealed, though the server was stopped" for f in self.files if f.is_segment and f not in sealed]
        return {"seals": len(self.seals)}

    def _missing_seal_step(self, file, rename):
        lines = [w for w in file.writes if SEAL in w.args and w.end < rename.begin]
        if not lines:
            return "no write of a seal line before the rename"
        line = lines[-1]
        cut = [t for t in file.truncates if line.end < t.begin and t.end < rename.begin]
        if not cut:
            return "no ftruncate between the seal line and the rename"
        if not line.is_durable_write and not any(line.end < f.begin and f.end < cut[0].begin for f in file.flushes):
            return "the seal line was not flushed before the ftruncate"
        if any(w.begin > cut[0].begin for w in file.writes):
            return "written after the ftruncate"
        if not any(f.name == "fsync" and cut[-1].end < f.begin and f.end < rename.begin for f in file.flushes):
            return "no fsync between the ftruncate and the rename"
        if not any(rename.end < f.begin for f in self.directory_flushes):
            return "no fsync of the directory after the rename"
        return None
