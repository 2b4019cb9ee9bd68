import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.curate.facts import Facts, conflicts, found

SAID = datetime(2026, 11, 20, 9, tzinfo=UTC)
SENTENCES = tomllib.loads(Path(__file__).with_name("ledger_sentences.toml").read_text("utf-8"))
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def shown(facts: Facts) -> set[str]:
    """Facts as the table of sentences writes them."""
    ends = {day for span in facts.spans for day in span}
    return {
        *(f"{percent:f} %" for percent in facts.percents),
        *(f"{amount:f} {currency}".strip() for amount, currency in facts.prices),
        *(day.isoformat() for day in facts.days - ends),
        *(f"{first}..{last}" for first, last in facts.spans),
        *(WEEKDAYS[weekday] for weekday in facts.weekdays),
        *(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in facts.times),
        *(f"code {code}" for code in facts.codes),
        *(f"link {link}" for link in facts.links),
        *(f"slip {WEEKDAYS[weekday]} {day}" for weekday, day in facts.slips),
    }


def rows(tables: dict[str, str]) -> Iterator[tuple[str, str, set[str]]]:
    for lang, table in tables.items():
        for line in table.strip().splitlines() if isinstance(table, str) else ():
            sentence, _, facts = line.rpartition("|")
            yield lang.replace("none", ""), sentence.strip(), {one.strip() for one in facts.split(";")} - {""}


STATED = [*rows(SENTENCES)]
LOOKALIKES = [*rows(SENTENCES["lookalikes"])]


def test_there_are_sentences_enough_in_every_language() -> None:
    assert len(STATED) + len(LOOKALIKES) >= 120
    assert {lang for lang, _, _ in STATED} >= {"en", "fr", "de", "es", "ar", ""}


@pytest.mark.parametrize(("lang", "sentence", "facts"), STATED)
def test_a_sentence_states_its_facts_and_no_others(lang: str, sentence: str, facts: set[str]) -> None:
    assert shown(found(sentence, lang, SAID)) == facts


@pytest.mark.parametrize(("lang", "sentence", "facts"), LOOKALIKES)
def test_numbers_that_are_no_facts_are_none(lang: str, sentence: str, facts: set[str]) -> None:
    assert shown(found(sentence, lang, SAID)) == facts


@pytest.mark.parametrize(
    ("said", "text", "day"),
    [
        (datetime(2026, 12, 30, tzinfo=UTC), "until 6 January", date(2027, 1, 6)),
        (datetime(2027, 1, 3, tzinfo=UTC), "since 12 December", date(2026, 12, 12)),
        (datetime(2026, 1, 3, tzinfo=UTC), "on 29 February", date(2028, 2, 29)),
        (datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2))), "on 29 March", date(2026, 3, 29)),
        (datetime(1, 1, 1, tzinfo=UTC), "on 29 March", date(1, 3, 29)),
        (datetime(9999, 12, 31, tzinfo=UTC), "on 29 November", date(9999, 11, 29)),
    ],
)
def test_a_day_without_a_year_is_the_first_that_is_not_long_past(
    said: datetime, text: str, day: date
) -> None:
    assert found(text, "en", said).days == {day}


def test_links_beside_a_text_are_reduced_like_those_in_it() -> None:
    links = [
        "https://www.Larkwood.example/winter/?fbclid=1#top",
        "http://larkwood.example/winter",
        "mailto:a@b.example",
    ]
    assert found("", "en", SAID, links).links == {"larkwood.example/winter"}


FIRST = "Tuesday 1 December 2026"


