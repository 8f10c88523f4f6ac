"""Tokens that their holders narrow offline: by pypitoken, and by the command in a place without a data folder."""

import json
import stat
import time

from harness import clients, packages, places, wire
from harness.report import expect, scenario
from harness.server import Server

# What a holder of a token writes; its output is the narrowed token.
NARROW = """
import json, sys, pypitoken
token = pypitoken.Token.load(sys.argv[1])
for restriction in json.loads(sys.argv[2]):
    token.restrict(**restriction)
print(token.dump())
"""
NOW = int(time.time())
HOUR, OVER, TO_COME = (
    {"not_before": NOW + begin, "not_after": NOW + end}
    for begin, end in ((-3600, 3600), (-7200, -3600), (3600, 7200))
)
IDENTITY = "0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a"


def former(time):
    return {f"legacy_{name}": value for name, value in time.items()}


class Narrowing:
    """A server with a token that can be narrowed, and two projects' names."""

    def __enter__(self):
        self.server = Server().start()
        self.work = clients.Workplace()
        self.one, self.other = packages.fresh("narrow"), packages.fresh("narrow")
        self.token = self.server.create_token("ci", "--may", "upload,read", "--narrowable")
        return self

    def __exit__(self, *_):
        self.work.__exit__()
        self.server.__exit__()

    def by_pypitoken(self, *restrictions, token=None):
        python = clients.program("pypitoken", "python")
        return self.work.run(python, "-c", NARROW, token or self.token, json.dumps(restrictions)).strip()

    def by_command(self, *arguments, token=None, check=True):
        command = (places.binary(), "token", "narrow", *arguments)
        return self.work.run(*command, text=(token or self.token) + "\n", check=check).strip()

    def expect_answer(self, secret, project, version, status, words=""):
        answer = wire.upload(self.server.port, secret, packages.wheel(project, version))
        expect(answer.status == status and words in answer.reason, f"{version} {words!r}: {answer}")

    def expect_soon(self, secret, status, words):
        """The command line has changed something, which the server does within a second; a slow machine may take longer."""
        end = time.monotonic() + 15
        archive = packages.wheel(self.one, "9.0")
        while True:
            answer = wire.upload(self.server.port, secret, archive)
            if answer.status == status and words in answer.reason:
                return
            expect(time.monotonic() < end, f"{words}: {answer}")
            time.sleep(0.05)  # until the next look; the deadline above ends it


@scenario("pypitoken narrows a token offline; twine uploads with it to that project, and shows why not to another")
def by_twine(world):
    with Narrowing() as it:
        secret = it.by_pypitoken({"project_names": [wire.normalized(it.one)], **HOUR})
        twine = clients.program("twine-7", "twine")
        for project in (it.one, it.other):
            archive = packages.wheel(project, "1.0")
            file = it.work.folder / archive.filename
            file.write_bytes(archive.data)
            command = (twine, "upload", "--repository-url", it.server.upload_url, "--non-interactive", file)
            variables = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": secret}
            told = it.work.run(*command, check=project == it.one, **variables)
        words = f"narrowed by its holder, may upload to project {wire.normalized(it.one)} only"
        expect(words in " ".join(told.split()), told[-600:])
        expect(wire.listing(it.server, it.one) and not wire.listing(it.server, it.other), "what is listed")


