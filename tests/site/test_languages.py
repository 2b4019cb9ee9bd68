"""Pages in several languages: their words, dates and numbers, and the catalogues the words come from."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.messages.catalog import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, TemplateRuntimeError

from forecourt import config, networks
from forecourt.errors import ThemeError
from forecourt.site import catalogues, language, periods
from forecourt.site.language import FILE, FOLDER
from tests.conftest import ROOT, Hub

THEME = ROOT / "theme"
TRANSLATED = sorted(path.parents[1].name for path in THEME.glob(f"{FOLDER}/*/{FILE}"))
ALL = ["en", *TRANSLATED]
LANGUAGES = {tag: language.load(tag, [THEME]) for tag in ALL}
ODD = {tag: language.load(tag) for tag in ("en-US", "he", "fa", "ja", "pt-BR", "ru", "th", "tlh", "zh-TW")}

PARIS = ZoneInfo("Europe/Paris")
EVENING = datetime(2026, 11, 22, 18, 30, tzinfo=PARIS)
HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


def theme_with(folder: Path, **words: str) -> Path:
    """A theme that has these catalogues, by the names of their folders."""
    for tag, text in words.items():
        path = folder / FOLDER / tag / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text, encoding="utf-8")
    (folder / "templates").mkdir(exist_ok=True)
    return folder


def said(one: str, other: str) -> str:
    return f'msgid "{one}"\nmsgstr "{other}"\n\n'


def rendered(template: str, tag: str, themes: Sequence[Path] = (), **values: object) -> str:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"], trim_blocks=True
    )
    language.load(tag, themes).install(environment)
    return environment.from_string(template).render(values)


# Dates and numbers


def hash_able(value: Decimal) -> bool:
    """A signalling NaN is none, for Python."""
    return not value.is_snan()


@pytest.mark.parametrize(
    ("tag", "printed"),
    [
        ("en", ["22 November 2026", "22 November 2026, 18:30", "18:30", "November 2026", "Nov"]),
        ("en-US", ["November 22, 2026", "November 22, 2026, 6:30\u202fPM", "6:30\u202fPM", "November 2026", "Nov"]),
        ("fr", ["22 novembre 2026", "22 novembre 2026, 18:30", "18:30", "novembre 2026", "nov."]),
        ("de", ["22. November 2026", "22. November 2026, 18:30", "18:30", "November 2026", "Nov"]),
        ("es", ["22 de noviembre de 2026", "22 de noviembre de 2026, 18:30", "18:30", "noviembre de 2026", "nov"]),
        ("ar", ["22 نوفمبر 2026", "22 نوفمبر 2026، 6:30 م", "6:30 م", "نوفمبر 2026", "نوفمبر"]),
        ("ar-MA", ["22 نونبر 2026", "22 نونبر 2026، 18:30", "18:30", "نونبر 2026", "نونبر"]),
    ],
)  # fmt: skip
def test_dates_are_written_as_the_language_writes_them(tag: str, printed: list[str]) -> None:
    filters = language.load(tag).filters
    assert [
        filters[name](EVENING) for name in ("date", "datetime", "clock", "month", "short_month")
    ] == printed


@pytest.mark.parametrize(
    ("tag", "number", "decimal", "short", "shorter"),
    [
        ("en", "1,284", "4.5", "1.3K", "212K"),
        ("en-US", "1,284", "4.5", "1.3K", "212K"),
        ("fr", "1\u202f284", "4,5", "1,3\xa0k", "212\xa0k"),
        ("de", "1.284", "4,5", "1.284", "212.345"),
        ("es", "1.284", "4,5", "1,3\xa0mil", "212\xa0mil"),
        ("ar", "1,284", "4.5", "1.3\xa0ألف", "212\xa0ألف"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(
    tag: str, number: str, decimal: str, short: str, shorter: str
) -> None:
    filters = language.load(tag).filters
    assert filters["number"](1284) == number
    assert filters["number"](Decimal("4.50")) == filters["number"](4.5) == decimal
    assert filters["compact"](1284) == short
    assert filters["compact"](212_345) == shorter
    assert filters["compact"](999) == filters["number"](999) == "999"


@pytest.mark.parametrize(
    ("tag", "euros", "dollars", "alone"),
    [
        ("en", "€24.50", "US$1,024.00", "1,024.00"),
        ("en-US", "€24.50", "$1,024.00", "1,024.00"),
        ("fr", "24,50\xa0€", "1\u202f024,00\xa0$US", "1\u202f024,00"),
        ("de", "24,50\xa0€", "1.024,00\xa0$", "1.024,00"),
        ("es", "24,50\xa0€", "1.024,00\xa0US$", "1.024,00"),
        ("ar", "\u200f24.50\xa0€", "\u200f1,024.00\xa0US$", "1,024.00"),
    ],
)
def test_money_is_written_as_the_language_writes_it(tag: str, euros: str, dollars: str, alone: str) -> None:
    money = language.load(tag).filters["money"]
    assert money(Decimal("24.5"), "EUR") == euros
    assert money(Decimal(1024), "USD") == dollars
    assert money(Decimal(1024)) == money(Decimal(1024), "") == alone
    assert money(Decimal("24.5"), "XYZ").replace("\xa0", "").strip("\u200f") in {
        "XYZ24.50",
        "24,50XYZ",
        "24.50XYZ",
    }


@pytest.mark.parametrize("tag", ALL)
def test_what_machines_read_and_lengths_are_the_same_in_every_language(tag: str) -> None:
    filters = LANGUAGES[tag].filters
    assert filters["iso"](EVENING) == "2026-11-22T18:30:00+01:00"
    assert [filters["duration"](each) for each in (0, 42, 462, 3723)] == ["0:00", "0:42", "7:42", "1:02:03"]


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0, "0"), (1000, "1K"), (9_940, "9.9K"), (9_960, "10K"), (10_500, "10K"), (999_499, "999K"), (999_950, "1M"),
     (1_320_000, "1.3M"), (12_345_678, "12M"), (10**9, "1B"), (-1500, "-1.5K")],
)  # fmt: skip
def test_a_large_number_is_short_and_never_more_than_three_digits(value: int, printed: str) -> None:
    assert LANGUAGES["en"].filters["compact"](value) == printed


def test_one_instant_in_two_time_zones_is_printed_in_each() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    filters = language.load("en").filters
    assert filters["datetime"](late) == "31 December 2026, 23:30"
    assert filters["datetime"](late.astimezone(PARIS)) == "1 January 2027, 00:30"
    assert filters["month"](late) == "December 2026"
    assert filters["month"](late.astimezone(PARIS)) == "January 2027"


@pytest.mark.parametrize(
    ("tag", "zone", "named"),
    [
        ("en", "Europe/Paris", "CET"),
        ("fr", "Europe/Paris", "heure d’Europe centrale"),
        ("de", "Europe/Paris", "MEZ"),
        ("en", "Asia/Kolkata", "India Time"),
        ("en", "UTC", "UTC"),
    ],
)
def test_a_zone_is_named_in_the_language_of_its_page(tag: str, zone: str, named: str) -> None:
    moment = datetime(2026, 12, 3, 18, tzinfo=ZoneInfo(zone))
    assert LANGUAGES[tag].filters["zone"](moment) == named


def test_months_are_those_of_the_language_whichever_was_asked_before() -> None:
    before = ("he", "fr", "pt", "pt-BR", "fr-CA", "cs", "fa")
    asked = {tag: language.load(tag).filters["short_month"](date(2026, 2, 1)) for tag in before}
    alone = "import sys; from datetime import date; from forecourt.site import language; "
    alone += "print(ascii(language.load(sys.argv[1]).filters['short_month'](date(2026, 2, 1))))"
    for tag, month in asked.items():
        assert run(alone, tag) == ascii(month)


def run(code: str, *arguments: str, **environ: str) -> str:
    """What a program of its own prints, in this environment."""
    whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "plugins"), **environ}
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    done = subprocess.run(command, env=whole, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LANGUAGE": "de", "TZ": "Asia/Tokyo"},
        {"LC_ALL": "no_SUCH@thing", "LANGUAGE": "!!:??", "TZ": "Nowhere/Else"},
        {"LC_ALL": "C", "TZ": ":/etc/localtime"},
    ],
)
def test_the_machine_s_own_language_and_time_zone_change_nothing(environ: dict[str, str]) -> None:
    code = (
        "from datetime import *; from decimal import Decimal; from forecourt.site import language, periods\n"
        "at = datetime(2026, 11, 22, 18, 30, tzinfo=timezone(timedelta(hours=1)))\n"
        "for tag in ('en', 'fr', 'ar', 'tlh'):\n"
        "    each = language.load(tag); f = each.filters\n"
        "    print(ascii([each.name, f['datetime'](at), f['number'](12345.6), f['compact'](12345), "
        "f['money'](Decimal(9), 'EUR'), periods.label('2026-11', each)]))"
    )
    assert run(code, **environ) == run(code, LC_ALL="C.UTF-8", TZ="UTC")


@pytest.mark.parametrize("tag", [*ALL, *ODD])
def test_whatever_number_comes_is_printed(tag: str) -> None:
    filters = (LANGUAGES | ODD)[tag].filters

    @settings(deadline=None)  # the first of each kind reads the locale
    @given(st.integers() | st.floats() | st.decimals().filter(hash_able) | st.just(10**5000))
    def prints(value: float | Decimal) -> None:
        assert filters["number"](value)
        if isinstance(value, int):
            assert filters["compact"](value)
            assert filters["money"](Decimal(value), "EUR")
        if isinstance(value, Decimal):
            assert filters["money"](value, "")

    prints()


@pytest.mark.parametrize("tag", [*ALL, *ODD])
def test_whatever_moment_comes_is_printed(tag: str) -> None:
    filters = (LANGUAGES | ODD)[tag].filters

    @settings(deadline=None)  # the first of each kind reads the locale
    @given(st.datetimes(timezones=st.timezones() | st.none()))
    def prints(moment: datetime) -> None:
        assert moment.tzinfo is None or filters["zone"](moment)
        assert all(
            filters[name](moment) for name in ("date", "datetime", "clock", "month", "short_month", "iso")
        )
        day = f"{moment:%Y-%m-%d}".rjust(10, "0")
        labels = [periods.label(day[:length], (LANGUAGES | ODD)[tag]) for length in (4, 7, 10)]
        assert all(labels)

    prints()


@pytest.mark.parametrize(
    ("tag", "labels"),
    [
        ("en", ["2026", "November 2026", "2 November 2026"]),
        ("fr", ["2026", "novembre 2026", "2 novembre 2026"]),
        ("de", ["2026", "November 2026", "2. November 2026"]),
        ("es", ["2026", "noviembre de 2026", "2 de noviembre de 2026"]),
        ("ar", ["2026", "نوفمبر 2026", "2 نوفمبر 2026"]),
    ],
)
def test_a_period_of_an_archive_is_named_in_the_language_of_its_page(tag: str, labels: list[str]) -> None:
    spoken = language.load(tag)
    assert [periods.label(each, spoken) for each in ("2026", "2026-11", "2026-11-02")] == labels


# What a language is


@pytest.mark.parametrize(
    ("tag", "direction", "name", "locale"),
    [
        ("en", "ltr", "English", "en_GB"),
        ("en-US", "ltr", "English (United States)", "en_US"),
        ("fr", "ltr", "Français", "fr_FR"),
        ("fr-CA", "ltr", "Français (Canada)", "fr_CA"),
        ("de", "ltr", "Deutsch", "de_DE"),
        ("es", "ltr", "Español", "es_ES"),
        ("ar", "rtl", "العربية", "ar_AR"),
        ("he", "rtl", "עברית", "he_IL"),
        ("fa", "rtl", "فارسی", "fa_IR"),
        ("ur", "rtl", "اردو", "ur_PK"),
        ("pt-BR", "ltr", "Português (Brasil)", "pt_BR"),
        ("zh-Hant", "ltr", "中文 (繁體)", "zh_TW"),
        ("tlh", "ltr", "tlh", "tlh"),
    ],
)
def test_a_language_knows_its_own_name_its_direction_and_its_country(
    tag: str, direction: str, name: str, locale: str
) -> None:
    found = language.load(tag)
    assert (found.tag, found.dir, found.name, found.locale) == (tag, direction, name, locale)


def test_a_language_that_nobody_knows_is_written_as_its_kin_or_else_as_english() -> None:
    assert language.load("de-1996").filters["date"](EVENING) == "22. November 2026"
    assert language.load("fr-XX").filters["date"](EVENING) == "22 novembre 2026"
    assert language.load("tlh").filters["date"](EVENING) == "22 November 2026"


# Words


def test_words_come_from_the_language_then_from_its_kin_then_are_english(tmp_path: Path) -> None:
    brazil = said("Shop", "Loja do Brasil")
    theme = theme_with(tmp_path, pt_BR=brazil, pt=said("Shop", "Loja") + said("News", "Notícias"))
    spoken = language.load("pt-BR", [theme])
    assert [spoken.gettext(each) for each in ("Shop", "News", "Topics")] == [
        "Loja do Brasil",
        "Notícias",
        "Topics",
    ]
    assert language.load("pt", [theme]).gettext("Shop") == "Loja"
    assert language.load("nl", [theme]).gettext("News") == "News"


def test_the_first_theme_that_has_a_message_says_it(tmp_path: Path) -> None:
    ours, below = tmp_path / "ours", tmp_path / "below"
    ours.mkdir()
    below.mkdir()
    theme_with(ours, fr=said("Shop", "Magasin"))
    theme_with(below, fr=said("Shop", "Boutique") + said("News", "Actualités"))
    spoken = language.load("fr", [ours, below])
    assert (spoken.gettext("Shop"), spoken.gettext("News")) == ("Magasin", "Actualités")


def test_a_theme_may_word_english_otherwise(tmp_path: Path) -> None:
    theme = theme_with(tmp_path, en=said("News", "From our desk"))
    assert language.load("en", [theme]).gettext("News") == "From our desk"
    assert language.load("en-GB", [theme]).gettext("News") == "From our desk"


def test_what_is_fuzzy_or_not_translated_is_english(tmp_path: Path) -> None:
    theme = theme_with(tmp_path, fr=f"#, fuzzy\n{said('News', 'Vieilles')}{said('Shop', '')}")
    spoken = language.load("fr", [theme])
    assert (spoken.gettext("News"), spoken.gettext("Shop")) == ("News", "Shop")


def test_a_word_may_be_several_by_its_context(tmp_path: Path) -> None:
    verb = f'msgctxt "verb"\n{said("Post", "Publier")}'
    theme = theme_with(tmp_path, fr=said("Post", "Publication") + verb)
    spoken = language.load("fr", [theme])
    assert (spoken.gettext("Post"), spoken.pgettext("verb", "Post")) == ("Publication", "Publier")
    assert spoken.pgettext("noun", "Post") == "Post"


def test_without_a_translation_plurals_are_english() -> None:
    spoken = language.load("fr")
    assert [spoken.ngettext("post", "posts", n) for n in (0, 1, 2)] == ["posts", "post", "posts"]


@pytest.mark.parametrize(
    ("tag", "forms"),
    [
        ("fr", {0: 0, 1: 0, 2: 1, 100: 1}),
        ("de", {0: 1, 1: 0, 2: 1, 100: 1}),
        ("es", {0: 1, 1: 0, 2: 1, 100: 1}),
        ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 101: 5, 102: 5, 103: 3, 111: 4}),
    ],
)
def test_each_number_has_the_form_that_its_language_asks_for(tag: str, forms: dict[int, int]) -> None:
    spoken = LANGUAGES[tag]
    plurals = [each for each in spoken.words.values() if len(each.forms) > 1]
    assert plurals, "no message with a number is translated"
    for each in plurals:
        assert len(each.forms) == max(forms.values()) + 1
        assert {number: each.plural(number) for number in forms} == forms


def test_templates_speak_the_language_and_escape_what_is_put_in(tmp_path: Path) -> None:
    plural = 'msgid "%(count)s post"\nmsgid_plural "%(count)s posts"\nmsgstr[0] "%(count)s article"\n'
    plural += 'msgstr[1] "%(count)s articles"\n\n'
    words = said("Follow <b>%(name)s</b> everywhere", "Suivez <b>%(name)s</b> partout")
    theme = theme_with(tmp_path, fr=plural + words)
    template = (
        "{% trans name=name %}\n  Follow <b>{{ name }}</b>\n  everywhere\n{% endtrans %}\n"
        '|{{ ngettext("%(count)s post", "%(count)s posts", n, count=n|number) }}'
        "|{% trans n=n, count=n|number %}{{ count }} post{% pluralize n %}{{ count }} posts{% endtrans %}"
    )
    page = rendered(template, "fr", [theme], name="<i>L&L</i>", n=1284)
    post = "1\u202f284 articles"
    assert page == f"Suivez <b>&lt;i&gt;L&amp;L&lt;/i&gt;</b> partout|{post}|{post}"


def test_a_message_that_a_template_says_wrongly_is_an_error_of_the_template() -> None:
    for template, complaint in (
        ('{{ _("On %(network)s") }}', "\"On %(network)s\" has no value for 'network'"),
        ('{{ _("On %(network)s", net="X") }}', "\"On %(network)s\" has no value for 'network'"),
        ('{{ _("100 % wool") }}', '"100 % wool": .* write %% for a %'),
    ):
        with pytest.raises(TemplateRuntimeError, match=complaint.replace("(", r"\(").replace(")", r"\)")):
            rendered(template, "fr")


# Catalogues that are wrong

IN = ", in the translation of"
STRAY = f'line 5: a "%" that is no placeholder; write %% for a %{IN}'
THREE_FORMS = 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "1"\nmsgstr[1] "2"\nmsgstr[2] "3"\n'


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("hello\n", 'line 5: not a line of a catalogue; texts stand in "…", a " in them as \\"'),
        ('msgid "News\nmsgstr "x"\n', 'line 5: not a line of a catalogue; texts stand in "…", a " in them as \\"'),
        ('msgid "News"\nmsgstr "a"b"\n', 'line 6: not a line of a catalogue; texts stand in "…", a " in them as \\"'),
        ('msgid "News"\n\nmsgid "x"\nmsgstr "y"\n', "line 5: missing msgstr for msgid 'News'"),
        (said("%(name)s", "À %(nom)s"), f'line 5: "%(nom)s" is unknown; it can be "%(name)s"{IN} "%(name)s"'),
        (said("%(name)s", "À lui"), f'line 5: "%(name)s" is missing{IN} "%(name)s"'),
        (said("%(name)s", "À %(name)"), f'{STRAY} "%(name)s"'),
        (said("News", "100 %"), f'{STRAY} "News"'),
        (said("<b>A</b>", "<i>A</b>"), f'line 5: its HTML is not that of the English message{IN} "<b>A</b>"'),
        (THREE_FORMS, "line 5: msg has more translations than num_plurals of catalog"),
    ],
)  # fmt: skip
def test_a_catalogue_that_is_wrong_is_said_with_its_line(tmp_path: Path, words: str, complaint: str) -> None:
    theme = theme_with(tmp_path, fr=words)
    with pytest.raises(ThemeError) as caught:
        language.load("fr", [theme])
    assert str(caught.value) == f"theme/translations/fr/LC_MESSAGES/hub.po {complaint}"
    assert catalogues.check(theme)[0] == str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        b'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=import os;\\n"\n',
        b'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=n/0;\\n"\n',
        b'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=1; plural=(n != 1);\\n"\n',
        b'msgid "News"\nmsgstr "Actualit\xe9s"\n',
    ],
)
def test_a_catalogue_with_a_wrong_head_is_said(tmp_path: Path, head: bytes) -> None:
    theme = theme_with(tmp_path, fr="")
    (theme / FOLDER / "fr" / FILE).write_bytes(head)
    with pytest.raises(ThemeError, match=r"^theme/translations/fr/LC_MESSAGES/hub\.po line 1: .* in UTF-8$"):
        language.load("fr", [theme])


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_a_catalogue_that_breaks_the_build_otherwise(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    theme = theme_with(tmp_path_factory.mktemp("theme"), fr="")
    path = theme / FOLDER / "fr" / FILE
    for content in (data, path.read_bytes() + data):
        path.write_bytes(content)
        try:
            language.load("fr", [theme]).gettext("News")
        except ThemeError as error:
            assert str(error).startswith("theme/translations/fr/LC_MESSAGES/hub.po line ")  # noqa: PT017 - it may pass, too


def test_a_plural_may_say_a_number_in_words_and_nothing_else_may_be_left_out() -> None:
    message = Message(
        ("%(count)s post of %(name)s", "%(count)s posts of %(name)s"),
        ("a post of %(name)s", "two posts"),
        lineno=3,
    )
    assert [*language.faults(message, 2)] == ['"%(name)s" is missing']


# The tool that keeps catalogues in step with templates


def test_a_new_language_begins_with_an_empty_file_and_gets_every_message(tmp_path: Path) -> None:
    theme = theme_with(tmp_path)
    (theme / "templates/a.html").write_text('{{ _("Look around") }}', encoding="utf-8")
    path = theme / FOLDER / "ar" / FILE
    path.parent.mkdir(parents=True)
    path.touch()
    assert catalogues.update(theme) == [path]
    written = path.read_text(encoding="utf-8")
    assert 'msgid "Look around"\nmsgstr ""\n' in written
    assert "#: templates/a.html\n" in written
    assert "nplurals=6" in written
    where = "theme/translations/ar/LC_MESSAGES/hub.po"
    assert f'{where}: "Look around" (templates/a.html) is not translated' in catalogues.check(theme)


def test_the_catalogue_says_nothing_of_when_where_and_by_whom(tmp_path: Path) -> None:
    theme = theme_with(tmp_path, fr="")
    catalogues.update(theme)
    written = (theme / FOLDER / "fr" / FILE).read_text(encoding="utf-8")
    assert not re.search(r"-Date|Generated|Translator|Team|:\d+$", written, re.MULTILINE)
    assert str(tmp_path) not in written
    assert catalogues.update(theme) == []


def test_what_changed_is_fuzzy_and_what_is_gone_goes(tmp_path: Path) -> None:
    words = said("Follow us everywhere you like", "Suivez-nous où vous voulez") + said("Zebra", "Zèbre")
    theme = theme_with(tmp_path, fr=words)
    (theme / "templates/a.html").write_text('{{ _("Follow us wherever you like") }}', encoding="utf-8")
    where = "theme/translations/fr/LC_MESSAGES/hub.po"
    assert f'{where}: "Zebra" is said nowhere any more; next: invoke translations' in catalogues.check(theme)
    catalogues.update(theme)
    assert "Zebra" not in (theme / FOLDER / "fr" / FILE).read_text(encoding="utf-8")
    problems = [each for each in catalogues.check(theme) if "a.html" in each]
    hint = "look at its translation and take the line with fuzzy out"
    assert problems == [f'{where}: "Follow us wherever you like" (templates/a.html) changed; {hint}']


def test_a_message_on_several_lines_is_found_as_templates_say_it(tmp_path: Path) -> None:
    theme = theme_with(tmp_path)
    text = "{% trans name=x %}\n  Follow {{ name }}\n  everywhere\n{% endtrans %}"
    (theme / "templates/a.html").write_text(text, encoding="utf-8")
    assert "Follow %(name)s everywhere" in catalogues.messages(theme)


def test_a_template_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    theme = theme_with(tmp_path)
    (theme / "templates/a.html").write_text("\n{% if %}", encoding="utf-8")
    with pytest.raises(ThemeError, match=r"^theme/templates/a\.html line 2: "):
        catalogues.messages(theme)


# The catalogues of our theme


def test_every_message_is_translated_into_every_language() -> None:
    assert {"ar", "de", "es", "fr"} <= set(TRANSLATED)
    assert catalogues.check(THEME) == []


class Words(HTMLParser):
    """What a page says in its own language: texts and the attributes that are read out, without what has a `lang`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.said += filter(None, (values.get(name) for name in ("aria-label", "title", "placeholder")))
        self.said += (text or "" for name, text in attributes if name.startswith("data-"))
        if tag not in {"img", "meta", "link", "br", "input", "source", "hr", "use"}:
            self._open.append((tag, ("lang" in values and tag != "html") or tag in {"script", "style"}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(is_apart for _, is_apart in self._open):
            self.said.append(" ".join(data.split()))


def test_no_word_of_ours_is_english_on_the_pages_of_another_language(
    larkwood: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    hub = copy_of(larkwood)
    spoken = config.read_settings(ROOT / "pelicanconf.py").get("HUB_LANGUAGES", ["en"])
    done = hub.build(HUB_LANGUAGES=",".join(dict.fromkeys([*spoken, "ar"])))
    assert done.returncode == 0, done.stderr
    words = LANGUAGES["ar"].words
    labels = set(
        re.findall(
            r'^label = "(.+)"', (hub.folder / "sources.toml").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    plain = {one for (_, one), each in words.items() if "%" not in one and each.forms[0] != one} - labels
    filled = [
        re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(one)) for _, one in words if "%" in one and "<" not in one
    ]
    english = re.compile("|".join(each for each in filled if re.search(r"[a-z]{3}", each)))
    pages = [path for folder in KINDS_OF_PAGES for path in sorted((hub.output / "ar").glob(folder))[:4]]
    assert len(pages) > 20
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert re.search(r'<html[^>]* lang="ar" dir="rtl"', html)
        left = [said for said in Words(html).said if said in plain or english.fullmatch(said)]
        assert not left, f"{page.relative_to(hub.output)}: {left}"


KINDS_OF_PAGES = (
    "index.html", "*/index.html", "archive/**/index.html", "kinds/*/index.html", "networks/*/index.html",
    "sources/*/index.html", "stores/*/index.html", "tags/*/index.html", "posts/*/index.html",
    "networks/*/*/index.html",
)  # fmt: skip


def test_names_of_networks_that_are_words_are_those_that_networks_have() -> None:
    known = {networks.name(name.lower()) for name in [*catalogues.NETWORKS, "Webmention"]}
    assert known == set(catalogues.NETWORKS)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_each_catalogue_is_written_as_the_tool_writes_it(tag: str, tmp_path: Path) -> None:
    path = THEME / FOLDER / tag / FILE
    catalogue = language.read(path)
    assert catalogue.locale == Locale.parse(tag)
    assert path.read_bytes() == catalogues.written(catalogue)


@pytest.mark.parametrize("tag", TRANSLATED)
def test_punctuation_is_that_of_the_language(tag: str) -> None:
    for (_, english), each in LANGUAGES[tag].words.items():
        for form in each.forms:
            assert form == form.strip(), form
            assert "..." not in form, form
            assert "'" not in re.sub(r"<[^>]*>", "", form), form
            assert '"' not in re.sub(r"<[^>]*>", "", form), form
            if tag == "fr":
                assert not re.search(
                    r"(?<![\u202f\xa0:/])[;!?»](?!\w)|(?<!\xa0):(?= |$)|«(?!\xa0|\u202f)", form
                ), form
            if tag == "es":
                assert form.count("¿") == form.count("?"), form
                assert form.count("¡") == form.count("!"), form
            if tag == "ar":
                assert not re.search(r"[,;?](?= |$)", form), form
            if tag in {"fr", "de", "es"} and english.endswith("."):
                assert form.endswith("."), form


def test_messages_of_the_program_are_written_whole_where_they_are_marked() -> None:
    """Of `gettext("a" if x else "b")` or of an f-string, the catalogues would get something that nobody says."""
    for path in sorted((ROOT / "plugins/forecourt/site").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in {"_", "gettext", "ngettext", "pgettext", "npgettext", "later", "_said"}:
                is_made_up = isinstance(call.args[0], ast.IfExp | ast.JoinedStr | ast.BinOp)
                assert not is_made_up, f"{path.name} line {call.lineno}"
