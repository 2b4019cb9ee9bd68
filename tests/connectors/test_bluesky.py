from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Grant, Renewable, advance
from forecourt.connectors.bluesky import Bluesky
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from forecourt.talk import Rejection, Request, Response
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

LARKWOOD = Bluesky(account="@larkwood.example")
TAGGED = Bluesky(
    hashtag="#Larkwood",
    identifier="larkwood.example",
    password=Secret("app-pass-word-0001"),
    token=Secret("eyJ.access-1.sig"),
    login="https://pds.example/",
)
MENTIONED = replace(TAGGED, hashtag="", account="did:plc:larkwood", mentions=True)
API = "https://public.api.bsky.app/xrpc"
PDS = "https://pds.example/xrpc"
DID = answer("bluesky/did.json", f"{API}/com.atproto.identity.resolveHandle")
FEED = answer("bluesky/feed.json", f"{API}/app.bsky.feed.getAuthorFeed")
OLDER = answer("bluesky/older.json", f"{API}/app.bsky.feed.getAuthorFeed")
NEWEST = answer("bluesky/newest.json", f"{API}/app.bsky.feed.getAuthorFeed")
DELETED = answer("bluesky/deleted.json", f"{API}/app.bsky.feed.getAuthorFeed")
POSTS = answer("bluesky/posts.json", f"{API}/app.bsky.feed.getPosts")
THREAD = answer("bluesky/thread.json", f"{API}/app.bsky.feed.getPostThread")
FOUND = answer("bluesky/search.json", f"{PDS}/app.bsky.feed.searchPosts")
SESSION = answer("bluesky/session.json", f"{PDS}/com.atproto.server.createSession")
OURS = "at://did:plc:larkwood/app.bsky.feed.post/"
SEEN = {
    f"{OURS}3n2{key}": count
    for key, count in zip(("v7", "v1", "u2", "t3", "s4"), (0, 3, 0, 0, 0), strict=True)
}
SINCE = json.dumps({"did": "did:plc:larkwood", "seen": {f"{OURS}3n2s6": 0, **SEEN}})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(LARKWOOD, (DID, FEED, OLDER, THREAD)),
    Talk(LARKWOOD, (NEWEST,), since=SINCE),
    Talk(LARKWOOD, (DELETED, POSTS), since=SINCE),
    Talk(TAGGED, (FOUND,)),
    Talk(MENTIONED, (FOUND,)),
)


def refused(status: int, error: str, message: str = "", **headers: str) -> Response:
    body = json.dumps({"error": error, "message": message}).encode()
    return answer(body, API, status, {name.replace("_", "-"): value for name, value in headers.items()})


def post_of(name: str) -> Post:
    return next(post for post in TALKS[0].batch().posts if post.id == OURS + name)


def test_a_post_comes_with_its_links_where_their_bytes_say() -> None:
    assert post_of("3n2v1") == Post(
        id="at://did:plc:larkwood/app.bsky.feed.post/3n2v1",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://bsky.app/profile/did:plc:larkwood/post/3n2v1",
        html=(
            f'<p>Wärme 🧣 &amp; a chair: the <a href="https://bsky.app/hashtag/RepairBench" {REL}>#RepairBench</a> '
            f'opens at eight, with <a href="https://bsky.app/profile/did:plc:ada" {REL}>@ada.craft.example</a>.</p>'
            f'<p><a href="https://larkwood.example/repairs/" {REL}>larkwood.example/repa…</a> or '
            f'<a href="https://larkwood.example/plain" {REL}>https://larkwood.example/plain</a>.</p>'
        ),
        text=(
            "Wärme 🧣 & a chair: the #RepairBench opens at eight, with @ada.craft.example.\n\n"
            "larkwood.example/repa… or https://larkwood.example/plain."
        ),
        lang="en",
        author=Author(
            "Larkwood", "@larkwood.example", "https://bsky.app/profile/larkwood.example",
            "https://cdn.bsky.example/img/avatar/plain/larkwood",
        ),
        published=datetime(2026, 11, 19, 7, 42, tzinfo=UTC),
        media=(
            Media(
                "image", "https://cdn.bsky.example/img/feed_fullsize/plain/lamp", "A brass lamp without its shade",
                1200, 800,
            ),
            Media("image", "https://cdn.bsky.example/img/feed_fullsize/plain/chair"),
        ),
        engagement=Engagement(likes=21, comments=3, shares=4),
        tags=("RepairBench", "Lyon"),
        mentions=("@ada.craft.example",),
    )  # fmt: skip


