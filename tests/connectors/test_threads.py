from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Grant
from forecourt.connectors.threads import Threads
from forecourt.errors import Cause
from forecourt.model import Author, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

LINKS = Threads(token=Secret("TH-token-for-tests-1"))
WHOLE = replace(LINKS, whole=True)
MENTIONED = replace(LINKS, mentions=True)
REPAIR = replace(LINKS, hashtag="#repair")
API = "https://graph.threads.net/v1.0"
PROFILE = answer("threads/profile.json", f"{API}/me")
THREADS = answer("threads/threads.json", f"{API}/me/threads")
SHORT = answer("threads/links.json", f"{API}/me/threads")
CONVERSATION = answer("threads/conversation.json", f"{API}/18100000000000008/conversation")
NOTHING = answer("threads/none.json", f"{API}/me/threads")
MENTIONS = answer("threads/mentions.json", f"{API}/me/mentions")
FOUND = answer("threads/mentions.json", f"{API}/keyword_search")
RENEWED = answer("threads/renewed.json", "https://graph.threads.net/refresh_access_token")
OURS = Author(
    "Larkwood", "@larkwood.home", "https://www.threads.net/@larkwood.home", "https://cdn.example/me.jpg"
)
FACELESS = replace(OURS, avatar="")
SINCE = json.dumps(
    {
        "id": "26500000000000009",
        "author": [OURS.name, OURS.handle, OURS.url, OURS.avatar],
        "newest": "2026-11-18T10:30:00+00:00",
    }
)
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(WHOLE, (PROFILE, THREADS, CONVERSATION)),
    Talk(WHOLE, (NOTHING,), since=SINCE),
    Talk(LINKS, (PROFILE, SHORT)),
    Talk(MENTIONED, (PROFILE, MENTIONS)),
    Talk(REPAIR, (PROFILE, FOUND)),
)


def test_by_its_terms_a_post_is_a_link() -> None:
    talk = TALKS[2]

    assert talk.batch().posts == (
        Post(
            id="18100000000000008",
            source="source",
            kind=Kind.NOTE,
            permalink="https://www.threads.net/@larkwood.home/post/T8",
            author=FACELESS,
            published=datetime(2026, 11, 18, 10, 30, tzinfo=UTC),
        ),
    )
    asked = talk.requests()[1].url
    assert asked.endswith(
        "/me/threads?fields=id%2Cmedia_type%2Cpermalink%2Cusername%2Ctimestamp%2Cshortcode&limit=100"
    )


def test_what_comes_unasked_is_no_part_of_a_link() -> None:
    posts = Talk(LINKS, (PROFILE, THREADS)).batch().posts

    assert {(post.text, post.html, post.media, post.tags, post.quote_of) for post in posts} == {
        ("", "", (), (), "")
    }


def test_by_the_operators_decision_it_is_a_whole_post() -> None:
    assert TALKS[0].batch().posts[0] == Post(
        id="18100000000000008",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://www.threads.net/@larkwood.home/post/T8",
        html=(
            f'<p>Wreaths, with <a href="https://www.threads.net/@inge.sorrel" {REL}>@inge.sorrel</a>: '
            f'<a href="https://larkwood.example/wreaths/" {REL}>https://larkwood.example/wreaths/</a> #moss</p>'
        ),
        text="Wreaths, with @inge.sorrel: https://larkwood.example/wreaths/ #moss",
        author=OURS,
        published=datetime(2026, 11, 18, 10, 30, tzinfo=UTC),
        media=(
            Media("image", "https://cdn.example/8a.jpg", "A wreath on a door"),
            Media("video", "https://cdn.example/8b.mp4", poster="https://cdn.example/8b.jpg"),
        ),
        tags=("Repair", "moss"),
        mentions=("@inge.sorrel",),
        quote_of="https://www.threads.net/@larkwood.home/post/T3",
    )


def test_each_kind_of_post() -> None:
    batch = TALKS[0].batch()
    poll, spoiler, waving, audio = batch.posts[1:5]

    assert (poll.kind, poll.permalink) == (Kind.QUESTION, "https://www.threads.net/@larkwood.home/post/T7")
    assert poll.html == "<p>Which lamp first?</p><ul><li>Hall</li><li>Kitchen &amp; larder</li></ul>"
    assert (spoiler.kind, spoiler.media) == (Kind.NOTE, ())
    assert waving.media == (Media("image", "https://cdn.example/wave.gif"),)
    assert waving.html.endswith(
        f'<p><a href="https://larkwood.example/shops/" {REL}>https://larkwood.example/shops/</a></p>'
    )
    assert (audio.kind, audio.media) == (Kind.NOTE, (Media("audio", "https://cdn.example/3.m4a"),))


def test_a_whole_look_says_how_far_back_it_went_and_what_is_no_post_of_ours() -> None:
    batch = TALKS[0].batch()

    assert [post.id[-1] for post in batch.posts if post.kind is not Kind.REPLY] == ["8", "7", "5", "4", "3"]
    assert batch.rejected == ("post 18100000000000002: it has no permalink",)
    assert (batch.window, batch.since) == (EVER, SINCE)


def test_a_quiet_profile_costs_one_request() -> None:
    talk = TALKS[1]
    (asked,) = talk.requests()

    assert asked.url.startswith(f"{API}/me/threads?fields=")
    assert asked.url.endswith("&limit=100&since=1794997800")
    assert asked.headers["authorization"] == "Bearer TH-token-for-tests-1"
    assert (talk.batch().posts, talk.batch().since, talk.batch().window) == ((), SINCE, None)


