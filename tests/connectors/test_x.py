from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Batch, Request, advance
from forecourt.connectors.x import X
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from forecourt.talk import Grant
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Samples, Talk, answer

TOKEN = Secret("x-bearer-token-of-the-app")
LARKWOOD = X(account="larkwood", token=TOKEN, server="https://api.x.example", site="https://x.example")
TAGGED = replace(LARKWOOD, account="", hashtag="#RepairBench")
MENTIONED = replace(LARKWOOD, mentions=True)
RENEWING = X(
    account="larkwood",
    refresh_token=Secret("x-refresh-token-1"),
    client_id="larkwood-app",
    client_secret=Secret("x-client-secret"),
    server="https://api.x.example",
)
API = "https://api.x.example/2"
USER = answer("x/user.json", f"{API}/users/by/username/larkwood")
POSTS = answer("x/posts.json", f"{API}/users/783214001/tweets")
REPLIES = answer("x/replies.json", f"{API}/tweets/search/recent")
NOTHING = answer("x/none.json", f"{API}/users/783214001/tweets")
SINCE = json.dumps({"id": "783214001", "newest": "1990000000000000010"})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(LARKWOOD, (USER, POSTS, REPLIES)),
    Talk(LARKWOOD, (NOTHING,), since=SINCE),
    Talk(MENTIONED, (USER, POSTS)),
    Talk(TAGGED, (POSTS,)),
)
SAMPLES: Samples = {}


def path(request: Request) -> str:
    return urlsplit(request.url).path


def query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url).query))


def by_id(identity: str) -> Post:
    return next(post for post in TALKS[0].batch().posts if post.id == identity)


def test_a_post_of_x_becomes_a_post() -> None:
    assert TALKS[0].batch().posts[0] == Post(
        id="1990000000000000010",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://x.example/larkwood/status/1990000000000000010",
        html=(
            f"<p>\N{WRENCH} Lamp &amp; cable &lt;3, says "
            f'<a href="https://x.example/inge_sorrel" {REL}>@inge_sorrel</a>: '
            f'come by. <a href="https://t.example/aa1" {REL}>larkwood.example/repairs/</a> '
            f'<a href="https://x.example/hashtag/RepairBench" {REL}>#RepairBench</a></p>'
        ),
        text="\N{WRENCH} Lamp & cable <3, says @inge_sorrel: come by. larkwood.example/repairs/ #RepairBench",
        lang="en",
        author=Author(
            "Larkwood", "@larkwood", "https://x.example/larkwood", "https://img.x.example/larkwood_normal.jpg"
        ),
        published=datetime(2026, 11, 20, 7, 5, tzinfo=UTC),
        media=(
            Media(
                "image", "https://img.x.example/media/lamp.jpg", "A brass lamp without its shade", 1200, 800
            ),
            Media("image", "https://img.x.example/media/cable.jpg", "", 900, 900),
        ),
        engagement=Engagement(likes=21, comments=2, shares=4, views=400),
        tags=("RepairBench",),
        mentions=("@inge_sorrel",),
    )


def test_a_long_post_is_read_whole_and_keeps_the_id_that_it_had_before_it_was_edited() -> None:
    spoons = by_id("1988999999999999999")

    assert spoons.permalink == "https://x.example/larkwood/status/1989000000000000009"
    assert spoons.html == (
        "<p>So: none until February &amp; no sooner.</p><p>Each takes three winters to dry. "
        f'<a href="https://t.example/mk9" {REL}>larkwood.example/makers/</a> '
        f'<a href="https://x.example/hashtag/Makers" {REL}>#Makers</a></p>'
    )
    assert spoons.tags == ("Makers",)


def test_a_quoted_post_is_named_and_its_link_is_not_repeated() -> None:
    bikes = by_id("1988000000000000008")

    assert (bikes.text, bikes.lang) == ("Week one on the bikes.", "")
    assert bikes.quote_of == "https://x.example/marta/status/1980000000000000001"
    assert bikes.engagement.views is None


def test_a_film_is_the_best_mp4_and_has_its_poster() -> None:
    wheel = by_id("1987000000000000007")

    assert (wheel.kind, wheel.text, wheel.lang) == (Kind.VIDEO, "Das Schwungrad", "de")
    assert wheel.media == (
        Media(
            "video", "https://video.x.example/wheel.mp4", "A flywheel turning", 1280, 720, 12,
            "https://img.x.example/media/wheel.jpg",
        ),
    )  # fmt: skip


