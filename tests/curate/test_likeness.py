"""One message, one card: the labelled set, what is certain, what is never the same, and what it may cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import pytest

from bench.likeness import BASELINE, Window, archive, baseline, ours, pairs, score
from forecourt.curate.likeness import WINDOW, Traits, Verdict, compare, lasting, marks, richness, traits
from forecourt.model import Event, Kind, Media, Post

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WORDS = (
    "The repair bench is open on Thursdays again, five till eight, in 22 shops. Bring the chair that wobbles."
)


def post(source: str, text: str = WORDS, **more: Any) -> Post:  # Any: each field has its own type
    made = Post("1", source, Kind.NOTE, f"https://{source}.example/1", text=text, lang="en")
    return replace(made, **more)


def read(source: str, text: str = WORDS, at: datetime = NOW, store: str = "", **more: Any) -> Traits:
    return traits(post(source, text, **more), at, store)


def judged(one: Traits, other: Traits) -> Verdict:
    """Either way round, for which is first makes no difference."""
    assert compare(one, other) == compare(other, one)
    return compare(one, other)


# The labelled set.


def test_the_labelled_set_is_large_balanced_and_without_a_pair_twice() -> None:
    assert len(pairs()) >= 220
    assert 0.4 < sum(pair.same for pair in pairs()) / len(pairs()) < 0.6
    assert len({(pair.texts, pair.one.at, pair.other.at, pair.one, pair.other) for pair in pairs()}) == len(
        pairs()
    )
    assert 0.4 < sum(pair.held for pair in pairs()) / len(pairs()) < 0.6


def test_one_message_is_told_from_look_alikes() -> None:
    whole = score(pairs(), ours)
    held = score([pair for pair in pairs() if pair.held], ours)
    plain = score(pairs(), baseline)
    print(f"ours      {whole}\nheld out  {held}\nbaseline  {plain}  (texts {BASELINE:.0%} alike)")
    wrong = [pair.told for pair in pairs() if ours(pair) and not pair.same]
    missed = [pair.told for pair in pairs() if pair.same and not ours(pair)]
    assert whole.precision >= 0.99, "\n".join(wrong)
    assert whole.recall >= 0.90, "\n".join(missed)
    assert held.precision >= 0.98
    assert held.recall >= 0.88
    assert plain.f1 < whole.f1 / 2


def test_which_of_the_two_is_first_makes_no_difference() -> None:
    for pair in pairs():
        assert compare(pair.one, pair.other) == compare(pair.other, pair.one), pair.told
        assert marks(pair.one).isdisjoint(marks(pair.other)) == marks(pair.other).isdisjoint(marks(pair.one))


def test_every_pair_that_is_found_to_be_one_shares_a_mark() -> None:
    found = [pair for pair in pairs() if compare(pair.one, pair.other).same]
    assert [pair.told for pair in found if marks(pair.one).isdisjoint(marks(pair.other))] == []


def test_every_verdict_has_a_reason_and_only_one_message_has_a_way() -> None:
    verdicts = [compare(pair.one, pair.other) for pair in pairs()]
    assert all(verdict.reason for verdict in verdicts)
    assert all(bool(verdict.how) == verdict.same for verdict in verdicts)
    assert {verdict.how for verdict in verdicts} == {"stated", "link", "text", "picture", ""}


# What is certain.


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (
            read("blog", "Ours", syndicated=("https://net.example/@l/7?utm_source=x",)),
            read("net", "Unsere", lang="de", permalink="https://net.example/@l/7"),
            "one names the other as its copy (rel=syndication)",
        ),
        (
            read("blog", "One", permalink="https://www.shop.example/a/"),
            read("copy", "Another", permalink="http://shop.example/a?utm_medium=feed"),
            "both are shop.example/a",
        ),
        (
            read("radio", "One", id="tag:radio.example,2026:4"),
            read("mirror", "Another", id="tag:radio.example,2026:4"),
            "both are tag:radio.example,2026:4",
        ),
    ],
)  # fmt: skip
def test_what_the_posts_state_is_certain_even_a_year_later(one: Traits, other: Traits, reason: str) -> None:
    assert judged(one, replace(other, at=NOW + timedelta(days=365))) == Verdict(True, "stated", reason)
    assert not lasting(one).isdisjoint(lasting(other))
    assert lasting(one) <= marks(one)


def test_a_number_as_id_states_nothing_for_every_network_counts_from_one() -> None:
    assert not judged(read("one", "Soup today, bring a bowl."), read("two", "The lift works again.")).same


def test_a_text_that_links_to_the_other_is_the_same() -> None:
    article = read("blog", "Moths do not eat wool, their children do.")
    note = read("net", "Moths! https://blog.example/1/?utm_source=net")
    assert judged(article, note) == Verdict(True, "link", "links to https://blog.example/1")
    assert not marks(article).isdisjoint(marks(note))
    assert not judged(article, replace(note, at=NOW + WINDOW + timedelta(hours=1))).same


# What is never the same.


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (read("one"), read("one", id="2"), "both are of one account"),
        (read("one"), read("two", quote_of="https://one.example/1"), "one quotes or answers the other"),
        (read("one"), read("two", in_reply_to="https://one.example/1"), "one quotes or answers the other"),
        (read("one"), read("two", in_reply_to="https://three.example/9"), "one is an answer"),
        (read("one"), read("two", kind=Kind.REVIEW), "one is a review"),
        (read("one", store="lyon"), read("two", store="nantes"), "of two stores, lyon and nantes"),
        (read("one"), read("two", at=NOW + timedelta(days=364)), "published more than 5 days apart"),
        (
            read("one", f"{WORDS} 25 % off."),
            read("two", f"{WORDS} 20 % off."),
            "the facts differ: 25 % and 20 %",
        ),
        (
            read("one", event=Event(NOW, place="Lyon"), kind=Kind.EVENT),
            read("two", event=Event(NOW, place="Nantes"), kind=Kind.EVENT),
            "two places of an event",
        ),
        (
            read("one", event=Event(NOW), kind=Kind.EVENT),
            read("two", event=Event(NOW + timedelta(days=7)), kind=Kind.EVENT),
            "two dates of an event",
        ),
        (
            read("one", WORDS.replace("chair", "lamp")),
            read("two"),
            "the same text with another name or thing in it",
        ),
    ],
)  # fmt: skip
def test_what_parts_two_posts_is_said(one: Traits, other: Traits, reason: str) -> None:
    assert judged(one, other) == Verdict(False, "", reason)


def test_the_store_is_apart_only_from_another_store_not_from_the_brand() -> None:
    assert judged(read("one", store="lyon"), read("two")).same


# What does not count.


@pytest.mark.parametrize(
    "text",
    [
        f"✨🪑 {WORDS} 🛠️ #RepairBench #Larkwood #DIY",
        f"{WORDS} Link in bio",
        f"{WORDS} via @larkwood@social.example and @idris",
        WORDS.upper(),
        WORDS.replace(", ", " \N{EN DASH} ").replace(".", " \N{BULLET}"),
        f"{WORDS[:70]}…",
        f"{WORDS[:77]}... Read more",
        f"{WORDS[:66]}… https://sho.rt/aB3",
        f"Good morning! {WORDS} https://larkwood.example/repairs/?utm_source=x&fbclid=y",
        "Bring the chair that wobbles. The repair bench is open on Thursdays again, five till eight, in 22 shops.",
    ],
)
def test_what_networks_and_tools_put_round_a_text_does_not_count(text: str) -> None:
    verdict = judged(read("one"), read("two", text, at=NOW + timedelta(days=2)))
    assert verdict.how == "text", verdict.reason
    assert not marks(read("one")).isdisjoint(marks(read("two", text)))


@pytest.mark.parametrize("text", ["", "❤️", "#larkwood", "https://larkwood.example/", "Link in bio", "@idris"])
def test_posts_without_words_are_one_only_by_their_picture(text: str) -> None:
    one, other = read("one", text), read("two", text)
    assert not judged(one, other).same
    shown = 0x0F0F_3C3C_AAAA_1234
    verdict = judged(replace(one, looks=(shown,)), replace(other, looks=(shown ^ 0b1011,)))
    assert verdict.how == "picture"
    assert not judged(replace(one, looks=(shown,)), replace(other, looks=(~shown & 2**64 - 1,))).same


def test_the_very_same_few_words_are_one_at_the_same_moment_alone() -> None:
    one, other = read("one", "Dave Smith is a thief"), read("two", "Dave Smith is a thief")
    assert judged(one, replace(other, at=one.at)).same
    assert not judged(one, replace(other, at=one.at + timedelta(minutes=1))).same
    assert not judged(one, replace(read("two", "Dave Jones is a thief"), at=one.at)).same
    assert not judged(read("one", "Thank you!"), replace(read("two", "Thank you!"), at=one.at)).same


# The richest version.


def test_the_richest_version_is_whole_long_and_has_pictures() -> None:
    picture = Media("image", "https://one.example/a.jpg", alt="A chair")
    least_first = [
        post("cut", WORDS * 3 + " and then…"),
        post("none", ""),
        post("short", "The bench is open."),
        post("whole"),
        post("pictured", media=(replace(picture, alt=""),)),
        post("titled", media=(replace(picture, alt=""),), title="Bench"),
        post("described", media=(picture,), title="Bench"),
        post("long", WORDS * 3),
    ]
    assert sorted([*least_first[4:], *least_first[:4]], key=richness) == least_first


# What it may cost.


def test_marks_and_traits_are_the_same_in_every_process() -> None:
    said = (
        "from tests.curate.test_likeness import read, WORDS; from forecourt.curate.likeness import marks;"
        "t = read('one', WORDS + ' https://larkwood.example/repairs/ #RepairBench'); print(sorted(marks(t)), t.words)"
    )
    here = read("one", WORDS + " https://larkwood.example/repairs/ #RepairBench")
    told = subprocess.run(
        [sys.executable, "-c", said], env={"PYTHONPATH": f"plugins{os.pathsep}.", "PYTHONHASHSEED": "7"}, cwd=ROOT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == f"{sorted(marks(here))} {here.words}"


def test_traits_can_be_kept() -> None:
    for pair in pairs():
        kept = msgspec.msgpack.encode(pair.one)
        assert msgspec.msgpack.decode(kept, type=Traits) == pair.one
        assert len(kept) < 4000


def test_marks_fit_into_a_column_of_integers_and_are_few() -> None:
    every = [marks(pair.one) for pair in pairs()]
    assert all(-(2**63) <= mark < 2**63 for one in every for mark in one)
    assert max(map(len, every)) < 160
    assert median(map(len, every)) < 70


def test_unrelated_posts_are_compared_with_few_others() -> None:
    window = Window()
    met = [len(window.met(traits(one, one.published or NOW))) for one in archive(10_000)]
    assert sum(met) / len(met) < 15
    assert max(met) < 80


@pytest.mark.parametrize(
    "text",
    [
        "word " * 20_000,
        "#a@b.c/" * 14_000,
        "…" * 100_000,
        "a." * 50_000,
        "https://x.example/" + "a" * 100_000,
        "\N{FULLWIDTH DIGIT ONE}" * 100_000,
        "ก" * 100_000,
        "20 % " * 20_000,
        '<a href="' * 11_000,
        "(" * 100_000,
        "read " * 20_000,
    ],
)
def test_a_hostile_text_of_100_kb_costs_no_more_than_a_long_one(text: str) -> None:
    def spent(what: Callable[[], object]) -> float:
        began = time.process_time()
        what()
        return time.process_time() - began

    one = read("one", text, html=text)
    other = read("two", text[::-1], html=text)
    assert min(spent(lambda: read("one", text, html=text)) for _ in range(3)) < 0.1
    assert min(spent(lambda: compare(one, other)) for _ in range(3)) < 0.02
    assert min(spent(lambda: marks(one)) for _ in range(3)) < 0.02
