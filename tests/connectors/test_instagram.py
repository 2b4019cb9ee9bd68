from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Grant, advance
from forecourt.connectors.instagram import Instagram
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

LARKWOOD = Instagram(token=Secret("IGQ-token-for-tests-1"))
BY_FACEBOOK = Instagram(
    token=Secret("EAAB-token-for-tests-1"),
    client_secret=Secret("app-secret-for-tests"),
    server="https://graph.facebook.com",
)
TAGGED = replace(BY_FACEBOOK, tagged=True)
SLOW = replace(BY_FACEBOOK, hashtag="#slowhomes", account="17841400000000009")
API = "https://graph.instagram.com/v26.0"
PROFILE = answer("instagram/profile.json", f"{API}/me")
PAGE = answer("instagram/page.json", "https://graph.facebook.com/v26.0/me")
MEDIA = answer("instagram/media.json", f"{API}/me/media")
COMMENTS = answer("instagram/comments.json", f"{API}/18000000000000006/comments")
NOTHING = answer("instagram/none.json", f"{API}/me/media")
HASHTAG = answer("instagram/hashtag.json", "https://graph.facebook.com/v26.0/ig_hashtag_search")
RECENT = answer("instagram/recent.json", "https://graph.facebook.com/v26.0/17843800000000077/recent_media")
TAGS = answer("instagram/tags.json", "https://graph.facebook.com/v26.0/17841400000000009/tags")
RENEWED = answer("instagram/renewed.json", "https://graph.instagram.com/refresh_access_token")
OURS = Author(
    "Larkwood",
    "@larkwood.home",
    "https://www.instagram.com/larkwood.home/",
    "https://cdn.example/me.jpg?oe=6A0F1C00",
)
SINCE = json.dumps(
    {
        "id": "17841400000000009",
        "author": [OURS.name, OURS.handle, OURS.url, OURS.avatar],
        "newest": "2026-11-12T09:20:00+00:00",
    }
)
OF_HASHTAG = json.dumps(
    {
        "id": "17841400000000009 17843800000000077",
        "author": ["", "", "", ""],
        "newest": "2026-11-21T20:15:00+00:00",
    }
)
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(LARKWOOD, (PROFILE, MEDIA, COMMENTS)),
    Talk(LARKWOOD, (NOTHING,), since=SINCE),
    Talk(TAGGED, (PAGE, TAGS)),
    Talk(SLOW, (PROFILE, HASHTAG, RECENT)),
    Talk(SLOW, (RECENT,), since=OF_HASHTAG),
)


def test_an_album_becomes_a_post() -> None:
    assert TALKS[0].batch().posts[0] == Post(
        id="18000000000000006",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://www.instagram.com/p/DRY6/",
        html=(
            "<p>The table is laid. Swipe; the spoon is by "
            f'<a href="https://www.instagram.com/inge.sorrel/" {REL}>@inge.sorrel</a>. #GatheringTable</p>'
            f'<p><a href="https://larkwood.example/table/" {REL}>https://larkwood.example/table/</a></p>'
        ),
        text=(
            "The table is laid. Swipe; the spoon is by @inge.sorrel. #GatheringTable\n\n"
            "https://larkwood.example/table/"
        ),
        author=OURS,
        published=datetime(2026, 11, 12, 9, 20, tzinfo=UTC),
        media=(
            Media("image", "https://cdn.example/1.jpg", "Parcels with ribbons"),
            Media("video", "https://cdn.example/2.mp4", poster="https://cdn.example/2.jpg"),
        ),
        engagement=Engagement(likes=288, comments=3),
        tags=("GatheringTable",),
        mentions=("@inge.sorrel",),
    )


def test_a_whole_look_says_how_far_back_it_went_and_what_is_no_post_of_ours() -> None:
    batch = TALKS[0].batch()

    assert [post.id[-1] for post in batch.posts if post.kind is not Kind.REPLY] == ["6", "5", "4"]
    assert batch.rejected == (
        "post 18000000000000002: it has neither text nor picture",
        "post 18000000000000001: it has no permalink",
    )
    assert (batch.window, batch.since) == (EVER, SINCE)


