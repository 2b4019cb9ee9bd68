from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from forecourt.deploy.guard import Rules, look
from forecourt.deploy.guard.memory import Memory
from forecourt.deploy.guard.reading import Facts, Kind
from forecourt.deploy.records import File
from forecourt.errors import PublishError
from tests.deploy.guard.sites import ADDRESS, RULES, Site, page

HOME = "index.html"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_only_what_changed_is_read_again(site: Site) -> None:
    assert site.look().read == len(site.files)
    assert site.look().read == 0
    site.post("m1", "A short winter.")
    site.write("posts/new/index.html", page("posts/new/", ""))
    assert site.look().read == 2


def test_nothing_changed_writes_nothing(site: Site) -> None:
    site.look()
    memory = site.folder / "memory/guard.msgpack"
    before = memory.stat().st_mtime_ns, memory.stat().st_ino
    site.look()
    assert (memory.stat().st_mtime_ns, memory.stat().st_ino) == before


def test_a_later_look_says_what_a_first_one_would(site: Site, tmp_path: Path) -> None:
    site.look()
    site.add(HOME, '<a href="/posts/m3/#reply">x</a><img src="https://cdn.example/x.png"><p>{{ x }}</p>')
    site.remove("posts/m2/index.html")
    site.remove("theme/paper.png")
    later = site.look()
    (site.folder / "memory/guard.msgpack").unlink()
    first = site.look()

    assert (later.found, later.counts) == (first.found, first.counts)
    assert {one.check for one in first.found} == {"broken-link", "third-party", "template-error"}


def test_a_page_that_did_not_change_is_broken_by_what_went_and_whole_when_it_is_back(site: Site) -> None:
    good = site.objections()
    for path in ("posts/m3/index.html", "pictures/a-320.avif", "theme/icons.svg"):
        data = (site.output / path).read_bytes()
        site.remove(path)
        assert any(path in one.words for one in site.objections())
        site.write(path, data)
        assert site.objections() == good == ()


def test_a_part_that_went_from_another_page_breaks_the_link_to_it(site: Site) -> None:
    site.add("posts/m3/index.html", '<h2 id="how">How</h2>')
    site.add(HOME, '<a href="/posts/m3/#how">x</a>')
    assert site.objections() == ()
    site.change("posts/m3/index.html", 'id="how"', 'id="why"')
    found = site.objections()
    assert [(one.check, one.path) for one in found] == [("broken-link", HOME)]
    assert "posts/m3/index.html#how" in found[0].words


def test_an_address_that_nothing_leads_to_any_more_is_forgotten(site: Site) -> None:
    site.add(HOME, '<a href="/gone/">x</a>')
    assert site.objections()
    site.change(HOME, '<a href="/gone/">x</a>', "")
    assert site.objections() == ()
    assert "gone/index.html" not in Memory(site.folder / "memory", RULES).targets
    site.add(HOME, '<a href="/lost/">x</a>')  # which takes its number
    assert [one.words.split()[2] for one in site.objections()] == ["lost/index.html,"]


def test_one_address_that_many_pages_have_is_told_once(site: Site) -> None:
    site.remove("theme/hub.js")
    found = site.objections()
    assert [(one.check, one.path) for one in found] == [("broken-link", "404.html")]
    assert "so do 13 other files" in found[0].words


@pytest.mark.parametrize("damage", [b"", b"\xc1 no such thing", b"\x93\x01\x02\x03"])
def test_a_memory_that_is_damaged_is_made_anew(site: Site, damage: bytes) -> None:
    site.look()
    (site.folder / "memory/guard.msgpack").write_bytes(damage)
    assert site.look().read == len(site.files)
    assert site.look().read == 0


def test_a_memory_of_other_rules_is_not_used(site: Site) -> None:
    site.add(HOME, '<img src="https://cdn.example/x.png">')
    assert site.objections()
    assert site.objections(hosts=frozenset({"cdn.example"})) == ()
    assert site.objections()


def test_a_file_that_is_not_there_is_named(site: Site) -> None:
    files = site.files
    site.remove("theme/hub.css")
    with pytest.raises(PublishError, match=r"theme/hub\.css cannot be read: .*; build again"):
        look(site.output, files, site.folder / "memory", RULES)


def test_a_memory_that_cannot_be_written_is_named_and_leaves_nothing(site: Site) -> None:
    (site.folder / "memory").write_text("a file where the folder should be")
    with pytest.raises(PublishError, match=r"guard\.msgpack cannot be"):
        site.look()


def test_a_site_of_many_pages_is_looked_at_again_for_what_changed(
    tmp_path: Path, scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    number = scale(10_000, 100_000)
    rules = Rules(address=ADDRESS)
    files = [_file(f"posts/{n:013x}/{HOME}") for n in range(number)] + [
        _file(f"kinds/k{n}/{HOME}") for n in range(80)
    ]
    frame = {f"kinds/k{n}/{HOME}" for n in range(80)}
    memory = Memory(tmp_path, rules)
    learnt = {
        file.path: memory.learn(
            bytes.fromhex(file.digest[:32]),
            Facts(Kind.PAGE, frame | {files[(place * 7 + n) % number].path for n in range(20)}),
        )
        for place, file in enumerate(files)
    }
    memory.write(learnt, [])
    changed = files[77]
    (tmp_path / changed.path).parent.mkdir(parents=True)
    (tmp_path / changed.path).write_text(
        page("posts/x/", "").replace('href="/', 'href="/kinds/k0/?'), encoding="utf-8"
    )
    files[77] = _file(changed.path, "other")

    begun = process_time()
    looked = look(tmp_path, files, tmp_path, rules)
    spent = process_time() - begun

    assert (looked.read, looked.counts["posts"]) == (1, number)
    assert (
        spent < 2 * max(number, 25_000) / 100_000
    )  # 0.7 s were measured for 100,000 pages and 60,000 pictures
    figure(f"{number:,} pages, one changed: {spent:.2f} CPU s")
    assert (tmp_path / "guard.msgpack").stat().st_size < 300 * number


def _file(path: str, content: str = "") -> File:
    return File(path, hashlib.sha256(f"{path}{content}".encode()).hexdigest(), 13_000, "", "")
