"""Our feeds, by the rules of feed validators, and read back by other programs."""

from __future__ import annotations

import html
import json
import re
import time
import xml.etree.ElementTree as ET
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import feedparser
import pytest

from demo import secrets
from forecourt import config
from forecourt.accounts import Account, link
from forecourt.curate import decide
from forecourt.model import Author, Kind, Media
from forecourt.site.editorial import Figure
from forecourt.site.syndication import opml, sitemap
from forecourt.site.syndication.markup import escaped, legal, quoted
from forecourt.store import Store, Stored
from tests.conftest import NOW, ROOT, Hub
from tests.site import feedrules, hostile
from tests.site.vectors import VECTORS
from tests.site.workbench import Workbench, article, pictured, post

HERE = "http://localhost:8000"
FORMATS = {"feed.xml": "atom", "rss.xml": "rss", "feed.json": "json"}

# A feed of each format that nothing can be said against, for what can.
ADDRESS = "https://hub.example/feed"
GOOD = {
    "atom": f"""<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <id>https://hub.example/</id><title>Hub</title><updated>2026-11-01T10:00:00+01:00</updated>
  <link rel="self" href="{ADDRESS}" type="application/atom+xml"/>
  <link rel="alternate" href="https://hub.example/" type="text/html"/>
  <author><name>Larkwood</name></author>
  <entry>
    <id>tag:hub.example,2000:1</id><title>One</title><updated>2026-11-01T10:00:00+01:00</updated>
    <link rel="alternate" href="https://hub.example/1/"/>
    <author><name>Ann</name></author>
    <content type="html">&lt;p&gt;One&lt;/p&gt;</content>
  </entry>
</feed>""",
    "rss": f"""<?xml version='1.0' encoding='utf-8'?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dcterms="http://purl.org/dc/terms/">
 <channel>
  <title>Hub</title><link>https://hub.example/</link><description>All</description><language>en</language>
  <atom:link rel="self" href="{ADDRESS}" type="application/rss+xml"/><dc:creator>Larkwood</dc:creator>
  <item>
    <title>One</title><link>https://hub.example/1/</link><guid isPermaLink="false">tag:hub.example,2000:1</guid>
    <pubDate>Sun, 01 Nov 2026 10:00:00 +0100</pubDate><dcterms:modified>2026-11-01T10:00:00Z</dcterms:modified>
    <dc:creator>Ann</dc:creator><content:encoded>&lt;p&gt;One&lt;/p&gt;</content:encoded>
  </item>
 </channel>
</rss>""",
    "json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1", "title": "Hub", "home_page_url": "https://hub.example/",
            "feed_url": ADDRESS, "language": "en", "authors": [{"name": "Larkwood"}],
            "items": [{
                "id": "tag:hub.example,2000:1", "url": "https://hub.example/1/", "title": "One",
                "content_html": "<p>One</p>", "date_published": "2026-11-01T10:00:00+01:00",
                "authors": [{"name": "Ann"}], "language": "en",
            }],
        }
    ),
}  # fmt: skip

_ENTRIES = {
    "atom": r"<entry>.*</entry>",
    "rss": r"<item>.*</item>",
    "json": r'\{"id".*\}(?=\])',
}

