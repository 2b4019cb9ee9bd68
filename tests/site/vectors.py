"""Ways to run a script in a page, one of each kind, and texts that programs take for commands."""

from __future__ import annotations

import json
import random

from tests.conftest import SHARED

SEED = 20261122

VECTORS = (
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)</sCrIpT >",
    "<script\x0csrc=data:,alert(1)></script>",
    "<script/src='data:text/javascript,alert(1)'></script>",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)' x='",
    '" onfocus="alert(1)" autofocus x="',
    "<img src=x onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)//",
    "<img/src/onerror=alert(1)>",
    "<img src=x:alert(1) onerror=eval(src)>",
    '<img alt="`><script>alert(1)</script>"src=x>',
    "<img src=x onerror&#61;alert(1) onerror=&#97;lert(1)>",
    '<img """><script>alert(1)</script>">',
    "<img srcset='x 1x, y 2x' onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<svg><script>alert&#40;1)</script></svg>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=onmouseover to=alert(1)></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=x onerror=alert(1)>'>",
    "<math><mi//xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<template><script>alert(1)</script></template><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)>",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='&#x6a;ava&Tab;script&colon;alert(1)'>x</a>",
    "<a href='\x01java\nscript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt://x.example/%0aalert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>' target=_self>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<area href='javascript:alert(1)' shape=default>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src='data:text/html,<script>alert(1)</script>'></iframe>",
    "<iframe src='https://www.youtube.com/embed/aaaaaaaaaaa\"onload=alert(1)//' title='\"><script>alert(1)</script>'>",
    "<video poster='javascript:alert(1)' src='\"><img src=x onerror=alert(1)>'></video>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='javascript:alert(1)'>",
    "<video src=x onerror=alert(1)></video>",
    "<audio><source onerror=alert(1) src=x></audio>",
    "<details open ontoggle=alert(1)>x</details>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<button onclick=alert(1)>x</button>",
    "<button formaction='javascript:alert(1)' form=f>x</button><form id=f></form>",
    "<form action='javascript:alert(1)'><input type=submit>",
    "<p onmouseover=alert(1) style='position:fixed;inset:0'>x</p>",
    "<x onclick=alert(1) tabindex=1 id=x>x</x>",
    "<body onload=alert(1)>",
    "<body onpageshow=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<style>@keyframes x{}</style><p style='animation-name:x' onanimationstart=alert(1)>x",
    "<style>@import 'http://evil.example/x.css'; * { background: url(http://evil.example/y) }</style>",
    "<link rel=stylesheet href='http://evil.example/x.css'>",
    "<link rel=import href='data:text/html,<script>alert(1)</script>'>",
    "<base href='http://evil.example/'><img src=x>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<table background='http://evil.example/x'><tr><td background='javascript:alert(1)'>x</table>",
    "<p style='background:url(http://evil.example/x)'>x</p>",
    "<img src='http://evil.example/x.gif' width=1 height=1>",
    "<img src='//evil.example/x.png' srcset='//evil.example/y.png 2x'>",
    "<picture><source srcset='http://evil.example/z.png'><img src='http://evil.example/x.png'></picture>",
    "<q cite='javascript:alert(1)'>x</q><blockquote cite='data:text/html,x'>x</blockquote>",
    "<a href='http://evil.example/' ping='http://evil.example/ping' target=_blank>x</a>",
    "javascript:/*--></title></style></textarea></script><svg/onload=alert(1)>/*",
    "\u202e<img src=x onerror=alert(1)>\u2066\x1b]0;x\x07",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\u017fcript\u2028<\u017fcript>alert(1)</\u017fcript>",
)
"""In the words of this project; each runs, or asks another host, in some field of some page."""

COMMANDS = (
    "{{ 7*7 }}",
    "{{ config }}{{ self.__init__.__globals__ }}",
    "{% include 'base.html' %}{% set brand = 7*7 %}",
    "{# gone #}",
    "{filename}x.md",
    "{static}/images/logo.svg",
    "|filename|x.md",
    "<a href='{filename}/pages/about.md'>x</a>",
    "<img src='{static}/images/logo.svg'>",
    "<a href='{attach}../secret.txt'>{author}x {category}y {index}</a>",
    "[a](javascript:alert(1))",
    "![a](http://evil.example/x.png)",
    "[TOC]",
    ".. include:: /etc/passwd",
    ".. raw:: html\n\n   <script>alert(1)</script>",
    "Title: x\nStatus: hidden\n\nx",
    "---\ntitle: x\n---",
    "<!-- PELICAN_END_SUMMARY -->",
)
"""What Jinja, Markdown, reStructuredText and Pelican would follow. Where 49 stands, somebody did."""

NAMES = (
    "../../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/passwd",
    "C:\\con",
    "con", "PRN.txt", "aux", "nul", "COM1", "lpt9.html", "conin$",
    "a" * 4000,
    "é" * 2000,
    "\U0001f600" * 500,
    "x\x00y",
    "trailing...",
    "trailing   ",
    ".hidden",
    "-rf",
    'a:b*c?d"e<f>g|h',
    "%2e%2e%2f",
    "\u202egpj.exe",
    "index.html",
    "~root",
    ".",
    "..",
    "",
)  # fmt: skip
"""What would make a bad name of a file."""


def gathered(count: int) -> list[str]:
    """So many of the vectors that others gathered, where they are beside this checkout; always the same."""
    path = SHARED / "hostile/xss/vectors.jsonl"
    if not path.is_file():
        return []
    found = [json.loads(each)["payload"] for each in path.read_text(encoding="utf-8").splitlines()]
    return found if count >= len(found) else random.Random(SEED).sample(found, count)