@scenario("every restriction of pypitoken counts, in its present and its former form")
def restrictions(world):
    with Narrowing() as it:
        one, other = wire.normalized(it.one), wire.normalized(it.other)
        names, formerly = {"project_names": [one]}, {"legacy_project_names": [one]}
        for version, project, restrictions, status, words in (
            ("1.0", other, [], 200, ""),
            ("1.1", one, [names], 200, ""),
            ("1.2", other, [names], 403, f"project {one} only"),
            ("1.3", one, [names, HOUR], 200, ""),
            ("1.4", one, [names, {"project_names": [other]}], 403, f"project {other} only"),
            ("1.5", one, [formerly, former(HOUR), {"legacy_noop": True}], 200, ""),
            ("1.6", other, [formerly], 403, f"project {one} only"),
            ("1.7", one, [OVER], 401, "expired on"),
            ("1.8", one, [TO_COME], 401, "is valid from"),
            ("1.9", one, [former(OVER)], 401, "expired on"),
            ("2.0", one, [{"project_ids": [IDENTITY]}], 401, "by their ids"),
            ("2.1", one, [{"user_id": IDENTITY}], 401, "by their ids"),
            ("2.2", one, [names] * 32, 200, ""),
            ("2.3", one, [names] * 33, 401, "mistyped or not complete"),
        ):
            secret = it.by_pypitoken(*restrictions) if restrictions else it.token
            it.expect_answer(secret, project, version, status, words)
        last = it.token[-10]
        changed = it.token[:-10] + ("A" if last != "A" else "B") + it.token[-9:]
        for secret in (changed, it.token[:-1], "whl-", "pypi" + it.token[3:]):
            it.expect_answer(secret, one, "3.0", 401, "not known here")
        expect(it.token not in it.server.log_tail(1 << 20), "the log has a token")


@scenario("the command narrows a token without a data folder, pip installs with it, and it ends with the one it was made of")
def by_command(world):
    with Narrowing() as it:
        it.expect_answer(it.token, it.one, "1.0", 200)
        one = wire.normalized(it.one)
        reader = it.by_command("--project", it.one, "--may", "read", "--expires", "7d")
        it.expect_answer(reader, one, "1.1", 403, "narrowed by its holder, may not upload; it may: read")
        narrower = it.by_command("--release", "2.0", "--files", "*.whl", "--from", "127.0.0.0/8")
        it.expect_answer(narrower, one, "2.0", 200)
        it.expect_answer(narrower, one, "2.1", 403, "version 2.0 only")
        elsewhere = it.by_command("--from", "192.0.2.1", token=narrower)
        it.expect_answer(elsewhere, one, "2.0", 403, "may be used from 192.0.2.1 only")
        expect(reader == it.by_pypitoken(token=reader), "pypitoken changes what it reads")
        expect(list(it.work.folder.rglob("*.sqlite")) == [], "a data folder came into being")
        python = it.work.new_environment(client="pip")
        index = it.server.simple_url.replace("://", f"://__token__:{reader}@")
        it.work.run(python, "-m", "pip", "install", "--index-url", index, it.one)
        for arguments, token, words in (
            ((), it.token, "nothing says what to narrow the token to"),
            (("--project", "-"), it.token, "--project is '-'"),
            (("--uses", "3"), it.token, "'--uses' is not known here"),
            (("--project", it.one), it.server.admin_token(), "no token that can be narrowed"),
        ):
            told = it.by_command(*arguments, token=token, check=False)
            expect(words in told and token not in told, f"{arguments}: {told}")
        it.server.administer("token", "revoke", "ci")
        for secret in (it.token, reader, narrower):
            it.expect_soon(secret, 401, "has been revoked")


@scenario("a token by /api/ can be narrowed; its key is its owner's alone, and without the key it is none")
def key(world):
    with Narrowing() as it:
        fields = {"Content-Type": "application/json", "Authorization": wire.basic(it.server.admin_token())}
        body = json.dumps({"name": "by-api", "permissions": ["upload"], "narrowable": True})
        answer = wire.request(it.server.port, "POST", "/api/tokens", fields, body)
        expect(answer.status == 201, f"{answer}")
        secret = it.by_pypitoken({"project_names": [wire.normalized(it.one)]}, token=json.loads(answer.body)["secret"])
        it.expect_answer(secret, it.one, "1.0", 200)
        file = it.server.data / "token-key"
        expect(stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size == 32, f"{file.stat()}")
        text = it.token.encode()
        found = [path.name for path in it.server.data.rglob("*") if path.is_file() and text in path.read_bytes()]
        expect(not found, f"{found} has the token")
        it.server.stop()
        file.unlink()
        it.server.start()
        it.expect_soon(secret, 401, "not known here")
