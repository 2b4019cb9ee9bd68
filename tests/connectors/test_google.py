from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, Grant, advance
from forecourt.connectors.google import Google
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Media, Post, Rating, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, SAMPLES_FOLDER, Aside, Page, Refusal, Samples, Talk, answer

LYON = Google(
    account="1042",
    location="locations/7300",
    token=Secret("hour-token-0001"),
    refresh_token=Secret("refresh-token-0001"),
    client_id="1042-larkwood.apps.example",
    client_secret=Secret("client-secret-0001"),
)
MAPS = "https://maps.example/maps?cid=730041"
NAMED = replace(LYON, place=MAPS, replies=False)
API = "https://mybusiness.googleapis.com/v4/accounts/1042/locations/7300/reviews"
PLACE = answer(
    "google/location.json", "https://mybusinessbusinessinformation.googleapis.com/v1/locations/7300"
)
FIRST = answer("google/reviews-1.json", API)
SECOND = answer("google/reviews-2.json", API)
NEWEST = "2026-11-21T08:05:00+00:00"
SINCE = json.dumps({"place": MAPS, "name": "Larkwood Lyon", "seen": NEWEST})
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(LYON, (PLACE, FIRST, SECOND)),
    Talk(LYON, (FIRST,), since=SINCE),
    Talk(NAMED, (FIRST, SECOND)),
)


def test_a_review_becomes_a_post() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="AbF12",
        source="source",
        kind=Kind.REVIEW,
        permalink=f"{MAPS}#review-AbF12",
        html=(
            "<p>Douze cadeaux &amp; aucune pile.</p>"
            f'<p>Voir <a href="https://larkwood.example/gathering-table/" {REL}>'
            "https://larkwood.example/gathering-table/</a> #TableDeNoël</p>"
        ),
        text=(
            "Douze cadeaux & aucune pile.\n\nVoir https://larkwood.example/gathering-table/ #TableDeNoël"
        ),
        author=Author("Camille R.", "", "", "https://files.maps.example/a/camille=s120"),
        published=datetime(2026, 11, 13, 10, 26, tzinfo=UTC),
        updated=datetime(2026, 11, 20, 17, 12, tzinfo=UTC),
        media=(
            Media("image", "https://files.maps.example/p/gifts=s600"),
            Media(
                "video", "https://files.maps.example/v/table.mp4",
                poster="https://files.maps.example/p/table=s600",
            ),
        ),
        rating=Rating(5),
        tags=("TableDeNoël",),
    )  # fmt: skip


def test_an_answer_of_the_owner_belongs_to_its_review() -> None:
    batch = TALKS[0].batch()
    (reply,) = [post for post in batch.posts if post.kind is Kind.REPLY]

    assert reply == Post(
        id="AbF12/reply",
        source="source",
        kind=Kind.REPLY,
        permalink=f"{MAPS}#review-AbF12",
        html="<p>Merci ! &lt;3</p>",
        text="Merci ! <3",
        author=Author("Larkwood Lyon", "", MAPS),
        published=datetime(2026, 11, 21, 8, 5, tzinfo=UTC),
        in_reply_to=f"{MAPS}#review-AbF12",
    )


def test_reviews_have_addresses_of_their_own_though_all_lead_to_one_page() -> None:
    """An answer that was taken back is missed at its review alone, so every review that came is a thread."""
    batch = TALKS[0].batch()
    reviews = [post for post in batch.posts if post.kind is Kind.REVIEW]

    assert len({post.permalink for post in reviews}) == len(reviews) == 4
    assert {post.permalink.partition("#")[0] for post in reviews} == {MAPS}
    assert batch.threads == tuple(post.permalink for post in reviews)
    assert TALKS[2].batch().threads == ()


def test_only_the_words_of_the_writer_are_taken() -> None:
    reviews = {post.id: post for post in TALKS[0].batch().posts}

    assert reviews["AbF11"].text == "Schöne Schubladen."
    assert reviews["AbF09"].text == "Trente minutes debout."


