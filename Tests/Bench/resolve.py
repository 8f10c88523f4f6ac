"""A resolve by uv with a cold cache, next to the same from nginx's static files."""

import functools
import subprocess
import sys
import time

from figures import Figure, Work
from harness import clients, packages
from load import in_turn

PROJECTS, ROOTS, VERSIONS = 100, 10, 5


def works(pair, options):
    name = f"uv resolves {PROJECTS} projects of {VERSIONS} versions, cold cache"
    yield Work(name, functools.partial(measure, pair, options))


def requirements(number):
    """Project n needs three others, so that ten roots reach all of them in four steps, and one that others need too."""
    first = ROOTS + 3 * number
    needed = [*range(first, min(first + 3, PROJECTS)), (7 * number + 1) % PROJECTS]
    return [f"resolve-{other} >=1.{other % VERSIONS // 2}" for other in needed if other != number]


def measure(pair, options):
    clients.prepare(["uv"])
    archives = [
        packages.wheel(f"resolve-{number}", f"1.{version}", requirements(number), payload_bytes=1000, python=">=3.9")
        for number in range(PROJECTS)
        for version in range(VERSIONS)
    ]
    for path in pair.publish(*archives):
        pair.mirror(path + ".metadata")
    for number in range(PROJECTS):
        pair.mirror(f"/simple/resolve-{number}/")
    with clients.Workplace("resolve") as place:
        results = set()

        def seconds(server):
            command = [clients.uv(), "pip", "compile", "--quiet", "--no-cache", "--no-header", "--no-annotate"]
            command += ["--python", sys.executable, "--default-index", server.simple_url, "-"]
            begun = time.monotonic()
            done = subprocess.run(command, input=roots, env=place.environment, capture_output=True, text=True)
            elapsed = time.monotonic() - begun
            if done.returncode:
                raise SystemExit(f"uv with {server.url}: {done.stderr}")
            results.add(done.stdout)
            return elapsed

        roots = "\n".join(f"resolve-{number}" for number in range(ROOTS))
        # A resolve is short next to what else happens on the machine: three times the rounds.
        ours, theirs = in_turn(3 * options.rounds, *(functools.partial(seconds, one) for one in (pair.ours, pair.nginx)))
    found = {len(text.split()) for text in results}
    if len(results) != 1 or found != {PROJECTS}:
        raise SystemExit(f"uv resolves {found} projects, with {len(results)} different results")
    return [Figure("ms", ours * 1000, theirs * 1000, "≤ 1.0")]
