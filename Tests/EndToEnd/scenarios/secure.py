"""TLS: what is agreed, refused, kept and replaced. Needs no client."""

import concurrent.futures
import contextlib
import hashlib
import re
import socket
import ssl
import time
import urllib.parse

from harness import packages, tls, wire
from harness.report import expect, scenario


@scenario("a page through TLS is the same page, and only there Strict-Transport-Security is told")
def same_page(world):
    with tls.server() as server:
        secure = tls.request(server, "GET", "/simple/", {"Accept": wire.JSON})
        plain = wire.request(server.port, "GET", "/simple/", {"Accept": wire.JSON})
        expect(secure.status == plain.status == 200, f"{secure.status}, {plain.status}")
        expect(secure.body == plain.body, "the bodies differ")
        expect(secure.fields.get("strict-transport-security") == "max-age=86400", f"{secure.fields}")
        expect("strict-transport-security" not in plain.fields, "it is told without TLS too")
        home = tls.request(server, "GET", "/")
        expect(f"https://localhost:{server.secure_port}/simple/".encode() in home.body, "the page does not say https")
        plain_home = wire.request(server.port, "GET", "/")
        expect(b"https://127.0.0.1" not in plain_home.body, "the page says https without TLS")


@scenario("TLS 1.2 and 1.3 are spoken, TLS 1.1 is refused with an alert and a line in the log")
def versions(world):
    with tls.server() as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            answer = tls.request(server, "GET", "/healthz", using=tls.context(versions=version))
            expect(answer.status == 200, f"{version}: {answer.status}")
        old = tls.context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1
        try:
            tls.request(server, "GET", "/healthz", using=old)
            raise AssertionError("TLS 1.1 is spoken")
        except wire.NoAnswer as problem:
            expect("ALERT_PROTOCOL_VERSION" in str(problem), str(problem))
        server.expect_logged("TLS handshake failed: unsupported protocol")


@scenario("of the protocols that a client offers http/1.1 is chosen, and h2 alone is refused")
def protocols(world):
    with tls.server() as server:
        address = ("127.0.0.1", server.secure_port)
        using = tls.context(protocols=["h2", "http/1.1"])
        with using.wrap_socket(socket.create_connection(address, 10), server_hostname="localhost") as channel:
            expect(channel.selected_alpn_protocol() == "http/1.1", f"{channel.selected_alpn_protocol()}")
        expect(tls.no_answer(server, using=tls.context(protocols=["h2"])), "h2 alone is accepted")


@scenario("weak TLS 1.2 ciphers are refused")
def ciphers(world):
    with tls.server() as server:
        for words in ("ECDHE+AES256:!AESGCM:!CHACHA20:!AESCCM", "AES128-GCM-SHA256"):
            weak = tls.context(versions=ssl.TLSVersion.TLSv1_2)
            weak.set_ciphers(words)
            expect(tls.no_answer(server, using=weak), f"{words} is accepted")


