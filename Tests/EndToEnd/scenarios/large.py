"""A wheel of 200 MB: memory must not grow with the file."""

import hashlib

from harness import clients, packages, wire
from harness.report import expect, scenario
from harness.server import Server

SIZE_BYTES = 200 << 20
MEMORY_LIMIT_BYTES = 64 << 20


@scenario("a 200 MB wheel goes up by twine and comes down bit for bit, with the server's peak memory below 64 MiB")
def large_wheel(world):
    name = packages.fresh("large")
    with Server() as server, clients.Workplace() as work:
        path = packages.write_large_wheel(work.folder, name, SIZE_BYTES)
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        work.run(
            clients.program("twine-7", "twine"),
            "upload",
            "--non-interactive",
            "--disable-progress-bar",
            path,
            TWINE_REPOSITORY_URL=server.upload_url,
            TWINE_USERNAME="__token__",
            TWINE_PASSWORD=server.admin_token(),
        )
        after_upload = server.peak_memory_bytes()
        listed = wire.listing(server, name)[path.name]
        expect(listed.sha256 == digest, f"listed with the digest {listed.sha256}, not {digest}")
        got, size = wire.digest_of(server, listed.url)
        expect(
            size == path.stat().st_size and got == digest,
            f"downloaded {size} bytes with the digest {got}, not {digest}",
        )
        python = work.new_environment()
        work.run(clients.uv(), "pip", "install", "--python", python, "--default-index", server.simple_url, name)
        expect(
            work.imported(python, f"import {packages.underscored(name)} as m; print(m.version)") == "1.0",
            "not importable",
        )
        peak = server.peak_memory_bytes()
        world.report.figure(
            "peak memory", f"{after_upload / 2**20:.1f} MiB after the upload, {peak / 2**20:.1f} MiB in all"
        )
        expect(peak < MEMORY_LIMIT_BYTES, f"the peak is {peak / 2**20:.1f} MiB")
