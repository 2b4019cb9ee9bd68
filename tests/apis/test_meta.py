from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from forecourt import apis
from forecourt.apis import meta
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Kind, Post, Secret
from forecourt.talk import Request, Response

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAGE = "https://graph.example/v26.0/1/posts"


def response(document: object, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(PAGE, json.dumps(document).encode(), named, status, NOW)


def refused(error: object, status: int = 400, usage: str = "{}") -> PlatformError:
    with pytest.raises(PlatformError) as raised:
        meta.checked(response({"error": error}, status, x_business_use_case_usage=usage), "Facebook")
    return raised.value


@pytest.mark.parametrize(
    ("code", "subcode", "cause"),
    [
        (1, None, Cause.TRANSIENT), (2, None, Cause.TRANSIENT), (4, None, Cause.RATE_LIMITED),
        (32, None, Cause.RATE_LIMITED), (613, None, Cause.RATE_LIMITED), (80001, None, Cause.RATE_LIMITED),
        (10, None, Cause.PERMISSION), (200, None, Cause.PERMISSION), (299, None, Cause.PERMISSION),
        (102, None, Cause.AUTH_DEAD), (190, None, Cause.AUTH_DEAD), (190, 463, Cause.AUTH_DEAD),
        (190, 460, Cause.AUTH_DEAD), (100, 33, Cause.NOT_FOUND), (100, None, Cause.BAD_DATA),
        (803, None, Cause.NOT_FOUND), (368, None, Cause.BLOCKED), (99999, None, Cause.BAD_DATA),
    ],
)  # fmt: skip
def test_the_code_says_what_is_wrong(code: int, subcode: int | None, cause: Cause) -> None:
    error = refused({"message": "No.", "code": code, "error_subcode": subcode})

    assert (error.cause, str(error)) == (cause, "Facebook says: No.")


@pytest.mark.parametrize(
    ("error", "status", "cause"),
    [
        ({"message": "Wait.", "code": 5, "is_transient": True}, 400, Cause.TRANSIENT),
        ({"message": "Who?", "code": 5}, 401, Cause.AUTH_DEAD),
        ({"message": "An active access token must be used", "code": 2500}, 400, Cause.AUTH_DEAD),
        ({"message": "Unknown path components: /x", "code": 2500}, 400, Cause.BAD_DATA),
        ("what?", 401, Cause.AUTH_DEAD),
        ("what?", 500, Cause.TRANSIENT),
        ({"message": "In a good answer.", "code": 190}, 200, Cause.AUTH_DEAD),
    ],
)
def test_what_has_no_code_of_its_own(error: object, status: int, cause: Cause) -> None:
    assert refused(error, status).cause is cause


@pytest.mark.parametrize(
    ("header", "until"),
    [
        (
            '{"1":[{"estimated_time_to_regain_access":9},{"estimated_time_to_regain_access":4}]}',
            timedelta(minutes=9),
        ),
        ('{"1":[{"estimated_time_to_regain_access":99999}]}', timedelta(hours=25)),
        ('{"1":[{"estimated_time_to_regain_access":0}]}', None),
        ("{", None),
        ("[" * 100_000, None),
        ('{"1":"x"}', None),
    ],
)
def test_when_it_may_be_asked_again(header: str, until: timedelta | None) -> None:
    error = refused({"message": "Slow.", "code": 32}, usage=header)

    assert error.retry_at == (NOW + until if until else None)


def ask(after: str | None) -> Request:
    return apis.get(PAGE, {"after": after})


def walked(*pages: Response, most: int = 5, newest: datetime | None = None) -> tuple[list[str], meta.Walk]:
    """The addresses that were asked, and what came of the walk."""
    walk = meta.walk(ask, "Facebook", most, "created_time", newest)
    asked = [next(walk).url]
    try:
        for page in pages:
            asked.append(walk.send(page).url)  # noqa: PERF401 - a comprehension would lose what was asked before the end
    except StopIteration as done:
        found: meta.Walk = done.value
        return asked, found
    raise AssertionError(f"it goes on to ask {asked[-1]}")


def page(*days: int, after: str = "", usage: str = "{}") -> Response:
    items = [{"id": str(day), "created_time": f"2026-11-{day:02}T00:00:00+0000"} for day in days]
    paging = {"cursors": {"after": after}, "next": "https://evil.example/?access_token=x"} if after else {}
    return response({"data": items, "paging": paging}, x_app_usage=usage)


def test_pages_follow_by_their_cursor() -> None:
    asked, found = walked(page(9, 8, after="A"), page(after="B"), page(7))

    assert asked == [PAGE, f"{PAGE}?after=A", f"{PAGE}?after=B"]
    assert ([item.text("id") for item in found.items], found.ended) == (["9", "8", "7"], True)


def test_a_walk_ends_after_so_many_pages_or_in_a_circle() -> None:
    assert not walked(page(9, after="A"), most=1)[1].ended
    assert not walked(page(9, after="A"), page(8, after="A"))[1].ended


def test_a_walk_ends_at_what_is_known() -> None:
    asked, found = walked(page(9, 8, 7, after="A"), newest=datetime(2026, 11, 8, tzinfo=UTC))

    assert (len(asked), [item.text("id") for item in found.items]) == (1, ["9"])


def test_a_walk_ends_where_it_is_time_to_slow_down() -> None:
    _, found = walked(page(9, after="A", usage='{"call_count": 80}'))

    assert (found.busy, found.ended, len(found.items)) == (True, False, 1)


@pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {}}, []])
def test_a_page_without_a_list_is_none(document: object) -> None:
    with pytest.raises(BadData, match="Facebook sent an answer without a list"):
        walked(response(document))


