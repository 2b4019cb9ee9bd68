"""What is peculiar to a bucket; what all places promise is in test_contract.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from forecourt.errors import Overtaken, PlaceError
from forecourt.places import ABSENT
from forecourt.places.s3 import Bucket
from tests.buckets import Amazon, Asked, Refusal

REFUSALS = [
    ("404 Not Found", "NoSuchBucket", "there is no bucket hub; create it"),
    ("403 Forbidden", "AccessDenied", "may not write kept/a in bucket hub; give them the rights"),
    (
        "400 Bad Request",
        "IllegalLocationConstraintException",
        "bucket hub is in another region than us-east-1; name its own",
    ),
    ("403 Forbidden", "RequestTimeTooSkewed", "the clock of this machine is wrong"),
    ("403 Forbidden", "InvalidAccessKeyId", "does not know AWS_ACCESS_KEY_ID; make a new key"),
    ("403 Forbidden", "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY is not the secret of"),
    ("400 Bad Request", "ExpiredToken", "have expired; make new ones"),
    ("501 Not Implemented", "NotImplemented", "it must know conditional writes"),
    (
        "400 Bad Request",
        "EntityTooLarge",
        r"could not write kept/a in bucket hub: EntityTooLarge \(EntityTooLarge\)",
    ),
]


def place(amazon: Amazon) -> Bucket:
    return Bucket("hub", "kept", "us-east-1", amazon.url)


@pytest.mark.parametrize(("status", "code", "sentence"), REFUSALS)
def test_what_the_service_refuses_is_said_in_a_sentence(
    amazon: Amazon, status: str, code: str, sentence: str
) -> None:
    amazon.before = lambda _: Refusal(status, code)
    with pytest.raises(PlaceError, match=sentence) as caught:
        place(amazon).write("a", b"", over=ABSENT)
    assert "secret" not in str(caught.value).replace("the secret of", "")


def test_a_token_that_was_pasted_with_its_line_break_is_named_and_not_told(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-t0ken\n")
    with pytest.raises(PlaceError, match="AWS_SESSION_TOKEN or AWS_ACCESS_KEY_ID has a line break") as caught:
        place(amazon).read("a")
    assert "t0ken" not in f"{caught.value}"
    assert caught.value.__suppress_context__


def test_a_bucket_without_credentials_says_which_are_missing(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(PlaceError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") as caught:
        place(amazon).read("a")
    assert isinstance(caught.value.__cause__, NoCredentialsError)


def test_a_service_that_is_busy_is_asked_again(
    s3_place: Callable[[], dict[str, Any]], amazon: Amazon
) -> None:
    bucket = Bucket(**s3_place())
    asked = []

    def busy(one: Asked) -> Refusal | None:
        asked.append(one)
        return Refusal("503 Slow Down", "SlowDown") if len(asked) == 1 else None

    amazon.before = busy
    bucket.write("a", b"1")
    assert len(asked) == 2


def test_a_conditional_write_whose_answer_was_lost_is_known_as_ones_own(
    s3_place: Callable[[], dict[str, Any]], amazon: Amazon
) -> None:
    options = s3_place()
    bucket, other = Bucket(**options), Bucket(**options)
    first = bucket.write("a", b"1", over=ABSENT)
    put = bucket.client.put_object

    def lost(**what: Any) -> object:
        put(**what)  # it was done; boto3 did not hear of it and asked again
        return put(**what)

    bucket.client.put_object = lost
    second = bucket.write("a", b"2", over=first)
    assert other.read("a") == (b"2", second)
    with pytest.raises(Overtaken, match=r"s3://.*/kept/: a was written by another run"):
        bucket.write("a", b"3", over=first)


def test_a_download_that_breaks_off_leaves_nothing(
    s3_place: Callable[[], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bucket = Bucket(**s3_place())
    bucket.write("a", b"1" * 1000)
    got = bucket.client.get_object

    class Broken:
        def iter_chunks(self, _: int) -> Iterator[bytes]:
            yield b"1"
            raise OSError("the line is dead")

        def close(self) -> None:
            pass

    bucket.client.get_object = lambda **what: {**got(**what), "Body": Broken()}
    folder = tmp_path_factory.mktemp("into")
    with pytest.raises(PlaceError, match=r"could not read kept/a in bucket .*: the line is dead"):
        bucket.fetch("a", folder / "a")
    assert [*folder.iterdir()] == []
