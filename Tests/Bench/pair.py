"""Our server and nginx with the same bytes, on the same core; what a row needs is uploaded when a row asks for it."""

import concurrent.futures
import contextlib
import functools
import hashlib

from harness import packages, tls, wire
from harness.server import Server
from nginx import Nginx

SERVER_CORE, LOAD_CORE = 0, 1
PINNED = ("taskset", "--cpu-list", str(SERVER_CORE))
QUIET = ("--access-log", "false")


class Pair:
    """A context manager. `ours` and `nginx` write no access log; `logging` starts one of ours that does."""

    def __init__(self):
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        self.ours = self.stack.enter_context(tls.server(*QUIET, prefix=PINNED))
        self.nginx = self.stack.enter_context(Nginx(prefix=PINNED))
        self.token = self.ours.admin_token()
        return self

    def __exit__(self, *_):
        self.stack.close()

    @functools.lru_cache
    def logging(self, form):
        """Another server on the same data, whose access log has this form (`text` or `json`)."""
        arguments = ("--log", form)
        return self.stack.enter_context(Server(self.ours.data, arguments, PINNED))

    def mirror(self, path):
        """Makes nginx answer as our server does: a page in each form and coding, a file. -> the path"""
        target = self.nginx.data / path.lstrip("/")
        target = target / "index" if path.endswith("/") else target
        target.parent.mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            target.write_bytes(self.answer(path, {}).body)
            return path
        for suffix, accept in ((".html", "text/html"), (".json", wire.JSON)):
            for coding in ("identity", "gzip"):
                answer = self.answer(path, {"Accept": accept, "Accept-Encoding": coding})
                if answer.fields.get("content-encoding", "identity") == coding:
                    name = target.with_suffix(suffix + (".gz" if coding == "gzip" else ""))
                    name.write_bytes(answer.body)
        return path

    def answer(self, path, fields):
        answer = wire.request(self.ours.port, "GET", path, fields)
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status} {answer.reason}")
        return answer

    def publish(self, *archives):
        """-> the paths of the archives"""
        publish_all(self.ours, archives)
        return [f"/packages/{hashlib.sha256(archive.data).hexdigest()}/{archive.filename}" for archive in archives]

    def project(self, name, files):
        """A project with this many small wheels. -> the path of its page"""
        self.publish(
            *(packages.wheel(name, f"1.{number}", payload_bytes=200, python=">=3.9") for number in range(files))
        )
        return self.mirror(f"/simple/{name}/")

    def wheel(self, name, payload_bytes):
        return self.mirror(*self.publish(packages.wheel(name, payload_bytes=payload_bytes)))

    @functools.cached_property
    def page(self):
        return self.project("bench-page", 20)

    @functools.cached_property
    def large_page(self):
        return self.project("bench-large-page", 2000)

    @functools.cached_property
    def root(self):
        self.publish(*(packages.wheel(f"bench-root-{number}") for number in range(1000)))
        return self.mirror("/simple/")

    @functools.cached_property
    def small_wheel(self):
        return self.wheel("bench-small", 9200)

    @functools.cached_property
    def metadata(self):
        return self.mirror(self.small_wheel + ".metadata")

    @functools.cached_property
    def wheel_60(self):
        return self.wheel("bench-60", 60_000_000)

    @functools.cached_property
    def wheel_200(self):
        return self.wheel("bench-200", 200_000_000)

    @property
    def nothing(self):
        return "/simple/no-such-project/"


def publish_all(server, archives):
    """Uploads the archives by eight clients; ends the program when one is refused."""
    token = server.admin_token()

    def publish(archive):
        answer = wire.upload(server.port, token, archive, timeout=120)
        if answer.status != 200:
            raise SystemExit(f"upload of {archive.filename}: {answer.status} {answer.reason}")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(publish, archives))
