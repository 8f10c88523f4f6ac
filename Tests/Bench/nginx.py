"""nginx on static files, with the same measurements as our server."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

from harness import places, wire
from harness.server import Server

CONFIGURATION = pathlib.Path(__file__).resolve().parent / "nginx.conf"
SEARCH = os.environ["PATH"] + ":/usr/sbin"


def need_programs():
    """Installs wrk and nginx where they are missing."""
    if all(shutil.which(name, path=SEARCH) for name in ("wrk", "nginx")):
        return
    script = f". '{places.ROOT}/Config/dependencies' && install_packages 'the benchmark' wrk nginx-light"
    if subprocess.run(["bash", "-c", script]).returncode:
        raise SystemExit(2)


def free_ports(count):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Nginx(Server):
    """Serves `data`; at `logged_url` with an access log, at `buffered_url` with one that is written in large pieces."""

    def start(self):
        self.data.mkdir(parents=True, exist_ok=True)
        self.port, self.secure_port, logged, buffered = free_ports(4)
        self.url, self.secure_url = f"http://127.0.0.1:{self.port}/", f"https://127.0.0.1:{self.secure_port}/"
        self.logged_url, self.buffered_url = f"http://127.0.0.1:{logged}/", f"http://127.0.0.1:{buffered}/"
        words = {"HOME": self.home, "ROOT": self.data, "CERTIFICATES": places.CERTIFICATES, "PORT": self.port}
        words |= {"SECURE_PORT": self.secure_port, "LOGGED_PORT": logged, "BUFFERED_PORT": buffered}
        words["USER"] = "user root;" if os.geteuid() == 0 else ""
        text = CONFIGURATION.read_text()
        for word, value in words.items():
            text = text.replace(f"@{word}@", str(value))
        (self.home / "nginx.conf").write_text(text)
        self.process = subprocess.Popen(
            [
                *self.prefix,
                shutil.which("nginx", path=SEARCH),
                *("-c", str(self.home / "nginx.conf"), "-e", str(self.home / "error.log")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(100):
            with contextlib.suppress(wire.NoAnswer):
                wire.request(self.port, "GET", "/")
                return self
            time.sleep(0.05)  # until the next try; the number of tries ends it
        raise SystemExit(f"nginx does not start: {(self.home / 'error.log').read_text()}")