def test_replies_are_kept_with_the_post_that_they_answer_unless_they_were_hidden() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert [(post.text, post.author) for post in replies] == [
        ("Moss in every pocket.", Author("ada.brook", "@ada.brook", "https://www.threads.net/@ada.brook")),
        ("@ada.brook until February.", OURS),
        ("Lovely moss.", Author("Threads user")),
    ]
    assert {post.in_reply_to for post in replies} == {batch.posts[0].permalink}
    assert batch.threads == (batch.posts[0].permalink,)


@pytest.mark.parametrize("talk", TALKS[3:], ids=["mentions", "hashtag"])
def test_posts_of_others_are_links(talk: Talk) -> None:
    batch = talk.batch()

    assert [(post.author.handle or post.author.name, post.text) for post in batch.posts] == [
        ("@hazel.bakery", ""),
        ("Threads user", ""),
    ]


def test_a_topic_is_searched_for_by_its_name() -> None:
    asked = TALKS[4].requests()[1].url

    assert asked.startswith(f"{API}/keyword_search?q=repair&search_type=RECENT&search_mode=TAG&fields=id%2C")
    assert TALKS[4].batch().window is None


def test_the_token_is_renewed_in_its_life() -> None:
    conversation = LINKS.renew(Grant(Secret("TH-token-of-last-week")))
    request = next(conversation)
    assert request.url == (
        "https://graph.threads.net/refresh_access_token?grant_type=th_refresh_token&access_token=TH-token-of-last-week"
    )
    with pytest.raises(StopIteration) as done:
        conversation.send(RENEWED)
    assert done.value.value == Grant(Secret("TH-new-token-for-tests"), NOW + timedelta(seconds=5184000))


@pytest.mark.parametrize(
    "options",
    [{"mentions": True, "hashtag": "a"}, {"whole": True, "mentions": True}, {"whole": True, "hashtag": "a"}],
)
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^(mentions|whole) "):
        Threads(**options)  # type: ignore[arg-type]  # wrong on purpose


def listed(body: bytes) -> bytes:
    return json.dumps({"data": [json.loads(body)]}).encode()


ONE = replace(THREADS, body=json.dumps({"data": [json.loads(THREADS.body)["data"][0]]}).encode())
FOLDER = "threads"
SAMPLES: Samples = {
    # Its replies all have one number.
    f"{FOLDER}/basic-list-reply.json": Aside("replies without addresses; conversation.json has them"),
    f"{FOLDER}/basic-media.json": Page(WHOLE, 1, before=(PROFILE,), body=listed),
    f"{FOLDER}/basic-profile.json": Aside("a profile"),
    f"{FOLDER}/basic-quota.json": Aside("how much may be published"),
    f"{FOLDER}/basic-reply.json": Page(WHOLE, 1, before=(PROFILE, ONE), body=listed),
    f"{FOLDER}/exception.json": Refusal(WHOLE, 400, Cause.NOT_FOUND),
    f"{FOLDER}/media-with-location.json": Page(
        WHOLE, 0, rejected=("post 54321: it has no permalink",), before=(PROFILE,), body=listed
    ),
    f"{FOLDER}/media-with-poll.json": Page(
        WHOLE, 0, rejected=("post 1234567: it has no permalink",), before=(PROFILE,), body=listed
    ),
}

DEMO = next(account for account in accounts() if account.name == "threads")


def link(live: Live, **options: object) -> None:
    live.link(
        "larkwood-threads",
        **{
            "connector": '"threads"',
            "server": f'"{live.demo.url}/threads"',
            "token": '"env:LARKWOOD_THREADS_TOKEN"',
            **options,
        },
    )


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live, whole="true")
    first = live.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 11 + 2, (), ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 2
    assert {post.kind for post in live.posts} == {
        Kind.NOTE,
        Kind.PHOTO,
        Kind.VIDEO,
        Kind.QUESTION,
        Kind.REPLY,
    }
    assert any(post.quote_of for post in live.posts)
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /threads/v1.0/me/threads 200"]


def test_links_to_the_demo_hold_no_words(live: Live) -> None:
    link(live, whole=None)

    assert (live.fetch().new, {post.text for post in live.posts}) == (11, {""})


@pytest.mark.parametrize(("option", "value"), [("mentions", "true"), ("hashtag", '"repair"')])
def test_posts_of_others_are_found_in_the_demo(live: Live, option: str, value: str) -> None:
    link(live, whole=None, **{option: value})

    assert (live.fetch().new, live.fetch(hours=1).status, len(live.asked)) == (1, "same", 1)


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    link(live, whole="true")
    live.fetch()
    live.demo.show(replace(DEMO, posts=DEMO.posts[:1] + DEMO.posts[2:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_the_token_is_renewed_every_week_and_the_first_one_is_then_good_no_more(live: Live) -> None:
    link(live)
    live.fetch()
    assert live.fetch(hours=7 * 24 + 1).status == "same"
    assert live.asked[0] == "GET /threads/refresh_access_token 200"
    assert live.fetch(hours=7 * 24 + 2).status == "same"
    assert live.asked == ["GET /threads/v1.0/me/threads 200"]


def test_an_ended_token_waits_for_a_person(live: Live) -> None:
    link(live)
    live.demo.expire("threads")
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "LARKWOOD_THREADS_TOKEN" in refused.error


def test_one_who_asks_too_often_waits_until_the_moment_that_is_named(live: Live) -> None:
    link(live)
    live.demo.limit("threads", 1, seconds=600)

    assert live.fetch().cause == Cause.RATE_LIMITED
    assert (live.fetch(hours=0.1).status, live.asked) == ("waiting", [])
