"""Fetch, build, look: the tasks of every day."""

from __future__ import annotations

import contextlib
import shutil
import sys
import webbrowser
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from forecourt import config
from forecourt.commands.given import (
    DEBUG,
    FAULTY,
    JSON,
    USAGE,
    content_folder,
    leave,
    linked,
    output_folder,
    read_settings,
    rest,
)
from forecourt.commands.runs import build_site, fared, fetch_sources, make
from forecourt.console import print_built, print_fetched, print_json, say, told
from forecourt.errors import ForecourtError, OutputError
from forecourt.report import Report
from forecourt.store import alone

DEFAULT_PORT = 8000
KEPT_NOTHING = "Nothing was kept (--dry-run)."


@task
def hub(c: Context) -> None:
    """Show the demo hub: play its networks on this machine, fetch, build. Then: invoke serve."""
    from demo import DEFAULT_PORT as NETWORKS
    from demo import DemoNetworks, PortTakenError, secrets

    say("Playing Larkwood's networks on this machine …")
    try:
        environ, now = config.surroundings()
        state = config.load(read_settings("pelicanconf.py"), Path.cwd(), environ).state
        with told(), alone(state, "hub", now), DemoNetworks(port=NETWORKS):
            report = fetch_sources(insist=True, defaults={"HUB_ALLOW_PRIVATE": "127.0.0.0/8", **secrets()})
    except PortTakenError:
        raise Exit(
            f"Port {NETWORKS} is taken, where Larkwood's networks play. End that program, then try again.",
            USAGE,
        ) from None
    print_fetched(report)
    with told():
        made = build_site("pelicanconf.py")
    print_built(made)
    if report.sources and all(source.status == "same" for source in report.sources) and not made.written:
        say("Nothing changed since the last run.")
    look = f"\nThe hub is in {Path.cwd() / 'output'}\nLook at it:  make serve   (http://localhost:{DEFAULT_PORT}/)"
    leave(FAULTY if made.problems else fared(report), look)


@task(
    iterable=["only"],
    help={
        "only": "name of a source; give it again for more than one",
        "json": JSON,
        "dry-run": "ask the sources and say what would change, but keep nothing",
        "debug": DEBUG,
    },
)
def fetch(
    c: Context, only: list[str] | None = None, json: bool = False, dry_run: bool = False, debug: bool = False
) -> None:
    """Ask every linked account for what is new and keep it."""
    if not only and {"--only", "-o"} & {*sys.argv[: -len(rest()) or None]}:  # invoke lets it pass
        raise Exit("--only wants the name of a source, as in: invoke fetch --only larkwood-blog", USAGE)
    with told(debug=debug):
        report = fetch_sources(only or (), dry=dry_run, quiet=json)
    if json:
        print_json(report.as_json())
    else:
        print_fetched(report)
        print_demo_hint(report)
    leave(fared(report), "" if json else KEPT_NOTHING if dry_run else "Next: invoke build")


@task(
    help={
        "json": JSON,
        "dry-run": "say which files would be written, and write none",
        "debug": DEBUG,
    }
)
def build(c: Context, json: bool = False, dry_run: bool = False, debug: bool = False) -> None:
    """Make the site in output/ from what was fetched and from content/. Asks no network."""
    make("pelicanconf.py", json=json, dry_run=dry_run, debug=debug)


@task
def rebuild(c: Context) -> None:
    """Make every page anew, on all cores. Files that are not the hub's stay."""
    make("pelicanconf.py", full=True)


@task
def preview(c: Context) -> None:
    """Make the site as the public would get it (publishconf.py)."""
    make("publishconf.py")


@task
def regenerate(c: Context) -> None:
    """Make the site again each time a file of content/ or theme/ changes."""
    from pelican import main as pelican

    pelican(["-s", "pelicanconf.py", "-r", *rest()])


@task(
    help={
        "port": "to listen on",
        "host": "to listen on; 0.0.0.0 shows the site to the whole network",
        "open": "open the browser, too",
    }
)
def serve(c: Context, port: int = DEFAULT_PORT, host: str = "localhost", open: bool = False) -> None:
    """Show output/ in the browser. Ctrl-C ends it."""
    from forecourt import serving

    folder = output_folder()
    if not (folder / "index.html").exists():
        raise Exit(f"There is no site in {folder} yet. First: make hub, or invoke fetch build", USAGE)

    def ready() -> None:
        say(f"The hub is at http://{host}:{port}/ (Ctrl-C ends it)")
        if open:
            webbrowser.open(f"http://{host}:{port}/")

    try:
        with contextlib.suppress(KeyboardInterrupt):
            serving.serve(folder, host, port, ready)
    except (OSError, OverflowError) as error:
        raise Exit(port_taken(port, error), USAGE) from None


@task
def reserve(c: Context) -> None:
    """Make the site, then show it."""
    make("pelicanconf.py")
    serve(c)


@task(help={"port": "to listen on"})
def livereload(c: Context, port: int = DEFAULT_PORT) -> None:
    """Show the site, make it again and reload the browser at each change."""
    from forecourt import serving

    def remake() -> serving.Told:
        try:
            report = build_site("pelicanconf.py")
        except ForecourtError as error:  # the next change may mend it
            say(str(error))
            return serving.Told(str(error).splitlines())
        print_built(report)
        return serving.Told(report.problems, report.warnings)

    watched = [f"{content_folder()}/**/*", "theme/**/*", "*conf.py"]
    try:
        serving.serve_reloading(output_folder(), watched, remake, port)
    except OSError as error:
        raise Exit(port_taken(port, error), USAGE) from None


@task(help={"dry-run": "say what would be removed, and remove nothing"})
def clean(c: Context, dry_run: bool = False) -> None:
    """Empty output/. What was fetched stays."""
    folder = output_folder()
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    if not dry_run:
        environ, now = config.surroundings()
        state = config.load(read_settings("pelicanconf.py"), Path.cwd(), environ).state
        with told(), alone(state, "clean", now):
            try:
                for path in found:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            except OSError as error:
                why = f"{error.filename} cannot be removed: {error.strerror}; mend that and run again"
                raise OutputError(why) from error
    say(
        f"{'Would remove' if dry_run else 'Removed'} {len(found)} files and folders from {folder}. Next: invoke build"
    )


@task(help={"port": "to listen on"})
def demo(c: Context, port: int = 0) -> None:
    """Play the demo brand's networks on this machine until Ctrl-C."""
    from demo.__main__ import main

    raise Exit(code=main(["--port", str(port)] if port else []))


def print_demo_hint(report: Report) -> None:
    """Say why the demo's accounts fail, to whom it may puzzle."""
    failed = {source.name for source in report.sources if source.status == "failed"}
    if not failed:
        return
    from demo import DEFAULT_PORT as NETWORKS

    _, accounts = linked(config.surroundings()[0], secrets=False)
    address = f"http://127.0.0.1:{NETWORKS}/"
    options = [a.source.options.values() for a in accounts if a.name in failed]
    if any(str(value).startswith(address) for values in options for value in values):
        say(
            f"\nAccounts at {address} are the demo's. `make hub` plays them while it fetches, and knows their "
            "tokens; to link your own, take them out of content/sources.toml."
        )


def port_taken(port: int, error: Exception) -> str:
    """What to do when a port cannot be listened on."""
    why = getattr(error, "strerror", None) or error
    return f"Port {port} cannot be used ({why}). Try another: --port {DEFAULT_PORT + 1}"
