from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Grant, Request, advance
from forecourt.connectors.linkedin import LinkedIn
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from forecourt.talk import Response
from tests.connectors.conftest import Live
from tests.connectors.talks import FIXTURES, NOW, Page, Refusal, Samples, Talk, answer

LARKWOOD = LinkedIn("2414183", token=Secret("larkwood-linkedin-token-1"))
QUIET = replace(LARKWOOD, replies=False)
PARTNER = replace(
    LARKWOOD,
    refresh_token=Secret("larkwood-linkedin-refresh-1"),
    client_id="86larkwood",
    client_secret=Secret("larkwood-linkedin-secret-1"),
)
API = "https://api.linkedin.com/rest"
FINDER = (
    f"{API}/posts?author=urn%3Ali%3Aorganization%3A2414183&q=author&count=100&start=0&sortBy=LAST_MODIFIED"
)
POSTS = answer("linkedin/posts.json", FINDER)
ABOUT = answer("linkedin/organization.json", f"{API}/organizations/2414183")
LOGO = answer("linkedin/logo.json", f"{API}/images")
IMAGES = answer("linkedin/images.json", f"{API}/images")
VIDEOS = answer("linkedin/videos.json", f"{API}/videos")
COUNTS = answer("linkedin/counts.json", f"{API}/socialMetadata")
COMMENTS = answer("linkedin/comments.json", f"{API}/socialActions/urn%3Ali%3Ashare%3A75001/comments")
DENIED = answer("linkedin/denied.json", status=403)
NEWEST = 1795089600000  # the edit of the first post
AUTHOR = {
    "name": "Larkwood", "page": "larkwood",
    "avatar": "https://media.pictures.example/LOGO1/0/1?e=1795600000&v=beta&t=s1",
}  # fmt: skip
SINCE = json.dumps({"newest": NEWEST, "author": AUTHOR})
LAST_WEEK = json.dumps({"newest": NEWEST - 1, "author": AUTHOR})
FIRST = "https://www.linkedin.com/feed/update/urn:li:share:75001/"
REL = 'rel="nofollow ugc noopener"'


def listed(kind: str, *names: str) -> str:
    return ",".join(f"urn%3Ali%3A{kind}%3A{name}" for name in names)


SHARES = ",".join(
    (
        listed("share", "75001"),
        listed("ugcPost", "75000"),
        listed("share", "74999", "74998", "74997", "74996"),
    )
)

TALKS = (
    Talk(LARKWOOD, (POSTS, ABOUT, LOGO, IMAGES, VIDEOS, COUNTS, COMMENTS)),
    Talk(LARKWOOD, (POSTS,), since=SINCE),
    Talk(LARKWOOD, (POSTS, IMAGES, COUNTS, COMMENTS), since=LAST_WEEK),
    Talk(PARTNER, (POSTS, DENIED, IMAGES, VIDEOS, DENIED)),
)


def test_a_post_becomes_a_post() -> None:
    assert TALKS[0].batch().posts[0] == Post(
        id="urn:li:share:75001",
        source="source",
        kind=Kind.PHOTO,
        permalink=FIRST,
        html=(
            f'<p>Twelve gifts (no batteries) from <a href="https://www.linkedin.com/company/99/" {REL}>Odell &amp; Moss'
            "</a> and Henrike Vos.</p><p>#1 is a spoon: "
            f'<a href="https://larkwood.example/gathering-table/" {REL}>https://larkwood.example/gathering-table/</a>. '
            "#GatheringTable #SlowHomes</p>"
        ),
        text=(
            "Twelve gifts (no batteries) from Odell & Moss and Henrike Vos.\n\n"
            "#1 is a spoon: https://larkwood.example/gathering-table/. #GatheringTable #SlowHomes"
        ),
        author=Author("Larkwood", "", "https://www.linkedin.com/company/larkwood/", AUTHOR["avatar"]),
        published=datetime(2026, 11, 19, 11, 5, tzinfo=UTC),
        updated=datetime(2026, 11, 19, 12, tzinfo=UTC),
        media=(
            Media(
                "image", "https://media.pictures.example/A1/0/1?e=1795600000&v=beta&t=s1", "Wrapped presents"
            ),
            Media("image", "https://media.pictures.example/B2/0/1?e=1795600000&v=beta&t=s1"),
        ),
        engagement=Engagement(likes=241, comments=3),
        tags=("GatheringTable", "SlowHomes"),
        mentions=("@Odell & Moss", "@Henrike Vos"),
    )  # fmt: skip


