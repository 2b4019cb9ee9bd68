from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.desk import Hours, Position
from forecourt.desk.days import CODES
from forecourt.desk.hours import DAY, clock, hours, position, runs, week, written

WEEKDAYS = (0, 1, 2, 3, 4)
TEN, SEVEN = 600, 1140


@pytest.mark.parametrize(
    "said",
    [
        "Mo-Fr 10:00-19:00",
        "Mon-Fri 10-19",
        "Mon. - Fri.: 10 am - 7 p.m.",
        "monday to friday from 10:00 to 19:00",
        "Mondays-Fridays 10-7pm",
        "Mo, Tu, We, Th & Fr 1000-1900",
        "Mo\u2013Fr 10\u201319 Uhr",
        "Montag bis Freitag 10.00\u201319.00 Uhr",
        "Lu-Ve 10h-19h",
        "Du lundi au vendredi de 10h à 19h00",
        "Lunes a viernes, 10:00 - 19:00",
        "segunda-feira a sexta-feira 10h-19h",
        "Ma-vrijdag 10-19",
        "من الاثنين إلى الجمعة 10:00-19:00",
        "MO-FR 10:00-19:00; SA, SU CLOSED",
        "Mo-Fr 10:00-19:00.",
        "Mo: 10-19\nTu: 10-19\nWe-Fr: 10-19\nSa: closed",
        "Mo-Su 10:00-19:00; Sa-Su closed",
        "Mo-Tu 10-19 We-Fr 10-19",
    ],
)
def test_a_week_of_five_days_is_read_as_editors_of_many_countries_write_it(said: str) -> None:
    assert hours(said) == (Hours(WEEKDAYS, TEN, SEVEN),)


def test_several_spans_a_day_are_several_entries_in_their_order() -> None:
    assert hours("Mo-Fr 14:00-19:00, 10:00-13:00; Sa 9-18") == (
        Hours(WEEKDAYS, 600, 780),
        Hours(WEEKDAYS, 840, 1140),
        Hours((5,), 540, 1080),
    )


def test_spans_of_a_day_may_stand_in_rules_of_their_own() -> None:
    assert hours("Mo-Fr 10:00-13:00; Mo-Fr 14:00-19:00") == hours("Mo-Fr 10:00-13:00, 14:00-19:00")


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    assert hours("Fr-Sa 20:00-02:00") == (Hours((4, 5), 1200, DAY + 120),)
    assert written(hours("Fr-Sa 20:00-02:00")) == ["Fr-Sa 20:00-02:00"]


@pytest.mark.parametrize(
    "said", ["Mo 18:00-24:00", "Mo 18:00-00:00", "Mo 18:00 to midnight", "lundi 18h-minuit"]
)
def test_midnight_ends_a_day(said: str) -> None:
    assert hours(said) == (Hours((0,), 1080, DAY),)


@pytest.mark.parametrize("said", ["24/7", "daily 24h", "Mo-Su 00:00-24:00", "tous les jours 24 h"])
def test_a_shop_may_never_close(said: str) -> None:
    assert hours(said) == (Hours((0, 1, 2, 3, 4, 5, 6), 0, DAY),)


def test_a_range_of_days_may_run_over_the_end_of_the_week() -> None:
    assert written(hours("Sa-Mo 10-18")) == ["Mo,Sa-Su 10:00-18:00"]


def test_a_word_that_is_two_days_is_read_by_the_days_beside_it() -> None:
    assert written(hours("Mo, Di, Mi 10-19")) == ["Mo-We 10:00-19:00"]
    assert written(hours("Lu-Di 10-19")) == ["Mo-Su 10:00-19:00"]
    assert written(hours("Lu-Do 10-19")) == ["Mo-Su 10:00-19:00"]
    assert written(hours("Mo-Do 10-19")) == ["Mo-Th 10:00-19:00"]
    assert written(hours("Ma-Vr 10-19")) == ["Mo-Fr 10:00-19:00"]
    assert written(hours("Ma-Ve 10-19")) == ["Tu-Fr 10:00-19:00"]


def test_languages_may_be_mixed_where_every_day_is_clear() -> None:
    assert written(hours("Wed-Fri 10-19; samedi 9-12")) == ["We-Fr 10:00-19:00", "Sa 09:00-12:00"]


