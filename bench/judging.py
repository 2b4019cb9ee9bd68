"""What it costs to judge stored posts anew when a word of rules.toml was changed: `invoke bench judging`.

Posts are seeded, of some 300 characters, a fifth of them in scripts with other letters; the rulebook has thirty rules
and three word lists of 200 words, and is read from a file as the editors write it. Counted is the processor time of
reading it and of every ruling, the limits a day included; the store's reading and writing is not.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.corpus import SYLLABLES
from forecourt.console import say
from forecourt.curate.judging import Judge
from forecourt.desk.rules import Rulebook, read_rules
from forecourt.model import Author, Kind, Media, Post, Rating

POSTS = 100_000
MOST_SECONDS = 10
"""What it may cost, with the store."""

_NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
_SPAN = timedelta(days=3 * 365)
_ZONE = ZoneInfo("Europe/Paris")
_SOURCES = 20
_NETWORKS = ("blog", "bluesky", "instagram", "mastodon", "reddit", "reviews", "threads", "youtube")
_LETTERS = ("é", "ü", "ñ", "طا", "ول", "家", "具", "ケ", "ース", "для")
_PATTERNS = (
    r"\bwin an? \w+", r"\+?\d[\d ./-]{7,20}\d", r"[\w.+-]+@[\w-]+\.\w+", r"(?:bit\.ly|t\.me)/\w+", r"(\w)\1{4,}",
    r"\b(?:free|gratis)\b.{0,40}\b(?:phone|voucher)\b",
)  # fmt: skip


def rules(seed: int = 5) -> str:
    """A rulebook as a careful brand has it: thirty rules, three lists of 200 words."""
    rng = random.Random(seed)
    lists = {name: [_word(rng, 5) for _ in range(200)] for name in ("rude", "rivals", "scams")}
    lines = ["[words]"]
    lines += [f"{name} = [{', '.join(map(_quoted, dict.fromkeys(words)))}]" for name, words in lists.items()]
    bodies = [
        *(f'do = "reject"\nwords = ["list:{name}"]' for name in lists),
        *(f"do = \"hold\"\nregex = '{pattern}'" for pattern in _PATTERNS),
        *(f'do = "hold"\nkinds = ["review"]\nrating_below = 3\nnetworks = ["{name}"]' for name in _NETWORKS[:3]),
        *(f'do = "hold"\nlanguages = ["{lang}"]\nwords = ["{_word(rng, 5)}"]' for lang in ("en", "fr", "ar")),
        *(f'do = "reject"\nauthors = ["@*{number}.example", "Author {number}"]' for number in range(5)),
        *(f'do = "hold"\nmedia = "none"\nkinds = ["photo"]\nsources = ["source-{number}"]' for number in range(5)),
        *(f'do = "hold"\nwords = ["{_word(rng, 4)} {_word(rng, 4)}", "家具{number}"]' for number in range(3)),
        'do = "hold"\nolder_than_days = 900\nkinds = ["review"]',
        'do = "hold"\nper_day = 12',
    ]  # fmt: skip
    return "\n\n".join(["\n".join(lines), *(f"[[rule]]\n{body}" for body in bodies)]) + "\n"


def posts(number: int, seed: int = 7) -> list[tuple[Post, datetime]]:
    """So many posts of one source, with their moments, the oldest first."""
    rng = random.Random(seed)
    words = [*(_word(rng) for _ in range(6000)), *(_word(rng, 5) for _ in range(50))]
    return [
        (_post(rng, words, at), _NOW - _SPAN * (number - at) / number) for at in range(number)
    ]  # fmt: skip


def _post(rng: random.Random, words: Sequence[str], at: int) -> Post:
    text = " ".join(rng.choices(words, k=42))
    if at % 5 == 0:
        text = "".join(letter + rng.choice(_LETTERS) * (letter == " ") for letter in text)
    kind = rng.choice([*Kind])
    return Post(
        id=str(at),
        source="source-1",
        kind=kind,
        permalink=f"https://social.example/{at}",
        title=text[:40] if at % 3 == 0 else "",
        text=text,
        lang=rng.choice(("en", "fr", "de", "es", "ar", "")),
        author=Author(f"Person {at % 997}", f"@person{at % 997}@social.example"),
        media=(Media("image", "https://social.example/a.jpg", words[at % 6000]),) if at % 2 else (),
        rating=Rating(rng.randint(1, 5)) if kind is Kind.REVIEW else None,
        tags=tuple(rng.choices(words, k=at % 4)),
    )


def _word(rng: random.Random, length: int = 0) -> str:
    return "".join(rng.choices(SYLLABLES, k=length or rng.randint(2, 4)))


def _quoted(word: str) -> str:
    return f'"{word}"'


def _read(text: str) -> Rulebook:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rules.toml")
        path.write_text(text, encoding="utf-8")
        problems: list[str] = []
        rulebook = read_rules(path, path.parent, problems)
    if problems:
        raise SystemExit("\n".join(problems))
    return rulebook


def judged(rulebook: Rulebook, stored: Sequence[Sequence[tuple[Post, datetime]]]) -> Counter[str]:
    """How many posts the rules publish, hold and reject, judged source by source; "" are those they leave alone."""
    found: Counter[str] = Counter()
    for number, group in enumerate(stored):
        judge = Judge(rulebook, f"source-{number}", _NETWORKS[number % len(_NETWORKS)], _ZONE)
        for _, day in groupby(group, key=lambda each: each[1].astimezone(_ZONE).date()):
            of_day = [*day]
            over = judge.over_the_day(of_day, _NOW)
            found.update(
                "held" if post.id in over else judge.ruling(post, published, _NOW).status or ""
                for post, published in of_day
            )
    return found


def main() -> int:
    """Judge the posts, and judge them again after one word was changed."""
    options = argparse.ArgumentParser(prog="python -m bench.judging")
    options.add_argument("--posts", type=int, default=POSTS, help="how many posts are stored")
    wanted = options.parse_args().posts
    stored = [posts(wanted // _SOURCES, seed) for seed in range(_SOURCES)]
    length = sum(len(post.text) for group in stored for post, _ in group) / wanted
    text = rules()
    say(
        f"{wanted:,} posts of {_SOURCES} sources, {length:.0f} characters each; {len(_read(text).rules)} rules"
    )
    worst = 0.0
    for what, written in (
        ("at first", text),
        ("after a word was changed", text.replace('= ["', '= ["zzz', 1)),
    ):
        start = time.process_time()
        found = judged(_read(written), stored)
        took = time.process_time() - start
        worst = max(worst, took)
        counts = ", ".join(
            f"{count:,} {status or 'left to their source'}" for status, count in found.most_common()
        )
        say(f"  {what:<25} {took:5.2f} CPU s: {counts}")
    return int(worst > MOST_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
