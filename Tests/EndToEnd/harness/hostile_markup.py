"""Descriptions that would run code in a browser, or change the page around them, if they were passed on."""

SCRIPT = "alert(1)"
# Each in Markdown and in reStructuredText (where it stands as text), alone and all together.
HTML = [
    f"<script>{SCRIPT}</script>",
    f"<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    f"<script\x0c>{SCRIPT}</script\n>",
    f"<scr<script>ipt>{SCRIPT}</scr</script>ipt>",
    f"<script>{SCRIPT}",
    f"<<script>{SCRIPT}//<</script>",
    f"<img src=x onerror={SCRIPT}>",
    f"<img src=https://a.example/x.png onerror={SCRIPT}>",
    f'<img src="https://a.example/x.png"onload="{SCRIPT}">',
    f"<img/src=https://a.example/x.png/onerror={SCRIPT}>",
    f'<img src="https://a.example/x.png?&quot; onerror=&quot;{SCRIPT}">',
    f"<img src='https://a.example/`x` onerror={SCRIPT}'>",
    f'<IMG """><SCRIPT>{SCRIPT}</SCRIPT>">',
    f"<img src=javascript:{SCRIPT}>",
    "<img src=data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+>",
    "<img src=//evil.example/x.png>",
    "<img src=http://evil.example/x.png>",
    f"<img srcset='javascript:{SCRIPT} 1x'>",
    f"<picture><source srcset='https://a.example/a.png 1x, javascript:{SCRIPT} 2x'><img src=https://a.example/b.png></picture>",
    f"<picture><source srcset='https://a.example/a.png' media='x\" onerror=\"{SCRIPT}'></picture>",
    f'<a href="javascript:{SCRIPT}">x</a>',
    f'<a href="JaVaScRiPt:{SCRIPT}">x</a>',
    f'<a href=" javascript:{SCRIPT}">x</a>',
    f'<a href="&#1;javascript:{SCRIPT}">x</a>',
    f'<a href="java\tscript:{SCRIPT}">x</a>',
    f'<a href="java&#10;script:{SCRIPT}">x</a>',
    f'<a href="java&NewLine;script:{SCRIPT}">x</a>',
    f'<a href="&#106;avascript:{SCRIPT}">x</a>',
    f'<a href="&#x6A;avascript&colon;{SCRIPT}">x</a>',
    f'<a href="&#0000106avascript:{SCRIPT}">x</a>',
    f'<a href="javascript&#58;{SCRIPT}">x</a>',
    f'<a href="javascript&unknown;:{SCRIPT}">x</a>',
    f'<a href=`javascript:{SCRIPT}`>x</a>',
    f"<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='data&colon;text/html,<script>alert(1)</script>'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='\\\\evil.example'>x</a>",
    "<a href='https:evil.example'>x</a>",
    "<a href='https:/\\evil.example'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='blob:https://a.example/1'>x</a>",
    f'<a href="https://a.example" onclick="{SCRIPT}" style="position:fixed" target="_top">x</a>',
    f'<a href="https://a.example"\x00onclick="{SCRIPT}">x</a>',
    f"<a href=https://a.example/?'\"><img src=x onerror={SCRIPT}>>x</a>",
    f'<a title="</a><script>{SCRIPT}</script>" href="https://a.example">x</a>',
    f'<p title="</p><img src=x onerror={SCRIPT}>">',
    f"<b onmouseover={SCRIPT}>x</b>",
    f"<details open ontoggle={SCRIPT}><summary>x</summary></details>",
    f"<body onload={SCRIPT}>",
    "<style>@import 'https://evil.example/x.css'; main { display: none }</style>",
    '<p style="background:url(https://evil.example/x)">x</p>',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    '<iframe src="https://evil.example"></iframe>',
    f'<iframe srcdoc="<script>{SCRIPT}</script>"></iframe>',
    '<object data="https://evil.example"></object><embed src="https://evil.example">',
    '<form action="https://evil.example"><input name=q><button>x</button></form>',
    f'<button formaction="javascript:{SCRIPT}" form=x>x</button>',
    f"<svg onload={SCRIPT}></svg>",
    f"<svg><script>{SCRIPT}</script></svg>",
    f"<svg><a xlink:href='javascript:{SCRIPT}'><text>x</text></a></svg>",
    f"<svg><style><img src=x onerror={SCRIPT}></style></svg>",
    f"<svg></p><style><a id='</style><img src=1 onerror={SCRIPT}>'>",
    f"<math><mi xlink:href='javascript:{SCRIPT}'>x</mi></math>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={SCRIPT}&gt;'>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={SCRIPT}>",
    f"<template><script>{SCRIPT}</script></template>",
    f"<template shadowrootmode=open><img src=x onerror={SCRIPT}></template>",
    f"<noscript><p title='</noscript><img src=x onerror={SCRIPT}>'></noscript>",
    f"<textarea><img title='</textarea><img src=x onerror={SCRIPT}>'></textarea>",
    f"<title><a title='</title><img src=x onerror={SCRIPT}>'></title>",
    f"<xmp><p title='</xmp><img src=x onerror={SCRIPT}>'></xmp>",
    f"<plaintext><img src=x onerror={SCRIPT}>",
    f"<select><option><img src=x onerror={SCRIPT}></select>",
    f"<!--><img src=x onerror={SCRIPT}>-->",
    f"<!---><img src=x onerror={SCRIPT}>-->",
    f"<!-- --!><img src=x onerror={SCRIPT}> -->",
    f"<!DOCTYPE x [<!ENTITY y '<img src=x onerror={SCRIPT}>'>]>",
    f"<?xml version='1.0'?><img src=x onerror={SCRIPT}>",
    f"<![CDATA[<img src=x onerror={SCRIPT}>]]>",
    f"&lt;script&gt;{SCRIPT}&lt;/script&gt;",
    f"&#60;script&#62;{SCRIPT}&#60;/script&#62;",
    "</div></main></body></html><h1>another page</h1>",
    "</div></div></div></div><div class=site id=main>",
    "<p id=main name=q class=skip>x</p><a name=q>x</a><img name=getElementById src=https://a.example/x.png>",
    "<table><tr><td></table></table><td>x</td></tr><caption>",
    "<table><a href='https://a.example'><table><tr><td></a>x",
    "<b><p><i></b></p></i><a href='https://a.example'><a href='https://b.example'>x</a></a>",
    "<li></ul></li><dd></dl><h1><h2></h1>",
    f"<x onclick={SCRIPT} tabindex=1 id=x>x</x>",
    f"<a\nhref\n=\n'https://a.example'\nonfocus\n=\n{SCRIPT}\nautofocus>x</a>",
    f'<a href="https://a.example" =" onclick={SCRIPT} "">x</a>',
    "<a href='https://a.example",
    "<img src='https://a.example/x.png' alt='",
    "<",
    "</",
    "<a",
    "<!",
    "\x00<\x00script>",
]
MARKDOWN = [
    f"[x](javascript:{SCRIPT})",
    f"[x](<javascript:{SCRIPT}>)",
    f"[x](JAVASCRIPT:{SCRIPT})",
    f"[x](javascript&colon;{SCRIPT})",
    f"[x](java&#x09;script:{SCRIPT})",
    f"[x]\n\n[x]: javascript:{SCRIPT}",
    f"<javascript:{SCRIPT}>",
    f"![x](javascript:{SCRIPT})",
    f"![x](https://a.example/x.png '\"onerror=\"{SCRIPT}')",
    f"![x\" onerror=\"{SCRIPT}](https://a.example/x.png)",
    f"![<script>{SCRIPT}</script>](https://a.example/x.png)",
    "[x](data:text/html,<script>alert(1)</script>)",
    f"[x](https://a.example/\"onclick=\"{SCRIPT})",
    f"[x](https://a.example '\"><script>{SCRIPT}</script>')",
    f"```<script>{SCRIPT}</script>\n</code></pre><script>{SCRIPT}</script>\n```",
    f"`</code><script>{SCRIPT}</script>`",
    f"# <img src=x onerror={SCRIPT}>",
    f"# \" onclick=\"{SCRIPT}",
    f"|<img src=x onerror={SCRIPT}>|\n|-|\n|<script>{SCRIPT}</script>|",
    f"https://a.example/<script>{SCRIPT}</script>",
    f"www.a.example/\"onclick=\"{SCRIPT}",
    f"<div\n\nonclick={SCRIPT}>",
    f"<a href=\"https://a.example\n\n\" onclick=\"{SCRIPT}\">x</a>",
    f"<https://a.example/\"onclick={SCRIPT}>",
    f"- <script>\n- {SCRIPT}</script>",
    f"[a]: <https://a.example/'\"onmouseover=\"{SCRIPT}>\n[a]",
]
RESTRUCTURED_TEXT = [
    f"`x <javascript:{SCRIPT}>`_",
    f"`x <java\\ script:{SCRIPT}>`_",
    f"x_\n\n.. _x: javascript:{SCRIPT}",
    f"x_\n\n.. _x: java\n   script:{SCRIPT}",
    f"x__\n\n__ javascript:{SCRIPT}",
    f".. image:: javascript:{SCRIPT}",
    f".. image:: https://a.example/x.png\n   :target: javascript:{SCRIPT}",
    f".. image:: https://a.example/x.png\n   :alt: \" onerror=\"{SCRIPT}\n   :width: 1\" onload=\"{SCRIPT}",
    f".. |x| image:: data:text/html,{SCRIPT}\n\n|x|",
    f".. raw:: html\n\n   <script>{SCRIPT}</script>",
    f".. role:: raw-html(raw)\n   :format: html\n\n:raw-html:`<script>{SCRIPT}</script>`",
    ".. include:: /etc/passwd",
    ".. csv-table::\n   :file: /etc/passwd",
    ".. meta::\n   :http-equiv=refresh: 0;url=https://evil.example",
    f".. class:: \"><script>{SCRIPT}</script>\n\nx",
    f".. _\"><script>{SCRIPT}</script>:\n\nx",
    f".. note:: <script>{SCRIPT}</script>",
    f".. code:: \"><script>{SCRIPT}</script>\n\n   </pre><script>{SCRIPT}</script>",
    f"``</code><script>{SCRIPT}</script>``",
    f":sup:`<script>{SCRIPT}</script>`",
    f"<script>{SCRIPT}</script>\n========================================\n\n`<script>{SCRIPT}</script>`_",
    f"=== ===\n<script>{SCRIPT}</script>\n=== ===",
    f"https://a.example/\"onclick=\"{SCRIPT}",
    f".. [\"><script>{SCRIPT}</script>] x",
    f":\"><script>{SCRIPT}</script>: x",
]