@scenario("HTTP without TLS at a TLS port is answered 400 in words, whatever the method")
def plain_http(world):
    with tls.server() as server:
        heads = [f"{method} /simple/ HTTP/1.1\r\n" for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE", "get", "X")]
        # The last one is no request at all; its first byte says that it is no handshake either.
        for head in [*heads, "PRI * HTTP/2.0\r\n", "CONNECT a:1 HTTP/1.1\r\n", "?"]:
            answer = wire.send(server.secure_port, f"{head}Host: localhost\r\nContent-Length: 0\r\n\r\n".encode())
            expect(answer.status == 400, f"{head}: {answer.status}")
            expect("https://" in answer.reason, f"{head}: {answer.reason}")
        answer = wire.send(server.secure_port, b"G", timeout=3)
        expect(answer.status == 400, f"one byte: {answer.status}")
        failed = metric(server, "wheelhouse_tls_handshakes_failed_total")
        expect(failed == 11, f"{failed} failed handshakes are counted")


def metric(server, name):
    text = wire.request(server.port, "GET", "/metrics").body.decode()
    return int(re.search(rf"^{name} (\d+)$", text, re.MULTILINE)[1])


@scenario("a TLS handshake at a plain port is answered 400 and ended")
def handshake_at_plain_port(world):
    with tls.server() as server:
        # What a client sends first (RFC 8446 section 4.1.2).
        outgoing = ssl.MemoryBIO()
        hello = tls.context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            hello.do_handshake()
        answer = wire.send(server.port, outgoing.read(), timeout=3)
        expect(answer.status == 400 and answer.fields["connection"] == "close", f"{answer}")


@scenario("of many failed handshakes a few a second have a line in the log, and all are counted")
def many_failures(world):
    with tls.server("--loops", "1") as server:
        for _ in range(300):
            with socket.create_connection(("127.0.0.1", server.secure_port), 10) as channel:
                channel.sendall(b"\x16\x03\x01\x00\x04nono")
                channel.recv(100)
        expect(metric(server, "wheelhouse_tls_handshakes_failed_total") == 300, "they are not counted")
        time.sleep(1.1)  # so that the next one falls in another second: there is nothing to see before
        with socket.create_connection(("127.0.0.1", server.secure_port), 10) as channel:
            channel.sendall(b"\x16\x03\x01\x00\x04nono")
            channel.recv(100)
        server.expect_logged("others before it have no line")
        lines = server.log_tail(1 << 20).count("TLS handshake failed")
        expect(10 <= lines <= 100, f"{lines} lines")


@scenario("a TLS session is resumed by its ticket ({})", each=("TLSv1_2", "TLSv1_3"))
def resumption(world, version):
    with tls.server() as server:
        using = tls.context(versions=getattr(ssl.TLSVersion, version))
        address = ("127.0.0.1", server.secure_port)

        def visit(session):
            raw = socket.create_connection(address, 10)
            with using.wrap_socket(raw, server_hostname="localhost", session=session) as channel:
                channel.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                expect(b"200" in channel.recv(4096), "no answer")
                return channel.session, channel.session_reused

        session, first = visit(None)
        session, second = visit(session)
        _, third = visit(session)
        expect(not first and second and third, f"resumed: {first}, {second}, {third}")


@scenario("where client certificates are needed, none and a stranger's are refused")
def client_certificates(world):
    with tls.server("--tls-client-authority", str(tls.AUTHORITY)) as server:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            known = tls.request(server, "GET", "/healthz", using=tls.context("client", version))
            expect(known.status == 200, f"{version}: {known.status}")
            expect(tls.no_answer(server, using=tls.context(versions=version)), f"{version}: none is accepted")
            expect(
                tls.no_answer(server, using=tls.context("stranger", version)), f"{version}: a stranger's is accepted"
            )
            expect(
                tls.no_answer(server, using=tls.context("server", version)),
                f"{version}: a certificate for servers is accepted",
            )
        server.expect_logged("peer did not return a certificate")


def shown(server):
    """The certificate that a new connection is shown, as DER."""
    raw = socket.create_connection(("127.0.0.1", server.secure_port), 10)
    with tls.context().wrap_socket(raw, server_hostname="localhost") as channel:
        return channel.getpeercert(binary_form=True)


@scenario("SIGHUP under load replaces the certificate; a broken pair keeps the one before; nothing is lost")
def reload_under_load(world):
    with tls.with_own_files() as server:
        end = time.monotonic() + 60
        done = []

        def load(_):
            count = 0
            while not done and time.monotonic() < end:
                channel = tls.connection(server)
                for _ in range(10):
                    channel.request("GET", "/simple/")
                    response = channel.getresponse()
                    expect(response.status == 200 and len(response.read()) > 0, f"{response.status}")
                    count += 1
                channel.close()
            return count

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            loads = [pool.submit(load, number) for number in range(4)]
            with contextlib.ExitStack() as stack:
                stack.callback(done.append, True)
                open_before = tls.connection(server)
                open_before.request("GET", "/healthz")
                open_before.getresponse().read()
                first = shown(server)
                tls.put(server, "other.pem", "server.key")
                tls.reload(server, "does not belong to the certificate")
                expect(shown(server) == first, "a broken pair is in use")
                (server.files[0]).write_text("nonsense")
                tls.reload(server, "cannot be used")
                expect(shown(server) == first, "a broken certificate is in use")
                tls.put(server, "other.pem", "other.key")
                tls.reload(server, "new connections use the certificate")
                second = shown(server)
                expect(second != first, "the certificate is not replaced")
                for _ in range(20):
                    tls.reload(server, "new connections use the certificate")
                open_before.request("GET", "/healthz")
                expect(open_before.getresponse().status == 200, "the open connection is gone")
            counts = [result.result() for result in loads]
        expect(min(counts) > 10, f"requests by each client: {counts}")


@scenario("a large archive goes up and comes down through TLS, whole, in part, and to a slow reader")
def large(world):
    with tls.server() as server:
        archive = packages.wheel(packages.fresh("secure"), payload_bytes=12_000_000)
        fields = {"Content-Type": wire.FORM_TYPE, "Authorization": wire.basic(server.admin_token())}
        body = wire.multipart(wire.form(archive), archive.filename, archive.data)
        answer = tls.request(server, "POST", "/legacy/", fields, body)
        expect(answer.status == 200, f"{answer.status} {answer.reason}")
        path = urllib.parse.urlsplit(wire.listing(server, archive.name)[archive.filename].url).path
        expect(tls.request(server, "GET", path).body == archive.data, "the archive comes back otherwise")
        for begin, end in ((0, 0), (16383, 16384), (65535, 65537), (1, 11_999_999), (5_000_000, 5_030_000)):
            part = tls.request(server, "GET", path, {"Range": f"bytes={begin}-{end}"})
            expect(part.status == 206 and part.body == archive.data[begin : end + 1], f"bytes {begin}-{end} differ")
        expect(slow_digest(server, path) == hashlib.sha256(archive.data).digest(), "a slow reader gets other bytes")


def slow_digest(server, path):
    """Downloads with a small receive buffer and pauses. -> SHA-256 of the content"""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    raw.settimeout(20)
    raw.connect(("127.0.0.1", server.secure_port))
    with tls.context().wrap_socket(raw, server_hostname="localhost") as channel:
        channel.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        received = bytearray()
        while piece := channel.recv(100_000):
            received += piece
            if len(received) < 2_000_000:
                time.sleep(0.002)  # slower than the server writes, whose buffers must fill
    return hashlib.sha256(received.partition(b"\r\n\r\n")[2]).digest()


@scenario("pipelined requests through TLS are answered in order")
def pipelined(world):
    with tls.server() as server:
        raw = socket.create_connection(("127.0.0.1", server.secure_port), 10)
        with tls.context().wrap_socket(raw, server_hostname="localhost") as channel:
            one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
            channel.sendall(one * 400 + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            received = bytearray()
            while piece := channel.recv(65536):
                received += piece
        expect(received.count(b"HTTP/1.1 200") == 401, f"{received.count(b'HTTP/1.1 200')} answers")


@scenario("a handshake that does not go on ends at its deadline, and the server goes on")
def stalled(world):
    with tls.server("--handshake-seconds", "1") as server:
        stalled = [socket.create_connection(("127.0.0.1", server.secure_port), 60) for _ in range(50)]
        for number, channel in enumerate(stalled):
            channel.sendall(b"\x16\x03\x01\x02\x00\x01"[: number % 7])
        expect(tls.request(server, "GET", "/healthz").status == 200, "no answer")
        for channel in stalled:
            with contextlib.suppress(ConnectionResetError):
                expect(channel.recv(100) == b"", "bytes from a stalled handshake")
        server.expect_logged("did not finish it within 1 seconds")
