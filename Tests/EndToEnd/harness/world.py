"""The server that most scenarios share, its upload token, and a few projects to install."""

from . import packages, places, wire
from .server import Server

# Who must sign what on the shared server.
POLICY = places.ROOT / "Tests" / "EndToEnd" / "policy.json5"


class World:
    """Starts its server when the first scenario asks for it."""

    def __init__(self):
        self._server, self._token, self._projects, self.notes = None, None, None, {}

    @property
    def server(self):
        if self._server is None:
            self._server = Server(arguments=["--reserved-names", "reserved-here-*", "--policy", str(POLICY)]).start()
        return self._server

    @property
    def token(self):
        """A token that may upload and nothing else."""
        if self._token is None:
            self._token = self.server.create_token("end-to-end", "--may", "upload")
        return self._token

    def publish(self, archive):
        answer = wire.upload(self.server.port, self.token, archive)
        if answer.status != 200:
            raise AssertionError(f"upload of {archive.filename}: {answer.status} {answer.reason} {answer.body[:300]!r}")
        return archive

    @property
    def projects(self):
        """An application needs a library (1.0, 1.1, 2.0 exist, 1.1 fits), which needs a leaf. -> [normalized names]"""
        if self._projects is None:
            app, library, leaf = (
                packages.fresh("Harbor.App"),
                packages.fresh("harbor_lib"),
                packages.fresh("harbor-leaf"),
            )
            self.publish(packages.wheel(app, "1.0", [f"{library}>=1,<2"], python=">=3.6"))
            for version in ("1.0", "1.1", "2.0"):
                self.publish(packages.wheel(library, version, [leaf], payload_bytes=40_000))
            self.publish(packages.wheel(leaf, "0.3"))
            self._projects = [wire.normalized(name) for name in (app, library, leaf)]
        return self._projects

    def close(self):
        if self._server is not None:
            self._server.__exit__()
