from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Response, advance
from forecourt.connectors.wordpress import WordPress
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Media, Post
from tests.connectors.conftest import Live
from tests.connectors.talks import Aside, Page, Refusal, Samples, Talk, answer

NOTES = WordPress(url="https://notes.example/")
REPAIRS = WordPress(url="https://notes.example/", category="repairs", replies=False)
ROOT = "https://notes.example/wp-json/"
HTML = {"content-type": "text/html; charset=UTF-8"}
LINKED = {
    **HTML,
    "link": f'<https://notes.example/style.css>; rel=preload, <{ROOT}>; rel="https://api.w.org/"',
}
HOME = answer(b"<!DOCTYPE html><title>Notes</title>", "https://notes.example/", headers=LINKED)
NAMING = answer("wordpress/home.html", "https://notes.example/", headers=HTML)
POSTS = answer("wordpress/posts.json", f"{ROOT}wp/v2/posts")
COMMENTS = answer("wordpress/comments.json", f"{ROOT}wp/v2/comments")
NOTHING = answer("wordpress/none.json", f"{ROOT}wp/v2/posts")
CATEGORIES = answer("wordpress/categories.json", f"{ROOT}wp/v2/categories")
KNOWN = {
    "root": ROOT,
    "filters": {},
    "after": "2026-11-20T16:35:00Z",
    "modified_after": "2026-11-21T08:00:00Z",
}
SINCE = json.dumps({**KNOWN, "turn": "after"})
NEXT = json.dumps({**KNOWN, "turn": "modified_after"})
EMBED = "_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm"
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(NOTES, (HOME, POSTS, COMMENTS)),
    Talk(NOTES, (NOTHING,), since=SINCE),
    Talk(NOTES, (NOTHING,), since=NEXT),
    Talk(REPAIRS, (NAMING, CATEGORIES, POSTS)),
)


def test_a_post_of_the_site_becomes_a_post() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="https://notes.example/?p=918",
        source="source",
        kind=Kind.ARTICLE,
        permalink="https://notes.example/2026/11/the-lamp/",
        title="Lamps & lanterns: the <b> side of the bulb",
        html=(
            f'<p>It hums \N{EN DASH} <a href="https://notes.example/how-to/" {REL}>tighten it</a>.</p>\n'
            '<figure><img src="https://notes.example/wp-content/uploads/holder-300x200.jpg" '
            'alt="A porcelain holder" width="300" height="200"></figure>\n'
            '<p><img src="https://notes.example/smile.png" alt="" width="20" height="20"></p>'
        ),
        text="It hums \N{EN DASH} tighten it.",
        author=Author("Idris & Vaughan", "", "https://notes.example/author/idris/", "https://faces.example/i?s=96"),
        published=datetime(2026, 11, 20, 16, 35, tzinfo=UTC),
        updated=datetime(2026, 11, 21, 8, tzinfo=UTC),
        media=(
            Media(
                "image", "https://notes.example/wp-content/uploads/lamp-1536x1024.jpg",
                "A lamp with tape on its shade", 1536, 1024,
            ),
            Media(
                "image", "https://notes.example/wp-content/uploads/holder-300x200.jpg", "A porcelain holder", 300, 200
            ),
        ),
        tags=("Repairs", "lamps & light"),
    )  # fmt: skip


def test_what_is_hidden_from_us_is_left_out_of_a_post_or_is_none() -> None:
    batch = TALKS[0].batch()
    second = batch.posts[1]

    assert (second.id, second.author, second.media) == (
        "https://notes.example/?post_type=post&p=911", Author(), ()
    )  # fmt: skip
    assert not any("secret" in post.permalink for post in batch.posts)
    assert batch.rejected == ("post 904: it has neither title nor text nor picture",)
    assert batch.window == EVER


def test_comments_are_kept_with_their_post_and_pings_are_not() -> None:
    talk = TALKS[0]
    batch = talk.batch()
    replies = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert talk.requests()[-1].url == f"{ROOT}wp/v2/comments?post=918&per_page=100"  # 911 takes none
    assert [(one.id, one.author.name, one.text) for one in replies] == [
        ("comment-2208", "Idris", "On Sundays it is the dimmer."),
        ("comment-2207", "Ottilie & son", "Mine hums on Sundays."),
    ]
    assert {one.in_reply_to for one in replies} == {batch.posts[0].permalink}
    assert batch.threads == (batch.posts[0].permalink,)


