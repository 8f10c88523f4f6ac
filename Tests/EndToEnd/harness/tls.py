"""TLS for tests: servers with the certificates of Tests/Certificates, and connections that trust their authority."""

import http.client
import pathlib
import shutil
import signal
import ssl

from . import places, wire
from .report import eventually
from .server import Server

AUTHORITY = places.CERTIFICATES / "authority.pem"


def server(*arguments, pair=("server.pem", "server.key"), **options):
    """A server with a plain and a TLS address, not started."""
    certificate, key = (str(places.CERTIFICATES / name) for name in pair)
    files = ["--tls-certificate", certificate, "--tls-key", key]
    return Server(arguments=["--listen", "tls:127.0.0.1:0", *files, *arguments], **options)


def with_own_files(*arguments):
    """A server that uses copies of the certificate and key, which a test may replace. -> Server with `files`"""
    made = server(*arguments)
    made.files = [made.home / "in-use.pem", made.home / "in-use.key"]
    put(made, "server.pem", "server.key")
    at = made.arguments.index("--tls-certificate")
    made.arguments[at : at + 4] = ["--tls-certificate", str(made.files[0]), "--tls-key", str(made.files[1])]
    return made


def put(made, certificate, key):
    for name, file in zip((certificate, key), made.files):
        shutil.copyfile(places.CERTIFICATES / name, file)


def reload(made, words):
    """Sends SIGHUP, and waits until the log has another line with these words."""
    log = pathlib.Path(made.log_path)
    before = log.read_text().count(words)
    made.process.send_signal(signal.SIGHUP)
    missing = lambda: f"after SIGHUP the log has no line with {words!r}: {made.log_tail()}"  # noqa: E731
    eventually(missing, lambda: log.read_text().count(words) > before)


def context(certificate=None, versions=None, protocols=None):
    """A client's context that trusts the tests' authority only."""
    made = ssl.create_default_context(cafile=str(AUTHORITY))
    if certificate:
        made.load_cert_chain(places.CERTIFICATES / f"{certificate}.pem", places.CERTIFICATES / f"{certificate}.key")
    if versions:
        made.minimum_version = made.maximum_version = versions
    if protocols:
        made.set_alpn_protocols(protocols)
    return made


def connection(made, using=None, timeout=20):
    return http.client.HTTPSConnection("localhost", made.secure_port, timeout=timeout, context=using or context())


def request(made, method, path, fields=None, body=None, using=None):
    """One request through TLS on its own connection. -> Answer; raises NoAnswer"""
    channel = connection(made, using)
    try:
        channel.request(method, path, body, {"Connection": "close", **(fields or {})})
        response = channel.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as problem:
        raise wire.NoAnswer(f"{type(problem).__name__}: {problem}") from problem
    finally:
        channel.close()
    names = {name.lower(): value for name, value in response.getheaders()}
    return wire.Answer(response.status, response.reason, names, content)


def no_answer(made, **options):
    """True when a request through TLS is not answered."""
    try:
        request(made, "GET", "/healthz", **options)
    except wire.NoAnswer:
        return True
    return False
