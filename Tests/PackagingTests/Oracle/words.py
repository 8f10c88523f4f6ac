"""Requirements, markers, licence expressions, entry points, single fields and whole metadata files for `generate.py`:
what the reference says about each, and many of each."""
import configparser
import email
import re
import string

from packaging.licenses import InvalidLicenseExpression, _spdx, canonicalize_license_expression
from packaging.markers import InvalidMarker, Marker
from packaging.metadata import ExceptionGroup, InvalidMetadata, Metadata
from packaging.requirements import InvalidRequirement, Requirement

REQUIREMENTS = """\
requests
requests>=2.8.1
requests [security,tests] >= 2.8.1, == 2.8.* ; python_version < "2.7"
pip @ https://example.org/pip-1.3.1.zip
pip @ https://example.org/pip-1.3.1.zip ; python_version>"3"
pip@file:///a.whl#sha1=da9234ee;extra=='x'
SQLAlchemy (>=1.4.0,<2)
zope.interface (>3.5.0)
pytz (>dev)
typing-extensions>=3.7.4; python_version<'3.8' and platform_python_implementation != 'PyPy'
colorama>=0.4; (sys_platform=="win32" or os_name=='nt') and extra == "Colour_Support"
A.B-C_d[x]
foo[]
foo[ a , b ]~=1.4.5a4
foo>=1,
foo ()
foo===weird,ness
foo==1.0+local.1
foo>=1!2.0,!=1.*,<=3
pywin32 >=226 ; platform_system == "Windows"
backports.zoneinfo[tzdata];python_version<"3.9" and "test" in extras
x; "Dev-Group" in dependency_groups
x; os.name == "posix" and sys.platform not in "win32 cygwin" or platform.machine=='arm64'
x; python_implementation=="CPython" and platform.python_implementation=='CPython'
x; (((python_full_version >= "3.7.1")))
x; (os_name == "a" and (os_name == "b" or os_name == "c")) or implementation_version ~= "3"
x; platform_release >= "20" or platform_version === "#1" and implementation_name!='it"s'
x; '3' in python_version
x; "linux"in sys_platform or(os_name=="x")and os_name=="y"
foo >=
foo bar
foo_
foo-
[x]
foo[a b]
foo[a,]
foo (>=1
foo >=1)
foo >=1 <2
foo,>=1
foo>=1,,<2
foo @
foo @ https://e.org/;x=="y"
foo;
foo; bar
foo; os_name
foo; os_name = "x"
foo; os_name == x
foo; os_name == "x' and
foo; os_name == "x" and
foo; (os_name == "x"
foo; os_name == "x")
foo; os_name notin "x"
foo; os_name not in"x"
foo; "x" not\tin os_name
foo>=3.*
foo~=1
foo==1.0.dev1.*
foo>=1.0+x
foo=1
foo=>1
foo>="1"
""".splitlines()

VARIABLES = """\
python_version python_full_version os_name sys_platform platform_release platform_system platform_version
platform_machine platform_python_implementation implementation_name implementation_version extra extras
dependency_groups os.name sys.platform platform.version platform.machine platform.python_implementation
python_implementation
""".split()
VALUES = ['"3.8"', "'win32'", '"CPython"', "''", "'a\"b'", '"it\'s"', '"Foo_.Bar"',
          '"é"', '"\t"', '"x and y"', '"(;)"']
OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "~=", "===", " in ", " not in ", " not  in "]
PIECES = list("()[]@;,=<>!~.*+-_ \t\n'\"\\#:/") + [
    " and ", " or ", "not", "in", "extra", "os_name", "1", "0", "a", "é", " "]

LICENSES = """\
MIT mit Apache-2.0 BSD-3-Clause GPL-2.0 gpl-2.0+ GPL-3.0-or-later LGPL-2.1-only LicenseRef-Public-Domain licenseref-X.1
LicenseRef- LicenseRef-a_b LicenseRef-x+ MIT+ UNLICENSED AND OR WITH ( ) and or with Classpath-exception-2.0
LLVM-exception classpath-exception-2.0 Unknown-exception not lambda False
""".split()

ENTRY_POINTS = [
    "[console_scripts]", "[gui_scripts]", "[pytest11]", "[a.b]", "[x-y]", "[]", "[a]b]c", "[console_scripts",
    "foo = foo:main",
    "foo=foo.bar:baz.quux", ".. = a:b", "Foo = foo:main [x, y]", "foo = foo", "  bar = bar:main", "\tbaz = x:y",
    "name with space = a:b",
    "a/b = c:d", "../x = c:d", "# comment = x", "; comment", "", "   ", "no delimiter", "x : y", "= empty", "empty =",
    "x = a = b", "foo = a:b ; inline", "é = a:b", "  continued", "    # inner", "bar-1.2_x = a:b", "two\r",
    "r = a:b\r",
]