def test_a_whole_look_asks_for_files_and_counts_in_bulk_with_raw_brackets() -> None:
    talk = TALKS[0]

    assert [request.url for request in talk.requests()] == [
        FINDER,
        f"{API}/organizations/2414183",
        f"{API}/images?ids=List(urn%3Ali%3Aimage%3ALOGO1)",
        f"{API}/images?ids=List({listed('image', 'A1', 'B2', 'C3', 'T4', 'GONE')})",
        f"{API}/videos?ids=List({listed('video', 'V1')})",
        f"{API}/socialMetadata?ids=List({SHARES})",
        f"{API}/socialActions/urn%3Ali%3Ashare%3A75001/comments?count=100&start=0",
    ]
    assert talk.batch().window == EVER
    assert talk.batch().since == SINCE


def test_every_request_names_the_version_and_the_protocol() -> None:
    for request in TALKS[0].requests():
        assert request.headers["linkedin-version"] == "202609"
        assert request.headers["x-restli-protocol-version"] == "2.0.0"
        assert request.headers["authorization"] == "Bearer larkwood-linkedin-token-1"
    methods = [request.headers.get("x-restli-method", "") for request in TALKS[0].requests()]
    assert methods == ["FINDER", "", *["BATCH_GET"] * 4, ""]


def test_a_quiet_page_costs_one_request_and_an_edit_gives_only_its_own_post_new_addresses() -> None:
    quiet, edited = TALKS[1], TALKS[2]

    assert (quiet.batch().posts, quiet.batch().since, quiet.batch().window) == ((), SINCE, None)
    assert [post.id for post in edited.batch().posts if post.kind is not Kind.REPLY] == ["urn:li:share:75001"]
    assert edited.requests()[1].url == f"{API}/images?ids=List({listed('image', 'A1', 'B2', 'C3')})"
    assert edited.batch().window is None


def test_what_is_for_feeds_members_or_without_a_word_is_left_out_and_what_is_empty_rejected() -> None:
    batch = TALKS[0].batch()

    assert [post.id.rpartition(":")[2] for post in batch.posts if post.kind is not Kind.REPLY] == [
        "75001", "75000", "74999", "74998", "74997", "74996",
    ]  # fmt: skip
    assert batch.rejected == ("post urn:li:share:74992: it has neither text nor picture",)


def test_a_film_stays_at_its_post_since_its_own_address_ends() -> None:
    film = TALKS[0].batch().posts[1]

    assert (film.kind, film.updated, film.engagement) == (Kind.VIDEO, None, Engagement(likes=0, comments=0))
    assert film.media == (
        Media(
            "video", "https://www.linkedin.com/feed/update/urn:li:ugcPost:75000/", duration=242,
            poster="https://media.pictures.example/V1/thumb/0?e=1795600000&v=beta&t=s1",
        ),
    )  # fmt: skip


def test_an_article_a_poll_a_document_and_a_post_of_others_stand_below_the_words() -> None:
    article, poll, document, shared = TALKS[0].batch().posts[2:6]

    assert article.html.endswith(
        f'<p><a href="https://journal.larkwood.example/cargo-bikes/?a=1&amp;b=2" {REL}>'
        "A month of &lt;cargo&gt; bikes</a></p>"
    )
    assert (article.kind, [media.url for media in article.media], article.engagement) == (
        Kind.NOTE, ["https://media.pictures.example/T4/0/1?e=1795600000&v=beta&t=s1"], Engagement(),
    )  # fmt: skip
    assert poll.kind is Kind.QUESTION
    assert poll.html.endswith(
        "<p>What shall we mend first?</p><ul><li>Lamps</li><li>Chairs &amp; stools</li></ul>"
    )
    assert document.html.endswith(f'<p><a href="{document.permalink}" {REL}>Packaging 2025</a></p>')
    assert shared.quote_of == "https://www.linkedin.com/feed/update/urn:li:share:11/"


