from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.config.sources import read_sources
from forecourt.desk.patterns import LONGEST_TEXT, Pattern, spelled, wrong_with
from forecourt.desk.rules import KEYS, Rule, Rulebook, read_rules
from forecourt.desk.wording import Words, folded
from tests.conftest import ROOT

SOURCES = ("larkwood-hashtag", "larkwood-reviews", "larkwood-yelp")
NETWORKS = ("mastodon", "reddit")
DAYS = "must be a whole number above 0, 36500 at the most, such as"
HOLD = '[[rule]]\ndo = "hold"\n'


def read(folder: Path, toml: str | bytes) -> tuple[Rulebook, list[str]]:
    path = folder / "content/rules.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    problems: list[str] = []
    rulebook = read_rules(path, folder, problems, sources=SOURCES, networks=NETWORKS)
    return rulebook, problems


def right(folder: Path, toml: str | bytes) -> Rulebook:
    rulebook, problems = read(folder, toml)
    assert problems == []
    return rulebook


def test_every_key_of_a_rule_is_read(tmp_path: Path) -> None:
    toml = r"""
[words]
rude = ["bloody awful", "scam"]

[[rule]]
do = "hold"
why = "Somebody should read this first."
sources = ["larkwood-hashtag"]
networks = ["reddit"]
kinds = ["review"]
languages = ["en", "pt-BR"]
words = ["giveaway", "list:rude"]
regex = '\bwin a\b'
authors = ["@spammer@social.example"]
media = "none"
older_than_days = 365
rating_below = 2.5
per_day = 5
"""
    rule = Rule(
        do="hold",
        why="Somebody should read this first",
        place="content/rules.toml line 5",
        sources=("larkwood-hashtag",),
        networks=("reddit",),
        kinds=("review",),
        languages=("en", "pt-BR"),
        words=("giveaway", "bloody awful", "scam"),
        regex=r"\bwin a\b",
        authors=("@spammer@social.example",),
        media="none",
        older_than_days=365,
        rating_below=2.5,
        per_day=5,
    )

    assert right(tmp_path, toml) == Rulebook((rule,))
    assert {line.partition(" = ")[0] for line in toml.splitlines() if " = " in line} - {"rude"} == KEYS.keys()


@pytest.mark.parametrize("toml", ["", "\n \n", "\ufeff"])
def test_a_file_that_was_emptied_is_not_taken_for_one_without_rules(tmp_path: Path, toml: str) -> None:
    assert read(tmp_path, toml)[1] == [
        "content/rules.toml line 1: the file is empty; write a rule, or a line # no rules to have none"
    ]


def test_a_missing_file_and_one_with_a_note_alone_have_no_rules(tmp_path: Path) -> None:
    problems: list[str] = []

    assert read_rules(tmp_path / "content/rules.toml", tmp_path, problems) == Rulebook()
    assert right(tmp_path, "# nothing yet\n") == Rulebook()
    assert problems == []


def test_a_mark_at_the_beginning_and_line_ends_of_windows_are_no_matter(tmp_path: Path) -> None:
    toml = (HOLD + 'words = ["scam"]\n').replace("\n", "\r\n").encode("utf-8-sig")

    assert right(tmp_path, toml).rules[0].words == ("scam",)


