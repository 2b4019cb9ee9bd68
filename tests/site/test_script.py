"""What the theme's script does to pages that ask for it, in a real browser; and that all is there without it.

The pages are written here, as small as the script's markup allows, so that they say what it works with.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from forecourt.policy import csp
from tests.conftest import NOW, ROOT, file_server
from tests.site.visitor import careful_browser

SCRIPTS = ROOT / "theme/static/js"
EVERYWHERE = ("theme.js", "hub.js")
MOST = 5 * 1024
"""Bytes of the script of every page, as it is sent."""

YOUTUBE = "https://www.youtube-nocookie.com/embed/Ab-_5678901?autoplay=1"
VIMEO = "https://player.vimeo.com/video/176687322?dnt=1&autoplay=1"
WATCH = "https://video.example/watch?v=1"
SHOWN = "https://www.youtube-nocookie.com"

BASE = """<!doctype html>
<html lang="{lang}" dir="{dir}">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{csp}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<meta name="description" content="All of {title}">
<link rel="canonical" href="https://hub.example{path}">
<link rel="alternate" type="application/atom+xml" title="{title}" href="{path}feed.xml">
<script src="{root}theme/js/theme.js" async blocking="render"></script>
<link rel="stylesheet" href="{root}theme/hub.css">
<link rel="icon" href="data:,">
<script type="module" src="{root}theme/js/hub.js"></script>
<p role="status" data-status></p>
<header>
<nav aria-label="Main"><a href="/"{home}>Home</a><a href="/networks/films/"{films}>Films</a><a href="https://shop.example/">Shop</a></nav>
<div id="languages"><a href="/fr{path}" lang="fr" hreflang="fr">Français</a></div>
</header>
<button type="button" data-theme-switch hidden aria-pressed="false">Dark colours</button>
<main tabindex="-1">
<h1>{title}</h1>
{body}
</main>
<template data-player-dialog>
  <dialog aria-labelledby="player-title">
    <h2 id="player-title" data-name></h2>
    <button type="button" data-close>Close</button>
    <div data-screen></div>
    <p>Loaded from <span data-host></span>. <a data-origin rel="nofollow noopener">See the original</a></p>
  </dialog>