def test_a_whole_look_says_how_far_back_it_went_and_leaves_reposts_out() -> None:
    batch = TALKS[0].batch()

    assert [post.id.removeprefix(OURS) for post in batch.posts if post.author.handle == "@larkwood.example"] == [
        "3n2s6", "3n2v7", "3n2v1", "3n2u2", "3n2t3", "3n2s4", "3n2s5", "3n2w2",
    ]  # fmt: skip
    assert batch.rejected == ("post 3: it has neither text nor picture",)
    assert batch.window == EVER
    assert json.loads(batch.since)["seen"] | SEEN == json.loads(batch.since)["seen"]


def test_an_account_of_more_than_is_read_was_read_back_to_the_oldest_post() -> None:
    pages = [
        replace(FEED, body=FEED.body.replace(b"1793869200000__", str(number).encode())) for number in range(5)
    ]
    said = Talk(replace(LARKWOOD, replies=False), (DID, *pages)).batch()

    assert said.window == datetime(2026, 11, 3, 17, 20, tzinfo=UTC)


def test_the_account_is_asked_by_its_did_once_the_handle_is_known() -> None:
    feed = f"{API}/app.bsky.feed.getAuthorFeed?actor=did%3Aplc%3Alarkwood&limit=100&filter=posts_and_author_threads"
    thread = f"{API}/app.bsky.feed.getPostThread?uri={OURS.replace(':', '%3A').replace('/', '%2F')}3n2v1"

    assert [request.url for request in TALKS[0].requests()] == [
        f"{API}/com.atproto.identity.resolveHandle?handle=larkwood.example",
        feed, f"{feed}&cursor=1793869200000__bafyrei3n2s4", f"{thread}&depth=10&parentHeight=0",
    ]  # fmt: skip


def test_a_quiet_account_costs_one_request() -> None:
    said = TALKS[1].batch()

    assert len(TALKS[1].requests()) == 1
    assert (said.posts, said.gone, said.window) == ((), (), None)
    assert json.loads(said.since) == json.loads(SINCE)


def test_a_post_that_was_answered_since_is_read_again_with_its_thread() -> None:
    since = json.dumps({"did": "did:plc:larkwood", "seen": {**SEEN, f"{OURS}3n2v1": 2}})
    said = Talk(LARKWOOD, (DELETED, POSTS, THREAD), since=since).batch()

    assert {post.id.rpartition("/")[2] for post in said.posts} == {"3n2v1", "3n2w1", "3n2w2", "3n2v7"}


def test_what_is_missing_among_the_newest_is_asked_for_and_gone_when_nobody_has_it() -> None:
    said = TALKS[2].batch()

    assert TALKS[2].requests()[1].url == (
        f"{API}/app.bsky.feed.getPosts?"
        + "&".join(
            f"uris=at%3A%2F%2Fdid%3Aplc%3Alarkwood%2Fapp.bsky.feed.post%2F3n2{key}"
            for key in ("s6", "v7", "u2")
        )
    )
    assert said.gone == (f"{OURS}3n2s6", f"{OURS}3n2u2")  # 3n2v7 is there, and was only not shown


