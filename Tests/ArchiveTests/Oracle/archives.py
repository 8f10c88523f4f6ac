#!/usr/bin/env python3
"""Prints what Python's own readers find in real archives.

    python3 Tests/ArchiveTests/Oracle/archives.py .build/archives > rows.jsonl
    WHEELHOUSE_ARCHIVE_ORACLE=$PWD/rows.jsonl swift test -c release --filter ArchiveTests

One JSON array of strings a line: path, SHA-256 of METADATA or PKG-INFO, number of members, bytes unpacked. Folders
are searched for .whl, .tar.gz and .zip; get more archives with `pip download --no-deps -d FOLDER PROJECT==VERSION`."""
import gzip
import hashlib
import json
import pathlib
import sys
import tarfile
import zipfile


def look_at_zip(path):
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        wanted = "METADATA" if path.suffix == ".whl" else "PKG-INFO"
        found = [
            name
            for name in archive.namelist()
            if name.count("/") == 1 and name.endswith("/" + wanted)
            and (path.suffix == ".zip" or name.split("/")[0].endswith(".dist-info"))
        ]
        assert len(found) == 1, found
        return archive.read(found[0]), len(members), sum(member.file_size for member in members)


def look_at_tar(path):
    with tarfile.open(path, "r:gz") as archive:
        members = archive.getmembers()
        found = [member for member in members if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO")]
        assert len(found) == 1, found
        metadata = archive.extractfile(found[0]).read()
    with gzip.open(path) as stream:
        size = sum(len(piece) for piece in iter(lambda: stream.read(1 << 20), b""))
    return metadata, len(members), size


def main():
    for folder in sys.argv[1:]:
        for path in sorted(pathlib.Path(folder).resolve().iterdir()):
            if path.name.endswith((".whl", ".zip", ".tar.gz")):
                look_at = look_at_tar if path.name.endswith(".tar.gz") else look_at_zip
                metadata, count, size = look_at(path)
                print(json.dumps([str(path), hashlib.sha256(metadata).hexdigest(), str(count), str(size)]))


main()
