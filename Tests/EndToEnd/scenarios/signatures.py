"""Real clients upload real attestations; what we accept, the tools of each format accept, and what they refuse, we refuse."""

import contextlib
import hashlib
import json
import re
import shutil

from harness import clients, packages, places, wire
from harness.report import Skip, expect, scenario
from harness.server import Server
from harness.signers import FORMATS, SSH

VECTORS = places.ROOT / "Tests" / "CryptoTests" / "Vectors"
REAL = VECTORS / "pep740" / "real"
ROOT_FILE = VECTORS / "roots" / "sigstore.trusted_root.json"
ORIGIN = "https://packages.example"
# Signed archives with who signed them, and where.
ARCHIVES = {
    "pypi_attestations-0.0.19.tar.gz": (
        "workflow release.yml of trailofbits/pypi-attestations",
        "https://github.com/trailofbits/pypi-attestations",
    ),
    "gitlab_oidc_project-0.0.3.tar.gz": (
        "pipeline .gitlab-ci.yml of facutuesca/gitlab-oidc-project",
        "https://gitlab.com/facutuesca/gitlab-oidc-project",
    ),
}


@contextlib.contextmanager
def signing_server(policy=None, trust=(), arguments=()):
    """A server of its own with trust and policy. -> (server, token, folder)"""
    folder = places.scratch("signing")
    options = ["--public-address", ORIGIN, "--trust", ",".join(map(str, trust or [ROOT_FILE]))]
    if policy is not None:
        (folder / "policy.json5").write_text(policy)
        options += ["--policy", str(folder / "policy.json5")]
    try:
        with Server(arguments=[*options, *arguments]).start() as server:
            server.options = options
            yield server, server.create_token("signer", "--may", "upload"), folder
    finally:
        places.remove(folder)


def put(server, token, address, signature):
    fields = {"Authorization": wire.basic(token), "Content-Type": "application/octet-stream"}
    return wire.request(server.port, "PUT", address, fields, signature)


def address_of(archive):
    digest = hashlib.sha256(archive.data).hexdigest()
    return f"/packages/{digest}/{archive.filename}"


def dist(work, filename):
    """A folder with a real archive and its real attestations, under the names that clients look for."""
    folder = work.folder / "dist"
    folder.mkdir(exist_ok=True)
    shutil.copy(REAL / filename, folder)
    attestations = [path for path in REAL.glob(filename + ".*.attestation")]
    expect(attestations, f"no attestation of {filename}")
    for path in attestations:
        shutil.copy(path, folder)
    return folder, len(attestations)


def check_served(server, filename, count, signer, index=""):
    """`index`: the path of a named one, such as /staging. -> the provenance object"""
    project, version = filename.split("-")[0].replace("_", "-"), filename.split("-")[1].removesuffix(".tar.gz")
    page = json.loads(wire.request(server.port, "GET", f"{index}/simple/{project}/", {"Accept": wire.JSON}).body)
    file = next(file for file in page["files"] if file["filename"] == filename)
    expect(
        file.get("provenance") == f"{ORIGIN}{index}/integrity/{project}/{version}/{filename}/provenance",
        f"provenance is {file.get('provenance')}",
    )
    expect("gpg-sig" not in file, "an attestation is announced as a signature of OpenPGP")
    answer = wire.request(server.port, "GET", file["provenance"].removeprefix(ORIGIN))
    kind = answer.fields.get("content-type")
    expect((answer.status, kind) == (200, "application/vnd.pypi.integrity.v1+json"), f"{answer.status} {kind}")
    provenance = json.loads(answer.body)
    held = [len(bundle["attestations"]) for bundle in provenance["attestation_bundles"]]
    expect(held == [count], f"the bundles hold {held} attestations, expected [{count}]")
    page = wire.request(server.port, "GET", f"{index}/project/{project}/").body.decode()
    expect(f"signed by {signer}, verified 20" in page, "the project's page does not say who signed")
    return answer.body


