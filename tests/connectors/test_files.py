from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from forecourt import config
from forecourt.accounts import link
from forecourt.connectors import EVER, Batch, Response, advance
from forecourt.connectors.files import Files
from forecourt.ingest import fetch
from forecourt.model import Author, Engagement, Kind, Media, Post
from forecourt.store import Store
from tests.conftest import ROOT
from tests.connectors.conftest import Live
from tests.connectors.talks import NOW, Talk, answer

ADDRESS = "folder:content/files/nextdoor"
NEXTDOOR = Files("content/files/nextdoor", "nextdoor", author="Larkwood Lyon", timezone="Europe/Paris")
FOLDER = answer("files/folder.json", ADDRESS)
REL = 'rel="nofollow ugc noopener"'

TALKS = (
    Talk(NEXTDOOR, (FOLDER,)),
    Talk(Files("content/files/a b/", "whatsapp", kind="note", month_first=True), (FOLDER,)),
)


def read(
    files: Mapping[str, str], connector: Files = NEXTDOOR, pictures: Mapping[str, str] | None = None
) -> Batch:
    body = json.dumps({"files": files, "pictures": pictures or {}}).encode()
    batch = advance(connector, "source", "", (Response(ADDRESS, body, {}, 200, NOW),))
    assert isinstance(batch, Batch)
    return batch


def one(files: Mapping[str, str], connector: Files = NEXTDOOR) -> Post:
    (post,) = read(files, connector).posts
    return post


def test_it_asks_for_its_folder_and_nothing_else() -> None:
    assert [request.url for request in TALKS[0].requests()] == [ADDRESS]
    assert [request.url for request in TALKS[1].requests()] == ["folder:content/files/a%20b"]


def test_a_line_becomes_a_post() -> None:
    (post,) = (post for post in TALKS[0].batch().posts if post.id == "1003")

    assert post == Post(
        id="1003",
        source="source",
        kind=Kind.PHOTO,
        permalink="",
        html=(
            f'<p>The table is laid, see <a href="https://larkwood.example/gathering-table/" {REL}>'
            "https://larkwood.example/gathering-table/</a></p>"
        ),
        text="The table is laid, see https://larkwood.example/gathering-table/",
        author=Author("Larkwood Lyon"),
        published=datetime(2026, 11, 12, 8, 15, tzinfo=UTC),
        media=(Media("image", "folder:content/files/nextdoor/gift.jpg#0b0b0b0b0b0b", "Wrapped presents"),),
        engagement=Engagement(likes=12),
    )


def test_a_cell_may_have_lines_and_a_number_its_dots() -> None:
    (post,) = (post for post in TALKS[0].batch().posts if post.id == "1001")

    assert post.html == (
        "<p>Winter hours: Thursdays until nine.<br>Closed on 25 and 26 December. #WinterHours</p>"
    )
    assert post.published == datetime(2026, 11, 16, 8, 5, tzinfo=UTC)
    assert post.engagement == Engagement(likes=1204, comments=3)
    assert post.tags == ("WinterHours",)


def test_a_note_becomes_a_post_and_keeps_nothing_of_a_word_processor() -> None:
    (note,) = (post for post in TALKS[0].batch().posts if post.id == "bench-sale")

    assert note == Post(
        id="bench-sale",
        source="source",
        kind=Kind.PHOTO,
        permalink="https://nextdoor.example/p/bench",
        title="Winter: last places at the bench",
        html="<p>Six stools are still free on <strong>Thursday</strong>.</p>\n<p>Come</p>",
        text="Six stools are still free on Thursday.\n\nCome",
        lang="en",
        author=Author("Larkwood Lyon"),
        published=datetime(2026, 11, 16, 8, tzinfo=UTC),
        media=(
            Media(
                "image", "folder:content/files/nextdoor/bench.jpg#0a0a0a0a0a0a", "Six stools at a workbench"
            ),
            Media("image", "folder:content/files/nextdoor/Night.JPG#0c0c0c0c0c0c", "The bench at night"),
        ),
        tags=("bench", "Lyon"),
    )


