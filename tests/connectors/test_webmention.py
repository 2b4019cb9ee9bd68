from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.webmention import Webmention
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Samples, Talk, answer

LARKWOOD = Webmention(token=Secret("wm-key-0001-larkwood"), domain="larkwood.example")
API = "https://webmention.io/api"
MENTIONS = answer("webmention/mentions.json", f"{API}/mentions.jf2")
NOTHING = answer("webmention/none.json", f"{API}/mentions.jf2")
DELETED = answer("webmention/deleted.json", f"{API}/deleted.jf2")
PAGE = "https://journal.larkwood.example/twelve-slow-gifts/"
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(LARKWOOD, (MENTIONS, DELETED)),
    Talk(LARKWOOD, (NOTHING,), since="1821007"),
    Talk(LARKWOOD, (MENTIONS,), since="1820994"),
)


def post_of(identity: str) -> Post:
    return next(post for post in TALKS[0].batch().posts if post.id == identity)


def test_an_answer_is_kept_with_the_page_that_it_answers() -> None:
    assert post_of("1821007") == Post(
        id="1821007",
        source="source",
        kind=Kind.REPLY,
        permalink="https://ada.craft.example/1821007",
        html=(
            "<p>We <em>burned</em> ours down to the label. "
            f'<a href="https://ada.craft.example/wicks" {REL}>Where are the wicks?</a></p>'
        ),
        text="We burned ours down to the label. Where are the wicks?",
        author=Author(
            "Ada Brook",
            url="https://ada.craft.example/",
            avatar="https://avatars.webmention.example/ada.craft.example/face.png",
        ),
        published=datetime(2026, 11, 14, 9, 5, tzinfo=UTC),
        in_reply_to=PAGE,
    )


def test_a_mention_is_a_post_of_its_own_with_its_title_and_picture() -> None:
    mention = post_of("1821006")

    assert (mention.kind, mention.title, mention.in_reply_to) == (
        Kind.ARTICLE,
        "Presents that may grow old",
        "",
    )
    assert mention.media == (Media("image", "https://jonas.wood.example/spoon.jpg"),)
    assert mention.tags == ("SlowGifts",)
    assert mention.published == datetime(2026, 11, 13, 19, 2, tzinfo=UTC)  # as received: it named no zone


def test_only_what_can_be_read_is_kept_and_nothing_private() -> None:
    batch = TALKS[0].batch()

    assert [post.id for post in batch.posts] == ["1821007", "1821006", "1821003", "1820999", "1820997"]
    assert batch.rejected == ("mention 12: it has no url",)


def test_plain_words_get_their_links() -> None:
    assert post_of("1821003").html == (
        "<p>For when somebody asks what I want.</p>"
        f'<p>I want <a href="https://larkwood.example/quilt" {REL}>https://larkwood.example/quilt</a>.</p>'
    )


def test_a_word_to_an_event_is_an_answer_no_younger_than_its_arrival() -> None:
    coming = post_of("1820999")

    assert (coming.kind, coming.in_reply_to) == (Kind.REPLY, "https://events.larkwood.example/wreaths")
    assert coming.published == datetime(2026, 11, 3, 8, tzinfo=UTC)


def test_what_old_accounts_get_has_other_names_and_nobody_s_name() -> None:
    old = post_of("1820997")

    assert (old.text, old.kind, old.author) == ("Seen at the bench", Kind.PHOTO, Author("old.example"))
    assert old.media == (Media("image", "https://old.example/a.jpg", "A bench"),)


def test_a_whole_look_knows_what_is_there_and_what_was_taken_back() -> None:
    batch = TALKS[0].batch()

    assert [request.url for request in TALKS[0].requests()] == [
        f"{API}/mentions.jf2?domain=larkwood.example&token=wm-key-0001-larkwood&per-page=200&page=0",
        f"{API}/deleted.jf2?domain=larkwood.example&token=wm-key-0001-larkwood&per-page=1000",
    ]
    assert (batch.window, batch.gone, batch.since) == (EVER, ("1820900",), "1821007")
    assert batch.threads == (PAGE, "https://events.larkwood.example/wreaths")


def test_a_quiet_account_costs_one_request() -> None:
    (request,) = TALKS[1].requests()
    batch = TALKS[1].batch()

    assert request.url == (
        f"{API}/mentions.jf2?domain=larkwood.example&token=wm-key-0001-larkwood&since_id=1821007&per-page=200&page=0"
    )
    assert (batch.posts, batch.since, batch.window, batch.threads) == ((), "1821007", None, ())


