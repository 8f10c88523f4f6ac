"""Accounts, grants and private projects with real clients and their ways to send credentials."""

import hashlib
import subprocess
import urllib.parse

from harness import clients, packages, places, wire
from harness.report import eventually, expect, scenario
from harness.server import Server

PASSWORD = "correct-horse battery"


class Private:
    """A server with a private project of an account `alice`, who has a password, and a public one."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.server = Server(arguments=["--read", "anyone", *self.arguments]).start()
        try:
            self.set_up()
        except BaseException:
            self.__exit__()  # nobody else ends what has not been entered
            raise
        return self

    def set_up(self):
        self.administer("account", "create", "alice")
        command = [str(places.binary()), "account", "password", "alice", "--data", str(self.server.data)]
        environment = places.clean_environment(self.server.home / "home")
        subprocess.run(command, input=PASSWORD + "\n", text=True, check=True, timeout=60, env=environment)
        self.administer("grant", "add", "upload", "alice", "--index", "main")
        self.token = self.server.create_token("alice-ci", "--account", "alice")
        self.stranger = self.server.create_token("stranger", "--may", "upload", "--project", "elsewhere")
        self.archive = self.publish("hidden")
        self.public = self.publish("open")
        self.administer("visibility", self.archive.name, "private")
        page = f"/simple/{wire.normalized(self.archive.name)}/"
        # It is private for all at once, and there for alice when the server has heard of it. 401 where reading is closed.
        eventually("alice does not see her project", lambda: self.get(page, self.token).status == 200)
        expect(self.get(page).status in (401, 404), "the project stays public")

    def __exit__(self, *_):
        self.server.__exit__()

    def administer(self, *arguments):
        return self.server.administer(*arguments)

    def publish(self, word):
        archive = packages.wheel(packages.fresh(word), "1.0")
        answer = wire.upload(self.server.port, self.token, archive)
        expect(answer.status == 200, f"{answer.status} {answer.reason}")
        return archive

    def address(self, user, password):
        """The Simple API with credentials in the URL."""
        place = f"{urllib.parse.quote(user, safe='')}:{urllib.parse.quote(password, safe='')}@"
        return self.server.simple_url.replace("://", f"://{place}")

    def get(self, path, token=None, **fields):
        if token:
            fields["Authorization"] = wire.basic(token)
        return wire.request(self.server.port, "GET", path, fields)


@scenario("a private project is nowhere for those who may not see it, and everywhere for those who may")
def nowhere(world):
    with Private() as private:
        name = wire.normalized(private.archive.name)
        listing = private.get(f"/simple/{name}/", private.token, Accept=wire.JSON)
        expect(listing.status == 200, f"{listing.status} {listing.reason}")
        expect("private" in listing.fields["cache-control"] and "Authorization" in listing.fields["vary"], "cachable")
        file = f"/packages/{hashlib.sha256(private.archive.data).hexdigest()}/"
        file += private.archive.filename
        single = [f"/simple/{name}/", f"/project/{name}/", f"/pypi/{name}/json", f"/pypi/{name}/1.0/json", file]
        single += [file + ".metadata", f"/legacy/+simple/{name}/", f"/api/projects/{name}"]
        lists = ["/simple/", "/", "/rss/packages.xml", "/rss/updates.xml", "/api/projects"]
        for token in (None, private.stranger):
            for path in single:
                answer = private.get(path, token)
                expect(answer.status == 404, f"{path}: {answer.status}")
            for path in lists:
                answer = private.get(path, token)
                expect(answer.status == 200 and name.encode() not in answer.body, f"{path} tells")
                expect(wire.normalized(private.public.name).encode() in answer.body, f"{path} lacks what is public")
        for path in single + lists:
            answer = private.get(path, private.token)
            expect(answer.status == 200, f"{path}: {answer.status} {answer.reason}")
            expect(path in single or name.encode() in answer.body, f"{path} hides it from alice")


@scenario("twine uploads to a private project by a person's password, and is told why others may not")
def twine_upload(world):
    with Private() as private, clients.Workplace() as work:
        archive = packages.wheel(private.archive.name, "2.0")
        file = work.folder / archive.filename
        file.write_bytes(archive.data)
        twine = clients.program("twine-7", "twine")
        options = ("upload", "--non-interactive", "--repository-url", private.server.upload_url)
        told = work.run(twine, *options, "-u", "__token__", "-p", private.stranger, file, check=False)
        expect("may upload to project elsewhere only" in told, told[-600:])
        work.run(twine, *options, "-u", "alice", "-p", PASSWORD, file)


@scenario("guessing is answered 429 with a time, and locks out nobody else")
def guessing(world):
    with Private() as private:
        guesses = [private.get("/simple/none/", "whl_" + "g" * 43) for _ in range(60)]
        expect(guesses[0].status == 401, f"{guesses[0].status}")
        expect(guesses[-1].status == 429, f"{guesses[-1].status}")
        expect(1 <= int(guesses[-1].fields["retry-after"]) <= 60, guesses[-1].fields["retry-after"])
        listing = private.get(f"/simple/{wire.normalized(private.archive.name)}/", private.token)
        expect(listing.status == 200, f"a right token from the same address: {listing.status}")


@scenario("a disabled account, a grant taken away and a revoked token are refused soon")
def revoked(world):
    with Private() as private:
        page = f"/simple/{wire.normalized(private.archive.name)}/"
        for undo, redo in (
            (("account", "disable", "alice"), ("account", "enable", "alice")),
            (("token", "revoke", "alice-ci"), None),
        ):
            expect(private.get(page, private.token).status == 200, "it is refused too early")
            private.administer(*undo)
            eventually(f"it works after {undo}", lambda: private.get(page, private.token).status == 401)
            if redo:
                private.administer(*redo)
                eventually(f"it does not work after {redo}", lambda: private.get(page, private.token).status == 200)
