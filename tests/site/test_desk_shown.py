"""What editors write about campaigns, events and stores is what visitors are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Hub, everything
from tests.test_tasks import NO_PICTURES

FILES = {
    "campaigns/lamps.md": "Title: Lamps\nStart: 2026-11-01\nEnd: 2026-12-24\n"
    "Message: Lamps for less, until Christmas.\nPercent: 12.5\nPrice: 24.90 EUR\nCode: LAMP10\nDay: 2026-12-05\n"
    "Link: https://shop.example/lamps\n\nThey glow.\n",
    "stores/bilbao.md": "Title: Larkwood Bilbao\nAddress: Calle Ledesma 3\nTown: 48001 Bilbao\n\nBy the river.\n",
    "stores/bilbao.fr.md": "Title: Larkwood à Bilbao\nLang: fr\nAddress: Calle Ledesma 3\nTown: 48001 Bilbao\n\n"
    "Au bord.\n",
    "events/repair.md": "Title: Repair evening\nStart: 2026-12-05 18:00\nStore: bilbao\n\nBring it.\n",
    "events/walk.md": "Title: A walk\nStart: 2026-12-06 18:00\nPlace: In the woods\n\nBoots.\n",
}


@pytest.fixture
def shown(hub: Hub) -> Hub:
    for name, words in FILES.items():
        path = hub.folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    build(hub)
    return hub


def build(hub: Hub, now: str = "2026-11-22T12:00:00+00:00") -> None:
    done = hub.invoke(
        "build", "--", str(hub.folder / "content"), "-o", str(hub.output), HUB_BRAND=NO_PICTURES, HUB_NOW=now
    )
    assert done.returncode == 0, done.stderr


def read(hub: Hub, name: str) -> str:
    return (hub.output / name).read_text(encoding="utf-8")


def test_a_campaign_says_its_message_and_its_facts_while_it_runs_and_no_longer(shown: Hub) -> None:
    page, home = read(shown, "campaigns/lamps/index.html"), read(shown, "index.html")

    for words in (
        "Lamps for less, until Christmas.",
        "\u221212.5 %",
        "€24.90",
        "LAMP10",
        'datetime="2026-12-05"',
    ):
        assert words in page
        assert words in home
    assert 'href="https://shop.example/lamps"' in page

    build(shown, "2026-12-25T12:00:00+01:00")
    assert [path for path, text in everything(shown.output) if "LAMP10" in text or "for less" in text] == []


def test_an_event_names_its_store_wherever_it_stands_and_the_store_names_it(shown: Hub) -> None:
    page, events = read(shown, "events/repair/index.html"), read(shown, "events/index.html")

    for where in (page, events):
        assert (
            '<bdi>Larkwood Bilbao</bdi></a><br><bdi class="p-adr">Calle Ledesma 3, 48001 Bilbao</bdi>'
            in where
        )
        assert 'href="/stores/bilbao/"' in where
    said = [
        json.loads(part.partition("</script>")[0])
        for part in page.split('<script type="application/ld+json">')[1:]
    ]
    (event,) = (each for each in said[0]["@graph"] if each["@type"] == "Event")
    assert event["startDate"] == "2026-12-05T18:00:00+01:00"
    assert event["location"]["name"] == "Larkwood Bilbao"
    assert event["location"]["address"] == "Calle Ledesma 3, 48001 Bilbao"
    calendar = read(shown, "events.ics").replace("\n ", "").replace("\r", "")
    assert "LOCATION:Larkwood Bilbao\\, Calle Ledesma 3\\, 48001 Bilbao" in calendar.replace("\n ", "")
    store = read(shown, "stores/bilbao/index.html")
    assert 'href="/events/repair/"' in store
    assert 'href="/events/walk/"' not in store
    assert store.count("<bdi>Larkwood Bilbao</bdi>") == 0, "on its own page it goes without saying"
    home = read(shown, "index.html")
    assert home.count('<p class="place p-location"><bdi>Larkwood Bilbao</bdi></p>') == 1
    assert "Ledesma" not in read(shown, "events/walk/index.html")


def test_what_an_event_shows_of_its_store_goes_with_the_store(shown: Hub) -> None:
    path = shown.folder / "content/stores/bilbao.md"
    path.write_text(path.read_text(encoding="utf-8").replace("Ledesma 3", "Mayor 7"), encoding="utf-8")
    build(shown)
    assert "Calle Mayor 7" in read(shown, "events/repair/index.html")

    build(shown, "2026-12-05T22:00:00+01:00")
    assert 'href="/events/repair/"' not in read(shown, "stores/bilbao/index.html"), "it is over"


def test_a_price_without_a_currency_and_a_bare_campaign_are_shown_as_they_are(shown: Hub) -> None:
    path: Path = shown.folder / "content/campaigns/lamps.md"
    path.write_text(FILES["campaigns/lamps.md"].partition("Message")[0] + "\nThey glow.\n", encoding="utf-8")
    build(shown)
    page = read(shown, "campaigns/lamps/index.html")

    assert "They glow." in page
    assert 'class="price"' not in page
    assert "LAMP10" not in page + read(shown, "index.html")
