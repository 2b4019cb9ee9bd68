"""Flickr's public photos, in RSS 2.0 with Media RSS: size, credit, description and tags."""

from __future__ import annotations

from datetime import UTC
from xml.etree.ElementTree import Element

from demo.brand import Account, Picture, Post
from demo.networks import Network
from demo.networks._html import image, paragraphs, picture_url
from demo.networks._xml import DC, MEDIA, add, document, rfc822, rss

FLICKR = "urn:flickr:user"


def render(account: Account, base: str) -> bytes:
    """Write the account's photos."""
    root, channel = rss(media=MEDIA, dc=DC, flickr=FLICKR)
    add(channel, "title", account.title)
    add(channel, "link", account.home)
    add(channel, "description", account.description)
    add(channel, "pubDate", rfc822(account.changed))
    add(channel, "lastBuildDate", rfc822(account.changed))
    add(channel, "generator", "https://photos.larkwood.example/")
    for post in account.posts:
        _item(add(channel, "item"), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    author = post.author or account.author
    posted = f"<p>{author} posted a photo:</p>"
    pictures = "".join(f'<p><a href="{link}">{image(base, picture)}</a></p>' for picture in post.pictures)
    add(item, "title", post.title)
    add(item, "link", link)
    add(item, "description", posted + pictures + paragraphs(post.text))
    if post.date:
        add(item, "pubDate", rfc822(post.date))
        add(item, "dc:date.Taken", post.date.astimezone(UTC).isoformat())
    add(item, "author", f"nobody@larkwood.example ({author})")
    add(item, "guid", f"tag:photos.larkwood.example,2004:/photo/{post.id}", isPermaLink="false")
    for picture in post.pictures:
        _media(item, post, picture, base)
    add(item, "media:credit", author, role="photographer")
    add(item, "media:category", " ".join(post.tags), scheme="urn:flickr:tags")


def _media(item: Element, post: Post, picture: Picture, base: str) -> None:
    width, height = picture.size
    url = picture_url(base, picture)
    add(item, "media:content", url=url, type_="image/jpeg", height=height, width=width)
    add(item, "media:title", post.title)
    if picture.alt:
        add(item, "media:description", picture.alt, type_="plain")
    add(item, "media:thumbnail", url=url, height=75, width=75)


NETWORK = Network(
    speaks="RSS 2.0 with Media RSS (Flickr)",
    media_type="application/rss+xml; charset=utf-8",
    render=render,
)
