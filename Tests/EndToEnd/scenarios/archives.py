"""Real archives of well-known projects, fetched from this machine's registry and kept in .build/archives."""

import collections
import hashlib
import os
import pathlib
import sys
import zipfile

from harness import clients, places, wire
from harness.report import expect, scenario

LIST = pathlib.Path(__file__).resolve().parents[1] / "archives.txt"
LEAST = 40
LINUX = ("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "abi3", "--abi", "none")
KINDS = {
    "wheel": (
        *LINUX,
        "--platform",
        "manylinux_2_28_x86_64",
        "--platform",
        "manylinux_2_27_x86_64",
        "--platform",
        "manylinux2014_x86_64",
        "--platform",
        "manylinux_2_5_x86_64",
        "--platform",
        "any",
        "--only-binary",
        ":all:",
    ),
    "wheel-pure": (
        "--implementation",
        "py",
        "--abi",
        "none",
        "--platform",
        "any",
        "--python-version",
        "3.11",
        "--only-binary",
        ":all:",
    ),
    "wheel-windows": (*LINUX, "--platform", "win_amd64", "--only-binary", ":all:"),
    "wheel-mac": (
        *LINUX,
        "--platform",
        "macosx_11_0_arm64",
        "--platform",
        "macosx_10_9_universal2",
        "--only-binary",
        ":all:",
    ),
    "sdist": ("--no-binary", ":all:", "--no-build-isolation"),
}


def fetch():
    """Fetches what is missing. -> [path]"""
    done = places.ARCHIVES / "done"
    done.mkdir(parents=True, exist_ok=True)
    pip = clients.program("builder", "python")
    own = {name: value for name, value in os.environ.items() if name != "PIP_FIND_LINKS"}
    for line in LIST.read_text().splitlines():
        words = line.partition("#")[0].split()
        stamp = done / hashlib.sha256(line.encode()).hexdigest()[:16]
        if not words or stamp.exists():
            continue
        kind, *requirements = words
        print(f"  fetching {len(requirements)} archives ({kind}): {' '.join(requirements)}", flush=True)
        clients.run(
            [
                pip,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                places.ARCHIVES,
                *KINDS[kind],
                *requirements,
            ],
            own,
        )
        stamp.touch()
    return sorted(path for path in places.ARCHIVES.iterdir() if path.suffix in (".whl", ".gz"))


def uploaded(world):
    """All archives, uploaded by one twine. -> [path]"""
    if "archives" not in world.notes:
        paths = fetch()
        with clients.Workplace() as work:
            work.run(
                clients.program("twine-7", "twine"),
                "upload",
                "--non-interactive",
                "--disable-progress-bar",
                *paths,
                TWINE_REPOSITORY_URL=world.server.upload_url,
                TWINE_USERNAME="__token__",
                TWINE_PASSWORD=world.token,
            )
        world.notes["archives"] = paths
    return world.notes["archives"]


def project_of(filename):
    stem = filename.removesuffix(".tar.gz")
    return stem.split("-")[0] if filename.endswith(".whl") else stem.rsplit("-", 1)[0]


@scenario("at least 40 real wheels and sdists are uploaded by twine")
def many_archives(world):
    paths = uploaded(world)
    expect(len(paths) >= LEAST, f"only {len(paths)} archives")
    kinds = collections.Counter(path.suffix for path in paths)
    size = sum(path.stat().st_size for path in paths)
    world.report.figure("real archives", f"{kinds['.whl']} wheels, {kinds['.gz']} sdists, {size / 1e6:.0f} MB")


@scenario("each real archive is listed with its digest and size, in JSON and in HTML, and downloads bit for bit")
def listed_and_equal(world):
    problems = []
    for path in uploaded(world):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        entry = wire.listing(world.server, project_of(path.name)).get(path.name)
        anchor = wire.html_listing(world.server, project_of(path.name)).get(path.name, {})
        if entry is None or entry.sha256 != digest or entry.size != path.stat().st_size:
            problems.append(f"{path.name}: JSON lists {entry}")
        elif not anchor.get("href", "").endswith("#sha256=" + digest):
            problems.append(f"{path.name}: HTML lists {anchor}")
        elif wire.digest_of(world.server, entry.url)[0] != digest:
            problems.append(f"{path.name}: downloads with other bytes")
    expect(not problems, "\n".join(problems[:10]))


@scenario("the metadata of each real wheel is served bit for bit with its listed digest")
def metadata_of_wheels(world):
    problems = []
    for path in uploaded(world):
        if path.suffix != ".whl":
            continue
        with zipfile.ZipFile(path) as archive:
            name = next(
                name for name in archive.namelist() if name.count("/") == 1 and name.endswith(".dist-info/METADATA")
            )
            inside = archive.read(name)
        entry = wire.listing(world.server, project_of(path.name))[path.name]
        if entry.entry.get("core-metadata") != {"sha256": hashlib.sha256(inside).hexdigest()}:
            problems.append(f"{path.name}: core-metadata is {entry.entry.get('core-metadata')}")
        elif wire.download(world.server, entry.url + ".metadata") != inside:
            problems.append(f"{path.name}: the metadata has other bytes")
    expect(not problems, "\n".join(problems[:10]))


@scenario("{} installs real projects with what they depend on, from this server only", each=("pip", "uv"))
def install_real(world, installer):
    uploaded(world)
    names = ["requests==2.32.3", "attrs", "click", "six"]
    if sys.version_info[:2] == (3, 11):
        names.append("numpy==2.2.6")
    with clients.Workplace() as work:
        python = work.new_environment(client="pip")
        command = [python, "-m", "pip", "install", "--only-binary", ":all:", "--index-url"]
        if installer == "uv":
            command = [clients.uv(), "pip", "install", "--python", python, "--no-build", "--default-index"]
        work.run(*command, world.server.simple_url, *names)
        modules = ", ".join(name.partition("=")[0].replace("attrs", "attr") for name in names)
        found = work.imported(python, f"import {modules}; print(requests.__version__)")
        expect(found == "2.32.3", found)
