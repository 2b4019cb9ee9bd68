from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from forecourt.deploy.headers import cache_control, media_type
from forecourt.deploy.planning import plan
from forecourt.deploy.records import File, Release

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


def file(path: str, digest: str = "1") -> File:
    return File(path, digest, 1, media_type(path), cache_control(path))


def files(*paths: str, digest: str = "1") -> tuple[File, ...]:
    return tuple(file(path, digest) for path in sorted(paths))


def live(*paths: str) -> Release:
    return plan(files(*paths), None, (), NOW)[0]


def paths(stage: tuple[File, ...]) -> list[str]:
    return [each.path for each in stage]


def test_a_first_publish_sends_parts_then_pages_then_the_home_page_and_feeds() -> None:
    all_of_it = files("index.html", "a/index.html", "feed.xml", "sitemap.xml", "theme/a.css", "x.jpg")
    release, todo = plan(all_of_it, None, (), NOW)
    assert [*map(paths, todo.stages)] == [
        ["theme/a.css", "x.jpg"], ["a/index.html"], [], ["feed.xml", "index.html", "sitemap.xml"],
    ]  # fmt: skip
    assert (todo.going, todo.stale, todo.same) == ((), (), 0)
    assert release.files == all_of_it
    assert release.changed == (6, 0, 0)
    assert release.id.startswith("20261122T090000Z-")


def test_what_is_new_comes_before_what_leads_there() -> None:
    before = live(
        "index.html", "older/index.html", "feed.xml", "fr/index.html", "search/index/shards.json", "a.css"
    )
    new = files("new/index.html", "new/feed.xml", "x.jpg", "search/index/n/pagefind-entry.json")
    _, todo = plan(
        tuple(sorted([*(file(each.path, "2") for each in before.files), *new], key=lambda f: f.path)),
        before,
        (),
        LATER,
    )
    assert [*map(paths, todo.stages)] == [
        ["a.css", "search/index/n/pagefind-entry.json", "x.jpg"],
        ["new/feed.xml", "new/index.html"],
        ["older/index.html"],
        ["feed.xml", "fr/index.html", "index.html", "search/index/shards.json"],
    ]
    assert todo.stale == tuple(sorted(each.path for each in before.files))


def test_a_site_that_did_not_change_is_nothing_to_do() -> None:
    before = live("index.html", "x.jpg")
    release, todo = plan(before.files, before, (), LATER)
    assert todo.is_empty
    assert todo.same == 2
    assert (release.files, release.leaving) == (before.files, before.leaving)


def test_another_header_is_a_difference() -> None:
    before = live("x.jpg")
    _, todo = plan((File("x.jpg", "1", 1, "image/jpeg", "no-store"),), before, (), LATER)
    assert todo.sent == 1
    assert todo.stale == ("x.jpg",)


def test_parts_stay_for_a_day_and_pages_for_an_hour() -> None:
    before = live("a/index.html", "feed.xml", "index.html", "x.jpg")
    home = files("index.html")
    left, todo = plan(home, before, (), LATER)
    assert todo.is_empty
    assert left.leaving == dict.fromkeys(["a/index.html", "feed.xml", "x.jpg"], LATER)
    assert left.files == before.files
    assert left.changed == (0, 0, 3)
    hour, todo = plan(home, left, (), LATER + timedelta(hours=1))
    assert todo.going == todo.stale == ("a/index.html", "feed.xml")
    assert hour.leaving == {"x.jpg": LATER}
    assert hour.changed == (0, 0, 0)
    day, todo = plan(home, hour, (), LATER + timedelta(days=1))
    assert todo.going == ("x.jpg",)
    assert (day.files, day.leaving) == (home, {})


def test_a_file_that_comes_back_is_not_sent_and_no_longer_leaving() -> None:
    both = files("index.html", "x.jpg")
    left, _ = plan(files("index.html"), live("index.html", "x.jpg"), (), LATER)
    back, todo = plan(both, left, (), LATER)
    assert todo.is_empty
    assert back.leaving == {}
    assert back.files == both


def test_without_grace_all_that_left_goes_at_once() -> None:
    _, todo = plan(files("index.html"), live("index.html", "x.jpg"), (), LATER, timedelta(0))
    assert todo.going == ("x.jpg",)