def test_a_post_that_cannot_be_read_is_there_all_the_same() -> None:
    strange = replace(POSTS, body=POSTS.body.replace(b"And bring the kettle.", b""))
    hidden = replace(
        POSTS, body=POSTS.body[::-1].replace(b'][ :"slebal"', b']}"edih!":"lav"{[ :"slebal"', 1)[::-1]
    )

    assert Talk(LARKWOOD, (DELETED, strange), since=SINCE).batch().gone == TALKS[2].batch().gone
    assert f"{OURS}3n2v7" in Talk(LARKWOOD, (DELETED, hidden), since=SINCE).batch().gone
    for body in (b"{}", b'{"posts": null}'):
        with pytest.raises(BadData, match="sent no list of posts"):
            advance(LARKWOOD, "source", SINCE, (DELETED, answer(body)))


def test_answers_are_kept_with_the_post_but_not_what_its_author_hid_or_others_warn_of() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert [(post.text, post.author.handle) for post in replies] == [
        ("And bring the kettle.", "@larkwood.example"),
        ("I bring the toaster.", "@ada.craft.example"),
        ("Do!", "@larkwood.example"),
    ]
    assert {post.in_reply_to for post in replies} == {post_of("3n2v1").permalink}
    assert batch.threads == (post_of("3n2v1").permalink,)


def test_of_a_thread_that_was_cut_off_nothing_is_said_to_be_missing() -> None:
    deeper = json.loads(THREAD.body)
    del deeper["thread"]["replies"][0]["replies"]  # whose post says that it was answered
    batch = Talk(LARKWOOD, (DID, FEED, OLDER, replace(THREAD, body=json.dumps(deeper).encode()))).batch()

    assert (len([post for post in batch.posts if post.kind is Kind.REPLY]), batch.threads) == (2, ())


def test_a_post_is_no_younger_than_the_network_knows() -> None:
    assert post_of("3n2u2").published == datetime(2026, 11, 16, 8, 5, tzinfo=UTC)


def test_a_link_card_is_a_link_and_its_picture() -> None:
    hours = post_of("3n2u2")

    assert hours.html.endswith(
        f'<p><a href="https://larkwood.example/shops/" {REL}>Shops &amp; hours</a></p>'
    )
    assert (hours.kind, [one.url for one in hours.media]) == (
        Kind.NOTE, ["https://cdn.bsky.example/img/feed_thumbnail/plain/shop"],
    )  # fmt: skip


def test_a_film_has_its_poster_and_a_shape_where_no_size_is_told() -> None:
    assert post_of("3n2t3").media == (
        Media(
            "video", "https://video.bsky.example/watch/loom/playlist.m3u8", "A loom at work", 1600, 900,
            poster="https://video.bsky.example/watch/loom/thumbnail.jpg",
        ),
    )  # fmt: skip


def test_a_quote_is_named_unless_its_author_took_it_back() -> None:
    assert post_of("3n2s4").quote_of == "https://bsky.app/profile/did:plc:ada/post/3n2s9"
    assert post_of("3n2s4").media[0].alt == "A toaster"
    assert post_of("3n2s6").quote_of == ""


def test_a_warning_hides_the_pictures() -> None:
    assert (post_of("3n2s5").text, post_of("3n2s5").media) == ("A sharp one", ())


def test_a_hashtag_is_searched_with_a_session_by_way_of_the_account_s_own_server() -> None:
    said = TALKS[3].batch()
    (request,) = TALKS[3].requests()

    assert request.url == (
        f"{PDS}/app.bsky.feed.searchPosts?q=%23Larkwood&tag=Larkwood&sort=latest&limit=100"
    )
    assert request.headers["authorization"] == "Bearer eyJ.access-1.sig"
    assert [post.text.partition(" #")[0] for post in said.posts] == [
        "My jar is back at @larkwood.example",
        "We are",
        "In an answer",
    ]  # fmt: skip - and not her who asks not to be shown
    assert said.posts[2].in_reply_to == post_of("3n2v1").permalink
    assert said.window is None


def test_mentions_are_those_of_others() -> None:
    (request,) = TALKS[4].requests()

    assert "mentions=did%3Aplc%3Alarkwood" in request.url
    assert {post.author.handle for post in TALKS[4].batch().posts} == {"@ada.craft.example"}


