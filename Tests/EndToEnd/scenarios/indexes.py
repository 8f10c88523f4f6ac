"""Indexes beside main: the same addresses below their names, with projects, files and rights of their own."""

import hashlib
import html
import re
import subprocess
import urllib.parse

from harness import clients, packages, places, wire
from harness.report import eventually, expect, scenario
from harness.server import Server

PASSWORD = "correct-horse battery"


class Index:
    """An index of a server, as the helpers for a whole server know it."""

    def __init__(self, server, name=""):
        self.port, self.path = server.port, f"/{name}" if name else ""
        self.url = server.url.rstrip("/") + self.path + "/"
        self.simple_url, self.upload_url = self.url + "simple/", self.url + "legacy/"

    def get(self, path, token=None, **fields):
        if token:
            fields["Authorization"] = wire.basic(token)
        return wire.request(self.port, "GET", self.path + path, fields)

    def upload(self, token, archive):
        body = wire.multipart(wire.form(archive), archive.filename, archive.data)
        fields = {"Content-Type": wire.FORM_TYPE, "Authorization": wire.basic(token)}
        return wire.request(self.port, "POST", f"{self.path}/legacy/", fields, body)


class Staged:
    """A server with the index `staging`, and one file name that is to have other bytes in each of both."""

    def __enter__(self):
        self.server = Server(arguments=["--indexes", "staging"]).start()
        try:
            self.main, self.staging = Index(self.server), Index(self.server, "staging")
            self.name = packages.fresh("staged")
            self.token = self.server.create_token("stager", "--index", "staging", "--indexes", "staging")
            self.released, self.staged = (packages.wheel(self.name, payload_bytes=64, seed=seed) for seed in (1, 2))
        except BaseException:
            self.__exit__()  # nobody else ends what has not been entered
            raise
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def administer(self, *arguments, check=True):
        """A command on the index `staging`, which the settings name."""
        return self.server.administer(*arguments, "--index", "staging", "--indexes", "staging", check=check)

    def publish(self):
        for index, token, archive in (
            (self.main, self.server.admin_token(), self.released),
            (self.staging, self.token, self.staged),
        ):
            answer = index.upload(token, archive)
            expect(answer.status == 200, f"{index.url}: {answer.status} {answer.reason}")


def installed(work, python, archive):
    """Whether the module in an environment is that of this archive."""
    module = packages.underscored(archive.name)
    statement = f"import importlib.resources as r; print((r.files('{module}') / 'payload.bin').read_bytes().hex())"
    return bytes.fromhex(work.imported(python, statement)) in archive.data


def twine(work, index, token, file, check=True):
    return work.run(
        clients.program("twine-7", "twine"), "upload", "--non-interactive", "--verbose", file, check=check,
        TWINE_REPOSITORY_URL=index.upload_url, TWINE_USERNAME="__token__", TWINE_PASSWORD=token,
    )  # fmt: skip


def uv_publish(work, index, token, file, check=True):
    return work.run(
        clients.uv(), "publish", file, check=check, UV_PUBLISH_URL=index.upload_url, UV_PUBLISH_TOKEN=token
    )


PUBLISHERS = {"twine 7": twine, "uv": uv_publish}


@scenario("{} publishes to a named index, and is refused at main with the reason", each=PUBLISHERS)
def publishes(world, client):
    with Staged() as staged, clients.Workplace() as work:
        file = work.folder / staged.staged.filename
        file.write_bytes(staged.staged.data)
        told = " ".join(PUBLISHERS[client](work, staged.main, staged.token, file, check=False).split())
        expect("is for the index staging only" in told, told[-600:])
        expect(not wire.listing(staged.main, staged.name), "the refused file is listed")
        PUBLISHERS[client](work, staged.staging, staged.token, file)
        problem = wire.problem_with(staged.staging, staged.staged)
        expect(problem is None, problem)
        expect(not wire.listing(staged.main, staged.name), "main lists it too")
        address = urllib.parse.urlsplit(wire.listing(staged.staging, staged.name)[file.name].url).path
        expect(address.startswith("/staging/packages/"), address)
        answer = wire.request(staged.main.port, "GET", address.removeprefix("/staging"))
        expect(answer.status == 404, f"main serves the file: {answer.status}")


