"""The calendar, in RSS 1.0 (RDF) with the event module ev: for when and where."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import illustrated
from demo.networks._xml import CONTENT, DC, add, document

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "xmlns:rdf": RDF,
    "xmlns": "http://purl.org/rss/1.0/",
    "xmlns:dc": DC,
    "xmlns:content": CONTENT,
    "xmlns:ev": "http://purl.org/rss/1.0/modules/event/",
}


def render(account: Account, base: str) -> bytes:
    """Write the calendar's events."""
    root = Element("rdf:RDF", NAMESPACES)
    channel = add(root, "channel", rdf_about=base + account.path)
    add(channel, "title", account.title)
    add(channel, "link", account.home)
    add(channel, "description", account.description)
    add(channel, "dc:language", account.lang)
    sequence = SubElement(add(channel, "items"), "rdf:Seq")
    for post in account.posts:
        add(sequence, "rdf:li", rdf_resource=account.link(post))
    for post in account.posts:
        _item(add(root, "item", rdf_about=account.link(post)), account, post, base)
    return document(root)


def _item(item: Element, account: Account, post: Post, base: str) -> None:
    add(item, "title", post.title)
    add(item, "link", account.link(post))
    add(item, "description", post.text.strip())
    add(item, "content:encoded", illustrated(post, base))
    add(item, "dc:language", post.lang)
    for tag in post.tags:
        add(item, "dc:subject", tag)
    if post.date:
        add(item, "dc:date", post.date.isoformat())
    if post.start:
        add(item, "ev:startdate", post.start.isoformat())
    if post.end:
        add(item, "ev:enddate", post.end.isoformat())
    add(item, "ev:location", post.place)
    add(item, "ev:organizer", post.author or account.author)
    add(item, "ev:type", "workshop" if "workshop" in post.tags else "event")


NETWORK = Network(
    speaks="RSS 1.0 with events",
    media_type="application/rdf+xml; charset=utf-8",
    render=render,
    alternate="application/rdf+xml",
)
