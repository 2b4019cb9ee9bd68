import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from forecourt.curate.message_ledger import Entry, Ledger, Said, Verdict, as_json, ledger, lines, summary
from forecourt.desk import Campaign, Promise

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 12, 12, 10, tzinfo=PARIS)
END = datetime(2026, 12, 25, tzinfo=PARIS)
NOW = datetime(2026, 12, 16, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

SALE = Campaign(
    slug="winter-sale",
    place="content/campaigns/winter-sale.md",
    title="Winter sale",
    lang="en",
    start=START,
    end=END,
    hashtags=("WinterLight",),
    message="20 % off every lamp made by hand in our own workshops, with the code LIGHT20",
    promise=Promise(percent=Decimal(20), code="LIGHT20", link="https://larkwood.example/winter/"),
    channels=("mastodon", "facebook"),
    owner="Ida Brandt",
)


def post(text: str, published: datetime = START + HOUR, source: str = "mastodon", **more: Any) -> Said:
    key = f"{source}/{published:%m%d%H%M%S}"
    return replace(Said(source, key, f"https://{source}.example/1", published, text), **more)


def kept(
    posts: Sequence[Said],
    now: datetime = NOW,
    campaign: Campaign = SALE,
    others: Sequence[Campaign] = (),
    **more: Any,
) -> Ledger:
    by_source: dict[str, list[Said]] = {"mastodon": [], "facebook": []}
    for one in posts:
        by_source.setdefault(one.source, []).append(one)
    return ledger([campaign, *others], by_source, now, **more)


def on(found: Ledger, channel: str = "mastodon", campaign: str = "winter-sale") -> Entry:
    return next(entry for entry in found.entries if (entry.channel, entry.campaign) == (channel, campaign))


# Which posts say it.


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (post("Come in #winterlight"), "it has #winterlight"),
        (post("Come in", tags=("#WINTERLIGHT",)), "it has #winterlight"),
        (post("LIGHT20, that is all"), "it has the code LIGHT20"),
        (post("See https://www.larkwood.example/winter?utm_source=m"), "it leads to larkwood.example/winter"),
        (post("See", links=("http://larkwood.example/winter/",)), "it leads to larkwood.example/winter"),
        (
            post("Every lamp from our workshops, made by hand, at a friendly price"),
            "it says the message in its words",
        ),
    ],
)
def test_a_post_belongs_to_a_campaign_by_what_it_carries(said: Said, why: str) -> None:
    entry = on(kept([said]))
    assert (entry.posts, entry.reasons, entry.verdicts) == ((said,), (why,), (Verdict.SAID,))


@pytest.mark.parametrize(
    "said",
    [
        post("Our lamp workshops are by hand"),  # three words of six
        post("Come in #WinterLights"),
        post("LIGHT200 is a lamp"),
        post("See https://larkwood.example/"),
        post("Come in #winterlight", START - 15 * DAY),
        post("Come in #winterlight", NOW + HOUR),
    ],
)
def test_a_post_that_only_looks_like_it_does_not_belong(said: Said) -> None:
    assert on(kept([said])).posts == ()


def test_a_post_that_an_editor_placed_belongs_whatever_it_says() -> None:
    said = post("Guess what", START - 20 * DAY)
    entry = on(kept([said], placed={"winter-sale": {said.key}}))
    assert (entry.reasons, entry.verdicts) == (("an editor placed it there",), (Verdict.SAID,))


def test_the_message_in_another_language_is_the_message() -> None:
    said = post("Vingt lampes de nos ateliers, fabriquées entièrement à la main, à prix doux", lang="fr")
    messages = {"winter-sale": [("fr", "20 % sur les lampes fabriquées entièrement dans nos ateliers")]}
    assert on(kept([said])).posts == ()
    assert on(kept([said], messages=messages)).posts == (said,)


def test_yearly_sales_with_one_hashtag_keep_their_posts_apart() -> None:
    january = replace(SALE, slug="january-sale", start=END, end=END + 10 * DAY)
    said = post("20 % with the code LIGHT20 #WinterLight", END + DAY)
    found = kept([said], END + 2 * DAY, others=[january])
    assert on(found).verdicts == (Verdict.NEVER,)
    assert on(found, campaign="january-sale").verdicts == (Verdict.SAID,)


