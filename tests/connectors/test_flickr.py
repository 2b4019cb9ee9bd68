from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Response, advance
from forecourt.connectors.flickr import Flickr
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Aside, Page, Refusal, Samples, Talk, answer

ACCOUNT = "98127700@N05"
SITE = "https://www.flickr.example"
LARKWOOD = Flickr(ACCOUNT, Secret("flickr-key-1"), site=SITE)
KEYLESS = Flickr(ACCOUNT, site=SITE)
API = "https://api.flickr.com/services/rest/"
PHOTOS = answer("flickr/photos.json", API)
COMMENTS = answer("flickr/comments.json", API)
KNOWN = answer("flickr/known.json", API)
FEED = answer("flickr/feed.rss", "https://api.flickr.com/services/feeds/photos_public.gne")
SINCE = json.dumps({"newest": 1794645000})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(LARKWOOD, (PHOTOS, COMMENTS)),
    Talk(LARKWOOD, (KNOWN,), since=SINCE),
    Talk(LARKWOOD, (KNOWN, COMMENTS), since=json.dumps({"newest": 1793516000})),
    Talk(KEYLESS, (FEED,)),
)


def test_a_photo_becomes_a_post() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="54120077617",
        source="source",
        kind=Kind.PHOTO,
        permalink=f"{SITE}/photos/larkwood/54120077617/",
        title="Lyon, before opening",
        html=(
            f'<p>Five past six &amp; nobody up.<br>See <a href="https://larkwood.example/lyon/" {REL}>the shop</a>.'
            "</p><p><b>Bring a lamp.</b></p>"
            f'<p>Licence: <a href="https://creativecommons.org/licenses/by/4.0/" {REL}>CC BY 4.0</a></p>'
        ),
        text="Five past six & nobody up.\nSee the shop.\n\nBring a lamp.",
        author=Author(
            "Larkwood Archive",
            url=f"{SITE}/photos/larkwood/",
            avatar="https://farm5.staticflickr.com/4068/buddyicons/98127700@N05.jpg",
        ),
        published=datetime(2026, 11, 14, 8, 30, tzinfo=UTC),
        media=(
            Media(
                "image", "https://live.photos.example/65535/54120077617_5f19cb9767_l.jpg", width=1024, height=683
            ),
        ),
        engagement=Engagement(likes=41, comments=2, views=903),
        tags=("lyon", "shop", "window"),
    )  # fmt: skip


def test_what_is_not_public_or_has_nothing_to_show_is_left_out() -> None:
    batch = TALKS[0].batch()

    assert [post.id for post in batch.posts if post.kind is not Kind.REPLY] == [
        "54120077617", "54120077616", "54120077614"
    ]  # fmt: skip
    assert batch.rejected == ("photo 54120077615: it has neither title nor text nor picture",)
    assert (batch.window, batch.since) == (EVER, SINCE)


def test_a_small_photo_is_shown_as_it_was_uploaded() -> None:
    small = TALKS[0].batch().posts[1]

    assert [(one.url[-6:], one.width, one.height) for one in small.media] == [("_o.jpg", 640, 800)]
    assert (small.html, small.tags) == ("", ())


def test_a_film_has_a_picture_that_stands_for_it() -> None:
    film = TALKS[0].batch().posts[2]

    assert film.kind is Kind.VIDEO
    assert film.media == (
        Media(
            "video", film.permalink, width=1024, height=576,
            poster="https://live.photos.example/65535/54120077614_5f19cb9767_l.jpg",
        ),
    )  # fmt: skip


def test_comments_are_kept_with_their_photo() -> None:
    batch = TALKS[0].batch()
    (reply,) = (post for post in batch.posts if post.kind is Kind.REPLY)

    assert (reply.text, reply.author.name) == (
        "I walk past at six.\nNow I know who looks back.", "Éloïse Marchetti"
    )  # fmt: skip
    assert reply.in_reply_to == batch.posts[0].permalink
    assert batch.threads == (batch.posts[0].permalink,)


