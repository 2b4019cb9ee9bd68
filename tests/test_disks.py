"""A disk that is full, a folder that may not be written: named in a sentence, and what was there stays whole."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forecourt.errors import OutputError, StoreError
from forecourt.site.writer import STAGE, Output
from tests.conftest import NOW, Hub
from tests.shop import a_shop
from tests.site.test_build import files
from tests.store.test_generations import State

FAULTY = 1
ROOMY = 300_000  # bytes in which all of a small run has room


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes: the store, its copies, and little more."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if not mount or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root, on Linux, makes a disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Fill the disk but for so many bytes; the file that does it."""
    filling = disk / "filling"
    room = os.statvfs(disk)
    filling.write_bytes(bytes(max(room.f_bavail * room.f_frsize - left, 0)))
    return filling


def refused(state: State, numbers: range) -> list[str]:
    """What a run on the store says that cannot write; nothing when it can."""
    try:
        state.fetch(*numbers)
    except StoreError as error:
        return [str(error)]
    return []


def without_privileges(command: list[str]) -> list[str]:
    """The command as somebody whom modes of folders stop."""
    if sys.platform == "win32" or os.geteuid():
        return command
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("modes of folders do not stop root")
    return [setpriv, "--bounding-set=-all", "--inh-caps=-all", *command]


def site(folder: Path) -> dict[str, bytes]:
    found = {name: data for name, data in files(folder).items() if not name.startswith(f"{STAGE}/")}
    assert all(data for data in found.values()), "no file is cut off"
    return found


@pytest.mark.promise(44)
def test_a_store_on_a_full_disk_says_so_and_loses_nothing(
    small_disk: Path, state: State, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    state.fetch(*range(40))
    levels = range(0, ROOMY, ROOMY // scale(16, 100))
    refusals = []
    for level in levels:
        before = state.posts()
        filling = fill(small_disk, level)
        refusals += refused(state, range(before, before + 12))
        filling.unlink()
        assert state.posts() in {before, before + 12}
        assert state.build() == "", "what is whole is not taken for damaged"

    assert all(str(small_disk) in said and re.search("[Nn]o space|is full", said) for said in refusals), (
        refusals
    )
    assert 0 < len(refusals) < len(levels)
    figure(f"the store refused {len(refusals)} times, each time whole and named")


@pytest.fixture
def state(small_disk: Path) -> State:
    return State(small_disk / "state", NOW)


def pages(folder: Path, text: str) -> None:
    """A build of forty pages."""
    output = Output(folder)
    output.clear()
    try:
        for number in range(40):
            output.write(f"{number}/index.html", (text * 1000).encode())
        output.place()
    finally:
        output.discard()


@pytest.mark.promise(44)
def test_a_site_on_a_full_disk_stays_as_it_was(
    small_disk: Path, figure: Callable[[str], None], scale: Callable[[int, int], int]
) -> None:
    folder = small_disk / "output"
    pages(folder, "old")
    old = site(folder)
    refused = 0
    for level in range(0, 200_000, 200_000 // scale(10, 50)):
        filling = fill(small_disk, level)
        with pytest.raises(OutputError, match=r"/output/.* cannot be written: No space left"):
            pages(folder, "new and longer")
        filling.unlink()
        assert site(folder) == old
        refused += 1
    pages(folder, "brief")

    assert len(site(folder)) == len(old)
    figure(f"{refused} builds refused, 0 files cut off or new")


@pytest.mark.promise(44)
@pytest.mark.usefixtures("drawn")
@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
def test_tasks_that_cannot_write_a_whole_file_end_with_one_and_a_sentence(
    hub: Hub, figure: Callable[[str], None]
) -> None:
    """A limit to the size of files stands in for a full disk, for it needs no root."""
    with a_shop(hub) as shop:
        shop.speak()
        assert shop.run().returncode == 0
        old, posts = site(hub.output), shop.posts()
        shop.speak()
        limited = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"]  # 4 or 8 KB
        fetched = hub.run([*limited, *shop.command("fetch")], environ=shop.environ)
        built = hub.run(
            [*limited, *shop.command("build")], environ={**shop.environ, "HUB_BRAND": '{"name": "Other"}'}
        )

        for done in (fetched, built):
            assert done.returncode == FAULTY
            assert str(hub.folder) in done.stderr
            assert "Traceback" not in done.stderr
        assert site(hub.output) == old
        assert shop.posts() >= posts
        mended = shop.run("fetch", "build")
        assert mended.returncode == 0, mended.stderr
        told = [
            line for line in mended.stderr.splitlines() if line.startswith("!") and "content/" not in line
        ]
        assert told == [], "nothing was damaged"
        assert shop.posts() == shop.said
    figure("fetch and build ended with 1, the old site and store whole")


@pytest.mark.promise(44)
@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("closed", ["state", "output"])
def test_a_folder_that_may_not_be_written_is_named(
    hub: Hub, closed: str, figure: Callable[[str], None]
) -> None:
    assert hub.build().returncode == 0
    old = site(hub.output)
    folder = hub.folder / closed
    folder.chmod(0o555)
    command = without_privileges([sys.executable, "-m", "invoke", "build", "--", "-o", str(hub.output)])
    done = hub.run(command, environ={"HUB_BRAND": '{"name": "Another"}'})
    folder.chmod(0o755)

    assert done.returncode == FAULTY, done.stderr
    assert str(folder) in done.stderr
    assert "Permission denied" in done.stderr or "may not be" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert site(hub.output) == old
    figure(f"{closed}: ended with {done.returncode}")


@pytest.mark.promise(44)
def test_a_disk_that_may_only_be_read_is_named(
    small_disk: Path, hub: Hub, figure: Callable[[str], None]
) -> None:
    state, output = small_disk / "state", small_disk / "output"
    State(state, NOW).fetch(1)
    output.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    fetched = hub.invoke("fetch", HUB_STATE=str(state))
    built = hub.run([sys.executable, "-m", "invoke", "build", "--", "-o", str(output)])

    for done, folder in ((fetched, state), (built, output)):
        assert done.returncode == FAULTY
        assert f"{folder}" in done.stderr.splitlines()[-1]
        assert "Read-only file system" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    figure("fetch and build ended with 1")
