from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bench.judging import judged, posts
from forecourt.curate.judging import Judge, Ruling, Verdict
from forecourt.desk.rules import Rule, Rulebook
from forecourt.model import Author, Kind, Media, Post, Rating

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
POST = Post(
    id="1",
    source="larkwood-hashtag",
    kind=Kind.NOTE,
    permalink="https://social.example/1",
    title="A Giveaway",
    text="Win a phone at our shop in Lyon",
    lang="en-GB",
    author=Author("Ada Spammer", "@spammer@social.example"),
    tags=("Tea towels",),
    media=(Media("image", "https://social.example/1.jpg", "A brass lamp"),),
)
ANSWER = replace(POST, kind=Kind.REPLY, media=())
REVIEW = replace(POST, kind=Kind.REVIEW, rating=Rating(2))


def rule(do: Any = "hold", line: int = 12, **conditions: Any) -> Rule:
    return Rule(do, place=f"content/rules.toml line {line}", **conditions)


def judge(*rules: Rule) -> Judge:
    return Judge(Rulebook(rules), "larkwood-hashtag", "mastodon", PARIS)


def ruling(post: Post, *rules: Rule, published: datetime = NOW) -> Ruling:
    return judge(*rules).ruling(post, published, NOW)


def status(post: Post, *rules: Rule) -> Verdict | None:
    return ruling(post, *rules).status


def test_where_no_rule_says_anything_the_post_is_left_to_its_source() -> None:
    assert ruling(POST) == Ruling(None, "", None, "")
    assert ruling(POST, rule(words=("scam",))) == Ruling(None, "", None, "")


@pytest.mark.parametrize(
    ("do", "became"), [("publish", "published"), ("hold", "held"), ("reject", "rejected")]
)
def test_a_rule_publishes_holds_or_rejects(do: str, became: str) -> None:
    assert status(POST, rule(do, words=("giveaway",))) == became


def test_the_first_rule_that_fits_decides() -> None:
    hold, publish, none = (
        rule("hold", words=("giveaway",)),
        rule("publish", kinds=("note",)),
        rule(words=("scam",)),
    )

    assert status(POST, none, hold, publish) == "held"
    assert status(POST, none, publish, hold) == "published"


@pytest.mark.parametrize(
    ("conditions", "fits", "fails"),
    [
        ({"kinds": ("photo", "note")}, POST, replace(POST, kind=Kind.VIDEO)),
        ({"languages": ("fr", "en")}, POST, replace(POST, lang="de")),
        ({"languages": ("en",)}, replace(POST, lang="EN"), replace(POST, lang="eng")),
        ({"languages": ("en",)}, replace(POST, lang="en"), replace(POST, lang="")),
        ({"words": ("lyon",)}, POST, replace(POST, text="Lyons, lyonnais")),
        ({"words": ("giveaway",)}, POST, replace(POST, title="")),
        ({"words": ("tea towels",)}, POST, replace(POST, tags=("Tea", "towels"))),
        ({"words": ("brass lamp",)}, POST, replace(POST, media=())),
        ({"words": ("spammer",)}, POST, replace(POST, author=Author("Ada", "@spammer"))),
        ({"words": ("giveaway win",)}, replace(POST, text="giveaway\nwin"), POST),
        ({"regex": r"\bwin an? \w+"}, POST, replace(POST, text="Winning")),
        ({"regex": "giveaway"}, POST, replace(POST, title="", tags=("giveaway",))),
        ({"regex": "caf\u00e9"}, replace(POST, text="Cafe\u0301"), POST),
        ({"authors": ("@Spammer@social.example",)}, POST, replace(POST, author=Author("spammer"))),
        ({"authors": ("spammer@social.example",)}, POST, replace(POST, author=Author(handle="@spammer"))),
        ({"authors": ("ada spammer",)}, POST, replace(POST, author=Author("Ada"))),
        (
            {"authors": ("@*@social.example",)},
            POST,
            replace(POST, author=Author(handle="@ada@other.example")),
        ),
        ({"authors": ("ada*",)}, POST, replace(POST, author=Author())),
        ({"media": "picture"}, POST, replace(POST, media=(Media("video", "https://social.example/1.mp4"),))),
        ({"media": "video"}, replace(POST, media=(*POST.media, Media("video", "https://v.example"))), POST),
        ({"media": "audio"}, replace(POST, media=(Media("audio", "https://a.example"),)), POST),
        ({"media": "none"}, replace(POST, media=()), POST),
        ({"media": "none", "kinds": ("reply",)}, ANSWER, POST),
        ({"media": "none"}, replace(ANSWER, kind=Kind.NOTE), ANSWER),
        ({"words": ("giveaway",)}, ANSWER, replace(ANSWER, title="")),
        ({"rating_below": 3}, REVIEW, replace(REVIEW, rating=Rating(3))),
        (
            {"rating_below": 3},
            replace(REVIEW, rating=Rating(5, best=10)),
            replace(REVIEW, rating=Rating(6, best=10)),
        ),
        ({"rating_below": 5}, REVIEW, POST),
        ({"rating_below": 5}, REVIEW, replace(REVIEW, rating=Rating(1, best=0))),
        ({"sources": ("larkwood-hashtag",), "networks": ("mastodon",)}, POST, None),
    ],
)
def test_each_condition_fits_what_it_says(conditions: dict[str, Any], fits: Post, fails: Post | None) -> None:
    assert status(fits, rule(**conditions)) == "held"
    assert fails is None or status(fails, rule(**conditions)) is None


