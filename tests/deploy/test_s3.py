from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from forecourt.deploy.publishing import publish, releases, rollback
from forecourt.deploy.targets.s3 import S3
from forecourt.errors import Busy, PublishError, SettingsError
from tests.buckets import Asked, Bucket, Object, Refusal
from tests.deploy.sites import Site


def expected(site: Site) -> dict[str, Object]:
    return {file.path: Object(file.digest, file.type, file.cache) for file in site.scan()}


def test_a_first_publish_sends_all_and_the_next_one_writes_nothing_at_all(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    site.build(1)
    target = S3(**bucket.target, distribution=bucket.distribution)
    done = site.publish(target, now)
    assert bucket.tree() == expected(site)
    assert (done.sent, done.former) == (len(site.scan()), "")
    assert bucket.invalidated() == []
    bucket.amazon.asked.clear()
    again = site.publish(S3(**bucket.target, distribution=bucket.distribution), now)
    assert again.is_nothing
    assert bucket.amazon.written == []
    assert len(bucket.amazon.asked) == 3  # who is at work, what is live, and what that is


def test_one_new_post_sends_and_invalidates_exactly_what_differs(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    target = S3(**bucket.target, distribution=bucket.distribution)
    site.build(1)
    site.publish(target, now)
    before = expected(site)
    site.build(2)
    after = expected(site)
    differs = {path for path in before if path in after and before[path] != after[path]}
    bucket.amazon.asked.clear()
    done = site.publish(target, now)
    assert bucket.sent() == sorted(differs | (after.keys() - before.keys()))
    assert done.sent == len(bucket.sent())
    [said] = bucket.invalidated()
    assert differs == {"index.html", "news/é~ b/index.html", "feed.xml"}
    assert said == (
        "/", "/feed.xml", "/index.html", "/news/%C3%A9%7E%20b/", "/news/%C3%A9%7E%20b/index.html",
    )  # fmt: skip


def test_what_leaves_stays_for_its_grace_and_goes_then(bucket: Bucket, site: Site, now: datetime) -> None:
    target = S3(**bucket.target, distribution=bucket.distribution)
    site.have({"index.html": b"a", "old.jpg": b"b", "old/index.html": b"c"})
    site.publish(target, now)
    site.have({"index.html": b"a"})
    left = site.publish(target, now + timedelta(minutes=15))
    assert (left.sent, left.removed, left.is_nothing) == (0, 0, False)
    assert site.publish(target, now + timedelta(minutes=30)).is_nothing
    hour = now + timedelta(minutes=75)
    assert site.publish(target, hour).removed == 1
    assert bucket.tree().keys() == {"index.html", "old.jpg"}
    assert site.publish(target, now + timedelta(hours=24)).is_nothing
    assert site.publish(target, now + timedelta(hours=24, minutes=15)).removed == 1
    assert bucket.tree() == expected(site)
    assert bucket.invalidated() == [("/old/", "/old/index.html"), ("/old.jpg",)]


def test_a_rollback_gives_the_same_bytes_and_headers(bucket: Bucket, site: Site, now: datetime) -> None:
    target = S3(**bucket.target, distribution=bucket.distribution, keep=3)
    trees = []
    for number in range(6):
        site.build(number)
        site.publish(target, now + timedelta(minutes=15 * number))
        trees.append(bucket.tree())
    moment = now + timedelta(hours=2)
    bucket.amazon.asked.clear()
    live = rollback(target, "2", moment)
    assert bucket.tree() == trees[3]
    assert "/index.html" in bucket.invalidated()[-1]
    kept = releases(target, moment)
    assert kept[0].id == live.id
    assert len(kept) == 4
    rollback(target, "1", moment + timedelta(minutes=1))  # and forward again
    assert bucket.tree() == trees[5]
    rollback(target, kept[1].id, moment + timedelta(minutes=2))
    assert bucket.tree() == trees[5]
    site.build(6)
    site.publish(target, moment + timedelta(minutes=3))
    rollback(target, "1", moment + timedelta(minutes=4))
    assert bucket.tree() == trees[5]
    with pytest.raises(PublishError, match="3 former releases are kept"):
        rollback(target, "4", moment)
    with pytest.raises(PublishError, match="there is no release gone"):
        rollback(target, "gone", moment)


def test_copies_that_no_release_needs_are_let_go_of(bucket: Bucket, site: Site, now: datetime) -> None:
    target = S3(**bucket.target, keep=1)
    for number in range(5):
        site.have({"index.html": b"%d" % number})
        site.publish(target, now + timedelta(minutes=number))
    ours = bucket.tree(".forecourt/")
    assert sum(name.startswith("kept/") for name in ours) == 1
    assert sum(name.startswith("releases/") for name in ours) == 2
    assert "lease" not in ours


@pytest.mark.parametrize(("keep", "later"), [(0, timedelta(hours=1)), (9, timedelta(days=1))])
def test_what_a_publish_could_not_let_go_of_any_more_goes_later(
    bucket: Bucket, site: Site, now: datetime, keep: int, later: timedelta
) -> None:
    for number in range(2):
        site.have({"index.html": b"%d" % number})
        site.publish(S3(**bucket.target), now + timedelta(minutes=number))
    site.have({"index.html": b"2"})
    bucket.amazon.before = lambda asked: (
        Refusal("403 Forbidden", "AccessDenied") if "delete" in asked.query else None
    )
    with pytest.raises(PublishError):
        site.publish(S3(**bucket.target, keep=0), now + timedelta(minutes=2))
    bucket.amazon.before = None
    assert releases(S3(**bucket.target), now + timedelta(minutes=8))[1:] == []
    assert len(bucket.tree(".forecourt/releases/")) == 3
    assert len(bucket.tree(".forecourt/kept/")) == 2
    site.have({"index.html": b"3"})
    site.publish(S3(**bucket.target, keep=keep), now + later)
    left = 1 if keep == 0 else 2
    assert len(bucket.tree(".forecourt/releases/")) == left
    assert len(bucket.tree(".forecourt/kept/")) == left - 1


def test_looking_for_what_nothing_needs_is_not_done_by_each_publish(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    target = S3(**bucket.target)
    listings = []
    for hour in (0, 1, 24):
        site.have({"index.html": b"%d" % hour})
        bucket.amazon.asked.clear()
        site.publish(target, now + timedelta(hours=hour))
        listings.append(sum("list-type" in asked.query for asked in bucket.amazon.asked))
    assert listings == [2, 1, 3]  # the second one only asks what it need not copy aside


def test_a_clock_that_is_set_back_changes_nothing_about_what_came_before_what(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    target = S3(**bucket.target, keep=2)
    trees, ids = [], []
    for number, day in enumerate((0, 1, 2, -1, -2)):
        site.have({"index.html": b"%d" % number})
        ids.append(site.publish(target, now + timedelta(days=day)).release.id)
        trees.append(bucket.tree())
    assert [release.id for release in releases(target, now)] == [ids[4], ids[3], ids[2]]
    rollback(target, "2", now - timedelta(days=3))
    assert bucket.tree() == trees[2]


def test_a_rollback_to_what_is_not_kept_changes_nothing(bucket: Bucket, site: Site, now: datetime) -> None:
    target = S3(**bucket.target)
    for number in range(2):
        site.have({"index.html": b"%d" % number})
        site.publish(target, now + timedelta(minutes=number))
    [kept] = [name for name in bucket.tree(".forecourt/") if name.startswith("kept/")]
    bucket.client.delete_object(Bucket=bucket.name, Key=f".forecourt/{kept}")
    bucket.amazon.asked.clear()
    with pytest.raises(PublishError, match=r"1 files of this release are not kept any more \(index\.html\)"):
        rollback(target, "1", now)
    assert bucket.amazon.written == []


def test_of_two_at_once_one_works_and_the_other_says_so(bucket: Bucket, site: Site, now: datetime) -> None:
    site.build(1)
    target, other = S3(**bucket.target), S3(**bucket.target)
    told: list[str] = []

    def meanwhile(asked: Asked) -> Refusal | None:
        if asked.method == "PUT" and "/site/index.html" in asked.path:
            try:
                site.publish(other, now)
            except Busy as error:
                told.append(str(error))
        return None

    bucket.amazon.before = meanwhile
    site.publish(target, now)
    [said] = told
    assert re.search(r"at work on this site \(.*process \d+, since 2026-11-22 09:00 UTC, until", said)
    assert bucket.tree() == expected(site)


def test_of_two_that_looked_at_the_same_moment_one_publishes(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    site.build(1)
    target, other = S3(**bucket.target), S3(**bucket.target)
    done: list[int] = []

    def guard(*_: object) -> None:
        if not done:
            done.append(1)
            site.publish(other, now)

    with pytest.raises(PublishError, match="has ended meanwhile"):
        site.publish(target, now, guard)
    assert bucket.tree() == expected(site)
    assert site.publish(target, now).is_nothing
    assert "lease" not in bucket.tree(".forecourt/")


def test_a_lease_from_elsewhere_keeps_others_away_until_it_ends(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    site.build(1)
    target = S3(**bucket.target)
    bucket.client.put_object(
        Bucket=bucket.name,
        Key=".forecourt/lease",
        Body=(
            b'{"holder":"ci-7, process 1","machine":"another","process":1,"started":"1",'
            b'"until":"2026-11-22T09:05:00Z"}'
        ),
    )
    with pytest.raises(Busy, match=r"\(ci-7, process 1, until 2026-11-22 09:05:00 UTC at the latest\)"):
        site.publish(target, now + timedelta(minutes=4))
    site.publish(target, now + timedelta(minutes=5))
    assert bucket.tree() == expected(site)


def take_over_at(bucket: Bucket, ending: str) -> None:
    """Have another publisher take the lease over when a file of that name is sent."""

    def taken(asked: Asked) -> Refusal | None:
        if asked.method == "PUT" and asked.path.endswith(ending):
            bucket.amazon.before = None
            bucket.client.put_object(Bucket=bucket.name, Key=".forecourt/lease", Body=b"another")
        return None

    bucket.amazon.before = taken


def test_a_publisher_whose_lease_another_took_over_does_not_go_on(
    bucket: Bucket, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.build(1)
    monkeypatch.setattr("forecourt.deploy.leases._RENEWED", timedelta(0))

    take_over_at(bucket, "hub.css")
    with pytest.raises(PublishError, match="so long that another has begun"):
        site.publish(S3(**bucket.target), now)
    assert "index.html" not in bucket.tree()
    assert "lease" in bucket.tree(".forecourt/")  # which is not ours to give back


def test_a_service_that_does_not_keep_to_conditions_is_refused(
    bucket: Bucket, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.build(1)
    target = S3(**bucket.target)
    put = target.place.client.put_object

    def heedless(**what: Any) -> object:  # Any: as boto3 takes it
        what.pop("IfNoneMatch", None)
        return put(**what)

    monkeypatch.setattr(target.place.client, "put_object", heedless)
    with pytest.raises(PublishError, match="use one that knows conditional writes"):
        site.publish(target, now)
    assert bucket.tree() == {}


def test_a_site_that_changes_while_it_is_sent_is_refused(bucket: Bucket, site: Site, now: datetime) -> None:
    site.build(1)
    files = site.scan()
    (site.output / "robots.txt").write_text("other")
    with pytest.raises(PublishError, match=r"robots\.txt was changed while it was published"):
        publish(S3(**bucket.target), site.output, files, {}, now)


@pytest.mark.parametrize(
    ("prefix", "ours"), [("", ".forecourt"), ("site", "site/ours"), ("a/b", "a"), ("a", "a")]
)
def test_what_is_ours_never_stands_where_visitors_read(prefix: str, ours: str) -> None:
    with pytest.raises(SettingsError, match="must be two folders, none below the other"):
        S3("hub", prefix=prefix, ours=ours)


def test_an_invalidation_that_failed_is_made_up_for_by_the_next_publish(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    target = S3(**bucket.target, distribution=bucket.distribution)
    site.have({"index.html": b"1"})
    site.publish(target, now)
    site.have({"index.html": b"2"})
    bucket.amazon.before = lambda asked: (
        Refusal("403 Forbidden", "AccessDenied") if asked.path.endswith("/invalidation") else None
    )
    with pytest.raises(PublishError, match="the site was sent, and CloudFront was not told"):
        site.publish(target, now + timedelta(minutes=1))
    bucket.amazon.before = None
    assert bucket.tree() == expected(site)
    bucket.amazon.asked.clear()
    done = site.publish(target, now + timedelta(minutes=2))
    assert done.release.id == releases(target, now)[0].id  # none that was never made
    assert bucket.sent() == []
    assert bucket.invalidated() == [("/", "/index.html")]
    assert site.publish(target, now + timedelta(minutes=3)).is_nothing
    assert len(releases(target, now)) == 2


def test_what_a_publish_wrote_that_was_broken_off_is_known_to_the_next(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    target = S3(**bucket.target, distribution=bucket.distribution)
    first = {"index.html": b"1", "a/index.html": b"1", "feed.xml": b"1"}
    site.have(first)
    site.publish(target, now)

    def broken_at(path: str, files: dict[str, bytes], moment: datetime) -> None:
        site.have(files)
        bucket.amazon.before = lambda asked: (
            Refusal("403 Forbidden", "AccessDenied")
            if asked.method == "PUT" and asked.path.endswith(f"/site/{path}")
            else None
        )
        with pytest.raises(PublishError):
            site.publish(target, moment)
        bucket.amazon.before = None

    broken_at(
        "index.html", {"index.html": b"2", "a/index.html": b"2", "x.jpg": b"2"}, now + timedelta(minutes=1)
    )
    broken_at("y.jpg", {**first, "y.jpg": b"3"}, now + timedelta(minutes=2))
    assert set(bucket.tree()) == {*first, "x.jpg"}
    site.have(first)
    bucket.amazon.asked.clear()
    site.publish(target, now + timedelta(minutes=3))
    assert bucket.sent() == ["a/index.html"]  # the one that is not what it should be
    assert set(bucket.tree()) == {*first, "x.jpg"}  # somebody may have the page open that showed it
    assert {path: bucket.tree()[path] for path in first} == expected(site)
    assert "/a/" in bucket.invalidated()[-1]
    site.publish(target, now + timedelta(days=2))
    assert bucket.tree() == expected(site)
    assert site.publish(target, now + timedelta(days=2)).is_nothing


def test_what_a_publisher_wrote_after_another_had_begun_is_put_right_by_the_next_publish(
    bucket: Bucket, site: Site, now: datetime, tmp_path: Path
) -> None:
    newer = Site(tmp_path / "newer", tmp_path / "state/newer")
    newer.output.mkdir()
    site.have({"index.html": b"1", "a.css": b"same"})
    site.publish(S3(**bucket.target), now)
    site.have({"index.html": b"2", "a.css": b"same"})
    newer.have({"index.html": b"3", "a.css": b"same"})

    def taken(asked: Asked) -> Refusal | None:
        if asked.method == "PUT" and asked.path.endswith("/site/index.html"):
            bucket.amazon.before = None
            bucket.client.put_object(Bucket=bucket.name, Key=".forecourt/lease", Body=b"ended")
            newer.publish(S3(**bucket.target), now + timedelta(minutes=10))
            assert bucket.tree() == expected(newer)
        return None

    bucket.amazon.before = taken
    with pytest.raises(PublishError, match="another"):
        site.publish(S3(**bucket.target), now + timedelta(minutes=1))  # it was held up, and writes now
    newer.publish(S3(**bucket.target), now + timedelta(minutes=25))
    assert bucket.tree() == expected(newer)
    assert newer.publish(S3(**bucket.target), now + timedelta(minutes=40)).is_nothing


def test_a_lease_that_another_took_over_is_not_given_back(bucket: Bucket, site: Site, now: datetime) -> None:
    site.build(1)

    take_over_at(bucket, "/site/feed.xml")
    site.publish(S3(**bucket.target), now)
    assert "lease" in bucket.tree(".forecourt/")


def test_a_lease_is_renewed_while_one_file_takes_long(
    bucket: Bucket, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecourt.deploy.leases._RENEWED", timedelta(0))
    monkeypatch.setattr("forecourt.deploy.objects._A_WHILE", 0.01)
    site.have({"film.mp4": b"long"})
    renewed = Event()
    waited: list[bool] = []

    def slow(asked: Asked) -> Refusal | None:
        if asked.method == "PUT" and asked.path.endswith("/site/film.mp4"):
            renewed.clear()
            waited.append(renewed.wait(10))
        elif asked.method == "PUT" and asked.path.endswith("/lease"):
            renewed.set()
        return None

    bucket.amazon.before = slow
    site.publish(S3(**bucket.target), now)
    assert waited == [True]


def test_a_record_of_another_folder_is_not_taken_for_that_of_this_one(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    site.build(1)
    site.publish(S3(**bucket.target), now)
    with pytest.raises(PublishError, match=r"is of the site below site.* name another folder as ours"):
        site.publish(S3(**bucket.target, prefix="www"), now + timedelta(minutes=15))
    site.publish(S3(**bucket.target, prefix="www", ours=".forecourt-www"), now + timedelta(minutes=15))
    assert bucket.tree("www/") == bucket.tree()
    assert site.publish(S3(**bucket.target), now + timedelta(minutes=30)).is_nothing


def test_a_live_release_that_was_deleted_is_said_to_be_and_how_to_go_on(
    bucket: Bucket, site: Site, now: datetime
) -> None:
    site.build(1)
    name = site.publish(S3(**bucket.target), now).release.id
    bucket.client.delete_object(Bucket=bucket.name, Key=f".forecourt/releases/{name}")
    with pytest.raises(
        PublishError, match=r"delete all of s3://.*/\.forecourt/, and the next publish sends the site whole"
    ):
        site.publish(S3(**bucket.target), now + timedelta(minutes=15))


@pytest.mark.parametrize(("option", "value"), [("keep", -1), ("threads", 0)])
def test_a_number_that_cannot_be_is_refused(option: str, value: int) -> None:
    options: dict[str, Any] = {option: value}
    with pytest.raises(SettingsError, match=f"{option} is {value}, and must be"):
        S3("hub", **options)
