"""Starts, watches and stops the program under test."""

import contextlib
import http.client
import os
import pathlib
import queue
import re
import signal
import subprocess
import threading
import time
import urllib.parse

from . import places
from .report import eventually

READY = re.compile(r"wheelhouse: serving (?P<data>.*) at (?P<url>https?://[^/\s]+/\S*)")
START_SECONDS = 15
# glibc's own check of the heap: it ends the program at the first block that somebody wrote beyond. Off in measurements.
HEAP_CHECK = {"LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_CHECK_": "3"}
HEAP_CHECK_LIBRARY = "/lib/x86_64-linux-gnu/libc_malloc_debug.so.0"


class Server:
    """One process on a free port of 127.0.0.1 and its own data folder."""

    checks_heap = False

    def __init__(self, data=None, arguments=(), prefix=(), command=None):
        self.home = places.scratch("server")
        self.data = pathlib.Path(data or self.home / "data")
        self.arguments, self.prefix = list(arguments), list(prefix)
        self.command = command or [str(places.binary()), "serve"]
        self.log_path = self.home / "server.log"
        self.process, self.url, self.port, self.ready_seconds = None, None, None, None
        self.secure_url, self.secure_port = None, None

    def start(self):
        """Starts and waits for the line that says where it serves. -> self"""
        command = [*self.prefix, *self.command, "--data", str(self.data), "--listen", "127.0.0.1:0", *self.arguments]
        environment = places.clean_environment(self.home / "home")
        if self.checks_heap and self.command[0] == str(places.binary()) and os.path.exists(HEAP_CHECK_LIBRARY):
            environment.update(HEAP_CHECK)
        begun = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                text=True,
                errors="replace",
            )
        lines = queue.Queue()
        threading.Thread(target=self._drain, args=(self.process.stdout, lines), daemon=True).start()
        wait = START_SECONDS if self.command[-1] == "serve" and self.command[0].endswith("wheelhouse") else 900
        while True:
            try:
                line = lines.get(timeout=max(0.01, begun + wait - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self.kill()
                raise AssertionError(f"the server does not say that it serves; its log ends: {self.log_tail()}")
            if self._take_address(line):
                break
        self.ready_seconds = time.monotonic() - begun
        return self

    def _take_address(self, line):
        """Remembers the address in a line. -> True for the line behind the last of them"""
        found = READY.match(line)
        if not found:
            return self.url is not None
        port = urllib.parse.urlsplit(found["url"]).port
        if found["url"].startswith("https:"):
            self.secure_url, self.secure_port = found["url"], port
        else:
            self.url, self.port = found["url"], port
        return False

    @staticmethod
    def _drain(stream, lines):
        with contextlib.suppress(ValueError, OSError):
            for line in stream:
                lines.put(line.rstrip("\n"))
        lines.put(None)

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        self.stop()
        places.remove(self.home)

    def kill(self):
        """kill -9 for the whole process group, and waits for its end."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()

    def stop(self, seconds=35):
        """SIGTERM, then waits. -> exit status, None when it had to be killed."""
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def log_tail(self, characters=800):
        with contextlib.suppress(OSError):
            return self.log_path.read_text(errors="replace")[-characters:]
        return ""

    def expect_logged(self, words):
        """Waits until the log has these words; it is written a moment after the answer."""
        missing = lambda: f"the log has no {words!r}; it ends: {self.log_tail()}"  # noqa: E731
        eventually(missing, lambda: words in self.log_tail(1 << 20))

    @property
    def simple_url(self):
        return self.url + "simple/"

    @property
    def upload_url(self):
        return self.url + "legacy/"

    def admin_token(self):
        return (self.data / "admin-token").read_text().strip()

    def administer(self, *arguments, check=True):
        """Runs an administration command on this data folder. -> CompletedProcess"""
        result = subprocess.run(
            [str(places.binary()), *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            timeout=120,
            env=places.clean_environment(self.home / "home"),
        )
        if check and result.returncode:
            raise AssertionError(f"wheelhouse {' '.join(arguments)}: exit {result.returncode}: {result.stderr.strip()}")
        return result

    def create_token(self, name, *options):
        """A token by `wheelhouse token create`; it works within a second, so this waits for that."""
        token = self.administer("token", "create", name, *options).stdout.strip()
        # Each look with a token that is not known yet counts as a guess: few looks, and the first when it should work.
        time.sleep(0.25)
        eventually(f"the token {name} does not work", lambda: self.knows(token), pause=0.5)
        return token

    def knows(self, token):
        """True when the token is good for something. An upload without a form is refused, but first it is asked who sends it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            fields = {"Authorization": f"Bearer {token}", "Content-Length": "0"}
            connection.request("POST", urllib.parse.urlsplit(self.upload_url).path, headers=fields)
            return connection.getresponse().status not in (401, 429)

    def peak_memory_bytes(self):
        """The largest resident set so far (VmHWM), summed over the process group."""
        return sum(status_bytes(pid, "VmHWM") for pid in self.processes())

    def processes(self):
        """Process ids of the server and its children."""
        group = []
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                if entry.isdigit() and int(stat_fields(entry)[3]) == self.process.pid:
                    group.append(int(entry))
        return group

    def cpu_seconds(self):
        """User plus system time of the process tree so far, without the time of ended children."""
        ticks = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                fields = stat_fields(pid)
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def files(self):
        """Every file below the data folder, except the catalog's own: {relative path: size}."""
        found = {}
        for path in self.data.rglob("*"):
            with contextlib.suppress(OSError):
                if path.is_file() and not path.name.startswith("catalog"):
                    found[str(path.relative_to(self.data))] = path.stat().st_size
        return found

    def answers(self):
        """True when the server answers a page request."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        return False


def stat_fields(pid):
    """Fields of /proc/PID/stat after the program's name; [0] is the state, [3] the session."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def status_bytes(pid, field):
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0
