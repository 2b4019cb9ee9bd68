"""The demo's server keeps the manners of real ones, and Larkwood's posts are as various as promised."""

import ast
import gzip
import io
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from PIL import Image

import demo
from demo import DemoNetworks, PortTakenError
from demo.brand import PICTURES, POSTS, Account, Picture, Post, Validators, accounts
from demo.networks import networks

ROOT = Path(__file__).parents[2]
EVERY_POST = [(account, post) for account in accounts() for post in account.posts]
FEEDS = {account.name: account for account in accounts() if account.path}
OPEN = [account for account in FEEDS.values() if not account.feed_token]
LOCKED = [account for account in FEEDS.values() if account.feed_token]

# Pictures whose authors wrote no alt text, on purpose: the hub must cope with them.
WITHOUT_ALT = {
    ("mastodon", "picnic.jpg"),
    ("journal", "soup.jpg"),
    ("pinterest", "coast-tall.jpg"),
    ("flickr", "garden-v.jpg"),
}


@pytest.fixture(scope="module")
def played() -> Iterator[DemoNetworks]:
    with DemoNetworks() as networks_played:
        yield networks_played


@pytest.fixture
def own() -> Iterator[DemoNetworks]:
    """A demo that a test may spoil."""
    with DemoNetworks() as networks_played:
        yield networks_played


