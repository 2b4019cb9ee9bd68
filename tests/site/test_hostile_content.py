"""Text of strangers through a full build, looked at in a real browser: nothing of it runs, and nobody is asked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from markupsafe import escape
from playwright.sync_api import Browser

from forecourt import text
from forecourt.policy import CSP
from tests.conftest import Hub, file_server
from tests.site.hostile import fill
from tests.site.vectors import COMMANDS, NAMES, VECTORS, gathered
from tests.site.visitor import careful_browser, visit

AT_ONCE = 300
"""Texts in one hub."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with careful_browser() as browser:
        yield browser


def pages(hub: Hub) -> list[str]:
    return sorted(page.relative_to(hub.output).as_posix() for page in hub.output.rglob("*.html"))


def raw(folder: Path, vectors: list[str], policy: str) -> list[str]:
    """A page for each text, as it would be if nobody cleaned: in the body, and where attributes stand."""
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    names = []
    for number, vector in enumerate(vectors):
        names.append(f"{number}.html")
        (folder / names[-1]).write_text(
            f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body><main>{vector}</main>"
            f'<a href="{vector}" title="{vector}">x</a><img alt=\'{vector}\' src="{vector}"><h1>{vector}</h1>',
            encoding="utf-8",
            errors="replace",
        )
    return names


@pytest.mark.promise(31, 33, 38)
def test_no_vector_runs_or_asks_anybody_whatever_field_it_came_in(
    tmp_path: Path,
    chromium: Browser,
    draw: Callable[[Hub], Hub],
    scale: Callable[[int, int], int],
    figure: Callable[[str], None],
) -> None:
    """Each in every field of a feed, of the three formats in turn, and of a post whose connector cleans nothing."""
    vectors = [*VECTORS, *gathered(scale(10, 10_000))]
    stored = looked = addresses = 0
    for start in range(0, len(vectors), AT_ONCE):
        some = vectors[start : start + AT_ONCE]
        hub = draw(Hub(tmp_path / str(start), "en"))
        here = fill(hub, {"rss": some[::3], "atom": some[1::3], "json": some[2::3], "careless": some})
        built = hub.build()
        assert built.returncode == 0, built.stderr
        assert len(list((hub.output / "posts").iterdir())) == here
        with file_server(hub.output) as address:
            seen = visit(chromium, hub.output, address, pages(hub))
        assert seen.loaded == seen.pages
        assert seen.ran == set()
        assert seen.asked == []
        assert seen.live == []
        assert seen.wrong == []
        stored, looked, addresses = stored + here, looked + seen.pages, addresses + seen.addresses
        shutil.rmtree(hub.folder)
    figure(
        f"0 of {len(vectors)} ran in {stored} posts on {looked} pages, 0 requests left, "
        f"{addresses} addresses without one that is none"
    )


@pytest.mark.promise(32)
def test_no_vector_runs_raw_under_our_policy_and_without_it_many_do(
    tmp_path: Path, chromium: Browser, scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    vectors = [*VECTORS, *gathered(scale(10, 10_000))]
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    with file_server(tmp_path / "with") as address:
        held = visit(chromium, tmp_path / "with", address, raw(tmp_path / "with", vectors, CSP))
    with file_server(tmp_path / "without") as address:
        bare = visit(chromium, tmp_path / "without", address, raw(tmp_path / "without", list(VECTORS), ""))

    assert held.ran == set()
    assert held.loaded > 0.9 * held.pages, "but for those that go elsewhere"
    assert len(bare.ran) > bare.pages / 2, "the browser tells"
    figure(f"0 of {held.pages} ran; without a policy {len(bare.ran)} of {bare.pages}")


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory, draw: Callable[[Hub], Hub]) -> Hub:
    """A hub of texts that programs take for commands, and of those that make bad names of files."""
    hub = draw(Hub(tmp_path_factory.mktemp("commanded"), "en"))
    texts = [*COMMANDS, *filter(None, NAMES)]
    fill(hub, {"rss": texts, "atom": texts, "json": texts, "careless": texts})
    built = hub.build()
    assert built.returncode == 0, built.stderr
    return hub


@pytest.mark.promise(36)
def test_text_of_strangers_is_no_command_to_any_program(
    commanded: Hub, figure: Callable[[str], None]
) -> None:
    whole = "".join((commanded.output / page).read_text(encoding="utf-8") for page in pages(commanded))
    shown = [line for command in COMMANDS for line in text.plain(command).splitlines() if line]

    assert not [line for line in shown if str(escape(line)) not in whole]
    said = "".join(
        (commanded.output / page).read_text(encoding="utf-8") for page in pages(commanded) if "posts/" in page
    )
    assert "49" not in text.plain(said).split(), "nobody reckoned"
    assert "root:" not in whole
    assert 'href="/pages/' not in whole
    figure(f"{len(COMMANDS)} of {len(COMMANDS)} commands are printed as they are")


@pytest.mark.promise(37)
def test_every_file_is_in_the_output_folder_under_a_name_that_every_system_takes(
    commanded: Hub, figure: Callable[[str], None]
) -> None:
    written = [path.relative_to(commanded.output) for path in commanded.output.rglob("*")]
    beside = {path.name for path in commanded.folder.iterdir()}
    names = {part for path in written for part in path.parts}

    assert beside <= {"output", "state", "sources.toml"}
    assert max(len(name.encode()) for name in names) <= 200
    assert not [name for name in names if re.search(r'[<>:"\\|?*\x00-\x1f\x7f\u202a-\u202e]|[. ]$|^-', name)]
    assert not [name for name in names if re.match(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", name)]
    assert len({str(path).casefold() for path in written}) == len(written)
    figure(f"0 of {len(written)} files outside, {max(len(name.encode()) for name in names)} bytes at most")


@pytest.mark.promise(39)
def test_a_hostile_card_leaves_its_neighbours_as_they_are(
    tmp_path: Path, chromium: Browser, draw: Callable[[Hub], Hub], figure: Callable[[str], None]
) -> None:
    words = "Quiet words of a neighbour"
    pile = "".join(chr(0x300 + number) for number in range(60)) + "\u20dd" * 20 + "\u0e47" * 60
    loud = (
        "\u202e\u2067"
        + "".join(f"{letter}{pile}" if letter.isalpha() else letter for letter in words)
        + "\x1b\x07"
    )
    seen = []
    for name, said in {"quiet": words, "loud": loud}.items():
        hub = draw(Hub(tmp_path / name, "en"))
        fill(hub, {"json": ["The first of them", said, "The last of them"]})
        assert hub.build().returncode == 0
        with file_server(hub.output) as address:
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/sources/json/", wait_until="networkidle")
            cards = [page.locator(".card").nth(number) for number in range(3)]
            seen.append([(card.bounding_box(), card.screenshot(animations="disabled")) for card in cards])
            page.close()
    (first, hostile, last), (first_again, hostile_again, last_again) = seen

    assert (first, last) == (first_again, last_again)
    assert hostile != hostile_again
    figure("0 pixels of the cards beside it changed")