</template>
"""
STYLE = """
:root { color-scheme: light dark; background: light-dark(#fff, #000) }
:root[data-theme=dark] { color-scheme: dark }
:root[data-theme=light] { color-scheme: light }
[data-theme-switch][hidden] { display: inline-block; visibility: hidden }
[data-status] { position: absolute; inline-size: 1px; block-size: 1px; overflow: clip; white-space: nowrap }
[data-fresh] { min-block-size: 1lh }
.new-mark { position: absolute }
time { white-space: nowrap }
.tall { block-size: 200rem }
nav ul:not([popover]) { display: flex; gap: 10rem; inline-size: 20rem; overflow-x: auto }
nav li { flex: none }
iframe, video { inline-size: 16rem; block-size: 9rem }
"""
FRESH = (
    '<p data-fresh data-one="{n} new post since your last visit" data-other="{n} new posts since your last visit"'
    ' data-mark="New"></p>'
)
CHIPS = {
    "/": "Everything",
    "/networks/films/": "Films",
    "/networks/vimeo/": "Vimeo",
    "/networks/none/": "None",
}


def card(title: str, hours: float, play: str = "") -> str:
    when = NOW - timedelta(hours=hours)
    return (
        f'<article class="h-entry"><h3 class="p-name">{title}</h3>{play}<p>'
        f'<time class="dt-published" datetime="{when.isoformat()}" data-relative>{when:%d %B %Y}</time></p></article>'
    )


def chips(chosen: str) -> str:
    links = (
        f'<a href="{path}"{" aria-current=page" if path == chosen else ""}>{label}</a>'
        for path, label in CHIPS.items()
    )
    return f'<nav data-filters aria-label="Posts by network">{"".join(links)}</nav>'


def results(announced: str, *cards: str) -> str:
    return f'<section data-results data-announce="{announced}">{"".join(cards)}</section>'


PLAY = (
    f'<a class="play" href="{WATCH}" data-player="{YOUTUBE}">Play on video.example</a>'
    f'<a class="hear" href="https://radio.example/1" data-media="https://radio.example/1.mp3" data-audio'
    f' data-title="The slow room">Listen</a>'
    f'<a class="film" href="{WATCH}" data-media="https://files.example/1.mp4" data-upright>Watch</a>'
)
WINDOW = card("The window", 3, PLAY)
KILN = card("The kiln", 50)
OLD = card("Last year", 24 * 300)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with careful_browser() as browser:
        yield browser


@dataclass
class Site:
    """A hub of a few pages, with its stylesheet and the theme's own scripts."""

    folder: Path
    root: str = "/"

    def write(
        self, path: str, body: str, title: str = "Larkwood", lang: str = "en", policy: str = ""
    ) -> None:
        page = BASE.format(
            lang=lang,
            dir="rtl" if lang == "ar" else "ltr",
            csp=policy or csp([YOUTUBE], recordings=True),
            title=title,
            root=self.root,
            path=path,
            home=" aria-current=page" if path == "/" else "",
            films=" aria-current=page" if path == "/networks/films/" else "",
            body=body,
        )
        file = self.folder / self.root.strip("/") / path.strip("/") / "index.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")

    def home(self, *cards: str) -> None:
        body = f"{FRESH}{chips('/')}{results('All posts', *cards)}<p id=end tabindex=-1>The end</p>"
        self.write("/", body, "Home")

    def dress(self) -> None:
        theme = self.folder / self.root.strip("/") / "theme"
        shutil.copytree(SCRIPTS, theme / "js")
        (theme / "hub.css").write_text(STYLE, encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.dress()
    site.home(WINDOW, KILN, OLD)
    site.write("/networks/films/", chips("/networks/films/") + results("1 film", WINDOW), "Films")
    vimeo = card("On Vimeo", 1, f'<a class="play" href="{WATCH}" data-player="{escape(VIMEO)}">Play</a>')
    site.write(
        "/networks/vimeo/",
        chips("/networks/vimeo/") + results("1 on Vimeo", vimeo),
        "Vimeo",
        policy=csp([VIMEO]),
    )
    return site


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with file_server(site.folder) as address:
        yield address


@dataclass
class Visitor:
    """Somebody's browser: what it keeps, whom it asked beside the hub, and what it complained of.

    Others answer with an empty page, and nothing of it leaves this machine.
    """

    context: BrowserContext
    address: str
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def page(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(self.address + path)
        return page

    def answer(self, route: Route) -> None:
        if route.request.url.startswith(f"{self.address}/"):
            route.continue_()
            return
        self.asked.append(route.request.url)
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>elsewhere</title>")


Come = Callable[..., Visitor]


@pytest.fixture
def come(browser: Browser, address: str) -> Iterator[Come]:
    """Visitors, at the moment of the tests; what a page of theirs complains of fails the test."""
    visitors: list[Visitor] = []

    def come(now: datetime | None = NOW, **options: Any) -> Visitor:  # Any: options of Chromium
        context = browser.new_context(timezone_id="Europe/Paris", **options)
        if now:
            context.clock.install(time=now)
        visitor = Visitor(context, address)
        context.route("**/*", visitor.answer)
        visitors.append(visitor)
        return visitor

    yield come
    for visitor in visitors:
        visitor.context.close()
    assert [each for visitor in visitors for each in visitor.said] == [], "a page complained"


def test_the_script_of_every_page_is_at_most_five_kilobytes_as_it_is_sent() -> None:
    sent = sum(len(gzip.compress(file.read_bytes(), 9)) for file in map(SCRIPTS.joinpath, EVERYWHERE))
    assert 0 < sent <= MOST


# Times.


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["now", "12 min. ago", "3 hr. ago", "yesterday", "2 days ago", "6 days ago"]),
        (
            "fr",
            ["maintenant", "il y a 12\N{NO-BREAK SPACE}min", "il y a 3\N{NO-BREAK SPACE}h", "hier", "avant-hier",
             "il y a 6\N{NO-BREAK SPACE}j"],
        ),
        ("ar", ["الآن", "قبل 12 دقيقة", "قبل 3 ساعات", "أمس", "أول أمس", "قبل 6 أيام"]),
    ],
)  # fmt: skip
def test_times_are_relative_in_the_language_of_the_page(
    site: Site, come: Come, lang: str, said: list[str]
) -> None:
    hours = (0.005, 0.2, 3, 26, 50, 6 * 24)
    site.write(f"/{lang}/", "".join(card("A post", each) for each in hours), lang=lang)

    page = come().page(f"/{lang}/")

    assert [words.strip() for words in page.locator("time").all_inner_texts()] == said


