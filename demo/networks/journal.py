"""A makers' journal, in JSON Feed 1.1: languages and authors for each item, pictures attached."""

from __future__ import annotations

import json
from typing import Any

from demo.brand import Account, Picture, Post
from demo.networks import Network
from demo.networks._html import body, image, picture_url


def render(account: Account, base: str) -> bytes:
    """Write the account as a JSON Feed."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": account.title,
        "description": account.description,
        "home_page_url": account.home,
        "feed_url": base + account.path,
        "icon": picture_url(base, account.avatar),
        "language": account.lang,
        "authors": [_author(account.author, account, base)],
        "hubs": [{"type": "WebSub", "url": "https://hub.larkwood.example/"}],
        "items": [_item(account, post, base) for post in account.posts],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(account: Account, post: Post, base: str) -> dict[str, Any]:
    """One item; keys without a value are left out. Any stands for what JSON can hold."""
    item = {
        "id": f"{account.name}-{post.id}",
        "url": account.link(post),
        "title": post.title,
        "summary": post.summary,
        "date_published": post.date.isoformat() if post.date else "",
        "date_modified": post.updated.isoformat() if post.updated else "",
        "language": post.lang,
        "authors": [_author(post.author, account, base)] if post.author else [],
        "tags": list(post.tags),
    }
    return {key: value for key, value in (item | _content(post, base)).items() if value}


def _content(post: Post, base: str) -> dict[str, Any]:
    """Choose plain text for a short note, and HTML for what has markup or pictures."""
    if post.text and not post.pictures:
        return {"content_text": post.text.strip()}
    html = "".join(f"<p>{image(base, picture)}</p>" for picture in post.pictures) + body(post, base)
    return {
        "content_html": html,
        "image": picture_url(base, post.pictures[0]) if post.pictures else "",
        "attachments": [_attachment(picture, base) for picture in post.pictures],
    }


def _attachment(picture: Picture, base: str) -> dict[str, Any]:
    """Attach a picture; JSON Feed has no place for an alt text but the title."""
    attachment = {
        "url": picture_url(base, picture),
        "mime_type": "image/jpeg",
        "title": picture.alt,
        "size_in_bytes": picture.length,
    }
    return {key: value for key, value in attachment.items() if value}


def _author(name: str, account: Account, base: str) -> dict[str, str]:
    return {"name": name, "url": account.home, "avatar": picture_url(base, account.avatar)}


NETWORK = Network(
    speaks="JSON Feed 1.1",
    media_type="application/feed+json",
    render=render,
    alternate="application/feed+json",
)
