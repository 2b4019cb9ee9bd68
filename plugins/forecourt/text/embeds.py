"""Players of other sites as what a page of ours may hold: a poster, and a link to where a person watches.

What is made here is HTML like the rest, and cleaned with it. Nobody is asked: a
poster is there where the address of the player tells where it is.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from forecourt import urls
from forecourt.text.characters import line
from forecourt.text.trackers import counts_readers

_MOST = 100  # players of one post; more are no players but an attack
_FALLBACK = 2000  # characters inside a frame in which its link is looked for
_TAG = re.compile(r"<(/?)(iframe|video|audio|source|object|embed)\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])([a-zA-Z][\w-]*+)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))""", re.ASCII
)
_LINK = re.compile(r"""<a\s[^<>]*?href\s*=\s*["'](https?://[^"'<>\s]+)["'][^<>]*>([^<>]*)""", re.IGNORECASE)
_SOURCES = ("src", "data-src", "data-lazy-src", "data")  # the later ones are those of lazy-loading blogs
_SECRET = re.compile(r"embed/?#\?secret=\w+$", re.ASCII)  # of a post of WordPress that stands in another
_SAYS_NOTHING = re.compile(
    r"(?:[\W\d_]|youtube|vimeo|spotify|soundcloud|embed|embedded|video|audio|media|player|iframe|frame|content|post"
    r"|https?://\S+)*",
    re.IGNORECASE,
)


class _Player(NamedTuple):
    """How to know a player: its address without scheme and "www.", and the two addresses made of that.

    In a pattern ``~`` is all that may stand between the path and a parameter, and the
    group ``of`` holds the whole address of the page, in the code of addresses.
    """

    name: str
    address: str
    page: str = ""
    poster: str = ""


_ASKED = r"/?\?(?:[^#]*&)?"
_YOUTUBE = r"(?:m\.)?youtube(?:-nocookie)?\.com/"
_STILL = r"https://i.ytimg.com/vi/\1/hqdefault.jpg"
_WATCH = r"https://www.youtube.com/watch?v=\1"
_GOOGLE = r"google\.[a-z.]{2,6}/maps/"
_LIST = r"https://www.youtube.com/playlist?list=\1"
_MAP = r"https://www.google.com/maps/search/?api=1&query=\1"