@scenario("twine 7 uploads {} with its attestations, and the server shows who made it", each=ARCHIVES)
def twine_attests(world, filename):
    with signing_server() as (server, token, _), clients.Workplace() as work:
        folder, count = dist(work, filename)
        output = work.run(
            clients.program("twine-7", "twine"), "upload", "--attestations", "--non-interactive", "--verbose",
            *sorted(folder.iterdir()), TWINE_REPOSITORY_URL=server.upload_url, TWINE_USERNAME="__token__",
            TWINE_PASSWORD=token,
        )  # fmt: skip
        expect(f"Published {filename}" in output, f"twine says {output[-500:]}")
        check_served(server, filename, count, ARCHIVES[filename][0])


@scenario("attestations of a file in a named index are served by that index, at addresses of its own, and by no other")
def of_an_index(world):
    filename = list(ARCHIVES)[0]
    with signing_server(arguments=["--indexes", "staging"]) as (server, token, _), clients.Workplace() as work:
        folder, count = dist(work, filename)
        work.run(
            clients.program("twine-7", "twine"), "upload", "--attestations", "--non-interactive",
            *sorted(folder.iterdir()), TWINE_REPOSITORY_URL=server.url + "staging/legacy/",
            TWINE_USERNAME="__token__", TWINE_PASSWORD=token,
        )  # fmt: skip
        check_served(server, filename, count, ARCHIVES[filename][0], "/staging")
        project, version = filename.split("-")[:2]
        elsewhere = f"/integrity/{project.replace('_', '-')}/{version.removesuffix('.tar.gz')}/{filename}/provenance"
        expect(wire.request(server.port, "GET", "/staging" + elsewhere).status == 200, "the address is another one")
        expect(wire.request(server.port, "GET", elsewhere).status == 404, "main serves the provenance")


@scenario("uv uploads {} with its attestations, and pypi-attestations accepts the provenance that is served", each=ARCHIVES)
def uv_attests(world, filename):
    with signing_server() as (server, token, _), clients.Workplace() as work:
        folder, count = dist(work, filename)
        # uv sends the attestations that are among the files it is given.
        work.run(
            clients.uv(), "publish", *sorted(folder.iterdir()), UV_PUBLISH_URL=server.upload_url,
            UV_PUBLISH_TOKEN=token,
        )  # fmt: skip
        provenance = check_served(server, filename, count, ARCHIVES[filename][0])
        (work.folder / "provenance.json").write_bytes(provenance)
        verify = [clients.program("attestations", "pypi-attestations"), "verify", "pypi", "--offline"]
        verify += ["--provenance-file", work.folder / "provenance.json"]
        repository = ARCHIVES[filename][1]
        output = work.run(*verify, "--repository", repository, folder / filename)
        expect(f"OK: {filename}" in output, f"pypi-attestations says {output}")
        output = work.run(*verify, "--repository", repository + "x", folder / filename, check=False)
        expect("OK:" not in output, "pypi-attestations accepts another repository: then it checks nothing")


@scenario("an attestation of another project's file refuses the upload with the step that failed, in the words of twine")
def wrong_file(world):
    right, wrong = list(ARCHIVES)
    with signing_server() as (server, token, _), clients.Workplace() as work:
        folder, _ = dist(work, right)
        shutil.copy(REAL / f"{wrong}.publish.attestation", folder / f"{right}.publish.attestation")
        output = work.run(
            clients.program("twine-7", "twine"), "upload", "--attestations", "--non-interactive",
            *sorted(folder.iterdir()), check=False, TWINE_REPOSITORY_URL=server.upload_url,
            TWINE_USERNAME="__token__", TWINE_PASSWORD=token,
        )  # fmt: skip
        # twine wraps its lines.
        expect("step 'statement'" in " ".join(output.split()), f"twine says {output[-500:]}")
        listed = wire.request(server.port, "GET", "/simple/pypi-attestations/")
        expect(listed.status == 404, "the file is listed all the same")