def test_a_quiet_account_costs_one_request() -> None:
    talk = TALKS[1]
    (asked,) = talk.requests()

    assert asked.url.startswith(f"{API}/me/media?fields=id%2Ccaption%2Calt_text")
    assert asked.url.endswith("&limit=50&since=1794475200")
    assert asked.headers["authorization"] == "Bearer IGQ-token-for-tests-1"
    assert (talk.batch().posts, talk.batch().since, talk.batch().window) == ((), SINCE, None)


def test_a_film_that_is_held_back_shows_its_still() -> None:
    reel = TALKS[0].batch().posts[1]

    assert (reel.kind, reel.media) == (Kind.VIDEO, (Media("image", "https://cdn.example/5.jpg"),))
    assert reel.engagement == Engagement(comments=0)  # its author hides how many like it


def test_a_story_goes_after_a_day() -> None:
    story = TALKS[0].batch().posts[2]

    assert story.display_until == datetime(2026, 11, 7, 11, 30, tzinfo=UTC)


def test_comments_and_what_was_said_to_them_stay_with_their_post() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert [(post.id, post.text, post.author.handle) for post in replies] == [
        ("901", "Is the quilt still there?", "@ada.brook"),
        ("902", "@ada.brook it is.", "@larkwood.home"),
        ("905", "Lovely.", ""),
    ]
    assert replies[1].author == OURS
    assert replies[2].author == Author("Instagram user")
    assert {post.in_reply_to for post in replies} == {batch.posts[0].permalink}
    assert batch.threads == (batch.posts[0].permalink,)


def test_who_tagged_the_account_is_named() -> None:
    batch = TALKS[2].batch()

    assert [(post.author.handle, post.mentions) for post in batch.posts] == [
        ("@hazel.bakery", ("@larkwood.home",))
    ]
    assert batch.threads == ()
    first, second = TALKS[2].requests()
    assert "fields=instagram_business_account%7Bid" in first.url
    assert second.url.startswith("https://graph.facebook.com/v26.0/17841400000000009/tags?")
    assert "appsecret_proof=" in second.url


def test_a_hashtag_has_no_names_and_one_page() -> None:
    batch = TALKS[3].batch()

    assert [post.author for post in batch.posts] == [Author("Instagram user"), Author("Instagram user")]
    assert (batch.window, batch.since) == (None, OF_HASHTAG)
    profile, search, recent = (request.url for request in TALKS[3].requests())
    assert "/17841400000000009?" in profile
    assert "user_id=17841400000000009&q=slowhomes" in search
    assert "/17843800000000077/recent_media?user_id=17841400000000009" in recent
    assert "username" not in recent
    assert len(TALKS[4].batch().posts) == 2  # it is in no order: what is older may be new


def test_the_token_is_renewed_in_its_life() -> None:
    conversation = LARKWOOD.renew(Grant(Secret("IGQ-token-of-last-week")))
    request = next(conversation)
    assert request.url == (
        "https://graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token"
        "&access_token=IGQ-token-of-last-week"
    )
    with pytest.raises(StopIteration) as done:
        conversation.send(RENEWED)
    assert done.value.value == Grant(Secret("IGQ-new-token-for-tests"), NOW + timedelta(seconds=5183944))
    assert (LARKWOOD.renews, LARKWOOD.token_life) == (True, timedelta(days=60))


def test_a_token_of_facebook_login_is_not_renewed() -> None:
    assert (BY_FACEBOOK.renews, BY_FACEBOOK.token_life) == (False, None)


def test_a_page_without_an_account_says_so() -> None:
    with pytest.raises(BadData, match="no professional account"):
        advance(BY_FACEBOOK, "source", "", (answer(b'{"id": "1"}'),))


@pytest.mark.parametrize(
    ("code", "subcode", "cause"),
    [
        (190, 463, Cause.AUTH_DEAD), (80002, 0, Cause.RATE_LIMITED), (18, 0, Cause.RATE_LIMITED),
        (24, 0, Cause.NOT_FOUND), (10, 0, Cause.PERMISSION), (100, 33, Cause.NOT_FOUND), (100, 0, Cause.BAD_DATA),
        (2, 0, Cause.TRANSIENT), (368, 0, Cause.BLOCKED),
    ],
)  # fmt: skip
def test_the_code_says_what_it_means_and_not_the_status(code: int, subcode: int, cause: Cause) -> None:
    error = {"message": "No.", "type": "IGApiException", "code": code, "error_subcode": subcode}

    with pytest.raises(PlatformError, match="Instagram says: No") as refused:
        advance(LARKWOOD, "source", "", (answer(json.dumps({"error": error}).encode(), status=400),))
    assert refused.value.cause is cause