@pytest.mark.parametrize("body", [b"<html><title>Forbidden</title>", b'{"error":"Forbidden"}'])
def test_searching_without_a_session_is_refused_with_what_to_do(body: bytes) -> None:
    with pytest.raises(PlatformError, match="give identifier and password") as error:
        advance(Bluesky(hashtag="larkwood"), "source", "", (answer(body, status=403),))
    assert error.value.cause is Cause.PERMISSION


def test_an_account_that_is_only_for_those_who_are_logged_in_is_left_alone() -> None:
    label = b'"labels": [{"val": "!no-unauthenticated", "src": "did:plc:larkwood"}]'
    pages = [replace(page, body=page.body.replace(b'"labels": []', label)) for page in (FEED, OLDER)]
    said = Talk(LARKWOOD, (DID, *pages)).batch()

    assert (said.posts, said.rejected[:1]) == (
        (), ("the account asks not to be shown to people without an account",)
    )  # fmt: skip
    assert all(isinstance(one, Rejection) for one in said.rejected)  # so that what is stored of it goes


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refused(400, "ExpiredToken", "Token has expired"), Cause.AUTH_EXPIRED),
        (refused(400, "InvalidToken", "Token could not be verified"), Cause.AUTH_EXPIRED),
        (refused(401, "AuthMissing", "Authentication Required"), Cause.AUTH_DEAD),
        (refused(400, "InvalidRequest", "Profile not found"), Cause.NOT_FOUND),
        (refused(400, "InvalidRequest", "Unable to resolve handle"), Cause.NOT_FOUND),
        (refused(400, "InvalidRequest", "Invalid params: integer too big"), Cause.BAD_DATA),
        (refused(400, "BlockedByActor", "Requester is blocked by actor"), Cause.PERMISSION),
        (refused(501, "MethodNotImplemented", "Method Not Implemented"), Cause.BAD_DATA),
        (refused(502, "UpstreamFailure", "Upstream Failure"), Cause.TRANSIENT),
    ],
)
def test_the_name_of_an_error_tells_its_cause(answer: Response, cause: Cause) -> None:
    with pytest.raises(PlatformError) as error:
        advance(LARKWOOD, "source", "", (answer,))
    assert error.value.cause is cause


def test_the_pause_that_it_names_is_kept() -> None:
    busy = refused(
        429, "RateLimitExceeded", "Rate Limit Exceeded", retry_after="289", ratelimit_reset="1795321530"
    )

    with pytest.raises(PlatformError) as error:
        advance(LARKWOOD, "source", "", (busy,))
    assert (error.value.cause, error.value.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(seconds=289))


def test_an_answer_without_a_feed_is_no_account_that_lost_its_posts() -> None:
    with pytest.raises(BadData, match="sent no list of posts"):
        advance(LARKWOOD, "source", "", (DID, answer(b"{}", API)))


def test_a_thread_that_nobody_may_read_costs_a_note() -> None:
    said = Talk(LARKWOOD, (DID, FEED, OLDER, refused(400, "NotFound", "Post not found"))).batch()

    assert said.notes == ("replies cannot be read: Bluesky says: Post not found",)
    assert said.threads == ()


# Sessions.


def renewal(connector: Bluesky, grant: Grant | None, *answers: Response) -> tuple[list[Request], Grant]:
    conversation = connector.renew(grant)
    asked = [next(conversation)]
    try:
        for each in answers:
            asked.append(conversation.send(each))  # noqa: PERF401 - a comprehension would lose them at the end
    except StopIteration as done:
        return asked, done.value
    raise AssertionError("it goes on to ask")


