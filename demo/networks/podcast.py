"""A podcast, in RSS 2.0 with the itunes: and podcast: namespaces."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import body, picture_url
from demo.networks._xml import ATOM, CONTENT, add, document, rfc822, rss

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"


def render(account: Account, base: str) -> bytes:
    """Write the show and its episodes."""
    root, channel = rss(itunes=ITUNES, podcast=PODCAST, content=CONTENT, atom=ATOM)
    cover = picture_url(base, account.avatar)
    add(channel, "atom:link", href=base + account.path, rel="self", type_="application/rss+xml")
    add(channel, "title", account.title)
    add(channel, "link", account.home)
    add(channel, "language", account.lang)
    add(channel, "description", account.description)
    add(channel, "itunes:author", account.author)
    add(channel, "itunes:type", "episodic")
    add(channel, "itunes:explicit", "false")
    add(channel, "itunes:image", href=cover)
    add(channel, "itunes:category", text="Leisure")
    add(channel, "podcast:guid", uuid5(NAMESPACE_URL, account.home))
    add(channel, "podcast:locked", "yes", owner="radio@larkwood.example")
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    add(item, "title", post.title)
    add(item, "link", account.link(post))
    add(item, "guid", f"slow-room-{post.id}", isPermaLink="false")
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    add(item, "description", post.text.strip())
    add(item, "content:encoded", body(post, base))
    # Hosts behind a tracking prefix often send length 0; the recording stays where it is.
    audio = f"https://audio.larkwood.example/slow-room/{post.id}.mp3"
    add(item, "enclosure", url=audio, length=0, type_="audio/mpeg")
    _about(item, account, post, base)


def _about(item: Element, account: Account, post: Post, base: str) -> None:
    add(item, "itunes:author", post.author or account.author)
    add(item, "itunes:episodeType", "full" if post.episode else "trailer")
    add(item, "itunes:explicit", "false")
    for name, number in (("season", post.season), ("episode", post.episode)):
        if number is not None:
            add(item, f"itunes:{name}", number)
            add(item, f"podcast:{name}", number)
    if post.duration is not None:
        add(item, "itunes:duration", _clock(post.duration))
    for picture in post.pictures:
        add(item, "itunes:image", href=picture_url(base, picture))
    beside = f"https://audio.larkwood.example/slow-room/{post.id}"
    if post.episode:
        add(item, "podcast:chapters", url=f"{beside}.chapters.json", type_="application/json+chapters")
    add(item, "podcast:transcript", url=f"{beside}.vtt", type_="text/vtt", language=post.lang, rel="captions")
    add(item, "podcast:transcript", url=f"{beside}.html", type_="text/html", language=post.lang)
    for person in post.extra.get("people", ()):
        add(item, "podcast:person", person["name"], role=person.get("role"), href=person.get("href"))


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


NETWORK = Network(
    speaks="RSS 2.0 (podcast)",
    media_type="application/rss+xml; charset=utf-8",
    render=render,
)
