"""The heads of files: both forms give the same fields, on the lines on which people see them."""

from __future__ import annotations

import pytest

from forecourt.desk import heads
from forecourt.desk.heads import Said

PLAIN = "Title: Winter\nFeature-until: 2026-12-01\nTags: shops,\n    christmas\nSummary:\n\nText: of it.\n"
YAML = (
    "---\ntitle: Winter\nfeature-until: 2026-12-01\ntags: [shops, christmas]\nsummary:\n---\nText: of it.\n"
)


def test_a_plain_head_ends_at_the_first_empty_line() -> None:
    assert heads.fields(PLAIN) == {
        "title": Said("Winter", 1),
        "feature_until": Said("2026-12-01", 2),
        "tags": Said("shops,\nchristmas", 3),
        "summary": Said("", 5),
    }
    assert heads.body(PLAIN) == "Text: of it."


def test_a_head_in_yaml_has_the_same_names_and_the_lines_of_the_file() -> None:
    assert heads.fields(YAML) == {
        "title": Said("Winter", 2),
        "feature_until": Said("2026-12-01", 3),
        "tags": Said("shops\nchristmas", 4),
        "summary": Said("", 5),
    }
    assert heads.body(YAML) == "Text: of it."


@pytest.mark.parametrize("text", [PLAIN, YAML])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems_change_nothing(text: str, end: str) -> None:
    assert heads.fields(text.replace("\n", end)) == heads.fields(text)
    assert heads.body(text.replace("\n", end)) == heads.body(text)


def test_lists_and_facts_of_yaml_are_lines() -> None:
    text = "---\nfacts:\n  - Parking: behind the house\n  - Dogs: welcome\nalt:\n- A chair\n- A lamp\n---\n"

    assert heads.fields(text) == {
        "facts": Said("Parking: behind the house\nDogs: welcome", 2),
        "alt": Said("A chair\nA lamp", 5),
    }


@pytest.mark.parametrize("value", ["no", "2026", "2026-11-22", "1:30", "null", "0x1F", ".5"])
def test_yaml_keeps_the_words_that_were_written(value: str) -> None:
    """Whole programs have taken Norway's "no" for a refusal and a time for a number of seconds."""
    assert heads.fields(f"---\nlang: {value}\n---\n") == {"lang": Said(value, 2)}


@pytest.mark.parametrize("depth", [3, 50])
def test_what_yaml_would_multiply_is_refused_before_it_grows(depth: int) -> None:
    rows = "".join(f"f{number}: &f{number} [{f'*f{number - 1}, ' * 9}]\n" for number in range(1, depth))

    with pytest.raises(ValueError, match=r'^line 2: YAML takes "&f0" for a name; put the text in quotes$'):
        heads.fields(f"---\nf0: &f0 x\n{rows}---\n")


def test_ten_thousand_lists_in_one_another_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^line 2: a list stands in a list; "):
        heads.fields(f"---\ntags: {'[' * 10_000}\n---\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("“Winter”", "Winter"),
        ("„Winter“", "Winter"),
        ("« Winter »", "Winter"),
        ("'Winter'", "Winter"),
        (" Winter\u00a0", "Winter"),
    ],
)
def test_quotes_of_all_countries_round_a_value_are_taken_away(written: str, meant: str) -> None:
    assert heads.unquoted(written) == meant
