"""Resolving a tree of more than a hundred packages: pages and metadata files are all that is fetched."""

import contextlib
import json
import re

from harness import clients, packages, wire
from harness.report import expect, scenario
from harness.server import Server

PROJECTS = 120
VERSIONS = ("1.0", "1.1", "2.0")


def requirements(number, version):
    """Project N needs 2N + 1 and 2N + 2, a tree whose leaves need nothing, and the project before it. Some bounds rule 2.0 out,
    which a resolver finds out only after it has looked at 2.0."""
    bound = "<2" if number % 3 == 1 else ">=1"
    below = [child for child in (2 * number + 1, 2 * number + 2) if child < PROJECTS]
    needs = [f"tree-{child}{bound}" for child in below]
    if number > 1:
        needs.append(f'tree-{number - 1}>=1.0; python_version >= "3.8"')
    return needs + ([f"tree-{number}-of-no-version"] if version == "2.0" and number % 10 == 9 else [])


@contextlib.contextmanager
def forest():
    """A server of its own, whose access log holds nothing but one resolution."""
    with Server() as server:
        token = server.create_token("end-to-end", "--may", "upload")
        for number in range(PROJECTS):
            for version in VERSIONS:
                archive = packages.wheel(f"tree-{number}", version, requirements(number, version))
                answer = wire.upload(server.port, token, archive)
                expect(answer.status == 200, f"{archive.filename}: {answer.status} {answer.reason}")
        yield server


def fetched(server, begun):
    """What was asked for since the log had this length; the server is stopped, so that its log is whole. -> {kind: [path]}"""
    expect(server.stop() == 0, "the server did not stop by itself")
    log = server.log_path.read_text()[begun:]
    kinds = {"metadata": [], "archive": [], "page": []}
    expect(log, "the access log is empty")
    for path in re.findall(r"GET (\S+)", log):
        kind = "metadata" if path.endswith(".metadata") else "archive" if "/packages/" in path else "page"
        kinds[kind].append(path)
    return kinds


def expect_metadata_alone(server, begun, versions):
    kinds = fetched(server, begun)
    expect(not kinds["archive"], f"{len(kinds['archive'])} archives were downloaded: {kinds['archive'][:3]}")
    expect(len(set(kinds["metadata"])) >= PROJECTS, f"only {len(set(kinds['metadata']))} metadata files were fetched")
    expect(len(versions) == PROJECTS, f"{len(versions)} projects were resolved, not {PROJECTS}")
    for number in range(1, PROJECTS):
        parent = (number - 1) // 2
        wanted = "1.1" if parent % 3 == 1 or number % 10 == 9 else "2.0"
        found = versions.get(f"tree-{number}")
        expect(found == wanted, f"tree-{number} was resolved to {found}, not {wanted}")


@scenario("uv pip compile resolves 120 packages without downloading one")
def uv_compiles(world):
    with forest() as server, clients.Workplace() as work:
        (work.folder / "requirements.in").write_text("tree-0\n")
        begun = server.log_path.stat().st_size
        text = work.run(clients.uv(), "pip", "compile", "--default-index", server.simple_url, "requirements.in")
        expect_metadata_alone(server, begun, dict(re.findall(r"^(tree-\d+)==(\S+)", text, re.MULTILINE)))


@scenario("pip resolves 120 packages without downloading one")
def pip_resolves(world):
    with forest() as server, clients.Workplace() as work:
        python = work.new_environment(client="pip")
        begun = server.log_path.stat().st_size
        report = work.folder / "report.json"
        options = ["--index-url", server.simple_url, "--dry-run", "--report", report]
        work.run(python, "-m", "pip", "install", "--quiet", *options, "tree-0")
        chosen = json.loads(report.read_text())["install"]
        versions = {item["metadata"]["name"]: item["metadata"]["version"] for item in chosen}
        expect_metadata_alone(server, begun, versions)
