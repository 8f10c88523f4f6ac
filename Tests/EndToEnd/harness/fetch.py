"""Fetches files from the registry that pip is configured for, with pip's own session (its certificates, proxies and index). Run by
the Python of an environment that has pip: `fetch.py FOLDER`, with a line `PROJECT FILE...` for each project on standard input."""

import concurrent.futures
import hashlib
import html.parser
import os
import pathlib
import sys
import urllib.parse

from pip._internal.commands.download import DownloadCommand


class Links(html.parser.HTMLParser):
    """The links of a project's page. -> self.found: {file name: URL}"""

    def __init__(self, base):
        super().__init__()
        self.base, self.found = base, {}

    def handle_starttag(self, tag, attributes):
        address = urllib.parse.urljoin(self.base, dict(attributes).get("href") or "")
        if tag == "a":
            self.found[urllib.parse.unquote(urllib.parse.urlsplit(address).path.rpartition("/")[2])] = address


def fetch(session, index, folder, project, names):
    """Fetches files of one project, each checked against the digest of its link."""
    page = session.get(f"{index.rstrip('/')}/{project}/", headers={"Accept": "text/html"})
    page.raise_for_status()
    links = Links(page.url)
    links.feed(page.text)
    for name in names:
        address, _, digest = links.found[name].partition("#sha256=")
        answer = session.get(address, headers={"Accept-Encoding": "identity"})
        answer.raise_for_status()
        if hashlib.sha256(answer.content).hexdigest() != digest:
            raise SystemExit(f"{name} has not the digest of its link")
        part = folder / f"{name}.part"
        part.write_bytes(answer.content)
        os.replace(part, folder / name)


def main():
    folder = pathlib.Path(sys.argv[1])
    command = DownloadCommand("download", "")
    options, _ = command.parser.parse_args([])
    session = command._build_session(options, retries=3, timeout=60)
    projects = [line.split() for line in sys.stdin if line.strip()]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = [pool.submit(fetch, session, options.index_url, folder, project, names) for project, *names in projects]
        for future in done:
            future.result()


main()
