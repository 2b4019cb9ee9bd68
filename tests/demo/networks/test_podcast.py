"""The demo's podcast says of each episode what podcast apps look for."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from demo.brand import accounts
from demo.networks.podcast import ITUNES, PODCAST, render


def items() -> list[ET.Element]:
    (account,) = (account for account in accounts() if account.name == "podcast")
    return ET.fromstring(render(account, "http://demo.example")).findall("channel/item")


def test_an_episode_has_chapters_and_its_words_in_two_formats() -> None:
    first = items()[0]
    chapters = first.find(f"{{{PODCAST}}}chapters")
    formats = [each.get("type") for each in first.findall(f"{{{PODCAST}}}transcript")]

    assert chapters is not None
    assert chapters.get("type") == "application/json+chapters"
    assert formats == ["text/vtt", "text/html"]


def test_the_people_of_an_episode_have_roles() -> None:
    people = items()[0].findall(f"{{{PODCAST}}}person")

    assert [(each.text, each.get("role")) for each in people] == [
        ("Wren Okafor", "host"), ("Zdenka Marl", "guest"),
    ]  # fmt: skip


def test_a_trailer_has_a_season_and_no_number() -> None:
    (trailer,) = (
        item for item in items() if item.findtext(f"{{{ITUNES}}}episodeType") == "trailer"
    )  # fmt: skip

    assert trailer.findtext(f"{{{ITUNES}}}season") == "2"
    assert trailer.find(f"{{{PODCAST}}}episode") is None
    assert trailer.find(f"{{{PODCAST}}}chapters") is None
