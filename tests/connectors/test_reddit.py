from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Grant, Response, advance
from forecourt.connectors.reddit import Reddit
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Page, Refusal, Samples, Talk, answer

SITE = "https://www.reddit.example"
LARKWOOD = Reddit(
    subreddit="larkwood", redditor="larkwood_home", client_id="app-1", client_secret=Secret("reddit-secret-1"),
    token=Secret("reddit-token-1"), site=SITE,
)  # fmt: skip
SEARCH = replace(LARKWOOD, search="larkwood lamp")
FED = Reddit(feed=Secret(f"{SITE}/r/larkwood/new.rss?feed=f00dcafe&user=larkwood_home"), site=SITE)
API = "https://oauth.reddit.com"
NEW = answer("reddit/new.json", f"{API}/r/larkwood/new")
NONE = answer("reddit/none.json", f"{API}/r/larkwood/new")
COMMENTS = answer("reddit/comments.json", f"{API}/comments/1p0tz4m")
FEED = answer(
    "reddit/feed.atom", f"{SITE}/r/larkwood/new.rss", headers={"content-type": "application/atom+xml"}
)
SINCE = json.dumps({"newest": "t3_1p0tz4m"})
REL = 'rel="nofollow ugc noopener"'
WINTER = f"{SITE}/r/larkwood/comments/1p0tz4m/winter_hours_the_ben/"

TALKS = (
    Talk(LARKWOOD, (NEW, COMMENTS)),
    Talk(LARKWOOD, (NONE,), since=SINCE),
    Talk(replace(SEARCH, replies=False), (NEW,)),
    Talk(replace(LARKWOOD, subreddit="", account="larkwood_home", replies=False), (NEW,)),
    Talk(FED, (FEED,)),
)


def found(identity: str) -> Post:
    return next(post for post in TALKS[0].batch().posts if post.id == identity)


def test_a_submission_becomes_a_post() -> None:
    assert found("t3_1p0tz4m") == Post(
        id="t3_1p0tz4m",
        source="source",
        kind=Kind.NOTE,
        permalink=WINTER,
        title="Winter hours & the bench",
        html=(
            f'<p>Late on <strong>Thursdays</strong>, see <a href="{SITE}/r/larkwood/wiki/hours" {REL}>the list</a> '
            "&amp; u/moth.</p>"
        ),
        text="Late on Thursdays, see the list & u/moth.",
        author=Author("larkwood_home", "u/larkwood_home", f"{SITE}/user/larkwood_home"),
        published=datetime(2026, 11, 17, 11, 10, tzinfo=UTC),
        updated=datetime(2026, 11, 17, 12, 53, 20, tzinfo=UTC),
        engagement=Engagement(likes=58, comments=4, shares=1),
        tags=("From us",),
    )


def test_what_was_removed_deleted_or_is_for_adults_is_left_out() -> None:
    batch = TALKS[0].batch()

    assert [post.id for post in batch.posts if post.kind is not Kind.REPLY] == [
        "t3_1p0tz4m", "t3_1or4x8t", "t3_1oq0000", "t3_1oxq2h9", "t3_1ohn6w1", "t3_1cross1"
    ]  # fmt: skip
    assert batch.rejected == ("post 1notitl: it has no title",)
    assert (batch.window, batch.since) == (EVER, SINCE)


def test_a_gallery_has_its_own_order_and_its_captions_below() -> None:
    gallery = found("t3_1or4x8t")

    assert gallery.kind is Kind.PHOTO
    assert gallery.media == (
        Media("image", "https://i.redd.example/b2.gif", "", 400, 300),
        Media("image", "https://preview.redd.example/a1.jpg?width=800&s=1", "", 800, 600),
    )
    assert gallery.html == "<p>The wonky one</p>"


