"""What may happen to a server that runs for years: a second one, a lost file, a log that nobody reads. Needs no client."""

import hashlib
import os
import signal
import socket
import subprocess
import time

from harness import packages, places, wire
from harness.report import eventually, expect, scenario
from harness.server import Server


def half_sent(server, archive, token):
    """An upload of which the second half has not been sent yet. -> (socket, rest)"""
    body = wire.multipart(wire.form(archive), archive.filename, archive.data)
    head = (
        f"POST /legacy/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {wire.FORM_TYPE}\r\n"
        f"Authorization: {wire.basic(token)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    client = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    client.sendall(head.encode() + body[: len(body) // 2])
    return client, body[len(body) // 2 :]


def answer(client):
    received = b""
    while piece := client.recv(1 << 16):
        received += piece
    return int(received.split()[1])


@scenario("a token that is revoked while its upload is on its way publishes nothing")
def revoked_meanwhile(world):
    archive = packages.wheel(packages.fresh("late"), payload_bytes=20_000)
    with Server() as server:
        token = server.create_token("late", "--may", "upload")
        client, rest = half_sent(server, archive, token)
        with client:
            server.administer("token", "revoke", "late")
            eventually("the token still works", lambda: not server.knows(token))
            client.sendall(rest)
            status = answer(client)
        expect(status == 401, f"{status}, expected 401")
        expect(not wire.listing(server, archive.name), "it is listed")


@scenario("a file whose bytes were lost comes back when it is uploaded again")
def lost_blob(world):
    # The bytes of smaller ones are in the catalog for a moment longer.
    archive = packages.wheel(packages.fresh("lost"), payload_bytes=100_000)
    with Server() as server:
        expect(wire.upload(server.port, server.admin_token(), archive).status == 200, "the first upload fails")
        digest = wire.listing(server, archive.name)[archive.filename].sha256
        (server.data / "blobs" / "sha256" / digest[:2] / digest[2:]).unlink()
        expect(server.administer("verify", check=False).returncode == 1, "verify misses nothing")
        expect(wire.upload(server.port, server.admin_token(), archive).status == 200, "the second upload fails")
        problem = wire.problem_with(server, archive)
        expect(not problem, problem)
        expect(server.administer("verify", check=False).returncode == 0, "verify still misses something")


@scenario("a second server of another data folder does not share a port in use")
def port_in_use(world):
    with Server() as server:
        other = places.scratch("other")
        command = [str(places.binary()), "--data", str(other / "data"), "--listen", f"127.0.0.1:{server.port}"]
        second = subprocess.run(command, capture_output=True, text=True, timeout=20)
        expect(second.returncode == 1, f"exit status {second.returncode}: {second.stdout}{second.stderr}")
        expect("stop what listens there" in second.stderr, second.stderr)


@scenario("`token create` does not make a data folder out of a slip of the pen")
def no_folder(world):
    missing = places.scratch("slip") / "data"
    command = [str(places.binary()), "token", "create", "ci", "--data", str(missing)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    expect(result.returncode == 1, f"exit status {result.returncode}")
    expect(not missing.exists(), "the folder was made")


@scenario("a reader of standard error that has stopped does not stop the server ({})", each=("access log", "failures"))
def stuck_log(world, kind):
    home = places.scratch("stuck")
    reader, writer = os.pipe()
    command = [str(places.binary()), "--data", str(home / "data"), "--listen", "127.0.0.1:0"]
    command += ["--access-log", "true" if kind == "access log" else "false"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writer, text=True)
    os.close(writer)
    try:
        port = int(process.stdout.readline().rsplit(":", 1)[1].strip(" /\n"))
        path, status = "/healthz", 200
        if kind == "failures":
            path, status = lost_file(port, home / "data"), 500
        # Each leaves a line: together more than a pipe takes.
        for _ in range(3_000):
            expect(wire.request(port, "GET", path, timeout=5).status == status, "another answer")
        process.send_signal(signal.SIGTERM)
        expect(process.wait(10) == 0, "it does not end")
    finally:
        process.kill()
        process.stdout.close()
        os.close(reader)


def lost_file(port, data):
    """Publishes an archive and takes its blob away. -> its path"""
    archive = packages.wheel(packages.fresh("gone"), payload_bytes=100_000)
    token = (data / "admin-token").read_text().strip()
    expect(wire.upload(port, token, archive).status == 200, "the upload fails")
    digest = hashlib.sha256(archive.data).hexdigest()
    (data / "blobs" / "sha256" / digest[:2] / digest[2:]).unlink()
    return f"/packages/{digest}/{archive.filename}"


def open_connections(server):
    text = wire.request(server.port, "GET", "/metrics").body.decode()
    return int(text.split("\nwheelhouse_http_connections_open ")[1].split()[0])


@scenario("the drain ends at its deadline, and at a second signal, whichever loop is busy")
def drain_deadline(world):
    archive = packages.wheel(packages.fresh("slow"), payload_bytes=20_000)
    for seconds, again in ((1, False), (600, True)):
        with Server(arguments=("--drain-seconds", str(seconds), "--loops", "2")) as server:
            # Several, so that both loops have one.
            clients = [half_sent(server, archive, server.admin_token())[0] for _ in range(8)]
            clients[0].close()
            # Seven, and the one that asks.
            eventually("they are not all accepted", lambda: open_connections(server) == 8)
            server.process.send_signal(signal.SIGTERM)
            if again:
                eventually("the port stays open", lambda: not server.answers())
                server.process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            try:
                server.process.wait(60)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"still there after {time.monotonic() - begun:.0f} s") from None
            finally:
                for client in clients:
                    client.close()