def test_comments_that_may_not_be_read_cost_a_note() -> None:
    batch = Talk(LARKWOOD, (PHOTOS, answer("flickr/refused.json", API))).batch()

    assert batch.notes == ("comments cannot be read: Flickr says: Photo not found",)
    assert (len(batch.posts), batch.threads) == (3, ())


def test_where_the_number_of_comments_is_unknown_they_are_asked_for() -> None:
    one = json.loads(PHOTOS.body)
    one["photos"]["photo"] = one["photos"]["photo"][:1]
    del one["photos"]["photo"][0]["count_comments"]

    assert len(Talk(LARKWOOD, (answer(json.dumps(one).encode(), API), COMMENTS)).batch().posts) == 2


def test_a_quiet_account_costs_one_request() -> None:
    (request,) = TALKS[1].requests()

    assert "method=flickr.people.getPublicPhotos&api_key=flickr-key-1&user_id=98127700%40N05" in request.url
    assert request.url.endswith("&per_page=50&page=1&format=json&nojsoncallback=1")
    assert (TALKS[1].batch().posts, TALKS[1].batch().since, TALKS[1].batch().window) == ((), SINCE, None)


def test_only_what_was_uploaded_later_is_new() -> None:
    assert [post.id for post in TALKS[2].batch().posts][:1] == ["54120077617"]


def test_pages_are_followed_as_far_as_there_are_any() -> None:
    first = answer(PHOTOS.body.replace(b'"pages": 1', b'"pages": 2'), API)
    asked = Talk(replace(LARKWOOD, replies=False), (first, PHOTOS)).requests()

    assert [request.url.partition("&page=")[2][0] for request in asked] == ["1", "2"]


def test_a_full_page_that_says_nothing_of_others_is_not_the_end() -> None:
    def page(photos: int) -> Response:
        one = json.loads(PHOTOS.body)["photos"]["photo"][0]
        many = [one | {"id": str(1000 + number)} for number in range(photos)]
        return answer(json.dumps({"photos": {"photo": many}, "stat": "ok"}).encode(), API)

    alone = replace(LARKWOOD, replies=False)
    assert Talk(alone, (page(500),)).batch().window == datetime(2026, 11, 14, 8, 30, tzinfo=UTC)
    assert Talk(alone, (page(499),)).batch().window == EVER


def test_more_news_than_pages_are_read_in_larger_pages_the_next_time() -> None:
    more = answer(PHOTOS.body.replace(b'"pages": 1', b'"pages": 9'), API)
    alone = replace(LARKWOOD, replies=False)
    first = Talk(alone, (more,) * 3, since=json.dumps({"newest": 1})).batch()
    then = Talk(alone, (PHOTOS,), since=first.since)

    assert json.loads(first.since) == {"newest": 0}
    assert "per_page=500" in then.requests()[0].url
    assert (then.batch().since, then.batch().window) == (TALKS[0].batch().since, None)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"photos": {}, "stat": "ok"}'])
def test_an_answer_without_a_list_is_no_empty_account(body: bytes) -> None:
    with pytest.raises(BadData, match="sent no list of photos"):
        advance(LARKWOOD, "source", "", (answer(body),))


def test_the_feed_gives_the_same_ids_without_a_key() -> None:
    (post,) = TALKS[3].batch().posts

    assert post.id == TALKS[0].batch().posts[0].id
    assert post.permalink == TALKS[0].batch().posts[0].permalink
    assert post.published == TALKS[0].batch().posts[0].published
    assert (post.html, post.tags) == ("<p>Five past six &amp; nobody up.</p>", ("lyon", "shop", "window"))
    assert TALKS[3].requests()[0].url == (
        "https://api.flickr.com/services/feeds/photos_public.gne?id=98127700@N05&format=rss_200_enc"
    )
    assert TALKS[3].batch().whole