def test_reposts_and_what_is_withheld_are_left_out_and_sensitive_pictures_too() -> None:
    batch = TALKS[0].batch()

    assert [post.id for post in batch.posts if post.kind is not Kind.REPLY] == [
        "1990000000000000010", "1988999999999999999", "1988000000000000008", "1987000000000000007",
        "1984000000000000004",
    ]  # fmt: skip
    assert by_id("1984000000000000004").media == ()
    assert batch.rejected == ("post 1983000000000000003: it has neither text nor picture",)
    assert json.loads(batch.since) == {"id": "783214001", "newest": "1990000000000000010"}


def test_posts_of_a_protected_account_are_shown_nowhere() -> None:
    page = json.loads(POSTS.body)
    page["includes"]["users"][0]["protected"] = True
    body = json.dumps(page).encode()

    assert Talk(replace(LARKWOOD, replies=False), (USER, replace(POSTS, body=body))).batch().posts == ()


def test_every_field_is_asked_for_and_a_quiet_account_costs_one_request() -> None:
    (asked,) = TALKS[1].requests()

    assert path(asked) == "/2/users/783214001/tweets"
    assert asked.headers["authorization"] == "Bearer x-bearer-token-of-the-app"
    said = query(asked)
    assert (said["max_results"], said["exclude"], said["since_id"]) == (
        "100", "retweets,replies", "1990000000000000010"
    )  # fmt: skip
    assert {"author_id", "note_tweet", "edit_history_tweet_ids", "withheld"} <= set(
        said["tweet.fields"].split(",")
    )
    batch = TALKS[1].batch()
    assert (batch.posts, batch.since, batch.window) == ((), SINCE, None)


def test_the_token_of_a_next_page_may_have_any_sign_that_can_be_sent() -> None:
    more = answer(b'{"meta": {"result_count": 0, "next_token": "a-b.c~d/e=="}}')
    requests = Talk(LARKWOOD, (more, NOTHING), since=SINCE).requests()

    assert query(requests[1])["pagination_token"] == "a-b.c~d/e=="
    for token in (b'"two words"', b"7.5", b"[1]", b'"' + b"x" * 501 + b'"'):
        odd = answer(b'{"data": [], "meta": {"next_token": ' + token + b"}}")
        with pytest.raises(BadData, match="by a token that is none"):
            advance(LARKWOOD, "source", "", (USER, odd))


@pytest.mark.parametrize("body", [b"{}", b'{"meta": {}}', b'{"data": {}}', b"[]"])
def test_an_answer_without_a_list_is_no_empty_account(body: bytes) -> None:
    with pytest.raises(BadData, match="sent no list of posts"):
        advance(LARKWOOD, "source", "", (USER, answer(body)))


def test_a_whole_look_is_one_page_since_every_post_costs() -> None:
    more = json.loads(POSTS.body)
    more["meta"]["next_token"] = "7140dibdnow9c7btw4b"
    full = replace(POSTS, body=json.dumps(more).encode())
    alone = replace(LARKWOOD, replies=False)

    assert Talk(alone, (USER, POSTS)).batch().window == EVER
    assert Talk(alone, (USER, full)).batch().window == datetime(2026, 11, 6, 8, tzinfo=UTC)
    requests = Talk(alone, (full, NOTHING), since=SINCE).requests()
    assert query(requests[1])["pagination_token"] == "7140dibdnow9c7btw4b"


def test_what_was_answered_in_the_last_week_is_found_by_one_search() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]
    asked = TALKS[0].requests()[2]

    assert path(asked) == "/2/tweets/search/recent"
    assert (
        query(asked)["query"] == "conversation_id:1990000000000000010 OR conversation_id:1988999999999999999"
    )
    assert [(post.text, post.author.handle) for post in replies] == [
        ("Do!", "@larkwood"), ("@larkwood I bring the toaster.", "@adabrook"),
    ]  # fmt: skip
    assert {post.in_reply_to for post in replies} == {batch.posts[0].permalink}
    assert batch.threads == (batch.posts[0].permalink, batch.posts[1].permalink)


def test_a_search_that_is_not_allowed_costs_the_replies_only() -> None:
    refusal = answer(
        b'{"title":"Forbidden","detail":"Your access does not include this","type":"about:blank","status":403}',
        status=403,
    )
    batch = Talk(LARKWOOD, (USER, POSTS, refusal)).batch()

    assert len(batch.posts) == 5
    assert batch.threads == ()
    assert batch.notes == ("replies cannot be read: X says: Your access does not include this",)


