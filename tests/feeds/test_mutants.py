"""Damaged documents: each is read or refused, and nothing else ever happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench import mutants


@pytest.mark.promise(21)
def test_no_damaged_document_raises(scale: Callable[[int, int], int], figure: Callable[[str], None]) -> None:
    number = scale(400, 1_000_000)
    outcomes = [outcome for _, outcome in mutants.run(1, range(number), scale(1, 2))]
    found = [finding for outcome in outcomes for finding in outcome.findings]
    read, refused = (
        sum(outcome.read for outcome in outcomes),
        sum(outcome.refused for outcome in outcomes),
    )
    figure(
        f"{len(found)} of {number:,} damaged documents raise ({read:,} read, {refused:,} refused), "
        f"{max(outcome.slowest for outcome in outcomes):.2f} s of CPU at most"
    )
    assert found == []
    assert read + refused == number
    assert min(read, refused) > number / 10, "some of either kind, or they are too broken to tell anything"


def test_a_document_is_the_same_at_each_run() -> None:
    assert mutants.mutant(1, 4711) == mutants.mutant(1, 4711) != mutants.mutant(2, 4711)


def test_what_raises_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(mutants, "advance", broken)
    (_, outcome), *_ = mutants.run(1, range(2))
    assert [finding.said for finding in outcome.findings] == ["ZeroDivisionError: "] * 2
