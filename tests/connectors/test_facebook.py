from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.facebook import Facebook
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Rating, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

LARKWOOD = Facebook(token=Secret("page-token-for-tests-1"))
SIGNED = replace(LARKWOOD, client_id="5550001", client_secret=Secret("app-secret-for-tests"))
VISITORS = replace(LARKWOOD, mentions=True)
RATED = replace(LARKWOOD, ratings=True)
API = "https://graph.facebook.com/v26.0"
PAGE = answer("facebook/page.json", f"{API}/me")
POSTS = answer("facebook/posts.json", f"{API}/108240001/published_posts")
OLDER = answer("facebook/posts-2.json", f"{API}/108240001/published_posts")
COMMENTS = answer("facebook/comments.json", f"{API}/108240001_9006/comments")
TOKEN = answer("facebook/token.json", f"{API}/debug_token")
NOTHING = answer("facebook/none.json", f"{API}/108240001/published_posts")
FEED = answer("facebook/feed.json", f"{API}/108240001/feed")
RATINGS = answer("facebook/ratings.json", f"{API}/108240001/ratings")
OURS = Author(
    "Larkwood",
    "@larkwoodhome",
    "https://www.facebook.com/larkwoodhome",
    "https://cdn.example/page.jpg?oh=1&oe=6A0F1C00",
)
SINCE = json.dumps(
    {
        "id": "108240001",
        "author": [OURS.name, OURS.handle, OURS.url, OURS.avatar],
        "newest": "2026-11-12T09:00:00+00:00",
    }
)
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(SIGNED, (PAGE, POSTS, OLDER, COMMENTS, TOKEN)),
    Talk(LARKWOOD, (NOTHING,), since=SINCE),
    Talk(VISITORS, (PAGE, FEED)),
    Talk(RATED, (PAGE, RATINGS)),
)


def test_a_post_of_the_page_becomes_a_post() -> None:
    assert TALKS[0].batch().posts[0] == Post(
        id="108240001_9006",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://www.facebook.com/larkwoodhome/posts/9006",
        html=(
            "<p>🎁 The table is laid. Thank you, "
            f'<a href="https://www.facebook.com/77" {REL}>Inge Sorrel Spoons</a> and '
            f'<a href="https://www.facebook.com/78" {REL}>Ada</a>!</p>'
            f'<p>All of it: <a href="https://larkwood.example/table/" {REL}>https://larkwood.example/table/</a> '
            f'<a href="https://www.facebook.com/hashtag/GatheringTable" {REL}>#GatheringTable</a></p>'
        ),
        text=(
            "🎁 The table is laid. Thank you, Inge Sorrel Spoons and Ada!\n\n"
            "All of it: https://larkwood.example/table/ #GatheringTable"
        ),
        author=OURS,
        published=datetime(2026, 11, 12, 9, tzinfo=UTC),
        media=(
            Media("image", "https://cdn.example/1.jpg?oe=6A0F1C00", width=720, height=480),
            Media("video", "https://video.example/2.mp4", "", 640, 360, None, "https://cdn.example/2.jpg"),
        ),
        engagement=Engagement(likes=41, comments=3, shares=3),
        tags=("GatheringTable",),
        mentions=("Inge Sorrel Spoons", "Ada Brook", "Nobody"),
    )


def test_a_whole_look_says_how_far_back_it_went_when_the_token_ends_and_what_is_no_post() -> None:
    batch = TALKS[0].batch()

    assert [post.id[10:] for post in batch.posts if post.kind is not Kind.REPLY] == [
        "9006", "9005", "9004", "9003", "9002", "9001",
    ]  # fmt: skip
    assert batch.rejected == ("post 108240001_8999: it has neither text nor picture",)
    assert batch.window == EVER
    assert batch.token_expires == datetime.fromtimestamp(1802000000, UTC)
    assert batch.since == SINCE
    assert batch.notes == ()