def test_a_film_has_its_length_and_a_picture() -> None:
    film = found("t3_1oq0000")

    assert (film.kind, film.engagement.likes) == (Kind.VIDEO, None)  # the score is hidden
    assert film.media == (
        Media(
            "video", "https://v.redd.example/abc/DASH_720.mp4?source=fallback", "", 1280, 720, 41,
            "https://external.redd.example/still.jpg",
        ),
    )  # fmt: skip


def test_a_link_says_where_it_leads_and_a_poll_is_a_question() -> None:
    poll = found("t3_1ohn6w1")

    assert found("t3_1oxq2h9").html == (
        f'<p><a href="https://www.larkwood.example/gathering-table/?a=1&amp;b=2" {REL}>larkwood.example</a></p>'
    )
    assert (poll.kind, poll.text) == (Kind.QUESTION, "A rattan seat\nA <zip>")


def test_a_crosspost_shows_what_it_quotes_and_forgets_who_left() -> None:
    post = found("t3_1cross1")

    assert post.quote_of == f"{SITE}/r/larkwood/comments/1nother/elsewhere/"
    assert post.media == (Media("image", "https://i.redd.example/lamp.jpg", "", 1200, 800),)
    assert post.author == Author()


def test_comments_are_kept_with_their_post_but_for_deleted_ones() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert [(reply.id, reply.text, reply.author.handle) for reply in replies] == [
        ("t1_nq2b001", "Closed on the 25th?", "u/moth_monday"),
        ("t1_nq2b002", "For a walk.", "u/larkwood_home"),
        ("t1_nq2b004", "Agreed.", "u/oak_and_awe"),
    ]
    assert {reply.in_reply_to for reply in replies} == {WINTER}
    assert batch.threads == (WINTER,)


def test_comments_that_are_only_counted_make_a_thread_incomplete() -> None:
    more = answer("reddit/comments_more.json", f"{API}/comments/1p0tz4m")
    batch = Talk(LARKWOOD, (NEW, more)).batch()

    assert sum(post.kind is Kind.REPLY for post in batch.posts) == 3
    assert batch.threads == ()


def test_comments_that_may_not_be_read_cost_a_note() -> None:
    locked = answer(b'{"message":"Forbidden","error":403}', status=403)
    batch = Talk(LARKWOOD, (NEW, locked)).batch()

    assert (len(batch.posts), batch.notes) == (6, ("comments cannot be read: Reddit says: Forbidden",))


def test_a_quiet_community_costs_one_request() -> None:
    (request,) = TALKS[1].requests()

    assert request.url == f"{API}/r/larkwood/new?sort=new&limit=100&before=t3_1p0tz4m&raw_json=1"
    assert request.headers["authorization"] == "Bearer reddit-token-1"
    assert re.fullmatch(r"web:forecourt:v\S+ \(by /u/larkwood_home\)", request.headers["user-agent"])
    assert (TALKS[1].batch().posts, TALKS[1].batch().since, TALKS[1].batch().window) == ((), SINCE, None)


def test_a_search_may_be_of_one_community_or_of_all_and_is_never_complete() -> None:
    everywhere = Talk(replace(SEARCH, subreddit="", replies=False), (NEW,))

    assert TALKS[2].requests()[0].url == (
        f"{API}/r/larkwood/search?q=larkwood+lamp&type=link&restrict_sr=1&sort=new&limit=100&raw_json=1"
    )
    assert (
        everywhere.requests()[0].url
        == f"{API}/search?q=larkwood+lamp&type=link&sort=new&limit=100&raw_json=1"
    )
    assert TALKS[2].batch().window is None


def test_what_an_account_posts_is_found_below_its_name() -> None:
    assert TALKS[3].requests()[0].url == f"{API}/user/larkwood_home/submitted?sort=new&limit=100&raw_json=1"
    assert TALKS[3].batch().window == EVER


def further(**places: str) -> Response:
    document = json.loads(NEW.body)
    document["data"] |= places
    return answer(json.dumps(document).encode(), NEW.url)


