import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from forecourt.curate.message_ledger import Ledger, as_json, ledger, lines, summary
from tests.curate.ledger_campaigns import DAY, END, HOUR, NOW, PARIS, SALE, START, kept, post

SPRING = replace(
    SALE, slug="spring-glass", title="Spring glass", start=datetime(2027, 3, 1, tzinfo=PARIS),
    end=datetime(2027, 3, 28, 12, tzinfo=PARIS), hashtags=("SpringGlass",), channels=("mastodon", "lyon"),
)  # fmt: skip


def whole() -> Ledger:
    posts = [
        post("20 % off #WinterLight"),
        post("25 % off #WinterLight", source="facebook"),
        post("Enfin #WinterLight", START + 2 * DAY, "lyon"),
    ]
    sale = replace(SALE, channels=("mastodon", "facebook", "lyon", "x-larkwood"))
    return kept(posts, campaign=sale, others=[SPRING])


def test_the_matrix_has_a_line_for_each_channel() -> None:
    assert "\n".join(lines(whole())) == (
        """\
channel     winter-sale  spring-glass
            running      waiting
mastodon    said         waiting
facebook    contradicts  ·
lyon        late         waiting
x-larkwood  missing      ·

Winter sale (winter-sale):
- mastodon says it incomplete: no code LIGHT20
- facebook says 25 %, the campaign 20 % (https://facebook.example/1)
- facebook says it incomplete: no code LIGHT20
- lyon said it 2 d after the start (https://lyon.example/1)
- lyon says it incomplete: no 20 %, no code LIGHT20
- x-larkwood has said nothing of it, 4 d after the start"""
    )


def test_a_line_tells_the_report_of_what_runs() -> None:
    assert summary(whole()) == (
        "Campaign winter-sale: said on 3 of 4 channels, late on lyon, missing on x-larkwood, "
        "contradicts on facebook (20 % and 25 %)"
    )
    assert summary(ledger([], {}, NOW)) == ""
    assert lines(ledger([], {}, NOW)) == ("No campaigns.",)


def test_a_line_tells_of_a_campaign_that_expects_no_channel() -> None:
    found = kept([post("#WinterLight")], campaign=replace(SALE, channels=()))
    assert summary(found) == "Campaign winter-sale: said on 1 channel"


def test_a_line_tells_of_a_link_that_is_dead() -> None:
    dead = {"https://larkwood.example/winter/": "it answers 404 since 2026-12-15 09:00 UTC"}
    found = kept([], START + HOUR, dead_links=dead)
    assert summary(found) == (
        "Campaign winter-sale: said on 0 of 2 channels, its link is dead (larkwood.example/winter)"
    )


def test_a_line_tells_of_an_offer_that_goes_on_after_the_end() -> None:
    found = kept([post("20 % #WinterLight", END)], END + DAY)
    assert summary(found) == "Campaign winter-sale: still running on mastodon (20 %)"


def test_a_quiet_channel_is_told_below_the_matrix() -> None:
    moments = {"mastodon": [NOW - days * DAY for days in range(10, 20)]}
    assert lines(ledger([], {}, NOW, moments=moments))[-2:] == (
        "Gone quiet:",
        "- mastodon has said nothing since 2026-12-06",
    )


def test_the_ledger_as_plain_values_can_be_written_and_read_again() -> None:
    plain = as_json(whole())
    assert json.loads(json.dumps(plain)) == plain
    assert [one["campaign"] for one in plain["campaigns"]] == ["winter-sale", "spring-glass"]
    assert plain["campaigns"][0]["channels"][1] == {
        "channel": "facebook",
        "expected": True,
        "verdicts": ["contradicts", "said"],
        "newest": int((NOW - START - HOUR).total_seconds()),
        "lacks": ["no code LIGHT20"],
        "posts": [
            {
                "key": "facebook/1212110000",
                "permalink": "https://facebook.example/1",
                "published": "2026-12-12T11:00:00+01:00",
                "title": "",
                "why": "it has #winterlight",
            }
        ],
        "findings": [
            {
                "kind": "percent",
                "short": "20 % and 25 %",
                "sentence": "facebook says 25 %, the campaign 20 % (https://facebook.example/1)",
                "post": "https://facebook.example/1",
            }
        ],
    }


def test_the_order_of_what_is_given_does_not_matter() -> None:
    posts = [
        post("20 % off #WinterLight"),
        post("#WinterLight", START + 2 * DAY),
        post("x", source="facebook"),
    ]
    assert as_json(kept(posts, others=[SPRING])) == as_json(kept(posts[::-1], campaign=SPRING, others=[SALE]))


@pytest.mark.parametrize(
    ("texts", "now", "is_clean"),
    [
        ({}, START - DAY, True),
        ({}, START + HOUR, True),
        ({}, START + 2 * DAY, False),
        ({"mastodon": "#WinterLight", "facebook": "20 % #WinterLight"}, NOW, True),
        ({"mastodon": "#WinterLight", "facebook": "25 % #WinterLight"}, NOW, False),
        ({"mastodon": "#WinterLight", "facebook": "25 % #WinterLight"}, END, True),
        ({}, END, True),
    ],
)
def test_it_is_clean_when_nothing_is_left_to_mend(
    texts: Mapping[str, str], now: datetime, is_clean: bool
) -> None:
    assert kept([post(text, source=source) for source, text in texts.items()], now).is_clean is is_clean


def test_an_offer_after_the_end_is_left_to_mend() -> None:
    assert not kept([post("20 % #WinterLight", END)], END + DAY).is_clean
