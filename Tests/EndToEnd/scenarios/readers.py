"""Libraries that read an index: nothing may be missing for them, and nothing may make them warn."""

import json
import re
import urllib.parse
import xml.etree.ElementTree

from harness import clients, packages, wire
from harness.report import expect, scenario

PYPI_SIMPLE = """
import sys, pypi_simple
found = {}
with pypi_simple.PyPISimple(sys.argv[1], accept=sys.argv[2]) as client:
    for name in client.get_index_page().projects:
        page = client.get_project_page(name)
        for package in page.packages:
            metadata = client.get_package_metadata(package) if package.has_metadata else None
            found[package.filename] = dict(
                project=package.project, version=package.version, url=package.url, digests=package.digests,
                requires_python=package.requires_python, size=package.size, yanked=package.is_yanked,
                upload_time=package.upload_time and package.upload_time.isoformat(), has_metadata=metadata is not None,
                page_version=page.repository_version, serial=page.last_serial)
"""
MOUSEBENDER = """
import sys, urllib.request, mousebender.simple as simple
found = {}
def get(url):
    answer = urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": sys.argv[2]}), timeout=30)
    return answer.read().decode(), answer.headers["Content-Type"]
for project in simple.parse_project_index(*get(sys.argv[1]))["projects"]:
    url = simple.create_project_url(sys.argv[1], project["name"])
    page, kind = get(url)
    details = simple.parse_project_details(page, kind, project["name"])
    for file in details["files"]:
        found[file["filename"]] = dict(
            url=urllib.parse.urljoin(url, file["url"]), digests=file["hashes"],
            requires_python=file.get("requires-python"), size=file.get("size"), yanked=bool(file.get("yanked")),
            upload_time=file.get("upload-time"), has_metadata=bool(file.get("core-metadata")),
            page_version=details["meta"]["api-version"])
"""
ENDING = "\nimport json\nprint(json.dumps(found))\n"
FORMS = {
    "JSON": wire.JSON,
    "HTML": "application/vnd.pypi.simple.v1+html",
}
# mousebender 2025.1 knows HTML up to 1.1 and warns of 1.4, which PEP 833 makes the last one.
KNOWN_WARNING = "ignore:Unsupported API minor version"
READERS = {"pypi-simple": PYPI_SIMPLE, "mousebender": MOUSEBENDER}


def published(world):
    """Projects with everything that a page can say today. -> {file name: archive}"""
    if "readers" not in world.notes:
        name = packages.fresh("Read.By_Others")
        archives = [packages.wheel(name, version, python=">=3.8,<4") for version in ("1.0", "1.0rc1", "2.0+local.1")]
        archives += [packages.sdist(name, "1.0"), packages.wheel(packages.fresh("read"), "1!0.1")]
        world.notes["readers"] = {world.publish(archive).filename: archive for archive in archives}
    return world.notes["readers"]


def read(world, script, form):
    """What a library finds; every warning is an error to it. -> {file name: properties}"""
    with clients.Workplace() as work:
        python = clients.program("readers", "python")
        warnings = ["-W", "error", *(["-W", KNOWN_WARNING] if script == MOUSEBENDER and form == "HTML" else [])]
        output = work.run(python, *warnings, "-c", script + ENDING, world.server.simple_url, FORMS[form])
    return json.loads(output)


@scenario(
    "every page is read by {} without a warning, with all that it says",
    each=[f"{reader} in {form}" for reader in READERS for form in FORMS],
)
def libraries(world, case):
    reader, form = case.split(" in ")
    archives = published(world)
    found = read(world, READERS[reader], form)
    missing = archives.keys() - found.keys()
    expect(not missing, f"not found: {sorted(missing)}")
    for filename, archive in archives.items():
        listed = wire.listing(world.server, archive.name)[filename]
        one = found[filename]
        wanted = {
            "url": listed.url,
            "digests": {"sha256": listed.sha256},
            "requires_python": listed.entry.get("requires-python"),
            "yanked": False,
            "has_metadata": "core-metadata" in listed.entry,
            "page_version": "1.4",
        }
        if form == "JSON":
            wanted["size"] = len(archive.data)
            expect(one["upload_time"], f"{filename} has no time")
        if reader == "pypi-simple":
            wanted["version"] = archive.version
        elif form == "HTML":
            wanted["page_version"] = "1.0"  # what mousebender makes of every HTML page
        wrong = {key: one[key] for key, value in wanted.items() if one[key] != value}
        expect(not wrong, f"{filename}: {wrong} instead of {wanted}")


FEEDPARSER = """
import sys, feedparser, time
feed = feedparser.parse(sys.argv[1])
assert not feed.bozo, feed.get("bozo_exception")
assert feed.version == "rss20", feed.version
found = dict(title=feed.feed.title, link=feed.feed.link, status=feed.status, entries=[
    dict(title=e.title, link=e.link, id=e.id, summary=e.summary, time=time.mktime(e.published_parsed)) for e in feed.entries])
again = feedparser.parse(sys.argv[1], etag=feed.etag)
found["again"] = again.status
"""
FEEDS = {"new projects": "rss/packages.xml", "new files": "rss/updates.xml"}


@scenario("the feed of {} is well-formed, read by feedparser, and not sent again while nothing is new", each=FEEDS)
def feeds(world, kind):
    archive = world.publish(packages.wheel(packages.fresh("Fed"), "1.0"))
    address = world.server.url + FEEDS[kind]
    answer = wire.request(world.server.port, "GET", "/" + FEEDS[kind])
    root = xml.etree.ElementTree.fromstring(answer.body)
    expect(root.tag == "rss" and root.get("version") == "2.0", f"the document begins with {root.tag} {root.attrib}")
    for item in root.iter("item"):
        tags = [child.tag for child in item]
        expect(tags == ["title", "link", "guid", "description", "pubDate"], f"an item has {tags}")
    with clients.Workplace() as work:
        # feedparser itself warns of Python's cgi module, so here warnings are not errors.
        output = work.run(clients.program("readers", "python"), "-c", FEEDPARSER + ENDING, address)
    found = json.loads(output)
    expect(found["status"] == 200 and found["again"] == 304, f"{found['status']}, then {found['again']}")
    first = found["entries"][0]
    words = archive.name if kind == "new projects" else archive.filename
    expect(words in first["title"], f"the newest entry is {first}")
    expect(first["link"].startswith(world.server.url), f"it leads to {first['link']}")
    page = wire.request(world.server.port, "GET", urllib.parse.urlsplit(first["link"]).path)
    expect(page.status == 200, f"its link answers {page.status}")
    times = [entry["time"] for entry in found["entries"]]
    expect(times == sorted(times, reverse=True), "the newest does not come first")
    identities = [entry["id"] for entry in found["entries"]]
    expect(len(set(identities)) == len(identities), "two entries have one identity")


@scenario("the home page names the feeds where a reader looks for them")
def feeds_of_home(world):
    text = wire.request(world.server.port, "GET", "/", {"Accept": "text/html"}).body.decode()
    links = re.findall(r'<link rel="alternate" type="application/rss\+xml" title="[^"]+" href="([^"]+)">', text)
    expect(sorted(links) == ["./rss/packages.xml", "./rss/updates.xml"], f"{links}")
