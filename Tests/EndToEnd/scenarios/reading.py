"""What installers and people read: pages, negotiation, conditional requests, ranges. Needs no client."""

import gzip
import hashlib
import json
import urllib.parse

from harness import packages, wire
from harness.report import expect, scenario

HTML_V1 = "application/vnd.pypi.simple.v1+html"
PIP = f"{wire.JSON}, {HTML_V1}; q=0.1, text/html; q=0.01"
# Accept of a request -> the media type of the answer (SPEC: content negotiation of the Simple API), None for 406
ACCEPT = {
    "no Accept": "text/html",
    "*/*": "text/html",
    "text/html": "text/html",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html",
    PIP: wire.JSON,
    f"{wire.JSON}, {HTML_V1};q=0.2, text/html;q=0.01": wire.JSON,
    f"{wire.JSON}, */*;q=0.1": wire.JSON,
    "application/vnd.pypi.simple.latest+json": wire.JSON,
    "application/*": wire.JSON,
    HTML_V1: HTML_V1,
    f"{wire.JSON};q=0, */*": "text/html",
    "application/vnd.pypi.simple.v2+json": None,
}


def sample(world):
    """A published wheel. -> (archive, path of its page, path of its download)"""
    if "sample" not in world.notes:
        archive = world.publish(
            packages.wheel(packages.fresh("read"), "1.0+local.1", payload_bytes=30_000, python=">=3.8")
        )
        url = wire.listing(world.server, archive.name)[archive.filename].url
        world.notes["sample"] = (archive, f"/simple/{archive.name}/", urllib.parse.urlsplit(url).path)
    return world.notes["sample"]


@scenario("a project page asked for with `{}` has the right media type", each=ACCEPT)
def negotiation(world, accept):
    _, page, _ = sample(world)
    answer = wire.request(world.server.port, "GET", page, {} if accept == "no Accept" else {"Accept": accept})
    wanted = ACCEPT[accept]
    if wanted is None:
        expect(answer.status == 406, f"{answer.status} {answer.reason}")
        return
    got = answer.fields.get("content-type", "").partition(";")[0]
    expect(answer.status == 200 and got == wanted, f"{answer.status} {got}, expected {wanted}")
    expect("accept" in answer.fields.get("vary", "").lower(), f"Vary is {answer.fields.get('vary')}")


@scenario(
    "a project page has ETag, Date and Cache-Control: no-cache, is gzipped when asked, and 304 while it is unchanged"
)
def page_fields(world):
    _, page, _ = sample(world)
    plain = wire.request(world.server.port, "GET", page, {"Accept": PIP, "Accept-Encoding": "identity"})
    packed = wire.request(world.server.port, "GET", page, {"Accept": PIP, "Accept-Encoding": "gzip, deflate"})
    for field in ("etag", "date", "content-length"):
        expect(field in plain.fields, f"{field} is missing in {plain.fields}")
    expect("no-cache" in plain.fields.get("cache-control", ""), f"Cache-Control is {plain.fields.get('cache-control')}")
    expect(plain.fields.get("x-content-type-options") == "nosniff", "X-Content-Type-Options: nosniff is missing")
    expect(packed.fields.get("content-encoding") == "gzip", "the page is not gzipped")
    expect(gzip.decompress(packed.body) == plain.body, "the gzipped page has other bytes")
    for answer, encoding in ((plain, "identity"), (packed, "gzip, deflate")):
        fields = {"Accept": PIP, "Accept-Encoding": encoding, "If-None-Match": answer.fields["etag"]}
        again = wire.request(world.server.port, "GET", page, fields)
        expect(again.status == 304 and not again.body, f"{again.status} for the page's own ETag ({encoding})")


@scenario("the JSON page holds every key that the standards ask for, and no null")
def json_keys(world):
    archive, page, _ = sample(world)
    body = json.loads(wire.request(world.server.port, "GET", page, {"Accept": wire.JSON}).body)
    expect(body["meta"]["api-version"] == "1.4" and body["name"] == archive.name, f"{body}")
    expect(body["versions"] == [archive.version], f"versions are {body['versions']}")
    (file,) = body["files"]
    for key in ("filename", "url", "hashes", "size", "upload-time", "requires-python", "core-metadata"):
        expect(file.get(key) is not None, f"{key} is missing in {file}")
    expect(None not in file.values(), f"a null in {file}")


@scenario("the HTML page has a doctype, the attributes that old clients read, and escapes `>`")
def html_page(world):
    archive, page, _ = sample(world)
    text = wire.request(world.server.port, "GET", page, {"Accept": "text/html"}).body.decode()
    expect(text.lower().startswith("<!doctype html>"), text[:100])
    attributes = wire.html_listing(world.server, archive.name)[archive.filename]
    expect(attributes.get("data-requires-python") == ">=3.8" and "&gt;=3.8" in text, f"{attributes}")
    for name in ("data-core-metadata", "data-dist-info-metadata"):
        expect(attributes.get(name, "").startswith("sha256="), f"{name} is {attributes.get(name)}")


