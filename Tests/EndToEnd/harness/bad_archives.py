"""Wheels and sdists that break one rule each, by the names of `ArchiveError.Rule`."""

import io
import tarfile
import warnings
import zipfile

from . import packages


def wheel(rule, name):
    """A wheel that breaks a rule. -> Archive"""
    good = packages.wheel(name)
    return good._replace(data=WHEELS[rule](good))


def entries(archive):
    """-> [[path, content]]"""
    with zipfile.ZipFile(io.BytesIO(archive.data)) as source:
        return [[path, source.read(path)] for path in source.namelist()]


def packed(items, compression=zipfile.ZIP_STORED):
    """A ZIP archive of (path or ZipInfo, content)."""
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of two members of one name, which is what a rule is about
        for path, content in items:
            member = path if isinstance(path, zipfile.ZipInfo) else zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            member.compress_type = compression
            archive.writestr(member, content)
    return data.getvalue()


def changed(archive, ending, change):
    """The archive with the content of one member changed; RECORD is made anew unless it is that member."""
    items = entries(archive)
    for item in items:
        if item[0].endswith(ending):
            item[1] = change(item[1])
    record = items[-1][0]
    if not record.endswith(ending):
        items[-1][1] = packages.record(items[:-1], record)
    return packed(items)


def metadata(archive, before, after):
    return changed(archive, "/METADATA", lambda text: text.replace(before, after, 1))


def field(archive, line):
    """The archive with one more line of metadata, of a version that is held to the rules of its fields."""
    return metadata(archive, b"Metadata-Version: 2.1\n", b"Metadata-Version: 2.5\n" + line + b"\n")


def with_file(archive, name, content):
    """The archive with one more file in its .dist-info."""
    *items, record = entries(archive)
    items.append([record[0].removesuffix("RECORD") + name, content])
    return packed([*items, (record[0], packages.record(items, record[0]))])


def streamed(archive):
    """Written to something that cannot go back, so that sizes follow the data."""

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise io.UnsupportedOperation

        def tell(self):
            raise io.UnsupportedOperation

    data = Pipe()
    with zipfile.ZipFile(data, "w") as target:
        for path, content in entries(archive):
            target.writestr(path, content)
    return data.getvalue()


def symbolic_link(archive):
    link = zipfile.ZipInfo("link", (2020, 1, 1, 0, 0, 0))
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return packed([*entries(archive), (link, b"/etc/passwd")])


def with_extra_field(archive):
    member = zipfile.ZipInfo("extra", (2020, 1, 1, 0, 0, 0))
    member.extra = b"\x01\x00\x05\x00abcde"  # of ZIP64, but no such field has 5 bytes
    return packed([*entries(archive), (member, b"")])


def damaged(archive):
    items = entries(archive)
    data = bytearray(packed([*items, ("noise", b"abc" * 4_000)], zipfile.ZIP_DEFLATED))
    at = data.index(b"noise") + len("noise") + 4
    data[at : at + 8] = b"\xff" * 8
    return bytes(data)


WHEELS = {
    "kind": lambda good: b"not a wheel" * 90,
    "framing": lambda good: good.data + b"bytes after the end",
    "mismatch": lambda good: good.data.replace(b"__init__.py", b"__evil__.py", 1),
    "extra": with_extra_field,
    "feature": lambda good: packed(entries(good), zipfile.ZIP_LZMA),
    "dataDescriptor": streamed,
    "path": lambda good: packed([*entries(good), ("../outside", b"")]),
    "duplicate": lambda good: packed([*entries(good), entries(good)[0]]),
    "special": symbolic_link,
    "corrupt": damaged,
    "bomb": lambda good: packed([*entries(good), ("zeros", bytes(80 << 20))], zipfile.ZIP_DEFLATED),
    "limit": lambda good: packed([*entries(good), ("long/" * 300 + "path", b"")]),
    "directory": lambda good: packed([(path.replace("-1.0.", "-2.0."), data) for path, data in entries(good)]),
    "missing": lambda good: packed([item for item in entries(good) if not item[0].endswith("/WHEEL")]),
    "record": lambda good: changed(good, "/RECORD", lambda text: text.replace(b"sha256=", b"sha256=AAAA", 1)),
    "wheel": lambda good: changed(good, "/WHEEL", lambda text: text.replace(b"-Version: 1.0", b"-Version: 2.0")),
    "metadata": lambda good: metadata(good, b"\nVersion: 1.0", b"\nVersion: 1.1"),
    # Rules of the metadata itself.
    "two versions": lambda good: metadata(good, b"\nVersion: 1.0", b"\nVersion: 1.0\nVersion: 1.0"),
    "later standard": lambda good: metadata(good, b"Metadata-Version: 2.1", b"Metadata-Version: 3.0"),
    # Rules of single fields, since metadata 2.2.
    "requirement": lambda good: field(good, b"Requires-Dist: foo bar"),
    "marker": lambda good: field(good, b"Requires-Dist: foo; python_vers > '3'"),
    "import name": lambda good: field(good, b"Import-Name: 1a"),
    "licence": lambda good: field(good, b"License-Expression: Nonsense"),
    "two licences": lambda good: field(good, b"License: MIT\nLicense-Expression: MIT"),
    "project address": lambda good: field(good, b"Project-URL: https://git.example"),
    "dynamic version": lambda good: field(good, b"Dynamic: Version"),
    "content type": lambda good: field(good, b"Description-Content-Type: text/odd"),
    "entry points": lambda good: with_file(good, "entry_points.txt", b"[console_scripts]\nrun\n"),
    "not UTF-8": lambda good: metadata(good, b"made by a test", b"made by a t\xe9st"),
}


def sdist_with_link(name):
    """An sdist with a link that leaves it. -> Archive"""
    good = packages.sdist(name)
    data = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(good.data)) as source, tarfile.open(fileobj=data, mode="w:gz") as target:
        for member in source:
            target.addfile(member, source.extractfile(member))
        link = tarfile.TarInfo(good.filename.removesuffix(".tar.gz") + "/link")
        link.type, link.linkname = tarfile.SYMTYPE, "../../etc/passwd"
        target.addfile(link)
    return good._replace(data=data.getvalue())
