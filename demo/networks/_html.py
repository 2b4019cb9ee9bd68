"""Turning a post's own words into the HTML that networks put into their feeds."""

from __future__ import annotations

import re
from html import escape

from demo.brand import Picture, Post

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


def picture_url(base: str, picture: Picture | str) -> str:
    """Where the demo keeps a picture."""
    return f"{base}/pictures/{picture if isinstance(picture, str) else picture.file}"


def body(post: Post, base: str) -> str:
    """Give the post's HTML, or its text as paragraphs. ``picture:`` addresses become real ones."""
    return post.html.strip().replace("picture:", f"{base}/pictures/") or paragraphs(post.text)


def paragraphs(text: str) -> str:
    """Plain text as paragraphs, its addresses as links."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "".join(f"<p>{_linked(block.strip())}</p>" for block in blocks if block.strip())


def image(base: str, picture: Picture) -> str:
    """Write an ``img`` element; without an ``alt`` when nobody wrote one."""
    width, height = picture.size
    alt = f' alt="{escape(picture.alt)}"' if picture.alt else ""
    return f'<img src="{escape(picture_url(base, picture))}"{alt} width="{width}" height="{height}">'


def illustrated(post: Post, base: str) -> str:
    """Put the post's pictures before its HTML, as blogs do."""
    figures = (f"<figure>{image(base, picture)}</figure>" for picture in post.pictures)
    return "".join(figures) + body(post, base)


def _linked(text: str) -> str:
    linked = _ADDRESS.sub(lambda m: f'<a href="{m[0]}">{m[0]}</a>', escape(text, quote=False))
    return linked.replace("\n", "<br>")