# The verdicts.


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (START - HOUR, Verdict.WAITING),
        (START, Verdict.DUE),
        (START + 24 * HOUR, Verdict.DUE),
        (START + 25 * HOUR, Verdict.MISSING),
        (END - HOUR, Verdict.MISSING),
        (END, Verdict.NEVER),
    ],
)
def test_silence_is_judged_by_the_hour(now: datetime, verdict: Verdict) -> None:
    assert on(kept([], now)).verdicts == (verdict,)


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        (START - DAY, Verdict.SAID),
        (START + 24 * HOUR, Verdict.SAID),
        (START + 24 * HOUR + timedelta(minutes=1), Verdict.LATE),
    ],
)
def test_what_was_said_first_after_the_grace_is_late(published: datetime, verdict: Verdict) -> None:
    again = post("Again #WinterLight", START + 3 * DAY)
    entry = on(kept([again, post("#WinterLight", published)]))
    assert entry.verdicts == (verdict,)
    assert [said.published for said in entry.posts] == [published, START + 3 * DAY]


def test_a_campaign_of_hours_gives_half_of_them_as_grace() -> None:
    flash = replace(SALE, end=START + 6 * HOUR)
    assert on(kept([], START + 3 * HOUR, flash)).verdicts == (Verdict.DUE,)
    assert on(kept([], START + 4 * HOUR, flash)).verdicts == (Verdict.MISSING,)


SPAN = "Saturday 12 December 2026, Thursday 24 December 2026"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("25 % off", {"percent": "20 % and 25 %"}),
        ("20 % off", {}),
        ("Lamps on sale", {}),
        ("With the code DARK15", {"code": "LIGHT20 and DARK15"}),
        ("See larkwood.example/summer", {"link": "larkwood.example/winter and larkwood.example/summer"}),
        ("See larkwood.example/winter and bit.example/7", {}),
        ("From 12 to 26 December", {"day": f"{SPAN} and Saturday 12 December 2026, Saturday 26 December 2026"}),
        ("From 12 to 24 December", {}),
        ("On Sunday 12 December", {"day": "Sunday 12 December 2026, a Saturday"}),
        ("25 % off with the code DARK15", {"percent": "20 % and 25 %", "code": "LIGHT20 and DARK15"}),
    ],
)  # fmt: skip
def test_facts_are_held_against_the_campaign(text: str, told: dict[str, str]) -> None:
    entry = on(kept([post(f"{text} #WinterLight")]))
    assert {finding.kind: finding.short for finding in entry.findings} == told
    assert entry.verdicts == ((Verdict.CONTRADICTS, Verdict.SAID) if told else (Verdict.SAID,))


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "25 pour cent"),
        ("de", "25 Prozent"),
        ("es", "25 por ciento"),
        ("ar", "خصم ٢٥٪"),
        ("", "25 % ..."),
    ],
)
def test_facts_are_held_against_the_campaign_in_every_language(lang: str, text: str) -> None:
    entry = on(kept([post(f"{text} #WinterLight", lang=lang)]))
    assert [finding.short for finding in entry.findings] == ["20 % and 25 %"]


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("This Saturday", (Verdict.SAID,)),
        ("This Sunday", (Verdict.CONTRADICTS, Verdict.SAID)),
        ("On 19 December", (Verdict.SAID,)),
        ("On 20 December", (Verdict.CONTRADICTS, Verdict.SAID)),
        ("Until 24 December", (Verdict.SAID,)),
        ("From 12 to 24 December", (Verdict.SAID,)),
    ],
)
def test_a_promised_day_is_compared_through_the_calendar(text: str, verdicts: tuple[Verdict, ...]) -> None:
    campaign = replace(SALE, promise=Promise(day=date(2026, 12, 19)))
    assert on(kept([post(f"{text} #WinterLight")], campaign=campaign)).verdicts == verdicts


def test_an_old_code_is_called_by_its_campaign() -> None:
    spring = replace(
        SALE, slug="spring", start=START - 200 * DAY, end=START - 190 * DAY, hashtags=(), message="",
        promise=Promise(code="SPRING15"),
    )  # fmt: skip
    entry = on(kept([post("With the code SPRING15 #WinterLight")], others=[spring]))
    assert [finding.sentence for finding in entry.findings] == [
        "mastodon says SPRING15, the campaign LIGHT20, SPRING15 being the code of spring (https://mastodon.example/1)"
    ]


