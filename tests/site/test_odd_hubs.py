"""Hubs that are a little odd: stores that name their accounts, campaigns nobody follows, pictures nobody can open."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forecourt import config
from forecourt.accounts import link
from forecourt.curate import decide
from forecourt.desk import Campaign, Shop
from forecourt.errors import ContentError
from forecourt.model import Author, Event, Kind
from forecourt.site.editorial import Editorial
from forecourt.site.finding import Finding
from forecourt.site.language import load
from forecourt.site.reading import size_of
from forecourt.site.recipe import Recipe
from forecourt.site.search import Record, Shard
from forecourt.site.templates import Templates
from forecourt.store import Store
from forecourt.store.ledger import Ledger
from tests.conftest import NOW, Hub, file_server
from tests.site.visitor import careful_browser
from tests.site.workbench import Workbench, article, post, small_pages
from tests.test_tasks import NO_PICTURES


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with small_pages():
        yield Workbench(tmp_path)


def campaign(**values: Any) -> Editorial:
    lamps = Campaign("lamps", "content/campaigns/lamps.md", "Lamps", "en", NOW, NOW + timedelta(days=9))
    said = article(1, source="campaigns/lamps.md", path="campaigns/lamps/", file="campaigns/lamps/index.html")
    return replace(said, title="Lamps", is_article=False, template="campaign.html", campaign=lamps, **values)


def store(lang: str = "en", **values: Any) -> Editorial:
    shop = Shop(
        "bilbao", "content/stores/bilbao.md", "By the river", town="48001 Bilbao", accounts=("north",)
    )
    said = article(2, source=f"stores/bilbao.{lang}.md", path="", file="", lang=lang, is_article=False)
    return replace(said, **{"title": "By the river", "shop": shop, **values})


def records(bench: Workbench) -> list[Record]:
    """All that can be found in the hub as it was built last."""
    found, accounts = bench.settings()
    written = [*bench.editorials.values()]
    recipe = Recipe(found, accounts, bench.folder / "theme", {}, written, None, {}, bench.now)
    ledger = Ledger.existing(bench.output)
    assert ledger
    with ledger, Store.reading(found.store, found.timezone, "build", bench.now) as there:
        finding = Finding(recipe.editions(there, ledger).first, accounts, ledger.days("stream"))
        return [*finding.of_shard(Shard("0001-01-01", "9999-12-31")), *finding.pages()]


# Campaigns


def test_a_campaign_that_nobody_said_anything_of_is_the_same_in_every_build(bench: Workbench) -> None:
    bench.build()
    bench.edit(campaign())
    bench.check()

    assert b"Lamps" in bench.files()["campaigns/lamps/feed.xml"]


def test_nobody_is_told_of_a_campaign_that_is_a_draft(bench: Workbench) -> None:
    bench.build()
    bench.edit(campaign(status="draft"))
    bench.check()

    assert [name for name in bench.files() if "lamps" in name] == ["campaigns/lamps/index.html"]


def test_the_page_of_a_campaign_leads_to_its_feeds(bench: Workbench) -> None:
    bench.template("campaign.html", "{% for feed in page.feeds %}{{ feed.url }} {% endfor %}")
    bench.edit(campaign())
    bench.build()

    assert bench.files()["campaigns/lamps/index.html"].split() == [
        b"/campaigns/lamps/feed.xml", b"/campaigns/lamps/rss.xml", b"/campaigns/lamps/feed.json",
    ]  # fmt: skip


# Stores


def test_a_store_shows_that_an_account_which_its_file_names_cannot_be_reached(bench: Workbench) -> None:
    bench.say(post(1, "north"))
    bench.reach("north", 0)
    bench.edit(store())
    bench.build()
    bench.now += timedelta(hours=1)
    bench.reach("north", 9)
    bench.check()


def test_a_store_that_is_a_draft_is_nowhere(bench: Workbench) -> None:
    bench.languages = ["en", "fr"]
    bench.template("stores.html", "{{ shops }}")
    bench.edit(store(status="draft"))
    bench.edit(store("fr", status="draft"))
    bench.check()

    assert [name for name, data in bench.files().items() if b"By the river" in data] == []
    assert not [name for name in bench.files() if "stores/" in name]


def test_a_store_that_is_hidden_has_its_page_and_no_link_leads_there(bench: Workbench) -> None:
    bench.template("stores.html", "{{ shops }}{{ map_url }}")
    bench.template("parts/frame.html", "{{ hub.stores }}{{ hub.stores_url }}")
    bench.template("store.html", "{{ page.robots }} {{ shop.title }}")
    bench.edit(store())
    bench.build()
    assert b"/stores/bilbao/" in bench.files()["index.html"]

    bench.edit(store(status="hidden"))
    bench.check()
    files = bench.files()

    assert files["stores/bilbao/index.html"] == b"noindex By the river"
    leading = [name for name, data in files.items() if b"stores/bilbao/" in data]
    assert {name for name in leading if not name.startswith("stores/bilbao/")} == set()
    assert records(bench) == []


def test_an_account_leaves_the_store_that_it_is_no_more_of(bench: Workbench) -> None:
    bench.accounts["south"]["store"] = "lyon"
    bench.edit(store())
    bench.build()
    assert b"North" in bench.files()["stores/bilbao/index.html"]

    bench.accounts["north"]["store"] = "lyon"
    bench.check()

    assert b"North" not in bench.files()["stores/bilbao/index.html"]


def test_an_account_that_two_stores_name_stands_with_one_of_them_in_every_build(bench: Workbench) -> None:
    bilbao = store()
    assert bilbao.shop
    bench.edit(replace(bilbao, source="stores/lyon.md", shop=replace(bilbao.shop, slug="lyon")))
    bench.edit(store(shop=replace(bilbao.shop, accounts=())))
    bench.build()
    assert b"North" in bench.files()["stores/lyon/index.html"]

    bench.edit(bilbao)
    bench.check()


def test_accounts_stand_with_the_store_whose_file_names_them(bench: Workbench) -> None:
    bench.template(
        "follow.html", "{% for title, accounts in groups %}{{ title }}: {{ accounts|length }}. {% endfor %}"
    )
    bench.accounts["south"]["store"] = "bilbao"
    bench.accounts["east"]["store"] = "King's Road"
    bench.edit(store())
    bench.build()

    assert bench.files()["follow/index.html"].decode() == "By the river: 2. King&#39;s Road: 1. "


def test_a_store_is_found_by_its_words_and_its_town(bench: Workbench) -> None:
    bench.edit(store())
    bench.build()
    (found,) = records(bench)

    assert (found.path, found.title, found.everywhere) == ("stores/bilbao/", "By the river", True)
    assert found.text == "News\n48001 Bilbao"
    assert found.message("en")["filters"] == {"kind": ["page"], "store": ["bilbao"]}


def test_a_store_is_found_in_each_language_that_was_written_about_it(bench: Workbench) -> None:
    bench.languages = ["en", "fr"]
    bench.edit(store())
    bench.edit(store("fr"))
    bench.edit(store("it"))
    bench.build()

    assert [(each.path, each.lang, each.everywhere) for each in records(bench)] == [
        ("stores/bilbao/", "en", False),
        ("fr/stores/bilbao/", "fr", False),
    ]


def test_a_language_that_a_store_is_not_written_in_shows_the_hubs_first(bench: Workbench) -> None:
    bench.languages = ["en", "ar"]
    bench.template("store.html", "{{ shop.lang }} {{ shop.title }} {{ listing.title }}")
    bench.edit(store("de", title="Am Fluss"))
    bench.edit(store("en"))
    bench.build()

    assert bench.files()["ar/stores/bilbao/index.html"] == b"en By the river By the river"


def test_a_post_is_found_by_the_store_whose_file_names_its_account(bench: Workbench) -> None:
    bench.say(post(1, "north"))
    bench.edit(store())
    bench.build()

    assert [each.store for each in records(bench)] == ["bilbao", "bilbao"]


def test_what_was_said_in_several_places_is_found_in_each_of_them(bench: Workbench) -> None:
    bench.accounts["south"] |= {
        "connector": "mastodon",
        "account": "south",
        "server": "https://south.example",
    }
    bench.accounts["south"]["store"] = "lyon"
    words = (
        "We made forty lamps of what was left of the old floor, and each of them is signed below its foot."
    )
    bench.say(post(1, "north", title="Forty lamps", text=words, html=f"<p>{words}</p>"))
    said = post(1, "south", title="Forty lamps", text=words, html=f"<p>{words}</p>")
    bench.say(replace(said, syndicated=("https://north.example/1",)))
    bench.edit(store())
    bench.build()
    found = next(each for each in records(bench) if each.path.startswith("posts/"))
    filters = found.message("en")["filters"]

    assert sorted(filters["network"]) == ["blog", "mastodon"]
    assert sorted(filters["store"]) == ["bilbao", "lyon"]


# Events


@pytest.mark.parametrize("hours", [0, -3])
def test_an_event_that_ends_before_it_lasts_has_no_end(bench: Workbench, hours: int) -> None:
    bench.template("event.html", "{{ card.event.end }}")
    event = Event(NOW + timedelta(days=3), NOW + timedelta(days=3, hours=hours))
    bench.say(post(1, "north", kind=Kind.EVENT, event=event))
    bench.build()

    assert [data for name, data in bench.files().items() if name.startswith("posts/")] == [b"None"]


def test_events_say_their_days_and_have_a_name_even_where_nobody_gave_them_one(hub: Hub) -> None:
    hub.link(
        '[[source]]\nname = "shop"\nconnector = "feed"\nurl = "https://shop.example/"\nlabel = "The Shop"\n'
    )
    settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": "state", "TIMEZONE": "Europe/Paris"}
    found = config.load(settings, hub.folder, {})
    zone = found.timezone
    bare = Event(datetime(2026, 12, 1, 18, tzinfo=zone))
    days = Event(
        datetime(2026, 12, 25, tzinfo=zone), datetime(2026, 12, 26, 23, 59, tzinfo=zone), "All shops"
    )
    day = Event(datetime(2026, 12, 24, tzinfo=zone), datetime(2026, 12, 24, 23, 59, tzinfo=zone))
    posts = [
        post(1, "shop", kind=Kind.EVENT, title="", text="", html="", event=bare, author=Author()),
        post(2, "shop", kind=Kind.EVENT, title="Closed", event=days),
        post(3, "shop", kind=Kind.EVENT, title="Early", event=day),
    ]
    with Store.run(found.store, found.timezone, "fetch", NOW) as there, there.transaction():
        there.posts.save("shop", [(each, decide(each, link(found, {})[0].rules)) for each in posts], NOW)
    assert hub.build(HUB_BRAND=NO_PICTURES, HUB_LANGUAGES="en").returncode == 0
    home, events = (
        (hub.output / name).read_text(encoding="utf-8") for name in ("index.html", "events/index.html")
    )

    for page in (home, events):
        assert re.search(r'<h3 [^>]*><a class="[^"]*" href="/posts/[^"]*">The Shop</a></h3>', page)
        assert "23:59" not in re.sub(r'datetime="[^"]*"', "", page)
    assert ">25 December 2026</time>" in events
    ends = re.findall(r'<time class="dt-end"[^>]*>([^<]*)<', events)
    assert [end for end in ends if ":" not in end] == ["26 December 2026"]
    assert "SUMMARY:The Shop" in (hub.output / "events.ics").read_text(encoding="utf-8")
    assert '<p class="p-author h-card name" dir="auto"><span class="p-name">' in home, "cut at its own end"


def test_a_calendar_stays_for_those_who_subscribed_when_nothing_is_on(bench: Workbench) -> None:
    bench.template("events.html", "{{ events }}")
    event = Event(NOW + timedelta(days=3), NOW + timedelta(days=4))
    bench.say(post(1, "north", kind=Kind.EVENT, event=event))
    bench.build()
    assert b"VEVENT" in bench.files()["events.ics"]

    bench.now += timedelta(days=9)
    bench.check()

    assert b"VEVENT" not in bench.files()["events.ics"]
    assert "events/index.html" not in bench.files()


# What editors write and save


def picture(folder: Path, width: int, height: int) -> Path:
    """A picture of which no more is there than its size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    path = folder / "large.png"
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IEND", b""))
    return path


