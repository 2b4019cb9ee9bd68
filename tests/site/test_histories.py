"""Whatever happens to a hub, a build of what changed makes what a build from nothing would make."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecourt.model import Author
from forecourt.site import crew
from tests.conftest import NOW
from tests.site.workbench import (
    SOURCES,
    TAGS,
    TEMPLATES,
    Killed,
    Workbench,
    article,
    killed_at,
    pictured,
    post,
    small_pages,
)

numbers = st.integers(0, 12)
sources = st.sampled_from(SOURCES)
tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple)
moments = st.integers(-40, 70).map(lambda days: NOW - timedelta(days=days, hours=days % 5))
ends = st.none() | st.integers(1, 60).map(lambda hours: NOW + timedelta(hours=hours))
urls = st.sampled_from(["https://pictures.example/1", "https://pictures.example/2"])


def said(work: Workbench, number: int, source: str, values: dict[str, object]) -> None:
    work.say(post(number, source, **values))


def renamed(work: Workbench, number: int, source: str) -> None:
    """A post comes under another id, and is known again by its address."""
    known = work.posts.get(f"{source}:{number}")
    if known:
        work.say(replace(known, id=f"{known.id}-again"))


def gone(work: Workbench, number: int, source: str) -> None:
    work.take_back(post(number, source))


def ruled(work: Workbench, source: str, moderation: str) -> None:
    if source in work.accounts:
        work.accounts[source]["moderation"] = moderation


def labelled(work: Workbench, source: str, label: str) -> None:
    if source in work.accounts:
        work.accounts[source]["label"] = label


def linked(work: Workbench, source: str) -> None:
    if source not in work.accounts:
        work.accounts[source] = {"label": source.title(), "moderation": "publish"}
    elif len(work.accounts) > 1:
        del work.accounts[source]


def moved(work: Workbench, source: str, store: str) -> None:
    if source in work.accounts:
        work.accounts[source] = {**work.accounts[source], "store": store}


def spoken(work: Workbench, languages: list[str]) -> None:
    work.languages = languages


def translated(work: Workbench, number: int, values: dict[str, object]) -> None:
    """An article in French beside the English one of that number, each leading to the other."""
    path = f"news/{number}/fr/"
    there = work.editorials.get(f"news/{number}.md")
    file = f"{path}index.html"
    known = (there.file,) if there else ()
    made = replace(article(number, **values), source=f"news/{number}.fr.md", path=path, file=file, lang="fr")
    work.edit(replace(made, translations=known))
    if there:
        work.edit(replace(there, translations=(file,)))


def later(work: Workbench, hours: int) -> None:
    work.now += timedelta(hours=hours)


def themed(work: Workbench, name: str, text: str) -> None:
    work.retouch(name, text)


def branded(work: Workbench, what: str, value: str) -> None:
    work.brand[what] = {"brand": value} if what == "colours" else value


def written(work: Workbench, number: int, values: dict[str, object]) -> None:
    work.edit(article(number, **values))


def styled(work: Workbench, name: str, text: str) -> None:
    (work.folder / "theme/static" / name).write_text(text)


def unwritten(work: Workbench, number: int) -> None:
    work.editorials.pop(f"news/{number}.md", None)
    work.write_editorials()


events = st.one_of(
    st.tuples(
        st.just(said), numbers, sources,
        st.fixed_dictionaries(
            {"tags": tags, "published": moments},
            optional={"display_until": ends, "title": st.sampled_from(["One", "Two"]), "media": urls.map(pictured),
                      "author": urls.map(lambda url: Author("Ann", avatar=url))},
        ),
    ),
    st.tuples(st.just(renamed), numbers, sources),
    st.tuples(st.just(gone), numbers, sources),
    st.tuples(st.just(ruled), sources, st.sampled_from(["hold", "publish"])),
    st.tuples(st.just(labelled), sources, st.sampled_from(["A", "B"])),
    st.tuples(st.just(linked), sources),
    st.tuples(st.just(later), st.integers(1, 600)),
    st.tuples(st.just(Workbench.bury)),
    st.tuples(st.just(Workbench.picture), urls, st.sampled_from(["a/one", "b/two"])),
    st.tuples(st.just(themed), st.sampled_from(sorted(TEMPLATES)), st.sampled_from(["!", "?"])),
    st.tuples(st.just(branded), st.sampled_from(["tagline", "colours"]), st.sampled_from(["#111111", "#222222"])),
    st.tuples(
        st.just(written), st.integers(0, 3),
        st.fixed_dictionaries(
            {"tags": tags},
            optional={
                "published": moments, "pinned": st.booleans(), "title": st.sampled_from(["New", "Newer"]),
                "status": st.sampled_from(["published", "draft", "hidden"]), "is_article": st.booleans(),
                "template": st.sampled_from(["article", "campaign"]),
            },
        ),
    ),
    st.tuples(st.just(translated), st.integers(0, 3), st.fixed_dictionaries({"tags": tags, "published": moments})),
    st.tuples(st.just(moved), sources, st.sampled_from(["lyon", "bilbao"])),
    st.tuples(st.just(Workbench.reach), sources, st.sampled_from([0, 3])),
    st.tuples(st.just(spoken), st.sampled_from([["en"], ["en", "fr"], ["fr", "en", "ar"]])),
    st.tuples(st.just(unwritten), st.integers(0, 3)),
    st.tuples(st.just(styled), st.sampled_from(["a.css", "b.css"]), st.sampled_from(["one", "two"])),
)  # fmt: skip

first: list[tuple[object, ...]] = [(said, number, source, {"tags": ("Oak",) if number % 2 else ("Linen",)})
         for source in SOURCES for number in range(0, 60, 9)]  # fmt: skip


def happens(work: Workbench, event: tuple[object, ...]) -> None:
    what, *values = event
    what(work, *values)  # type: ignore[operator]  # each event begins with its function


History = list[tuple[list[tuple[object, ...]], int | None]]
histories: st.SearchStrategy[History] = st.lists(
    st.tuples(st.lists(events, min_size=1, max_size=4), st.none() | st.integers(0, 60)), max_size=6
)


def test_a_build_of_what_changed_makes_what_a_build_from_nothing_makes(
    scale: Callable[[int, int], int],
) -> None:
    """Five histories every day, a hundred with --thorough."""

    @given(histories)
    @settings(
        max_examples=scale(5, 100),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
    )
    def comes_true(history: History) -> None:
        live(history)

    comes_true()


def live(history: History) -> None:
    """Let it all happen to a hub, and check after each build."""
    folder = Path(tempfile.mkdtemp())
    try:
        with small_pages():
            work = Workbench(folder, search=True)
            for event in first:
                happens(work, event)
            work.check()
            for changes, killed in history:
                for event in changes:
                    happens(work, event)
                if killed is not None:
                    with killed_at(killed), suppress(Killed):
                        work.build()
                else:
                    work.check()
            work.check()
    finally:
        shutil.rmtree(folder)


def test_what_was_about_to_be_removed_when_a_build_was_killed_is_no_page(
    tmp_path: Path, scale: Callable[[int, int], int]
) -> None:
    """Killed at every third step every day, at each with --thorough."""
    with small_pages():
        work = Workbench(tmp_path)
        for event in first:
            happens(work, event)
        work.build()
        for step in range(0, 60, scale(3, 1)):
            happens(work, (gone, 9 * (step % 7), SOURCES[step // 3 % 3]))
            with killed_at(step), suppress(Killed):
                work.build()
            happens(work, (themed, "base.html", "!" * step))
            work.check()


def test_as_many_processes_make_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "MANY", 5)
    monkeypatch.setattr(crew, "_LOAD", 7)
    with small_pages():
        work = Workbench(tmp_path)
        for event in first:
            happens(work, event)
        work.build(cores=1)
        for cores in (2, 3):
            other = tmp_path / f"with-{cores}"
            report = work.build(output=other, cores=cores, full=True)
            assert work.files(other) == work.files()
            assert report.written == len(work.files())
