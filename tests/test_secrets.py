"""No token is ever in a log, an error, the store, or the site: those of the demo are looked for everywhere.

And so are those of a hub whose servers repeat what they were told, in every place that an answer has.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from traceback import format_exception
from typing import Any
from urllib.parse import quote, quote_plus
from zoneinfo import ZoneInfo

import pytest

from demo import DemoNetworks, secrets
from demo.brand import accounts
from forecourt import config
from forecourt.accounts import Account, link
from forecourt.connectors import Grant, Request, Response, advance
from forecourt.conversations import Conversations, Talk
from forecourt.errors import SettingsError
from forecourt.fetch import Answer, Door, Guard, Workers
from forecourt.ingest import Update, fetch
from forecourt.model import Secret
from forecourt.report import Listener
from forecourt.store import Store
from forecourt.tokens import Tokens, looks
from tests.conftest import NOW, ROOT, Hub
from tests.fetch.conftest import Asked, Site

KEPT = "tokens.json"  # the one place where they may be, for its owner alone


def leaks(text: bytes) -> set[str]:
    """The secrets in it: those that were planted, and those that the demo's platforms gave in their place."""
    found = {name for name, secret in secrets().items() if secret.encode() in text}
    return found | {mark for mark in ("-renewed", "-rotated") if mark.encode() in text}


def files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file() and path.name != KEPT)


def test_the_secrets_of_the_demo_are_many_and_can_be_looked_for() -> None:
    assert len(secrets()) >= 12
    assert all(len(secret) >= 16 for secret in secrets().values())
    assert leaks(b"x " + next(iter(secrets().values())).encode())


@pytest.mark.promise(57)
def test_nothing_that_a_hub_leaves_behind_holds_a_secret(
    larkwood: Hub, figure: Callable[[str], None]
) -> None:
    found = {path: leaks(path.read_bytes()) for path in files(larkwood.folder)}
    figure(f"{sum(map(bool, found.values()))} of {len(found):,} files hold one of {len(secrets())} secrets")
    assert len(found) > 100
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.promise(57)
@pytest.mark.parametrize("spoilt", ["", "expired", "revoked", "repeated"])
def test_no_log_error_or_report_holds_a_secret_whatever_the_platforms_do(tmp_path: Path, spoilt: str) -> None:
    """With every logger at its loudest; platforms end tokens, or repeat them in their errors."""
    log = tmp_path / "everything.log"
    handler = logging.FileHandler(log)
    loggers = [logging.getLogger(), logging.getLogger("httpx"), logging.getLogger("aiohttp.client")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    try:
        said = run(tmp_path, spoilt)
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)

    assert leaks(said.encode()) == set()
    assert len([*files(tmp_path)]) >= 3
    for path in files(tmp_path):
        assert leaks(path.read_bytes()) == set(), path


def run(folder: Path, spoilt: str) -> str:
    """Two fetches of everything, the second while the platforms misbehave; gives all that was reported."""
    with DemoNetworks(port=0) as demo:
        toml = (ROOT / "content/sources.toml").read_text("utf-8").replace("http://127.0.0.1:8473", demo.url)
        (folder / "sources.toml").write_text(toml, encoding="utf-8")
        settings = {"HUB_SOURCES": "sources.toml", "HUB_STATE": "state", "HUB_ALLOW_PRIVATE": "127.0.0.0/8"}
        found = config.load(settings, folder, {})
        said = ""
        for now in (NOW, NOW + timedelta(hours=25)):
            with Store(found.store, ZoneInfo("UTC")) as store:
                asked = fetch(found, link(found, secrets()), store, now, pictures=False)
                said += repr(asyncio.run(asked).as_json())
            for account in accounts():
                if spoilt == "expired":
                    demo.expire(account.name)
                elif spoilt == "revoked":
                    demo.revoke(account.name)
                elif spoilt == "repeated" and account.api:
                    body = f'{{"error": "bad token {" ".join(account.secrets.values())}"}}'.encode()
                    for request in [*demo.requests]:
                        if request.path.startswith(account.api):
                            demo.misbehave(
                                request.path, status=401, body=body, content_type="application/json"
                            )
        return said


# Canaries: secrets of a hub whose servers repeat them in every place that an answer has.

TOKEN = "tok-4fJ9xQ2mVb7Lw0ZpKd"  # given as it should be: a variable of the environment
PASSWORD = "pass/8 Rn+3Tz6YhGc1"  # likewise; it changes its looks in an address and in a header
KEY = "key-Vu5sN8eWq3XtBa"  # written into an address of sources.toml, as it should not be
BASIC = b64encode(f"hub:{PASSWORD}".encode()).decode()
CANARIES = (TOKEN, PASSWORD, quote(PASSWORD, safe=""), quote_plus(PASSWORD), BASIC, KEY)