FIELDS = {
    "Summary": ["words", "two\x0blines", "a\u2028b", "", "x" * 512],
    "Description-Content-Type": """\
text/markdown|text/x-rst|text/plain|text/markdown; charset=UTF-8; variant=GFM
text/markdown;charset=utf-8;variant=CommonMark
text/markdown; variant=gfm|text/x-rst; charset=UTF-8|TEXT/Plain; charset="UTF-8"|text/rst
text/html|markdown|text/markdown;
text/plain; charset=ascii|text/markdown; variant=Original|text/x-rst; variant=x|text/markdown; x=y|text/markdown; x|text
UNKNOWN|text/markdown; charset = UTF-8|text /markdown|text/markdown charset=UTF-8
text/markdown; variant="GFM"|text/markdown,
""".replace("\n", "|").strip("|").split("|"),
    "Dynamic": ["Requires-Dist", "classifier", "License-File", "Provides", "Nonsense", "requires_dist", "Import-Name"],
    "Provides-Extra": ["test", "Foo.Bar", "a b", "-x", "secure;python_version<'2.7'", "a_", "é"],
    "License-File": ["LICENSE", "a/b.txt", "../x", "/etc/x", "a\\b", "C:/x", "c:x", "a//b", "./a", "a/", "*.txt", "a..b",
                     "LICENSE?", "[x]", ".", "é/ü", "a/./b", "\\x", "//a/b", "a:b", "AUTHORS.rst"],
    "Import-Name": ["foo", "foo.bar", "foo.bar ; private", "foo;private", "foo; public", "1foo", "foo-bar", "class",
                    "a.class", "foo.", ".foo", "foo;", "é.ü", "_x", "foo ; private x", "None"],
    "Import-Namespace": ["zope", "zope.interface; private", "zope-x", ""],
    "Requires-Python": [">=3.8", ">=3.8,<4", ">=3.*", "3.8", "", "~=3", "==3.*"],
    "Requires-Dist": REQUIREMENTS,
    "License-Expression": ["MIT", "mit or apache-2.0", "MIT/X11", "GPL", "BSD", "MIT AND", "(MIT)", "UNKNOWN"],
}
HARMLESS = {
    "1.0": ["Platform: any", "Keywords: a,b", "Home-page: https://example.org", "Author: Ada", "License: MIT",
            "Author-email: ada@example.org"],
    "1.1": ["Supported-Platform: x", "Download-URL: https://example.org", "Classifier: Topic :: Utilities",
            "Requires: x", "Provides: x", "Obsoletes: x"],
    "1.2": ["Maintainer: Ada", "Maintainer-email: ada@example.org", "Provides-Dist: x", "Obsoletes-Dist: x",
            "Requires-External: C (>=1)", "Project-URL: Source, https://example.org/x"],
}
VERSIONS = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"]


def requirement(text):
    try:
        return [str(Requirement(text))]
    except (InvalidRequirement, ValueError):
        return []


def marker(text):
    try:
        return [str(Marker(text))]
    except (InvalidMarker, ValueError):
        return []


def license(text):
    try:
        return [canonicalize_license_expression(text)]
    except InvalidLicenseExpression:
        return []