def test_mentions_and_hashtags_are_collected_instead() -> None:
    assert path(TALKS[2].requests()[1]) == "/2/users/783214001/mentions"
    assert "exclude" not in query(TALKS[2].requests()[1])
    (search,) = TALKS[3].requests()
    assert query(search)["query"] == "#RepairBench -is:retweet"
    assert TALKS[3].batch().window is None


def test_a_search_begins_anew_when_its_newest_post_is_older_than_its_memory() -> None:
    too_old = answer(
        b'{"errors":[{"parameters":{"since_id":["1"]},"message":"since_id must be larger"}],'
        b'"title":"Invalid Request","type":"https://api.twitter.com/2/problems/invalid-request"}',
        status=400,
    )
    talk = Talk(TAGGED, (too_old, POSTS), since='{"id": "", "newest": "1"}')

    assert [query(request).get("since_id") for request in talk.requests()] == ["1", None]
    assert len(talk.batch().posts) == 5


@pytest.mark.parametrize(
    ("body", "status", "cause"),
    [
        (b'{"title":"Unauthorized","type":"about:blank","status":401}', 401, Cause.AUTH_EXPIRED),
        (b'{"title":"x","type":"https://api.twitter.com/2/problems/client-forbidden"}', 403, Cause.PERMISSION),
        (b'{"title":"x","type":"https://api.twitter.com/2/problems/invalid-request"}', 400, Cause.BAD_DATA),
        (b'{"title":"Too Many Requests","type":"about:blank"}', 429, Cause.RATE_LIMITED),
        (b'{"title":"Service Unavailable"}', 503, Cause.TRANSIENT),
        ("x/missing.json", 200, Cause.NOT_FOUND),
        ("x/not-authorized.json", 200, Cause.PERMISSION),
    ],
)  # fmt: skip
def test_a_problem_is_given_its_cause_also_inside_a_200(body: str | bytes, status: int, cause: Cause) -> None:
    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (answer(body, status=status),))
    assert refused.value.cause is cause


@pytest.mark.parametrize(
    ("body", "status"), [("x/capped.json", 429), (b'{"title":"CreditsDepleted","detail":"No credits"}', 402)]
)
def test_a_cap_that_is_used_up_is_left_alone_for_a_day(body: str | bytes, status: int) -> None:
    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (answer(body, status=status),))
    assert (refused.value.cause, refused.value.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(days=1))


def test_the_pause_ends_when_x_says() -> None:
    until = NOW + timedelta(minutes=7)
    busy = answer(
        b'{"title":"Too Many Requests"}',
        status=429,
        headers={"x-rate-limit-reset": str(int(until.timestamp()))},
    )

    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (busy,))
    assert refused.value.retry_at == until


def version(identity: str, text: str, *history: str) -> dict[str, object]:
    return {"id": identity, "text": text, "edit_history_tweet_ids": list(history)}


def test_an_edited_post_is_read_again_in_its_last_version() -> None:
    """Asked for by the id that we know, X gives the version of that id."""
    old = {"data": [version("10", "Frst", "10", "12", "14"), version("11", "Same", "11")]}
    new = {"data": [version("14", "First", "10", "12", "14")]}
    answers = tuple(answer(json.dumps(page).encode()) for page in (old, new))
    conversation = LARKWOOD.recheck("source", ("10", "11"))

    assert query(next(conversation))["ids"] == "10,11"
    assert query(conversation.send(answers[0]))["ids"] == "14"
    batch = advance(LARKWOOD, "source", "", answers, ("10", "11"))
    assert isinstance(batch, Batch)
    assert {post.id: post.text for post in batch.posts} == {"10": "First", "11": "Same"}


@pytest.mark.parametrize("told", [True, False])
def test_a_version_that_was_superseded_is_never_shown(told: bool) -> None:
    missing = {"resource_id": "14", "type": "https://api.twitter.com/2/problems/resource-not-found"}
    old = answer(json.dumps({"data": [version("10", "Frst", "10", "14")]}).encode())
    new = answer(json.dumps({"errors": [missing] if told else []}).encode())
    batch = advance(LARKWOOD, "source", "", (old, new), ("10",))

    assert isinstance(batch, Batch)
    assert (batch.posts, batch.gone) == ((), ("10",) if told else ())


def test_its_terms_keep_it_out_of_feeds_and_search() -> None:
    terms = X.terms
    assert (terms.syndicate, terms.index, terms.credit) == (False, False, "Posted on X")
    assert terms.keep == timedelta(days=30)


