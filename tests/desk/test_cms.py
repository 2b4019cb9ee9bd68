"""What the editor in the browser is told of our files, and that it may ask the repository's host alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from livereload.server import HEAD_END

from bench.cms_package import CMS, PackageError, check, patched
from forecourt import config
from forecourt.config.admin import Host, read_host
from forecourt.desk import cms
from forecourt.desk.cms import Setup
from forecourt.desk.schema import KINDS
from forecourt.errors import OutputError
from forecourt.site import admin

LARKWOOD = Host("gitea", "https://git.larkwood.example", "larkwood/hub", "live")
SETUP = Setup(
    LARKWOOD, "Larkwood", "https://hub.larkwood.example", timezone="Europe/Paris", sources=("b", "a")
)
FONT = "https://fonts.example/x.woff2"


def told(setup: Setup = SETUP) -> Any:  # Any: JSON
    return json.loads(cms.configuration(setup))["config"]


def fields_of(folder: str) -> dict[str, Any]:
    [collection] = [each for each in told()["collections"] if each["name"] == folder]
    return {field["name"]: field for field in collection["fields"]}


# What it edits.


def test_every_kind_of_file_can_be_edited_and_so_can_the_rules() -> None:
    folders = [each.get("folder") or each["files"][0]["file"] for each in told()["collections"]]
    assert folders == [*(f"content/{kind.folder}" for kind in KINDS), "content/rules.toml"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_a_form_has_the_fields_that_the_check_knows_in_their_order_and_the_text(kind: Any) -> None:
    left = {"category", "keywords", "description", "template", "save_as", "url"}
    text = ["body"] if kind.has_text else []
    assert [*fields_of(kind.folder)] == [*(name for name in kind.names if name not in left), *text]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_what_the_check_wants_the_form_wants(kind: Any) -> None:
    wanted = {name for name, field in fields_of(kind.folder).items() if field["required"]}
    assert wanted == {field.name for field in kind.fields if field.required}


PATTERNED = [
    (fields_of(kind.folder)[field.name]["pattern"], field.example)
    for kind in KINDS
    for field in kind.fields
    if "pattern" in fields_of(kind.folder).get(field.name, {})
]


@pytest.mark.parametrize(("pattern", "example"), PATTERNED, ids=[example for _, example in PATTERNED])
def test_the_example_of_a_field_may_be_typed_into_it(pattern: list[str], example: str) -> None:
    assert re.search(pattern[0], example)
    assert pattern[1] == f"write it as {example}"


@pytest.mark.parametrize(
    "typed", ["2026-11-27 09:00", "2026-11-27", "2026-11-27T09:00+01:00", "2026-11-27 9:00 CET"]
)
def test_a_moment_may_be_typed_as_in_a_file(typed: str) -> None:
    assert re.search(fields_of("campaigns")["start"]["pattern"][0], typed)


@pytest.mark.parametrize("typed", ["27/11/2026", "tomorrow", "2026-11-27 at nine"])
def test_what_is_no_moment_is_refused_while_one_types(typed: str) -> None:
    pattern, said = fields_of("campaigns")["start"]["pattern"]
    assert not re.search(pattern, typed)
    assert said == "write it as 2026-11-27 09:00"


def test_accounts_are_chosen_and_not_typed() -> None:
    channels = fields_of("campaigns")["channels"]
    assert (channels["options"], channels["multiple"]) == (["a", "b"], True)


def test_a_switch_stands_as_it_is_without_its_line() -> None:
    campaign, news = fields_of("campaigns"), fields_of("news")
    assert (campaign["banner"]["default"], news["pinned"]["default"]) == (True, False)
    assert news["pinned"]["hint"] == "Keeps it first on the home page"


def test_dates_of_news_are_chosen_in_the_zone_of_the_hub() -> None:
    assert fields_of("news")["date"]["input_timezone"] == "Europe/Paris"


# Whom it asks.


def test_the_files_are_asked_of_the_host_of_the_repository() -> None:
    assert told()["backend"] == {
        "name": "gitea",
        "repo": "larkwood/hub",
        "branch": "live",
        "auth_methods": ["token"],
        "base_url": "https://git.larkwood.example",
        "api_root": "https://git.larkwood.example/api/v1",
    }


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        (Host(), set()),
        (LARKWOOD, {"https://git.larkwood.example"}),
        (
            Host("github", "https://github.com", "a/b"),
            {"https://api.github.com", "https://avatars.githubusercontent.com"},
        ),
        (Host("gitlab", "https://gitlab.com", "a/b/c"), {"https://gitlab.com"}),
    ],
    ids=lambda value: getattr(value, "backend", ""),
)
def test_the_page_may_ask_that_host_and_no_other(host: Host, asked: set[str]) -> None:
    policy = cms.policy(host)
    assert set(re.findall(r"https?://[^\s;]+", policy)) == asked
    assert "script-src 'self';" in policy
    assert "default-src 'none';" in policy


def test_the_page_is_not_to_be_found_and_loads_only_what_lies_beside_it() -> None:
    page = cms.page(Setup(Host(), 'Lark & "Wood"'))
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"data:,", "desk.css", "desk.js"}
    assert "<title>Lark &amp; &quot;Wood&quot;</title>" in page


def test_a_build_does_not_reload_the_page_under_somebody_who_types() -> None:
    assert HEAD_END not in cms.page(SETUP).encode()


# HUB_ADMIN.


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("", None),
        (None, None),
        ("local", Host()),
        ("https://github.com/larkwood/hub", Host("github", "https://github.com", "larkwood/hub")),
        ("https://gitlab.com/a/b/hub.git#live", Host("gitlab", "https://gitlab.com", "a/b/hub", "live")),
        ("https://codeberg.org/larkwood/hub/", Host("gitea", "https://codeberg.org", "larkwood/hub")),
        ("gitlab https://Git.larkwood.example/a/b", Host("gitlab", "https://git.larkwood.example", "a/b")),
        ("gitea http://localhost:3000/a/b#x/y", Host("gitea", "http://localhost:3000", "a/b", "x/y")),
    ],
)
def test_the_setting_is_the_address_of_the_repository(value: str | None, host: Host | None) -> None:
    problems: list[str] = []
    assert (read_host(value, problems), problems) == (host, [])


NONE = '"{}" is not the address of a repository; write it as https://github.com/larkwood/hub, or local'


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("yes", NONE),
        ("https://github.com/larkwood", NONE),
        ("http://github.com/larkwood/hub", NONE),
        ("https://token@github.com/larkwood/hub", NONE),
        ("https://git.example; script-src */a/b", NONE),
        ("https://git.example/a/b?x", NONE),
        ("https://github.com/a/b#x y", NONE),
    ],
)
def test_what_is_no_repository_is_said(value: str, problem: str) -> None:
    problems: list[str] = []
    assert read_host(value, problems) is None
    assert problems == [f"HUB_ADMIN: {problem.format(value)}"]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("https://git.example/a/b", "write it as gitea https://git.example/a/b"),
        ("gitae https://git.example/a/b", 'did you mean "gitea"?'),
    ],
)
def test_of_a_host_of_ones_own_is_said_what_it_runs(value: str, hint: str) -> None:
    problems: list[str] = []
    assert read_host(value, problems) is None
    assert problems == [f"HUB_ADMIN does not say what https://git.example runs; {hint}"]


# In the site.


def test_it_is_not_in_the_site_unless_somebody_asks_for_it(tmp_path: Path) -> None:
    assert admin.files(config.load({}, tmp_path, {}), None) == {}


def test_without_its_program_the_build_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"the editor is not in .*; run: invoke admin --install"):
        admin.files(config.load({}, tmp_path, {}), Host())


def test_with_its_program_it_is_a_handful_of_files(tmp_path: Path) -> None:
    hub = config.load({}, tmp_path, {})
    folder = admin.program_folder(hub.state)
    folder.mkdir(parents=True)
    for name in admin.PROGRAM:
        (folder / name).write_text(name, encoding="utf-8")

    found = admin.files(hub, Host())

    assert {*found} == {
        *(f"admin/{name}" for name in admin.PROGRAM),
        *(f"admin/{name}" for name in ("index.html", "desk.json", "desk.js", "heads.js", "desk.css")),
    }
    assert found["admin/cms.js"] == b"cms.js"


# Its program.

WORDS = ",x=`${iP}@${rP}/locales`,"


def face(font: str) -> str:
    return f"\n  /* https://fontsource.org/fonts/{font}/cdn */\n  @font-face {{font-family:'X';src:url({FONT})\n;}}"


def test_the_icons_come_from_beside_it_and_no_other_font_is_asked_for() -> None:
    faces = "".join(map(face, ("source-sans-3", "noto-mono", "material-symbols-outlined")))
    made = patched(f"before`{faces}`{WORDS}after\n//# sourceMappingURL=x.map")
    assert FONT not in made
    assert made.count("@font-face") == made.count("url(icons.woff2)") == 1
    assert (made[:7], made[-7:]) == ("before`", ",after\n")


def test_its_words_come_from_beside_it_too() -> None:
    faces = "".join(map(face, ("source-sans-3", "noto-mono", "material-symbols-outlined")))
    assert patched(f"{faces}{WORDS}").endswith(",x=`locales`,")
    with pytest.raises(PackageError, match="does not load its words from where it did"):
        patched(faces)


@pytest.mark.parametrize(
    "fonts", [(), ("source-sans-3", "noto-mono", "material-symbols-outlined", "new-font")]
)
def test_a_program_with_other_fonts_than_are_known_is_not_installed(fonts: tuple[str, ...]) -> None:
    with pytest.raises(PackageError, match="the editor loads the fonts"):
        patched("".join(map(face, fonts)))


def test_another_archive_than_was_looked_at_is_not_installed() -> None:
    with pytest.raises(PackageError, match="is not the archive that was looked at"):
        check(CMS, b"another")