def entry_points(text):
    """As the public index reads the file: group, name and value of each entry point in turn."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    groups = {group: list(parser[group].items()) for group in parser.sections()}
    for group in ("console_scripts", "gui_scripts"):
        if not all(re.fullmatch(r"[\w.-]+", name) for name, _ in groups.get(group, [])):
            return []
    return ["valid"] + [word for group in sorted(groups) for pair in groups[group] for word in (group, *pair)]


def label(text):
    """Label normalization of "Well-known Project URLs"."""
    return [text.translate(str.maketrans("", "", string.punctuation + string.whitespace)).lower()]


def field(name, value):
    """The validity of one value."""
    key = name.lower().replace("-", "_")
    key += "s" * (key in ("license_file", "import_name", "import_namespace"))
    if key not in ("summary", "description_content_type", "requires_python", "license_expression"):
        value = [value]
    try:
        Metadata.from_raw({"metadata_version": "2.6", "name": "x", "version": "1", key: value})
    except ExceptionGroup:
        return []
    return ["valid"]


def metadata(text):
    """The fields that the reference complains about."""
    try:
        Metadata.from_email(text)
    except ExceptionGroup as group:
        return sorted({error.field.lower().replace("_", "-") for error in group.exceptions})
    return ["valid"]


def mutate(rng, text, pieces):
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:at] + text[at + rng.choice([1, 1, 2, 5]):]
        elif kind == 1:
            end = rng.randrange(at, len(text) + 1)
            text = text[:at] + text[at:end] * 2 + text[end:]
        else:
            text = text[:at] + rng.choice(pieces) + text[at + (kind == 3):]
    return text


def random_marker(rng, depth=0):
    blank = lambda: rng.choice(["", "", " ", "  ", "\t"])
    if depth < 4 and rng.random() < 0.4:
        parts = [random_marker(rng, depth + 1) for _ in range(rng.choice([1, 2, 2, 3]))]
        text = parts[0]
        for part in parts[1:]:
            text += rng.choice([" and ", " or ", " or\t"]) + part
        return "(" + blank() + text + blank() + ")" if rng.random() < 0.7 else text
    sides = [rng.choice(VARIABLES), rng.choice(VALUES)]
    if rng.random() < 0.3:
        sides.reverse()
    if rng.random() < 0.05:
        sides[0] = sides[1]
    return sides[0] + blank() + rng.choice(OPERATORS) + blank() + sides[1]


def random_requirement(rng, clauses):
    text = rng.choice(["foo", "Foo.Bar", "a", "zope.interface", "x-y_z"])
    text += rng.choice(["", "", "", "[x]", "[ B, a ]", "[]", " [a,a]"])
    if rng.random() < 0.15:
        text += rng.choice([" @ ", "@", " @"]) + "https://example.org/x.whl" + rng.choice(["", " ", "?a=b;c"])
    else:
        some = ",".join(rng.choice(clauses) for _ in range(rng.choice([0, 1, 1, 2, 3])))
        text += rng.choice(["", " "]) + (f"({some})" if rng.random() < 0.3 else some)
    if rng.random() < 0.5:
        text += rng.choice([";", " ; ", "; "]) + random_marker(rng)
    return text


def random_license(rng):
    words = [rng.choice(LICENSES if rng.random() < 0.4 else list(_spdx.LICENSES)) for _ in range(rng.choice([1, 2, 3]))]
    if rng.random() < 0.2:
        words[0] += " with " + rng.choice(list(_spdx.EXCEPTIONS))
    text = words[0]
    for word in words[1:]:
        text += rng.choice([" AND ", " or ", " Or ", " "]) + (f"({word}" if rng.random() < 0.2 else word)
        text += ")" * rng.choice([0, 0, 0, text.count("(") - text.count(")")])
    return text + ")" * (max(0, text.count("(") - text.count(")")) if rng.random() < 0.8 else 0)


def random_metadata(rng):
    version = rng.choice(VERSIONS)
    lines = [f"Metadata-Version: {version}", "Name: foo", "Version: 1.0"]
    harmless = [line for since in HARMLESS for line in HARMLESS[since] if since <= version]
    lines += rng.sample(harmless, min(len(harmless), rng.randrange(4)))
    for name in rng.sample(sorted(FIELDS), rng.choice([0, 1, 1, 2, 3])):
        lines.append(f"{name}: {rng.choice(FIELDS[name])}")
    if rng.random() < 0.1:
        lines.append(rng.choice(lines))
    if rng.random() < 0.1:
        lines.append(rng.choice(["X-Odd: 1", "Require-Dist: x", "Description: x", "Home-page: UNKNOWN"]))
    rng.shuffle(lines)
    return "\n".join(lines) + rng.choice(["", "\n", "\n\nbody\n"])


def inputs(rng, count, clauses):
    """(function, its arguments), at first the seeds as they are."""
    for text in REQUIREMENTS:
        yield requirement, text
    for _ in range(count):
        text = random_requirement(rng, clauses) if rng.random() < 0.6 else rng.choice(REQUIREMENTS)
        yield requirement, text
        yield requirement, mutate(rng, text, PIECES)
        text = random_marker(rng)
        yield marker, text
        yield marker, mutate(rng, text, PIECES)
    words = list(_spdx.LICENSES) + [f"MIT WITH {word}" for word in _spdx.EXCEPTIONS] + LICENSES
    for text in words if count >= 1000 else words[::10]:
        yield license, text
    for _ in range(count):
        yield license, random_license(rng)
        yield license, mutate(rng, random_license(rng), [" ", "(", ")", "+", " AND ", " WITH ", "\t", "-", "x", "MIT"])
    for _ in range(count):
        text = "\n".join(["[console_scripts]"] * rng.randrange(2) + rng.choices(ENTRY_POINTS, k=rng.randrange(1, 7)))
        yield entry_points, text
        yield entry_points, mutate(rng, text, ["\n", " ", "\t", "=", "[", "]", "\r\n", "#", "x", ":", "\u00a0"])
    for name, values in FIELDS.items():
        for value in values:
            yield field, name, value
    for _ in range(count):
        name = rng.choice([name for name in FIELDS if name not in ("Requires-Dist", "License-Expression")])
        # Import-Name alone may be empty, which this form of the question cannot say.
        pieces = list(" ;=/\".,-_:\\*aA1é") + ["..", "//", "; ", "UTF-8"]
        yield field, name, ("x" if name == "Import-Name" else "") + mutate(rng, rng.choice(FIELDS[name]), pieces)
    yield metadata, "Metadata-Version: 2.0\nName: foo\nVersion: 1.0\n"
    for _ in range(count):
        yield metadata, random_metadata(rng)
    for text in ["Homepage", "Home-page", "Home page", "Change_Log", "What's New?", "GitHub", "Été!", "a\tb\u00a0c",
                 "~^`{|}"]:
        yield label, text


def real(texts):
    """Core metadata of real archives, and each requirement in it."""
    for text in texts:
        yield metadata, text
        for value in email.message_from_string(text).get_all("Requires-Dist", []):
            yield requirement, value
