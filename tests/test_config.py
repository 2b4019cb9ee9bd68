from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forecourt import accounts, config
from forecourt.errors import SettingsError

GOOD = """\
[[source]]
name = "blog"
connector = "feed"
url = "https://blog.example/feed"
"""


def load(folder: Path, toml: str, settings: Mapping[str, Any] = {}, **environ: str) -> config.Config:
    (folder / "content").mkdir(exist_ok=True)
    (folder / "content/sources.toml").write_text(toml, encoding="utf-8")
    return config.load(settings, folder, environ)


def problems(folder: Path, toml: str, settings: Mapping[str, Any] = {}, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        accounts.link(load(folder, toml, settings, **environ), environ)
    return error.value.problems


def test_four_lines_link_an_account(tmp_path: Path) -> None:
    (account,) = accounts.link(load(tmp_path, GOOD), {})

    assert account.name == "blog"
    assert account.source.label == "blog"
    assert account.connector.network == "blog"


def test_every_setting_can_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(GOOD.replace('"blog"', '"other"'), encoding="utf-8")
    found = load(
        tmp_path,
        GOOD,
        {"HUB_BRAND": {"name": "Larkwood", "tagline": "Homes"}, "HUB_STATE": ".hub"},
        HUB_SOURCES=str(tmp_path / "other.toml"),
        HUB_STATE="elsewhere",
        HUB_ADDRESS="https://hub.example/",
        HUB_ALLOW_PRIVATE="127.0.0.0/8, ::1/128",
        HUB_BRAND='{"name": "Other"}',
        HUB_INDEX_POSTS="yes",
    )

    assert [source.name for source in found.sources] == ["other"]
    assert found.state == tmp_path / "elsewhere"
    assert found.address == "https://hub.example"
    assert [str(network) for network in found.allow_private] == ["127.0.0.0/8", "::1/128"]
    assert (found.brand.name, found.brand.tagline) == ("Other", "Homes")
    assert found.index_posts


def test_a_wrong_setting_is_named_with_the_nearest_right_one(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD, {"HUB_STAT": "x"}) == (
        'pelicanconf.py: "HUB_STAT" is not a setting; did you mean "HUB_STATE"?',
    )


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"HUB_BRAND": {"nane": "Larkwood"}}, 'HUB_BRAND: "nane" is not known; did you mean "name"?'),
        (
            {"HUB_BRAND": {"colours": {"brand": "red; } body { display: none"}}},
            "brand of colours cannot be",
        ),
        ({"HUB_BRAND": {"logo": "images/none.svg"}}, 'logo "images/none.svg" is not a file in content/'),
        ({"HUB_BRAND": {"radius": "huge"}}, 'radius "huge" is not a length'),
        ({"HUB_BRAND": {"links": ["Shop"]}}, "each of links is a pair"),
        ({"HUB_ALLOW_PRIVATE": "localhost"}, '"localhost" is not a network; write it as 127.0.0.0/8'),
        ({"HUB_ADDRESS": "hub.example"}, '"hub.example" is not a web address'),
        ({"HUB_INDEX_POSTS": "maybe"}, '"maybe" is neither true nor false'),
        ({"DEFAULT_LANG": "english"}, '"english" is not a language; write it as en, fr or pt-BR'),
        ({"TIMEZONE": "Europe/Pariss"}, 'did you mean "Europe/Paris"?'),
    ],
)
def test_a_wrong_value_is_said_in_a_sentence(tmp_path: Path, settings: dict[str, Any], wrong: str) -> None:
    (problem,) = problems(tmp_path, GOOD, settings)

    assert wrong in problem


