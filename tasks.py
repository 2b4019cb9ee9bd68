"""What one can do with the hub. `invoke --list` is the table of contents; every task has --help.

What follows `--` goes to Pelican, as in `invoke build -- -o elsewhere`.
"""

from __future__ import annotations

import argparse
import contextlib
import json as jsonlib
import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.main import program
from invoke.tasks import task

from forecourt import config
from forecourt.console import print_built, print_fetched, print_json, say, told
from forecourt.desk import writing
from forecourt.errors import Cause, ForecourtError, OutputError, SettingsError
from forecourt.report import BuildReport, Report
from forecourt.store import Store, alone

if TYPE_CHECKING:
    from forecourt.accounts import Account
    from forecourt.settling import Curator
    from forecourt.tokens import Tokens

ROOT = Path(__file__).parent
os.chdir(ROOT)  # every task works from any folder

FAULTY, USAGE, STALE, LOCKED_OUT = 1, 2, 3, 4  # exit codes
DEFAULT_PORT = 8000
LOCKS = (Cause.AUTH_EXPIRED, Cause.AUTH_DEAD)  # what only a new credential opens
JSON = "print one object for machines, and nothing else"
NO_POST = "No post is at {}. Its key stands in the address of its page: /posts/KEY/"
KEPT_NOTHING, WROTE_NOTHING = "Nothing was kept (--dry-run).", "Nothing was written (--dry-run)."


# For everybody


@task
def hub(c: Context) -> None:
    """Show the demo hub: play its networks on this machine, fetch, build. Then: invoke serve."""
    from demo import DEFAULT_PORT as NETWORKS
    from demo import DemoNetworks, PortTakenError, secrets

    say("Playing Larkwood's networks on this machine …")
    try:
        with told(), DemoNetworks(port=NETWORKS):
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
    look = f"\nThe hub is in {ROOT / 'output'}\nLook at it:  make serve   (http://localhost:{DEFAULT_PORT}/)"
    leave(FAULTY if made.problems else fared(report), look)


