"""The real clients, each pinned in its own virtual environment below .build/clients/."""

import os
import pathlib
import subprocess
import sys
import venv

from . import places

PINS = pathlib.Path(__file__).resolve().parents[1] / "clients.txt"


def pins():
    """clients.txt. -> {environment: [requirement], "as-of": [time]}"""
    table = {}
    for line in PINS.read_text().splitlines():
        words = line.partition("#")[0].split()
        if words:
            table[words[0]] = words[1:]
    return table


def run(command, environment=None, folder=None, seconds=600, check=True, text=None):
    """Runs a command; when it fails, the error carries the end of its output. -> standard output and error together"""
    result = subprocess.run(
        [str(word) for word in command],
        env=environment,
        cwd=folder,
        timeout=seconds,
        text=True,
        errors="replace",
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if check and result.returncode:
        words = " ".join(str(word) for word in command)[:300]
        raise AssertionError(f"{words}: exit {result.returncode}\n{result.stdout.strip()[-2000:]}")
    return result.stdout


def registry_index():
    """The index that this machine's pip is configured for, None for pip's own default."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    found = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    )
    return found.stdout.strip() or None


def uv():
    return places.CLIENTS / "uv" / "bin" / "uv"


def _uv_install(environment, requirements, *options):
    """Fills an environment from this machine's registry (so with the caller's own environment and configuration)."""
    index = registry_index()
    chosen = [*(["--default-index", index] if index else []), *options]
    chosen += ["--exclude-newer", *pins()["as-of"]]
    own = dict(os.environ, UV_CACHE_DIR=str(places.CLIENTS / "cache"))
    run([uv(), "pip", "install", "--quiet", "--system-certs", "--python", environment, *chosen, *requirements], own)


def prepare(names=None):
    """Creates what is missing or has another pin, of all or of those named; says so at each slow step."""
    places.CLIENTS.mkdir(parents=True, exist_ok=True)
    table = pins()
    as_of = table.pop("as-of")
    for name in names or table:
        requirements = table[name]
        folder, stamp = places.CLIENTS / name, places.CLIENTS / name / "pins"
        wanted = " ".join([sys.version.split()[0], *as_of, *requirements])
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        print(f"  installing {name}: {' '.join(requirements)}", flush=True)
        places.remove(folder)
        if name == "uv":
            venv.create(folder, with_pip=True)
            run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *requirements])
        else:
            run(
                [uv(), "venv", "--quiet", "--python", sys.executable, folder],
                places.clean_environment(places.CLIENTS / "home"),
            )
            _uv_install(folder, requirements)
        stamp.write_text(wanted)


def program(name, command):
    """The path of a program of a client's environment."""
    return places.CLIENTS / name / "bin" / command


class Workplace:
    """A folder and a clean environment for one test; gone afterwards."""

    def __init__(self, word="test"):
        self.folder = places.scratch(word)
        self.environment = places.clean_environment(self.folder / "home")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        places.remove(self.folder)

    def run(self, *command, folder=None, check=True, text=None, **variables):
        environment = dict(self.environment, **{name: str(value) for name, value in variables.items()})
        return run(command, environment, folder or self.folder, check=check, text=text)

    def new_environment(self, word="venv", client=None):
        """An empty virtual environment, or one with the pip of a client (copied from the cache). -> its Python"""
        folder = self.folder / word
        self.run(uv(), "venv", "--quiet", "--python", sys.executable, folder)
        if client:
            _uv_install(folder, pins()[client], "--offline")
        return folder / "bin" / "python"

    def imported(self, python, statement):
        """Runs a statement in an environment, away from any source folder. -> what it printed"""
        return self.run(python, "-I", "-c", statement, folder="/").strip()