def test_the_language_is_that_of_the_words_around(site: Site, come: Come) -> None:
    site.write("/mixed/", f'<div lang="de">{card("Ein Topf", 3)}</div>{card("A pot", 3)}')
    assert come().page("/mixed/").locator("time").all_inner_texts() == ["vor 3 Std.", "3 hr. ago"]


def test_what_is_long_ago_or_to_come_or_no_date_stays_as_it_was_written(site: Site, come: Come) -> None:
    broken = '<time datetime="soon" data-relative>soon</time><time datetime="2026-11-22T08:00Z">not asked for</time>'
    site.write("/old/", card("Long ago", 8 * 24) + card("To come", -5) + broken)

    page = come().page("/old/")

    assert page.locator("time").all_inner_texts() == [
        "14 November 2026",
        "22 November 2026",
        "soon",
        "not asked for",
    ]


def test_the_whole_date_stands_in_the_title_in_the_visitors_zone(come: Come) -> None:
    time = come().page().locator("time").first
    assert str(time.get_attribute("title")).endswith(" 22 November 2026 at 07:00"), (
        "as the page itself writes dates"
    )


def test_times_go_on_a_minute_at_a_time_and_nothing_moves(site: Site, come: Come) -> None:
    site.write("/live/", card("Just now", 0.9) + card("Below", 2))
    visitor = come()
    page = visitor.page("/live/")
    below = page.locator("h3").nth(1).bounding_box()
    first = page.locator("time").first
    expect(first).to_have_text("54 min. ago")

    page.clock.run_for(30_000)  # beside which the real time goes on, too
    expect(first).to_have_text("54 min. ago")
    page.clock.run_for(40_000)
    expect(first).to_have_text("55 min. ago")
    page.clock.run_for(5 * 60_000)
    expect(first).to_have_text("1 hr. ago")
    assert page.locator("h3").nth(1).bounding_box() == below


