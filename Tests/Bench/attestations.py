"""Attestations (PEP 740) by an instance of Sigstore of its own, as many as wanted: `attestations.py FOLDER [FILES] < NAMES`.

Reads lines `FILENAME SHA256`; writes `trusted_root.json` and `attestations.jsonl`, an attestation for each line. Each has what
one of the public instance has: a certificate with its timestamp by a log, a chain of two authorities with P-384, and an entry
of a log of 2³⁰ entries with promise, proof and checkpoint. FILES (1) share a certificate, as those do that one job publishes.
Needs the package `cryptography`."""

import base64
import datetime
import hashlib
import json
import os
import pathlib
import struct
import sys
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = int(time.time())
TYPE = "application/vnd.in-toto+json"
HOST = "rekor.acme.example"
REPOSITORY = "https://github.com/acme/web"
WORKFLOW = f"{REPOSITORY}/.github/workflows/release.yml@refs/tags/v1"
CLAIMS = {
    8: "https://token.actions.githubusercontent.com", 9: WORKFLOW, 11: "github-hosted", 12: REPOSITORY, 13: "01" * 20,
    14: "refs/tags/v1", 15: "7", 16: "https://github.com/acme", 17: "42", 18: WORKFLOW, 19: "01" * 20, 20: "push",
    21: f"{REPOSITORY}/actions/runs/1", 22: "public",
}  # fmt: skip
LEVELS = 30


def b64(data):
    return base64.b64encode(data).decode()


def sha256(data):
    return hashlib.sha256(data).digest()