def test_pages_are_followed_in_the_way_that_was_asked_for() -> None:
    alone = replace(LARKWOOD, replies=False)
    older = Talk(alone, (further(after="t3_older", before="t3_newer"), NEW)).requests()
    newer = Talk(alone, (further(after="t3_older", before="t3_newer"), NEW), since=SINCE).requests()

    assert "&after=t3_older&" in older[1].url
    assert "&before=t3_newer&" in newer[1].url


def test_five_pages_are_enough() -> None:
    batch = Talk(replace(LARKWOOD, replies=False), tuple(further(after=f"t3_{n}") for n in range(5))).batch()

    assert batch.window == min(post.published for post in batch.posts if post.published)


def test_a_text_that_is_escaped_once_more_is_read_all_the_same() -> None:
    document = json.loads(NEW.body)
    html = document["data"]["children"][0]["data"]["selftext_html"]
    document["data"]["children"][0]["data"]["selftext_html"] = html.replace("<", "&lt;").replace(">", "&gt;")

    (first, *_) = Talk(LARKWOOD, (answer(json.dumps(document).encode()), COMMENTS)).batch().posts
    assert first == found("t3_1p0tz4m")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"kind": "Listing", "data": {"children": null}}'])
def test_an_answer_without_a_list_is_no_empty_community(body: bytes) -> None:
    with pytest.raises(BadData, match="sent no list of posts"):
        advance(LARKWOOD, "source", "", (answer(body),))
    batch = Talk(LARKWOOD, (NEW, answer(body))).batch()
    assert (batch.threads, batch.notes) == ((), ("comments cannot be read: Reddit sent no list of comments",))


def test_a_page_without_posts_that_names_another_is_not_the_end() -> None:
    odd = answer(b'{"data": {"children": [{"kind": "t1"}], "after": "t3_1"}}')
    batch = Talk(replace(LARKWOOD, replies=False), (further(after="t3_9"), odd)).batch()

    assert batch.window == min(post.published for post in batch.posts if post.published)


def test_a_private_feed_gives_the_same_ids() -> None:
    (post,) = TALKS[4].batch().posts

    assert (post.id, post.title) == ("t3_1p0tz4m", "Winter hours")
    assert (post.text, post.tags) == ("Late on Thursdays.", ())
    assert post.author == Author("larkwood_home", "u/larkwood_home", f"{SITE}/user/larkwood_home")
    assert TALKS[4].batch().whole


def test_the_picture_of_a_feed_stands_beside_its_text() -> None:
    cells = '<table> <tr><td> <a href="x"><img src="/y.jpg" alt="Winter hours" /></a> </td><td> '
    said = cells.replace("<", "&lt;").replace('"', "&quot;").encode()
    body = FEED.body.replace(b"&lt;!-- SC_OFF --&gt;", said)
    (post,) = Talk(FED, (answer(body, FEED.url, headers=FEED.headers),)).batch().posts

    assert "<img" not in post.html
    assert post.text == "Late on Thursdays."
    assert [(media.url, media.alt) for media in post.media] == [(f"{SITE}/y.jpg", "")]


@pytest.mark.parametrize(
    ("body", "status", "cause"),
    [
        (b"<!doctype html><title>Prove it</title>", 200, Cause.BLOCKED),
        (b"<!doctype html><title>Blocked</title>", 403, Cause.BLOCKED),
        (b"Too Many Requests", 429, Cause.RATE_LIMITED),
    ],
)
def test_a_feed_that_is_refused_is_no_feed(body: bytes, status: int, cause: Cause) -> None:
    with pytest.raises(PlatformError) as refused:
        advance(FED, "source", "", (answer(body, FEED.url, status, {}),))
    assert refused.value.cause is cause


