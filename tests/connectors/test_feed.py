import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from forecourt.connectors import Batch, Request, Response, advance
from forecourt.connectors.feed import Feed
from forecourt.errors import BadData
from forecourt.model import Author, Engagement, Event, Kind, Media, Post, Rating, Secret
from tests.connectors.talks import Page, Samples, Talk, Unreadable, answer

FIXTURES = Path(__file__).parent / "fixtures" / "feed"
JOURNAL = Feed("https://larkwood.example/feed/x", token=Secret("journal-token-1"))
TALKS = (
    *(
        Talk(JOURNAL, (answer(f"feed/{path.name}", JOURNAL.url, headers={}),))
        for path in sorted(FIXTURES.glob("*.[xj]*"))
    ),
    Talk(JOURNAL, (answer("feed/page.html", JOURNAL.url), answer("feed/rss20.xml", JOURNAL.url))),
)
SAMPLES: Samples = {
    "mastodon/account-feed.rss": Page(JOURNAL, 1),
    "mastodon/recorded-gotosocial/feed.rss": Unreadable(JOURNAL, "RSS in words of its own"),
    "wordpress/recorded/feed.xml": Page(JOURNAL, 10),
}
URL = "https://larkwood.example/feed/x"
REL = 'rel="nofollow ugc noopener"'
CET = timezone(timedelta(hours=1))


def poll(body: bytes, **options: Any) -> Batch:
    batch = advance(Feed(**{"url": URL, **options}), "journal", "", (Response(URL, body),))
    assert isinstance(batch, Batch)
    return batch


def recorded(name: str, **options: Any) -> Batch:
    return poll((FIXTURES / name).read_bytes(), **options)


def posts(*items: dict[str, Any], **options: Any) -> tuple[Post, ...]:
    document = {"version": "https://jsonfeed.org/version/1.1", "home_page_url": "https://larkwood.example/"}
    return poll(json.dumps({**document, "items": items}).encode(), **options).posts


def test_an_entry_becomes_a_post() -> None:
    batch = recorded("rss20.xml")
    assert batch == Batch(
        posts=(
            Post(
                id="1234",
                source="journal",
                kind=Kind.PHOTO,
                permalink="https://larkwood.example/journal/boots?a=1&b=2",
                title="Boots – new",  # noqa: RUF001 - an en dash is wanted
                html='<p>All of it <img src="https://larkwood.example/journal/boots.jpg" alt="Boots"></p>',
                text="All of it",
                lang="en-GB",
                author=Author("Ada Lark"),
                published=datetime(2026, 11, 22, 9, 30, tzinfo=CET),
                updated=datetime(2026, 11, 22, 10, tzinfo=UTC),
                media=(Media("image", "https://larkwood.example/journal/boots.jpg", "Boots"),),
                engagement=Engagement(comments=0),
                tags=("Boots", "Winter & snow"),
                in_reply_to="https://other.example/1",
            ),
            Post(
                id="https://larkwood.example/notes/2",
                source="journal",
                kind=Kind.NOTE,
                permalink="https://larkwood.example/notes/2",
                html="<p>Line one &amp; two<br>Line three</p>",
                text="Line one & two\nLine three",
                lang="en-GB",
                author=Author("The shop"),
            ),
        ),
        whole=True,
        title="Larkwood & Sons",
    )


def test_mastodon_s_posts_are_notes_and_photos_with_their_descriptions() -> None:
    first, second = recorded("mastodon.xml", network="mastodon").posts
    assert [media.alt for media in first.media] == ["Brown boots on a bench", "The same boots, worn"]
    assert (first.text, first.kind) == ("Two pictures of #boots", Kind.PHOTO)
    assert (second.title, second.text, second.kind) == ("", "", Kind.PHOTO)


def test_an_event_a_review_a_film_and_an_episode_are_recognised() -> None:
    (event,) = recorded("rss10.xml").posts
    film, _, review = recorded("media.xml").posts
    (episode,) = recorded("podcast.xml").posts
    assert (event.kind, event.event) == (
        Kind.EVENT,
        Event(datetime(2026, 12, 3, 18, tzinfo=CET), datetime(2026, 12, 3, 20, tzinfo=CET), "Larkwood Lyon"),
    )
    assert (film.kind, film.text) == (Kind.VIDEO, "First line\n\nSecond & last")
    assert (review.kind, review.rating) == (Kind.REVIEW, Rating(4))
    assert (episode.kind, episode.permalink) == (Kind.EPISODE, "https://pod.example/1.mp3")


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"content_text": "short"}, Kind.NOTE),
        ({"content_text": "long " * 60}, Kind.NOTE),
        ({"title": "Boots", "content_text": "short"}, Kind.NOTE),
        ({"title": "Boots", "content_text": "long " * 60}, Kind.ARTICLE),
        ({"title": "Boots", "content_text": "long " * 60, "image": "/a.jpg"}, Kind.ARTICLE),
        ({"content_text": "short", "image": "/a.jpg"}, Kind.PHOTO),
        ({"attachments": [{"url": "/a.mp4", "mime_type": "video/mp4"}]}, Kind.VIDEO),
        ({"attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg"}]}, Kind.EPISODE),
    ],
)
def test_the_kind_is_told_from_what_an_entry_has(item: dict[str, Any], kind: Kind) -> None:
    assert [post.kind for post in posts(item)] == [kind]


