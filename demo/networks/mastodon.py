"""Mastodon's RSS: no titles, HTML in the description, alt texts in media:description."""

from __future__ import annotations

import re
from html import escape
from xml.etree.ElementTree import Element

from demo.brand import Account, Picture, Post
from demo.networks import Network
from demo.networks._html import paragraphs, picture_url
from demo.networks._xml import MEDIA, add, document, rfc822, rss

WEBFEEDS = "http://webfeeds.org/rss/1.0"
_HASHTAG = re.compile(r"#(\w+)")


def render(account: Account, base: str) -> bytes:
    """Write the account's public posts as Mastodon does."""
    root, channel = rss(webfeeds=WEBFEEDS, media=MEDIA)
    add(channel, "title", account.title)
    add(channel, "description", account.description)
    add(channel, "link", account.home)
    avatar = picture_url(base, account.avatar)
    image = add(channel, "image")
    add(image, "url", avatar)
    add(image, "title", account.title)
    add(image, "link", account.home)
    add(channel, "lastBuildDate", rfc822(account.changed))
    add(channel, "webfeeds:icon", avatar)
    add(channel, "generator", "Mastodon v4.5.1")
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    add(item, "guid", link, isPermaLink="true")
    add(item, "link", link)
    if post.date:
        add(item, "pubDate", rfc822(post.date))
    add(item, "description", _tagged(paragraphs(post.text), account))
    for picture in post.pictures:
        _media(item, picture, base)
    for tag in _HASHTAG.findall(post.text):
        add(item, "category", tag.lower())


def _media(item: Element, picture: Picture, base: str) -> None:
    media = add(
        item,
        "media:content",
        url=picture_url(base, picture),
        type_="image/jpeg",
        fileSize=picture.length,
        medium="image",
    )
    add(media, "media:rating", "nonadult", scheme="urn:simple")
    if picture.alt:
        add(media, "media:description", picture.alt, type_="plain")


def _tagged(html: str, account: Account) -> str:
    """Make links of hashtags, as every Mastodon server does."""
    server = account.home.rsplit("/@", 1)[0]

    def link(match: re.Match[str]) -> str:
        href = escape(f"{server}/tags/{match[1].lower()}")
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{match[1]}</span></a>'

    return _HASHTAG.sub(link, html)


NETWORK = Network(
    speaks="RSS 2.0 (Mastodon)",
    media_type="application/rss+xml; charset=utf-8",
    render=render,
)
