"""One round of load on one server, and rounds on two servers in turn.

wrk is a closed loop: as many requests in flight as it has connections, so each server is measured at its own saturation.
Its p99 is honest there: wrk corrects a stall for the requests that it kept from being sent, so a server cannot hide one.
An open loop at a fixed rate would say more about an idle server, but on two shared cores its p99 is what the neighbours do;
at saturation the queue of connections dominates, both servers wait for the same neighbours in turn, and medians of rounds
leave out those that were disturbed."""

import collections
import pathlib
import re
import statistics
import subprocess
import time

COUNT = pathlib.Path(__file__).resolve().parent / "count.lua"
# Per second; CPU in seconds of the server's processes; p99 in microseconds.
Round = collections.namedtuple("Round", "rate byte_rate cpu_per_request cpu_per_byte p99")


def cpu_seconds(server):
    """User and system time of the server's processes so far, to the nanosecond: /proc/PID/stat counts in hundredths."""
    # clock_getcpuclockid(3) of each process, which Python does not have.
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in server.processes())


def wrk(server, url, fields, connections=32, seconds=0.5, refused=False):
    """One round. `refused` says that all answers are 400 and above instead of none. -> Round"""
    words = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
    # wrk counts whole seconds; after SIGINT it reports what it has.
    command = ["timeout", "--preserve-status", "--signal=INT", str(seconds), "wrk", "--threads=1", "--duration=60s"]
    command += ["--connections", str(connections), "--timeout=30s", "--script", str(COUNT), *words, url]
    before = cpu_seconds(server)
    output = subprocess.run(command, capture_output=True, text=True).stdout
    spent = cpu_seconds(server) - before
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
