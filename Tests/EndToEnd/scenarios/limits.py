"""What the server gives each client, and what it does when there is no more to give. Needs no client."""

import contextlib
import http.client
import os
import resource
import select
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

from harness import packages, places, tls, wire
from harness.report import eventually, expect, scenario
from harness.server import Server

# Then 127.0.0.1 is no proxy but a client like others.
COUNTED = ("--trusted-proxies", "10.0.0.0/8", "--connections-per-address")


def once_there_is_room(ask):
    """The server sees the end of a connection a moment after its client. -> the first answer that is no 503"""
    taken = "the place of a connection that has ended stays taken"
    return eventually(taken, lambda: None if (answer := ask()).status == 503 else answer, pause=0.05)


@scenario("a client with too many connections is answered 503 with Retry-After ({})", each=("plain", "TLS"))
def too_many(world, kind):
    with tls.server(*COUNTED, "8") as server:

        def connect():
            if kind == "TLS":
                return tls.connection(server)
            return http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)

        def ask(channel):
            channel.request("GET", "/healthz")
            response = channel.getresponse()
            response.read()
            return response

        channels = [connect() for _ in range(8)]
        for channel in channels:
            expect(ask(channel).status == 200, "a connection within the limit is refused")
        refused = ask(connect())
        expect(refused.status == 503, f"{refused.status}")
        expect(refused.headers["Retry-After"] == "5", f"{refused.headers}")
        expect(refused.headers["Connection"] == "close", f"{refused.headers}")
        for channel in channels:
            expect(ask(channel).status == 200, "an open connection is refused later")
        channels.pop().close()
        expect(once_there_is_room(lambda: ask(connect())).status == 200, "a place that is free is not given")
        channels.pop().close()
        text = once_there_is_room(lambda: wire.request(server.port, "GET", "/metrics")).body.decode()
        expect("\nwheelhouse_http_connections_refused_total " in text, "they are not counted")


@scenario("connections from this machine, and all with the limit 0, are not counted ({})", each=("default", "0"))
def uncounted(world, kind):
    arguments = ["--connections-per-address", "4"] if kind == "default" else [*COUNTED, "0"]
    with Server(arguments=arguments) as server, contextlib.ExitStack() as stack:
        for _ in range(20):
            channel = stack.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port)))
            channel.request("GET", "/healthz")
            expect(channel.getresponse().read() == b"alive\n", "it is refused")


@scenario("when descriptors run out, accepting pauses without spinning, and goes on when some are free")
def descriptors(world):
    with Server(arguments=["--access-log", "false"]) as server, contextlib.ExitStack() as stack:
        pid = server.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        highest = max(int(number) for number in os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 9, before[1]))
        clients = []
        for _ in range(24):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            clients.append(client)
        answered = []
        served = lambda: answered.extend(one for one in clients if one not in answered and has_answer(one))  # noqa: E731
        eventually("not even four are served", lambda: served() or len(answered) >= 4)
        time.sleep(1)  # more than these must not be served, however long one waits
        served()
        expect(4 <= len(answered) <= 9, f"{len(answered)} of 24 are served")
        cpu, begun = server.cpu_seconds(), time.monotonic()
        time.sleep(2)  # a time in which there is nothing to do; a loop that spins takes all of it
        spent, passed = server.cpu_seconds() - cpu, time.monotonic() - begun
        expect(spent < passed / 10, f"{spent:.2f} s of processor time for nothing, in {passed:.2f} s")
        while answered:
            for client in answered:
                client.close()
                clients.remove(client)
            expect(not clients or wait_for_one(clients), "nobody is served although descriptors are free")
            answered = [client for client in clients if has_answer(client)]
        expect(not clients, f"{len(clients)} are never served")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        expect(server.answers(), "no answer afterwards")


@scenario("a file that cannot be written to its end is answered 507, nothing of it is kept, and the next one is taken")
def full_disk(world):
    large = packages.wheel(packages.fresh("full"), "1.0", payload_bytes=4 << 20)
    small = packages.wheel(packages.fresh("full"), "1.0", payload_bytes=100_000)
    with Server() as server:
        token, pid = server.admin_token(), server.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        # In the middle of a large archive, in its last piece, in a small one: each is another write of the server.
        for archive, most in ((large, 1 << 20), (large, len(large.data) - 10), (small, 50_000)):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, before[1]))
            answer = wire.upload(server.port, token, archive)
            expect(answer.status == 507, f"{archive.filename} with {most} bytes of room: {answer.status} {answer.body!r}")
            kept = [path for path in server.data.glob("blobs/**/*") if path.is_file()]
            expect(not kept, f"{len(kept)} blobs are kept")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        for archive in (large, small):
            answer = wire.upload(server.port, token, archive)
            expect(answer.status == 200, f"{archive.filename} afterwards: {answer.status} {answer.body!r}")


