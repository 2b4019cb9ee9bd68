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
from pathlib import Path
from types import ModuleType

import pytest
from invoke.collection import Collection

from forecourt import config, connectors, manual
from forecourt.accounts import link
from forecourt.errors import SettingsError
from forecourt.report import BuildReport, Report, SourceReport
from forecourt.site.frontmatter import FIELDS, check
from forecourt.site.hooks import _OURS
from tests.conftest import ROOT

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


def test_every_field_of_an_article_is_explained_with_an_example() -> None:
    table = section(page("editing.md"), "All fields")

    assert re.findall(r"^\| `(\w+)` \|.*\| `\w+: .+` \|$", table, re.MULTILINE) == list(FIELDS)
    examples = re.findall(r"^\| `(\w+)` \|.*\| `(\w+): .+` \|$", table, re.MULTILINE)
    assert all(name == example.lower() for name, example in examples)


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
    groups = [line for group in project["dependency-groups"].values() for line in group]

    assert rows(page("dependencies.md")) == {requirement(line) for line in (*runtime, *groups)}


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
    (tmp_path / "news").mkdir()
    (tmp_path / "news/winter-hours.md").write_text(example, encoding="utf-8")

    assert check(tmp_path, {"news": True}).problems == ()


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


@pytest.mark.parametrize(
    "head",
    [
        "Title: x\nDat: 2026-11-22\nStatus: drft",
        "Title: x\nDate: 2026-13-40 09:00",
        "Title: x\nDate: 2026-11-22\nStatus: draft\nPicture: images/nope.jpg",
        "---\ntitle: Winter: now\n---",
    ],
)
def test_what_is_said_of_a_wrong_head_is_said_so_in_the_manual(head: str, tmp_path: Path) -> None:
    file = tmp_path / "content/news/winter-hours.md"
    file.parent.mkdir(parents=True)
    file.write_text(f"{head}\n\nText.\n", encoding="utf-8")
    shown = code(section(page("editing.md"), "When something is wrong"), "")[0].splitlines()

    assert set(check(tmp_path / "content", {"news": True}).problems) <= set(shown)


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