ENTRY = "<entry><id>urn:{0}</id><title>{1}</title><link href='{2}'/><updated>2026-11-20T09:00:00Z</updated></entry>"
FEED = "<feed xmlns='http://www.w3.org/2005/Atom'><title>{0}</title><id>urn:f</id>{1}</feed>"
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-WR-CALNAME:{0}\r\nEND:VCALENDAR\r\n"


def canaries(text: bytes) -> set[str]:
    """The canaries in it, whole or their first half."""
    return {canary for canary in CANARIES if canary[: len(canary) // 2 + 1].encode() in text}


def said(status: str = "200 OK", body: str = "", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body.encode())}", *lines])
    return f"{head}\r\n\r\n{body}".encode()


def fine(title: str = "A feed", entry: str = ENTRY.format(1, "One", "https://blog.example/1")) -> str:
    return FEED.format(title, entry)


REPEATED: dict[str, Callable[[str], bytes]] = {
    "body": lambda it: said(body=f"<html><body>Authorization: {it}</body></html>"),
    "title": lambda it: said(body=fine(it)),
    "entry": lambda it: said(body=fine(entry=ENTRY.format(it, it, f"https://blog.example/?auth={it}"))),
    "picture": lambda it: said(
        body=fine(
            entry=ENTRY.format(1, "One", "https://blog.example/1").replace(
                "</entry>",
                f"<content type='html'>&lt;img src='http://127.0.0.1:9/{quote(it)}.jpg'&gt;</content></entry>",
            )
        )
    ),
    "validators": lambda it: said(body=fine(), etag=f'"{it}"', last_modified=it),
    "retry": lambda it: said("429 Too Many Requests", it, retry_after=it),
    "status": lambda it: said(f"500 {it}", it),
    "refused": lambda it: said("401 Unauthorized", f'{{"error": "bad token {it}"}}', www_authenticate=it),
    "calendar": lambda it: said(body=CALENDAR.format(it), etag=f'"{it}"', content_type="text/calendar"),
    "moved": lambda it: said("301 Moved Permanently", location=f"/fine?auth={quote(it)}"),
    "moved-path": lambda it: said("301 Moved Permanently", location=f"/{quote(it)}/nowhere"),
    "moved-well": lambda it: said("301 Moved Permanently", location=f"/{quote(it)}/fine"),
    "moved-user": lambda it: said("302 Found", location=f"http://hub:{quote(it)}@127.0.0.1/"),
    "moved-wrong": lambda it: said("302 Found", location=f"http://[{it}"),
    "named": lambda it: said(
        body=f"<html><head><link rel='alternate' type='application/atom+xml' href='/fine?auth={quote(it)}'>"
        "</head><body>The journal</body></html>",
        content_type="text/html",
    ),
    "coding": lambda it: said(body="x", content_encoding=it),
    "charset": lambda it: said(body=fine(), content_type=f"application/atom+xml; charset={it}"),
    "xml": lambda it: said(body=f"<rss><{it}"),
    "json": lambda it: said(body=f'{{"version": "https://jsonfeed.org/version/1.1", "{it}'),
    "cut": lambda it: b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\nconnection: close\r\n\r\n" + it.encode(),
    "no-header": lambda it: f"HTTP/1.1 200 OK\r\n{it}\r\n\r\n".encode(),
    "no-http": lambda it: f"{it}\r\n\r\n".encode(),
}
"""What servers answer that repeat what they were told, by where they do."""

OF_CALENDARS = {"calendar", "refused", "charset", "no-http"}
"""Where only one kind of account is tried, a calendar with its password is; a feed with its token elsewhere."""

# What Python runs before anything else: every logger at its loudest, every step of the loop too slow.
LOUD = """
import asyncio, logging, pathlib
logging.basicConfig(filename=pathlib.Path(__file__).with_name("everything.log"), level=1)
_init = asyncio.BaseEventLoop.__init__
def init(self):
    _init(self)
    self.slow_callback_duration = 0
asyncio.BaseEventLoop.__init__ = init
"""


def repeat(site: Site, *, all_ways: bool) -> str:
    """Let the site repeat the secret it is told, on each path in another place; the accounts to ask it with.

    Each way is tried with one kind of secret, or with all.
    """

    def answering(way: Callable[[str], bytes]) -> Callable[[Asked], bytes]:
        return lambda asked: way(asked.headers.get("authorization", "").partition(" ")[2])

    for told in (TOKEN, BASIC, quote(BASIC)):
        site.routes[f"/fine?auth={told}"] = site.routes[f"/{told}/fine"] = said(body=fine())
        site.routes[f"/{told}/nowhere"] = said("404 Not Found", "Not here")
    tables = []
    for number, (name, way) in enumerate(REPEATED.items()):
        path = f"/{name}?api_key={KEY}"
        site.routes[path] = answering(way)
        url = site.url(path, host=f"127.0.0.{number % 2 + 1}")
        kinds = {
            "feed": 'token = "env:CANARY_TOKEN"',
            "calendar": 'account = "hub"\npassword = "env:CANARY_PASSWORD"',
        }
        for kind in ("feed", "calendar") if all_ways else ("calendar" if name in OF_CALENDARS else "feed",):
            head = f'[[source]]\nname = "{kind}-{name}"\nconnector = "{kind}"\nurl = "{url}"'
            tables.append(f"{head}\n{kinds[kind]}\n")
    return "\n".join(tables)


@pytest.mark.promise(57)
def test_a_server_that_repeats_what_it_was_told_gets_it_into_no_place(
    hub: Hub, tmp_path: Path, scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    """With the real tasks; `invoke fetch` in Python's development mode, every logger at its loudest."""
    (tmp_path / "sitecustomize.py").write_text(LOUD, encoding="utf-8")
    environ = {"CANARY_TOKEN": TOKEN, "CANARY_PASSWORD": PASSWORD}
    loud = environ | {"PYTHONPATH": str(tmp_path), "PYTHONDEVMODE": "1"}
    later = {"HUB_NOW": (NOW + timedelta(days=4)).isoformat()}
    all_ways = bool(scale(0, 1))
    with Site() as site:
        hub.link(repeat(site, all_ways=all_ways))
        done = [hub.invoke("fetch", "--debug", **loud)]
        if all_ways:
            done.append(hub.invoke("fetch", "--json", "--debug", **loud, **later))
        done += [hub.invoke("status", "--json", **environ), hub.build(**environ)]

    assert [one.returncode for one in done][-3:] == [4, 4, 0], [one.stderr[-2000:] for one in done]
    told = {asked.headers.get("authorization") for asked in site.asked}
    assert told == {f"Bearer {TOKEN}", f"Basic {BASIC}"}, "they were told, so that they can repeat it"
    assert b"Executing <" in (tmp_path / "everything.log").read_bytes(), "every step of the loop was logged"
    found = {
        f"invoke, {number}": canaries(f"{one.stdout}{one.stderr}".encode()) for number, one in enumerate(done)
    }
    mine = {tmp_path / "sources.toml", tmp_path / "sitecustomize.py"}
    found |= {str(path): canaries(path.read_bytes()) for path in files(tmp_path) if path not in mine}
    holding = {place: names for place, names in found.items() if names}
    figure(f"{len(REPEATED)} ways to repeat a secret: {len(holding)} of {len(found)} places hold one")
    assert holding == {}


WRONG = {
    "the token itself": f'token = "{TOKEN}"',
    "the token behind env:": f'token = "env:{TOKEN}"',
    "the token with another name": f'tokken = "{TOKEN}"',
    "a token that is no text": f'token = ["{TOKEN}"]',
    "a token in a table": f'token = {{env = "{TOKEN}"}}',
    "a token without quotes": f"token = {TOKEN}",
    "a token with half its quotes": f'token = "{TOKEN}',
    "a token that names itself": f"{TOKEN}",
    "a token with a break in it": f'token = "\\q{TOKEN}"',
    "a user and a password": f'profile = "https://hub:{TOKEN}@blog.example"',
    "an address that is none": f'profile = "blog.example?auth={TOKEN}"',
    "a key in an address that is none": f'url = "blog.example/feed?auth={TOKEN}"',
}
"""Wrong lines of sources.toml that hold a secret."""

SETTINGS: dict[str, dict[str, Any]] = {
    "the hub's address": {"HUB_ADDRESS": f"https://hub:{TOKEN}@hub.example"},
    "no address": {"HUB_ADDRESS": f"hub:{TOKEN}@hub.example"},
    "the site's address": {"SITEURL": f"https://hub:{TOKEN}@hub.example"},
    "a link of the brand": {"HUB_BRAND": {"links": [("Shop", f"https://hub:{TOKEN}@shop.example")]}},
    "a link that is none": {"HUB_BRAND": {"links": [("Shop", f"shop.example/?auth={TOKEN}")]}},
    "a brand that is no object": {"HUB_BRAND": TOKEN},
}


@pytest.mark.promise(57)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_secret_in_the_wrong_line_of_the_accounts_is_not_repeated(wrong: str, tmp_path: Path) -> None:
    head = '[[source]]\nname = "blog"\nconnector = "feed"\n'
    url = "" if wrong.startswith("url") else 'url = "https://blog.example/feed"\n'
    (tmp_path / "sources.toml").write_text(f"{head}{url}{wrong}\n", encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        link(config.load({"HUB_SOURCES": "sources.toml"}, tmp_path, {}), {})

    assert canaries("".join(format_exception(caught.value)).encode()) == set(), "nor with --debug"


@pytest.mark.promise(57)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_secret_in_a_wrong_setting_is_not_repeated(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "sources.toml").touch()
    found = config.load({"HUB_SOURCES": "sources.toml", **settings}, tmp_path, {})

    with pytest.raises(SettingsError) as caught:
        link(found, {})

    assert canaries("".join(format_exception(caught.value)).encode()) == set(), "nor with --debug"
    assert canaries(repr(found).encode()) == set()


def demo_accounts(folder: Path) -> tuple[Account, ...]:
    """The demo's accounts, which have secrets of every kind."""
    settings = {"HUB_SOURCES": str(ROOT / "content/sources.toml"), "HUB_STATE": "state"}
    return link(config.load(settings, folder, {}), secrets())


@pytest.mark.promise(57)
def test_nothing_shows_a_secret_when_it_is_printed(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """As a log, a debugger or a failing test prints it."""
    found = demo_accounts(tmp_path)
    shown: list[object] = [*found, *(account.connector for account in found)]
    shown += [advance(account.connector, account.name, "", ()) for account in found]
    tokens = Tokens(tmp_path)
    for account in found:
        tokens.let_in(account.name, account.connector, NOW)
        token = getattr(account.connector, "token", None)
        if isinstance(token, Secret):
            grant = Grant(token, NOW, token, NOW)
            tokens.keep(account.name, account.connector, grant, NOW)
            address = f"https://api.example/?access_token={token.reveal()}"
            headers = {"x-echo": token.reveal()}
            answer = Answer(200, address, token.reveal().encode(), headers, moved_to=address)
            response = Response(address, token.reveal().encode(), headers)
            request = Request(address, "POST", headers, token.reveal().encode())
            shown += [grant, answer, response, request, Talk(None, [answer], address)]
    settings = config.load({}, tmp_path, {})
    door = Door("test", Guard())
    known = frozenset(secrets().values())
    with Workers() as workers, Store(":memory:", ZoneInfo("UTC")) as store:
        talks = Conversations(door, workers, tokens, NOW)
        shown += [tokens, tokens._kept, tokens._kept.values(), door, workers, store, talks]
        shown += [Update(settings, store, talks, NOW, Listener(), known)]
        texts = [f"{one!r} {one}" for one in shown]

    found_in = {type(one).__name__ for one, text in zip(shown, texts, strict=True) if leaks(text.encode())}
    figure(f"{len(found_in)} of {len(shown)} objects show one when they are printed")
    assert len(shown) > 60
    assert found_in == set()


@pytest.mark.parametrize("before", ["", "a", "ab", "hub:", "someone:"])
@pytest.mark.parametrize("behind", ["", ":", "::", " and more"])
def test_a_secret_is_known_again_within_base64_whatever_stands_around_it(before: str, behind: str) -> None:
    text = b64encode(f"{before}{PASSWORD}{behind}".encode()).decode()

    assert [look for look in looks(PASSWORD) if look in text]
    assert min(map(len, looks(PASSWORD))) >= len(PASSWORD)


def test_a_secret_is_no_text_by_any_usual_way() -> None:
    secret = Secret(TOKEN)

    assert {f"{secret}", f"{secret!r}", f"{secret!s}", "%s" % secret, str([secret])} == {  # noqa: UP031 - logging does
        "Secret(•••)", "[Secret(•••)]",
    }  # fmt: skip


@pytest.mark.promise(57)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_no_process_is_started_with_a_secret_or_leaves_its_memory_behind(tmp_path: Path) -> None:
    import resource

    [account, *_] = [each for each in demo_accounts(tmp_path) if getattr(each.connector, "token", None)]
    with Workers(1) as workers:
        asyncio.run(workers.run(advance, account.connector, account.name, "", ()))
        lines = [path.read_bytes() for path in descendants(os.getpid())]
        with Workers(1) as others:
            assert asyncio.run(others.run(resource.getrlimit, resource.RLIMIT_CORE))[0] == 0

    assert len(lines) >= 2
    assert [line for line in lines if leaks(line)] == []


def descendants(pid: int) -> Iterator[Path]:
    """The command lines of all processes below this one."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield Path(f"/proc/{child}/cmdline")
            yield from descendants(int(child))


@pytest.mark.promise(57)
def test_tokens_that_were_given_are_for_their_owner_alone(larkwood: Hub) -> None:
    kept = larkwood.folder / "state" / KEPT

    assert leaks(kept.read_bytes())
    assert kept.stat().st_mode & 0o077 == 0
