"""The Bluesky connector, against Bluesky's own servers: invoke servers -k bluesky."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from forecourt.errors import Cause
from forecourt.model import Kind, Post
from tests.connectors.conftest import Live
from tests.servers.bluesky_network import JWT_SECRET, Network, running

pytestmark = pytest.mark.servers

REL = 'rel="nofollow ugc noopener"'


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with running() as network:
        yield network


@pytest.fixture
def live(tmp_path: Path) -> Live:
    """A hub; its demo is not played."""
    return Live(tmp_path)


def link_account(live: Live, network: Network, account: str = "brand.test") -> None:
    live.link("real", connector='"bluesky"', server=f'"{network.appview}"', account=f'"{account}"')


def link_hashtag(live: Live, network: Network, token: str = "", password: str = "brand-password") -> None:
    live.environ = {"PASSWORD": password, "TOKEN": token}
    live.link(
        "real", connector='"bluesky"', login=f'"{network.pds}"', hashtag='"Repair"',
        identifier='"brand.test"', password='"env:PASSWORD"', token='"env:TOKEN"' if token else None,
    )  # fmt: skip


def ask(url: str, method: str, token: str = "", body: object = None, **query: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    address = f"{url}/xrpc/{method}"
    if body is None:
        return httpx.get(address, params=query, headers=headers, trust_env=False)
    return httpx.post(address, json=body, headers=headers, trust_env=False)


def log_in(network: Network, name: str) -> dict[str, Any]:
    body = {"identifier": f"{name}.test", "password": f"{name}-password"}
    answer = ask(network.pds, "com.atproto.server.createSession", body=body)
    answer.raise_for_status()
    session: dict[str, Any] = answer.json()
    return session


def delete(network: Network, uri: str) -> None:
    """Delete one of the brand's posts, and wait until everybody knows."""
    token, (repo, collection, rkey) = (
        log_in(network, "brand")["accessJwt"],
        uri.removeprefix("at://").split("/"),
    )
    body = {"repo": repo, "collection": collection, "rkey": rkey}
    ask(network.pds, "com.atproto.repo.deleteRecord", token, body).raise_for_status()
    until(lambda: not ask(network.appview, "app.bsky.feed.getPosts", uris=uri).json()["posts"])


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end, "the network does not come to know"
        time.sleep(0.2)


def expired_token(did: str) -> str:
    """An access token as the account server itself made it three hours ago."""

    def part(value: object) -> str:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    now = int(time.time())
    claims = {
        "scope": "com.atproto.access",
        "aud": "did:web:localhost",
        "sub": did,
        "iat": now - 10800,
        "exp": now - 3600,
    }
    signed = f"{part({'typ': 'at+jwt', 'alg': 'HS256'})}.{part(claims)}"
    return f"{signed}.{part(hmac.digest(JWT_SECRET.encode(), signed.encode(), hashlib.sha256))}"


def post_of(live: Live, uri: str) -> Post:
    return next(post for post in live.posts if post.id == uri)


def test_every_post_comes_from_both_pages_with_its_answers(live: Live, network: Network) -> None:
    link_account(live, network)
    first = live.fetch()

    assert (first.status, first.error, first.rejected, first.notes) == ("new", "", (), ())
    assert first.new == 105 + 2 + 2  # shelves, two others, an answer of the fan and one of its own
    assert [post.text for post in live.posts if post.kind is Kind.REPLY and "lamp" in post.text] == [
        "I bring the #Repair lamp."
    ]
    replies = {post.in_reply_to for post in live.posts if post.kind is Kind.REPLY}
    assert replies == {post_of(live, network.uris["post"]).permalink}
    assert live.fetch(hours=1).status == "same"