def test_what_is_wrong_loses_itself_alone_and_is_named_by_file_and_line() -> None:
    batch = TALKS[0].batch()

    assert [post.id for post in batch.posts] == ["1001", "bench-sale", "1004", "1003"]
    assert batch.rejected == (
        'broken.md: line 2: it cannot be read; a value with a colon in it stands in quotes, as in title: "Winter: now"',
        'misspelt.md: "pictur" is not known; did you mean "picture"?',
        'november.csv line 4: its date "31.02.2026" is none that we know; write it as 2026-11-16 09:00',
        'november.csv line 8: its link "not an address" is no web address; it begins with https://',
        "november.csv line 9: it has neither text nor picture",
    )
    assert batch.notes == ("november.csv line 6: there is no picture nowhere.jpg in the folder",)
    assert (batch.window, batch.whole) == (EVER, False)


@pytest.mark.parametrize(
    "head",
    [
        "Post ID,Account username,Account name,Description,Publish time,Permalink,Post type,Date,Views,Likes,Shares",
        "id,handle,author,caption,created,url,type,time,views,likes,shares",
        "Tweet id,username,From,Tweet text,created_at,Post Link,Post type,,Video views,Favorites,Retweets",
        "video id,Username,Sender,Video title,Published at,Video link,Type,,Total views,Total likes,Total shares",
        "Media ID,Username,Posted by,Post title,Created date,Permalink,Content Type,,Views,Reactions,Reposts",
        "\ufeffID ,HANDLE, Author,Message,DATE,Link,Type,,views,Likes,Shares".lstrip("\ufeff"),
    ],
)
def test_columns_are_known_by_the_names_that_networks_give_them(head: str) -> None:
    row = '17,larkwood,Larkwood,"Third frost, so the bench smells of beeswax.",2026-11-16T09:00:00+0000,https://n.example/17'
    post = one({"export.csv": f"{head}\n{row},IG reel,Lifetime,900,21,2\n"})

    assert (post.id, post.author, post.kind) == ("17", Author("Larkwood", "@larkwood"), Kind.VIDEO)
    assert post.text == "Third frost, so the bench smells of beeswax."
    assert (post.permalink, post.published) == ("https://n.example/17", datetime(2026, 11, 16, 9, tzinfo=UTC))
    assert post.engagement == Engagement(likes=21, shares=2, views=900)


@pytest.mark.parametrize(
    "content",
    [
        "date;text\n2026-11-16;Hello, you",
        'date,text\r\n2026-11-16,"Hello, you"\r\n',
        "date\ttext\r2026-11-16\tHello, you\r",
        "sep=;\ndate;text\n2026-11-16;Hello, you",
    ],
)  # fmt: skip
def test_every_separator_and_line_end_of_excel_is_understood(content: str) -> None:
    assert one({"a.csv": content}).text == "Hello, you"


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-07-16", "2026-07-15T22:00"),
        ("2026-07-16 09:05", "2026-07-16T07:05"),
        ("2026-07-16T09:05:00Z", "2026-07-16T09:05"),
        ("2026-07-16T09:05:00+0200", "2026-07-16T07:05"),
        ("16.07.2026", "2026-07-15T22:00"),
        ("16.7.26, 9:05", "2026-07-16T07:05"),
        ("16/07/2026 09:05:30", "2026-07-16T07:05"),
        ("16-07-2026", "2026-07-15T22:00"),
        ("16 Jul 2026, 9:05 pm", "2026-07-16T19:05"),
        ("July 16, 2026", "2026-07-15T22:00"),
        ("Thu, 16 Jul 2026 09:05:00 GMT", "2026-07-16T09:05"),
        ("1784192700", "2026-07-16T09:05"),
    ],
)
def test_dates_are_read_as_people_write_them_in_the_zone_of_the_files(said: str, moment: str) -> None:
    post = one({"a.csv": f'date;text\n"{said}";x'})
    assert post.published
    assert f"{post.published:%Y-%m-%dT%H:%M}" == moment


