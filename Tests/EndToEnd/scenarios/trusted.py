"""Trusted publishing: jobs of a CI publish with the ID token of their issuer. The issuer has real TLS."""

import concurrent.futures
import json
import subprocess
import time

from harness import clients, packages, places, tls, wire
from harness.issuer import AUDIENCE, Issuer, Key, encoded, github
from harness.report import expect, scenario

# Real twine looks for trusted publishing at the public index only; here it takes ours for it, and does the rest itself.
TWINE = "import twine.auth, twine.__main__, sys; twine.auth.Resolver.is_pypi = lambda _: True; sys.exit(twine.__main__.main())"


def serving(*issuers, settings=(), **options):
    """A server that trusts these issuers: ("github", issuer) …"""
    texts = ",".join(f"{kind} {issuer.url}" for kind, issuer in issuers)
    trusted = ("--oidc-issuers", texts, "--oidc-audience", AUDIENCE, "--oidc-authority", str(tls.AUTHORITY))
    return tls.server(*trusted, *settings, **options)


def mint(server, token, index=""):
    """`index`: the path of a named one. -> Answer, with its JSON in place of the body"""
    address, body = f"{index}/_/oidc/mint-token", json.dumps({"token": token})
    answer = wire.request(server.port, "POST", address, {"Content-Type": "application/json"}, body)
    return answer._replace(body=json.loads(answer.body))


def refusal(server, token, code, words):
    answer = mint(server, token)
    expect(answer.status == 422, f"{words}: {answer}")
    expect(answer.body["message"] == "Token request failed", f"{answer.body}")
    error = answer.body["errors"][0]
    expect(error["code"] == code and words in error["description"], f"{error}, wanted {code}: {words}")
    expect(answer.reason == error["description"][:300].strip(), answer.reason)
    expect(len(token) < 20 or token not in server.log_tail(1 << 20) + str(answer), "the ID token is repeated")


def add_github(server, project, repository, *options):
    return server.administer(
        "publisher", "add", project, "github", repository, "release.yml", "--owner-id", "4242", *options
    ).stdout.strip()


def journal(server):
    return [line.split("\t") for line in server.administer("journal").stdout.splitlines()]


class Job:
    """A job on GitHub with a wheel to publish, its issuer, and a server that knows the publisher."""

    def __enter__(self):
        self.issuer = Issuer()
        self.issuer.claims = github("Acme/Web")
        self.server = serving(("github", self.issuer)).start()
        self.project = packages.fresh("trusted")
        add_github(self.server, self.project, "acme/web", "--issuer", self.issuer.url)
        self.upload_url = f"https://localhost:{self.server.secure_port}/legacy/"
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self.issuer.__exit__()

    def wheel(self, work, version="1.0"):
        archive = packages.wheel(self.project, version)
        file = work.folder / archive.filename
        file.write_bytes(archive.data)
        return file

    def expect_published(self, file, burnt):
        expect(file.name in wire.listing(self.server, self.project), "it is not listed")
        rows = journal(self.server)
        minted = [row for row in rows if row[3] == "mint-token"]
        expect(minted and minted[-1][2] == "github:acme/web/release.yml", f"{rows}")
        published = [row for row in rows if row[3] == "publish"][-1]
        expect(published[2] == minted[-1][2], f"{published} is not by {minted[-1][2]}")
        revoked = [row for row in rows if row[3] == "revoke-token" and row[5] == minted[-1][5]]
        expect(bool(revoked) == burnt, f"revoked: {revoked}")


@scenario("uv publishes a project that does not exist yet without a secret, and burns its token")
def uv_publishes(world):
    with Job() as job, clients.Workplace() as work:
        options = ("publish", "--publish-url", job.upload_url)
        for version in ("1.0", "1.1"):
            file = job.wheel(work, version)
            output = work.run(clients.uv(), *options, file, SSL_CERT_FILE=tls.AUTHORITY, **job.issuer.variables())
            expect("warning" not in output, output)
            job.expect_published(file, burnt=True)
        states = job.server.administer("publisher", "list").stdout
        expect(states.splitlines()[1].endswith("active"), states)
        expect(job.issuer.asked.count("/keys") == 1, f"the keys were fetched more than once: {job.issuer.asked}")


