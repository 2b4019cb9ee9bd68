"""Pictures from their addresses into the folder, and out of it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from demo import DemoNetworks
from demo.brand import PICTURES
from forecourt.errors import OutputError
from forecourt.media.making import WORKSHOP
from forecourt.store import StoredPicture
from tests.fetched import Desk
from tests.media import drawing

BLOG = "/blog/feed.xml"


@pytest.fixture
def demo() -> Iterator[DemoNetworks]:
    with DemoNetworks(port=0) as networks:
        yield networks


@pytest.fixture
def desk(tmp_path: Path, demo: DemoNetworks, now: datetime) -> Iterator[Desk]:
    desk = Desk(tmp_path, demo.url, now, blog=BLOG)
    yield desk
    desk.store.close()


@pytest.fixture
def posts(demo: DemoNetworks) -> Callable[..., None]:
    """Give the blog these posts: the names of each one's pictures, the first being its author's."""

    def publish(*rows: tuple[str, ...]) -> None:
        items = [
            {
                "id": str(number),
                "content_text": f"Item {number}",
                "authors": [{"name": "A", "avatar": _address(demo.url, face)}] if face else [],
                "attachments": [
                    {"url": _address(demo.url, name), "mime_type": "image/jpeg"} for name in names
                ],
            }
            for number, (face, *names) in enumerate(rows)
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
        demo.misbehave(BLOG, body=json.dumps(feed).encode(), content_type="application/feed+json")

    return publish


def _address(url: str, name: str) -> str:
    return f"{url}/pictures/{name}"


def files(desk: Desk) -> dict[str, int]:
    """The files of pictures, and when each was written."""
    folder = desk.folder / "pictures"
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }


def picture(desk: Desk, name: str) -> StoredPicture:
    found = desk.store.pictures.get(_address(desk.address, name))
    assert found, name
    return found


def test_pictures_and_faces_are_taken_up(desk: Desk, posts: Callable[..., None]) -> None:
    posts(("avatar-lyon.jpg", "room.jpg"))

    assert desk.fetch(pictures=True).pictures_new == 2
    assert picture(desk, "room.jpg").widths == (160, 320, 800)
    assert picture(desk, "avatar-lyon.jpg").widths == (160, 240)
    assert set(files(desk)) == {*picture(desk, "room.jpg").files, *picture(desk, "avatar-lyon.jpg").files}


@pytest.fixture
def copies(demo: DemoNetworks) -> tuple[str, ...]:
    """One picture under several names."""
    names = tuple(f"copy-{number}.jpg" for number in range(4))
    for name in names:
        body = (PICTURES / "room.jpg").read_bytes()
        demo.misbehave(f"/pictures/{name}", status=200, body=body, content_type="image/jpeg")
    return names


def test_equal_pictures_are_made_once_and_shared(
    desk: Desk, posts: Callable[..., None], copies: tuple[str, ...]
) -> None:
    posts(("", *copies[:3]))
    assert desk.fetch(pictures=True).pictures_new == 3
    before = files(desk)
    posts(("", *copies[:3]), ("", copies[3]))
    assert desk.fetch(hours=1, pictures=True).pictures_new == 1

    assert len({picture(desk, name).name for name in copies}) == 1
    assert files(desk) == before, "made anew, or twice"


def test_a_picture_that_no_post_shows_any_more_is_deleted(desk: Desk, posts: Callable[..., None]) -> None:
    posts(("avatar-lyon.jpg", "room.jpg", "fern.jpg"), ("avatar-lyon.jpg", "fern.jpg"))
    desk.fetch(pictures=True)
    posts(("avatar-dubai.jpg", "soup.jpg"), ("avatar-lyon.jpg", "fern.jpg"))
    desk.fetch(hours=1, pictures=True)
    left = {"avatar-dubai.jpg", "soup.jpg", "avatar-lyon.jpg", "fern.jpg"}

    assert set(files(desk)) == {file for name in left for file in picture(desk, name).files}
    assert desk.store.pictures.get(_address(desk.address, "room.jpg")) is None


def test_the_files_of_equal_pictures_stay_while_one_is_shown(
    desk: Desk, posts: Callable[..., None], copies: tuple[str, ...]
) -> None:
    posts(("", copies[0]), ("", copies[1]))
    desk.fetch(pictures=True)
    posts(("", "fern.jpg"), ("", copies[1]))
    report = desk.fetch(hours=1, pictures=True)

    assert (report.pictures_new, report.pictures_notes) == (1, ())

    assert set(files(desk)) == {*picture(desk, "fern.jpg").files, *picture(desk, copies[1]).files}


def test_a_picture_that_is_wanted_again_is_taken_up_again(desk: Desk, posts: Callable[..., None]) -> None:
    for hour, name in enumerate(["room.jpg", "fern.jpg", "room.jpg"]):
        posts(("", name))
        assert desk.fetch(hours=hour, pictures=True).pictures_new == 1

    assert set(files(desk)) == set(picture(desk, "room.jpg").files)


def theme(desk: Desk, widths: list[int]) -> None:
    (desk.folder / "theme").mkdir(exist_ok=True)
    (desk.folder / "theme/theme.toml").write_text(f"[pictures]\nwidths = {widths}\n", encoding="utf-8")


def test_other_widths_are_made_of_what_we_have_when_the_origin_is_gone(
    desk: Desk, demo: DemoNetworks, posts: Callable[..., None]
) -> None:
    posts(("", "room.jpg"))
    desk.fetch(pictures=True)
    before = picture(desk, "room.jpg")
    demo.misbehave("/pictures/room.jpg", status=410)
    theme(desk, [200, 500])
    desk.fetch(hours=1, pictures=True)
    after = picture(desk, "room.jpg")

    assert after.widths == (160, 200, 500)
    assert {*before.files, *after.files} == set(files(desk)), "a page may still show the old ones"
    desk.fetch(hours=2, pictures=True)
    assert set(files(desk)) == set(after.files)
    written = files(desk)
    desk.fetch(hours=3, pictures=True)
    assert files(desk) == written, "made once"


def test_a_picture_of_an_older_program_is_shown_and_made_anew(
    desk: Desk, demo: DemoNetworks, posts: Callable[..., None]
) -> None:
    posts(("", "room.jpg"))
    demo.misbehave("/pictures/room.jpg", status=410)
    desk.fetch(pictures=True)
    old = desk.folder / "pictures/ab/abc.webp"
    old.parent.mkdir(parents=True)
    old.write_bytes(drawing.encoded(drawing.scene(), "WEBP"))
    with desk.store.transaction():
        desk.store.pictures.have(_address(demo.url, "room.jpg"), StoredPicture("ab/abc.webp", 400, 300))
    desk.fetch(hours=1, pictures=True)

    assert picture(desk, "room.jpg").widths == (160, 400)
    desk.fetch(hours=2, pictures=True)
    assert not old.exists()


def test_a_file_of_ours_that_is_damaged_is_fetched_again(desk: Desk, posts: Callable[..., None]) -> None:
    posts(("", "room.jpg"))
    desk.fetch(pictures=True)
    (desk.folder / "pictures" / picture(desk, "room.jpg").largest).write_bytes(b"damaged")
    theme(desk, [500])
    desk.fetch(hours=1, pictures=True)
    desk.fetch(hours=2, pictures=True)

    assert picture(desk, "room.jpg").widths == (160, 500)


def test_what_a_run_left_behind_that_was_killed_is_cleared_away(
    desk: Desk, posts: Callable[..., None]
) -> None:
    posts(("", "room.jpg"))
    desk.fetch(pictures=True)
    kept = files(desk)
    with desk.store.transaction():
        desk.store.pictures.making("ab/half")
    for name in ("ab/half-320.avif", f"{WORKSHOP}/4711-half-320.webp"):
        path = desk.folder / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    desk.fetch(hours=1, pictures=True)

    assert files(desk) == kept


def test_pictures_whose_address_expires_are_asked_for_first(
    desk: Desk, demo: DemoNetworks, posts: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecourt.media.taking._AT_ONCE", 1)
    posts(("", "picnic.jpg", "room.jpg?oe=6A0", "coast.jpg", "fern.jpg?x-expires=9&x-signature=a"))
    desk.fetch(pictures=True)
    asked = [request.path for request in demo.requests if request.path.startswith("/pictures/")]

    assert {path.partition("?")[0] for path in asked[:2]} == {"/pictures/room.jpg", "/pictures/fern.jpg"}
    assert len(asked) == 4


def test_a_folder_that_cannot_be_written_ends_the_run_and_blames_no_picture(
    desk: Desk, posts: Callable[..., None]
) -> None:
    posts(("", "room.jpg"))
    (desk.folder / "pictures").write_bytes(b"")
    with pytest.raises(OutputError, match=r"pictures cannot be written: .*; mend that and fetch again"):
        desk.fetch(pictures=True)
    (desk.folder / "pictures").unlink()

    assert desk.fetch(pictures=True).pictures_new == 1, "it need not wait"


@pytest.mark.promise(42)
def test_svg_from_outside_is_never_kept(
    desk: Desk, demo: DemoNetworks, posts: Callable[..., None], figure: Callable[[str], None]
) -> None:
    drawings = drawing.drawn()
    for number, body in enumerate(drawings.values()):
        demo.misbehave(f"/pictures/{number}.jpg", status=200, body=body, content_type="image/jpeg")
    posts(("", *(f"{number}.jpg" for number in range(len(drawings)))))
    report = desk.fetch(pictures=True)

    assert report.pictures_failed == len(drawings)
    assert "cannot be read" in report.pictures_notes[0]
    assert files(desk) == {}
    figure(f"{report.pictures_failed} of {len(drawings)} refused at the door, whatever they call themselves")
