from __future__ import annotations

import json
from dataclasses import replace

import pytest

from demo.brand import accounts
from forecourt.connectors import EVER, advance
from forecourt.connectors.foursquare import VERSION, Foursquare
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Kind, Post, Secret
from tests.connectors.conftest import Live
from tests.connectors.talks import Aside, Page, Refusal, Samples, Talk, answer

NANTES = Foursquare(place="5f3c1a90b27d4e1a6c0d9e21", token=Secret("service-key-0001"))
TIPS = f"https://places-api.foursquare.com/places/{NANTES.place}/tips"
IDS = answer("foursquare/ids.json", TIPS)
MORE_THAN_ASKED = answer("foursquare/all-fields.json", TIPS)

TALKS = (
    Talk(NANTES, (IDS,)),
    Talk(NANTES, (MORE_THAN_ASKED,)),
    Talk(replace(NANTES, title="Ein Tipp"), (IDS,)),
)


def test_a_tip_becomes_a_link_and_nothing_else() -> None:
    first = TALKS[0].batch().posts[0]

    assert first == Post(
        id="6920aa01e4b0c3f2d1a00010",
        source="source",
        kind=Kind.REVIEW,
        permalink="https://foursquare.com/item/6920aa01e4b0c3f2d1a00010",
        title="A tip on Foursquare",
    )


def test_of_what_may_not_be_kept_nothing_is_asked_for_and_nothing_is_kept() -> None:
    """Both ways of writing a date are in this answer, and neither is read: a date may not be kept."""
    (request,) = TALKS[1].requests()
    kept = TALKS[1].batch().posts

    assert request.url == f"{TIPS}?limit=50&sort=NEWEST&fields=fsq_tip_id"
    assert [(post.id, post.text, post.html, post.published, post.media, post.engagement.likes) for post in kept] == [
        ("6916bb02e4b0c3f2d1a00009", "", "", None, (), None), ("67b2aa07e4b0c3f2d1a00004", "", "", None, (), None)
    ]  # fmt: skip


def test_the_version_and_a_bearer_key_go_with_every_request() -> None:
    headers = TALKS[0].requests()[0].headers

    assert headers["X-Places-Api-Version"] == VERSION == "2025-06-17"
    assert headers["authorization"] == "Bearer service-key-0001"


def test_the_operator_says_what_stands_for_the_words() -> None:
    assert {post.title for post in TALKS[2].batch().posts} == {"Ein Tipp"}


def test_a_tip_without_an_id_is_rejected_by_itself() -> None:
    assert TALKS[0].batch().rejected == ("tip 3: it has no fsq_tip_id",)


def test_fewer_than_fifty_are_all_that_there_are() -> None:
    fifty = json.dumps([{"fsq_tip_id": str(number)} for number in range(50)]).encode()

    assert TALKS[0].batch().window == EVER
    assert Talk(NANTES, (answer(fifty, TIPS),)).batch().window is None


def test_every_poll_is_one_request() -> None:
    assert Foursquare.terms.recheck is None
    assert Talk(NANTES, (IDS,), since=TALKS[0].batch().since).batch() == TALKS[0].batch()


def test_its_terms_let_nothing_be_copied_and_ask_the_operator_first() -> None:
    terms = Foursquare.terms

    assert (terms.enabled, terms.syndicate, terms.index, terms.pictures) == (False, False, False, False)
    assert terms.credit == "Powered by Foursquare"


def test_an_answer_that_is_no_list_is_no_answer() -> None:
    with pytest.raises(BadData, match="no list of tips"):
        advance(NANTES, "source", "", (answer(b'{"results": []}', TIPS),))


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (400, Cause.BAD_DATA), (401, Cause.AUTH_DEAD), (403, Cause.PERMISSION), (404, Cause.NOT_FOUND),
        (429, Cause.RATE_LIMITED), (502, Cause.TRANSIENT),
    ],
)  # fmt: skip
def test_the_status_tells_what_is_wrong(status: int, cause: Cause) -> None:
    with pytest.raises(PlatformError, match="Foursquare says: No") as refused:
        advance(NANTES, "source", "", (answer(b'{"message": "No."}', TIPS, status),))
    assert refused.value.cause is cause


@pytest.mark.parametrize(
    "wrong", [{"place": ""}, {"place": "v/x"}, {"title": " "}, {"site": "x"}, {"server": "x"}]
)
def test_options_that_cannot_be_right_are_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Foursquare(**{"place": "5f", "token": Secret("t")} | wrong)  # type: ignore[arg-type]  # one of them is


SAMPLES: Samples = {
    "foursquare/error-401.json": Refusal(NANTES, 401, Cause.AUTH_DEAD),
    "foursquare/tips-openapi-official.json": Aside("the description of the API"),
    "foursquare/tips.json": Page(NANTES, 2),
}


def link(live: Live, enabled: str | None = "true") -> None:
    live.link(
        "larkwood-foursquare", connector='"foursquare"', server=f'"{live.demo.url}/foursquare"', enabled=enabled,
        place='"5f3c1a90b27d4e1a6c0d9e21"', token='"env:LARKWOOD_FOURSQUARE_TOKEN"',
    )  # fmt: skip


def test_the_demo_is_read_as_the_real_one_would_be(live: Live) -> None:
    link(live)
    first = live.fetch()

    assert (first.status, first.new, first.rejected) == ("new", 8, ())
    second = live.fetch(hours=1)
    assert (second.status, second.same) == ("same", 8)
    assert live.asked == ["GET /foursquare/places/5f3c1a90b27d4e1a6c0d9e21/tips 200"]


def test_nobody_is_asked_before_the_operator_has_said_so(live: Live) -> None:
    link(live, enabled=None)
    off = live.fetch()

    assert (off.status, live.asked, live.posts) == ("off", [], [])
    assert "enabled = true" in " ".join(off.notes)


def test_no_word_of_a_tip_is_in_the_state_of_the_hub(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "foursquare")
    kept = b"".join(path.read_bytes() for path in live.folder.rglob("*") if path.is_file())

    assert account.posts[0].id.encode() in kept
    assert not any(post.text[:30].encode() in kept for post in account.posts)


def test_what_was_deleted_is_gone_after_two_looks(live: Live) -> None:
    link(live)
    live.fetch()
    account = next(account for account in accounts() if account.name == "foursquare")
    live.demo.show(replace(account, posts=account.posts[1:]))

    assert live.look_twice(hours=1).gone == 1


def test_a_key_that_is_taken_away_is_for_a_person_to_replace(live: Live) -> None:
    link(live)
    live.demo.expire("foursquare")
    dead = live.fetch()

    assert dead.cause == Cause.AUTH_DEAD
    assert dead.error is not None
    assert "LARKWOOD_FOURSQUARE_TOKEN" in dead.error


def test_one_who_asks_too_often_waits(live: Live) -> None:
    link(live)
    live.demo.limit("foursquare", 0, seconds=600)

    assert live.fetch().cause == Cause.RATE_LIMITED