@pytest.mark.parametrize(
    ("status", "said", "cause"),
    [
        (401, {"message": "Unauthorized"}, Cause.AUTH_EXPIRED),
        (403, {"message": "Forbidden", "reason": "private"}, Cause.PERMISSION),
        (403, {"message": "Forbidden", "reason": "banned"}, Cause.NOT_FOUND),
        (404, {"message": "Not Found", "reason": "banned"}, Cause.NOT_FOUND),
        (503, {"message": "Service Unavailable"}, Cause.TRANSIENT),
    ],
)
def test_an_error_is_given_its_cause(status: int, said: dict[str, str], cause: Cause) -> None:
    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (answer(json.dumps(said).encode(), NEW.url, status),))
    assert refused.value.cause is cause
    assert said.get("reason", said["message"]) in str(refused.value)


def test_a_community_that_is_none_leads_to_a_search() -> None:
    elsewhere = answer("reddit/none.json", f"{API}/subreddits/search?q=larkwod")

    with pytest.raises(PlatformError, match="no such community") as refused:
        advance(LARKWOOD, "source", "", (elsewhere,))
    assert refused.value.cause is Cause.NOT_FOUND


def test_a_challenge_is_no_data() -> None:
    page = answer(b"<html><body>Whoa there, pardner!</body></html>", NEW.url, 403, {})

    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (page,))
    assert refused.value.cause is Cause.BLOCKED


def test_too_many_requests_say_how_many_seconds_are_left() -> None:
    said = b'{"message":"Too Many Requests","error":429}'
    busy = answer(said, NEW.url, 429, {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "240"})

    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (busy,))
    assert (refused.value.cause, refused.value.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(minutes=4))


def renewed(connector: Reddit, said: Response) -> Grant:
    conversation = connector.renew(None)
    request = next(conversation)
    assert request.url == "https://www.reddit.com/api/v1/access_token"
    assert request.body == b"grant_type=client_credentials"
    assert request.headers["authorization"] == "Basic " + b64encode(b"app-1:reddit-secret-1").decode()
    assert "(by /u/larkwood_home)" in request.headers["user-agent"]
    with pytest.raises(StopIteration) as done:
        conversation.send(said)
    grant: Grant = done.value.value
    return grant


def test_the_application_is_given_a_token_for_a_day() -> None:
    grant = renewed(LARKWOOD, answer("reddit/token.json"))

    assert grant == Grant(Secret("eyJ-larkwood-bearer-1"), NOW + timedelta(days=1))
    assert LARKWOOD.renews
    assert not FED.renews