@scenario("a signature by {} that comes after its file is taken where that tool takes it, and shown", each=FORMATS)
def later(world, name):
    folder = places.scratch("signer")
    signer = FORMATS[name](folder)
    if not signer.has(signer.program):
        raise Skip(f"{signer.program} is not installed")
    signer.make()
    with signing_server(trust=[folder / "trust"]) as (server, token, _):
        archive, other = (packages.wheel(packages.fresh("signed")) for _ in range(2))
        for one in (archive, other):
            expect(wire.upload(server.port, token, one).status == 200, "the upload is refused")
            (folder / one.filename).write_bytes(one.data)
        signature = signer.sign(folder / archive.filename)
        cases = {"right": (archive, signature), "of another file": (other, signature)}
        damaged = bytearray(signature)
        damaged[signer.vital] ^= 1
        cases["damaged"] = (archive, bytes(damaged))
        for case, (one, given) in cases.items():
            answer = put(server, token, f"{address_of(one)}.{signer.suffix}", given)
            taken = signer.accepts(folder / one.filename, given)
            expect(taken == (case == "right"), f"{name} and a signature that is {case}: {taken}")
            expect((answer.status == 201) == taken, f"{case}: {answer.status} {answer.reason}")
            expect(taken or "step '" in answer.reason, f"{case}: the step is not named: {answer.reason}")
        check_later(server, archive, signer, signature)
        answer = put(server, token, f"{address_of(archive)}.{signer.suffix}", signature)
        expect(answer.status == 200, f"the same again: {answer.status} {answer.reason}")
    places.remove(folder)


def check_later(server, archive, signer, signature):
    project = wire.normalized(archive.name)
    address = f"{address_of(archive)}.{signer.suffix}"
    expect(wire.request(server.port, "GET", address).body == signature, "other bytes are served")
    listed = wire.listing(server, archive.name)[archive.filename].entry
    expect(listed.get("gpg-sig", False) == (signer.suffix == "asc"), f"gpg-sig is {listed.get('gpg-sig')}")
    expect("provenance" not in listed, "a provenance object is announced, and there is none")
    document = json.loads(wire.request(server.port, "GET", f"{address_of(archive)}.signatures").body)
    (found,) = document["signatures"]
    (check,) = found["checks"]
    expect(check["verdict"] == "valid" and check["report"]["steps"], f"the document says {check}")
    page = wire.request(server.port, "GET", f"/project/{project}/").body.decode()
    expect(signer.says in page and signer.page in page, f"the page does not say '{signer.says}…'")


@scenario("a file without the signature that the policy wants is held until it comes, and shown to managers only")
def quarantine(world):
    folder = places.scratch("signer")
    signer = SSH(folder)
    signer.make()
    fingerprint = signer.run("ssh-keygen", "-lf", "key.pub").stdout.split()[1]
    policy = (
        "{ signers: { ann: { ssh: '%s', principal: 'ann@acme.example' } }, rules: ["
        "{ projects: ['held-*'], require: 'ann', missing: 'quarantine' },"
        "{ projects: ['strict-*'], require: ['ann'] } ] }" % fingerprint
    )
    with signing_server(policy, [folder / "trust"]) as (server, token, _):
        strict = packages.wheel(packages.fresh("strict"))
        answer = wire.upload(server.port, token, strict)
        expect(answer.status == 400 and "must be signed by 'ann'" in answer.reason, f"{answer.status} {answer.reason}")
        archive = packages.wheel(packages.fresh("held"))
        answer = wire.upload(server.port, token, archive)
        expect(answer.status == 200 and b"hidden from installers" in answer.body, f"{answer.body}")
        manager = {"Authorization": wire.basic(server.create_token("manager", "--may", "manage"))}
        expect(shown(server, archive.name) == [], f"before it is signed it is shown at {shown(server, archive.name)}")
        manage_held(server, manager, archive)
        address = address_of(archive)
        expect(wire.request(server.port, "GET", address).status == 404, "installers get the file")
        expect(wire.request(server.port, "GET", address, manager).body == archive.data, "a manager does not")
        expect(archive.filename in server.administer("signature", "held").stdout, "it is not among the held ones")
        (folder / archive.filename).write_bytes(archive.data)
        answer = put(server, token, address + ".sig", signer.sign(folder / archive.filename))
        expect(answer.status == 201 and b"installers can have it" in answer.body, f"{answer.status} {answer.body}")
        expect(wire.request(server.port, "GET", address).body == archive.data, "the file is not released")
        expect(archive.filename in wire.listing(server, archive.name), "the file is not listed")
        expect(shown(server, archive.name) == list(PLACES), f"it is shown only at {shown(server, archive.name)}")
        told = server.administer("policy", "explain", archive.name, *server.options[2:]).stdout
        expect("must be signed by 'ann'" in told and fingerprint in told, f"explain says {told}")
    places.remove(folder)