# What is wrong with a feed: the rule that says so, in which format, what stands in the place of what.
BROKEN = [
    ("well_formed", "atom", "</entry>", ""),
    ("well_formed", "atom", "One", "On\x0ce"),
    ("well_formed", "atom", " encoding='utf-8'", ""),
    ("well_formed", "rss", "</item>", "<blink/></item>"),
    ("well_formed", "rss", "</item>", '<x:y xmlns:x="urn:x"/></item>'),
    ("well_formed", "json", "]}", "]"),
    ("complete", "atom", "<id>tag:hub.example,2000:1</id>", ""),
    ("complete", "atom", "<title>One</title>", "<title> </title>"),
    ("complete", "rss", "<description>All</description>", ""),
    ("complete", "json", '"id"', '"ID"'),
    ("once", "atom", "<title>One</title>", "<title>One</title><title>Two</title>"),
    ("once", "rss", "<title>One</title>", "<title>One</title><title>Two</title>"),
    ("unique", "atom", _ENTRIES["atom"], r"\g<0>\g<0>"),
    ("unique", "rss", _ENTRIES["rss"], r"\g<0>\g<0>"),
    ("unique", "json", _ENTRIES["json"], r"\g<0>,\g<0>"),
    ("identified", "atom", "tag:hub.example,2000:1", "1"),
    ("identified", "rss", ' isPermaLink="false"', ""),
    ("identified", "json", "tag:hub.example,2000:1", "a b"),
    ("dated", "atom", "2026-11-01T10:00:00+01:00", "2026-11-01 10:00"),
    ("dated", "rss", "Sun, 01 Nov", "dim., 01 nov."),
    ("dated", "rss", "2026-11-01T10:00:00Z", "Sun, 01 Nov 2026 10:00:00 GMT"),
    ("dated", "json", "2026-11-01T10:00:00+01:00", "2026-13-01T10:00:00+01:00"),
    ("past", "atom", "2026-11-01T10:00:00+01:00", "2027-11-01T10:00:00+01:00"),
    ("past", "rss", "01 Nov 2026", "01 Nov 2027"),
    ("past", "json", "2026-11-01", "2027-11-01"),
    ("self_linked", "atom", ADDRESS, "https://other.example/feed"),
    ("self_linked", "rss", "<atom:link[^>]*/>", ""),
    ("self_linked", "json", ADDRESS, "https://other.example/feed"),
    ("absolute", "atom", "https://hub.example/1/", "/1/"),
    ("absolute", "rss", "<link>https://hub.example/1/", "<link>//hub.example/1/"),
    ("absolute", "json", "https://hub.example/1/", "1/"),
    ("rooted", "atom", "&lt;p&gt;", "&lt;img src=/a.png&gt;"),
    ("rooted", "rss", "&lt;p&gt;", "&lt;a href=#note&gt;"),
    ("rooted", "json", "<p>", "<blockquote cite=a>"),
    ("inert", "atom", "&lt;p&gt;", "&lt;script&gt;"),
    ("inert", "rss", "&lt;p&gt;", "&lt;p onclick=x()&gt;"),
    ("inert", "json", "<p>", "<iframe src=https://x.example></iframe>"),
    ("spoken", "atom", 'xml:lang="en"', 'xml:lang="en_GB"'),
    ("spoken", "rss", "<language>en", "<language>English!"),
    ("spoken", "json", '"language": "en"', '"language": "e"'),
    ("typed", "atom", "application/atom\\+xml", "application/rss+xml"),
    ("typed", "rss", "application/rss\\+xml", "rss"),
    ("authored", "atom", "<author><name>Ann</name></author>", ""),
    ("authored", "rss", "<dc:creator>Ann</dc:creator>", "<author>Ann</author>"),
    ("authored", "json", '"Ann"', '""'),
]  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_nothing_is_said_against_a_good_feed(kind: str) -> None:
    assert feedrules.problems(GOOD[kind].encode(), ADDRESS, NOW) == []


@pytest.mark.parametrize(("rule", "kind", "what", "by"), BROKEN)
def test_a_rule_finds_what_breaks_it(rule: str, kind: str, what: str, by: str) -> None:
    broken = re.sub(what if "\\" in what or "*" in what else re.escape(what), by, GOOD[kind], flags=re.DOTALL)
    assert broken != GOOD[kind]

    found = feedrules.problems(broken.encode(), ADDRESS, NOW)

    assert rule in {said.partition(":")[0] for said in found}, found


def test_a_feed_that_is_not_utf_8_is_found() -> None:
    assert feedrules.problems("<?xml version='1.0'?><feed>é</feed>".encode("latin-1"), ADDRESS, NOW)