def test_a_quiet_page_costs_one_request() -> None:
    talk = TALKS[1]
    (asked,) = talk.requests()

    assert asked.url.startswith(f"{API}/108240001/published_posts?fields=id%2Cmessage%2C")
    assert asked.url.endswith("&limit=25&since=1794474000")
    assert (talk.batch().posts, talk.batch().since, talk.batch().window) == ((), SINCE, None)


def test_the_newest_post_is_no_news_however_inclusive_since_is() -> None:
    batch = Talk(
        LARKWOOD, (replace(POSTS, body=POSTS.body.replace(b'"next"', b'"not"')),), since=SINCE
    ).batch()

    assert batch.posts == ()


def test_the_next_page_is_asked_by_its_cursor_and_never_at_the_address_that_holds_the_token() -> None:
    requests = TALKS[0].requests()

    assert {request.url.partition("/v26.0/")[0] for request in requests} == {"https://graph.facebook.com"}
    assert "&after=QVFI2" in requests[2].url
    assert "page-token-for-tests-1" not in "".join(request.url for request in requests[:4])
    assert {request.headers["authorization"] for request in requests[:4]} == {"Bearer page-token-for-tests-1"}


def test_the_secret_of_the_app_signs_each_question_and_asks_when_the_token_ends() -> None:
    requests = TALKS[0].requests()
    proof = hmac.new(b"app-secret-for-tests", b"page-token-for-tests-1", hashlib.sha256).hexdigest()

    assert all(f"appsecret_proof={proof}" in request.url for request in requests[:4])
    assert requests[4].url == f"{API}/debug_token?input_token=page-token-for-tests-1"
    assert requests[4].headers["authorization"] == "Bearer 5550001|app-secret-for-tests"


def test_what_the_app_may_not_know_is_a_note() -> None:
    refusal = answer(b'{"error":{"message":"(#100) No.","type":"OAuthException","code":100}}', status=400)
    batch = replace(TALKS[0], answers=(*TALKS[0].answers[:4], refusal)).batch()

    assert (len(batch.notes), batch.token_expires) == (1, None)


def test_comments_stay_with_their_post_and_hidden_ones_away() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert [(post.text, post.author) for post in replies] == [
        ("Is the quilt still there?", Author("Facebook user")), ("It is, Ada Brook.", OURS),
    ]  # fmt: skip
    assert {post.in_reply_to for post in replies} == {batch.posts[0].permalink}
    assert batch.threads == (batch.posts[0].permalink,)
    assert replies[1].html == f'<p>It is, <a href="https://www.facebook.com/78" {REL}>Ada Brook</a>.</p>'


def test_comments_that_may_not_be_read_cost_a_note() -> None:
    refusal = answer(
        b'{"error":{"message":"(#10) This needs pages_read_user_content","type":"OAuthException","code":10}}',
        status=403,
    )
    batch = Talk(LARKWOOD, (PAGE, POSTS, OLDER, refusal)).batch()

    assert (len(batch.posts), batch.threads) == (6, ())
    assert batch.notes == ("replies cannot be read: Facebook says: (#10) This needs pages_read_user_content",)


def test_each_kind_of_attachment() -> None:
    _, film, link, shared, story, picture = TALKS[0].batch().posts[:6]

    assert (film.kind, film.permalink) == (Kind.VIDEO, "https://www.facebook.com/reel/9005/")
    assert film.engagement == Engagement(comments=0)
    assert link.kind is Kind.NOTE
    assert link.html.endswith(
        f'<p><a href="https://larkwood.example/wreaths/" {REL}>Wreaths &amp; moss</a></p>'
    )
    assert link.media == (Media("image", "https://cdn.example/wreath.jpg", width=500, height=261),)
    assert (shared.quote_of, shared.text) == (
        "https://www.facebook.com/ingespoons/posts/12",
        "Look what Inge made.",
    )
    assert (story.kind, story.text) == (Kind.NOTE, "Larkwood changed their opening hours.")
    assert (picture.kind, picture.media) == (Kind.PHOTO, (Media("image", "https://cdn.example/cover.jpg"),))


