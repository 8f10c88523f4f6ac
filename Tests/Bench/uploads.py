"""The rows of Tests/Bench/upload, which also runs by itself."""

import functools
import os
import pathlib
import runpy

from figures import Figure, Work

SCRIPT = pathlib.Path(__file__).resolve().parent / "upload"
# Parts of the script that are measured by themselves.
PARTS = {"large": "60 MB", "small": "10 KB by 8 clients", "latency": "pages meanwhile", "torch": "700 MB unpacked"}


def works(options):
    for part, name in PARTS.items():
        yield Work(f"uploads, {name}", functools.partial(measure, part, options))


def measure(part, options):
    """Server and clients share all cores here: the yardsticks are those of the whole machine."""
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count()))
    rows = runpy.run_path(str(SCRIPT))["rows"](options.rounds, 200 if options.quick else 2000, part)
    figures = [Figure(f"{row.name} ({row.detail})", row.ratio, must=must(row)) for row in rows]
    os.sched_setaffinity(0, pinned)
    return figures


def must(row):
    return f"{row.bar[0]} {row.bar[1]}" if row.bar else ""
