"""One round of load on one server, and rounds on two servers in turn.

wrk is a closed loop: as many requests in flight as it has connections, so each server is measured at its own saturation.
Its p99 is honest there: wrk corrects a stall for the requests that it kept from being sent, so a server cannot hide one.
But so weighed, one stall of the machine of a few milliseconds is more than one percent of half a second: p99 is taken
from many short rounds, whose median leaves out those with a stall. An open loop at a fixed rate would need the same."""

import collections
import os
import pathlib
import re
import statistics
import subprocess
import time

# For each round, how much of one core programs used that are neither the server nor the load.
disturbance = []
# With more of it a round is thrown away and repeated, this often at most. The kernel counts in hundredths of a second,
# so less would throw away the short rounds of a quiet machine.
DISTURBED, REPEATS = 0.25, 4
COUNT = pathlib.Path(__file__).resolve().parent / "count.lua"
# Per second; CPU in seconds of the server's processes; p99 in microseconds.
Round = collections.namedtuple("Round", "rate byte_rate cpu_per_request cpu_per_byte p99")


def cpu_seconds(server):
    """User and system time of the server's processes so far, to the nanosecond: /proc/PID/stat counts in hundredths."""
    # clock_getcpuclockid(3) of each process, which Python does not have.
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in server.processes())


def all_cpu_seconds():
    """What all cores have worked so far, without this program and the children that it has waited for."""
    user, nice, system, _, _, interrupts, soft_interrupts, steal = map(int, open("/proc/stat").readline().split()[1:9])
    worked = user + nice + system + interrupts + soft_interrupts + steal
    return worked / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])


def wrk(server, url, fields, connections=32, seconds=0.5, refused=False):
    """One round. `refused` says that all answers are 400 and above instead of none. -> Round"""
    words = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
    # wrk takes whole seconds only; after SIGINT it ends within a tenth of a second and reports what it has.
    command = ["timeout", "--preserve-status", "--signal=INT", str(seconds), "wrk", "--threads=1", "--duration=60s"]
    command += ["--connections", str(connections), "--timeout=30s", "--script", str(COUNT), *words, url]
    for _ in range(1 + REPEATS):
        before, all_before, begun = cpu_seconds(server), all_cpu_seconds(), time.monotonic()
        output = subprocess.run(command, capture_output=True, text=True).stdout
        spent, elapsed = cpu_seconds(server) - before, time.monotonic() - begun
        foreign = max(0, all_cpu_seconds() - all_before - spent) / elapsed
        if foreign < DISTURBED:
            break
    disturbance.append(foreign)
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    count, microseconds, received, errors, refusals, p99 = map(int, found.groups()) if found else [0] * 6
    if errors or not received or refusals != (count if refused else 0):
        raise SystemExit(f"{url}: wrk says: {output}")
    second = microseconds / 1e6
    return Round(count / second, received / second, spent / max(count, 1), spent / received, p99)


def in_turn(rounds, *measures):
    """Calls the functions in turn, each as often as there are rounds, with the first one changing.
    -> for each the medians of what it returned, column by column; of numbers their median"""
    results = [[] for _ in measures]
    for number in range(rounds):
        for index in range(len(measures)) if number % 2 else reversed(range(len(measures))):
            results[index].append(measures[index]())
    return [medians(samples) for samples in results]


def medians(samples):
    if isinstance(samples[0], tuple):
        return type(samples[0])(*(statistics.median(column) for column in zip(*samples)))
    return statistics.median(samples)
