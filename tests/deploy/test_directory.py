"""Publishing to a folder of releases: on this machine, and on a server over ssh."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import brotli
import pytest

from forecourt.deploy.distant import Distant
from forecourt.deploy.publishing import publish, releases, rollback, silent
from forecourt.deploy.targets.directory import Directory
from forecourt.errors import Busy, PublishError
from forecourt.shell import Server
from tests.deploy.sites import Site, is_whole, shown
from tests.deploy.sites import site as files_of
from tests.sshd import Sshd, free_port, program, sshd

BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
TEXT = "<!doctype html><p>Hello from the till. " + " ".join(map(str, range(500)))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture(params=["here", "over ssh"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Directory:
    base = tmp_path / "it's the hub"
    if request.param == "here":
        return Directory(str(base))
    program("rsync")
    options: dict[str, Any] = request.getfixturevalue("server").options
    return Directory(str(base), **options)


def current(target: Directory) -> Path:
    return Path(target.path) / "current"


def tree(folder: Path, *, packed: bool = False) -> dict[str, bytes]:
    """The files of a folder, without those that are packed."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    return {name: body for name, body in found.items() if packed == name.endswith((".gz", ".br"))}


def test_a_site_is_there_whole_and_a_release_takes_only_the_room_of_what_differs(
    site: Site, target: Directory
) -> None:
    site.write(index_html=TEXT, a__index_html=TEXT + "a", robots_txt="User-agent: *")
    first = site.publish(target, BEGIN)
    assert first.sent == 3
    assert tree(current(target)) == tree(site.output)
    before = {path.name: path.stat().st_ino for path in current(target).resolve().iterdir()}
    site.write(index_html=TEXT + "!", a__index_html=TEXT + "a", robots_txt="User-agent: *")
    assert site.publish(target, BEGIN + QUARTER).sent == 1
    after = {path.name: path.stat().st_ino for path in current(target).resolve().iterdir()}
    assert {name for name in after if after[name] != before[name]} == {
        "a", "index.html", "index.html.gz", "index.html.br"
    }  # fmt: skip
    former = Path(target.path) / "releases" / first.release.id
    assert (former / "index.html").read_text() == TEXT  # not written through the link
    assert (current(target) / "index.html").read_text() == TEXT + "!"


def test_nothing_new_is_nothing_done(site: Site, target: Directory) -> None:
    site.build(1)
    site.publish(target, BEGIN)
    before = sorted(Path(target.path).rglob("*"))
    published = site.publish(target, BEGIN + QUARTER)
    assert published.is_nothing
    assert sorted(Path(target.path).rglob("*")) == before


def test_a_file_that_differs_though_size_and_time_are_the_same_is_sent(site: Site, target: Directory) -> None:
    site.write(index_html="one")
    os.utime(site.output / "index.html", (BEGIN.timestamp(), BEGIN.timestamp()))
    site.publish(target, BEGIN)
    site.write(index_html="two")
    os.utime(site.output / "index.html", (BEGIN.timestamp(), BEGIN.timestamp()))
    site.publish(target, BEGIN + QUARTER)
    assert (current(target) / "index.html").read_text() == "two"


def test_packed_files_are_what_their_files_are_and_leave_with_them(site: Site, target: Directory) -> None:
    site.have({"index.html": TEXT.encode(), "old.html": TEXT.encode(), "s.html": b"s", "x.xml": TEXT.encode(),
               "x.xml.gz": b"ours", "p.webp": os.urandom(5000)})  # fmt: skip
    site.publish(target, BEGIN, grace=timedelta(0))
    packed = tree(current(target), packed=True)
    assert packed.pop("x.xml.gz") == b"ours"
    assert sorted(packed) == ["index.html.br", "index.html.gz", "old.html.br", "old.html.gz", "x.xml.br"]
    assert gzip.decompress(packed["index.html.gz"]).decode() == TEXT
    assert brotli.decompress(packed["index.html.br"]).decode() == TEXT
    for name in packed:
        origin = current(target) / name.removesuffix(".gz").removesuffix(".br")
        assert (current(target) / name).stat().st_mtime == origin.stat().st_mtime
    site.have({"index.html": b"short", "x.xml": TEXT.encode()})
    site.publish(target, BEGIN + QUARTER, grace=timedelta(0))
    site.publish(target, BEGIN + 2 * QUARTER, grace=timedelta(0))
    assert sorted(tree(current(target), packed=True)) == ["x.xml.br"]
    assert tree(current(target)) == tree(site.output)


