"""Documents made to do harm: read within five seconds and 300 MB, or dropped and named."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from forecourt import feeds
from forecourt.connectors import Batch, Request, Response, advance
from forecourt.connectors.feed import Feed
from forecourt.errors import BadData, ForecourtError
from forecourt.feeds import bounds
from forecourt.fetch import Workers
from tests.conftest import SHARED

THEIRS = SHARED / "hostile/bombs"
URL = "https://larkwood.example/feed"
SECONDS, MEMORY = 5.0, 300 * 1024**2
SECRET = "an inner secret"


def rss(inside: str, attributes: str = "", before: str = "") -> bytes:
    return f'<?xml version="1.0"?>{before}<rss version="2.0" {attributes}><channel>{inside}</channel></rss>'.encode()


def item(inside: str) -> bytes:
    return rss(f"<item><title>x</title>{inside}</item>")


def atom(inside: str) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>x</title>{inside}</entry></feed>'.encode()
    )


def json_feed(items: list[object]) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()


def entry(number: int, words: int = 4) -> str:
    text = "word " * words
    return f"<item><title>{number}</title><link>/{number}</link><description>{text}</description></item>"


def each(number: int, form: str) -> str:
    return "".join(form.replace("{}", str(one)) for one in range(number))


MEDIA = '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="/x.jpg" medium="image"/>'
LINK = '&lt;a href="/x">y&lt;/a> '
ATTACHMENT = {"url": "/x.mp3", "mime_type": "audio/mpeg"}

# Each by how many of what it has: everyday a fiftieth.
BOMBS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "entries": (50_000, lambda n: rss("".join(map(entry, range(n))))),
    "10 MB of entries": (10_000, lambda n: rss("".join(entry(one, 180) for one in range(n)))),
    "empty entries": (300_000, lambda n: rss("<item/>" * n)),
    "nested entries": (20_000, lambda n: rss("<item>" * n)),
    "nested elements": (100_000, lambda n: item("<a>" * n + "</a>" * n)),
    "nested XHTML": (20_000, lambda n: atom(f'<content type="xhtml">{"<div>" * n}{"</div>" * n}</content>')),
    "elements that stay open": (100_000, lambda n: item("<description>" + "<b>" * n)),
    "attributes": (100_000, lambda n: item("<a" + each(n, " a{}='x'") + "/>")),
    "attributes of the root": (100_000, lambda n: rss("", each(n, " a{}='>'"))),
    "namespaces": (20_000, lambda n: rss("", each(n, " xmlns:a{}='x:{}'"))),
    "links": (50_000, lambda n: atom('<link rel="alternate" href="/x"/>' * n)),
    "categories": (100_000, lambda n: item("<category>x</category>" * n)),
    "authors": (50_000, lambda n: atom("<author><name>a b</name></author>" * n)),
    "media": (20_000, lambda n: item(MEDIA * n)),
    "a long title": (5_000_000, lambda n: item(f"<title>{'x' * n}</title>")),
    "a long link": (1_000_000, lambda n: item(f"<link>https://larkwood.example/{'x' * n}</link>")),
    "a long date": (1_000_000, lambda n: item(f"<pubDate>{'1' * n}</pubDate>")),
    "a long author": (500_000, lambda n: item(f"<author>{'a@' * n}</author>")),
    "spaces": (5_000_000, lambda n: item(f"<description>{' ' * n}</description>")),
    "entities": (1_000_000, lambda n: item(f"<description>{'&amp;' * n}</description>")),
    "named entities": (1_000_000, lambda n: item(f"<description>{'&nbsp;' * n}</description>")),
    "angle brackets": (5_000_000, lambda n: b"<rss>" + b"<" * n),
    "an open comment": (5_000_000, lambda n: b"<rss><channel><!--" + b"-" * n),
    "an open section": (5_000_000, lambda n: b"<rss><item><description><![CDATA[" + b"]" * n),
    "declared entities": (300_000, lambda n: rss("", before="<!DOCTYPE x [" + "<!ENTITY a 'b'>" * n + "]>")),
    "10 MB of links": (40, lambda n: rss(f"<item><description>{LINK * 7000}</description></item>" * n)),
    "JSON entries": (50_000, lambda n: json_feed([{"id": str(one), "content_text": "x"} for one in range(n)])),
    "JSON numbers": (4_000_000, lambda n: json_feed([1] * n)),
    "JSON objects": (2_000_000, lambda n: json_feed([{}] * n)),
    "nested JSON": (50_000, lambda n: b'{"a":' * n + b"1" + b"}" * n),
    "a long number": (1_000_000, lambda n: b'{"items": [{"id": %s}]}' % (b"9" * n)),
    "tags": (500_000, lambda n: json_feed([{"title": "x", "tags": [str(one) for one in range(n)]}])),
    "attachments": (20_000, lambda n: json_feed([{"attachments": [ATTACHMENT] * n}])),
    "punycode": (5_000_000, lambda n: b'<?xml version="1.0" encoding="punycode"?><rss>' + b"a-" * n),
    "a page of links": (100_000, lambda n: b"<html>" + b"<link rel=alternate type=application/rss+xml href=/x>" * n),
    "a page of open tags": (3_000_000, lambda n: b"<html>" + b"<a " * n),
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What a document gave, with the seconds of CPU it took, and the bytes before it and at most."""

    said: str
    seconds: float = 0
    before: int = 0
    peak: int = 0