def test_links_stand_where_the_official_client_puts_them(live: Live, network: Network) -> None:
    link_account(live, network)
    live.fetch()
    post = post_of(live, network.uris["post"])

    assert post.html == (
        f'<p>Wärme 🧣: the <a href="https://bsky.app/hashtag/Repair" {REL}>#Repair</a> bench, with '
        f'<a href="https://bsky.app/profile/{network.fan}" {REL}>@fan.test</a>, at '
        f'<a href="https://larkwood.example/repairs" {REL}>https://larkwood.example/repairs</a></p>'
    )
    assert (post.lang, post.tags, post.mentions) == ("de", ("Repair",), ("@fan.test",))
    assert (post.engagement.likes, post.engagement.comments, post.engagement.shares) == (1, 2, 2)
    assert post_of(live, network.uris["card"]).html.endswith(
        f'<p><a href="https://larkwood.example/winter" {REL}>Winter hours</a></p>'
    )


def test_a_picture_has_its_description_and_is_where_it_says(live: Live, network: Network) -> None:
    link_account(live, network)
    live.fetch()
    (picture,) = post_of(live, network.uris["post"]).media

    assert (picture.alt, picture.width, picture.height) == ("A scarf on a hook", 1200, 800)
    # The AppView names a host that there is not; it keeps its pictures itself.
    served = httpx.get(network.appview + urlsplit(picture.url).path, trust_env=False)
    assert (served.status_code, served.headers["content-type"].partition("/")[0]) == (200, "image")


def test_a_token_that_ended_is_400_and_another_is_fetched(live: Live, network: Network) -> None:
    token = expired_token(network.brand)
    refused = ask(network.pds, "app.bsky.feed.searchPosts", token, q="Repair")
    link_hashtag(live, network, token)
    first = live.fetch()

    assert (refused.status_code, refused.json()["error"]) == (400, "ExpiredToken")
    assert (first.status, first.error) == ("new", "")
    assert {post.id for post in live.posts} == {network.uris["post"], network.uris["reply"]}
    # Within ten minutes of its end it is renewed unasked, by the refresh token.
    assert live.fetch(hours=1.9).status == "same"


def test_a_wrong_password_and_an_unknown_handle_are_told_apart(live: Live, network: Network) -> None:
    link_hashtag(live, network, password="wrong-password")
    wrong = live.fetch()
    link_account(live, network, "nobody.test")
    unknown = live.fetch()

    assert (wrong.cause, "Invalid identifier or password" in wrong.error) == (Cause.AUTH_DEAD, True)
    assert (unknown.cause, "Unable to resolve handle" in unknown.error) == (Cause.NOT_FOUND, True)


def test_what_was_deleted_disappears(live: Live, network: Network) -> None:
    link_account(live, network)
    live.fetch()
    delete(network, network.uris["card"])
    among_the_newest = live.fetch(hours=1)
    oldest = min(
        (post for post in live.posts if post.text.startswith("Shelf")), key=lambda post: str(post.published)
    )
    delete(network, oldest.id)

    assert (among_the_newest.gone, live.fetch(hours=2).gone, live.look_twice(hours=25).gone) == (1, 0, 1)
    assert not {network.uris["card"], oldest.id} & {post.id for post in live.posts}


def test_an_account_is_known_again_under_another_handle(live: Live, network: Network) -> None:
    link_account(live, network, network.fan)
    live.fetch()
    token = log_in(network, "fan")["accessJwt"]
    body = {"handle": "devotee.test"}
    ask(network.pds, "com.atproto.identity.updateHandle", token, body).raise_for_status()
    profile = "app.bsky.actor.getProfile"
    until(lambda: ask(network.appview, profile, actor=network.fan).json()["handle"] == "devotee.test")

    assert live.fetch(hours=25).status == "changed"
    assert {post.author.handle for post in live.posts} == {"@devotee.test"}


def test_one_who_logs_in_too_often_waits_as_long_as_he_is_told(live: Live, network: Network) -> None:
    """The last test: it locks the door for five minutes."""
    body = {"identifier": "brand.test", "password": "wrong-password"}
    statuses = [
        ask(network.pds, "com.atproto.server.createSession", body=body).status_code for _ in range(31)
    ]
    link_hashtag(live, network)
    busy = live.fetch()

    assert statuses[-1] == 429
    assert (busy.status, busy.cause) == ("failed", Cause.RATE_LIMITED)
    assert live.fetch().status == "waiting"
