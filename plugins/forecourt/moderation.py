"""What editors ask about single posts: how one was judged, and which wait for them. For their eyes alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from forecourt import text
from forecourt.accounts import Account
from forecourt.desk import Pick, writing
from forecourt.settling import Curator
from forecourt.store import Store
from forecourt.store.review import Reviewed

_EXCERPT = 400
_MOMENT = "%Y-%m-%d %H:%M %Z"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that is held: what it is, why, the file that would let it out, and the command that writes it."""

    key: str
    source: str
    label: str
    published: datetime
    title: str
    excerpt: str
    lang: str
    permalink: str
    reasons: tuple[str, ...]
    pictures: tuple[str, ...]
    """Files of its pictures that we keep, below the pictures' folder."""

    @property
    def file(self) -> str:
        """The name of the file below ``content/`` that says what becomes of it."""
        return f"picks/{self.key}.md"

    def pick(self, word: str) -> str:
        """The text of that file: ``word`` is approve or hide."""
        return writing.pick(
            "", f"/posts/{self.key}/", {word: "yes"}, f"{self.label}: {self.title or self.excerpt[:60]}"
        )

    def command(self, word: str) -> str:
        """The command that writes it."""
        return f"invoke pick {self.key} --{word}"


def queue(store: Store, accounts: Sequence[Account]) -> list[Waiting]:
    """The posts that are held, the newest first. Of accounts that are not linked nothing is shown."""
    labels = {account.name: account.source.label for account in accounts}
    return [
        Waiting(
            each.key, each.post.source, labels[each.post.source], each.published.astimezone(store.timezone),
            each.post.title, text.excerpt(each.post.text, _EXCERPT), each.post.lang, each.post.permalink,
            each.reasons, tuple(_thumbnails(store, each)),
        )
        for each in store.review.with_status("held")
        if each.post.source in labels
    ]  # fmt: skip


def _thumbnails(store: Store, each: Reviewed) -> Iterator[str]:
    for url in each.post.pictures()[:4]:
        if picture := store.pictures.get(url):
            yield picture.file(picture.widths[0] if picture.widths else picture.width)


def why(store: Store, accounts: Mapping[str, Account], curator: Curator, address: str) -> list[list[str]]:
    """How the posts at an address were judged, merged and placed: sentences, a list for each post."""
    return [[*_why(store, accounts, curator, key)] for key in store.curations.found(address)]


def _why(store: Store, accounts: Mapping[str, Account], curator: Curator, key: str) -> Iterator[str]:
    each = store.review.one(key)
    account = accounts.get(each.post.source)
    label = account.source.label if account else each.post.source
    yield f"{each.post.title or text.excerpt(each.post.text, 80) or key} ({label})"
    yield f"stands for /posts/{key}/, from {each.post.permalink or 'no address of its own'}"
    zone = store.timezone
    published, first = each.published.astimezone(zone), each.first_seen.astimezone(zone)
    yield f"published {published:{_MOMENT}}, first seen {first:{_MOMENT}}"
    if each.status == "gone":
        yield "gone: deleted at its origin, over its time, or forgotten; nothing of what it said is kept"
        return
    if account is None:
        yield f"not shown: sources.toml links no account called {each.post.source}, or it is switched off"
        return
    ((_, decision),) = curator.judged(account, store, [(each.post, each.published)])
    yield f"{decision.status}: {'; '.join(decision.reasons)}"
    if each.until:
        yield f"may be shown until {each.until.astimezone(zone):{_MOMENT}}, as the terms of its network say"
    if decision.leaves:
        yield f"leaves the site at {decision.leaves.astimezone(zone):{_MOMENT}}"
    lead = store.messages.lead(key)
    versions = store.messages.versions(lead)
    for version in versions:
        role = "shown" if version.rank == 0 else "another version"
        yield f"one message at /posts/{lead}/: {version.key} is {role}; {version.reason}"
    for pick in curator.picks.get(key, ()):
        yield f"picked in {pick.place}: {', '.join(_said_in(pick, zone)) or 'nothing is said of it'}"
    if each.listings:
        yield f"stands on {', '.join(each.listings)}"
    elif lead != key:
        yield f"stands at the address of {lead}, and its own leads there"


def _said_in(pick: Pick, zone: ZoneInfo) -> Iterator[str]:
    """What a pick says of its post, in words."""
    plain = {"hidden": pick.hide, "let out": pick.approve, "pinned": pick.pin}
    yield from (word for word, is_so in plain.items() if is_so)
    if pick.feature_until:
        yield f"kept first until {pick.feature_until.astimezone(zone):{_MOMENT}}"
    if pick.caption:
        yield f'with the caption "{text.excerpt(pick.caption, 60)}"'
    if any(pick.alts):
        yield "its pictures described"
    if pick.tags:
        yield f"tagged {', '.join(pick.tags)}"
    if pick.campaign:
        yield f"of the campaign {pick.campaign}"
    if pick.same or pick.apart:
        yield "told which posts say the same, and which do not"


def page(waiting: Sequence[Waiting], pictures: str, now: datetime) -> str:
    """The held posts as a page for the editors, at ``now`` in the hub's zone.

    ``pictures`` is the way from it to the folder of the pictures.
    """
    cards = "\n".join(_card(each, pictures) for each in waiting)
    said = f"{len(waiting)} held" if waiting else "Nothing waits."
    return writing.privately(said, f"<p>As of {now:{_MOMENT}}.</p>\n{cards}")


def _card(each: Waiting, pictures: str) -> str:
    shown = "".join(
        f'<img src="{escape(f"{pictures}/{file}")}" alt="" loading="lazy"> ' for file in each.pictures
    )
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in each.reasons)
    link = (
        f'<p><a href="{escape(each.permalink)}" rel="noreferrer noopener">{escape(each.permalink)}</a></p>'
        if each.permalink.startswith(("https://", "http://"))
        else ""
    )
    ways = "".join(
        f"<p>To {word} it: <code>{escape(each.command(word))}</code>, or save this as "
        f"<code>content/{escape(each.file)}</code>:</p><pre>{escape(each.pick(word))}</pre>"
        for word in ("approve", "hide")
    )
    return (
        f'<article><h2 lang="{escape(each.lang)}" dir="auto">{escape(each.title or each.label)}</h2>'
        f"<p>{escape(each.label)}, {each.published:{_MOMENT}}</p>"
        f'<p lang="{escape(each.lang)}" dir="auto">{escape(each.excerpt)}</p>'
        f"{shown}{link}<ul>{reasons}</ul>{ways}</article>"
    )
