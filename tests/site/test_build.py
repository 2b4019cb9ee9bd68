"""The whole site, by the real tasks, the real Pelican and the real theme."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import feedparser
import pytest

from forecourt.store.ledger import LEDGER
from tests.conftest import ROOT, Hub, everything, file_server

HTML = "*.html"


def files(folder: Path) -> dict[str, bytes]:
    """The files of a site, without the ledger of what they were made from.

    And without the indexes of the search: Pagefind makes other files of the same posts each time.
    """
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(LEDGER))
    found = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    return {name: data for name, data in found.items() if not name.startswith("search/index/")}


def sitemap(folder: Path) -> str:
    """Every part of it."""
    return " ".join(path.read_text(encoding="utf-8") for path in sorted((folder / "sitemaps").glob("*.xml")))


def times(folder: Path) -> dict[str, int]:
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(LEDGER))
    return {str(path): path.stat().st_mtime_ns for path in paths}


class Tags(HTMLParser):
    """The start tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def tags(page: Path) -> list[tuple[str, dict[str, str]]]:
    """Many tests look at the same pages."""
    return _tags(page, page.stat().st_mtime_ns)


@cache
def _tags(page: Path, _: int) -> list[tuple[str, dict[str, str]]]:
    return Tags(page.read_text(encoding="utf-8")).found


def test_every_kind_of_page_is_there(larkwood: Hub) -> None:
    for path in (
        "index.html",
        "404.html",
        "robots.txt",
        "sitemap.xml",
        "feed.xml",
        "feed.json",
        "archive/index.html",
        "archive/2026/11/index.html",
        "follow/index.html",
        "follow/accounts.opml",
        "news/index.html",
        "news/gathering-table/index.html",
        "about/index.html",
        "sources/larkwood-blog/index.html",
        "sources/larkwood-blog/feed.xml",
        "networks/mastodon/index.html",
        "archive/2026/index.html",
        "networks/mastodon/2026/index.html",
        "networks/mastodon/feed.json",
        "tags/index.html",
        "tags/lyon/index.html",
        "tags/lyon/feed.xml",
        "theme/css/hub.css",
        "theme/brand.css",
        "images/logo.svg",
    ):
        assert (larkwood.output / path).is_file(), path


@pytest.mark.promise(49)
def test_a_build_after_a_build_writes_no_file(larkwood: Hub, figure: Callable[[str], None]) -> None:
    before = times(larkwood.output)
    again = larkwood.build("--json")

    assert times(larkwood.output) == before
    report = json.loads(again.stdout)
    assert (report["written"], report["removed"]) == (0, 0)
    figure(f"{report['same']} files compared, {report['written']} written")


def test_a_build_needs_no_network(corner: Hub, copy_of: Callable[[Hub], Hub]) -> None:
    unshare = shutil.which("unshare")
    if not unshare or corner.run([unshare, "-rn", "true"]).returncode:
        pytest.skip("no network namespaces here")
    copy = copy_of(corner)
    before = files(copy.output)
    shutil.rmtree(copy.output)
    command = [unshare, "-rn", sys.executable, "-m", "invoke", "build", "--", "-o", str(copy.output)]
    done = copy.run(command)

    assert done.returncode == 0, done.stderr
    assert files(copy.output) == before