def test_a_session_begins_with_the_app_password() -> None:
    (asked,), grant = renewal(TAGGED, None, SESSION)

    assert isinstance(TAGGED, Renewable)
    assert (asked.method, asked.url) == ("POST", f"{PDS}/com.atproto.server.createSession")
    assert json.loads(asked.body) == {"identifier": "larkwood.example", "password": "app-pass-word-0001"}
    assert grant == Grant(
        Secret("eyJ.access-2.sig"),
        NOW + timedelta(hours=2),
        Secret("eyJ.refresh-2.sig"),
        NOW + timedelta(days=90),
    )


def test_a_session_goes_on_with_its_refresh_token_and_no_body() -> None:
    last = Grant(Secret("eyJ.access-1.sig"), None, Secret("eyJ.refresh-1.sig"))
    (asked,), grant = renewal(TAGGED, last, SESSION)

    assert (asked.method, asked.url, asked.body) == ("POST", f"{PDS}/com.atproto.server.refreshSession", b"")
    assert asked.headers["authorization"] == "Bearer eyJ.refresh-1.sig"
    assert grant.refresh == Secret("eyJ.refresh-2.sig")


@pytest.mark.parametrize("error", ["ExpiredToken", "InvalidToken"])
def test_a_session_that_ended_is_begun_anew(error: str) -> None:
    last = Grant(Secret("eyJ.access-1.sig"), None, Secret("eyJ.refresh-1.sig"))
    asked, grant = renewal(TAGGED, last, refused(400, error, "Token has been revoked"), SESSION)

    assert [request.url.rpartition(".")[2] for request in asked] == ["refreshSession", "createSession"]
    assert grant.token == Secret("eyJ.access-2.sig")


def test_a_wrong_app_password_is_for_a_person_to_mend() -> None:
    wrong = refused(401, "AuthenticationRequired", "Invalid identifier or password")

    with pytest.raises(PlatformError, match="Invalid identifier or password") as error:
        renewal(TAGGED, None, wrong)
    assert error.value.cause is Cause.AUTH_DEAD


def test_a_server_that_is_busy_does_not_end_a_session() -> None:
    last = Grant(Secret("eyJ.access-1.sig"), None, Secret("eyJ.refresh-1.sig"))

    with pytest.raises(PlatformError) as error:
        renewal(TAGGED, last, refused(502, "UpstreamFailure"))
    assert error.value.cause is Cause.TRANSIENT


def test_without_an_app_password_there_is_nothing_to_renew_with() -> None:
    assert (TAGGED.renews, LARKWOOD.renews) == (True, False)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "account"),
        ({"account": "a.example", "hashtag": "b"}, "account"),
        ({"hashtag": "b", "mentions": True}, "mentions"),
        ({"account": "a.example", "identifier": "a.example"}, "password"),
        ({"account": "a.example", "server": "larkwood"}, "server"),
        ({"account": "a.example", "login": "larkwood"}, "login"),
    ],
)
def test_options_that_do_not_fit_are_named(options: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} "):
        Bluesky(**options)


# Real and official payloads.


def fed(body: bytes) -> bytes:
    return b'{"feed":[' + body + b"]}"


def viewed(body: bytes) -> bytes:
    return fed(b'{"post":' + body + b"}")


def posts(body: bytes) -> bytes:
    return json.dumps({"feed": [{"post": view} for view in json.loads(body)["posts"]]}).encode()


def ended(body: bytes) -> bytes:
    """The page as if it were the last."""
    return json.dumps({"feed": json.loads(body)["feed"]}).encode()


def page(count: int, body: Callable[[bytes], bytes], *rejected: str) -> Page:
    return Page(replace(LARKWOOD, replies=False), count, rejected, before=(DID,), body=body)