def test_the_script_moves_nothing_when_it_comes(browser: Browser, come: Come) -> None:
    visitor = come()
    visitor.context.add_init_script(
        "window.moved = []; new PerformanceObserver(list => moved.push(...list.getEntries().map(each => each.value)))"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    visitor.page().close()
    page = visitor.page()  # with something that is new, and a status
    page.evaluate("localStorage.setItem('hub-seen /', 1); sessionStorage.clear()")
    page.reload()
    expect(page.locator("[data-fresh]")).to_have_text("3 new posts since your last visit")
    assert page.evaluate("moved") == []


# Theme.


def background(page: Page) -> str:
    colour: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return {"rgb(0, 0, 0)": "dark", "rgb(255, 255, 255)": "light"}[colour]


@pytest.mark.parametrize("system", ["light", "dark"])
def test_a_theme_that_was_chosen_is_remembered_on_all_pages(come: Come, system: str) -> None:
    other = {"light": "dark", "dark": "light"}[system]
    visitor = come(color_scheme=system)
    page = visitor.page()
    button = page.get_by_role("button", name="Dark colours")
    expect(button).to_have_attribute("aria-pressed", str(system == "dark").lower())

    button.click()

    expect(button).to_have_attribute("aria-pressed", str(other == "dark").lower())
    assert background(page) == other
    assert background(visitor.page("/networks/films/")) == other


def test_who_goes_back_to_what_the_system_says_follows_it_again(come: Come) -> None:
    page = come(color_scheme="light").page()
    button = page.get_by_role("button", name="Dark colours")
    button.click()
    button.click()
    assert page.evaluate("localStorage.getItem('hub-theme')") is None

    page.emulate_media(color_scheme="dark")

    assert background(page) == "dark"
    expect(button).to_have_attribute("aria-pressed", "true")


def test_a_choice_reaches_the_other_tabs(come: Come) -> None:
    visitor = come(color_scheme="light")
    one, other = visitor.page(), visitor.page()
    one.get_by_role("button", name="Dark colours").click()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    expect(other.get_by_role("button", name="Dark colours")).to_have_attribute("aria-pressed", "true")


def test_the_remembered_theme_is_there_before_anything_is_painted(come: Come) -> None:
    visitor = come(None, color_scheme="light")
    visitor.page().evaluate("localStorage.setItem('hub-theme', 'dark')")
    held: list[Route] = []
    page = visitor.context.new_page()
    page.route("**/theme.js", lambda route: held.append(route))  # noqa: PLW0108 - append has no attributes
    page.route("**/hub.js", lambda route: route.abort())
    page.goto(f"{visitor.address}/", wait_until="commit")
    page.wait_for_function("() => document.querySelector('#end') && document.styleSheets.length", polling=50)
    painted = "() => performance.getEntriesByType('paint').length"
    visitor.page().wait_for_function(painted, polling=50)
    assert page.evaluate(painted) == 0, (
        "another page was painted by now, and of this one all is there but the theme"
    )

    held[0].continue_()

    page.wait_for_function(painted, polling=50)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("kept", ["blue", "", "dark light"])
def test_what_is_no_theme_is_not_taken_for_one(come: Come, kept: str) -> None:
    visitor = come()
    visitor.page().evaluate("kept => localStorage.setItem('hub-theme', kept)", kept)
    assert visitor.page().evaluate("document.documentElement.dataset.theme ?? ''") == ""


# Films and recordings.


def test_no_player_is_loaded_before_somebody_wants_it_and_then_the_one_that_watches_least(come: Come) -> None:
    visitor = come()
    page = visitor.page()
    page.wait_for_load_state("networkidle")
    assert (page.locator("iframe, video, audio, dialog").count(), visitor.asked) == (0, [])

    page.locator(".play").click()

    frame = page.locator("dialog[open] iframe")
    expect(frame).to_have_attribute("src", YOUTUBE)
    expect(frame).to_have_attribute("title", "The window")
    assert frame.get_attribute("allow") == "autoplay; fullscreen; picture-in-picture"
    assert frame.get_attribute("referrerpolicy") == "strict-origin-when-cross-origin"
    assert "allow-top-navigation" not in (frame.get_attribute("sandbox") or "")
    expect(page.get_by_role("dialog", name="The window")).to_be_visible()
    expect(page.locator("[data-host]")).to_have_text("www.youtube-nocookie.com")
    expect(page.get_by_role("link", name="See the original")).to_have_attribute("href", WATCH)
    page.wait_for_load_state("networkidle")
    assert visitor.asked == [YOUTUBE]


def test_a_player_works_by_keyboard_alone(come: Come) -> None:
    page = come().page()
    link = page.locator(".play")
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="The window")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")

    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()
    expect(page.locator("iframe")).to_have_count(0)  # else it goes on playing

    page.keyboard.press("Enter")
    close = page.get_by_role("button", name="Close")
    close.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_a_click_beside_the_player_closes_it_and_one_in_it_does_not(come: Come) -> None:
    page = come(viewport={"width": 900, "height": 700}).page()
    page.locator(".play").click()
    page.locator("dialog h2").click()
    expect(page.locator("dialog")).to_be_visible()
    page.mouse.click(3, 3)
    expect(page.locator("dialog")).to_be_hidden()