def test_a_picture_larger_than_can_be_read_is_said_and_costs_no_more_than_itself(hub: Hub) -> None:
    content = hub.folder / "content"
    (content / "news").mkdir(parents=True)
    picture(content, 16_000, 12_000)
    (content / "broken.jpg").write_text("<html>not found</html>")
    for name in ("large.png", "broken.jpg"):
        head = f"Title: Of {name}\nDate: 2026-11-01\nPicture: {name}\nAlt: A lamp\n\nWords.\n"
        (content / f"news/{name.partition('.')[0]}.md").write_text(head)
    done = hub.invoke("build", "--", str(content), "-o", str(hub.output), HUB_BRAND=NO_PICTURES)

    assert done.returncode == 0, done.stderr
    assert 'content/news/large.md line 3: the picture "large.png" cannot be read' in done.stderr
    assert 'content/news/broken.md line 3: the picture "broken.jpg" cannot be read' in done.stderr
    assert "Words." in (hub.output / "news/of-largepng/index.html").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("error")
def test_the_size_of_a_large_picture_is_told_without_a_word(tmp_path: Path) -> None:
    assert size_of(picture(tmp_path, 12_000, 10_000)) == (12_000, 10_000)
    with pytest.raises(ContentError, match=r"large\.png is no picture that can be read"):
        size_of(picture(tmp_path, 16_000, 12_000))


