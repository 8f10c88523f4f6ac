"""Every way in which real clients are given credentials, with a private project: where reading is open, and where it is not."""

import urllib.parse

from harness import clients, packages, wire
from harness.report import expect, scenario

from .access import PASSWORD, Private
from .installs import write_pyproject

USER = "__token__"


class Job:
    """A client at work next to a server: its folder, with what holds its credentials."""

    def __init__(self, private, work):
        self.private, self.work, self.variables = private, work, {}
        self.url, self.token = private.server.simple_url, private.token

    def write(self, name, text):
        file = self.work.folder / "home" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        return file

    def netrc(self):
        return self.write(".netrc", f"machine 127.0.0.1 login {USER} password {self.token}\n")

    def keyring(self, url):
        """Stores the token in a real keyring, whose backend is a file; `keyring` is on the PATH then."""
        backend = "keyrings.alt.file.PlaintextKeyring"
        folder = clients.program("keyring", "keyring").parent
        path = f"{folder}:{self.work.environment['PATH']}"
        self.variables = {"PATH": path, "PYTHON_KEYRING_BACKEND": backend}
        self.work.run("keyring", "set", url, USER, text=self.token, **self.variables)

    def run(self, *command, check=True, **variables):
        return self.work.run(*command, check=check, **{**self.variables, **variables})


# Each of these prepares a job and returns the address of the index.


def token_in_url(job):
    return job.private.address(USER, job.token)


def token_as_user(job):
    return job.url.replace("://", f"://{job.token}@")


def token_as_user_with_colon(job):
    return job.url.replace("://", f"://{job.token}:@")


def password_in_url(job):
    return job.private.address("alice", PASSWORD)


def netrc(job):
    job.netrc()
    return job.url


def named_netrc(job):
    job.variables = {"NETRC": job.netrc().rename(job.work.folder / "netrc")}
    return job.url


def pip_keyring(job):
    job.keyring(urllib.parse.urlsplit(job.url).netloc)
    job.variables["PIP_KEYRING_PROVIDER"] = "subprocess"
    return job.url.replace("://", f"://{USER}@")


def uv_keyring(job):
    job.keyring(job.url)
    job.variables["UV_KEYRING_PROVIDER"] = "subprocess"
    return job.url.replace("://", f"://{USER}@")


def uv_variables(job):
    job.variables = {"UV_INDEX_OWN_USERNAME": USER, "UV_INDEX_OWN_PASSWORD": job.token}
    return f"own={job.url}"


# Clients may send these only after a 401, which an open server never gives: they are tried next to one too.
WAITING = ("a token in the URL", "netrc", "a keyring")
PIP = {
    "a token in the URL": token_in_url,
    "a token as user name": token_as_user,
    "a token as user name, with an empty password": token_as_user_with_colon,
    "a person's password in the URL": password_in_url,
    "netrc": netrc,
    "a keyring": pip_keyring,
}
UV = {
    "a token in the URL": token_in_url,
    "a token as user name": token_as_user,
    "a token as user name, with an empty password": token_as_user_with_colon,
    "a person's password in the URL": password_in_url,
    "UV_INDEX variables": uv_variables,
    "netrc": netrc,
    "NETRC": named_netrc,
    "a keyring": uv_keyring,
}


def install_with_pip(job, address, target):
    python = clients.program("pip", "python")
    options = ("--no-cache-dir", "--no-deps", "--target", target, "--retries", "0", "--index-url", address)
    return job.run(python, "-m", "pip", "install", *options, job.private.archive.name, check=False)


def install_with_uv(job, address, target):
    options = ("--no-cache", "--no-deps", "--target", target, "--default-index", address)
    return job.run(clients.uv(), "pip", "install", *options, job.private.archive.name, check=False)


INSTALLERS = {"pip": (PIP, install_with_pip), "uv": (UV, install_with_uv)}


@scenario("{} installs a private project with its credentials wherever they are kept", each=INSTALLERS)
def install(world, client):
    ways, run = INSTALLERS[client]
    with Private() as half_open, Private("--read", "token") as closed:
        cells = [(way, closed) for way in ways] + [(way, half_open) for way in WAITING if way in ways]
        for way, private in [*cells, ("no credentials", closed), ("no credentials", half_open)]:
            with clients.Workplace() as work:
                job = Job(private, work)
                told = run(job, ways[way](job) if way in ways else job.url, work.folder / "installed")
                is_there = (work.folder / "installed" / packages.underscored(private.archive.name)).exists()
                place = "reading needs an account" if private is closed else "reading is open"
                expect(is_there == (way in ways), f"{way}, {place}: {told[-900:]}")


