"""bandersnatch copies the whole index, through TLS."""

import hashlib
import json

from harness import clients, packages, tls, wire
from harness.report import expect, scenario

CONFIGURATION = """
[mirror]
directory = {directory}
master = {master}
json = true
release-files = true
hash-index = false
workers = 3
stop-on-error = true
timeout = 20
api-method = simple
simple-format = ALL
"""


def mirror(work, server):
    """Runs bandersnatch once. -> its output"""
    file = work.folder / "bandersnatch.conf"
    master = f"https://localhost:{server.secure_port}"
    file.write_text(CONFIGURATION.format(directory=work.folder / "mirror", master=master))
    program = clients.program("bandersnatch", "bandersnatch")
    return work.run(program, "--config", file, "mirror", SSL_CERT_FILE=tls.AUTHORITY)


@scenario("bandersnatch mirrors the index through TLS, and again only what is new")
def mirrored(world):
    with tls.server().start() as server, clients.Workplace() as work:
        token, name = server.admin_token(), packages.fresh("Mirror.Me")
        archives = [packages.wheel(name, version, python=">=3.8") for version in ("1.0", "2.0rc1", "2.0+local.1")]
        archives += [packages.sdist(name, "1.0"), packages.wheel(packages.fresh("other"), payload_bytes=300_000)]
        for archive in archives:
            answer = wire.upload(server.port, token, archive)
            expect(answer.status == 200, f"{answer.status} {answer.reason}")
        output = mirror(work, server)
        expect_equal(work.folder / "mirror" / "web", archives, server, output)
        later = packages.wheel(name, "3.0")
        wire.upload(server.port, token, later)
        output = mirror(work, server)
        expect_equal(work.folder / "mirror" / "web", [*archives, later], server, output)
        again = output.count("Downloading: ")
        expect(again <= 1, f"{again} files were fetched for one that is new")


def expect_equal(web, archives, server, output):
    """The mirror has every file bit for bit, and pages that list it with its digest."""
    for archive in archives:
        digest = hashlib.sha256(archive.data).hexdigest()
        copies = [path for path in web.glob(f"packages/**/{archive.filename}") if path.is_file()]
        expect(copies, f"{archive.filename} is not in the mirror: {output[-2000:]}")
        expect(hashlib.sha256(copies[0].read_bytes()).hexdigest() == digest, f"{archive.filename} has other bytes")
        name = wire.normalized(archive.name)
        page = json.loads((web / "simple" / name / "index.v1_json").read_text())
        digests = {file["filename"]: file["hashes"]["sha256"] for file in page["files"]}
        expect(digests.get(archive.filename) == digest, f"the mirror's page lists {digests}")
        about = json.loads((web / "json" / name).read_text())
        expect(about["info"]["name"] == archive.name, f"the mirror's JSON is of {about['info']['name']}")
