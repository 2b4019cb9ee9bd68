"""Where planets fail: one bad source, and the page or other people's posts are gone. Ours stays.

Tried on pelican-webring, pelican-feed-planet and osmosfeed: each dies on, or
loses posts to, at least one of these five.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import Hub

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0"><channel><title>{title}</title><link>https://blog.example/</link>{items}</channel></rss>"""
ITEM = "<item><title>{title}</title><link>https://blog.example/{title}</link>{date}<description>Text</description></item>"
DATED = "<pubDate>Sun, 01 Nov 2026 09:00:00 GMT</pubDate>"

Answer = Callable[[BaseHTTPRequestHandler], None]

pytestmark = pytest.mark.usefixtures("drawn")


def rss(*items: str, encoding: str = "utf-8") -> bytes:
    return RSS.format(encoding=encoding, title="A blog", items="".join(items)).encode(encoding)


def item(title: str, date: str = DATED) -> str:
    return ITEM.format(title=title, date=date)


def ok(body: bytes, content_type: str = "application/rss+xml") -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


class Blogs:
    """Blogs on loopback; ``over`` is set when the test is, so that none hangs for good."""

    def __init__(self, port: int, answers: dict[str, Answer], over: threading.Event) -> None:
        self.answers = answers
        self.over = over
        self.port = port

    def link(self, hub: Hub) -> None:
        hub.link(
            "\n".join(
                f'[[source]]\nname = "{path.strip("/")}"\nconnector = "feed"\nurl = "http://127.0.0.1:{self.port}{path}"\n'
                for path in self.answers
            )
        )

    def hang(self, _: BaseHTTPRequestHandler) -> None:
        self.over.wait(60)


@pytest.fixture
def blogs() -> Iterator[Blogs]:
    answers: dict[str, Answer] = {}
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers[self.path](self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Blogs(server.server_address[1], answers, over)
    over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def site(hub: Hub, blogs: Blogs) -> str:
    """The text of every page, after a fetch and a build that leave the well blog's post on the site."""
    blogs.answers["/well"] = ok(rss(item("Well")))
    blogs.link(hub)
    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))
    assert done.returncode in {0, 3}, done.stderr
    assert "Traceback" not in done.stderr
    pages = "".join(page.read_text(encoding="utf-8") for page in hub.output.rglob("*.html"))
    assert ">Well<" in pages
    return pages


def test_an_undated_item_is_shown_and_stays_where_it_is(hub: Hub, blogs: Blogs) -> None:
    blogs.answers["/undated"] = ok(rss(item("Undated", date=""), item("Dated")))
    first = site(hub, blogs)
    second = site(hub, blogs)

    assert ">Undated<" in first
    assert first == second


def test_a_500_keeps_the_posts_of_before(hub: Hub, blogs: Blogs) -> None:
    blogs.answers["/sick"] = ok(rss(item("Kept")))
    assert ">Kept<" in site(hub, blogs)

    blogs.answers["/sick"] = lambda request: request.send_error(500)
    assert ">Kept<" in site(hub, blogs)


def test_a_parked_page_keeps_the_posts_of_before(hub: Hub, blogs: Blogs) -> None:
    blogs.answers["/parked"] = ok(rss(item("Kept")))
    assert ">Kept<" in site(hub, blogs)

    blogs.answers["/parked"] = ok(
        b"<html><title>Buy this domain</title><body>Offers</body></html>", "text/html"
    )
    pages = site(hub, blogs)
    assert ">Kept<" in pages
    assert "Buy this domain" not in pages


def test_a_feed_in_iso_8859_1_is_read_as_it_is(hub: Hub, blogs: Blogs) -> None:
    blogs.answers["/latin"] = ok(rss(item("Grüße aus Öhringen"), encoding="iso-8859-1"))

    assert ">Grüße aus Öhringen<" in site(hub, blogs)


def test_a_source_that_hangs_costs_its_own_deadline_alone(hub: Hub, blogs: Blogs) -> None:
    blogs.answers["/hanging"] = blogs.hang
    blogs.answers["/well"] = ok(rss(item("Well")))
    blogs.link(hub)
    fetched = json.loads(hub.invoke("fetch", "--json").stdout)

    sources = {source["name"]: source for source in fetched["sources"]}
    assert sources["well"]["status"] == "new"
    assert sources["well"]["seconds"] < 10
    assert sources["hanging"]["status"] == "failed"
    assert "did not answer" in sources["hanging"]["error"]
    assert fetched["seconds"] < 45
    assert ">Well<" in site(hub, blogs)
