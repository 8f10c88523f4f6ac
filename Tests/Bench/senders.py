"""A fast client while a thousand slow ones hold connections."""

import collections
import contextlib
import functools
import socket
import statistics
import threading
import time

import answers
from figures import Figure, Work
from load import in_turn, wrk

COUNT = 1000
# Each sender sends a line of its request's head once a second, in groups spread over the second.
GROUPS = 100
HEAD, LINE = b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X-Slow: 1\r\n"


class Senders:
    """A context manager: connections that never finish a request; one that the server ends is opened again."""

    def __init__(self, port):
        self.port, self.ended = port, threading.Event()
        self.connections = collections.deque()
        self.thread = threading.Thread(target=self._drip)

    def __enter__(self):
        for _ in range(COUNT):
            self.connections.append(self._open())
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        for connection in self.connections:
            connection.close()

    def _open(self):
        connection = socket.create_connection(("127.0.0.1", self.port), 10)
        connection.sendall(HEAD)
        connection.setblocking(False)
        return connection

    def _drip(self):
        following = time.monotonic()
        while not self.ended.is_set():
            for _ in range(COUNT // GROUPS):
                self.connections.append(self._continued(self.connections.popleft()))
            following += 1 / GROUPS
            time.sleep(max(0, following - time.monotonic()))

    def _continued(self, connection):
        with contextlib.suppress(BlockingIOError):
            try:
                ended = connection.recv(4096) is not None
            except ConnectionError:
                ended = True
            if ended:
                connection.close()
                return self._open()
        with contextlib.suppress(OSError):
            connection.send(LINE)
        return connection


def works(pair, options):
    name = "project page of 20 files, one client, beside 1,000 slow senders ÷ without them"
    yield Work(name, functools.partial(measure, pair, options))


def measure(pair, options):
    """The senders share the client's core, so a part of the delay is theirs; nginx's own ratio tells how large it is."""

    def p99(server, slow):
        url = server.url.rstrip("/") + pair.page
        with Senders(server.port) if slow else contextlib.nullcontext():
            rounds = [wrk(server, url, answers.JSON, connections=1, seconds=0.1).p99 for _ in range(10)]
        return statistics.median(rounds)

    def both(server):
        return in_turn(options.rounds, *(functools.partial(p99, server, slow) for slow in (True, False)))

    return [Figure("p99 µs", *both(pair.ours), "≤ 2.0"), Figure("p99 µs of nginx", *both(pair.nginx))]
