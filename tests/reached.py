"""pytest's side of promises: the mark, the scale, and the figures that tests reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.promises import marked, page, rows


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("promises")
    group.addoption("--thorough", action="store_true", help="at full scale, which may take an hour")
    group.addoption("--promises", type=Path, help="bring the table of promises there up to date, if all hold")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "promise(number, ...): holds a promise of docs/promises.md")
    path = config.getoption("--promises")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Figures(path), "forecourt-figures")


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say what the test reached, in a few words."""
    return lambda said: record_property("figure", said)


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How many: the first number for every day, the second with --thorough."""
    thorough = bool(request.config.getoption("--thorough"))
    return lambda quick, full: full if thorough else quick


class _Figures:
    """Hears what each test reached, also of tests that ran in other processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self._said.setdefault(report.nodeid.partition("[")[0], []).append("skipped in part")
        if report.when == "call" and report.passed:
            said = self._said.setdefault(report.nodeid.partition("[")[0], [])
            said += [str(value) for name, value in report.user_properties if name == "figure"]

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK:
            before = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
            figures = {held.test: reached for held, reached in rows(before)}  # of tests that did not run now
            figures |= {test: "; ".join(dict.fromkeys(said)) or "holds" for test, said in self._said.items()}
            self._path.write_text(page(marked(), figures), encoding="utf-8")
