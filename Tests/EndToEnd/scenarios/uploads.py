"""Every upload client publishes a project that it built itself."""

import hashlib
import urllib.parse
import zipfile

from harness import clients, packages, wire
from harness.report import expect, scenario


def build_with_build(work, project):
    work.run(clients.program("builder", "python"), "-m", "build", "--no-isolation", folder=project)


def twine(client):
    def publish(work, project, server, token, check=True):
        return work.run(
            clients.program(client, "twine"),
            "upload",
            "--verbose",
            "--non-interactive",
            *sorted((project / "dist").iterdir()),
            folder=project,
            check=check,
            TWINE_REPOSITORY_URL=server.upload_url,
            TWINE_USERNAME="__token__",
            TWINE_PASSWORD=token,
        )

    return "setuptools", build_with_build, publish


def build_with_uv(work, project):
    work.run(clients.uv(), "build", "--offline", folder=project)


def publish_with_uv(work, project, server, token, check=True):
    return work.run(
        clients.uv(),
        "publish",
        *sorted((project / "dist").glob("*[lz]")),
        folder=project,
        check=check,
        UV_PUBLISH_URL=server.upload_url,
        UV_PUBLISH_TOKEN=token,
    )


def build_with_flit(work, project):
    work.run(clients.program("flit", "flit"), "build", "--no-use-vcs", folder=project)


def publish_with_flit(work, project, server, token, check=True):
    return work.run(
        clients.program("flit", "flit"),
        "publish",
        "--no-use-vcs",
        folder=project,
        check=check,
        SOURCE_DATE_EPOCH=1700000000,
        FLIT_INDEX_URL=server.upload_url,
        FLIT_USERNAME="__token__",
        FLIT_PASSWORD=token,
    )


def build_with_hatchling(work, project):
    work.run(clients.program("hatch", "python"), "-m", "hatchling", "build", folder=project)


def publish_with_hatch(work, project, server, token, check=True):
    return work.run(
        clients.program("hatch", "hatch"),
        "publish",
        "--no-prompt",
        folder=project,
        check=check,
        HATCH_INDEX_REPO=server.upload_url,
        HATCH_INDEX_USER="__token__",
        HATCH_INDEX_AUTH=token,
    )


def build_with_pdm(work, project):
    work.run(
        clients.program("pdm", "pdm"),
        "build",
        "--no-isolation",
        folder=project,
        PDM_PYTHON=clients.program("pdm", "python"),
    )


def publish_with_pdm(work, project, server, token, check=True):
    return work.run(
        clients.program("pdm", "pdm"),
        "publish",
        "--no-build",
        folder=project,
        check=check,
        PDM_PUBLISH_REPO=server.upload_url,
        PDM_PUBLISH_USERNAME="__token__",
        PDM_PUBLISH_PASSWORD=token,
    )


def build_with_poetry(work, project):
    work.run(clients.program("poetry", "poetry"), "build", folder=project)


def publish_with_poetry(work, project, server, token, check=True):
    return work.run(
        clients.program("poetry", "poetry"),
        "publish",
        "--repository",
        "ours",
        folder=project,
        check=check,
        POETRY_REPOSITORIES_OURS_URL=server.upload_url,
        POETRY_HTTP_BASIC_OURS_USERNAME="__token__",
        POETRY_HTTP_BASIC_OURS_PASSWORD=token,
    )


# sentence's name: (build backend, builds dist/, publishes dist/)
UPLOADERS = {
    "twine 7": twine("twine-7"),
    "twine 6": twine("twine-6"),
    "uv": ("uv", build_with_uv, publish_with_uv),
    "flit": ("flit", build_with_flit, publish_with_flit),
    "hatch": ("hatchling", build_with_hatchling, publish_with_hatch),
    "pdm": ("pdm", build_with_pdm, publish_with_pdm),
    "poetry": ("poetry", build_with_poetry, publish_with_poetry),
}


def published(world, client):
    """The client's project, built and published once. -> (workplace, project folder, name)"""
    if client not in world.notes:
        work = clients.Workplace("upload")
        name = packages.fresh("made-by-" + client.replace(" ", "-"))
        backend, build, publish = UPLOADERS[client]
        project = packages.write_project(work.folder / "project", name, backend)
        build(work, project)
        publish(work, project, world.server, world.token)
        world.notes[client] = (work, project, name)
    return world.notes[client]