def test_americans_may_say_that_the_month_comes_first() -> None:
    american = Files("content/files/us", "nextdoor", month_first=True)
    table = {"a.csv": "date,text\n07/04/2026 9:05 PM,x"}

    assert one(table, american).published == datetime(2026, 7, 4, 21, 5, tzinfo=UTC)
    assert one(table, Files("content/files/uk", "nextdoor")).published == datetime(
        2026, 4, 7, 21, 5, tzinfo=UTC
    )
    assert read({"a.csv": "date,text\n16/07/2026,x"}, american).rejected


def test_a_line_without_an_id_is_known_by_its_own_address_and_not_by_the_shops() -> None:
    shop = "https://larkwood.example/"
    table = f"date;text;link\n2026-11-16;a;https://n.example/1\n2026-11-15;b;{shop}\n2026-11-14;c;{shop}\n"
    ids = [post.id for post in read({"a.csv": table}).posts]

    assert ids[0] == "https://n.example/1"
    assert len(set(ids)) == 3
    assert shop not in ids


def test_an_id_that_excel_rounded_is_none() -> None:
    table = "id;text\n1.17642E+17;first\n1.17642E+17;second"
    assert len(read({"a.csv": table}).posts) == 2


def test_of_two_exports_the_later_one_counts() -> None:
    files = {"2026-10.csv": "id;text;likes\n1;x;3", "2026-11.csv": "id;text;likes\n1;x;9"}
    assert one(files).engagement.likes == 9


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", "a;b\n1;2", "Mood,Weather\nfine,rain", "\x00\x01", '"', "text\n" + '"' + "x" * 200_000],
)
def test_a_table_that_is_none_costs_itself_alone(content: str) -> None:
    batch = read({"a.csv": content, "b.csv": "text\nwell"})

    assert [post.text for post in batch.posts] == ["well"]
    assert batch.rejected[0].startswith("a.csv")


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("---\ntitle: x\ntext", "a.md: line 1: the lines at its top must end"),
        ("---\n- x\n---\ny", "a.md: line 2: what stands at its top must be lines"),
        ("---\ntitle:\n  a: b\n---\ny", "a.md: title must be text"),
        ("---\ntitle: x\nkind: fotto\n---\ny", 'a.md: its kind "fotto" is not known; did you mean "photo"'),
        ("---\ndate: tomorrow\n---\ny", 'a.md: its date "tomorrow"'),
        ("---\nlink: larkwood\n---\ny", 'a.md: its link "larkwood"'),
        ("---\ntitle: ''\n---\n", "a.md: it has neither text nor picture"),
        ("x" * 50_001, "a.md: it is longer than 50,000"),
        ("[" * 501, "a.md: it has more than 500"),
        ("1. " * 3000 + "x", "a.md: its text is nested"),
    ],
)  # fmt: skip
def test_a_note_that_is_wrong_says_where(note: str, why: str) -> None:
    batch = read({"a.md": note})
    assert batch.posts == ()
    assert batch.rejected[0].startswith(why)


def test_a_note_needs_no_head_and_a_readme_is_none() -> None:
    batch = read({"tea.md": "Tea at **four**.", "README.md": "About this folder", "empty.md": " \n"})
    assert [(post.id, post.html) for post in batch.posts] == [("tea", "<p>Tea at <strong>four</strong>.</p>")]
    assert batch.rejected == ()


def test_a_picture_may_stand_at_an_address_and_there_may_be_several() -> None:
    table = "text;picture;alt\nx;https://p.example/a.jpg|Blue Pot.jpg|images/b.png;A|B"
    (post,) = read({"a.csv": table}, pictures={"blue pot.jpg": "0a", "b.png": "0b"}).posts

    assert post.media == (
        Media("image", "https://p.example/a.jpg", "A"),
        Media("image", "folder:content/files/nextdoor/blue%20pot.jpg#0a", "B"),
        Media("image", "folder:content/files/nextdoor/b.png#0b"),
    )