def has_answer(client):
    client.setblocking(False)
    try:
        return client.recv(65536).startswith(b"HTTP/1.1 200")
    except BlockingIOError:
        return False
    finally:
        client.setblocking(True)


def wait_for_one(clients):
    """Until one of them has an answer."""
    return bool(select.select(clients, [], [], 10)[0])


def percentile_99(port, count=400):
    """Of the time of requests on one connection, in milliseconds."""
    channel = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        channel.request("GET", "/simple/")
        channel.getresponse().read()
        times.append((time.perf_counter() - begun) * 1000)
    channel.close()
    return sorted(times)[count * 99 // 100]


@scenario("a thousand slow senders do not delay a fast client")
def slow_senders(world):
    # The noise of a busy machine is no delay by slow senders: the best of three.
    with Server(arguments=["--access-log", "false", "--head-seconds", "3600"]) as server, contextlib.ExitStack() as stack:
        alone = min(percentile_99(server.port) for _ in range(3))
        senders = []
        for _ in range(1_000):
            sender = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            sender.sendall(b"GET /simple/ HTTP/1.1\r\nHost: a\r\n")
            senders.append(sender)
        done, failed = threading.Event(), []

        def drip():
            try:
                while not done.is_set():
                    for sender in senders:
                        sender.send(b"X: y\r\n")
                    done.wait(1)
            except OSError as problem:
                failed.append(problem)

        thread = threading.Thread(target=drip)
        thread.start()
        beside = min(percentile_99(server.port) for _ in range(3))
        done.set()
        thread.join()
        expect(not failed, f"the senders have been dropped meanwhile: {failed}")
        world.report.figure("p99", f"{alone:.2f} ms alone, {beside:.2f} ms beside 1,000 slow senders")
        # Each of them sends once a second: who waits for any waits some 500 ms on the average, many times what a busy machine
        # costs. The senders' own thread takes turns with the fast client's in this process too.
        expect(beside < 250 + 10 * alone, f"p99 is {beside:.1f} ms, alone {alone:.1f} ms")


@scenario("an upload while another process holds the catalog's lock is answered 503 with Retry-After, and works later")
def locked_catalog(world):
    archive = packages.wheel(packages.fresh("locked"))
    with Server() as server:
        page = wire.request(server.port, "GET", "/simple/").status
        catalog = server.data / "catalog.sqlite"
        with contextlib.closing(sqlite3.connect(catalog, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            answer = wire.upload(server.port, server.admin_token(), archive)
            expect(answer.status == 503, f"{answer.status} {answer.reason}")
            expect(answer.fields.get("retry-after") == "5", f"{answer.fields}")
            expect(wire.request(server.port, "GET", "/simple/").status == page == 200, "pages wait for the lock")
            holder.execute("ROLLBACK")
        answer = wire.upload(server.port, server.admin_token(), archive)
        expect(answer.status == 200, f"later: {answer.status} {answer.reason}")
        problem = wire.problem_with(server, archive)
        expect(not problem, problem)


COUNTING = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
static int count(const char *name, int descriptor) {
    int log = open(getenv("FSYNC_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    write(log, "x", 1);
    close(log);
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(descriptor);
}
int fsync(int descriptor) { return count("fsync", descriptor); }
int fdatasync(int descriptor) { return count("fdatasync", descriptor); }
"""


@scenario("asking whether the server is ready never makes it wait for the disk")
def readiness(world):
    home = places.scratch("fsync")
    (home / "count.c").write_text(COUNTING)
    compiler = shutil.which("clang") or "cc"
    command = [compiler, "-shared", "-fPIC", "-w", "-o", str(home / "count.so"), str(home / "count.c"), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    log = home / "log"
    log.touch()
    with Server(prefix=["env", f"LD_PRELOAD={home / 'count.so'}", f"FSYNC_LOG={log}"]) as server:
        expect(wire.upload(server.port, server.admin_token(), packages.wheel(packages.fresh("sync"))).status == 200, "no")
        before = log.stat().st_size
        expect(before > 0, "an upload is acknowledged without fsync")
        for _ in range(20):
            answer = wire.request(server.port, "GET", "/readyz")
            expect(answer.status == 200, f"{answer.status}")
        count = log.stat().st_size - before
        expect(count == 0, f"20 requests make {count} fsyncs")
