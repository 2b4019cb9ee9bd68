"""The manual says what the code does: nothing is left out, nothing leads nowhere, examples work."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from invoke.collection import Collection

from forecourt import config, connectors, manual
from forecourt.accounts import link
from forecourt.desk import values
from forecourt.desk.checking import problems, sheets
from forecourt.desk.schema import BY_FOLDER, KINDS, NEWS, Kind
from forecourt.desk.values import Known
from forecourt.errors import SettingsError
from forecourt.report import BuildReport, Report, SourceReport
from forecourt.settling import settle
from forecourt.site.hooks import _OURS
from forecourt.store import Store
from tests.conftest import NOW, ROOT, Hub
from tests.test_tasks import article, build_own

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str) -> set[str]:
    """What the first cells of a page's tables name, in `code`."""
    cells = re.findall(r"^\| ([^|]*) \|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its rank."""
    found = re.search(rf"^(##+) {re.escape(heading)}$\n", text, re.MULTILINE)
    assert found, f"there is no heading {heading!r}"
    below = text[found.end() :]
    end = re.search(rf"^#{{2,{len(found[1])}}} ", below, re.MULTILINE)
    return below[: end.start()] if end else below


def code(text: str, language: str) -> list[str]:
    """The blocks of code of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def requirement(line: str) -> str:
    """The name in a requirement such as ``httpx>=0.28``."""
    found = re.match(r"[\w.-]+", line)
    assert found
    return found[0]


# Nothing is left out, and nothing is there that the code does not know.


def test_every_setting_is_explained() -> None:
    assert rows(section(page("settings.md"), "The hub's settings")) == config.SETTINGS.keys()


def test_every_key_of_the_brand_is_explained_and_used_in_the_example() -> None:
    brand = section(page("settings.md"), "HUB_BRAND")
    keys = {field.name for field in dataclasses.fields(config.Brand)} - {"words"}  # of other languages

    assert rows(brand) == keys
    (example,) = code(brand, "python")
    assert set(re.findall(r'^    "(\w+)":', example, re.MULTILINE)) == keys


def test_every_key_of_an_account_is_explained() -> None:
    known = {field.name for field in dataclasses.fields(config.Source)} - {"options", "file", "line", "lines"}

    assert rows(section(page("settings.md"), "content/sources.toml")) == known


def test_what_the_hub_takes_over_from_pelican_is_said() -> None:
    assert rows(page("settings.md")) >= _OURS.keys()


def test_every_task_is_explained_with_every_option() -> None:
    text = page("operating.md")
    for name, task in tasks().tasks.items():
        about = section(text, f"invoke {name}")
        options = [each for argument in task.get_arguments() for each in argument.names if len(each) > 1]
        for option in options or [argument.names[0] for argument in task.get_arguments()]:
            flag = f"`--{option.replace('_', '-')}" if len(option) > 1 else f"`-{option}"
            assert flag in about, f"invoke {name} has {flag}`, of which docs/operating.md says nothing"


def test_no_task_is_explained_that_does_not_exist() -> None:
    explained = re.findall(r"^### invoke (\S+)$", page("operating.md"), re.MULTILINE)

    assert sorted(explained) == sorted(tasks().tasks)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_every_field_that_editors_may_write_is_explained_with_an_example(kind: Kind, tmp_path: Path) -> None:
    table = section(page("editing.md"), kind.label)
    found = re.findall(r"^\| `(\w+)` \| (.*) \| `(\w+): (.+)` \|$", table, re.MULTILINE)
    there = what_there_is(tmp_path)

    assert [name for name, *_ in found] == [field.name for field in kind.fields]
    for field, (_, about, name, example) in zip(kind.fields, found, strict=True):
        assert about.replace("`", "").removeprefix("**needed**: ").startswith(field.help)
        assert about.startswith("**needed**: ") == field.required
        assert (name.lower(), example) == (field.name, field.example)
        values.read(field, example, there)


def test_every_file_that_is_shown_can_be_copied_and_is_right(tmp_path: Path) -> None:
    there = what_there_is(tmp_path)
    shown = files_of(page("editing.md"))
    for number, (kind, text) in enumerate(shown):
        (there.content / kind.folder).mkdir(exist_ok=True)
        (there.content / kind.folder / f"{number}.md").write_text(text, encoding="utf-8")
    found = [sheet for kind in KINDS for sheet in sheets(kind, there.content / kind.folder, there)]

    assert problems(found) == []
    assert [sheet.warnings for sheet in found if sheet.warnings] == []
    assert {kind.folder for kind, _ in shown} == BY_FOLDER.keys()
    assert len(found) == len(shown)


def files_of(text: str) -> list[tuple[Kind, str]]:
    """The files that a page shows, each with its kind: that of the section, or of the folder named last."""
    labels, found, kind = {one.label: one for one in KINDS}, [], NEWS
    parts = r"^## (.+)$|`content/(\w+)/[\w-]+\.md`|^( *)```markdown\n((?:.*\n)*?) *```$"
    for label, folder, pad, file in re.findall(parts, text, re.MULTILINE):
        if file:
            plain = re.sub(rf"^{pad}", "", file, flags=re.MULTILINE)
            found += [(kind, plain)] if re.match(r"---\n|\w+: ", plain) else []
        else:
            kind = BY_FOLDER[folder] if folder else labels.get(label, NEWS)
    return found


def what_there_is(folder: Path) -> Known:
    """All that the examples of the page name."""
    content = folder / "content"
    (content / "images").mkdir(parents=True)
    (content / "images/winter.jpg").touch()
    accounts = {"larkwood-instagram", "larkwood-facebook", "larkwood-lyon", "larkwood-nextdoor"}
    return Known(content, ZoneInfo("Europe/Paris"), accounts, {"lyon"}, {"winter-sale"}, {"campaign"})


@pytest.mark.parametrize("name", connectors.names())
def test_the_example_of_every_connector_links_an_account(name: str, tmp_path: Path) -> None:
    example = manual.example(name)

    assert assert_links(example, tmp_path) == 1
    assert (
        assert_links(re.sub(r"^# ?(\w+ = )", r"\1", example, flags=re.MULTILINE), tmp_path, strict=False) == 1
    )


def test_the_page_of_networks_has_every_connector_with_its_options_and_terms() -> None:
    page = manual.page()
    for name in connectors.names():
        about = section(page, name)
        options = {field.name for field in dataclasses.fields(connectors.load(name))}
        assert rows(about) >= options
        assert "**You need**" in about
        assert "**You get**" in about
        assert "**The terms**" in about


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = project["project"]["dependencies"]
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    more = [line for group in (*extras.values(), *groups.values()) for line in group]

    assert rows(page("dependencies.md")) == {requirement(line) for line in (*runtime, *more)}


def test_the_changelog_has_the_version_of_the_program() -> None:
    versions = re.findall(r"^## \[?([\d.]+)\]? - \d{4}-\d\d-\d\d$", PAGES[1].read_text("utf-8"), re.MULTILINE)

    assert versions[0] == config.VERSION


# Nothing leads nowhere.


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_between_pages_leads_to_a_file_and_heading(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text)) + re.findall(r'src="([^"]+)"', text)
    for address in links:
        if re.match(r"https?:|mailto:", address):
            continue
        file, _, anchor = address.partition("#")
        target = path.parent / file if file else path
        assert target.is_file(), f"{path.name} leads to {address}, which does not exist"
        assert not anchor or anchor in anchors(target), (
            f"{path.name} leads to {address}, which has no such heading"
        )


def test_the_readme_leads_to_every_page_of_the_manual() -> None:
    links = re.findall(r"\]\(docs/([\w.-]+)\)", PAGES[0].read_text(encoding="utf-8"))

    assert set(links) >= {path.name for path in DOCS.glob("*.md")}


def anchors(path: Path) -> set[str]:
    """The headings of a page, as addresses name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pictures_of_the_manual_are_small() -> None:
    pictures = sorted(path for path in (DOCS / "pictures").rglob("*") if path.is_file())
    of_the_look = [path for path in pictures if path.parent.name == "look"]

    assert [path.name for path in pictures if path not in of_the_look] == ["home.png", "phone.png"]
    assert all(path.stat().st_size < (150_000 if path in of_the_look else 400_000) for path in pictures)


# Examples work.


def test_the_four_lines_of_the_readme_link_an_account(tmp_path: Path) -> None:
    (example,) = code(PAGES[0].read_text(encoding="utf-8"), "toml")

    assert len(example.splitlines()) == 4
    assert assert_links(example, tmp_path) == 1


def test_the_article_of_the_readme_can_be_built(tmp_path: Path) -> None:
    (example,) = code(PAGES[0].read_text(encoding="utf-8"), "markdown")
    there = what_there_is(tmp_path)
    (there.content / "winter-hours.md").write_text(example, encoding="utf-8")

    assert problems(sheets(NEWS, there.content, there)) == []


def test_who_follows_the_first_ten_minutes_sees_a_campaign_an_event_and_one_post_less(
    larkwood: Hub, copy_of: Callable[[Hub], Hub]
) -> None:
    hub = copy_of(larkwood)
    content = hub.folder / "content"
    shutil.copytree(ROOT / "content", content)
    post = next(path for path in (hub.output / "posts").iterdir() if path.is_dir())
    steps = section(page("editing.md"), "The first ten minutes")
    names = re.findall(r"`content/(\w+/[\w-]+\.md)`", steps)
    for name, text in zip(names, code(steps, "markdown"), strict=True):
        (content / name).parent.mkdir(exist_ok=True)
        (content / name).write_text(re.sub(r"(?<=/posts/)\w+", post.name, text), encoding="utf-8")
    (rules,) = code(steps, "toml")
    (content / "rules.toml").write_text(rules, encoding="utf-8")
    done = hub.invoke("build", "--", str(content), "-o", str(hub.output))

    assert done.returncode == 0, done.stderr
    queued = hub.invoke("queue", "--json", "--", str(content))
    assert queued.stdout, queued.stderr
    held = json.loads(queued.stdout)["held"]
    assert "content/rules.toml line 6" in str(held), "reviews with few stars wait"
    for address in re.findall(r"`http://localhost:8000/(\w+/[\w-]+/)`", steps):
        assert (hub.output / address / "index.html").exists()
    assert "Long evenings" in (hub.output / "index.html").read_text(encoding="utf-8")
    assert "Open evening" in (hub.output / "events/index.html").read_text(encoding="utf-8")
    assert not post.exists()
    assert not [
        path
        for path in hub.output.rglob("*")
        if path.suffix in (".html", ".xml", ".json")
        and f"/posts/{post.name}/" in path.read_text(encoding="utf-8")
    ]


def test_the_brand_of_the_manual_is_right() -> None:
    (example,) = code(section(page("settings.md"), "HUB_BRAND"), "python")
    names: dict[str, object] = {}
    exec(example, names)
    settings = {"HUB_BRAND": names["HUB_BRAND"]}

    assert config.load(settings, ROOT, {}).problems == ()


def test_objects_for_machines_are_shown_as_they_are() -> None:
    fetched, built, status = map(
        json.loads, code(section(page("operating.md"), "For machines: --json"), "json")
    )
    source = SourceReport("trade", "trade", "failed")

    assert fetched.keys() == Report((source,)).as_json().keys()
    assert fetched["sources"][0].keys() == dataclasses.asdict(source).keys()
    assert built.keys() == dataclasses.asdict(BuildReport(0, 0, 0, 0)).keys()
    assert status.keys() == {"sources", "fetched", "built"}


WRONG = {
    "news/winter-hours.md": (
        "Title: x\nDat: 2026-11-22\nStatus: drft",
        "Title: x\nDate: 2026-13-40 09:00",
        "Title: x\nDate: 2026-11-22\nAlt: A\nPicture: images/nope.jpg",
        "Title : x\nDate : 2026-11-22",
        "---\ntitle: Winter: now\n---",
        "Title: x\nDate: 2026-11-22\n\nStatus: draft",
        "Title: x\nDate: 2026-11-22\nStatus:",
    ),
    "campaigns/winter-sale.md": (
        "Title: x\nStart: 2026-11-30\nEnd: 2026-11-27\nChannels: larkwood-instagramm",
    ),
    "picks/hidden.md": (
        "Post: 4711",
        "Post: /posts/4fzyo82mvyr7k/\nHide yes",
        "Post: /posts/4fzyo82mvyr7k/\n\tHide: yes",
    ),
}
"""Files with which everything goes wrong that the page for editors shows."""


def test_what_is_said_of_a_wrong_file_is_said_so_in_the_manual(tmp_path: Path) -> None:
    there = what_there_is(tmp_path)
    said = []
    for name, texts in WRONG.items():
        path = there.content / name
        path.parent.mkdir()
        for text in texts:
            path.write_text(text, encoding="utf-8")
            found = [*sheets(BY_FOLDER[path.parent.name], path.parent, there)]
            said += [
                *problems(found),
                *(one for sheet in found for one in sheet.warnings if " is called " in one),
            ]
    blocks = code(section(page("editing.md"), "When something is wrong"), "")

    assert sorted(said) == sorted(blocks[0].splitlines())


def test_what_is_said_of_a_file_that_cannot_be_read_and_of_a_dead_link_is_said_so_in_the_manual(
    tmp_path: Path,
) -> None:
    there = what_there_is(tmp_path)
    path = there.content / "news/winter-hours.md"
    path.parent.mkdir()
    blocks = code(section(page("editing.md"), "When something is wrong"), "")
    path.write_bytes("Grüße".encode("latin-1"))
    assert problems(sheets(NEWS, path.parent, there)) == blocks[1].splitlines()

    path.write_text(
        "Title: A\nDate: 2026-11-22\n" + "\n" * 6 + "![x]({static}/images/nope.jpg)", encoding="utf-8"
    )
    assert problems(sheets(NEWS, path.parent, there)) == blocks[4].splitlines()


def test_what_a_build_says_of_two_files_of_one_address_is_said_so_in_the_manual(hub: Hub) -> None:
    shown = code(section(page("editing.md"), "When something is wrong"), "")[2]
    article(hub, "winter-hours.md", "Title: A\nDate: 2026-11-01\nSlug: winter-hours\n\nText")
    article(hub, "winter.md", "Title: B\nDate: 2026-11-01\nSlug: winter-hours\n\nText")

    assert f"✗ {shown}" in build_own(hub).stderr


def test_what_is_said_of_a_pick_of_no_post_is_said_so_in_the_manual(tmp_path: Path) -> None:
    shown = code(section(page("editing.md"), "When something is wrong"), "")[3]
    (tmp_path / "content/picks").mkdir(parents=True)
    (tmp_path / "content/picks/hidden.md").write_text("Post: https://social.example/@larkwood/404\n")
    found = config.load(
        {"PATH": str(tmp_path / "content"), "HUB_BRAND": {"logo": "", "hero": ""}}, tmp_path, {}
    )
    with Store(":memory:", found.timezone) as store:
        assert [*settle(store, [], found, NOW).problems] == shown.splitlines()


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the manual's recipe was followed to the letter, and nothing else done."""
    copy = tmp_path_factory.mktemp("recipe") / "forecourt"
    left_out = shutil.ignore_patterns(
        ".*", "output", "__pycache__", "*.egg-info", "pictures", "theme", "content", "bench"
    )
    shutil.copytree(ROOT, copy, ignore=left_out)
    files = re.findall(
        r"^<!-- file: (\S+) -->\n\n```\w+\n(.*?)^```$", page("connectors.md"), re.MULTILINE | re.DOTALL
    )
    assert len(files) == 3, "one module, one test, one fixture"
    for name, content in files:
        path = copy / name
        assert not path.exists(), "no other file is touched"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return copy


def in_copy(copy: Path, *command: str) -> str:
    """What a command says in the copy; it must end well."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(copy), "PYTHONPATH": f"{copy / 'plugins'}:{copy}"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=copy, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_connector_is_added_by_the_recipe_and_keeps_what_all_promise(followed: Path) -> None:
    found = in_copy(followed, "pytest", "-q", "-p", "no:xdist", "tests/connectors", "-k", "notices")

    passed = re.search(r"(\d+) passed", found)
    assert passed
    assert int(passed[1]) >= 9, found


def test_the_module_of_the_recipe_is_written_as_ours_are(followed: Path) -> None:
    files = [str(path.relative_to(followed)) for path in followed.rglob("*notices.py")]

    in_copy(followed, "ruff", "check", *files)
    in_copy(followed, "ruff", "format", "--check", *files)


def test_the_page_of_networks_tells_of_the_connector_of_the_recipe(followed: Path) -> None:
    said = in_copy(followed, "invoke", "docs")

    assert "## notices\n" in (followed / "docs/networks.md").read_text(encoding="utf-8"), said


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assert_links(toml: str, folder: Path, *, strict: bool = True) -> int:
    """Link the accounts as a person would; a problem raises. Says how many there were.

    Not ``strict``, two options may exclude one another, but each must be one.
    """
    path = folder / "sources.toml"
    path.write_text(toml, encoding="utf-8")
    try:
        return len(link(config.load({"HUB_SOURCES": str(path)}, folder, {}), {}))
    except SettingsError as error:
        wrong = [problem for problem in error.problems if "is not an option" in problem or strict]
        assert not wrong, wrong
        return toml.count("[[source]]")


def tasks() -> Collection:
    return Collection.from_module(loaded(ROOT / "tasks.py"))


def test_every_file_of_the_program_has_its_place_on_the_architecture_page() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    package = ROOT / "plugins/forecourt"
    modules = {path.stem for path in package.rglob("*.py") if path.stem != "__init__"} - {*connectors.names()}

    assert not {name for name in modules if f"`{name}`" not in page and f"{name}.py" not in page}