def test_packing_that_is_turned_on_or_off_is_so_for_all_files(site: Site, target: Directory) -> None:
    site.write(index_html=TEXT, other_html=TEXT)
    site.publish(replace(target, compress=False), BEGIN)
    assert tree(current(target), packed=True) == {}
    site.write(index_html=TEXT + "!", other_html=TEXT)
    site.publish(target, BEGIN + QUARTER)
    assert len(tree(current(target), packed=True)) == 4
    site.write(index_html=TEXT, other_html=TEXT)
    site.publish(replace(target, compress=False), BEGIN + 2 * QUARTER)
    assert tree(current(target), packed=True) == {}


def test_what_left_stays_for_the_grace_and_then_goes_with_its_folder(site: Site, target: Directory) -> None:
    site.write(index_html="home", pictures__one_webp="1", theme__x_css="x")
    site.publish(target, BEGIN)
    site.write(index_html="home!", theme__x_css="x")
    site.publish(target, BEGIN + QUARTER)
    assert (current(target) / "pictures/one.webp").read_text() == "1"
    site.publish(target, BEGIN + timedelta(days=2))
    assert not (current(target) / "pictures").exists()
    assert tree(current(target)) == tree(site.output)


def test_a_file_may_become_a_folder_and_a_folder_a_file(site: Site, target: Directory) -> None:
    site.have({"index.html": b"home", "a": b"file", "b/index.html": b"folder"})
    site.publish(target, BEGIN)
    shutil.rmtree(site.output / "b")
    (site.output / "a").unlink()
    site.have({"index.html": b"home", "a/index.html": b"folder", "b": b"file"})
    site.publish(target, BEGIN + QUARTER)
    assert (current(target) / "a/index.html").read_bytes() == b"folder"
    assert (current(target) / "b").read_bytes() == b"file"
    site.publish(target, BEGIN + timedelta(days=2))
    assert tree(current(target)) == tree(site.output)
    assert site.publish(target, BEGIN + timedelta(days=2)).is_nothing


def test_a_live_tree_that_somebody_laid_hands_on_is_mended_by_the_next_publish(
    site: Site, target: Directory
) -> None:
    site.have({"index.html": b"home", "a/é b.html": b"a", "b.jpg": b"b", "same.jpg": b"same"})
    site.publish(target, BEGIN)
    (current(target) / "a/é b.html").unlink()
    (current(target) / "b.jpg").unlink()
    (current(target) / "b.jpg").symlink_to("same.jpg")
    (current(target) / "index.html").write_bytes(b"")
    assert site.publish(target, BEGIN + QUARTER).sent == 3
    assert tree(current(target)) == tree(site.output)
    assert not (current(target) / "b.jpg").is_symlink()
    assert site.publish(target, BEGIN + 2 * QUARTER).is_nothing


