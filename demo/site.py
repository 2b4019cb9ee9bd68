"""What stands at which address: feeds, the pages that name them, old addresses, pictures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from xml.etree.ElementTree import Element, tostring

from demo.brand import PICTURES, Account, Validators, accounts
from demo.networks import networks
from demo.networks._xml import add

DRAWN = datetime(2025, 5, 1, tzinfo=UTC)
FRESH = "max-age=0, must-revalidate"
FOREVER = "public, max-age=31536000, immutable"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What one address answers, before any manners."""

    path: str
    body: bytes
    media_type: str
    account: str = ""
    changed: datetime = DRAWN
    validators: Validators = Validators.BOTH
    cache_control: str = FRESH
    links: tuple[str, ...] = ()
    token: str = ""
    moved_to: str = ""
    compressible: bool = True

    @property
    def etag(self) -> str:
        """A strong validator of these very bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:24]}"'


def resources(base: str) -> dict[str, Resource]:
    """Everything that the demo serves, by path."""
    found = {resource.path: resource for resource in (_front_page(base), *_pictures())}
    for account in accounts():
        found |= of_account(account, base)
    return found


def of_account(account: Account, base: str) -> dict[str, Resource]:
    """What one account serves, by path."""
    found = [_feed(account, base)] if account.path else []
    if account.page:
        found.append(_page(account))
    if account.moved_from:
        found.append(_moved(account, base))
    return {resource.path: resource for resource in found}


def _feed(account: Account, base: str) -> Resource:
    network = networks()[account.network]
    if network.render is None:
        raise TypeError(f"demo/networks/{account.network}.py writes no feed; {account.name} has a path")
    return Resource(
        path=account.path,
        body=network.render(account, base),
        media_type=account.media_type or network.media_type,
        account=account.name,
        changed=account.changed,
        validators=account.validators,
        links=network.links(account, base),
        token=account.feed_token,
    )


def _page(account: Account) -> Resource:
    """Write the account's own page, which names its feed the way blogs do."""
    page, head, body = _html(account.title, account.lang)
    media_type = networks()[account.network].alternate
    add(head, "link", rel="stylesheet", href="/style.css")
    add(head, "link", rel="alternate", type_=media_type, title=account.title, href=account.path)
    add(body, "p", account.description)
    for post in account.posts[:5]:
        add(add(body, "p"), "a", post.title or post.id, href=account.link(post))
    return Resource(path=account.page, body=_written(page), media_type=HTML, account=account.name)


def _moved(account: Account, base: str) -> Resource:
    return Resource(
        path=account.moved_from,
        body=b"Moved Permanently\n",
        media_type="text/plain; charset=utf-8",
        account=account.name,
        moved_to=base + account.path,
    )


def _front_page(base: str) -> Resource:
    """For a person who opens the demo's address: what is played, and where."""
    page, _, body = _html("Larkwood's networks, played on this computer", "en")
    items = add(body, "ul")
    for account in accounts():
        item = add(items, "li")
        add(item, "a", account.title, href=account.page or account.path or account.api)
        add(item, "small", f" {networks()[account.network].speaks}, {len(account.posts)} posts")
    add(body, "p", f"All of it is made up. Nothing here leaves {base}.")
    return Resource(path="/", body=_written(page), media_type=HTML, validators=Validators.NONE)


@cache
def _pictures() -> tuple[Resource, ...]:
    return tuple(
        Resource(
            path=f"/pictures/{file.name}",
            body=file.read_bytes(),
            media_type="image/jpeg",
            cache_control=FOREVER,
            compressible=False,
        )
        for file in sorted(PICTURES.glob("*.jpg"))
    )


def _html(title: str, lang: str) -> tuple[Element, Element, Element]:
    page = Element("html", {"lang": lang, "dir": "rtl" if lang.startswith("ar") else "ltr"})
    head, body = add(page, "head"), add(page, "body")
    add(head, "meta", charset="utf-8")
    add(head, "title", title)
    add(body, "h1", title)
    return page, head, body


def _written(page: Element) -> bytes:
    html: bytes = tostring(page, "utf-8", method="html")
    return b"<!DOCTYPE html>\n" + html + b"\n"