def test_what_visitors_wrote_is_not_said_by_the_page() -> None:
    batch = TALKS[2].batch()

    assert [(post.text, post.author) for post in batch.posts] == [
        ("My lamp is back from the bench.", Author("Hazel Bakery")),
        ("Lost: a green umbrella.", Author("Facebook user")),
    ]


def test_a_recommendation_has_no_stars_but_those_that_were_given() -> None:
    batch = TALKS[3].batch()

    assert [(post.title, post.text, post.rating, post.author.name) for post in batch.posts] == [
        ("Recommends Larkwood", "They mended mine for nothing.", None, "Ada Brook"),
        ("Does not recommend Larkwood", "", None, "Facebook user"),
        ("", "The teapot has its spout again.", Rating(4), "Jo Weide"),
    ]
    assert {post.kind for post in batch.posts} == {Kind.REVIEW}
    assert [post.permalink for post in batch.posts[:2]] == [
        "https://www.facebook.com/7004",
        "https://www.facebook.com/larkwoodhome/reviews",
    ]
    assert batch.rejected == ("post 4: it says nothing",)


def test_near_its_limit_it_asks_no_more_than_it_must() -> None:
    busy = {"x-business-use-case-usage": '{"66":[{"type":"pages","call_count":83,"total_time":2}]}'}
    talk = Talk(LARKWOOD, (PAGE, replace(POSTS, headers=busy)))

    assert talk.batch().window == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert talk.batch().threads == ()


def test_what_was_not_read_for_being_near_the_limit_is_read_the_next_time() -> None:
    busy = replace(POSTS, headers={"x-app-usage": '{"call_count":83}'})
    before = SINCE.replace("2026-11-12", "2025-01-01")

    for since, newest in (("", ""), (before, "2025-01-01T09:00:00+00:00")):
        first = Talk(LARKWOOD, (busy,) if since else (PAGE, busy), since=since).batch()
        then = Talk(replace(LARKWOOD, replies=False), (POSTS, OLDER), since=first.since).batch()
        assert first.posts
        assert json.loads(first.since)["newest"] == newest
        assert {post.id for post in then.posts} > {post.id for post in first.posts}
        assert json.loads(then.since)["newest"] == "2026-11-12T09:00:00+00:00"


def test_an_answer_without_a_list_is_no_empty_page() -> None:
    with pytest.raises(BadData, match="without a list"):
        advance(LARKWOOD, "source", SINCE, (answer(b"{}"),))


@pytest.mark.parametrize("options", [{"page": ""}, {"mentions": True, "ratings": True}])
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^(page|mentions) "):
        Facebook(**options)  # type: ignore[arg-type]  # wrong on purpose


def listed(body: bytes) -> bytes:
    return json.dumps({"data": [json.loads(body)]}).encode()


def of_old(*gone: str) -> Callable[[bytes], bytes]:
    """A post of an old version of the API, without fields that it asked for in another way."""

    def body(sample: bytes) -> bytes:
        return json.dumps({"data": [{k: v for k, v in json.loads(sample).items() if k not in gone}]}).encode()

    return body


