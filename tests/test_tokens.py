from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from forecourt.connectors import Connector, Conversation, Grant, Renewal, Request
from forecourt.errors import StoreError
from forecourt.model import Secret, Terms
from forecourt.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Club:
    """A platform of no feed: only its tokens matter here."""

    token: Secret | None = None
    refresh_token: Secret | None = None
    network: ClassVar[str] = "club"
    terms: ClassVar[Terms] = Terms()
    renew_every: ClassVar[timedelta | None] = timedelta(days=7)
    token_life: ClassVar[timedelta | None] = timedelta(days=60)

    @property
    def renews(self) -> bool:
        return self.token is not None or self.refresh_token is not None

    def poll(self, source: str, since: str) -> Conversation:
        yield Request("https://club.example/")
        raise NotImplementedError

    def renew(self, grant: Grant | None) -> Renewal:
        yield Request("https://club.example/token")
        raise NotImplementedError


CLUB = Club(token=Secret("first-token-of-the-club"))
OPEN = Club()
SECOND = Grant(Secret("second-token-of-the-club"))


def let_in(state: Path, club: Club, now: datetime) -> Connector:
    return Tokens(state).let_in("club", club, now)


def test_the_token_of_the_environment_is_used_until_another_is_granted(tmp_path: Path, now: datetime) -> None:
    assert let_in(tmp_path, CLUB, now) == CLUB
    Tokens(tmp_path).keep("club", CLUB, SECOND, now)

    assert let_in(tmp_path, CLUB, now) == replace(CLUB, token=SECOND.token)
    assert Tokens(tmp_path).grant("club", CLUB) == SECOND


def test_a_new_token_in_the_environment_counts_more_than_a_kept_one(tmp_path: Path, now: datetime) -> None:
    Tokens(tmp_path).keep("club", CLUB, SECOND, now)
    pasted = replace(CLUB, token=Secret("pasted-token-of-the-club"))

    assert let_in(tmp_path, pasted, now) == pasted
    assert Tokens(tmp_path).grant("club", pasted) == Grant(Secret("pasted-token-of-the-club"))


