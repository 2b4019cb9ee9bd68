"""JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1).

Readers "must be lenient" there: a value of the wrong type is as good as none,
and an item that is no object loses itself only.
"""

from __future__ import annotations

import html as entities
import json
from typing import Any

from forecourt import text, urls
from forecourt.errors import BadData
from forecourt.feeds import bounds
from forecourt.feeds.dates import moment
from forecourt.feeds.entries import Enclosure, Entry, Feed
from forecourt.feeds.modules import media_type
from forecourt.model import Author, Media

JSON = dict[str, Any]  # Any: whatever is in the document, checked where it is read.

_LONGEST_INTEGER = 18  # digits
_LONGEST_RECORDING = 7 * 24 * 3600


def read(body: bytes, url: str) -> Feed:
    """Read a JSON Feed. Raises BadData when the document is not one."""
    where = urls.host(url) or "the server"
    document = _document(body, where)
    if "jsonfeed.org" not in _text(document, "version") and not isinstance(document.get("items"), list):
        raise BadData(f"{where} sent JSON that is no JSON Feed; give the address of the feed itself.")
    every = _list(document, "items")
    items = every[: bounds.MOST]
    link = urls.absolute(_text(document, "home_page_url"), url)
    authors = _authors(document, link or url)
    return Feed(
        title=_title(document),
        link=link,
        description=text.line(_text(document, "description")),
        lang=text.language(_text(document, "language")),
        icon=urls.absolute(_text(document, "icon") or _text(document, "favicon"), url),
        hub=next(
            filter(None, (urls.absolute(_text(hub, "url"), url) for hub in _objects(document, "hubs"))), ""
        ),
        entries=tuple(_entry(item, link or url, authors) for item in items if isinstance(item, dict)),
        rejected=tuple(
            f"entry {number} is not an object"
            for number, item in enumerate(items, start=1)
            if not isinstance(item, dict)
        ),
        notes=bounds.note(len(every)),
    )


def _document(body: bytes, where: str) -> JSON:
    try:
        document = json.loads(body, parse_int=_integer, parse_constant=lambda _: None)
    except RecursionError as error:
        raise BadData(f"{where} sent JSON that is nested beyond all reason; tell its owner.") from error
    except ValueError as error:
        raise BadData(f"{where} sent JSON that is broken or cut off ({error}); tell its owner.") from error
    if not isinstance(document, dict):
        raise BadData(f"{where} sent JSON that is no JSON Feed; give the address of the feed itself.")
    return document


def _integer(digits: str) -> int | str:
    # Python refuses to read more than 4,300 digits; an id of that length is text to us anyway.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _entry(item: JSON, base: str, authors: tuple[Author, ...]) -> Entry:
    external = urls.absolute(_text(item, "external_url"), base)
    link = urls.absolute(_text(item, "url"), base) or external
    enclosures = tuple(_enclosures(item, base))
    return Entry(
        id=_id(item.get("id")),
        link=link,
        title=_title(item),
        html=_html(item),
        base=link or base,
        lang=text.language(_text(item, "language")),
        authors=_authors(item, base) or authors,
        published=moment(_text(item, "date_published")) or moment(_text(item, "date_modified")),
        updated=moment(_text(item, "date_modified")),
        categories=tuple(
            filter(None, (text.line(tag) for tag in _list(item, "tags") if isinstance(tag, str)))
        ),
        media=(*_pictures(item, base), *_recordings(item, base)),
        enclosures=enclosures,
        episode=any(_seconds(one) and _type(one, base) == "audio" for one in _objects(item, "attachments")),
    )


def _id(value: object) -> str:
    """Version 1.0: "if an id is presented as a number, a JSON Feed reader should coerce it to a string"."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return text.line(str(value))
    return ""


def _title(parsed: JSON) -> str:
    """Plain text, says the specification; WordPress's plugin writes ``&#8211;`` all the same."""
    return text.line(entities.unescape(_text(parsed, "title")))


def _html(item: JSON) -> str:
    html = _text(item, "content_html")
    return html if html.strip() else text.paragraphs(_text(item, "content_text") or _text(item, "summary"))


def _authors(parsed: JSON, base: str) -> tuple[Author, ...]:
    found = _objects(parsed, "authors") or [one for one in [parsed.get("author")] if isinstance(one, dict)]
    authors = (
        Author(
            name=text.line(_text(one, "name")),
            url=urls.absolute(_text(one, "url"), base),
            avatar=urls.absolute(_text(one, "avatar"), base),
        )
        for one in found
    )
    return tuple(author for author in authors if author.name)


def _pictures(item: JSON, base: str) -> list[Media]:
    """Take the item's image; the banner only where there is none, since both show the same."""
    addresses = (urls.absolute(_text(item, key), base) for key in ("image", "banner_image"))
    return [Media(type="image", url=url) for url in list(filter(None, addresses))[:1]]


def _recordings(item: JSON, base: str) -> list[Media]:
    found = []
    for attachment in _objects(item, "attachments"):
        type_, url = _type(attachment, base), urls.absolute(_text(attachment, "url"), base)
        if type_ and url:
            alt = text.line(_text(attachment, "title")) if type_ == "image" else ""
            found.append(Media(type=type_, url=url, alt=alt, duration=_seconds(attachment)))
    return found


def _enclosures(item: JSON, base: str) -> list[Enclosure]:
    found = (
        Enclosure(urls.absolute(_text(one, "url"), base), _text(one, "mime_type").lower())
        for one in _objects(item, "attachments")
    )
    return [enclosure for enclosure in found if enclosure.url]


def _type(attachment: JSON, base: str) -> Any:  # Any: media_type's literals
    return media_type(_text(attachment, "mime_type"), urls.absolute(_text(attachment, "url"), base))


def _seconds(attachment: JSON) -> int | None:
    value = attachment.get("duration_in_seconds")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value) if 0 < value < _LONGEST_RECORDING else None


def _text(parsed: JSON, key: str) -> str:
    value = parsed.get(key)
    return value if isinstance(value, str) else ""


def _list(parsed: JSON, key: str) -> list[Any]:
    value = parsed.get(key)
    return value if isinstance(value, list) else []


def _objects(parsed: JSON, key: str) -> list[JSON]:
    return [one for one in _list(parsed, key) if isinstance(one, dict)]