def test_comments_of_members_have_no_name_and_are_shown_for_two_days_at_most() -> None:
    batch = TALKS[0].batch()
    theirs, ours = (post for post in batch.posts if post.kind is Kind.REPLY)

    assert theirs == Post(
        id="urn:li:comment:(urn:li:activity:75001,7501)",
        source="source",
        kind=Kind.REPLY,
        permalink=f"{FIRST}?commentUrn=urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A75001%2C7501%29",
        html="<p>Where is the spoon &lt;from&gt;?</p>",
        text="Where is the spoon <from>?",
        published=datetime(2026, 11, 19, 13, tzinfo=UTC),
        engagement=Engagement(likes=4),
        in_reply_to=FIRST,
        display_until=NOW + timedelta(hours=48),
    )
    assert (ours.author.name, ours.updated, ours.display_until) == (
        "Larkwood", datetime(2026, 11, 19, 14, 10, tzinfo=UTC), None,
    )  # fmt: skip
    assert batch.threads == (FIRST,)


def test_what_the_token_may_not_read_costs_a_note_at_the_most() -> None:
    batch = TALKS[3].batch()
    refused = "LinkedIn says: Not enough permissions to access: socialMetadata.BATCH_GET.20261001"

    assert batch.notes == (
        f"the page's name and picture cannot be read: {refused}",
        f"reactions cannot be read: {refused}",
    )
    assert batch.posts[0].author == Author(url="https://www.linkedin.com/company/2414183/")
    no_comments = Talk(LARKWOOD, (POSTS, ABOUT, LOGO, IMAGES, VIDEOS, COUNTS, DENIED)).batch()
    assert [note.partition(":")[0] for note in no_comments.notes] == ["comments cannot be read"]


@pytest.mark.parametrize(
    "trouble", [DENIED, answer(b'{"message": "Ouch"}', status=500), answer(b"{}", status=429), answer(b"{")]
)
def test_a_side_question_that_fails_stops_no_post(trouble: Response) -> None:
    batch = Talk(QUIET, (POSTS, trouble, trouble, trouble, trouble)).batch()
    without_logo = Talk(QUIET, (POSTS, ABOUT, trouble, IMAGES, VIDEOS, COUNTS)).batch()

    assert len(batch.posts) == len(Talk(QUIET, (POSTS, ABOUT, LOGO, IMAGES, VIDEOS, COUNTS)).batch().posts)
    assert [note.partition(" cannot be read: ")[0] for note in batch.notes] == [
        "the page's name and picture", "its images", "its videos", "reactions",
    ]  # fmt: skip
    assert without_logo.posts[0].author.name == "Larkwood"
    ended = answer(b'{"message": "Expired"}', status=401)
    with pytest.raises(PlatformError):
        advance(QUIET, "source", "", (POSTS, ended))


def test_an_answer_without_a_list_is_no_empty_page() -> None:
    with pytest.raises(BadData, match="sent no list of posts"):
        advance(LARKWOOD, "source", "", (answer(b"{}"),))
    batch = Talk(LARKWOOD, (POSTS, ABOUT, LOGO, IMAGES, VIDEOS, COUNTS, answer(b"{}"))).batch()
    assert (batch.threads, batch.notes) == (
        (),
        ("comments cannot be read: LinkedIn sent no list of comments",),
    )


