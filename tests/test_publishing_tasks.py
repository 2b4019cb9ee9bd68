"""Publishing by its tasks and a run of the schedule: a small hub with networks of its own, a folder as its target."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from forecourt.commands import course, owed, runs
from forecourt.commands.course import Course
from forecourt.errors import SettingsError
from tests.fetch.conftest import HANG
from tests.recipes.standing import loaded
from tests.scheduled import TOKEN, World, played


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with played(tmp_path, monkeypatch) as world:
        yield world


def tree(folder: Path) -> dict[str, str]:
    """Every file with its digest; a link by where it leads."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink())
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def site(world: World) -> dict[str, str]:
    """What visitors can ask for."""
    return tree((world.folder / "live/current").resolve())


def later(world: World, hours: float = 14) -> None:
    world.now += timedelta(hours=hours)


def test_a_site_is_checked_published_and_put_back_by_its_tasks(world: World) -> None:
    assert world.invoke("fetch").returncode == 0

    checked = world.invoke("check")
    assert checked.returncode == 0, checked.stderr
    assert "Nothing speaks against it" in checked.stderr
    would = world.invoke("publish", "--dry-run")
    assert re.search(r"Would send [\d,]+ files", would.stderr), would.stderr
    assert not (world.folder / "live/current").exists()

    first = world.invoke("publish", "--json")
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    before = site(world)
    assert told["sent"] == len([name for name in before if not name.startswith(".")])
    assert "Nothing differs" in world.invoke("publish").stderr

    later(world)
    world.invoke("fetch")
    second = world.invoke("publish")
    assert re.search(r"Release \S+ is live: \d+ files sent", second.stderr), second.stderr
    assert site(world) != before
    assert [line.split()[0] for line in world.invoke("releases").stderr.splitlines()[:2]] == ["live", "1"]

    assert world.invoke("rollback").returncode == 0
    assert site(world) == before
    assert world.invoke("rollback", "99").returncode == 5
    later(world, 0.1)
    again = world.run()
    assert {step.name: step.outcome for step in again.steps}["publish"] == "done"
    assert world.invoke("rollback", "1").returncode == 0
    assert site(world) == before


def test_a_site_that_shrank_is_refused_until_it_is_named_as_meant(world: World) -> None:
    later(world, 48)
    assert world.run().exit == 0
    before = site(world)
    sources = (world.folder / "sources.toml").read_text(encoding="utf-8")
    kept = "[[source]]" + sources.split("[[source]]")[3]
    (world.folder / "sources.toml").write_text(kept, encoding="utf-8")
    later(world, 1)

    refused = world.invoke("refresh")

    assert refused.returncode == 6, refused.stderr
    assert "fewer-posts" in refused.stderr
    assert site(world) == before
    status = json.loads((world.folder / "one/state/status/status.json").read_text(encoding="utf-8"))
    assert any("fewer-posts" in said for said in status["objections"])
    assert world.invoke("publish", "--force", "fewer-post").returncode == 2
    meant = world.invoke(
        "publish", "--force", "fewer-posts", "--force", "fewer-pages", "--force", "empty-network"
    )
    assert meant.returncode == 0, meant.stderr
    assert "fewer-posts was overridden" in meant.stderr
    live, former = json.loads(world.invoke("releases", "--json").stdout)["releases"]
    assert live["counts"]["posts"] < former["counts"]["posts"] / 2


def test_where_nothing_changed_nothing_is_sent(world: World) -> None:
    world.run()
    later(world, 0.1)
    world.run()
    live, kept = tree(world.folder / "live"), tree(world.folder / "kept")
    later(world, 0.1)

    run = world.run()

    outcomes = {step.name: step.outcome for step in run.steps}
    assert outcomes == {"pull": "same", "fetch": "done", "build": "same", "check": "same", "publish": "same"}
    assert run.exit == 0
    changed = {name for name in live if live[name] != tree(world.folder / "live")[name]}
    assert not changed
    assert tree(world.folder / "kept") == kept


def test_what_was_sent_last_is_said_also_where_the_target_was_asked_in_vain(world: World) -> None:
    first = world.run()
    later(world, 0.1)
    (world.folder / "one/state/published/mark.json").unlink()

    run = world.run()

    assert {step.name: step.outcome for step in run.steps}["publish"] == "same"
    assert run.published == first.published
    assert run.published
    assert run.published.sent > 0


def test_a_new_machine_without_an_output_knows_that_nothing_changed(world: World) -> None:
    world.run()
    later(world, 0.1)
    world.run()
    world.lose("one")
    later(world, 0.1)

    run = world.run()

    assert {step.name: step.outcome for step in run.steps}["build"] == "same"
    assert not (world.folder / "one/output/index.html").exists()
    later(world, 14)
    world.run()
    assert world.shown() >= {"Blog says 0012"}


