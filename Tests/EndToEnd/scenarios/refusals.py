"""Bad input: a clear 4xx with its reason in the reason phrase and the body, nothing listed, nothing left on disk."""

import base64
import contextlib
import dataclasses
import hmac
import json
import re
import sys
import typing

from harness import bad_archives, packages, places, wire
from harness.report import eventually, expect, scenario

GOOD = object()


@dataclasses.dataclass(frozen=True)
class Bad:
    """What is sent. What must come of it stands in the repository's README.md, in the row of the same name."""

    changes: dict = dataclasses.field(default_factory=dict)
    token: object = GOOD
    filename: str = None
    data: bytes = None
    content_type: str = wire.FORM_TYPE
    with_file: bool = True
    cut_bytes: int = 0
    length: int = None
    make: typing.Callable = packages.wheel
    # The kind of name that is taken from `packages.fresh`; where there is a project of the same name but for `i`, `l`.
    word: str = "bad"
    beside: str = None


def breaking(rule):
    return Bad(make=lambda name: bad_archives.wheel(rule, name))


TABLE = {
    "no credentials": Bad(token=None),
    "a token that does not exist": Bad(token="whl_" + "A" * 43),
    "an empty token": Bad(token=""),
    "a token that may only read": Bad(token="reader"),
    "a token for another project": Bad(token="scoped"),
    "a token narrowed to another project": Bad(token='[1, ["another"]]'),
    "a token with an unknown restriction": Bad(token='[99, "x"]'),
    "a body that is not multipart": Bad(content_type="application/json"),
    "a multipart body whose boundary is missing": Bad(content_type="multipart/form-data"),
    "a truncated body": Bad(cut_bytes=700),
    "a multipart body without its last boundary": Bad(cut_bytes=-60),
    "no name": Bad({"name": None}),
    "no version": Bad({"version": None}),
    "no filetype": Bad({"filetype": None}),
    "no :action": Bad({"action": None}),
    "no digest at all": Bad({"sha256_digest": None, "blake2_256_digest": None}),
    "no file": Bad(with_file=False),
    "a field given twice": Bad({"version": ["1.0", "1.0"]}),
    "an unknown filetype": Bad({"filetype": "bdist_egg"}),
    "an unknown :action": Bad({"action": "conjure"}),
    "the retired :action submit": Bad({"action": "submit"}),
    "an unknown protocol version": Bad({"protocol_version": "7"}),
    "a wrong SHA-256 digest": Bad({"sha256_digest": "0" * 64}),
    "a wrong BLAKE2 digest": Bad({"blake2_256_digest": "0" * 64}),
    "a wrong MD5 digest": Bad({"md5_digest": "0" * 32}),
    "a digest that is not hexadecimal": Bad({"sha256_digest": "z" * 64}),
    "a project name with ../": Bad({"name": "../evil"}),
    "a name that looks like another project's": Bad(word="l00k-aIike", beside="look-alike"),
    "the name of a module of Python": Bad(make=lambda _: packages.wheel("json")),
    "a name that the configuration reserves": Bad(word="reserved-here"),
    "a version that is none": Bad({"version": "latest"}),
    "a requires_python that is none": Bad({"requires_python": "three"}),
    "a requires_python that the archive does not have": Bad({"requires_python": ">=3.99"}),
    "a file name with ../": Bad(filename="../evil-1.0-py3-none-any.whl"),
    "a file name with a slash": Bad(filename="evil/evil-1.0-py3-none-any.whl"),
    "a file name that is neither a wheel's nor an sdist's": Bad(filename="notes-1.0.exe"),
    "a wheel name without tags": Bad(filename="evil-1.0.whl"),
    "an sdist name without a version": Bad({"filetype": "sdist"}, filename="evil.tar.gz"),
    "a file name of another project": Bad(filename="another-1.0-py3-none-any.whl"),
    "a file name of another version": Bad({"version": "1.1"}),
    "a filetype of the other kind": Bad({"filetype": "sdist"}),
    "attestations that are no JSON": Bad({"attestations": "[{]"}),
    "an empty array of attestations": Bad({"attestations": "[]"}),
    "an attestation that is none": Bad({"attestations": '[{"a": 1}]'}),
    "an attestation without a certificate": Bad({"attestations": '[{"version": 1, "envelope": {}}]'}),
    "attestations nested in each other": Bad({"attestations": '[[{"version": 1, "envelope": {}}]]'}),
    "a truncated signature": Bad({"gpg_signature": "-----BEGIN PGP SIGNATURE-----\n\niHUEABYKAB0W"}),
    "17 signatures": Bad({"attestations": json.dumps([{"mediaType": "application/x-minisign", "signature": f"s{n}"} for n in range(17)])}),
    "attestations of more than 256 KiB": Bad({"attestations": "[" + " " * (256 << 10) + "]"}),
    "no signature where the policy wants one": Bad(word="signed-only"),
    "a file that is there already, with other bytes": Bad(beside="the same"),
    "a file for an archived project": Bad(beside="archived"),
    "a file for a quarantined project": Bad(beside="quarantined"),
    "a file name that was deleted": Bad(beside="deleted"),
    "an empty file": Bad(data=b""),
    "a body over the limit": Bad(length=9_000_000_000_000),
    "a wheel that is no ZIP archive": breaking("kind"),
    "an sdist that is no gzip file": Bad(data=b"no" * 500, make=packages.sdist),
    "a wheel with bytes after its end": breaking("framing"),
    "a wheel whose two lists of members differ": breaking("mismatch"),
    "a wheel with a damaged extra field": breaking("extra"),
    "a wheel compressed by LZMA": breaking("feature"),
    "a wheel written to a stream": breaking("dataDescriptor"),
    "a wheel with a member ../outside": breaking("path"),
    "a wheel with two members of one path": breaking("duplicate"),
    "a wheel with a symbolic link": breaking("special"),
    "an sdist with a link that leads out of it": Bad(make=bad_archives.sdist_with_link),
    "a wheel with damaged data": breaking("corrupt"),
    "a wheel that unpacks to a thousand times its size": breaking("bomb"),
    "a wheel with a path of 1504 bytes": breaking("limit"),
    "a wheel whose .dist-info is of another version": breaking("directory"),
    "a wheel without WHEEL": breaking("missing"),
    "a wheel whose RECORD has another hash": breaking("record"),
    "a wheel of Wheel-Version 2.0": breaking("wheel"),
    "a wheel whose METADATA is of another version": breaking("metadata"),
    "a wheel whose METADATA has two versions": breaking("two versions"),
    "a wheel whose METADATA is of a later standard": breaking("later standard"),
    "a wheel whose METADATA is not UTF-8": breaking("not UTF-8"),
    "a wheel whose Requires-Dist is no requirement": breaking("requirement"),
    "a wheel whose Requires-Dist has a broken marker": breaking("marker"),
    "a wheel whose Import-Name cannot be imported": breaking("import name"),
    "a wheel whose License-Expression is not of SPDX": breaking("licence"),
    "a wheel with License and License-Expression": breaking("two licences"),
    "a wheel whose Project-URL has no label": breaking("project address"),
    "a wheel whose Version is Dynamic": breaking("dynamic version"),
    "a wheel whose description is of another type": breaking("content type"),
    "a wheel whose entry_points.txt cannot be read": breaking("entry points"),
}
# Kinds of failure that no upload can bring about; the other cases of these enumerations must be in the table.
NOT_REFUSED = {"tooMany", "notFound", "full", "busy", "failed", "unreadable"}
# Files of Packaging whose sentences no uploader gets to see.
NOT_UPLOADED = {"UploadTime.swift", "PackagingError.swift"}