def test_an_old_code_is_known_without_the_word_for_it() -> None:
    spring = replace(
        SALE, slug="spring", start=START - 200 * DAY, end=START - 190 * DAY, promise=Promise(code="SPRING15")
    )
    entry = on(kept([post("SPRING15 #WinterLight")], others=[spring]))
    assert [finding.short for finding in entry.findings] == ["LIGHT20 and SPRING15"]


def test_a_dead_link_is_a_contradiction() -> None:
    said = post("See https://larkwood.example/winter?utm_source=x")
    entry = on(kept([said], dead_links=["https://www.larkwood.example/winter/"]))
    assert [(finding.kind, finding.short) for finding in entry.findings] == [
        ("dead link", "larkwood.example/winter")
    ]
    assert entry.verdicts == (Verdict.CONTRADICTS, Verdict.SAID)


def test_the_contradictions_of_every_post_are_told() -> None:
    first, second = post("25 % #WinterLight"), post("30 % #WinterLight", START + 2 * HOUR)
    assert [finding.short for finding in on(kept([first, second])).findings] == [
        "20 % and 25 %",
        "20 % and 30 %",
    ]


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("Still 20 % off #WinterLight", (Verdict.STILL_RUNNING, Verdict.SAID)),
        ("LIGHT20 works for ever", (Verdict.STILL_RUNNING, Verdict.SAID)),
        ("Our 20 % are over. Thank you! #WinterLight", (Verdict.SAID,)),
        ("Nos 20 % sont terminés, merci #WinterLight", (Verdict.SAID,)),
        ("Pictures of the week #WinterLight", (Verdict.SAID,)),
        ("30 % off #WinterLight", (Verdict.SAID,)),
    ],
)
def test_what_is_offered_after_the_end_is_still_running(text: str, verdicts: tuple[Verdict, ...]) -> None:
    posts = [post("#WinterLight"), post(text, END)]
    assert on(kept(posts, END + DAY)).verdicts == verdicts


def test_a_campaign_without_facts_still_runs_where_its_words_are_said() -> None:
    campaign = replace(SALE, message="Every lamp mended for free in our own workshops", promise=Promise())
    posts = [post("Every lamp is mended for free in our workshops #WinterLight", END + HOUR)]
    assert on(kept(posts, END + DAY, campaign)).verdicts == (Verdict.STILL_RUNNING, Verdict.NEVER)


def test_a_channel_that_was_not_asked_is_heard_too() -> None:
    found = kept([post("25 % #WinterLight", source="dubai"), post("Soup", source="nantes")])
    entry = on(found, "dubai")
    assert (entry.expected, entry.verdicts) == (False, (Verdict.CONTRADICTS, Verdict.SAID))
    assert [one.channel for one in found.entries] == ["mastodon", "facebook", "dubai"]


def test_a_message_that_contradicts_its_own_facts_is_named_with_its_file() -> None:
    (page,) = kept([], START - DAY, replace(SALE, promise=Promise(percent=Decimal(25)))).pages
    assert [finding.sentence for finding in page.findings] == [
        "content/campaigns/winter-sale.md: its message says 20 %, its facts 25 %; mend one"
    ]
    assert not page.is_clean


# Clocks.

SPRING_FORWARD = datetime(2027, 3, 28, 1, 30, tzinfo=PARIS)  # half an hour before 02:00, which is 03:00
FALL_BACK = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)  # the first of two


@pytest.mark.parametrize(
    ("start", "real"), [(SPRING_FORWARD, timedelta(hours=24)), (FALL_BACK, timedelta(hours=24))]
)
def test_the_grace_is_of_real_hours_when_the_clocks_change(start: datetime, real: timedelta) -> None:
    campaign = replace(SALE, start=start, end=datetime(2027, 6, 1, tzinfo=PARIS))
    due = start.astimezone(UTC) + real
    assert on(kept([], due, campaign)).verdicts == (Verdict.DUE,)
    assert on(kept([], due + timedelta(seconds=1), campaign)).verdicts == (Verdict.MISSING,)


