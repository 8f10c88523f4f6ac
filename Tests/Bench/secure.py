"""What only TLS has: handshakes next to nginx's, and uploads through TLS next to those without it."""

import functools
import subprocess
import time

from figures import Figure, Work
from harness import packages, tls, wire
from load import cpu_seconds, in_turn

CLIENTS = 4
UPLOAD_BYTES = 60_000_000


def works(pair, options):
    for name, option, sign in (("full", "-new", "*"), ("resumed", "-reuse", "r")):
        measure = functools.partial(measure_handshakes, pair, options, option, sign)
        yield Work(f"TLS 1.3 connections with one request, {name} handshakes", measure)
    yield Work("upload of a 60 MB wheel through TLS ÷ without TLS", functools.partial(measure_upload, pair, options))


def measure_handshakes(pair, options, option, sign):
    seconds = 2 * options.seconds
    measures = [functools.partial(handshakes, one, option, sign, seconds) for one in (pair.ours, pair.nginx)]
    ours, theirs = in_turn(options.rounds, *measures)
    return [Figure("CPU µs/connection", ours * 1e6, theirs * 1e6)]


def handshakes(server, option, sign, seconds):
    """Connections, one after the other in each of four processes, that ask for a page that does not exist.
    -> CPU seconds for each; how many there are a second is decided by the clients, who work three times as much"""
    command = ["timeout", str(seconds), "openssl", "s_time", option, "-time", "60", "-www", "/simple/no-such-project/"]
    command += ["-connect", f"127.0.0.1:{server.secure_port}"]
    before = cpu_seconds(server)
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(CLIENTS)]
    lines = [line for client in clients for line in client.communicate()[0].decode().splitlines()]
    spent = cpu_seconds(server) - before
    # A sign for each connection: `r` for a resumed session, `*` for a new one.
    signs = "".join(line for line in lines if set(line) <= {"*", "r"})
    count = signs.count(sign)
    if count < 10 or len(signs) - count > CLIENTS:
        raise SystemExit(f"openssl s_time {option} on {server.secure_url} says: {lines}")
    return spent / count


def measure_upload(pair, options):
    versions = iter(range(10_000))
    context = tls.context()

    def rate(secure):
        archive = packages.wheel("bench-upload", f"1.{next(versions)}", payload_bytes=UPLOAD_BYTES)
        body = wire.multipart(wire.form(archive), archive.filename, archive.data)
        fields = {"Content-Type": wire.FORM_TYPE, "Authorization": wire.basic(pair.token)}
        begun = time.monotonic()
        if secure:
            answer = tls.request(pair.ours, "POST", "/legacy/", fields, body, context)
        else:
            answer = wire.request(pair.ours.port, "POST", "/legacy/", fields, body)
        if answer.status != 200:
            raise SystemExit(f"upload of {archive.filename}: {answer.status} {answer.reason}")
        return len(body) / (time.monotonic() - begun)

    secure, plain = in_turn(options.rounds, functools.partial(rate, True), functools.partial(rate, False))
    return [Figure("MB/s", secure / 1e6, plain / 1e6)]
