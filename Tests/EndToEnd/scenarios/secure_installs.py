"""Real clients through TLS, with the authority's certificate given."""

from harness import clients, packages, tls, wire
from harness.report import expect, scenario


class Served:
    """A server with TLS and one wheel."""

    def __enter__(self):
        self.server = tls.server().start()
        archive = packages.wheel(packages.fresh("secure"), "1.0", payload_bytes=300_000)
        answer = wire.upload(self.server.port, self.server.admin_token(), archive)
        expect(answer.status == 200, f"{answer.status} {answer.reason}")
        self.name = wire.normalized(archive.name)
        self.index = f"https://localhost:{self.server.secure_port}/simple/"
        return self

    def __exit__(self, *_):
        self.server.__exit__()


def expect_installed(work, python, name):
    found = work.imported(python, f"import {packages.underscored(name)} as it; print(it.version)")
    expect(found == "1.0", f"version {found!r}")


@scenario("{} installs through TLS, given the authority, and refuses without it", each=("pip", "pip-21"))
def pip_install(world, client):
    with Served() as served, clients.Workplace() as work:
        python = work.new_environment(client=client)
        command = (python, "-m", "pip", "install", "--index-url", served.index, served.name)
        refused = work.run(*command, "--retries", "0", check=False)
        expect("CERTIFICATE_VERIFY_FAILED" in refused or "certificate verify failed" in refused, refused[-400:])
        work.run(*command, "--cert", tls.AUTHORITY)
        expect_installed(work, python, served.name)


@scenario("uv installs through TLS, given the authority")
def uv_install(world):
    with Served() as served, clients.Workplace() as work:
        python = work.new_environment()
        command = ("pip", "install", "--python", python, "--default-index", served.index, served.name)
        work.run(clients.uv(), *command, SSL_CERT_FILE=tls.AUTHORITY)
        expect_installed(work, python, served.name)


@scenario("twine uploads through TLS, given the authority")
def twine_upload(world):
    with Served() as served, clients.Workplace() as work:
        archive = packages.wheel(packages.fresh("secure"), "2.0")
        file = work.folder / archive.filename
        file.write_bytes(archive.data)
        address = f"https://localhost:{served.server.secure_port}/legacy/"
        token = served.server.admin_token()
        options = ("--non-interactive", "--repository-url", address, "-u", "__token__", "-p", token)
        twine = clients.program("twine-7", "twine")
        work.run(twine, "upload", *options, "--cert", tls.AUTHORITY, file)
        expect(archive.filename in wire.listing(served.server, archive.name), "it is not listed")
