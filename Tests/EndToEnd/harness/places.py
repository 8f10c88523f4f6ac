"""Folders and programs: everything that is written goes below .build/ or a temporary folder."""

import atexit
import os
import pathlib
import shutil
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / ".build"
CLIENTS = BUILD / "clients"
ARCHIVES = BUILD / "archives"
CERTIFICATES = ROOT / "Tests" / "Certificates"

# What a user's own configuration could say to a client; none of it may help (or spoil) a test.
FOREIGN = ("PIP_", "UV_", "TWINE_", "FLIT_", "HATCH_", "PDM_", "POETRY_", "PYTHON", "VIRTUAL_ENV", "WHEELHOUSE_") + (
    "CI",
    "GITHUB_",
    "GITLAB_",  # with these, clients look for trusted publishing
    "SSL_CERT_",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


def binary():
    """The program under test: $WHEELHOUSE_BINARY, else the release build."""
    path = pathlib.Path(os.environ.get("WHEELHOUSE_BINARY", BUILD / "release" / "wheelhouse"))
    if not os.access(path, os.X_OK):
        raise SystemExit(f"{path} is missing: build it with `swift build -c release --product wheelhouse`")
    return path


def scratch(prefix):
    """A new temporary folder, on the disk of the repository (not in memory: tests write a lot)."""
    (BUILD / "scratch").mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix + "-", dir=BUILD / "scratch"))
    atexit.register(remove, folder)
    return folder


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)


def clean_environment(home):
    """The environment of a client: no configuration of the user, no index but the one that a test names."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    home.mkdir(parents=True, exist_ok=True)
    kept.update(
        HOME=str(home),
        XDG_CONFIG_HOME=str(home / "config"),
        XDG_CACHE_HOME=str(home / "cache"),
        XDG_DATA_HOME=str(home / "data"),
        PIP_CONFIG_FILE=os.devnull,
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_CACHE_DIR=str(home / "cache" / "pip"),
        PIP_NO_INPUT="1",
        UV_NO_CONFIG="1",
        UV_CACHE_DIR=str(home / "cache" / "uv"),
        UV_PYTHON_DOWNLOADS="never",
        PDM_CHECK_UPDATE="false",
        POETRY_NO_INTERACTION="1",
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
        PYTHONDONTWRITEBYTECODE="1",
        NO_COLOR="1",
        NO_PROXY="127.0.0.1",
        no_proxy="127.0.0.1",
    )
    return kept
