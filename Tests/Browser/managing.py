"""What managers and administrators do in forms: rights, tokens, publishers, signatures."""

import contextlib

from browser import Browser
from harness import packages, places, wire
from harness.report import expect, scenario
from harness.server import Server
from scenarios import LONG, PAGE_LIMIT_BYTES, PICTURES, faults

POLICY = """{ signers: { "ann": [{ minisign: "0123456789ABCDEF" }] },
  rules: [{ projects: ["kept", "%s"], require: ["ann"], missing: "quarantine" }] }""" % LONG
SIGNATURE = """untrusted comment: signature
RURWEVPDSttepVXIpLoyjM0XpN2erSDL4Wi6ZooSeuSnhzLdxrLY35GuQ8ZpYc5C91wMbGTDBJXwMmsoy+y9sui55XA/lX1OfwY=
trusted comment: timestamp:1700000000 file:demo-1.0.tar.gz
IcRFsFc+Z/cwbeOB+lWlD48eg/UKBKjw5BoeGD2QdUs0MiOxZiBtCjDFQRlAXWfXWewYLPtd1wcfcK/KctPWCw==
"""
ISSUERS = "github,oidc https://ci.acme.example"
# Each page that people see: its name, its address.
PAGES = {
    "grants": "/manage/kept/grants",
    "grants-long": f"/manage/{LONG}/grants",
    "grants-none": "/manage/not-there-yet/grants",
    "access": "/admin/access",
    "tokens": "/account/tokens",
    "publishers": "/manage/kept/publishers",
    "publishers-none": f"/manage/{LONG}/publishers?kind=oidc",
    "signatures": "/manage/kept/signatures",
    "signatures-none": "/manage/not-there-yet/signatures",
}


@contextlib.contextmanager
def managed(script=True):
    """A server with issuers and a policy, and a browser in which its administrator has signed in. -> (server, browser)"""
    folder = places.scratch("policy")
    (folder / "policy.json5").write_text(POLICY)
    options = ["--policy", str(folder / "policy.json5"), "--oidc-issuers", ISSUERS, "--oidc-audience", "127.0.0.1"]
    with Server(arguments=options) as server, Browser(server.url, script) as browser:
        wheels = [packages.wheel(name, "1.0") for name in ("kept", "free", LONG)]
        for archive in [*wheels, packages.sdist("kept", "1.0")]:
            answer = wire.upload(server.port, server.admin_token(), archive)
            expect(answer.status == 200, f"upload: {answer.status} {answer.reason}")
        server.administer("account", "create", "ann")
        server.administer("team", "create", "web")
        browser.shape(1280)
        browser.open("/sign-in")
        browser.one("#password").send_keys(server.admin_token())
        send(browser, "Sign in")
        yield server, browser


def send(browser, button, **fields):
    """Fills in fields by their ids, and presses a button."""
    for name, value in fields.items():
        field = browser.one(f"#{name.replace('_', '-')}")
        if field.tag_name != "select":
            field.clear()
        field.send_keys(value)
    found = [one for one in browser.all("main button") if one.text.split("\n")[0] == button]
    expect(found, f"there is no button {button!r}:\n{browser.text()}")
    with browser.next_page():
        found[0].click()


def told(browser, words):
    expect(words in browser.one("[role=status], [role=alert]").text, f"nobody says {words!r}:\n{browser.text()}")


