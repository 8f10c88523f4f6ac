"""HTTP by hand: requests that no real client would send; answers are read strictly, so a cut one never looks good."""

import base64
import collections
import contextlib
import hashlib
import html.parser
import http.client
import json
import re
import socket
import time
import urllib.parse

JSON = "application/vnd.pypi.simple.v1+json"
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d) ([^\r\n]*)\r\n")
BOUNDARY = "wheelhouseTestBoundary7MA4YWxk"

Answer = collections.namedtuple("Answer", "status reason fields body")
Listed = collections.namedtuple("Listed", "url sha256 size entry")


class NoAnswer(Exception):
    """The connection ended, or time ran out, before a complete answer."""


def basic(token, user="__token__"):
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


def parse(data):
    """One complete answer with Content-Length or chunks. -> Answer, or None when bytes are missing"""
    head, separator, rest = data.partition(b"\r\n\r\n")
    if not separator:
        return None
    match = STATUS_LINE.match(head + b"\r\n")
    if not match:
        raise NoAnswer(f"not an HTTP answer: {head[:80]!r}")
    if match[1] == b"100":
        return parse(rest)
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.decode("latin1").lower()] = value.strip().decode("latin1")
    body = rest
    if fields.get("transfer-encoding", "").lower() == "chunked":
        body = dechunk(rest)
        if body is None:
            return None
    elif "content-length" in fields:
        length = int(fields["content-length"])
        if len(rest) < length:
            return None
        body = rest[:length]
    return Answer(int(match[1]), match[2].decode("latin1"), fields, body)


def dechunk(rest):
    """The content of a chunked body, None while it is not complete."""
    body = b""
    while True:
        line, separator, rest = rest.partition(b"\r\n")
        if not separator:
            return None
        size = int(line.split(b";")[0], 16)
        if len(rest) < size + 2:
            return None
        if size == 0:
            return body
        body, rest = body + rest[:size], rest[size + 2 :]


def send(port, data, half_close=False, timeout=20.0):
    """Sends bytes on a new connection and reads one answer. Raises NoAnswer."""
    end = time.monotonic() + timeout
    received = bytearray()
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout)
    except OSError as problem:
        raise NoAnswer(f"connect: {problem}") from problem
    with connection:
        with contextlib.suppress(OSError):  # an early refusal closes while we still send
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        while True:
            connection.settimeout(max(0.01, end - time.monotonic()))
            try:
                piece = connection.recv(1 << 18)
            except OSError as problem:
                raise NoAnswer(f"{problem} after {len(received)} bytes") from problem
            received += piece
            answer = parse(bytes(received)) if len(received) < 1 << 20 or not piece else None
            if answer:
                return answer
            if not piece:
                raise NoAnswer(f"closed after {len(received)} bytes")


def request(port, method, path, fields=None, body=None, timeout=30.0):
    """An ordinary request on its own connection. -> Answer; raises NoAnswer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, {"Connection": "close", **(fields or {})})
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as problem:
        raise NoAnswer(f"{type(problem).__name__}: {problem}") from problem
    finally:
        connection.close()
    names = {name.lower(): value for name, value in response.getheaders()}
    if method != "HEAD" and "content-length" in names and len(content) != int(names["content-length"]):
        raise NoAnswer("the answer is cut short")
    return Answer(response.status, response.reason, names, content)


def form(archive, **changes):
    """The fields that twine sends for an archive; None leaves a field out (`action` stands for `:action`)."""
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": archive.name,
        "version": archive.version,
        "summary": "made by a test",
        "filetype": archive.filetype,
        "pyversion": archive.pyversion,
        "sha256_digest": hashlib.sha256(archive.data).hexdigest(),
        "blake2_256_digest": hashlib.blake2b(archive.data, digest_size=32).hexdigest(),
        **archive.fields,
    }
    for name, value in changes.items():
        key = ":action" if name == "action" else name
        fields.pop(key, None)
        if value is not None:
            fields[key] = value
    return fields


def multipart(fields, filename=None, data=b""):
    """A multipart body with the archive last, none without a file name. A list is a field sent several times."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    if filename is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="content"; filename="{filename}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def upload(port, token, archive, timeout=30.0, **changes):
    """One upload as a client would send it. -> Answer; raises NoAnswer."""
    body = multipart(form(archive, **changes), archive.filename, archive.data)
    fields = {"Content-Type": FORM_TYPE, "Authorization": basic(token)}
    return request(port, "POST", "/legacy/", fields, body, timeout)


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def listing(server, name):
    """What the JSON page lists. -> {file name: Listed}, empty for an unknown project"""
    page = f"{server.simple_url}{normalized(name)}/"
    answer = request(server.port, "GET", urllib.parse.urlsplit(page).path, {"Accept": JSON})
    if answer.status == 404:
        return {}
    if answer.status != 200:
        raise AssertionError(f"{page} answers {answer.status} {answer.reason}")
    return {
        file["filename"]: Listed(
            urllib.parse.urljoin(page, file["url"]), file["hashes"].get("sha256"), file.get("size"), file
        )
        for file in json.loads(answer.body)["files"]
    }


class Anchors(html.parser.HTMLParser):
    """Collects the anchors of a page: [(text, attributes)]."""

    def __init__(self, text):
        super().__init__()
        self.found, self._attributes = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self._attributes = dict(attributes)

    def handle_data(self, data):
        if self._attributes is not None:
            self.found.append((data.strip(), self._attributes))
            self._attributes = None


def html_listing(server, name):
    """What the HTML page lists. -> {file name: attributes of the anchor}"""
    answer = request(server.port, "GET", f"/simple/{normalized(name)}/", {"Accept": "text/html"})
    if answer.status != 200:
        raise AssertionError(f"the HTML page of {name} answers {answer.status}")
    return dict(Anchors(answer.body.decode()).found)


def download(server, url):
    """The bytes of a listed archive; the address must be one of this server."""
    parts = urllib.parse.urlsplit(url)
    if parts.port != server.port:
        raise AssertionError(f"{url} is not an address of this server")
    answer = request(server.port, "GET", parts.path, timeout=60)
    if answer.status != 200:
        raise AssertionError(f"{url} answers {answer.status} {answer.reason}")
    return answer.body


def digest_of(server, url):
    """SHA-256 of a download that is read in pieces. -> (hex digest, size in bytes)"""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", urllib.parse.urlsplit(url).path)
    response = connection.getresponse()
    if response.status != 200:
        raise AssertionError(f"{url} answers {response.status}")
    digest, size = hashlib.sha256(), 0
    while piece := response.read(1 << 20):
        digest.update(piece)
        size += len(piece)
    connection.close()
    return digest.hexdigest(), size


def problem_with(server, archive):
    """None when the archive is listed with the right digest and downloads bit for bit, else what is wrong."""
    listed = listing(server, archive.name).get(archive.filename)
    if listed is None:
        return f"{archive.filename} is not listed"
    right = hashlib.sha256(archive.data).hexdigest()
    if listed.sha256 != right:
        return f"{archive.filename} is listed with the digest {listed.sha256}, not {right}"
    if listed.size is not None and listed.size != len(archive.data):
        return f"{archive.filename} is listed with {listed.size} bytes, not {len(archive.data)}"
    if download(server, listed.url) != archive.data:
        return f"{archive.filename} downloads with other bytes"
    return None