_PLAYERS = (
    _Player("YouTube", _YOUTUBE + r"(?:embed|v|shorts|live)/(?!videoseries|live_stream)([\w-]{11})", _WATCH, _STILL),
    _Player("YouTube", _YOUTUBE + r"watch~v=([\w-]{11})", _WATCH, _STILL),
    _Player("YouTube", r"youtu\.be/([\w-]{11})", _WATCH, _STILL),
    _Player("YouTube", _YOUTUBE + r"embed(?:/videoseries)?~list=([\w-]+)", _LIST),
    _Player("YouTube", _YOUTUBE + r"embed/live_stream~channel=([\w-]+)", r"https://www.youtube.com/channel/\1/live"),
    _Player("Vimeo", r"player\.vimeo\.com/video/(\d+)~h=([0-9a-f]+)", r"https://vimeo.com/\1/\2"),
    _Player("Vimeo", r"player\.vimeo\.com/video/(\d+)", r"https://vimeo.com/\1"),
    _Player(
        "Dailymotion", r"(?:geo\.)?dailymotion\.com/(?:embed/video/|player(?:/\w+)?\.html~video=)(\w+)",
        r"https://www.dailymotion.com/video/\1", r"https://www.dailymotion.com/thumbnail/video/\1",
    ),
    _Player("Spotify", r"open\.spotify\.com/embed(?:-podcast)?/(\w+/\w+)", r"https://open.spotify.com/\1"),
    _Player("SoundCloud", r"w\.soundcloud\.com/player~url=(?P<of>https?(?::|%3A)(?:/|%2F){2}(?!api)[^&#]+)"),
    _Player("SoundCloud", r"w\.soundcloud\.com/player"),
    _Player("Twitch", r"player\.twitch\.tv~video=v?(\d+)", r"https://www.twitch.tv/videos/\1"),
    _Player("Twitch", r"player\.twitch\.tv~channel=(\w+)", r"https://www.twitch.tv/\1"),
    _Player("Twitch", r"clips\.twitch\.tv/embed~clip=([\w-]+)", r"https://clips.twitch.tv/\1"),
    _Player("TikTok", r"tiktok\.com/(?:embed(?:/v\d)?|player/v1)/(\d+)", r"https://www.tiktok.com/@/video/\1"),
    _Player("Instagram", r"instagram\.com/((?:p|reel|tv)/[\w-]+)/embed", r"https://www.instagram.com/\1/"),
    _Player("Facebook", r"facebook\.com/plugins/\w+\.php~href=(?P<of>https?(?::|%3A)[^&#]+)"),
    _Player("X", r"platform\.twitter\.com/embed/\w+\.html~id=(\d+)", r"https://x.com/i/status/\1"),
    _Player("Bluesky", r"embed\.bsky\.app/embed/(did:[\w:.-]+)/app\.bsky\.feed\.post/(\w+)", r"https://bsky.app/profile/\1/post/\2"),
    _Player("Threads", r"(threads\.(?:net|com)/@[\w.]+/post/[\w-]+)/embed", r"https://www.\1"),
    _Player("LinkedIn", r"linkedin\.com/embed/(feed/update/urn:li:\w+:\d+)", r"https://www.linkedin.com/\1"),
    _Player("Pinterest", r"assets\.pinterest\.com/ext/embed\.html~id=(\d+)", r"https://www.pinterest.com/pin/\1/"),
    _Player("Reddit", r"(?:embed\.reddit|redditmedia)\.com/(r/\w+/comments/[^?#]+)", r"https://www.reddit.com/\1"),
    _Player("Apple Podcasts", r"embed\.podcasts\.apple\.com/([^#]+)", r"https://podcasts.apple.com/\1"),
    _Player("Apple Music", r"embed\.music\.apple\.com/([^#]+)", r"https://music.apple.com/\1"),
    _Player("Deezer", r"widget\.deezer\.com/widget/\w+/(\w+/\d+)", r"https://www.deezer.com/\1"),
    _Player(
        "Mixcloud", r"(?:player-widget\.)?mixcloud\.com/widget/iframe~feed=(?P<of>(?:/|%2F|http)[^&#]+)",
        "https://www.mixcloud.com/",
    ),
    _Player("Bandcamp", r"bandcamp\.com/EmbeddedPlayer"),
    _Player("Streamable", r"streamable\.com/[eos]/(\w+)", r"https://streamable.com/\1"),
    _Player("Loom", r"loom\.com/embed/(\w+)", r"https://www.loom.com/share/\1"),
    _Player("TED", r"embed\.ted\.com/(talks/[\w/-]+)", r"https://www.ted.com/\1"),
    _Player("Giphy", r"giphy\.com/embed/(\w+)", r"https://giphy.com/gifs/\1"),
    _Player("CodePen", r"codepen\.io/([\w-]+)/embed/(?:preview/)?(\w+)", r"https://codepen.io/\1/pen/\2"),
    _Player("Google Maps", _GOOGLE + r"embed/v1/\w+~q=([^&#]+)", _MAP),
    _Player("Google Maps", _GOOGLE + r"embed\?pb=[^#]*!1s0x[0-9a-f]+(?::|%3A)0x[0-9a-f]+!2s([^!&#]+)", _MAP),
    _Player("Google Maps", _GOOGLE + r"embed\?pb=[^#]*!2d(-?[\d.]+)!3d(-?[\d.]+)", _MAP.replace(r"\1", r"\2,\1")),
    _Player("Google Maps", r"(?:maps\.)?google\.[a-z.]{2,6}/(?:maps)?~q=([^&#]+)", _MAP),
    _Player(
        "OpenStreetMap", r"openstreetmap\.org/export/embed\.html~marker=(-?[\d.]+)(?:,|%2C)(-?[\d.]+)",
        r"https://www.openstreetmap.org/?mlat=\1&mlon=\2",
    ),
)  # fmt: skip


class _Embed(NamedTuple):
    """What stands in the place of a player. ``words`` are those of the link."""

    page: str
    words: str
    poster: str = ""
    alt: str = ""


def linked(html: str, base: str) -> str:
    """The HTML with posters and links in the place of players; their addresses may be relative to ``base``.

    A film keeps the picture that its page gives it. A player whose page the HTML links to
    already goes.
    """
    players = list(_found(html, base))
    if not players:
        return html
    begins = [0, *(end for _, end, _ in players)]
    between = [
        html[start:end]
        for start, end in zip(begins, [*(start for start, *_ in players), len(html)], strict=True)
    ]
    rest = "".join(between)
    shown: set[str] = set()
    pieces = []
    for before, (*_, embed) in zip(between, players, strict=False):
        pieces.append(before)
        if embed and embed.page not in shown and not _is_linked(rest, embed.page):
            shown.add(embed.page)
            pieces.append(_markup(embed))
    return "".join([*pieces, between[-1]])


