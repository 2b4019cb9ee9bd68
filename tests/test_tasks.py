"""The tasks, run as a person or a machine would run them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT, Hub, Networks
from tests.site.editing import PIXEL
from tests.site.test_build import files

ACCOUNT = '[[source]]\nname = "{name}"\nconnector = "feed"\nurl = "{url}"\n'
NO_PICTURES = '{"logo": "", "hero": ""}'


def article(hub: Hub, name: str, text: str | bytes) -> Path:
    """Write a news article of the hub's own content folder."""
    path = hub.folder / "content/news" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def build_own(hub: Hub, *words: str) -> subprocess.CompletedProcess[str]:
    """Build with the hub's own content folder."""
    content = str(hub.folder / "content")
    return hub.invoke("build", *words, "--", content, "-o", str(hub.output), HUB_BRAND=NO_PICTURES)


def test_the_list_of_tasks_reads_like_a_table_of_contents(hub: Hub) -> None:
    done = hub.invoke("--list")
    tasks = dict(re.findall(r"^  ([a-z-]+)  +(\S.*)$", done.stdout, re.MULTILINE))

    assert {"build", "clean", "fetch", "livereload", "preview", "rebuild", "serve", "status"} <= tasks.keys()
    assert all(line[0].isupper() for line in tasks.values())
    assert all(len(line) <= 79 for line in done.stdout.splitlines()), "each fits on a line of a terminal"


@pytest.mark.parametrize("task", ["build", "clean", "fetch", "hub", "livereload", "serve", "status"])
def test_every_task_has_help(hub: Hub, task: str) -> None:
    assert "Docstring:" in hub.invoke("--help", task).stdout


def test_tasks_work_from_any_folder(hub: Hub) -> None:
    done = hub.run([sys.executable, "-m", "invoke", "status"], cwd=ROOT / "docs")

    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("drawn")
def test_link_an_account_fetch_and_build_in_one_go(hub: Hub, networks: Networks) -> None:
    hub.link(ACCOUNT.format(name="journal", url=f"{networks.url}/makers/feed.json"))
    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))

    assert done.returncode == 0, done.stderr
    assert (hub.output / "sources/journal/index.html").exists()
    assert "14 new" in done.stderr


@pytest.mark.usefixtures("drawn")
def test_json_prints_one_object_and_nothing_else(hub: Hub, networks: Networks) -> None:
    hub.link(ACCOUNT.format(name="journal", url=f"{networks.url}/makers/feed.json"))
    fetched = json.loads(hub.invoke("fetch", "--json").stdout)
    built = json.loads(hub.build("--json").stdout)
    status = json.loads(hub.invoke("status", "--json").stdout)

    (source,) = fetched["sources"]
    assert (source["name"], source["status"], source["new"]) == ("journal", "new", 14)
    assert source.keys() >= {"changed", "same", "gone", "error"}
    assert built["written"] > 0
    assert status["sources"][0]["posts"] == 14


@pytest.mark.usefixtures("drawn")
def test_a_stale_source_makes_exit_3_and_keeps_nobody_from_the_site(hub: Hub, networks: Networks) -> None:
    hub.link(
        ACCOUNT.format(name="well", url=f"{networks.url}/makers/feed.json")
        + ACCOUNT.format(name="lost", url=f"{networks.url}/nothing/here")
    )
    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))

    assert done.returncode == 3, done.stderr
    assert (hub.output / "sources/well/index.html").exists()
    assert re.search(r"failed +lost: .*404", done.stderr)


