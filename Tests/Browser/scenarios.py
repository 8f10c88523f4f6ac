"""What people do with the pages."""

import concurrent.futures

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
    "projects-page-2": "/projects/?page=2&sort=newest",
    "projects-none": "/projects/?begins=zzz",
    "search": "/search?q=harbor",
    "search-empty": "/search",
    "search-nothing": "/search?q=antimatter",
    "project": "/project/harbor-lib/",
    "project-long": f"/project/{LONG}/",
    "project-2000-files": "/project/crowded/",
    "not-found": "/project/nothing-here/",
    "journal": "/admin/journal",
    "health": "/admin/health",
}


class World:
    """A server with projects, and a browser with scripts and one without."""

    def __init__(self):
        self.empty = Server().start()
        self.server = Server().start()
        self.token = self.server.create_token("uploader", "--may", "upload")
        archives = [packages.wheel("harbor-lib", version) for version in ("1.0", "1.1", "2.0rc1")]
        archives += [packages.sdist("harbor-lib", "1.1"), packages.wheel("harbor-app", "3.2", ["harbor-lib>=1"])]
        archives += [packages.wheel(LONG, "2026.11.21.post1"), packages.wheel("zebra", "0.1")]
        archives += [packages.wheel(f"{word}-{number}") for word in ("alpha", "beta", "gamma") for number in range(40)]
        self._publish(archives)
        self._publish([packages.wheel("crowded", f"{n // 10}.{n % 10}") for n in range(2_000)])
        self.browser = Browser(self.server.url)
        self.axe = next((clients.program("axe", "python").parents[1]).glob("lib/*/site-packages/*/axe.min.js")).read_text()
        PICTURES.mkdir(parents=True, exist_ok=True)

    def _publish(self, archives):
        def publish(archive):
            answer = wire.upload(self.server.port, self.token, archive)
            expect(answer.status == 200, f"upload of {archive.filename}: {answer.status} {answer.reason}")

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(publish, archives))

    def open(self, path):
        """Opens a page in the browser; those of administrators with their token."""
        self.browser.log_in(self.server.admin_token() if path.startswith("/admin") else self.token)
        self.browser.open(path)

    def close(self):
        self.browser.__exit__()
        for server in (self.server, self.empty):
            server.__exit__()


@scenario("somebody searches, finds a project, and copies a line")
def search_and_copy(world):
    browser = world.browser
    browser.shape(1280)
    browser.open("/")
    browser.one("header [type=search]").send_keys("harbor lib", Keys.ENTER)
    expect(browser.all(".results a")[0].text == "harbor-lib", f"the first hit is {browser.text()[:200]}")
    expect(browser.one("[type=search]").get_attribute("value") == "harbor lib", "the search is not in its field")
    browser.all(".results a")[0].click()
    expect(browser.one("h1").text == "harbor-lib", "the link does not lead to the project")
    browser.one(".copy").click()
    line = browser.run("return getSelection().toString()").strip()
    expect("pip install" in line and "harbor-lib==1.1" in line, f"a click selects {line!r}")


@scenario("a slip of a finger in a name is forgiven")
def typo(world):
    world.browser.open("/search?q=zebar")
    expect([link.text for link in world.browser.all(".results a")] == ["zebra"], world.browser.text())


@scenario("the list of projects is looked through by letter, order and page")
def browse(world):
    browser = world.browser
    browser.open("/projects/")
    expect(len(browser.all(".results li")) == 50, "a page has not 50 projects")
    browser.driver.find_element("link text", "Next").click()
    expect("page=2" in browser.driver.current_url, browser.driver.current_url)
    browser.driver.find_element("link text", "B").click()
    expect(browser.one("h1").text == "Projects that begin with b", browser.one("h1").text)
    browser.driver.find_element("link text", "Newest").click()
    expect("begins=b&sort=newest" in browser.driver.current_url, browser.driver.current_url)
    expect(len(browser.all(".results li")) == 40, "40 projects begin with b")


@scenario("everything works without scripts")
def without_script(world):
    with Browser(world.server.url, script=False) as browser:
        browser.open("/")
        browser.one("header [type=search]").send_keys("zebra", Keys.ENTER)
        browser.all(".results a")[0].click()
        expect(browser.one("h1").text == "zebra", browser.text()[:200])


@scenario("the keyboard alone is enough, and the focus is seen")
def keyboard(world):
    browser = world.browser
    browser.shape(1280)
    browser.open("/")
    expect(browser.tab_to(".skip", 1) == 1, "the first stop is not the link that skips the header")
    outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle")
    expect(outline != "none", "the focus is not seen")
    expect(browser.tab_to("[type=search]", 3) is not None, "Tab does not reach the search field")
    browser.press("harbor", Keys.ENTER)
    expect(browser.tab_to(".results a") is not None, "Tab does not reach the results")
    browser.press(Keys.ENTER)
    expect(browser.one("h1").text.startswith("harbor"), browser.one("h1").text)


@scenario("administrators read the journal and the health page; others are asked who they are")
def administrators(world):
    answer = wire.request(world.server.port, "GET", "/admin/health")
    expect(answer.status == 401, f"without a token: {answer.status}")
    world.open("/admin/journal")
    expect(len(world.browser.all("tbody tr")) == 100, "a page of the journal has not 100 rows")
    world.browser.one("#project").send_keys("zebra", Keys.ENTER)
    expect(len(world.browser.all("tbody tr")) == 1, "the journal has more of zebra than its upload")
    world.open("/admin/health")
    expect("never been verified" in world.browser.text(), world.browser.text())


@scenario("the page '{}' is accessible, asks no other host, fits its screen", each=tuple(PAGES))
def page(world, name):
    browser = world.browser
    for width in (390, 1280):
        for dark in (False, True):
            browser.shape(width, dark)
            world.open(PAGES[name])
            browser.screenshot(PICTURES / f"{name}-{width}-{'dark' if dark else 'light'}.png")
            beyond = browser.run("return document.documentElement.scrollWidth - innerWidth")
            expect(beyond <= 0, f"at {width} the page is {beyond} pixels too wide")
            # Thousands of rows are alike: once is enough, and slow.
            if "2000" not in name or (width == 390 and not dark):
                found = browser.violations(world.axe)
                expect(not found, f"at {width}, {'dark' if dark else 'light'}:\n" + "\n".join(found))
    missing = name == "not-found"
    complaints = [line for line in browser.complaints() if not (missing and "404" in line)]
    expect(not complaints, "\n".join(complaints))
    expect(not browser.strangers(), "the page asks another host")


@scenario("an empty index tells how to begin")
def empty(world):
    with Browser(world.empty.url) as browser:
        for width in (390, 1280):
            browser.shape(width)
            browser.open("/")
            browser.screenshot(PICTURES / f"home-empty-{width}-light.png")
            expect("Nothing has been uploaded yet" in browser.text(), browser.text())
            expect(not browser.violations(world.axe), "axe objects")