def test_every_rule_was_seen_to_fail() -> None:
    assert {rule.__name__ for rule in feedrules.RULES} == {rule for rule, *_ in BROKEN}


def feeds(folder: Path) -> Iterator[tuple[Path, str]]:
    """The feeds of a site, and the address of each below the hub's."""
    for path in sorted(folder.rglob("*")):
        if path.name in FORMATS:
            yield path, quote(str(path.relative_to(folder)))


def test_every_feed_of_the_hub_keeps_the_rules(larkwood: Hub) -> None:
    found = {
        address: said
        for path, address in feeds(larkwood.output)
        if (said := feedrules.problems(path.read_bytes(), f"{HERE}/{address}", NOW))
    }

    assert found == {}


def test_every_listing_is_there_in_each_format(larkwood: Hub) -> None:
    of_formats = [{path.parent for path in larkwood.output.rglob(name)} for name in FORMATS]

    assert of_formats[0] == of_formats[1] == of_formats[2]
    assert {larkwood.output / "news", larkwood.output / "tags/lyon", larkwood.output} <= of_formats[0]


@dataclass(frozen=True)
class Read:
    """An entry as another program read it."""

    id: str
    title: str
    link: str
    via: str
    published: datetime | None
    updated: datetime | None
    author: str
    tags: tuple[str, ...]
    html: str
    picture: str
    lang: str


def read(path: Path) -> list[Read]:
    data = path.read_bytes()
    if path.suffix == ".json":
        return [_from_json(item) for item in json.loads(data)["items"]]
    feed = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    assert not feed.bozo, path
    return [_from_feedparser(entry) for entry in feed.entries]


def _from_feedparser(entry: Any) -> Read:
    content = entry.content[0] if "content" in entry else {}
    return Read(
        id=entry.id,
        title=entry.title,
        link=entry.link,
        via=next((each.href for each in entry.links if each.rel == "via"), ""),
        published=_moment(entry.get("published_parsed")),
        updated=_moment(entry.get("updated_parsed")),
        author=entry.author,
        tags=tuple(tag.term for tag in entry.get("tags", ())),
        html=content.get("value", ""),
        picture=entry.media_content[0]["url"] if "media_content" in entry else "",
        lang=entry.get("language") or content.get("language") or "",
    )


def _from_json(item: Mapping[str, Any]) -> Read:
    published = item.get("date_published")
    updated = item.get("date_modified", published)
    return Read(
        id=item["id"],
        title=item["title"],
        link=item["url"],
        via=item.get("external_url", ""),
        published=_whole(published) if published else None,
        updated=_whole(updated) if updated else None,
        author=item["authors"][0]["name"],
        tags=tuple(item.get("tags", ())),
        html=item["content_html"],
        picture=item.get("image", ""),
        lang=item.get("language", ""),
    )


def _moment(parsed: time.struct_time | None) -> datetime | None:
    return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None


def _whole(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC).replace(microsecond=0)


def test_the_three_formats_say_the_same(larkwood: Hub) -> None:
    listings = [path.parent for path in larkwood.output.rglob("feed.json")]
    assert len(listings) > 50
    for listing in listings:
        as_json, atom, rss = (read(listing / name) for name in ("feed.json", "feed.xml", "rss.xml"))
        assert [replace(each, lang="") for each in atom] == [replace(each, lang="") for each in as_json], (
            listing
        )
        # Who reads RSS takes a title for HTML where it looks like it.
        assert [replace(each, title="") for each in rss] == [replace(each, title="") for each in as_json], (
            listing
        )
        for one, other in zip(as_json, atom, strict=True):
            assert other.lang == (one.lang or "en")  # that of the feed, where nobody says


@cache
def accounts() -> dict[str, Account]:
    settings = {"HUB_SOURCES": str(ROOT / "content/sources.toml")}
    return {each.name: each for each in link(config.load(settings, ROOT, {}), secrets())}