def spki(key):
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(key, data):
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def instant(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def certificate(subject, key, issuer, issuer_key, extensions, lifetime):
    """`issuer` is the name of the one whose key signs."""
    begin, end = lifetime
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(instant(begin)).not_valid_after(instant(end))
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    return builder, builder.sign(issuer_key, hashes.SHA384() if issuer_key.curve.name == "secp384r1" else hashes.SHA256())


def usage(signs):
    return x509.KeyUsage(signs, False, False, False, False, not signs, not signs, False, False)


class Instance:
    """Authorities and logs, with new keys."""

    def __init__(self):
        self.root_key, self.key = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))
        self.log_key, self.certificate_log_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        lifetime = (NOW - 86_400, NOW + 86_400)
        names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, word)]) for word in ("root", "between")]
        self.name = names[1]
        self.chain = []
        for key, name, depth in ((self.key, names[1], 0), (self.root_key, names[0], 1)):
            extensions = [
                (x509.BasicConstraints(True, depth), True), (usage(False), True),
                (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
                (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), False),
            ]  # fmt: skip
            self.chain.append(certificate(name, key, names[0], self.root_key, extensions, lifetime)[1])

    def trusted_root(self):
        start = {"start": instant(NOW - 86_400).strftime("%Y-%m-%dT%H:%M:%SZ")}

        def log(key, address):
            public = {"rawBytes": b64(spki(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": start}
            identity = {"keyId": b64(sha256(spki(key)))}
            return {"baseUrl": address, "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": identity}

        chain = [{"rawBytes": b64(one.public_bytes(serialization.Encoding.DER))} for one in self.chain]
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self.log_key, f"https://{HOST}")],
            "certificateAuthorities": [
                {"uri": "https://fulcio.acme.example", "certChain": {"certificates": chain}, "validFor": start}
            ],
            "ctlogs": [log(self.certificate_log_key, "https://ct.acme.example")],
            "timestampAuthorities": [],
        }

    def leaf(self, key):
        """RFC 6962 §3.3: the log signs the certificate without the extension that has its signature."""
        extensions = [
            (usage(True), True), (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]), False),
            (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False),
            (x509.SubjectAlternativeName([x509.UniformResourceIdentifier(WORKFLOW)]), True),
        ]  # fmt: skip
        for number, text in CLAIMS.items():
            value = bytes([0x0C, *length(len(text))]) + text.encode()
            extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"), value)
            extensions.append((extension, False))
        lifetime = (NOW - 60, NOW + 540)
        builder, before = certificate(x509.Name([]), key, self.name, self.key, extensions, lifetime)
        moment = struct.pack(">Q", NOW * 1000)
        body = before.tbs_certificate_bytes
        signed = b"\0\0" + moment + b"\0\1" + sha256(spki(self.key)) + struct.pack(">I", len(body))[1:] + body + b"\0\0"
        signature = sign(self.certificate_log_key, signed)
        stamp = b"\0" + sha256(spki(self.certificate_log_key)) + moment + b"\0\0\4\3"
        stamp += struct.pack(">H", len(signature)) + signature
        stamps = struct.pack(">HH", len(stamp) + 2, len(stamp)) + stamp
        value = bytes([0x04, *length(len(stamps))]) + stamps
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), value)
        return builder.add_extension(extension, False).sign(self.key, hashes.SHA384())

    def entry(self, body):
        leaf = sha256(b"\0" + body)
        proof = [os.urandom(32) for _ in range(LEVELS)]
        root = leaf
        for sibling in proof:
            root = sha256(b"\1" + root + sibling)
        note = f"{HOST} - 1\n{1 << LEVELS}\n{b64(root)}\n"
        identity = sha256(spki(self.log_key))
        line = f"\n\u2014 {HOST} {b64(identity[:4] + sign(self.log_key, note.encode()))}\n"
        promise = f'{{"body":"{b64(body)}","integratedTime":{NOW},"logID":"{identity.hex()}","logIndex":5}}'
        return {
            "logIndex": "5", "logId": {"keyId": b64(identity)}, "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(NOW),
            "inclusionPromise": {"signedEntryTimestamp": b64(sign(self.log_key, promise.encode()))},
            "inclusionProof": {
                "logIndex": "0", "rootHash": b64(root), "treeSize": str(1 << LEVELS),
                "hashes": [b64(one) for one in proof], "checkpoint": {"envelope": note + line},
            },
            "canonicalizedBody": b64(body),
        }  # fmt: skip

    def attest(self, filename, digest, key, leaf):
        subject = [{"name": filename, "digest": {"sha256": digest}}]
        statement = {
            "_type": "https://in-toto.io/Statement/v1", "subject": subject,
            "predicateType": "https://slsa.dev/provenance/v1", "predicate": {},
        }  # fmt: skip
        payload = json.dumps(statement).encode()
        signature = sign(key, f"DSSEv1 {len(TYPE)} {TYPE} {len(payload)} ".encode() + payload)
        verifier = b64(leaf.public_bytes(serialization.Encoding.PEM))
        content = {
            "envelopeHash": {"algorithm": "sha256", "value": "00" * 32},
            "payloadHash": {"algorithm": "sha256", "value": sha256(payload).hex()},
            "signatures": [{"signature": b64(signature), "verifier": verifier}],
        }
        body = json.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": content}).encode()
        return {
            "version": 1,
            "verification_material": {
                "certificate": b64(leaf.public_bytes(serialization.Encoding.DER)),
                "transparency_entries": [self.entry(body)],
            },
            "envelope": {"statement": b64(payload), "signature": b64(signature)},
        }


def length(count):
    return [count] if count < 128 else [0x81, count] if count < 256 else [0x82, count >> 8, count & 255]


def main():
    folder, instance = pathlib.Path(sys.argv[1]), Instance()
    files = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    (folder / "trusted_root.json").write_text(json.dumps(instance.trusted_root()))
    with open(folder / "attestations.jsonl", "w") as file:
        for number, line in enumerate(sys.stdin):
            if number % files == 0:
                key = ec.generate_private_key(ec.SECP256R1())
                leaf = instance.leaf(key)
            file.write(json.dumps(instance.attest(*line.split(), key, leaf)) + "\n")


main()