RECORDED, GRANARY, TESTS = "bluesky/recorded", "bluesky/granary", "bluesky/granary-tests"
ANONYMOUS = Bluesky(hashtag="Oslo")
SAMPLES: Samples = {
    f"{GRANARY}/actor.bsky.json": Aside("a profile"),
    f"{GRANARY}/comment_inreplyto_id.bsky.json": page(0, fed),  # an answer to somebody else
    f"{GRANARY}/like.bsky.json": Aside("a like"),
    f"{GRANARY}/note.bsky.json": page(1, fed),
    f"{GRANARY}/note_with_article_tag_indices.bsky.json": Aside("a record, as it is written"),
    f"{GRANARY}/quote.bsky.json": page(1, fed),
    f"{GRANARY}/quote_with_image.bsky.json": page(1, fed),
    f"{GRANARY}/repost.bsky.json": page(0, fed),
    f"{TESTS}/POST_BSKY.json": Aside("a record, as it is written"),
    f"{TESTS}/POST_BSKY_IMAGES.json": Aside("a record, as it is written"),
    f"{TESTS}/POST_VIEW_BSKY.json": page(1, viewed),
    f"{TESTS}/POST_VIEW_BSKY_IMAGES.json": page(1, viewed),
    f"{TESTS}/REPOST_BSKY_FEED_VIEW_POST.json": page(0, fed),
    f"{TESTS}/THREAD_BSKY.json": page(1, fed),
    f"{RECORDED}/error.bad-param.json": Refusal(LARKWOOD, 400, Cause.BAD_DATA),
    f"{RECORDED}/error.badpassword.json": Refusal(LARKWOOD, 401, Cause.AUTH_DEAD),
    f"{RECORDED}/error.missing-param.json": Refusal(LARKWOOD, 400, Cause.BAD_DATA),
    f"{RECORDED}/error.notfound-post.json": Refusal(LARKWOOD, 400, Cause.NOT_FOUND),
    f"{RECORDED}/error.pds-badjwt.json": Refusal(TAGGED, 400, Cause.AUTH_EXPIRED),
    f"{RECORDED}/error.pds-expired-access.json": Refusal(TAGGED, 400, Cause.AUTH_EXPIRED),
    f"{RECORDED}/error.pds-noauth.json": Refusal(ANONYMOUS, 401, Cause.AUTH_DEAD),
    f"{RECORDED}/error.pds-ratelimit.json": Refusal(LARKWOOD, 429, Cause.RATE_LIMITED),
    f"{RECORDED}/error.refresh-with-access.json": Refusal(TAGGED, 400, Cause.AUTH_EXPIRED),
    f"{RECORDED}/error.unknown-actor.json": Refusal(LARKWOOD, 400, Cause.NOT_FOUND, before=(DID,)),
    f"{RECORDED}/error.unknown-method.json": Refusal(LARKWOOD, 501, Cause.BAD_DATA),
    f"{RECORDED}/getAuthorFeed.json": page(5, ended),
    f"{RECORDED}/getAuthorFeed.page2.json": page(5, ended),
    f"{RECORDED}/getPostThread.json": page(1, lambda body: fed(json.dumps(json.loads(body)["thread"]).encode())),
    f"{RECORDED}/getPosts.deleted.json": page(0, posts),
    f"{RECORDED}/getPosts.json": page(1, posts),
    f"{RECORDED}/getQuotes.json": page(1, posts),
    f"{RECORDED}/pds.createSession.json": Aside("a session; its tokens are tested above"),
    f"{RECORDED}/pds.deleteRecord.json": Aside("what writes"),
    f"{RECORDED}/pds.describeRepo.json": Aside("an account, as its server keeps it"),
    f"{RECORDED}/pds.getTimeline-proxied.json": page(2, ended),
    f"{RECORDED}/pds.listRecords.json": Aside("records, as they are written"),
    f"{RECORDED}/pds.refreshSession.json": Aside("a session; its tokens are tested above"),
    f"{RECORDED}/searchPosts.json": Page(ANONYMOUS, 3),
    **{
        f"{RECORDED}/{name}.headers": Aside("headers of the answer of that name")
        for name in (
            "error.bad-param", "error.badpassword", "error.missing-param", "error.notfound-post",
            "error.pds-badjwt", "error.pds-expired-access", "error.pds-noauth", "error.pds-ratelimit",
            "error.refresh-with-access", "error.unknown-actor", "error.unknown-method", "getAuthorFeed",
            "getAuthorFeed.page2", "getPostThread", "getPosts.deleted", "getPosts", "getQuotes",
            "pds.createSession", "pds.deleteRecord", "pds.describeRepo", "pds.getTimeline-proxied",
            "pds.listRecords", "pds.refreshSession", "searchPosts",
        )
    },
    **{
        f"bluesky/lexicons/{name}.json": Aside("a lexicon")
        for name in (
            "app.bsky.actor.defs", "app.bsky.embed.external", "app.bsky.embed.images", "app.bsky.embed.record",
            "app.bsky.embed.recordWithMedia", "app.bsky.embed.video", "app.bsky.feed.defs",
            "app.bsky.feed.getAuthorFeed", "app.bsky.feed.getPostThread", "app.bsky.feed.post",
            "app.bsky.feed.searchPosts", "app.bsky.richtext.facet", "com.atproto.server.createSession",
            "com.atproto.server.refreshSession",
        )
    },
}  # fmt: skip


