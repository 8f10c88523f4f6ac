"""Every installer, with this server as the only index."""

import datetime
import json
import re
import time

from harness import clients, packages, wire
from harness.report import expect, scenario

PIPS = ("pip", "pip-24", "pip-21")


def versions(work, python, names):
    """What is installed: the versions that the imported modules tell, None for a module that is missing."""
    code = (
        "import importlib, json\nfound = []\n"
        f"for name in {[packages.underscored(name) for name in names]!r}:\n"
        "    try: found.append(importlib.import_module(name).version)\n"
        "    except ImportError: found.append(None)\n"
        "print(json.dumps(found))"
    )
    return json.loads(work.imported(python, code))


def expect_installed(work, python, names, wanted=("1.0", "1.1", "0.3")):
    found = versions(work, python, names)
    expect(found == list(wanted), f"installed {dict(zip(names, found))}, expected the versions {wanted}")


def pip(work, python, *arguments, check=True):
    return work.run(python, "-m", "pip", *arguments, check=check)


@scenario("{} installs a project and what it depends on", each=PIPS)
def pip_install(world, client):
    with clients.Workplace() as work:
        python = work.new_environment(client=client)
        pip(work, python, "install", "--index-url", world.server.simple_url, world.projects[0])
        expect_installed(work, python, world.projects)


@scenario("{} finds a project under another spelling of its name", each=PIPS)
def pip_spelling(world, client):
    with clients.Workplace() as work:
        python = work.new_environment(client=client)
        pip(
            work,
            python,
            "install",
            "--index-url",
            world.server.simple_url,
            world.projects[2].replace("-", "__").upper(),
        )
        expect_installed(work, python, world.projects[2:], ["0.3"])


@scenario("{} says that an unknown project has no matching distribution", each=PIPS)
def pip_unknown(world, client):
    with clients.Workplace() as work:
        python = work.new_environment(client=client)
        output = pip(work, python, "install", "--index-url", world.server.simple_url, "no-such-project", check=False)
        expect("No matching distribution found for no-such-project" in output, output[-800:])


@scenario("uv pip install installs a project and what it depends on")
def uv_install(world):
    with clients.Workplace() as work:
        python = work.new_environment()
        work.run(
            clients.uv(),
            "pip",
            "install",
            "--python",
            python,
            "--default-index",
            world.server.simple_url,
            world.projects[0],
        )
        expect_installed(work, python, world.projects)


def write_pyproject(work, requirement, extra=""):
    (work.folder / "pyproject.toml").write_text(
        f'[project]\nname = "team-service"\nversion = "0"\nrequires-python = ">=3.11"\n'
        f'dependencies = ["{requirement}"]\n{extra}'
    )


@scenario("uv lock and uv sync work with only this index, and the lock file names only this server")
def uv_lock_and_sync(world):
    with clients.Workplace() as work:
        write_pyproject(work, world.projects[0])
        only_here = {"UV_DEFAULT_INDEX": world.server.simple_url}
        work.run(clients.uv(), "lock", **only_here)
        lock = (work.folder / "uv.lock").read_text()
        addresses = re.findall(r'(?:url|registry) = "([^"]+)"', lock)
        expect(len(addresses) >= 6, f"the lock file has {len(addresses)} addresses")
        foreign = [address for address in addresses if not address.startswith(world.server.url.rstrip("/"))]
        expect(not foreign, f"the lock file names {foreign}")
        expect(len(re.findall('hash = "sha256:', lock)) >= 3, "the lock file has no digests")
        work.run(clients.uv(), "sync", "--locked", **only_here)
        expect_installed(work, work.folder / ".venv" / "bin" / "python", world.projects)


@scenario("poetry locks and installs with only this index")
def poetry_install(world):
    with clients.Workplace() as work:
        source = f'\n[[tool.poetry.source]]\nname = "ours"\nurl = "{world.server.simple_url}"\npriority = "primary"\n'
        write_pyproject(work, world.projects[0], source + "\n[tool.poetry]\npackage-mode = false\n")
        work.run(clients.program("poetry", "poetry"), "install", POETRY_VIRTUALENVS_IN_PROJECT="true")
        lock = (work.folder / "poetry.lock").read_text()
        expect(lock.count("sha256:") >= 3, "the lock file has no digests")
        expect_installed(work, work.folder / ".venv" / "bin" / "python", world.projects)


@scenario("pdm locks and installs with only this index")
def pdm_install(world):
    with clients.Workplace() as work:
        source = f'\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{world.server.simple_url}"\nverify_ssl = false\n'
        write_pyproject(work, world.projects[0], source + "\n[tool.pdm]\ndistribution = false\n")
        python = work.new_environment(".venv")
        pdm = clients.program("pdm", "pdm")
        work.run(pdm, "use", "--first", python)
        work.run(pdm, "install")
        expect((work.folder / "pdm.lock").read_text().count("sha256:") >= 3, "the lock file has no digests")
        expect_installed(work, python, world.projects)


@scenario("pip-compile --generate-hashes and pip-sync work with only this index")
def pip_tools(world):
    with clients.Workplace() as work:
        (work.folder / "requirements.in").write_text(world.projects[0] + "\n")
        bin_folder = clients.program("pip-tools", "python").parent
        work.run(
            bin_folder / "pip-compile", "--generate-hashes", "--index-url", world.server.simple_url, "requirements.in"
        )
        text = (work.folder / "requirements.txt").read_text()
        expect(text.count("--hash=sha256:") >= 3, f"no digests in:\n{text}")
        python = work.new_environment(client="pip")
        work.run(bin_folder / "pip-sync", "--python-executable", python, "--index-url", world.server.simple_url)
        expect_installed(work, python, world.projects)