def test_pages_are_read_until_the_last_or_as_far_as_is_known_without_a_gap() -> None:
    document = json.loads((FIXTURES / "linkedin/posts.json").read_bytes())
    document["paging"]["links"] = [
        {"rel": "next", "type": "application/json", "href": "/rest/posts?start=100"}
    ]
    full = answer(json.dumps(document).encode(), FINDER)
    talk = Talk(QUIET, (full, full, DENIED, IMAGES, VIDEOS, COUNTS))

    assert talk.requests()[1].url == FINDER.replace("start=0", "start=100")
    assert talk.batch().window == datetime(2026, 10, 28, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("little", "plain", "tags"),
    [
        (r"\|\{\}\@\[\]\(\)\<\>\#\\\*\_\~", r"|{}@[]()<>#\*_~", ()),
        (r"C:\Users", r"C:\Users", ()),
        (r"{hashtag|\#|slow\_homes}!", "#slow_homes!", ("slow_homes",)),
        ("{hashtag|\N{FULLWIDTH NUMBER SIGN}|家}", "#家", ("家",)),
        (r"\#no #yes", "#no #yes", ("yes",)),
        ("@[Ada](urn:li:person:1), {hashtag|x", "Ada, {hashtag|x", ()),
        (r"@[A \[b\]](urn:li:organization:1)", "A [b]", ()),
        ("@[Ada] (urn:li:person:1)!", "Ada!", ()),
        ("@[x](javascript:alert)", "@[x](javascript:alert)", ()),
    ],
)
def test_little_text_is_read(little: str, plain: str, tags: tuple[str, ...]) -> None:
    element = {"id": "urn:li:share:1", "commentary": little, "publishedAt": 1795000000000}
    page = answer(json.dumps({"elements": [element]}).encode(), FINDER)
    (post,) = Talk(QUIET, (page, DENIED, DENIED)).batch().posts

    assert (post.text, post.tags) == (plain, tags)


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, 65600, Cause.AUTH_EXPIRED),
        (401, 65601, Cause.AUTH_DEAD),
        (401, 65602, Cause.AUTH_EXPIRED),
        (403, 100, Cause.PERMISSION),
        (400, 0, Cause.BAD_DATA),
        (500, 0, Cause.TRANSIENT),
    ],
)
def test_a_refusal_is_told_by_its_code(status: int, code: int, cause: Cause) -> None:
    body = json.dumps({"status": status, "serviceErrorCode": code, "message": "No."}).encode()
    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (answer(body, status=status),))
    assert refused.value.cause is cause


def test_a_version_that_has_ended_says_what_to_raise() -> None:
    body = b'{"status":426,"code":"NONEXISTENT_VERSION","message":"Requested version 202410 is not active"}'
    old = replace(LARKWOOD, version="202410")
    with pytest.raises(PlatformError) as refused:
        advance(old, "source", "", (answer(body, status=426),))

    assert refused.value.cause is Cause.BAD_DATA
    assert str(refused.value) == (
        "LinkedIn says: Requested version 202410 is not active: raise version, which is 202410"
    )


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({}, datetime(2026, 11, 23, tzinfo=UTC)),
        ({"retry-after": "60"}, NOW + timedelta(minutes=1)),
    ],
)
def test_one_who_asked_too_often_waits_until_midnight_unless_told_otherwise(
    headers: dict[str, str], until: datetime
) -> None:
    busy = answer(b'{"status":429,"message":"throttle DAY limit"}', status=429, headers=headers)
    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (busy,))
    assert (refused.value.cause, refused.value.retry_at) == (Cause.RATE_LIMITED, until)


def renewal(grant: Grant | None, response: Response) -> tuple[Request, Grant]:
    conversation = PARTNER.renew(grant)
    request = next(conversation)
    with pytest.raises(StopIteration) as done:
        conversation.send(response)
    return request, done.value.value


def test_a_partner_s_token_is_renewed() -> None:
    request, grant = renewal(None, answer("linkedin/renewed.json"))

    assert request.url == "https://www.linkedin.com/oauth/v2/accessToken"
    assert request.body == (
        b"grant_type=refresh_token&refresh_token=larkwood-linkedin-refresh-1&client_id=86larkwood"
        b"&client_secret=larkwood-linkedin-secret-1"
    )
    assert grant == Grant(
        Secret("larkwood-linkedin-token-2"), NOW + timedelta(days=60), Secret("larkwood-linkedin-refresh-1"),
        NOW + timedelta(seconds=20000000),
    )  # fmt: skip


def test_a_refresh_token_that_ended_needs_a_person() -> None:
    body = b'{"error":"invalid_request","error_description":"The provided authorization grant is expired"}'
    conversation = PARTNER.renew(None)
    next(conversation)
    with pytest.raises(PlatformError) as refused:
        conversation.send(answer(body, status=400))
    assert refused.value.cause is Cause.AUTH_DEAD


