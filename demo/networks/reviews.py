"""Customers' reviews, in Atom as Apple's review feeds write them: im:rating holds the stars."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from demo.brand import Account, Post
from demo.networks import Network
from demo.networks._html import illustrated
from demo.networks._xml import add, atom, document, rfc3339

IM = "http://itunes.apple.com/rss"


def render(account: Account, base: str) -> bytes:
    """Write the reviews of all products."""
    feed = atom(account.lang, im=IM)
    add(feed, "id", account.home)
    add(feed, "title", account.title)
    add(feed, "subtitle", account.description)
    add(feed, "updated", rfc3339(account.changed))
    add(feed, "link", rel="self", href=base + account.path)
    add(feed, "link", rel="alternate", type_="text/html", href=account.home)
    add(add(feed, "author"), "name", account.author)
    for post in account.posts:
        _entry(add(feed, "entry", xml_lang=post.lang), account, post, base)
    return document(feed)


def _entry(entry: Element, account: Account, post: Post, base: str) -> None:
    link = account.link(post)
    add(entry, "id", link)
    add(entry, "title", post.title or post.product)
    if post.date and post.changed:
        add(entry, "published", rfc3339(post.date))
        add(entry, "updated", rfc3339(post.changed))
    add(entry, "link", rel="alternate", type_="text/html", href=link)
    add(entry, "category", term=post.product)
    add(entry, "content", post.text.strip(), type_="text")
    add(entry, "im:contentType", term="Product", label=post.product)
    add(entry, "im:rating", post.rating or "")
    add(entry, "im:voteCount", post.likes or 0)
    if post.pictures:
        add(entry, "content", illustrated(post, base), type_="html")
    add(add(entry, "author"), "name", post.author)


NETWORK = Network(
    speaks="Atom 1.0 (reviews with stars)",
    media_type="application/atom+xml; charset=utf-8",
    render=render,
    alternate="application/atom+xml",
)
