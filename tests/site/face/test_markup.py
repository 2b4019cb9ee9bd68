"""The pages are valid HTML, by the Nu HTML checker, where it is installed."""

from __future__ import annotations

import shutil

import pytest

from bench.audit import JAR, markup
from bench.showing import Showing


@pytest.mark.skipif(
    not JAR.is_file() or not shutil.which("java"),
    reason="needs the Nu HTML checker: invoke audit -- --install vnu-jar, and Java",
)
def test_no_kind_of_page_has_an_error_of_markup(shown: Showing) -> None:
    assert markup(map(shown.file, shown.pages)) == []