def test_only_partners_renew() -> None:
    assert not LARKWOOD.renews
    assert PARTNER.renews
    assert LinkedIn.token_life == timedelta(days=60)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"organization": "larkwood", "token": Secret("x")}, "organization must be"),
        ({"organization": "1"}, "token must be given"),
        ({"organization": "1", "token": Secret("x"), "version": "2026-10"}, "version must be"),
        ({"organization": "1", "token": Secret("x"), "site": "linkedin.com"}, "server, login and site"),
    ],
)
def test_a_wrong_option_is_said_in_a_sentence(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        LinkedIn(**options)


def one(body: bytes) -> bytes:
    return b'{"elements": [' + body + b"]}"


SAMPLES: Samples = {
    "linkedin/error-expired-token.json": Refusal(LARKWOOD, 401, Cause.AUTH_DEAD),
    "linkedin/error-version.json": Refusal(LARKWOOD, 426, Cause.BAD_DATA),
    "linkedin/post-real-postsapi.json": Page(QUIET, 1, after=(DENIED, IMAGES, COUNTS), body=one),
    # The older API's words are others; a post without "commentary" is refused, not published empty.
    "linkedin/post-real-ugcposts-legacy.json": Page(
        QUIET, 0, ("post urn:li:share:7045020441609936898: it has neither text nor picture",), after=(DENIED,),
        body=one,
    ),
    "linkedin/posts-finder-envelope.json": Page(
        QUIET, 1, after=(answer("linkedin/none.json"), DENIED, IMAGES, COUNTS)
    ),
}  # fmt: skip


def link(live: Live, **options: str | None) -> None:
    base = f'"{live.demo.url}/linkedin"'
    given = {
        "connector": '"linkedin"', "organization": '"2414183"', "server": base, "login": base,
        "site": '"https://work.larkwood.example"', "token": '"env:LARKWOOD_LINKEDIN_TOKEN"',
        "refresh_token": '"env:LARKWOOD_LINKEDIN_REFRESH"', "client_id": '"86larkwood"',
        "client_secret": '"env:LARKWOOD_LINKEDIN_SECRET"',
    }  # fmt: skip
    live.link("larkwood-linkedin", **(given | options))


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 17, (), ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 3
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /linkedin/rest/posts 200"]


def test_an_edit_is_seen_at_the_next_fetch_and_a_deletion_at_the_next_whole_look(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "linkedin")
    newest = replace(account.posts[0], updated=datetime(2026, 11, 22, 9, 30, tzinfo=UTC), text="Better said.")
    live.demo.show(replace(account, posts=(newest, *account.posts[2:])))
    edited, later = live.fetch(hours=1), live.look_twice(hours=25)

    assert (edited.changed, edited.gone) == (1, 0)
    assert "Better said." in {post.text for post in live.posts}
    assert later.gone == 3  # with what was said to it


def test_a_token_that_ended_is_renewed_for_a_partner(live: Live) -> None:
    link(live)
    live.fetch()
    live.demo.expire("linkedin")

    assert live.fetch(hours=1).status == "same"
    assert live.asked == [
        "GET /linkedin/rest/posts 401", "POST /linkedin/oauth/v2/accessToken 200", "GET /linkedin/rest/posts 200",
    ]  # fmt: skip


def test_without_a_refresh_token_a_person_must_give_a_new_one(live: Live) -> None:
    link(live, refresh_token=None, client_id=None, client_secret=None)
    live.fetch()
    live.demo.expire("linkedin")
    refused = live.fetch(hours=1)

    assert (refused.status, refused.cause) == ("failed", Cause.AUTH_DEAD)
    assert "LARKWOOD_LINKEDIN_TOKEN" in refused.error


def test_a_member_who_takes_access_back_ends_it(live: Live) -> None:
    link(live)
    live.fetch()
    live.demo.revoke("linkedin")

    assert live.fetch(hours=1).cause == Cause.AUTH_DEAD


def test_a_version_that_has_ended_costs_no_posts(live: Live) -> None:
    link(live)
    live.fetch()
    link(live, version='"202410"')
    refused = live.fetch(hours=1)

    assert (refused.status, refused.same) == ("failed", 17)
    assert "raise version, which is 202410" in refused.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    link(live)
    live.demo.limit("linkedin", 0, seconds=600)
    refused = live.fetch()

    assert (refused.status, refused.cause) == ("failed", Cause.RATE_LIMITED)
