"""Larkwood's hub shows every network it is linked to, as the terms of each allow."""

from __future__ import annotations

import html
import re
from zoneinfo import ZoneInfo

import pytest

from demo import secrets
from forecourt import config, networks
from forecourt.accounts import Account, link
from forecourt.model import Kind
from forecourt.store import Store, Stored
from tests.conftest import NOW, ROOT, Hub

SOURCES = {"HUB_SOURCES": str(ROOT / "content/sources.toml")}
ACCOUNTS = link(config.load(SOURCES, ROOT, {}), secrets())


def shown(hub: Hub, account: Account) -> list[Stored]:
    with Store(hub.folder / "state/store.sqlite", ZoneInfo("UTC")) as store:
        return store.posts.newest(f"source/{account.name}", NOW, 1000)


def read(hub: Hub, path: str) -> str:
    return html.unescape((hub.output / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.name)
def test_every_account_has_posts_on_the_hub_with_its_name_and_credit(larkwood: Hub, account: Account) -> None:
    posts = shown(larkwood, account)
    assert posts
    listing = read(larkwood, f"sources/{account.name}/index.html")
    assert f"posts/{posts[0].key}/" in listing
    for stored in posts[:3]:
        page = read(larkwood, f"posts/{stored.key}/index.html")
        assert account.source.label in page
        assert networks.name(account.connector.network) in page or account.connector.network in page
        assert not stored.post.permalink or f'href="{stored.post.permalink}"' in page
        assert account.connector.terms.credit in page
    assert account.connector.terms.credit in listing


def test_text_that_may_not_be_republished_is_in_no_feed_of_ours(larkwood: Hub) -> None:
    closed = [account for account in ACCOUNTS if not account.connector.terms.syndicate]
    assert closed
    others = (each for each in ACCOUNTS if each not in closed)
    open_words = "".join(
        stored.said_by({each.name}).post.text for each in others for stored in shown(larkwood, each)
    )
    feeds = "".join(path.read_text("utf-8") for path in larkwood.output.rglob("feed.*"))
    compared = 0
    for account in closed:
        said = [stored.said_by({account.name}).post.text[:40] for stored in shown(larkwood, account)]
        own = [
            text for text in said if text and text not in open_words
        ]  # what others say too, they say themselves
        compared += len(own)
        assert not [text for text in own if html.escape(text, quote=False) in feeds]
    assert compared > 10


def test_what_may_be_shown_for_a_day_is_gone_after_it(larkwood: Hub) -> None:
    (yelp,) = [account for account in ACCOUNTS if account.source.connector == "yelp"]
    with Store(larkwood.folder / "state/store.sqlite", ZoneInfo("UTC")) as store:
        keep = yelp.connector.terms.keep
        assert keep
        assert store.posts.newest(f"source/{yelp.name}", NOW + keep, 10) == []


def test_what_people_answered_is_kept_and_on_no_page_yet(larkwood: Hub) -> None:
    with Store(larkwood.folder / "state/store.sqlite", ZoneInfo("UTC")) as store:
        kept = [post for account in ACCOUNTS for post in store.posts.of_source(account.name)]
        replies = [post for post in kept if post.kind is Kind.REPLY]
        listed = {stored.post.id for stored in store.posts.newest("stream", NOW, 10_000)}

    assert len({post.source for post in replies}) >= 5
    assert not listed & {post.id for post in replies}


def test_the_same_announcement_stands_on_many_networks(larkwood: Hub) -> None:
    about = [
        account.connector.network
        for account in ACCOUNTS
        if any(
            re.search(r"gathering ?table", f"{one.post.title} {one.post.text}", re.IGNORECASE)
            for one in shown(larkwood, account)
        )
    ]

    assert len(set(about)) >= 12, about
