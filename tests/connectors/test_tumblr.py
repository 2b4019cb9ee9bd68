from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.tumblr import Tumblr
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import Aside, Refusal, Samples, Talk, answer

BENCH = Tumblr("askthebench", Secret("tumblr-key-1"))
API = "https://api.tumblr.com/v2/blog/askthebench/posts"
POSTS = answer("tumblr/posts.json", API)
SINCE = json.dumps({"newest": 1794913800})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(BENCH, (POSTS,)),
    Talk(BENCH, (answer("tumblr/known.json", API),), since=SINCE),
    Talk(replace(BENCH, tag="furniture", replies=False), (POSTS,)),
    Talk(BENCH, (answer("tumblr/legacy.json", API),)),
    Talk(BENCH, (answer("tumblr/none.json", API),)),
)


def found(talk: Talk, identity: str) -> Post:
    return next(post for post in talk.batch().posts if post.id == identity)


def test_a_question_with_its_answer_becomes_a_post() -> None:
    assert found(TALKS[0], "799120440014") == Post(
        id="799120440014",
        source="source",
        kind=Kind.QUESTION,
        permalink="https://askthebench.example/post/799120440014",
        title="white-ring asked: Hot mug, oak table, white ring. Is it over?",
        html=(
            "<p><b>No!</b> 👨\u200d👨\u200d👦 "
            f'<a href="https://larkwood.example/rings/?a=1&amp;b=2" {REL}>A cloth &amp; <i>a warm</i></a>'
            f'<i> iron</i>.<br>Ten seconds, says <a href="https://inge.example/" {REL}>@inge</a>.</p>'
        ),
        text="No! 👨\u200d👨\u200d👦 A cloth & a warm iron.\nTen seconds, says @inge.",
        author=Author(
            "Ask the Bench",
            "@askthebench",
            "https://askthebench.example/",
            "https://media.tumblr.example/avatar_512.png",
        ),
        published=datetime(2026, 11, 17, 11, 10, tzinfo=UTC),
        engagement=Engagement(likes=1, comments=1, shares=1),
        tags=("furniture", "water marks"),
        mentions=("@inge",),
    )


def test_blocks_become_html_in_the_order_of_their_rows() -> None:
    post = found(TALKS[0], "799120440013")

    assert (post.title, post.kind) == ("Three mends & a mug", Kind.PHOTO)
    assert post.html == (
        '<figure><img src="https://media.tumblr.example/jug_1280.jpg" alt="" width="1280" height="1280"></figure>'
        '<figure><img src="https://media.tumblr.example/mug_1280.jpg" alt="A mug with a golden seam" width="1280" '
        'height="853"><figcaption>The seam is brass powder.</figcaption></figure>'
        "<h2>In order</h2><ol><li>Wash<ul><li>no soap</li><li>no hurry</li></ul></li><li>Glue</li></ol>"
        "<blockquote><p>Says Idris: less.</p></blockquote><blockquote>Wait.</blockquote>"
        f'<p><a href="https://larkwood.example/mugs/" {REL}>How to mend a mug</a></p><p>With pictures</p>'
        f'<p><a href="https://sound.example/kiln" {REL}>Jule: Kiln noises</a></p>'
    )
    assert post.media == (
        Media("image", "https://media.tumblr.example/jug_1280.jpg", "", 1280, 1280),
        Media("image", "https://media.tumblr.example/mug_1280.jpg", "A mug with a golden seam", 1280, 853),
    )


def blocks(*content: dict[str, Any], **more: object) -> Post:
    """A post of these blocks."""
    item = {
        "id_string": "1",
        "post_url": "https://a.example/post/1",
        "timestamp": 1794913800,
        "note_count": 0,
    }
    page = {"response": {"posts": [{**item, "content": content, **more}]}}
    (post,) = Talk(BENCH, (answer(json.dumps(page).encode(), API),)).batch().posts
    return post