@pytest.mark.promise(49)
def test_the_same_input_gives_the_same_bytes_anywhere(
    larkwood: Hub, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Another checkout, folder, clock, zone, locale and hash seed; within a day, after which terms end."""
    checkout = tmp_path / "another place"
    for name in ("content", "theme", "plugins", "demo", "pelicanconf.py", "publishconf.py", "tasks.py"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, _parent(checkout / name))
    other = Hub(tmp_path / "hub")
    shutil.copytree(larkwood.folder, other.folder, ignore=shutil.ignore_patterns("output"))
    done = other.run(
        [sys.executable, "-m", "invoke", "build", "--", "-o", str(other.output)],
        cwd=checkout,
        environ={
            "PYTHONPATH": str(checkout / "plugins"),
            "PYTHONHASHSEED": "7",
            "HUB_NOW": "2026-11-21T23:30:00-11:00",
            "TZ": "Pacific/Auckland",
            "LC_ALL": "C",
            "LANG": "C",
        },
    )

    assert done.returncode == 0, done.stderr
    here, there = files(larkwood.output), files(other.output)
    assert there == here
    differ = sum(there[name] != here[name] for name in here)
    figure(f"{len(there)} files in another checkout, {differ} differ")


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_pelican_by_hand_builds_the_same_site(corner: Hub, copy_of: Callable[[Hub], Hub]) -> None:
    copy = copy_of(corner)
    before = files(copy.output)
    shutil.rmtree(copy.output)
    command = [sys.executable, "-m", "pelican", "content", "-s", "pelicanconf.py", "-o", str(copy.output)]
    done = copy.run(command)

    assert done.returncode == 0, done.stderr
    assert files(copy.output) == before


_RUNS = re.compile(r"\s*(javascript|data|vbscript):", re.IGNORECASE)
_PLACE = re.compile(r"data:image/webp;base64,[\w+/=]{1,300}", re.ASCII)


def test_no_page_holds_script_style_or_an_address_that_runs(larkwood: Hub) -> None:
    for page in larkwood.output.rglob(HTML):
        for tag, attributes in tags(page):
            assert tag not in {"style", "iframe", "object", "embed", "base"}, page
            if tag == "script":
                ours = attributes.get("src", "").startswith("/theme/js/")
                assert ours or attributes == {"type": "application/ld+json"}, (page, attributes)
            for name, value in attributes.items():
                assert not name.startswith("on"), (page, tag)
                assert name != "style", (page, tag)
                is_place = tag == "img" and name == "src" and _PLACE.fullmatch(value)
                assert is_place or not _RUNS.match(value), (page, value)


def test_a_page_loads_from_its_own_host_alone(larkwood: Hub) -> None:
    for page in larkwood.output.rglob(HTML):
        for tag, attributes in tags(page):
            loaded = [attributes[name] for name in ("src", "poster", "srcset", "data") if name in attributes]
            if tag == "link" and attributes.get("rel") in {"stylesheet", "icon", "preload", "manifest"}:
                loaded.append(attributes["href"])
            for url in loaded:
                assert _PLACE.fullmatch(url) or re.match(r"/(?!/)", url), (page, loaded)


def test_every_link_and_picture_of_ours_is_there(larkwood: Hub) -> None:
    for page in larkwood.output.rglob(HTML):
        for _, attributes in tags(page):
            for name in ("href", "src"):
                url = attributes.get(name, "").partition("#")[0]
                if url.startswith("/"):
                    path = larkwood.output / _unquoted(url)
                    assert (path / "index.html" if url.endswith("/") else path).is_file(), (page, url)


def _unquoted(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url).lstrip("/")


def test_every_page_has_the_policy_and_one_heading(larkwood: Hub) -> None:
    for page in larkwood.output.rglob(HTML):
        found = tags(page)
        policies = [a["content"] for tag, a in found if a.get("http-equiv") == "Content-Security-Policy"]
        assert len(policies) == 1, page
        assert "default-src 'none'" in policies[0]
        runs = "'wasm-unsafe-eval'" if page.parent.name == "search" else ""  # which lets no script run
        assert "unsafe" not in policies[0].replace(runs, ""), page
        assert [tag for tag, _ in found].count("h1") == 1, page


def test_every_picture_has_its_size_and_says_what_it_shows(larkwood: Hub) -> None:
    for page in larkwood.output.rglob(HTML):
        for tag, attributes in tags(page):
            if tag == "img" and "src" in attributes:  # else the search writes it
                assert "alt" in attributes, page
                if not attributes["src"].startswith("/images/"):
                    assert int(attributes["width"]) > 0, page
                    assert int(attributes["height"]) > 0, page


def test_the_page_of_a_post_names_its_origin_and_stays_out_of_search_engines(larkwood: Hub) -> None:
    entry = _item(larkwood, "Found pencilled on the wall")
    page = larkwood.output / entry["url"].removeprefix("http://localhost:8000/") / "index.html"
    head = {(a.get("rel") or a.get("name")): a for tag, a in tags(page) if tag in {"link", "meta"}}

    assert head["canonical"]["href"] == entry["external_url"]
    assert head["robots"]["content"] == "noindex"
    assert entry["external_url"] in page.read_text(encoding="utf-8")
    assert entry["url"] not in sitemap(larkwood.output)


def test_pages_of_posts_can_be_opened_to_search_engines(corner: Hub, copy_of: Callable[[Hub], Hub]) -> None:
    copy = copy_of(corner)
    copy.build(HUB_INDEX_POSTS="yes")

    assert "/posts/" in sitemap(copy.output)
    pages = [page for page in (copy.output / "posts").rglob(HTML) if not _leads_on(page)]
    assert pages
    assert not any("noindex" in page.read_text(encoding="utf-8") for page in pages)


def _leads_on(page: Path) -> bool:
    """Whether it is where a post stood that stands with others that say the same."""
    return any(a.get("http-equiv") == "refresh" for _, a in tags(page))


def _item(hub: Hub, words: str) -> dict[str, str]:
    for feed in hub.output.rglob("feed.json"):
        for item in json.loads(feed.read_text(encoding="utf-8"))["items"]:
            if words in item["content_html"]:
                found: dict[str, str] = item
                return found
    raise AssertionError(words)


def test_a_post_has_its_own_language_and_direction(larkwood: Hub) -> None:
    pages = [tags(page) for page in (larkwood.output / "sources/larkwood-dubai").glob(HTML)]
    arabic = [a for tag, a in pages[0] if a.get("dir") == "rtl" and a.get("lang", "").startswith("ar")]

    assert arabic
    assert ("html", {"lang": "en", "dir": "ltr"}) in pages[0]


def test_every_page_has_a_picture_for_where_it_is_shared(larkwood: Hub) -> None:
    for page in larkwood.output.rglob(HTML):
        if _leads_on(page):
            continue
        told = [a["content"] for _, a in tags(page) if a.get("property") == "og:image"]
        assert len(told) == 1, page
        assert (larkwood.output / told[0].removeprefix("http://localhost:8000/")).is_file(), (page, told)


def test_an_article_stands_among_the_posts_in_the_feeds_and_in_the_sitemap(larkwood: Hub) -> None:
    home = (larkwood.output / "index.html").read_text(encoding="utf-8")
    month = (larkwood.output / "archive/2026/11/index.html").read_text(encoding="utf-8")
    feed = feedparser.parse((larkwood.output / "feed.xml").read_bytes())
    listed = sitemap(larkwood.output)

    assert "/news/winter-hours/" in home
    assert "/news/winter-hours/" in month
    assert "http://localhost:8000/news/winter-hours/" in [entry.id for entry in feed.entries]
    assert "http://localhost:8000/news/winter-hours/" in listed
    assert "http://localhost:8000/about/" in listed


def test_a_pinned_article_stands_first_and_once(larkwood: Hub) -> None:
    home = (larkwood.output / "index.html").read_text(encoding="utf-8")
    cards = re.findall(r'href="(/(?:news|posts)/[^"]+)"', home)

    assert cards[0] == "/news/gathering-table/"
    assert len([url for url in dict.fromkeys(cards) if url == cards[0]]) == 1


def test_what_is_not_due_or_a_draft_is_not_given_away(corner: Hub, copy_of: Callable[[Hub], Hub]) -> None:
    """An article dated in the future is nowhere; a draft is nowhere on the public site."""
    copy = copy_of(corner)
    assert b"Spring is made of glass" not in b"".join(files(copy.output).values())
    public = copy.folder / "public"
    done = copy.invoke("preview", "--", "-o", str(public))

    assert done.returncode == 0, done.stderr
    everything = b"".join(files(public).values())
    assert b"Spring is made of glass" not in everything
    assert b"The bench goes on tour again" not in everything
    assert b"localhost" not in everything


def test_what_is_due_appears_when_its_time_comes(corner: Hub, copy_of: Callable[[Hub], Hub]) -> None:
    copy = copy_of(corner)
    copy.build(HUB_NOW="2027-01-08T12:00:00+01:00")

    assert "Spring is made of glass" in (copy.output / "index.html").read_text(encoding="utf-8")


def test_our_feeds_are_read_back_without_loss(larkwood: Hub) -> None:
    for path in larkwood.output.rglob("feed.xml"):
        feed = feedparser.parse(path.read_bytes())
        assert not feed.bozo, path
        assert feed.feed.id.startswith("http://localhost:8000/")
        assert feed.feed.updated
        for entry in feed.entries:
            assert entry.id
            assert entry.title
            assert entry.link.startswith("http://localhost:8000/")
            assert entry.updated
        as_json = json.loads(path.with_name("feed.json").read_text(encoding="utf-8"))
        assert as_json["version"] == "https://jsonfeed.org/version/1.1"
        assert [item["id"] for item in as_json["items"]] == [entry.id for entry in feed.entries]
        assert len({entry.id for entry in feed.entries}) == len(feed.entries)


def test_a_feed_keeps_the_ids_and_sources_of_its_entries(larkwood: Hub) -> None:
    feed = feedparser.parse((larkwood.output / "sources/larkwood-blog/feed.xml").read_bytes())
    (entry,) = [entry for entry in feed.entries if "notes-from-the-margin" in entry.id]

    assert entry.id == "https://journal.larkwood.example/?p=notes-from-the-margin"
    assert entry.source.title == "The Larkwood Journal"
    assert "https://journal.larkwood.example/notes-from-the-margin/" in [link.href for link in entry.links]


def test_pictures_in_feeds_are_whole_addresses_of_ours(larkwood: Hub) -> None:
    feeds = [feedparser.parse(path.read_bytes()) for path in larkwood.output.rglob("feed.xml")]
    html = " ".join(entry.content[0].value for feed in feeds for entry in feed.entries)
    pictures = re.findall(r'<img[^>]* src="([^"]+)"', html)

    assert pictures
    assert all(url.startswith("http://localhost:8000/") for url in pictures)


def test_the_accounts_can_be_subscribed_to_all_at_once(larkwood: Hub) -> None:
    outlines = ET.parse(larkwood.output / "follow/accounts.opml").findall(".//outline[@xmlUrl]")

    assert len(outlines) == (larkwood.folder / "sources.toml").read_text(encoding="utf-8").count(
        "\n[[source]]"
    )
    assert all(outline.attrib["xmlUrl"].startswith("http://localhost:8000/sources/") for outline in outlines)


def test_profiles_are_linked_as_ours(larkwood: Hub) -> None:
    follow = [a for tag, a in tags(larkwood.output / "follow/index.html") if "me" in a.get("rel", "").split()]

    assert "https://journal.larkwood.example/" in [a["href"] for a in follow]


def test_a_page_that_goes_takes_its_file_along_and_no_other(
    corner: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    copy = copy_of(corner)
    copy.build()
    foreign = copy.output / "posts/mine.txt"
    foreign.write_text("not theirs to touch")
    sources = (copy.folder / "sources.toml").read_text(encoding="utf-8")
    copy.link(sources.replace('name = "larkwood-blog"', 'name = "renamed"'))
    done = copy.build("--json")

    assert json.loads(done.stdout)["removed"] > 20, done.stderr
    assert foreign.exists()
    assert not (copy.output / "sources/larkwood-blog").exists()


def test_a_hub_below_a_path_links_below_it(corner: Hub, copy_of: Callable[[Hub], Hub]) -> None:
    copy = copy_of(corner)
    words = ("build", "--", "-o", str(copy.output), "-e", 'SITEURL="https://larkwood.example/hub"')
    done = copy.invoke(*words)

    assert done.returncode == 0, done.stderr
    for page in copy.output.rglob(HTML):
        for _, attributes in tags(page):
            url = (attributes.get("href") or attributes.get("src", "")).partition("#")[0]
            if url.startswith("/"):
                assert url.startswith("/hub/"), (page, url)
                path = copy.output / _unquoted(url.removeprefix("/hub"))
                assert (path / "index.html" if url.endswith("/") else path).is_file(), (page, url)


def test_a_hub_with_nothing_yet_builds(hub: Hub) -> None:
    content = hub.folder / "content"
    (content / "news").mkdir(parents=True)
    done = hub.invoke(
        "build", "--", str(content), "-o", str(hub.output), HUB_BRAND='{"logo": "", "hero": ""}'
    )

    assert done.returncode == 0, done.stderr
    assert (hub.output / "index.html").is_file()


def test_a_large_month_is_split_by_day_and_its_address_stays(
    larkwood: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    copy = copy_of(larkwood)
    assert not list((copy.output / "archive/2026/08").glob("*/index.html"))
    program = "from forecourt.site import periods; periods.LARGE = 10; "
    program += "from forecourt.site.run import build; "
    program += f"build(['-o', {str(copy.output)!r}, '-s', 'pelicanconf.py'], full=True)"
    done = copy.run([sys.executable, "-c", program], environ={"HUB_LANGUAGES": "en"})

    assert done.returncode == 0, done.stderr
    days = sorted(path.parent.name for path in (copy.output / "archive/2026/08").glob("*/index.html"))
    assert len(days) > 10
    month = (copy.output / "archive/2026/08/index.html").read_text(encoding="utf-8")
    assert f'href="/archive/2026/08/{days[0]}/"' in month


def test_nothing_of_this_machine_is_in_the_output(larkwood: Hub) -> None:
    everything = b"".join(
        data for name, data in files(larkwood.output).items() if not name.startswith("pictures/")
    )

    assert str(larkwood.folder).encode() not in everything
    assert str(ROOT).encode() not in everything
    assert os.uname().nodename.encode() not in everything if len(os.uname().nodename) > 8 else True


@pytest.mark.usefixtures("drawn")
def test_ids_that_two_sources_share_are_told_apart_in_our_feeds(hub: Hub) -> None:
    feeds = hub.folder / "feeds"
    feeds.mkdir()
    entries = [
        {"id": number, "content_text": "Text", "date_published": "2026-11-01T00:00:00Z"} for number in "12"
    ]
    entries += [
        {"id": "https://one.example/x", "content_text": "Same"},
        {"id": "foo bar <q>", "content_text": "Odd"},
    ]
    for name in ("one", "two"):
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": name, "items": entries}
        (feeds / f"{name}.json").write_text(json.dumps(feed))
    with file_server(feeds) as address:
        hub.link(
            "".join(
                f'[[source]]\nname = "{n}"\nconnector = "feed"\nurl = "{address}/{n}.json"\n'
                for n in ("one", "two")
            )
        )
        done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))
    assert done.returncode == 0, done.stderr

    ids = [
        entry.id
        for entry in feedparser.parse((hub.output / "feed.xml").read_bytes()).entries
        if "/news/" not in entry.id
    ]
    assert len(ids) == len(set(ids)) == 8
    assert "https://one.example/x" in ids
    assert not [each for each in ids if " " in each or "<" in each]


@pytest.mark.usefixtures("drawn")
def test_a_post_without_an_address_of_its_own_has_its_page_on_the_hub(hub: Hub) -> None:
    (hub.folder / "feed.json").write_text(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "T",
                "items": [{"content_text": "Alone"}],
            }
        )
    )
    with file_server(hub.folder) as address:
        url = f"{address}/feed.json?key=HUSH"
        hub.link(f'[[source]]\nname = "one"\nconnector = "feed"\nurl = "{url}"\n')
        done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))
    (page,) = (hub.output / "posts").rglob("index.html")
    canonical = next(a["href"] for _, a in tags(page) if a.get("rel") == "canonical")

    assert canonical == f"http://localhost:8000/posts/{page.parent.name}/"
    assert "HUSH" not in done.stderr + done.stdout + "".join(map(repr, files(hub.output).values()))


def test_two_hubs_in_one_output_leave_nothing_of_each_other(
    corner: Hub, copy_of: Callable[[Hub], Hub], draw: Callable[[Hub], Hub]
) -> None:
    copy = copy_of(corner)
    empty = draw(Hub(copy.folder / "other"))
    empty.link("")
    done = empty.invoke("build", "--", "-o", str(copy.output))

    assert done.returncode == 0, done.stderr
    assert not (copy.output / "posts").exists()


def test_every_picture_that_a_page_names_is_there(larkwood: Hub) -> None:
    """Those of posts, too, that stand at the address of another and on the pages of their own network."""
    named = re.compile(r"pictures/[0-9a-f]{2}/[0-9a-f]+-\d+\.\w+")
    pages = {
        path: text for path, text in everything(larkwood.output) if path.endswith((".html", ".xml", ".json"))
    }

    missing = {
        (path, name)
        for path, text in pages.items()
        for name in named.findall(text)
        if not (larkwood.output / name).is_file()
    }

    assert sum(len(named.findall(text)) for text in pages.values()) > 1000
    assert not missing
