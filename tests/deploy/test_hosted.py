"""What the hosts share: the record of a release, its line in their lists, and an API that is asked with patience."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import stamina

from forecourt.deploy import hosted
from forecourt.deploy.hosted import Api, Record
from forecourt.deploy.records import File, Release
from forecourt.errors import PublishError
from tests.deploy.fakes.hosting import CANARY

AT = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
FILES = tuple(
    File(path, f"{number:064x}", number, "text/html; charset=utf-8", "max-age=60")
    for number, path in enumerate(['a"],["b.html', "ä/index.html", "x.html"])
)
RELEASE = Release("20261123T101500Z-1a2b3c4d", AT, FILES, {"x.html": AT}, {"pages": 2}, (1, 20, 3))


@pytest.mark.parametrize("form", [hosted.written, hosted.packed])
def test_a_record_is_read_as_it_was_written(form: Callable[[Record], bytes]) -> None:
    record = Record(RELEASE, 7, {"x.html": "ab"})
    assert hosted.read(form(record), "the site") == record
    assert form(record) == form(Record(RELEASE, 7, {"x.html": "ab"}))


def test_a_record_has_a_line_for_each_file() -> None:
    lines = hosted.written(Record(RELEASE)).decode().splitlines()
    assert [path in line for path, line in zip(["b.html", "ä/index.html", "x.html"], lines, strict=True)] == [
        True
    ] * 3


@pytest.mark.parametrize("data", [b"", b"{}", b"<html>", b"\x78\x9cbroken", b'{"release": 3}'])
def test_what_is_no_record_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(PublishError, match=r"forecourt\.release of the site cannot be read: .*publish again"):
        hosted.read(data, "the site")


def test_a_release_is_found_by_its_line() -> None:
    assert hosted.title(RELEASE) == "Forecourt 20261123T101500Z-1a2b3c4d: 1 new, 20 changed, 3 gone"
    assert hosted.from_title(hosted.title(RELEASE)) == Release(RELEASE.id, AT, (), changed=(1, 20, 3))


@pytest.mark.parametrize(
    "text", [None, "", "by hand", "Forecourt 2026", "Re: Forecourt 20261123T101500Z-1a: 1 new"]
)
def test_a_line_of_somebody_else_is_no_release(text: str | None) -> None:
    assert hosted.from_title(text) is None


def test_releases_are_listed_once_and_the_newest_first() -> None:
    older = Release("20261122T101500Z-00000000", AT - timedelta(days=1), ())
    bare = Release(RELEASE.id, AT, ())
    assert hosted.listed([older, bare, older], RELEASE) == [RELEASE, older]
    assert hosted.listed([older], RELEASE) == [older]


def test_the_staged_folder_holds_what_it_is_told_and_nothing_else(tmp_path: Path) -> None:
    output, staged = tmp_path / "output", tmp_path / "staged"
    (output / "news").mkdir(parents=True)
    (output / "news/a.html").write_text("a")
    staged.mkdir()
    (staged / "stale").write_text("of the last time")
    hosted.stage(staged, [File("news/a.html", "", 1, "", "")], output, {"_headers": b"h", "old/b.css": b"b"})
    found = {
        path.relative_to(staged).as_posix(): path.read_text() for path in staged.rglob("*") if path.is_file()
    }
    assert found == {"news/a.html": "a", "_headers": "h", "old/b.css": "b"}
    assert (staged / "news/a.html").stat().st_ino == (output / "news/a.html").stat().st_ino, (
        "a link, not a copy"
    )


def test_what_is_staged_again_never_writes_into_the_output(tmp_path: Path) -> None:
    output, staged = tmp_path / "output", tmp_path / "staged"
    output.mkdir()
    first = [File(path, "", 1, "", "") for path in ("a.html", "b.html", "c.html")]
    for file in first:
        (output / file.path).write_text("old")
    hosted.stage(staged, first, output, {"d/e.html": b"e"})
    (output / "new").write_text("new")
    (output / "new").replace(output / "b.html")  # as a build does
    hosted.stage(staged, first[:2], output, {"c.html": b"kept", "d": b"a file now"})
    assert (output / "c.html").read_text() == "old"
    found = {path.relative_to(staged).as_posix(): path.read_text() for path in staged.rglob("*")}
    assert found == {"a.html": "old", "b.html": "new", "c.html": "kept", "d": "a file now"}


def test_a_file_that_is_not_in_the_output_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        PublishError, match=r"gone\.html cannot be made ready for publishing: .*build and publish again"
    ):
        hosted.stage(tmp_path / "staged", [File("gone.html", "", 1, "", "")], tmp_path, {})


def test_a_disk_without_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refused)
    (tmp_path / "a.html").write_text("a")
    hosted.stage(tmp_path / "staged", [File("a.html", "", 1, "", "")], tmp_path, {})
    assert (tmp_path / "staged/a.html").read_text() == "a"


@pytest.fixture
def quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


def api(*answers: httpx.Response | Exception) -> Api:
    """An API that gives these answers, and the last of them from then on."""
    left = [*answers]

    def handle(_: httpx.Request) -> httpx.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.Client(transport=httpx.MockTransport(handle), base_url="https://host.example")
    return Api("The host", client, [CANARY], {404: "look for it elsewhere"})


@pytest.mark.usefixtures("quick")
def test_what_fails_in_passing_is_asked_again() -> None:
    asked = api(
        httpx.ConnectError("no way"), httpx.Response(500), httpx.Response(429), httpx.Response(200, text="ok")
    )
    assert asked.ask("asking", "GET", "/").text == "ok"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(404), r"The host answered 404 \(Not Found\) when asking: look for it elsewhere"),
        (
            httpx.Response(429, json={"message": "slow"}),
            r"answered 429 \(slow\) when asking: it asks to be left alone",
        ),
        (
            httpx.Response(503, json={"errors": []}),
            r"answered 503 .*: run again, and look at the status page",
        ),
        (httpx.Response(400, json=["odd"]), "answered 400"),
        (httpx.Response(400, json={"errors": [{"message": f"bad {CANARY} at\n all"}]}), r"\(bad … at all\)"),
        (
            httpx.ConnectError(f"with {CANARY}"),
            r"cannot be reached \(with …\): asking failed; the site is as it was",
        ),
    ],
)
def test_a_refusal_is_a_sentence(answer: httpx.Response | Exception, sentence: str) -> None:
    with pytest.raises(PublishError, match=sentence) as caught:
        api(answer).ask("asking", "GET", "/")
    assert CANARY not in str(caught.value)
    assert caught.value.exitcode == 5


def test_what_is_not_the_api_is_said_to_be_so() -> None:
    with pytest.raises(PublishError, match="look whether the option server is right"):
        api(httpx.Response(200, text="<html>")).get("asking", "/", dict)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, True),
        ({"Retry-After": "7"}, 7.0),
        ({"X-RateLimit-Reset": "1795428930", "Date": "Mon, 23 Nov 2026 10:15:00 GMT"}, 31.0),
        ({"X-RateLimit-Reset": "1795428930"}, True),
        ({"X-RateLimit-Reset": "1795428930", "Date": "soon"}, True),
        ({"Retry-After": "3600"}, False),
    ],
)
def test_a_host_that_names_a_moment_is_left_alone_until_then(
    headers: dict[str, str], wait: bool | float
) -> None:
    assert hosted._pause(hosted._Later(httpx.Response(429, headers=headers))) == wait


def test_a_mistake_of_ours_is_not_tried_again() -> None:
    assert hosted._pause(ValueError()) is False


def test_what_is_said_is_one_short_line_without_secrets() -> None:
    said = hosted.cleaned(f"cannot\n push to https://x:{CANARY}@git.example/hub.git {'x' * 400}", [])
    assert said.startswith("cannot push to https://…@git.example/hub.git xxx")
    assert len(said) <= 301


def test_a_secret_with_a_line_break_is_refused_before_a_header_quotes_it() -> None:
    with pytest.raises(PublishError, match="TOKEN in the environment has characters that none has") as caught:
        hosted.secret({"TOKEN": f"{CANARY}\nmore"}, "TOKEN", "there")
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert hosted.secret({"TOKEN": f" {CANARY}\n"}, "TOKEN", "there") == CANARY


def test_all_but_the_live_release_go_also_where_the_host_does_not_list_that_yet() -> None:
    older = [(number, Release(f"2026112{number}T101500Z-0000000{number}", AT, ())) for number in (2, 1, 0)]
    gone: list[int] = []
    hosted.let_go(iter(older), 1, RELEASE.id, gone.append)
    assert gone == [2, 1, 0]
    gone.clear()
    hosted.let_go(iter([(3, RELEASE), *older]), 1, RELEASE.id, gone.append)
    assert gone == [2, 1, 0]
    gone.clear()
    hosted.let_go(iter([(3, RELEASE), *older]), 3, RELEASE.id, gone.append)
    assert gone == [0]


def test_what_is_leaving_and_stands_in_the_way_is_named() -> None:
    paths = ["a", "a/index.html", "b", "b/c/index.html", "old/x.css"]
    files = tuple(File(path, "", 1, "", "") for path in paths)
    leaving = dict.fromkeys(["a", "b/c/index.html", "old/x.css"], AT)
    assert hosted.in_the_way(Release("", AT, files, leaving)) == {"a", "b/c/index.html"}


def test_what_we_say_to_a_host_is_never_written_into_the_output(tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    (output / "_redirects").write_text("/old /new\n")
    made = hosted.joined(output, "_redirects", "/posts/a/ /posts/b/ 301\n")
    hosted.stage(tmp_path / "staged", [File("_redirects", "", 1, "", "")], output, made)
    assert (output / "_redirects").read_text() == "/old /new\n"
    assert (tmp_path / "staged/_redirects").read_text() == "/posts/a/ /posts/b/ 301\n/old /new\n"
    assert hosted.joined(output, "_headers", "") == {}