def test_an_end_in_the_hour_that_comes_twice_is_the_one_that_was_meant() -> None:
    first, second = FALL_BACK, FALL_BACK.replace(fold=1)
    between = first.astimezone(UTC) + timedelta(minutes=30)
    for end, state in ((first, "over"), (second, "running")):
        campaign = replace(SALE, start=first - 5 * DAY, end=end)
        assert [page.state for page in kept([], between.astimezone(PARIS), campaign).pages] == [state]


def test_a_post_in_the_second_of_two_hours_came_after_the_end_in_the_first() -> None:
    campaign = replace(SALE, start=FALL_BACK - 5 * DAY, end=FALL_BACK)
    said = post("20 % #WinterLight", datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=PARIS))
    entry = on(kept([said], FALL_BACK + DAY, campaign))
    assert entry.verdicts == (Verdict.STILL_RUNNING, Verdict.NEVER)


def test_the_last_day_is_that_of_the_campaigns_own_zone() -> None:
    said = post("From 12 to 25 December #WinterLight")
    in_dubai = replace(
        SALE, start=START.astimezone(ZoneInfo("Asia/Dubai")), end=END.astimezone(ZoneInfo("Asia/Dubai"))
    )
    assert on(kept([said])).verdicts == (Verdict.CONTRADICTS, Verdict.SAID)  # it ends at midnight in Paris,
    assert on(kept([said], campaign=in_dubai)).verdicts == (Verdict.SAID,)  # which is three o'clock there


# Among the newest, and gone quiet.


def test_how_long_a_message_stayed_among_the_newest() -> None:
    said = post("#WinterLight", START + HOUR)
    later = [post("Soup", START + hours * HOUR) for hours in (5, 9)]
    assert on(kept([said, *later], newest=2)).newest == 8 * HOUR
    assert on(kept([said, *later], newest=3)).newest == NOW - START - HOUR
    again = post("#WinterLight", START + 20 * HOUR)
    assert on(kept([said, *later, again], newest=2)).newest == 8 * HOUR + (NOW - START - 20 * HOUR)
    assert on(kept([said], END + DAY)).newest == END.astimezone(UTC) - START.astimezone(UTC) - HOUR


def test_all_the_posts_of_a_channel_push_the_message_down_not_only_those_given() -> None:
    said = post("#WinterLight", START)
    moments = {"mastodon": [START + hours * HOUR for hours in range(4)]}
    assert on(kept([said], moments=moments, newest=3)).newest == 3 * HOUR


@pytest.mark.parametrize(
    ("gaps", "silent", "is_quiet"),
    [
        ([24] * 20, 95, False),
        ([24] * 20, 97, True),
        ([24] * 4, 900, False),  # too few to know
        ([1] * 20, 23, False),  # a night
        ([1] * 20, 25, True),
        ([1] * 20 + [48] * 20, 190, False),  # of late it is slower
    ],
)
def test_a_channel_is_quiet_against_its_own_rhythm(gaps: list[int], silent: int, is_quiet: bool) -> None:
    moments = [NOW - silent * HOUR]
    for gap in reversed(gaps):
        moments.append(moments[-1] - gap * HOUR)
    found = kept([], moments={"mastodon": moments, "facebook": [NOW + DAY]})
    assert [one.channel for one in found.quiet] == (["mastodon"] if is_quiet else [])


# The whole of it.

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
- facebook says 25 %, the campaign 20 % (https://facebook.example/1)
- lyon said it 2 d after the start (https://lyon.example/1)
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


def test_a_line_tells_of_an_offer_that_goes_on_after_the_end() -> None:
    found = kept([post("20 % #WinterLight", END)], END + DAY)
    assert summary(found) == "Campaign winter-sale: still running on mastodon (20 %)"


def test_a_quiet_channel_is_told_below_the_matrix() -> None:
    moments = {"mastodon": [NOW - days * DAY for days in range(10, 20)]}
    assert lines(ledger([], {}, NOW, moments=moments))[-2:] == (
        "Gone quiet:",
        "- mastodon: nothing for 10.0 days, usually a post every 1.0 days",
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