@scenario("poetry locks and installs a private project with credentials from its variables")
def poetry(world):
    with Private("--read", "token") as private, clients.Workplace() as work:
        job = Job(private, work)
        source = f'\n[[tool.poetry.source]]\nname = "ours"\nurl = "{job.url}"\npriority = "primary"\n'
        write_pyproject(work, private.archive.name, source + "\n[tool.poetry]\npackage-mode = false\n")
        command = (clients.program("poetry", "poetry"), "install", "--no-interaction")
        refused = job.run(*command, check=False, POETRY_VIRTUALENVS_IN_PROJECT="true")
        expect("401" in refused or "uthoriz" in refused, refused[-900:])
        job.variables = {"POETRY_HTTP_BASIC_OURS_USERNAME": USER, "POETRY_HTTP_BASIC_OURS_PASSWORD": job.token}
        job.run(*command, POETRY_VIRTUALENVS_IN_PROJECT="true")
        expect_installed(work, work.folder / ".venv" / "bin" / "python", private.archive)
        expect(job.token not in (work.folder / "poetry.lock").read_text(), "the lock file has the token")


@scenario("pdm locks and installs a private project with credentials from variables in the URL")
def pdm(world):
    with Private("--read", "token") as private:
        url = private.server.simple_url.replace("://", "://${OUR_USER}:${OUR_TOKEN}@")
        source = f'\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{url}"\nverify_ssl = false\n'
        program = clients.program("pdm", "pdm")
        for token in (private.stranger, private.token):
            with clients.Workplace() as work:
                write_pyproject(work, private.archive.name, source + "\n[tool.pdm]\ndistribution = false\n")
                python = work.new_environment(".venv")
                work.run(program, "use", "--first", python)
                told = work.run(program, "install", check=token is private.token, OUR_USER=USER, OUR_TOKEN=token)
                if token is private.stranger:
                    expect("Unable to find candidates" in told or "403" in told, told[-900:])
                    continue
                expect_installed(work, python, private.archive)
                expect(token not in (work.folder / "pdm.lock").read_text(), "the lock file has the token")


def expect_installed(work, python, archive):
    found = work.imported(python, f"import {packages.underscored(archive.name)} as it; print(it.version)")
    expect(found == "1.0", f"version {found!r}")


def twine_options(job):
    return ("-u", USER, "-p", job.token)


def twine_variables(job):
    job.variables = {"TWINE_USERNAME": USER, "TWINE_PASSWORD": job.token}
    return ()


def twine_pypirc(job):
    address = job.private.server.upload_url
    job.write(".pypirc", f"[distutils]\nindex-servers = wheelhouse\n\n[wheelhouse]\nrepository = {address}\nusername = {USER}\npassword = {job.token}\n")
    return ("--repository", "wheelhouse")


def twine_keyring(job):
    job.keyring(job.private.server.upload_url)
    return ("-u", USER)


def uv_token(job):
    job.variables = {"UV_PUBLISH_TOKEN": job.token}
    return ()


def uv_publish_variables(job):
    job.variables = {"UV_PUBLISH_USERNAME": USER, "UV_PUBLISH_PASSWORD": job.token}
    return ()


def uv_publish_password(job):
    return ("--username", "alice", "--password", PASSWORD)


def uv_publish_keyring(job):
    job.keyring(job.private.server.upload_url)
    return ("--username", USER, "--keyring-provider", "subprocess")


def upload_with_twine(job, options, file):
    address = () if "--repository" in options else ("--repository-url", job.private.server.upload_url)
    job.run(clients.program("keyring", "twine"), "upload", "--non-interactive", *address, *options, file)


def upload_with_uv(job, options, file):
    address = ("--publish-url", job.private.server.upload_url, "--trusted-publishing", "never")
    job.run(clients.uv(), "publish", *address, *options, file)


UPLOADERS = {
    "twine": (upload_with_twine, (twine_options, twine_variables, twine_pypirc, twine_keyring)),
    "uv": (upload_with_uv, (uv_token, uv_publish_variables, uv_publish_password, uv_publish_keyring)),
}


@scenario("{} uploads to a private project with its credentials wherever they are kept", each=UPLOADERS)
def upload(world, client):
    run, ways = UPLOADERS[client]
    with Private("--read", "token") as private:
        for number, prepare in enumerate(ways):
            with clients.Workplace() as work:
                job = Job(private, work)
                archive = packages.wheel(private.archive.name, f"2.{number}")
                file = work.folder / archive.filename
                file.write_bytes(archive.data)
                run(job, prepare(job), file)
            page = private.get(f"/simple/{wire.normalized(archive.name)}/", private.token, Accept=wire.JSON)
            expect(archive.filename.encode() in page.body, f"{prepare.__name__}: {page}")
