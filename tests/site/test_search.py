"""What visitors search in, and how they do: shards, what Pagefind makes of them, and the page in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from markupsafe import Markup
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from forecourt.model import Direction
from forecourt.site.search import Record, Renewal, Shard, Thumbnail, engine, plan, record, renew
from forecourt.site.search.records import JOINT, PAGE, spaced
from forecourt.site.search.shards import LARGE, YOUNG
from forecourt.site.views import AuthorView, Card, ListingLink, SourceView
from tests.conftest import Hub, file_server
from tests.site.visitor import careful_browser

DAYS = some.dictionaries(
    some.dates(date(2019, 1, 1), date(2027, 12, 31)).map(date.isoformat),
    some.integers(1, LARGE // 2) | some.integers(1, 5),
    min_size=1,
    max_size=40,
)


def shown(shard: Shard, days: Mapping[str, int]) -> int:
    return sum(count for day, count in days.items() if shard.holds_any([day]))


# Shards


def test_a_hub_that_shows_nothing_has_no_shard() -> None:
    assert plan({}) == []
    assert plan({"2026-11-22": 0}) == []


def test_a_small_hub_has_one_shard() -> None:
    assert len(plan({"2024-02-29": 200, "2026-11-22": 300})) == 1


@given(DAYS)
def test_every_day_is_in_one_shard_and_shards_follow_one_another(days: dict[str, int]) -> None:
    shards = plan(days)
    assert all(sum(shard.holds_any([day]) for shard in shards) == 1 for day in days)
    assert all(one.last < other.first for one, other in pairwise(shards))
    assert len({shard.name for shard in shards}) == len(shards)


@given(DAYS)
def test_no_shard_is_large_and_the_newest_is_small(days: dict[str, int]) -> None:
    *others, newest = plan(days)
    assert all(0 < shown(shard, days) <= LARGE for shard in others)
    assert shown(newest, days) <= YOUNG or newest.first == newest.last
    assert newest.holds_any([max(days)])


@given(DAYS, some.data())
def test_one_post_more_moves_no_border_but_those_of_its_own_stretch(
    days: dict[str, int], data: some.DataObject
) -> None:
    day = data.draw(some.sampled_from(sorted(days)) | some.dates(date(2019, 1, 1)).map(date.isoformat))
    before, after = plan(days), plan(Counter(days) + Counter([day]))
    gone, new = [each for each in before if each not in after], [each for each in after if each not in before]

    if gone or new:  # a stretch of days was cut otherwise, in which the post is, or was the newest before
        first = min(each.first for each in (*gone, *new))
        last = max(each.last for each in (*gone, *new))
        assert first <= day <= last or first <= max(days) <= last
        others = [each for each in before if not first <= each.first <= last]
        assert others == [each for each in after if not first <= each.first <= last]


def test_a_post_of_today_leaves_all_years_alone() -> None:
    months = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 11)]
    days = {f"{month}-{day:02}": 4 for month in months for day in range(1, 29)}
    before, after = plan(days), plan(days | {"2026-10-29": 1})
    assert [each.name for each in before[:-1]] == [each.name for each in after[:-1]]


def test_a_day_that_is_too_large_is_shared_out_by_address() -> None:
    shards = plan({"2026-11-22": LARGE * 3})
    paths = [f"posts/{number}/" for number in range(1000)]
    assert len(shards) == 4
    assert all(sum(shard.holds(path) for shard in shards) == 1 for path in paths)
    assert all(sum(map(shard.holds, paths)) > 150 for shard in shards)


# Records


def test_words_that_are_written_without_a_space_are_told_apart() -> None:
    assert spaced("l\u2019atelier d'été") == f"l\u2019 {JOINT}atelier d' {JOINT}été"
    assert spaced("東京の家") == f"東 {JOINT}京 {JOINT}の {JOINT}家"
    assert spaced("Don't, O'Brien: rock'n'roll") == "Don't, O'Brien: rock'n'roll"


def test_a_picture_is_nobodys_word() -> None:
    picture = Thumbnail("/pictures/beef.webp", 320, 213, "Oak")
    told = replace(post("A table", "made of oak"), picture=picture).message("en")
    assert told["meta"] == {"title": "A table"}
    assert told["url"].partition(" ")[0] == "posts/a-table/"
    assert json.loads(told["url"].partition(" ")[2])["p"] == ["/pictures/beef.webp", 320, 213, "Oak"]


def test_what_has_a_title_alone_is_found_by_it() -> None:
    assert post("A table", "").message("en")["content"] == "A table"
    assert not post("", "🎉").can_be_found


def test_a_page_of_the_editors_is_of_no_day_and_no_network() -> None:
    network = ListingLink("news", "News", "/news/")
    card = Card(
        kind="article", form="article", url="/about/", permalink="", title="About", excerpt="", html=Markup(),
        lang="en", dir="ltr", author=AuthorView(), network=network, source=SourceView("Larkwood", "/"),
        published=datetime(1970, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    made = record(card, "about/", "Who we are", is_page=True)
    assert (made.kind, made.network, made.published, made.year) == (PAGE, "", "", "")
    article = record(card, "news/about/", "Who we are")
    assert (article.kind, article.network, article.year) == ("article", "news", "1970")


def test_what_is_of_campaigns_can_be_filtered_by_each() -> None:
    card = replace(
        post("A wreath", "Moss and wire", of=("note", "mastodon")), campaigns=("wreaths", "winter")
    )
    assert card.message("en")["filters"]["campaign"] == ["wreaths", "winter"]
    assert "wreaths" not in json.dumps({**card.message("en"), "filters": {}})


# What is indexed, and when


def post(
    title: str,
    text: str,
    day: str = "2026-11-22",
    path: str = "",
    of: tuple[str, str] = ("", ""),
    lang: str = "",
) -> Record:
    path = path or f"posts/{'-'.join(title.lower().split())}/"
    way: Direction = "rtl" if lang == "ar" else "ltr"
    return Record(path, title, text, lang, way, f"{day}T09:00:00+00:00", day[:4], *of)


@dataclass
class Hubs:
    """A hub's search, built again and again as a build does it."""

    folder: Path
    posts: list[Record] = field(default_factory=list)
    fact: str = ""
    output: dict[str, bytes] = field(default_factory=dict)

    def renew(self, *touched: str, anew: bool = False, pages: Iterable[Record] = ()) -> Renewal:
        days = Counter(each.published[:10] for each in self.posts)

        def read(shard: Shard) -> list[Record]:
            return [each for each in self.posts if shard.holds_any([each.published[:10]])]

        done = renew(self.folder, self.fact, days, touched, read, [*pages], "en-GB", anew=anew)
        replaced = {*done.gone, *(bundle.name for bundle in done.bundles)}
        self.output = {
            path: data for path, data in self.output.items() if path.partition("/")[0] not in replaced
        }
        for bundle in done.bundles:
            self.output.update(bundle.files())
        self.output["shards.json"] = done.listing
        self.fact = done.fact
        return done

    def put(self, folder: Path) -> None:
        for path, data in self.output.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)

    @property
    def found(self) -> int:
        return sum(each["count"] for each in json.loads(self.output["shards.json"])["shards"])