@pytest.mark.parametrize(
    ("formats", "html"),
    [
        # The example of the specification.
        (
            [("bold", 0, 20), ("italic", 9, 34)],
            "<b>supercali<i>fragilistic</i></b><i>expialidocious</i>",
        ),
        (
            [("small", 0, 34), ("strikethrough", 0, 5)],
            "<small><s>super</s>califragilisticexpialidocious</small>",
        ),
        ([("bold", 30, 35), ("bold", 4, 4), ("blink", 0, 5)], "supercalifragilisticexpialidocious"),
    ],
)
def test_formatting_may_overlap(formats: list[tuple[str, int, int]], html: str) -> None:
    marks = [{"type": name, "start": start, "end": end} for name, start, end in formats]
    post = blocks({"type": "text", "text": "supercalifragilisticexpialidocious", "formatting": marks})

    assert post.html == f"<p>{html}</p>"


def test_lists_nest_in_quotations_and_in_one_another() -> None:
    """The example of the specification, of which each level counts from the left."""
    levels = [
        ("indented", 0), ("indented", 1), ("unordered-list-item", 2), ("ordered-list-item", 3),
        ("unordered-list-item", 2), ("indented", 0),
    ]  # fmt: skip
    post = blocks(
        *(
            {"type": "text", "subtype": subtype, "indent_level": level, "text": str(number)}
            for number, (subtype, level) in enumerate(levels)
        )
    )

    assert post.html == (
        "<blockquote><p>0</p><blockquote><p>1</p><ul><li>2<ol><li>3</li></ol></li><li>4</li></ul></blockquote>"
        "<p>5</p></blockquote>"
    )


def test_a_long_question_is_quoted_above_the_answer() -> None:
    ask = {"type": "ask", "blocks": [0]}
    post = blocks({"type": "text", "text": "why " * 80}, {"type": "text", "text": "Glue."}, layout=[ask])

    assert (post.title, post.kind) == ("", Kind.QUESTION)
    assert post.html.startswith("<p>anonymous asked:</p><blockquote><p>why why")
    assert post.html.endswith("</blockquote><p>Glue.</p>")


def test_a_film_is_shown_and_a_film_elsewhere_linked() -> None:
    own = found(TALKS[0], "799120440012")
    other = blocks(
        {"type": "video", "provider": "youtube", "url": "https://video.example/1", "duration": None}
    )

    assert own.kind is Kind.VIDEO
    assert own.media == (
        Media(
            "video", "https://media.tumblr.example/plane.mp4", width=1280, height=720, duration=41,
            poster="https://media.tumblr.example/plane.jpg",
        ),
    )  # fmt: skip
    assert other.media == (Media("video", "https://video.example/1"),)
    film = blocks(
        {"type": "video", "provider": "youtube", "url": "https://www.youtube.com/watch?v=lkWindow26x"}
    )
    assert film.media[0].player == "https://www.youtube-nocookie.com/embed/lkWindow26x?autoplay=1"
    assert other.html == f'<p><a href="https://video.example/1" {REL}>video.example</a></p>'


def test_a_poll_is_a_question_with_its_options() -> None:
    poll = found(TALKS[0], "799120440011")

    assert poll.kind is Kind.QUESTION
    assert poll.html == "<p>Oil or wax?</p><ul><li>Oil</li><li>Wax &lt;both&gt;</li></ul>"


def test_a_picture_of_unknown_size_has_none() -> None:
    assert found(TALKS[0], "799120440008").media == (Media("image", "https://media.tumblr.example/pic.jpg"),)


def test_a_reblog_is_a_post_where_the_blog_says_something_itself() -> None:
    ids = [post.id for post in TALKS[0].batch().posts]
    added = found(TALKS[0], "799120440010")

    assert (added.text, added.quote_of) == ("Still true in October.", "https://moth-monday.example/post/1")
    assert "799120440009" not in ids
    assert "799120440007" not in ids  # a draft
    assert TALKS[0].batch().rejected == ("post 799120440006: it has neither text nor picture",)