@pytest.mark.parametrize(
    ("comment", "meant"),
    [
        ("(Translated by Google) Only that", "Only that"),
        ("Nothing translated (Original)", "Nothing translated (Original)"),
        ("  \n", ""),
    ],
)
def test_odd_comments(comment: str, meant: str) -> None:
    review = {"reviewId": "1", "starRating": "ONE", "comment": comment}
    body = json.dumps({"reviews": [review]}).encode()

    assert [post.text for post in Talk(NAMED, (answer(body, API),)).batch().posts] == [meant]


def test_stars_are_words_and_some_reviews_have_none() -> None:
    batch = TALKS[0].batch()

    assert [(post.id, post.rating) for post in batch.posts if post.kind is Kind.REVIEW] == [
        ("AbF12", Rating(5)), ("AbF11", Rating(4)), ("AbF09", None), ("AbF07", Rating(3)),
    ]  # fmt: skip
    assert batch.rejected == ("review 5: it has neither stars nor text",)


def test_a_reviewer_without_a_name_is_called_as_google_calls_them() -> None:
    nameless = next(post for post in TALKS[0].batch().posts if post.id == "AbF09")

    assert nameless.author == Author("A Google user")


def test_an_answer_that_google_still_looks_at_is_left_out() -> None:
    assert "AbF09/reply" not in {post.id for post in TALKS[0].batch().posts}


def test_the_address_of_the_place_is_looked_up_unless_it_is_given() -> None:
    assert [request.url for request in TALKS[0].requests()] == [
        "https://mybusinessbusinessinformation.googleapis.com/v1/locations/7300?readMask=title%2Cmetadata",
        f"{API}?pageSize=50&orderBy=updateTime+desc",
        f"{API}?pageSize=50&orderBy=updateTime+desc&pageToken=rev-tok-2",
    ]
    assert len(TALKS[2].requests()) == 2
    assert TALKS[0].batch().since == SINCE
    with pytest.raises(BadData, match="place ="):
        advance(LYON, "source", "", (answer(b'{"title": "x"}'),))


def test_a_quiet_place_costs_one_request() -> None:
    quiet = TALKS[1]

    assert len(quiet.requests()) == 1
    assert (quiet.batch().posts, quiet.batch().since, quiet.batch().window) == ((), SINCE, None)


def test_a_new_answer_to_an_older_review_is_seen_though_the_review_did_not_change() -> None:
    since = json.dumps({"place": MAPS, "name": "Larkwood Lyon", "seen": "2026-11-20T17:12:00+00:00"})

    assert [post.id for post in Talk(LYON, (FIRST,), since).batch().posts] == ["AbF12", "AbF12/reply"]


def test_it_reads_on_while_all_is_new() -> None:
    since = json.dumps({"place": MAPS, "name": "", "seen": "2026-11-10T00:00:00+00:00"})

    assert {post.id for post in Talk(LYON, (FIRST, SECOND), since).batch().posts} == {
        "AbF12", "AbF12/reply", "AbF11"
    }  # fmt: skip


def test_a_change_that_is_still_to_come_hides_nothing_after_it() -> None:
    review = {"reviewId": "1", "starRating": "ONE", "updateTime": "2098-01-01T00:00:00Z"}
    batch = Talk(NAMED, (answer(json.dumps({"reviews": [review]}).encode(), API),)).batch()

    assert json.loads(batch.since)["seen"] == NOW.isoformat()


def test_a_whole_look_is_complete_back_to_the_oldest_change_that_it_saw() -> None:
    """The list is in the order of changes: a review as new as that, or newer, cannot be further back."""
    more = json.loads(FIRST.body)
    pages = [
        replace(FIRST, body=json.dumps(more | {"nextPageToken": f"token-{number}"}).encode())
        for number in range(10)
    ]

    assert TALKS[0].batch().window == EVER
    assert Talk(NAMED, tuple(pages)).batch().window == datetime(2026, 11, 17, 19, 40, tzinfo=UTC)


def test_a_place_without_reviews_has_an_empty_answer() -> None:
    batch = Talk(NAMED, (answer(b"{}", API),)).batch()

    assert (batch.posts, batch.window) == ((), EVER)