def documented():
    """The table in README.md. -> {what is wrong: (status, kind of failure, the sentence as a regular expression)}"""
    text = (places.ROOT / "README.md").read_text().partition("## What is refused, and why")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| (\d{3}) `(\w+)` \| ([^|]+) \|$", text, re.MULTILINE)
    return {name: (int(status), kind, ".+".join(map(re.escape, words.split("…")))) for name, status, kind, words in rows}


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


def left_behind(server, before):
    """New files in the data folder, after the server had time to remove them."""
    new = lambda: sorted(set(server.files()) - set(before))  # noqa: E731
    with contextlib.suppress(AssertionError):
        eventually("", lambda: not new())
    return new()


def token_of(world, row):
    """The secret that a row sends, None for none."""
    if row.token is GOOD or not row.token or row.token.startswith("whl_"):
        return world.token if row.token is GOOD else row.token
    if row.token.startswith("["):
        if "narrowable" not in world.notes:
            world.notes["narrowable"] = world.server.create_token("narrowable", "--narrowable")
        return narrowed(world.notes["narrowable"], row.token.encode())
    if row.token not in world.notes:
        options = ["--may", "read"] if row.token == "reader" else ["--may", "upload", "--project", "another"]
        world.notes[row.token] = world.server.create_token(row.token, *options)
    return world.notes[row.token]


def narrowed(token, caveat):
    """What the holder of a token makes of it: a macaroon with one more caveat."""
    text = token.removeprefix("whl-")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    rest, signature = data[:-35], data[-32:]
    rest += bytes([2, len(caveat)]) + caveat + b"\0"
    data = rest + b"\0\6\x20" + hmac.digest(signature, caveat, "sha256")
    return "whl-" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def prepared(world, row):
    """The archive that a row sends, after what must be there already was published."""
    archive = row.make(packages.fresh(row.word))
    if row.beside == "the same":
        world.publish(packages.wheel(archive.name, payload_bytes=100, seed=1))
    elif row.beside in ("archived", "quarantined"):
        world.publish(packages.wheel(archive.name, "0.1"))
        world.server.administer("status", archive.name, row.beside)
        eventually("its page does not say so", lambda: status_of(world.server, archive) == row.beside)
    elif row.beside == "deleted":
        gone = world.publish(packages.wheel(archive.name, payload_bytes=100, seed=1))
        world.server.administer("delete", gone.filename)
        eventually("it is listed", lambda: gone.filename not in wire.listing(world.server, archive.name))
    elif row.beside:
        world.publish(packages.wheel(archive.name.replace(row.word, row.beside)))
    return archive