def test_the_kind_can_be_given_for_all_entries() -> None:
    assert [post.kind for post in posts({"content_text": "short"}, kind="question")] == [Kind.QUESTION]


@pytest.mark.parametrize(
    "options", [{"kind": "blog"}, {"url": "larkwood.example"}, {"url": "file:///etc/passwd"}]
)
def test_a_wrong_option_is_said_in_a_sentence(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"kind|url must be"):
        Feed(**{"url": URL, **options})


def test_a_page_leads_to_the_first_feed_that_it_names() -> None:
    conversation = Feed("https://larkwood.example/").poll("journal", "")
    page = next(conversation)
    assert page.url == "https://larkwood.example/"
    asked = conversation.send(
        Response("https://www.larkwood.example/", (FIXTURES / "page.html").read_bytes())
    )
    assert asked.url == "https://www.larkwood.example/fr/journal.xml"
    with pytest.raises(StopIteration) as done:
        conversation.send(Response(asked.url, (FIXTURES / "rss20.xml").read_bytes()))
    batch = done.value.value
    assert len(batch.posts) == 2
    (note,) = batch.notes
    assert note == f"https://larkwood.example/ is a web page; its feed was found at {asked.url}"


def test_a_page_leads_one_hop_and_no_further() -> None:
    page = (FIXTURES / "page.html").read_bytes()
    answers = (
        Response("https://larkwood.example/", page),
        Response("https://larkwood.example/fr/journal.xml", page),
    )
    with pytest.raises(BadData, match="a web page, not a feed"):
        advance(Feed("https://larkwood.example/"), "journal", "", answers)


def test_a_page_that_names_no_feed_is_bad_data() -> None:
    with pytest.raises(BadData, match="names no feed"):
        poll(b"<!doctype html><title>Larkwood</title>")


@pytest.mark.parametrize(
    ("feed", "is_sent"),
    [
        ("https://larkwood.example/feed.xml", True),
        ("https://elsewhere.example/feed.xml", False),
        ("http://larkwood.example/feed.xml", False),
    ],
)
def test_a_token_goes_to_its_own_host_only(feed: str, is_sent: bool) -> None:
    connector = Feed("https://larkwood.example/", token=Secret("t0ken"))
    page = f'<html><link rel="alternate" type="application/rss+xml" href="{feed}">'.encode()
    first = advance(connector, "journal", "", ())
    second = advance(connector, "journal", "", (Response("https://larkwood.example/", page),))
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert first.headers["authorization"] == "Bearer t0ken"
    assert ("authorization" in second.headers) == is_sent


def test_an_id_is_the_entry_s_own_else_its_address_else_what_it_says() -> None:
    own, address, said, other = posts(
        {"id": "1", "url": "/a", "content_text": "a"},
        {"url": "/b?utm_source=feed", "content_text": "b"},
        {"content_text": "c"},
        {"content_text": "d"},
    )
    assert own.id == "1"
    assert address.id == "https://larkwood.example/b"
    assert len({said.id, other.id}) == 2
    assert posts({"content_text": "c"})[0].id == said.id


def test_entries_that_share_an_id_stay_apart_and_equal_ones_become_one() -> None:
    one, two, three = posts(
        {"id": "same", "url": "/1", "content_text": "a"},
        {"id": "same", "url": "/2", "content_text": "a"},
        {"id": "other", "url": "/3", "content_text": "a"},
        {"id": "same", "url": "/1", "content_text": "a"},
    )
    assert (one.id, two.id, three.id) == (
        "same https://larkwood.example/1",
        "same https://larkwood.example/2",
        "other",
    )


def test_entries_that_share_id_and_address_are_told_apart_by_their_text() -> None:
    found = posts(
        {"id": "same", "url": "/1", "content_text": "a"}, {"id": "same", "url": "/1", "content_text": "b"}
    )
    assert len({post.id for post in found}) == 2
    assert all(post.id.startswith("same ") for post in found)


def test_ids_do_not_depend_on_the_order_of_the_entries() -> None:
    items = [{"id": "same", "url": f"/{number}", "content_text": "a"} for number in range(3)]
    assert {post.id for post in posts(*items)} == {post.id for post in posts(*reversed(items))}