@scenario("{} installs from each index what that index has, though names and versions are the same", each=("pip", "uv"))
def installs(world, client):
    with Staged() as staged, clients.Workplace() as work:
        staged.publish()
        for index, archive in ((staged.staging, staged.staged), (staged.main, staged.released)):
            python = work.new_environment(f"venv{len(index.path)}", client=client if client == "pip" else None)
            if client == "pip":
                work.run(python, "-m", "pip", "install", "--index-url", index.simple_url, staged.name)
            else:
                options = ("--python", python, "--default-index", index.simple_url)
                work.run(clients.uv(), "pip", "install", *options, staged.name)
            expect(installed(work, python, archive), f"{client} took other bytes from {index.simple_url}")


@scenario("the same bytes in two indexes are one blob, which stays as long as one of them has it")
def one_blob(world):
    with Staged() as staged:
        admin = staged.server.admin_token()
        for index in (staged.main, staged.staging):
            answer = index.upload(admin, staged.staged)
            expect(answer.status == 200, f"{answer.status} {answer.reason}")
        digest = hashlib.sha256(staged.staged.data).hexdigest()
        staged.administer("delete", staged.staged.filename)
        staged.server.administer("gc", "--keep-deleted", "0")
        listed = lambda index: wire.listing(index, staged.name)  # noqa: E731
        eventually("the deleted file is listed", lambda: not listed(staged.staging))
        expect(staged.main.get(f"/packages/{digest}/{staged.staged.filename}").body == staged.staged.data, "it is lost")
        verified = staged.server.administer("verify").stdout
        expect("0 damaged, 0 missing" in verified, verified)


@scenario("a project that is private in a named index is nowhere there for others, and public in main")
def private(world):
    with Staged() as staged:
        staged.publish()
        name, archive = wire.normalized(staged.name), staged.staged
        file = f"/packages/{hashlib.sha256(archive.data).hexdigest()}/{archive.filename}"
        alone = [f"/simple/{name}/", f"/project/{name}/", f"/project/{name}/1.0/", f"/pypi/{name}/json", file]
        alone += [file + ".metadata", file + ".signatures", f"/api/projects/{name}", f"/{name}/json"]
        lists = ["/simple/", "/", "/projects/", f"/search?q={name}", "/rss/packages.xml", "/rss/updates.xml"]
        lists += ["/api/projects"]
        stranger = staged.server.create_token("stranger", "--may", "read", "--index", "main")
        for path in alone:
            expect(staged.staging.get(path).status == 200, f"{path} is not there while it is public")
        staged.administer("visibility", staged.name, "private")
        eventually("the project stays public", lambda: staged.staging.get(alone[0]).status == 404)
        for token in (None, stranger):
            for path in alone:
                answer = staged.staging.get(path, token)
                expect(answer.status == 404, f"{path}: {answer.status}")
            for path in lists:
                answer = staged.staging.get(path, token)
                expect(answer.status == 200 and archive.filename.encode() not in answer.body, f"{path} tells")
                expect(f"project/{name}/".encode() not in answer.body, f"{path} links it")
        for path in alone:
            expect(staged.staging.get(path, staged.token).status == 200, f"{path} is kept from who may read it")
            here = path.replace(hashlib.sha256(archive.data).hexdigest(), "")
            answer = staged.main.get(path)
            expect(answer.status == (200 if here == path else 404), f"{path} in main: {answer.status}")
        for path in lists:
            expect(name.encode() in staged.main.get(path).body, f"{path} of main lacks its own project")


class Person:
    """Somebody with a browser without any script: a cookie, and the form token of the last page."""

    def __init__(self, index):
        self.index, self.cookie, self.page = index, "", ""

    def get(self, path):
        answer = self.index.get(path, Cookie=self.cookie)
        self.page = answer.body.decode()
        return answer

    def post(self, path, **form):
        found = re.search(r'name="form-token" value="([0-9a-f]+)"', self.page)
        form |= {"form-token": found[1]} if found else {}
        fields = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        body = urllib.parse.urlencode(form)
        answer = wire.request(self.index.port, "POST", self.index.path + path, fields, body)
        self.cookie = answer.fields.get("set-cookie", self.cookie).partition(";")[0]
        return answer