def test_comments_that_may_not_be_read_cost_a_note() -> None:
    closed = answer(b'{"code":"rest_forbidden_context","message":"Sorry."}', status=401)
    batch = Talk(NOTES, (HOME, POSTS, closed)).batch()

    assert len(batch.posts) == 2
    assert batch.threads == ()
    assert batch.notes[0].startswith("comments cannot be read: WordPress says: Sorry.")


def test_an_answer_that_is_no_list_is_no_empty_site() -> None:
    with pytest.raises(BadData, match="sent no list of posts"):
        advance(NOTES, "source", "", (HOME, answer(b"{}")))
    batch = Talk(NOTES, (HOME, POSTS, answer(b"{}"))).batch()
    assert (batch.threads, batch.notes) == (
        (), ("comments cannot be read: WordPress sent no list of comments",)
    )  # fmt: skip


@pytest.mark.parametrize("number", ['"7\\u00a0x y"', '"<b>"', '"javascript:1"', "-3"])
def test_a_comment_whose_number_is_none_has_no_address(number: str) -> None:
    said = {"post": 918, "type": "comment", "content": {"rendered": "Hm."}, "date_gmt": "2026-11-21T07:10:00"}
    body = json.dumps([said | {"id": 2209}, said | {"id": "NUMBER"}]).replace('"NUMBER"', number)
    replies = [
        post for post in Talk(NOTES, (HOME, POSTS, answer(body.encode()))).batch().posts if post.in_reply_to
    ]

    assert [reply.permalink for reply in replies] == ["https://notes.example/2026/11/the-lamp/#comment-2209"]


def test_a_quiet_site_costs_one_request_for_what_is_new_and_what_was_changed_by_turns() -> None:
    asked = f"{ROOT}wp/v2/posts?per_page=50&page=1&{EMBED}"
    for talk, since, following in (
        (TALKS[1], "&after=2026-11-20T16%3A35%3A00Z&orderby=date&order=asc", NEXT),
        (TALKS[2], "&modified_after=2026-11-21T08%3A00%3A00Z&orderby=modified&order=asc", SINCE),
    ):
        assert [request.url for request in talk.requests()] == [asked + since]
        assert (talk.batch().posts, talk.batch().since, talk.batch().window) == ((), following, None)
    assert TALKS[0].batch().since == SINCE


def test_what_one_question_finds_does_not_move_the_other() -> None:
    known = {**KNOWN, "after": "2026-11-01T00:00:00Z", "modified_after": "2026-11-02T00:00:00Z"}
    alone = replace(NOTES, replies=False)
    first = Talk(alone, (POSTS,), since=json.dumps({**known, "turn": "after"})).batch()
    second = Talk(alone, (POSTS,), since=first.since).batch()

    assert json.loads(first.since) == {**known, "after": KNOWN["after"], "turn": "modified_after"}
    assert json.loads(second.since) == {**KNOWN, "turn": "after"}


def test_a_category_is_looked_up_by_its_name_once() -> None:
    talk = TALKS[3]
    root = "https://notes.example/index.php?rest_route=/"

    assert [request.url for request in talk.requests()[1:]] == [
        f"{root}wp/v2/categories&slug=repairs", f"{root}wp/v2/posts&per_page=50&page=1&{EMBED}&categories=3",
    ]  # fmt: skip
    assert json.loads(talk.batch().since)["filters"] == {"categories": "3"}

    with pytest.raises(PlatformError, match="no repairs among the categories") as refused:
        advance(REPAIRS, "source", "", (NAMING, NOTHING))
    assert refused.value.cause is Cause.NOT_FOUND