def get(url: str, **headers: str) -> httpx.Response:
    """One plain request; headers are given with underscores, and gzip only where asked for."""
    sent = {"Accept-Encoding": "identity"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return httpx.get(url, headers=sent, trust_env=False)


def feed_of(played: DemoNetworks, account: Account) -> httpx.Response:
    token = {"Authorization": f"Bearer {account.token}"} if account.token else {}
    return get(played.url + account.path, **token)


def account_with(validators: Validators) -> Account:
    return next(account for account in OPEN if account.validators is validators)


# -- conditional requests -----------------------------------------------------------------------


@pytest.mark.parametrize("account", OPEN, ids=lambda account: account.name)
def test_an_account_honours_the_validators_it_declares(played: DemoNetworks, account: Account) -> None:
    first = feed_of(played, account)
    assert ("ETag" in first.headers) is (account.validators not in {Validators.MODIFIED, Validators.NONE})
    assert ("Last-Modified" in first.headers) is (
        account.validators not in {Validators.ETAG, Validators.NONE}
    )

    honoured = account.validators not in {Validators.IGNORED, Validators.NONE}
    expected = 304 if honoured else 200
    for ours, theirs in (("ETag", "If_None_Match"), ("Last-Modified", "If_Modified_Since")):
        if value := first.headers.get(ours):
            again = get(played.url + account.path, **{theirs: value})
            assert again.status_code == expected
            assert again.content == (b"" if honoured else first.content)


def test_every_way_of_validating_is_played() -> None:
    assert {account.validators for account in OPEN} == set(Validators)


def test_304_repeats_the_validators_and_has_no_body(played: DemoNetworks) -> None:
    url = played.url + account_with(Validators.BOTH).path
    first = get(url)
    again = get(url, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Vary"] == "Accept-Encoding"


def test_if_none_match_outweighs_if_modified_since(played: DemoNetworks) -> None:
    url = played.url + account_with(Validators.BOTH).path
    modified = get(url).headers["Last-Modified"]
    assert get(url, If_None_Match='"another"', If_Modified_Since=modified).status_code == 200


@pytest.mark.parametrize("form", ["W/{}", '"x", {}', "*"])
def test_if_none_match_takes_lists_weak_tags_and_the_star(played: DemoNetworks, form: str) -> None:
    url = played.url + account_with(Validators.ETAG).path
    assert get(url, If_None_Match=form.format(get(url).headers["ETag"])).status_code == 304


@pytest.mark.parametrize("since", ["yesterday", "Thu, 01 Jan 2015 00:00:00 GMT", ""])
def test_an_old_or_invalid_date_gets_the_whole_feed(played: DemoNetworks, since: str) -> None:
    url = played.url + account_with(Validators.MODIFIED).path
    assert get(url, If_Modified_Since=since).status_code == 200


def test_gzip_is_sent_when_asked_for_and_has_its_own_etag(played: DemoNetworks) -> None:
    url = played.url + account_with(Validators.BOTH).path
    plain = get(url)
    with httpx.stream("GET", url, headers={"Accept-Encoding": "gzip"}, trust_env=False) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert response.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in get(url, Accept_Encoding="gzip;q=0").headers


# -- methods, addresses, media types ------------------------------------------------------------


def test_head_has_the_headers_and_no_body(played: DemoNetworks) -> None:
    url = played.url + "/blog/feed.xml"
    head = httpx.head(url, headers={"Accept-Encoding": "identity"}, trust_env=False)
    whole = get(url)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert head.headers[name] == whole.headers[name]


def test_other_methods_are_refused_with_what_is_allowed(played: DemoNetworks) -> None:
    response = httpx.post(played.url + "/blog/feed.xml", trust_env=False)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")


def test_an_unknown_address_is_404_in_the_form_of_its_kind(played: DemoNetworks) -> None:
    api, page = get(played.url + "/api/v1/nothing"), get(played.url + "/nothing")
    assert (api.status_code, api.json()) == (404, {"error": "Not Found"})
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")


def test_media_types_are_right_but_where_an_account_says_otherwise(played: DemoNetworks) -> None:
    for account in FEEDS.values():
        expected = account.media_type or networks()[account.network].media_type
        assert feed_of(played, account).headers["Content-Type"] == expected
    careless = {account.media_type.split(";")[0] for account in accounts() if account.media_type}
    assert {"text/html", "text/xml"} <= careless


def test_the_blog_names_its_hub_and_itself(played: DemoNetworks) -> None:
    links = feed_of(played, FEEDS["blog"]).headers.get_list("Link")
    assert '<https://hub.larkwood.example/>; rel="hub"' in links
    assert f'<{played.url}/blog/feed.xml>; rel="self"' in links


def test_an_account_behind_a_token_challenges_those_without(played: DemoNetworks) -> None:
    (account,) = LOCKED
    url = played.url + account.path
    for refused in (get(url), get(url, Authorization="Bearer wrong")):
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    assert feed_of(played, account).status_code == 200


def test_a_moved_account_answers_301_with_its_new_address(played: DemoNetworks) -> None:
    (account,) = [account for account in accounts() if account.moved_from]
    moved = get(played.url + account.moved_from)
    assert (moved.status_code, moved.headers["Location"]) == (301, played.url + account.path)


def test_a_page_names_its_feed(played: DemoNetworks) -> None:
    (account,) = [account for account in accounts() if account.page]
    page = get(played.url + account.page)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    (link,) = re.findall(r'<link rel="alternate"[^>]*>', page.text)
    assert f'href="{account.path}"' in link


def test_pictures_may_be_kept_for_ever(played: DemoNetworks) -> None:
    url = played.url + "/pictures/hero.jpg"
    first = get(url)
    assert first.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in first.headers["Cache-Control"]
    assert Image.open(io.BytesIO(first.content)).size == (800, 550)
    assert get(url, If_None_Match=first.headers["ETag"]).status_code == 304


def test_the_front_page_lists_every_account(played: DemoNetworks) -> None:
    page = get(played.url + "/").text
    assert all((account.page or account.path or account.api) in page for account in accounts())


# -- limits, faults, records --------------------------------------------------------------------


def test_too_many_requests_are_asked_to_wait(own: DemoNetworks) -> None:
    own.limit("mastodon", 2, seconds=30)
    url = own.url + FEEDS["mastodon"].path
    answers = [get(url) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 30
    assert get(own.url + "/blog/feed.xml").status_code == 200


def test_a_limit_for_all_accounts_may_be_set_at_the_start() -> None:
    with DemoNetworks(limit=1) as strict:
        codes = [get(strict.url + path).status_code for path in ("/dubai/feed.json", "/dubai/feed.json", "/")]
        assert codes == [200, 429, 200]
        assert get(strict.url + "/dubai/feed.json").json() == {"error": "Too Many Requests"}


def test_a_fault_lasts_as_often_as_it_was_asked_for(own: DemoNetworks) -> None:
    own.misbehave("/blog/feed.xml", status=503, retry_after=7, times=2)
    answers = [get(own.url + "/blog/feed.xml") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert "ETag" not in answers[0].headers


def test_a_fault_without_a_number_lasts_until_behave(own: DemoNetworks) -> None:
    own.misbehave("/blog/feed.xml", status=410)
    assert {get(own.url + "/blog/feed.xml").status_code for _ in range(3)} == {410}
    own.behave()
    assert get(own.url + "/blog/feed.xml").status_code == 200


def test_a_body_and_its_media_type_may_be_replaced(own: DemoNetworks) -> None:
    own.misbehave("/blog/feed.xml", body=b"<html>consent</html>", content_type="text/html", times=1)
    answer = get(own.url + "/blog/feed.xml")
    assert (answer.status_code, answer.content) == (200, b"<html>consent</html>")
    assert answer.headers["Content-Type"] == "text/html"


def test_a_redirect_may_be_played(own: DemoNetworks) -> None:
    own.misbehave("/blog/feed.xml", status=302, headers={"Location": "/blog/feed.xml"})
    answer = get(own.url + "/blog/feed.xml")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/blog/feed.xml")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_truncated_answer_breaks_off(own: DemoNetworks, encoding: str) -> None:
    own.misbehave("/blog/feed.xml", truncate=500, times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="500 bytes"):
        get(own.url + "/blog/feed.xml", Accept_Encoding=encoding)


def test_a_hanging_answer_never_comes_and_does_not_keep_the_demo_from_ending() -> None:
    with DemoNetworks() as hanging:
        hanging.misbehave("/blog/feed.xml", hang=True)
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(hanging.url + "/blog/feed.xml", timeout=httpx.Timeout(60, read=2), trust_env=False)
        assert [request.status for request in hanging.requests] == [0]


def test_an_account_may_lose_a_post_while_the_demo_runs(own: DemoNetworks) -> None:
    account = FEEDS["mastodon"]
    first = feed_of(own, account)
    own.show(replace(account, posts=account.posts[1:]))
    again = get(own.url + account.path, If_None_Match=first.headers["ETag"])
    assert again.status_code == 200
    assert len(feedparser.parse(again.content).entries) == len(account.posts) - 1


def test_requests_are_recorded_with_lower_case_headers(own: DemoNetworks) -> None:
    get(own.url + "/blog/feed.xml?page=2", X_Trace="abc")
    (request,) = own.requests
    assert (request.method, request.path, request.query, request.status) == (
        "GET",
        "/blog/feed.xml",
        "page=2",
        200,
    )
    assert request.headers["x-trace"] == "abc"


def test_a_taken_port_is_one_plain_sentence(played: DemoNetworks) -> None:
    port = int(played.url.rsplit(":", 1)[1])
    with pytest.raises(PortTakenError, match=f"Port {port} on 127.0.0.1 is taken"):
        DemoNetworks(port).__enter__()
    run = subprocess.run(
        [sys.executable, "-m", "demo", "--port", str(port)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1


# -- what is said -------------------------------------------------------------------------------


def parsed(body: bytes, account: Account) -> list[dict[str, Any]]:
    """The entries of a feed, read by somebody else's parser."""
    if account.path.endswith(".json"):
        items: list[dict[str, Any]] = json.loads(body)["items"]
        return items
    feed = feedparser.parse(body)
    assert not feed.bozo, feed.get("bozo_exception")
    return list(feed.entries)


@pytest.mark.parametrize("account", FEEDS.values(), ids=lambda account: account.name)
def test_every_feed_is_well_formed_and_has_every_post(played: DemoNetworks, account: Account) -> None:
    entries = parsed(feed_of(played, account).content, account)
    assert len(entries) == len(account.posts)
    assert len({entry.get("id") or entry["link"] for entry in entries}) == len(entries)


def test_json_feeds_hold_what_the_standard_asks_for(played: DemoNetworks) -> None:
    for account in (account for account in FEEDS.values() if account.network == "journal"):
        feed = feed_of(played, account).json()
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        for item in feed["items"]:
            assert isinstance(item["id"], str)
            assert item.get("content_html") or item.get("content_text")
            assert datetime.fromisoformat(item["date_published"]).tzinfo


def test_there_is_enough_of_everything() -> None:
    posts = [post for account in OPEN for post in account.posts]
    dates = [post.date for post in posts if post.date]
    kinds, langs = Counter(post.kind for post in posts), Counter(post.lang[:2] for post in posts)
    assert len(OPEN) >= 10
    assert len(posts) >= 220
    assert min(dates) >= datetime(2025, 5, 20, tzinfo=UTC).astimezone()
    assert max(dates) < datetime(2026, 11, 22, tzinfo=UTC)
    assert len({(date.year, date.month) for date in dates}) >= 17
    assert {"note", "article", "photo", "video", "review", "event", "episode", "question"} <= set(kinds)
    assert {"en", "fr", "de", "es", "ar"} <= set(langs)
    assert langs["ar"] >= 12
    assert {post.rating for post in posts if post.rating} == {1, 2, 3, 4, 5}


def test_the_awkward_ones_are_there() -> None:
    posts = [post for _, post in EVERY_POST]
    assert any(not post.date for post in posts)
    assert any(not post.title for account in OPEN if account.name == "blog" for post in account.posts)
    assert any(len(word) > 80 for post in posts for word in post.text.split() if "://" not in word)
    assert any('href="/' in post.html for post in posts)
    assert any("&rsquo;" in post.html for post in posts)
    assert sum(len(re.sub("<[^>]+>", " ", post.html).split()) >= 300 for post in posts) >= 10


def test_events_lie_behind_and_ahead() -> None:
    posts = FEEDS["events"].posts
    starts = [post.start for post in posts if post.start]
    assert len(starts) == len(posts)
    assert all(post.start and post.end and post.start < post.end and post.place for post in posts)
    assert any(start < datetime(2026, 11, 21, tzinfo=UTC) for start in starts)
    ahead = [s for s in starts if datetime(2026, 12, 1, tzinfo=UTC) <= s < datetime(2027, 3, 1, tzinfo=UTC)]
    assert len(ahead) >= 8


def test_announcements_are_made_on_several_networks_in_other_words() -> None:
    told: dict[str, list[tuple[str, str]]] = {}
    for account, post in EVERY_POST:
        if post.announcement:
            told.setdefault(post.announcement, []).append((account.name, post.text or post.html))
    assert len(told) >= 8
    for voices in told.values():
        assert len({name for name, _ in voices}) >= 2
        assert len({text for _, text in voices}) == len(voices)


def test_no_post_has_a_key_that_nobody_reads() -> None:
    for path in sorted(POSTS.glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"))
        known = {kind: {field.name for field in fields(kind)} for kind in (Account, Post, Picture)}
        assert set(table) <= known[Account]
        for post in table["posts"]:
            assert set(post) <= known[Post], f"{path.name}: {post['id']}"
            assert set(chain.from_iterable(post.get("pictures", []))) <= known[Picture]
            assert bool(post.get("text")) != bool(post.get("html")), f"{path.name}: {post['id']}"


def test_every_picture_exists_and_has_an_alt_text_unless_named_here() -> None:
    bare = set()
    for account, post in EVERY_POST:
        for picture in post.pictures:
            assert (PICTURES / picture.file).exists(), f"{account.name}: {post.id}"
            if not picture.alt:
                bare.add((account.name, picture.file))
    assert bare == WITHOUT_ALT
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 2_000_000


def test_every_picture_address_in_the_feeds_is_served(played: DemoNetworks) -> None:
    addresses: set[str] = set()
    for account in accounts():
        addresses |= set(
            re.findall(re.escape(played.url) + r"/pictures/[\w.-]+", feed_of(played, account).text)
        )
    assert len(addresses) > 30
    for address in addresses:
        assert httpx.head(address, trust_env=False).status_code == 200, address


def test_only_example_domains_are_named() -> None:
    everything = "".join(path.read_text("utf-8") for path in sorted(POSTS.glob("*.toml")))
    hosts = {host.split("/")[0] for host in re.findall(r"https?://([^\s\"<>)]+)", everything)}
    assert {host for host in hosts if not host.endswith(".example")} == set()


def test_two_starts_serve_the_same_bytes() -> None:
    def everything() -> dict[str, bytes]:
        with DemoNetworks() as started:
            bodies = {account.name: feed_of(started, account).content for account in FEEDS.values()}
            # The port is the only thing that may differ.
            return {name: body.replace(started.url.encode(), b"") for name, body in bodies.items()}

    assert everything() == everything()


def test_every_network_is_found_by_itself_and_used() -> None:
    assert set(networks()) == {account.network for account in accounts()}


def test_the_demo_reads_no_clock_into_its_bytes() -> None:
    """Only the rate limit and the moment that it names may look at one."""
    for path in Path(demo.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and path.name != "_api.py":
                assert node.attr not in {"now", "utcnow", "today", "time"}, path


def test_the_linked_accounts_are_played_and_every_account_is_linked(played: DemoNetworks) -> None:
    sources = tomllib.loads((ROOT / "content/sources.toml").read_text("utf-8"))["source"]
    assert len({source["name"] for source in sources}) == len(sources)
    addresses = {
        value for source in sources for value in source.values() if str(value).startswith("http://127.0.0.1")
    }
    paths = {address.removeprefix("http://127.0.0.1:8473") for address in addresses}
    known = {
        where
        for account in accounts()
        for where in (account.path, account.api, account.page, account.moved_from)
    }
    found = {path: next((where for where in known if where and path.startswith(where)), "") for path in paths}
    assert all(found.values()), found
    linked = {a.name for a in accounts() if {a.path, a.api, a.page, a.moved_from} & set(found.values())}
    assert {account.name for account in accounts()} - linked == {"trade"}, (
        "the one behind a token is for the tests"
    )
