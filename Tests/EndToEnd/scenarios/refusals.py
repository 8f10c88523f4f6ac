"""Bad input: a clear 4xx with its reason in the reason phrase and the body, nothing listed, nothing left on disk."""

import dataclasses
import json
import time

from harness import packages, wire
from harness.report import expect, scenario

GOOD = object()


@dataclasses.dataclass(frozen=True)
class Bad:
    """One row: what is sent, and what the answer must be. `words`: one of them stands in the reason."""

    statuses: tuple
    words: tuple
    changes: dict = dataclasses.field(default_factory=dict)
    token: object = GOOD
    filename: str = None
    data: bytes = None
    content_type: str = wire.FORM_TYPE
    with_file: bool = True
    cut_bytes: int = 0
    length: int = None
    source: bool = False


CREDENTIAL = ("token", "credential", "authenti")
TABLE = {
    "no credentials": Bad((401,), CREDENTIAL, token=None),
    "a token that does not exist": Bad((401,), CREDENTIAL, token="whl_" + "A" * 43),
    "an empty token": Bad((401,), CREDENTIAL, token=""),
    "a token that may only read": Bad((403,), ("token", "may not", "allowed", "upload"), token="reader"),
    "a body that is not multipart": Bad((400, 415), ("multipart",), content_type="application/json"),
    "a multipart body whose boundary is missing": Bad((400,), ("boundary",), content_type="multipart/form-data"),
    "a truncated body": Bad((400,), ("truncated", "incomplete", "ended", "cut", "end of"), cut_bytes=700),
    "a multipart body without its last boundary": Bad(
        (400,), ("boundary", "multipart", "truncated", "incomplete", "ended"), cut_bytes=-60
    ),
    "no name": Bad((400,), ("name",), {"name": None}),
    "no version": Bad((400,), ("version",), {"version": None}),
    "no filetype": Bad((400,), ("filetype", "file type"), {"filetype": None}),
    "no :action": Bad((400,), ("action",), {"action": None}),
    "no digest at all": Bad((400,), ("digest",), {"sha256_digest": None, "blake2_256_digest": None}),
    "no file": Bad((400,), ("file", "content"), with_file=False),
    "an unknown :action": Bad((400,), ("action",), {"action": "conjure"}),
    "the retired :action submit": Bad((400, 410), ("action", "submit", "gone", "register"), {"action": "submit"}),
    "an unknown protocol version": Bad((400,), ("protocol",), {"protocol_version": "7"}),
    "a wrong SHA-256 digest": Bad((400,), ("digest", "sha"), {"sha256_digest": "0" * 64}),
    "a wrong BLAKE2 digest": Bad((400,), ("digest", "blake"), {"blake2_256_digest": "0" * 64}),
    "a wrong MD5 digest": Bad((400,), ("digest", "md5"), {"md5_digest": "0" * 32}),
    "a digest that is not hexadecimal": Bad((400,), ("digest", "sha"), {"sha256_digest": "z" * 64}),
    "a project name with ../": Bad((400,), ("name",), {"name": "../evil"}),
    "a file name with ../": Bad((400,), ("name",), filename="../evil-1.0-py3-none-any.whl"),
    "a file name with a slash": Bad((400,), ("name",), filename="evil/evil-1.0-py3-none-any.whl"),
    "a file name that is neither a wheel's nor an sdist's": Bad(
        (400,), ("installer",), filename="notes-1.0.exe"
    ),
    "a wheel name without tags": Bad((400,), ("name",), filename="evil-1.0.whl"),
    "a file name of another project": Bad((400,), ("name",), filename="another-1.0-py3-none-any.whl"),
    "a version that is none": Bad((400,), ("version",), {"version": "latest"}),
    "an empty file": Bad((400,), ("empty", "archive", "distribution file", "zip"), data=b""),
    "a wheel that is no ZIP archive": Bad(
        (400,), ("archive", "zip", "distribution file", "wheel"), data=b"not a wheel" * 90
    ),
    "an sdist that is no gzip file": Bad(
        (400,), ("archive", "gzip", "tar", "distribution file"), data=b"no" * 500, source=True
    ),
    "a body over the limit": Bad((400, 413), ("large", "limit"), length=9_000_000_000_000),
}


def message(row, archive, token):
    """The bytes of the request."""
    data = archive.data if row.data is None else row.data
    filename = row.filename or archive.filename
    fields = wire.form(archive._replace(data=data), **row.changes)
    body = wire.multipart(fields, filename if row.with_file else None, data)
    length = len(body) if row.length is None else row.length
    if row.cut_bytes > 0:
        body = body[: -row.cut_bytes]
    if row.cut_bytes < 0:
        body = body[: row.cut_bytes]
        length = len(body)
    head = (
        f"POST /legacy/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {row.content_type}\r\nContent-Length: {length}\r\n"
    )
    if token is not None:
        head += f"Authorization: {wire.basic(token)}\r\n"
    return (head + "\r\n").encode() + body