# Range -> status, the bytes as a slice
RANGES = {
    "bytes=0-0": (206, slice(0, 1)),
    "bytes=100-199": (206, slice(100, 200)),
    "bytes=1000-": (206, slice(1000, None)),
    "bytes=-500": (206, slice(-500, None)),
    "bytes=-9999999": (206, slice(None)),
    "bytes=5-9999999": (206, slice(5, None)),
    "bytes=9999999-": (416, None),
    "lines=1-2": (200, slice(None)),
}


@scenario("a download with `Range: {}` gets exactly these bytes", each=RANGES)
def ranges(world, text):
    archive, _, path = sample(world)
    status, piece = RANGES[text]
    answer = wire.request(world.server.port, "GET", path, {"Range": text})
    expect(answer.status == status, f"{answer.status}, expected {status}")
    size = len(archive.data)
    if status == 416:
        expect(
            answer.fields.get("content-range") == f"bytes */{size}",
            f"Content-Range {answer.fields.get('content-range')}",
        )
        return
    expect(answer.body == archive.data[piece], f"{len(answer.body)} other bytes")
    if status == 206:
        first, last, _ = piece.indices(size)
        wanted = f"bytes {first}-{last - 1}/{size}"
        expect(
            answer.fields.get("content-range") == wanted,
            f"Content-Range {answer.fields.get('content-range')}, not {wanted}",
        )


@scenario("a download is immutable, never compressed, has a length by HEAD, and 304 and If-Range work")
def download_fields(world):
    archive, _, path = sample(world)
    port = world.server.port
    head = wire.request(port, "HEAD", path)
    expect(head.status == 200 and head.fields.get("content-length") == str(len(archive.data)), f"HEAD: {head.fields}")
    expect(head.fields.get("accept-ranges") == "bytes", f"Accept-Ranges is {head.fields.get('accept-ranges')}")
    whole = wire.request(port, "GET", path, {"Accept-Encoding": "gzip, deflate"})
    expect(whole.body == archive.data and "content-encoding" not in whole.fields, "the download is encoded")
    expect(
        "immutable" in whole.fields.get("cache-control", ""), f"Cache-Control is {whole.fields.get('cache-control')}"
    )
    etag = whole.fields.get("etag", "")
    expect(wire.request(port, "GET", path, {"If-None-Match": etag}).status == 304, "no 304 for its own ETag")
    same = wire.request(port, "GET", path, {"Range": "bytes=10-19", "If-Range": etag})
    expect(same.status == 206 and same.body == archive.data[10:20], f"If-Range with the ETag: {same.status}")
    other = wire.request(port, "GET", path, {"Range": "bytes=10-19", "If-Range": '"other"'})
    expect(other.status == 200 and other.body == archive.data, f"If-Range with another ETag: {other.status}")


@scenario("a download is found whether its `+` is sent as it is or as %2B, as pip does")
def percent(world):
    archive, _, path = sample(world)
    for spelling in ("+", "%2B"):
        answer = wire.request(world.server.port, "GET", path.replace("%2B", "+").replace("+", spelling))
        expect(answer.status == 200 and answer.body == archive.data, f"{spelling}: {answer.status}")


@scenario("the home page and the project's page tell people what is here and the lines to copy, with this very address")
def pages_for_people(world):
    archive, _, _ = sample(world)
    host = f"127.0.0.1:{world.server.port}"
    home = wire.request(world.server.port, "GET", "/", {"Accept": "text/html", "Host": host})
    page = wire.request(world.server.port, "GET", f"/project/{archive.name}/", {"Accept": "text/html", "Host": host})
    digest = hashlib.sha256(archive.data).hexdigest()
    for answer, words in (
        (home, (archive.name, host, "pip", "uv", "twine")),
        (page, (archive.filename, digest, "pip", "uv", host)),
    ):
        expect(answer.status == 200, f"{answer.status} {answer.reason}")
        text = answer.body.decode()
        missing = [word for word in words if word not in text]
        expect(not missing, f"the page lacks {missing}")
        expect(
            "<script" not in text and "content-security-policy" in answer.fields,
            "a script, or no Content-Security-Policy",
        )


@scenario("{} answers 200", each=("/healthz", "/readyz", "/metrics", "/simple/"))
def plain_addresses(world, path):
    answer = wire.request(world.server.port, "GET", path)
    expect(answer.status == 200 and answer.body, f"{answer.status} {answer.reason}")
