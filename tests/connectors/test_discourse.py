from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Response, advance
from forecourt.connectors.discourse import Discourse
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from forecourt.talk import Rejection
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Refusal, Samples, Talk, answer

FORUM = Discourse(server="https://forum.example")
PRIVATE = Discourse(
    server="https://forum.example/", category="help/5", kind="question", account="hub", token=Secret("key-of-the-hub"),
    replies=False,
)  # fmt: skip
LATEST = answer("discourse/latest.json", "https://forum.example/latest.json")
TOPIC = answer("discourse/topic.json", "https://forum.example/t/412.json")
PINNED = answer("discourse/pinned.json", "https://forum.example/t/7.json")
QUIET = answer("discourse/quiet.json", "https://forum.example/latest.json")
SINCE = json.dumps({"newest": 412, "waiting": []})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(FORUM, (LATEST, TOPIC, PINNED)),
    Talk(FORUM, (QUIET,), since=SINCE),
    Talk(PRIVATE, (LATEST, TOPIC, PINNED)),
)


def test_a_topic_becomes_a_post() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="412",
        source="source",
        kind=Kind.ARTICLE,
        permalink="https://forum.example/t/which-glue/412",
        title="Which glue for a child's violin?",
        html=(
            f'<p>A seam, <a href="https://forum.example/u/idris" {REL}>@idris</a>. '
            f'See <a href="https://forum.example/t/old-violins/12" {REL}>this</a>. :wrench:</p>\n'
            f'<div><a href="https://files.forum.example/original/violin.jpeg" title="violin" {REL}>'
            '<img alt="The open seam of a small violin" width="690" height="460" '
            'src="https://files.forum.example/optimized/violin_690x460.jpeg"></a></div>\n'
            "<div> idris:</div><blockquote><p>Bring it.</p></blockquote>"
        ),
        text="A seam, @idris. See this. :wrench:\n\nidris:\n\nBring it.",
        author=Author(
            "Tove Lind", "@tove", "https://forum.example/u/tove",
            "https://forum.example/user_avatar/forum.example/tove/240/31_2.png",
        ),
        published=datetime(2026, 11, 21, 9, 5, tzinfo=UTC),
        updated=datetime(2026, 11, 21, 10, tzinfo=UTC),
        media=(
            Media(
                "image", "https://files.forum.example/optimized/violin_690x460.jpeg",
                "The open seam of a small violin", 690, 460,
            ),
        ),
        engagement=Engagement(likes=9, comments=4, views=341),
        tags=("wood", "instruments"),
        mentions=("@idris",),
    )  # fmt: skip


def test_hidden_topics_are_not_asked_for_and_the_newest_come_first() -> None:
    talk = TALKS[0]

    assert [request.url for request in talk.requests()] == [
        "https://forum.example/latest.json?order=created&no_definitions=true",
        "https://forum.example/t/412.json",
        "https://forum.example/t/7.json",
    ]
    assert talk.batch().window == EVER
    assert talk.batch().since == SINCE


def test_answers_are_kept_with_their_topic_but_those_of_nobody() -> None:
    batch = TALKS[0].batch()
    (reply,) = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert (reply.id, reply.permalink, reply.in_reply_to, reply.author) == (
        "post-2950", "https://forum.example/t/which-glue/412/2", "https://forum.example/t/which-glue/412",
        Author("idris", "@idris", "https://forum.example/u/idris", "https://avatars.forum.example/v4/letter/i/240.png"),
    )  # fmt: skip
    assert reply.engagement == Engagement(likes=0)
    assert batch.threads == ("https://forum.example/t/which-glue/412",)  # of the other there are more


def test_what_a_topic_does_not_say_is_not_known() -> None:
    pinned = TALKS[0].batch().posts[1]

    assert (pinned.updated, pinned.engagement) == (None, Engagement(comments=30, views=900))
    assert pinned.media == (Media("image", "https://forum.example/original/door.jpeg"),)


def test_a_quiet_forum_costs_one_request() -> None:
    batch = TALKS[1].batch()

    assert (batch.posts, batch.since, batch.window) == ((), SINCE, None)


def test_a_key_goes_along_with_the_user_that_it_is_for() -> None:
    talk = TALKS[2]

    assert talk.requests()[0].url == "https://forum.example/c/help/5.json?order=created&no_definitions=true"
    assert all(request.headers["Api-Key"] == "key-of-the-hub" for request in talk.requests())
    assert all(request.headers["Api-Username"] == "hub" for request in talk.requests())
    assert {post.kind for post in talk.batch().posts} == {Kind.QUESTION}
    assert "Api-Key" not in TALKS[0].requests()[0].headers
    tagged = next(Discourse("https://forum.example", tag="wood").poll("source", ""))
    assert tagged.url.startswith("https://forum.example/tag/wood.json?")


def test_visitors_may_know_the_forum_by_another_address() -> None:
    elsewhere = replace(FORUM, site="https://example.example/forum/")
    first = Talk(elsewhere, (LATEST, TOPIC, PINNED)).batch().posts[0]

    assert first.permalink == "https://example.example/forum/t/which-glue/412"
    assert first.author.url == "https://example.example/forum/u/tove"
    assert first.author.avatar.startswith("https://forum.example/user_avatar/")


def listing(count: int) -> bytes:
    return json.dumps({"topic_list": {"topics": [{"id": number} for number in range(1, count + 1)]}}).encode()


def topic(number: int) -> bytes:
    return TOPIC.body.replace(b'"id": 412', b'"id": %d' % number)


