from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from forecourt.deploy.guard import CHECKS, Objection, counts, objections
from forecourt.deploy.records import File, Release
from tests.conftest import NOW
from tests.deploy.guard.sites import ADDRESS, RULES, Site, page

HOME = "index.html"
POST = "posts/m0/index.html"
SECRET = "tok/en+of=the hub"
TOKEN = "Zq8yV1xk3GmT7bUe5RwA9cHsLp2N"

Change = Callable[[Site], None]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def adding(path: str, words: str, before: str = "</main>") -> Change:
    return lambda site: site.add(path, words, before)


def changing(path: str, old: str, new: str) -> Change:
    return lambda site: site.change(path, old, new)


def removing(path: str) -> Change:
    return lambda site: site.remove(path)


def writing(path: str, content: str | bytes) -> Change:
    return lambda site: site.write(path, content)


def both(first: Change, second: Change) -> Change:
    def change(site: Site) -> None:
        first(site)
        second(site)

    return change


def checks(found: tuple[Objection, ...]) -> set[str]:
    return {one.check for one in found}


def test_a_good_site_passes_at_first_and_over_itself(site: Site) -> None:
    assert site.objections() == ()
    assert site.objections(live=site.release()) == ()


# What one look finds

BAD: dict[str, list[tuple[str, Change]]] = {
    "broken-link": [
        ("/gone/", adding(HOME, '<a href="/gone/">x</a>')),
        ("gone/index.html", adding("search/index.html", '<a href="../gone/">x</a>')),
        ("m0/index.html#reply", adding(HOME, '<a href="/posts/m0/#reply">x</a>')),
        ("#nowhere", adding(HOME, '<a href="#nowhere">x</a>')),
        ("#elsewhere", adding(POST, f'<a href="{ADDRESS}/posts/m0/#elsewhere">x</a>')),
        ("theme/icons.svg#close", adding(HOME, '<svg><use href="/theme/icons.svg#close"/></svg>')),
        ("pictures/b.webp", adding(HOME, '<img src="/pictures/b.webp">')),
        (
            "pictures/b-800.avif",
            adding(HOME, '<img srcset="/pictures/a-320.avif 320w, /pictures/b-800.avif 2x">'),
        ),
        ("pictures/b.jpg", adding(HOME, '<video poster="/pictures/b.jpg"></video>')),
        ("theme/gone.js", adding(HOME, '<script src="/theme/gone.js"></script>')),
        ("theme/more.css", removing("theme/more.css")),
        ("theme/paper.png", removing("theme/paper.png")),
        ("pictures/b.png", adding(HOME, '<b style="background: url(/pictures/b.png)"></b>')),
        ("pictures/c.png", adding(HOME, "<style>b { background: url(/pictures/c.png) }</style>")),
        ("pictures/b.webp", adding(HOME, '<img srcset="/pictures/a-320.avif, /pictures/b.webp 2x">')),
        (
            "gone.xsl",
            changing("feed.xml", "<feed", '<?xml-stylesheet type="text/xsl" href="/gone.xsl"?><feed'),
        ),
        (
            "pictures/b.png",
            adding(
                "theme/hub.css", "i { mask: image-set('paper.png' 1x, url(../pictures/b.png) 2x) }", "body"
            ),
        ),
        ("theme/icon.png", changing("hub.webmanifest", "/theme/icons.svg", "/theme/icon.png")),
        ("pictures/b.mp3", changing("rss.xml", "a-800.webp", "b.mp3")),
        ("posts/gone/index.html", changing("feed.xml", "/posts/m1/", "/posts/gone/")),
        ("pictures/b.webp", changing("feed.xml", "a-800.webp", "b.webp")),
        ("pictures/b.webp", changing("feed.json", "a-800.webp", "b.webp")),
        ("posts/gone/index.html", changing("feed.json", "/posts/m0/", "/posts/gone/")),
        ("gone/index.html", changing("sitemap.xml", "/fr/", "/gone/")),
        ("posts/m00/index.html", changing("events.ics", "\n 0/", "\n 00/")),
        (
            "pictures/share.jpg",
            changing(
                POST, f'content="{ADDRESS}/pictures/a-800.webp', f'content="{ADDRESS}/pictures/share.jpg'
            ),
        ),
        (
            "posts/x/index.html",
            changing(POST, f'canonical" href="{ADDRESS}/posts/m0/', f'canonical" href="{ADDRESS}/posts/x/'),
        ),
        ("posts/m0/index.html", removing(POST)),
        (
            "gone/index.html",
            adding(HOME, f'<script type="application/ld+json">{{"url":"{ADDRESS}/gone/"}}</script>'),
        ),
        ("é/index.html", adding(HOME, '<a href="/%C3%A9/">x</a>')),
        ("gone/index.html", changing("posts/merged/index.html", "0; url=/posts/m0/", "0; url=/gone/")),
    ],
    "missing-entry": [
        (HOME, removing(HOME)),
        ("404.html", removing("404.html")),
        ("fr/index.html", removing("fr/index.html")),
        ("feed.xml", removing("feed.xml")),
        ("sitemap.xml", removing("sitemap.xml")),
        ("search/index.html", removing("search/index.html")),
    ],
    "third-party": [
        ("cdn.example", adding(HOME, '<img src="https://cdn.example/x.png">')),
        ("cdn.example", adding(HOME, '<img src="//cdn.example/x.png" loading="lazy">')),
        ("cdn.example", adding(HOME, '<img src="/\\cdn.example/x.png">')),
        ("cdn.example", adding(HOME, '<img srcset="/pictures/a-320.avif 1x, https://cdn.example/x.png 2x">')),
        ("cdn.example", adding(HOME, "<SCRIPT SRC=https://cdn.example/x.js></SCRIPT>")),
        ("cdn.example", adding(HOME, '<script type=module src="https&#58;//cdn.example/x.js"></script>')),
        ("cdn.example", adding(HOME, '<link rel="stylesheet" href="https://cdn.example/x.css">', "</head>")),
        ("cdn.example", adding(HOME, '<link rel="preload" href="https://cdn.example/x.woff2">', "</head>")),
        ("cdn.example", adding(HOME, '<link rel="preconnect" href="https://cdn.example">', "</head>")),
        ("cdn.example", adding(HOME, '<link rel="dns-prefetch" href="//cdn.example">', "</head>")),
        (
            "cdn.example",
            adding(HOME, '<link rel="shortcut icon" href="https://cdn.example/i.ico">', "</head>"),
        ),
        (
            "youtube",
            adding(HOME, '<iframe src="https://www.youtube-nocookie.com/embed/abcdefghijk"></iframe>'),
        ),
        ("cdn.example", adding(HOME, '<video src="https://cdn.example/x.mp4"></video>')),
        ("cdn.example", adding(HOME, '<video poster="https://cdn.example/x.png"></video>')),
        ("cdn.example", adding(HOME, '<audio><source src="https://cdn.example/x.mp3"></audio>')),
        ("cdn.example", adding(HOME, '<form action="https://cdn.example/"></form>')),
        (
            "cdn.example",
            adding(HOME, '<meta http-equiv="refresh" content="3; URL=\'https://cdn.example/\'">', "</head>"),
        ),
        ("cdn.example", adding(HOME, '<b style="background: url(https://cdn.example/x.png)"></b>')),
        ("cdn.example", adding(HOME, '<svg><image xlink:href="https://cdn.example/x.png"/></svg>')),
        ("cdn.example", adding(HOME, '<object data="https://cdn.example/x.pdf"></object>')),
        ("cdn.example", adding("theme/hub.css", "@import 'https://cdn.example/x.css';", "body")),
        ("cdn.example", adding("theme/hub.css", "i { background: url( //cdn.example/x.png ) }", "body")),
        ("cdn.example", adding("theme/icons.svg", '<image href="https://cdn.example/x.png"/>', "</svg>")),
        (
            "cdn.example",
            adding(
                "theme/icons.svg",
                "<title>Don't</title><style>a { fill: url(//cdn.example/x) }</style><desc>It's</desc>",
                "</svg>",
            ),
        ),
        ("cdn.example", adding("theme/icons.svg", '<path style="fill: url(//cdn.example/x)"/>', "</svg>")),
        ("cdn.example", adding("theme/icons.svg", '<svg:image href="https://cdn.example/x.png"/>', "</svg>")),
        (
            "cdn.example",
            changing("theme/icons.svg", "<svg ", '<?xml-stylesheet href="https://cdn.example/x.css"?><svg '),
        ),
        ("cdn.example", adding(HOME, '<img alt="5" tall" src="https://cdn.example/x.png">')),
        ("cdn.example", adding(HOME, "<img alt=don't src=https://cdn.example/x.png>")),
        ("cdn.example", adding(HOME, '<img srcset="/pictures/a-320.avif, https://cdn.example/x.png 2x">')),
        ("cdn.example", adding(HOME, '<img src="https:///cdn.example/x.png">')),
        ("cdn.example", adding(HOME, '<image src="https://cdn.example/x.png">')),
        ("cdn.example", adding(HOME, '<table><tr><td background="//cdn.example/x.png"></td></tr></table>')),
        ("cdn.example", adding(HOME, '<svg><script href="https://cdn.example/x.js"></script></svg>')),
        ("cdn.example", adding(HOME, '<svg><path mask="url(https://cdn.example/x.svg#a)"/></svg>')),
        ("cdn.example", adding(HOME, '<iframe srcdoc="&lt;img src=//cdn.example/x.png&gt;"></iframe>')),
        (
            "cdn.example",
            adding(HOME, '<link rel="apple-touch-startup-image" href="//cdn.example/x.png">', "</head>"),
        ),
        (
            "cdn.example",
            adding("theme/hub.css", "i { content: '/*'; mask: url(//cdn.example/x) } /* */", "body"),
        ),
        ("cdn.example", adding("theme/hub.css", 'i { mask: image-set("//cdn.example/x.png" 1x) }', "body")),
    ],
    "template-error": [
        ("{{", adding(HOME, "<p>Hello {{ name }}</p>")),
        ("{%", adding(HOME, "<p>{% include x %}</p>")),
        ("Traceback", adding(HOME, "<p>Traceback (most recent call last): …</p>")),
        ("jinja2.exceptions", adding(HOME, "<p>jinja2.exceptions.SecurityError</p>")),
        ("Undefined", adding(HOME, "<p>Undefined</p>")),
        ("is undefined", adding(HOME, "<p>&#39;card&#39; is undefined</p>")),
        ("%(name)s", adding(HOME, "<p>By %(name)s</p>")),
        ("object at 0x", adding(HOME, "<p>&lt;forecourt.Post object at 0x7f001122aabb&gt;</p>")),
        ("href", adding(HOME, '<a href="None">x</a>')),
        ("src", adding(HOME, '<img src="None">')),
        ("title", changing(HOME, "<title>A page · Larkwood</title>", "<title> </title>")),
        ("title", changing(HOME, "<title>A page · Larkwood</title>", "")),
        ("</html>", changing(HOME, "</html>", "")),
        ("is empty", writing("about/index.html", "")),
        ("is empty", writing("feed.xml", "\n")),
        ("cut off", changing("feed.xml", "</feed>", "")),
        ("no JSON", changing("feed.json", "]}", "")),
    ],
    "local-address": [
        (
            "http://localhost:8000",
            changing(POST, f'og:url" content="{ADDRESS}', 'og:url" content="http://localhost:8000'),
        ),
        (
            "http://127.0.0.1:80",
            changing(POST, f'canonical" href="{ADDRESS}', 'canonical" href="http://127.0.0.1:80'),
        ),
        ("http://localhost:8000", changing("feed.xml", ADDRESS, "http://localhost:8000")),
        ("http://localhost:8000", changing("rss.xml", f"<link>{ADDRESS}", "<link>http://localhost:8000")),
        ("http://localhost:8000", changing("feed.json", ADDRESS, "http://localhost:8000")),
        ("https://staging.example", changing("sitemap.xml", ADDRESS, "https://staging.example")),
        ("http://localhost:8000", changing("robots.txt", ADDRESS, "http://localhost:8000")),
    ],
    "draft": [
        ("drafts/spring/index.html", writing("drafts/spring/index.html", page("drafts/spring/", ""))),
        (
            "fr/drafts/spring/index.html",
            writing("fr/drafts/spring/index.html", page("fr/drafts/spring/", "")),
        ),
    ],
    "key": [
        ("AWS", adding(POST, "<p>AKIA" + "Q3EGRI7ZK5W2MXTB</p>")),
        ("GitHub", writing("theme/x.js", "const t = 'ghp_" + "a1B2c3D4e5F6" * 3 + "';")),
        ("Slack", adding(POST, "xoxb-" + "123456789012-abcdefABCDEF")),
        (
            "Google",
            adding(
                POST,
                '<a href="https://maps.example/?key=AIza' + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q" + '">x</a>',
            ),
        ),
        ("Stripe", adding(POST, "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc")),
        (
            "private",
            writing("images/key.txt", "-----BEGIN RSA" + " PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 4),
        ),
    ],
}


@pytest.mark.parametrize(
    ("check", "said", "change"),
    [(check, said, change) for check, all_ in BAD.items() for said, change in all_],
)
def test_what_is_wrong_is_refused_by_its_check_and_told(
    site: Site, check: str, said: str, change: Change
) -> None:
    assert site.objections() == ()
    change(site)
    found = [one for one in site.objections() if one.check == check]

    assert found
    assert any(said.strip("/") in f"{one.path} {one.words}" for one in found)


_GOOGLE = "AIza" + "SyA1b2C3d4" * 5

GOOD: list[tuple[str, Change]] = [
    ("a link elsewhere", adding(HOME, '<a href="https://elsewhere.example/">x</a><a href="mailto:a@b.example">y</a>')),
    ("a dead link that a stranger wrote", adding(POST, '<a href="/gone/" rel="nofollow ugc noopener">x</a>')),
    ("their dead link in a feed", changing("feed.xml", "&lt;p&gt;", f'&lt;a href="{ADDRESS}/gone/" rel="ugc"&gt;')),
    ("a folder without its slash", adding(HOME, '<a href="/search">x</a>')),
    ("the top of a page", adding(HOME, '<a href="#">x</a><a href="/fr/#top">y</a>')),
    ("words to find on a page", adding(HOME, '<a href="/fr/#:~:text=a">z</a>')),
    ("a question behind an address", adding(HOME, '<a href="/search/?q=oak">x</a>')),
    ("a part of another page", adding(HOME, '<a href="/posts/m0/#main">x</a>')),
    ("a player after a click", adding(POST, '<a href="https://vimeo.com/1" data-player="https://player.vimeo.com/video/1">x</a>')),
    ("a recording that waits", adding(POST, '<audio preload="none" src="https://pod.example/1.mp3"></audio>')),
    ("code in an article", adding(POST, "<pre><code>{{ card }} {% if %} %(name)s Undefined</code></pre>")),
    ("braces that a stranger wrote", lambda site: site.post("m0", "Look: {{ mustache }} is Undefined")),
    ("a script that speaks of templates", adding(HOME, "<script>const a = '{{ x }}' < 'Undefined'</script>")),
    ("a word with None in it", adding(HOME, '<a href="/" class="Nonesuch" title="None">None</a>')),
    ("a link to this computer in a post", adding(POST, '<p><a href="http://localhost:3000/">x</a></p>')),
    ("what is commented out", adding(HOME, '<!-- <img src="https://cdn.example/x.png"> {{ x }} -->')),
    ("a tag that is named drafts", writing("tags/drafts/index.html", page("tags/drafts/", ""))),
    ("the key in Amazon's manual", adding(POST, "AKIA" + "IOSFODNN7EXAMPLE")),
    ("the beginning of a private key", adding(POST, "<pre>-----BEGIN RSA" + " PRIVATE KEY-----</pre>")),
    ("sizes of which one says none", adding(HOME, '<img srcset="/pictures/a-320.avif, /pictures/a-800.avif 2x">')),
    ("a namespace", adding("theme/hub.css", "@namespace svg url(http://www.w3.org/2000/svg);", "body")),
    ("an address in a text of a style", adding("theme/hub.css", "i { content: 'url(https://cdn.example/x)' }", "body")),
    ("a comment behind a page", adding(HOME, "<!-- by an agency -->", "\n")),
    ("data that Windows wrote", writing("files/data.json", b'\xef\xbb\xbf{"a": 1}')),
    ("a comment behind the end", writing("files/a.xml", "<rss><channel/></rss>\n<!-- by the shop -->\n<!-- -->")),
    ("a chapter of a PDF", both(writing("a.pdf", "%PDF-1.7"), adding(HOME, '<a href="/a.pdf#two">x</a>'))),
    ("the file that Google asks for", writing("google1a2b.html", "google-site-verification: google1a2b.html")),
    ("a part of what was merged", adding(HOME, '<a href="/posts/merged/#replies">x</a>')),
    ("what could be a key in a picture", adding(POST, f'<img src="data:image/webp;base64,U{_GOOGLE}">')),
]  # fmt: skip


@pytest.mark.parametrize("change", [change for _, change in GOOD], ids=[name for name, _ in GOOD])
def test_what_looks_wrong_and_is_not_passes(site: Site, change: Change) -> None:
    change(site)
    assert site.objections() == ()


@pytest.mark.parametrize(
    "told",
    [
        lambda said: said,
        lambda said: quote(said, safe=""),
        lambda said: b64encode(said.encode()).decode(),
        lambda said: b64encode(f"hub:{said}!".encode()).decode(),
    ],
)
@pytest.mark.parametrize("secret", [SECRET, TOKEN])
@pytest.mark.parametrize("path", [POST, "theme/hub.js", "pictures/a-800.webp", "search/index/a.pf_fragment"])
def test_a_secret_is_found_however_it_is_written_and_never_told(
    site: Site, told: Callable[[str], str], secret: str, path: str
) -> None:
    site.write("search/index/a.pf_fragment", gzip.compress(b"nothing"))
    assert site.objections(secrets=[secret]) == ()
    old = (site.output / path).read_bytes()
    new = f" {told(secret)} ".encode()
    site.write(
        path, gzip.compress(new) if old.startswith(b"\x1f\x8b") else old.replace(b"\n", new + b"\n") + new
    )

    for _ in range(2):  # it is found again until it is gone
        found = [one for one in site.objections(secrets=[secret]) if one.check == "secret"]
        assert [one.path for one in found] == [path]
        assert secret not in repr(found)
        assert secret.encode() not in (site.folder / "memory/guard.msgpack").read_bytes()
    site.write(path, old)
    assert site.objections(secrets=[secret]) == ()


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-be"])
def test_a_secret_in_a_text_that_windows_wrote_is_found(site: Site, charset: str) -> None:
    mark = b"" if charset == "utf-16" else b"\xfe\xff"
    site.write("files/notes.txt", mark + f"our token: {TOKEN}".encode(charset))
    assert checks(site.objections(secrets=[TOKEN])) == {"secret"}


def test_a_secret_that_is_new_is_looked_for_in_files_that_did_not_change(site: Site) -> None:
    site.post("m0", f"Nobody knows {TOKEN} yet.")
    assert site.objections(secrets=["another-token-of-this-hub"]) == ()
    assert checks(site.objections(secrets=["another-token-of-this-hub", TOKEN])) == {"secret"}


def test_a_page_over_its_budget_is_refused(site: Site) -> None:
    site.add(HOME, "<p>" + "long " * 1000 + "</p>")
    assert checks(site.objections(page=5000)) == {"too-heavy"}
    assert site.objections(page=8000) == ()


def test_what_a_page_loads_at_once_is_weighed_and_what_waits_is_not(site: Site) -> None:
    site.write("pictures/large.webp", b"RIFF" + bytes(9000))
    site.add(
        HOME,
        '<img src="/pictures/large.webp" loading="lazy"><template><img src="/pictures/large.webp"></template>',
    )
    assert site.objections(view=5000) == ()
    site.change(HOME, ' loading="lazy"><template>', "><template>")
    found = site.objections(view=5000)

    assert [(one.check, one.path) for one in found] == [("too-heavy", HOME)]
    assert site.objections(view=20_000) == ()


def test_the_editor_below_admin_has_no_budget(site: Site) -> None:
    site.write("admin/desk.js", "words" * 4000)
    site.write("admin/index.html", page("admin/", '<script src="desk.js"></script>'))
    assert site.objections(view=5000) == ()
    site.write("news/index.html", page("news/", '<script src="../admin/desk.js"></script>'))
    assert [(one.check, one.path) for one in site.objections(view=5000)] == [("too-heavy", "news/index.html")]


def test_more_than_the_host_takes_is_refused(site: Site) -> None:
    number = len(site.files)
    assert site.objections(limits=(("files", number), ("bytes of a file", 10_000))) == ()
    assert checks(site.objections(limits=(("files", number - 1),))) == {"too-large"}
    site.write("files/large.pdf", bytes(20_000))
    found = site.objections(limits=(("bytes of a file", 10_000),))
    assert [(one.check, one.path) for one in found] == [("too-large", "files/large.pdf")]


def test_another_host_may_be_allowed_by_name(site: Site) -> None:
    site.add(HOME, '<img src="https://cdn.example/x.png"><img src="https://other.example/x.png">')
    found = site.objections(hosts=frozenset({"cdn.example"}))
    assert [(one.check, "other.example" in one.words) for one in found] == [("third-party", True)]


def test_a_hub_below_a_path_is_read_below_it(site: Site) -> None:
    site.move_below("hub")
    assert site.objections(address=f"{ADDRESS}/hub") == ()
    site.add(HOME, '<a href="/shop/">the shop, beside the hub</a><a href="/hub/gone/">x</a>')
    assert [one.check for one in site.objections(address=f"{ADDRESS}/hub")] == ["broken-link"]


def test_every_check_has_a_test_that_makes_it_refuse() -> None:
    elsewhere = {"fewer-posts", "fewer-pages", "empty-network", "too-heavy", "too-large", "secret"}
    assert {*BAD} | elsewhere == {*CHECKS}


def test_what_is_leaving_gives_way_to_what_the_host_takes(site: Site) -> None:
    looked, files = site.look(), site.files
    leaving = dict.fromkeys(("old/a.css", "old/b.css"), NOW)
    old = tuple(File(path, "", 1_000_000, "", "") for path in leaving)
    release = Release("20261123T103000Z-5e6f7a8b", NOW, (*files, *old), leaving, counts(looked))
    size = sum(file.size for file in files)
    limits = (("files", len(files)), ("bytes", size))
    assert objections(looked, release, None, msgspec.structs.replace(RULES, limits=limits)) == ()
    for limit in (("files", len(files) - 1), ("bytes", size - 1)):
        found = objections(looked, release, None, msgspec.structs.replace(RULES, limits=(limit,)))
        assert checks(found) == {"too-large"}