def refused(code: int, /, **error: object) -> PlatformError:
    body = json.dumps({"error": {"code": code, "message": "No.", **error}}).encode()
    with pytest.raises(PlatformError) as raised:
        advance(NAMED, "source", "", (answer(body, API, code),))
    return raised.value


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, "UNAUTHENTICATED", Cause.AUTH_EXPIRED),
        (403, "PERMISSION_DENIED", Cause.PERMISSION),
        (404, "NOT_FOUND", Cause.NOT_FOUND),
        (400, "INVALID_ARGUMENT", Cause.BAD_DATA),
        (503, "UNAVAILABLE", Cause.TRANSIENT),
    ],
)
def test_the_status_in_the_body_tells_what_is_wrong(status: int, code: str, cause: Cause) -> None:
    assert refused(status, status=code).cause is cause


def test_the_pause_that_google_names_is_kept() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
    busy = refused(429, status="RESOURCE_EXHAUSTED", details=[info])

    assert (busy.cause, busy.retry_at) == (Cause.RATE_LIMITED, NOW + timedelta(seconds=34.5))


def test_no_quota_at_all_means_that_access_was_not_granted() -> None:
    info = {"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit_value": "0"}}

    assert refused(429, status="RESOURCE_EXHAUSTED", details=[info]).cause is Cause.PERMISSION


def test_the_token_of_an_hour_is_renewed_by_the_one_that_stays() -> None:
    renewal = LYON.renew(None)
    request = next(renewal)

    assert (request.method, request.url) == ("POST", "https://oauth2.googleapis.com/token")
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["refresh-token-0001"],
        "client_id": ["1042-larkwood.apps.example"],
        "client_secret": ["client-secret-0001"],
    }
    with pytest.raises(StopIteration) as done:
        renewal.send(answer("google/token.json", request.url))
    assert done.value.value == Grant(
        Secret("renewed-token-0001"), NOW + timedelta(seconds=3599), Secret("refresh-token-0001")
    )


def test_a_revoked_refresh_token_is_for_a_person_to_replace() -> None:
    renewal = LYON.renew(Grant(Secret("old"), refresh=Secret("newer-refresh-token")))
    assert b"newer-refresh-token" in next(renewal).body

    revoked = answer(b'{"error": "invalid_grant", "error_description": "Revoked."}', status=400)
    with pytest.raises(PlatformError, match="Revoked") as refused:
        renewal.send(revoked)
    assert refused.value.cause is Cause.AUTH_DEAD