def test_a_file_is_played_by_the_browser_itself(come: Come) -> None:
    page = come().page()
    page.locator(".hear").click()
    audio = page.get_by_role("dialog", name="The slow room").locator("audio")
    expect(audio).to_have_attribute("src", "https://radio.example/1.mp3")
    assert audio.evaluate("each => [each.controls, each.autoplay, each.ariaLabel]") == [
        True,
        True,
        "The slow room",
    ]
    page.keyboard.press("Escape")

    page.locator(".film").click()
    expect(page.locator("dialog.upright video")).to_have_attribute("src", "https://files.example/1.mp4")
    assert page.locator("dialog audio").count() == 0


@pytest.mark.parametrize("key", ["Control", "Shift"])
def test_a_click_that_asks_for_another_window_opens_the_link_there(site: Site, come: Come, key: Any) -> None:
    site.home(card("Film", 1, f'<a class="play" href="/networks/films/" data-player="{YOUTUBE}">Play</a>'))
    visitor = come()
    page = visitor.page()
    with visitor.context.expect_page() as opened:
        page.locator(".play").click(modifiers=[key])
    opened.value.wait_for_load_state()
    assert opened.value.title() == "Films"
    assert page.locator("dialog").count() == 0


@pytest.mark.parametrize(
    "player", ["javascript:alert(1)", "http://www.youtube-nocookie.com/embed/x", "//x", "data:,x"]
)
def test_what_is_no_address_of_a_player_leaves_the_link_a_link(site: Site, come: Come, player: str) -> None:
    site.home(card("Odd", 1, f'<a class="play" href="/networks/films/" data-player="{player}">Play</a>'))
    visitor = come()
    page = visitor.page()
    page.locator(".play").click()
    page.wait_for_url("**/networks/films/")
    assert visitor.asked == []


def test_the_policy_of_the_page_keeps_other_hosts_out(site: Site, come: Come) -> None:
    evil = "https://evil.example/embed/x"
    site.home(card("Evil", 1, f'<a class="play" href="{WATCH}" data-player="{evil}">Play</a>'))
    visitor = come()
    page = visitor.page()
    with page.expect_console_message() as said:
        page.locator(".play").click()
    assert "frame-src" in said.value.text
    assert visitor.asked == []
    visitor.said.clear()


# New since the last visit.


def test_what_was_published_since_the_last_visit_is_marked_and_counted_once(
    site: Site, come: Come, browser: Browser
) -> None:
    first = come()
    page = first.page()
    assert page.locator("[data-new], .new-mark").count() == 0
    expect(page.locator("[data-fresh]")).to_be_empty()
    kept = first.context.storage_state()
    site.home(card("Today", -23), card("At noon", -3), WINDOW, KILN, OLD)

    second = come(NOW + timedelta(days=1), storage_state=kept)
    page = second.page()

    expect(page.locator("[data-fresh]")).to_have_text("2 new posts since your last visit")
    expect(page.locator("[data-status]")).to_have_text("2 new posts since your last visit")
    assert page.locator("[data-new] .p-name").all_inner_texts() == ["Today", "At noon"]
    assert page.locator("[data-new] .new-mark").all_inner_texts() == ["New", "New"]
    page.reload()
    assert page.locator("[data-new]").count() == 2, "it is the same visit"
    expect(page.locator("[data-status]")).to_be_empty()

    third = come(NOW + timedelta(days=2), storage_state=second.context.storage_state())
    assert third.page().locator("[data-new]").count() == 0
    assert [first.asked, second.asked, third.asked] == [[], [], []]


def test_one_new_post_is_said_in_its_own_words(site: Site, come: Come) -> None:
    kept = come()
    kept.page()
    site.home(card("At noon", -3), WINDOW)
    page = come(NOW + timedelta(days=1), storage_state=kept.context.storage_state()).page()
    expect(page.locator("[data-fresh]")).to_have_text("1 new post since your last visit")


def test_a_date_to_come_hides_nothing_that_comes_before_it(site: Site, come: Come) -> None:
    site.home(card("Next year", -24 * 365), WINDOW)
    kept = come()
    kept.page()
    site.home(card("Next year", -24 * 365), card("At noon", -3), WINDOW)
    page = come(NOW + timedelta(days=1), storage_state=kept.context.storage_state()).page()
    assert page.locator("[data-new] .p-name").all_inner_texts() == ["Next year", "At noon"]


