"""Sockets of systemd, restarts without a lost request, and the word of a proxy. Needs no client."""

import concurrent.futures
import fcntl
import hashlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time

from harness import packages, places, tls, wire
from harness.report import expect, scenario
from harness.server import Server


# LISTEN_PID is the process that the program becomes.
BECOME = """
import os, sys
for place, number in enumerate(sys.argv[1].split()):
    os.dup2(int(number), 3 + place)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


class Passed:
    """A process that is started as systemd does it: with listening sockets from descriptor 3 on, and NOTIFY_SOCKET."""

    def __init__(self, data, sockets, names, messages, *arguments):
        # High numbers first, so that none is overwritten before it is read.
        numbers = [fcntl.fcntl(each.fileno(), fcntl.F_DUPFD_CLOEXEC, 50) for each in sockets]
        program = [str(places.binary()), "serve", "--data", str(data), *arguments]
        environment = places.clean_environment(data.parent / "home")
        environment.update(LISTEN_FDS=str(len(numbers)), LISTEN_FDNAMES=":".join(names), NOTIFY_SOCKET=messages)
        self.log = open(data.parent / "passed.log", "ab")
        self.process = subprocess.Popen(
            [sys.executable, "-c", BECOME, " ".join(map(str, numbers)), *program],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
            pass_fds=numbers,
            text=True,
        )
        for number in numbers:
            os.close(number)
        self.first_line = self.process.stdout.readline()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(40)
        self.log.close()
        return status


def listening():
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(512)
    return made


def received(messages, seconds=10):
    messages.settimeout(seconds)
    return messages.recv(4096).decode()


@scenario("systemd's sockets are served, plain and TLS, and it is told ({} name)", each=("path", "abstract"))
def systemd(world, kind):
    home = places.scratch("systemd")
    name = str(home / "notify") if kind == "path" else f"@wheelhouse-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as messages, listening() as plain, listening() as secure:
        messages.bind(name.replace("@", "\0"))
        files = [str(places.CERTIFICATES / name) for name in ("server.pem", "server.key")]
        options = ["--tls-certificate", files[0], "--tls-key", files[1]]
        passed = Passed(home / "data", [plain, secure], ["plain", "tls-main"], name, *options)
        try:
            expect(received(messages) == "READY=1", "no READY=1")
            expect(f"http://127.0.0.1:{plain.getsockname()[1]}/" in passed.first_line, passed.first_line)
            expect(wire.request(plain.getsockname()[1], "GET", "/healthz").status == 200, "no answer")
            passed.secure_port = secure.getsockname()[1]
            expect(tls.request(passed, "GET", "/healthz").status == 200, "no answer through TLS")
            passed.process.send_signal(signal.SIGHUP)
            told = received(messages)
            expect(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", told), told)
            expect(received(messages) == "READY=1", "no READY=1 after reloading")
        finally:
            status = passed.stop()
        expect(received(messages) == "STOPPING=1", "no STOPPING=1")
        expect(status == 0, f"exit status {status}")


class Load:
    """Clients that count what is not answered in full: every second one with a connection for each request, every third
    one with the archive, which is more than a socket takes at once."""

    def __init__(self, port, archive, clients=9):
        self.port, self.done, self.archive = port, False, archive
        digest = hashlib.sha256(archive.data).hexdigest()
        self.archive_path = f"/packages/{digest}/{archive.filename}"
        self.pool = concurrent.futures.ThreadPoolExecutor(clients)
        self.results = [self.pool.submit(self._run, number % 2 == 0, number) for number in range(clients)]

    def _run(self, keeps, number):
        answered, failed, channel = 0, [], None
        end = time.monotonic() + 600  # also when a test fails before it stops its load
        path, content = ("/healthz", b"alive\n") if number % 3 else (self.archive_path, self.archive.data)
        while not self.done and time.monotonic() < end:
            try:
                channel = channel or http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
                channel.request("GET", path, headers={} if keeps else {"Connection": "close"})
                response = channel.getresponse()
                expect(response.read() == content, "a cut answer")
                answered += 1
                if response.will_close:
                    channel.close()
                    channel = None
            except (OSError, http.client.HTTPException, AssertionError) as problem:
                failed.append(repr(problem))
                channel = None
            time.sleep(0.001 * (number % 5))  # so that requests come at every moment of a restart
        return answered, failed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done = True

    def finish(self):
        """-> (requests answered, [what failed])"""
        self.done = True
        results = [result.result() for result in self.results]
        return sum(answered for answered, _ in results), [problem for _, failed in results for problem in failed]


def large_archive(data):
    """Publishes an archive of 6 MB in a data folder. -> Archive"""
    archive = packages.wheel(packages.fresh("load"), payload_bytes=6_000_000)
    with Server(data=data) as server:
        expect(wire.upload(server.port, server.admin_token(), archive).status == 200, "the upload fails")
    return archive


@scenario("restarts on sockets of systemd under load cut no answer and lose no request")
def passed_restarts(world):
    home = places.scratch("systemd")
    archive = large_archive(home / "data")
    with listening() as plain, Load(plain.getsockname()[1], archive) as load:
        for _ in range(world.restarts):
            passed = Passed(home / "data", [plain], ["plain"], "")
            expect("serving" in passed.first_line, (home / "passed.log").read_text()[-600:])
            time.sleep(0.3)  # under load for a while between two restarts
            status = passed.stop()
            expect(status == 0, f"exit status {status}")
        passed = Passed(home / "data", [plain], ["plain"], "")
        answered, failed = load.finish()
        passed.stop()
    world.report.figure("requests", f"{answered} during {world.restarts} restarts")
    expect(not failed, f"{len(failed)} of {answered} requests: {failed[:3]}")
    expect(answered > 100, f"only {answered} requests")


@scenario("servers that take the port over from each other under load cut no answer and lose no request")
def hand_over(world):
    with listening() as probe:
        port = probe.getsockname()[1]
    data = places.scratch("over") / "data"
    # The harness asks for a free port; the address that counts is the second.
    options = ["--listen", f"127.0.0.1:{port}", "--access-log", "false"]
    archive = large_archive(data)
    current = Server(data=data, arguments=options).start()
    # Each takes seconds: both serve for a while, and idle connections get one more second.
    count = max(3, world.restarts // 10)
    with Load(port, archive) as load:
        for _ in range(count):
            following = Server(data=data, arguments=options).start()
            time.sleep(0.1)  # both serve for a while
            status = current.stop()
            expect(status == 0, f"exit status {status}")
            current = following
        answered, failed = load.finish()
    current.stop()
    world.report.figure("requests", f"{answered} during {count} hand-overs")
    expect(not failed, f"{len(failed)} of {answered} requests: {failed[:3]}")
    expect(answered > 100, f"only {answered} requests")


CLAIM = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7", "X-Forwarded-Proto": "https"}


@scenario("a trusted proxy tells the client's address and scheme, for the log and the pages")
def trusted(world):
    with Server(arguments=["--behind-proxy", "true"]) as server:
        answer = wire.request(server.port, "GET", "/", CLAIM)
        expect(b"https://127.0.0.1" in answer.body, "the page does not say https")
        server.expect_logged(" 192.0.2.7 GET / 200 ")


@scenario("what others say about the client is ignored ({})", each=("no proxy", "another proxy"))
def untrusted(world, kind):
    proxies = ["--behind-proxy", "true", "--trusted-proxies", "10.0.0.0/8"] if kind == "another proxy" else []
    with Server(arguments=proxies) as server:
        answer = wire.request(server.port, "GET", "/", {**CLAIM, "Forwarded": "for=192.0.2.7;proto=https"})
        expect(b"https://127.0.0.1" not in answer.body, "the page says https")
        server.expect_logged(" 127.0.0.1 GET / 200 ")


@scenario("SIGHUP puts a changed configuration in force, a broken one changes nothing, and what needs a restart is told")
def reload_configuration(world):
    file = places.scratch("reload") / "wheelhouse.json5"
    file.write_text("{ uploadLimitBytes: 20000 }")
    archive = packages.wheel(packages.fresh("reload"), payload_bytes=30_000)
    with Server(arguments=["--config", str(file), "--log", "text"]) as server:
        expect(wire.upload(server.port, server.admin_token(), archive).status == 413, "the limit is not in force")
        open_before = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        open_before.request("GET", "/healthz")
        open_before.getresponse().read()
        file.write_text("{\n  uploadLimitBytes: 1000000\n  idleSeconds: 1,\n}")
        tls.reload(server, "wheelhouse.json5 line 3: 'i' stands where a comma or '}' is needed")
        server.expect_logged("everything stays as it was")
        file.write_text("{ uploadLimitBytes: 1000000, trustedProxies: ['nobody'] }")
        tls.reload(server, "trustedProxies has 'nobody'")
        file.write_text("{ uploadLimitBytes: 1000000, reservedNames: ['-*'] }")
        tls.reload(server, "reservedNames has '-*'")
        expect(wire.upload(server.port, server.admin_token(), archive).status == 413, "a broken file is in force")
        # The flag is stronger than the file, also now.
        file.write_text("{ uploadLimitBytes: 1000000, idleSeconds: 1, log: 'json', loops: 5, basePath: '/a' }")
        tls.reload(server, "SIGHUP: uploadLimitBytes is '1000000'; idleSeconds is '1'")
        server.expect_logged("basePath, loops changed, which needs a restart")
        expect(wire.upload(server.port, server.admin_token(), archive).status == 200, "the new limit is not in force")
        kept = packages.fresh("kept")
        file.write_text("{ uploadLimitBytes: 1000000, idleSeconds: 1, log: 'json', reservedNames: ['%s-*'] }" % kept)
        tls.reload(server, f"reservedNames is '{kept}-*'")
        answer = wire.upload(server.port, server.admin_token(), packages.wheel(f"{kept}-x"))
        expect(answer.status == 400 and "reserved" in answer.reason, f"a reserved name: {answer.status} {answer.reason}")
        file.write_text("{ uploadLimitBytes: 1000000, idleSeconds: 1, log: 'json', loops: 5, basePath: '/a' }")
        tls.reload(server, "reservedNames is ''")
        server.expect_logged(" 127.0.0.1 POST /legacy/ 200 ")
        open_before.request("GET", "/healthz")
        expect(open_before.getresponse().read() == b"alive\n", "the open connection is gone")
        begun = time.monotonic()
        # The old deadline is 75 s.
        expect(open_before.sock.recv(1) == b"" and time.monotonic() - begun < 40, "it idles by the old deadline")