@task(
    iterable=["only"],
    help={
        "only": "name of a source; give it again for more than one",
        "json": "print one object for machines, and nothing else",
        "dry-run": "ask the sources and say what would change, but keep nothing",
        "debug": "show where an error comes from",
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
        "json": "print one object for machines, and nothing else",
        "dry-run": "say which files would be written, and write none",
        "debug": "show where an error comes from",
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

    def remake() -> list[str]:
        try:
            report = build_site("pelicanconf.py")
        except ForecourtError as error:  # the next change may mend it
            say(str(error))
            return str(error).splitlines()
        print_built(report)
        return [*report.problems]

    problems = remake()
    watched = [f"{content_folder()}/**/*", "theme/**/*", "*conf.py"]
    try:
        serving.serve_reloading(output_folder(), watched, remake, port, problems)
    except OSError as error:
        raise Exit(port_taken(port, error), USAGE) from None


@task(
    help={
        "json": "print one object for machines, and nothing else",
        "debug": "show where an error comes from",
    }
)
def status(c: Context, json: bool = False, debug: bool = False) -> None:
    """Say how each linked account fares, and when the hub was last fetched and built."""
    from forecourt.terminal import print_status

    with told(debug=debug):
        found = read_status()
    if json:
        print_json(found)
    else:
        print_status(found)
    sources = found["sources"]
    locked_out = any(source["ending"] or source["cause"] in LOCKS for source in sources)
    leave(LOCKED_OUT if locked_out else STALE if any(source["error"] for source in sources) else 0)


@task(
    help={
        "json": "print one object for machines, and nothing else",
        "debug": "show where an error comes from",
    }
)
def alts(c: Context, json: bool = False, debug: bool = False) -> None:
    """List the pictures that nobody described, by account and by who looks after it."""
    with told(debug=debug):
        found = read_alts()
    if json:
        print_json(found)
        return
    from forecourt.terminal import print_alts

    print_alts(found)


@task(
    positional=["address"],
    help={"address": "of a post: its page on the hub, its key, or its address at its origin", "json": JSON},
)
def why(c: Context, address: str, json: bool = False, debug: bool = False) -> None:
    """Say how a post was judged, merged and placed, and by which line of which file."""
    from forecourt import moderation

    with told(debug=debug), curated() as (store, accounts, curator, _):
        found = moderation.why(store, {each.name: each for each in accounts}, curator, address)
    if json:
        print_json({"posts": found})
    for lines in [] if json else found:
        say("\n  ".join(lines))
    if not found:
        raise Exit(NO_POST.format(address), USAGE)


@task(help={"json": JSON, "open": "open the page in the browser, too"})
def queue(c: Context, json: bool = False, open: bool = False, debug: bool = False) -> None:
    """Write the page of the posts that are held, for the editors alone: what each is, why, how to let it out."""
    from forecourt import moderation

    with told(debug=debug), curated() as (store, accounts, _, found):
        waiting = moderation.queue(store, accounts)
        path = found.state / "desk" / "queue.html"
        _, now = config.surroundings()
        writing.save(path, moderation.page(waiting, "../pictures", now))
    if json:
        print_json({"page": str(path), "held": [asdict(each) for each in waiting]})
        return
    for each in waiting:
        say(f"{each.key}  {each.label}: {each.title or each.excerpt[:70]}\n  {'; '.join(each.reasons)}")
    if open:
        webbrowser.open(path.as_uri())
    say(
        f"\n{len(waiting)} held. Look at them: {path}\nNext: invoke pick KEY --approve, or --hide"
        if waiting
        else "Nothing is held."
    )


@task(
    positional=["address"],
    help={
        "address": "of a post: its page on the hub, its key, or its address at its origin",
        "approve": "let it out, though a rule or its account holds it",
        "hide": "keep it and its copies off the site",
        "show": "take back what was said: neither approved nor hidden, pinned or featured",
        "pin": "keep it first on the home page",
        "caption": "words of your own beside it",
    },
)
def pick(
    c: Context, address: str, approve: bool = False, hide: bool = False, show: bool = False, pin: bool = False,
    caption: str = "", debug: bool = False,
) -> None:  # fmt: skip
    """Write into content/picks/ what becomes of a post."""
    said = {name: "yes" for name, is_so in (("approve", approve), ("hide", hide), ("pin", pin)) if is_so}
    said |= {"caption": caption} if caption else {}
    if not said and not show:
        raise Exit("Say what becomes of it: --approve, --hide, --pin, --caption or --show", USAGE)
    if approve or hide or show:
        said = {"approve": "", "hide": "", **({"pin": "", "feature_until": ""} if show else {}), **said}
    with told(debug=debug), curated() as (store, _, _, _):
        keys = store.curations.found(address)
        posts = [one for key in keys for one in store.posts.alone(key)]
    if not posts:
        raise Exit(NO_POST.format(address), USAGE)
    for stored in posts:
        path = content_folder() / "picks" / f"{stored.key}.md"
        about = f"{stored.post.source}: {stored.post.title or stored.post.text[:60]}"
        try:
            before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
            writing.save(path, writing.pick(before, f"/posts/{stored.key}/", said, about))
        except (OSError, ValueError) as error:
            raise Exit(f"{path} cannot be written: {error}; mend it and try again", FAULTY) from None
        say(f"Written: {path}")
    say("Next: invoke build")


@task(
    positional=["address"],
    help={
        "address": "of a post: its page on the hub, its key, or its address at its origin",
        "dry-run": "say what would be forgotten, and forget nothing",
    },
)
def forget(c: Context, address: str, dry_run: bool = False, debug: bool = False) -> None:
    """Remove a post for good, with all that says the same: store, pictures, site. It cannot come back."""
    from forecourt import messages
    from forecourt.media.taking import drop

    with told(debug=debug):
        environ, now = config.surroundings()
        found, _ = linked(environ, secrets=False)
        opened: contextlib.AbstractContextManager[Store] = (
            Store.trial(found.store, found.timezone)
            if dry_run
            else Store.run(found.store, found.timezone, "forget", now, keep=True)
        )
        with opened as store:
            keys = {copy for key in store.curations.found(address) for copy in store.messages.copies(key)}
            posts = [one for key in sorted(keys) for one in store.posts.alone(key)]
            if not dry_run and posts:
                with store.transaction():
                    messages.forget(store, keys)
                drop(store, found.pictures)
    if not posts:
        raise Exit(NO_POST.format(address), USAGE)
    for stored in posts:
        done = "Would forget" if dry_run else "Forgotten"
        say(f"{done}: {stored.post.permalink or stored.key} ({stored.post.source})")
    if not dry_run:
        make("pelicanconf.py")


@task(
    help={
        "json": JSON,
        "strict": "end with 1 where a campaign is not said as it should be",
        "debug": "show where an error comes from",
    }
)
def ledger(c: Context, json: bool = False, strict: bool = False, debug: bool = False) -> None:
    """Say which channel said each campaign's message, when, and whether it said it right."""
    from forecourt import campaigns
    from forecourt.curate import message_ledger

    with told(debug=debug), curated() as (store, accounts, curator, settings):
        _, now = config.surroundings()
        found = campaigns.ledger(store, accounts, curator, now)
        path = settings.state / "desk" / "ledger.html"
        writing.save(path, campaigns.page(found))
    if json:
        print_json(message_ledger.as_json(found))
    else:
        say("\n".join(message_ledger.lines(found)))
        say(f"\nThe same as a page: {path}")
    if strict and not found.is_clean:
        raise Exit(code=FAULTY)


@task(help={"install": "get its program from npm, once"})
def admin(c: Context, install: bool = False) -> None:
    """Say where the editor in the browser is, or get its program (docs/cms.md)."""
    from forecourt.site.admin import PROGRAM, program_folder

    environ, _ = config.surroundings()
    folder = program_folder(config.load(read_settings("pelicanconf.py"), ROOT, environ).state)
    if install:
        command = [sys.executable, "-m", "bench.cms_package", str(folder)]
        raise Exit(code=subprocess.run(command, check=False).returncode)
    there = all((folder / name).is_file() for name in PROGRAM)
    say(f"The editor is in {folder}." if there else "The editor is not here. Next: invoke admin --install")


@task(
    positional=["kind", "title"],
    help={"kind": "article, page, campaign, event, store", "title": "what it is called, in quotes"},
)
def new(c: Context, kind: str, title: str) -> None:
    """Write a file of the editors' with all that it may say, as in: invoke new campaign "Winter sale"."""
    from forecourt.desk.schema import KINDS, PICKS

    kinds = {each.one: each for each in KINDS if each is not PICKS}
    if kind not in kinds:
        raise Exit(f'There is no kind "{kind}"; {config.nearest(kind, kinds)}', USAGE)
    environ, now = config.surroundings()
    found = config.load(read_settings("pelicanconf.py"), ROOT, environ)
    name, text = writing.new(kinds[kind], title, now, found.timezone)
    path = content_folder() / name
    if path.exists():
        raise Exit(f"{path} is there already; choose another title", USAGE)
    writing.save(path, text)
    say(f"Written: {path}\nNext: write in it, then invoke build")


@task(help={"dry-run": "say what would be removed, and remove nothing"})
def clean(c: Context, dry_run: bool = False) -> None:
    """Empty output/. What was fetched stays."""
    folder = output_folder()
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    if not dry_run:
        environ, now = config.surroundings()
        state = config.load(read_settings("pelicanconf.py"), ROOT, environ).state
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


# For those who work on Forecourt


@task
def lint(c: Context) -> None:
    """Look for faults without running anything: style, types, layers, templates, spelling, leftovers."""
    for command in (
        "ruff check .",
        "ruff format --check .",
        "mypy",
        "lint-imports",
        "djlint theme/templates --lint --quiet",
        "codespell",
        "vulture",
        "deptry .",
        "invoke docs --check",
        "invoke translations --check",
    ):
        say(f"→ {command}")
        run_tool(c, command)


@task(help={"check": "only say what is missing, and write nothing; 1 if anything is"})
def translations(c: Context, check: bool = False) -> None:
    """Bring the messages of the templates into theme/translations/, and say what is not translated."""
    from forecourt.site import catalogues

    theme = ROOT / "theme"
    with told():
        for path in [] if check else catalogues.update(theme):
            say(f"Written: {path.relative_to(ROOT)}")
        problems = catalogues.check(theme)
    if problems:
        raise Exit("\n".join(problems), FAULTY)
    say("Every message is translated.")


@task(help={"check": "only say whether it is as the connectors say; 1 if not"})
def docs(c: Context, check: bool = False) -> None:
    """Write docs/networks.md from the connectors."""
    from forecourt import manual

    path, text = ROOT / "docs/networks.md", manual.page()
    if check and path.read_text(encoding="utf-8") != text:
        raise Exit("docs/networks.md is not what the connectors say. Next: invoke docs", FAULTY)
    if not check:
        path.write_text(text, encoding="utf-8")
        say(f"{path} is as the connectors say.")


@task(help={"k": "only tests whose name matches", "n": "processes; 0 runs them one after the other"})
def test(c: Context, k: str = "", n: str = "") -> None:
    """Run every test."""
    chosen = ["-k", k] if k else []
    many = n or str(2 * (os.cpu_count() or 1))  # half of what they take is waiting
    command = [sys.executable, "-m", "pytest", "-n", many, *chosen, *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


@task(help={"k": "only tests whose name matches, such as bluesky"})
def servers(c: Context, k: str = "") -> None:
    """Run the tests against real servers: installed into .servers/ once, begun and ended by the tests."""
    chosen = ["-k", k] if k else []
    command = [sys.executable, "-m", "pytest", "-m", "servers", "-s", "tests/servers", *chosen, *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


@task(help={"k": "only tests whose name matches; what the others reached is kept"})
def promises(c: Context, k: str = "") -> None:
    """Run the tests that hold promises, at full scale, and write docs/promises.md from what they reach."""
    chosen = ["-k", k] if k else []
    # The path in one word with its option: pytest would take it for one to tests.
    wanted = ["-m", "promise and not servers", "--thorough", "--promises=docs/promises.md"]
    command = [sys.executable, "-m", "pytest", "-n", "2", *wanted, *chosen, *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


def is_bench_named() -> bool:
    """Whether a name stands behind `bench` on the command line: for invoke, what has a place is never left out."""
    behind = dict(pairwise(sys.argv)).get("bench", "-")
    return not behind.startswith("-")


@task(
    positional=["name"] if is_bench_named() else [],
    help={"name": "of a module of bench/, such as thousand; its options follow --"},
)
def bench(c: Context, name: str | None = None) -> None:
    """Compare the build with other generators on this machine, or run another measurement or long seeded trial."""
    command = [sys.executable, "-m", f"bench.{name or 'compare'}", *rest()]
    raise Exit(code=subprocess.run(command, check=False).returncode)


@task(
    help={
        "only": "one of the audits alone: markup or lighthouse",
        "screenshots": "only write docs/look.md and its pictures",
        "install": "only get one of the programs: vnu-jar or lighthouse",
    }
)
def audit(c: Context, only: str = "", screenshots: bool = False, install: str = "") -> None:
    """Hold the built site to the Nu HTML checker and Lighthouse. They are installed once, from npm."""
    words = ["--output", str(output_folder())]
    words += ["--only", only] if only else []
    words += ["--install", install] if install else []
    words += ["--screenshots"] if screenshots else []
    raise Exit(code=subprocess.run([sys.executable, "-m", "bench.audit", *words], check=False).returncode)


@task
def lock(c: Context) -> None:
    """Choose the newest dependencies that pyproject.toml allows and lock them with their hashes."""
    options = "--universal --python-version 3.11 --generate-hashes --no-header --quiet --upgrade"
    run_tool(c, f"uv pip compile pyproject.toml --group build {options} -o requirements.lock")
    more = f"uv pip compile pyproject.toml --extra s3 --group build {options} -c requirements.lock"
    run_tool(c, f"{more} -o requirements-s3.lock")
    run_tool(c, f"{more} --group dev -c requirements-s3.lock -o requirements-dev.lock")


# What the tasks are made of


@contextlib.contextmanager
def curated() -> Iterator[tuple[Store, tuple[Account, ...], Curator, config.Config]]:
    """The store as a run would bring it in line with what people wrote, to be looked at; the file stays as it is."""
    from forecourt.settling import settle

    environ, now = config.surroundings()
    found, accounts = linked(environ, secrets=False)
    enabled = tuple(account for account in accounts if account.enabled)
    with Store.trial(found.store, found.timezone) as store:
        yield store, enabled, settle(store, enabled, found, now), found


def run_tool(c: Context, command: str) -> None:
    """Run a program that is installed beside this Python, whether or not its folder is on the PATH."""
    environ, _ = config.surroundings()
    c.run(command, env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', '')}"})


def fetch_sources(
    only: Sequence[str] = (),
    *,
    dry: bool = False,
    quiet: bool = False,
    insist: bool = False,
    defaults: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Ask the sources and take up their pictures, with progress on a terminal.

    ``insist`` asks those too that are left alone for now; ``defaults`` are for what
    the environment does not name.
    """
    import asyncio

    from forecourt.terminal import progress

    environ, now = config.surroundings()
    found, accounts = linked({**defaults, **environ})
    names = [account.name for account in accounts]
    if unknown := [name for name in only if name not in names]:
        raise SettingsError(
            [f'--only: no source is called "{name}"; {config.nearest(name, names)}' for name in unknown]
        )
    where = found.store, found.timezone
    opened: contextlib.AbstractContextManager[Store] = (
        Store.trial(*where) if dry else Store.run(*where, "fetch", now, keep=True)
    )
    with opened as store, progress(len(only) or len(accounts), quiet=quiet) as heard:
        from forecourt import ingest  # 0.6 s, with all that speaks to the outside: only for who is let in

        asking = ingest.fetch(
            found, accounts, store, now, only=only, told=heard, pictures=not dry, insist=insist
        )
        report = asyncio.run(asking)
        warnings = (*filter(None, [store.mended]), *report.warnings)
        report = replace(report, warnings=warnings, campaigns=said_of_campaigns(store, accounts, found, now))
        store.reports.save("fetch", jsonlib.dumps(report.as_json()), now)
    return report


def said_of_campaigns(store: Store, accounts: Sequence[Account], found: config.Config, now: datetime) -> str:
    """Who said the messages of the campaigns, in a line; "" where there are none."""
    from forecourt import campaigns
    from forecourt.curate import message_ledger
    from forecourt.settling import settle

    enabled = [account for account in accounts if account.enabled]
    curator = settle(store, enabled, found, now)
    if not curator.campaigns:
        return ""
    return message_ledger.summary(campaigns.ledger(store, enabled, curator, now))


def fared(report: Report) -> int:
    """The exit code of a fetch: whether a credential is missing, or a source could not be read."""
    return LOCKED_OUT if report.locked_out else STALE if report.stale else 0


def print_demo_hint(report: Report) -> None:
    """Say why the demo's accounts fail, to whom it may puzzle."""
    from demo import DEFAULT_PORT as NETWORKS

    failed = {source.name for source in report.sources if source.status == "failed"}
    if not failed:
        return
    _, accounts = linked(config.surroundings()[0], secrets=False)
    address = f"http://127.0.0.1:{NETWORKS}/"
    options = [a.source.options.values() for a in accounts if a.name in failed]
    if any(str(value).startswith(address) for values in options for value in values):
        say(
            f"\nAccounts at {address} are the demo's. `make hub` plays them while it fetches, and knows their "
            "tokens; to link your own, take them out of content/sources.toml."
        )


def build_site(settings: str, *, full: bool = False, dry: bool = False, quiet: bool = False) -> BuildReport:
    """Build what changed: nothing, without Pelican what came from the networks, with it what the editors wrote."""
    from forecourt.site import look

    environ, now = config.surroundings()
    options, others = pelican_arguments()
    values = read_settings(settings)
    found = config.load(values, ROOT, environ)
    output = Path(options.output or ROOT / values.get("OUTPUT_PATH", "output")).resolve()
    asked = look.asked(found, values, output)
    is_plain = not (full or others or found.problems)
    if is_plain and (said := look.unchanged(asked, now, dry=dry)):
        if not dry:
            look.note(found.state, now)
        return replace(said, written=0, removed=0, made=0, same=said.same + said.written, seconds=0.0)
    from forecourt.accounts import link
    from forecourt.terminal import making

    accounts = link(found, environ, secrets=False)  # says what is wrong better than Pelican would
    held = contextlib.nullcontext() if dry else alone(found.state, "build", now)
    with held, making(quiet=quiet) as heard:
        if is_plain:
            from forecourt.site.refresh import refresh

            if report := refresh(asked, accounts, now, dry=dry, told=heard):
                return report
        from forecourt.site.run import build as pelican_build  # 0.4 s

        arguments = ["-s", settings, *rest()]
        return pelican_build(arguments, "" if others else asked.settings, dry=dry, full=full, told=heard)


def make(
    settings: str,
    *,
    full: bool = False,
    json: bool = False,
    dry_run: bool = False,
    debug: bool = False,
) -> None:
    """Build, say how it went, and end with 1 if something could not be read."""
    with told(debug=debug):
        report = build_site(settings, full=full, dry=dry_run, quiet=json)
    if json:
        print_json(asdict(report))
    else:
        print_built(report)
    leave(
        FAULTY if report.problems else 0, "" if json else WROTE_NOTHING if dry_run else "Next: invoke serve"
    )


def read_settings(name: str) -> dict[str, Any]:
    """What a settings file says, with the folders that follow `--` on the command line."""
    options, _ = pelican_arguments()
    named = {"PATH": options.path, "THEME": options.theme_path}
    return config.read_settings(ROOT / name) | {
        each: str(Path(path).resolve()) for each, path in named.items() if path
    }


def linked(
    environ: Mapping[str, str], settings: str = "pelicanconf.py", *, secrets: bool = True
) -> tuple[config.Config, tuple[Account, ...]]:
    """The configuration and its linked accounts. Linking loads the connectors: 0.1 s."""
    from forecourt.accounts import link

    found = config.load(read_settings(settings), ROOT, environ)
    return found, link(found, environ, secrets=secrets)


def read_status() -> dict[str, Any]:
    """How each linked account fares, from the store alone."""
    from forecourt import watching
    from forecourt.site import look
    from forecourt.tokens import Tokens

    environ, now = config.surroundings()
    found, accounts = linked(environ, secrets=False)
    tokens = Tokens(found.state)
    with Store.trial(found.store, found.timezone) as store:
        states = store.sources.all()
        fetched = store.reports.last("fetch")
        alarms = watching.alarms(store)
        well = {name for name, state in states.items() if not (state.error or name in alarms)}
        silent = {
            account.name: watching.silent(store, account, now)
            for account in accounts
            if account.enabled and account.name in well
        }
        rows = [
            {
                "name": account.name,
                "label": account.source.label,
                "network": account.connector.network,
                "posts": store.posts.count(account.name),
                "held": store.posts.count(account.name, "held"),
                "fresh": shown(states[account.name].fresh) if account.name in states else "",
                "error": states[account.name].error if account.name in states else "",
                "cause": states[account.name].cause if account.name in states else "",
                "enabled": account.enabled,
                "alarm": [*alarms[account.name].reasons] if account.name in alarms else [],
                "held_by": watching.held_by(account, alarms[account.name]) if account.name in alarms else "",
                "silent": found_silent.said if (found_silent := silent.get(account.name)) else "",
                "ending": ending(account, tokens, now),
            }
            for account in accounts
        ]
    built = shown(look.last_built(found.state))
    return {"sources": rows, "fetched": shown(fetched[0]) if fetched else "", "built": built}


def read_alts() -> dict[str, Any]:
    """Pictures without a description: of the posts that are shown, and of our own articles."""
    from forecourt import editors
    from forecourt.site.addresses import Addresses, post

    environ, now = config.surroundings()
    found, accounts = linked(environ, secrets=False)
    where, content = Addresses(found.site_url), content_folder()
    with Store.trial(found.store, found.timezone) as store:
        rows = [
            {
                "name": each.account.name,
                "owner": each.owner,
                "pictures": each.pictures,
                "undescribed": each.undescribed,
                "silent": each.silent,
                "newest": [
                    asdict(one) | {"published": shown(one.published), "page": where.absolute(post(one.key))}
                    for one in each.newest
                ],
            }
            for each in editors.described(store, accounts, now)
        ]
    return {"sources": rows, "articles": [*editors.mute(content.rglob("*.md"), content.parent)]}


def ending(account: Account, tokens: Tokens, now: datetime) -> str:
    """That the account's token ends soon, and what to do; "" if it does not."""
    warning = tokens.warning(account.name, account.connector, now) if account.enabled else ""
    return f"{warning}; {account.renewal}" if warning else ""


def shown(moment: datetime | None) -> str:
    """A moment as people and machines both read it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def output_folder() -> Path:
    """Where the site is: what `-- -o` says, otherwise OUTPUT_PATH of pelicanconf.py, otherwise output/."""
    settings = config.read_settings(ROOT / "pelicanconf.py")
    return Path(pelican_arguments()[0].output or ROOT / settings.get("OUTPUT_PATH", "output")).resolve()


def port_taken(port: int, error: Exception) -> str:
    """What to do when a port cannot be listened on."""
    why = getattr(error, "strerror", None) or error
    return f"Port {port} cannot be used ({why}). Try another: --port {DEFAULT_PORT + 1}"


def content_folder() -> Path:
    """Where the editors' files are: what `-- FOLDER` says, otherwise content/."""
    return Path(pelican_arguments()[0].path or ROOT / "content").resolve()


def pelican_arguments() -> tuple[argparse.Namespace, bool]:
    """The folders among what follows `--`, read as Pelican reads them but without its 0.4 s; whether there is more."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("path", nargs="?")
    parser.add_argument("-o", "--output")
    for flags in (
        ("-t", "--theme-path"),
        ("-s", "--settings"),
        ("--cache-path",),
        ("--fatal",),
        ("-b", "--bind"),
    ):
        parser.add_argument(*flags)
    parser.add_argument("-e", "--extra-settings", nargs="*")
    options, others = parser.parse_known_args(rest())
    more = {name for name, value in vars(options).items() if value} - {"path", "output", "theme_path"}
    return options, bool(others or more)


def rest() -> list[str]:
    """What follows `--` on the command line."""
    return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []


def leave(code: int, last_words: str = "") -> None:
    """End the run with this exit code once the last task of the command line is done.

    In `invoke fetch build`, a source that could not be read (3) must not keep the
    others' posts from the site; wrong content (1) stops at once. What to do next
    is said once, at the end.
    """
    codes.append(code)
    if code == FAULTY or len(codes) == len(program.tasks):
        if last_words:
            say(last_words)
        raise Exit(code=next(filter(None, reversed(codes)), 0))


codes: list[int] = []
