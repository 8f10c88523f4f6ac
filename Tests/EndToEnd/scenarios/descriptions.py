"""Descriptions of projects on their pages: nothing but what is allowed, read as a browser reads it."""

import json

from harness import clients, hostile_markup, packages, wire
from harness.report import expect, scenario

LANGUAGES = {
    "Markdown": ("text/markdown", hostile_markup.HTML + hostile_markup.MARKDOWN),
    "reStructuredText": ("text/x-rst", hostile_markup.HTML + hostile_markup.RESTRUCTURED_TEXT),
    "no stated language": (None, hostile_markup.HTML + hostile_markup.RESTRUCTURED_TEXT),
    "plain text": ("text/plain", hostile_markup.HTML),
}


def faults(pages):
    """What each page has that it may not have, by html5lib. -> [[sentence]]"""
    with clients.Workplace() as work:
        python = clients.program("html5lib", "python")
        lines = "\n".join(json.dumps(page) for page in pages)
        output = work.run(python, "-c", hostile_markup.READER, text=lines)
    return [json.loads(line) for line in output.splitlines()]


@scenario("a description in {} cannot bring anything to a page that is not allowed", each=list(LANGUAGES))
def hostile(world, language):
    content_type, texts = LANGUAGES[language]
    texts = [text.replace("\0", "\N{REPLACEMENT CHARACTER}") for text in texts]
    name = packages.fresh("described")
    # Some at a time, so that one text meets the tags that another one has left open; and all of them.
    groups = ["\n\n".join(texts[start : start + 3]) for start in range(0, len(texts), 3)] + ["\n\n".join(texts)]
    pages = []
    for number, text in enumerate(groups):
        world.publish(packages.wheel(name, f"1.{number}", description=text, content_type=content_type))
        answer = wire.request(world.server.port, "GET", f"/project/{name}/1.{number}/")
        expect(answer.status == 200, f"the page of {text[:60]!r} is answered {answer.status}")
        policy = answer.fields["content-security-policy"]
        expect("default-src 'none'" in policy and "script-src" not in policy, f"the policy is {policy}")
        pages.append(answer.body.decode())
    for text, found in zip(groups, faults(pages), strict=True):
        expect(not found, f"{text!r} brings {found}")


@scenario("html5lib finds what a page must not have")
def teeth(world):
    page = "<!DOCTYPE html><html><body><main><div class=readme>{}</div></main><footer></footer></body></html>"
    bad = ["<script>1</script>", "<img src=x>", "<a href=javascript:1>x</a>", "<p onclick=1>x</p>", "</div></main><p>x</p>"]
    for text, found in zip(bad, faults([page.format(text) for text in bad]), strict=True):
        expect(found, f"{text!r} is not found")
