"""README.md: the commands in its blocks marked `sh test` run, one after the other, next to a server that Config/serve
started.

The blocks run in a folder that looks like the repository (Config, Storage and .build are links, Storage to a new data
folder) and has a project, named $PROJECT, built into dist/. `127.0.0.1:8080` becomes the real address; pip, uv, twine,
poetry and wheelhouse are on the PATH. A line that is only `Config/serve` or `Tests/check` is not run again: the first
has started the server, the second runs this."""

import os
import re
import shutil

from harness import clients, packages, places
from harness.report import Skip, expect, scenario
from harness.server import Server

BLOCK = re.compile(r"^```sh test[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
RUNNING = re.compile(r"^\s*(\$ )?(Config/serve|Tests/check( --quick)?)\s*(#.*)?$", re.MULTILINE)


def text():
    path = places.ROOT / "README.md"
    expect(path.exists(), "README.md is missing")
    return path.read_text()


@scenario("README.md names both commands on its first screen and marks commands for this test")
def first_screen(world):
    words = text()
    start = "\n".join(words.splitlines()[:40])
    for command in ("Config/serve", "Tests/check"):
        expect(command in start, f"{command} is not in the first 40 lines")
        expect(os.access(places.ROOT / command, os.X_OK), f"{command} cannot be run")
    expect(BLOCK.search(words), "no block begins with ```sh test")


@scenario("every command of README.md that is marked `sh test` runs, with a server that Config/serve started")
def commands(world):
    blocks = BLOCK.findall(text())
    if os.environ.get("WHEELHOUSE_BINARY"):
        raise Skip("Config/serve builds the program, and $WHEELHOUSE_BINARY names another one")
    with Server(command=[str(places.ROOT / "Config" / "serve")]) as server, clients.Workplace("readme") as work:
        script = "\n".join(RUNNING.sub("", block) for block in blocks).replace(
            "127.0.0.1:8080", f"127.0.0.1:{server.port}"
        )
        for name, target in (("Config", places.ROOT / "Config"), ("Storage", server.data), (".build", places.BUILD)):
            (work.folder / name).symlink_to(target)
        name = packages.fresh("readme-project")
        project = packages.write_project(work.folder / "project", name, "setuptools")
        work.run(clients.program("builder", "python"), "-m", "build", "--no-isolation", folder=project)
        shutil.copytree(project / "dist", work.folder / "dist")
        python = work.new_environment(client="pip")
        path = [
            python.parent,
            *(places.CLIENTS / client / "bin" for client in ("uv", "twine-7", "poetry")),
            places.binary().parent,
        ]
        work.run(
            "bash",
            "-euo",
            "pipefail",
            "-c",
            re.sub(r"^\$ ", "", script, flags=re.MULTILINE),
            PATH=":".join([*map(str, path), os.environ["PATH"]]),
            VIRTUAL_ENV=python.parents[1],
            PROJECT=name,
        )
