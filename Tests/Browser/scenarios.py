"""What people do with the pages."""

import concurrent.futures
import contextlib

import hostile
from browser import Browser
from harness import clients, packages, places, wire
from harness.report import expect, scenario
from harness.server import Server
from selenium.webdriver.common.keys import Keys

PICTURES = places.BUILD / "screenshots"
LONG = "a-project-with-a-name-that-is-as-long-as-names-are-in-large-companies-and-longer"
# Each page that people see: its name, its address.
PAGES = {
    "home": "/",
    "projects": "/projects/",
    "projects-page-2": "/projects/?after=gamma",
    "projects-none": "/projects/?begins=zzz",
    "search": "/search?q=harbor",
    "search-empty": "/search",
    "search-nothing": "/search?q=antimatter",
    "project": "/project/harbor-lib/",
    "project-readme": "/project/described/",
    "project-long": f"/project/{LONG}/",
    "project-2000-files": "/project/crowded/",
    "versions": "/project/crowded/versions/",
    "version": "/project/harbor-lib/1.0/",
    "file": "/project/harbor-lib/1.1/harbor_lib-1.1-py3-none-any.whl/",
    "compare": "/project/harbor-lib/compare/1.0...1.1/",
    "not-found": "/project/nothing-here/",
    "not-found-version": "/project/harbor-lib/77/",
    "journal": "/admin/journal",
    "health": "/admin/health",
}
# Of a page without its description.
PAGE_LIMIT_BYTES = 50_000
README = (
    "# A first heading\n\nText with `code`, *emphasis*, **strength** and a [link](https://a.example/).\n\n"
    "## A second one\n\n- a list\n  - in a list\n- [x] done\n\n1. first\n2. second\n\n"
    "| Option | What it does |\n| --- | --- |\n" + "| `--option-of-some-length` | a sentence about the option |\n" * 8
    + "\n```python\n" + "wide = 'a line of code that is wider than the screen of a telephone, and wider than a column'\n" * 4
    + "```\n\n> a quotation\n\n" + "A paragraph that is long enough to be broken into several lines on any screen. " * 20
    + "\n\n<details><summary>More</summary>\n\nHidden at first.\n\n</details>\n\n" + "https://a.example/" + "long/" * 60 + "\n"
)


class World:
    """A server with projects, an empty one, and a browser."""

    def __init__(self):
        with contextlib.ExitStack() as stack:
            self.empty = stack.enter_context(Server())
            self.server = stack.enter_context(Server())
            self.token = self.server.create_token("uploader", "--may", "upload")
            archives = [packages.wheel("harbor-lib", version) for version in ("1.0", "1.1", "2.0rc1")]
            archives += [packages.sdist("harbor-lib", "1.1"), packages.wheel("harbor-app", "3.2", ["harbor-lib>=1"])]
            archives += [packages.wheel(LONG, "2026.11.21.post1"), packages.wheel("zebra", "0.1")]
            archives += [packages.wheel(f"{word}-{number}") for word in ("alpha", "beta", "gamma") for number in range(40)]
            archives += [packages.wheel("described", description=README, content_type="text/markdown")]
            archives += [packages.wheel("crowded", f"{n // 10}.{n % 10}") for n in range(2_000)]
            self.publish(archives)
            self.browser = stack.enter_context(Browser(self.server.url))
            environment = clients.program("axe", "python").parents[1]
            self.axe = next(environment.glob("lib/*/site-packages/*/axe.min.js")).read_text()
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.close = stack.pop_all().close

    def publish(self, archives):
        def publish(archive):
            answer = wire.upload(self.server.port, self.token, archive)
            expect(answer.status == 200, f"upload of {archive.filename}: {answer.status} {answer.reason}")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(publish, archives))

    def token_for(self, path):
        return self.server.admin_token() if path.startswith("/admin") else self.token

    def open(self, path):
        """Opens a page in the browser; those of administrators with their token."""
        self.browser.log_in(self.token_for(path))
        self.browser.open(path)


