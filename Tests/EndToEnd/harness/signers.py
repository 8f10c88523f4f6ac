"""Keys, signatures and verdicts of the programs that people sign with."""

import pathlib
import shutil
import subprocess


class Signers:
    """Keys of every format, made for one test."""

    # The place of a byte that no signature can do without.
    vital = 150
    # How the page begins to say what a signature says.
    says = "signed by "

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, *words, check=True):
        done = subprocess.run(
            [str(word) for word in words], cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "GNUPGHOME": str(self.folder / "gnupg")},
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"{words}: {done.stderr}")
        return done

    def has(self, program):
        return shutil.which(program, path="/usr/bin:/bin") is not None


class SSH(Signers):
    program, suffix, page = "ssh-keygen", "sig", "SSH key SHA256:"

    def make(self):
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
        kind, key = (self.folder / "key.pub").read_text().split()[:2]
        (self.folder / "trust").write_text(f"ann@acme.example {kind} {key}\n")

    def sign(self, path):
        self.run("ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", "key", path)
        return pathlib.Path(f"{path}.sig").read_bytes()

    def accepts(self, path, signature):
        (self.folder / "given").write_bytes(signature)
        command = "ssh-keygen -Y verify -f trust -I ann@acme.example -n file -s given < " + str(path)
        return self.run("sh", "-c", command, check=False).returncode == 0


class OpenPGP(Signers):
    program, suffix, page = "gpg", "asc", "OpenPGP key "

    def make(self):
        (self.folder / "gnupg").mkdir(mode=0o700)
        self.gpg("--passphrase", "", "--quick-gen-key", "Ann <ann@acme.example>", "ed25519", "sign", "never")
        (self.folder / "trust").write_text(self.gpg("--armor", "--export").stdout)

    def gpg(self, *words, check=True):
        return self.run("gpg", "--batch", "--yes", "--quiet", *words, check=check)

    def sign(self, path):
        self.gpg("--armor", "--detach-sign", "--output", "made", path)
        return (self.folder / "made").read_bytes()

    def accepts(self, path, signature):
        (self.folder / "given").write_bytes(signature)
        return self.gpg("--verify", "given", path, check=False).returncode == 0


class CMS(Signers):
    program, suffix, page = "openssl", "p7s", "ci@acme.example"
    vital = -20

    usage = "codeSigning"

    def make(self):
        request = "openssl req -x509 -newkey rsa:3072 -nodes -days 2 "
        self.run("sh", "-c", request + "-keyout ca.key -out ca.pem -subj /CN=Authority -addext keyUsage=keyCertSign")
        extensions = f"-addext keyUsage=digitalSignature -addext extendedKeyUsage={self.usage} "
        names = "-subj /CN=CI -addext subjectAltName=email:ci@acme.example -addext basicConstraints=critical,CA:FALSE"
        self.run("sh", "-c", f"{request}-keyout leaf.key -out leaf.pem -CA ca.pem -CAkey ca.key {extensions}{names}")
        shutil.copy(self.folder / "ca.pem", self.folder / "trust")

    def sign(self, path):
        self.run(
            "openssl", "cms", "-sign", "-binary", "-in", path, "-signer", "leaf.pem", "-inkey", "leaf.key",
            "-outform", "DER", "-md", "sha256", "-out", "made",
        )  # fmt: skip
        return (self.folder / "made").read_bytes()

    def accepts(self, path, signature):
        (self.folder / "given").write_bytes(signature)
        return (
            self.run(
                "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "given", "-content", path, "-CAfile",
                "trust", "-purpose", "any", "-out", "/dev/null", check=False,
            ).returncode == 0
        )  # fmt: skip


class Timestamps(CMS):
    """An authority that says when a file existed (RFC 3161)."""

    suffix, says, usage = "tsr", "existed at ", "critical,timeStamping"
    configuration = (
        "[tsa]\ndefault_tsa = ours\n[ours]\nserial = serial\ndefault_policy = 1.2.3.4\ndigests = sha256, sha512\n"
        "signer_digest = sha256\ness_cert_id_alg = sha256\n"
    )

    def make(self):
        super().make()
        (self.folder / "tsa.cnf").write_text(self.configuration)
        (self.folder / "serial").write_text("01\n")

    def sign(self, path):
        self.run("openssl", "ts", "-query", "-data", path, "-sha512", "-cert", "-out", "query")
        self.run(
            "openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-signer", "leaf.pem", "-inkey",
            "leaf.key", "-out", "made",
        )  # fmt: skip
        return (self.folder / "made").read_bytes()

    def accepts(self, path, signature):
        (self.folder / "given").write_bytes(signature)
        command = ("openssl", "ts", "-verify", "-data", path, "-in", "given", "-CAfile", "trust")
        return self.run(*command, check=False).returncode == 0


class Minisign(Signers):
    program, suffix, page = "minisign", "minisig", "minisign key "
    # Of a signature over the archive itself; without it is over its BLAKE2b.
    how = ()

    def make(self):
        self.run("minisign", "-G", "-W", "-p", "trust", "-s", "key")

    def sign(self, path):
        self.run("minisign", "-S", *self.how, "-s", "key", "-m", path, "-x", "made", "-t", "of a test")
        return (self.folder / "made").read_bytes()

    def accepts(self, path, signature):
        (self.folder / "given").write_bytes(signature)
        return self.run("minisign", "-V", "-p", "trust", "-m", path, "-x", "given", check=False).returncode == 0


class OldMinisign(Minisign):
    how = ("-l",)


class Signify(Signers):
    program, suffix, page = "signify-openbsd", "minisig", "minisign key "
    vital = 100

    def make(self):
        # It insists on these names.
        self.run("signify-openbsd", "-G", "-n", "-p", "key.pub", "-s", "key.sec")
        shutil.copy(self.folder / "key.pub", self.folder / "trust")

    def sign(self, path):
        self.run("signify-openbsd", "-S", "-s", "key.sec", "-m", path, "-x", "made")
        return (self.folder / "made").read_bytes()

    def accepts(self, path, signature):
        (self.folder / "given").write_bytes(signature)
        command = ("signify-openbsd", "-V", "-p", "key.pub", "-m", path, "-x", "given")
        return self.run(*command, check=False).returncode == 0


FORMATS = {
    "ssh-keygen": SSH, "gpg": OpenPGP, "openssl cms": CMS, "openssl ts": Timestamps, "minisign": Minisign,
    "minisign -l": OldMinisign, "signify": Signify,
}  # fmt: skip