def shown(hub: Hub, account: Account) -> list[Stored]:
    with Store(hub.folder / "state/store.sqlite", ZoneInfo("UTC")) as store:
        return store.posts.newest(f"source/{account.name}", NOW, 50)


def plain(markup: str) -> str:
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]*>", "", markup)))


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_feed_says_of_a_post_is_what_the_store_has_of_it(larkwood: Hub, name: str) -> None:
    compared = 0
    for account in accounts().values():
        said = (stored.said_by({account.name}) for stored in shown(larkwood, account))
        posts = {f"{HERE}/posts/{stored.key}/": stored for stored in said}
        found = {each.link: each for each in read(larkwood.output / f"sources/{account.name}/{name}")}
        if not account.connector.terms.syndicate:
            assert not found, account.name
            continue
        assert found.keys() == posts.keys(), account.name
        for url, stored in posts.items():
            _compare(found[url], stored, account)
            compared += 1
    assert compared > 100


def _compare(entry: Read, stored: Stored, account: Account) -> None:
    post = stored.post
    published = post.published.astimezone(UTC).replace(microsecond=0) if post.published else None
    updated = max(stored.published, post.updated or stored.published).astimezone(UTC).replace(microsecond=0)
    assert entry.title == post.title if post.title else entry.title
    assert entry.via == post.permalink
    assert entry.published == published
    assert entry.updated == updated
    tags = (*post.tags, *(stored.curation.tags if stored.curation else ()))
    assert entry.author == (post.author.name or post.author.handle or account.source.label)
    assert [tag.casefold() for tag in entry.tags] == [*dict.fromkeys(tag.casefold() for tag in tags)]
    assert entry.lang == post.lang or not post.lang
    assert plain(post.html) in plain(entry.html)
    assert account.connector.terms.credit in html.unescape(entry.html)
    if any(media.type == "image" for media in post.media) and "/pictures/" in entry.html:
        assert entry.picture in entry.html


def test_text_that_may_not_be_republished_is_in_no_feed_of_any_format(larkwood: Hub) -> None:
    everything = "".join(path.read_text("utf-8") for path, _ in feeds(larkwood.output))
    closed = [each for each in accounts().values() if not each.connector.terms.syndicate]
    assert closed
    for account in closed:
        for stored in shown(larkwood, account):
            said = stored.post.text[:40]
            if len(stored.copies) > 1:  # what others say too, they say themselves
                continue
            assert not said or html.escape(said, quote=False) not in everything
            assert f"/posts/{stored.key}/" not in everything


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def of_one(bench: Workbench, name: str) -> Read:
    """The only entry of the hub's feed."""
    bench.build()
    (entry,) = read(bench.output / name)
    return entry


@pytest.mark.parametrize("name", FORMATS)
def test_a_post_without_a_title_has_one_in_a_feed(bench: Workbench, name: str) -> None:
    long = "Linen from the coast " * 20
    bench.say(post(1, "north", title="", text=long, html=f"<p>{long}</p>"))

    title = of_one(bench, name).title

    assert title.startswith("Linen from the coast")
    assert title.endswith("…")
    assert len(title) <= 80


@pytest.mark.parametrize("name", FORMATS)
def test_a_post_that_says_nothing_is_called_by_its_account(bench: Workbench, name: str) -> None:
    bench.say(post(1, "north", title=" \x01 ", text="", html="", author=Author()))

    entry = of_one(bench, name)

    assert (entry.title, entry.author) == ("North", "North")


@pytest.mark.parametrize("name", FORMATS)
def test_a_post_without_a_date_has_none_in_a_feed(bench: Workbench, name: str) -> None:
    bench.say(post(1, "north", published=None))

    assert of_one(bench, name).published is None
    (data,) = [path.read_bytes() for path in [bench.output / name]]
    assert feedrules.problems(data, f"https://hub.example/{name}", NOW) == []


