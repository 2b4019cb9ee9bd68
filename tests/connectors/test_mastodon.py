from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.mastodon import Mastodon
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

LARKWOOD = Mastodon(server="https://social.example", account="larkwood")
TAGGED = Mastodon(server="https://social.example", hashtag="RepairBench", token=Secret("tooted-token-1"))
API = "https://social.example/api/v1"
LOOKUP = answer("mastodon/lookup.json", f"{API}/accounts/lookup?acct=larkwood")
STATUSES = answer("mastodon/statuses.json", f"{API}/accounts/109200001/statuses")
CONTEXT = answer("mastodon/context.json", f"{API}/statuses/117641977528362507/context")
NOTHING = answer("mastodon/none.json", f"{API}/accounts/109200001/statuses")
NEWEST = "117641977528362507"
SINCE = json.dumps({"id": "109200001", "newest": NEWEST})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(LARKWOOD, (LOOKUP, STATUSES, CONTEXT)),
    Talk(LARKWOOD, (NOTHING,), since=SINCE),
    Talk(TAGGED, (STATUSES, CONTEXT)),
)


def test_a_status_becomes_a_post() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="117641977528362507",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://social.example/@larkwood/117641977528362507",
        html=(
            f'<p>The bench opens at eight with <span><a href="https://craft.example/@inge" {REL}>'
            f'@<span>inge</span></a></span>.<br>'
            f'Bring the lamp &amp; the cable. <a href="https://social.example/tags/RepairBench" {REL}>#'
            f'<span>RepairBench</span></a></p><p><a href="https://larkwood.example/shops/" {REL}><span>https://</span>'
            "<span>larkwood.example/shops/</span></a></p>"
        ),
        text=(
            "The bench opens at eight with @inge.\nBring the lamp & the cable. #RepairBench\n\n"
            "https://larkwood.example/shops/"
        ),
        lang="en",
        author=Author(
            "Larkwood", "@larkwood@social.example", "https://social.example/@larkwood",
            "https://files.social.example/avatars/larkwood.png",
        ),
        published=datetime(2026, 11, 19, 7, 42, tzinfo=UTC),
        updated=datetime(2026, 11, 19, 9, tzinfo=UTC),
        media=(
            Media(
                "image", "https://files.social.example/media/lamp.png", "A brass lamp without its shade", 1200, 800
            ),
        ),
        engagement=Engagement(likes=21, comments=2, shares=3),
        tags=("repairbench",),
        mentions=("@inge@craft.example",),
    )  # fmt: skip


def test_a_whole_look_says_how_far_back_it_went_and_what_is_no_post_of_ours() -> None:
    batch = TALKS[0].batch()

    assert [post.id for post in batch.posts if post.kind is not Kind.REPLY] == [
        "117641977528362507", "117625081036828751", "117602707046402198", "117586250956812198",
    ]  # fmt: skip
    assert batch.rejected == ("status 117519541862450044: it has neither text nor picture",)
    assert batch.window == EVER
    assert json.loads(batch.since) == {"id": "109200001", "newest": "117641977528362507"}


def test_a_quiet_account_costs_one_request() -> None:
    talk = TALKS[1]

    assert [request.url for request in talk.requests()] == [
        f"{API}/accounts/109200001/statuses?limit=40&exclude_replies=true&exclude_reblogs=true&since_id={NEWEST}"
    ]
    assert (talk.batch().posts, talk.batch().since, talk.batch().window) == ((), SINCE, None)


def test_replies_are_kept_with_the_post_that_they_answer() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert [(post.text, post.author.handle) for post in replies] == [
        ("I bring the toaster.", "@ada@craft.example"), ("Do!", "@larkwood@social.example"),
    ]  # fmt: skip
    assert {post.in_reply_to for post in replies} == {batch.posts[0].permalink}
    assert batch.threads == (batch.posts[0].permalink,)


def test_a_warning_is_the_title_and_hides_the_pictures() -> None:
    knife = TALKS[0].batch().posts[2]

    assert (knife.title, knife.kind, knife.media) == ("A sharp one", Kind.NOTE, ())


def test_a_poll_is_a_question_with_its_options() -> None:
    poll = TALKS[0].batch().posts[1]

    assert poll.kind is Kind.QUESTION
    assert poll.html.endswith("<ul><li>Lampe</li><li>Stuhl &lt;alt&gt;</li></ul>")