@scenario("twine uploads what two of three must sign, what must go on as it began, and what only later has to be signed")
def rules(world):
    with contextlib.ExitStack() as stack:
        people = {}
        for name in ("ann", "bob", "eve"):
            folder = places.scratch(name)
            stack.callback(places.remove, folder)
            people[name] = SSH(folder)
            people[name].make()
            line = (folder / "trust").read_text().replace("ann@", f"{name}@")
            (folder / "trust").write_text(line)
        prints = {name: one.run("ssh-keygen", "-lf", "key.pub").stdout.split()[1] for name, one in people.items()}
        signers = ", ".join(f"{name}: {{ ssh: '{prints[name]}', principal: '{name}@acme.example' }}" for name in people)
        policy = (
            "{ signers: { %s }, rules: ["
            "{ projects: ['two-*'], require: { threshold: 2, of: ['ann', 'bob', 'eve'] } },"
            "{ projects: ['begun-*'], continuity: true },"
            "{ projects: ['later-*'], require: 'ann', since: '2099-01-01T00:00:00Z' },"
            "{ projects: ['noted-*'], require: 'ann', missing: 'record' } ] }" % signers
        )
        trust = [one.folder / "trust" for one in people.values()]
        server, token, _ = stack.enter_context(signing_server(policy, trust))
        work = stack.enter_context(clients.Workplace())

        def twine(archive, *names):
            """Uploads it with signatures by these people. -> what twine says, whether it was taken"""
            folder = work.folder / archive.filename.removesuffix(".whl")
            folder.mkdir()
            path = folder / archive.filename
            path.write_bytes(archive.data)
            for name in names:
                signature = people[name].sign(path).decode()
                (folder / f"{archive.filename}.sig").unlink()
                value = {"mediaType": "application/x-ssh-signature", "signature": signature}
                (folder / f"{archive.filename}.{name}.attestation").write_text(json.dumps(value))
            said = work.run(
                clients.program("twine-7", "twine"), "upload", "--non-interactive", *["--attestations"][: len(names)],
                *sorted(folder.iterdir()), TWINE_REPOSITORY_URL=server.upload_url,
                TWINE_USERNAME="__token__", TWINE_PASSWORD=token, COLUMNS=1000, check=False,
            )  # fmt: skip
            return " ".join(said.split()), archive.filename in wire.listing(server, archive.name)

        def expect_upload(project, version, names, words=""):
            said, is_there = twine(packages.wheel(project, version), *names)
            expect(is_there == (not words), f"{project} {version} by {names}: {said[-600:]}")
            expect(words in said, f"{project} {version} by {names}: {said[-600:]}")

        two, begun = packages.fresh("two"), packages.fresh("begun")
        expect_upload(two, "1.0", ["ann"], "must be signed by")
        expect_upload(two, "1.1", ["ann", "eve"])
        expect_upload(begun, "1.0", ["bob"])
        expect_upload(begun, "1.1", ["ann"], "must be signed by")
        expect_upload(begun, "1.2", [], "must be signed by")
        expect_upload(begun, "1.3", ["ann", "bob"])
        server.administer("policy", "unpin", begun)
        expect_upload(begun, "1.4", ["ann"])
        expect_upload(packages.fresh("later"), "1.0", [])
        noted = packages.wheel(packages.fresh("noted"))
        answer = wire.upload(server.port, token, noted)
        expect(answer.status == 200 and b"must be signed by 'ann'" in answer.body, f"{answer.status} {answer.body}")
        expect(noted.filename in wire.listing(server, noted.name), "it is not published")


