"""An index as large as its pages are slow: many projects, written into the catalog, and some large archives, uploaded."""

import concurrent.futures
import gzip
import io
import random
import sqlite3
import tarfile
import zipfile

from harness import packages, wire
from harness.report import expect

SYLLABLES = (
    "py re que st nu m pan das sci kit learn flask django web http async io data base net work cloud test tool lib "
    "core api json yaml xml parse form conf log ger queue task run graph ql auth token crypt image video audio text nlp "
    "model train infer plot chart math stat geo map time date zone"
).split()
CLASSIFIERS = [
    "Programming Language :: Python :: 3",
    "License :: OSI Approved :: MIT License",
    "Operating System :: OS Independent",
    "Intended Audience :: Developers",
    "Topic :: Software Development :: Libraries",
    "Framework :: Django",
]
# When the first project was made, in microseconds.
BEGINNING = 1_800_000_000_000_000
README_BYTES = 100 << 10
MEMBERS = 2_000
TAR_BYTES = 33 << 20


def fill(path, count):
    """Projects with one file each. -> a name, a word of a summary"""
    random.seed(1)
    words = ["".join(random.choices(SYLLABLES, k=2)) + random.choice(["er", "ing", "s"]) for _ in range(8_000)]
    catalog = sqlite3.connect(path, isolation_level=None)
    catalog.execute("PRAGMA synchronous = OFF")
    catalog.execute("BEGIN")
    names, now = set(), BEGINNING
    for number in range(1, count + 1):
        parts = ["".join(random.choices(SYLLABLES, k=random.choice([1, 2, 2]))) for _ in range(random.choice([1, 2, 2, 3]))]
        name = "-".join((["python"] if random.random() < 0.15 else []) + parts)
        name = name if name not in names else f"{name}{number}"
        names.add(name)
        summary = " ".join(random.choices(words, k=8)) + (" for Python" if random.random() < 0.3 else "")
        texts = (" ".join(random.choices(words, k=3)), "\n".join(random.sample(CLASSIFIERS, 4)), f"Jane Doe {number % 5000}")
        serial = catalog.execute(
            "INSERT INTO journal (time, actor, action, index_name, project, subject, details) "
            "VALUES (?, 'bench', 'publish', 'main', ?, ?, '{}')",
            (now + number, name, f"{name}-1.tar.gz"),
        ).lastrowid
        project = catalog.execute(
            "INSERT INTO projects (index_name, name, display_name, summary, created, serial) VALUES ('main', ?, ?, ?, ?, ?)",
            (name, name, summary, now + number, serial),
        ).lastrowid
        digest = number.to_bytes(32, "big")
        catalog.execute(
            "INSERT INTO files (project_id, index_name, filename, identity, version, kind, sha256, blake2b256, size, "
            "upload_time, uploader, serial) VALUES (?, 'main', ?, ?, '1', 'sdist', ?, ?, 1000, ?, 'bench', ?)",
            (project, f"{name}-1.tar.gz", f"{name} 1 sdist", digest, digest, now + number, serial),
        )
        catalog.execute("INSERT INTO search_names (rowid, name) VALUES (?, ?)", (project, f" {name.replace('-', ' ')} "))
        catalog.execute(
            "INSERT INTO search_texts (rowid, name, summary, keywords, classifiers, authors) VALUES (?, ?, ?, ?, ?, ?)",
            (project, name, summary, *texts),
        )
    catalog.execute("COMMIT")
    catalog.close()
    return max(names, key=len), words[0]


def readme():
    """Markdown of the kind that projects have, 100 KB of it."""
    words = random.Random(2)
    text, number = "", 0
    while len(text) < README_BYTES:
        number += 1
        lines = [" ".join(words.choices(SYLLABLES, k=14)) for _ in range(6)]
        text += f"## Part {number}\n\n{lines[0]} `code` **{lines[1]}** [link](https://a.example/{number})\n\n"
        text += f"- {lines[2]}\n- {lines[3]}\n\n```python\n{lines[4]}\n```\n\n| a | b |\n| --- | --- |\n| {lines[5]} | x |\n\n"
    return text


def wheel(name, version, changed=0):
    """A wheel with 2,000 members; the contents of some depend on its version."""
    small = packages.wheel(name, version)
    data = io.BytesIO(small.data)
    info = f"{packages.underscored(name)}-{version}.dist-info/RECORD"
    with zipfile.ZipFile(data) as archive:
        entries = [(path, archive.read(path)) for path in archive.namelist() if path != info]
    for number in range(MEMBERS - len(entries) - 1):
        content = f"value = {version if number < changed else 0!r}, {number}\n".encode()
        entries.append((f"{packages.underscored(name)}/part_{number // 50}/module_{number}.py", content))
    entries.append((info, packages.record(entries, info)))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries:
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content)
    return small._replace(data=data.getvalue())


def sdist(name, version):
    """An sdist with more than the 32 MiB that are listed of it."""
    small = packages.sdist(name, version)
    noise = random.Random(version)
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        with tarfile.open(fileobj=io.BytesIO(small.data)) as old:
            for member in old:
                archive.addfile(member, old.extractfile(member))
        for number in range(TAR_BYTES >> 17):
            content = noise.randbytes(1 << 13).hex().encode() * 8
            member = tarfile.TarInfo(f"{name}-{version}/data/table_{number}.csv")
            member.size, member.mtime = len(content), 1577836800
            archive.addfile(member, io.BytesIO(content))
    return small._replace(data=gzip.compress(data.getvalue(), 1, mtime=0))


def publish(server):
    """Uploads the large archives."""
    token = server.create_token("bench", "--may", "upload")
    archives = [packages.wheel("described", description=readme(), content_type="text/markdown")]
    archives += [packages.wheel("described", "0.9", ["wide>=1"], description=readme(), content_type="text/markdown")]
    archives += [wheel("wide", version, changed=300) for version in ("1.0", "2.0")]
    archives += [sdist("deep", version) for version in ("1.0", "2.0")]
    archives += [packages.wheel("crowded", f"{number // 10}.{number % 10}") for number in range(MEMBERS)]

    def upload(archive):
        answer = wire.upload(server.port, token, archive)
        expect(answer.status == 200, f"upload of {archive.filename}: {answer.status} {answer.reason}")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, archives))