def full(number: int) -> bytes:
    """A page as full as it may be, of a server that does not say how many there are."""
    first = 2_000_000 - number * 200
    mentions = [
        {
            "wm-id": first - one,
            "wm-property": "mention-of",
            "url": f"https://x.example/{first - one}",
            "wm-received": f"2026-11-{20 - number:02}T00:00:00Z",
            "content": {"text": "Look"},
        }
        for one in range(200)
    ]
    return json.dumps({"children": mentions}).encode()


def test_pages_are_read_until_one_is_not_full() -> None:
    said = Talk(LARKWOOD, (replace(MENTIONS, body=full(0)), NOTHING, DELETED)).batch()

    assert (len(said.posts), said.window) == (200, EVER)


def test_of_more_than_is_read_it_says_how_far_back_it_went() -> None:
    pages = [replace(MENTIONS, body=full(number)) for number in range(5)]
    said = Talk(LARKWOOD, (*pages, DELETED)).batch()

    assert (len(said.posts), said.window) == (1000, datetime(2026, 11, 16, tzinfo=UTC))
    assert said.threads == ()


@pytest.mark.parametrize(
    ("status", "body", "notes"),
    [
        (404, b"<h1>Not Found</h1>", ()),
        (503, b"", ("what was deleted cannot be read: webmention.io says: status 503",)),
    ],
)
def test_a_server_that_does_not_tell_what_was_deleted_is_read_all_the_same(
    status: int, body: bytes, notes: tuple[str, ...]
) -> None:
    said = Talk(LARKWOOD, (MENTIONS, answer(body, API, status))).batch()

    assert (said.gone, said.notes, len(said.posts)) == ((), notes, 5)


def test_a_wrong_key_is_for_a_person_to_mend() -> None:
    body = b'{"error":"forbidden","error_description":"Access token was not valid"}'

    with pytest.raises(PlatformError, match=r"^webmention\.io says: Access token was not valid$") as error:
        advance(LARKWOOD, "source", "", (answer(body, status=401),))
    assert error.value.cause is Cause.AUTH_DEAD


def test_a_pause_that_it_names_is_kept() -> None:
    busy = answer(b"", status=429, headers={"retry-after": "300"})

    with pytest.raises(PlatformError) as error:
        advance(LARKWOOD, "source", "", (busy,))
    assert (error.value.cause, error.value.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(seconds=300))


def test_an_answer_without_mentions_is_no_account_that_lost_them() -> None:
    with pytest.raises(BadData, match="sent no mentions"):
        advance(LARKWOOD, "source", "", (answer(b"{}", API),))


@pytest.mark.parametrize(
    ("options", "name"), [({"domain": "https://larkwood.example"}, "domain"), ({"server": "x"}, "server")]
)
def test_options_that_do_not_fit_are_named(options: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} "):
        Webmention(Secret("x"), **options)


def of_readme(body: bytes) -> bytes:
    return body[body.index(b"{") :]


SAMPLES: Samples = {
    **{
        f"webmention/source-{name}.html": Aside("a page for those who receive webmentions themselves")
        for name in (
            "author-is-not-an-hcard", "bookmark-of", "in-reply-to", "like-of", "mention", "no-timezone",
            "repost-of",
        )
    },
    "webmention/webmention.io-readme-1.txt": Page(LARKWOOD, 1, after=(DELETED,), body=of_readme),
    "webmention/webmention.io-readme-2.txt": Aside("Atom, which says less"),
    "webmention/webmention.io-readme-3.txt": Aside("a page that names its endpoint"),
}  # fmt: skip


# The demo's.

DEMO = next(account for account in accounts() if account.name == "webmention")


def link(live: Live) -> None:
    live.link(
        "larkwood-webmention", connector='"webmention"', server='"http://127.0.0.1:8473/webmention"',
        domain='"larkwood.example"', token='"env:LARKWOOD_WEBMENTION_TOKEN"',
    )  # fmt: skip


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 9, (), ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 5
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /webmention/api/mentions.jf2 200"]


def test_what_was_taken_back_is_gone_after_the_next_whole_look(live: Live) -> None:
    link(live)
    live.fetch()
    first, *others = DEMO.posts
    live.demo.show(replace(DEMO, posts=(replace(first, extra={**first.extra, "deleted": True}), *others)))

    assert live.fetch(hours=1).gone == 0
    assert live.fetch(hours=25).gone == 1
    assert first.id not in {post.id for post in live.posts}


def test_a_key_that_was_changed_is_said_with_where_to_put_the_new_one(live: Live) -> None:
    link(live)
    live.demo.expire("webmention")
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "Access token was not valid" in refused.error
    assert "LARKWOOD_WEBMENTION_TOKEN" in refused.error
    assert DEMO.token not in refused.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    link(live)
    live.demo.limit("webmention", 0, seconds=600)

    assert live.fetch().cause == Cause.RATE_LIMITED