def test_everything_wrong_is_said_at_once_with_its_line_and_the_nearest_word(tmp_path: Path) -> None:
    _, problems = read(
        tmp_path,
        r"""
[words]
rude = ["scam",
  "Scam"]

[[rule]]
do = "hide"
word = ["giveaway"]
sources = ["larkwood-hashtags"]

[[rule]]
do = "hold"
kinds = ["note", "reviews"]
words = [
  "giveaway",
  "list:rud",
]
networks = ["redit"]
languages = ["english"]

[[rule]]
do = "reject"
regex = '(a+)+b'
rating_below = 9
per_day = 3
""",
    )

    assert problems == [
        f"content/rules.toml {problem}"
        for problem in (
            'line 4: words: "scam" stands there twice; once is enough',
            'line 7: do "hide" is not known; it can be "hold", "publish", "reject"',
            'line 8: "word" is not a key of a rule; did you mean "words"?',
            'line 9: sources: "larkwood-hashtags" is not known; did you mean "larkwood-hashtag"?',
            'line 13: kinds: "reviews" is not known; did you mean "review"?',
            'line 16: words: the list "rud" is not known; did you mean "rude"?',
            'line 18: networks: "redit" is not known; did you mean "reddit"?',
            'line 19: languages: "english" is not a language; write it as en, fr or pt-BR',
            'line 22: what is over per_day is held, nothing else; write do = "hold"',
            f"line 23: regex: {wrong_with('(a+)+b')}",
            "line 24: rating_below must be a number of stars above 0, 5 at the most, such as 3",
        )
    ]


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        ('[[rule]]\nwords = ["x"]', 'line 1: the rule does nothing; it can be "hold", "publish", "reject"'),
        (
            HOLD,
            "line 1: the rule has no condition, so it would decide on every post; say one, such as sources",
        ),
        (HOLD + 'words = "giveaway"', 'line 3: words must be texts in brackets, such as ["giveaway"]'),
        (HOLD + "words = [1]", 'line 3: words must be texts in brackets, such as ["giveaway"]'),
        (HOLD + "words = []", "line 3: words is empty; say one at least, or leave the line out"),
        (HOLD + 'words = ["x", "\u200b"]', 'line 3: the word "\u200b" is empty; it would fit every post'),
        (
            HOLD + 'words = ["list:a"]',
            'line 3: words: the list "a" is not known; there is no [words] with lists',
        ),
        (HOLD + 'media = ["none"]', 'line 3: media must be text in quotes, such as "none"'),
        (
            HOLD + 'media = "image"',
            'line 3: media "image" is not known; it can be "audio", "none", "picture"',
        ),
        (HOLD + 'regex = " "', 'line 3: regex is empty; write such as "win a", or leave the line out'),
        (HOLD + 'per_day = "5"', f"line 3: per_day {DAYS} 5"),
        (HOLD + "per_day = true", f"line 3: per_day {DAYS} 5"),
        (HOLD + "older_than_days = 0.5", f"line 3: older_than_days {DAYS} 365"),
        (
            '[[rule]]\ndo = "publish"\nolder_than_days = 7',
            "line 3: older_than_days holds or rejects; what was held does not come out by itself",
        ),
        (HOLD + 'authors = ["@*"]', 'line 3: authors: "@*" names nobody; write a handle or a name'),
        (HOLD + 'authors = ["*a*"]', 'line 3: authors: "*a*" has more than one *; keep one'),
        (HOLD + 'kinds = ["note"]\nwhy = "a\\nb"', "line 4: why must be plain text on one line"),
        ('[words]\nall = ["list:rude"]', 'line 2: "list:rude" stands in a list; lists hold words'),
        ('[rule]\ndo = "hold"', "line 1: write [[rule]] with two brackets, once for each rule"),
        ('[[words]]\nrude = ["x"]', "line 1: write [words] with one bracket, once for all word lists"),
        ('# first\n[[rules]]\ndo = "hold"', 'line 2: "rules" is not known; rules stand under [[rule]]'),
        (HOLD + "words = [\u201cx\u201d]", "line 3: the quotes are curly; use straight ones, as in do"),
        (
            HOLD + 'words = ["a, b"\nwhy = "x"\n',
            'line 3: a closing bracket is missing, as in words = ["giveaway"]',
        ),
        (HOLD + 'words = ["a",\n"b"', 'line 3: a closing bracket is missing, as in words = ["giveaway"]'),
        (
            HOLD + 'words = ["a" "b"]',
            'line 3: a comma is missing between two texts, as in words = ["giveaway", "prize"]',
        ),
        (HOLD + 'words = ["a]\nwhy = "x"\n', "line 3: a closing quote is missing"),
        (HOLD + 'words = ["a"]\nwhy = "x', "line 4: a closing quote is missing"),
        (HOLD + 'regex = \'x\nwhy = "x"\n', "line 3: a closing quote is missing"),
        (HOLD + "words = [x]", 'line 3: Invalid value; text stands in quotes, as in do = "hold"'),
        (HOLD + 'regex = "\\d"', "line 3: a pattern stands in single quotes, as in regex = '\\bwin a\\b'"),
        (
            HOLD + 'regex = "\\bwin"',
            "line 3: regex: a backslash was taken for an escape; put the pattern into",
        ),
        (
            HOLD + "regex = 'win('",
            "line 3: regex: it cannot be read: missing ), unterminated subpattern, at its",
        ),
        (HOLD + "regex = '[[a]'", "line 3: regex: it cannot be read: Possible nested set at position 1"),
        (
            HOLD + "regex = '(win)?'",
            "line 3: regex: it fits texts that say nothing, so it would fit every post",
        ),
        (
            HOLD + f"regex = '{'x' * 501}'",
            "line 3: regex: it is longer than 500 characters; make several rules",
        ),
        (
            HOLD + 'words = ["x", "y"]\n\n[[rule]]\ndo = "publish"\nwords = ["Y", "x"]',
            "line 5: the rule of line 1 has the same conditions and comes first; take one of them out",
        ),
    ],
)
def test_a_wrong_rule_is_said_in_a_sentence(tmp_path: Path, toml: str, wrong: str) -> None:
    (problem,) = read(tmp_path, toml)[1]

    assert problem.startswith(f"content/rules.toml {wrong}")