@pytest.mark.parametrize(
    ("code", "cause"),
    [(1, Cause.NOT_FOUND), (100, Cause.AUTH_DEAD), (105, Cause.TRANSIENT), (112, Cause.BAD_DATA)],
)
def test_what_is_wrong_inside_a_200_is_given_its_cause(code: int, cause: Cause) -> None:
    said = answer(json.dumps({"stat": "fail", "code": code, "message": "No."}).encode())

    with pytest.raises(PlatformError, match=r"^Flickr says: No\.$") as refused:
        advance(LARKWOOD, "source", "", (said,))
    assert refused.value.cause is cause


def test_too_many_requests_name_when_to_come_again() -> None:
    busy = answer(b"Too Many Requests", status=429, headers={"retry-after": "60"})

    with pytest.raises(PlatformError) as refused:
        advance(LARKWOOD, "source", "", (busy,))
    assert (refused.value.cause, refused.value.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(minutes=1))


@pytest.mark.parametrize(("option", "value"), [("account", "larkwood"), ("server", "api"), ("site", "")])
def test_wrong_options_are_named(option: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{option} must be"):
        Flickr(**{"account": ACCOUNT, option: value})  # type: ignore[arg-type]  # texts, all of them


def photos_of(*photos: object) -> bytes:
    return json.dumps({"photos": {"photo": photos, "pages": 1}, "stat": "ok"}).encode()


def commented(number: str) -> Callable[[bytes], bytes]:
    return lambda _: photos_of(
        {"id": number, "title": "Commented", "owner": ACCOUNT, "dateupload": "1295288600"}
    )


SAMPLES: Samples = {
    "flickr/CONTACTS_PHOTOS.json": Page(replace(LARKWOOD, replies=False), 1),
    "flickr/PERSON_INFO.json": Aside("a person"),
    "flickr/PHOTO_COMMENTS.json": Page(
        LARKWOOD, 2, before=(answer(commented("5227922370")(b""), API),)
    ),
    "flickr/PHOTO_FAVORITES.json": Aside("who likes a photo"),
    "flickr/PHOTO_INFO.json": Aside("one photo in another shape than in a list"),
    "flickr/error-98.json": Refusal(LARKWOOD, 200, Cause.AUTH_DEAD),
}  # fmt: skip


def linked(live: Live, **options: object) -> None:
    mine = {
        "connector": '"flickr"', "account": f'"{ACCOUNT}"', "token": '"env:LARKWOOD_FLICKR_TOKEN"',
        "server": f'"{live.demo.url}/flickr"', "site": '"https://photos.larkwood.example"',
        "url": None, "network": None, "kind": None,
    }  # fmt: skip
    live.link("larkwood-flickr", **(mine | options))


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    linked(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 19, (), ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 3
    assert live.fetch(hours=1).status == "same"
    assert live.asked == ["GET /flickr/services/rest/ 200"]


def test_a_key_that_is_added_later_finds_the_posts_of_the_feed(live: Live) -> None:
    linked(live, token=None)
    assert live.fetch().new == 16
    assert live.asked == ["GET /flickr/services/feeds/photos_public.gne 200"]
    links = {post.id: post.permalink for post in live.posts}
    linked(live)

    report = live.fetch(hours=1)
    assert (report.new, report.changed) == (3, 16)
    assert {post.id: post.permalink for post in live.posts if post.kind is not Kind.REPLY} == links


def test_a_photo_that_was_taken_down_is_gone_after_the_next_whole_look(live: Live) -> None:
    linked(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "flickr")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 1


def test_a_key_that_ended_is_said_to_whoever_can_give_another(live: Live) -> None:
    linked(live)
    live.demo.expire("flickr")
    report = live.fetch()

    assert (report.status, report.cause) == ("failed", Cause.AUTH_DEAD)
    assert report.error.startswith("Flickr says: Invalid API Key (Key has invalid format); put a new one")


def test_one_who_asks_too_often_waits(live: Live) -> None:
    linked(live)
    live.demo.limit("flickr", 1, seconds=600)

    first = live.fetch()
    assert (first.status, first.notes[0][:24]) == ("new", "comments cannot be read:"), "what was read is kept"
    assert live.fetch(hours=0.1).cause == Cause.RATE_LIMITED
    assert live.fetch(hours=0.11).status == "waiting"
