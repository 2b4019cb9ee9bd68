"""Running Pelican from a task, with its report as the result."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
from collections.abc import Sequence

import pelican
from pelican.generators import PelicanTemplateNotFound
from pelican.log import DEFAULT_LOG_HANDLER
from pelican.log import init as init_logging

from forecourt import text
from forecourt.errors import ContentError, SettingsError, ThemeError
from forecourt.report import BuildReport
from forecourt.site.build import Heard
from forecourt.site.hooks import BUILD, DRY, REPORT


def build(arguments: Sequence[str], *, dry: bool = False) -> BuildReport:
    """Run Pelican with these arguments of its command line.

    Raises ContentError when the plugin did not run: Pelican logs a plugin that
    fails to load, goes on without, and would overwrite the hub with a blog.
    """
    try:
        asked = pelican.parse_arguments([*arguments])
    except ValueError as error:  # of -e, --extra-settings
        raise SettingsError([str(error)]) from error
    # What Pelican logs is in our report; who asks for more by -v or -D gets it in Pelican's own words.
    handler = DEFAULT_LOG_HANDLER if asked.verbosity else logging.NullHandler()
    init_logging(level=asked.verbosity or logging.WARNING, name=pelican.__name__, handler=handler)
    if dry:
        asked.overrides = {**asked.overrides, DRY: True}
    # Standard output is for machines.
    with contextlib.redirect_stdout(sys.stderr if asked.verbosity else io.StringIO()):
        return _run(asked)


def _run(asked: argparse.Namespace) -> BuildReport:
    heard = Heard()
    logging.getLogger("pelican").addHandler(heard)
    try:
        instance, settings = pelican.get_instance(asked)
    except Exception as error:  # Pelican raises plain ones at settings that cannot be
        raise SettingsError([text.line(str(error))]) from error
    logging.getLogger("pelican").removeHandler(heard)
    if "forecourt" not in settings["PLUGINS"]:
        why = "PLUGINS in pelicanconf.py must name it"
        raise ContentError([f"the forecourt plugin did not load; {why}", *heard.errors])
    try:
        with settings[BUILD].unless_it_fails():
            instance.run()
    except PelicanTemplateNotFound as error:
        raise ThemeError(text.line(str(error))) from error
    report: BuildReport = settings[REPORT]
    return report
