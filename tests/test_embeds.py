from __future__ import annotations

from collections.abc import Callable

import pytest

from forecourt import text

BASE = "https://larkwood.example/journal/"
REL = 'rel="nofollow ugc noopener"'

KNOWN = {
    "//www.youtube.com/embed/Ab-_5678901?feature=oembed": ("https://www.youtube.com/watch?v=Ab-_5678901", "YouTube"),
    "https://www.youtube-nocookie.com/embed/Ab-_5678901": ("https://www.youtube.com/watch?v=Ab-_5678901", "YouTube"),
    "https://youtube.com/shorts/Ab-_5678901": ("https://www.youtube.com/watch?v=Ab-_5678901", "YouTube"),
    "https://m.youtube.com/watch?x=1&amp;v=Ab-_5678901": ("https://www.youtube.com/watch?v=Ab-_5678901", "YouTube"),
    "https://www.youtube.com/embed/videoseries?list=PL12": ("https://www.youtube.com/playlist?list=PL12", "YouTube"),
    "https://www.youtube.com/embed?listType=playlist&amp;list=PL12": (
        "https://www.youtube.com/playlist?list=PL12", "YouTube",
    ),
    "https://player.vimeo.com/video/176687322?h=0a1b&amp;color=fff": ("https://vimeo.com/176687322/0a1b", "Vimeo"),
    "https://player.vimeo.com/video/176687322": ("https://vimeo.com/176687322", "Vimeo"),
    "https://geo.dailymotion.com/player.html?video=x8abc": ("https://www.dailymotion.com/video/x8abc", "Dailymotion"),
    "https://www.dailymotion.com/embed/video/x8abc?autoplay=0": (
        "https://www.dailymotion.com/video/x8abc", "Dailymotion",
    ),
    "https://open.spotify.com/embed/episode/5abc?utm=1": ("https://open.spotify.com/episode/5abc", "Spotify"),
    "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/larkwood/kiln&amp;color=x": (
        "https://soundcloud.com/larkwood/kiln", "SoundCloud",
    ),
    "https://w.soundcloud.com/player/?url=https%3A%2F%2Fapi.soundcloud.com%2Ftracks%2F1": (
        "https://w.soundcloud.com/player/?url=https%3A%2F%2Fapi.soundcloud.com%2Ftracks%2F1", "SoundCloud",
    ),
    "https://player.twitch.tv/?video=v123&amp;parent=x": ("https://www.twitch.tv/videos/123", "Twitch"),
    "https://player.twitch.tv/?channel=larkwood": ("https://www.twitch.tv/larkwood", "Twitch"),
    "https://clips.twitch.tv/embed?clip=Nice-1": ("https://clips.twitch.tv/Nice-1", "Twitch"),
    "https://www.tiktok.com/embed/v2/7123": ("https://www.tiktok.com/@/video/7123", "TikTok"),
    "https://www.instagram.com/p/BOpyaOhDaFK/embed/captioned/?v=6": (
        "https://www.instagram.com/p/BOpyaOhDaFK/", "Instagram",
    ),
    "https://www.facebook.com/plugins/video.php?w=5&amp;href=https%3A%2F%2Fwww.facebook.com%2Fx%2Fvideos%2F1%2F": (
        "https://www.facebook.com/x/videos/1/", "Facebook",
    ),
    "https://platform.twitter.com/embed/Tweet.html?dnt=1&amp;id=20": ("https://x.com/i/status/20", "X"),
    "https://embed.bsky.app/embed/did:plc:abc/app.bsky.feed.post/3k": (
        "https://bsky.app/profile/did:plc:abc/post/3k", "Bluesky",
    ),
    "https://www.linkedin.com/embed/feed/update/urn:li:share:70": (
        "https://www.linkedin.com/feed/update/urn:li:share:70", "LinkedIn",
    ),
    "https://assets.pinterest.com/ext/embed.html?id=99": ("https://www.pinterest.com/pin/99/", "Pinterest"),
    "https://embed.podcasts.apple.com/us/podcast/kiln/id1?i=2": (
        "https://podcasts.apple.com/us/podcast/kiln/id1?i=2", "Apple Podcasts",
    ),
    "https://www.mixcloud.com/widget/iframe/?hide_cover=1&amp;feed=%2Flarkwood%2Fmix%2F": (
        "https://www.mixcloud.com/larkwood/mix/", "Mixcloud",
    ),
    "https://www.google.com/maps/embed?pb=!1m18!1d2624!2d2.29!3d48.85!2m3!1m2!1s0x47e6:0x8dd!2sEiffel%20Tower!5e0": (
        "https://www.google.com/maps/search/?api=1&amp;query=Eiffel%20Tower", "Google Maps",
    ),
    "https://www.google.com/maps/embed?pb=!1m14!1d2624!2d2.29!3d48.85": (
        "https://www.google.com/maps/search/?api=1&amp;query=48.85,2.29", "Google Maps",
    ),
    "https://maps.google.com/maps?output=embed&amp;q=Lyon": (
        "https://www.google.com/maps/search/?api=1&amp;query=Lyon", "Google Maps",
    ),
    "https://www.openstreetmap.org/export/embed.html?bbox=1&amp;marker=45.7%2C4.8": (
        "https://www.openstreetmap.org/?mlat=45.7&amp;mlon=4.8", "OpenStreetMap",
    ),
}  # fmt: skip


