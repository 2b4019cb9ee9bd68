"""Running Pelican from a task, with its report as the result."""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
from collections.abc import Sequence

import pelican
from pelican.log import init as init_logging

from forecourt.errors import ContentError, SettingsError
from forecourt.report import BuildReport
from forecourt.site.hooks import DRY, REPORT


def build(arguments: Sequence[str], *, dry: bool = False) -> BuildReport:
    """Run Pelican with these arguments of its command line.

    Raises ContentError when the plugin did not run: Pelican logs a plugin that
    fails to load, goes on without, and would overwrite the hub with a blog.
    """
    try:
        asked = pelican.parse_arguments([*arguments])
    except ValueError as error:  # of -e, --extra-settings
        raise SettingsError([str(error)]) from error
    init_logging(level=asked.verbosity or logging.WARNING, name=pelican.__name__)
    if dry:
        asked.overrides = {**asked.overrides, DRY: True}
    with contextlib.redirect_stdout(sys.stderr):  # standard output is for machines
        return _run(asked)


def _run(asked: argparse.Namespace) -> BuildReport:
    instance, settings = pelican.get_instance(asked)
    if "forecourt" not in settings["PLUGINS"]:
        raise ContentError(["the forecourt plugin did not load; PLUGINS in pelicanconf.py must name it"])
    instance.run()
    report: BuildReport = settings[REPORT]
    return report