def test_everything_wrong_in_the_accounts_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    assert problems(
        tmp_path,
        """\
[[source]]
name = "blog"
conector = "feed"
url = "https://blog.example/feed"

[[source]]
name = "Blog Two"
connector = "fead"

[[source]]
name = "three"
connector = "feed"
ulr = "https://three.example/feed"
moderation = "holt"
token = "abc"
""",
    ) == (
        (
            'content/sources.toml line 7: name "Blog Two" must be small letters, digits and hyphens, '
            'such as "larkwood-blog"; it is part of the address'
        ),
        'content/sources.toml line 14: moderation "holt" is not known; did you mean "hold"?',
        'content/sources.toml line 3: "conector" is not known; did you mean "connector"?',
        'content/sources.toml line 8: connector "fead" is not known; did you mean "feed"?',
        'content/sources.toml line 13: "ulr" is not an option of feed; did you mean "url"?',
        (
            "content/sources.toml line 15: token must name a variable of the environment in capitals, as in "
            'token = "env:MY_TOKEN"; a secret is never written here'
        ),
        'content/sources.toml line 10: "three" needs url = "…" for connector feed',
    )


def test_a_day_is_written_as_a_day_or_in_quotes(tmp_path: Path) -> None:
    (source,) = load(tmp_path, GOOD + 'trust = 2026-11-22\ndistrust = "2026-11-21"\n').sources

    assert (source.trust, source.distrust) == (date(2026, 11, 22), date(2026, 11, 21))


@pytest.mark.parametrize(
    "said", ["true", '"yes"', '"22.11.2026"', "20261122", "2026-11-22T09:00:00Z", "[]", '""']
)
@pytest.mark.parametrize("key", ["trust", "distrust"])
def test_what_is_no_day_is_said_with_its_line(tmp_path: Path, key: str, said: str) -> None:
    assert problems(tmp_path, f"{GOOD}{key} = {said}\n") == (
        f"content/sources.toml line 5: {key} must be a day, such as {key} = 2026-11-22",
    )


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD + GOOD) == (
        'content/sources.toml line 6: the name "blog" is taken by the source of line 1',
    )


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        ("[[source]]\nname = blog\n", "content/sources.toml line 2: "),
        ("[[source]\nname = 'x'\n", "content/sources.toml line 1: "),
        ("[source]\nname = 'x'\n", "write [[source]] with two brackets"),
        ("[[sauce]]\nname = 'x'\n", '"sauce" is not known; each account stands under [[source]]'),
        ('[[source]]\nname = "x"\nconnector = "feed"\nurl = 3\n', "line 4: url must be text in quotes"),
        (
            '[[source]]\nname = "x"\nconnector = "feed"\nurl = "blog.example"\n',
            "url must be the full address",
        ),
    ],
)
def test_malformed_accounts_are_one_line_each(tmp_path: Path, toml: str, wrong: str) -> None:
    found = problems(tmp_path, toml)

    assert len(found) == 1
    assert wrong in found[0]
    assert "\n" not in found[0]


def test_missing_accounts_say_where_they_are_looked_for(tmp_path: Path) -> None:
    (problem,) = config.load({}, tmp_path, {}).problems

    assert problem == "content/sources.toml does not exist; HUB_SOURCES says where the linked accounts are"


def test_a_missing_secret_is_named_and_stops_nothing(tmp_path: Path) -> None:
    toml = GOOD + 'token = "env:BLOG_TOKEN"\n'
    (account,) = accounts.link(load(tmp_path, toml), {})
    (for_a_build,) = accounts.link(load(tmp_path, toml), {}, secrets=False)

    assert (account.missing, for_a_build.missing) == (("BLOG_TOKEN",), ())
    assert account.renewal == "put it there (docs/networks.md#feed says where to get it)"


def test_an_account_is_switched_off_and_on(tmp_path: Path) -> None:
    (off,) = accounts.link(load(tmp_path, GOOD + "enabled = false\n"), {})
    (on,) = accounts.link(load(tmp_path, GOOD + "enabled = true\n"), {})

    assert (off.enabled, on.enabled) == (False, True)
    assert problems(tmp_path, GOOD + 'enabled = "false"\n') == (
        "content/sources.toml line 5: enabled must be true or false, without quotes",
    )


def test_a_secret_never_prints(tmp_path: Path) -> None:
    environ = {"BLOG_TOKEN": "hush-hush"}
    (account,) = accounts.link(load(tmp_path, GOOD + 'token = "env:BLOG_TOKEN"\n'), environ)

    assert "hush-hush" not in f"{account!r} {account} {account.asked()}"