def test_no_hours_are_no_hours() -> None:
    assert hours(" \n") == ()
    assert week(()) == []
    assert written(()) == []


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("Di 10-19", '"di" is Tu in German and Su in French; write days as Mo, Tu, We, Th, Fr, Sa, Su'),
        ("Foo 10-19", '"foo" is no day that is known here; write days as Mo, Tu, We, Th, Fr, Sa, Su'),
        ("10-19", '"10-19" has no day before it; write "Mo-Fr 10:00-19:00"'),
        ("Mo-Fr", '"mo-fr" has no hours after it; write "Mo-Fr 10:00-19:00" or "Su closed"'),
        ("Mo 10:00", '"10:00" says only one time; write when it opens and closes: "10:00-19:00"'),
        ("Mo 25-26", '"25" is no time of day; write it as 19:00'),
        ("Mo 10:75-19", '"10:75" is no time of day; write it as 19:00'),
        ("Mo 13pm-14pm", '"13pm" is no time of day; write it as 19:00, or as 7 pm'),
        ("Mo 9-5", '"9-5" may be read in two ways; write it as "09:00-17:00"'),
        ("Mo 2-6", '"2-6" may be read in two ways; write it as "14:00-18:00"'),
        ("Mo 7-9pm", '"7-9pm" may be read in two ways; write it as "19:00-21:00"'),
        (
            "Mo 19:00-10:00",
            '"19:00-10:00" ends before it begins; write when it opens first, as in "10:00-19:00"',
        ),
        ("Mo 10-10", '"10-10" begins when it ends; a whole day is "00:00-24:00"'),
        (
            "Fr 24:00-02:00",
            '"24:00-02:00" begins when its day is over; write it as 00:00 of the next day',
        ),
        (
            "Mo-Fr 10-19; Th 10-21",
            "Th is open twice at once: 10:00-19:00 and 10:00-21:00; name each day with its hours once",
        ),
        (
            "Su 20:00-02:00; Mo 01:00-03:00",
            "Mo is open twice at once: 20:00-02:00 and 01:00-03:00; name each day with its hours once",
        ),
        ("Su closed", '"Su closed" says no day on which it is open; leave the field out, or name one'),
        (
            "PH 10-12",
            '"PH 10-12" names holidays; hours are those of a usual week, write the rest into the text',
        ),
        (
            "Mo 10-19 (ring)",
            '"(" in "Mo 10-19 (ring)" belongs to no opening hours; write "Mo-Fr 10:00-19:00; Sa 09:00-18:00"',
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_would_be_right(said: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(wrong)}$"):
        hours(said)


@given(st.text(alphabet="moturethfsalid0123456789:-,; /hp\u2013", max_size=40))
def test_hours_are_read_or_refused_whatever_is_written(said: str) -> None:
    try:
        found = hours(said)
    except ValueError:
        return
    assert all(0 <= one.opens < DAY and one.opens < one.closes <= 2 * DAY for one in found)


@given(
    st.dictionaries(
        st.sampled_from(range(7)),
        st.sampled_from([(0, DAY), (540, 780), (780, 1140), (1200, DAY)]),
        min_size=1,
    )
)
def test_what_is_written_is_read_back(found: dict[int, tuple[int, int]]) -> None:
    once = hours(
        "; ".join(f"{CODES[day]} {clock(opens)}-{clock(closes)}" for day, (opens, closes) in found.items())
    )
    assert hours("; ".join(written(once))) == once
    assert {day: (one.opens, one.closes) for one in once for day in one.days} == found


def test_a_week_groups_the_days_that_are_alike_and_those_that_are_closed() -> None:
    assert week(hours("Mo-Tu,Fr 10-13, 14-19; We 14-19; Sa 10-13")) == [
        ((0, 1, 4), ((600, 780), (840, 1140))),
        ((2,), ((840, 1140),)),
        ((3, 6), ()),
        ((5,), ((600, 780),)),
    ]


def test_days_are_cut_into_those_that_follow_one_another() -> None:
    assert runs((6, 0, 1, 2, 4)) == [(0, 2), (4, 4), (6, 6)]


@pytest.mark.parametrize(
    "said",
    [
        "45.7640, 4.8357",
        " 45.7640 4.8357 ",
        "45,7640; 4,8357",
        "45.7640 N, 4.8357 E",
        "45.7640° n 4.8357° e",
        "N 45.7640 E 4.8357",
        "4.8357 E, 45.7640 N",
        "45°45.84'N 4°50.142'E",
        "45°45'50.4\"N 4°50'8.52\"E",
    ],
)
def test_a_position_is_read_as_maps_and_editors_write_it(said: str) -> None:
    assert position(said) == Position(45.764, 4.8357)


@pytest.mark.parametrize(
    "said", ["-33.8568, -151.2153", "\u221233.8568 \u2212151.2153", "33.8568S 151.2153W"]
)
def test_a_position_may_be_south_and_west(said: str) -> None:
    assert position(said) == Position(-33.8568, -151.2153)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("Lyon", '"Lyon" is no position; '),
        ("", '"" is no position; '),
        ("45.76", '"45.76" is no position; '),
        ("45,76,4,83", '"45,76,4,83" is no position; '),
        ("https://maps.example/@45.7,4.8,15z", '"https://maps.example/@45.7,4.8,15z" is no position; '),
        ("145, 4.8", "latitude 145 must lie between -90 and 90; "),
        ("45, 190", "longitude 190 must lie between -180 and 180; "),
        ("45 N, 4 O", '"45 N, 4 O": O is west in French and east in German; write W or E'),
        ("45 N, 4", '"45 N, 4" needs one of N and S and one of E and W; '),
        ("45 N, 4 N", '"45 N, 4 N" needs one of N and S and one of E and W; '),
        ("-45 S, 4 E", '"-45 S, 4 E" has a sign and a letter; leave one of them out'),
        ("45°75' N, 4°10' E", "\"45°75' N, 4°10' E\": minutes and seconds are below 60; "),
    ],
)
def test_a_position_that_cannot_be_read_is_refused_with_what_would_be_right(said: str, wrong: str) -> None:
    example = 'write it as "45.7640, 4.8357", latitude first, as maps on the web show it'
    with pytest.raises(
        ValueError, match=f"^{re.escape(wrong + example if wrong.endswith('; ') else wrong)}$"
    ):
        position(said)
