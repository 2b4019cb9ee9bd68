"""How deep HTML is nested and how crowded its tags are, told before a parser has to find out.

nh3 takes 5 s for 50,000 nested ``<div>``, and a second for 55,000 attributes of one;
a look at the tags takes milliseconds.
"""

from __future__ import annotations

import re

_TAG = re.compile(
    r"""<!--(?:-?>|.*?(?:--!?>|\Z))      # a comment, which <!--> already is
    | <[!?][^>]*>?                       # what browsers take for one
    | <(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)
      (?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+|))?+)*+
      (?:>|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_CROWDED = 8000  # characters of a tag that may be crowded
_MOST_WORDS = 2000  # of its attributes
_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"),
    "wbr",
}
_RAW = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"}
# A browser opens these again in the next block until they are closed: "<p><b x=1></p>" 1,500 times is 8 MB.
_REOPENED = {
    *("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"),
}
_WALLS = {"table", "td", "th", "caption", "template", "object", "svg", "math", "marquee"}
_IMPLIED = {
    "p": {"p"},
    "li": {"li", "p"},
    "option": {"option"},
    "dt": {"dt", "dd", "p"},
    "dd": {"dt", "dd", "p"},
    "td": {"td", "th", "p"},
    "th": {"td", "th", "p"},
    "tr": {"tr", "td", "th", "p"},
}


def too_deep(html: str, deepest: int) -> bool:
    """Whether more than ``deepest`` elements are open at once, as far as a look at the tags can tell.

    Or a tag has attributes without number. What it misses (foreign content inside SVG)
    costs seconds, and the worker that parses has a limit of them.
    """
    if html.count("<") <= deepest and len(html) < _CROWDED:
        return False
    open_: list[str] = []
    position = 0
    while (tag := _TAG.search(html, position)) is not None:
        position = tag.end()
        name = (tag["name"] or "").lower()
        if name and len(tag[0]) > _CROWDED and len(tag[0].split()) > _MOST_WORDS:
            return True
        if not name or name in _VOID:
            continue
        if tag["end"]:
            _close(open_, name)
        elif name in _RAW and not _WALLS.issuperset(open_[-1:] or ["p"]):
            end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, position)
            position = end.start() if end else len(html)
        else:
            _open(open_, name)
        if len(open_) > deepest:
            return True
    return False


def _open(open_: list[str], name: str) -> None:
    while open_ and open_[-1] in _IMPLIED.get(name, ()):
        open_.pop()
    open_.append(name)


def _close(open_: list[str], name: str) -> None:
    for start in range(len(open_) - 1, -1, -1):
        if open_[start] == name:
            open_[start:] = [one for one in open_[start + 1 :] if one in _REOPENED]
            return
        if open_[start] in _WALLS and name not in _WALLS:
            return