def test_a_clock_that_was_set_back_does_not_keep_a_file_for_longer() -> None:
    left, _ = plan(files("index.html"), live("index.html", "x.jpg"), (), NOW + timedelta(days=400))
    now, _ = plan(files("index.html"), left, (), LATER)
    assert now.leaving == {"x.jpg": LATER}


def test_what_is_unsure_is_sent_again_and_removed_where_the_site_has_no_use_for_it() -> None:
    before = live("index.html", "x.jpg")
    _, todo = plan(before.files, before, {"x.jpg", "half.jpg"}, LATER)
    assert paths(todo.stages[0]) == ["x.jpg"]
    assert todo.going == ("half.jpg",)
    assert todo.stale == ("half.jpg", "x.jpg")


# A model of a site: pages that show parts and lead to pages, each part named by its content.

PAGE = st.tuples(st.frozensets(st.integers(0, 5), max_size=3), st.integers(0, 2))
OTHERS = ("a/index.html", "b/index.html", "c/index.html", "feed.xml")
SITES = st.lists(
    st.fixed_dictionaries({"index.html": PAGE}, optional=dict.fromkeys(OTHERS, PAGE)), min_size=1, max_size=5
)


def modelled(
    pages: dict[str, tuple[frozenset[int], int]],
) -> tuple[tuple[File, ...], dict[str, dict[str, set[str]]]]:
    """The files of a site, and of each version of a page the parts that it shows and the pages it leads to."""
    parts = {f"pictures/{number:024x}.webp" for shows, _ in pages.values() for number in shows}
    needs: dict[str, dict[str, set[str]]] = {}
    made = [file(part) for part in parts]
    for path, (shows, version) in pages.items():
        leads = {other for other in pages if other != path} if path in {"index.html", "feed.xml"} else set()
        digest = f"{sorted(shows)} {version} {sorted(leads)}"
        made.append(file(path, digest))
        needs[path] = {digest: {f"pictures/{number:024x}.webp" for number in shows} | leads}
    return tuple(sorted(made, key=lambda each: each.path)), needs


@given(SITES, st.data())
def test_whenever_it_is_broken_off_every_page_has_its_parts_and_no_link_leads_nowhere(
    sites: list[dict[str, tuple[frozenset[int], int]]], data: st.DataObject
) -> None:
    there: dict[str, str] = {}
    needs: dict[str, dict[str, set[str]]] = {}
    known: Release | None = None
    for number, pages in enumerate(sites):
        made, wants = modelled(pages)
        for path, versions in wants.items():
            needs.setdefault(path, {}).update(versions)
        release, todo = plan(made, known, (), NOW + timedelta(minutes=15 * number))
        before = {"index.html", *there}
        for stage in todo.stages:
            for each in data.draw(st.permutations(stage)):
                there[each.path] = each.digest
                if known:  # the first time nobody has been told where the site is
                    assert_whole(there, needs, before)
        for path in todo.going:
            del there[path]
        assert_whole(there, needs, set(there))
        assert there == {each.path: each.digest for each in release.files}
        assert {each.path for each in made} | set(release.leaving) == set(there)
        known = release


def assert_whole(there: dict[str, str], needs: dict[str, dict[str, set[str]]], known: set[str]) -> None:
    """Nothing is missing where a visitor comes from what he may know: what was there, and the home page."""
    ahead, seen = [path for path in known if path in there], set()
    while ahead:
        path = ahead.pop()
        if path in seen or path.startswith("pictures/"):
            continue
        seen.add(path)
        wanted = needs[path][there[path]]
        assert wanted <= there.keys(), path
        ahead += wanted


@given(SITES)
def test_a_plan_sends_exactly_what_differs(sites: list[dict[str, tuple[frozenset[int], int]]]) -> None:
    known = None
    for number, pages in enumerate(sites):
        made, _ = modelled(pages)
        was: set[File] = set(known.files) if known else set()
        release, todo = plan(made, known, (), NOW + timedelta(minutes=15 * number))
        assert {each for stage in todo.stages for each in stage} == set(made) - was
        assert todo.same == len(made) - todo.sent
        assert list(release.files) == sorted(release.files, key=lambda each: each.path)
        known = release
