"""Pages and files next to nginx: requests per second, CPU per request, p99."""

import collections
import functools

from figures import Figure, Work
from harness import wire
from load import in_turn, wrk

PIP = {
    "User-Agent": 'pip/26.3 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},'
    '"name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.13.0"},"installer":'
    '{"name":"pip","version":"26.3"},"openssl_version":"OpenSSL 3.0.22 25 Aug 2026","python":"3.13.0",'
    '"setuptools_version":"84.2.1","system":{"name":"Linux","release":"6.12.48+deb12-cloud-amd64"}}',
    "Accept-Encoding": "gzip, deflate",
    "Accept": "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
}
UV = {
    "Accept-Encoding": "gzip, deflate, zstd",
    "Accept": "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01",
    "User-Agent": 'uv/0.13.8 {"installer":{"name":"uv","version":"0.13.8","subcommand":["pip","install"]},"python":'
    '"3.13.0","implementation":{"name":"CPython","version":"3.13.0"},"distro":{"name":"Debian GNU/Linux","version":"12",'
    '"id":"bookworm","libc":{"lib":"glibc","version":"2.36"}},"system":{"name":"Linux","release":"6.12.48+deb12-cloud-'
    'amd64"},"cpu":"x86_64","openssl_version":null,"setuptools_version":null,"rustc_version":null,"ci":null}',
}
# Both ask for archives and metadata as they are.
PIP_FILE = {**PIP, "Accept-Encoding": "identity", "Accept": "*/*"}
UV_FILE = {**UV, "Accept-Encoding": "identity", "Accept": "*/*"}
HTML, JSON = {"Accept": "text/html"}, {"Accept": wire.JSON}
HTML_GZIP, JSON_GZIP = ({**fields, "Accept-Encoding": "gzip"} for fields in (HTML, JSON))

# The quantities of a row, each with what it must keep and what it aims at.
RATE, CPU, P99, BYTES, BYTES_CPU = "requests/s", "CPU µs/request", "p99 µs", "MB/s", "CPU ms/GB"
PAGE = {CPU: ("≤ 1.0", "≤ 0.8"), RATE: ("≥ 1.0", ""), P99: ("≤ 1.1", "")}
SMALL = {CPU: ("≤ 1.0", "≤ 0.8"), RATE: ("", "")}
FILE = {CPU: ("≤ 1.0", "≤ 0.9"), RATE: ("", "")}
LARGE = {BYTES: ("≥ 1.0", ""), BYTES_CPU: ("", "")}
SECURE = {CPU: ("≤ 1.05", "≤ 1.0"), RATE: ("", "")}
SECURE_LARGE = {BYTES_CPU: ("≤ 1.05", "≤ 1.0"), BYTES: ("", "")}
LOGGED = {CPU: ("≤ 1.0", ""), RATE: ("", "")}

# `what` is an attribute of Pair. `revalidate` adds If-None-Match with the server's own ETag, `times` makes a round
# longer, `pieces` divides it into as many shorter ones (see load.py on p99), `sides` is a function of the pair that names the two servers and their addresses.
Case = collections.namedtuple(
    "Case",
    "name what fields bars connections status revalidate times pieces sides",
    defaults=(32, 200, False, 1, 1, None),
)


def plain(pair):
    return (pair.ours, pair.ours.url), (pair.nginx, pair.nginx.url)


def secure(pair):
    return (pair.ours, pair.ours.secure_url), (pair.nginx, pair.nginx.secure_url)


def logged(form, buffered, pair):
    ours = pair.logging(form)
    return (ours, ours.url), (pair.nginx, pair.nginx.buffered_url if buffered else pair.nginx.logged_url)


def page_cases():
    page = "project page of 20 files"
    for name, fields in (("HTML", HTML), ("JSON", JSON), ("pip's fields (gzip)", PIP), ("uv's fields (gzip)", UV)):
        # Opening 256 connections is half a percent of a second's requests: shorter rounds would say how fast they open.
        for connections, times, pieces in ((1, 1, 5), (32, 1, 5), (256, 2, 1)):
            shown = f"{page}, {name}, {connections} connection{'s' * (connections > 1)}"
            yield Case(shown, "page", fields, PAGE, connections, times=times, pieces=pieces)
    page = "project page of 2,000 files, gzip"
    for name, fields in (("HTML", HTML_GZIP), ("JSON", JSON_GZIP), ("pip's fields", PIP)):
        yield Case(f"{page}, {name}", "large_page", fields, SMALL)
    yield Case("root page of 1,000 projects, JSON, gzip", "root", JSON_GZIP, SMALL)


