#!/usr/bin/env python3
"""Prints how Python's email parser reads core metadata, real and mutated.

    python3 Tests/PackagingTests/Oracle/metadata.py .build/archives > rows.jsonl
    WHEELHOUSE_METADATA_ORACLE=$PWD/rows.jsonl swift test --filter PackagingTests

One JSON array of strings a line: the text, its body, then names and values of the fields. Arguments: a folder of
archives; how many mutations of each file (default 100); the longest text (default none; metadata.jsonl was made with 2
and 350); the seed of the random numbers. `HeaderParser` is the parser without a meaning for Content-Type. Blanks and
line ends before a value are dropped, as Pythons since 3.13 do."""
import email.parser
import email.policy
import json
import pathlib
import random
import re
import sys
import tarfile
import zipfile

PIECES = [
    "\n", "\r", "\r\n", "\n\n", " ", "\t", ":", "::", "From ", "\nFrom x\n", "\n \n", "\n: x\n", "\nX:\n", "\nX :y\n",
    "\n       |", "\n        ", "é", "\u2028", "\x85", "\x0b", "\x0c", "\x1c", "\x7f", "\ufeff", "Name: ", "\nno field\n",
]


def texts(folder):
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.name.endswith((".whl", ".zip")):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith((".dist-info/METADATA", "/PKG-INFO", ".dist-info/WHEEL")):
                        yield archive.read(name)
        elif path.name.endswith(".tar.gz"):
            with tarfile.open(path, "r:gz") as archive:
                for member in archive:
                    if member.isreg() and member.name.endswith("/PKG-INFO"):
                        yield archive.extractfile(member).read()


def mutate(rng, text):
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        # Most of the odd cases are in the header and where it ends.
        end = len(text) if rng.random() < 0.2 else min(len(text), text.find("\n\n") % (len(text) + 1) + 4)
        at = rng.randrange(end + 1)
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:at] + text[at + rng.choice([1, 1, 2, 9]):]
        elif kind == 1:
            text = text[:at]
        else:
            text = text[:at] + rng.choice(PIECES) + text[at:]
    return text


def show(text):
    message = email.parser.HeaderParser(policy=email.policy.compat32).parsestr(text)
    fields = [part for name, value in message.raw_items() for part in (name, str(value).lstrip(" \t\r\n"))]
    print(json.dumps([text, message.get_payload(), *fields], ensure_ascii=False))


def main():
    numbers = [int(argument) for argument in sys.argv[2:]]
    count, limit, seed = (numbers + [100, 1 << 20, 440][len(numbers):])[:3]
    rng = random.Random(seed)
    seen = set()
    for data in texts(sys.argv[1]):
        try:
            # The sample is public: no addresses of people, no hosts of registries.
            text = re.sub(r"[\w.+-]+@[\w.-]+", "someone@example.org", data.decode())[:limit]
            text = text.replace("pypi.", "index.").replace("pythonhosted", "hosted")
        except UnicodeDecodeError:
            continue
        if "\0" in text or text in seen:
            continue
        seen.add(text)
        show(text)
        for _ in range(count):
            show(mutate(rng, text[:4000]))


if __name__ == "__main__":
    main()