OLD = {f"2024-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)}


@pytest.fixture
def hubs(tmp_path: Path) -> Hubs:
    """A hub with an old shard and a young one."""
    posts = [post(f"Old {day} {number}", "Oak and linen", day) for day in sorted(OLD) for number in range(2)]
    return Hubs(tmp_path, [*posts, post("New", "Copper", "2026-11-22")])


def test_only_what_changed_is_indexed(hubs: Hubs) -> None:
    first = hubs.renew()
    assert len(first.bundles) == len(first.ran) == 3  # one of them is the engine
    assert hubs.found == len(hubs.posts)
    before = dict(hubs.output)

    assert not hubs.renew().ran
    hubs.posts.append(post("Newer", "Walnut", "2026-11-22"))
    assert len(hubs.renew("2026-11-22").ran) == 1
    changed = {
        path.partition("/")[0]
        for path in {*before, *hubs.output}
        if before.get(path) != hubs.output.get(path)
    }
    assert changed == {
        "shards.json",
        *(shard.name for shard in plan({"2026-11-22": 2, **dict.fromkeys(OLD, 2)})[-1:]),
    }


def test_what_was_touched_and_is_as_before_is_not_indexed(hubs: Hubs) -> None:
    hubs.renew()
    before = dict(hubs.output)
    done = hubs.renew("2026-11-22", "2024-05-05")
    assert (done.ran, done.bundles, hubs.output) == ([], [], before)


def test_a_build_from_nothing_has_the_same_bytes(hubs: Hubs) -> None:
    hubs.renew()
    before, hubs.output = hubs.output, {}
    assert not hubs.renew(anew=True).ran
    assert hubs.output == before


def tags(hubs: Hubs) -> dict[str, str]:
    """What browsers know each shard by, and the engine."""
    said = json.loads(hubs.output["shards.json"])
    return {each["name"]: each["digest"] for each in said["shards"]} | {said["engine"]: said["made"]}


def test_browsers_know_a_shard_by_what_was_made(hubs: Hubs) -> None:
    """They keep what names its files; when these are made again of the same records, they have other names."""
    hubs.renew()
    before = tags(hubs)
    assert all(before.values())
    assert len({*before.values()}) == 3
    hubs.renew()
    assert tags(hubs) == before, "the archives are there no less"

    for archive in (hubs.folder / "search").glob("*.zip"):
        archive.unlink()
    files = dict(hubs.output)
    done = hubs.renew(anew=True)

    assert len(done.ran) == 3
    for name, tag in tags(hubs).items():
        of = {path: data for path, data in hubs.output.items() if path.startswith(f"{name}/")}
        are_other = of != {path: data for path, data in files.items() if path.startswith(f"{name}/")}
        assert (tag != before[name]) == are_other, name


def test_a_shard_that_could_not_be_made_anew_is_known_by_what_it_is(
    hubs: Hubs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hubs.renew()
    before = tags(hubs)
    hubs.posts.append(post("Newer", "Walnut", "2026-11-22"))
    monkeypatch.setenv("PAGEFIND_BINARY_PATH", broken(tmp_path, "exit 3"))
    assert hubs.renew("2026-11-22").warnings
    assert tags(hubs) == before


def test_a_removed_post_leaves_every_file(hubs: Hubs) -> None:
    hubs.renew()
    hubs.posts = hubs.posts[:-1]
    done = hubs.renew("2026-11-22")
    assert hubs.found == len(hubs.posts)
    assert done.gone
    assert not any("1122" in path for path in hubs.output if path.endswith(".pf_fragment"))


def test_pages_are_found_too(hubs: Hubs) -> None:
    hubs.renew(pages=[post("About us", "Who we are", path="about/")])
    assert hubs.found == len(hubs.posts) + 1


def test_a_hub_with_nothing_to_find_has_no_shard(tmp_path: Path) -> None:
    hubs = Hubs(tmp_path, [post("", "🎉", path="posts/party/")])
    hubs.renew()
    assert json.loads(hubs.output["shards.json"])["shards"] == []


def broken(folder: Path, script: str) -> str:
    program = folder / "pagefind"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "ended before it was done"),
        ("echo nonsense,; exec cat >/dev/null", "what nobody understands"),
        ("exec sleep 60", "too long"),
    ],
)
def test_pagefind_that_fails_costs_what_is_new_and_never_the_site(
    hubs: Hubs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, why: str
) -> None:
    hubs.renew()
    before = dict(hubs.output)
    hubs.posts.append(post("Newer", "Walnut", "2026-11-22"))
    with monkeypatch.context() as patched:
        patched.setenv("PAGEFIND_BINARY_PATH", broken(tmp_path, script))
        patched.setattr(engine, "PATIENCE", 0.3)
        failed = hubs.renew("2026-11-22")
    assert why in failed.warnings[0]
    assert hubs.output == before, "what was good stays"

    assert len(hubs.renew().ran) == 1, "the next build tries again, though nothing else changed"
    assert hubs.found == len(hubs.posts)