def test_two_hubs_of_one_host_know_nothing_of_each_other(site: Site, come: Come) -> None:
    other = Site(site.folder, "/other/")
    other.dress()
    other.home(card("Theirs", 24 * 200))
    visitor = come()
    visitor.page("/other/").close()
    assert visitor.page("/").locator("[data-new]").count() == 0


# Chips.


def chip(page: Page, name: str) -> Locator:
    return page.locator("[data-filters]").get_by_role("link", name=name)


def said_of_itself(page: Page) -> dict[str, object]:
    """What a page says of itself, beside its posts."""
    told: dict[str, object] = page.evaluate(
        """() => {
            const all = selector => [...document.querySelectorAll(selector)];
            const of = (selector, name) => all(selector).map(each => each.getAttribute(name));
            return {
                title: document.title,
                heading: all("h1").map(each => each.textContent),
                description: of("meta[name=description]", "content"),
                canonical: of("link[rel=canonical]", "href"),
                feeds: of("link[rel=alternate]", "href"),
                languages: of("#languages a", "href"),
                navigation: of("header nav [aria-current]", "href"),
                chips: of("[data-filters] [aria-current]", "href"),
            };
        }"""
    )
    return told


def of_page(title: str, path: str) -> dict[str, object]:
    return {
        "title": title,
        "heading": [title],
        "description": [f"All of {title}"],
        "canonical": [f"https://hub.example{path}"],
        "feeds": [f"{path}feed.xml"],
        "languages": [f"/fr{path}"],
        "navigation": [path],
        "chips": [path],
    }


def test_a_page_that_came_by_a_chip_says_of_itself_what_it_says_when_it_is_opened(come: Come) -> None:
    page = come().page()
    page.evaluate("window.here = true")
    assert said_of_itself(page) == of_page("Home", "/")

    chip(page, "Films").click()
    expect(page.locator("h1")).to_have_text("Films")
    assert said_of_itself(page) == of_page("Films", "/networks/films/")

    page.go_back()
    expect(page.locator("h1")).to_have_text("Home")
    assert said_of_itself(page) == of_page("Home", "/")
    assert page.evaluate("here"), "the page was loaded anew"


def test_the_chips_stay_where_they_were_seen(site: Site, come: Come) -> None:
    tall, below = '<p class="tall">A tall beginning</p>', '<p class="tall">And what follows</p>'
    site.write("/", f"{tall}{chips('/')}{results('All posts', WINDOW)}{below}", "Home")
    site.write(
        "/networks/films/", f"{tall}{tall}{chips('/networks/films/')}{results('1 film')}{below}", "Films"
    )
    page = come().page()
    films = chip(page, "Films")
    films.focus()
    before = films.bounding_box()

    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("Films")
    expect(films).to_be_focused()
    assert films.bounding_box() == before


def test_a_row_of_chips_that_was_pushed_aside_stays_so(site: Site, come: Come) -> None:
    row = "".join(f'<li><a href="{path}">{label}</a>' for path, label in reversed(CHIPS.items()))
    for path, title in (("/", "Home"), ("/networks/films/", "Films")):
        site.write(path, f"<nav data-filters><ul>{row}</ul></nav>{results(title, WINDOW)}", title)
    page = come().page()
    films = chip(page, "Films")
    films.scroll_into_view_if_needed()
    before = films.bounding_box()
    assert page.locator("[data-filters] ul").evaluate("row => row.scrollLeft") > 0

    films.click()

    expect(page.locator("h1")).to_have_text("Films")
    assert films.bounding_box() == before


def test_who_comes_home_by_a_chip_is_told_what_is_new(site: Site, come: Come) -> None:
    visitor = come()
    visitor.page().evaluate("localStorage.setItem('hub-seen /', 1); sessionStorage.clear()")
    page = visitor.page("/networks/films/")
    chip(page, "Everything").click()
    expect(page.locator("[data-fresh]")).to_have_text("3 new posts since your last visit")
    chip(page, "Films").click()
    expect(page.locator("[data-results] .new-mark")).to_have_count(1)