FOLDER = "facebook"
SAMPLES: Samples = {
    f"{FOLDER}/connection-with-cursor.json": Page(
        LARKWOOD,
        0,
        rejected=tuple(f"post 123456789{n}: it has neither text nor picture" for n in range(1, 7)),
        before=(PAGE,),
        after=(NOTHING,),
    ),
    f"{FOLDER}/data-debug-token-info.json": Aside("a token; test_facebook.py has one of today"),
    f"{FOLDER}/debug-token-info.json": Aside("a token without its envelope"),
    f"{FOLDER}/error-rate-limit-32.json": Refusal(LARKWOOD, 403, Cause.RATE_LIMITED),
    f"{FOLDER}/exampleError.json": Refusal(LARKWOOD, 400, Cause.AUTH_DEAD),
    f"{FOLDER}/exampleErrorNew.json": Refusal(LARKWOOD, 400, Cause.AUTH_DEAD),
    f"{FOLDER}/oauthExampleError.json": Refusal(LARKWOOD, 500, Cause.TRANSIENT),
    f"{FOLDER}/post-with-normal-comments.json": Page(LARKWOOD, 1, before=(PAGE,), body=of_old("comments")),
    f"{FOLDER}/rate-headers.txt": Aside(
        "headers, as test_near_its_limit_it_asks_no_more_than_it_must has them"
    ),
    f"{FOLDER}/v10_0_from-as-page.json": Aside("a page"),
    f"{FOLDER}/v10_0_tagged-post.json": Page(VISITORS, 1, before=(PAGE,), body=listed),
    f"{FOLDER}/v16_0_video-with-thumbnails.json": Aside("the thumbnails of a film"),
    f"{FOLDER}/v18_0_story.json": Aside("a story, which no edge of posts has"),
    f"{FOLDER}/v2_11_opengraphrating-issue878.json": Page(
        RATED, 0, rejected=("post 1: it says nothing",), before=(PAGE,), body=listed
    ),
    f"{FOLDER}/v2_1_post-messagetags.json": Page(LARKWOOD, 1, before=(PAGE,), body=listed),
    f"{FOLDER}/v2_2_page-rating-example1.json": Aside("a story about a rating, as it was in 2015"),
    f"{FOLDER}/v2_3_post-attachments.json": Page(LARKWOOD, 1, before=(PAGE,), body=listed),
    f"{FOLDER}/v2_3_post-fullpicture.json": Page(LARKWOOD, 1, before=(PAGE,), body=listed),
    f"{FOLDER}/v2_3_post-likes-summary.json": Page(
        LARKWOOD,
        0,
        rejected=("post 123456789_5362735: it has neither text nor picture",),
        before=(PAGE,),
        body=listed,
    ),
    f"{FOLDER}/v2_3_videolist.json": Aside("a film, which a post would show"),
}

DEMO = next(account for account in accounts() if account.name == "facebook")


def link(live: Live, **options: object) -> None:
    live.link(
        "larkwood-facebook",
        **{
            "connector": '"facebook"',
            "server": f'"{live.demo.url}/facebook"',
            "token": '"env:LARKWOOD_FACEBOOK_TOKEN"',
            "client_id": '"555010000000001"',
            "client_secret": '"env:LARKWOOD_FACEBOOK_SECRET"',
            **options,
        },
    )


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()
    replies = sum(len(post.answers) for post in DEMO.posts)

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 12 + replies, (), ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == replies
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /facebook/v26.0/108242000000001/published_posts 200"]


@pytest.mark.parametrize(("option", "posts"), [("mentions", 3), ("ratings", 4)])
def test_what_others_said_is_read_from_the_demo(live: Live, option: str, posts: int) -> None:
    link(live, **{option: "true"})

    assert (live.fetch().new, live.fetch(hours=1).status, len(live.asked)) == (posts, "same", 1)


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    link(live)
    live.fetch()
    live.demo.show(replace(DEMO, posts=DEMO.posts[:1] + DEMO.posts[2:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_an_ended_token_waits_for_a_person(live: Live) -> None:
    link(live)
    live.demo.expire("facebook")
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "LARKWOOD_FACEBOOK_TOKEN" in refused.error


def test_one_who_asks_too_often_waits_until_the_moment_that_is_named(live: Live) -> None:
    link(live)
    live.demo.limit("facebook", 1, seconds=600)

    assert live.fetch().cause == Cause.RATE_LIMITED
    assert (live.fetch(hours=0.1).status, live.asked) == ("waiting", [])


def test_the_moment_stands_in_a_header_in_minutes() -> None:
    usage = {"x-business-use-case-usage": '{"1":[{"call_count":100,"estimated_time_to_regain_access":9}]}'}
    body = b'{"error":{"message":"(#32) Page request limit reached","type":"OAuthException","code":32}}'

    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (answer(body, status=400, headers=usage),))
    assert refused.value.retry_at == NOW + timedelta(minutes=9)