def test_replies_and_commented_reblogs_are_kept_with_the_post() -> None:
    batch = TALKS[0].batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]
    post = found(TALKS[0], "799120440014")

    assert [(reply.id, reply.text, reply.author.handle, reply.permalink) for reply in replies] == [
        ("799120440014/1794917000/oak-and-awe", "It worked <3", "@oak-and-awe", post.permalink),
        ("799120559999", "Trying this tonight.", "@slow-jo", "https://slow-jo.example/post/799120559999"),
    ]
    assert {reply.in_reply_to for reply in replies} == {post.permalink}
    assert post.permalink in batch.threads
    assert Kind.REPLY not in {post.kind for post in TALKS[2].batch().posts}
    assert TALKS[2].batch().threads == ()


def test_a_count_of_notes_that_are_not_all_there_says_nothing() -> None:
    post = blocks({"type": "text", "text": "Hello"}, note_count=99, notes=[{"type": "like"}])

    assert post.engagement == Engagement()


def test_old_posts_are_html() -> None:
    posts = TALKS[3].batch().posts

    assert [(post.kind, post.title, post.text) for post in posts] == [
        (Kind.NOTE, "A drawer", "It was the runner."),
        (Kind.PHOTO, "", "Two jugs.\n\nthe second"),
        (Kind.NOTE, "", "Keep it.\n\nIdris"),
        (Kind.NOTE, "", "Rings, explained\n\nRead it."),
        (Kind.NOTE, "", "Idris: Less oil.\n\nOona: More tea."),
        (Kind.QUESTION, "salt-air asked: Every lamp rusts", "Brass."),
        (Kind.VIDEO, "", "One shaving."),
        (Kind.NOTE, "", "Jule: Kiln noises"),
        (Kind.NOTE, "", "ours"),
    ]
    assert [len(post.media) for post in posts] == [0, 2, 0, 0, 0, 0, 1, 1, 0]
    assert posts[-1].quote_of == "https://moth-monday.example/post/5"
    assert posts[0].published == datetime(2011, 2, 25, 20, 27, 19, tzinfo=UTC)


def test_a_quiet_blog_costs_one_request() -> None:
    assert [request.url for request in TALKS[1].requests()] == [
        f"{API}?api_key=tumblr-key-1&npf=true&limit=20&notes_info=true&reblog_info=true"
    ]
    batch = TALKS[1].batch()
    assert (batch.posts, batch.since, batch.window) == ((), SINCE, None)


def page(first: int, count: int, **more: object) -> bytes:
    """Posts that are a second apart, the newest first."""
    posts = [
        {"id_string": str(at), "post_url": f"https://a.example/{at}", "timestamp": at, "content": [
            {"type": "text", "text": "Hello"}
        ]} for at in range(first, first - count, -1)
    ]  # fmt: skip
    return json.dumps({"response": {"posts": posts, **more}}).encode()


def test_older_posts_are_asked_for_by_the_moment_of_the_last() -> None:
    talk = Talk(BENCH, (answer(page(1790000100, 20), API), answer(page(1790000081, 5), API)))

    assert talk.requests()[1].url.endswith("&before=1790000082")
    assert len(talk.batch().posts) == 24  # one was on both pages, so that none of its second is lost
    assert talk.batch().window == EVER


def test_a_pinned_post_is_not_taken_for_the_oldest() -> None:
    batch = TALKS[0].batch()

    assert batch.posts[0].text == "Read this first: we answer on Thursdays."
    assert json.loads(batch.since) == {"newest": 1794913800}


def test_a_blog_with_more_posts_than_are_asked_for_says_how_far_back_it_was_read() -> None:
    answers = tuple(answer(page(1790000000 - 19 * n, 20), API) for n in range(10))
    batch = Talk(BENCH, answers).batch()

    assert batch.window == min(post.published for post in batch.posts if post.published)