@pytest.mark.parametrize(
    ("probe", "root"),
    [
        (answer(b'{"slug":"post"}'), ROOT),
        (answer(b'{"code":"rest_forbidden","message":"No."}', status=401), ROOT),
        (answer(b"<!DOCTYPE html><title>Not found</title>", status=404, headers=HTML), "https://notes.example/?rest_route=/"),
    ],
)  # fmt: skip
def test_a_site_that_does_not_name_its_api_is_asked_at_the_usual_places(probe: Response, root: str) -> None:
    mute = answer(b"<!DOCTYPE html><title>Notes</title>", "https://notes.example/", headers=HTML)
    batch = Talk(NOTES, (mute, probe, NOTHING)).batch()

    assert json.loads(batch.since)["root"] == root


def test_pages_are_read_until_there_are_no_more() -> None:
    item = json.loads(POSTS.body)[0]
    full = json.dumps([{**item, "id": number, "guid": {"rendered": str(number)}} for number in range(1, 51)])
    page = answer(full.encode(), headers={"x-wp-totalpages": "2"})
    last = answer(b"[]", headers={"x-wp-totalpages": "2"})
    silent = answer(full.encode())
    end = answer("wordpress/past-the-end.json", status=400)
    alone = replace(NOTES, replies=False)

    assert Talk(alone, (HOME, page, last)).batch().window == EVER
    assert len(Talk(alone, (HOME, silent, end)).batch().posts) == 50
    assert Talk(alone, (HOME, *[silent] * 6)).batch().window == datetime(2026, 11, 20, 16, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "cause"), [(401, Cause.PERMISSION), (403, Cause.PERMISSION), (404, Cause.NOT_FOUND)]
)
def test_a_closed_api_leads_to_the_feed(status: int, cause: Cause) -> None:
    closed = answer(b'{"code":"rest_login_required","message":"REST API restricted."}', status=status)

    with pytest.raises(PlatformError, match=r'restricted\. If .* connector = "feed"') as refused:
        advance(NOTES, "source", "", (HOME, closed))
    assert refused.value.cause is cause


def test_it_wants_a_whole_address() -> None:
    with pytest.raises(ValueError, match="url must be"):
        WordPress("notes.example")


RECORDED = "wordpress/recorded"
SAMPLES: Samples = {
    f"{RECORDED}/posts.json": Page(replace(NOTES, replies=False), 3, before=(HOME,)),
    f"{RECORDED}/comments.json": Page(
        NOTES, 3, ("post 904: it has neither title nor text nor picture",),
        before=(HOME, answer(POSTS.body.replace(b'"id": 918', b'"id": 1'))), url=COMMENTS.url,
    ),
    f"{RECORDED}/posts-page9.json": Refusal(NOTES, 400, Cause.BAD_DATA, before=(HOME,)),
    f"{RECORDED}/users-me-unauth.json": Refusal(NOTES, 401, Cause.PERMISSION, before=(HOME,)),
    f"{RECORDED}/tags.json": Aside("tags; one of them is looked up by its name"),
    f"{RECORDED}/media.json": Aside("pictures; they come embedded in their posts"),
    **{
        f"{RECORDED}/{name}.headers": Aside("headers of the answer of that name")
        for name in ("comments", "feed", "media", "posts", "posts-page9", "tags", "users-me-unauth")
    },
}  # fmt: skip


def linked(live: Live) -> None:
    live.link("larkwood-wordpress", connector='"wordpress"', url=f'"{live.demo.url}/wordpress/"')


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 13, ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 2
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /wordpress/wp-json/wp/v2/posts 200"]


def test_an_edit_is_seen_at_the_second_run_and_a_deletion_at_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "wordpress")
    edited = replace(
        account.posts[1], title="Winter, at the bench", updated=datetime(2026, 11, 22, 8, tzinfo=UTC)
    )
    live.demo.show(replace(account, posts=(edited, *account.posts[2:])))

    assert live.fetch(hours=1).status == "same"
    report = live.fetch(hours=2)
    assert (report.changed, report.gone) == (1, 0)
    assert "Winter, at the bench" in {post.title for post in live.posts}
    assert live.look_twice(hours=25).gone == 3, "one article, and its two comments"


def test_one_who_asks_too_often_waits(live: Live) -> None:
    linked(live)
    live.demo.limit("wordpress", 1, seconds=600)
    refused = live.fetch()

    assert refused.status == "failed"
