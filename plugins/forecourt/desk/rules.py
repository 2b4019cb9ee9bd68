"""The editors' rules for posts as they wrote them: rules.toml.

A rulebook is word lists and rules. Here they are read and checked; ``curate.judging`` judges by them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, cast, get_args

from forecourt.config import LANGUAGE, near, nearest
from forecourt.desk.patterns import wrong_with
from forecourt.desk.tables import Table, heads_of, line_of_key, toml_problem
from forecourt.desk.wording import folded
from forecourt.model import Kind

Do = Literal["publish", "hold", "reject"]
MediaWanted = Literal["", "none", "picture", "video", "audio"]

KEYS = {
    "do": "publish, hold or reject",
    "why": "a sentence for whoever reads what the rule did",
    "sources": "names of sources.toml",
    "networks": "networks, such as reddit",
    "kinds": "kinds of posts, such as review",
    "languages": "languages, such as fr",
    "words": "words and phrases, and word lists as list:NAME",
    "regex": "a pattern for the title and the text",
    "authors": "handles or names",
    "media": "none, picture, video or audio",
    "older_than_days": "days since it was published",
    "rating_below": "stars of five",
    "per_day": "how many a day are let through",
}
"""Every key of a rule and what it means; docs/rules.md explains each."""

LISTS = ("sources", "networks", "kinds", "languages", "words", "authors")
"""Keys that hold several words, of which one is enough."""

MOST_STARS = 5
LIST_PREFIX = "list:"

_NUMBERS = {"older_than_days": "365", "rating_below": "3", "per_day": "5"}
_EXAMPLES = {
    "do": "hold",
    "why": "Somebody should read this first",
    "sources": "larkwood-hashtag",
    "networks": "reddit",
    "kinds": "review",
    "languages": "en",
    "words": "giveaway",
    "regex": "win a",
    "authors": "@spammer@social.example",
    "media": "none",
}
_CENTURY = 36_500  # days; more leads beyond what a date can say
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``[[rule]]``: what it does with a post that meets all its conditions. An empty one is no condition.

    ``place`` says where it stands ("content/rules.toml line 12"). Of ``words`` the lists are filled in, of each
    tuple one is enough. ``authors`` may have one ``*`` each. ``older_than_days`` are of 24 hours,
    ``rating_below`` is in stars of five.
    """

    do: Do
    why: str = ""
    place: str = ""
    sources: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    regex: str = ""
    authors: tuple[str, ...] = ()
    media: MediaWanted = ""
    older_than_days: int | None = None
    rating_below: float | None = None
    per_day: int | None = None

    def decides(self) -> tuple[object, ...]:
        """What tells it from another rule: not where it stands, nor why."""
        return tuple(self._comparable(key) for key in KEYS if key != "why")

    def _comparable(self, key: str) -> object:
        value = getattr(self, key)
        if not isinstance(value, tuple):
            return float(value) if isinstance(value, int) else value  # 3 and 3.0 are the same stars
        return tuple(sorted({folded(each) for each in value} if key == "words" else set(value)))


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules in the order in which they are tried; the first that a post meets decides."""

    rules: tuple[Rule, ...] = ()

    def digest(self) -> str:
        """A fingerprint of what decides; comments, lines, reasons and the order of words leave it as it is."""
        said = [rule.decides() for rule in self.rules]
        return blake2b(repr(said).encode(), digest_size=12).hexdigest()

    def words_unlike(self, other: Rulebook) -> frozenset[str] | None:
        """The words that rules of one of the two have and not of the other; None where they differ in anything else.

        With a limit a day no word is for itself: what a post says counts for the others of its day.
        """
        if [*map(_wordless, self.rules)] != [*map(_wordless, other.rules)]:
            return None
        if any(rule.per_day is not None for rule in self.rules):
            return None
        both = zip(self.rules, other.rules, strict=True)
        return frozenset[str]().union(
            *({*map(folded, one.words)} ^ {*map(folded, two.words)} for one, two in both)
        )

    def of(self, source: str, network: str) -> Rulebook:
        """The rules that can concern a source, its name and network left out of them.

        So its digest stays as it is where a rule comes to concern another source too.
        """
        return Rulebook(
            tuple(
                replace(rule, sources=(), networks=())
                for rule in self.rules
                if (not rule.sources or source in rule.sources)
                and (not rule.networks or network in rule.networks)
            )
        )


def _wordless(rule: Rule) -> Rule:
    """The rule without its words, though it has some."""
    return replace(rule, words=("*",) if rule.words else ())


def read_rules(
    path: Path,
    root: Path,
    problems: list[str],
    *,
    sources: Collection[str] = (),
    networks: Collection[str] = (),
) -> Rulebook:
    """The rulebook of the file, named as seen from ``root``; a missing file has no rules.

    ``sources`` and ``networks`` are the names that there are; where none are given, all are taken. What is wrong
    goes to ``problems``, all of it. Nobody may then judge by what is returned: the rule that is
    missing may be the one that holds.
    """
    shown = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        return Rulebook()
    except UnicodeDecodeError:
        problems.append(f"{shown} is not UTF-8 text; save it again as UTF-8")
        return Rulebook()
    except OSError as error:
        problems.append(f"{shown} cannot be read: {error.strerror}")
        return Rulebook()
    except (
        ValueError,
        RecursionError,
    ) as error:  # what is not TOML's own is a number, or brackets, without end
        is_slip = isinstance(error, tomllib.TOMLDecodeError)
        endless = f"{shown} cannot be read: a number or its brackets have no end; write it anew"
        problems.append(toml_problem(shown, str(error), text) if is_slip else endless)
        return Rulebook()
    if not text.strip():  # it may have been lost as it was saved; a note says that it is meant
        problems.append(f"{shown} line 1: the file is empty; write a rule, or a line # no rules to have none")
        return Rulebook()
    reader = _Reader(shown, text, {"sources": sources, "networks": networks})
    rulebook = reader.rulebook(tables)
    problems += [f"{shown} line {line}: {problem}" for line, problem in sorted(reader.problems)]
    return rulebook


class _Reader:
    """Reads one file; ``problems`` is what is wrong, each with its line."""

    def __init__(self, file: str, text: str, known: Mapping[str, Collection[str]]) -> None:
        self._file = file
        self._lines = text.split("\n")
        self.problems: list[tuple[int, str]] = []
        self._known = {**known, "kinds": [*map(str, Kind)]}
        self._lists: dict[str, tuple[str, ...]] = {}

    def rulebook(self, tables: Mapping[str, Any]) -> Rulebook:
        heads = heads_of(self._lines, "rule", "words")
        for name in sorted(set(tables) - {"rule", "words"}):
            self._wrong(
                line_of_key(self._lines, name),
                f'"{name}" is not known; rules stand under [[rule]], word lists under [words]',
            )
        words, rows = tables.get("words", {}), tables.get("rule", [])
        if not isinstance(words, dict):
            self._wrong(
                line_of_key(self._lines, "words"), "write [words] with one bracket, once for all word lists"
            )
            words = {}
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._wrong(
                line_of_key(self._lines, "rule"), "write [[rule]] with two brackets, once for each rule"
            )
            rows = []
        self._read_lists(Table(words, next(iter(heads["words"]), {})))
        lines = [*heads["rule"], *({} for _ in rows[len(heads["rule"]) :])]
        rules = [self._rule(Table(row, places)) for row, places in zip(rows, lines, strict=False)]
        self._unique([rule for rule in rules if rule])
        return Rulebook(tuple(rule for rule in rules if rule))

    def _wrong(self, line: int, problem: str) -> None:
        self.problems.append((line, problem))

    def _read_lists(self, table: Table) -> None:
        for name in table.values:
            words = self._texts(table, name, '["bloody awful", "scam"]')
            self._lists[name] = words
            for word in words:
                if word.startswith(LIST_PREFIX):
                    line = self._line_of(word, table.line(name))
                    self._wrong(
                        line, f'"{word}" stands in a list; lists hold words, and rules name several lists'
                    )
            self._check_words(words, table.line(name))

    def _rule(self, table: Table) -> Rule | None:
        values, found = table.values, len(self.problems)
        for key in values.keys() - KEYS.keys():
            self._wrong(table.line(key), f'"{key}" is not a key of a rule; {nearest(key, KEYS)}')
        said = {key: self._texts(table, key) for key in LISTS}
        self._check_names(table, said)
        said["words"] = self._words(table, said["words"])
        texts = {key: self._text(table, key) for key in ("do", "why", "regex", "media")}
        self._check_choice(table, "do", texts["do"], get_args(Do))
        self._check_choice(table, "media", texts["media"], get_args(MediaWanted)[1:])
        if texts["regex"] and (wrong := wrong_with(texts["regex"])):
            self._wrong(table.line("regex"), f"regex: {wrong}")
        numbers = {key: self._number(table, key) for key in _NUMBERS}
        self._check_whole(table, texts["do"])
        if len(self.problems) > found:
            return None
        days, stars, daily = (numbers[key] for key in _NUMBERS)
        return Rule(
            do=cast("Do", texts["do"]),
            why=texts["why"].strip().rstrip("."),
            place=f"{self._file} line {table.line()}",
            regex=texts["regex"],
            media=cast("MediaWanted", texts["media"]),
            older_than_days=None if days is None else int(days),
            rating_below=stars,
            per_day=None if daily is None else int(daily),
            **said,
        )

    def _texts(self, table: Table, key: str, example: str = "") -> tuple[str, ...]:
        value = table.values.get(key)
        if value is None and key not in table.values:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            shown = example or f'["{_EXAMPLES[key]}"]'
            self._wrong(table.line(key), f"{key} must be texts in brackets, such as {shown}")
            return ()
        if not value:
            self._wrong(table.line(key), f"{key} is empty; say one at least, or leave the line out")
        return tuple(value)

    def _text(self, table: Table, key: str) -> str:
        value = table.values.get(key, "")
        if not isinstance(value, str):
            self._wrong(table.line(key), f'{key} must be text in quotes, such as "{_EXAMPLES[key]}"')
            return ""
        if key in table.values and not value.strip():
            self._wrong(
                table.line(key), f'{key} is empty; write such as "{_EXAMPLES[key]}", or leave the line out'
            )
        if key == "why" and _CONTROLS.search(value):
            self._wrong(table.line(key), "why must be plain text on one line")
        return value

    def _number(self, table: Table, key: str) -> float | None:
        value = table.values.get(key)
        if value is None:
            return None
        whole = key != "rating_below"
        most = _CENTURY if whole else MOST_STARS
        fits = isinstance(value, int) or (isinstance(value, float) and not whole)
        if isinstance(value, bool) or not fits or not 0 < value <= most:
            kind = "a whole number" if whole else "a number of stars"
            self._wrong(
                table.line(key), f"{key} must be {kind} above 0, {most} at the most, such as {_NUMBERS[key]}"
            )
            return None
        return float(value)

    def _check_names(self, table: Table, said: Mapping[str, Sequence[str]]) -> None:
        for key, known in self._known.items():
            for name in said[key]:
                if known and name not in known:
                    hint = nearest(name, known)
                    self._wrong(self._line_of(name, table.line(key)), f'{key}: "{name}" is not known; {hint}')
        for name in said["languages"]:
            if not LANGUAGE.fullmatch(name):
                line = self._line_of(name, table.line("languages"))
                self._wrong(line, f'languages: "{name}" is not a language; write it as en, fr or pt-BR')
        for name in said["authors"]:
            line = self._line_of(name, table.line("authors"))
            if not folded(name).strip("*@ "):
                self._wrong(line, f'authors: "{name}" names nobody; write a handle or a name')
            elif name.count("*") > 1:
                self._wrong(line, f'authors: "{name}" has more than one *; keep one')
        for key in set(LISTS) - {"words"}:
            self._repeated(key, said[key], table.line(key))

    def _words(self, table: Table, said: Sequence[str]) -> tuple[str, ...]:
        """The words of a rule, with those of the lists that it names."""
        words: dict[str, None] = {}
        self._check_words(said, table.line("words"))
        for word in said:
            name = word.removeprefix(LIST_PREFIX)
            if name == word:
                words[word] = None
            elif name in self._lists:
                words |= dict.fromkeys(self._lists[name])
            else:
                line = self._line_of(word, table.line("words"))
                hint = nearest(name, self._lists) if self._lists else "there is no [words] with lists"
                self._wrong(line, f'words: the list "{name}" is not known; {hint}')
        return tuple(words)

    def _check_words(self, words: Sequence[str], line: int) -> None:
        for word in words:
            if not folded(word):
                self._wrong(self._line_of(word, line), f'the word "{word}" is empty; it would fit every post')
        self._repeated("words", [folded(word) for word in words], line)

    def _repeated(self, key: str, names: Sequence[str], line: int) -> None:
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            self._wrong(
                self._line_of(name, line, last=True), f'{key}: "{name}" stands there twice; once is enough'
            )

    def _check_choice(self, table: Table, key: str, said: str, choices: Iterable[str]) -> None:
        if said.strip() and said not in choices:
            self._wrong(table.line(key), f'{key} "{said}" is not known; {nearest(said, choices)}')

    def _check_whole(self, table: Table, do: str) -> None:
        """Look at what only the rule as a whole can be wrong in."""
        values, head = table.values, table.line()
        if "do" not in values and not near("do", values):
            self._wrong(head, f'the rule does nothing; {nearest("", get_args(Do))}, as in do = "hold"')
        if not values.keys() - {"do", "why"}:
            self._wrong(
                head,
                'the rule has no condition, so it would decide on every post; say one, such as sources = ["…"]',
            )
        if "per_day" in values and do in get_args(Do) and do != "hold":
            self._wrong(table.line("do"), 'what is over per_day is held, nothing else; write do = "hold"')
        if "older_than_days" in values and do == "publish":
            self._wrong(
                table.line("older_than_days"),
                "older_than_days holds or rejects; what was held does not come out by itself",
            )

    def _unique(self, rules: Sequence[Rule]) -> None:
        """Name rules that never decide, because an earlier one has their very conditions."""
        first: dict[tuple[object, ...], Rule] = {}
        for rule in rules:
            conditions = replace(rule, do="hold").decides()
            other = first.setdefault(conditions, rule)
            if other is not rule:
                here, there = (int(each.place.rpartition(" ")[2]) for each in (rule, other))
                self._wrong(
                    here,
                    f"the rule of line {there} has the same conditions and comes first; take one of them out",
                )

    def _line_of(self, word: str, start: int, *, last: bool = False) -> int:
        """The line at which a word of a list stands that begins at that line and ends with its bracket."""
        found = start
        for number, line in enumerate(self._lines[start - 1 :], start=start):
            if word and folded(word) in folded(line):
                if not last:
                    return number
                found = number
            if line.partition("#")[0].rstrip().endswith("]"):
                break
        return found
