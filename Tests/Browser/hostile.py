"""Descriptions that would execute something, in a real browser, and pages that are wrong on purpose."""

import contextlib
import http.server
import threading

from harness import hostile_markup
from harness.hostile_markup import HTML

LANGUAGES = {
    "Markdown": ("text/markdown", HTML + hostile_markup.MARKDOWN),
    "reStructuredText": ("text/x-rst", HTML + hostile_markup.RESTRUCTURED_TEXT),
    "plain text": ("text/plain", HTML),
}
# Whose images a description may show; none of these hosts has an address in this browser.
IMAGES = ("https://a.example/", "https://b.example/")

FAULTS = """<!DOCTYPE html><html><head><title>Faults</title></head><body><main><h1>Faults</h1>
<img src="http://other.example/x.png"><p style="color: #ccc; background: #fff">pale</p><div style="width: 1500px">wide</div>
</main><script>document.title = "ran"; console.error("a complaint")</script></body></html>"""
RAW = """<!DOCTYPE html><html lang="en"><head><title>Raw</title></head><body><header class="site"></header>
<main><div class="readme">{}</div></main><footer class="site"></footer></body></html>"""
PAGES = {"/faults": FAULTS} | {f"/raw/{number}": RAW.format(text) for number, text in enumerate(HTML)}

# What the corpus calls is noted; so is every function that asks for an answer.
WATCH = "window.ran = []; for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = (...a) => { ran.push(name); };"
# Lazy images are loaded, then each element gets what a reader may do with it.
PROVOKE = """
    for (const image of document.images) image.loading = 'eager';
    for (const element of document.querySelectorAll('.readme *'))
        for (const name of ['mouseover', 'focus', 'toggle', 'load', 'error']) element.dispatchEvent(new Event(name));"""
WHOLE = "return ['header.site', '.readme', 'footer.site'].every(s => document.querySelectorAll(s).length === 1)" + (
    " && document.body.lastElementChild.matches('footer.site') && !document.querySelector('footer .readme')"
)
LINKS = """return [...document.querySelectorAll('.readme a, .readme area')].map(a => a.href && a.href.baseVal || a.href)
    .concat([...document.querySelectorAll('.readme [action], .readme [formaction]')].map(e => 'form'))
    .filter(to => to && !/^(https?|mailto):/.test(to))"""
HANDLERS = """return [...document.querySelectorAll('.readme *')].flatMap(e => e.getAttributeNames())
    .filter(name => name.startsWith('on') || name === 'style')"""


def watch(browser):
    """From now on, each page notes what is executed on it."""
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    browser.shape(1280)


def executed(browser, path):
    """Opens a page with a description. -> sentences about whatever that did"""
    browser.complaints(), browser.strangers()
    browser.open(path)
    browser.run(PROVOKE)
    browser.wait(lambda: browser.run("return [...document.images].every(i => i.complete)"), "images are never complete")
    found = [f"it ran: {name}" for name in browser.run("return window.ran || ['something that replaced the page']")]
    if browser.driver.current_url != browser.url + path.lstrip("/"):
        found.append(f"it went to: {browser.driver.current_url}")
    if not browser.run(WHOLE):
        found.append("the page is not whole: it has not header, description and footer once")
    found += [f"it links: {address}" for address in browser.run(LINKS)]
    found += [f"it has the attribute: {name}" for name in browser.run(HANDLERS)]
    found += [f"it asked: {kind} {url}" for kind, url in browser.strangers() if kind != "Image" or not url.startswith(IMAGES)]
    found += [f"the console says: {line}" for line in browser.complaints() if not line.startswith(IMAGES)]
    return found


class _Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        # What the texts ask for (`x`, their links) is not here.
        page = PAGES.get(self.path)
        body = (page or "").encode()
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def site():
    """A server of such pages: `/faults`, and `/raw/N` with a text as it is. -> its address"""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
