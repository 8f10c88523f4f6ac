#!/usr/bin/env python3
"""Prints what the reference implementation (`packaging` on PyPI) says about many words of the specifications.

`Tests/PackagingTests/Oracle/run` installs the reference, calls this and compares.

One JSON array of strings a line: kind, input (one or two), then the reference's answer; no answer = refused. The
first argument is the number of mutated inputs for each kind (default 6000; sample.jsonl was made with 60), the second
the seed of the random numbers (default 440), the third a folder of archives or METADATA files (default none).
Shapes are those of real projects; most mutations break something.
"""
import itertools
import json
import pathlib
import random
import sys

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidName, InvalidSdistFilename, InvalidWheelFilename, canonicalize_name, canonicalize_version,
    is_normalized_name, parse_sdist_filename, parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

import metadata
import words

NAMES = """\
requests Django numpy scikit-learn Flask-SQLAlchemy zope.interface ruamel.yaml oslo.config backports.zoneinfo
typing_extensions PyYAML Pillow jaraco.functools azure-storage-blob google-cloud_storage A z 0 9lives x-1 foo--bar
foo__bar foo.-_bar Foo.Bar-BAZ_qux a.b.c.d python-dateutil importlib_metadata MarkupSafe 3to2 pkg-1.0 _private
trailing- .hidden
""".split()

VERSIONS = """\
0 1 1.0 1.0.0 1.0.0.0 0.0 0.9 00.009 2.31.0 2024.7.4 20240513 20230425123456789012345 1!2.0 01!1.0 0!1.0 1.0a1
1.0.a.1 1.0-alpha-1 1.0ALPHA 1.0b2 1.0beta 1.0_beta_2 1.0rc1 1.0c1 1.0-c.3 1.0pre 1.0preview2 1.1.preview-4 1.0RC01
1.0.post1 1.0-1 1.0-01 1.0post 1.0.rev3 1.0-r4 1.0r 1.2.post-2 1.0a1-1 1.0a1.post2 1.0rc1.post3.dev4
1.0.post456.dev34 1.0.dev1 1.0dev 1.0-dev_4 1.dev0 1.0.dev456 1.0a2.dev456 1.0b2.post345.dev456 v1.0 V2.1rc1
1.0+local 1.0+Ubuntu-1 1.0+abc.5 1.0+abc.7 1.0+5 1.0+01 1.0+foo0100 1.0+a_b-c.d 2.0.1+cu118 1.0+10 1.0+2 1.0+a.b
1.0+a.1 1.0+a.10.b 4.0.0.20250101 1.10.0 1.0. 1_0 1.0- 1.0+ 1..0 .1 1.0.post1-1 1.0+a+b 1.0dev-r v.1 =1.0 1.0.* x
1.0a. 1.0.post- 1.0a-post1 1!1!1 1.0rcc1 1.0alpah
""".split()

CLAUSES = """\
>=3.6 >=3.7,<4 >=2.7,!=3.0.*,!=3.1.* ~=3.8 ~=1.4.5a4 ~=2.2.0 ==1.0 ==1.0.0 ==1.1.* !=1.5.* !=1.0 <=2.0 <1.0 >1.0
>1.0.post1 >1.0.dev1 <1.0rc1 <1.0.post1 >=1.0a1 ==1.0+local !=1.0+local ===1.0 ===foobar ===1.0+Local >=1!1.0
==1!1.* ~=1!2.0 ==0.* ==1.0.0.* >=3.* ~=1 ~=1.0+x >=1.0+x ==1.0.*+x ==1.0a1.* ==1.0.dev1.* =>1 >= =1.0 1.0 >=v1.0
==1.0-1 >1.0-1 <=1.0-r4
""".split()

TAGS = """\
py3-none-any py2.py3-none-any cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64 cp39-abi3-win_amd64
cp315-abi3.abi3t-linux_x86_64 pp310-pypy310_pp73-macosx_11_0_arm64 CP313-cp313t-musllinux_1_2_aarch64 py3-none-win32
py3.-none-any 3-none-any py3-none py3-none-any-any py3--any cp313-none-pyemscripten_2024_0_wasm32 jy27-none-any
""".split()

BUILDS = ["", "", "", "1", "1abc", "20_x", "abc", "0", "007.a"]
SUFFIXES = [".whl"] * 9 + [".WHL", ".whl ", ".zip", ""]
SDIST_SUFFIXES = [".tar.gz"] * 8 + [".zip", ".tar.bz2", ".TAR.GZ", ".egg", ".tgz", ""]
ALPHABET = "aAzZbcr019.-_+!v *=<>~,;()" + "'\"/\\%#&\t\n\r\x00\x1c\x7f\xa0é٣ſK" + "0123456789"


def mutate(rng, text):
    """One to three small changes; or none."""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            text = text[:at] + rng.choice(ALPHABET) + text[at:]
        elif kind == 1:
            text = text[:at] + text[at + 1:]
        elif kind == 2:
            text = text[:at] + rng.choice(ALPHABET) + text[at + 1:]
        elif kind == 3:
            text = text.swapcase() if rng.random() < 0.5 else text[:at] + text[at:].upper()
        elif kind == 4:
            end = rng.randrange(at, len(text) + 1)
            text = text[:at] + text[at:end] * 2 + text[end:]
        else:
            text = rng.choice([" ", "\n", "\t", ""]) + text + rng.choice([" ", "\n", "", "\v"])
    return text


