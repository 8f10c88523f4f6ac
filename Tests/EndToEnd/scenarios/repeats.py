"""What repeated and parallel uploads of the same name must do. Needs no client."""

import concurrent.futures
import hashlib

from harness import packages, wire
from harness.report import expect, scenario


@scenario("the same bytes again are answered 200 and change nothing")
def same_bytes(world):
    archive = world.publish(packages.wheel(packages.fresh("same")))
    before = wire.listing(world.server, archive.name)
    answer = wire.upload(world.server.port, world.token, archive)
    expect(answer.status == 200, f"{answer.status} {answer.reason}")
    expect(wire.listing(world.server, archive.name) == before, "the page changed")


@scenario("other bytes under a published name are answered 400 `File already exists` and change nothing")
def other_bytes(world):
    name = packages.fresh("other")
    world.publish(packages.wheel(name, payload_bytes=100))
    before, files = wire.listing(world.server, name), world.server.files()
    answer = wire.upload(world.server.port, world.token, packages.wheel(name, payload_bytes=100, seed=1))
    expect(answer.status == 400, f"{answer.status} {answer.reason}")
    expect("File already exists" in answer.reason, f"the reason phrase is {answer.reason!r}")
    expect(b"already exists" in answer.body, f"the body is {answer.body[:200]!r}")
    expect(wire.listing(world.server, name) == before, "the page changed")
    expect(world.server.files() == files, "the data folder has other files than before")


@scenario("of 8 parallel uploads of one name with different bytes exactly one wins")
def one_winner(world):
    name = packages.fresh("race")
    archives = [packages.wheel(name, payload_bytes=20_000, seed=seed) for seed in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda archive: wire.upload(world.server.port, world.token, archive), archives))
    winners = [archive for archive, answer in zip(archives, answers) if answer.status == 200]
    expect(len(winners) == 1, f"the answers are {sorted(answer.status for answer in answers)}")
    problem = wire.problem_with(world.server, winners[0])
    expect(problem is None, problem)


@scenario("8 parallel uploads of the same bytes all succeed")
def all_the_same(world):
    archive = packages.wheel(packages.fresh("chorus"), payload_bytes=20_000)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: wire.upload(world.server.port, world.token, archive), range(8)))
    expect({answer.status for answer in answers} == {200}, f"the answers are {[answer.status for answer in answers]}")
    expect(len(wire.listing(world.server, archive.name)) == 1, "the file is not listed once")


@scenario("an upload is on the page before its answer")
def read_your_writes(world):
    name = packages.fresh("now")
    for number in range(20):
        archive = world.publish(packages.wheel(name, f"1.{number}"))
        expect(archive.filename in wire.listing(world.server, name), f"{archive.filename} is not listed yet")


@scenario("an upload to {} is accepted without a redirect", each=("/legacy", "/legacy/", "/", "/simple/"))
def addresses(world, path):
    archive = packages.wheel(packages.fresh("path"))
    body = wire.multipart(wire.form(archive), archive.filename, archive.data)
    fields = {"Content-Type": wire.FORM_TYPE, "Authorization": wire.basic(world.token)}
    answer = wire.request(world.server.port, "POST", path, fields, body)
    expect(answer.status == 200, f"{answer.status} {answer.reason}")
    problem = wire.problem_with(world.server, archive)
    expect(problem is None, problem)


@scenario("fields may come after the file, in any order")
def field_order(world):
    archive = packages.sdist(packages.fresh("order"))
    whole = wire.multipart(wire.form(archive))
    closing = f"--{wire.BOUNDARY}--\r\n".encode()
    body = wire.multipart({}, archive.filename, archive.data)[: -len(closing)] + whole
    fields = {"Content-Type": wire.FORM_TYPE, "Authorization": wire.basic(world.token)}
    answer = wire.request(world.server.port, "POST", "/legacy/", fields, body)
    expect(answer.status == 200, f"{answer.status} {answer.reason}")
    problem = wire.problem_with(world.server, archive)
    expect(problem is None, problem)


@scenario("a chunked body and `Expect: 100-continue` are understood")
def chunked(world):
    archive = packages.wheel(packages.fresh("chunks"), payload_bytes=100_000)
    body = wire.multipart(wire.form(archive), archive.filename, archive.data)
    pieces = [body[start : start + 7001] for start in range(0, len(body), 7001)]
    chunks = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
    head = (
        f"POST /legacy/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {wire.FORM_TYPE}\r\nExpect: 100-continue\r\n"
        f"Authorization: {wire.basic(world.token)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    answer = wire.send(world.server.port, head.encode() + chunks)
    expect(answer.status == 200, f"{answer.status} {answer.reason}")
    problem = wire.problem_with(world.server, archive)
    expect(problem is None, problem)


@scenario("the metadata address answers with the metadata of the wheel")
def metadata(world):
    archive = world.publish(packages.wheel(packages.fresh("meta"), requires=["leaf>=1"], python=">=3.9"))
    listed = wire.listing(world.server, archive.name)[archive.filename]
    data = wire.download(world.server, listed.url + ".metadata")
    expect(b"Requires-Dist: leaf>=1" in data, f"the metadata is {data[:200]!r}")
    digest = hashlib.sha256(data).hexdigest()
    expect(listed.entry["core-metadata"] == {"sha256": digest}, f"core-metadata is {listed.entry['core-metadata']}")


@scenario("a restart on SIGTERM ends with exit status 0 and loses nothing")
def restart(world):
    from harness.server import Server

    with Server() as server:
        archive = packages.wheel(packages.fresh("restart"))
        answer = wire.upload(server.port, server.admin_token(), archive)
        expect(answer.status == 200, f"{answer.status} {answer.reason}")
        status = server.stop()
        expect(status == 0, f"exit status {status}")
        server.start()
        problem = wire.problem_with(server, archive)
        expect(problem is None, problem)