@scenario("somebody searches, finds a project, and copies a line")
def search_and_copy(world):
    browser = world.browser
    browser.shape(1280)
    browser.open("/")
    with browser.next_page():
        browser.one("header [type=search]").send_keys("harbor lib", Keys.ENTER)
    expect(browser.all(".results a")[0].text == "harbor-lib", f"the first hit is {browser.text()[:200]}")
    expect(browser.one("[type=search]").get_attribute("value") == "harbor lib", "the search is not in its field")
    with browser.next_page():
        browser.all(".results a")[0].click()
    expect(browser.one("h1").text == "harbor-lib 1.1", f"the link leads to {browser.one('h1').text}")
    expect(browser.run("return getSelection().toString()") == "", "something is selected before the click")
    browser.one(".copy").click()
    line = browser.run("return getSelection().toString()").strip()
    wanted = f"pip install --index-url {world.server.url}simple/ harbor-lib==1.1"
    expect(line == wanted, f"a click selects {line!r}")


@scenario("a project is looked through: its version, what changed since, a file, what is in it")
def look_through(world):
    browser = world.browser
    browser.shape(1280)
    browser.open("/project/harbor-lib/")
    for link, words in (
        ("1.0", "This is not the latest version"),
        ("What changed since", "Files inside"),
        ("harbor-lib 1.1", "requirements.txt"),
        ("What is in it", "harbor_lib-1.1.dist-info/METADATA"),
    ):
        with browser.next_page():
            browser.driver.find_element("link text", link).click()
        expect(words in browser.text(), f"behind {link!r} is no {words!r}:\n{browser.text()[:400]}")


@scenario("a slip of a finger in a name is forgiven")
def typo(world):
    world.browser.open("/search?q=zebar")
    expect([link.text for link in world.browser.all(".results a")] == ["zebra"], world.browser.text())


@scenario("the list of projects is looked through by letter, order and page")
def browse(world):
    browser = world.browser
    browser.open("/projects/")
    expect(len(browser.all(".results li")) == 50, "a page has not 50 projects")
    for link, address in (("Next", "after="), ("B", "begins=b"), ("Newest", "begins=b&sort=newest")):
        with browser.next_page():
            browser.driver.find_element("link text", link).click()
        expect(address in browser.driver.current_url, f"{link} leads to {browser.driver.current_url}")
    expect(browser.one("h1").text == "Projects that begin with b", browser.one("h1").text)
    expect(len(browser.all(".results li")) == 40, "40 projects begin with b")


@scenario("everything works without scripts")
def without_script(world):
    with hostile.site() as bad, Browser(bad, script=False) as browser:
        browser.open("/faults")
        expect(browser.driver.title == "Faults", "this browser runs scripts")
    with Browser(world.server.url, script=False) as browser:
        browser.open("/")
        with browser.next_page():
            browser.one("header [type=search]").send_keys("zebra", Keys.ENTER)
        with browser.next_page():
            browser.all(".results a")[0].click()
        expect(browser.one("h1").text == "zebra 0.1", browser.text()[:200])


@scenario("the keyboard alone is enough, and the focus is seen")
def keyboard(world):
    browser = world.browser
    browser.shape(1280)
    browser.open("/")
    expect(browser.tab_to(".skip", 1) == 1, "the first stop is not the link that skips the header")
    outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle")
    expect(outline != "none", "the focus is not seen")
    expect(browser.run("return document.activeElement.getBoundingClientRect().top") >= 0, "the skip link is not seen")
    expect(browser.tab_to("[type=search]", 3) is not None, "Tab does not reach the search field")
    with browser.next_page():
        browser.press("harbor", Keys.ENTER)
    expect(browser.tab_to(".results a") is not None, "Tab does not reach the results")
    with browser.next_page():
        browser.press(Keys.ENTER)
    expect(browser.one("h1").text.startswith("harbor"), browser.one("h1").text)


@scenario("administrators read the journal and the health page; others are asked who they are")
def administrators(world):
    answer = wire.request(world.server.port, "GET", "/admin/health")
    expect(answer.status == 401, f"without a token: {answer.status}")
    world.open("/admin/journal")
    expect(len(world.browser.all("tbody tr")) == 100, "a page of the journal has not 100 rows")
    with world.browser.next_page():
        world.browser.one("#project").send_keys("zebra", Keys.ENTER)
    expect(len(world.browser.all("tbody tr")) == 1, "the journal has more of zebra than its upload")
    world.open("/admin/health")
    expect("never been verified" in world.browser.text(), world.browser.text())