def test_a_file_cannot_name_a_picture_outside_its_folder() -> None:
    table = "text;picture\nx;../../.hub/secret.jpg\ny;folder:content/other/a.jpg\nz;/etc/passwd"
    batch = read({"a.csv": table, "b.md": "![](../../images/hero.jpg) ![](folder:content/x.jpg) y"})

    assert all(post.media == () for post in batch.posts)
    assert len(batch.notes) == 5


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"folder": "/etc"}, "folder must"),
        ({"folder": "../x"}, "folder must"),
        ({"folder": "content/.hub"}, "folder must"),
        ({"folder": ""}, "folder must"),
        ({"kind": "fotto"}, 'kind "fotto" is not known'),
        ({"timezone": "Paris"}, "timezone must"),
        ({"lang": "English language"}, 'lang "English language" is not'),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        Files(**{"folder": "content/files/x", "network": "x", **options})


@pytest.fixture
def desk(live: Live) -> Live:
    """A hub with Larkwood's own folder for Nextdoor in it, copied so that a test may change it."""
    for path in (ROOT / "content/files/nextdoor").iterdir():
        copy(path, live.folder)
    live.link(
        "larkwood-nextdoor",
        connector='"files"',
        folder='"content/files/nextdoor"',
        network='"nextdoor"',
        timezone='"Europe/Paris"',
        author='"Larkwood Lyon"',
    )
    return live


def copy(path: Path, hub: Path) -> None:
    folder = hub / "content/files/nextdoor"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / path.name).write_bytes(path.read_bytes())


def test_larkwoods_folder_is_read_and_a_second_look_finds_nothing_new(desk: Live) -> None:
    first = desk.fetch()

    assert (first.status, first.new, first.rejected, first.notes) == ("new", 8, (), ())
    assert desk.fetch(hours=1).status == "same"
    assert desk.asked == []


def test_the_pictures_of_a_folder_are_taken_up(desk: Live) -> None:
    found = config.load({"HUB_SOURCES": "sources.toml", "HUB_STATE": "state"}, desk.folder, {})
    with Store(found.store, ZoneInfo("UTC")) as store:
        report = asyncio.run(fetch(found, link(found, {}), store, NOW))
        (url,) = (media.url for post in store.posts.of_source("larkwood-nextdoor") for media in post.media)
        picture = store.pictures.get(url)

    assert (report.pictures_new, report.pictures_failed) == (1, 0)
    assert url.startswith("folder:content/files/nextdoor/lost-vase.jpg#")
    assert picture
    assert all((found.pictures / file).is_file() for file in picture.files)


def test_what_is_changed_shows_at_the_next_fetch_and_what_is_taken_out_is_gone(desk: Live) -> None:
    desk.fetch()
    table = desk.folder / "content/files/nextdoor/posts.csv"
    lines = table.read_text("utf-8-sig").splitlines(keepends=True)
    table.write_text("".join([*lines[:1], lines[1].replace("nine", "ten"), *lines[2:-1]]), encoding="utf-8")
    report = desk.fetch(hours=1)

    assert (report.changed, report.gone) == (1, 0)
    assert desk.fetch(hours=1.1).gone == 1


def test_when_most_is_taken_out_a_second_look_decides(desk: Live) -> None:
    desk.fetch()
    (desk.folder / "content/files/nextdoor/posts.csv").unlink()

    assert desk.fetch(hours=1).gone == 0
    assert desk.fetch(hours=2).gone == 6


def test_a_folder_that_lost_everything_is_a_fault(desk: Live) -> None:
    desk.fetch()
    for path in (desk.folder / "content/files/nextdoor").iterdir():
        path.unlink()
    report = desk.fetch(hours=1)
    assert (report.status, report.same) == ("failed", 8)

    (desk.folder / "content/files/nextdoor").rmdir()
    assert "content/files/nextdoor does not exist" in desk.fetch(hours=2).error