def measured(body: bytes) -> Cost:
    """Read a document; runs in a worker."""
    _reset_peak()
    before, started = _peak(), time.process_time()
    try:
        said = advance(Feed(URL), "bomb", "", (Response(URL, body),))
        gave = "" if isinstance(said, Request) else f"{len(said.posts)} posts {said.notes}"
        assert gave or isinstance(said, Request)
    except BadData as error:
        gave = str(error)
    return Cost(gave, time.process_time() - started, before, _peak())


def _reset_peak() -> None:
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5", encoding="ascii")


def _peak() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        found = next(
            line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")
        )
        return int(found.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(1) as running:
        yield running


def cost(workers: Workers, body: bytes, seconds: float = SECONDS) -> Cost:
    """What the document costs; one that was dropped cost what the limits let it."""
    try:
        return asyncio.run(workers.run(measured, body, seconds=seconds))
    except ForecourtError as error:
        return Cost(str(error))


def judge(costs: dict[str, Cost]) -> str:
    """Assert that each is within the limits or named, and say the worst."""
    read = {name: one for name, one in costs.items() if not one.said.endswith("for something smaller.")}
    assert [name for name, one in read.items() if one.seconds > SECONDS or not one.peak] == []
    slowest = max(one.seconds for one in read.values())
    memory = max(one.peak for one in read.values()) - min(one.before for one in read.values())
    assert memory <= MEMORY
    return (
        f"{len(read)} of {len(costs)} read or refused in {slowest:.1f} s of CPU and {memory // 1024**2} MB at most, "
        f"{len(costs) - len(read)} dropped and named"
    )


@pytest.mark.promise(22)
def test_a_bomb_is_read_within_limits_or_dropped_and_named(
    workers: Workers, scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    costs = {name: cost(workers, bomb(number // scale(50, 1))) for name, (number, bomb) in BOMBS.items()}
    figure(judge(costs))
    assert "first 2,000 are read" in costs["empty entries"].said
    assert "1,000 attributes" in costs["attributes"].said
    assert asyncio.run(workers.run(measured, item(""))).said == "1 posts ()", "the worker is well"


@pytest.mark.promise(21, 22)
@pytest.mark.skipif(not THEIRS.is_dir(), reason="needs ../shared/hostile/bombs beside the checkout")
def test_every_bomb_of_the_collection_is_read_within_limits_or_named(
    workers: Workers, figure: Callable[[str], None]
) -> None:
    rows = json.loads((THEIRS / "manifest.json").read_bytes())
    here = [row["file"] for row in rows if (THEIRS / row["file"]).exists()]
    costs = {name: cost(workers, (THEIRS / name).read_bytes()) for name in here}
    figure(judge(costs))
    assert len(here) >= 60
    assert not [name for name, one in costs.items() if "root:" in one.said]


def test_only_the_first_entries_of_a_long_document_are_read() -> None:
    number = bounds.MOST + 500
    entries = each(number, "<a:entry><a:id>{}</a:id></a:entry>")
    atoms = f'<a:feed xmlns:a="http://www.w3.org/2005/Atom">{entries}</a:feed>'
    documents = [
        rss(each(number, "<item><guid>{}</guid></item>")),
        atoms.encode(),
        json_feed([{"id": str(one)} for one in range(number)]),
    ]
    for document in documents:
        feed = feeds.parse(document, "", URL)
        assert [one.id for one in feed.entries] == [str(one) for one in range(bounds.MOST)]
        assert feed.notes == ("it has 2,500 entries; the first 2,000 are read",)


def test_a_long_tag_of_few_attributes_is_as_good_as_any() -> None:
    picture = f'<img alt="x" src="data:image/png;base64,{"A" * 100_000}==" title="a=b">'
    (post,) = feeds.parse(item(f"<description><![CDATA[{picture}]]></description>"), "", URL).entries
    assert "base64" in post.html


# What must never be expanded, fetched or opened. {file} holds a secret, at {address} somebody listens.
ENTITIES = {
    "billion laughs": '<!DOCTYPE r [<!ENTITY a "lol">{laughs}]>&j;',
    "quadratic blow-up": '<!DOCTYPE r [<!ENTITY j "{long}">]>{many}',
    "an external file": '<!DOCTYPE r [<!ENTITY j SYSTEM "{file}">]>&j;',
    "an external address": '<!DOCTYPE r [<!ENTITY j SYSTEM "http://{address}/j">]>&j;',
    "an external DTD": '<!DOCTYPE r SYSTEM "http://{address}/dtd">x',
    "a parameter entity": '<!DOCTYPE r [<!ENTITY % j SYSTEM "http://{address}/p"> %j;]>x',
    "a parameter entity of a file": '<!DOCTYPE r [<!ENTITY % f SYSTEM "{file}"><!ENTITY j "%f;">]>&j;',
    "XInclude": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{file}" parse="text"/>',
    "a stylesheet": '<?xml-stylesheet type="text/xsl" href="http://{address}/xsl"?>x',
    "a schema": '<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x http://{address}/x"/>x',
}


@pytest.mark.promise(23)
def test_no_entity_is_expanded_nothing_fetched_and_no_file_read(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    laughs = "".join(f'<!ENTITY {one} "{f"&{chr(ord(one) - 1)};" * 10}">' for one in "bcdefghij")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        filled = {"address": address, "file": (tmp_path / "secret").as_uri(), "laughs": laughs}
        filled |= {"long": "lol" * 1000, "many": "&j;" * 5000}
        said = {}
        for name, form in ENTITIES.items():
            document = form
            for key, value in filled.items():
                document = document.replace(f"{{{key}}}", value)
            doctype, mark, text = document.partition("]>") if "]>" in document else ("", "", document)
            body = rss(
                f"<item><title>x</title><description>{text}</description></item>", before=doctype + mark
            )
            try:
                batch = advance(Feed(URL), "bomb", "", (Response(URL, body),))
                assert isinstance(batch, Batch)
                said[name] = repr(batch)
            except BadData as error:
                said[name] = str(error)
        with pytest.raises(BlockingIOError):  # nobody has come
            listening.accept()
    found = [name for name, one in said.items() if SECRET in one]
    expanded = [name for name, one in said.items() if one.count("lol") > 2000]
    figure(f"0 requests, {len(found)} files read, {len(expanded)} expanded of {len(said)} documents")
    assert (found, expanded) == ([], [])


def test_a_document_that_takes_too_long_is_dropped_and_the_next_is_read(workers: Workers) -> None:
    lost = cost(workers, b"<rss>" + b"<" * 2_000_000, seconds=0.3)
    assert (
        lost.said
        == "It took more than 0.3 seconds to read and was dropped; ask its owner for something smaller."
    )
    assert cost(workers, item("")).said == "1 posts ()"