def test_only_its_owner_can_read_what_is_kept(tmp_path: Path, now: datetime) -> None:
    Tokens(tmp_path).keep("club", CLUB, SECOND, now)
    files = sorted(tmp_path.iterdir())

    assert [file.name for file in files] == ["tokens.json", "tokens.lock"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert "first-token" not in files[0].read_text(encoding="utf-8"), "that one is in the environment"


def test_a_token_that_was_only_seen_is_not_written_down(tmp_path: Path, now: datetime) -> None:
    let_in(tmp_path, CLUB, now)

    assert "token-of-the-club" not in (tmp_path / "tokens.json").read_text(encoding="utf-8")


def test_an_account_without_secrets_leaves_no_file(tmp_path: Path, now: datetime) -> None:
    let_in(tmp_path, OPEN, now)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damaged", [b"{", b'{"club": "\xb2"}', b"\0" * 40])
def test_a_damaged_file_is_put_aside_and_the_environment_counts(
    tmp_path: Path, now: datetime, damaged: bytes
) -> None:
    (tmp_path / "tokens.json").write_bytes(damaged)

    assert let_in(tmp_path, CLUB, now) == CLUB
    assert (tmp_path / "tokens.damaged").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")

    with pytest.raises(StoreError, match=r"state/tokens\.json cannot be"):
        Tokens(tmp_path / "state").keep("club", CLUB, SECOND, now)


@pytest.mark.parametrize(
    ("days", "granted", "lives", "due"),
    [
        (6.9, False, None, False),
        (7, False, None, True),
        (6.9, True, None, False),
        (7, True, None, True),
        (0, True, timedelta(minutes=11), False),
        (0, True, timedelta(minutes=9), True),
    ],
)
def test_a_token_is_renewed_at_its_age_or_before_its_end(
    tmp_path: Path, now: datetime, days: float, granted: bool, lives: timedelta | None, due: bool
) -> None:
    tokens = Tokens(tmp_path)
    tokens.let_in("club", CLUB, now)
    if granted:
        tokens.keep("club", CLUB, replace(SECOND, expires=now + lives if lives else None), now)

    assert tokens.is_due("club", CLUB, now + timedelta(days=days)) is due


def test_an_account_that_has_only_a_refresh_token_is_due_at_once(tmp_path: Path, now: datetime) -> None:
    refreshing = Club(refresh_token=Secret("refresh-token-of-the-club"))

    assert Tokens(tmp_path).is_due("club", refreshing, now)
    assert not Tokens(tmp_path).is_due("club", OPEN, now), "nothing to renew with"


def test_the_operator_is_warned_from_fourteen_days_before_the_end(tmp_path: Path, now: datetime) -> None:
    tokens = Tokens(tmp_path)
    tokens.let_in("club", CLUB, now)

    assert tokens.warning("club", CLUB, now + timedelta(days=45)) == ""
    assert tokens.warning("club", CLUB, now + timedelta(days=51)) == "its token ends in 9 days (2027-01-21)"
    assert tokens.warning("club", OPEN, now + timedelta(days=59)) == "its token ends in a day (2027-01-21)", (
        "known, too, where the environment has no token"
    )
    assert tokens.warning("club", CLUB, now + timedelta(days=61)) == "its token ended on 2027-01-21"


def test_what_the_platform_told_of_the_end_counts(tmp_path: Path, now: datetime) -> None:
    tokens = Tokens(tmp_path)
    tokens.let_in("club", CLUB, now)
    tokens.told("club", CLUB, now + timedelta(days=3))

    assert Tokens(tmp_path).warning("club", CLUB, now) == "its token ends in 3 days (2026-11-25)"


def test_while_a_refresh_token_lives_nobody_is_asked_for_a_new_one(tmp_path: Path, now: datetime) -> None:
    tokens = Tokens(tmp_path)
    refreshing = Club(refresh_token=Secret("refresh-token-of-the-club"))
    tokens.keep("club", refreshing, Grant(Secret("a" * 20), now, Secret("b" * 20)), now)

    assert tokens.ends("club", refreshing) is None
    tokens.keep(
        "club", refreshing, Grant(Secret("a" * 20), now, Secret("b" * 20), now + timedelta(days=5)), now
    )
    assert tokens.warning("club", refreshing, now) == "its token ends in 5 days (2026-11-27)"


def test_two_accounts_with_one_refresh_token_share_what_grows_from_it(tmp_path: Path, now: datetime) -> None:
    refreshing = Club(refresh_token=Secret("refresh-token-of-the-club"))
    tokens = Tokens(tmp_path)
    tokens.keep("posts", refreshing, SECOND, now)

    assert tokens.grant("mentions", refreshing) == SECOND
    assert not tokens.is_due("mentions", refreshing, now)


def test_what_another_run_was_granted_meanwhile_is_not_written_over(tmp_path: Path, now: datetime) -> None:
    slow = Tokens(tmp_path)
    Tokens(tmp_path).keep("club", CLUB, SECOND, now)
    slow.keep("other", Club(token=Secret("another-token-of-a-club")), SECOND, now)

    assert Tokens(tmp_path).grant("club", CLUB) == SECOND


def test_a_wrong_secret_of_the_client_does_not_end_what_was_granted(tmp_path: Path, now: datetime) -> None:
    @dataclass(frozen=True, slots=True)
    class Client(Club):
        client_secret: Secret | None = None

    right = Client(refresh_token=Secret("refresh-token-of-the-club"), client_secret=Secret("right"))
    Tokens(tmp_path).keep("club", right, SECOND, now)
    wrong = replace(right, client_secret=Secret("wrong"))

    assert Tokens(tmp_path).grant("club", wrong) == SECOND