def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    assert read(tmp_path, b'[words]\nx = ["caf\xe9"]')[1] == [
        "content/rules.toml is not UTF-8 text; save it again as UTF-8"
    ]


@pytest.mark.parametrize(
    "toml", ['[rule]\ndo = "hold"\n[[rule]]\ndo = "hold"\n', '[[rule]]\ndo = "hold"\n[rule]\ndo = "hold"\n']
)
def test_one_rule_in_one_bracket_and_another_in_two_are_told_apart(tmp_path: Path, toml: str) -> None:
    assert read(tmp_path, toml)[1] == [
        "content/rules.toml line 3: write [[rule]] with two brackets, once for each rule"
    ]


@pytest.mark.parametrize(
    ("toml", "twice"),
    [('[[rule]]\ndo = "hold"\ndo = "reject"', "do"), ('[words]\na = ["x"]\n[words]\nb = ["y"]', "[words]")],
)
def test_what_stands_in_the_file_twice_is_named(tmp_path: Path, toml: str, twice: str) -> None:
    assert read(tmp_path, toml)[1] == [f"content/rules.toml line 3: {twice} stands there twice; keep one"]


def test_a_line_that_only_looks_like_one_does_not_move_the_others(tmp_path: Path) -> None:
    toml = "# a\u2028b\x0b\u0085\n".replace("\x0b", "") + HOLD + 'wrds = ["x = y"]\n'

    assert read(tmp_path, toml)[1][-1].startswith('content/rules.toml line 4: "wrds" is not a key')


@pytest.mark.parametrize("toml", [f"{HOLD}per_day = {'9' * 5000}\n", f"{HOLD}words = {'[' * 5000}\n"])
def test_what_python_itself_gives_up_on_is_a_problem_and_no_traceback(tmp_path: Path, toml: str) -> None:
    assert read(tmp_path, toml) == (
        Rulebook(),
        ["content/rules.toml cannot be read: a number or its brackets have no end; write it anew"],
    )


def test_a_folder_in_its_place_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").mkdir()
    problems: list[str] = []

    assert read_rules(tmp_path / "rules.toml", tmp_path, problems) == Rulebook()
    assert problems == ["rules.toml cannot be read: Is a directory"]