def test_a_refresh_token_is_used_once() -> None:
    first = RENEWING.renew(None)
    request = next(first)

    assert request.url == "https://api.x.example/2/oauth2/token"
    assert request.headers["authorization"].startswith("Basic ")
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"], "refresh_token": ["x-refresh-token-1"], "client_id": ["larkwood-app"],
    }  # fmt: skip
    with pytest.raises(StopIteration) as done:
        first.send(answer("x/token.json"))
    grant = done.value.value
    assert grant == Grant(
        Secret("x-access-2-abcdefghijkl"), NOW + timedelta(hours=2), Secret("x-refresh-2-abcdefghijkl")
    )
    assert b"x-refresh-2-abcdefghijkl" in next(RENEWING.renew(grant)).body
    assert (RENEWING.renews, LARKWOOD.renews) == (True, False)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({}, "account or hashtag"),
        ({"account": "a", "hashtag": "b"}, "account or hashtag"),
        ({"hashtag": "b", "mentions": True}, "mentions"),
        ({"account": "a", "token": None}, "token"),
        ({"account": "a", "refresh_token": TOKEN}, "client_id"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^{wrong}"):
        X(**({"token": TOKEN} | options))  # type: ignore[arg-type]  # options of every type


APP = {"connector": '"x"', "account": '"larkwood"', "site": '"https://x.larkwood.example"'}
USER_TOKEN = {
    "refresh_token": '"env:LARKWOOD_X_REFRESH"',
    "client_id": '"bGFya3dvb2Q6MTpjaQ"',
    "client_secret": '"env:LARKWOOD_X_SECRET"',
}


def linked(live: Live, **options: object) -> None:
    given = {"server": f'"{live.demo.url}/x"', "token": '"env:LARKWOOD_X_TOKEN"', **APP, **options}
    live.link("larkwood-x", **given)


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 17, ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 3
    ours = [post for post in live.posts if post.kind is not Kind.REPLY]
    assert {(post.author.name, post.author.handle) for post in ours} == {("Larkwood", "@larkwood")}
    (quoting,) = (post for post in live.posts if post.quote_of)
    assert quoting.quote_of in {post.permalink for post in live.posts}
    assert not any("t.larkwood.example" in post.text for post in live.posts)
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /x/2/users/783214001/tweets 200"]


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "x")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_posts_that_lie_further_back_than_a_whole_look_are_asked_for_by_their_ids(live: Live) -> None:
    """An archive does not end after thirty days, and what was deleted in it is seen."""
    linked(live, replies="false")
    account = next(account for account in accounts() if account.name == "x")
    one = replace(account.posts[-1], answers=(), quotes="")
    old = tuple(replace(one, id=str(3000 - n), text=f"Old {n}") for n in range(30))
    live.demo.show(replace(account, posts=old))
    live.fetch()
    new = tuple(replace(one, id=str(5000 - n), date=datetime(2026, 11, 22, tzinfo=UTC)) for n in range(100))
    live.demo.show(replace(account, posts=(*new, *old[:10], replace(old[10], text="Edited"), *old[12:])))
    live.fetch(hours=1)
    report = live.fetch(hours=25)

    assert (report.gone, report.changed) == (0, 1)
    assert live.fetch(hours=26).gone == 1
    assert live.asked[-1] == "GET /x/2/tweets 200"
    assert {post.text for post in live.posts} >= {"Edited", "Old 29"}
    assert "Old 11" not in {post.text for post in live.posts}


def test_a_token_that_ended_is_renewed_again_and_again(live: Live) -> None:
    linked(live, token=None, **USER_TOKEN)
    assert live.fetch().new == 17
    for hours in (1, 2):
        live.demo.expire("x")
        assert live.fetch(hours=hours).status == "same"
        assert "POST /x/2/oauth2/token 200" in live.asked


def test_a_refresh_token_that_somebody_else_used_needs_a_person(live: Live) -> None:
    linked(live, token=None, **USER_TOKEN)
    live.demo.revoke("x")
    failed = live.fetch()

    assert (failed.status, failed.cause) == ("failed", Cause.AUTH_DEAD)
    assert "LARKWOOD_X_REFRESH" in failed.error


def test_the_token_of_an_app_is_not_renewed(live: Live) -> None:
    linked(live, refresh_token=None, client_id=None, client_secret=None)
    live.demo.expire("x")

    assert live.fetch().cause == Cause.AUTH_DEAD


def test_one_who_asks_too_often_waits(live: Live) -> None:
    linked(live)
    live.demo.limit("x", 1, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
