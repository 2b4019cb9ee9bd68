"""A newsroom, in Atom 1.0 with XHTML content and a language for each entry."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, fromstring

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import body, picture_url
from demo.networks._xml import add, atom, document, rfc3339

XHTML = "http://www.w3.org/1999/xhtml"


def render(account: Account, base: str) -> bytes:
    """Write the account as an Atom feed."""
    feed = atom(account.lang)
    add(feed, "id", _tag(account, "feed"))
    add(feed, "title", account.title)
    add(feed, "subtitle", account.description)
    add(feed, "updated", rfc3339(account.changed))
    add(feed, "link", rel="self", type_="application/atom+xml", href=base + account.path)
    add(feed, "link", rel="alternate", type_="text/html", href=account.home)
    add(feed, "icon", picture_url(base, account.avatar))
    add(feed, "rights", "Free to quote with a link to the newsroom")
    add(add(feed, "author"), "name", account.author)
    for post in account.posts:
        _entry(feed, account, post, base)
    return document(feed)


def _entry(feed: Element, account: Account, post: Post, base: str) -> None:
    entry = add(feed, "entry", xml_lang=post.lang)
    add(entry, "id", _tag(account, post.id))
    add(entry, "title", post.title)
    add(entry, "link", rel="alternate", type_="text/html", href=account.link(post))
    if post.date and post.changed:
        add(entry, "published", rfc3339(post.date))
        add(entry, "updated", rfc3339(post.changed))
    if post.author:
        add(add(entry, "author"), "name", post.author)
    for tag in post.tags:
        add(entry, "category", term=tag)
    if post.summary:
        add(entry, "summary", post.summary, type_="text")
    _content(entry, post, base)


def _content(entry: Element, post: Post, base: str) -> None:
    """Add the post as XHTML: its markup becomes elements of the feed itself."""
    content = add(entry, "content", type_="xhtml")
    div = fromstring(f"<div>{body(post, base)}</div>")  # noqa: S314 - our own words, from demo/posts
    div.set("xmlns", XHTML)
    for picture in reversed(post.pictures):
        figure = Element("p")
        width, height = map(str, picture.size)
        attributes = {"src": picture_url(base, picture), "width": width, "height": height}
        SubElement(figure, "img", attributes | ({"alt": picture.alt} if picture.alt else {}))
        div.insert(0, figure)
    content.append(div)


def _tag(account: Account, post: str) -> str:
    """Make an id that stays whatever becomes of the address (RFC 4151)."""
    host = account.home.split("/")[2]
    return f"tag:{host},2025:{account.name}/{post}"


NETWORK = Network(
    speaks="Atom 1.0 (XHTML)",
    media_type="application/atom+xml; charset=utf-8",
    render=render,
    alternate="application/atom+xml",
)
