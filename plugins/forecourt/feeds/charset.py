"""The encoding of a document, which it may say wrongly or in words that no browser knows."""

from __future__ import annotations

import codecs
import re

# Python takes these for encodings of text. No document is in them: they raise where others put a sign for what
# they cannot read, or take quadratic time (punycode); and browsers do not read UTF-7, which hides markup.
_NO_BROWSER_S = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf_7"}
)
_MARKS = {  # that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_NAMED = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(rb"[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]+)[\"']", re.IGNORECASE)


def decode(body: bytes, name: str) -> str:
    """Read the bytes in the encoding of that name; in UTF-8 where there is none of that name."""
    return body.decode(name if _is_known(name) else "utf-8", "replace")


def named(text: str) -> str:
    """Find the charset that a media type or the head of a page names, "" where there is none."""
    found = _NAMED.search(text)
    return found[1] if found else ""


def corrected(body: bytes, content_type: str) -> str:
    """Write the media type of an XML document anew, where it or the document names an encoding wrongly.

    The mark at its beginning is right; so are bytes beyond ASCII that are valid UTF-8,
    which they are by no accident (RFC 3629 section 3). Then comes what the document
    says, if it can be read so, before what its server says: servers send the charset
    of somebody's configuration. A document without a zero is not in UTF-16, though
    .NET likes to write so.
    """
    for mark, name in _MARKS.items():
        if body.startswith(mark):
            return f"application/xml; charset={name}"
    if _is_utf8(body):
        return "application/xml; charset=utf-8"
    match = _DECLARED.match(body)
    declared = match[1].decode("latin-1") if match else ""
    if declared and not (_is_known(declared) and (b"\0" in body or not _is_wide(declared))):
        return f"application/xml; charset={'utf-8' if body.isascii() else 'windows-1252'}"
    if declared and _is_in(body, declared):
        return "application/xml"
    name = named(content_type)
    return content_type if not name or _is_known(name) else content_type.partition(";")[0]


def _is_utf8(body: bytes) -> bool:
    # ISO-2022-JP is ASCII to look at; UTF-16 and UTF-32 have zeros.
    return not body.isascii() and b"\0" not in body and _is_in(body, "utf-8")


def _is_in(body: bytes, name: str) -> bool:
    try:
        body.decode(name)
    except ValueError:
        return False
    return True


def _is_known(name: str) -> bool:
    try:
        found = codecs.lookup(name).name.replace("-", "_")
        "".encode(name)
    except (LookupError, ValueError):  # unknown, or no encoding of text ("base64")
        return False
    return found not in _NO_BROWSER_S


def _is_wide(name: str) -> bool:
    return codecs.lookup(name).name.startswith(("utf-16", "utf-32"))
