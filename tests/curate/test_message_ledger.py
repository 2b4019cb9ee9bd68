from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from forecourt.curate.message_ledger import Said, Verdict
from forecourt.curate.message_ledger.belonging import says
from forecourt.desk import Promise
from tests.curate.ledger_campaigns import DAY, END, HOUR, NOW, PARIS, SALE, START, kept, on, post

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


def test_words_alone_make_no_post_from_before_the_start_a_campaigns() -> None:
    said = post("Every lamp from our workshops, made by hand, at a friendly price", START - HOUR)
    assert on(kept([said])).posts == ()
    tagged = replace(said, tags=("winterlight",))
    assert on(kept([tagged])).posts == (tagged,)


@pytest.mark.parametrize(
    ("texts", "lacks"),
    [
        (("Come in #winterlight",), "no 20 %, no code LIGHT20"),
        (("20 % off #winterlight",), "no code LIGHT20"),
        (("20 % off #winterlight", "Say LIGHT20"), ""),
        (("25 % off #winterlight",), "no code LIGHT20"),
    ],
)
def test_a_channel_that_leaves_out_a_fact_says_the_message_incomplete(
    texts: tuple[str, ...], lacks: str
) -> None:
    entry = on(kept([post(text, START + (number + 1) * HOUR) for number, text in enumerate(texts)]))

    assert Verdict.SAID in entry.verdicts
    assert ", ".join(entry.lacks) == lacks
    assert [said for said in entry.sentences if "incomplete" in said] == (
        [f"mastodon says it incomplete: {lacks}"] if lacks else []
    )
    assert (Verdict.CONTRADICTS in entry.verdicts) is ("25" in texts[0])


def test_what_a_channel_leaves_out_that_nobody_expects_to_speak_is_its_own_affair() -> None:
    entry = on(kept([post("Come in #winterlight", source="blog")]), "blog")

    assert entry.lacks == ()


@pytest.mark.parametrize(("days", "belongs"), [(29, True), (31, False)])
def test_a_hashtag_long_after_the_end_is_another_years(days: int, belongs: bool) -> None:
    said = post("Still 20 % #winterlight", END + days * DAY)
    assert (on(kept([said], END + 40 * DAY)).posts == (said,)) is belongs


def test_a_front_page_is_no_campaigns_own() -> None:
    campaign = replace(SALE, promise=Promise(link="https://larkwood.example/"))
    assert on(kept([post("See https://larkwood.example/")], campaign=campaign)).posts == ()


def test_three_words_in_common_are_chance() -> None:
    assert not says("Lamps, candles and glass", "Lamps, candles, glass, wool")
    assert says("Lamps, candles, wool and glass", "Lamps, candles, glass, wool")
    assert not says(
        "Lamps, candles, wool and glass", "Lamps, candles, glass, wool, linen, oak, copper, paper"
    )


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


def test_what_the_message_states_beside_its_promise_may_be_said_alone() -> None:
    campaign = replace(SALE, message="20 % off lamps, 50 % off the last pieces")
    assert on(kept([post("50 % off #WinterLight")], campaign=campaign)).verdicts == (Verdict.SAID,)
    assert on(kept([post("40 % off #WinterLight")], campaign=campaign)).verdicts[0] == Verdict.CONTRADICTS


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


DEAD = {"https://www.larkwood.example/winter/": "it answers 404 since 2026-12-15 09:00 UTC"}


def test_a_dead_link_is_a_contradiction() -> None:
    said = post("See https://larkwood.example/winter?utm_source=x")
    entry = on(kept([said], dead_links=DEAD))
    assert [(finding.kind, finding.short, finding.sentence) for finding in entry.findings] == [
        (
            "dead link",
            "larkwood.example/winter",
            (
                "mastodon leads to larkwood.example/winter, which is dead: it answers 404 since 2026-12-15 09:00 UTC "
                "(https://mastodon.example/1)"
            ),
        )
    ]
    assert entry.verdicts == (Verdict.CONTRADICTS, Verdict.SAID)


def test_a_link_that_is_another_one_is_not_the_dead_one() -> None:
    said = post("See https://larkwood.example/summer #WinterLight")
    assert [finding.kind for finding in on(kept([said], dead_links=DEAD)).findings] == ["link"]


@pytest.mark.parametrize(("now", "told"), [(NOW, True), (START - DAY, True), (END + DAY, False)])
def test_a_campaign_whose_own_link_is_dead_is_named_until_it_is_over(now: datetime, told: bool) -> None:
    page = kept([], now, dead_links=DEAD).pages[0]
    sentence = (
        "content/campaigns/winter-sale.md: its link larkwood.example/winter is dead: "
        "it answers 404 since 2026-12-15 09:00 UTC; mend the page or the link"
    )
    assert [finding.sentence for finding in page.findings] == ([sentence] if told else [])
    assert page.is_clean is not told


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
    beside = post("#WinterLight", START + 2 * HOUR)
    assert on(kept([said, beside, *later], newest=2)).newest == 8 * HOUR
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
    planned = [NOW + DAY]
    for gap in reversed(gaps):
        moments.append(moments[-1] - gap * HOUR)
    found = kept([], moments={"mastodon": [*moments, *planned], "facebook": planned})
    assert [one.channel for one in found.quiet] == (["mastodon"] if is_quiet else [])