def test_all_conditions_of_a_rule_hold_together() -> None:
    both = rule(words=("giveaway",), media="picture")

    assert status(POST, both) == "held"
    assert status(replace(POST, media=()), both) is None
    assert status(replace(POST, title=""), both) is None


def test_rules_of_other_sources_and_networks_are_not_asked() -> None:
    other, elsewhere = rule(sources=("larkwood-blog",)), rule(networks=("reddit",))

    assert status(POST, other, elsewhere) is None


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            rule(words=("scam", "Giveaway"), why="Somebody should read this first"),
            'holds posts with "Giveaway" (Somebody should read this first)',
        ),
        (rule("reject", regex=r"win\s+a \w+"), 'rejects posts with "Win a phone", which its regex finds'),
        (rule("publish", authors=("@spammer*",)), 'publishes posts by "@spammer@social.example"'),
        (rule(sources=("larkwood-hashtag",)), 'holds all posts of "larkwood-hashtag"'),
        (
            rule(kinds=("note",), languages=("en",), words=("lyon",), media="picture"),
            'holds posts of kind "note" in "en-GB" with "lyon" with a picture',
        ),
    ],
)
def test_the_reason_is_a_sentence_with_the_line_and_what_fitted(made: Rule, said: str) -> None:
    assert ruling(POST, made).reason == f"content/rules.toml line 12: {said}"


def test_a_reason_by_stars_names_them() -> None:
    made = rule(rating_below=2.5)

    assert ruling(REVIEW, made).reason == "content/rules.toml line 12: holds posts below 2.5 stars"


def test_what_a_pattern_found_stays_on_one_short_line_of_the_reason() -> None:
    made = rule(regex="win(.|\n){90}")
    reason = ruling(replace(POST, text="win\n" + "x\u202e" * 60), made).reason

    assert reason.isprintable()
    assert len(reason) < 140


def test_a_post_leaves_at_the_moment_at_which_it_is_too_old() -> None:
    made = rule("reject", line=3, kinds=("note",), older_than_days=30)
    published = datetime(2026, 11, 1, 10, tzinfo=PARIS)
    leaves = datetime(2026, 12, 1, 9, tzinfo=UTC)

    found = ruling(POST, made, published=published)
    assert found == Ruling(
        None, "", leaves, 'content/rules.toml line 3: rejects posts of kind "note" older than 30 days'
    )
    just_before = judge(made).ruling(POST, published, leaves - timedelta(seconds=1))
    assert just_before.status is None
    assert judge(made).ruling(POST, published, leaves) == Ruling(
        "rejected", 'content/rules.toml line 3: rejects posts of kind "note" older than 30 days'
    )


def test_days_are_of_24_hours_when_the_clocks_change() -> None:
    published = datetime(2026, 10, 24, 12, tzinfo=PARIS)  # clocks go back in the night

    assert ruling(POST, rule(older_than_days=40), published=published).leaves == published.astimezone(
        UTC
    ) + timedelta(days=40)


def test_the_first_age_that_ends_its_showing_counts() -> None:
    late, early = rule("hold", line=1, older_than_days=90), rule("reject", line=2, older_than_days=60)

    found = ruling(POST, late, early)
    assert found.leaves == NOW + timedelta(days=60)
    assert found.leaving.startswith("content/rules.toml line 2: rejects")


def test_a_rule_by_age_below_the_one_that_publishes_ends_nothing() -> None:
    age, publish = rule(older_than_days=60), rule("publish", words=("giveaway",))

    assert ruling(POST, age, publish).leaves == NOW + timedelta(days=60)
    assert ruling(POST, age, publish).status == "published"
    assert ruling(POST, publish, age).leaves is None


def test_what_is_held_leaves_nothing() -> None:
    found = ruling(POST, rule("reject", older_than_days=60), rule("hold", words=("giveaway",)))

    assert (found.status, found.leaves, found.leaving) == ("held", None, "")