HOSTILE = "</title>]]><script>alert(1)</script>\x00\x08\x0b\x1b\ufffe\uffff & <b>\"'"


@pytest.mark.parametrize("name", FORMATS)
def test_what_xml_forbids_and_what_would_end_an_element_reaches_no_feed(bench: Workbench, name: str) -> None:
    said = html.escape(HOSTILE)
    bench.brand |= {"name": "Lark\x00wood </title>", "tagline": "Ho\x02mes & <more>"}
    bench.say(
        post(
            1, "north", title=HOSTILE, text=HOSTILE, html=f"<p>{said}</p>", lang="en", tags=("Oak <b>",),
            author=Author(HOSTILE, "@a\x07", "https://a.example/?a=1&b=2"),
        )
    )  # fmt: skip

    entry = of_one(bench, name)

    data = (bench.output / name).read_bytes()
    assert feedrules.problems(data, f"https://hub.example/{name}", NOW) == []
    clean = legal(HOSTILE)
    assert "\x00" not in clean
    assert "\uffff" not in clean
    assert html.unescape(entry.html) == f"<p>{clean}</p>"
    assert entry.author == clean
    if name != "rss.xml":
        assert entry.title == clean


def test_feeds_of_hostile_texts_keep_the_rules(bench: Workbench) -> None:
    """Each in every field that a feed has, and in posts of a connector that cleans nothing."""
    bench.accounts = {name: {"label": f"{name} <b>&"} for name in ("rss", "atom", "json", "careless")}
    with bench.stored() as (store, linked):
        for name, account in linked.items():
            judged = [(each, decide(each, account.rules)) for each in hostile.posts(name, VECTORS)]
            store.posts.save(name, judged, NOW)
    bench.build()

    found = {
        address: said
        for path, address in feeds(bench.output)
        if (said := feedrules.problems(path.read_bytes(), f"https://hub.example/{address}", NOW))
    }
    assert found == {}
    for name in FORMATS:
        assert len(read(bench.output / "sources/careless" / name)) == min(50, len(VECTORS))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("a\x00b\x1fc", "abc"),
        ("lone \ud800 surrogate \udfff", "lone  surrogate "),
        ("tab\tline\nreturn\r\nold\rend", "tab\tline\nreturn\nold\nend"),
        ("noncharacters \ufffe\uffff", "noncharacters "),
        ("العربية 日本語 👩🏽‍🌾 \x85", "العربية 日本語 👩🏽‍🌾 \x85"),
    ],
)
def test_only_what_xml_allows_is_left_of_a_text(text: str, clean: str) -> None:
    assert legal(text) == clean
    read_back = ET.fromstring(f'<a b="{quoted(clean)}">{escaped(clean)}</a>')
    assert (read_back.text or "") == clean
    assert "\ufffe" not in clean


def test_the_pictures_of_a_post_stand_in_what_it_says_once(bench: Workbench) -> None:
    inside, beside = "https://north.example/in.jpg", "https://north.example/beside.jpg"
    for url, name in ((inside, "aa/inside"), (beside, "bb/beside")):
        bench.picture(url, name)
    bench.say(
        post(
            1,
            "north",
            html=f'<p>See</p><p><img src="{inside}" alt="In"></p>',
            media=pictured(inside) + pictured(beside),
        )
    )

    entry = of_one(bench, "feed.xml")

    assert re.findall(r'src="([^"]+)"', entry.html) == [
        "https://hub.example/pictures/bb/beside-640.webp",
        "https://hub.example/pictures/aa/inside-640.webp",
    ]
    assert entry.picture == "https://hub.example/pictures/aa/inside-640.webp"


def test_the_picture_of_a_film_leads_to_where_it_is_played(bench: Workbench) -> None:
    poster = "https://north.example/poster.jpg"
    bench.picture(poster, "aa/poster")
    film = Media(type="video", url="https://north.example/film.mp4", poster=poster)
    bench.say(post(1, "north", kind=Kind.VIDEO, media=(film,)))

    assert of_one(bench, "feed.xml").html.startswith(
        '<p><a href="https://north.example/1"><img src="https://hub.example/pictures/aa/poster-640.webp"'
    )


