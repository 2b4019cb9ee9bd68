"""Players that a page may open after a click: which there are, and what a page's policy says of them."""

from __future__ import annotations

import pytest

from forecourt import feeds, players, text
from forecourt.model import Media
from forecourt.policy import CSP, FILTERED, HEADERS, csp

YOUTUBE = "https://www.youtube-nocookie.com/embed/Ab-_5678901?autoplay=1"
VIMEO = "https://player.vimeo.com/video/176687322?dnt=1&autoplay=1"
TIKTOK = "https://www.tiktok.com/player/v1/7574000000000000009?autoplay=1"
DAILYMOTION = "https://geo.dailymotion.com/player.html?video=x8abc"

FILMS = {
    "https://www.youtube.com/watch?v=Ab-_5678901": YOUTUBE,
    "https://m.youtube.com/watch?app=desktop&v=Ab-_5678901&t=12": YOUTUBE,
    "http://youtube.com/shorts/Ab-_5678901?feature=share": YOUTUBE,
    "https://youtu.be/Ab-_5678901?si=x": YOUTUBE,
    "https://www.youtube.com/v/Ab-_5678901?version=3": YOUTUBE,
    "https://www.youtube-nocookie.com/embed/Ab-_5678901": YOUTUBE,
    "https://vimeo.com/176687322": VIMEO,
    "https://vimeo.com/channels/staffpicks/176687322": VIMEO,
    "https://player.vimeo.com/video/176687322?color=fff": VIMEO,
    "https://vimeo.com/176687322/0a1b2c3d4e": "https://player.vimeo.com/video/176687322?h=0a1b2c3d4e&dnt=1&autoplay=1",
    "https://player.vimeo.com/video/176687322?h=0a1b2c3d4e": (
        "https://player.vimeo.com/video/176687322?h=0a1b2c3d4e&dnt=1&autoplay=1"
    ),
    "https://www.tiktok.com/@larkwood.home/video/7574000000000000009?lang=en": TIKTOK,
    "https://www.tiktok.com/embed/v2/7574000000000000009": TIKTOK,
    "https://www.dailymotion.com/video/x8abc": DAILYMOTION,
    "https://dai.ly/x8abc": DAILYMOTION,
}

STRANGERS = [
    "https://evil.example/embed/Ab-_5678901",
    "https://evil.example/?https://www.youtube.com/watch?v=Ab-_5678901",
    "https://www.youtube.com.evil.example/watch?v=Ab-_5678901",
    "https://evil.example#www.youtube.com/embed/Ab-_5678901",
    "https://www.youtube.com@evil.example/embed/Ab-_5678901",
    "https://evilyoutube.com/watch?v=Ab-_5678901",
    "https://www.youtube.com/embed/videoseries?list=PL12",
    "https://www.youtube.com/watch?v=Ab-_5678901extra",
    "https://www.youtube.com/channel/UClark",
    "https://vimeo.com/larkwood",
    "https://open.spotify.com/embed/episode/5abc",
    "https://player.twitch.tv/?video=v123",
    "javascript://youtu.be/Ab-_5678901",
    "//youtu.be/Ab-_5678901",
    "",
]


@pytest.mark.parametrize("film", FILMS)
def test_a_film_is_played_from_the_address_that_watches_least(film: str) -> None:
    assert players.of(film) == FILMS[film]
    assert players.ours(FILMS[film]) == FILMS[film]
    assert players.host(FILMS[film]) in players.HOSTS


@pytest.mark.parametrize("address", STRANGERS)
def test_what_is_no_film_of_a_network_we_know_has_no_player(address: str) -> None:
    assert (players.of(address), players.ours(address), players.host(address)) == ("", "", "")


@pytest.mark.parametrize(
    "address",
    [
        f"{YOUTUBE}&list=x",
        f"{YOUTUBE}\n",
        f"{YOUTUBE} https://evil.example",
        YOUTUBE.replace("https", "http"),
        "https://www.youtube-nocookie.com/embed/../redirect?autoplay=1",
        "https://www.youtube-nocookie.com.evil.example/embed/Ab-_5678901?autoplay=1",
        "https://www.youtube.com/embed/Ab-_5678901?autoplay=1",
    ],
)
def test_a_player_is_ours_only_as_it_is_made_here(address: str) -> None:
    assert players.ours(address) == ""


def test_a_number_makes_a_player_and_what_is_none_does_not() -> None:
    assert players.named("youtube", "Ab-_5678901") == YOUTUBE
    assert players.named("tiktok", "7574000000000000009") == TIKTOK
    assert players.named("vimeo", "176687322") == VIMEO
    for number in ("", "a/../b", "x?y", "a b", "é", "x" * 65, "x\n"):
        assert players.named("youtube", number) == ""


