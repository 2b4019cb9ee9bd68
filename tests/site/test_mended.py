"""What once went wrong between one build and the next."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from stat import S_ISDIR

import pytest

from forecourt.errors import ThemeError
from forecourt.model import Author
from forecourt.site import look
from forecourt.site.build import Written, begun
from tests.conftest import NOW, ROOT, Hub
from tests.site.test_build import files
from tests.site.test_look import looked
from tests.site.workbench import TEMPLATES, Killed, Workbench, article, killed_at, pictured, post, small_pages


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workbench]:
    with small_pages():
        work = Workbench(tmp_path)
        for number in range(12):
            work.say(post(number, "north", tags=("Oak",)))
        work.edit(article(1, tags=("Oak",)))
        work.build()
        yield work


def test_an_article_that_was_taken_back_after_a_build_that_failed_leaves_nothing(work: Workbench) -> None:
    work.edit(article(2, tags=("Only Here",)))
    work.template("base.html", "{{ nothing.of.the.kind }}")
    with pytest.raises(ThemeError):
        work.build()
    work.template("base.html", TEMPLATES["base.html"])
    del work.editorials["news/2.md"]
    work.write_editorials()
    work.check()

    assert not (work.output / "tags/only-here").exists()


def test_an_article_that_was_taken_back_after_a_kill_leaves_nothing(
    work: Workbench, scale: Callable[[int, int], int]
) -> None:
    """Killed at every fifth step every day, at each with --thorough."""
    for step in range(0, 40, scale(5, 1)):
        work.edit(article(2, tags=("Only Here",), title=str(step)))
        with killed_at(step), suppress(Killed):
            work.build()
        del work.editorials["news/2.md"]
        work.write_editorials()
        work.check()


def test_a_file_of_the_theme_that_was_put_back_after_a_kill_is_the_old_one(
    work: Workbench, scale: Callable[[int, int], int]
) -> None:
    """Killed at every fourth step every day, at each with --thorough."""
    style = work.folder / "theme/static/a.css"
    old = style.read_text()
    for step in range(0, 40, scale(4, 1)):
        style.write_text(f"{old}/* {step} */")
        with killed_at(step), suppress(Killed):
            work.build()
        style.write_text(old)
        work.check()


def test_a_picture_that_two_show_in_other_widths_stays_while_one_does(work: Workbench) -> None:
    url = "https://pictures.example/1"
    work.picture(url, "a/one")
    work.say(post(20, "north", author=Author("Ann", avatar=url)))
    work.say(post(21, "south", media=pictured(url)))
    work.check()
    work.say(post(20, "north", author=Author("Ann")))
    work.check()
    work.say(post(20, "north", author=Author("Ann", avatar=url)))
    work.say(post(21, "south"))
    work.check()


def test_every_picture_that_a_page_shows_is_there(work: Workbench) -> None:
    urls = [f"https://pictures.example/{number}" for number in range(25)]
    for number, url in enumerate(urls):
        work.picture(url, f"p/{number:02}")
    html = "".join(f'<p><img src="{url}" alt=""></p>' for url in urls[:5])
    work.say(post(30, "north", html=html, media=tuple(each for url in urls for each in pictured(url))))
    work.build()

    assert len([*(work.output / "pictures/p").glob("*-640.webp")]) == 25


def test_what_a_template_includes_counts_whatever_its_name_ends_in(work: Workbench) -> None:
    work.template("parts/icon.svg", "<svg>one</svg>")
    work.template("base.html", TEMPLATES["base.html"] + '{% include "parts/icon.svg" %}')
    work.check()
    work.template("parts/icon.svg", "<svg>two</svg>")
    work.check()

    assert b"<svg>two</svg>" in (work.output / "index.html").read_bytes()


def test_an_edit_while_pelican_reads_is_noticed_by_the_next_look(work: Workbench) -> None:
    found, accounts = work.settings()
    asked = look.Asked(
        replace(found, cores=1), found.content, work.folder / "theme", work.output, "settings", {},
        (work.folder / "plugins",),
    )  # fmt: skip
    inputs = look.gather(asked)
    read = Written([*work.editorials.values()])
    work.edit(article(1, title="Edited meanwhile"))
    with begun(asked, accounts, NOW, inputs=inputs) as build:
        build.run(read)

    assert looked(work) is None
    work.check()


def test_a_memory_of_another_branch_is_none(work: Workbench) -> None:
    import shutil

    other = Workbench.__new__(Workbench)
    shutil.copytree(work.folder, work.folder.with_name("other"))
    other.__dict__ |= work.__dict__ | {"folder": work.folder.with_name("other")}
    other.output = other.folder / "output"
    other.brand = {**work.brand}
    work.edit(article(1, title="Here"))
    work.build()
    other.editorials = {"news/1.md": article(1, title="There")}
    other.write_editorials()
    other.build()
    shutil.rmtree(work.output)
    shutil.copytree(other.output, work.output)

    assert looked(work) is None
    work.check()


def test_a_new_file_below_a_second_mount_is_no_loop(work: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two file systems may number their roots alike."""
    real = Path.stat

    def alike(path: Path, **named: bool) -> os.stat_result:
        stat = real(path, **named)
        if S_ISDIR(stat.st_mode) and path.name in {"content", "images"}:
            return os.stat_result((stat.st_mode, 1, 5 if path.name == "images" else 4, *stat[3:]))
        return stat

    (work.folder / "content/images").mkdir()
    (work.folder / "content/images/a.txt").write_text("one")
    monkeypatch.setattr(Path, "stat", alike)

    assert "images/a.txt" in dict(look.below(work.folder / "content", look.CONTENT))