def test_a_chip_brings_its_posts_into_the_page(come: Come) -> None:
    visitor = come()
    page = visitor.page()
    page.evaluate("window.here = true")
    films = chip(page, "Films")
    films.focus()

    page.keyboard.press("Enter")

    expect(page.locator("[data-results]")).to_have_attribute("data-announce", "1 film")
    expect(page.locator("[data-status]")).to_have_text("1 film")
    expect(films).to_be_focused()
    expect(films).to_have_attribute("aria-current", "page")
    assert page.locator("[data-filters] [aria-current]").count() == 1
    assert (page.title(), page.url) == ("Films", f"{visitor.address}/networks/films/")
    assert page.locator("[data-results] time").inner_text() == "3 hr. ago"
    assert page.locator("[data-results]").get_attribute("aria-busy") is None
    page.locator("[data-results] .play").click()
    expect(page.locator("dialog iframe")).to_have_attribute("src", YOUTUBE)
    assert page.evaluate("here"), "the page was loaded anew"


def test_a_list_of_networks_closes_when_one_was_chosen(site: Site, come: Come) -> None:
    sheet = (
        '<nav data-filters><button popovertarget="all">All networks</button>'
        '<ul id="all" popover><li><a href="/networks/films/">Films</a></ul></nav>'
    )
    site.write("/", sheet + results("All posts", WINDOW, KILN))
    site.write("/networks/films/", sheet + results("1 film", WINDOW), "Films")
    page = come().page()
    page.get_by_role("button", name="All networks").click()

    chip(page, "Films").click()

    expect(page.locator("[data-status]")).to_have_text("1 film")
    expect(page.locator("#all")).to_be_hidden()
    expect(page.get_by_role("button", name="All networks")).to_be_focused()


def test_back_and_forward_go_through_what_was_chosen(come: Come) -> None:
    page = come().page()
    page.evaluate("window.here = true")
    cards = page.locator("[data-results] h3")
    chip(page, "Films").click()
    expect(cards).to_have_count(1)

    page.go_back()
    expect(cards).to_have_count(3)
    expect(chip(page, "Everything")).to_have_attribute("aria-current", "page")
    page.go_forward()
    expect(cards).to_have_count(1)
    assert page.title() == "Films"
    page.reload()
    expect(cards).to_have_count(1)
    assert page.evaluate("window.here === undefined")


def test_a_jump_within_the_page_asks_for_nothing(come: Come) -> None:
    visitor = come()
    page = visitor.page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.evaluate("location.hash = 'end'")
    page.go_back()
    assert (page.url, seen) == (f"{visitor.address}/", [])


def test_new_posts_stay_marked_when_a_chip_is_chosen(site: Site, come: Come) -> None:
    visitor = come()
    visitor.page().evaluate("localStorage.setItem('hub-seen /', 1); sessionStorage.clear()")
    page = visitor.page()
    chip(page, "Films").click()
    expect(page.locator("[data-results] [data-new]")).to_have_count(1)


@pytest.mark.parametrize("name", ["Vimeo", "None"])
def test_what_cannot_come_into_the_page_is_opened_as_a_page(site: Site, come: Come, name: str) -> None:
    """Of another policy, or not there."""
    visitor = come()
    page = visitor.page()
    page.evaluate("window.here = true")
    chip(page, name).click()
    page.wait_for_url(f"**/networks/{name.lower()}/")
    page.wait_for_load_state()
    assert page.evaluate("window.here === undefined")
    visitor.said.clear()  # that the page is not there


def test_a_chip_works_where_the_page_cannot_be_asked_for(come: Come) -> None:
    visitor = come()
    visitor.context.add_init_script("window.fetch = () => Promise.reject(new TypeError('offline'))")
    page = visitor.page()
    chip(page, "Films").click()
    page.wait_for_url("**/networks/films/")
    expect(page.locator("[data-results] h3")).to_have_count(1)