def test_only_fetches_the_named_source(hub: Hub, networks: Networks) -> None:
    hub.link(
        ACCOUNT.format(name="one", url=f"{networks.url}/makers/feed.json")
        + ACCOUNT.format(name="two", url=f"{networks.url}/lyon/feed/")
    )
    fetched = json.loads(hub.invoke("fetch", "--only", "two", "--json").stdout)
    wrong = hub.invoke("fetch", "--only", "tow")

    assert [source["name"] for source in fetched["sources"]] == ["two"]
    assert wrong.returncode == 2
    assert 'did you mean "two"?' in wrong.stderr
    nameless = hub.invoke("fetch", "--only")
    assert (nameless.returncode, "wants the name of a source" in nameless.stderr) == (2, True)


def test_dry_runs_leave_no_trace(hub: Hub, networks: Networks) -> None:
    hub.link(ACCOUNT.format(name="journal", url=f"{networks.url}/makers/feed.json"))
    article(hub, "a.md", "Title: A\nDate: 2026-11-01\n\nText")
    fetched = hub.invoke("fetch", "--dry-run")
    built = build_own(hub, "--dry-run")

    assert "14 new" in fetched.stderr
    assert built.returncode == 0, built.stderr
    assert not hub.output.exists()
    assert not (hub.folder / "state").exists()


