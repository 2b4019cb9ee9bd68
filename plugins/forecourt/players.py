"""Players that a page of ours may open after a click, each at the address at which its network watches visitors least.

A post never brings an address of its own: what it names is looked up here, and the player's
address is made of nothing but the film's number. So the hosts are known before any post is.
Spotify and SoundCloud are not here: their players have no such address. Nor are Twitch, whose
player must be told the name of our host, and PeerTube, which anybody may run anywhere: its films
are files, which the browser plays itself.
"""

from __future__ import annotations

import html as entities
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from forecourt import urls
from forecourt.model import Media


class _Player(NamedTuple):
    """A network's player, and how to know a film of it: by addresses without scheme and "www.".

    In a pattern ``~`` is all that may stand between the path and a parameter; its groups go
    into the player's address.
    """

    network: str
    address: str
    films: str


_ASKED = r"/?\?(?:[^#]*&)?"
_YOUTUBE = r"(?:[mv]\.|music\.)?youtube(?:-nocookie)?\.com/"
_NO_FILM = "(?!videoseries|live_stream)"

_PLAYERS = (
    _Player(
        "youtube", "https://www.youtube-nocookie.com/embed/{}?autoplay=1",
        rf"(?:{_YOUTUBE}(?:(?:embed|v|shorts|live)/{_NO_FILM}|watch~v=)|youtu\.be/)([\w-]{{11}})",
    ),
    _Player(
        "vimeo", "https://player.vimeo.com/video/{}?h={}&dnt=1&autoplay=1",
        r"(?:player\.vimeo\.com/video/(?=\d+~h=)|vimeo\.com/(?=\d+/))(\d+)(?:~h=|/)([0-9a-f]{6,})",
    ),
    _Player(
        "vimeo", "https://player.vimeo.com/video/{}?dnt=1&autoplay=1",
        r"(?:player\.vimeo\.com/video/|vimeo\.com/(?:channels/[\w-]+/|groups/[\w-]+/videos/)?)(\d+)",
    ),
    _Player(
        "tiktok", "https://www.tiktok.com/player/v1/{}?autoplay=1",
        r"tiktok\.com/(?:@[\w.]*/video|embed(?:/v\d)?|player/v1)/(\d+)",
    ),
    _Player(
        "dailymotion", "https://geo.dailymotion.com/player.html?video={}",
        r"(?:(?:geo\.)?dailymotion\.com/(?:(?:embed/)?video/|player(?:/\w+)?\.html~video=)|dai\.ly/)(\w+)",
    ),
)  # fmt: skip

_FILMS = [
    (player, re.compile(rf"(?:{player.films.replace('~', _ASKED)})(?![\w-])", re.ASCII))
    for player in _PLAYERS
]
_NUMBER = re.compile(r"[\w-]{1,64}", re.ASCII)
_OURS = re.compile(
    "|".join(re.escape(player.address).replace(r"\{\}", _NUMBER.pattern) for player in _PLAYERS), re.ASCII
)
_FILES = re.compile(r"\.(?:mp4|m4v|webm|ogv|mp3|m4a|aac|og[ga]|opus|wav|flac)", re.IGNORECASE)
_SILENT = frozenset({"v.redd.it"})  # Reddit keeps sound and picture in two files
_LINK = re.compile(r'<a href="(https?://[^"]*)"')

HOSTS = tuple(sorted({urlsplit(player.address).netloc for player in _PLAYERS}))
"""All that a page may ever frame."""


def of(url: str) -> str:
    """The player of the film whose page or player has this address, "" where there is none for us."""
    scheme, _, rest = url.partition("://")
    if scheme not in {"http", "https"}:
        return ""
    bare = rest.removeprefix("www.")
    for player, films in _FILMS:
        if found := films.match(bare):
            return player.address.format(*found.groups())
    return ""


def named(network: str, number: str) -> str:
    """The player of a network's film by the number that the network gave it; "" for what can be no number."""
    address = next(
        player.address for player in _PLAYERS if player.network == network and player.address.count("{}") == 1
    )
    return address.format(number) if _NUMBER.fullmatch(number) else ""


def ours(address: str) -> str:
    """The address if it is one of those that are made here, otherwise ""."""
    return address if _OURS.fullmatch(address) else ""


def host(address: str) -> str:
    """The host of a player; "" where it is none of those that are made here."""
    return urlsplit(address).netloc if ours(address) else ""


def recording(media: Media) -> str:
    """The file of a film or a recording, where a browser can play it from; "" where it cannot.

    Not where the address is signed: it will have ended when somebody wants to see the film.
    """
    parts = urlsplit(media.url)
    plays = (
        media.type != "image"
        and parts.scheme == "https"
        and parts.netloc not in _SILENT
        and _FILES.fullmatch(parts.path[parts.path.rfind(".") :])
        and urls.unsigned(media.url) == media.url
    )
    return media.url if plays else ""


def playing(html: str) -> str:
    """Cleaned HTML whose links to films say which player may be opened in their place."""
    return _LINK.sub(_marked, html)


def _marked(link: re.Match[str]) -> str:
    player = of(entities.unescape(link[1]))
    return f'{link[0]} data-player="{entities.escape(player)}"' if player else link[0]


_PLAYS = re.compile(r' data-player="([^"]*)"')


def within(html: str) -> list[str]:
    """The players that HTML names which ``playing`` gave."""
    return [entities.unescape(found) for found in _PLAYS.findall(html)]