def test_names_are_not_looked_up_where_none_are_given(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(HOLD + 'sources = ["any"]\nnetworks = ["other"]\n', encoding="utf-8")
    problems: list[str] = []

    assert read_rules(path, tmp_path, problems).rules[0].sources == ("any",)
    assert problems == []


def test_only_what_decides_changes_the_fingerprint(tmp_path: Path) -> None:
    plain = right(tmp_path, HOLD + 'words = ["scam", "fake"]\nrating_below = 3\n').digest()

    same = (
        '# A note.\n\n[[rule]]\nwhy = "Because"\nrating_below = 3.0\nwords = ["FAKE", "scam"]\ndo = "hold"\n',
        '[words]\nunused = ["x"]\nbad = ["scam", "fake"]\n'
        + HOLD
        + 'words = ["list:bad"]\nrating_below = 3\n',
    )
    assert {right(tmp_path, toml).digest() for toml in same} == {plain}
    others = (
        HOLD + 'words = ["scam", "fakes"]\nrating_below = 3\n',
        HOLD + 'words = ["scam", "fake"]\nrating_below = 2\n',
        HOLD.replace("hold", "reject") + 'words = ["scam", "fake"]\nrating_below = 3\n',
        HOLD + 'words = ["scam", "fake"]\nrating_below = 3\nregex = "fake"\n',
        "# no rules",
    )
    digests = {right(tmp_path, toml).digest() for toml in others}
    assert len(digests) == len(others)
    assert plain not in digests


def test_the_order_of_rules_changes_the_fingerprint() -> None:
    first, second = Rule("hold", words=("a",)), Rule("publish", words=("b",))

    assert Rulebook((first, second)).digest() != Rulebook((second, first)).digest()


def test_the_words_by_which_alone_two_rulebooks_differ_are_told(tmp_path: Path) -> None:
    before, _ = read(tmp_path, HOLD + 'words = ["Scam", "spam"]\n')
    after, _ = read(tmp_path, HOLD + 'words = ["spam", "SPIM"]\n')
    assert after.words_unlike(before) == frozenset({"scam", "spim"})
    assert after.words_unlike(after) == frozenset()
    for other in (
        HOLD + 'words = ["spam"]\nkinds = ["note"]\n',
        HOLD + 'kinds = ["note"]\n',
        HOLD.replace("hold", "reject") + 'words = ["spam"]\n',
        "\n" + HOLD + 'words = ["spam"]\n',  # reasons name the line
        HOLD + 'words = ["spam"]\n' + HOLD + 'kinds = ["note"]\n',
        HOLD + 'words = ["spam"]\nper_day = 2\n',
    ):
        assert read(tmp_path, other)[0].words_unlike(before) is None
    limited, _ = read(tmp_path, HOLD + 'words = ["spam"]\nper_day = 2\n')
    assert limited.words_unlike(limited) is None


def test_a_source_gets_the_rules_that_can_concern_it_and_nothing_else_changes_its_fingerprint() -> None:
    general, by_name = Rule("hold", words=("a",)), Rule("hold", words=("b",), sources=("blog",))
    by_network = Rule("hold", words=("c",), networks=("reddit",))
    book = Rulebook((general, by_name, by_network))

    assert [rule.words for rule in book.of("blog", "blog").rules] == [("a",), ("b",)]
    assert [rule.words for rule in book.of("r", "reddit").rules] == [("a",), ("c",)]
    wider = Rulebook((general, Rule("hold", words=("b",), sources=("blog", "journal")), by_network))
    assert wider.of("blog", "blog").digest() == book.of("blog", "blog").digest()
    assert wider.of("journal", "blog").digest() != book.of("journal", "blog").digest()


@pytest.mark.parametrize(
    ("word", "text", "stands"),
    [
        ("giveaway", "Our big #GiveAway!", True),
        ("giveaway", "two giveaways", False),
        ("giveaway", "give\u200baway, give\u00adaway", True),
        (
            "giveaway",
            "\U0001d5f4\U0001d5f6\U0001d603\U0001d5f2\U0001d5ee\U0001d604\U0001d5ee\U0001d606",
            True,
        ),
        ("art", "a cart, artful, p_art", False),
        ("art", "d’art", True),
        ("don't", "I don’t", True),
        ("bloody awful", "Bloody\n  awful.", True),
        ("bloody awful", "bloody, awful", False),
        ("été", "l’e\u0301té", True),
        ("ete", "été", False),
        ("Straße", "STRASSE", True),
        ("مرحبا", "مَرْحَبًا بكم", True),
        ("رحب", "مرحبا", False),
        ("हिन्दी", "मेरी हिन्दी!", True),
        ("हि", "मेरी हिन्दी!", False),
        ("懸賞", "この懸賞に応募", True),
        ("iphone", "新しいiPhoneケース", True),
        ("이벤트", "이벤트를 합니다", True),
        ("ลดราคา", "ตอนนี้ลดราคาแล้ว", True),
        ("💊", "buy 💊💊 now", True),
        ("❤️", "I ❤ it", True),
        ("c++", "C++ rocks", True),
        ("@deal", "ask @Deal, not@dealer", True),
        ("deal", "e-mail to deals@deal.example", True),
    ],
)
def test_a_word_is_found_as_people_mean_it(word: str, text: str, stands: bool) -> None:
    assert bool(Words([folded(word)]).within(folded(text))) == stands


def test_many_words_are_looked_for_at_once() -> None:
    words = Words(map(folded, ("scam", "fake news", "fake shop", "懸賞", "懸念", "💊")))

    assert words.within(folded("A fake SHOP, 懸賞!")) == {"fake shop", "懸賞"}
    assert words.within("nothing of that") == set()


DANGEROUS = [
    "(a+)+b", "(a|a)*b", "(?:a|ab|b)+c", "(a*)*b", ".*.*x", r"\w+\w+!", r"(?:\w+\s?)+!", "(?:.*?a){3}x",
    "win.*free.*phone", ".*a{1000}x", "(?=.*.*a)b", "(?:a|aa){1,30}b", "(?:a?){40}b", r"(.*)\1x.*y",
    "a{1,500}a{1,500}b",
]  # fmt: skip
USUAL = [
    r"\bwin an?\b", "win.{0,40}free.{0,40}phone", "win.*phone", r"[\w.+-]+@[\w-]+\.[\w.]+", r"\+?\d[\d ./-]{7,20}\d",
    r"(?:https?://)?(?:www\.)?(?:bit\.ly|t\.me)/\w+", r"(\w)\1{4,}", "(?:ha|he)+!", r"\$\d+(?:[.,]\d+)*",
    r"\bwin\s+an?\s+(prize|phone)\b", r"^\W*sponsored", r"\b\w{0,20}scam\w{0,20}\b", r"\w+\s+\w+\s+\w+!",
]  # fmt: skip


@pytest.mark.parametrize("pattern", DANGEROUS)
def test_a_pattern_that_could_take_for_ever_is_refused_before_it_is_tried(pattern: str) -> None:
    assert "for ever" in wrong_with(pattern)


@pytest.mark.parametrize("pattern", USUAL)
def test_a_usual_pattern_is_let_through_and_is_quick_over_the_worst_texts(pattern: str) -> None:
    assert wrong_with(pattern) == ""
    worst = ("a", "a ", "1", " ", "win ", "winfree", "ha", "$1.", "a.", "scam", "www.", "win a  ", "@-")
    started = time.process_time()
    for text in worst:
        repeated = (text * LONGEST_TEXT)[:LONGEST_TEXT]
        Pattern(pattern).search(repeated, spelled(repeated))

    assert time.process_time() - started < 2 * len(worst)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("win a", "To WIN A prize", "WIN A"),
        ("kelvin", "273 \u212aelvin", "\u212aelvin"),
        ("istanbul", "\u0130stanbul", "\u0130stanbul"),
        ("(?-i:Win)", "we Win", "Win"),
        ("(?:bit|t)x?(?:ly|me)", "go to TxME", "TxME"),
        ("stra\u00dfe", "STRA\u1e9eE", "STRA\u1e9eE"),
        ("ab|c", "xC", "C"),
        ("(?:ab)*d", "D", "D"),
    ],
)
def test_no_fit_is_missed_for_the_words_that_a_pattern_needs(pattern: str, text: str, found: str) -> None:
    match = Pattern(pattern).search(text, spelled(text))

    assert match
    assert match[0] == found


PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")


def test_the_page_for_editors_explains_every_key_with_an_example_that_is_right(tmp_path: Path) -> None:
    cells = re.findall(r"^\| `(\w+)` \|.*\| `(.+)` \|$", PAGE, re.MULTILINE)

    assert [key for key, _ in cells] == [*KEYS]
    for key, example in cells:
        assert [*tomllib.loads(example)] == [key]
        rule = example if key == "do" else f'do = "hold"\n{example}'
        _, problems = read(
            tmp_path,
            f"[words]\nrude = ['x']\n[[rule]]\nkinds = ['note']\n{rule}\n".replace(
                "kinds = ['note']\n", "" if key == "kinds" else "kinds = ['note']\n"
            ),
        )
        assert problems == []


def test_every_file_on_the_page_for_editors_is_right(tmp_path: Path) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

    assert len(blocks) > 3
    for block in blocks:
        assert right(tmp_path, block).rules


def test_the_problems_on_the_page_for_editors_are_said_so(tmp_path: Path) -> None:
    block = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[-1]
    toml = """\
[words]
rude = ["scam"]

[[rule]]
do = "hide"
words = ["list:rud"]

[[rule]]
do = "hold"
kind = ["review"]
rating_below = "3"
"""

    assert read(tmp_path, toml)[1] == block.splitlines()


def texts(value: object) -> Iterator[str]:
    """Every text in a file of the demo's posts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


def test_the_rules_of_the_demo_are_right_and_touch_none_of_its_posts() -> None:
    problems: list[str] = []
    names = [source.name for source in read_sources(ROOT / "content/sources.toml", ROOT, problems)]
    book = read_rules(ROOT / "content/rules.toml", ROOT, problems, sources=names)

    assert problems == []
    assert book.rules
    assert all(rule.words or rule.regex or rule.per_day for rule in book.rules)
    words = Words(folded(word) for rule in book.rules for word in rule.words)
    patterns = [Pattern(rule.regex) for rule in book.rules if rule.regex]
    for path in sorted((ROOT / "demo/posts").glob("*.toml")):
        for text in texts(tomllib.loads(path.read_text(encoding="utf-8"))):
            assert not words.within(folded(text)), path.name
            assert not any(pattern.search(text, spelled(text)) for pattern in patterns), path.name