def test_a_film_has_its_poster_and_length() -> None:
    loom = TALKS[0].batch().posts[3]

    assert loom.media == (
        Media(
            "video", "https://files.social.example/media/loom.mp4", "A loom at work", 640, 360, 5,
            "https://files.social.example/media/loom.png",
        ),
    )  # fmt: skip


def test_the_token_goes_to_its_server_page_after_page_and_to_nobody_else() -> None:
    following = f'<{API}/timelines/tag/RepairBench?max_id=5&limit=40>; rel="next"'
    page = answer("mastodon/none.json", f"{API}/timelines/tag/RepairBench", headers={"link": following})
    full = answer("mastodon/statuses.json", f"{API}/timelines/tag/RepairBench", headers={"link": following})
    requests = Talk(TAGGED, (full, page, CONTEXT)).requests()

    assert [request.url for request in requests[:2]] == [
        f"{API}/timelines/tag/RepairBench?limit=40", f"{API}/timelines/tag/RepairBench?max_id=5&limit=40"
    ]  # fmt: skip
    assert {request.headers["authorization"] for request in requests} == {"Bearer tooted-token-1"}

    elsewhere = answer(
        "mastodon/statuses.json", API, headers={"link": '<https://evil.example/?max_id=5>; rel="next"'}
    )
    with pytest.raises(BadData, match="another host"):
        advance(TAGGED, "source", "", (elsewhere,))


def test_a_hashtag_is_read_in_order_so_that_what_vanished_is_gone() -> None:
    assert TALKS[2].batch().window == EVER
    assert replace(TALKS[2], answers=(NOTHING,), since=SINCE).batch().window is None


@pytest.mark.parametrize("connector", [LARKWOOD, TAGGED])
def test_an_answer_without_a_list_is_no_empty_account(connector: Mastodon) -> None:
    for since in (SINCE, ""):
        with pytest.raises(BadData, match="sent no list of posts"):
            advance(connector, "source", since, (LOOKUP, answer(b"{}"))[bool(since or connector.hashtag) :])


def test_a_full_page_that_names_no_other_is_not_the_end() -> None:
    one = json.loads(STATUSES.body)[0]
    full = answer(json.dumps([one | {"id": str(100 + number)} for number in range(40)]).encode())
    batch = Talk(replace(LARKWOOD, replies=False), (LOOKUP, full)).batch()

    assert batch.window == datetime(2026, 11, 19, 7, 42, tzinfo=UTC)


def test_replies_without_a_list_are_not_no_replies() -> None:
    batch = Talk(LARKWOOD, (LOOKUP, STATUSES, answer(b"{}"))).batch()

    assert (batch.threads, batch.notes) == ((), ("replies cannot be read: Mastodon sent no list of replies",))


def test_the_pause_that_a_server_names_is_kept() -> None:
    until = NOW + timedelta(minutes=4)
    busy = answer(b'{"error":"Too many"}', status=429, headers={"x-ratelimit-reset": until.isoformat()})

    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (busy,))
    assert (refused.value.cause, refused.value.retry_at) == (Cause.RATE_LIMITED, until)


@pytest.mark.parametrize(("account", "hashtag"), [("", ""), ("a", "b")])
def test_it_wants_an_account_or_a_hashtag(account: str, hashtag: str) -> None:
    with pytest.raises(ValueError, match="account or hashtag"):
        Mastodon("https://social.example", account, hashtag)


def of_cassette(path: str) -> Callable[[bytes], bytes]:
    """Makes a page of the last answer that a recorded session got at this path."""

    def body(cassette: bytes) -> bytes:
        found = [
            json.loads(each["response"]["body"]["string"])
            for each in yaml.safe_load(cassette)["interactions"]
            if re.search(path, each["request"]["uri"]) and each["request"]["method"] != "DELETE"
        ]
        last = found[-1]
        return json.dumps(last if isinstance(last, list) else [last]).encode()

    return body


def one(body: bytes) -> bytes:
    return b"[" + body + b"]"


def descendants(body: bytes) -> bytes:
    return json.dumps(json.loads(body)["descendants"]).encode()


