"""The figures of a comparison as Markdown, for people, and as JSON, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.figures import Figures, Run, ratio
from bench.goals import goals
from bench.tools import FULL, NOTHING, ONE, Hugo

_STEPS = (FULL, NOTHING, ONE)


@dataclass(frozen=True)
class Comparison:
    """All that a comparison found. ``notes`` say what is missing from it, and why."""

    machine: Mapping[str, str]
    versions: Mapping[str, str]
    options: Mapping[str, object]
    runs: Sequence[Run]
    notes: Sequence[str] = ()
    fetched: Sequence[Run] = ()
    """The runs of those that fetch and build."""


def as_json(comparison: Comparison) -> str:
    """Every run, the figures they come to, and the goals."""
    found = Figures.of(comparison.runs)
    return json.dumps(
        {
            **asdict(comparison),
            "figures": [
                {"posts": posts, "tool": tool, "step": step, **asdict(figure)}
                for each in (found, Figures.of(comparison.fetched))
                for (posts, tool, step), figure in each.found.items()
            ],
            "goals": [{**asdict(goal), "is_met": goal.is_met} for goal in goals(found)],
        },
        indent=1,
    )


def as_markdown(comparison: Comparison) -> str:
    """The tables: one for each size, how the costs grow, fetching, the goals."""
    found = Figures.of(comparison.runs)
    parts = ["; ".join(f"{key}: {value}" for key, value in comparison.machine.items()) + "."]
    parts += ["; ".join(f"{tool} {version}" for tool, version in comparison.versions.items()) + "."]
    for posts in found.sizes:
        parts += [f"### {posts:,} posts", *_table(_HEAD, _of_size(found, posts))]
    if len(found.sizes) > 1:
        sizes = [f"{posts:,}" for posts in found.sizes]
        head = ("CPU s", "", *sizes, *(f"{size} : {sizes[0]}" for size in sizes[1:]))
        parts += ["### As the archive grows", *_table(head, _growth(found))]
    fetched = Figures.of(comparison.fetched)
    for posts in fetched.sizes:
        parts += [f"### Fetching {posts:,} posts and building", *_table(_HEAD, _of_size(fetched, posts))]
    reached = [
        (goal.text, f"{'≥' if goal.at_least else '≤'} {goal.limit:g}", _few(goal.reached), _WORD[goal.is_met])
        for goal in goals(found)
        if goal.reached is not None
    ]
    parts += ["### Goals", *_table(("", "wanted", "reached", "met"), reached)] if reached else []
    parts += ["\n".join(f"* {note}" for note in comparison.notes)] if comparison.notes else []
    return "\n\n".join(parts) + "\n"


_HEAD = (
    "tool", "full: CPU s", "wall s", "posts per CPU s", "times Hugo's", "peak MB", "files", "output MB",
    "nothing new: CPU s", "files written", "one new: CPU s", "wall s", "files written", "of those really differ",
    "Hugo : this",
)  # fmt: skip
_WORD = {True: "yes", False: "no", None: ""}


def _of_size(found: Figures, posts: int) -> Iterator[Sequence[str]]:
    tools = dict.fromkeys(tool for size, tool, _ in found.found if size == posts)
    hugo = {step: found.cpu(posts, Hugo.name, step) for step in _STEPS}
    ordered = sorted(tools, key=lambda tool: found.cpu(posts, tool, ONE) or found.cpu(posts, tool, FULL) or 0)
    for tool in ordered:
        full, nothing, one = (found.at(posts, tool, step) for step in _STEPS)
        yield (
            tool,
            *((_few(full.cpu), _few(full.wall), f"{posts / full.cpu:,.0f}") if full else ("",) * 3),
            _few(ratio(hugo[FULL], full.cpu if full else None)),
            *(
                (f"{full.peak / 2**20:,.0f}", f"{full.did.files:,}", f"{full.did.size / 1e6:,.0f}")
                if full
                else ("",) * 3
            ),
            *((_few(nothing.cpu), f"{nothing.did.written:,}") if nothing else ("",) * 2),
            *(
                (_few(one.cpu), _few(one.wall), f"{one.did.written:,}", f"{one.did.differ:,}")
                if one
                else ("",) * 4
            ),
            _few(ratio(hugo[ONE], one.cpu if one else None)),
        )


def _growth(found: Figures) -> Iterator[Sequence[str]]:
    first, *others = found.sizes
    for tool in dict.fromkeys(tool for _, tool, _ in found.found):
        for step in _STEPS:
            cpu = {posts: found.cpu(posts, tool, step) for posts in found.sizes}
            if sum(value is not None for value in cpu.values()) > 1:
                grown = (ratio(cpu[posts], cpu[first]) for posts in others)
                yield tool, step, *map(_few, cpu.values()), *map(_few, grown)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table as one piece, the words to the left and the figures to the right, without columns that say nothing."""
    found = [*rows]
    kept = [place for place in range(len(head)) if any(row[place] for row in found)]
    edges = ["--:" if place else "--" for place in range(len(head))]
    lines = (" | ".join(cells[place] for place in kept) for cells in (head, edges, *found))
    yield "\n".join(f"| {line} |" for line in lines)


def _few(value: float | None) -> str:
    """A number with as many digits as it is worth; "" for none."""
    if value is None:
        return ""
    return f"{value:,.{max(0, 3 - len(str(int(value))))}f}"
