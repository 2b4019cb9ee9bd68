"""Cloudflare Pages: wrangler sends what differs, and what left stays for a while though wrangler sends a folder."""

from __future__ import annotations

import logging
import shlex
import shutil
import sys
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import stamina
from filelock import FileLock

from forecourt.deploy import manifest, planning, publishing
from forecourt.deploy.hosted import RECORD
from forecourt.deploy.records import Release
from forecourt.deploy.targets import Shipment, cloudflare_pages
from forecourt.errors import Busy, PublishError, SettingsError, Unsafe
from tests.deploy.fakes.cloudflare import API, Deployment
from tests.deploy.fakes.cloudflare import Cloudflare as Fake
from tests.deploy.fakes.hosting import CANARY, Killed, Said, Small, digests, kill_at, of

OLD = {"index.html": "<p>one", "news/a/index.html": "<p>a", "theme/main.11aa.css": "a{}", "404.html": "<p>no"}
NEW = {"index.html": "<p>two", "news/a/index.html": "<p>a", "theme/main.22bb.css": "b{}", "404.html": "<p>no"}
ACCOUNT, PROJECT = "f00dcafe", "larkwood"
SLEEPER = shlex.join([sys.executable, "-c", "import time; time.sleep(60)"])  # it hangs, and is to be ended
# It holds a file for as long as it lives; it is to be ended, and would end by itself.
_HOLDER = "import fcntl, sys, time; held = open(sys.argv[1], 'w'); fcntl.flock(held, 2); time.sleep(20)"
WRANGLER = [sys.executable, str(Path(__file__).parent / "fakes/wrangler.py")]


@pytest.fixture(autouse=True)
def _without_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=8, cap=True):
        yield


@pytest.fixture
def fake() -> Iterator[Fake]:
    fake = Fake(CANARY, ACCOUNT, PROJECT)
    with fake.serving():
        yield fake


@pytest.fixture
def small(tmp_path: Path) -> Small:
    small = Small(tmp_path)
    small.write(OLD)
    return small


def target(fake: Fake, *before: str, **options: object) -> cloudflare_pages.CloudflarePages:
    given = {
        "project": PROJECT,
        "environ": {"CLOUDFLARE_API_TOKEN": CANARY, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT},
        "server": fake.url + API,
        "command": shlex.join([*before, *WRANGLER]),
    }
    return cloudflare_pages.TARGET(**{**given, **options})  # type: ignore[arg-type]  # options as a setting gives them


