"""What people are told: once when it begins, again when it gets worse, once when it is over."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from forecourt.knowing import alerts, keeping
from forecourt.knowing.alerts import Memory, Message
from forecourt.knowing.records import Amiss, Expiring, Health, Messages, Run, Sizes, Step, StepName
from tests.conftest import NOW
from tests.knowing.runs import health, run, token

STEPS: tuple[StepName, ...] = ("pull", "fetch", "build", "check")
QUARTER = timedelta(minutes=15)
MONTH = 2_880  # quarters of an hour
HOUR, DAY = 4, 96

OUT_OF_ORDER: dict[str, Any] = {
    "error": "larkwood.example is out of order (status 503)",
    "cause": "transient",
}


def lived(runs: Iterable[Run], memory: Memory | None = None) -> tuple[Memory, list[Message]]:
    """What is remembered and was told after these runs; as it is written and read between any two."""
    memory = memory or Memory()
    told: list[Message] = []
    for each in runs:
        memory, messages = alerts.judged(
            each, msgspec.json.decode(msgspec.json.encode(memory), type=Memory), ("webhook",)
        )
        told += messages
    return memory, told


def at(quarter: int) -> datetime:
    return NOW + quarter * QUARTER


def kinds(told: Iterable[Message], key: str) -> list[tuple[str, int]]:
    """How a concern was told, and at which quarter."""
    return [(each.kind, int((each.at - NOW) / QUARTER)) for each in told if each.key == key]


def failing(quarters: range, of: int, **said: Any) -> Iterator[Run]:  # Any: fields of Health
    """Runs of which a source fails in these."""
    fresh = NOW
    for quarter in range(of):
        fresh = fresh if quarter in quarters else at(quarter)
        changed: dict[str, Any] = {**OUT_OF_ORDER, **said} if quarter in quarters else {}
        yield run(at(quarter), sources=(health(fresh=fresh, **changed),))


def test_a_source_that_fails_over_night_is_nobodys_business() -> None:
    assert lived(failing(range(1, DAY), 2 * DAY))[1] == []


def test_a_source_that_fails_for_a_day_is_told_once_and_once_when_it_is_well() -> None:
    _, told = lived(failing(range(1, 3 * DAY), 4 * DAY))

    assert kinds(told, "source/larkwood-blog") == [("new", DAY), ("over", 3 * DAY)]
    assert [each.text for each in told] == [
        (
            '"Larkwood-Blog" (larkwood-blog) cannot be read: larkwood.example is out of order (status 503). '
            "(Since 2026-11-22 09:00 UTC.) See: invoke status. Its last posts stay on the site."
        ),
        (
            'All clear. It was: "Larkwood-Blog" (larkwood-blog) cannot be read: larkwood.example is out of order '
            "(status 503). (Since 2026-11-22 09:00 UTC.)"
        ),
    ]


def test_a_source_that_never_answered_is_told_a_day_after_it_first_failed() -> None:
    never = (run(at(quarter), sources=(health(fresh=None, **OUT_OF_ORDER),)) for quarter in range(3 * DAY))
    assert kinds(lived(never)[1], "source/larkwood-blog") == [("new", DAY)]


def test_what_goes_on_is_said_again_every_week() -> None:
    _, told = lived(failing(range(1, 23 * DAY), 23 * DAY))
    assert kinds(told, "source/larkwood-blog") == [
        ("new", DAY), ("reminder", 8 * DAY), ("reminder", 15 * DAY), ("reminder", 22 * DAY),
    ]  # fmt: skip


def test_a_token_is_told_when_it_nears_its_end_when_that_is_near_when_it_is_there_and_when_it_is_renewed() -> (
    None
):
    ends = at(20 * DAY)

    def runs() -> Iterator[Run]:
        for quarter in range(23 * DAY):
            is_over = 20 * DAY <= quarter < 22 * DAY
            said: dict[str, Any] = (
                {"error": "its token is not accepted", "cause": "auth dead"} if is_over else {}
            )
            end = ends if quarter < 22 * DAY else ends + timedelta(days=60)
            yield run(
                at(quarter), sources=(health("larkwood-insta", fresh=NOW, **said),), tokens=(token(ends=end),)
            )

    _, told = lived(runs())

    assert kinds(told, "token/larkwood-insta") == [
        ("new", 6 * DAY), ("reminder", 13 * DAY), ("worse", 17 * DAY), ("worse", 20 * DAY), ("over", 22 * DAY),
    ]  # fmt: skip
    assert not kinds(told, "source/larkwood-insta"), "for want of a token it is told of that alone"
    assert "Make a new one at https://platform.example/tokens." in told[0].text


def test_a_token_that_is_missing_is_told_at_once() -> None:
    _, told = lived([run(tokens=(token(is_missing=True),))])
    (message,) = told
    assert message.text == (
        'The token of "Larkwood-Insta" (larkwood-insta) is missing. (Since 2026-11-22 09:00 UTC.) '
        "Make a new one at https://platform.example/tokens."
    )


def test_a_source_that_was_told_of_is_not_well_because_its_token_ended_meanwhile() -> None:
    locked = health(fresh=NOW, error="its token is not accepted", cause="auth dead")
    runs = [*failing(range(1, 2 * DAY), 2 * DAY)]
    runs += [
        run(at(2 * DAY + each), sources=(locked,), tokens=(token("larkwood-blog"),)) for each in range(DAY)
    ]

    _, told = lived(runs)

    assert kinds(told, "source/larkwood-blog") == [("new", DAY)]
    assert kinds(told, "token/larkwood-blog") == [("new", 2 * DAY)]


def refused(quarter: int, step: StepName = "check") -> Run:
    steps = (*(Step(name, "done", 1) for name in STEPS if name != step), Step(step, "refused", 1))
    return run(at(quarter), exit=6, steps=steps, objections=("posts fell from 400 to 3",), came=quarter == 0)


@pytest.mark.parametrize("step", ["check", "publish"])
def test_a_refusal_is_told_once_and_posts_that_wait_for_a_day_behind_it(step: StepName) -> None:
    _, told = lived([*(refused(each, step) for each in range(2 * DAY)), run(at(2 * DAY))])

    assert not kinds(told, "publish"), "nothing failed there"
    assert kinds(told, "guard") == [("new", 0), ("over", 2 * DAY)]
    assert kinds(told, "waiting") == [("new", DAY), ("over", 2 * DAY)]


def test_a_publish_that_fails_three_times_in_a_row_is_told() -> None:
    failed = Step("publish", "failed", 1, "The bucket did not answer")

    def runs() -> Iterator[Run]:
        for quarter in range(40):
            well = quarter in (2, 10, 30)
            yield run(at(quarter)) if well else run(at(quarter), exit=5, steps=(failed,))

    _, told = lived(runs())

    assert kinds(told, "publish") == [("new", 5), ("over", 10), ("new", 13), ("over", 30), ("new", 33)]
    assert "The bucket did not answer." in told[0].text


def test_a_state_that_could_not_be_kept_is_told_by_the_next_run_as_it_is_kept_last() -> None:
    def runs() -> Iterator[Run]:
        for quarter in range(10):
            made = run(at(quarter))
            yield made
            last = Step("push", "failed" if quarter < 7 else "done", 1)
            yield msgspec.structs.replace(made, steps=(*made.steps, last), exit=5 if quarter < 7 else 0)

    assert kinds(lived(runs())[1], "push") == [("new", 3), ("over", 8)]


def test_runs_that_stop_early_are_told_when_three_did_in_a_row() -> None:
    broken = Step("build", "failed", 1, "content/news/spring.md line 3: the title is missing")

    def runs() -> Iterator[Run]:
        for quarter in range(20):
            well = quarter in (2, 9)
            by_hand = quarter == 11
            yield run(at(quarter)) if well else run(at(quarter), exit=130 if by_hand else 1, steps=(broken,))

    _, told = lived(runs())

    assert kinds(told, "run") == [("new", 5), ("over", 9), ("new", 13)]
    assert "at build: content/news/spring.md line 3: the title is missing. (Since" in told[0].text


def test_a_state_that_fell_back_is_told_and_is_over_with_the_next_good_one() -> None:
    _, told = lived(
        [run(fell_back="The state of 08:45 was damaged; that of 08:30 was taken."), run(at(1)), run(at(2))]
    )
    assert kinds(told, "state") == [("new", 0), ("over", 1)]


def test_a_source_that_is_held_is_told_at_once() -> None:
    odd = health(alarm='held since 2026-11-22, as it may have been taken over. write trust = "2026-11-22"')
    _, told = lived(
        [run(sources=(odd,)), run(at(1), sources=None, steps=()), run(at(2), sources=(health(),))]
    )
    assert kinds(told, "held/larkwood-blog") == [("new", 0), ("over", 2)]


def test_a_campaign_is_told_again_only_when_more_of_it_is_wrong() -> None:
    def said(*channels: str, verdict: str = "missing") -> Messages:
        return Messages(
            "", tuple(Amiss("winter", "Winter", each, verdict, f"{each} said nothing") for each in channels)
        )

    story = [
        said(),
        said("a", verdict="late"),
        said("a"),
        said("a", "b"),
        said("b"),
        said("a", "b"),
        said("a", "b", "c"),
        said(),
    ]
    _, told = lived(run(at(number), messages=each) for number, each in enumerate(story))

    assert kinds(told, "campaign/winter") == [("new", 2), ("worse", 3), ("worse", 6), ("over", 7)]


def test_a_disk_that_wavers_is_told_once() -> None:
    free = [3 * 2**30, 2**30 - 1, 2**30 + 1, 2**30 - 1, 2**20, 2**28 + 5, 2**29, 2**30 + 1, 2**31]
    _, told = lived(run(at(number), sizes=Sizes(1, 1, 1, 1, each)) for number, each in enumerate(free))
    assert kinds(told, "disk") == [("new", 1), ("worse", 4), ("over", 8)]


def test_what_a_run_did_not_look_at_is_not_over() -> None:
    everything = run(
        exit=6,
        sources=(health(alarm="odd"), health("north", fresh=at(-2 * DAY), **OUT_OF_ORDER)),
        tokens=(token(is_missing=True),),
        messages=Messages("", (Amiss("winter", "Winter", "north", "missing", "Nothing"),)),
        sizes=Sizes(1, 1, 1, 1, 1),
        objections=("posts fell",),
        fell_back="It was lost.",
        steps=refused(0).steps,
    )
    blind = run(
        at(1), exit=5, sources=None, tokens=None, held=None, messages=None, sizes=None, published=None, steps=(),
    )  # fmt: skip
    memory, told = lived([everything])
    assert {each.key for each in told} == {
        "held/larkwood-blog", "source/north", "token/larkwood-insta", "campaign/winter", "disk", "guard", "state",
    }  # fmt: skip

    after, more = lived([blind], memory)

    assert more == []
    assert after.open == memory.open


def test_the_same_run_twice_changes_nothing() -> None:
    failed = run(exit=5, steps=(Step("publish", "failed", 1),), tokens=(token(is_missing=True),))
    memory, told = lived([failed])
    assert lived([failed, failed], memory) == (memory, [])
    assert len(told) == 1


def test_messages_wait_for_each_channel_until_they_arrive_there() -> None:
    memory, messages = alerts.judged(run(tokens=(token(is_missing=True),)), Memory(), ("webhook", "mail"))
    memory = alerts.sent(memory, "mail", [each.id for each in messages])
    assert memory.unsent == {"webhook": [*messages], "mail": []}


def test_a_channel_that_is_new_hears_what_is_open_once() -> None:
    missing = (token(is_missing=True),)
    memory, told = alerts.judged(run(tokens=missing), Memory())
    assert len(told) == 1

    memory, more = alerts.judged(run(at(1), tokens=missing), memory, ("mail",))
    assert more == (), "the others know it"
    assert [each.text for each in memory.unsent["mail"]] == [told[0].text]
    memory = alerts.sent(memory, "mail", [each.id for each in memory.unsent["mail"]])

    memory, _ = alerts.judged(run(at(2), tokens=missing), memory, ("mail",))
    assert memory.unsent["mail"] == []


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "MOST_UNSENT", 3)
    memory, told = lived(run(at(each), fell_back="" if each % 2 else "It was lost.") for each in range(10))
    assert memory.unsent["webhook"] == told[-3:]


def test_a_memory_that_cannot_be_read_tells_once_more(tmp_path: Path) -> None:
    for torn in (b"{torn", b'{"run": "\xb2"}'):
        (tmp_path / "alerts.json").write_bytes(torn)
        assert keeping.remembered(tmp_path) == Memory()


# A month of runs, one every quarter of an hour.


class Story:
    """Sources that fail and mend, a token that ends and is renewed, a target that goes away, a guard that refuses."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.outages = {f"source-{number}": [*self._spans(chance, 6, 4 * DAY)] for number in range(6)}
        self.publishing = [*self._spans(chance, 5, DAY)]
        self.refusing = [*self._spans(chance, 3, DAY // 2)]
        self.blind = [*self._spans(chance, 10, 8)]
        self.token_ends = chance.randrange(5 * DAY, 25 * DAY)
        self.renewed = self.token_ends + DAY

    def _spans(self, chance: random.Random, most: int, longest: int) -> Iterator[range]:
        for _ in range(chance.randint(1, most)):
            start = chance.randrange(1, MONTH)
            yield range(start, start + chance.randint(1, longest))

    def runs(self) -> Iterator[Run]:
        fresh = dict.fromkeys(self.outages, NOW)
        for quarter in range(MONTH + 8 * DAY):  # a week more, in which all is well
            if any(quarter in span for span in self.blind):
                yield run(
                    at(quarter),
                    exit=5,
                    sources=None,
                    tokens=None,
                    messages=None,
                    sizes=None,
                    steps=(Step("pull", "failed", 1),),
                )
                continue
            yield self._run(quarter, fresh)

    def _run(self, quarter: int, fresh: dict[str, datetime]) -> Run:
        sources: list[Health] = []
        said: dict[str, Any]
        for name, spans in self.outages.items():
            is_out = any(quarter in span for span in spans)
            fresh[name] = fresh[name] if is_out else at(quarter)
            said = OUT_OF_ORDER if is_out else {}
            sources.append(health(name, fresh=fresh[name], **said))
        ends = self.token_ends if quarter < self.renewed else self.token_ends + 60 * DAY
        tokens: tuple[Expiring, ...] = (token(ends=at(ends)),)
        if any(quarter in span for span in self.refusing):
            return msgspec.structs.replace(refused(quarter), sources=(*sources,), tokens=tokens)
        well = not any(quarter in span for span in self.publishing)
        step = Step("publish", "done" if well else "failed", 1)
        steps = (Step("pull", "done", 1), Step("check", "done", 1), step, Step("push", "done", 1))
        return run(
            at(quarter), exit=0 if well else 5, sources=(*sources,), tokens=tokens, steps=steps, came=1
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_of_trouble_is_told_once_each(seed: int) -> None:
    memory, told = Memory(), list[Message]()
    streaks: Counter[str] = Counter()  # as one counts them by hand
    unwell: set[str] = set()
    for lived_through in Story(seed).runs():
        memory, found = alerts.judged(lived_through, memory)
        told += found
        for source in lived_through.sources or ():
            key = f"source/{source.name}"
            is_long = (
                bool(source.error)
                and source.fresh is not None
                and source.fresh <= lived_through.ended - timedelta(days=1)
            )
            streaks[key] += is_long and key not in unwell
            (unwell.add if is_long else unwell.discard)(key)

    assert len({each.id for each in told}) == len(told)
    per_key: dict[str, list[Message]] = {}
    for each in told:
        per_key.setdefault(each.key, []).append(each)
    assert {key.partition("/")[0] for key in per_key} >= {"source", "token", "guard", "publish"}
    for key, messages in per_key.items():
        is_open, last = False, None
        for each in messages:
            assert (each.kind == "new") != is_open, f"{key} was told of twice, or ended before it began"
            is_open = each.kind != "over"
            assert each.kind != "reminder" or (last and each.at - last >= alerts.REMINDER)
            last = each.at
        assert not is_open, f"{key} is over, and nobody was told"
    assert not [each for each in memory.open.values() if each.told]
    of = Counter(each.key.partition("/")[0] for each in told)
    assert of.total() < 150, "not every quarter of an hour"
    assert Counter(each.key for each in told if each.kind == "new" and each.key in streaks) == +streaks
    assert [each.kind for each in per_key["token/larkwood-insta"]][-1] == "over"
    assert Counter(each.kind for each in per_key["token/larkwood-insta"])["worse"] in (1, 2)
