"""What marketing asks and decides: why, what is held, what is forgotten, what was said."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from forecourt import config
from forecourt.commands.given import DEBUG, FAULTY, JSON, USAGE, content_folder, linked, read_settings
from forecourt.commands.runs import make
from forecourt.console import print_json, say, told
from forecourt.desk import writing
from forecourt.store import Store

if TYPE_CHECKING:
    from forecourt.accounts import Account
    from forecourt.settling import Curator

NO_POST = "No post is at {}. Its key stands in the address of its page: /posts/KEY/"


@task(
    positional=["address"],
    help={
        "address": "of a post: its page on the hub, its key, or its address at its origin",
        "json": JSON,
        "debug": DEBUG,
    },
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


@task(help={"json": JSON, "open": "open the page in the browser, too", "debug": DEBUG})
def queue(c: Context, json: bool = False, open: bool = False, debug: bool = False) -> None:
    """Write the page of the posts that are held, for the editors alone: what each is, why, how to let it out."""
    from forecourt import moderation

    with told(debug=debug), curated() as (store, accounts, _, found):
        waiting = moderation.queue(store, accounts)
        path = found.state / "desk" / "queue.html"
        _, now = config.surroundings()
        writing.save(path, moderation.page(waiting, "../pictures", now.astimezone(found.timezone)))
    if json:
        held = [{**asdict(each), "published": each.published.isoformat()} for each in waiting]
        print_json({"page": str(path), "held": held})
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
        "debug": DEBUG,
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
        "yes": "do not ask: it cannot be taken back",
        "debug": DEBUG,
    },
)
def forget(c: Context, address: str, dry_run: bool = False, yes: bool = False, debug: bool = False) -> None:
    """Remove a post for good, with all that says the same: store, pictures, site. It cannot come back."""
    from forecourt import messages
    from forecourt.commands import owed
    from forecourt.commands.outgoing import FOLDER
    from forecourt.media.taking import drop

    with told(debug=debug):
        environ, now = config.surroundings()
        found, _ = linked(environ, secrets=False)
        with Store.trial(found.store, found.timezone) as store:
            posts = [one for key in sorted(_saying(store, address)) for one in store.posts.alone(key)]
    if not posts:
        raise Exit(NO_POST.format(address), USAGE)
    for stored in posts:
        done = "Would forget" if dry_run else "To be forgotten"
        say(f"{done}: {stored.post.permalink or stored.key} ({stored.post.source})")
    if dry_run:
        return
    if not (yes or _is_sure()):
        say("Nothing was forgotten.")
        return
    with told(debug=debug), Store.run(found.store, found.timezone, "forget", now, keep=True) as store:
        owed.forgotten(found.state / FOLDER, now)
        with store.transaction():
            messages.forget(store, _saying(store, address))
        drop(store, found.pictures)
    for page in (found.state / "desk").glob(
        "*.html"
    ):  # it may quote what was forgotten; the next one does not
        page.unlink()
    for stored in posts:
        path = content_folder() / "picks" / f"{stored.key}.md"
        named = f"; {path} may still name it: delete that file" if path.exists() else ""
        say(f"Forgotten: {stored.post.permalink or stored.key} ({stored.post.source}){named}")
    make("pelicanconf.py")


def _saying(store: Store, address: str) -> set[str]:
    """The keys of the posts at an address, and of all that say the same."""
    return {copy for key in store.curations.found(address) for copy in store.messages.copies(key)}


def _is_sure() -> bool:
    if not sys.stdin.isatty():
        raise Exit("This cannot be taken back; say --yes to do it, or --dry-run to look", USAGE)
    say("This cannot be taken back. Forget it? [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@task(
    help={
        "json": JSON,
        "strict": "end with 1 where a campaign is not said as it should be",
        "debug": DEBUG,
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
        writing.save(path, campaigns.page(found, settings.timezone))
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
    folder = program_folder(config.load(read_settings("pelicanconf.py"), Path.cwd(), environ).state)
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
    if not title.strip():
        raise Exit(f'A title is missing, as in: invoke new {kind} "Winter sale"', USAGE)
    environ, now = config.surroundings()
    found = config.load(read_settings("pelicanconf.py"), Path.cwd(), environ)
    name, text = writing.new(kinds[kind], title, now, found.timezone)
    path = content_folder() / name
    if path.exists():
        raise Exit(f"{path} is there already; choose another title", USAGE)
    writing.save(path, text)
    say(f"Written: {path}\nNext: write in it, then invoke build")


@contextlib.contextmanager
def curated() -> Iterator[tuple[Store, tuple[Account, ...], Curator, config.Config]]:
    """The store as a run would bring it in line with what people wrote, to be looked at; the file stays as it is."""
    from forecourt.settling import settle

    environ, now = config.surroundings()
    found, accounts = linked(environ, secrets=False)
    enabled = tuple(account for account in accounts if account.enabled)
    with Store.trial(found.store, found.timezone) as store:
        yield store, enabled, settle(store, enabled, found, now), found