def test_pagefind_that_fails_does_not_keep_what_is_gone(
    hubs: Hubs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hubs.renew()
    everything = len(hubs.posts)
    hubs.posts = [replace(hubs.posts[-1], path="posts/other/"), *hubs.posts[:-1]]
    monkeypatch.setenv("PAGEFIND_BINARY_PATH", broken(tmp_path, "exit 3"))
    failed = hubs.renew("2026-11-22")
    assert "finds nothing of 20" in failed.warnings[0]
    assert hubs.found == everything - 1


# The page


def tagged(title: str, *tags: tuple[str, str]) -> Record:
    return replace(post(title, "It gives light.", of=NOTE), tags=tags)


PHOTO, NOTE, ELSEWHERE = ("photo", "mastodon"), ("note", "mastodon"), ("photo", "instagram")
FOUND = [
    post("A bench for the garden", "We mended an old oak bench, and painted it.", of=PHOTO),
    post("Oak, linen and tables", "Our tables are made of oak.", "2025-03-04", of=ELSEWHERE),
    post("", "Oak is what we make kettles of. Not really!", "2026-11-20", path="posts/kettle/", of=NOTE),
    post("L\u2019atelier", "Les meubles anciens de l\u2019atelier, réparés en été.", lang="fr", of=ELSEWHERE),
    post("Japan", "東京で家具を直しました", path="posts/japan/", lang="ja", of=PHOTO),
    post("إصلاح الطاولة", "طاولة قديمة في الحديقة", path="posts/arabic/", lang="ar", of=NOTE),
    post(
        "<img src=x onerror=alert(1)>",
        "<b>bold</b> & &lt;i&gt; hostile<script>alert(1)</script>",
        path="posts/x/",
    ),
    tagged("A red lamp", ("red", "Red"), ("lamps", "Lamps")),
    tagged("A blue lamp", ("blue", "Blue"), ("lamps", "Lamps"), ("repair-cafe", "Repair café")),
    *(post(f"Shelf {number}", f"The shelf of number {number}", of=NOTE) for number in range(30)),
]


@pytest.fixture(scope="module")
def site(larkwood: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The theme's own page, over posts of ours; one of them was removed again."""
    folder = tmp_path_factory.mktemp("search")
    shutil.copytree(larkwood.output / "search", folder / "search", ignore=shutil.ignore_patterns("index"))
    for beside in ("theme", "images"):
        shutil.copytree(larkwood.output / beside, folder / beside)
    hubs = Hubs(folder / "state", [*FOUND, post("Wobbegong", "A quokka and a wobbegong", of=NOTE)])
    about = replace(
        post("About us", "Who mends what is broken"), published="", year="", kind=PAGE, path="about/"
    )
    hubs.renew(pages=[about])
    hubs.posts = [*FOUND]
    hubs.renew("2026-11-22", pages=[about])
    hubs.put(folder / "search/index")
    with file_server(folder) as address:
        yield f"{address}/search/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with careful_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """The search page as it was loaded; nothing may go wrong on it, and nobody else be asked."""
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            wrong.append(f"{message.text} {message.location}")

    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda request: wrong.extend([] if request.url.startswith(site[:-8]) else [request.url])
    )
    page.goto(site)
    yield page
    context.close()
    assert wrong == []


def titles(page: Page) -> list[str]:
    return page.locator("[data-results] h3").all_text_contents()


def ask(page: Page, words: str) -> None:
    """Type words and wait until they are answered."""
    page.focus("#q")
    page.keyboard.press("Control+A")
    page.keyboard.type(words)
    expect(page.locator("[data-count]")).to_contain_text(f"“{words}”")


def by_keyboard(page: Page, wanted: Callable[[], bool], key: str = "Tab") -> None:
    for _ in range(80):
        page.keyboard.press(key)
        if wanted():
            return
    raise AssertionError(page.evaluate("document.activeElement.outerHTML"))


def focused(page: Page, name: str, value: str) -> Callable[[], bool]:
    is_it = (
        "([name, value]) => document.activeElement.name === name && document.activeElement.value === value"
    )
    return lambda: page.evaluate(is_it, [name, value])


def test_words_are_found_and_marked(page: Page) -> None:
    ask(page, "bench")
    assert titles(page) == ["A bench for the garden"]
    assert page.text_content("[data-count]") == "1 result for “bench”"
    assert page.locator(".result mark").all_text_contents() == ["bench", "bench,"]
    assert page.locator(".result time").all_text_contents() == ["22 November 2026"]
    assert (
        page.locator("[data-results] a").evaluate("link => link.pathname") == "/posts/a-bench-for-the-garden/"
    )


def test_results_are_narrowed_by_keyboard_alone(page: Page) -> None:
    by_keyboard(page, focused(page, "q", ""))
    page.keyboard.type("oak")
    expect(page.locator("[data-count]")).to_have_text("3 results for “oak”")

    by_keyboard(page, focused(page, "network", "mastodon"))
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("2 results for “oak”")
    by_keyboard(page, focused(page, "kind", "photo"))
    page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("1 result for “oak”")
    assert titles(page) == ["A bench for the garden"]
    assert page.url.partition("?")[2] == "q=oak&network=mastodon&kind=photo"

    by_keyboard(page, lambda: page.evaluate("document.activeElement.matches('[data-results] a')"))


@pytest.mark.parametrize("word", ["wobbegong", "quokka", "wobbe", "quokkas"])
def test_a_removed_word_finds_nothing(page: Page, word: str) -> None:
    ask(page, word)
    assert titles(page) == []
    assert page.text_content("[data-count]") == f"Nothing found for “{word}”. Fewer or other words may help."


@pytest.mark.parametrize("words", ["benchmark", "oak wobbegong", "kettledrum"])
def test_a_word_that_is_not_there_is_not_taken_for_a_shorter_one(page: Page, words: str) -> None:
    ask(page, words)
    assert titles(page) == []


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("tables oak", "Oak, linen and tables"),
        ("table", "Oak, linen and tables"),
        ("benc", "A bench for the garden"),
        ("painting", "A bench for the garden"),
        ("meuble", "L\u2019atelier"),
        ("ATELIER", "L\u2019atelier"),
        ("l\u2019atelier", "L\u2019atelier"),
        ("ete", "L\u2019atelier"),
        ("家具", "Japan"),
        ("طاولة", "إصلاح الطاولة"),
        ("“old oak bench”", "A bench for the garden"),
    ],
)
def test_posts_of_every_language_are_found(page: Page, words: str, title: str) -> None:
    ask(page, words)
    assert title in titles(page)


def test_words_in_another_order_are_no_quotation(page: Page) -> None:
    ask(page, '"bench oak"')
    assert titles(page) == []
    ask(page, "具家")
    assert titles(page) == []


def test_a_result_reads_as_it_was_written(page: Page) -> None:
    ask(page, "家具")
    assert page.text_content(".result .txt") == "東京で家具を直しました"
    assert page.get_attribute(".result .txt", "lang") == "ja"
    ask(page, "meubles")
    assert page.text_content(".result .txt") == "Les meubles anciens de l\u2019atelier, réparés en été."
    ask(page, "طاولة")
    assert page.get_attribute(".result .txt", "dir") == "rtl"


def test_text_of_strangers_is_text(page: Page) -> None:
    ask(page, "hostile")
    assert titles(page) == ["<img src=x onerror=alert(1)>"]
    assert page.text_content(".result .txt") == "<b>bold</b> & &lt;i&gt; hostile<script>alert(1)</script>"
    assert page.locator(".result img, .result b, .result script").count() == 0


def test_a_page_of_the_editors_is_no_news_of_a_day(page: Page) -> None:
    ask(page, "mends what")
    assert titles(page) == ["About us"]
    assert page.text_content(".result .kick") == "Page"
    assert page.locator(".result time").count() == 0


@pytest.mark.parametrize("typed", ["☕", "a", "%", "4"])
def test_what_is_no_word_clears_the_list_and_is_said(page: Page, typed: str) -> None:
    ask(page, "lamp")
    assert len(titles(page)) == 2

    page.fill("#q", typed)

    expect(page.locator("[data-count]")).to_have_text("Type at least two letters.")
    assert titles(page) == []
    page.fill("#q", "")
    expect(page.locator("[data-count]")).to_be_empty()


def test_a_sign_that_is_a_word_is_looked_for(page: Page) -> None:
    ask(page, "京")
    assert titles(page) == ["Japan"]


def test_topics_narrow_and_networks_widen(page: Page) -> None:
    ask(page, "lamp")
    page.get_by_role("checkbox", name="Lamps", exact=True).check()
    expect(page.locator("[data-count]")).to_have_text("2 results for “lamp”")
    page.get_by_role("checkbox", name="Red", exact=True).check()
    expect(page.locator("[data-results] h3")).to_have_text(["A red lamp"])

    page.goto(f"{page.url.partition('?')[0]}?q=oak&network=mastodon&network=instagram")
    expect(page.locator("[data-count]")).to_have_text("3 results for “oak”")


def test_a_campaign_is_not_a_topic_a_second_time(page: Page) -> None:
    campaign = page.locator("fieldset:not([data-offer]) [name=tag]").first
    campaign.evaluate("input => { input.value = 'repair-cafe' }")
    ask(page, "lamp")
    expect(page.locator("[data-offer=tag] input[value=lamps]")).to_have_count(1)
    assert page.locator("[name=tag][value=repair-cafe]").count() == 1


def test_a_long_question_is_cut(page: Page, site: str) -> None:
    page.goto(f"{site}?q={'lamp' * 500}")
    expect(page.locator("[data-count]")).to_contain_text("Nothing found")
    assert page.input_value("#q") == "lamp" * 50
    assert len(page.text_content("[data-count]") or "") < 300
    page.focus("#q")
    page.keyboard.press("End")
    page.keyboard.type("more")
    assert page.input_value("#q") == "lamp" * 50


@pytest.mark.parametrize("width", [390, 1280])
def test_no_choice_is_hidden_behind_an_edge(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    if width < 900:
        page.click("[data-narrow]")
    hidden = page.locator(".choices").evaluate_all(
        "lists => lists.filter(each => each.scrollHeight > each.clientHeight || each.scrollWidth > each.clientWidth)"
        ".length"
    )
    assert page.locator("[name=network]").count() > 7
    assert hidden == 0


def test_the_address_is_the_search_and_back_goes_back(page: Page, site: str) -> None:
    page.goto(f"{site}?q=oak&network=instagram&year=2025")
    expect(page.locator("[data-count]")).to_have_text("1 result for “oak”")
    assert page.locator("[name=network]:checked, [name=year]:checked").count() == 2
    ask(page, "bench")
    page.go_back()
    expect(page.locator("[data-count]")).to_have_text("1 result for “oak”")
    assert page.input_value("#q") == "oak"


def test_more_results_come_when_asked_for_and_take_the_focus(page: Page) -> None:
    ask(page, "shelf")
    assert page.text_content("[data-count]") == "30 results for “shelf”"
    assert len(titles(page)) == 12
    page.focus("[data-more]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-results] li")).to_have_count(24)
    assert page.evaluate(
        "document.querySelector('[data-results]').children[12].contains(document.activeElement)"
    )
    page.focus("[data-more]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-results] li")).to_have_count(30)
    assert page.is_hidden("[data-more]")


def test_nothing_is_loaded_before_somebody_comes_to_the_form(browser: Browser, site: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site, wait_until="networkidle")
    assert not any("/search/index/" in each for each in asked)
    page.close()


def test_a_search_that_cannot_be_loaded_says_so_and_tries_again(browser: Browser, site: str) -> None:
    page = browser.new_page()

    def lost(route: Route) -> None:
        route.abort()

    page.route("**/shards.json", lost)
    page.goto(f"{site}?q=oak")
    expect(page.locator("[data-count]")).to_contain_text("could not be loaded")
    page.unroute("**/shards.json")
    page.focus("#q")
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_have_text("3 results for “oak”")
    page.close()


@pytest.mark.parametrize(("lost", "question"), [("filter", "q=oak&network=mastodon"), ("index", "q=oak")])
def test_a_part_that_cannot_be_loaded_is_not_taken_for_an_empty_one(
    browser: Browser, site: str, lost: str, question: str
) -> None:
    page = browser.new_page()
    page.route(f"**/{lost}/*", lambda route: route.fulfill(status=404, body="not here"))
    page.goto(f"{site}?{question}")
    expect(page.locator("[data-count]")).to_contain_text("could not be loaded")

    page.unroute(f"**/{lost}/*")
    page.focus("#q")
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_contain_text("results for “oak”")
    page.close()


def test_a_build_while_somebody_searches_goes_unnoticed(browser: Browser, site: str) -> None:
    """What is open names files that are gone by then; what is there now is opened instead."""
    page = browser.new_page()
    page.goto(f"{site}?q=bench")
    expect(page.locator("[data-count]")).to_have_text("1 result for “bench”")
    page.route("**/filter/*", lambda route: route.fulfill(status=404, body="not here"), times=1)
    with page.expect_response("**/shards.json"):
        page.locator("[name=network][value=mastodon]").check()
    expect(page.locator("[data-count]")).to_have_text("1 result for “bench”")
    assert titles(page) == ["A bench for the garden"]
    page.close()


def test_without_script_the_page_leads_everywhere(browser: Browser, site: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(site)
    assert page.is_hidden("form")
    links = page.locator("main a").evaluate_all("links => links.map(link => link.pathname)")
    assert {"/networks/mastodon/", "/kinds/photo/", "/tags/", "/archive/"} <= {*links}
    page.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_results_do_not_scroll_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.is_visible("[data-narrow]") == page.is_hidden("#filters") == (width < 900)
    page.evaluate("document.documentElement.dir = 'rtl'")
    ask(page, "oak")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_posts_of_a_campaign_are_found_by_it(browser: Browser, larkwood: Hub) -> None:
    shown = (larkwood.output / "campaigns/wreath-nights/index.html").read_text(encoding="utf-8")
    wanted = {*re.findall(r'href="/(posts/[^"/]+/)"', shown)}
    assert wanted, "the campaign of the demo has posts"
    with file_server(larkwood.output) as address:
        page = browser.new_page()
        page.goto(f"{address}/search/?q=wreath&campaign=wreath-nights")
        page.locator("[data-results] h3").first.wait_for()
        found = {link.get_attribute("href") for link in page.locator("[data-results] h3 a").all()}
        narrowed = page.locator("[name=campaign][value=wreath-nights]")
        expect(narrowed).to_be_checked()
        page.close()
    posts = {link.removeprefix(f"{address}/") for link in found if link and "/posts/" in link}
    assert posts
    assert posts <= wanted