@pytest.mark.parametrize(
    "options", [{"account": ""}, {"tagged": True, "hashtag": "a"}, {"tagged": True}, {"hashtag": "a"}]
)
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^(account|tagged|hashtag) "):
        Instagram(**options)  # type: ignore[arg-type]  # wrong on purpose


def listed(body: bytes) -> bytes:
    return json.dumps({"data": [json.loads(body)]}).encode()


def comment(body: bytes) -> bytes:
    """One comment on a page of its own."""
    return listed(body)


QUIET = replace(LARKWOOD, replies=False)
ONE = replace(MEDIA, body=json.dumps({"data": [json.loads(MEDIA.body)["data"][0]]}).encode())
FOLDER = "instagram"
SAMPLES: Samples = {
    f"{FOLDER}/accesstoken.json": Aside("what an app gets when a person lets it in"),
    f"{FOLDER}/comment.json": Page(LARKWOOD, 3, before=(PROFILE, ONE), body=comment),
    f"{FOLDER}/comment_missing_user.json": Page(LARKWOOD, 2, before=(PROFILE, ONE), body=comment),
    f"{FOLDER}/error-token-expired.json": Refusal(LARKWOOD, 400, Cause.AUTH_DEAD),
    f"{FOLDER}/ig_login_exception.json": Refusal(LARKWOOD, 400, Cause.BAD_DATA),
    f"{FOLDER}/media-carousel.json": Page(QUIET, 1, before=(PROFILE,), body=listed),
    f"{FOLDER}/media-image.json": Page(QUIET, 1, before=(PROFILE,), body=listed),
    f"{FOLDER}/media-with-boost-ads.json": Page(
        QUIET, 0, rejected=("post 1234567898765: it has no permalink",), before=(PROFILE,), body=listed
    ),
    f"{FOLDER}/mentioned-media.json": Aside("one post, found by the number that a webhook would tell"),
    f"{FOLDER}/oauth-error-exampleOauthError.json": Refusal(LARKWOOD, 400, Cause.BAD_DATA),
    f"{FOLDER}/token-refresh.json": Aside("a token; test_the_token_is_renewed_in_its_life has one like it"),
    f"{FOLDER}/user.json": Aside("an account"),
}

DEMO = next(account for account in accounts() if account.name == "instagram")


def link(live: Live, **options: object) -> None:
    live.link(
        "larkwood-instagram",
        **{
            "connector": '"instagram"',
            "server": f'"{live.demo.url}/instagram"',
            "token": '"env:LARKWOOD_INSTAGRAM_TOKEN"',
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
    assert live.asked == ["GET /instagram/v26.0/me/media 200"]


@pytest.mark.parametrize(("option", "value", "posts"), [("tagged", "true", 2), ("hashtag", '"slowhomes"', 1)])
def test_what_others_posted_is_read_from_the_demo(live: Live, option: str, value: str, posts: int) -> None:
    link(live, server=f'"{live.demo.url}/instagram/facebook"', **{option: value})

    assert (live.fetch().new, live.fetch(hours=1).status, len(live.asked)) == (posts, "same", 1)


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    link(live)
    live.fetch()
    live.demo.show(replace(DEMO, posts=DEMO.posts[:1] + DEMO.posts[2:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_the_token_is_renewed_every_week_and_the_first_one_is_then_good_no_more(live: Live) -> None:
    link(live)
    live.fetch()
    assert live.fetch(hours=7 * 24 + 1).status == "same"
    assert live.asked[0] == "GET /instagram/refresh_access_token 200"
    assert live.fetch(hours=7 * 24 + 2).status == "same"
    assert live.asked == ["GET /instagram/v26.0/me/media 200"]


def test_an_ended_token_waits_for_a_person(live: Live) -> None:
    link(live)
    live.demo.expire("instagram")
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "LARKWOOD_INSTAGRAM_TOKEN" in refused.error


def test_one_who_asks_too_often_waits_until_the_moment_that_is_named(live: Live) -> None:
    link(live)
    live.demo.limit("instagram", 1, seconds=600)

    assert live.fetch().cause == Cause.RATE_LIMITED
    assert (live.fetch(hours=0.1).status, live.asked) == ("waiting", [])
