"""What is compared with the live site, and how objections are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from forecourt.deploy.guard import CHECKS, Objection, as_json, counts, lines, refuse, remaining
from forecourt.deploy.records import Release
from forecourt.errors import SettingsError, Unsafe
from tests.conftest import NOW
from tests.deploy.guard.sites import Site, page


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def checks(found: tuple[Objection, ...]) -> set[str]:
    return {one.check for one in found}


def live(site: Site, **said: int) -> Release:
    """The live site, with other numbers."""
    release = site.release()
    return msgspec.structs.replace(release, counts={**release.counts, **said})


@pytest.mark.parametrize("what", ["posts", "pages"])
def test_a_site_that_shrank_is_refused_and_one_that_lost_a_few_is_not(site: Site, what: str) -> None:
    now = site.release().counts[what]
    assert site.objections(live(site, **{what: now + 5})) == ()
    found = site.objections(live(site, **{what: now + 6}))
    assert checks(found) == {f"fewer-{what}"}
    assert f"{now + 6} are live" in found[0].words
    assert site.objections(live(site, **{what: now + 6}), fall=0.5) == ()
    assert site.objections(live(site, **{what: now + 6}), few=6) == ()


def test_a_tiny_site_may_lose_a_post_but_not_the_last(tmp_path: Path) -> None:
    site = Site(tmp_path, posts=1)
    assert site.objections(live(site, posts=3)) == ()
    before = live(site)
    for key in ("m0", "b0"):
        site.write(f"posts/{key}/index.html", (site.output / "posts/merged/index.html").read_bytes())
    assert "fewer-posts" in checks(site.objections(before))


def test_a_network_that_is_empty_now_is_refused(site: Site) -> None:
    before = site.release()
    assert before.counts == {"pages": 14, "posts": 8, "network/blog": 4, "network/mastodon": 4}
    site.write("networks/mastodon/index.html", page("networks/mastodon/", "Nothing yet."))
    found = site.objections(before)
    assert checks(found) == {"empty-network"}
    assert "mastodon has no posts, where 4 are live" in found[0].words


def test_a_network_without_its_page_is_empty(site: Site) -> None:
    before = site.release()
    site.remove("networks/mastodon/index.html")
    assert {"empty-network", "broken-link"} == checks(site.objections(before))


def test_an_entry_that_was_live_must_be_there_though_nothing_leads_to_it(site: Site) -> None:
    before = site.release()
    site.remove("rss.xml")
    assert site.objections() == ()
    found = site.objections(before)
    assert [(one.check, one.path) for one in found] == [("missing-entry", "rss.xml")]
    gone = msgspec.structs.replace(before, leaving={"rss.xml": NOW})
    assert site.objections(gone) == ()


def test_redirects_of_merged_posts_are_no_posts(site: Site) -> None:
    before = counts(site.look())
    site.write("posts/m1/index.html", (site.output / "posts/merged/index.html").read_bytes())
    now = counts(site.look())
    assert now["posts"] == before["posts"] - 1
    assert now["network/mastodon"] == before["network/mastodon"] - 1


# How it is told


def some(check: str, number: int) -> list[Objection]:
    return [Objection(check, f"{n}.html", "is wrong; mend it") for n in range(number)]


def test_a_terminal_shows_the_first_of_each_check_and_says_how_many_more_there_are() -> None:
    said = [
        *lines([*some("draft", 1), *some("broken-link", 42), Objection("fewer-posts", "", "1 post, not 9")])
    ]
    assert said == [
        f"fewer-posts: {CHECKS['fewer-posts']}",
        "  1 post, not 9",
        f"broken-link: {CHECKS['broken-link']}",
        *(f"  {n}.html: is wrong; mend it" for n in range(5)),
        "  and 37 more of broken-link",
        f"draft: {CHECKS['draft']}",
        "  0.html: is wrong; mend it",
    ]


def test_machines_are_told_all() -> None:
    said: list[dict[str, Any]] = as_json(some("draft", 42))
    assert len(said) == 42
    assert said[0] == {"check": "draft", "path": "0.html", "words": "is wrong; mend it"}


def test_force_overrides_the_checks_that_it_names() -> None:
    found = [*some("draft", 1), *some("secret", 1)]
    assert checks(remaining(found, {"draft"})) == {"secret"}
    assert remaining(found, {"draft", "secret"}) == ()


def test_a_refusal_tells_all_and_how_to_have_it_nevertheless() -> None:
    found = [*some("draft", 7), *some("broken-link", 7)]
    with pytest.raises(Unsafe) as refused:
        refuse(found, {"draft"})
    assert refused.value.exitcode == 6
    assert refused.value.problems == (
        *lines(some("broken-link", 7)),
        "Nothing was published. If that is how it should be: --force broken-link",
    )
    refuse(found, {"draft", "broken-link"})


@pytest.mark.parametrize(
    ("name", "hint"), [("fewer-post", "fewer-posts"), ("xyz", "fewer-posts, fewer-pages")]
)
def test_force_of_what_is_no_check_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=hint):
        remaining([], {name})