def test_a_moment_without_a_zone_is_utc_and_nonsense_is_refused() -> None:
    moment = config.moment({"HUB_NOW": "2026-12-01T09:00"})

    assert moment is not None
    assert moment.isoformat() == "2026-12-01T09:00:00+00:00"
    with pytest.raises(SettingsError, match="is not a moment"):
        config.moment({"HUB_NOW": "next week"})


def test_a_secret_with_a_line_end_is_taken_without_it_and_one_with_odd_signs_is_none(
    tmp_path: Path,
) -> None:
    toml = GOOD + 'token = "env:BLOG_TOKEN"\n'
    environ = {"BLOG_TOKEN": "abc\n"}
    (account,) = accounts.link(load(tmp_path, toml), environ)

    assert dataclasses.asdict(account.connector)["token"].reveal() == "abc"
    for odd in ("a\nb", "caf\u00e9", '"abc"'):
        (account,) = accounts.link(load(tmp_path, toml), {"BLOG_TOKEN": odd})
        assert account.missing == (
            "BLOG_TOKEN that is a token: quotes, blanks or letters came along when it was copied",
        )


@pytest.mark.parametrize(
    "said", ["env:EAAGm0PX4ZCpsBAExampleLongToken", "env:MY TOKEN", "env:my_token", "EAAGm0PX4ZC"]
)
def test_a_secret_that_is_written_into_the_file_is_refused_and_not_repeated(
    tmp_path: Path, said: str
) -> None:
    (problem,) = problems(tmp_path, GOOD + f'token = "{said}"\n')

    assert problem == (
        "content/sources.toml line 5: token must name a variable of the environment in capitals, as in "
        'token = "env:MY_TOKEN"; a secret is never written here'
    )


def a_theme(folder: Path, toml: str) -> config.Config:
    (folder / "theme").mkdir()
    (folder / "theme/theme.toml").write_text(toml, encoding="utf-8")
    return load(folder, GOOD)


def test_a_theme_asks_for_the_widths_of_pictures(tmp_path: Path) -> None:
    found = a_theme(tmp_path, "[pictures]\nwidths = [960, 480]\navatars = 96\n")

    assert found.problems == ()
    assert found.theme == config.Theme((480, 960), 96)
    assert found.theme.made == (96, 480, 960)


def test_a_theme_that_asks_for_nothing_gets_what_suits_most(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).theme == config.Theme((320, 640, 1280), 160)


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        (
            "[pictures]\nwidth = [320]",
            'theme/theme.toml: "width" is not known in [pictures]; did you mean "widths"?',
        ),
        ("[picture]\nwidths = [320]", 'theme/theme.toml: "picture" is not known; did you mean "pictures"?'),
        (
            "[pictures]\nwidths = 320",
            "theme/theme.toml: widths must be up to 6 numbers of pixels from 16 to 2560, such as [320, 640, 1280]",
        ),
        (
            "[pictures]\nwidths = [320, 9000]",
            "theme/theme.toml: widths must be up to 6 numbers of pixels from 16 to 2560, such as [320, 640, 1280]",
        ),
        (
            '[pictures]\navatars = "160"',
            "theme/theme.toml: avatars must be a number of pixels from 16 to 2560, such as 160",
        ),
        ("pictures = 1", "theme/theme.toml: pictures is a table; begin it with [pictures]"),
        (
            "[pictures",
            "theme/theme.toml: Expected ']' at the end of a table declaration (at end of document)",
        ),
    ],
)
def test_a_wrong_wish_of_the_theme_is_said_in_a_sentence(tmp_path: Path, toml: str, wrong: str) -> None:
    assert a_theme(tmp_path, toml).problems == (wrong,)


def test_what_must_be_text_is_text(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD + 'label = 5\nstore = ["x"]\n') == (
        'content/sources.toml line 5: label must be text in quotes, such as "lyon"',
        'content/sources.toml line 6: store must be text in quotes, such as "lyon"',
    )
