"""Archives and projects made in the test."""

import base64
import collections
import csv
import gzip
import hashlib
import io
import itertools
import os
import pathlib
import random
import re
import tarfile
import threading
import zipfile

# `fields`: what a client sends of the metadata besides name and version.
Archive = collections.namedtuple("Archive", "filename data name version filetype pyversion fields", defaults=({},))

_counter = itertools.count(1)
_lock = threading.Lock()


def fresh(word):
    """A project name that no other test uses."""
    with _lock:
        return f"{word}-{os.getpid()}-{next(_counter)}"


def underscored(name):
    return re.sub(r"[-_.]+", "_", name).lower()


def metadata(name, version, requires=(), python=None, description="A description.", content_type=None):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", "Summary: made by a test"]
    lines += [f"Description-Content-Type: {content_type}"] if content_type else []
    lines += [f"Requires-Python: {python}"] if python else []
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return "\n".join(lines) + f"\n\n{description}\n"


def record(entries, own_name):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for name, data in entries:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        writer.writerow([name, f"sha256={digest}", len(data)])
    writer.writerow([own_name, "", ""])
    return text.getvalue().encode()


def wheel(name, version="1.0", requires=(), payload_bytes=0, python=None, seed=0, **described):
    """A valid pure wheel whose module defines `version`; the payload cannot be compressed.

    `described`: its `description` and the `content_type` of that."""
    module = underscored(name)
    info = f"{module}-{version}.dist-info"
    entries = [(f"{module}/__init__.py", f"version = {version!r}\n".encode())]
    if payload_bytes:
        noise = random.Random(f"{name} {version} {seed}").randbytes(payload_bytes)
        entries.append((f"{module}/payload.bin", noise))
    entries += [
        (f"{info}/METADATA", metadata(name, version, requires, python, **described).encode()),
        (f"{info}/WHEEL", b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    ]
    entries.append((f"{info}/RECORD", record(entries, f"{info}/RECORD")))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for path, content in entries:
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content)
    fields = {"requires_python": [python] if python else [], "requires_dist": list(requires)}
    filename = f"{module}-{version}-py3-none-any.whl"
    return Archive(filename, data.getvalue(), name, version, "bdist_wheel", "py3", fields)


def sdist(name, version="1.0"):
    """A valid source archive; it is not meant to be built."""
    root = f"{underscored(name)}-{version}"
    entries = [("PKG-INFO", metadata(name, version).encode()), ("pyproject.toml", b"[build-system]\nrequires = []\n")]
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in entries:
            member = tarfile.TarInfo(f"{root}/{path}")
            member.size, member.mtime = len(content), 1577836800
            archive.addfile(member, io.BytesIO(content))
    return Archive(f"{root}.tar.gz", gzip.compress(data.getvalue(), mtime=0), name, version, "sdist", "source")


def write_large_wheel(folder, name, payload_bytes):
    """A wheel too large to keep in memory. -> its path"""
    module = underscored(name)
    info = f"{module}-1.0.dist-info"
    path = pathlib.Path(folder) / f"{module}-1.0-py3-none-any.whl"
    noise, digest = random.Random(name), hashlib.sha256()
    rows = [
        ("METADATA", metadata(name, "1.0").encode()),
        ("WHEEL", b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    ]
    rows = [(f"{info}/{file}", content) for file, content in rows]
    rows.append((f"{module}/__init__.py", b"version = '1.0'\n"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(f"{module}/payload.bin", "w", force_zip64=True) as payload:
            for _ in range(payload_bytes >> 20):
                piece = noise.randbytes(1 << 20)
                digest.update(piece)
                payload.write(piece)
        for file, content in rows:
            archive.writestr(file, content)
        text = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
        line = f"{module}/payload.bin,sha256={text},{payload_bytes >> 20 << 20}\n".encode()
        archive.writestr(f"{info}/RECORD", line + record(rows, f"{info}/RECORD"))
    return path


BACKENDS = {
    "setuptools": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    "hatchling": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
    "flit": '[build-system]\nrequires = ["flit_core >=3.11,<5"]\nbuild-backend = "flit_core.buildapi"\n',
    "poetry": '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n',
    "pdm": '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n',
    "uv": '[build-system]\nrequires = ["uv_build>=0.13.0,<0.14"]\nbuild-backend = "uv_build"\n',
}


def write_project(folder, name, backend, version="1.0.0", requires=()):
    """The source tree of a pure project: pyproject.toml, README.md, a package with one module. -> folder"""
    folder = pathlib.Path(folder)
    module = underscored(name)
    package = folder / ("src" if backend == "uv" else "") / module
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f'"""A project made by a test."""\n\n__version__ = "{version}"\n')
    (folder / "README.md").write_text(f"# {name}\n\nMade by a test: grüße, 你好.\n")
    dependencies = "".join(f'    "{requirement}",\n' for requirement in requires)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "{version}"\ndescription = "Made by a test"\nreadme = "README.md"\n'
        f'requires-python = ">=3.8"\nkeywords = ["test", "index"]\n'
        f'authors = [{{ name = "A. Tester", email = "a@example.com" }}]\n'
        f"dependencies = [\n{dependencies}]\n\n" + BACKENDS[backend]
    )
    return folder
