"""What can be told from a post of who wrote it: its words, its script, and whom it links to."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from forecourt.model import Post

SAMPLE = 1500
"""Characters of a post that are read: enough for two hundred words."""

SAYING = 25
"""Characters, from which on it is no chance that two posts say the same: "Happy Monday!" is said every week."""

_FEWEST_LETTERS, _MOST_LETTERS = 6, 200  # of a text, by which its script is told
_HOST = re.compile(r"https?://([\w.-]+)")  # of addresses that are clean already
_NO_WORDS = re.compile(r"https?://\S+|[@#\uff03][\w.@-]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LINK = re.compile(r'<a\b[^>]*?\bhref="https?://([\w.-]+)[^"]*"[^>]*>(?:\s|<[^>]*>)*([@#\uff03]?)')

# Registries sell names below these, under two letters of a country: larkwood.co.uk. The whole list has 10,000
# lines (publicsuffix.org); where this one is too short, two houses look like one and a sign is missed.
_SECOND = frozenset(
    [
        "ac",
        "co",
        "com",
        "edu",
        "gob",
        "gouv",
        "gov",
        "ltd",
        "me",
        "ne",
        "net",
        "nom",
        "or",
        "org",
        "plc",
        "sch",
    ]
)
_HOSTERS = frozenset({
    "bandcamp.com", "blogspot.com", "github.io", "gitlab.io", "libsyn.com", "livejournal.com", "medium.com",
    "myshopify.com", "netlify.app", "notion.site", "over-blog.com", "pages.dev", "podbean.com", "squarespace.com",
    "substack.com", "tumblr.com", "typepad.com", "vercel.app", "web.app", "webflow.io", "weebly.com", "wixsite.com",
    "wordpress.com",
})  # fmt: skip

EVERYBODYS = frozenset({
    "amazon.com", "apple.com", "bsky.app", "eventbrite.com", "facebook.com", "flickr.com", "google.com",
    "instagram.com", "linkedin.com", "mastodon.social", "pinterest.com", "reddit.com", "spotify.com", "threads.com",
    "threads.net", "tiktok.com", "twitter.com", "vimeo.com", "wikipedia.org", "x.com", "youtu.be", "youtube.com",
})  # fmt: skip
"""Sites that everybody links to one day. Those that hide where they lead (bit.ly) or whom (t.me) are not among them."""


def domain(host: str) -> str:
    """The name that somebody bought of a host: larkwood.co.uk of www.larkwood.co.uk; "" of "".

    Where a hoster gives its customers names below its own, the customer's.
    """
    labels = host.lower().rstrip(".").split(".")
    if ":" in host or labels[-1].isdecimal():
        return host  # numbers
    is_country = len(labels[-1]) == len("uk")
    is_sold_below = is_country and len(labels) > 1 and labels[-2] in _SECOND
    return ".".join(labels[-3 if is_sold_below or ".".join(labels[-2:]) in _HOSTERS else -2 :])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a post shows of who wrote it.

    ``words`` are all of its words in small letters, ``script`` is what most of its letters are in, as Unicode calls
    it ("LATIN"), "" where they are few. ``sites`` are the domains that it links to, ``home`` is that of its
    permalink.
    """

    words: tuple[str, ...]
    script: str
    sites: frozenset[str]
    home: str


def home(post: Post) -> str:
    """Whose domain the post's permalink is at, "" without one."""
    found = _HOST.match(post.permalink)
    return domain(found[1]) if found else ""


def read(post: Post) -> Reading:
    """Read a post: the beginning of what it says, names, tags and addresses aside, and its links.

    A link that reads "@name" or "#tag" leads to anywhere on its network, and tells nothing.
    """
    said = _NO_WORDS.sub(" ", _said(post)[:SAMPLE])
    hosts = [host for host, name in _LINK.findall(post.html) if not name] + _HOST.findall(post.text)
    return Reading(
        tuple(_WORD.findall(said.casefold())),
        _script(said),
        frozenset(map(domain, dict.fromkeys(hosts))) - EVERYBODYS,
        home(post),
    )


def repeats(new: Iterable[Post], stored: Iterable[Post]) -> int:
    """How many new posts say, word for word, what stored ones say under other ids. A few words say nothing."""
    ids: dict[str, set[str]] = {}
    for post in stored:
        ids.setdefault(_saying(post), set()).add(post.id)
    return sum(bool(_saying(post) and ids.get(_saying(post), set()) - {post.id}) for post in new)


def _saying(post: Post) -> str:
    saying = " ".join(_NO_WORDS.sub(" ", _said(post)).casefold().split())
    return saying if len(saying) >= SAYING else ""


def _said(post: Post) -> str:
    return f"{post.title} {post.text}"


def _script(said: str) -> str:
    letters = [*islice(filter(str.isalpha, said), _MOST_LETTERS)]
    if len(letters) < _FEWEST_LETTERS:
        return ""
    ((name, _),) = Counter(map(_script_of, letters)).most_common(1)
    return name


def _script_of(letter: str) -> str:
    if letter.isascii():
        return "LATIN"
    name = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if name in {"HIRAGANA", "KATAKANA"} else name  # Japanese is written in all three
