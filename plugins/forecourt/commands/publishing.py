"""To where visitors find it: check, publish, go back, keep the state, and all of it on a schedule."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from forecourt import config
from forecourt.commands.given import DEBUG, FAULTY, JSON, USAGE, is_named_behind, leave, rest
from forecourt.commands.runs import WROTE_NOTHING, build_site
from forecourt.console import print_built, print_json, say, told
from forecourt.errors import SettingsError, Unsafe
from forecourt.store import alone

if TYPE_CHECKING:
    from forecourt.commands.course import Course
    from forecourt.commands.outgoing import Outgoing
    from forecourt.keeping import Pulled
    from forecourt.places import Place

FORCE = "name of a check that does not count this time; again for more than one"
_LISTED = 20  # files of a dry run
_LONGEST = 1440.0  # minutes of a run: a day


def _course(force: Sequence[str] = (), minutes: float = 10.0) -> Course:
    from forecourt.commands.course import Course  # 0.6 s, with all that speaks to the outside

    environ, now = config.surroundings()
    return Course(environ, now, minutes=minutes, force=force)


@task(help={"json": JSON, "debug": DEBUG})
def check(c: Context, json: bool = False, debug: bool = False) -> None:
    """Say whether the site is fit to be published, as publish does, and send nothing."""
    from forecourt.deploy import guard

    with told(debug=debug):
        course = _built(quiet=json)
        out = course.outgoing
        with alone(out.config.state, "check", out.now):
            release, _, live = out.planned()
            found = out.objections(release, live)
    if json:
        print_json({"objections": guard.as_json(found), "counts": dict(out.looked.counts)})
    else:
        said = ", ".join(f"{count:,} {what}" for what, count in out.looked.counts.items() if "/" not in what)
        say("\n".join(guard.lines(found)) or f"Nothing speaks against it: {said}.")
    leave(
        Unsafe.exitcode if found else FAULTY if course.is_faulty else 0,
        "" if json or found else "Next: invoke publish",
    )


@task(
    iterable=["force"],
    help={
        "force": FORCE,
        "dry-run": "say what would be sent and removed, and do nothing",
        "json": JSON,
        "debug": DEBUG,
    },
)
def publish(
    c: Context, force: list[str] | None = None, dry_run: bool = False, json: bool = False, debug: bool = False
) -> None:
    """Make the site with publishconf.py, see that it is fit, and send what differs to where HUB_DEPLOY says."""
    from forecourt.terminal import sending

    _see_that_force_names(force)
    with told(debug=debug):
        course = _built(force or (), quiet=json, to_send=not dry_run)
        out = course.outgoing
        if dry_run:
            _print_planned(out, json)
            leave(Unsafe.exitcode if out.refused() else FAULTY if course.is_faulty else 0)
            return
        with alone(out.config.state, "publish", out.now), sending(quiet=json) as heard:
            done = out.publish(course.force, heard)
            course.note_faults()
    if json:
        print_json(done.as_json())
    elif done.is_nothing:
        say(f"Nothing differs from release {done.release.id}: nothing was sent.")
    else:
        say(
            f"Release {done.release.id} is live: {done.sent} files sent ({done.size:,} bytes), {done.removed} removed, "
            f"{done.same} were there already, in {done.seconds:.1f} s.\nBack to the one before: invoke rollback"
        )
    leave(FAULTY if course.is_faulty else 0)


@task(name="gh-pages")
def gh_pages(c: Context) -> None:
    """Publish to the branch of GitHub Pages, whatever HUB_DEPLOY says."""
    from forecourt.commands.outgoing import Outgoing

    with told():
        course = _built()
        out = course.outgoing
        if out.config.deploy.get("target") != "github_pages":
            found = replace(out.config, deploy={"target": "github_pages"})
            out = Outgoing(found, out.asked, out.environ, out.now, out.secrets)
        with alone(out.config.state, "publish", out.now):
            done = out.publish()
            course.note_faults()
    say(f"Release {done.release.id}: {done.sent} files sent, {done.removed} removed.")
    leave(FAULTY if course.is_faulty else 0)


@task(help={"json": JSON, "debug": DEBUG})
def releases(c: Context, json: bool = False, debug: bool = False) -> None:
    """List the releases that are kept, the live one first, with what each changed."""
    from forecourt.deploy import publishing

    with told(debug=debug):
        out = _course().outgoing
        found = publishing.releases(out.target, out.now)
    if json:
        rows = [
            {"id": one.id, "at": one.at.isoformat(), "changed": one.changed, "counts": one.counts}
            for one in found
        ]
        print_json({"releases": rows})
        return
    for number, one in enumerate(found):
        new, differing, left = one.changed
        changed = f"+{new} ~{differing} -{left}"
        say(f"{number or 'live':>5} {one.id}  {changed:20} {one.counts.get('posts', 0):,} posts")
    say("Next: invoke rollback NUMBER" if len(found) > 1 else "There is none to go back to.")


@task(
    positional=["which"] if is_named_behind("rollback") else [],
    help={"which": "how many releases to go back, or the id of one", "debug": DEBUG},
)
def rollback(c: Context, which: str | None = None, debug: bool = False) -> None:
    """Put a former release back, byte for byte. The next publish sends the newest site again."""
    from forecourt.deploy import publishing
    from forecourt.terminal import sending

    with told(debug=debug):
        out = _course().outgoing
        with alone(out.config.state, "rollback", out.now), sending() as heard:
            out.forget()  # the next run asks what is live
            release = publishing.rollback(out.target, which or "1", out.now, heard=heard)
    say(
        f"Release {release.id} is live. The next publish or refresh sends the newest site again: mend what was wrong "
        "first, or stop the schedule."
    )


@task(
    positional=["what"],
    help={"what": "pull: take the state from where HUB_KEEP says; push: keep it there", "debug": DEBUG},
)
def state(c: Context, what: str, debug: bool = False) -> None:
    """Take what is remembered (posts, pictures, tokens) from another place, or keep it there."""
    from forecourt import keeping

    if what not in {"pull", "push"}:
        raise Exit(f'"{what}" is neither pull nor push', USAGE)
    with told(debug=debug):
        course = _course()
        found, place = course.found, course.place
        if place is None:
            raise Exit("HUB_KEEP says nothing: name where the state is kept (docs/publishing.md)", USAGE)
        with alone(found.state, f"state {what}", course.now):
            if what == "pull":
                pulled = keeping.pull(place, found.state, course.now)
                said = "\n".join(pulled.said) or _pulled(pulled, place)
            else:
                pushed = course.kept(place)
                said = f"State {pushed.number} is kept: {pushed.sent} files sent, {pushed.size:,} bytes."
                if not pushed.number:
                    said = "There is nothing to keep yet. Next: invoke fetch"
    say(said)


def _pulled(pulled: Pulled, place: Place) -> str:
    if not pulled.taken:
        return "What is here is the newest." if pulled.number else f"{place} has no state yet."
    beside = f" The store that was here was set aside as {pulled.aside}." if pulled.aside else ""
    return f"State {pulled.number} was taken.{beside}"


@task(
    iterable=["force"],
    help={
        "minutes": "after which the run ends itself (10); the next goes on",
        "summary": "file that a summary in Markdown is added to, such as $GITHUB_STEP_SUMMARY",
        "force": FORCE,
        "json": JSON,
        "debug": DEBUG,
    },
)
def refresh(
    c: Context, minutes: str = "10", summary: str = "", force: list[str] | None = None, json: bool = False,
    debug: bool = False,
) -> None:  # fmt: skip
    """All that a schedule does: take the state, fetch, build, check, publish, keep the state."""
    from forecourt import knowing
    from forecourt.knowing.keeping import SUMMARY

    _see_that_force_names(force)
    with told(debug=debug):
        course = _course(force or (), _minutes(minutes))
        _see_that_it_can_be_written(summary)
        run = course.run()
    if summary:
        folder = knowing.folder_of(course.found.state)
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write((folder / SUMMARY).read_text(encoding="utf-8"))
    if json:
        print_json(knowing.as_json(run))
    leave(run.exit)


def _see_that_force_names(force: Sequence[str] | None) -> None:
    if not force and {"--force", "-f"} & {*sys.argv[: -len(rest()) or None]}:  # invoke lets it pass
        raise Exit("--force wants the name of a check, as in: --force fewer-posts", USAGE)


def _minutes(said: str) -> float:
    """How long a run may take. Raises SettingsError."""
    try:
        minutes = float(said)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= _LONGEST:
        raise SettingsError([f'--minutes: "{said}" is not a number of minutes above 0, such as 10'])
    return minutes


def _see_that_it_can_be_written(summary: str) -> None:
    """Before the run rather than after it. Raises SettingsError."""
    try:
        if summary:
            Path(summary).open("a", encoding="utf-8").close()
    except OSError as error:
        raise SettingsError([f"--summary: {summary} cannot be written: {error.strerror}"]) from error


def _built(force: Sequence[str] = (), *, quiet: bool = False, to_send: bool = False) -> Course:
    """The run's settings, with the site made by them. A file that is broken costs itself: the rest goes out."""
    course = _course(force)
    if to_send:  # what is wrong with the settings is said first: a build takes a while
        course.check()
    _ = course.outgoing.rules
    report = build_site(course.settings, quiet=quiet)
    if not quiet:
        print_built(report)
    course.is_faulty = bool(report.problems)
    return course


def _print_planned(out: Outgoing, json: bool) -> None:
    """What a publish would send and remove."""
    _, todo, live = out.planned()
    there = {file.path for file in live.files} if live else set()
    files = [file for stage in todo.stages for file in stage]
    if json:
        print_json({"send": [file.path for file in files], "remove": [*todo.going], "bytes": todo.size})
        return
    new = [file.path for file in files if file.path not in there]
    differing = [file.path for file in files if file.path in there]
    for mark, paths in (("+", new), ("~", differing), ("-", [*todo.going])):
        for path in paths[:_LISTED]:
            say(f"{mark} {path}")
        if len(paths) > _LISTED:
            say(f"  and {len(paths) - _LISTED:,} more")
    say(
        f"Would send {len(files):,} files ({todo.size:,} bytes) and remove {len(todo.going):,}. {WROTE_NOTHING}"
    )