@pytest.mark.skipif(not SAMPLES_FOLDER.is_dir(), reason="the samples are not beside this checkout")
def test_the_sample_of_a_revoked_refresh_token_is_understood() -> None:
    body = (SAMPLES_FOLDER / "google-common/error-oauth-invalid-grant.json").read_bytes()
    renewal = LYON.renew(None)
    next(renewal)

    with pytest.raises(PlatformError) as refused:
        renewal.send(answer(body, status=400))
    assert refused.value.cause is Cause.AUTH_DEAD


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("account", "accounts/1/2"), ("location", ""), ("place", "Lyon"), ("server", "x"), ("information", "x"),
        ("login", "x"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_right_are_named(name: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=name):
        Google(**{"account": "1", "location": "2", "token": Secret("t"), name: wrong})  # type: ignore[arg-type]  # one of them is


def test_it_wants_a_token_or_what_renews_one() -> None:
    assert not Google(account="1", location="2", token=Secret("t")).renews
    with pytest.raises(ValueError, match="refresh_token must be given with"):
        Google(account="1", location="2", refresh_token=Secret("t"), client_id="x")


def last_page(body: bytes) -> bytes:
    """The sample without its word of a next page, which is not among the samples."""
    document = json.loads(body)
    document.pop("nextPageToken")
    return json.dumps(document).encode()


@pytest.mark.parametrize("body", [b"{}", b'{"totalReviewCount": 0}', b'{"reviews": []}'])
def test_a_place_without_reviews_leaves_them_out(body: bytes) -> None:
    batch = Talk(NAMED, (answer(body),)).batch()

    assert (batch.posts, batch.window) == ((), EVER)


@pytest.mark.parametrize("body", [b"[]", b'{"reviews": {}, "totalReviewCount": 1}', b'{"status": "strange"}'])
def test_an_answer_without_a_list_is_no_place_without_reviews(body: bytes) -> None:
    with pytest.raises(BadData, match="sent no list of reviews"):
        advance(NAMED, "source", "", (answer(body),))


SAMPLES: Samples = {
    "google-business-profile/reviews-list.json": Page(LYON, 3, before=(PLACE,), body=last_page),
    "google-common/error-401-unauthenticated.json": Refusal(LYON, 401, Cause.AUTH_EXPIRED),
    "google-common/error-oauth-invalid-grant.json": Aside("of the token endpoint; a test above reads it"),
}


def link(live: Live, **options: object) -> None:
    server = f'"{live.demo.url}/google"'
    said: dict[str, object] = {
        "connector": '"google"', "server": server, "information": server, "login": server,
        "account": '"104200000000000000001"', "location": '"7300000000000000001"',
        "token": '"env:LARKWOOD_GOOGLE_TOKEN"', "refresh_token": '"env:LARKWOOD_GOOGLE_REFRESH"',
        "client_id": '"104200000001-larkwood.apps.googleusercontent.example"',
        "client_secret": '"env:LARKWOOD_GOOGLE_SECRET"',
    }  # fmt: skip
    live.link("larkwood-google", **said | options)


REVIEWS = "GET /google/v4/accounts/104200000000000000001/locations/7300000000000000001/reviews"


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 16, ())
    assert sum(post.kind is Kind.REPLY for post in live.posts) == 4
    assert live.asked == ["GET /google/v1/locations/7300000000000000001 200", *[f"{REVIEWS} 200"] * 3]
    assert "Translated by Google" not in "".join(post.text for post in live.posts)
    assert live.fetch(hours=1).status == "same"
    assert live.asked == [f"{REVIEWS} 200"]


def test_an_ended_token_is_renewed_and_its_end_is_no_end(live: Live) -> None:
    link(live)
    live.demo.expire("google")
    first = live.fetch()

    assert (first.status, first.new, first.notes) == ("new", 16, ())
    assert live.asked[:2] == ["GET /google/v1/locations/7300000000000000001 401", "POST /google/token 200"]
    assert live.fetch(hours=2).status == "same"
    assert live.asked == ["POST /google/token 200", f"{REVIEWS} 200"]


def test_a_hub_with_a_refresh_token_alone_gets_its_first_token_by_itself(live: Live) -> None:
    link(live, token=None)

    assert live.fetch().new == 16
    assert live.asked[0] == "POST /google/token 200"


def test_when_all_is_revoked_a_person_is_asked(live: Live) -> None:
    link(live)
    live.demo.revoke("google")
    dead = live.fetch()

    assert dead.cause == Cause.AUTH_DEAD
    assert dead.error is not None
    assert "Token has been expired or revoked" in dead.error
    assert "LARKWOOD_GOOGLE_REFRESH" in dead.error


def test_a_deleted_review_and_a_withdrawn_answer_are_gone_after_the_next_whole_look(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "google")
    first, second, *rest = account.posts
    live.demo.show(replace(account, posts=(replace(first, answers=()), *rest)))

    assert live.fetch(hours=1).gone == 0
    assert live.look_twice(hours=25).gone == 2
    assert {second.id, f"{first.id}/reply"}.isdisjoint(post.id for post in live.posts)


def test_reviews_are_kept_for_thirty_days_after_they_were_last_read(live: Live) -> None:
    link(live)
    live.fetch()

    assert {post.display_until for post in live.posts} == {NOW + timedelta(days=30)}


def test_one_who_asks_too_often_waits_as_long_as_google_says(live: Live) -> None:
    link(live)
    live.demo.limit("google", 1, seconds=600)
    refused = live.fetch()

    assert refused.cause == Cause.RATE_LIMITED
    assert refused.error is not None
    assert "from 2026-11-22 09:10 UTC on" in refused.error or "09:09" in refused.error