def test_links_of_an_article_are_whole_in_its_feed_and_its_words_as_they_were(bench: Workbench) -> None:
    said = '<p><a href="/about/">A</a> <a href="#note">B</a> write &lt;a href="/x"&gt; or ="/ <q cite="/q">C</q></p>'
    bench.edit(article(1, html=said))

    assert of_one(bench, "rss.xml").html == (
        '<p><a href="https://hub.example/about/">A</a> <a href="https://hub.example/news/1/#note">B</a> '
        'write &lt;a href="/x"&gt; or ="/ <q cite="https://hub.example/q">C</q></p>'
    )


def test_feeds_of_a_listing_say_whose_they_are(bench: Workbench) -> None:
    bench.say(post(1, "north", tags=("Oak",)))
    bench.build()
    titles = {
        feedparser.parse((bench.output / where / name).read_bytes()).feed.title
        for where in ("tags/oak",)
        for name in ("feed.xml", "rss.xml")
    }

    assert titles == {"#Oak · Larkwood"}
    assert json.loads((bench.output / "feed.json").read_bytes())["title"] == "Larkwood"


def test_an_empty_feed_keeps_the_rules(bench: Workbench) -> None:
    bench.build()
    for path, address in feeds(bench.output):
        assert feedrules.problems(path.read_bytes(), f"https://hub.example/{address}", NOW) == []


def test_dates_are_in_english_wherever_the_program_runs(bench: Workbench) -> None:
    bench.say(post(1, "north", published=NOW - timedelta(days=1)))
    bench.build()

    assert re.search(
        r"<pubDate>[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} ", (bench.output / "rss.xml").read_text()
    )


# The list of accounts


def test_accounts_are_listed_in_groups_the_brands_own_first(larkwood: Hub) -> None:
    root = ET.parse(larkwood.output / "follow/accounts.opml").getroot()
    groups = root.findall("body/outline")

    assert root.get("version") == "2.0"
    assert (root.findtext("head/title"), root.findtext("head/ownerName")) == ("Larkwood", "Larkwood")
    assert root.find("head/dateCreated") is None
    assert groups[0].get("text") == "Larkwood"
    assert len(groups) > 1
    for outline in root.findall("body/outline/outline"):
        assert outline.get("type") == "rss"
        assert outline.get("text") == outline.get("title")
        feed = outline.attrib["xmlUrl"].removeprefix(f"{HERE}/")
        assert (larkwood.output / feed).is_file()
        assert outline.attrib["htmlUrl"].startswith("http")


def test_a_list_of_accounts_takes_any_name() -> None:
    group = opml.Group(
        'A "b" <c>\x00', [opml.Subscription("One & \ud800two", "https://a.example/f", "https://a.example/")]
    )
    root = ET.fromstring(opml.outlines("Lark & <wood>\x01", "https://hub.example/", [group]))

    assert root.findtext("head/title") == "Lark & <wood>"
    assert [each.get("text") for each in root.iter("outline")] == ['A "b" <c>', "One & two"]


# The sitemap


SITEMAP = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "i": "http://www.google.com/schemas/sitemap-image/1.1",
    "x": "http://www.w3.org/1999/xhtml",
}


def test_a_page_is_listed_with_its_pictures_and_its_languages() -> None:
    page, other = "https://hub.example/a/?b&c", "https://hub.example/fr/a/"
    pictures = {page: [f"https://hub.example/{n}.webp" for n in range(1200)]}
    tongues = {page: [("en", page), ("fr", other), ("x-default", page)]}
    root = ET.fromstring(sitemap.pages([page, other], pictures, tongues))
    first, second = root.findall("s:url", SITEMAP)

    assert first.findtext("s:loc", "", SITEMAP) == page
    assert len(first.findall("i:image/i:loc", SITEMAP)) == 1000
    assert [(each.get("hreflang"), each.get("href")) for each in first.findall("x:link", SITEMAP)] == tongues[
        page
    ]
    assert [child.tag.partition("}")[2] for child in second] == ["loc"]


