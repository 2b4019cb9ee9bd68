"""Building XML: prefixed names as the platforms write them, all text escaped by ElementTree."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"


def add(parent: Element, name: str, text: object = "", **attributes: object) -> Element:
    """Append an element; attributes that are None are left out.

    In their names ``_`` stands for ``:``, and ``type_`` for ``type``.
    """
    element = SubElement(parent, name)
    element.text = str(text) or None
    for key, value in attributes.items():
        if value is not None:
            element.set(key.rstrip("_").replace("_", ":"), str(value))
    return element


def rss(**namespaces: str) -> tuple[Element, Element]:
    """Begin an ``rss`` element with its namespaces, and its channel."""
    root = Element("rss", {"version": "2.0"} | {f"xmlns:{key}": uri for key, uri in namespaces.items()})
    return root, SubElement(root, "channel")


def atom(lang: str, **namespaces: str) -> Element:
    """Begin an Atom ``feed`` element with its language and namespaces."""
    names = {f"xmlns:{key}": uri for key, uri in namespaces.items()}
    return Element("feed", {"xmlns": ATOM, "xml:lang": lang} | names)


def document(root: Element) -> bytes:
    """Write the finished document. Mixed content is left alone."""
    if not any(element.tail for element in root.iter()):
        indent(root, "  ")
    written: bytes = tostring(root, "utf-8", xml_declaration=True)
    return written + b"\n"


def rfc822(moment: datetime) -> str:
    """Write a date as RSS does, in the zone it was given in."""
    return format_datetime(moment)


def rfc3339(moment: datetime) -> str:
    """Write a date as Atom does, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