@pytest.mark.parametrize(
    ("item", "permalink"),
    [
        ({"url": "/a", "id": "https://larkwood.example/b"}, "https://larkwood.example/a"),
        (
            {"attachments": [{"url": "/a.pdf"}], "id": "https://larkwood.example/b"},
            "https://larkwood.example/a.pdf",
        ),
        ({"id": "https://larkwood.example/b"}, "https://larkwood.example/b"),
        ({"id": "tag:larkwood"}, ""),
        ({"url": "javascript:alert(1)"}, ""),
    ],
)
def test_a_permalink_is_found_wherever_there_is_one(item: dict[str, Any], permalink: str) -> None:
    assert [post.permalink for post in posts({"content_text": "x", **item})] == [permalink]


def test_the_address_of_the_feed_is_nobody_s_permalink() -> None:
    """It may hold a key, and is no page to read."""
    body = b'{"version": "https://jsonfeed.org/version/1", "items": [{"content_text": "x"}]}'
    assert poll(body).posts[0].permalink == ""


def test_an_entry_with_nothing_to_show_is_rejected_alone() -> None:
    items = [{"id": "1"}, 7, {"title": "Boots"}]
    batch = poll(
        json.dumps(
            {"version": "https://jsonfeed.org/version/1", "title": "Larkwood", "items": items}
        ).encode()
    )
    assert [post.title for post in batch.posts] == ["Boots"]
    assert batch.rejected == (
        "entry 2 is not an object",
        "entry 1 of Larkwood: it has neither title nor text nor picture",
    )


@pytest.mark.parametrize(
    ("title", "said", "expected"),
    [
        ("New boots!", "New boots!", ""),
        ("New boots are in the sh…", "New boots are in the shop, and more will come.", ""),
        ("New boots are in the sh...", "New boots are in the shop. " * 20, ""),
        ("New boots", "New boots: come in", ""),
        ("New boots", "Come in", "New boots"),
        ("New boots", "New boots\n\n" + "Here is all about them. " * 20, "New boots"),
        ("!!!", "New boots", "!!!"),
        ("New boots", "", "New boots"),
    ],
)
def test_a_title_that_only_repeats_the_text_goes(title: str, said: str, expected: str) -> None:
    (post,) = posts({"id": "1", "title": title, "content_text": said, "image": "/a.jpg"})
    assert post.title == expected


def test_pictures_come_once_with_their_descriptions_and_the_feed_s_own_first() -> None:
    html = (
        '<img src="https://larkwood.example/a-300x200.jpg" alt="Boots" width="300">'
        '<img src="/b.jpg" alt="Shop"><img src="/icon.png" width="24">'
        '<img src="https://secure.gravatar.com/avatar/1?s=96">'
    )
    (post,) = posts({"content_html": html, "image": "/a.jpg", "url": "/1"})
    assert post.media == (
        Media("image", "https://larkwood.example/a-300x200.jpg", "Boots", 300),
        Media("image", "https://larkwood.example/b.jpg", "Shop"),
    )


def test_a_gravatar_is_the_author_s_picture_and_not_the_post_s() -> None:
    avatar = "https://1.gravatar.com/avatar/1?s=96"
    (post,) = posts({"content_text": "x", "image": avatar, "authors": [{"name": "Ada"}, {"name": "Bo"}]})
    assert post.media == ()
    assert post.author == Author("Ada, Bo", avatar=avatar)


def test_tags_have_no_hash_and_come_once() -> None:
    (post,) = posts({"content_text": "x", "tags": ["#Boots", "boots", "Winter", "#", ""]})
    assert post.tags == ("Boots", "Winter")


def test_the_direction_is_that_of_the_text_and_the_language_the_entry_s() -> None:
    (post,) = posts({"content_text": "מגפיים חדשים בחנות", "language": "he"})
    assert (post.dir, post.lang) == ("rtl", "he")


def test_what_strangers_write_is_cleaned_wherever_it_stands() -> None:
    bad = '<img src=x onerror=alert(1)>"\x1b[31m\u202e'
    body = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [
                {
                    "id": bad,
                    "url": bad,
                    "title": bad,
                    "content_html": f"{bad}<a href='javascript:x()'>a</a>",
                    "tags": [bad],
                    "authors": [{"name": bad, "url": "javascript:x()", "avatar": "data:x"}],
                    "image": "javascript:x()",
                }
            ],
        }
    ).encode()
    (post,) = poll(body).posts
    assert "onerror" not in post.html
    assert "javascript" not in post.html
    assert post.media == (Media("image", post.media[0].url),)
    for word in (post.id, post.title, post.permalink, post.author.name, *post.tags):
        assert not {"\x1b", "\u202e", "\n"} & set(word)
    assert (post.author.url, post.author.avatar) == ("", "")


def test_a_feed_without_entries_says_so() -> None:
    batch = poll(b'{"version": "https://jsonfeed.org/version/1", "items": []}')
    assert (batch.posts, batch.notes, batch.whole) == ((), ("the feed has no entries",), True)


def test_links_in_the_text_are_completed_from_the_post_s_own_page() -> None:
    (post,) = posts({"url": "/journal/1/", "content_html": '<a href="more">more</a>'})
    assert post.html == f'<a href="https://larkwood.example/journal/1/more" {REL}>more</a>'