def _found(html: str, base: str) -> Iterator[tuple[int, int, _Embed | None]]:
    """Where each player begins and ends, and what stands there instead; None is nothing."""
    tags = list(_TAG.finditer(html))
    closed: dict[str, int] = {}  # where the next end tag of a name is, seen from the tag that we are at
    ends = []
    for place in range(len(tags) - 1, -1, -1):
        if tags[place][1]:
            closed[tags[place][2].lower()] = place
        ends.append(closed.get(tags[place][2].lower(), place))
    ends.reverse()
    number = place = 0
    while place < len(tags) and number < _MOST:
        tag, name, end = tags[place], tags[place][2].lower(), ends[place]
        place += 1
        if tag[1] or name == "source":
            continue
        number += 1
        said = _said(tag)
        whole = (tag.start(), tags[end].end())
        if name in {"video", "audio"}:
            files = [_said(each) for each in tags[place:end] if each[2].lower() == "source"]
            yield *whole, _film(said, files, base)
            place = end + 1
        elif name == "iframe":
            yield *whole, _framed(said, html[tag.end() : max(tags[end].start(), tag.end())][:_FALLBACK], base)
            place = end + 1
        else:
            yield tag.start(), tag.end(), _known(_address(said, base), _title(said))


def _framed(said: Mapping[str, str], inside: str, base: str) -> _Embed | None:
    """What a frame shows: a player we know, the page that its text links to, or just its address."""
    address = _address(said, base)
    if not address or counts_readers(address):
        return None
    if known := _known(address, _title(said), inside):
        return known
    return _Embed(_SECRET.sub("", address), _named(_title(said), _host(address)))


def _known(address: str, title: str, inside: str = "") -> _Embed | None:
    bare = address.partition("://")[2].removeprefix("www.")
    for player in _PLAYERS:
        if found := re.match(player.address.replace("~", _ASKED), bare, re.ASCII | re.IGNORECASE):
            if "of" in found.re.groupindex:
                page = urls.absolute(unquote(found["of"]), player.page)
            else:
                page = urls.absolute(found.expand(player.page))
            if not page and (link := _LINK.search(inside)):
                page, title = (
                    urls.absolute(entities.unescape(link[1])),
                    title or line(entities.unescape(link[2])),
                )
            poster = found.expand(player.poster)
            return _Embed(
                page or address, player.name if poster else _named(title, player.name), poster, title
            )
    return None


def _film(said: Mapping[str, str], files: list[dict[str, str]], base: str) -> _Embed | None:
    """A film or a recording in the page itself: its file, and its poster."""
    address = _address(said, base) or next(filter(None, (_address(file, base) for file in files)), "")
    file = line(unquote_plus(address.partition("?")[0].rpartition("/")[2]))
    poster = urls.absolute(entities.unescape(said.get("poster", "")), base)
    title = _title(said)
    return (
        _Embed(address, _named(title, file or _host(address)), poster, title) if address or poster else None
    )


def _said(tag: re.Match[str]) -> dict[str, str]:
    """The attributes of a tag; of two of one name the first counts."""
    said: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(tag[3]):
        said.setdefault(name.lower(), "".join(values))
    return said


def _address(said: Mapping[str, str], base: str) -> str:
    found = (urls.absolute(entities.unescape(said.get(name, "")), base) for name in _SOURCES)
    return next(filter(None, found), "")


def _title(said: Mapping[str, str]) -> str:
    title = line(entities.unescape(said.get("title") or said.get("aria-label", "")))[:200]
    return "" if _SAYS_NOTHING.fullmatch(title) else title


def _named(title: str, name: str) -> str:
    return f"{title} ({name})" if title and title != name else name


def _host(address: str) -> str:
    return urls.host(address).removeprefix("www.")


def _is_linked(html: str, page: str) -> bool:
    return bool(page) and (f'href="{page}"' in html or f"href='{page}'" in html)


def _markup(embed: _Embed) -> str:
    poster = (
        f'<img src="{entities.escape(embed.poster)}" alt="{entities.escape(embed.alt)}"> '
        if embed.poster
        else ""
    )
    if not embed.page:
        return f" {poster}"
    return f' <a href="{entities.escape(embed.page)}">{poster}{entities.escape(embed.words)}</a> '
