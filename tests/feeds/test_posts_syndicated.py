"""Copies of a message that its origin names itself."""

from __future__ import annotations

import pytest

from forecourt.feeds.entries import Entry, Feed
from forecourt.feeds.posts import as_posts

COPY = "https://social.example/@larkwood/7"


@pytest.mark.parametrize(
    "html",
    [
        f'<p>Hello</p><a class="u-syndication" href="{COPY}">Mastodon</a>',
        f'<p>Hello</p><a href="{COPY}" rel="nofollow syndication">Mastodon</a>',
        f"<p>Hello</p><a rel='syndication' class='x' href='{COPY}'>Mastodon</a>",
        '<p>Hello</p><a class="u-syndication" href="/@larkwood/7">here</a>',
    ],
)
def test_a_text_names_its_copies(html: str) -> None:
    entry = Entry(id="1", html=html, base="https://social.example/")
    (post,), _ = as_posts(Feed(entries=(entry,)), "blog")

    assert post.syndicated == (COPY,)


@pytest.mark.parametrize(
    "html",
    [
        f'<p>Hello</p><a href="{COPY}">Mastodon</a>',
        '<p>Hello</p><a rel="syndication" href="javascript:1">x</a>',
    ],
)
def test_other_links_are_none(html: str) -> None:
    (post,), _ = as_posts(Feed(entries=(Entry(id="1", html=html, base="https://social.example/"),)), "blog")

    assert post.syndicated == ()


def test_a_link_of_the_entry_names_a_copy() -> None:
    (post,), _ = as_posts(Feed(entries=(Entry(id="1", html="<p>Hello</p>", syndicated=(COPY,)),)), "blog")

    assert post.syndicated == (COPY,)