def test_a_text_about_addresses_stays_as_it_is_below_a_path(bench: Workbench) -> None:
    said = (
        '<p><img src="/a.jpg" alt="=&quot;/a"><a title=">" href="/b/">b</a>: &lt;a href="/c/"&gt; or ="/</p>'
    )
    bench.template("article.html", "{{ card.html }}")
    bench.edit(article(1, html=said))
    bench.site_url = "https://hub.example/hub"
    bench.build()
    html = bench.files()["news/1/index.html"].decode()

    assert 'src="/hub/a.jpg"' in html
    assert 'href="/hub/b/"' in html
    assert '&lt;a href="/c/"&gt; or ="/' in html


def test_a_template_that_was_saved_on_windows_says_no_more_than_it_says(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<p class="{% include "lines.html" %}">', encoding="utf-8-sig")
    (tmp_path / "lines.html").write_text("l3", encoding="utf-8-sig")
    templates = Templates([tmp_path], str, {}, load("en"))

    assert templates.render("page.html", {}) == b'<p class="l3">'


def test_a_menu_of_many_pages_leaves_the_page_its_room(hub: Hub) -> None:
    content = hub.folder / "content"
    (content / "pages").mkdir(parents=True)
    for number in range(14):
        (content / f"pages/{number}.md").write_text(f"Title: A page of some length, {number}\n\nWords.\n")
    done = hub.invoke("build", "--", str(content), "-o", str(hub.output), HUB_BRAND=NO_PICTURES)
    assert done.returncode == 0, done.stderr

    with file_server(hub.output) as address, careful_browser() as browser:
        for width in (390, 1280):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto(address)
            box = page.locator("header.top").bounding_box()
            assert box
            assert box["height"] < 100
            page.get_by_role("button", name="Menu").click()
            links = page.get_by_role("navigation", name="Main").get_by_role(
                "link", name="A page of some length"
            )
            assert links.count() == 14
            links.last.scroll_into_view_if_needed()
            assert links.last.is_visible()
            page.close()
