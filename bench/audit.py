"""Audits of the built site by programs of others, the Nu HTML checker and Lighthouse, and pictures of it.

`invoke audit` runs it on what is in output/; the pictures are those of docs/look.md. The programs are installed into
``.suites/audit`` when they are first wanted, from npm, without running scripts of
packages; Node.js 20 and Java 17 are the machine's own, and so is Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cost import ROOT
from bench.showing import Showing, showing
from forecourt.config import surroundings

FOLDER = ROOT / ".suites/audit"
NODE = {"vnu-jar": "26.9.27", "lighthouse": "12.8.2"}
JAR = FOLDER / "node_modules/vnu-jar/build/dist/vnu.jar"
DOCS = ROOT / "docs"
LIGHTHOUSE = FOLDER / "node_modules/lighthouse/cli/index.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WHOLE = 100
"""All the points that Lighthouse gives."""
HOLDS = ("accessibility", "best-practices", "seo")
"""What must be 100. Performance is told and holds nothing: one page got 65 to 100 as its machine was busy."""

_MINUTES = 10 * 60
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
# Of the 28 kinds of page those that differ most. A post is the first that stands for posts.
_LISTING, _POST, _ARTICLE = "/networks/", "/posts/", "/news/"


class AuditError(Exception):
    """What is missing for an audit, and where to get it."""


@dataclass(frozen=True, slots=True)
class Score:
    """What Lighthouse gives a page, of 100, by category.

    ``lost`` names what cost points in those that must be whole.
    """

    path: str
    points: Mapping[str, int]
    lost: tuple[str, ...]


def install(*names: str) -> None:
    """Get these programs from npm, in the versions wanted, unless they are there."""
    pins = [f"{name}@{NODE[name]}" for name in names if _installed(name) != NODE[name]]
    if not pins:
        return
    npm = _program("npm", "Node.js 20")
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = [
        f"{name}@{NODE[name]}" for name in NODE if _installed(name) == NODE[name]
    ]  # npm would clear them away
    options = [
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--no-save",
        "--no-package-lock",
        "--loglevel=error",
    ]
    _run([npm, "install", "--prefix", str(FOLDER), *options, *pins, *kept])


def markup(files: Iterable[Path]) -> list[str]:
    """What the Nu HTML checker holds against pages, a line for each error."""
    java = _program("java", "Java 11 or newer")
    command = [
        java,
        "-jar",
        str(JAR),
        "--format",
        "json",
        "--stdout",
        "--exit-zero-always",
        "--skip-non-html",
    ]
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=True, timeout=_MINUTES
    )
    said = json.loads(done.stdout)["messages"]
    return [
        f"{message.get('url', '').removeprefix('file:')}:{message.get('lastLine', '?')}: {message['message']}"
        for message in said
        if message["type"] != "info"
    ]


def lighthouse(shown: Showing, paths: Sequence[str]) -> Iterator[Score]:
    """What Lighthouse gives pages on a phone.

    That a page can be found is not asked of one that says itself it is not to be: posts of others, and search.
    """
    for path in paths:
        hidden = "noindex" in shown.file(path).read_text(encoding="utf-8").partition("</head>")[0]
        yield _score(shown.address, path, ("--skip-audits=is-crawlable",) if hidden else ())


def _score(address: str, path: str, more: Sequence[str]) -> Score:
    node = _program("node", "Node.js 20")
    chrome = browser_path()
    with tempfile.TemporaryDirectory(prefix="forecourt-audit-") as folder:
        report = Path(folder) / "report.json"
        options = ["--quiet", "--output=json", f"--output-path={report}", f"--chrome-flags={' '.join(FLAGS)}"]
        environ = {**surroundings()[0], "CHROME_PATH": chrome, "HOME": folder}
        _run([node, str(LIGHTHOUSE), f"{address}{path}", *options, *more], environ)
        said = json.loads(report.read_text(encoding="utf-8"))
    points = {name: round(100 * (category["score"] or 0)) for name, category in said["categories"].items()}
    return Score(path, points, tuple(_lost(said)))


def _lost(said: Mapping[str, Any]) -> Iterator[str]:  # Any: Lighthouse's report
    for name in HOLDS:
        for part in said["categories"][name]["auditRefs"]:
            audit = said["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 1:
                items = audit.get("details", {}).get("items", [])
                where = next((item["node"]["selector"] for item in items if "node" in item), "")
                yield f"{audit['title']} {where}".strip()


def chosen(pages: Sequence[str]) -> list[str]:
    """The pages that Lighthouse is given: home, a listing, a post, an article, search."""
    wanted = ["/"]
    wanted += [next((page for page in pages if page.startswith(kind)), "") for kind in (_LISTING, _POST)]
    wanted += [next((page for page in pages if page.startswith(_ARTICLE) and page != _ARTICLE), "")]
    wanted += [page for page in pages if page == "/search/"]
    return list(filter(None, wanted))


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit a folder; 0 if nothing is held against it, 1 if something is, 2 if it could not be audited."""
    parser = argparse.ArgumentParser(prog="invoke audit", description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "output", help="the built site")
    parser.add_argument("--only", choices=("markup", "lighthouse"), help="one of the audits alone")
    parser.add_argument(
        "--screenshots", action="store_true", help="only take the pictures of docs/look.md, and write it"
    )
    parser.add_argument("--install", choices=tuple(NODE), help="only get one of the programs")
    options = parser.parse_args(arguments)
    try:
        if options.install:
            install(options.install)
            return 0
        return _audit_folder(options)
    except AuditError as error:
        print(error, file=sys.stderr)
        return 2


def _audit_folder(options: argparse.Namespace) -> int:
    if not (options.output / "index.html").is_file():
        raise AuditError(f"There is no site in {options.output} yet. First: invoke build")
    with showing(options.output) as shown:
        if not options.screenshots:
            return _audit(shown, options.only)
        from bench.pictures import take  # noqa: PLC0415 - playwright is of the tests, and wanted for these alone

        take(shown, DOCS)
        return 0


def _audit(shown: Showing, only: str | None) -> int:
    wrong = 0
    if only in {None, "markup"}:
        install("vnu-jar")
        errors = markup(map(shown.file, shown.pages))
        wrong += len(errors)
        print(*errors, sep="\n", end="\n" if errors else "")
        print(f"Nu HTML checker: {len(errors)} errors on {len(shown.pages)} kinds of page")
    if only in {None, "lighthouse"}:
        install("lighthouse")
        for score in lighthouse(shown, chosen(shown.pages)):
            print(
                f"Lighthouse {score.path}: {', '.join(f'{name} {points}' for name, points in score.points.items())}"
            )
            print(*(f"  {line}" for line in score.lost), sep="\n", end="\n" if score.lost else "")
            wrong += sum(score.points[name] < WHOLE for name in HOLDS)
    return 1 if wrong else 0


def _installed(name: str) -> str:
    path = FOLDER / "node_modules" / name / "package.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["version"]) if path.is_file() else ""


def _program(name: str, what: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise AuditError(f"The audit wants {what}: no {name} is on the PATH. Install it and run again.")
    return path


def browser_path() -> str:
    """Where Chromium is."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise AuditError(
            "The audit wants Chromium, as from Debian's package chromium. Install it and run again."
        )
    return path


def _run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    environ = surroundings()[0] if environ is None else environ
    subprocess.run(command, check=True, timeout=_MINUTES, stdin=subprocess.DEVNULL, env=environ)


if __name__ == "__main__":
    raise SystemExit(main())