def test_a_second_with_more_posts_than_a_page_is_not_the_end() -> None:
    page = json.loads(POSTS.body)
    one = next(post for post in page["response"]["posts"] if not post.get("is_pinned"))
    page["response"]["posts"] = [one | {"id_string": str(1000 + number)} for number in range(20)]
    full = answer(json.dumps(page).encode(), API)
    batch = Talk(BENCH, (full, full)).batch()

    assert batch.window == datetime.fromtimestamp(one["timestamp"], UTC)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"response": []}', b'{"response": {"posts": {}}}'])
def test_an_answer_without_a_list_is_no_empty_blog(body: bytes) -> None:
    with pytest.raises(BadData, match="sent no list of posts"):
        advance(BENCH, "source", "", (answer(body),))


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, 1016, Cause.AUTH_DEAD), (404, 0, Cause.NOT_FOUND), (404, 4012, Cause.PERMISSION),
        (429, 0, Cause.RATE_LIMITED), (503, 0, Cause.TRANSIENT),
    ],
)  # fmt: skip
def test_an_error_is_given_its_cause(status: int, code: int, cause: Cause) -> None:
    said = {
        "meta": {"status": status, "msg": "No"},
        "response": [],
        "errors": [{"code": code, "detail": "No."}],
    }

    with pytest.raises(PlatformError, match=r"^Tumblr says: No\.$") as refused:
        advance(BENCH, "source", "", (answer(json.dumps(said).encode(), API, status),))
    assert refused.value.cause is cause


def test_a_page_that_asks_for_consent_is_no_data() -> None:
    with pytest.raises(PlatformError) as refused:
        advance(BENCH, "source", "", (answer(b"<!DOCTYPE html><title>Before you continue</title>", API),))
    assert refused.value.cause is Cause.BLOCKED


@pytest.mark.parametrize(("option", "value"), [("account", "ask the bench"), ("server", "tumblr")])
def test_wrong_options_are_named(option: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{option} must be"):
        Tumblr(**{"account": "a", "token": Secret("key"), option: value})  # type: ignore[arg-type]  # texts but one


SAMPLES: Samples = {
    "tumblr/error-401.json": Refusal(BENCH, 401, Cause.AUTH_DEAD),
    "tumblr/npf-spec.md": Aside("the specification; its examples are tested above"),
    "tumblr/posts-1.json": Aside("what is sent to write a post"),
}


def linked(live: Live, **options: object) -> None:
    mine = {
        "connector": '"tumblr"', "account": '"askthebench"', "token": '"env:LARKWOOD_TUMBLR_TOKEN"',
        "server": f'"{live.demo.url}/tumblr"', "url": None, "network": None, "kind": None,
    }  # fmt: skip
    live.link("ask-the-bench", **(mine | options))


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 17, (), ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 3
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /tumblr/v2/blog/askthebench/posts 200"]


def test_a_post_is_named_as_in_the_feed(live: Live) -> None:
    linked(live, tag='"quilts"')
    live.fetch()

    (post,) = live.posts
    assert post.title == "quiltdad asked: Washing a quilt from 1958?"
    assert [(one.alt, one.width) for one in post.media] == [
        ("A quilt of half circles in navy, sage, rust and cream", 800)
    ]


def test_what_was_deleted_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "tumblr")
    live.demo.show(replace(account, posts=account.posts[:-1]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_a_key_that_ended_is_said_to_whoever_can_give_another(live: Live) -> None:
    linked(live)
    live.demo.expire("tumblr")
    report = live.fetch()

    assert (report.status, report.cause) == ("failed", Cause.AUTH_DEAD)
    assert "Tumblr says: Unable to authorize; put a new one into LARKWOOD_TUMBLR_TOKEN" in report.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    linked(live)
    live.demo.limit("tumblr", 1, seconds=600)
    live.fetch()

    assert live.fetch(hours=0.2).cause == Cause.RATE_LIMITED
    assert live.fetch(hours=0.25).status == "waiting"