def faults(browser, axe, width):
    """What is wrong with the page that is open. -> sentences"""
    found = [f"it is {browser.beyond(width)} pixels too wide"] if browser.beyond(width) else []
    found += browser.violations(axe) if axe else []
    found += [f"the console says: {line}" for line in browser.complaints()]
    return found + [f"it asks another host: {kind} {address}" for kind, address in browser.strangers()]


@scenario("the page '{}' is accessible, small, asks no other host, fits its screen", each=tuple(PAGES))
def page(world, name):
    browser, path = world.browser, PAGES[name]
    answer = wire.request(world.server.port, "GET", path, {"Authorization": wire.basic(world.token_for(path))})
    expect(answer.status == (404 if "not-found" in name else 200), f"the status is {answer.status}")
    expect("readme" in name or len(answer.body) < PAGE_LIMIT_BYTES, f"the page has {len(answer.body)} bytes")
    browser.complaints(), browser.strangers()  # of scenarios before
    for width in (390, 1280):
        for dark in (False, True):
            browser.shape(width, dark)
            world.open(path)
            browser.screenshot(PICTURES / f"{name}-{width}-{'dark' if dark else 'light'}.png")
            found = faults(browser, world.axe, width)
            if answer.status == 404:
                # The console names the page itself, which is not found.
                found = [line for line in found if not ("status of 404" in line and path.strip("/") in line)]
            expect(not found, f"at {width}, {'dark' if dark else 'light'}:\n" + "\n".join(found))


@scenario("the checks of a page find what is wrong with one")
def teeth(world):
    with hostile.site() as bad, Browser(bad) as browser:
        for width in (390, 1280):
            browser.shape(width)
            browser.open("/faults")
            found = "\n".join(faults(browser, world.axe, width))
            for words in ("image-alt", "color-contrast", "html-has-lang", "too wide", "the console says", "asks another host"):
                expect(words in found, f"at {width}, nobody finds {words!r}:\n{found}")


@scenario("an empty index tells how to begin")
def empty(world):
    with Browser(world.empty.url) as browser:
        for width in (390, 1280):
            browser.shape(width)
            browser.open("/")
            browser.screenshot(PICTURES / f"home-empty-{width}-light.png")
            expect("Nothing has been uploaded yet" in browser.text(), browser.text())
            expect(not (found := faults(browser, world.axe, width)), "\n".join(found))


@scenario("a description in {} executes nothing in a browser", each=list(hostile.LANGUAGES))
def description(world, language):
    content_type, texts = hostile.LANGUAGES[language]
    texts = [text.replace("\0", "\N{REPLACEMENT CHARACTER}") for text in texts]
    # Some at a time, so that one text does not hide those behind it; and all of them.
    groups = ["\n\n".join(texts[start : start + 12]) for start in range(0, len(texts), 12)] + ["\n\n".join(texts)]
    name = packages.fresh("hostile")
    world.publish([packages.wheel(name, f"1.{n}", description=text, content_type=content_type) for n, text in enumerate(groups)])
    with Browser(world.server.url) as browser:
        hostile.watch(browser)
        for number, _ in enumerate(groups):
            # With the policy nothing of it may even be tried; without it, the renderer alone must hold.
            for bypass in (False, True):
                browser.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": bypass})
                found = hostile.executed(browser, f"/project/{name}/1.{number}/")
                expect(not found, f"group {number}, {'without' if bypass else 'with'} the policy:\n" + "\n".join(found))


@scenario("a browser that shows such descriptions as they are is seen to execute them")
def description_teeth(world):
    with hostile.site() as bad, Browser(bad) as browser:
        hostile.watch(browser)
        seen = set()
        for number in range(len(hostile.HTML)):
            seen.update(line.partition(":")[0] for line in hostile.executed(browser, f"/raw/{number}"))
        expected = {"it ran", "it asked", "it went to", "it links", "it has the attribute", "the page is not whole"}
        expect(expected <= seen, f"nobody sees {expected - seen}")