def test_a_file_takes_the_place_of_a_folder_and_the_other_way(work: Workbench) -> None:
    static = work.folder / "theme/static"
    (static / "x").write_text("a file")
    work.check()
    (static / "x").unlink()
    (static / "x").mkdir()
    (static / "x/y").write_text("in a folder")
    work.check()
    (static / "x/y").unlink()
    (static / "x").rmdir()
    (static / "x").write_text("a file again")
    work.check()


def test_a_hidden_file_of_the_theme_is_noticed(work: Workbench) -> None:
    hidden = work.folder / "theme/static/.htaccess"
    hidden.write_text("one")
    work.check()
    hidden.write_text("two")
    work.check()

    assert (work.output / "theme/.htaccess").read_text() == "two"


def test_a_held_post_does_not_move_the_time_of_the_last_one(work: Workbench) -> None:
    before = (work.output / "index.html").read_bytes()
    work.accounts["south"]["moderation"] = "hold"
    work.build()
    work.now = NOW.replace(hour=12)
    work.say(post(40, "south"))
    work.check()

    assert (work.output / "index.html").read_bytes() == before


def test_a_pattern_that_names_whole_pages_keeps_fragments_alone(work: Workbench) -> None:
    (work.folder / "theme/theme.toml").write_text('[fragments]\nkept = ["*"]\n')

    work.check()


def test_the_settings_that_come_with_forecourt_need_pelican_once(
    corner: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    """With the output where the settings have it: named by nobody, and relative."""
    copy = copy_of(corner)
    checkout = copy.folder / "checkout"
    checkout.mkdir()
    for name in ("content", "theme", "plugins", "demo", "pelicanconf.py", "publishconf.py", "tasks.py"):
        (checkout / name).symlink_to(ROOT / name)
    program = (
        "import sys; sys.argv = ['invoke', 'build']; sys.path.insert(0, '.')\n"
        "import os; os.environ['PWD'] = os.getcwd()\n"
        "import tasks\n"
        "from forecourt.commands.runs import make\n"
        "try: make('pelicanconf.py')\n"
        "except BaseException as ended: print(ended)\n"
        "print('pelican' in sys.modules, 'jinja2' in sys.modules)"
    )
    program = program.replace("import tasks", "os.chdir = lambda _: None; import tasks")
    said = [copy.run([sys.executable, "-c", program], cwd=checkout).stdout.split()[-2:] for _ in range(2)]

    assert files(checkout / "output")
    assert said == [["True", "True"], ["False", "False"]]