def test_what_a_publish_that_was_killed_had_made_is_cleared_by_the_next(
    site: Site, target: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    site.write(index_html=TEXT)

    def made() -> list[Path]:
        return [*temporary.iterdir(), *(Path(target.path) / "releases").glob(".*")]

    def left(*_: int) -> None:
        """As a kill at this moment leaves it."""
        for folder in made():
            if (folder / "index.html").is_symlink():
                shutil.copytree(folder, f"{folder}-left", symlinks=True)

    publish(target, site.output, site.scan(), {}, BEGIN, heard=left)
    assert [folder.name.endswith("-left") for folder in made()] == [True]
    site.write(index_html=TEXT + "!")
    site.publish(target, BEGIN + QUARTER)
    assert made() == []


def test_rolling_back_gives_identical_files_and_the_next_publish_goes_on_from_there(
    site: Site, target: Directory
) -> None:
    trees = []
    for number in range(1, 4):
        site.build(number)
        site.publish(target, BEGIN + number * QUARTER)
        trees.append(tree(site.output))
    back = rollback(target, "2", BEGIN + 4 * QUARTER)
    live = tree(current(target))
    assert {name: live[name] for name in trees[0]} == trees[0]
    assert {file.path for file in back.files} == live.keys()
    assert set(live) - set(trees[0]) == set(back.leaving)  # what pages that are open still show
    listed = releases(target, BEGIN + 4 * QUARTER)
    assert listed[0].id == back.id
    assert len(listed) == 4
    site.publish(target, BEGIN + 5 * QUARTER)
    live = tree(current(target))
    assert {name: live[name] for name in trees[2]} == trees[2]


def test_a_release_that_is_not_kept_cannot_be_brought_back(site: Site, target: Directory) -> None:
    site.build(1)
    site.publish(target, BEGIN)
    with (
        target.opened(BEGIN) as remote,
        pytest.raises(PublishError, match="20200101T000000Z-00000000 is not kept"),
    ):
        remote.bring_back("20200101T000000Z-00000000", BEGIN, silent)


def test_the_oldest_releases_go_and_never_the_live_one(site: Site, target: Directory) -> None:
    target = replace(target, keep=2)
    for number in range(4):
        site.write(index_html=str(number))
        site.publish(target, BEGIN - number * QUARTER)  # by a clock that runs backwards
    kept = sorted(path.name for path in (Path(target.path) / "releases").iterdir())
    assert len(kept) == 4  # two folders, and what stands beside each
    assert (current(target) / "index.html").read_text() == "3"
    assert current(target).resolve().name in kept


def test_a_clock_that_is_set_back_changes_nothing_about_what_came_before_what(
    site: Site, target: Directory
) -> None:
    target = replace(target, keep=3)
    ids = []
    for number, day in enumerate((0, 1, 2, -1, -2)):
        site.write(index_html=str(number))
        ids.append(site.publish(target, BEGIN + timedelta(days=day)).release.id)
    listed = releases(target, BEGIN)
    assert [release.id for release in listed] == [ids[4], ids[3], ids[2]]
    rollback(target, "2", BEGIN - timedelta(days=3))
    assert (current(target) / "index.html").read_text() == "2"
    assert [release.id for release in releases(target, BEGIN)][1:] == [ids[4], ids[3]]


def test_a_former_release_whose_record_is_damaged_is_not_listed_and_keeps_nobody_from_publishing(
    site: Site, target: Directory
) -> None:
    ids = []
    for number in range(3):
        site.write(index_html=str(number))
        ids.append(site.publish(target, BEGIN + number * QUARTER).release.id)
    (Path(target.path) / f"releases/{ids[1]}.release").write_text("{\n")
    assert [release.id for release in releases(target, BEGIN)] == [ids[2], ids[0]]
    site.write(index_html="3")
    ids.append(site.publish(replace(target, keep=3), BEGIN + 3 * QUARTER).release.id)
    assert {path.stem for path in (Path(target.path) / "releases").iterdir()} == {ids[0], ids[2], ids[3]}


def test_of_two_publishes_at_once_one_works_and_the_other_says_so(site: Site, target: Directory) -> None:
    site.build(1)
    with (
        target.opened(BEGIN),
        pytest.raises(Busy, match=rf"process {os.getpid()}, since 2026-11-23 09:00 UTC"),
    ):
        site.publish(target, BEGIN)
    site.publish(target, BEGIN)


def test_a_folder_in_the_place_of_the_link_is_not_touched(site: Site, target: Directory) -> None:
    current(target).mkdir(parents=True)
    site.build(1)
    with pytest.raises(PublishError, match="is not a link; move it away"):
        site.publish(target, BEGIN)


def test_what_a_server_says_is_told_though_it_comes_after_the_answer(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    os.mkfifo(tmp_path / "said")
    slow = "(exec 3< said; sleep 0.5; exec cat <&3 >&2) & exec sh 2> said"
    with (
        TemporaryFile() as errors,
        subprocess.Popen(
            ["sh", "-c", slow], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        ) as hand,
    ):
        trees = Distant(Server("server.example"), "/srv/hub", hand, errors)
        with pytest.raises(PublishError, match="current is not a link; move it away"):
            trees.live()


def test_what_the_folder_of_a_server_cannot_be_reached_for_is_said(
    server: Sshd, site: Site, tmp_path: Path
) -> None:
    site.build(1)
    known = {**server.options, "known_hosts": os.devnull}
    with pytest.raises(PublishError, match="its host key is not known"):
        site.publish(Directory(str(tmp_path / "hub"), **known), BEGIN)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PublishError, match=r"cannot be read or written: mkdir: .*visitors see a whole site"):
        site.publish(Directory(str(tmp_path / "file/hub"), **server.options), BEGIN)
    closed = {**server.options, "port": free_port()}
    with pytest.raises(PublishError, match="Connection refused") as refused:
        releases(Directory(str(tmp_path / "hub"), **closed), BEGIN)
    assert str(refused.value).isprintable()


def test_a_disk_that_is_full_is_named_by_the_file_that_found_no_room(site: Site, tmp_path: Path) -> None:
    site.have({"index.html": b"home", "film.mp4": bytes(2**20)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    files = site.scan()
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, hard))
    try:
        with pytest.raises(
            PublishError, match=rf"^{re.escape(str(tmp_path / 'hub'))}/.*/film\.mp4 cannot be"
        ):
            publish(Directory(str(tmp_path / "hub")), site.output, files, {}, BEGIN)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_of_a_server_that_is_full_is_named_by_the_file_that_found_no_room(
    server: Sshd, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [
        'rsync: [receiver] write failed on "/srv/hub/film.mp4": No space left on device (28)',
        "rsync error: error in file IO (code 11) at receiver.c(657) [receiver=3.5.0]",
        "rsync: [sender] write error: Broken pipe (32)",
    ]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/rsync").write_text(
        "#!/bin/sh\ncat >&2 <<'end'\n{}\nend\nexit 11\n".format("\n".join(said))
    )
    (tmp_path / "bin/rsync").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    site.build(1)
    with pytest.raises(PublishError, match=r'write failed on "/srv/hub/film\.mp4": No space left on device'):
        site.publish(Directory(str(tmp_path / "hub"), **server.options), BEGIN)


def test_a_publish_killed_at_any_moment_leaves_a_whole_site_and_the_next_one_finishes(
    site: Site, target: Directory, scale: Callable[[int, int], int]
) -> None:
    site.build(0)
    site.publish(target, BEGIN)
    chance = random.Random(20261123)
    options = {name: getattr(target, name) for name in ("host", "port", "identity", "known_hosts")}
    longest = 0.5
    for number in range(1, scale(4, 30) + 1):
        site.build(number)
        now = BEGIN + number * QUARTER
        words = [target.path, str(site.output), str(site.memory), now.isoformat(), json.dumps(options)]
        program_ = [sys.executable, "-m", "tests.deploy.publishing_to_directory", *words]
        began = time.monotonic()
        process = subprocess.Popen(program_, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0.2, longest))
            longest = max(longest, time.monotonic() - began)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            longest *= 1.3
        live = tree(current(target))
        assert any(expected.items() <= live.items() for expected in (files_of(number - 1), files_of(number)))
        for name, body in live.items():
            if name.endswith(".html"):
                assert is_whole(body.decode())
                assert set(shown(body.decode())) <= {f"/{part}" for part in live}
        finish(site, target, now)
        live = tree(current(target))
        assert files_of(number).items() <= live.items()
        left = [path.name for path in (Path(target.path) / "releases").iterdir() if path.name.startswith(".")]
        assert left == []