def of_the_day(*texts: str, kind: Kind = Kind.NOTE) -> list[tuple[Post, datetime]]:
    """Posts with these texts, named by their numbers, one an hour."""
    return [
        (replace(POST, id=str(number), title="", text=text, kind=kind), NOW + timedelta(hours=number))
        for number, text in enumerate(texts)
    ]


def test_what_is_over_the_limit_of_a_day_is_held_and_the_first_stay() -> None:
    day = of_the_day("a", "b", "c", "d")
    limited = judge(rule(sources=("larkwood-hashtag",), per_day=2, why="Enough"))
    said = "content/rules.toml line 12: holds posts over 2 a day, of 2026-11-22 (Enough)"

    assert limited.over_the_day(day, NOW) == {"2": said, "3": said}
    assert limited.over_the_day(day[::-1], NOW) == {"2": said, "3": said}
    assert limited.over_the_day(day[:2], NOW) == {}
    assert limited.ruling(*day[3], NOW) == Ruling()


def test_of_posts_of_one_moment_the_same_ones_stay_however_they_come() -> None:
    day = [(replace(POST, id=name), NOW) for name in ("c", "a", "b")]
    limited = judge(rule(sources=("larkwood-hashtag",), per_day=1))

    assert limited.over_the_day(day, NOW).keys() == limited.over_the_day(day[::-1], NOW).keys() == {"b", "c"}


def test_the_day_that_a_reason_names_is_the_hubs() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    day = [(replace(POST, id=name), late) for name in "ab"]

    (reason,) = judge(rule(words=("giveaway",), per_day=1)).over_the_day(day, NOW).values()
    assert reason == 'content/rules.toml line 12: holds posts with "giveaway" over 1 a day, of 2026-11-23'


def test_only_what_meets_the_other_conditions_counts_for_a_limit() -> None:
    day = of_the_day("sale", "news", "sale", "news", "sale")

    assert judge(rule(words=("sale",), per_day=1)).over_the_day(day, NOW).keys() == {"2", "4"}


def test_what_an_earlier_rule_decides_does_not_count_for_a_limit() -> None:
    day = of_the_day("spam", "a", "ours", "b", "c")
    limit = rule(sources=("larkwood-hashtag",), per_day=2)
    spam, ours = rule("reject", words=("spam",)), rule("publish", words=("ours",))

    assert judge(spam, ours, limit).over_the_day(day, NOW).keys() == {"4"}
    assert judge(limit, spam, ours).over_the_day(day, NOW).keys() == {"2", "3", "4"}


def test_what_is_too_old_already_does_not_count_for_a_limit() -> None:
    day = of_the_day("old", "old", "new", "new")
    old, limit = rule("reject", words=("old",), older_than_days=30), rule(media="picture", per_day=2)

    assert judge(old, limit).over_the_day(day, NOW).keys() == {"2", "3"}
    assert judge(old, limit).over_the_day(day, NOW + timedelta(days=40)) == {}


def test_two_limits_are_kept_at_once() -> None:
    day = of_the_day("sale", "sale", "a", "b", "c")
    narrow, wide = rule(line=1, words=("sale",), per_day=1), rule(line=2, media="picture", per_day=3)

    over = judge(narrow, wide).over_the_day(day, NOW)
    assert {post: reason.partition(":")[0][-1] for post, reason in over.items()} == {"1": "1", "4": "2"}


def test_answers_do_not_count_for_a_limit_unless_it_names_them() -> None:
    day = of_the_day("a", "b", kind=Kind.REPLY)

    assert judge(rule(networks=("mastodon",), per_day=1)).over_the_day(day, NOW) == {}
    assert judge(rule(kinds=("reply",), per_day=1)).over_the_day(day, NOW).keys() == {"1"}


def test_a_longer_word_list_costs_no_call_more() -> None:  # bench/judging.py has the seconds
    few = judge(*(rule(line=number, words=(f"word{number}",)) for number in range(3)))
    many = judge(
        *(rule(line=number, words=tuple(f"w{number}x{each}" for each in range(200))) for number in range(3))
    )

    assert calls(few) == calls(many)


def calls(made: Judge) -> int:
    """How many functions are called to judge a post."""
    count = 0

    def counted(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        made.ruling(POST, NOW, NOW)
    finally:
        sys.setprofile(None)
    return count


def test_the_bench_judges_posts_by_every_kind_of_verdict() -> None:
    book = Rulebook((rule("reject", kinds=("photo",)), rule("publish", kinds=("note",)), rule(per_day=1)))

    found = judged(book, [posts(500)])
    assert found.total() == 500
    assert {"rejected", "published", "held", ""} >= found.keys() >= {"rejected", "published", ""}