def test_clean_empties_the_output_and_keeps_what_was_fetched(
    larkwood: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    copy = copy_of(larkwood)
    would = copy.invoke("clean", "--dry-run", "--", "-o", str(copy.output))
    assert (copy.output / "index.html").exists()
    copy.invoke("clean", "--", "-o", str(copy.output))

    assert "Would remove" in would.stderr
    assert list(copy.output.iterdir()) == []
    assert json.loads(copy.invoke("status", "--json").stdout)["sources"][0]["posts"] > 0


def test_serving_before_building_says_what_to_do(hub: Hub) -> None:
    done = hub.invoke("serve", "--", "-o", str(hub.output))

    assert done.returncode == 2
    assert "invoke fetch build" in done.stderr


def test_wrong_settings_are_lines_and_exit_2_and_nothing_is_written(hub: Hub) -> None:
    hub.link('[[source]]\nname = "a"\nconnector = "fede"\n')
    for done in (hub.invoke("fetch"), hub.build()):
        assert done.returncode == 2
        assert (
            f'{hub.folder}/sources.toml line 3: connector "fede" is not known; did you mean "feed"?'
            in done.stderr
        )
        assert "Traceback" not in done.stderr
    assert not hub.output.exists()
    assert not (hub.folder / "state").exists()


def test_pelican_by_hand_refuses_wrong_settings_as_well(hub: Hub) -> None:
    hub.link('[[source]]\nname = "a"\nconnector = "fede"\n')
    done = hub.run(
        [sys.executable, "-m", "pelican", "content", "-s", "pelicanconf.py", "-o", str(hub.output)]
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not hub.output.exists()


BROKEN = [
    ("Title: A\nDate: 2026-13-32\n\nText", "line 2: the date"),
    ("Titel: A\nDate: 2026-11-01\n\nText", 'line 1: "titel" is not a field; did you mean "title"?'),
    ("Date: 2026-11-01\n\nText", "line 1: a title is missing; write Title:"),
    ("Title: A\n\nText", "line 1: a date is missing; write Date:"),
    (
        "Title: A\nDate: 2026-11-01\nStatus: drafft\n\nText",
        'line 3: the status "drafft" is not known; did you',
    ),
    (
        "Title: A\nDate: 2026-11-01\nPicture: images/no.jpg\n\nText",
        'line 3: the picture "images/no.jpg" is not a',
    ),
    ("---\ntitle: A: B: C\ndate: 2026-11-01\n---\nText", "line 2: "),
    ("---\ntitle: A\ndate: never\n---\nText", 'line 3: the date "never" is none that can be read'),
    ("Just text", "a title is missing"),
    (
        "Title: \U0001f384\u2728\nDate: 2026-11-01\n\nText",
        "line 1: a title without letters gives no address",
    ),
    (
        "Title: A\nDate: 2026-11-01\nTemplate: campain\n\nText",
        'line 3: the theme has no template "campain" for articles and pages; did you mean "campaign"?',
    ),
    (
        "Title: A\nDate: 2026-11-01\nTemplate: index\n\nText",
        'the theme has no template "index" for articles',
    ),
    ("Title: A\nDate: 2026-11-01\nTemplate: campaign\n\nText", "line 3: a campaign gathers the posts"),
]
"""Front matter that is wrong, and what is said of it."""


def written(hub: Hub, texts: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Build with an article of each text, named by its number, which makes its title one of its own."""
    for number, text in enumerate(texts):
        article(hub, f"{number}.md", re.sub(r"(?im)^title: A$", rf"\g<0>{number}", text))
    return build_own(hub)


def of(number: int, done: subprocess.CompletedProcess[str]) -> list[str]:
    """The problems, for which a build ends with 1, that are said of an article."""
    return [line for line in done.stderr.splitlines() if line.startswith(f"✗ content/news/{number}.md ")]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Hub, subprocess.CompletedProcess[str]]:
    hub = Hub(tmp_path_factory.mktemp("broken"))
    hub.link("")
    article(hub, "good.md", "Title: Good\nDate: 2026-11-01\n\nText")
    return hub, written(hub, (text for text, _ in BROKEN))


@pytest.mark.parametrize(("text", "wrong"), BROKEN)
def test_broken_front_matter_is_a_line_with_file_and_line_and_the_rest_is_built(
    broken: tuple[Hub, subprocess.CompletedProcess[str]], text: str, wrong: str
) -> None:
    hub, done = broken

    assert [said for said in of(BROKEN.index((text, wrong)), done) if wrong in said]
    assert done.returncode == 1
    assert "good.md" not in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in (hub.output / "news").iterdir() if path.is_dir()] == ["good"]


def test_all_broken_files_are_named_at_once(hub: Hub) -> None:
    for number in range(3):
        article(hub, f"{number}.md", "Titel: A\nDate: never\n\nText")
    done = build_own(hub)

    assert all(f"news/{number}.md line" in done.stderr for number in range(3))


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_built(hub: Hub) -> None:
    article(hub, "latin.md", "Title: Grüße\nDate: 2026-11-01\n\nText".encode("latin-1"))
    article(hub, "good.md", "Title: Good\nDate: 2026-11-01\nSlug: good\n\nText")
    done = build_own(hub)

    assert done.returncode == 1
    assert "content/news/latin.md is skipped: it is not UTF-8 text" in done.stderr
    assert (hub.output / "news/good/index.html").exists()


def test_of_two_articles_of_one_address_the_first_is_shown_and_the_other_named(hub: Hub) -> None:
    article(hub, "one.md", "Title: One\nDate: 2026-11-01\nSlug: same\n\nText")
    article(hub, "two.md", "Title: Two\nDate: 2026-11-02\nSlug: same\n\nText")
    done = build_own(hub)

    assert done.returncode == 1
    assert (
        "content/news/two.md and content/news/one.md would both be news/same/index.html; give one of them another Slug"
        in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert ">One</h1>" in (hub.output / "news/same/index.html").read_text(encoding="utf-8")


def test_what_is_pasted_into_markdown_cannot_run(hub: Hub) -> None:
    article(
        hub,
        "pasted.md",
        "Title: <script>alert(1)</script>Pasted\nDate: 2026-11-01\nSlug: pasted\n\n"
        '<p onclick="x()" style="color:red">Word</p><script>alert(2)</script>'
        '<a href="javascript:x()">link</a><img src="https://elsewhere.example/x.png">\n',
    )
    assert build_own(hub).returncode == 0
    page = (hub.output / "news/pasted/index.html").read_text(encoding="utf-8")

    assert "Word" in page
    ours = r'<script (?:type="application/ld\+json"|(?:type="module" )?src="/theme/js/[a-z]+\.js")'
    page = re.sub(ours, "", page)
    assert not re.search(r"<script|onclick|style=|javascript:|elsewhere\.example", page)


@pytest.mark.usefixtures("drawn")
def test_a_wrong_template_is_named_with_its_line(hub: Hub) -> None:
    import shutil

    theme = hub.folder / "theme"
    shutil.copytree(ROOT / "theme", theme)
    (theme / "templates/index.html").write_text("{{ nothing.here }}", encoding="utf-8")
    done = hub.invoke("build", "--", "-t", str(theme), "-o", str(hub.output))

    assert done.returncode == 1
    assert "theme/templates/index.html line 1: 'nothing' is undefined" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plugin_that_does_not_load_is_no_success(hub: Hub) -> None:
    done = hub.invoke("build", "--", "-o", str(hub.output), "-e", 'PLUGINS=["forecort"]')

    assert done.returncode == 2
    assert "the forecourt plugin did not load" in done.stderr
    assert not hub.output.exists()


def test_a_damaged_store_is_named_without_a_traceback(hub: Hub) -> None:
    (hub.folder / "state").mkdir()
    (hub.folder / "state/store.sqlite").write_bytes(b"not a database at all " * 200)
    for done in (hub.invoke("fetch"), hub.build(), hub.invoke("status")):
        assert done.returncode == 1
        assert "store.sqlite is damaged" in done.stderr
        assert "Traceback" not in done.stderr


def test_debug_shows_where_an_error_comes_from(hub: Hub) -> None:
    hub.link("nonsense")

    assert "Traceback" in hub.invoke("fetch", "--debug").stderr


def test_a_link_to_nothing_and_a_picture_that_is_not_there_are_named(hub: Hub) -> None:
    article(
        hub,
        "links.md",
        "Title: A\nDate: 2026-11-01\n\n![x]({static}/images/nope.jpg)\n\n"
        "[y]({filename}/pages/nope.md) and [z]({filename}good.md)\n",
    )
    article(hub, "good.md", "Title: Good\nDate: 2026-11-01\n\nText")
    done = build_own(hub)

    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if line.startswith("✗")] == [
        "✗ content/news/links.md line 4: {static}/images/nope.jpg leads to no file in content/",
        "✗ content/news/links.md line 6: {filename}/pages/nope.md leads to no file in content/",
    ]
    assert (hub.output / "news/good/index.html").exists()


def test_a_picture_of_another_server_is_named_and_no_more(hub: Hub) -> None:
    article(hub, "far.md", "Title: A\nDate: 2026-11-01\n\n![x](https://far.example/a.jpg)\n")
    done = build_own(hub)

    assert done.returncode == 0
    assert (
        "content/news/far.md line 4: the picture https://far.example/a.jpg is on another server"
        in done.stderr
    )


def test_a_translation_in_yaml_is_one(hub: Hub) -> None:
    for lang, translation in (("en", "false"), ("fr", "true")):
        article(
            hub,
            f"a.{lang}.md",
            f"---\ntitle: In {lang}\ndate: 2026-11-01\nslug: a\nlang: {lang}\ntranslation: {translation}\n---\nText",
        )
    done = build_own(hub)

    assert done.returncode == 0, done.stderr
    assert (hub.output / "news/a/fr/index.html").exists()


def test_an_unreadable_file_is_named_once(hub: Hub) -> None:
    article(hub, "latin.md", "Title: Grüße\nDate: 2026-11-01\n\nText".encode("latin-1"))
    done = build_own(hub)

    assert done.stderr.count("latin.md") == 1


def test_a_page_with_a_future_date_is_held(hub: Hub) -> None:
    article(hub, "../pages/soon.md", "Title: Soon\nDate: 2027-01-01\nSlug: soon\n\nText")
    article(hub, "../pages/now.md", "Title: Now\nSlug: now\n\nText")
    assert build_own(hub).returncode == 0

    assert not (hub.output / "soon").exists()
    assert (hub.output / "now/index.html").exists()


def test_a_picture_that_was_lost_comes_back_with_the_next_fetch(hub: Hub, networks: Networks) -> None:
    hub = replace(hub, languages="en")
    hub.link(ACCOUNT.format(name="blog", url=f"{networks.url}/blog/feed.xml"))
    for first in (hub.invoke("fetch"), hub.build()):
        assert first.returncode == 0, first.stderr
    before = files(hub.output)
    shutil.rmtree(hub.folder / "state/pictures")
    assert hub.build().returncode == 0
    assert files(hub.output) == before, "the site has its own"
    without = hub.invoke("rebuild", "--", "-o", str(hub.output))
    assert without.returncode == 0, without.stderr
    left = {path.name for path in (hub.output / "pictures").rglob("*.webp")}
    notes = (hub.folder / "state/pictures/own").glob("*.json")
    own = {json.loads(path.read_text(encoding="utf-8"))["name"].partition("/")[2] for path in notes}
    assert {name.rpartition("-")[0] for name in left} == own, "the editors' own, which lie in content/"

    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))
    assert done.returncode == 0, done.stderr
    assert files(hub.output) == before != {}
    assert {path.name for path in (hub.output / "pictures").rglob("*.webp")} > left


def test_the_environment_moves_the_public_address(hub: Hub) -> None:
    article(hub, "a.md", "Title: A\nDate: 2026-11-01\n\nText")
    words = ("preview", "--", str(hub.folder / "content"), "-o", str(hub.output))
    hub.invoke(*words, HUB_ADDRESS="https://other.example", HUB_BRAND=NO_PICTURES)

    assert "https://other.example/news/" in (hub.output / "sitemaps/hub.xml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("drawn")
def test_what_to_do_next_is_said_once_at_the_end(hub: Hub, networks: Networks) -> None:
    hub.link(ACCOUNT.format(name="journal", url=f"{networks.url}/makers/feed.json"))
    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))

    assert done.stderr.count("Next: ") == 1
    assert done.stderr.rstrip().endswith("Next: invoke serve")


def test_the_output_is_found_however_it_is_said(hub: Hub) -> None:
    for words in (
        (f"-o{hub.output}",),
        (f"--output={hub.output}",),
        ("content", "--output", str(hub.output)),
    ):
        hub.output.mkdir(exist_ok=True)
        (hub.output / "page.html").touch()
        done = hub.invoke("clean", "--", *words)
        assert f"Removed 1 files and folders from {hub.output}" in done.stderr


def test_regenerate_builds_again_at_each_change(hub: Hub) -> None:
    path = article(hub, "a.md", "Title: First\nDate: 2026-11-01\nSlug: a\n\nText")
    words = ["regenerate", "--", str(hub.folder / "content"), "-o", str(hub.output)]
    environ = {**hub.environ, "HUB_BRAND": NO_PICTURES}
    process = subprocess.Popen(
        [sys.executable, "-m", "invoke", *words], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL
    )
    page = hub.output / "news/a/index.html"
    try:
        for title in ("First", "Second", "Third"):
            wait_until(page, path, title)
    finally:
        process.terminate()
        process.wait()


def wait_until(page: Path, path: Path, title: str) -> None:
    """Save the article with this title until the page has it: a change before the first look is not seen."""
    deadline = time.monotonic() + 60
    while not (page.exists() and title in page.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline, title
        path.write_text(f"Title: {title}\nDate: 2026-11-01\nSlug: a\n\nText", encoding="utf-8")
        time.sleep(1)  # watchfiles gathers changes for longer than that; there is nothing to be told by


def test_a_template_that_is_not_there_is_named(hub: Hub) -> None:
    article(hub, "a.md", "Title: A\nDate: 2026-11-01\nTemplate: nosuch\n\nText")
    done = build_own(hub)

    assert done.returncode == 1
    assert "content/news/a.md line 3: the theme has no template" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_output_that_cannot_be_written_is_named(hub: Hub) -> None:
    hub.output.touch()
    done = hub.build()

    assert done.returncode == 1
    assert f"{hub.output} cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


SLIPS = [
    ("Title: A\nDate: 11/12/2026\n\nText", 'line 2: the date "11/12/2026" is none that can be read'),
    (
        "Title: A\nDate: 2026-11-01\n\n![x](images/a.jpg)",
        "line 4: images/a.jpg leads nowhere on the site; write {static}",
    ),
    (
        "Title: A\nDate: 2026-11-01\n\n[x](visit.md)",
        "line 4: visit.md leads nowhere on the site; write {filename}visit.md",
    ),
    ("Title: A\nDate: 2026-11-01\n\n[x](info@shop.example)", "write mailto:info@shop.example"),
    ("Title: A\nDate: 2026-11-01\nPinned: maybe\n\nText", 'line 3: pinned is yes or no, not "maybe"'),
    ("Title: A\nDate: 2026-11-01\nLang: klingon\n\nText", 'line 3: the language "klingon" is none'),
    ("---\ntitle: A\ndate: 2026-11-01\n\nText", 'line 1: the "---" that ends the head is missing'),
    ("\n\nTitle: A\nDate: 2026-11-01\n\nText", "line 1: it is blank; the head begins on the first line"),
    ("---\ntitle:\tA\n\tdate: 2026-11-01\n---\nText", "use spaces, not tabs"),
]


@pytest.fixture(scope="module")
def slipped(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    hub = Hub(tmp_path_factory.mktemp("slipped"))
    hub.link("")
    article(hub, "visit.md", "Title: Visit\nDate: 2026-11-01\n\nText")
    article(hub, "../images/a.jpg", PIXEL)
    return written(hub, (text for text, _ in SLIPS))


@pytest.mark.parametrize(("text", "wrong"), SLIPS)
def test_slips_that_people_make_are_named(
    slipped: subprocess.CompletedProcess[str], text: str, wrong: str
) -> None:
    assert slipped.returncode == 1
    assert [said for said in of(SLIPS.index((text, wrong)), slipped) if wrong in said]


@pytest.mark.parametrize("text", ["SITENAME = 'x'\nHUB_BRAND = {'a': 1 'b': 2}\n", "SITENAME = nonsense\n"])
def test_a_slip_in_the_settings_is_a_line(hub: Hub, text: str) -> None:
    checkout = hub.folder / "checkout"
    for name in ("content", "theme", "plugins", "demo"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in ("publishconf.py", "tasks.py"):
        shutil.copy2(ROOT / name, checkout / name)
    (checkout / "pelicanconf.py").write_text(text)
    for task in ("build", "fetch", "status"):
        done = hub.run(
            [sys.executable, "-m", "invoke", task], checkout, {"PYTHONPATH": str(checkout / "plugins")}
        )
        assert done.returncode == 2
        assert done.stderr.startswith("pelicanconf.py line ")
        assert "Traceback" not in done.stderr


def test_what_waits_and_what_is_a_draft_is_said(hub: Hub) -> None:
    article(hub, "later.md", "Title: A\nDate: 2062-01-01\nSlug: later\n\nText")
    article(hub, "draft.md", "Title: A\nDate: 2026-01-01\nSlug: draft\nStatus: draft\n\nText")
    done = build_own(hub)

    assert "waits until 2062-01-01 00:00: content/news/later.md" in done.stderr
    assert "is a draft; see http://localhost:8000/drafts/draft/: content/news/draft.md" in done.stderr


def test_a_build_before_any_fetch_says_so(hub: Hub) -> None:
    hub.link(ACCOUNT.format(name="journal", url="http://127.0.0.1:1/feed"))
    (hub.folder / "content").mkdir()

    assert "no linked account has given a post yet" in build_own(hub).stderr
