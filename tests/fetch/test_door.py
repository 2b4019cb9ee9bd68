"""What goes out, and what comes back, over real connections to loopback."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import itertools
import logging
import socket
import time
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from forecourt.connectors import Request
from forecourt.errors import Answered, FetchError, Lost, Refused, TooLarge, TooSlow, Unreachable, Unreadable
from forecourt.fetch import Answer, Door, Guard, Limits, Validators
from tests.fetch.conftest import HANG, Asked, Names, Site

AGENT = "Forecourt/1 (+https://shop.example/hub)"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEED = b"<rss/>"
LIMITS = Limits(deadline=20)
LOOPBACK = ip_network("127.0.0.0/8")
NAMES = Names({"blog.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})


def reply(body: bytes = FEED, status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location: str, status: str = "301 Moved Permanently") -> bytes:
    return reply(b"", status, Location=location)


def ask(
    url: str,
    validators: Validators | None = None,
    *,
    limits: Limits = LIMITS,
    request: Request | None = None,
    allow: str = "127.0.0.0/8",
) -> Answer:
    async def once() -> Answer:
        async with Door(AGENT, Guard([ip_network(allow)]), limits, resolver=NAMES) as door:
            return await door.ask(request or Request(url), validators, now=NOW)

    return asyncio.run(once())


def ask_all(
    wanted: Iterable[str | Request],
    validators: Validators | None = None,
    *,
    limits: Limits = LIMITS,
    polite: bool = True,
    guard: Guard | None = None,
) -> list[Answer | BaseException]:
    requests = [Request(one) if isinstance(one, str) else one for one in wanted]

    async def all_at_once() -> list[Answer | BaseException]:
        async with Door(AGENT, guard or Guard([LOOPBACK]), limits, resolver=NAMES) as door:
            asked = (door.ask(request, validators, now=NOW, polite=polite) for request in requests)
            return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(all_at_once())


def test_an_answer_carries_body_headers_and_validators(site: Site) -> None:
    site.routes["/feed?a=1"] = reply(
        ETag='W/"v 1"', Last_Modified="2025-01-06 10:00 CET?", Content_Type="text/xml"
    )
    url = site.url("/feed?a=1")
    assert ask(url) == Answer(
        status=200,
        url=url,
        body=FEED,
        headers={
            "content-length": "6",
            "etag": 'W/"v 1"',
            "last-modified": "2025-01-06 10:00 CET?",
            "content-type": "text/xml",
        },
        validators=Validators('W/"v 1"', "2025-01-06 10:00 CET?"),
        moved_to="",
        private=True,
    )


def test_a_request_says_who_asks_and_nothing_more(site: Site) -> None:
    site.routes["/"] = reply()
    ask(site.url())
    assert site.asked[0].headers == {
        "host": f"127.0.0.1:{site.port}",
        "user-agent": AGENT,
        "accept": "*/*",
        "accept-encoding": "gzip",
        "connection": "keep-alive",
    }


def test_cookies_are_not_sent_back(site: Site) -> None:
    site.routes["/"] = reply(Set_Cookie="track=1; Path=/")
    ask_all([site.url()] * 3)
    assert not any("cookie" in asked.headers for asked in site.asked)


@pytest.mark.promise(8)
def test_validators_are_sent_back_to_the_byte_and_304_means_unchanged(site: Site) -> None:
    site.routes["/"] = reply(b"", "304 Not Modified")
    sent = Validators('W/"v1-gzip"', "2025-01-06 10:00 CET?")
    answer = ask(site.url(), sent)
    assert (answer.status, answer.body, answer.validators) == (304, b"", sent)
    assert site.asked[0].headers["if-none-match"] == sent.etag
    assert site.asked[0].headers["if-modified-since"] == sent.last_modified


def test_a_validator_that_cannot_be_sent_back_unchanged_is_not_kept(site: Site) -> None:
    site.routes["/"] = reply(ETag='"caf\xe9"')
    assert ask(site.url()).validators == Validators()


def test_304_without_a_condition_is_no_answer(site: Site) -> None:
    site.routes["/"] = reply(b"", "304 Not Modified")
    with pytest.raises(Unreadable, match="was not asked"):
        ask(site.url())


def test_a_post_is_sent_with_its_body(site: Site) -> None:
    site.routes["/api"] = reply(b"{}")
    url = site.url("/api")
    ask(
        url,
        request=Request(
            url, "POST", {"Authorization": "Bearer t", "Content-Type": "application/json"}, b"[1]"
        ),
    )
    asked = site.asked[0]
    assert (asked.method, asked.body, asked.headers["authorization"]) == ("POST", b"[1]", "Bearer t")


@pytest.mark.parametrize(
    ("status", "moved"),
    [
        ("301 Moved Permanently", True),
        ("308 Permanent Redirect", True),
        ("302 Found", False),
        ("303 See Other", False),
        ("307 Temporary Redirect", False),
    ],
)
def test_only_a_permanent_redirect_is_to_be_remembered(site: Site, status: str, moved: bool) -> None:
    site.routes |= {"/old/feed": redirect("../new", status), "/new": reply()}
    answer = ask(site.url("/old/feed"))
    assert answer.url == site.url("/new")
    assert answer.moved_to == (answer.url if moved else "")


@pytest.mark.parametrize("statuses", [("301 x", "302 x"), ("302 x", "301 x")])
def test_one_temporary_redirect_makes_the_whole_chain_temporary(
    site: Site, statuses: tuple[str, str]
) -> None:
    site.routes |= {"/a": redirect("/b", statuses[0]), "/b": redirect("/c", statuses[1]), "/c": reply()}
    assert ask(site.url("/a")).moved_to == ""


@pytest.mark.promise(4)
def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site, figure: Callable[[str], None]) -> None:
    site.routes |= {f"/{hop}": redirect(f"/{hop - 1}") for hop in range(1, 7)} | {"/0": reply()}
    assert ask(site.url("/5")).body == FEED
    followed = len(site.asked) - 1
    with pytest.raises(Refused, match="on and on"):
        ask(site.url("/6"))
    assert "/0" not in [asked.path for asked in site.asked[followed + 1 :]]
    figure(f"{followed} followed")


def test_a_redirect_to_a_part_of_the_same_page_is_a_circle(site: Site) -> None:
    site.routes["/a"] = redirect("/a#top")
    with pytest.raises(Refused, match="circle"):
        ask(site.url("/a"))


def test_a_circle_is_left_at_its_first_turn(site: Site) -> None:
    site.routes |= {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(Refused, match="circle"):
        ask(site.url("/a"))
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    "location",
    [
        *("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/_INFO", "data:text/xml,<rss/>"),
        *("http://2130706433/", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/", "http://169.254.169.254/"),
        *("http://me:secret@127.0.0.1/", "javascript:alert(1)", "http://[::bad/%zz", ""),
    ],
)
def test_a_redirect_reaches_nothing_that_a_plain_address_does_not(site: Site, location: str) -> None:
    site.routes["/"] = redirect(location)
    with pytest.raises((Refused, Unreadable)):
        ask(site.url())
    assert len(site.asked) == 1


def test_a_redirect_to_a_forbidden_neighbour_opens_no_connection(site: Site) -> None:
    site.routes |= {"/": redirect(site.url("/inside", "127.0.0.2")), "/inside": reply()}
    with pytest.raises(Refused):
        ask(site.url(), allow="127.0.0.1/32")
    assert [asked.path for asked in site.asked] == ["/"]


@pytest.mark.promise(18)
def test_a_redirect_does_not_lead_into_an_allowed_network(site: Site, figure: Callable[[str], None]) -> None:
    """What the operator allowed is for addresses that the operator wrote."""
    astray = [
        site.url("/inside", "127.0.0.2"),
        f"http://blog.example:{site.port}/inside",
        "http://127.0.0.1:9/",
    ]
    for location in astray:
        site.routes |= {"/": redirect(location), "/inside": reply()}
        with pytest.raises(Refused, match=r"Nobody linked that address"):
            ask(site.url())
    assert {asked.path for asked in site.asked} == {"/"}
    figure(f"{sum(asked.path == '/inside' for asked in site.asked)} of {len(astray)} reached")


@pytest.mark.promise(20)
def test_tokens_do_not_follow_to_another_host(site: Site, figure: Callable[[str], None]) -> None:
    site.routes |= {
        "/": redirect(f"http://other.example:{site.port}/there"),
        "/there": redirect("/end"),
        "/end": reply(),
    }
    url = f"http://blog.example:{site.port}/"
    request = Request(url, headers={"Authorization": "Bearer t"})
    (answer,) = ask_all([request], Validators('"v1"'), guard=LoopbackIsPublic([LOOPBACK]))
    assert isinstance(answer, Answer)
    assert ["authorization" in asked.headers for asked in site.asked] == [True, False, False]
    assert all(asked.headers["if-none-match"] == '"v1"' for asked in site.asked)
    assert not any({"cookie", "referer"} & asked.headers.keys() for asked in site.asked)
    leaked = sum("authorization" in asked.headers for asked in site.asked[1:])
    figure(f"{leaked} of {len(site.asked) - 1} requests beyond the first host carried the token")


def test_what_we_send_is_not_sent_on_to_another_host(site: Site) -> None:
    site.routes["/"] = redirect(site.url("/there", "127.0.0.2"), "307 Temporary Redirect")
    with pytest.raises(Refused, match="send our data on"):
        ask(site.url(), request=Request(site.url(), "POST", body=b"token=t"))


def test_the_body_of_a_redirect_is_not_read(site: Site) -> None:
    endless = b"HTTP/1.1 301 Moved\r\nLocation: /feed\r\nContent-Length: 99999999\r\n\r\n"
    site.routes |= {"/": endless, "/feed": reply()}
    assert ask(site.url()).body == FEED


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "identity"])
def test_a_packed_body_is_unpacked(site: Site, coding: str) -> None:
    packed = {"deflate": zlib.compress(FEED), "identity": FEED}.get(coding, gzip.compress(FEED))
    site.routes["/"] = reply(packed, Content_Encoding=coding)
    assert ask(site.url()).body == FEED


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(FEED * 100)[:-20],
        gzip.compress(FEED)[:-8],
        gzip.compress(FEED)[:-1] + b"!",
        gzip.compress(FEED) + gzip.compress(FEED),
        FEED,
        b"",
    ],
    ids=["cut", "no checksum", "wrong checksum", "two members", "not packed", "empty"],
)
def test_a_cut_or_corrupt_gzip_body_never_passes_as_whole(site: Site, body: bytes) -> None:
    site.routes["/"] = reply(body, Content_Encoding="gzip")
    with pytest.raises(Unreadable):
        ask(site.url())


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x-klingon"])
def test_a_packing_that_was_not_asked_for_is_not_read(site: Site, coding: str) -> None:
    site.routes["/"] = reply(FEED, Content_Encoding=coding)
    with pytest.raises(Unreadable, match="not asked for"):
        ask(site.url())


def test_a_bomb_is_stopped_at_the_limit(site: Site) -> None:
    site.routes["/"] = reply(gzip.compress(bytes(50 * 1024**2)), Content_Encoding="gzip")
    with pytest.raises(TooLarge, match=r"larger than 10 MiB"):
        ask(site.url())


@pytest.mark.parametrize("coded", [{}, {"Content_Encoding": "gzip"}])
def test_the_limit_itself_still_passes(site: Site, coded: dict[str, str]) -> None:
    body = bytes(1024)
    site.routes["/"] = reply(gzip.compress(body) if coded else body, **coded)
    assert len(ask(site.url(), limits=dataclasses.replace(LIMITS, size=1024)).body) == 1024
    with pytest.raises(TooLarge):
        ask(site.url(), limits=dataclasses.replace(LIMITS, size=1023))


@pytest.mark.promise(3)
def test_a_declared_length_over_the_limit_is_refused_unread(
    site: Site, figure: Callable[[str], None]
) -> None:
    site.routes["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 10995116277760\r\n\r\n"
    started = time.monotonic()
    with pytest.raises(TooLarge):
        ask(site.url())
    assert time.monotonic() - started < 10
    figure("10 TB refused by their header")


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n<rss>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\n<rss/>\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\nConnection: close\r\n\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Length: 7\r\nConnection: close\r\n\r\n<rss/>",
        b"HTTP/1.1 abc What\r\nConnection: close\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2 Connection: close\r\n",
        b"HTTP/1.1 200 OK\r\nX: \xff\x00\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"Content-Length: 6\r\nConnection: close\r\n\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\nX: "
        + b"x" * 40_000
        + b"\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<rss/>",
    ],
    ids=range(10),
)
def test_malformed_http_ends_in_one_sentence(site: Site, raw: bytes) -> None:
    site.routes["/"] = raw
    with pytest.raises((Unreadable, Lost, TooLarge), match=r"127.0.0.1 .*\.$"):
        ask(site.url())


def test_headers_over_the_limit_in_all_are_refused(site: Site) -> None:
    site.routes["/"] = reply(FEED, "200 OK", **{f"X{number}": "x" * 1000 for number in range(40)})
    with pytest.raises(TooLarge, match="headers"):
        ask(site.url())


def test_a_silent_server_costs_the_deadline_and_no_more(site: Site) -> None:
    site.routes["/"] = HANG
    started = time.monotonic()
    with pytest.raises(TooSlow) as caught:
        ask(site.url(), limits=Limits(deadline=0.3))
    assert str(caught.value) == "127.0.0.1 did not answer in full within 0.3 seconds."
    assert time.monotonic() - started < 10


def test_the_deadline_spans_redirects(site: Site) -> None:
    site.delay = 0.2
    site.routes |= {f"/{hop}": redirect(f"/{hop - 1}") for hop in range(1, 6)} | {"/0": reply()}
    with pytest.raises(TooSlow):
        ask(site.url("/5"), limits=Limits(deadline=0.5))


def test_waiting_for_ones_turn_does_not_eat_the_deadline(site: Site) -> None:
    site.delay = 0.3
    site.routes["/"] = reply()
    answers = ask_all([site.url()] * 12, limits=Limits(deadline=3))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert site.most_at_once == 1


class LoopbackIsPublic(Guard):
    """For what is done at public addresses only, of which a test reaches none."""

    def allows(self, _: object) -> bool:
        return False

    def _objection(self, *_: object) -> str:
        return ""

    def of_strangers(self) -> Guard:
        return self


@pytest.mark.promise(12)
def test_polls_of_a_public_host_start_a_second_apart(site: Site, figure: Callable[[str], None]) -> None:
    site.routes |= {"/": redirect("/feed"), "/feed": reply()}
    blog = f"http://blog.example:{site.port}"
    ask_all([f"{blog}/feed", f"{blog}/feed", f"{blog}/"], guard=LoopbackIsPublic([LOOPBACK]))
    starts = sorted(asked.at for asked in site.asked if asked.path == "/feed")
    assert len(starts) == 3
    apart = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert min(apart) > 0.95
    figure(f"{min(apart):.1f} s between starts")


def test_pictures_and_private_hosts_need_not_wait(site: Site) -> None:
    site.routes["/"] = reply()
    started = time.monotonic()
    ask_all([site.url()] * 10)
    ask_all([f"http://blog.example:{site.port}/"] * 10, polite=False)
    assert time.monotonic() - started < 8, "a second apart, ten would take nine"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "give the source a token"),
        (403, "ask its owner"),
        (404, "correct its address"),
        (410, "gone for good"),
        (429, "left alone"),
        (500, "out of order"),
        (503, "left alone"),
        (204, "no content for us"),
        (418, "check the address"),
    ],
)
def test_each_error_status_says_what_to_do(site: Site, status: int, sentence: str) -> None:
    site.routes["/feed?token=hunter2"] = reply(b"", f"{status} x")
    with pytest.raises(Answered, match=rf"^127\.0\.0\.1/feed .*{sentence}") as caught:
        ask(site.url("/feed?token=hunter2"))
    assert caught.value.status == status
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "retry_at"),
    [
        ("120", NOW + timedelta(minutes=2)),
        ("999999999999", NOW + timedelta(days=1)),
        ("9" * 5000, NOW + timedelta(days=1)),
        ("Sun, 22 Nov 2026 13:00:00 GMT", NOW + timedelta(hours=1)),
        ("Sun, 22 Nov 2026 13:00:00 -0000", NOW + timedelta(hours=1)),
        ("Sun, 22 Nov 2099 13:00:00 GMT", NOW + timedelta(days=1)),
        ("Sun, 22 Nov 2020 13:00:00 GMT", None),
        ("soon", None),
        ("-5", None),
        ("0", None),
        ("٣", None),
        ("", None),
    ],
)
def test_retry_after_is_obeyed_for_a_day_at_most(site: Site, text: str, retry_at: datetime | None) -> None:
    site.routes["/"] = reply(b"", "429 x").replace(
        b"\r\n\r\n", b"\r\nRetry-After: " + text.encode() + b"\r\n\r\n"
    )
    with pytest.raises(Answered) as caught:
        ask(site.url())
    assert caught.value.retry_at == retry_at


class Troubled:
    """A server that is in trouble for its first answers; None is a lost connection."""

    def __init__(self, site: Site, *answers: bytes | None) -> None:
        self._answers = iter(answers)
        self.site = site
        site.routes["/"] = self._answer

    def _answer(self, _: Asked) -> bytes:
        answer = next(self._answers)
        if answer is None:
            raise ConnectionResetError
        return answer


BROKEN = reply(b"", "500 Internal Server Error")


@pytest.mark.promise(7)
@pytest.mark.parametrize(
    "trouble", [None, BROKEN, reply(b"", "502 Bad Gateway")], ids=["reset", "500", "502"]
)
def test_a_lost_connection_and_a_server_in_trouble_are_asked_a_second_time(
    site: Site, trouble: bytes | None, figure: Callable[[str], None]
) -> None:
    Troubled(site, trouble, reply())
    assert ask(site.url()).body == FEED
    assert len(site.asked) == 2
    figure(f"{len(site.asked)} requests")


@pytest.mark.promise(7)
def test_there_is_no_third_time_and_none_for_what_a_second_would_not_mend(
    site: Site, figure: Callable[[str], None]
) -> None:
    counts = {}
    for name, answer, hears in [
        ("500", BROKEN, False), ("500 of an API", BROKEN, True), ("reset", None, False),
        ("404", reply(b"", "404 Not Found"), False), ("429", reply(b"", "429 Slow Down"), False),
        ("503 with Retry-After", reply(b"", "503 Busy", Retry_After="120"), False),
    ]:  # fmt: skip
        site.asked.clear()
        Troubled(site, answer, answer, answer)
        request = Request(site.url(), hears_errors=hears)
        (outcome,) = ask_all([request])
        assert isinstance(outcome, Answer) == hears
        counts[name] = len(site.asked)

    assert counts == {"500": 2, "500 of an API": 2, "reset": 2, "404": 1, "429": 1, "503 with Retry-After": 1}
    figure(f"{max(counts.values())} requests at most")


def test_what_changes_something_is_not_sent_twice(site: Site) -> None:
    Troubled(site, None, reply())
    with pytest.raises(Lost):
        ask(site.url(), request=Request(site.url(), "POST", body=b"refresh_token=once"))
    assert len(site.asked) == 1


def test_a_second_try_is_not_begun_without_time_for_it(site: Site) -> None:
    Troubled(site, BROKEN, reply())
    with pytest.raises(Answered):
        ask(site.url(), limits=Limits(deadline=0.9))
    assert len(site.asked) == 1


def test_a_closed_port_and_an_unknown_name_are_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="cannot be reached"):
        ask(f"http://127.0.0.1:{port}/")
    with pytest.raises(Unreachable, match=r"unknown\.example cannot be found: check the spelling"):
        ask("http://unknown.example/")


def test_no_message_shows_a_query_or_breaks_a_line(site: Site) -> None:
    secret = "hunter2"
    path = f"/a%0d%0ab?token={secret}"
    answers: list[bytes | Callable[[Asked], bytes]] = [
        reply(b"", "500 x"),
        redirect(path),
        redirect(f"http://10.0.0.1/?{secret}"),
        redirect(f"file:///?{secret}"),
        redirect(""),
        reply(b"x", Content_Encoding="br"),
        reply(b"x", Content_Encoding="gzip"),
        b"junk connection: close\r\n",
        reply(bytes(2000)),
        HANG,
    ]
    for answer in answers:
        site.routes[path] = answer
        with pytest.raises(FetchError) as caught:
            ask(site.url(path), limits=Limits(deadline=0.3, size=1000))
        assert secret not in str(caught.value)
        assert str(caught.value).isprintable()


def test_no_log_shows_a_query(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.routes["/?token=hunter2"] = reply()
    with caplog.at_level(logging.INFO):
        ask(site.url("/?token=hunter2"))
    assert "hunter2" not in caplog.text


def test_a_cancelled_request_frees_its_turn(site: Site) -> None:
    site.routes |= {"/": HANG, "/feed": reply()}

    async def impatient() -> Answer:
        async with Door(AGENT, Guard([LOOPBACK]), Limits(connections=1)) as door:
            waiting = asyncio.create_task(door.ask(Request(site.url()), now=NOW))
            await asyncio.sleep(0.1)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            return await door.ask(Request(site.url("/feed")), now=NOW)

    assert asyncio.run(impatient()).body == FEED