@scenario("uv shows the reason when its job is no publisher")
def uv_is_refused(world):
    with Job() as job, clients.Workplace() as work:
        job.issuer.claims = github("acme/other")
        command = (clients.uv(), "publish", "--trusted-publishing", "always", "--publish-url", job.upload_url)
        file = job.wheel(work)
        output = work.run(*command, file, check=False, SSL_CERT_FILE=tls.AUTHORITY, **job.issuer.variables())
        expect("No publisher of this index has what the ID token says" in output, output)
        expect("acme/other" in output, output)


@scenario("uv publishes from a job on GitLab, which has its ID token in a variable")
def uv_on_gitlab(world):
    with Issuer() as issuer, serving(("gitlab", issuer)) as server, clients.Workplace() as work:
        archive = packages.wheel(packages.fresh("trusted"))
        server.administer(
            "publisher", "add", archive.name, "gitlab", "team/tools/app", "--issuer", issuer.url, "--environment", "live"
        )
        place = f"localhost:{issuer.url.rsplit(':')[-1]}/team/tools/app//.gitlab-ci.yml@refs/heads/main"
        issuer.claims = {
            "sub": "project_path:team/tools/app:ref_type:branch:ref:main",
            "project_path": "team/tools/app",
            "ci_config_ref_uri": place,
            "ref_path": "refs/heads/main",
            "sha": "a" * 40,
            "environment": "live",
        }
        file = work.folder / archive.filename
        file.write_bytes(archive.data)
        work.run(
            clients.uv(),
            "publish",
            "--publish-url",
            f"https://localhost:{server.secure_port}/legacy/",
            file,
            SSL_CERT_FILE=tls.AUTHORITY,
            GITLAB_CI="true",
            PACKAGES_ACME_EXAMPLE_ID_TOKEN=issuer.token(),
        )
        expect(file.name in wire.listing(server, archive.name), "it is not listed")


def run_twine(job, work, file, check=True):
    python = clients.program("twine-7", "python")
    options = ("upload", "--verbose", "--non-interactive", "--repository-url", job.upload_url, "--cert", tls.AUTHORITY)
    trust = {"SSL_CERT_FILE": tls.AUTHORITY, "REQUESTS_CA_BUNDLE": tls.AUTHORITY}
    return work.run(python, "-c", TWINE, *options, file, check=check, **trust, **job.issuer.variables())


@scenario("twine publishes without a secret, and shows the reason when its job is no publisher")
def twine_publishes(world):
    with Job() as job, clients.Workplace() as work:
        file = job.wheel(work)
        output = run_twine(job, work, file)
        expect("Minted upload token" in output, output)
        job.expect_published(file, burnt=False)
        job.issuer.claims = github("acme/web", workflow="other.yml")
        output = run_twine(job, work, job.wheel(work, "2.0"), check=False)
        expect("invalid-publisher" in output and "other.yml" in output, output)


@scenario("pdm publishes without a secret")
def pdm_publishes(world):
    with Job() as job, clients.Workplace() as work:
        folder = work.folder / "project"
        (folder / "dist").mkdir(parents=True)
        (folder / "pyproject.toml").write_text(f'[project]\nname = "{job.project}"\nversion = "1.0"\n')
        file = job.wheel(work)
        (folder / "dist" / file.name).write_bytes(file.read_bytes())
        trust = {"SSL_CERT_FILE": tls.AUTHORITY, "REQUESTS_CA_BUNDLE": tls.AUTHORITY}
        options = ("publish", "--no-build", "--repository", job.upload_url, "--ca-certs", tls.AUTHORITY)
        work.run(clients.program("pdm", "pdm"), *options, folder=folder, **trust, **job.issuer.variables())
        job.expect_published(file, burnt=False)