def test_what_is_too_much_for_one_poll_waits_for_the_next() -> None:
    answers = tuple(answer(topic(number)) for number in range(20, 2, -1))
    first = Talk(replace(FORUM, replies=False), (answer(listing(20)), *answers)).batch()

    assert json.loads(first.since) == {"newest": 20, "waiting": [2, 1]}
    assert first.window == datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
    rest = tuple(answer(topic(number)) for number in (2, 1))
    second = Talk(replace(FORUM, replies=False), (answer(listing(20)), *rest), since=first.since).batch()
    assert ([post.id for post in second.posts], second.window) == (["2", "1"], None)
    assert json.loads(second.since) == {"newest": 20, "waiting": []}


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (answer(b"<h1>Oops</h1>", status=502), "Discourse says: status 502"),
        (answer(b'{"post_stream"'), "origin.example sent JSON that is broken or cut off"),
    ],
)
def test_a_topic_that_fails_waits_and_the_others_are_kept(trouble: Response, said: str) -> None:
    batch = Talk(FORUM, (LATEST, trouble, PINNED)).batch()

    assert [post.id for post in batch.posts if post.kind is not Kind.REPLY] == ["7"]
    assert batch.notes == (f"topic 412 waits for the next run: {said}",)
    assert (batch.window, json.loads(batch.since)) == (None, {"newest": 412, "waiting": [412]})
    then = Talk(FORUM, (LATEST, TOPIC), since=batch.since).batch()
    assert then.posts[0].id == "412"
    assert json.loads(then.since)["waiting"] == []


def test_a_forum_that_has_enough_of_us_keeps_what_was_read() -> None:
    busy = answer(
        b'{"errors":["Slow down"],"error_type":"rate_limit","extras":{"wait_seconds":9}}', status=429
    )
    batch = Talk(FORUM, (LATEST, TOPIC, busy)).batch()

    assert [post.id for post in batch.posts] == ["412", "post-2950"]
    assert batch.notes == ("1 topics wait for the next run: Discourse says: Slow down",)
    assert (batch.window, json.loads(batch.since)) == (None, {"newest": 412, "waiting": [7]})


def test_the_pause_that_the_body_names_is_kept() -> None:
    busy = answer(
        b'{"errors":["Slow down"],"error_type":"rate_limit","extras":{"wait_seconds":22}}', status=429
    )

    with pytest.raises(PlatformError) as refused:
        advance(FORUM, "source", "", (busy,))
    assert (refused.value.cause, refused.value.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(seconds=22))


@pytest.mark.parametrize(
    ("status", "words", "cause"),
    [
        (403, "You need to be logged in to do that.", Cause.PERMISSION),
        (403, "You are not permitted. The API username or key is invalid.", Cause.AUTH_DEAD),
        (404, "The requested URL or resource could not be found.", Cause.NOT_FOUND),
    ],
)
def test_a_refusal_is_given_its_cause(status: int, words: str, cause: Cause) -> None:
    said = answer(json.dumps({"errors": [words], "error_type": "x"}).encode(), status=status)

    with pytest.raises(PlatformError, match=f"Discourse says: {words}") as refused:
        advance(PRIVATE, "source", "", (said,))
    assert refused.value.cause is cause


def test_a_topic_that_is_taken_away_meanwhile_or_broken_costs_itself() -> None:
    missing = answer(b'{"errors":["No"],"error_type":"not_found"}', status=404)
    assert [post.id for post in Talk(FORUM, (LATEST, missing, PINNED)).batch().posts] == ["7"]

    broken = answer(b'{"id":412,"slug":"x","post_stream":{"posts":[]}}')
    batch = Talk(FORUM, (LATEST, broken, PINNED)).batch()
    assert batch.rejected == ("topic 412: its first post is missing",)
    assert isinstance(batch.rejected[0], Rejection)
    assert batch.rejected[0].may_be("412")

    with pytest.raises(BadData, match="has no topics"):
        advance(FORUM, "source", "", (answer(b"{}"),))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"server": "forum"}, "server"),
        ({"site": "forum"}, "site"),
        ({"category": "a/1", "tag": "b"}, "category or tag"),
        ({"category": "a?b"}, "category and tag"),
        ({"kind": "poem"}, "kind"),
        ({"token": Secret("x")}, "account"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Discourse(**{"server": "https://forum.example", **options})  # type: ignore[arg-type]  # wrong on purpose


SAMPLES: Samples = {
    "discourse/error-429.json": Refusal(FORUM, 429, Cause.RATE_LIMITED),
    "discourse/openapi.json": Aside("describes the API"),
}


def linked(live: Live, **options: str) -> None:
    live.link(
        "larkwood-discourse", connector='"discourse"', server=f'"{live.demo.url}/discourse"', account='"hub"',
        token='"env:LARKWOOD_DISCOURSE_TOKEN"', site='"https://forum.larkwood.example"', **options,
    )  # fmt: skip


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 16, ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 6
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /discourse/latest.json 200"]


def test_a_tag_is_collected(live: Live) -> None:
    linked(live, tag='"shops"')

    assert live.fetch().new == 4  # two topics, two answers


def test_a_key_that_ended_needs_a_person(live: Live) -> None:
    linked(live)
    live.fetch()
    live.demo.expire("discourse")
    refused = live.fetch(hours=1)

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "key is invalid" in refused.error
    assert "demo-discourse-token" not in refused.error


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "discourse")
    live.demo.show(replace(account, posts=(*account.posts[:5], *account.posts[6:])))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_one_who_asks_too_often_waits_until_the_moment_that_is_named(live: Live) -> None:
    linked(live)
    live.demo.limit("discourse", 0, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