def test_a_file_is_played_by_the_browser_if_its_address_lasts() -> None:
    for plays in ("https://a.example/film.MP4?x=1", "https://a.example/v.webm"):
        assert players.recording(Media("video", plays)) == plays
    assert players.recording(Media("audio", "https://a.example/1.mp3"))
    for plays_not in (
        "http://a.example/film.mp4",
        "https://a.example/film.m3u8",
        "https://a.example/watch?v=film.mp4",
        "https://a.example/film",
        "https://scontent.example/v/film.mp4?oe=67890&_nc=1",
        "https://v.redd.it/x/DASH_720.mp4?source=fallback",
        "",
    ):
        assert players.recording(Media("video", plays_not)) == "", plays_not
    assert players.recording(Media("image", "https://a.example/film.mp4")) == ""


def test_links_to_films_in_a_text_say_their_player() -> None:
    html = text.clean(
        '<p>See <a href="https://youtu.be/Ab-_5678901?a=1&amp;b=2">this</a> and <a href="https://a.example/">that</a>. '
        '<iframe src="https://player.vimeo.com/video/176687322"></iframe></p>',
        "https://a.example/",
    )

    assert players.playing(html) == html.replace(
        '<a href="https://youtu.be/Ab-_5678901?a=1&amp;b=2"',
        f'<a href="https://youtu.be/Ab-_5678901?a=1&amp;b=2" data-player="{YOUTUBE}"',
    ).replace(
        '<a href="https://vimeo.com/176687322"',
        f'<a href="https://vimeo.com/176687322" data-player="{VIMEO.replace("&", "&amp;")}"',
    )
    assert players.within(players.playing(html)) == [YOUTUBE, VIMEO]
    assert players.within(html) == []


VIMEO_FEED = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Films</title>
<link>https://vimeo.com/larkwood</link><item><title>A kiln</title><link>https://vimeo.com/176687322</link>
<guid>tag:vimeo,2026-11-20:clip176687322</guid><description>Words</description>
<media:content><media:player url="{player}"/>
<media:thumbnail height="540" width="960" url="https://i.vimeocdn.example/1.jpg"/></media:content>
</item></channel></rss>"""

GROUP = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><title>Films</title>
<id>x</id><entry><id>1</id><title>A kiln</title><link href="https://www.youtube.com/watch?v=Ab-_5678901"/>
<media:group><media:content url="{film}" type="application/x-shockwave-flash" width="640" height="390"/>
<media:thumbnail url="https://i1.ytimg.example/1.jpg"/></media:group></entry></feed>"""


def media_of(document: str) -> tuple[Media, ...]:
    feed = feeds.parse(document.encode(), "", "https://a.example/feed")
    ((post,), _) = feeds.as_posts(feed, "films")
    return post.media


def test_a_film_in_any_feed_has_its_networks_player() -> None:
    player = "https://player.vimeo.com/video/176687322"
    assert media_of(VIMEO_FEED.format(player=player)) == (
        Media("video", player, poster="https://i.vimeocdn.example/1.jpg", player=VIMEO),
    )
    assert [
        each.player for each in media_of(GROUP.format(film="https://www.youtube.com/v/Ab-_5678901?version=3"))
    ] == [YOUTUBE]


def test_a_hostile_feed_brings_no_player_of_its_own() -> None:
    evil = "https://evil.example/player/1"
    assert not [
        each for each in media_of(VIMEO_FEED.format(player=evil)) if each.player or each.type == "video"
    ]
    assert [each.player for each in media_of(GROUP.format(film=evil))] == [""]


# The policy.


def directives(policy: str) -> dict[str, set[str]]:
    return {name: set(values) for name, *values in (each.split() for each in policy.split("; "))}


def test_a_page_frames_the_hosts_of_its_own_players_and_no_other() -> None:
    assert "frame-src" not in CSP
    assert "media-src" not in CSP
    assert csp() == CSP
    found = directives(csp([YOUTUBE, VIMEO, YOUTUBE]))
    assert found["frame-src"] == {"https://www.youtube-nocookie.com", "https://player.vimeo.com"}
    assert directives(csp(recordings=True))["media-src"] == {"https:"}


@pytest.mark.parametrize(
    "hostile",
    [
        "https://evil.example/embed/x",
        "https://www.youtube-nocookie.com/embed/x?autoplay=1; script-src *",
        "*",
        "'unsafe-inline'",
        "https://evil.example/ https://www.youtube-nocookie.com/embed/x?autoplay=1",
    ],
)
def test_a_post_brings_no_host_of_its_own_into_the_policy(hostile: str) -> None:
    assert csp([hostile]) == CSP


def test_only_the_page_that_searches_compiles() -> None:
    assert directives(csp(search=True))["script-src"] == {"'self'", "'wasm-unsafe-eval'"}
    assert directives(CSP)["script-src"] == {"'self'"}


def test_a_filtered_page_may_play_what_any_listing_shows_and_searches_nothing() -> None:
    assert csp(FILMS.values(), recordings=True) == FILTERED


def test_what_a_server_sends_allows_what_any_page_does_and_no_more() -> None:
    sent = directives(HEADERS["Content-Security-Policy"])
    everything = directives(csp(FILMS.values(), recordings=True, search=True))

    assert sent == {**everything, "frame-ancestors": {"'none'"}}
    assert sent["frame-src"] == {f"https://{host}" for host in players.HOSTS}
    assert sent["default-src"] == {"'none'"}
