from __future__ import annotations

import re
from pathlib import Path

import pytest

from forecourt.deploy import headers, redirects
from forecourt.deploy.headers import FEEDS, IMMUTABLE, PAGES, PARTS
from forecourt.deploy.records import File
from forecourt.policy import HEADERS
from tests.conftest import Hub
from tests.deploy.edge import edge
from tests.deploy.sites import Site

EXPECTED = [
    ("index.html", "text/html; charset=utf-8", PAGES),
    ("files/agb.htm", "text/html; charset=utf-8", PAGES),
    ("theme/css/hub.css", "text/css; charset=utf-8", PAGES),
    ("theme/js/hub.js", "text/javascript; charset=utf-8", PAGES),
    ("search/index/engine3063023f7a0cc979/pagefind.js", "text/javascript; charset=utf-8", PAGES),
    ("search/index/shards.json", "application/json", PAGES),
    ("manifest.webmanifest", "application/manifest+json", PAGES),
    ("feed.xml", "application/atom+xml; charset=utf-8", FEEDS),
    ("tags/a/rss.xml", "application/rss+xml; charset=utf-8", FEEDS),
    ("tags/a/feed.json", "application/feed+json", FEEDS),
    ("events.ics", "text/calendar; charset=utf-8", FEEDS),
    ("sitemap.xml", "application/xml; charset=utf-8", FEEDS),
    ("follow/accounts.opml", "text/x-opml; charset=utf-8", FEEDS),
    ("robots.txt", "text/plain; charset=utf-8", FEEDS),
    ("pictures/1c/1c95bd79a6d476b26669bab1-800.avif", "image/avif", IMMUTABLE),
    ("pictures/share/84c05282232fb91c2e81c040.jpg", "image/jpeg", IMMUTABLE),
    ("images/logo.svg", "image/svg+xml; charset=utf-8", PARTS),
    ("images/1c95bd79a6d476b26669bab1.jpg", "image/jpeg", PARTS),
    ("theme/fonts/a.woff2", "font/woff2", PARTS),
    ("search/index/pages/pagefind.en-pages_438f8c886d8e0364.pf_meta", "application/octet-stream", IMMUTABLE),
    ("search/index/pages/index/en-pages_f7df3df.pf_index", "application/octet-stream", PARTS),
    ("files/Price List.PDF", "application/pdf", PARTS),
    (".nojekyll", "application/octet-stream", PARTS),
    ("x.wasm", "application/wasm", PARTS),
]


@pytest.mark.parametrize(("path", "media_type", "cache"), EXPECTED)
def test_each_file_has_its_type_and_its_span(path: str, media_type: str, cache: str) -> None:
    assert (headers.media_type(path), headers.cache_control(path)) == (media_type, cache)


def test_no_file_of_a_real_site_is_bytes_to_a_browser_but_those_of_the_search(
    larkwood: Hub, tmp_path: Path
) -> None:
    files = Site(larkwood.output, tmp_path / "digests").scan()
    unknown = {file.path for file in files if file.type == "application/octet-stream"}
    assert {Path(path).suffix for path in unknown} == {
        ".pf_fragment", ".pf_index", ".pf_meta", ".pf_filter", ".pagefind",
    }  # fmt: skip
    named = [file for file in files if file.cache == IMMUTABLE]
    assert {file.path.partition("/")[0] for file in named} == {"pictures", "search"}
    assert all(file.cache == IMMUTABLE for file in files if file.path.startswith("pictures/"))
    assert all(re.search(r"[0-9a-f]{16}", file.path) for file in named)


def files(*paths: str) -> list[File]:
    return [
        File(path, "", 1, headers.media_type(path), headers.cache_control(path)) for path in sorted(paths)
    ]


def test_the_headers_of_a_site_are_what_serving_it_at_home_says_and_more() -> None:
    assert headers.SITE.items() >= HEADERS.items()
    assert headers.SITE["Strict-Transport-Security"] == "max-age=31536000"
    assert "geolocation=()" in headers.SITE["Permissions-Policy"]


def test_no_two_rules_say_the_same_header_of_one_address() -> None:
    rules = headers.rules(files("index.html", f"pictures/a/{'a' * 24}.webp", "search/index/a.pf_meta"))
    assert [rule.pattern for rule in rules] == ["/*", "/pictures/*"]
    assert rules[0].headers == headers.SITE
    assert rules[1].headers == {"Cache-Control": IMMUTABLE}


def test_a_site_with_an_editor_has_its_policy_as_rules_of_a_host_cannot_be_taken_back() -> None:
    [rule] = headers.rules(files("index.html", "admin/index.html"))
    assert rule.headers == headers.ADMIN


def test_a_host_is_told_in_its_own_form() -> None:
    text = headers.netlify(files("index.html", f"pictures/a/{'a' * 24}.webp"))
    lines = text.splitlines()
    assert lines[0] == "/*"
    assert f"  Content-Security-Policy: {headers.SITE['Content-Security-Policy']}" in lines
    assert lines[-2:] == ["/pictures/*", f"  Cache-Control: {IMMUTABLE}"]
    assert max(map(len, lines)) <= 2000  # what Cloudflare takes


def test_nginx_serves_a_site_with_the_same_headers_as_a_bucket(site: Site, tmp_path: Path) -> None:
    paths = [path for path, _, _ in EXPECTED if path != "feed.xml"] + ["admin/index.html"]
    site.have(dict.fromkeys(paths, b"x"))
    snippet = tmp_path / "forecourt.conf"
    snippet.write_text(headers.nginx(), encoding="utf-8")
    own = tmp_path / "forecourt-server.conf"
    own.write_text(headers.nginx_server(), encoding="utf-8")
    with edge(
        tmp_path, f"root {site.output}; index index.html; include {own};", f"include {snippet};"
    ) as client:
        for file in site.scan():
            got = client.get(f"/{file.path}")
            assert got.status_code == 200, file.path
            assert got.headers["cache-control"] == file.cache, file.path
            expected = headers.ADMIN if file.path.startswith("admin/") else headers.SITE
            assert {name: got.headers.get(name) for name in expected} == expected
            if not file.path.endswith(("rss.xml", "feed.json")):  # nginx goes by endings
                assert got.headers["content-type"] == file.type, file.path
        assert client.get("/").headers["cache-control"] == PAGES
        assert client.get("/nowhere").headers["x-content-type-options"] == "nosniff"


def test_pages_that_only_lead_on_are_found_and_told_to_hosts(site: Site) -> None:
    moved = b'<!doctype html><meta http-equiv="refresh" content="0; url=/fr/posts/b&amp;c/">'
    site.have({
        "posts/a/index.html": moved, "fr/posts/a/index.html": moved, "about/index.html": moved,
        "posts/b/index.html": b"a post", "posts/big/index.html": moved + b" " * 5000,
    })  # fmt: skip
    leading = redirects.moved(site.output, site.scan())
    assert leading == {"fr/posts/a/index.html": "/fr/posts/b&c/", "posts/a/index.html": "/fr/posts/b&c/"}
    assert redirects.netlify(leading) == "/fr/posts/a/ /fr/posts/b&c/ 301\n/posts/a/ /fr/posts/b&c/ 301\n"
    assert redirects.netlify(leading, forced=True).splitlines()[1] == "/posts/a/ /fr/posts/b&c/ 301!"