def finish(site: Site, target: Directory, now: datetime) -> None:
    """Publish, as soon as the server has noticed that the one before was killed."""
    for _ in range(200):
        try:
            site.publish(target, now)
        except Busy:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the lock of the publish that was killed is never let go of")


def test_a_live_site_whose_record_is_gone_stays_live_until_the_next_release(
    site: Site, target: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write(index_html=TEXT)
    name = site.publish(target, BEGIN).release.id
    (Path(target.path) / f"releases/{name}.release").unlink()  # as the sentence about a damaged one advises
    site.write(index_html=TEXT + "!")
    seen: list[bool] = []

    def heard(*_: int) -> None:
        seen.append((current(target) / "index.html").read_text() == TEXT)

    publish(target, site.output, site.scan(), {}, BEGIN + QUARTER, heard=heard)
    assert seen == [True]
    assert tree(current(target)) == tree(site.output)


def test_whoever_serves_the_site_may_read_it_whatever_our_umask(site: Site, tmp_path: Path) -> None:
    site.have({"a/index.html": TEXT.encode()})
    before = os.umask(0o077)
    try:
        site.publish(Directory(str(tmp_path / "new/hub")), BEGIN)
    finally:
        os.umask(before)
    for path in [tmp_path / "new/hub", *(tmp_path / "new/hub").rglob("*")]:
        if not path.is_symlink() and path.name not in {"lock", "lock.holder"} and path.suffix != ".release":
            assert path.stat().st_mode & 0o044 == 0o044, path


def test_a_name_as_long_as_the_disk_takes_is_sent_and_not_packed(site: Site, target: Directory) -> None:
    name = "長" * 83 + ".txt"  # 253 bytes of 255
    site.have({"index.html": TEXT.encode(), f"files/{name}": TEXT.encode()})
    site.publish(target, BEGIN)
    assert (current(target) / "files" / name).read_text() == TEXT
    assert sorted(tree(current(target), packed=True)) == ["index.html.br", "index.html.gz"]


def test_a_file_that_went_after_the_scan_is_said_in_a_sentence(site: Site, target: Directory) -> None:
    site.write(index_html=TEXT, other_html=TEXT)
    files = site.scan()
    (site.output / "other.html").unlink()
    with pytest.raises(
        PublishError, match=r"other\.html cannot be read or written: No such file.*publish again"
    ):
        publish(target, site.output, files, {}, BEGIN)