# Where strangers might read of a project, by its name.
PLACES = (
    "/", "/projects/", "/search?q={}", "/simple/", "/simple/{}/", "/project/{}/", "/pypi/{}/json", "/rss/packages.xml",
    "/rss/updates.xml", "/api/projects",
)  # fmt: skip


def shown(server, name):
    """The places that tell a stranger of a project."""
    shown = []
    for place in PLACES:
        answer = wire.request(server.port, "GET", place.format(name))
        # The field of a search repeats what was searched for.
        body = answer.body.replace(f'value="{name}"'.encode(), b"")
        is_of_it = place.endswith(("{}/", "{}/json"))
        if answer.status == 200 and (is_of_it or re.search(f'["/>]{name}["/<]'.encode(), body)):
            shown.append(place)
    return shown


def manage_held(server, manager, archive):
    """A manager sees a held file, and deletes and restores it."""
    address = f"/api/projects/{archive.name}"
    (file,) = json.loads(wire.request(server.port, "GET", address, manager).body)["files"]
    expect("must be signed by 'ann'" in (file["held"] or ""), f"the manager is told {file}")
    fields = {**manager, "Content-Type": "application/json"}
    for word in ("yank", "unyank", "delete", "restore"):
        answer = wire.request(server.port, "POST", f"/api/files/{archive.filename}/{word}", fields, b"{}")
        expect(answer.status == 200 and json.loads(answer.body)["changed"], f"{word}: {answer.status} {answer.body}")


@scenario("signatures are checked again by the trust of that time, and every check stays")
def checked_again(world):
    folder = places.scratch("signer")
    signer = SSH(folder)
    signer.make()
    stranger = folder / "stranger"
    stranger.mkdir()
    SSH(stranger).make()
    with signing_server(trust=[stranger / "trust"]) as (server, token, _):
        archive = packages.wheel(packages.fresh("again"))
        wire.upload(server.port, token, archive)
        (folder / archive.filename).write_bytes(archive.data)
        answer = put(server, token, address_of(archive) + ".sig", signer.sign(folder / archive.filename))
        expect(answer.status == 201 and answer.body.startswith(b"unknown signer"), f"{answer.status} {answer.body}")
        done = server.administer("signature", "check", "--trust", folder / "trust", check=False)
        expect(done.returncode == 1 and done.stdout.startswith("CHANGED"), f"{done.stdout}{done.stderr}")
        done = server.administer("signature", "check", archive.filename, "--trust", folder / "trust", check=False)
        expect(done.returncode == 0 and done.stdout.startswith("same"), f"{done.stdout}{done.stderr}")
        document = json.loads(wire.request(server.port, "GET", address_of(archive) + ".signatures").body)
        verdicts = [check["verdict"] for check in document["signatures"][0]["checks"]]
        expect(verdicts == ["unknown signer", "valid", "valid"], f"the checks are {verdicts}")
        trusts = {check["trust_sha256"] for check in document["signatures"][0]["checks"]}
        expect(len(trusts) == 2 and None not in trusts, f"the trust files have {trusts}")
    places.remove(folder)