@scenario("a person signs in below a named index and manages a project there, and not its namesake in main")
def manages(world):
    with Staged() as staged:
        staged.publish()
        name = wire.normalized(staged.name)
        staged.server.administer("account", "create", "ann")
        command = [str(places.binary()), "account", "password", "ann", "--data", str(staged.server.data)]
        environment = places.clean_environment(staged.server.home / "home")
        subprocess.run(command, input=PASSWORD + "\n", text=True, check=True, timeout=60, env=environment)
        staged.administer("grant", "add", "manage", "ann", "--project", staged.name)
        ann = Person(staged.staging)
        answer = ann.get(f"/manage/{name}/")
        expect(answer.status == 303, f"{answer.status}")
        expect(answer.fields["location"].startswith("../../sign-in?next="), answer.fields["location"])
        signs_in = lambda: ann.post("/sign-in", account="ann", password=PASSWORD, next=f"/manage/{name}/")  # noqa: E731
        eventually("ann is not let in", lambda: signs_in().status == 303)
        # The server hears of the grant a moment after it hears of the password.
        eventually("ann does not manage her project", lambda: ann.get(f"/manage/{name}/").status == 200)
        expect(ann.get(f"/manage/{name}/change?action=yank&version=1.0").status == 200, "no form")
        expect(staged.staged.filename in html.unescape(ann.page), "the form does not say which file")
        answer = ann.post(f"/manage/{name}/change", action="yank", version="1.0", file="", status="", reason="slow")
        expect(answer.status == 303 and answer.fields["location"].endswith("?done=yanked"), f"{answer}")
        listed = [wire.listing(index, name)[staged.staged.filename].entry for index in (staged.staging, staged.main)]
        expect([entry.get("yanked") for entry in listed] == ["slow", None], f"{listed}")
        other = Person(staged.main)
        other.cookie = ann.cookie
        expect(other.get("/account").status == 200, "the session ends at the index")
        answer = other.get(f"/manage/{name}/")
        expect(answer.status == 403 and "Account 'ann' may not manage" in html.unescape(other.page), other.page[:300])


@scenario("commands are for the index that they name, and say which there are")
def commands(world):
    with Staged() as staged:
        staged.publish()
        states = lambda index: staged_state(index, staged.name)  # noqa: E731
        staged.administer("status", staged.name, "archived")
        eventually("it is not archived", lambda: states(staged.staging) == "archived")
        expect(states(staged.main) == "active", states(staged.main))
        rows = [line.split("\t")[4] for line in staged.administer("journal").stdout.splitlines()]
        expect(f"staging/{staged.name}" in rows and all(row.startswith("staging") for row in rows), f"{rows}")
        rows = staged.administer("journal", "--project", staged.name).stdout.splitlines()
        expect([row.split("\t")[3] for row in rows] == ["publish", "set-status"], f"{rows}")
        listed = staged.administer("signature", "list", staged.staged.filename)
        expect(listed.stdout == "", listed.stdout)
        told = staged.server.administer("usage", "--index", "stagin", "--indexes", "staging", check=False)
        expect(told.returncode == 2, f"exit {told.returncode}")
        expect("there is no index 'stagin': there are main, staging" in told.stderr, told.stderr)
        for names in ("simple", "main", "Staging"):
            told = subprocess.run(
                [str(places.binary()), "serve", "--data", str(staged.server.data), "--listen", "127.0.0.1:0",
                 "--indexes", names], capture_output=True, text=True, timeout=60,
                env=places.clean_environment(staged.server.home / "home"),
            )  # fmt: skip
            expect(told.returncode == 2 and f"indexes has '{names}'" in told.stderr, f"{told}")


def staged_state(index, name):
    answer = index.get(f"/simple/{wire.normalized(name)}/", Accept=wire.JSON)
    return (re.search(rb'"project-status":\{"status":"([a-z]+)"', answer.body) or [b"", b"active"])[1].decode()