def test_pictures_are_listed_once_as_large_as_they_are_shown_and_without_portraits() -> None:
    uses = ["ab/one 320 640", "ab/one 320 640 1280", "cd/face 96", "ef/old.png", "share/drawn.png"]

    assert sitemap.shown(uses) == ["ab/one-1280.webp", "ef/old.png"]


def test_every_part_of_the_sitemap_is_one(larkwood: Hub) -> None:
    parts = [*(larkwood.output / "sitemaps").glob("*.xml")]
    assert parts
    for part in parts:
        urls = [each.text or "" for each in ET.parse(part).iterfind("s:url/s:loc", SITEMAP)]
        assert 0 < len(urls) == len({*urls}) <= sitemap.URLS
        assert all(url.startswith(HERE) for url in urls)


class Indexed(Workbench):
    """A hub whose pages of posts search engines may list."""

    def settings(self) -> tuple[config.Config, tuple[Account, ...]]:
        found, linked = super().settings()
        return replace(found, index_posts=True), linked


def listed(bench: Workbench) -> dict[str, list[str]]:
    """The pictures that the sitemap has, by their pages."""
    return {
        url.findtext("s:loc", "", SITEMAP): [
            each.text or "" for each in url.iterfind("i:image/i:loc", SITEMAP)
        ]
        for part in (bench.output / "sitemaps").glob("*.xml")
        for url in ET.parse(part).iterfind("s:url", SITEMAP)
        if url.find("i:image", SITEMAP) is not None
    }


def test_the_sitemap_follows_the_pictures_that_a_post_shows(tmp_path: Path) -> None:
    bench = Indexed(tmp_path)
    urls = {name: f"https://north.example/{name}.jpg" for name in ("one", "two", "face")}
    for name, url in urls.items():
        bench.picture(url, f"aa/{name}")
    said = post(1, "north", media=pictured(urls["one"]), author=Author("Ann", avatar=urls["face"]))
    bench.say(said)
    bench.say(post(2, "north"))
    bench.check()
    ((page, pictures),) = listed(bench).items()
    assert page.startswith("https://hub.example/posts/")
    assert "https://hub.example/pictures/aa/one-640.webp" in pictures

    bench.say(replace(said, media=pictured(urls["two"])))
    bench.check()

    (pictures,) = listed(bench).values()
    assert "https://hub.example/pictures/aa/two-640.webp" in pictures
    assert "https://hub.example/pictures/aa/one-640.webp" not in pictures


def test_the_sitemap_follows_the_picture_of_an_article(bench: Workbench) -> None:
    bench.edit(article(1))
    bench.check()
    assert listed(bench) == {}

    bench.edit(article(1, figure=Figure("images/vase one.jpg", 800, 600, "A vase")))
    bench.check()

    assert listed(bench) == {"https://hub.example/news/1/": ["https://hub.example/images/vase%20one.jpg"]}


def test_the_sitemap_leads_to_the_languages_of_a_page(bench: Workbench) -> None:
    bench.languages = ["en", "fr"]
    bench.check()
    tongues = {
        url.findtext("s:loc", "", SITEMAP): {
            each.get("hreflang"): each.get("href") for each in url.iterfind("x:link", SITEMAP)
        }
        for part in (bench.output / "sitemaps").glob("*.xml")
        for url in ET.parse(part).iterfind("s:url", SITEMAP)
    }
    home = {
        "en": "https://hub.example/",
        "fr": "https://hub.example/fr/",
        "x-default": "https://hub.example/",
    }

    assert tongues["https://hub.example/"] == tongues["https://hub.example/fr/"] == home