def test_on_machines_of_ci_with_the_caches_of_the_recipes_a_quiet_day_alarms_nobody(world: World) -> None:
    [cache] = [
        each["with"]["path"].split()
        for each in loaded("github-actions.yml")["jobs"]["refresh"]["steps"]
        if each.get("uses", "").startswith("actions/cache/restore@")
    ]
    state = world.folder / "one/state"
    asked = []
    for number in range(9):
        kept = [state / path.removeprefix(".hub/") for path in cache if path.startswith(".hub/")]
        for path in [path for path in state.rglob("*") if path.is_file()] if number else []:
            if not any(path.is_relative_to(each) for each in kept):
                path.unlink()
        before = len(world.site.asked)
        run = world.run()
        asked.append(len(world.site.asked) - before)
        assert (run.exit, run.fell_back) == (0, "")
        assert (state / "tokens.json").exists()
        later(world, 0.25)

    assert world.told == []
    head = json.loads((world.folder / "kept/state.json").read_bytes())
    assert head["number"] <= 2, "nothing new was kept"
    assert not list(state.glob("store.before-*"))


def test_a_place_whose_states_are_all_damaged_keeps_what_it_has_for_who_can_mend_it(world: World) -> None:
    world.run()
    shown = world.shown()
    world.lose("one")
    (world.folder / "kept/state.json").unlink()
    packs = {
        path: path.read_bytes() for path in (world.folder / "kept/packs").iterdir() if "-state-" in path.name
    }
    for path, body in packs.items():
        path.write_bytes(body[:100])
    left = tree(world.folder / "kept")
    later(world)

    run = world.run()

    assert (run.exit, [step.name for step in run.steps]) == (5, ["pull"])
    assert "no state at" in run.steps[0].said
    assert tree(world.folder / "kept") == left
    for path, body in packs.items():
        path.write_bytes(body)
    assert world.run().fell_back.startswith("state.json is missing")
    assert world.shown() >= shown


def test_what_was_forgotten_is_gone_with_the_next_publish_and_from_all_that_is_kept_live(
    world: World,
) -> None:
    world.run()
    later(world)
    world.run()
    doomed = "Shop says 0002"
    page = next(
        path
        for path in (world.folder / "live/current").glob("posts/*/index.html")
        if doomed in path.read_text("utf-8")
    )
    later(world, 0.1)

    gone = world.invoke("forget", f"/posts/{page.parent.name}/", "--yes")
    assert gone.returncode == 0, gone.stderr
    trial = json.dumps({"target": "directory", "path": str(world.folder / "trial")})
    assert (
        world.invoke("publish", HUB_DEPLOY=trial).returncode == 0
    )  # each target has to let go of it by itself
    world.run()

    left = [
        path
        for path in (world.folder / "live").rglob("*")
        if path.is_file() and doomed.encode() in path.read_bytes()
    ]
    assert not left
    assert not list((world.folder / "live").glob(f"releases/*/posts/{page.parent.name}"))
    assert len(list((world.folder / "live/releases").glob("*.release"))) == 1


def test_what_was_owed_is_owed_still_when_the_note_of_it_is_damaged(world: World) -> None:
    folder = world.folder / "published"
    assert not owed.is_owed(folder, "here")
    owed.forgotten(folder, world.now)
    owed.honoured(folder, "here")
    assert [owed.is_owed(folder, each) for each in ("here", "there")] == [False, True]
    (folder / "withdrawn.json").write_bytes(b'{"at": "\xb2"}')
    assert owed.is_owed(folder, "there")
    owed.honoured(folder, "there")
    assert not owed.is_owed(folder, "there")


def test_an_output_that_cannot_be_read_is_told_as_any_trouble_is(world: World) -> None:
    world.run()
    later(world)
    shutil.rmtree(world.folder / "one/output")
    (world.folder / "one/output").write_bytes(b"")

    run = world.run()

    assert run.exit == 1
    assert [step.name for step in run.steps if step.outcome == "failed"] == ["build"]
    assert run.steps[-1].name == "push"
    assert world.shown()


def test_a_mark_that_cannot_be_written_is_said_in_a_sentence(world: World) -> None:
    world.run()
    later(world)
    state = world.folder / "one/state"
    (state / "kept.json").unlink()
    (state / ".kept.json.part").mkdir()

    run = world.run()

    assert run.exit == 5
    assert re.search(r"kept\.json cannot be written: .*; mend that and run again", run.steps[-1].said)


def test_a_run_that_takes_too_long_ends_itself_and_the_site_stays(world: World) -> None:
    world.run()
    before = site(world)
    world.site.routes["/blog"] = HANG
    later(world, 3)

    run = Course({**world.course().environ}, world.now, minutes=0.02).run()

    assert run.exit == 5
    [step] = [step for step in run.steps if step.outcome == "failed"]
    assert (step.name, "longer than 0.02 minutes" in step.said) == ("fetch", True)
    assert step.seconds < 20
    assert site(world) == before
    world.site.routes["/blog"] = partial(world.feed, "blog")
    later(world, 3)
    assert world.run().exit == 0


