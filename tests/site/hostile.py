"""Feeds and posts with the same text of a stranger in every field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from forecourt import config
from forecourt.accounts import link
from forecourt.connectors import Batch, Response, advance
from forecourt.connectors.feed import Feed
from forecourt.curate import decide
from forecourt.model import Author, Engagement, Event, Kind, Media, Post, Price, Rating
from forecourt.store import SourceState, Store
from forecourt.washing import Washing
from tests.conftest import NOW, Hub

PLACE = "https://feeds.example/"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rss(vectors: Sequence[str]) -> bytes:
    """An RSS feed of one item for each text, in all that an item has."""
    return _document(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:ev="http://purl.org/rss/1.0/modules/event/" xmlns:thr="http://purl.org/syndication/thread/1.0"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'
        f"<title>{_text(vectors[0])}</title><link>{_text(vectors[0])}</link>"
        f"<description>{_text(vectors[0])}</description>",
        [
            f"<item><guid>{_text(v)} {n}</guid><title>{_text(v)}</title><link>{_text(_link(v, n))}</link>"
            f"<description>{_text(v)}</description><content:encoded>{_text(f'<p>begin</p>{v}')}</content:encoded>"
            f"<author>{_text(v)}</author><dc:creator>{_text(v)}</dc:creator><category>{_text(v)}</category>"
            f"<enclosure url={_attribute(v)} type='image/png' length='1'/><pubDate>{_date(n):%a, %d %b %Y %H:%M:%S} GMT"
            f"</pubDate><media:content url={_attribute(v)} medium='image'><media:title>{_text(v)}</media:title>"
            f"<media:description>{_text(v)}</media:description><media:thumbnail url={_attribute(v)}/></media:content>"
            f"<media:content url='https://pictures.example/{n}.png' medium='image'><media:description>{_text(v)}"
            f"</media:description></media:content><ev:startdate>2026-12-01T10:00:00Z</ev:startdate>"
            f"<ev:location>{_text(v)}</ev:location><thr:in-reply-to ref={_attribute(v)} href={_attribute(v)}/>"
            f"<source url={_attribute(v)}>{_text(v)}</source><comments>{_text(v)}</comments>"
            f"<itunes:image href={_attribute(v)}/><itunes:author>{_text(v)}</itunes:author></item>"
            for n, v in enumerate(vectors)
        ],
        "</channel></rss>",
    )


def atom(vectors: Sequence[str]) -> bytes:
    """An Atom feed, its texts as HTML and as text by turns."""
    return _document(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<id>x</id><title type='html'>{_text(vectors[0])}</title><subtitle>{_text(vectors[0])}</subtitle>",
        [
            f"<entry><id>{_text(v)} {n}</id><title type='{kind}'>{_text(v)}</title><link href={_attribute(v)}/>"
            f"<link rel='alternate' href={_attribute(_link(v, n))}/>"
            f"<link rel='enclosure' href={_attribute(v)} type='video/mp4'/>"
            f"<author><name>{_text(v)}</name><uri>{_text(v)}</uri><email>{_text(v)}</email></author>"
            f"<category term={_attribute(v)} label={_attribute(v)}/><updated>{_date(n):%Y-%m-%dT%H:%M:%SZ}</updated>"
            f"<summary type='{kind}'>{_text(v)}</summary><content type='html'>{_text(f'<p>begin</p>{v}')}</content>"
            f"<media:thumbnail url={_attribute(v)}/></entry>"
            for n, v in enumerate(vectors)
            for kind in (("html", "text")[n % 2],)
        ],
        "</feed>",
    )


def jsonfeed(vectors: Sequence[str]) -> bytes:
    """A JSON Feed."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": vectors[0],
            "home_page_url": vectors[0],
            "icon": vectors[0],
            "language": vectors[0],
            "items": [
                {
                    "id": f"{v} {n}", "url": v if n % 2 else f"{PLACE}{quote(v, errors='replace')}", "external_url": v,
                    "title": v, "content_html": f"<p>begin</p>{v}", "content_text": v, "summary": v, "image": v,
                    "banner_image": v, "date_published": _date(n).isoformat(), "language": v, "tags": [v],
                    "authors": [{"name": v, "url": v, "avatar": v}],
                    "attachments": [{"url": v, "mime_type": "image/png", "title": v}],
                }
                for n, v in enumerate(vectors)
            ],
        }
    ).encode()  # fmt: skip


READ = {"rss": rss, "atom": atom, "json": jsonfeed}


def posts(source: str, vectors: Sequence[str]) -> tuple[Post, ...]:
    """What the hub makes of these texts: of a feed whose format the source's name begins with, or of careless posts."""
    format_ = source.partition("-")[0]
    if format_ not in READ:
        return Washing().batch(Batch(tuple(careless(*each, source) for each in zip(vectors, count())))).posts
    body = READ[format_](vectors)
    batch = advance(Feed(PLACE), source, "", (Response(PLACE, body, {}, at=NOW),))
    assert isinstance(batch, Batch)
    assert len(batch.posts) == len(vectors), batch.rejected
    return batch.posts


def fill(hub: Hub, sources: Mapping[str, Sequence[str]]) -> int:
    """Link sources and keep what the hub makes of their texts; says how many posts that is."""
    hub.link("\n".join(map(_linked, sources)))
    settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": "state", "TIMEZONE": "UTC"}
    found = config.load(settings, hub.folder, {})
    accounts = {account.name: account for account in link(found, {})}
    with Store.run(found.store, found.timezone, "fetch", NOW) as store, store.transaction():
        for source, vectors in sources.items():
            judged = [(post, decide(post, accounts[source].rules)) for post in posts(source, vectors)]
            store.posts.save(source, judged, NOW)
            store.sources.save(SourceState(source, fresh=NOW))
    return sum(map(len, sources.values()))


def _linked(source: str) -> str:
    label = "<img src=x onerror=alert(1)> {{ 7*7 }}"
    return f'[[source]]\nname = "{source}"\nconnector = "feed"\nurl = "{PLACE}"\nlabel = "{label}"\n'


def careless(vector: str, number: int, source: str) -> Post:
    """A post as a connector would make it that cleans nothing."""
    author = Author(vector, vector, vector, vector)
    return Post(
        id=f"{vector} {number}", source=source, kind=[*Kind][number % (len(Kind) - 1)], permalink=vector, title=vector,
        html=vector, text=vector, lang=vector, dir=vector,  # type: ignore[arg-type]  # as a stranger's
        author=author, published=_date(number), updated=_date(number),
        media=(
            Media("image", vector, vector, poster=vector),
            Media("video", vector, vector, poster=vector),
            Media("image", f"https://pictures.example/{number}.png", vector),
        ),
        engagement=Engagement(1, 2, 3, 4), rating=Rating(4), event=Event(NOW, NOW, vector),
        price=Price(Decimal(7), vector), tags=(vector,), mentions=(vector,), in_reply_to=vector,
        quote_of=vector,
    )  # fmt: skip


def _document(head: str, items: Sequence[str], tail: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>{head}{"".join(items)}{tail}'.encode()


def _text(words: str) -> str:
    return escape(_NO_XML.sub("", words))


def _attribute(words: str) -> str:
    return quoteattr(_NO_XML.sub("", words))


def _link(words: str, number: int) -> str:
    """Now the text itself as an address, now in an honest one."""
    return words if number % 2 else f"{PLACE}?{number}={quote(words, errors='replace')}"


def _date(number: int) -> datetime:
    """Moments spread over years, so that no page grows long."""
    return NOW - timedelta(hours=number)
