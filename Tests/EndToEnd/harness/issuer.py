"""An issuer of ID tokens with real TLS, and the part of a CI that hands them to its jobs."""

import base64
import contextlib
import http.server
import json
import ssl
import subprocess
import threading
import time
import urllib.parse

from . import places

AUDIENCE = "packages.acme.example"
REQUEST_TOKEN = "the-job's-own-secret"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An RSA key, made by openssl."""

    def __init__(self, name, folder, bits=2048):
        self.name, self.file = name, folder / f"{name}.key"
        made = subprocess.run(
            ["openssl", "genrsa", "-out", str(self.file), str(bits)], capture_output=True, timeout=60, check=False
        )
        if made.returncode:
            raise AssertionError(f"openssl makes no key: {made.stderr}")
        modulus = self._openssl("rsa", "-in", str(self.file), "-noout", "-modulus").split(b"=")[1].strip()
        number = encoded(bytes.fromhex(modulus.decode()))
        self.jwk = {"kty": "RSA", "kid": name, "use": "sig", "alg": "RS256", "n": number, "e": "AQAB"}

    def sign(self, data):
        return self._openssl("dgst", "-sha256", "-sign", str(self.file), text=data)

    @staticmethod
    def _openssl(*words, text=None):
        return subprocess.run(["openssl", *words], input=text, capture_output=True, timeout=60, check=True).stdout


class Issuer:
    """Answers discovery and keys at https://localhost:PORT, and a job's request for its ID token without TLS.

    `manner`: "good", or how it fails: see `_Handler.fail`."""

    def __init__(self, manner="good", host="127.0.0.1"):
        self.manner, self.host, self.asked, self.claims = manner, host, [], {}
        self.ended = threading.Event()
        self.folder = places.scratch("issuer")
        self.key = Key("first", self.folder)
        self.keys = [self.key]
        certificate = "stranger" if manner == "stranger" else "server"
        using = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        using.load_cert_chain(places.CERTIFICATES / f"{certificate}.pem", places.CERTIFICATES / f"{certificate}.key")
        self._secure, self._plain = self._listen(using), self._listen(None)
        name = "localhost" if host == "127.0.0.1" else host
        self.url = f"https://{name}:{self._secure.server_port}"
        self.job_url = f"http://127.0.0.1:{self._plain.server_port}/id-token?job=1"

    def _listen(self, using):
        server = http.server.ThreadingHTTPServer((self.host, 0), _Handler)
        server.issuer, server.daemon_threads, server.handle_error = self, True, lambda *_: None
        if using:
            server.socket = using.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        for server in (self._secure, self._plain):
            server.shutdown()
            server.server_close()
        places.remove(self.folder)

    def token(self, header=None, key=None, **claims):
        """An ID token for now; a claim that is None is left out."""
        now = int(time.time())
        self.number = getattr(self, "number", 0) + 1
        said = {"iss": self.url, "aud": AUDIENCE, "iat": now - 1, "nbf": now - 1, "exp": now + 300}
        said |= {"jti": f"{self.url} {self.number}"} | self.claims | claims
        said = {name: value for name, value in said.items() if value is not None}
        key = key or self.key
        parts = [{"typ": "JWT", "alg": "RS256", "kid": key.name} | (header or {}), said]
        signed = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{encoded(key.sign(signed.encode()))}"

    def variables(self):
        """The environment of a job on GitHub that may ask for ID tokens."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.job_url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        }


def github(repository, workflow="release.yml", ref="refs/tags/v1", owner_id="4242", **claims):
    """What GitHub says of a job."""
    return {
        "sub": f"repo:{repository}:ref:{ref}",
        "repository": repository,
        "repository_owner": repository.split("/")[0],
        "repository_owner_id": owner_id,
        "job_workflow_ref": f"{repository}/.github/workflows/{workflow}@{ref}",
        "ref": ref,
        "sha": "f" * 40,
        "event_name": "push",
        "run_id": "77",
    } | claims


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        issuer, address = self.server.issuer, urllib.parse.urlsplit(self.path)
        issuer.asked.append(address.path)
        if address.path == "/id-token":
            audience = urllib.parse.parse_qs(address.query).get("audience", [""])[0]
            if self.headers.get("Authorization", "").lower() != f"bearer {REQUEST_TOKEN}":
                return self.answer(401, b"{}")
            return self.answer(200, json.dumps({"value": issuer.token(aud=audience)}).encode())
        if issuer.manner != "good" and self.fail(issuer):
            return None
        if address.path == "/.well-known/openid-configuration":
            document = {"issuer": issuer.url, "jwks_uri": issuer.url + "/keys"}
            if issuer.manner == "elsewhere":
                document["jwks_uri"] = "https://127.0.0.1:1/keys"
            if issuer.manner == "another":
                document["issuer"] = "https://another.example"
            return self.answer(200, json.dumps(document).encode())
        if address.path == "/keys":
            return self.answer(200, json.dumps({"keys": [key.jwk for key in issuer.keys]}).encode())
        return self.answer(404, b"{}")

    def answer(self, status, body, *fields):
        self.send_response(status)
        for name, value in fields or [("Content-Type", "application/json")]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fail(self, issuer):
        """-> True when this was the answer"""
        with contextlib.suppress(OSError):
            if issuer.manner == "silent":
                issuer.ended.wait(30)
            elif issuer.manner == "garbage":
                self.wfile.write(bytes(range(256)) * 100)
            elif issuer.manner == "html":
                self.answer(200, b"<html>please log in</html>")
            elif issuer.manner == "redirect":
                self.answer(302, b"", ("Location", f"{issuer.url}/keys"))
            elif issuer.manner == "error":
                self.answer(500, b"{}")
            elif issuer.manner == "large":
                self.send_response(200)
                self.send_header("Content-Length", str(100 << 20))
                self.end_headers()
                for _ in range(1600):
                    self.wfile.write(b" " * 65536)
            elif issuer.manner == "endless":
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for _ in range(2000):
                    self.wfile.write(b"8000\r\n" + b" " * 0x8000 + b"\r\n")
            elif issuer.manner == "slow":
                for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + b" " * 3000:
                    self.wfile.write(bytes([byte]))
                    if issuer.ended.wait(0.1):
                        break
            elif issuer.manner == "short":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n{}")
            else:
                return False
        self.close_connection = True
        return True
