"""A headless Chromium, driven through Debian's chromedriver, that reports whatever a page must not do."""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import urllib.parse

from selenium import webdriver
from selenium.common import exceptions
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

# Of a page, a click, a script: all are quick, so this is only reached when something is wrong.
WAIT_SECONDS = 20

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    # No test leaves this machine: other hosts have no address, and a proxy is not asked for one.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def program(name, package):
    """The path of a program of the system."""
    path = shutil.which(name)
    if not path:
        raise SystemExit(f"{name} is missing: apt-get install {package}")
    return path


def is_gone(element):
    """Whether an element is of a page before. While pages change the driver says so in its own words, too."""
    try:
        element.is_enabled()
    except exceptions.StaleElementReferenceException:
        return True
    except exceptions.WebDriverException as error:
        if "does not belong to the document" not in str(error):
            raise
        return True
    return False


class Browser:
    """One window on one server; use it in a `with`."""

    def __init__(self, url, script=True):
        options = webdriver.ChromeOptions()
        options.binary_location = program("chromium", "chromium")
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # Selenium would ask a proxy of the environment for the driver on this machine.
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
        service = webdriver.ChromeService(program("chromedriver", "chromium-driver"))
        self.url, self.host = url, urllib.parse.urlsplit(url).netloc
        self.driver = webdriver.Chrome(options, service)
        self.driver.set_page_load_timeout(WAIT_SECONDS)
        self.driver.set_script_timeout(WAIT_SECONDS)
        if not script:
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def shape(self, width, dark=False, height=900):
        """A screen of this width, in light or dark."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def log_in(self, token):
        """Sends a token with each request, as a browser does after its login prompt."""
        credentials = base64.b64encode(f"__token__:{token}".encode()).decode()
        self.driver.execute_cdp_cmd("Network.enable", {})
        headers = {"headers": {"Authorization": f"Basic {credentials}"}}
        self.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", headers)

    def open(self, path):
        self.driver.get(self.url + path.lstrip("/"))

    def wait(self, condition, words):
        """Until a function is true; else says in these words what did not happen."""
        WebDriverWait(self.driver, WAIT_SECONDS, 0.02).until(lambda _: condition(), words)

    @contextlib.contextmanager
    def next_page(self):
        """What is done in the `with` leads to another page; waits until that is there."""
        before = self.one("html")
        yield
        self.wait(lambda: is_gone(before), "no other page came")
        self.wait(lambda: self.run("return document.readyState") == "complete", "the next page is never complete")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self):
        return self.one("main").text

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, selector, limit=40):
        """Presses Tab until an element has the focus. -> how often, None when it never had it"""
        for count in range(1, limit + 1):
            self.press(Keys.TAB)
            if self.driver.switch_to.active_element in self.all(selector):
                return count
        return None

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def complaints(self):
        """What the console said, violations of the Content-Security-Policy included, since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def strangers(self):
        """Requests to other hosts since the last time. -> [(kind, address)], such as ("Image", "https://a.example/x.png")"""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                address = urllib.parse.urlsplit(message["params"]["request"]["url"])
                if address.scheme not in ("data", "blob", "chrome") and address.netloc != self.host:
                    found.append((message["params"].get("type"), address.geturl()))
        return found

    def beyond(self, width):
        """How many pixels the page is too wide for a screen of this width (a phone widens the window, so not `innerWidth`)."""
        return max(0, self.run("return document.documentElement.scrollWidth") - width)

    def screenshot(self, path):
        """The whole page, at most 6,000 pixels of it."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))

    def violations(self, axe):
        """What axe-core finds against WCAG 2.2 A and AA and its best practices. -> sentences"""
        self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
        script = """
            const done = arguments[arguments.length - 1];
            axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
                .then(result => done(result.violations.map(v => `${v.id}: ${v.help}: ${v.nodes[0].html}`)),
                      error => done(['axe: ' + error]));"""
        return self.driver.execute_async_script(script)