def archives_of(project):
    return {path.name: path.read_bytes() for path in (project / "dist").iterdir() if path.suffix in (".whl", ".gz")}


@scenario(
    "{} uploads a wheel and an sdist that it built itself; both pages list them and both download bit for bit",
    each=UPLOADERS,
)
def uploads(world, client):
    _, project, name = published(world, client)
    built = archives_of(project)
    expect(len(built) == 2, f"built {sorted(built)}, not one wheel and one sdist")
    listed, anchors = wire.listing(world.server, name), wire.html_listing(world.server, name)
    expect(set(listed) == set(built), f"built {sorted(built)}, listed {sorted(listed)}")
    expect(set(anchors) == set(built), f"built {sorted(built)}, the HTML page lists {sorted(anchors)}")
    for filename, data in built.items():
        digest = hashlib.sha256(data).hexdigest()
        expect(
            listed[filename].sha256 == digest,
            f"{filename}: listed with the digest {listed[filename].sha256}, not {digest}",
        )
        expect(
            listed[filename].size == len(data),
            f"{filename}: listed with {listed[filename].size} bytes, not {len(data)}",
        )
        expect(anchors[filename]["href"].endswith(f"#sha256={digest}"), f"{filename}: href {anchors[filename]['href']}")
        expect(listed[filename].entry.get("requires-python") == ">=3.8", f"{filename}: requires-python is not listed")
        expect(wire.download(world.server, listed[filename].url) == data, f"{filename}: downloads with other bytes")


@scenario(
    "the metadata file of the wheel that {} uploaded equals the METADATA in the wheel and its listed digest",
    each=("twine 7", "uv", "flit"),
)
def metadata_file(world, client):
    _, project, name = published(world, client)
    wheel = next((project / "dist").glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        inside = archive.read(next(path for path in archive.namelist() if path.endswith(".dist-info/METADATA")))
    entry = wire.listing(world.server, name)[wheel.name]
    digest = hashlib.sha256(inside).hexdigest()
    expect(
        entry.entry.get("core-metadata") == {"sha256": digest}, f"core-metadata is {entry.entry.get('core-metadata')}"
    )
    expect(wire.download(world.server, entry.url + ".metadata") == inside, "the served metadata has other bytes")
    expect(
        "dist-info-metadata" not in entry.entry,
        "the JSON page has the key dist-info-metadata, which breaks pip 22.3 to 23.1",
    )


@scenario("{} may upload the same files again", each=UPLOADERS)
def uploads_again(world, client):
    work, project, name = published(world, client)
    before = wire.listing(world.server, name)
    UPLOADERS[client][2](work, project, world.server, world.token)
    expect(wire.listing(world.server, name) == before, "the page changed")


@scenario("{} shows why other bytes under a published name are refused", each=("twine 7", "twine 6", "uv", "poetry"))
def shows_the_reason(world, client):
    work, project, name = published(world, client)
    before = wire.listing(world.server, name)
    (project / "README.md").write_text("# Other words\n")
    for path in (project / "dist").iterdir():
        path.unlink()
    backend, build, publish = UPLOADERS[client]
    build(work, project)
    output = publish(work, project, world.server, world.token, check=False)
    expect("already exists" in output, f"the reason is not shown:\n{output[-1500:]}")
    expect(wire.listing(world.server, name) == before, "the page changed")


@scenario("{} with a token that does not exist fails and shows why", each=("twine 7", "uv", "poetry"))
def shows_wrong_token(world, client):
    work, project, _ = published(world, client)
    output = UPLOADERS[client][2](work, project, world.server, "whl_" + "0" * 43, check=False)
    expect(
        "token" in output.lower() and ("401" in output or "403" in output),
        f"the reason is not shown:\n{output[-1500:]}",
    )


@scenario("hatch's look at `legacy/+simple/NAME/` before an upload gets the list or a plain 404")
def hatch_precheck(world):
    answer = wire.request(world.server.port, "GET", "/legacy/%2Bsimple/no-such-project/")
    expect(answer.status in (200, 404), f"{answer.status} {answer.reason}")


@scenario("no page links to another host: every listed address is relative")
def relative_addresses(world):
    _, _, name = published(world, "twine 7")
    for file in wire.listing(world.server, name).values():
        expect(not urllib.parse.urlsplit(file.entry["url"]).netloc, f"{file.entry['url']} is absolute")