@scenario("pip freeze writes requirements that install the same versions in a new environment")
def freeze(world):
    with clients.Workplace() as work:
        first = work.new_environment("first", client="pip")
        pip(work, first, "install", "--index-url", world.server.simple_url, world.projects[0])
        frozen = pip(work, first, "freeze")
        (work.folder / "requirements.txt").write_text(frozen)
        second = work.new_environment("second", client="pip")
        pip(work, second, "install", "--index-url", world.server.simple_url, "-r", "requirements.txt")
        expect(pip(work, second, "freeze") == frozen, "the second environment differs")
        expect_installed(work, second, world.projects)


@scenario("{} install --require-hashes installs with the listed digests and refuses with a wrong one", each=PIPS)
def require_hashes(world, client):
    with clients.Workplace() as work:
        lines = []
        for name, version in zip(world.projects, ("1.0", "1.1", "0.3")):
            listed = wire.listing(world.server, name)
            digest = next(file.sha256 for filename, file in listed.items() if f"-{version}-" in filename)
            lines.append(f"{name}=={version} --hash=sha256:{digest}\n")
        (work.folder / "requirements.txt").write_text("".join(lines))
        python = work.new_environment(client=client)
        options = ("install", "--require-hashes", "--index-url", world.server.simple_url, "-r")
        pip(work, python, *options, "requirements.txt")
        expect_installed(work, python, world.projects)
        wrong = lines[2][:-5] + ("0000\n" if lines[2][-5:] != "0000\n" else "1111\n")
        (work.folder / "wrong.txt").write_text(wrong)
        output = pip(work, python, *options, "wrong.txt", "--force-reinstall", check=False)
        expect("DO NOT MATCH" in output, f"a wrong digest was accepted:\n{output[-800:]}")


@scenario("{} download saves the archives bit for bit", each=PIPS)
def pip_download(world, client):
    with clients.Workplace() as work:
        python = work.new_environment(client=client)
        pip(work, python, "download", "--index-url", world.server.simple_url, "--dest", "saved", world.projects[0])
        saved = {path.name: path.read_bytes() for path in (work.folder / "saved").iterdir()}
        expect(len(saved) == 3, f"saved {sorted(saved)}")
        for name in world.projects:
            for filename, file in wire.listing(world.server, name).items():
                if filename in saved:
                    same = wire.download(world.server, file.url) == saved[filename]
                    expect(same, f"{filename} was saved with other bytes")


@scenario("pip index versions lists every version, newest first")
def pip_index_versions(world):
    with clients.Workplace() as work:
        python = work.new_environment(client="pip")
        output = pip(work, python, "index", "versions", "--index-url", world.server.simple_url, world.projects[1])
        expect("Available versions: 2.0, 1.1, 1.0" in output, output)


def published_apart(world):
    """A project with version 1.0, a moment, and version 2.0. -> (name, the moment as text)"""
    if "apart" not in world.notes:
        name = packages.fresh("apart")
        world.publish(packages.wheel(name, "1.0"))
        # The three times must be in different seconds, whichever way a client rounds them: nothing else to wait for.
        time.sleep(2.1)
        moment = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        time.sleep(1.1)
        world.publish(packages.wheel(name, "2.0"))
        world.notes["apart"] = (name, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return world.notes["apart"]


@scenario("uv pip install --exclude-newer takes the version of that time")
def exclude_newer(world):
    name, moment = published_apart(world)
    with clients.Workplace() as work:
        python = work.new_environment()
        options = ("pip", "install", "--python", python, "--default-index", world.server.simple_url)
        work.run(clients.uv(), *options, "--exclude-newer", moment, name)
        expect_installed(work, python, [name], ["1.0"])
        work.run(clients.uv(), *options, "--upgrade", name)
        expect_installed(work, python, [name], ["2.0"])


@scenario("pip install --uploaded-prior-to takes the version of that time")
def uploaded_prior_to(world):
    name, moment = published_apart(world)
    with clients.Workplace() as work:
        python = work.new_environment(client="pip")
        pip(work, python, "install", "--index-url", world.server.simple_url, "--uploaded-prior-to", moment, name)
        expect_installed(work, python, [name], ["1.0"])
        pip(work, python, "install", "--index-url", world.server.simple_url, "--upgrade", name)
        expect_installed(work, python, [name], ["2.0"])


@scenario("a version is installable by {} as soon as its upload was answered", each=("pip", "uv"))
def fresh_uploads(world, client):
    name = packages.fresh("fresh")
    with clients.Workplace() as work:
        python = work.new_environment(client="pip")
        for version in ("1.0", "1.1", "1.2"):
            world.publish(packages.wheel(name, version))
            if client == "uv":
                work.run(
                    clients.uv(),
                    "pip",
                    "install",
                    "--python",
                    python,
                    "--upgrade",
                    "--default-index",
                    world.server.simple_url,
                    name,
                )
            else:
                pip(work, python, "install", "--upgrade", "--index-url", world.server.simple_url, name)
            expect_installed(work, python, [name], [version])