POST = Post("1", "source", Kind.NOTE, "https://facebook.example/1", published=NOW)


def test_an_answer_that_cannot_be_read_costs_itself() -> None:
    def make(item: apis.Data, post: Post) -> list[Post]:
        return [Post(item.need("id"), "source", Kind.REPLY, "", in_reply_to=post.permalink)]

    walk = meta.answers([POST], lambda _: ask(None), make, "Facebook")
    next(walk)
    with pytest.raises(StopIteration) as done:
        walk.send(response({"data": [{"id": "2"}, {}, {"id": "2"}]}))
    replies, threads, notes = done.value.value
    assert ([reply.id for reply in replies], threads, notes) == (["2"], [POST.permalink], [])


def test_a_post_that_is_gone_has_no_answers_and_the_next_one_is_asked() -> None:
    walk = meta.answers([POST, POST], lambda _: ask(None), lambda *_: [], "Facebook")
    next(walk)
    walk.send(response({"error": {"message": "Gone.", "code": 100, "error_subcode": 33}}, 400))
    with pytest.raises(StopIteration) as done:
        walk.send(response({"data": []}))
    assert done.value.value == ([], [POST.permalink], [])


def test_what_is_known_survives_until_the_next_poll() -> None:
    known = meta.Known("7", Author("Lårkwood", "@l", "https://x.example/", ""))
    said = known.with_([POST])

    assert meta.Known.read(said) == meta.Known("7", known.author, NOW)
    assert meta.Known.read(said).with_([]) == said
    assert meta.Known.read(known.with_([])) == known


def test_people_are_found_by_their_names_and_not_in_addresses() -> None:
    plain = "With @inge.sorrel. And mail@larkwood.example, https://x.example/@ada, @ada!"

    assert meta.handles(plain) == ("@inge.sorrel", "@ada")
    assert [mark.href for mark in meta.people(plain, "https://i.example/{}/")] == [
        "https://i.example/inge.sorrel/",
        "https://i.example/ada/",
    ]


def test_a_proof_takes_both_secrets() -> None:
    # The example of RFC 4231, test case 2.
    assert meta.proof(Secret("Jefe"), Secret("what do ya want for nothing?")) == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert meta.proof(None, Secret("x")) is None
    assert meta.proof(Secret("x"), None) is None


@pytest.mark.parametrize("identity", ["../me", "1/2", "1?fields=x", "https://evil.example/", "_1"])
def test_what_becomes_part_of_an_address_is_a_number(identity: str) -> None:
    assert meta.number(apis.Data({"id": "108_9006"})) == "108_9006"
    with pytest.raises(BadData, match="an id that is none"):
        meta.number(apis.Data({"id": identity}))