@scenario("a minted token uploads to its project, to no other, reads nothing, and not after it is burnt")
def minted_token(world):
    with Job() as job:
        minted = mint(job.server, job.issuer.token())
        expect(minted.status == 200 and minted.body["success"] is True, f"{minted}")
        expect(0 <= time.time() + 900 - minted.body["expires"] <= 5, f"{minted.body['expires']}")
        token, port = minted.body["token"], job.server.port
        answer = wire.upload(port, token, packages.wheel(packages.fresh("other")))
        expect(answer.status == 403 and job.project in answer.reason, f"{answer}")
        answer = wire.upload(port, token, packages.wheel(job.project))
        expect(answer.status == 200, f"{answer}")
        for expected in (200, 200):
            answer = wire.request(port, "POST", "/_/oidc/burn-token", {}, json.dumps({"token": token}))
            expect(answer.status == expected, f"{answer}")
        answer = wire.upload(port, token, packages.wheel(job.project, "2.0"))
        expect(answer.status == 401 and "revoked" in answer.reason, f"{answer}")
        for other in (job.server.admin_token(), "whl_unknown"):
            answer = wire.request(port, "POST", "/_/oidc/burn-token", {}, json.dumps({"token": other}))
            expect(answer.status == 422 and "not minted here" in answer.reason, f"{answer}")
        expect(token not in job.server.log_tail(1 << 20), "the token is logged")


@scenario("every ID token that is not right is refused with its reason, and nothing is minted")
def bad_tokens(world):
    with Job() as job:
        server, issuer, now = job.server, job.issuer, int(time.time())
        good = issuer.token()
        head, claims, signature = good.split(".")
        other = Key("second", issuer.folder)
        weak = Key("weak", issuer.folder, bits=1024)
        issuer.keys.append(weak)
        altered = encoded(json.dumps({"iss": issuer.url, "aud": AUDIENCE, "repository": "acme/web"}).encode())
        none = encoded(json.dumps({"alg": "none", "kid": "first"}).encode())
        rows = [
            (f"{head}.{altered}.{signature}", "invalid-token", "(signature)"),
            (f"{head}.{claims}.{signature[:-4]}AAAA", "invalid-token", "(signature)"),
            (f"{none}.{claims}.", "invalid-payload", "none of RS256, ES256, EdDSA"),
            (f"{head}.{claims}", "invalid-payload", "three parts"),
            (good + "=", "invalid-payload", "base64url"),
            ("a" * 17000, "invalid-payload", "16384 bytes"),
            (issuer.token(header={"crit": ["exp"]}), "invalid-payload", "'crit'"),
            (issuer.token(header={"kid": "first"}, key=other), "invalid-token", "(signature)"),
            (issuer.token(key=other), "invalid-token", "no key 'second'"),
            (issuer.token(key=weak), "invalid-token", "1024 bits"),
            (issuer.token(exp=now - 60), "invalid-token", "it expired 6"),
            (issuer.token(iat=now + 600, exp=now + 900), "invalid-token", "from the future"),
            (issuer.token(nbf=now + 600), "invalid-token", "not valid yet"),
            (issuer.token(exp=now + 86400), "invalid-token", "7200 seconds"),
            (issuer.token(exp=None), "invalid-token", "'exp' and 'iat'"),
            (issuer.token(exp=str(now + 60)), "invalid-token", "whole seconds"),
            (issuer.token(aud="pypi"), "invalid-token", f"audience '{AUDIENCE}'"),
            (issuer.token(aud=[AUDIENCE, "pypi"]), "invalid-token", f"audience '{AUDIENCE}'"),
            (issuer.token(jti=None), "invalid-token", "'jti'"),
            (issuer.token(iss="https://evil.example"), "invalid-payload", "issuer of the ID token is not known"),
            (issuer.token(iss=issuer.url + "/"), "invalid-payload", "issuer of the ID token is not known"),
            (issuer.token(**github("acme/other")), "invalid-publisher", "'acme/other'"),
            (issuer.token(**github("acme/web", owner_id="1")), "invalid-publisher", "repository_owner_id '1'"),
            (issuer.token(**github("acme/web", workflow="x.yml")), "invalid-publisher", "x.yml"),
            (issuer.token(event_name="pull_request_target"), "invalid-publisher", "pull_request_target"),
            (issuer.token(ref="refs/heads/x"), "invalid-publisher", "refs/heads/x"),
        ]
        for token, code, words in rows:
            refusal(server, token, code, words)
        for body in (b"", b"[]", b"{", b'{"token":1}', b'{"token":"a","token":"b"}', b"\xff"):
            answer = wire.request(server.port, "POST", "/_/oidc/mint-token", {}, body)
            expect(answer.status == 422 and b"invalid-payload" in answer.body, f"{body}: {answer}")
        answer = wire.request(server.port, "POST", "/_/oidc/mint-token", {}, b" " * 40000)
        expect(answer.status == 413, f"{answer}")
        expect(not [row for row in journal(server) if row[3] == "mint-token"], "something was minted")
        expect(mint(server, good).status == 200, "the good one is refused")
        refusal(server, good, "invalid-reuse-token", "used already")
        expect(server.administer("verify").returncode == 0, "verify")


