"""Opening a log after a kill, and one of very many segments: `bench recovery` measures, here is the verdict."""

import os
import re
import shutil
import subprocess

from checks.writer import ROOT, Failed

RATE = 1.0  # GiB/s, at least
OPENING = 2.0  # seconds, at most
FULL = 1024, 10_000  # MiB, segments: the sizes that the bounds are meant for


def recover(context, mebibytes, segments, rounds):
    done = subprocess.run([shutil.which("dotnet"), "run", "--project", str(ROOT / "bench"), "-c", "Release", "--", "recovery", "--rounds", str(rounds),
                           "--mebibytes", str(mebibytes), "--segments", str(segments), "--directory", str(context.work)],
                          capture_output=True, text=True, cwd=context.work, env={**os.environ, "MSBUILDDISABLENODEREUSE": "1"})
    if done.returncode != 0:
        raise Failed(f"the benchmark ended with {done.returncode}: {done.stdout[-300:]}{done.stderr[-600:]}")
    context.details(done.stdout.splitlines())
    rate, drive, opening = figures(done.stdout)
    told = (f"{mebibytes} MiB after kill -9: {rate:.2f} GiB/s (the drive alone {drive:.2f}); {segments:,} sealed segments: open in {opening:.3f} s "
            f"(medians of {rounds})")
    if (mebibytes, segments) < FULL:
        return told + f"; the bounds ({RATE} GiB/s, {OPENING} s) are for {FULL[0]} MiB and {FULL[1]:,} segments: no verdict on times here"
    if faults := check_recovery(rate, opening):
        raise Failed("; ".join(faults) + f"; {told}")
    return told


def figures(text):
    """Medians: GiB/s of the recovery and of the drive alone, seconds of the opening."""
    rates = [float(r) for r in re.findall(r"([\d.]+) \([\d.]+\.\.[\d.]+\) GiB/s", text)]
    opening = re.search(r"whole opening\s+([\d.]+)", text)
    if len(rates) < 2 or not opening:
        raise Failed(f"the benchmark said something else: {text[-600:]}")
    return rates[0], rates[1], float(opening[1])


def check_recovery(rate, opening):
    faults = []
    if rate < RATE:
        faults.append(f"recovered at {rate:.2f} GiB/s, less than {RATE}")
    if opening > OPENING:
        faults.append(f"opened in {opening:.2f} s, more than {OPENING}")
    return faults
