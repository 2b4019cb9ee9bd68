"""Text as it stands in XML. As text: a tree of elements takes six times as long, for thousands of feeds."""

from __future__ import annotations

_FORBIDDEN = bytes(set(range(0x20)) - set(b"\t\n\r"))
_NONCHARACTERS = tuple(character.encode() for character in "\ufffe\uffff")


def legal(text: str) -> str:
    """The text without what XML 1.0 forbids (section 2.2): controls, lone surrogates, U+FFFE and U+FFFF.

    By bytes: it is asked of every text of every entry, and a regular expression takes thirty times as long.
    """
    if text.isascii() and text.isprintable():
        return text
    data = text.encode("utf-8", "ignore").translate(None, _FORBIDDEN)
    for character in _NONCHARACTERS:
        data = data.replace(character, b"")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode()  # which every parser of XML does


def escaped(text: str) -> str:
    """Legal text between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """Legal text in an attribute."""
    return escaped(text).replace('"', "&quot;")


def element(name: str, text: str) -> str:
    """An element with legal text, "" where there is none."""
    return f"<{name}>{escaped(text)}</{name}>" if text else ""


def lines(indent: int, *said: str) -> str:
    """What is not empty, a line each, indented by so many spaces."""
    space = "\n" + " " * indent
    return "".join(space + each for each in said if each)