def small_cases():
    for name, fields in (("", {}), (", pip's fields", PIP)):
        yield Case("304 on a project page" + name, "page", {**JSON, **fields}, SMALL, status=304, revalidate=True)
        yield Case("404" + name, "nothing", {**JSON, **fields}, SMALL, status=404)
    for name, fields in (("", {}), (", pip's fields", PIP_FILE), (", uv's fields", UV_FILE)):
        yield Case("10 KB wheel" + name, "small_wheel", fields, FILE)
        yield Case("`.metadata` file" + name, "metadata", fields, FILE)


def large_cases(bars, suffix="", sides=None):
    for size, what in (("60 MB", "wheel_60"), ("200 MB", "wheel_200")):
        for connections in (1, 8):
            name = f"{size} wheel, {connections} connection{'s' * (connections > 1)}{suffix}"
            yield Case(name, what, {}, bars, connections, times=2, sides=sides)


def secure_cases():
    cases = [
        Case("project page of 20 files, HTML", "page", HTML, SECURE),
        Case("project page of 20 files, JSON", "page", JSON, SECURE),
        Case("project page of 20 files, pip's fields (gzip)", "page", PIP, SECURE),
        Case("project page of 2,000 files, gzip, JSON", "large_page", JSON_GZIP, SECURE),
        Case("10 KB wheel", "small_wheel", {}, SECURE),
        Case("`.metadata` file", "metadata", {}, SECURE),
    ]
    for case in cases:
        yield case._replace(name=case.name + ", TLS", sides=secure)
    yield from large_cases(SECURE_LARGE, ", TLS", secure)


def logged_cases():
    page, wheel = "project page of 20 files, pip's fields (gzip)", "10 KB wheel, pip's fields"
    for form in ("text", "json"):
        for buffered, name in ((False, "each line written"), (True, "written in 64 KiB")):
            suffix, sides = f", access log ({form}; nginx's {name})", functools.partial(logged, form, buffered)
            yield Case(page + suffix, "page", PIP, LOGGED, sides=sides)
            if buffered:
                yield Case(wheel + suffix, "small_wheel", PIP_FILE, LOGGED, sides=sides)


def works(pair, options):
    for cases in (page_cases(), small_cases(), large_cases(LARGE), secure_cases(), logged_cases()):
        for case in cases:
            yield Work(case.name, functools.partial(measure, case, pair, options))


def measure(case, pair, options):
    path = getattr(pair, case.what)
    rounds = []
    bodies = set()
    for server, url in (case.sides or plain)(pair):
        fields, body = request_of(case, server, path)
        bodies.add(body)
        seconds = options.seconds * case.times / case.pieces
        arguments = (server, url.rstrip("/") + path, fields, case.connections, seconds)
        rounds.append(functools.partial(wrk, *arguments, refused=case.status >= 400))
    if case.status == 200 and len(bodies) > 1:
        raise SystemExit(f"{case.name}: the two servers answer with different bytes")
    ours, theirs = in_turn(options.rounds * case.pieces, *rounds)
    ours, theirs = quantities(ours), quantities(theirs)
    return [Figure(name, ours[name], theirs[name], *bars) for name, bars in case.bars.items()]


def request_of(case, server, path):
    """The fields that a server is sent, once the answer has the status of the case. -> (fields, body)"""
    fields = dict(case.fields)
    if case.revalidate:
        fields["If-None-Match"] = wire.request(server.port, "GET", path, fields).fields.get("etag", "")
    answer = wire.request(server.port, "GET", path, fields)
    if answer.status != case.status:
        raise SystemExit(f"{case.name}: {server.url} answers {answer.status}, not {case.status}")
    return fields, answer.body


def quantities(one):
    """The figures of a load.Round in the units of the table."""
    return {
        RATE: one.rate,
        CPU: one.cpu_per_request * 1e6,
        P99: one.p99,
        BYTES: one.byte_rate / 1e6,
        BYTES_CPU: one.cpu_per_byte * 1e12,
    }
