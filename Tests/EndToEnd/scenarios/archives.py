"""Real archives of well-known projects, fetched from this machine's registry and kept in .build/archives."""

import collections
import email
import hashlib
import os
import pathlib
import re
import sys
import tarfile
import zipfile

from harness import clients, packages, places, wire
from harness.report import expect, scenario

from . import readers

LIST = pathlib.Path(__file__).resolve().parents[1] / "archives.txt"
LEAST, LEAST_PROJECTS = 300, 60


def listed_archives():
    """archives.txt. -> ({project: [file]}, {file: words of the reason why it is refused}); the first has all files"""
    projects, refused = collections.defaultdict(list), {}
    for line in LIST.read_text().splitlines():
        first, *words = line.partition("#")[0].split() or [""]
        if first.endswith("!"):
            refused[words[0]] = " ".join(words[1:])
            words = words[:1]
        if first:
            projects[first[:-1]] += words
    return projects, refused


def fetch():
    """Fetches what is missing. -> [path] of those that must be taken"""
    places.ARCHIVES.mkdir(parents=True, exist_ok=True)
    projects, refused = listed_archives()
    missing = {
        project: [name for name in names if not (places.ARCHIVES / name).exists()] for project, names in projects.items()
    }
    lines = [f"{project} {' '.join(names)}" for project, names in missing.items() if names]
    if lines:
        print(f"  fetching {sum(map(len, missing.values()))} archives of {len(lines)} projects", flush=True)
        script = pathlib.Path(clients.__file__).with_name("fetch.py")
        clients.run(
            [clients.program("builder", "python"), script, places.ARCHIVES], dict(os.environ), text="\n".join(lines)
        )
    return sorted(places.ARCHIVES / name for names in projects.values() for name in names if name not in refused)


# Prints the files that twine itself does not send: metadata 2.0, which never was a standard, and fields of no version.
READABLE = """import sys
from twine.package import PackageFile
for path in sys.stdin.read().splitlines():
    try:
        PackageFile.from_filename(path, None).metadata_dictionary()
    except Exception:
        print(path)
"""


def uploaded(world):
    """All archives: uploaded by one twine, the few that it does not send by hand. -> [path]"""
    if "archives" not in world.notes:
        paths = fetch()
        with clients.Workplace() as work:
            names = "\n".join(map(str, paths))
            unreadable = work.run(clients.program("twine-7", "python"), "-c", READABLE, text=names).splitlines()
            work.run(
                clients.program("twine-7", "twine"),
                "upload",
                "--non-interactive",
                "--disable-progress-bar",
                *(path for path in paths if str(path) not in unreadable),
                TWINE_REPOSITORY_URL=world.server.upload_url,
                TWINE_USERNAME="__token__",
                TWINE_PASSWORD=world.token,
            )
        for path in map(pathlib.Path, unreadable):
            fields = email.message_from_bytes(metadata_inside(path)[0])
            kind = ("bdist_wheel", "py3") if path.suffix == ".whl" else ("sdist", "source")
            world.publish(packages.Archive(path.name, path.read_bytes(), fields["Name"], fields["Version"], *kind))
        world.report.figure("not sent by twine, but by hand", len(unreadable))
        world.notes["archives"] = paths
    return world.notes["archives"]


def project_of(filename):
    stem = filename.removesuffix(".tar.gz")
    return stem.split("-")[0] if filename.endswith(".whl") else stem.rsplit("-", 1)[0]


@scenario("300 real wheels and sdists of 60 and more projects are taken")
def many_archives(world):
    paths = uploaded(world)
    names = {wire.normalized(project_of(path.name)) for path in paths}
    expect(len(paths) >= LEAST, f"only {len(paths)} archives")
    expect(len(names) >= LEAST_PROJECTS, f"only {len(names)} projects")
    kinds = collections.Counter(path.suffix for path in paths)
    size = sum(path.stat().st_size for path in paths)
    world.report.figure("real archives", f"{kinds['.whl']} wheels, {kinds['.gz']} sdists, {size / 1e6:.0f} MB, {len(names)} projects")


@scenario("each real archive that the registry would refuse today is refused for its reason")
def refused_archives(world):
    fetch()
    problems = []
    for name, words in listed_archives()[1].items():
        project, _, version = name.removesuffix(".zip").removesuffix(".tar.gz").rpartition("-")
        data = (places.ARCHIVES / name).read_bytes()
        archive = packages.Archive(name, data, project, version, "sdist", "source")
        answer = wire.upload(world.server.port, world.token, archive)
        if answer.status != 400 or words not in answer.reason:
            problems.append(f"{name}: {answer.status} {answer.reason}, not {words!r}")
    expect(not problems, "\n".join(problems))


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


def metadata_inside(path):
    """METADATA or PKG-INFO of an archive. -> bytes, and whether the file is served beside the archive"""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
            return archive.read(names[0]), True
    with tarfile.open(path) as archive:
        names = [name for name in archive.getnames() if re.fullmatch(r"[^/]+/PKG-INFO", name)]
        inside = archive.extractfile(names[0]).read()
    # Static metadata (PEP 643); License-File, which setuptools always calls dynamic, decides nothing.
    fields = email.message_from_bytes(inside)
    major, minor = map(int, fields["Metadata-Version"].split("."))
    dynamic = {name.strip().lower() for name in fields.get_all("Dynamic", [])}
    return inside, (major, minor) >= (2, 2) and dynamic <= {"license-file"}


@scenario("the metadata of each real wheel and of each sdist whose metadata is static is served bit for bit")
def metadata_of_archives(world):
    problems, counts = [], collections.Counter()
    for path in uploaded(world):
        inside, is_served = metadata_inside(path)
        counts[path.suffix, is_served] += 1
        entry = wire.listing(world.server, project_of(path.name))[path.name]
        expected = {"sha256": hashlib.sha256(inside).hexdigest()} if is_served else None
        if entry.entry.get("core-metadata") != expected:
            problems.append(f"{path.name}: core-metadata is {entry.entry.get('core-metadata')}, not {expected}")
        elif is_served and wire.download(world.server, entry.url + ".metadata") != inside:
            problems.append(f"{path.name}: the metadata has other bytes")
    served, rest = counts[".gz", True], counts[".gz", False]
    world.report.figure("metadata files", f"of all wheels and of {served} sdists; {rest} sdists have none")
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


@scenario(
    "every page of real projects is read by {} without a warning",
    each=[f"{reader} in {form}" for reader in readers.READERS for form in readers.FORMS],
)
def pages_of_real_projects(world, case):
    reader, form = case.split(" in ")
    paths = uploaded(world)
    found = readers.read(world, readers.READERS[reader], form)
    for path in paths:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        expect(found.get(path.name, {}).get("digests") == {"sha256": digest}, f"{path.name}: {found.get(path.name)}")
