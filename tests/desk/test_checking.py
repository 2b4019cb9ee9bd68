"""Files that are broken cost themselves only: of each it is said what is wrong and what would be right."""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from forecourt.desk.checking import Sheet, problems, sheets
from forecourt.desk.schema import KINDS, Kind
from forecourt.desk.values import Known
from tests.conftest import Hub
from tests.test_tasks import NO_PICTURES


@dataclass(frozen=True)
class Case:
    """A file below ``content/``: what it holds, what is said of it behind its name, what is read of it, as text."""

    file: str
    holds: str
    says: tuple[str, ...] = ()
    reads: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"

    @property
    def sentences(self) -> list[str]:
        """What is said of it, whole."""
        return [f"content/{self.file} {said}" for said in self.says]

    def save(self, content: Path) -> None:
        """Put it where it belongs, byte for byte."""
        path = content / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.holds.encode(self.encoding))


CASES = [
    Case(**{**case, "says": tuple(case.get("says", ()))})
    for path in sorted((Path(__file__).parent / "broken").glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]
GOOD = {
    "news/a-good-one.md": "Title: Good\nDate: 2026-11-22\n\nText.\n",
    "pages/good.md": "Title: Good\n\nText.\n",
    "campaigns/good.md": "Title: Good\nStart: 2026-11-27\nEnd: 2026-11-30\n",
    "events/good.md": "Title: Good\nStart: 2026-12-05\n",
    "stores/good.md": "Title: Good\n",
    "picks/good.md": "Post: /posts/4fzyo82mvyr23/\nPin: yes\n",
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder with a good file of each kind."""
    content = tmp_path / "content"
    (content / "images").mkdir(parents=True)
    (content / "images/winter.jpg").touch()
    (content / "images/logo.svg").touch()
    for name, text in GOOD.items():
        Case(name, text).save(content)
    return content


def looked(content: Path) -> dict[str, Sheet]:
    """Every file of the folder, by its name below it."""
    known = Known(
        content,
        ZoneInfo("Europe/Paris"),
        {"larkwood-instagram", "larkwood-facebook"},
        {"lyon"},
        {"winter-sale"},
        {"article", "page", "campaign", "index"},
    )
    found = (sheet for kind in KINDS for sheet in sheets(kind, content / kind.folder, known))
    return {sheet.shown.removeprefix("content/"): sheet for sheet in found}


def _said(found: Iterable[Sheet]) -> list[str]:
    """What is wrong, and what files name that is not there."""
    every = [*found]
    return [*problems(every), *(said for sheet in every for said in sheet.warnings if " is called " in said)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_what_is_wrong_with_a_file_is_said_to_the_letter(case: Case, content: Path) -> None:
    case.save(content)
    found = looked(content)

    assert _said(found.values()) == case.sentences
    assert {name: str(found[case.file].value(name)) for name in case.reads} == case.reads


def test_all_that_is_wrong_is_said_at_once_and_the_good_files_are_read(content: Path) -> None:
    for case in CASES:
        case.save(content)
    found = looked(content)

    assert sorted(_said(found.values())) == sorted(said for case in CASES for said in case.sentences)
    assert {name for name, sheet in found.items() if not _said([sheet])} == {
        *GOOD,
        *(case.file for case in CASES if not case.says),
    }
    assert len([case for case in CASES if case.says]) >= 45
    assert len({case.file for case in CASES}) == len(CASES), "none was written over by another"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_what_cannot_be_opened_is_named_and_its_neighbours_are_read(kind: Kind, content: Path) -> None:
    folder = content / kind.folder
    (folder / "folder.md").mkdir()
    (folder / "itself.md").symlink_to("itself.md")
    (folder / "gone.md").symlink_to("nowhere.md")
    found = looked(content)

    name = f"content/{folder.name}"
    assert problems(found.values()) == [
        f"{name}/folder.md is skipped: it is a folder; take the .md off its name",
        f"{name}/gone.md is skipped: it is a link to a file that is not there; put the file in its place",
        f"{name}/itself.md is skipped: it is a link that leads to itself; put the file in its place",
    ]
    assert {each for each, sheet in found.items() if not sheet.problems} == GOOD.keys()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_file_that_may_not_be_read_is_named(content: Path) -> None:
    Case("news/closed.md", GOOD["pages/good.md"]).save(content)
    (content / "news/closed.md").chmod(0)

    assert problems(looked(content).values()) == [
        "content/news/closed.md is skipped: it may not be read; give the one who builds the hub the right to"
    ]


def test_a_file_whose_name_cannot_be_printed_is_named_by_what_can(content: Path) -> None:
    path = os.fsencode(content / "news") + b"/caf\xe9.md"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT), "w") as file:
        file.write(GOOD["news/a-good-one.md"])

    assert problems(looked(content).values()) == [
        "content/news/caf?.md is skipped: its name is not UTF-8; give it a name of plain letters"
    ]


def test_what_was_pasted_from_a_word_processor_does_not_lose_its_words(content: Path) -> None:
    case = next(case for case in CASES if case.file == "news/word-table.md")
    case.save(content)

    assert "24,90\u00a0€" in looked(content)[case.file].body


def test_a_picture_of_another_server_and_one_without_words_are_warnings(content: Path) -> None:
    Case(
        "news/far.md",
        "Title: A\nDate: 2026-11-22\nPicture: images/winter.jpg\n\n![x](https://far.example/a.jpg)\n",
    ).save(content)
    sheet = looked(content)["news/far.md"]

    assert sheet.problems == ()
    assert sheet.warnings == (
        (
            "content/news/far.md line 5: the picture https://far.example/a.jpg is on another server and is not shown; "
            "save it under content/images/"
        ),
        "content/news/far.md line 3: the picture has no Alt, the words for those who cannot see it",
    )


def test_five_thousand_wrong_fields_are_no_wall_of_words(content: Path) -> None:
    fields = "".join(f"Z{number}: x\n" for number in range(5000))
    Case("news/own.md", GOOD["news/a-good-one.md"].replace("\n\n", f"\n{fields}\n")).save(content)
    Case("campaigns/lost.md", GOOD["campaigns/good.md"] + fields).save(content)
    said = problems(looked(content).values())

    assert len(said) == 21, "none of them of news, which may have fields of its own"
    assert said[0].startswith(
        'content/campaigns/lost.md line 4: "z0" is not a field of a campaign; there are title, '
    )
    assert said[20] == "content/campaigns/lost.md and 4980 more in this file"


def test_a_file_of_ten_megabytes_is_named_and_not_read(content: Path) -> None:
    Case("news/large.md", GOOD["news/a-good-one.md"] + "![x](data:image/png;base64,AAAA)" * 330_000).save(
        content
    )

    assert problems(looked(content).values()) == [
        "content/news/large.md is skipped: it has more than 1 MB; keep pictures in files of their own"
    ]


def test_what_nobody_writes_by_hand_is_looked_through_once(content: Path) -> None:
    Case("news/brackets.md", GOOD["news/a-good-one.md"] + "](" * 200_000).save(content)
    Case("news/tags.md", GOOD["news/a-good-one.md"] + "<img " * 100_000).save(content)
    Case("news/lines.md", "Title: A\n" + "    more\n" * 100_000).save(content)
    began = time.process_time()

    assert looked(content)["news/lines.md"].problems
    assert time.process_time() - began < 60, "seconds; hours where every sign is looked at from every other"


@pytest.mark.parametrize(
    ("line", "is_drawn_back"),
    [
        ("Status: draft", True),
        ("Status: hidden", True),
        ("Status: drfat", True),
        ("Status:", True),
        ("Satus: draft", True),
        ("Status : draft", True),
        ("Status draft", True),
        ("\u00a0Status: draft", True),
        ("\nStatus: draft", True),
        ("Tags: a\n\tStatus: draft", True),
        ("Status: published", False),
        ("Summery: Of the state of things", False),
        ("Pinned : yes", False),
    ],
)
def test_what_may_be_meant_to_go_is_told_from_what_may_not(
    content: Path, line: str, *, is_drawn_back: bool
) -> None:
    text = f"Title: A\nDate: 11/12/2026\n{line}\n\nStatus of it all: fine.\n"
    Case("news/gone.md", text).save(content)
    sheet = looked(content)["news/gone.md"]

    assert sheet.problems
    assert sheet.is_drawn_back == is_drawn_back


def test_a_hub_with_broken_files_shows_the_rest_and_what_these_said_before(hub: Hub) -> None:
    text = "Title: Kept\nDate: 2026-11-01\nSlug: kept\n\nAs it was.\n"
    kept, drawn, wrong, lost = (
        Case(f"news/{name}.md", text.replace("kept", name)) for name in ("kept", "drawn", "wrong", "lost")
    )
    sale = "Title: Lamps\nStart: 2026-11-20\nEnd: 2026-11-30\n\nAs they were.\n"
    lamps = Case("campaigns/lamps.md", sale)
    for case in (kept, drawn, wrong, lost, lamps):
        case.save(hub.folder / "content")
    assert build(hub)[0] == 0
    assert (hub.output / "news/drawn/index.html").exists()

    broken = (
        Case(
            "news/kept.md", text.replace("2026-11-01", "11/1/2026").replace("was", "is"),
            (
                ('line 2: the date "11/1/2026" is none that can be read; '
                "write year, month and day, as in 2026-11-22 09:00"),
            ),
        ),
        Case(
            "news/drawn.md", text.replace("kept", "drawn").replace("\n\n", "\nStatus: drft\n\n"),
            ('line 4: the status "drft" is not known; did you mean "draft"?',),
        ),
        Case(
            "news/wrong.md", text.replace("kept", "wrong").replace("\n\n", "\nSatus : draft\n\n"),
            ("line 4: a blank stands before the colon; write Satus:",),
        ),
        Case(
            "news/lost.md", text.replace("kept", "lost").replace("\n\n", "\n\nStatus: draft\n"),
            ("line 5: Status: draft stands below the head, so it is only text; take the blank line above it out",),
        ),
        Case(
            "campaigns/lamps.md", sale.replace("2026-11-20", "2026-12-20").replace("were", "are"),
            ("line 3: it ends (2026-11-30) before it begins (2026-12-20); write the later one at End",),
        ),
        Case(
            "picks/a.md", "Post: 4711\n",
            ('line 1: the post "4711" is no web address; write it whole, such as /posts/4fzyo82mvyr7k/',),
        ),
        *(case for case in CASES if case.file in {"news/latin-1.md", "news/nul.md", "news/yaml-bomb.md"}),
        Case("news/two.md", text.replace("Slug: kept", "Slug: one")),
    )  # fmt: skip
    for case in (
        *broken,
        Case("news/one.md", "Title: One\nDate: 2026-11-02\nSlug: one\n\nThe first by name.\n"),
    ):
        case.save(hub.folder / "content")
    exitcode, said = build(hub)

    assert exitcode == 1
    assert {*said} == {
        *(sentence for case in broken for sentence in case.sentences),
        "content/news/two.md and content/news/one.md would both be news/one/index.html; give one of them another Slug",
    }
    assert len(said) == 10, "nothing is said twice"
    assert "As it was." in (hub.output / "news/kept/index.html").read_text(encoding="utf-8")
    assert "As they were." in (hub.output / "campaigns/lamps/index.html").read_text(encoding="utf-8")
    assert "The first by name." in (hub.output / "news/one/index.html").read_text(encoding="utf-8")
    for name in ("drawn", "wrong", "lost"):
        assert not (hub.output / "news" / name).exists(), (
            "what was to be drawn back does not stand on for a slip"
        )

    for case in (kept, drawn, wrong, lost):
        case.save(hub.folder / "content")
    assert len(build(hub)[1]) == 6
    assert (hub.output / "news/drawn/index.html").exists()


def test_everything_that_can_go_wrong_at_once_leaves_a_site_of_what_is_right(hub: Hub) -> None:
    content = hub.folder / "content"
    for case in (*CASES, *(Case(name, text) for name, text in GOOD.items())):
        case.save(content)
    Case("campaigns/winter-sale.md", GOOD["campaigns/good.md"]).save(content)
    Case("news/norsk.md", "---\ntitle: Norsk\nlang: no\ndate: 2026-11-01\n---\nVinter.\n").save(content)
    (content / "news/itself.md").symlink_to("itself.md")
    os.close(os.open(os.fsencode(content / "news") + b"/caf\xe9.md", os.O_CREAT | os.O_WRONLY))
    (content / "images").mkdir()
    Image.new("RGB", (8, 8)).save(content / "images/winter.jpg")
    (content / "images/logo.svg").touch()
    account = (
        '[[source]]\nname = "larkwood-{}"\nconnector = "feed"\nurl = "https://{}.example/"\nstore = "Lyon"\n'
    )
    hub.link("".join(account.format(name, name) for name in ("instagram", "facebook")))
    exitcode, said = build(hub)

    assert exitcode == 1
    assert sorted(each for each in said if "would both be" not in each) == sorted(
        [
            *(sentence for case in CASES for sentence in case.sentences if " is called " not in sentence),
            "content/news/caf?.md is skipped: its name is not UTF-8; give it a name of plain letters",
            "content/news/itself.md is skipped: it is a link that leads to itself; put the file in its place",
        ]
    )
    pages = (
        "news/good",
        "news/prices",
        "news/cafe",
        "campaigns/second-hour",
        "events/good",
        "stores/long-hours",
    )
    due = [name for name in pages if name != "campaigns/second-hour"]  # its one hour was in October
    assert [name for name in pages if (hub.output / name / "index.html").exists()] == due
    assert '<html lang="no"' in (hub.output / "news/norsk/no/index.html").read_text(encoding="utf-8")


def build(hub: Hub) -> tuple[int, list[str]]:
    """Build the hub's own content: the exit code, and what the report says is wrong."""
    done = hub.invoke(
        "build", "--json", "--", str(hub.folder / "content"), "-o", str(hub.output), HUB_BRAND=NO_PICTURES
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["problems"]