@pytest.mark.promise(34)
def test_players_that_we_know_become_links_to_where_a_person_watches(figure: Callable[[str], None]) -> None:
    for address, (page, name) in KNOWN.items():
        cleaned = text.clean(f'<p>x</p><iframe src="{address}"></iframe><p>y</p>', BASE)
        assert f'<a href="{page}" {REL}>' in cleaned, (address, cleaned)
        assert text.plain(cleaned).split() == ["x", *name.split(), "y"], (address, cleaned)
    figure(f"{len(KNOWN)} of {len(KNOWN)} players are links")


def test_a_poster_is_a_picture_of_the_post_and_its_words_are_the_title_of_the_film() -> None:
    html = text.clean('<iframe title="The kiln" src="https://youtu.be/Ab-_5678901"></iframe>', BASE)

    assert html == (
        f'<a href="https://www.youtube.com/watch?v=Ab-_5678901" {REL}>'
        '<img src="https://i.ytimg.com/vi/Ab-_5678901/hqdefault.jpg" alt="The kiln"> YouTube</a>'
    )
    assert [picture.alt for picture in text.images(html)] == ["The kiln"]
    assert text.plain(text.replace_images(html, lambda _: "")) == "YouTube", (
        "without its picture it is a link"
    )


@pytest.mark.parametrize(
    "title", ["YouTube video player", "Embedded content", "https://youtu.be/x", "Video #1"]
)
def test_a_title_that_says_nothing_is_left_out(title: str) -> None:
    assert title not in text.clean(f'<iframe title="{title}" src="https://vimeo.example/1"></iframe>', BASE)


def test_the_title_names_a_link_that_has_no_picture() -> None:
    html = text.clean(
        '<iframe title="Kiln &amp; clay" src="https://player.vimeo.com/video/1"></iframe>', BASE
    )
    assert text.plain(html) == "Kiln & clay (Vimeo)"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<iframe data-src="https://player.vimeo.com/video/1" src="about:blank"></iframe>', "https://vimeo.com/1"),
        ("<IFRAME SRC=//player.vimeo.com/video/1>", "https://vimeo.com/1"),
        ('<embed src="https://www.youtube.com/v/Ab-_5678901&amp;hl=en">', "https://www.youtube.com/watch?v=Ab-_5678901"),
        ('<object data="https://player.vimeo.com/video/1"></object>', "https://vimeo.com/1"),
        ('<iframe src="/tour/"></iframe>', "https://larkwood.example/tour/"),
        ('<iframe src="https://a.example/post/embed/#?secret=x1"></iframe>', "https://a.example/post/"),
        (
            '<iframe src="https://bandcamp.com/EmbeddedPlayer/album=1/"><a href="https://x.bandcamp.com/a">A</a></iframe>',
            "https://x.bandcamp.com/a",
        ),
        ('<video src="a.mp4">Your browser is old</video>', f"{BASE}a.mp4"),
        ('<audio controls><source src="a.opus"><source src="a.mp3">old</audio>', f"{BASE}a.opus"),
    ],
)  # fmt: skip
def test_a_player_is_found_however_it_is_written(html: str, expected: str) -> None:
    cleaned = text.clean(html, BASE)
    assert cleaned.count("<a ") == 1
    assert f'href="{expected}"' in cleaned
    assert "old" not in text.plain(cleaned)


def test_a_film_of_the_page_keeps_its_poster() -> None:
    html = text.clean('<p>x</p><video poster="/p.jpg"><source src="/kiln%20film.mp4"></video><p>y</p>', BASE)
    assert text.images(html)[0].src == "https://larkwood.example/p.jpg"
    assert text.plain(html) == "x\n\nkiln film.mp4\n\ny"


def test_a_film_without_an_end_takes_nothing_with_it() -> None:
    assert text.plain(text.clean('<video src="a.mp4"><p>words</p>', BASE)) == "a.mp4\n\nwords"


def test_a_page_that_is_linked_already_is_not_linked_again() -> None:
    link = '<a href="https://vimeo.com/1">x</a>'
    frame = '<iframe src="https://player.vimeo.com/video/1"></iframe>'
    assert text.clean(link + frame, BASE).count("vimeo.com/1") == 1
    assert text.clean(frame + frame, BASE).count("vimeo.com/1") == 1


@pytest.mark.parametrize(
    "html",
    [
        '<iframe src="javascript:alert(1)"></iframe>',
        '<iframe srcdoc="<p>x"></iframe>',
        '<iframe src="https://stats.doubleclick.net/x"></iframe>',
        '<object data="movie.swf"></object>',
        "<video></video>",
        '<embed src="https://x.example/unknown.swf">',
    ],
)
def test_what_is_no_player_leaves_nothing(html: str) -> None:
    assert text.clean(html, BASE) in {"", '"&gt;'}


def test_what_a_player_says_cannot_become_markup() -> None:
    html = """<iframe title='"><img src=x onerror=alert(1)>' src='https://x.example/"><script>alert(1)</script>'></iframe>"""
    cleaned = text.clean(html, BASE)
    assert "<script" not in cleaned
    assert "<img" not in cleaned.replace("&lt;img", "")