def test_a_run_that_a_shell_began_in_the_background_ends_itself_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.site.routes["/blog"] = HANG
    monkeypatch.setattr(course, "_KEEPING", 1.0)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run = Course({**world.course().environ}, world.now, minutes=0.02).run()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

    assert run.exit == 5
    assert run.steps[-2].seconds < 20


def test_a_fault_of_the_program_says_no_secret(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"Invalid header value b'Bearer {TOKEN}\\n'")

    monkeypatch.setattr(runs, "build_site", fail)
    run = world.run()

    assert run.exit == 1
    said = f"{capsys.readouterr().err}{run}"
    assert "Invalid header value b'Bearer •••" in said
    assert "Traceback" in said
    assert TOKEN not in said


def test_the_state_is_kept_and_taken_by_its_tasks(world: World) -> None:
    assert "has no state yet" in world.invoke("state", "pull").stderr
    assert "nothing to keep yet" in world.invoke("state", "push").stderr
    world.invoke("fetch")
    pushed = world.invoke("state", "push")
    assert pushed.returncode == 0, pushed.stderr
    assert "State 1 is kept" in pushed.stderr
    world.lose("one")

    pulled = world.invoke("state", "pull")

    assert pulled.returncode == 0, pulled.stderr
    assert "State 1 was taken" in pulled.stderr
    assert "blog" in world.invoke("status").stderr
    assert world.invoke("state", "sideways").returncode == 2


def test_all_that_is_wrong_with_the_settings_is_said_before_anything_is_done(world: World) -> None:
    wrong = {
        "HUB_DEPLOY": '{"target": "directry", "path": "/srv"}',
        "HUB_KEEP": '{"place": "folder", "pth": "/srv"}',
        "HUB_ALERTS": '{"webhok": "env:X"}',
        "HUB_GUARD": '{"fal": 1}',
    }
    environ = {**world.environ("one"), **wrong}

    with pytest.raises(SettingsError) as caught:
        Course(environ, world.now).run()

    said = str(caught.value)
    for part in (
        'did you mean "directory"?',
        'did you mean "path"?',
        'folder needs "path"',
        'did you mean "webhook"?',
        'did you mean "fall"?',
    ):
        assert part in said
    assert not (world.folder / "one/state/store.sqlite").exists()


def test_a_run_leaves_a_summary_and_says_no_secret(world: World) -> None:
    path = world.folder / "summary.md"

    done = world.invoke("refresh", "--summary", str(path), "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["exit"] == 0
    assert path.read_text(encoding="utf-8").startswith("## Hub: well")
    said = done.stdout + done.stderr + path.read_text(encoding="utf-8")
    assert TOKEN not in said
    status = world.folder / "one/state/status"
    assert not [each for each in status.iterdir() if each.is_file() and TOKEN in each.read_text("utf-8")]


def test_json_lines_are_for_machines(world: World) -> None:
    world.failing.add("news")
    done = world.invoke("refresh")
    assert done.returncode == 3
    assert " warning source news: " in done.stderr

    later(world)
    lines = world.invoke("refresh", HUB_LOG="json").stderr.splitlines()
    assert {json.loads(line)["event"] for line in lines if line.startswith("{")} >= {
        "source",
        "fetch",
        "publish",
    }


@pytest.mark.parametrize(
    ("words", "environ", "said"),
    [
        (["--minutes", "0"], {}, "above 0"),
        (["--minutes", "soon"], {}, "above 0"),
        (["--summary", "/nowhere/at/all.md"], {}, "cannot be written"),
        (["--force", "everything"], {}, "no such check"),
        (["--force"], {}, "wants the name of a check"),
        ([], {"HUB_KEEP": '{"place": "folder", "path": "kept", "states": "abc"}'}, "states is a number"),
        ([], {"HUB_DEPLOY": '{"target": "directory"}'}, 'directory needs "path"'),
    ],
)
def test_what_cannot_be_meant_is_refused_before_the_run(
    world: World, words: list[str], environ: dict[str, str], said: str
) -> None:
    for task in ["refresh", "publish"] if not words or "--force" in words else ["refresh"]:
        done = world.invoke(task, *words, **environ)

        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr
        assert "Built" not in done.stderr
    assert not (world.folder / "live").exists()


def test_a_broken_file_is_said_by_each_run_until_it_is_mended(world: World) -> None:
    path = world.folder / "content/pages/about.md"
    whole = path.read_text(encoding="utf-8")
    world.run()
    path.write_text("Title: About us\nSatus: hidden\n\nWe mend benches.\n", encoding="utf-8")

    for number in range(3):
        later(world, 0.1)
        if number == 1:
            assert world.invoke("publish").returncode == 1
        run = world.run()
        assert run.exit == 1
        assert "satus" in next(step.said for step in run.steps if step.name == "build")

    path.write_text(whole, encoding="utf-8")
    later(world, 0.1)
    assert world.run().exit == 0