# Reads pages as a browser does (html5lib), in a process of its own: what is in them besides what descriptions may have?
READER = r"""
import json, sys, html5lib
ELEMENTS = set("a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h2 h3 h4 h5 h6 hr "
    "i img ins kbd li mark ol p picture pre q s samp small source span strong sub summary sup table tbody td tfoot th thead tr u ul "
    "var".split())
ATTRIBUTES = {"": {"title", "align", "id"}, "a": {"href", "rel"}, "img": {"src", "alt", "loading", "width", "height"},
    "source": {"srcset", "media"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}, "ol": {"start"},
    "details": {"open"}, "div": {"class"},
    "pre": {"tabindex"}, "table": {"tabindex"}}
def faults(page):
    main = [e for e in page.iter() if e.tag == "main"]
    found = [e for e in page.iter() if isinstance(e.tag, str) and e.get("class") == "readme"]
    if len(main) != 1 or len(found) != 1:
        yield f"{len(main)} elements main, {len(found)} descriptions"
        return
    if page[-1].tag != "body" or [element.tag for element in page[-1][-2:]] != ["main", "footer"]:
        yield "the page does not end as it should"
    for element in found[0].iter():
        if element is found[0]:
            continue
        if element.tag not in ELEMENTS:
            yield f"element {element.tag}"
            continue
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES[""] | ATTRIBUTES.get(element.tag, set()):
                yield f"attribute {name} of {element.tag}"
            low = value.lower()
            if name == "href" and not low.startswith(("http://", "https://", "mailto:", "#readme-")):
                yield f"link to {value}"
            if name == "href" and not low.startswith("#") and element.get("rel") != "nofollow ugc noopener":
                yield f"a link without rel"
            if name in ("src", "srcset") and not all(part.strip().startswith("https://") for part in low.split(",")):
                yield f"image from {value}"
            if name == "id" and not value.startswith("readme-"):
                yield f"id {value}"
            if name == "class" and value != "admonition":
                yield f"class {value}"
for line in sys.stdin:
    page = html5lib.parse(json.loads(line), treebuilder="etree", namespaceHTMLElements=False)
    print(json.dumps(sorted(set(faults(page)))))
"""
