"""What is coming, as a build shows it: events of the editors and of networks side by side."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from forecourt import config
from forecourt.accounts import link
from forecourt.model import Event, Kind, Post
from forecourt.settling import settle
from forecourt.store import SourceState, Store
from tests.conftest import NOW, Hub

PLAIN = json.dumps({"logo": "", "hero": ""})
EVENING = datetime(2026, 12, 3, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
FILE = "Title: Open evening\nStart: 2026-12-03 18:00\nStore: lyon\nLink: https://tickets.example/open\n\nWith tea."
SHOP = "Title: Larkwood {0}\nAddress: 12 rue Sully\nTown: {0}\nCountry: France\n"
COMING = {
    "lyon": [("OPEN EVENING, Larkwood Lyon!", EVENING), ("Open evening", EVENING + HOUR)],
    "lille": [("Open evening", EVENING), ("Christmas market", EVENING + 24 * HOUR)],
    "tickets": [("Come to us", EVENING + 2 * HOUR)],
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub whose editors announce an evening in Lyon in two languages, while three networks have events, too."""
    hub = Hub(tmp_path_factory.mktemp("agenda"))
    files = {
        "events/open.md": FILE,
        "events/open.fr.md": FILE.replace("Open evening", "Soirée portes ouvertes") + "\n",
        "stores/lyon.md": f"{SHOP.format('Lyon')}Picture: images/shop.jpg\nAlt: The shop at night\n",
        "stores/lille.md": SHOP.format("Lille"),
    }
    files["events/open.fr.md"] = f"Lang: fr\n{files['events/open.fr.md']}"
    for name, text in files.items():
        path = hub.folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (hub.folder / "content/images").mkdir()
    Image.new("RGB", (1200, 800), "#804020").save(hub.folder / "content/images/shop.jpg")
    hub.link("\n".join(_source(name) for name in COMING))
    settings = {
        "HUB_SOURCES": "sources.toml",
        "HUB_STATE": "state",
        "TIMEZONE": "Europe/Paris",
        "PATH": "content",
    }
    found = config.load(settings, hub.folder, {})
    accounts = link(found, {})
    with Store.run(found.store, found.timezone, "fetch", NOW) as store:
        curator = settle(store, accounts, found, NOW)
        for account in accounts:
            dated = [(post, NOW) for post in _posts(account.name)]
            with store.transaction():
                store.posts.save(account.name, curator.judged(account, store, dated), NOW)
                store.sources.save(SourceState(account.name, fresh=NOW))
        settle(store, accounts, found, NOW)
    done = hub.invoke(
        "build",
        "--",
        str(hub.folder / "content"),
        "-o",
        str(hub.output),
        HUB_BRAND=PLAIN,
        HUB_LANGUAGES="en,fr",
    )
    assert done.returncode == 0, done.stderr
    return hub


def _source(name: str) -> str:
    store = f'store = "{name}"\n' if name in ("lyon", "lille") else ""
    return f'[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "https://{name}.example/"\n{store}'


def _posts(name: str) -> Iterator[Post]:
    for number, (title, start) in enumerate(COMING[name]):
        text = f"{title}, told by {name} for the time {number}"
        html = (
            f'<p>{text}. <a href="https://tickets.example/open">Tickets</a></p>' if name == "tickets" else ""
        )
        yield Post(
            id=f"{name}-{number}", source=name, kind=Kind.EVENT, permalink=f"https://{name}.example/{number}",
            title=title, text=text, html=html, lang="en", published=NOW, event=Event(start, start + HOUR),
        )  # fmt: skip


def coming(hub: Hub, path: str) -> list[str]:
    page = (hub.output / path).read_text(encoding="utf-8")
    return re.findall(r'<h3[^>]*>\s*<a[^>]*href="([^"]*)"', page)


def test_what_the_editors_announce_stands_once_and_look_alikes_beside_it(output: Hub) -> None:
    found = coming(output, "events/index.html")
    assert found.count("/events/open/") == 1
    titles = [_title(output, address) for address in found if address.startswith("/posts/")]
    assert sorted(titles) == ["Christmas market", "Open evening", "Open evening"]


def test_another_language_shows_the_same_events_in_its_words(output: Hub) -> None:
    found = coming(output, "fr/events/index.html")
    assert [address for address in found if not address.startswith("/fr/posts/")] == ["/events/open/fr/"]
    assert len(found) == len(coming(output, "events/index.html"))


def test_the_calendar_has_each_once(output: Hub) -> None:
    calendar = (output.output / "events.ics").read_text(encoding="utf-8")
    assert calendar.count("BEGIN:VEVENT") == 4


def _title(hub: Hub, address: str) -> str:
    page = (hub.output / address.strip("/") / "index.html").read_text(encoding="utf-8")
    found = re.search(r"<title>(.*?) [–|·-] ", page)  # noqa: RUF001 - as the site writes it
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("events/open/index.html", r"3 December 2026, 18:00\s*</time>\s*\(CET\)"),
        (
            "events/open/fr/index.html",
            r"3 décembre 2026,? (?:à )?18:00\s*</time>\s*\(heure d’Europe centrale\)",
        ),
    ],
)
def test_the_page_of_an_event_says_in_which_zone_its_hour_is(output: Hub, path: str, said: str) -> None:
    assert re.search(said, (output.output / path).read_text(encoding="utf-8"))


def test_the_picture_of_a_store_is_there_though_nothing_else_shows_it(output: Hub) -> None:
    page = (output.output / "stores/lyon/index.html").read_text(encoding="utf-8")
    named = {*re.findall(r"pictures/[0-9a-f]{2}/[0-9a-f]+-\d+\.\w+", page)}

    assert named
    assert {name for name in named if not (output.output / name).is_file()} == set()