def test_of_two_chips_in_a_row_the_last_counts(come: Come) -> None:
    visitor = come()
    held: list[Route] = []
    page = visitor.page()
    page.route("**/networks/films/", lambda route: held.append(route))  # noqa: PLW0108 - append has no attributes
    chip(page, "Films").click()
    page.locator("[data-results][aria-busy=true]").wait_for()
    page.evaluate(
        "document.querySelector('[data-filters] a[href=\"/networks/none/\"]').href = '/networks/films/?again'"
    )
    chip(page, "None").click()
    expect(page.locator("[data-status]")).to_have_text("1 film")
    assert page.url.endswith("/networks/films/?again")
    with page.expect_response("**/networks/films/"):
        held[0].continue_()
    assert page.url.endswith("/networks/films/?again")


@pytest.mark.parametrize(("motion", "transitions"), [("reduce", 0), ("no-preference", 1)])
def test_the_change_is_seen_unless_motion_is_not_wanted(come: Come, motion: Any, transitions: int) -> None:
    visitor = come(reduced_motion=motion)
    visitor.context.add_init_script(
        "window.seen = 0; const start = document.startViewTransition;"
        "Document.prototype.startViewTransition = function (change) { seen += 1; return start.call(this, change) }"
    )
    page = visitor.page()
    chip(page, "Films").click()
    expect(page.locator("[data-status]")).to_have_text("1 film")
    assert page.evaluate("seen") == transitions


def test_a_change_that_is_not_seen_to_its_end_is_no_error(come: Come) -> None:
    """The next one stops it, or leaving does; what a page complains of fails the test."""
    visitor = come(reduced_motion="no-preference")
    visitor.context.add_init_script(
        "const start = document.startViewTransition; Document.prototype.startViewTransition = function (change) {"
        " const transition = start.call(this, change); transition.skipTransition(); return transition }"
    )
    page = visitor.page()
    chip(page, "Films").click()
    expect(page.locator("[data-status]")).to_have_text("1 film")
    expect(page.locator("[data-results] h3")).to_have_count(1)


def test_a_chip_with_a_key_held_is_a_link(come: Come) -> None:
    visitor = come()
    page = visitor.page()
    with visitor.context.expect_page() as opened:
        chip(page, "Films").click(modifiers=["Control"])
    opened.value.wait_for_load_state()
    assert opened.value.title() == "Films"
    assert page.title() == "Home"


# Without what the script would like to have.

_FORBIDDEN = """
for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('forbidden', 'SecurityError') } });
}
"""


def test_all_works_where_nothing_may_be_kept(come: Come) -> None:
    visitor = come(color_scheme="light")
    visitor.context.add_init_script(_FORBIDDEN)
    page = visitor.page()

    page.get_by_role("button", name="Dark colours").click()
    assert background(page) == "dark"
    expect(page.locator("time").first).to_have_text("3 hr. ago")
    chip(page, "Films").click()
    expect(page.locator("[data-status]")).to_have_text("1 film")
    page.locator(".play").click()
    expect(page.locator("dialog iframe")).to_have_attribute("src", YOUTUBE)
    assert page.locator("[data-new]").count() == 0


def test_everything_is_there_without_script(come: Come) -> None:
    visitor = come(java_script_enabled=False)
    page = visitor.page()

    assert page.locator("time").first.inner_text() == "22 November 2026"
    assert page.locator(".play").get_attribute("href") == WATCH
    expect(page.locator("[data-theme-switch]")).to_be_hidden()
    chip(page, "Films").click()
    assert page.title() == "Films"
    page.locator(".play").click()
    page.wait_for_url(WATCH)
    assert visitor.asked == [WATCH]


def test_a_page_with_none_of_its_parts_is_left_alone(site: Site, come: Come, address: str) -> None:
    file = site.folder / "bare/index.html"
    file.parent.mkdir()
    file.write_text(
        '<!doctype html><html lang=en><title>Bare</title><link rel="icon" href="data:,">'
        '<script type="module" src="/theme/js/hub.js"></script>'
        '<a href="/" data-player="https://www.youtube-nocookie.com/embed/x?autoplay=1">Home</a>',
        encoding="utf-8",
    )
    page = come().page("/bare/")
    page.get_by_role("link", name="Home").click()
    page.wait_for_url(f"{address}/")