def test_an_application_that_is_refused_needs_a_person() -> None:
    with pytest.raises(PlatformError) as refused:
        renewed(LARKWOOD, answer(b'{"message":"Unauthorized","error":401}', status=401))
    assert refused.value.cause is Cause.AUTH_DEAD


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "account, or subreddit"),
        ({"account": "a", "subreddit": "b", "redditor": "c"}, "account, or subreddit"),
        ({"subreddit": "b"}, "redditor must be"),
        ({"subreddit": "r/b", "redditor": "c"}, "subreddit must be"),
        ({"account": "a", "site": "reddit"}, "site must be"),
    ],
)
def test_wrong_options_are_named(options: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        Reddit(**options)  # type: ignore[arg-type]  # texts, all of them


def of_cassette(path: str) -> Callable[[bytes], bytes]:
    """Makes a page of the last answer that a recorded session got at this path."""

    def body(cassette: bytes) -> bytes:
        said: list[str] = [
            each["response"]["body"]["string"]
            for each in json.loads(cassette)["interactions"]
            if re.search(path, each["request"]["uri"])
        ]
        return said[-1].encode()

    return body


ONE = answer(
    json.dumps({"data": {"children": json.loads(NEW.body)["data"]["children"][:1]}}).encode(), NEW.url
)


def of_thread(path: str) -> Callable[[bytes], bytes]:
    """Makes a page of posts of a recorded thread."""
    return lambda cassette: json.dumps(json.loads(of_cassette(path)(cassette))[0]).encode()


ALONE = replace(LARKWOOD, replies=False)
CASSETTES = "reddit/praw-cassettes"
SAMPLES: Samples = {
    "reddit/atom_example_reddit.xml": Page(FED, 1),
    "reddit/error-401.json": Refusal(LARKWOOD, 401, Cause.AUTH_EXPIRED),
    "reddit/error-403-private.json": Refusal(LARKWOOD, 403, Cause.PERMISSION),
    "reddit/error-429.json": Refusal(LARKWOOD, 429, Cause.RATE_LIMITED),
    f"{CASSETTES}/TestMore.test_comments.json": Page(
        LARKWOOD, 460, before=(ONE,), body=of_cassette("comments/3hahrw")
    ),
    f"{CASSETTES}/TestRedditorListings.test_submissions__new.json": Page(
        ALONE,
        99,
        after=(NONE,),
        body=of_cassette("submitted"),  # one is for adults
    ),
    f"{CASSETTES}/TestSubmission.test_comments.json": Page(ALONE, 1, body=of_thread("comments/2gmzqe")),
    f"{CASSETTES}/TestSubmission.test_crosspost.json": Page(ALONE, 1, body=of_thread("comments/6vx8n0")),
    "reddit/reddit-atom.rss": Page(FED, 24),
    "reddit/rss_2.0_reddit.xml": Page(FED, 1),
}


def linked(live: Live, **options: object) -> None:
    mine = {
        "connector": '"reddit"', "enabled": "true", "subreddit": '"larkwood"', "redditor": '"larkwood_home"',
        "client_id": '"Lw0dBenchApp1"', "client_secret": '"env:LARKWOOD_REDDIT_SECRET"',
        "server": f'"{live.demo.url}/reddit"', "login": f'"{live.demo.url}/reddit"',
        "site": '"https://community.larkwood.example"',
    }  # fmt: skip
    live.link("larkwood-reddit", **(mine | options))


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 21, ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 10
    assert live.asked[:2] == ["POST /reddit/api/v1/access_token 200", "GET /reddit/r/larkwood/new 200"]
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /reddit/r/larkwood/new 200"]


def test_nothing_is_asked_before_the_operator_says_that_reddit_agreed(live: Live) -> None:
    linked(live, enabled=None)

    assert live.fetch().status == "off"
    assert live.asked == []


def test_a_token_that_ended_is_asked_for_anew(live: Live) -> None:
    linked(live)
    live.fetch()
    live.demo.expire("reddit")

    assert live.fetch(hours=1).status == "same"
    assert live.asked == [
        "GET /reddit/r/larkwood/new 401", "POST /reddit/api/v1/access_token 200", "GET /reddit/r/larkwood/new 200"
    ]  # fmt: skip


def test_a_wrong_secret_is_said_to_whoever_can_give_another(live: Live) -> None:
    live.environ = {**live.environ, "LARKWOOD_REDDIT_SECRET": "not-the-secret-of-it"}
    linked(live)
    report = live.fetch()

    assert (report.status, report.cause) == ("failed", Cause.AUTH_DEAD)
    assert "put a new one into LARKWOOD_REDDIT_SECRET" in report.error


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "reddit")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1 + len(account.posts[0].answers)
    assert f"t3_{account.posts[0].id}" not in {post.id for post in live.posts}


def test_a_community_that_is_none_is_not_found(live: Live) -> None:
    linked(live, subreddit='"larkwod"')

    assert live.fetch().cause == Cause.NOT_FOUND


def test_one_who_asks_too_often_waits(live: Live) -> None:
    linked(live)
    live.demo.limit("reddit", 2, seconds=600)

    first = live.fetch()
    assert (first.status, first.notes[0][:24]) == ("new", "comments cannot be read:"), "what was read is kept"
    assert live.fetch(hours=0.1).cause == Cause.RATE_LIMITED
    assert live.fetch(hours=0.11).status == "waiting"