def test_the_first_publish_sends_everything(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    assert digests(fake.tree()) == of(OLD)
    assert len(fake.uploaded) == len(OLD) + 1
    assert b"Content-Security-Policy" in fake.tree()["_headers"]
    assert fake.published
    assert len(fake.published.commit) == 40


def test_afterwards_exactly_what_differs_is_sent(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    fake.uploaded.clear()
    small.write(OLD | {"index.html": "<p>with b", "news/b/index.html": "<p>b"})
    small.publish(target(fake), now + timedelta(minutes=15))
    sent = {fake.blobs[digest] for digest in fake.uploaded}
    assert sent == {b"<p>with b", b"<p>b", fake.tree()[RECORD]}


def test_what_is_there_already_makes_no_deployment(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    assert small.publish(target(fake), now + timedelta(minutes=15)).is_nothing
    assert len(fake.deployments) == 1


def test_pages_that_only_lead_on_are_redirects(fake: Fake, small: Small, now: datetime) -> None:
    small.write(OLD | {"posts/a/index.html": '<meta http-equiv="refresh" content="0; url=/posts/b/">'})
    small.publish(target(fake), now)
    assert fake.tree()["_redirects"] == b"/posts/a/ /posts/b/ 301\n"


@pytest.mark.parametrize("is_new_machine", [True, False])
def test_what_left_the_site_stays_for_its_grace(
    fake: Fake, small: Small, now: datetime, is_new_machine: bool
) -> None:
    small.write(OLD | {"old/index.html": "<p>old"})
    small.publish(target(fake), now)
    small.write(NEW)
    staged = small.output.with_name(".forecourt-pages")
    if is_new_machine:
        shutil.rmtree(staged)
    fake.forget()
    small.publish(target(fake), now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(OLD | NEW | {"old/index.html": "<p>old"})
    fetched = [asked.path for asked in fake.asked if "/shown/" in asked.path and RECORD not in asked.path]
    assert sorted(path.partition("/shown/00000000/")[2] for path in fetched) == (
        ["old/", "theme/main.11aa.css"] if is_new_machine else []
    )
    small.publish(target(fake), now + timedelta(days=2))
    assert digests(fake.tree()) == of(NEW)


def test_what_nobody_has_any_more_goes_and_that_is_said(
    fake: Fake, small: Small, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    small.publish(target(fake), now)
    small.write(NEW)
    shutil.rmtree(small.output.with_name(".forecourt-pages"))
    fake.deployments[0].files["theme/main.11aa.css"] = b"something else"
    small.publish(target(fake), now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(NEW)
    assert "Cloudflare Pages cannot keep 1 files" in caplog.text


def test_what_is_leaving_gives_way_where_the_host_takes_no_more_files(
    fake: Fake, small: Small, now: datetime
) -> None:
    tight = target(fake, files=len(NEW) + 3)
    small.publish(tight, now)
    small.write(NEW)
    small.publish(tight, now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(NEW)
    small.write(NEW | {"one/too.many": ""})
    with pytest.raises(Unsafe, match="5 files, and its host takes 4"):
        small.publish(tight, now + timedelta(minutes=30))


def test_wrangler_killed_at_any_request_leaves_the_old_site_and_the_next_publish_sends_the_rest(
    fake: Fake, small: Small, now: datetime
) -> None:
    small.publish(target(fake), now)
    for step in range(1, 30):
        fake.uploaded.clear()
        new = NEW | {"index.html": f"<p>{step}"}
        small.write(new)
        before = digests(fake.tree())
        at = now + timedelta(days=3 * step)
        try:
            small.publish(target(fake, "env", f"WRANGLER_DIES_AT={step}"), at)
        except PublishError as error:
            assert "wrangler could not publish to larkwood" in str(error)  # noqa: PT017 - it does not fail at last
            # The last request only looks: by then the deployment is made, and becomes live by itself.
            assert digests(fake.tree()) == before
            fake.pass_time()
            small.publish(target(fake), at + timedelta(hours=1))
        else:
            break
        assert fake.tree()["index.html"].decode() == new["index.html"]
        assert len(fake.uploaded) == len(set(fake.uploaded)), "what was sent once is not sent again"
    assert step > 7


@pytest.mark.parametrize("answered", [False, True])
def test_killed_before_or_after_wrangler_the_site_is_whole(
    fake: Fake, small: Small, now: datetime, answered: bool
) -> None:
    small.publish(target(fake), now)
    for step in range(1, 12):
        at = now + timedelta(days=3 * step)
        small.write(NEW | {"index.html": f"<p>{step}"})
        with pytest.MonkeyPatch.context() as patch:
            kill_at(patch, step, answered=answered)
            try:
                small.publish(target(fake), at)
            except Killed:
                pass
            else:
                break
        small.publish(target(fake), at + timedelta(minutes=15))
        assert fake.tree()["index.html"] == f"<p>{step}".encode()
    assert step > 3


def test_a_former_release_comes_back_byte_for_byte(fake: Fake, small: Small, now: datetime) -> None:
    first = small.publish(target(fake), now).release
    before = digests(fake.tree())
    small.write(NEW)
    second = small.publish(target(fake), now + timedelta(minutes=15)).release
    assert [one.id for one in publishing.releases(target(fake), now)] == [second.id, first.id]
    assert publishing.rollback(target(fake), "1", now) == first
    assert digests(fake.tree()) == before
    assert publishing.rollback(target(fake), first.id, now) == first, "what is live already needs nothing"
    with target(fake).opened(now) as remote:
        assert remote.live == first


def test_a_release_is_found_behind_many_deployments_of_others(
    fake: Fake, small: Small, now: datetime
) -> None:
    first = small.publish(target(fake), now).release
    fake.deployments += [
        Deployment(f"{number:08x}", {}, "by hand", "", "production", status="success")
        for number in range(9, 80)
    ]
    assert [one.id for one in publishing.releases(target(fake), now)] == [first.id]


def test_releases_beyond_the_history_are_deleted_and_what_others_made_stays(
    fake: Fake, small: Small, now: datetime
) -> None:
    made = []
    for number in range(4):
        small.write(OLD | {"index.html": f"<p>{number}"})
        made.append(small.publish(target(fake, history=2), now + timedelta(hours=number)).release.id)
        if number == 0:
            theirs = Deployment("ffffffff", {}, "by hand", "", "preview", status="success")
            fake.deployments.append(theirs)
    assert [one.id for one in publishing.releases(target(fake), now)] == made[:1:-1]
    assert theirs in fake.deployments


def test_who_comes_second_is_told_so_before_anything_is_sent(
    fake: Fake, small: Small, now: datetime, tmp_path: Path
) -> None:
    small.publish(target(fake), now)
    other = Small(tmp_path / "other")
    other.write(OLD | {"index.html": "<p>theirs"})
    small.write(NEW)
    with target(fake).opened(now) as remote:
        other.publish(target(fake), now + timedelta(minutes=15))
        made = len(fake.deployments)
        with pytest.raises(Busy, match="somebody else published to larkwood"):
            remote.send(_shipment(small, remote.live, now + timedelta(minutes=16)), publishing.silent)
    assert len(fake.deployments) == made
    assert fake.tree()["index.html"] == b"<p>theirs"


def _shipment(small: Small, live: Release | None, now: datetime) -> Shipment:
    files = manifest.scan(small.output, small.output.with_name("digests"))
    return Shipment(*planning.plan(files, live, (), now), small.output)


def test_a_deployment_that_is_not_shown_is_said_to_be_late(fake: Fake, small: Small, now: datetime) -> None:
    fake.is_late = True
    fake.deployments.append(Deployment("aa", {}, "by hand", "", "production", looks=99))
    with pytest.raises(Busy, match="shows the deployment late"):
        small.publish(target(fake), now)


def test_a_host_without_a_page_for_what_is_missing_is_taken_for_new(
    fake: Fake, small: Small, now: datetime
) -> None:
    fake.deployments.append(
        Deployment("aa", {"index.html": b"<html>"}, "by hand", "", "production", status="success")
    )
    fake.publish(fake.deployments[0])
    small.publish(target(fake), now)
    assert digests(fake.tree()) == of(OLD)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"environ": {}}, "CLOUDFLARE_API_TOKEN is not set in the environment; get it at"),
        ({"environ": {"CLOUDFLARE_API_TOKEN": "x"}}, "CLOUDFLARE_ACCOUNT_ID is not set"),
        (
            {"environ": {"CLOUDFLARE_API_TOKEN": CANARY + "x", "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}},
            "answered 401 .*CLOUDFLARE_API_TOKEN ended",
        ),
        (
            {"project": "elsewhere"},
            "answered 404 .Project not found. .*look whether the project elsewhere is there",
        ),
        (
            {"command": "no-such-wrangler"},
            r"no-such-wrangler cannot be run: .*install Node\.js 22\.12 or newer",
        ),
        ({"command": SLEEPER, "patience": 1}, "wrangler did not finish in 1 s"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    fake: Fake, small: Small, now: datetime, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(PublishError, match=sentence):
        small.publish(target(fake, **options), now)
    assert not fake.deployments


def test_what_wrangler_says_is_passed_on(fake: Fake, small: Small, now: datetime) -> None:
    small.publish(target(fake), now)
    small.write(NEW)
    fake.refused = "/upload-token"
    said = r"wrangler could not publish to larkwood: .*upload-token.* failed\. Authentication error \[code: 10000\]"
    with pytest.raises(PublishError, match=said):
        small.publish(target(fake), now + timedelta(minutes=15))


def test_the_token_is_in_no_error_and_no_log(
    fake: Fake, small: Small, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    small.publish(target(fake), now)
    small.write(NEW)
    program = f"import os, sys; sys.exit('[ERROR] ' + os.environ['CLOUDFLARE_API_TOKEN'] + {ACCOUNT!r})"
    leaking = target(fake, command=shlex.join([sys.executable, "-c", program]))
    with pytest.raises(PublishError, match="wrangler could not publish") as caught:
        small.publish(leaking, now + timedelta(minutes=15))
    said = "".join(traceback.format_exception(caught.value))
    fake.moods = [Said(400, {"errors": [{"message": f"bad {CANARY}"}]})]
    with pytest.raises(PublishError) as refused:
        small.publish(target(fake), now + timedelta(minutes=15))
    said += "".join(traceback.format_exception(refused.value)) + caplog.text + repr(leaking)
    assert CANARY not in said
    assert CANARY not in "".join(data.decode("latin-1") for data in fake.tree().values())


def test_wrangler_sees_nothing_else_of_the_environment(fake: Fake, small: Small, now: datetime) -> None:
    program = "import os, sys; sys.exit('[ERROR] ' + ' '.join(sorted(os.environ)))"
    environ = {
        "CLOUDFLARE_API_TOKEN": CANARY,
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
        "SHOP_SECRET": "x",
        "PATH": "/bin",
    }
    asking = target(fake, command=shlex.join([sys.executable, "-c", program]), environ=environ)
    with pytest.raises(PublishError) as caught:
        small.publish(asking, now)
    assert "CLOUDFLARE_API_TOKEN" in str(caught.value)
    assert "SHOP_SECRET" not in str(caught.value)


def test_wrangler_is_ended_with_all_that_it_started(
    fake: Fake, small: Small, now: datetime, tmp_path: Path
) -> None:
    npx = tmp_path / "npx"  # it starts wrangler as a process of its own
    npx.write_text(
        f"#!/bin/sh\n{shlex.join([sys.executable, '-c', _HOLDER, str(tmp_path / 'held')])}\nexit 1\n"
    )
    npx.chmod(0o755)
    with pytest.raises(PublishError, match="wrangler did not finish in 3 s"):
        small.publish(target(fake, command=str(npx), patience=3), now)
    assert (tmp_path / "held").exists()
    with FileLock(tmp_path / "held", timeout=5):  # the system lets go of it when the process has ended
        pass


def test_a_file_that_became_a_folder_is_published_at_once(fake: Fake, small: Small, now: datetime) -> None:
    small.write(OLD | {"menu": "a file", "shop/index.html": "<p>shop"})
    small.publish(target(fake), now)
    new = OLD | {"menu/index.html": "<p>a page", "shop": "a file"}
    small.write(new)
    small.publish(target(fake), now + timedelta(minutes=15))
    assert digests(fake.tree()) == of(new)


def test_what_the_site_says_to_the_host_itself_is_kept_beside_ours(
    fake: Fake, small: Small, now: datetime
) -> None:
    small.write(
        OLD | {"_redirects": "/sale /tags/sale/ 302\n", "_headers": "/files/*\n  X-Robots-Tag: noindex\n"}
    )
    small.publish(target(fake), now)
    assert fake.tree()["_redirects"] == b"/sale /tags/sale/ 302\n"
    assert fake.tree()["_headers"].endswith(b"/files/*\n  X-Robots-Tag: noindex\n")
    assert b"Content-Security-Policy" in fake.tree()["_headers"]
    assert (small.output / "_headers").read_text() == "/files/*\n  X-Robots-Tag: noindex\n"


def test_the_live_release_is_never_let_go_of(fake: Fake) -> None:
    with pytest.raises(SettingsError, match="history is 0, and must be 1 or more"):
        target(fake, history=0)
