"""Netlify: what differs is sent, a deploy becomes live as a whole, and what it refuses is said in a sentence."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import stamina

from forecourt.deploy import manifest, publishing
from forecourt.deploy.hosted import RECORD
from forecourt.deploy.targets import netlify
from forecourt.errors import Busy, PublishError, SettingsError
from tests.deploy.fakes.hosting import CANARY, Killed, Said, Small, digests, kill_at, of
from tests.deploy.fakes.netlify import ROUTES, Deploy
from tests.deploy.fakes.netlify import Netlify as Fake

OLD = {"index.html": "<p>one", "news/a/index.html": "<p>a", "theme/main.11aa.css": "a{}", "404.html": "<p>no"}
NEW = {"index.html": "<p>two", "news/a/index.html": "<p>a", "theme/main.22bb.css": "b{}", "404.html": "<p>no"}
SITE = "larkwood.netlify.app"


@pytest.fixture(autouse=True)
def _without_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=20, cap=True):
        yield


@pytest.fixture
def fake() -> Iterator[Fake]:
    fake = Fake(CANARY, SITE)
    with fake.serving():
        yield fake


@pytest.fixture
def small(tmp_path: Path) -> Small:
    small = Small(tmp_path)
    small.write(OLD)
    return small


def target(fake: Fake, **options: object) -> netlify.Netlify:
    given = {"site": SITE, "environ": {"NETLIFY_AUTH_TOKEN": CANARY}, "server": fake.url, "patience": 5}
    return netlify.TARGET(**{**given, **options})  # type: ignore[arg-type]  # options as a setting gives them


def test_the_first_publish_sends_everything(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    assert digests(fake.tree()) == of(OLD)
    assert fake.sent == sorted([*OLD, RECORD, "_headers"])
    assert b"Content-Security-Policy" in fake.tree()["_headers"]


def test_afterwards_exactly_what_differs_is_sent(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    fake.forget()
    small.write(OLD | {"index.html": "<p>with b", "news/b/index.html": "<p>b"})
    small.publish(target(fake), now + timedelta(minutes=15))
    assert fake.sent == [RECORD, "index.html", "news/b/index.html"]


def test_what_is_there_already_makes_no_deploy(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    assert small.publish(target(fake), now + timedelta(minutes=15)).is_nothing
    assert len(fake.deploys) == 1


def test_pages_that_only_lead_on_are_redirects(fake: Fake, small: Small, now: datetime) -> None:
    small.write(OLD | {"posts/a/index.html": '<meta http-equiv="refresh" content="0; url=/posts/b/">'})
    small.publish(target(fake), now)
    assert fake.tree()["_redirects"] == b"/posts/a/ /posts/b/ 301!\n"


def test_files_with_the_same_bytes_are_sent_once(fake: Fake, small: Small, now: datetime) -> None:
    small.write({"index.html": "same", "news/a/index.html": "same"})
    small.publish(target(fake), now)
    assert digests(fake.tree()) == of({"index.html": "same", "news/a/index.html": "same"})
    assert len([path for path in fake.sent if path.endswith("index.html")]) == 1


def test_what_left_the_site_stays_for_its_grace_and_is_not_sent_again(
    fake: Fake, small: Small, now: datetime
) -> None:
    small.publish(target(fake), now)
    small.write(NEW)
    small.publish(target(fake), now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(OLD | NEW)
    fake.forget()
    small.write(NEW | {"index.html": "<p>three"})
    small.publish(target(fake), now + timedelta(minutes=30))
    assert fake.sent == [RECORD, "index.html"]
    assert not [asked for asked in fake.asked if "theme" in asked.path], "its digest is remembered"
    small.publish(target(fake), now + timedelta(days=2))
    assert digests(fake.tree()) == of(NEW | {"index.html": "<p>three"})


def test_bytes_that_netlify_no_longer_has_are_taken_from_the_live_site(
    fake: Fake, small: Small, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.publish(target(fake), now)
    small.write(NEW)
    begin = Fake._begin

    def forgetful(self: Fake, asked: object, found: object) -> Said:
        said = begin(self, asked, found)  # type: ignore[arg-type]  # handed through
        if said.status == 200:
            deploy = self.deploys[-1]
            deploy.required.add(deploy.files["theme/main.11aa.css"])
        return said

    monkeypatch.setattr("tests.deploy.fakes.netlify.ROUTES", _with(forgetful))
    fake.forget()
    small.publish(target(fake), now + timedelta(minutes=15))
    assert "theme/main.11aa.css" in fake.sent
    assert digests(fake.tree()) == of(OLD | NEW)


def test_what_nobody_has_any_more_goes_and_that_is_said(
    fake: Fake, small: Small, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small.publish(target(fake), now)
    small.write(NEW)
    lost = fake.deploys[0].files["theme/main.11aa.css"]
    begin = Fake._begin

    def forgetful(self: Fake, asked: object, found: object) -> Said:
        said = begin(self, asked, found)  # type: ignore[arg-type]  # handed through
        self.deploys[-1].required |= {lost} & set(self.deploys[-1].files.values())
        return said

    monkeypatch.setattr("tests.deploy.fakes.netlify.ROUTES", _with(forgetful))
    fake.blobs[lost] = b"something else"
    small.publish(target(fake), now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(NEW)
    assert "cannot keep 1 files" in caplog.text
    assert "theme/main.11aa.css" in caplog.text


def _with(begin: object) -> tuple[tuple[object, ...], ...]:
    return tuple((*route[:2], begin if route[2] is Fake._begin else route[2]) for route in ROUTES)


def test_killed_at_any_request_the_old_site_stays_whole_and_the_next_publish_sends_the_rest(
    tmp_path: Path, now: datetime
) -> None:
    for step in range(1, 60):
        small, fake = Small(tmp_path / str(step)), Fake(CANARY, SITE)
        with fake.serving():
            small.write(OLD)
            small.publish(target(fake), now)
            fake.forget()
            small.write(NEW)
            with pytest.MonkeyPatch.context() as patch:
                kill_at(patch, step, answered=step % 2 == 0)
                try:
                    small.publish(target(fake), now + timedelta(minutes=15))
                    killed = False
                except Killed:
                    killed = True
            assert digests(fake.tree()) in (of(OLD), of(OLD | NEW))
            if killed:
                small.publish(target(fake), now + timedelta(minutes=30))
            assert digests(fake.tree()) == of(OLD | NEW)
            sent = [path for path in fake.sent if path != RECORD]
            assert sent == sorted(set(sent)), "what was sent once is not sent again"
        if not killed:
            break
    else:
        pytest.fail("a publish takes more requests than expected")
    assert step > 5


def test_a_former_release_comes_back_byte_for_byte(fake: Fake, small: Small, now: datetime) -> None:
    first = small.publish(target(fake), now).release
    before = digests(fake.tree())
    small.write(NEW)
    second = small.publish(target(fake), now + timedelta(minutes=15)).release
    listed = publishing.releases(target(fake), now)
    assert [(one.id, one.changed) for one in listed] == [(second.id, (1, 1, 1)), (first.id, (4, 0, 0))]
    assert publishing.rollback(target(fake), "1", now) == first
    assert digests(fake.tree()) == before
    with target(fake).opened(now) as remote:
        assert remote.live == first


def test_a_release_is_found_behind_many_deploys_of_others(fake: Fake, small: Small, now: datetime) -> None:
    first = small.publish(target(fake), now).release
    fake.deploys += [Deploy(f"{number:024x}", f"from git {number}", {}, "ready") for number in range(50, 300)]
    assert [one.id for one in publishing.releases(target(fake), now)] == [first.id]


def test_releases_beyond_the_history_are_deleted_and_what_others_made_stays(
    fake: Fake, small: Small, now: datetime
) -> None:
    made = []
    for number in range(4):
        small.write(OLD | {"index.html": f"<p>{number}"})
        made.append(small.publish(target(fake, history=2), now + timedelta(hours=number)).release.id)
        if number == 0:
            theirs = Deploy("ffffffff", "by hand", {}, "ready")
            fake.deploys.append(theirs)
    assert [one.id for one in publishing.releases(target(fake), now)] == made[:1:-1]
    assert theirs in fake.deploys


def test_who_comes_second_is_told_so_and_nothing_is_written_over(
    fake: Fake, small: Small, now: datetime, tmp_path: Path
) -> None:
    small.publish(target(fake), now)
    other = Small(tmp_path / "other")
    other.write(OLD | {"index.html": "<p>theirs"})
    small.write(NEW)

    def heard(files: int, size: int) -> None:
        if files == 1:
            other.publish(target(fake), now + timedelta(minutes=16))

    scanned = manifest.scan(small.output, tmp_path / "digests")
    with pytest.raises(Busy, match=r"somebody else published to larkwood\.netlify\.app"):
        publishing.publish(target(fake), small.output, scanned, {}, now + timedelta(minutes=15), heard=heard)
    assert fake.tree()["index.html"] == b"<p>theirs"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"environ": {}}, "NETLIFY_AUTH_TOKEN is not set in the environment; get it at"),
        (
            {"environ": {"NETLIFY_AUTH_TOKEN": "two\nlines"}},
            "NETLIFY_AUTH_TOKEN in the environment has characters",
        ),
        ({"environ": {"NETLIFY_AUTH_TOKEN": CANARY + "x"}}, "answered 401 .*NETLIFY_AUTH_TOKEN ended"),
        (
            {"site": "elsewhere.netlify.app"},
            "answered 404 .*look whether the site elsewhere.netlify.app is right",
        ),
        ({"server": "http://127.0.0.1:9"}, "Netlify cannot be reached"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    fake: Fake, small: Small, now: datetime, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(PublishError, match=sentence):
        small.publish(target(fake, **options), now)
    assert not fake.deploys


def test_a_deploy_that_netlify_cannot_make_leaves_the_site(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    small.write(NEW)
    fake.fails = True
    with pytest.raises(PublishError, match="could not make the deploy: the post-processing failed"):
        small.publish(target(fake), now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(OLD)


def test_a_deploy_that_does_not_get_on_is_given_up(fake: Fake, small: Small, now: datetime) -> None:
    fake.is_stuck = True
    with pytest.raises(PublishError, match=r"has not finished with the deploy 0+ in 5 s; run again"):
        small.publish(target(fake), now)
    fake.is_stuck = False
    small.publish(target(fake), now)
    assert digests(fake.tree()) == of(OLD)


def test_a_site_whose_publishing_is_locked_is_said_to_be(fake: Fake, small: Small, now: datetime) -> None:
    fake.is_locked = True
    with pytest.raises(PublishError, match="publishing is locked"):
        small.publish(target(fake), now)


def test_a_name_that_netlify_does_not_take_is_said_before_anything_is_sent(
    fake: Fake, small: Small, now: datetime
) -> None:
    small.write({"index.html": "<p>", "files/what?.txt": "x"})
    with pytest.raises(PublishError, match=r"no file with # or \? in its name: files/what\?\.txt"):
        small.publish(target(fake), now)
    assert not fake.deploys


def test_a_host_that_fails_in_passing_is_asked_again(fake: Fake, small: Small, now: datetime) -> None:
    fake.moods = [Said(502), Said(429, {"message": "slow"}, {"X-RateLimit-Reset": "0"}), Said(503)]
    small.publish(target(fake), now)
    assert digests(fake.tree()) == of(OLD)


def test_a_record_that_cannot_be_read_is_not_taken_for_none(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    assert fake.published
    fake.blobs[fake.published.files[RECORD]] = b"\x78 damaged"
    with pytest.raises(
        PublishError, match=r"forecourt\.release of the site larkwood\.netlify\.app on Netlify cannot"
    ):
        small.publish(target(fake), now)


def test_the_token_is_in_no_error_and_no_log(
    fake: Fake, small: Small, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    small.publish(target(fake), now)
    small.write(NEW)
    for mood in (
        Said(422, {"message": f"bad token {CANARY}"}),
        Said(418, {"errors": [CANARY]}),
        Said(200, b"{"),
    ):
        fake.moods = [mood]
        with pytest.raises(PublishError) as caught:
            small.publish(target(fake), now)
        assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert CANARY not in caplog.text
    assert CANARY not in repr(target(fake))
    assert CANARY not in "".join(data.decode("latin-1") for data in fake.tree().values())


def test_a_target_that_shall_keep_nothing_lets_go_of_its_past_though_the_site_is_the_same(
    fake: Fake, small: Small, now: datetime
) -> None:
    """What was forgotten may stand in a former deploy alone, which has an address of its own."""
    for number in range(13):
        small.write(OLD | {"index.html": f"<p>{number}"})
        small.publish(target(fake), now + timedelta(minutes=number))
    assert len(publishing.releases(target(fake), now)) == 13
    files, alone = manifest.scan(small.output, small.output.parent / "scanned"), target(fake, history=1)

    publishing.publish(alone, small.output, files, {}, now + timedelta(hours=1), insist=True)

    assert len(publishing.releases(target(fake), now)) == 1


def test_two_names_that_are_one_to_netlify_are_refused(fake: Fake, small: Small, now: datetime) -> None:
    small.write(OLD | {"files/Menu.pdf": "new", "files/menu.pdf": "old"})
    with pytest.raises(PublishError, match=r"to Netlify files/Menu\.pdf and files/menu\.pdf are one name"):
        small.publish(target(fake), now)
    assert not fake.deploys


def test_a_file_whose_name_became_small_does_not_stay_beside_itself(
    fake: Fake, small: Small, now: datetime
) -> None:
    small.write(OLD | {"files/Menu.pdf": "old"})
    small.publish(target(fake), now)
    small.write(OLD | {"files/menu.pdf": "new"})
    small.publish(target(fake), now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(OLD | {"files/menu.pdf": "new"})


def test_what_the_site_says_to_the_host_itself_is_kept_beside_ours(
    fake: Fake, small: Small, now: datetime
) -> None:
    small.write(OLD | {"_redirects": "/sale /tags/sale/ 302\n"})
    small.publish(target(fake), now)
    assert fake.tree()["_redirects"] == b"/sale /tags/sale/ 302\n"


def test_the_live_release_is_never_let_go_of(fake: Fake) -> None:
    with pytest.raises(SettingsError, match="history is 0, and must be 1 or more"):
        target(fake, history=0)
