"""Files of the editors written for them: a new one with all that it may say, and what is said about one post."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from forecourt import text
from forecourt.desk import heads
from forecourt.desk.schema import CAMPAIGNS, EVENTS, NEWS, PAGES, PICKS, STORES, Field, Kind

_OFTEN = ("summary", "picture", "alt", "tags", "status", "slug", "lang", "translation")
"""Of the fields that news and pages have as well, those that a new file shows."""

_WORDS = {
    NEWS: "From the 26th on, all shops stay open until **nine** on Thursdays.",
    PAGES: "All shops have a step-free door.",
    CAMPAIGNS: "What it is about, in a few sentences. Below stand the posts of all networks that belong to it.",
    EVENTS: "What happens there, what it costs, and what to bring.",
    STORES: "What is special about this store.",
}


def new(kind: Kind, title: str, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """The name below ``content/`` and the text of a new file: what it needs filled in, what it may say behind a #."""
    day = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(9), zone)
    moments = {"date": now.astimezone(zone), "start": day, "end": day + timedelta(days=7)}
    if kind is EVENTS:
        moments["end"] = day + timedelta(hours=2)
    lines = ["---"]
    for field in kind.fields:
        if field.name == "title":
            lines.append(f"title: {_quoted(title)}")
        elif field.name in moments and (field.required or kind is EVENTS):
            lines.append(f"{field.name}: {moments[field.name]:%Y-%m-%d %H:%M}")
        elif field.name == "status" and kind in (NEWS, PAGES):
            # Its words are ours until somebody writes others.
            lines.append("status: draft   # take this line out when it may be seen")
        elif field not in PAGES.fields or field.name in _OFTEN:
            lines.append(f"# {field.name}: {field.example}   # {field.help}")
    return f"{kind.folder}/{text.slug(title)}.md", "\n".join([*lines, "---", "", _WORDS[kind], ""])


def pick(before: str, post: str, said: Mapping[str, str], about: str = "") -> str:
    """The text of a file about one post, which says this in addition to what it said ``before``.

    ``post`` is the post's address, ``about`` a line on what it is, for people. What is said as "" is taken out.
    Raises ValueError where ``before`` is no head that can be read, or has text: it may be a field without its colon.
    """
    if before.strip() and (lost := heads.body(before).strip()):
        raise ValueError(f'"{text.excerpt(lost, 40)}" is no field; a pick has no text')
    fields = {name: one.value for name, one in heads.fields(before).items()} if before.strip() else {}
    fields = {"post": post, **fields, **said}
    known = PICKS.names
    lines = [f"# {' '.join(about.split())}"] if about else []
    lines += [_line(known.get(name), name, value) for name, value in fields.items() if value]
    return "\n".join(["---", *lines, "---", ""])


def _line(field: Field | None, name: str, value: str) -> str:
    if field and field.type in ("switch", "moment", "zoned", "slug", "campaign", "post"):
        return f"{name}: {value}"
    if "\n" in value:
        return "\n".join([f"{name}:", *(f"  - {_quoted(line)}" for line in value.split("\n"))])
    return f"{name}: {_quoted(value)}"


def _quoted(words: str) -> str:
    """Text as YAML takes it whatever stands in it: JSON's strings are YAML's, too."""
    return json.dumps(" ".join(words.split()), ensure_ascii=False)


def save(path: Path, words: str) -> bool:
    """Write a file whole or not at all; say whether it is another one now. Raises OSError."""
    data = words.encode()
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(data)
    partial.replace(path)
    return True


def privately(title: str, html: str) -> str:
    """A page for the editors alone, which lies beside the store and is never part of the site."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self' file:; "
        f"style-src 'unsafe-inline'\"><title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p>This page is for editors; it is never published.</p>\n{html}\n"
        "</main></body></html>\n"
    )


_STYLE = (
    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}main{max-width:60rem;margin:auto;padding:1rem}"
    "article{border:1px solid;border-radius:.5rem;padding:1rem;margin:1rem 0;overflow-wrap:anywhere}"
    "pre{padding:.6rem;border:1px dashed;overflow:auto}img{max-height:8rem;max-width:100%}"
    "table{border-collapse:collapse;display:block;overflow:auto}td,th{border:1px solid;padding:.4rem;text-align:start}"
)