@scenario("rights, tokens, publishers and signatures are managed in a browser, {} scripts", each=("with", "without"))
def manage(world, manner):
    with managed(manner == "with") as (server, browser):
        browser.open("/manage/free/grants")
        send(browser, "Give this right", name="ann", may="upload")
        told(browser, "The right is given.")
        rows = [row.text for row in browser.all("tbody tr") if row.text.startswith("ann")]
        expect(rows and "upload" in rows[0], f"the right is not listed:\n{browser.text()}")
        send(browser, "Give this right", name="nobody-here")
        told(browser, "There is no account named 'nobody-here'")
        expect(browser.one("#name").get_attribute("value") == "nobody-here", "what was written is gone")
        status = lambda: wire.request(server.port, "GET", "/project/free/").status  # noqa: E731
        expect(status() == 200, "the project is not seen")
        send(browser, "Make it private")
        told(browser, "The project is private now")
        expect(status() == 404, "a private project is seen")
        browser.open("/account/tokens")
        send(browser, "Make the token", name="ci", projects="kept")
        token = browser.one("pre.copy").text
        expect(server.knows(token), "the new token does not work")
        expect(token not in browser.driver.current_url, "the token stands in the address")
        browser.open("/account/tokens")
        expect(token not in browser.driver.page_source, "the token is shown twice")
        rows = [row for row in browser.all("tbody tr") if row.text.startswith("ci")]
        expect(len(rows) == 1 and "project kept" in rows[0].text, f"the token is not listed:\n{browser.text()}")
        with browser.next_page():
            rows[0].find_element("css selector", "button").click()
        told(browser, "The token is revoked.")
        expect(not server.knows(token), "the revoked token works")
        browser.open("/manage/kept/publishers")
        send(browser, "Add this publisher", repository="acme/web", workflow="release.yml", owner_id="4242")
        told(browser, "The publisher is added.")
        expect("acme/web" in browser.text(), browser.text())
        browser.open("/manage/kept/signatures")
        explained = server.administer("policy", "explain", "kept", *server.arguments[:2]).stdout
        for line in explained.splitlines():
            expect(line.strip() in browser.text(), f"the page does not say {line!r}:\n{browser.text()}")
        expect(browser.text().count("held") >= 2, f"unsigned files are not held:\n{browser.text()}")
        send(browser, "Add this signature", signature=SIGNATURE)
        told(browser, "The signature is added.")


@scenario("the forms of managers are accessible, small, ask no other host, fit their screens")
def pages(world):
    with managed() as (server, browser):
        long = "an-account-with-a-name-that-is-as-long-as-it-may-be-" + "x" * 40
        server.administer("account", "create", long)
        server.administer("grant", "add", "manage", long, "--project", "kept")
        server.administer("grant", "add", "upload", "team:web", "--project", "kept")
        publisher = ("publisher", "add", "kept", "github", "acme/web", "release.yml", "--owner-id", "4242")
        server.administer(*publisher)
        server.administer("publisher", "add", "not-there-yet", *publisher[3:], "--environment", "release")
        browser.complaints(), browser.strangers()
        problems = []
        for name, path in PAGES.items():
            browser.open(path)
            size = len(browser.driver.page_source.encode())
            if size > PAGE_LIMIT_BYTES:
                problems.append(f"{name} has {size} bytes")
            for width in (390, 1280):
                for dark in (False, True):
                    browser.shape(width, dark)
                    browser.open(path)
                    tone = "dark" if dark else "light"
                    browser.screenshot(PICTURES / f"manage-{name}-{width}-{tone}.png")
                    problems += [f"{name} at {width}, {tone}: {fault}" for fault in faults(browser, world.axe, width)]
        expect(not problems, "\n".join(problems))


@scenario("a person changes the password in a browser, and goes on there")
def password(world):
    first, second = "correct horse battery", "staple for a horse"
    with managed() as (server, _), Browser(server.url) as browser:
        body = '{"password": "%s"}' % first
        fields = {"Authorization": f"Bearer {server.admin_token()}", "Content-Type": "application/json"}
        answer = wire.request(server.port, "PUT", "/api/accounts/ann/password", fields, body.encode())
        expect(answer.status == 204, f"the first password: {answer.status} {answer.reason}")
        browser.shape(1280)
        browser.open("/sign-in")
        send(browser, "Sign in", account="ann", password=first)
        browser.open("/account/password")
        problems = []
        for width in (390, 1280):
            for dark in (False, True):
                browser.shape(width, dark)
                browser.open("/account/password")
                browser.screenshot(PICTURES / f"manage-password-{width}-{'dark' if dark else 'light'}.png")
                problems += faults(browser, world.axe, width)
        expect(not problems, "\n".join(problems))
        change = dict(new=second, again=second)
        send(browser, "Change the password", current="not this one", **change)
        told(browser, "This password is not the account's.")
        send(browser, "Change the password", current=first, **change)
        told(browser, "The password is changed.")
        expect(len(browser.all("tbody tr")) == 1, f"there is not one session:\n{browser.text()}")