# The demo's.

DEMO = next(account for account in accounts() if account.name == "bluesky")
HERE = '"http://127.0.0.1:8473/bluesky"'


def link_account(live: Live) -> None:
    live.link("larkwood-bluesky", connector='"bluesky"', server=HERE, account='"larkwood.example"')


def link_hashtag(live: Live) -> None:
    live.link(
        "larkwood-hashtag", connector='"bluesky"', login=HERE, hashtag='"Larkwood"',
        identifier='"larkwood.example"', password='"env:LARKWOOD_BLUESKY_SECRET"',
    )  # fmt: skip


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link_account(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 14 + 5, ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 5
    assert {post.author.handle for post in live.posts if post.kind is not Kind.REPLY} == {"@larkwood.example"}
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /bluesky/xrpc/app.bsky.feed.getAuthorFeed 200"]


def test_what_was_deleted_is_gone_at_the_next_fetch(live: Live) -> None:
    link_account(live)
    live.fetch()
    live.demo.show(replace(DEMO, posts=DEMO.posts[1:]))

    assert live.fetch(hours=1).gone == 1
    assert not any(post.id.endswith(DEMO.posts[0].id) for post in live.posts)


def test_what_was_deleted_long_ago_is_gone_after_the_next_whole_look(live: Live) -> None:
    link_account(live)
    live.fetch()
    live.demo.show(replace(DEMO, posts=DEMO.posts[:-1]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_a_hashtag_is_read_with_a_session_that_is_renewed_by_itself(live: Live) -> None:
    link_hashtag(live)

    assert live.fetch().new == 3
    assert {post.author.name for post in live.posts} == {"Noor Haddad", "Ada Brook", "Jonas Weide"}
    live.demo.expire("bluesky")
    assert live.fetch(hours=1).status == "same"
    assert live.asked == [
        "GET /bluesky/xrpc/app.bsky.feed.searchPosts 400",
        "POST /bluesky/xrpc/com.atproto.server.refreshSession 200",
        "GET /bluesky/xrpc/app.bsky.feed.searchPosts 200",
    ]


def test_a_session_that_was_ended_is_begun_anew_and_only_a_revoked_password_is_the_end(live: Live) -> None:
    link_hashtag(live)
    live.fetch()
    live.demo.revoke("bluesky")

    assert live.fetch(hours=1).status == "same"
    live.demo.revoke("bluesky")
    live.demo.show(replace(DEMO, client_secret="demo-bluesky-secret-of-tomorrow"))
    dead = live.fetch(hours=2)
    assert (dead.status, dead.cause) == ("failed", Cause.AUTH_DEAD)
    assert "Invalid identifier or password" in dead.error
    assert "LARKWOOD_BLUESKY_SECRET" in dead.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    link_account(live)
    live.demo.limit("bluesky", 1, seconds=600)
    busy = live.fetch()

    assert (busy.status, busy.cause) == ("failed", Cause.RATE_LIMITED)