def left_behind(server, before, seconds=3):
    """New files in the data folder, after the server had a moment to remove them."""
    end = time.monotonic() + seconds
    while True:
        new = sorted(set(server.files()) - set(before))
        if not new or time.monotonic() > end:
            return new
        time.sleep(0.1)


def reader_token(world):
    if "reader" not in world.notes:
        world.notes["reader"] = world.server.create_token("reader", "--may", "read")
    return world.notes["reader"]


def projects(server):
    answer = wire.request(server.port, "GET", "/simple/", {"Accept": wire.JSON})
    expect(answer.status == 200, f"/simple/ answers {answer.status}")
    return sorted(project["name"] for project in json.loads(answer.body)["projects"])


@scenario("an upload with {} is refused clearly and leaves nothing behind", each=TABLE)
def refused(world, case):
    row, server = TABLE[case], world.server
    token = {GOOD: world.token, "reader": None}.get(row.token, row.token)
    if row.token == "reader":
        token = reader_token(world)
    make = packages.sdist if row.source else packages.wheel
    archive = make(packages.fresh("bad"))
    before, listed = server.files(), projects(server)
    answer = wire.send(server.port, message(row, archive, token), half_close=bool(row.cut_bytes))
    expect(answer.status in row.statuses, f"{answer.status} {answer.reason}, expected {row.statuses}")
    text = answer.body.decode("utf-8", "replace")
    for place, words in (("reason phrase", answer.reason), ("body", text)):
        expect(any(word in words.lower() for word in row.words), f"the {place} {words[:200]!r} has none of {row.words}")
    expect("\n" not in answer.reason and len(answer.reason) < 1000, "the reason phrase is not one short line")
    if answer.status == 401:
        challenge = answer.fields.get("www-authenticate", "")
        expect(challenge.startswith("Basic realm="), f"WWW-Authenticate is {challenge!r}")
    if isinstance(token, str) and token:
        expect(token not in text and token not in answer.reason, "the answer repeats the token")
    expect(projects(server) == listed, "the project list changed")
    new = left_behind(server, before)
    expect(not new, f"left in the data folder: {new[:5]}")


@scenario("a refused upload gets application/problem+json when the client asks for JSON, as uv does")
def problem_json(world):
    archive = packages.wheel(packages.fresh("bad"))
    body = wire.multipart(wire.form(archive, sha256_digest="0" * 64), archive.filename, archive.data)
    fields = {
        "Content-Type": wire.FORM_TYPE,
        "Authorization": wire.basic(world.token),
        "Accept": "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7",
    }
    answer = wire.request(world.server.port, "POST", "/legacy/", fields, body)
    expect(answer.status == 400, f"{answer.status} {answer.reason}")
    expect(answer.fields.get("content-type", "").startswith("application/problem+json"), f"{answer.fields}")
    problem = json.loads(answer.body)
    expect("digest" in (problem.get("title", "") + problem.get("detail", "")).lower(), f"{problem}")


@scenario("a client that vanishes in the middle of an upload leaves nothing behind")
def vanished(world):
    server, archive = world.server, packages.wheel(packages.fresh("bad"), payload_bytes=3_000_000)
    before, listed = server.files(), projects(server)
    data = message(TABLE["a truncated body"], archive, world.token)
    try:
        wire.send(server.port, data[: len(data) // 2], timeout=0.5)
    except wire.NoAnswer:
        pass
    new = left_behind(server, before)
    expect(not new, f"left in the data folder: {new[:5]}")
    expect(projects(server) == listed, "the project list changed")


@scenario("after all refusals the same connection pool, token and name still work")
def still_works(world):
    archive = world.publish(packages.wheel(packages.fresh("good")))
    problem = wire.problem_with(world.server, archive)
    expect(problem is None, problem)


@scenario("an unknown project is a 404 with a plain sentence, and another spelling a 301 to the normalized name")
def unknown_and_moved(world):
    port = world.server.port
    answer = wire.request(port, "GET", "/simple/no-such-project/")
    expect(answer.status == 404 and answer.body.strip(), f"{answer.status} {answer.body[:100]!r}")
    archive = world.publish(packages.wheel(packages.fresh("Some.Name")))
    answer = wire.request(port, "GET", f"/simple/{archive.name}/")
    expect(answer.status == 301, f"{answer.status} {answer.reason}")
    expect(
        wire.normalized(archive.name) in answer.fields.get("location", ""),
        f"Location is {answer.fields.get('location')}",
    )


@scenario("a download whose digest and file name do not belong together is a 404")
def wrong_pair(world):
    first, second = (world.publish(packages.wheel(packages.fresh("pair"))) for _ in range(2))
    url = wire.listing(world.server, first.name)[first.filename].url
    path = url.split("/", 3)[3].rsplit("/", 1)[0] + "/" + second.filename
    answer = wire.request(world.server.port, "GET", "/" + path)
    expect(answer.status == 404, f"{answer.status} {answer.reason}")
