"""Resident memory and start-up: of an empty server, with idle connections, after the whole run."""

import contextlib
import functools
import http.client
import resource
import socket
import statistics
import time

from figures import Figure, Work
from harness import packages, tls
from harness.server import Server, status_bytes
from pair import LOAD_CORE, PINNED, QUIET, SERVER_CORE, publish_all

MIB = 2**20
# As a user starts it, with a loop for each of the two cores.
BOTH_CORES = ("taskset", "--cpu-list", f"{SERVER_CORE},{LOAD_CORE}")


def resident_mib(server):
    return sum(status_bytes(pid, "VmRSS") for pid in server.processes()) / MIB


def works(options):
    idle = 10_000 if not options.quick else 1000
    yield Work("resident memory of an empty server", empty)
    for secure in (False, True):
        name = f"resident memory of {idle:,} idle connections" + ", TLS" * secure
        yield Work(name, functools.partial(measure_idle, idle, secure))
    files = 10_000 if not options.quick else 1000
    yield Work(f"start to ready with {files:,} files", functools.partial(measure_start, files))


def last_works(pair):
    yield Work("resident memory after the whole run", functools.partial(after, pair))


def empty():
    with tls.server(prefix=BOTH_CORES) as server:
        return [Figure("MiB", resident_mib(server), must="< 15")]


def after(pair):
    return [
        Figure("MiB", resident_mib(pair.ours), must="< 40"),
        Figure("MiB at its peak", pair.ours.peak_memory_bytes() / MIB),
    ]


def measure_idle(count, secure):
    """Each connection has been answered once and stays open. One loop takes them all: of two, one would get more than
    its half, which can be more than its share of a small limit of descriptors."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = tls.context()
    with tls.server(*QUIET, prefix=PINNED) as server, contextlib.ExitStack() as stack:
        before = resident_mib(server)
        for number in range(count):
            try:
                stack.enter_context(answered(server, context if secure else None))
            except OSError as problem:
                raise SystemExit(f"connection {number + 1:,} of {count:,}: {problem}") from problem
        time.sleep(1)  # what the server gives back a moment after the answers
        grown = resident_mib(server) - before
    must = "" if secure else f"< {20 * count / 10_000:g}"
    return [
        Figure("MiB more than empty", grown, must=must),
        Figure("bytes/connection", grown * MIB / count, must="" if secure else "≤ 2048"),
    ]


def answered(server, context):
    """A connection, through TLS with a context, whose first request was answered."""
    connection = socket.create_connection(("127.0.0.1", server.secure_port if context else server.port), 10)
    if context:
        connection = context.wrap_socket(connection, server_hostname="localhost")
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    return connection


def measure_start(count):
    with Server(prefix=PINNED, arguments=QUIET) as server:
        publish_all(server, (packages.wheel(f"start-{number // 5}", f"1.{number % 5}") for number in range(count)))
        times = []
        for _ in range(5):
            server.stop()
            server.start()
            times.append(server.ready_seconds * 1000)
    return [Figure("ms", statistics.median(times), must="< 100")]
