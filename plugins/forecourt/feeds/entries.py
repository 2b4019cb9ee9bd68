"""What a feed document says, whatever format it says it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from forecourt.model import Author, Engagement, Event, Media, Rating


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an entry, as the feed names it."""

    url: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of an episode, written down; ``lang`` is "" where they are in the episode's own."""

    url: str
    type: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """What a feed says of an entry that is part of a podcast.

    ``type`` is "trailer" or "bonus" for what is no episode proper. ``people`` are
    those who made it, each with the role that the feed gives them.
    """

    season: int | None = None
    number: int | None = None
    type: str = ""
    explicit: bool = False
    chapters: str = ""
    transcripts: tuple[Transcript, ...] = ()
    people: tuple[tuple[Author, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    ``title`` is plain. ``html`` is as the origin wrote it: not yet sanitised, its
    addresses relative to ``base``. Other addresses are absolute, or "". ``id`` is
    what the feed says, "" if nothing. ``media`` holds every picture, film and
    recording that stands beside the text; those inside ``html`` are not repeated.
    ``episode`` is whether the feed describes it as part of a podcast, ``podcast``
    what it says there and nowhere else. ``syndicated`` are addresses of its copies, beside those in its text.
    """

    id: str = ""
    link: str = ""
    title: str = ""
    html: str = ""
    base: str = ""
    lang: str = ""
    authors: tuple[Author, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    categories: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    engagement: Engagement = field(default_factory=Engagement)
    rating: Rating | None = None
    event: Event | None = None
    in_reply_to: str = ""
    syndicated: tuple[str, ...] = ()
    episode: bool = False
    podcast: Episode | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed document.

    ``rejected`` has a sentence for each entry that could not be read, ``notes``
    sentences about the document as a whole. ``wish`` is how long it wants to be left
    alone between polls.
    """

    title: str = ""
    link: str = ""
    description: str = ""
    lang: str = ""
    icon: str = ""
    hub: str = ""
    entries: tuple[Entry, ...] = ()
    rejected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    wish: timedelta | None = None
