"""The linked accounts as a list that readers import: OPML 2.0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecourt.site.syndication.markup import element, legal, lines, quoted


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed to subscribe to, and the page of which it is."""

    title: str
    feed: str
    page: str


@dataclass(frozen=True, slots=True)
class Group:
    """Feeds under one title."""

    title: str
    feeds: Sequence[Subscription]


def outlines(title: str, owner: str, groups: Sequence[Group]) -> bytes:
    """The list; ``owner`` is the page of whose feeds they are. It has no date: who needs one asks the server."""
    head = lines(
        4,
        element("title", legal(title)),
        element("ownerName", legal(title)),
        element("ownerId", owner),
        "<docs>http://opml.org/spec2.opml</docs>",
    )
    body = "".join(map(_group, groups))
    opening = "<?xml version='1.0' encoding='utf-8'?>\n<opml version=\"2.0\">"
    return f"{opening}\n  <head>{head}\n  </head>\n  <body>{body}\n  </body>\n</opml>\n".encode()


def _group(group: Group) -> str:
    name = quoted(legal(group.title))
    inside = lines(6, *map(_outline, group.feeds))
    return lines(4, f'<outline text="{name}" title="{name}">{inside}\n    </outline>')


def _outline(feed: Subscription) -> str:
    name = quoted(legal(feed.title))
    return (
        f'<outline type="rss" text="{name}" title="{name}" xmlUrl="{quoted(feed.feed)}" '
        f'htmlUrl="{quoted(legal(feed.page))}"/>'
    )