@scenario("keys that an issuer begins to use are fetched when a token names one, at most once a minute")
def rotation(world):
    with Job() as job:
        expect(mint(job.server, job.issuer.token()).status == 200, "the first key")
        fresh = Key("second", job.issuer.folder)
        for _ in range(5):
            refusal(job.server, job.issuer.token(key=fresh), "invalid-token", "no key 'second'")
        expect(job.issuer.asked.count("/keys") == 1, f"{job.issuer.asked}")
        job.issuer.manner = "error"
        expect(mint(job.server, job.issuer.token()).status == 200, "the old keys are of no use any more")


MANNERS = {
    "silent": "did not answer within 5 seconds",
    "slow": "did not answer within 5 seconds",
    "garbage": "does not answer in HTTP/1.1",
    "html": "not about it",
    "large": "larger than 262144 bytes",
    "endless": "larger than 262144 bytes",
    "redirect": "redirects are not followed",
    "error": "it answered 500",
    "short": "ended the connection before the end of its answer",
    "elsewhere": "at the same host",
    "another": "not about it",
    "stranger": "self-signed certificate",
}


@scenario("an issuer whose server is {} is a reason, soon, and keeps nobody else waiting", each=tuple(MANNERS))
def broken_issuer(world, manner):
    with Issuer(manner) as issuer, serving(("oidc", issuer)) as server:
        server.administer("publisher", "add", "some", "oidc", "--issuer", issuer.url, "--claim", "sub=a")
        before = server.peak_memory_bytes()
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(refusal, server, issuer.token(sub="a"), "invalid-token", MANNERS[manner]) for _ in range(4)]
            slowest = 0
            while not all(one.done() for one in waiting):
                asked = time.monotonic()
                expect(server.answers(), "the server does not answer meanwhile")
                slowest = max(slowest, time.monotonic() - asked)
                time.sleep(0.05)  # between two looks
            for one in waiting:
                one.result()
        # The server waits 5 s for an issuer, which its answer names; whoever waited for that would wait nearly as long.
        expect(time.monotonic() - begun < 50, f"it took {time.monotonic() - begun:.1f} s")
        expect(slowest < 4, f"somebody else waited {slowest:.1f} s")
        expect(len(issuer.asked) <= 2, f"it was asked {issuer.asked}")
        expect(server.peak_memory_bytes() - before < 8 << 20, "it took memory")
        server.expect_logged(f"no keys of {issuer.url}: ")


@scenario("a certificate that is not for the issuer's host is refused")
def wrong_host(world):
    with Issuer(host="127.0.0.2") as issuer, serving(("oidc", issuer)) as server:
        refusal(server, issuer.token(), "invalid-token", "the TLS handshake failed: IP address mismatch")


@scenario("keys come from a file where there is no network, and the paths below a base path and at the root are the same")
def keys_from_file(world):
    with Issuer() as issuer, clients.Workplace() as work:
        file = work.folder / "keys.json"
        file.write_text(json.dumps({"keys": [issuer.key.jwk]}))
        text = f"github {issuer.url} keys={file}"
        with tls.server("--oidc-issuers", text, "--oidc-audience", AUDIENCE, "--base-path", "/pypi") as server:
            add_github(server, "acme-web", "acme/web", "--issuer", issuer.url, "--environment", "Live")
            refusal(server, issuer.token(**github("acme/web")), "invalid-publisher", "No publisher")
            expect(mint(server, issuer.token(**github("acme/web", environment="live"))).status == 200, "the environment")
            for path in ("/_/oidc/audience", "/pypi/_/oidc/audience"):
                answer = wire.request(server.port, "GET", path)
                expect(json.loads(answer.body) == {"audience": AUDIENCE}, f"{path}: {answer}")
            expect(not issuer.asked, f"{issuer.asked}")


