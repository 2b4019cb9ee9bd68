"""A podcast, with what its feed says of each episode beside the recording.

You need the address of the podcast's feed, the one that podcast apps are given. Its
host shows it beside the show ("RSS feed"); no key is needed.

You get every episode that the feed holds: title, notes, length, cover, date, the
people who are heard in it, season and number, and whether it is explicit. Chapters
and transcript stand as links at the end of the notes, where the feed has them.

You do not get the recordings themselves: they stay with their host, and a link leads
to them.

    [[source]]
    name = "the-slow-room"
    connector = "podcast"
    url = "https://radio.example/the-slow-room.rss"
    # details = false          # leave out what stands at the end of the notes: season, people, links
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import ClassVar

from forecourt import feeds, urls
from forecourt.connectors import Batch, Connector, Conversation, Request
from forecourt.feeds import Entry, Episode, Transcript
from forecourt.model import Author, Kind, Media, Terms

_ACCEPT = "application/rss+xml, application/xml;q=0.9, application/feed+json;q=0.8, */*;q=0.5"
# A person reads the first of these best; the others are made for players.
_READABLE = ("text/html", "text/plain", "text/vtt", "application/x-subrip", "application/srt", "text/srt")


@dataclass(frozen=True, slots=True)
class Podcast:
    """A show, by its feed."""

    url: str
    details: bool = True
    network: ClassVar[str] = "podcast"
    terms: ClassVar[Terms] = Terms(recheck=None)

    def __post_init__(self) -> None:
        if not urls.absolute(self.url):
            raise ValueError("url must be the full address of a podcast's feed, beginning with https://")

    def poll(self, source: str, since: str) -> Conversation:  # a feed is always read as a whole
        """Ask for the feed, which is one request; ``since`` has nothing to say."""
        response = yield Request(self.url, headers={"accept": _ACCEPT})
        feed = feeds.parse(response.body, response.headers.get("content-type", ""), response.url)
        entries = tuple(self._whole(entry, feed.icon) for entry in feed.entries)
        posts, rejected = feeds.as_posts(replace(feed, entries=entries), source, Kind.EPISODE, response.at)
        notes = () if entries or rejected else ("the feed has no episodes",)
        return Batch(posts, rejected=rejected, notes=feed.notes + notes, whole=True, wish=feed.wish)

    def _whole(self, entry: Entry, cover: str) -> Entry:
        """The entry with its cover, and with what a post has no place for at the end of its notes."""
        media = tuple(_covered(each, cover) for each in entry.media)
        said = list(_said(entry.podcast)) if entry.podcast and self.details else []
        listed = "<ul>" + "".join(f"<li>{one}</li>" for one in said) + "</ul>" if said else ""
        return replace(entry, media=media, html=entry.html + listed)


def _covered(media: Media, cover: str) -> Media:
    """An episode without a picture of its own shows that of the show, as podcast apps do."""
    return media if media.type == "image" or media.poster else replace(media, poster=cover)


def _said(episode: Episode) -> Iterator[str]:
    if place := ", ".join(_place(episode)):
        yield place[0].upper() + place[1:]
    if episode.people:
        yield ", ".join(_person(author, role) for author, role in episode.people)
    if episode.explicit:
        yield "Explicit"
    if episode.chapters:
        yield _link(episode.chapters, "Chapters")
    transcripts = _readable(episode.transcripts)
    for transcript in transcripts:
        tell = f" ({transcript.lang})" if transcript.lang and len(transcripts) > 1 else ""
        yield _link(transcript.url, f"Transcript{tell}")


def _place(episode: Episode) -> Iterator[str]:
    if episode.season:
        yield f"season {episode.season}"
    if episode.type:
        yield episode.type
    elif episode.number:
        yield f"episode {episode.number}"


def _person(author: Author, role: str) -> str:
    name = _link(author.url, author.name) if author.url else escape(author.name)
    return name + (f" ({escape(role.lower())})" if role else "")


def _readable(transcripts: tuple[Transcript, ...]) -> list[Transcript]:
    """One of each language: the same words come in several formats."""
    best: dict[str, Transcript] = {}
    for transcript in sorted(transcripts, key=_rank):
        best.setdefault(transcript.lang, transcript)
    return list(best.values())


def _rank(transcript: Transcript) -> int:
    return _READABLE.index(transcript.type) if transcript.type in _READABLE else len(_READABLE)


def _link(url: str, words: str) -> str:
    return f'<a href="{escape(url)}">{escape(words)}</a>'


CONNECTOR: type[Connector] = Podcast
