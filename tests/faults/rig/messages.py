"""The exact words for each mistake of use: they name the value, the limit and the remedy."""

import json
import os
import shutil
import subprocess

from rig.writer import NOBODY, Failed, needs

# Case -> what its message (or, where nothing is thrown, its notices) must contain. None: no exception.
CASES = {
    "parent missing": (None, []),
    "directory not writable": ("DurableLogException", ["read-only", "not allowed for the user", "chown"]),
    "parent not writable": ("DurableLogException", ["read-only/log", "not allowed for the user", "chown"]),
    "file in its place": ("DurableLogException", ["file", "a file, not a directory", "move it away"]),
    "file in the parent's place": ("DurableLogException", ["file", "a file, not a directory", "move it away"]),
    "name of 300 characters": ("DurableLogException", ["longest name 300", "255", "shorter"]),
    "path of 5000 characters": ("DurableLogException", ["bytes", "4095", "shorter"]),
    "tmpfs": (None, []),
    "tmpfs, DirectIO=Require": (None, []),
    "proc": ("DurableLogException", ["/proc/log", "set Directory"]),
    "sys": ("DurableLogException", ["/sys/log", "set Directory"]),
    "LOG of another log": ("DurableLogException", ["'payments'", "'faults'", "LogName"]),
    "LOG of a newer format": ("DurableLogException", ["version 999", "up to", "newer"]),
    "LOG is garbage": ("DurableLogException", ["LOG'", "move this directory away"]),
    "LOG is empty": ("DurableLogException", ["LOG'", "move this directory away"]),
    "LOG is JSON of another kind": ("DurableLogException", ["LOG'", "move this directory away"]),
    "SegmentBytes 0": ("ArgumentException", ["SegmentBytes is 0", "64KiB to 1TiB"]),
    "SegmentBytes 1 TiB": (None, []),
    "SegmentBytes 2 TiB": ("ArgumentException", ["SegmentBytes is 2TiB", "64KiB to 1TiB"]),
    "BatchWindow negative": ("ArgumentException", ["BatchWindow is -5ms", "1ms to 10s"]),
    "BatchWindow negative, configured": ("OptionsValidationException", ["Logging:DurableFile:BatchWindow", "'-5ms'", "1ms to 10s"]),
    "SegmentBytes 2 TiB, configured": ("OptionsValidationException", ["Logging:DurableFile:SegmentBytes", "'2TiB'", "64KiB to 1TiB"]),
    "unknown key": ("OptionsValidationException", ["Logging:DurableFile:SegmentSize", "'1MiB'", "Did you mean", "SegmentBytes"]),
    "event of 5 MiB, Append": ("EventTooLargeException", ["bytes as a line", "262144", "MaxEventBytes"]),
    "event of 5 MiB, ILogger": (None, ["Truncated", "OriginalBytes"]),
    "log disposed twice, then Append": ("ObjectDisposedException", ["'faults' is closed"]),
    "log disposed, then AppendAsync": ("ObjectDisposedException", ["'faults' is closed"]),
    "log disposed, then Flush": (None, []),
    "provider disposed twice, then Log": (None, ["1 events in the log"]),
}
# What is thrown where DurableLogException is asked for may be one of these.
KINDS = {"DurableLogException": {"DurableLogException", "DurableIOException"}}
SHM = "/dev/shm"


def messages(context):
    work = context.work / "messages"
    prepare(work)
    user = None
    if os.geteuid() == 0:
        needs("setpriv")
        user = NOBODY
        os.chmod(context.work, 0o777)
        for path in (work, *work.rglob("*")):
            if path.name != "read-only":
                os.chown(path, NOBODY, NOBODY)
    try:
        done = subprocess.run([*context.command(user), "messages", str(work)], capture_output=True, text=True, timeout=120, cwd=work)
    finally:
        shutil.rmtree(os.path.join(SHM, work.name), ignore_errors=True)
    if done.returncode != 0:
        raise Failed(f"the program ended with {done.returncode}: {(done.stdout + done.stderr)[-600:]}")
    said = {line["case"]: line for line in map(json.loads, done.stdout.splitlines())}
    faults = check_messages(said)
    context.details([f"{case}: " + (f"{line['type']}: {shown(line['message'])}" if line["type"] else "no error") +
                     "".join(f" [{shown(n)}]" for n in line["notices"]) for case, line in said.items()])
    if faults:
        raise Failed("; ".join(faults))
    return f"{len(said)} cases, each as it is to be"


def prepare(work):
    work.mkdir()
    (work / "read-only").mkdir(mode=0o555)
    (work / "file").write_text("in its place")
    for name, log in {"other-log": json.dumps({"Format": 1, "LogId": "0" * 32, "LogName": "payments", "Created": "2026-01-01T00:00:00Z"}),
                      "newer-log": json.dumps({"Format": 999, "LogId": "0" * 32, "LogName": "faults", "Created": "2026-01-01T00:00:00Z"}),
                      "garbage-log": "\0\1\2 garbage", "empty-log": "", "json-log": "[1, 2]"}.items():
        (work / name).mkdir()
        (work / name / "LOG").write_text(log)


def check_messages(said):
    faults = [f"no case '{case}'" for case in CASES if case not in said] + [f"unknown case '{case}'" for case in said if case not in CASES]
    for case, (kind, parts) in CASES.items():
        if case not in said:
            continue
        line = said[case]
        if (kind is None) != (line["type"] is None) or (kind and line["type"] not in KINDS.get(kind, {kind})):
            faults.append(f"{case}: expected {kind or 'no error'}, got {line['type']}: {shown(line['message'])}")
            continue
        text = "\n".join([line["message"] or "", *line["notices"]])
        faults += [f"{case}: the message lacks '{part}': {shown(text)}" for part in parts if part not in text]
    return faults


def shown(text, most=420):
    text = " ".join((text or "").split())
    return text if len(text) <= most else f"{text[:most // 2]} … {text[-most // 2:]}"