@scenario("without issuers the audience is 403 and minting 422, in the form that clients print")
def switched_off(world):
    answer = wire.request(world.server.port, "GET", "/_/oidc/audience")
    expect(answer.status == 403 and "not enabled" in json.loads(answer.body)["message"], f"{answer}")
    refusal(world.server, "a.b.c", "not-enabled", "not enabled")
    answer = wire.request(world.server.port, "GET", "/_/oidc/mint-token")
    expect(answer.status == 405 and answer.fields["allow"] == "POST", f"{answer}")


@scenario("a job that asks below a named index gets a token for that index, and one that asks at the root for main")
def of_an_index(world):
    with Issuer() as issuer:
        issuer.claims = github("Acme/Web")
        with serving(("github", issuer), settings=["--indexes", "staging"]) as server:
            project, there = packages.fresh("trusted"), ("--index", "staging", "--indexes", "staging")
            add_github(server, project, "acme/web", "--issuer", issuer.url, *there)
            refusal(server, issuer.token(), "invalid-publisher", "No publisher")
            minted = mint(server, issuer.token(), "/staging")
            expect(minted.status == 200, f"{minted}")
            answer = wire.upload(server.port, minted.body["token"], packages.wheel(project))
            expect(answer.status == 403 and "is for the index staging only" in answer.reason, f"{answer}")
            (row,) = server.administer("publisher", "list").stdout.splitlines()[1:]
            expect(row.split("\t")[1:3] == ["staging", project], row)


@scenario("a publisher that waits for a project is of no use when somebody else has made it")
def overtaken(world):
    with Job() as job:
        listed = job.server.administer("publisher", "list").stdout.splitlines()
        expect(listed[1].endswith("pending"), f"{listed}")
        answer = wire.upload(job.server.port, job.server.admin_token(), packages.wheel(job.project))
        expect(answer.status == 200, f"{answer}")
        refusal(job.server, job.issuer.token(), "invalid-pending-publisher", "came to be without this publisher")
        job.server.administer("publisher", "remove", listed[1].split("\t")[0])
        refusal(job.server, job.issuer.token(), "invalid-publisher", "No publisher")
        add_github(job.server, job.project, "acme/web", "--issuer", job.issuer.url)
        expect(mint(job.server, job.issuer.token()).status == 200, "it was added again")


@scenario("publishers and issuers that cannot be are refused with what to write")
def wrong_settings(world):
    rows = [
        (("add",), 2, "a project and a kind"),
        (("add", "some", "github", "acme/web", "release.yml"), 2, "needs 'owner-id'"),
        (("add", "some", "github", "acme", "release.yml", "--owner-id", "1"), 2, "OWNER/NAME"),
        (("add", "some", "github", "acme/web", "release.txt", "--owner-id", "1"), 2, ".yml"),
        (("add", "some", "github", "acme/web", "release.yml", "--owner-id", "acme"), 2, "number"),
        (("add", "some", "oidc", "--claim", "sub=a"), 2, "--issuer"),
        (("add", "some", "oidc", "--issuer", "https://a.example", "--claim", "sub=*"), 2, "not every token"),
        (("add", "some", "oidc", "--issuer", "http://a.example", "--claim", "sub=a"), 1, "must be an address"),
        (("add", "-some-", "oidc", "--issuer", "https://a.example", "--claim", "sub=a"), 2, "kind"),
        (("remove", "999"), 1, "no publisher with the number 999"),
        (("change",), 2, "add, list or remove"),
    ]
    for words, status, sentence in rows:
        result = world.server.administer("publisher", *words, check=False)
        expect(result.returncode == status and sentence in result.stderr, f"{words}: {result}")
    settings = [
        (("--oidc-issuers", "github"), "no oidcAudience"),
        (("--oidc-issuers", "svn", "--oidc-audience", "a"), "github, gitlab or oidc"),
        (("--oidc-issuers", "oidc", "--oidc-audience", "a"), "https://"),
        (("--oidc-issuers", "oidc http://a.example", "--oidc-audience", "a"), "https://"),
        (("--oidc-issuers", "github,github", "--oidc-audience", "a"), "twice"),
        (("--oidc-issuers", "github", "--oidc-audience", "a", "--oidc-authority", "/dev/null"), "authority"),
    ]
    for words, sentence in settings:
        with clients.Workplace() as work:
            command = [places.binary(), "serve", "--data", work.folder / "data", "--listen", "127.0.0.1:0", *words]
            result = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=20)
            expect(result.returncode == 2 and sentence in result.stderr, f"{words}: {result}")