ALONE = replace(LARKWOOD, replies=False)
STATUS = of_cassette(r"/api/v1/statuses(/\d+)?$")
CASSETTES, RECORDED, GRANARY = (
    "mastodon/mastodonpy-cassettes",
    "mastodon/recorded-gotosocial",
    "mastodon/granary",
)
SAMPLES: Samples = {
    f"{GRANARY}/ACCOUNT.json": Aside("an account"),
    f"{GRANARY}/MEDIA_STATUS.json": Page(ALONE, 1, before=(LOOKUP,), body=one),
    f"{GRANARY}/REBLOG_STATUS.json": Page(ALONE, 0, before=(LOOKUP,), body=one),
    f"{GRANARY}/REPLY_STATUS.json": Page(ALONE, 1, before=(LOOKUP,), body=one),
    f"{GRANARY}/STATUS.json": Page(ALONE, 1, before=(LOOKUP,), body=one),
    f"{CASSETTES}/test_account_lookup.yaml": Aside("accounts"),
    f"{CASSETTES}/test_account_pinned.yaml": Page(
        ALONE, 1, before=(LOOKUP,), body=of_cassette("statuses.pinned=1")
    ),
    f"{CASSETTES}/test_emoji.yaml": Aside("pictures of emoji"),
    f"{CASSETTES}/test_fetch_next_previous.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{CASSETTES}/test_hashtag_tl.yaml": Page(replace(TAGGED, replies=False), 1, body=of_cassette("tag/hoot")),
    f"{CASSETTES}/test_home_tl_anonymous_throws.yaml": Refusal(
        LARKWOOD, 401, Cause.AUTH_DEAD, body=of_cassette("timelines/home")
    ),
    f"{CASSETTES}/test_instance.yaml": Aside("a server"),
    f"{CASSETTES}/test_media_post_multiple.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{CASSETTES}/test_polls.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{CASSETTES}/test_public_tl_anonymous.yaml": Page(
        ALONE, 8, before=(LOOKUP,), body=of_cassette("timelines/public")
    ),
    f"{CASSETTES}/test_status.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{CASSETTES}/test_status_card.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{CASSETTES}/test_status_context.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{CASSETTES}/test_status_edit.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{CASSETTES}/test_status_missing.yaml": Refusal(
        LARKWOOD, 404, Cause.NOT_FOUND, body=of_cassette("statuses/0")
    ),
    f"{CASSETTES}/test_status_post_with_quote.yaml": Page(ALONE, 1, before=(LOOKUP,), body=STATUS),
    f"{RECORDED}/account_statuses.json": Page(ALONE, 5, before=(LOOKUP,)),
    f"{RECORDED}/accounts_lookup.json": Aside("an account"),
    f"{RECORDED}/context.json": Page(ALONE, 1, before=(LOOKUP,), body=descendants),
    f"{RECORDED}/error_404.json": Refusal(LARKWOOD, 404, Cause.NOT_FOUND),
    f"{RECORDED}/error_429.json": Refusal(LARKWOOD, 429, Cause.RATE_LIMITED),
    f"{RECORDED}/error_badtoken.json": Refusal(LARKWOOD, 401, Cause.AUTH_DEAD),
    f"{RECORDED}/error_deleted.json": Refusal(LARKWOOD, 404, Cause.NOT_FOUND),
    f"{RECORDED}/instance_v2.json": Aside("a server"),
    f"{RECORDED}/status.json": Page(ALONE, 1, before=(LOOKUP,), body=one),
    f"{RECORDED}/status_noauth.json": Refusal(LARKWOOD, 401, Cause.AUTH_DEAD),
    f"{RECORDED}/timelines_tag.json": Page(replace(TAGGED, replies=False), 1),
    **{
        f"{RECORDED}/{name}.headers": Aside("headers of the answer of that name")
        for name in (
            "account_statuses", "accounts_lookup", "context", "error_404", "error_429", "error_badtoken",
            "error_deleted", "instance_v2", "status", "status_noauth", "timelines_tag",
        )
    },
}  # fmt: skip


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    live.link("larkwood-mastodon")
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 43, ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 2
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /mastodon/api/v1/accounts/109200001/statuses 200"]


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    live.link("larkwood-mastodon")
    live.fetch()
    account = next(account for account in accounts() if account.name == "mastodon")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1
    assert account.posts[0].id not in {post.id for post in live.posts}


def test_one_who_asks_too_often_waits_until_the_moment_that_is_named(live: Live) -> None:
    live.link("larkwood-mastodon")
    live.demo.limit("mastodon", 1, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)


@pytest.mark.parametrize("status", [403, 404, 429, 503])
def test_what_is_wrong_with_the_replies_costs_no_status(status: int) -> None:
    batch = Talk(LARKWOOD, (LOOKUP, STATUSES, answer(b'{"error":"No"}', status=status))).batch()

    assert len(batch.posts) == 4
    assert (batch.threads, batch.notes) == ((), ("replies cannot be read: Mastodon says: No",))