def status_of(server, archive):
    """What the project's page says of its state."""
    page = wire.request(server.port, "GET", f"/simple/{wire.normalized(archive.name)}/", {"Accept": wire.JSON})
    return json.loads(page.body).get("project-status", {}).get("status")


def projects(server):
    answer = wire.request(server.port, "GET", "/simple/", {"Accept": wire.JSON})
    expect(answer.status == 200, f"/simple/ answers {answer.status}")
    return sorted(project["name"] for project in json.loads(answer.body)["projects"])


@scenario("an upload with {} is refused as documented and leaves nothing behind", each=TABLE)
def refused(world, case):
    row, server = TABLE[case], world.server
    status, _, sentence = documented()[case]
    token, archive = token_of(world, row), prepared(world, row)
    before, listed = server.files(), projects(server)
    answer = wire.send(server.port, message(row, archive, token), half_close=bool(row.cut_bytes))
    expect(answer.status == status, f"{answer.status} {answer.reason}, expected {status}")
    text = answer.body.decode("utf-8", "replace")
    expect(re.fullmatch(sentence, answer.reason), f"the reason phrase is {answer.reason!r}, not {sentence!r}")
    expect(text == answer.reason + "\n", f"the body is {text!r}, the reason phrase {answer.reason!r}")
    expect(len(answer.reason) < 1000, "the reason phrase is too long")
    if answer.status == 401:
        challenge = answer.fields.get("www-authenticate", "")
        expect(challenge.startswith("Basic realm="), f"WWW-Authenticate is {challenge!r}")
    if token:
        expect(token not in text and token not in answer.reason, "the answer repeats the token")
    expect(projects(server) == listed, "the project list changed")
    new = left_behind(server, before)
    expect(not new, f"left in the data folder: {new[:5]}")


@scenario("the table of refusals in README.md has every kind of failure, in the words of the program")
def table_is_complete(world):
    rows, sources = documented(), places.ROOT / "Sources"
    expect(rows.keys() == TABLE.keys(), f"in one table only: {sorted(rows.keys() ^ TABLE.keys())}")
    errors = {"Archive/ArchiveError.swift": "Rule", "Wheelhouse/IndexError.swift": "Code"}
    kinds = set()
    for path, name in errors.items():
        declaration = (sources / path).read_text().partition(f"enum {name}")[2].partition("\n    }")[0]
        kinds |= set(re.findall(r"^        case (\w+)$", declaration, re.MULTILINE))
    told = {kind for _, kind, _ in rows.values()} - {"request"}  # what HTTP itself refuses
    expect(told == kinds - NOT_REFUSED, f"undocumented or unknown: {sorted(told ^ (kinds - NOT_REFUSED))}")
    templates = {path: sentences(path.read_text()) for path in sources.rglob("*.swift")}

    def is_told_by(path):
        return any(template.search(words) for template in templates[path] for words in examples.values())

    examples = {name: re.sub(r"\\(.)", r"\1", sentence.replace(".+", "…")) for name, (_, _, sentence) in rows.items()}
    for name, words in examples.items():
        known = any(template.search(words) for group in templates.values() for template in group)
        expect(known, f"{name}: no source file has {words!r}")
    for path in templates:
        throws = path.parent.name == "Packaging" and path.name not in NOT_UPLOADED and "PackagingError(" in path.read_text()
        expect(not throws or is_told_by(path), f"no row is of {path.name}")


def sentences(text):
    """The string literals of a Swift file as regular expressions, what is interpolated being anything."""
    text = re.sub(r"\\\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)", "…", text)
    text = re.sub(r'"\s*\+\s*"', "", text)
    found = [words.split("…") for words in re.findall(r'"([^"\n]*)"', text)]
    return [
        re.compile(".+".join(re.escape(part.replace("\\\\", "\\")) for part in parts))
        for parts in found
        if max(map(len, parts)) >= 9 and (" " in max(parts, key=len).strip() or len(" ".join(parts).split()) >= 3)
    ]


def modules():
    """The public top-level modules of the Python that runs the tests."""
    return sorted(name for name in sys.stdlib_module_names if not name.startswith("_"))


@scenario("no project can get the name of a module of this Python's standard library")
def standard_library(world):
    allowed = []
    for name in modules():
        answer = wire.upload(world.server.port, world.token, packages.wheel(name))
        if answer.status != 400 or "Standard Library" not in answer.reason:
            allowed.append(name)
    expect(len(modules()) > 150 and not allowed, f"allowed: {allowed}")


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
