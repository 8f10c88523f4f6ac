"""People sign in and act: with scripts and without, since no page here has any."""

import contextlib

from browser import Browser
from harness import packages, wire
from harness.report import expect, scenario
from harness.server import Server
from scenarios import PICTURES, faults

# Each page on which people act: its name, its address.
PAGES = {
    "sign-in": "/sign-in",
    "account": "/account?done=session-ended",
    "manage": "/manage/harbor-lib/?done=yanked",
    "manage-release": "/manage/harbor-lib/?version=1.0",
    "change-yank": "/manage/harbor-lib/change?action=yank&version=1.1",
    "change-delete": "/manage/harbor-lib/change?action=delete&version=1.1",
    "change-state": "/manage/harbor-lib/change?action=status&status=deprecated",
    "project-signed-in": "/project/harbor-lib/",
    "refused": "/manage/harbor-lib/change?action=burn",
}


class Harbor:
    """A server with a project whose manager is in the browser."""

    def __init__(self):
        with contextlib.ExitStack() as stack:
            self.server = stack.enter_context(Server())
            self.token = self.server.create_token("harbor-master", "--may", "read,upload,manage")
            for archive in (
                packages.wheel("harbor-lib", "1.0"),
                packages.sdist("harbor-lib", "1.0"),
                packages.wheel("harbor-lib", "1.1"),
                packages.wheel("harbor-app", "3.2", ["harbor-lib>=1"]),
                packages.wheel("harbor-tool", "0.1", ["harbor-lib==1.1"]),
            ):
                answer = wire.upload(self.server.port, self.token, archive)
                expect(answer.status == 200, f"upload of {archive.filename}: {answer.status} {answer.reason}")
            self.close = stack.pop_all().close

    def offered(self):
        """What installers see of the files: one line for each."""
        page = wire.request(self.server.port, "GET", "/simple/harbor-lib/").body.decode()
        return "\n".join(line for line in page.splitlines() if "<a " in line)


def sign_in(browser, token):
    browser.one("#account").clear()
    browser.one("#password").send_keys(token)
    with browser.next_page():
        browser.one("form.fields button").click()


def click(browser, words):
    """Follows a link, or presses a button, by what a screen reader calls it."""
    found = [e for e in browser.all("main a, main button") if words in (e.get_attribute("aria-label") or e.text)]
    expect(found, f"there is no {words!r} among {[e.accessible_name for e in browser.all('main a, main button')]}")
    with browser.next_page():
        found[0].click()


def confirm(browser, **fields):
    for name, value in fields.items():
        browser.one(f"#{name}").send_keys(value)
    with browser.next_page():
        browser.one("form.fields button").click()


@scenario("a manager signs in, yanks, un-yanks, deletes, restores, sets a state, and signs out, {} scripts", each=("with", "without"))
def acting(world, scripts):
    with contextlib.closing(Harbor()) as harbor, Browser(harbor.server.url, script=scripts == "with") as browser:
        plain = harbor.offered()
        browser.shape(1280)
        browser.open("/project/harbor-lib/")
        with browser.next_page():
            browser.driver.find_element("link text", "Sign in").click()
        sign_in(browser, "whl_wrong")
        expect("not known here" in browser.text(), browser.text())
        sign_in(browser, harbor.token)
        expect(browser.driver.current_url.endswith("/project/harbor-lib/"), f"back at {browser.driver.current_url}")
        click(browser, "Manage harbor-lib")
        click(browser, "Yank 1.1")
        expect("harbor-tool 0.1" in browser.text(), browser.text())
        confirm(browser, reason="leaks a harbor")
        expect("Yanked" in browser.text(), browser.text())
        expect("leaks a harbor" in harbor.offered(), "installers do not see the yank")
        click(browser, "Un-yank 1.1")
        confirm(browser)
        expect(harbor.offered() == plain, "un-yanked is not as before")
        click(browser, "Delete 1.0")
        confirm(browser, confirm="harbor-lib")
        expect("That is not harbor-lib==1.0" in browser.text(), browser.text())
        browser.one("#confirm").clear()
        confirm(browser, confirm="harbor-lib==1.0")
        expect("harbor_lib-1.0" not in harbor.offered(), "installers see what is deleted")
        click(browser, "Restore 1.0")
        confirm(browser, reason="a mistake")
        expect(harbor.offered() == plain, "restored is not as before")
        browser.one("#status-field").send_keys("quarantined")
        click(browser, "Change the state")
        confirm(browser, reason="looked into")
        expect("harbor_lib" not in harbor.offered(), "installers see what is quarantined")
        browser.one("#status-field").send_keys("active")
        click(browser, "Change the state")
        confirm(browser)
        expect(harbor.offered() == plain, "active again is not as before")
        with browser.next_page():
            browser.one("header form[method=post] button").click()
        browser.open("/account")
        expect(browser.one("h1").text == "Sign in", f"signed out is {browser.one('h1').text}")


@scenario("the pages on which people act are accessible, ask no other host, and fit their screens")
def pages(world):
    axe = world.axe
    with contextlib.closing(Harbor()) as harbor, Browser(harbor.server.url) as browser:
        for name, path in PAGES.items():
            if name != "sign-in" and not browser.driver.get_cookies():
                browser.open("/sign-in")
                sign_in(browser, harbor.token)
                browser.open("/manage/harbor-lib/change?action=yank&version=1.0&file=harbor_lib-1.0-py3-none-any.whl")
                confirm(browser, reason="a reason that is as long as reasons are: it leaks the keys of the harbor")
            for width in (390, 1280):
                for dark in (False, True):
                    browser.shape(width, dark)
                    browser.open(path)
                    browser.complaints() if name == "refused" else None
                    found = faults(browser, axe, width)
                    expect(not found, f"{name} at {width}, dark: {dark}: " + "\n".join(found))
                    browser.screenshot(PICTURES / f"acting-{name}-{width}-{'dark' if dark else 'light'}.png")