def stated(text: str, lang: str = "en") -> Facts:
    return found(text, lang, SAID)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("20 % off", "25 % off", "percent: 20 % and 25 %"),
        ("The candle is €24", "The candle is €26", "price: 24 EUR and 26 EUR"),
        ("The candle is €24.50", "The candle is $24", "price: 24.50 EUR and 24"),
        ("On Saturday", "On Sunday", "day: Saturday and Sunday"),
        ("On 28 November", "On Sunday", "day: Saturday 28 November 2026 and Sunday"),
        ("On 28 November", "On 29 November", "day: Saturday 28 November 2026 and Sunday 29 November 2026"),
        (
            "On 28 November",
            "On Sunday 28 November",
            "day: Saturday 28 November 2026 and Sunday 28 November 2026",
        ),
        (
            "From 1 to 5 December",
            "From 1 to 6 December",
            f"day: {FIRST}, Saturday 5 December 2026 and {FIRST}, Sunday 6 December 2026",
        ),
        (
            "From 1 to 5 December",
            "On 6 December",
            "day: Tuesday 1 December 2026, Saturday 5 December 2026 and Sunday 6 December 2026",
        ),
        ("At 9 pm", "At 20:00", "time: 21:00 and 20:00"),
        ("Code WINTER20", "Code WINTER25", "code: WINTER20 and WINTER25"),
        (
            "larkwood.example/winter",
            "https://larkwood.example/summer?utm_source=x",
            "link: larkwood.example/winter and larkwood.example/summer",
        ),
    ],
)
def test_what_differs_is_told_with_both_values(one: str, other: str, told: str) -> None:
    assert [
        f"{conflict.name}: {conflict.sentence}" for conflict in conflicts(stated(one), stated(other))
    ] == [told]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20 % off", "20 per cent off all candles"),
        ("20 % off", "Everything must go"),
        ("20 % off", "Up to 50 % off, 20 % on candles"),
        ("The candle is €24", "Candles: €19, €24, €29"),
        ("Candle €24, lamp €39", "Candle €24, vase €19"),
        ("The candle is €24", "The candle is £21"),
        ("The candle is €24", "The candle is 24.00 EUR"),
        ("On 28 November", "This Saturday"),
        ("On 28 November", "From 12 November to 24 December"),
        ("This Saturday", "From 12 November to 24 December"),
        ("From 12 November to 24 December", "From 28 to 29 November"),
        ("On 28 November", "On Saturday 28 November 2026"),
        ("From 2 pm on Sunday; the sale ends on 24 December", "Until 24 December"),
        ("Doors 7 pm, the talk 8 pm", "The talk is at 20:00"),
        ("It ends at 23:59", "It ends at midnight"),
        ("Code WINTER20", "Codes WINTER20 and LAMP10"),
        ("larkwood.example/winter", "See larkwood.example/ and bit.example/x7"),
        ("larkwood.example/winter", "larkwood.example/fr/winter/"),
        ("larkwood.example/winter", "larkwood.example/winter and larkwood.example/lamps"),
    ],
)
def test_what_only_looks_different_is_no_conflict(one: str, other: str) -> None:
    assert conflicts(stated(one), stated(other)) == conflicts(stated(other), stated(one)) == ()


MESSAGES = SENTENCES["messages"]


@pytest.mark.parametrize("lang", MESSAGES)
def test_one_message_states_the_same_in_every_language(lang: str) -> None:
    assert shown(stated(MESSAGES[lang], lang)) == shown(stated(MESSAGES["en"]))


def test_several_differences_are_all_told_in_their_order() -> None:
    one = stated("20 % off on Saturday with code WINTER20 until 9 pm, candles €24, larkwood.example/winter")
    other = stated(
        "25 % dimanche avec le code HIVER25 jusqu'à 20 h, bougies 26 €, larkwood.example/ete", "fr"
    )
    names = [conflict.name for conflict in conflicts(one, other)]
    assert names == ["percent", "price", "day", "time", "code", "link"]


@given(st.text(), st.sampled_from(("en", "en-US", "fr", "de", "es", "ar", "ja", "", "x-\ud800")))
def test_any_text_is_read(text: str, lang: str) -> None:
    facts = found(text, lang, SAID, [text])
    assert conflicts(facts, facts) == ()


PIECES = st.sampled_from(
    ["20", "%", " ", "-", ".", ":", "/", "28", "11", "2026", "November", "to", "Saturday", "€", "code",
     "A1B2", "h", "pm", "http://", "larkwood.example", "@", "#", "(", "0", "+", "Samstag",
     "bis", "au", "و", "٢٠", "٪", "31.", "30.2."]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40), st.sampled_from(("en", "fr", "de", "es", "ar", "")))
def test_any_row_of_facts_and_signs_is_read(pieces: list[str], lang: str) -> None:
    facts = found("".join(pieces), lang, SAID)
    assert all(0 <= minute < 24 * 60 for minute in facts.times)
    assert all(first <= last for first, last in facts.spans)
    assert conflicts(facts, facts) == ()


def cost(text: str, lang: str) -> float:
    begun = time.process_time()
    found(text, lang, SAID)
    return time.process_time() - begun


@settings(max_examples=12, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=6), st.sampled_from(("en", "de", "ar")))
def test_a_hostile_text_costs_no_more_than_its_length(pieces: list[str], lang: str) -> None:
    text = "".join(pieces)
    text *= 100_000 // len(text) + 1
    assert cost(text, lang) < 4  # seconds; it takes under one where nothing else runs
