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
from forecourt.report import BuildReport, Listener
from forecourt.site.hooks import SESSION
from forecourt.site.session import ASKED, DRY, FULL, TOLD, Heard, Session


def build(
    arguments: Sequence[str],
    asked: str = "",
    *,
    dry: bool = False,
    full: bool = False,
    told: Listener = Listener(),
) -> BuildReport:
    """Run Pelican with these arguments of its command line.

    ``asked`` is the digest of what the settings file says. Raises ContentError when the plugin did not run:
    Pelican logs a plugin that fails to load, goes on without, and would overwrite the hub with a blog.
    """
    try:
        options = pelican.parse_arguments([*arguments])
    except ValueError as error:  # of -e, --extra-settings
        raise SettingsError([str(error)]) from error
    # What Pelican logs is in our report; who asks for more by -v or -D gets it in Pelican's own words.
    handler = DEFAULT_LOG_HANDLER if options.verbosity else logging.NullHandler()
    init_logging(level=options.verbosity or logging.WARNING, name=pelican.__name__, handler=handler)
    options.overrides = {**(options.overrides or {}), ASKED: asked, DRY: dry, FULL: full, TOLD: told}
    # Standard output is for machines.
    with contextlib.redirect_stdout(sys.stderr if options.verbosity else io.StringIO()):
        return _run(options)


def _run(options: argparse.Namespace) -> BuildReport:
    heard = Heard()
    logging.getLogger("pelican").addHandler(heard)
    try:
        instance, settings = pelican.get_instance(options)
    except Exception as error:  # Pelican raises plain ones at settings that cannot be
        raise SettingsError([text.line(str(error))]) from error
    logging.getLogger("pelican").removeHandler(heard)
    if "forecourt" not in settings["PLUGINS"]:
        why = "PLUGINS in pelicanconf.py must name it"
        raise ContentError([f"the forecourt plugin did not load; {why}", *heard.errors])
    session: Session = settings[SESSION]
    try:
        instance.run()
    except PelicanTemplateNotFound as error:
        raise ThemeError(text.line(str(error))) from error
    report = session.report
    if report is None:
        raise ContentError(["Pelican ended before the hub was built", *session.heard.errors])
    return report