def random_version(rng):
    """A valid version of random parts, in a random spelling."""
    number = lambda: str(rng.choice([0, 0, 1, 1, 2, 3, 10, 12, 2024, 10 ** rng.randrange(1, 40)]))
    maybe = lambda chance, make: make() if rng.random() < chance else ""
    separator = lambda: rng.choice(["", ".", "-", "_"])
    text = maybe(0.1, lambda: "v") + maybe(0.15, lambda: number() + "!")
    text += ".".join(number() for _ in range(rng.choice([1, 2, 2, 3, 3, 4])))
    pre = lambda: separator() + rng.choice("a b c rc alpha beta pre preview".split()) + separator() + maybe(0.8, number)
    post = lambda: "-" + number() if rng.random() < 0.3 else (
        separator() + rng.choice(["post", "rev", "r"]) + separator() + maybe(0.8, number))
    dev = lambda: separator() + "dev" + separator() + maybe(0.8, number)
    text += maybe(0.3, pre) + maybe(0.3, post) + maybe(0.3, dev)
    label = lambda: rng.choice([number(), "abc", "cpu", "1a", "a1", "Ubuntu", "007", "b"])
    text += maybe(0.25, lambda: "+" + rng.choice("._-").join(label() for _ in range(rng.choice([1, 1, 2, 3]))))
    return text


def name(text):
    try:
        return [canonicalize_name(text, validate=True)]
    except InvalidName:
        return []


def normalized(text):
    return [str(is_normalized_name(text)).lower()]


def version(text):
    try:
        parsed = Version(text)
    except InvalidVersion:
        return []
    kinds = {"pre": parsed.is_prerelease, "post": parsed.is_postrelease, "local": parsed.local is not None}
    return [str(parsed), canonicalize_version(parsed), " ".join(kind for kind in kinds if kinds[kind])]


def order(left, right):
    left, right = Version(left), Version(right)
    return ["<" if left < right else ">" if left > right else "="]


def specifier(text):
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return []
    return ["valid"]


def contains(text, candidate):
    return [str(SpecifierSet(text).contains(Version(candidate), prereleases=True)).lower()]


def wheel(text):
    try:
        project, parsed, build, tags = parse_wheel_filename(text)
    except InvalidWheelFilename:
        return []
    number, rest = build or ("", "")
    return [project, str(parsed), f"{number}{rest}", " ".join(sorted(map(str, tags)))]


def sdist(text):
    try:
        project, parsed = parse_sdist_filename(text)
    except InvalidSdistFilename:
        return []
    return [project, str(parsed)]


def inputs(rng, count):
    """(function, its arguments), at first the seeds as they are."""
    any_version = lambda: random_version(rng) if rng.random() < 0.5 else rng.choice(VERSIONS)
    seeds = NAMES + ["", "a" * 246, "é"]
    for text in seeds + [mutate(rng, rng.choice(seeds)) for _ in range(count)]:
        yield name, text
        yield normalized, text
    for text in VERSIONS + ["", " 1.0\n"] + [mutate(rng, any_version()) for _ in range(2 * count)]:
        yield version, text
    valid = [text for text in VERSIONS if version(text)]
    valid += [random_version(rng) for _ in range(max(20, count // 20))]
    for _ in range(2 * count):
        yield order, rng.choice(valid), rng.choice(valid)
    sets = CLAUSES + [",", "", ">=1,,<2", " >= 1.0 , < 2 ", "===", "== 1.0 .*", "====1"]
    operators = ["~=", "==", "!=", "<=", ">=", "<", ">", "==="]
    for _ in range(count):
        clauses = [rng.choice(operators) + rng.choice(["", " "]) + any_version() + rng.choice(["", "", "", ".*"])
                   for _ in range(rng.choice([1, 1, 2, 3]))]
        sets.append(",".join(clauses))
        sets.append(mutate(rng, rng.choice(CLAUSES)))
    for text in sets:
        yield specifier, text
    valid_sets = [text for text in sets if specifier(text)]
    for _ in range(4 * count):
        yield contains, rng.choice(valid_sets), rng.choice(valid)
    for _ in range(2 * count):
        build = rng.choice(BUILDS)
        parts = [rng.choice(NAMES).replace("-", rng.choice("-__")), any_version().replace("-", rng.choice("-.."))]
        text = "-".join(parts + ([build] if build else []) + [rng.choice(TAGS)]) + rng.choice(SUFFIXES)
        yield wheel, text if rng.random() < 0.5 else mutate(rng, text)
    for _ in range(2 * count):
        text = f"{rng.choice(NAMES)}-{any_version()}{rng.choice(SDIST_SUFFIXES)}"
        yield sdist, text if rng.random() < 0.5 else mutate(rng, text)
    yield from words.inputs(rng, count, CLAUSES)


def real_texts(folder):
    loose = (path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("METADATA")))
    for data in itertools.chain(metadata.texts(folder), loose):
        if b"\0" not in data and b"Metadata-Version" in data:
            yield data.decode(errors="ignore")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 440
    questions = inputs(random.Random(seed), count)
    if len(sys.argv) > 3:
        questions = itertools.chain(questions, words.real(real_texts(sys.argv[3])))
    seen = set()
    for function, *arguments in questions:
        row = json.dumps([function.__name__, *arguments, *function(*arguments)])
        if row not in seen:
            seen.add(row)
            print(row)


main()
