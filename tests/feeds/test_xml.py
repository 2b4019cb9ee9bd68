from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from forecourt import feeds
from forecourt.errors import BadData
from forecourt.feeds import Enclosure, Entry, Feed
from forecourt.model import Author, Engagement, Event, Media, Rating

FIXTURES = Path(__file__).parent / "fixtures"
CET = timezone(timedelta(hours=1))
URL = "https://larkwood.example/feed/x"


def read(name: str, content_type: str = "") -> Feed:
    return feeds.parse((FIXTURES / name).read_bytes(), content_type, URL)


def rss(item: str, namespaces: str = "") -> Entry:
    document = f'<rss version="2.0" {namespaces}><channel><title>t</title>{item}</channel></rss>'
    return feeds.parse(document.encode(), "", URL).entries[0]


def test_rss_2_is_read_with_its_modules() -> None:
    assert read("rss20.xml") == Feed(
        title="Larkwood & Sons",
        link="https://larkwood.example/",
        description="News of our shops",
        lang="en-GB",
        icon="https://larkwood.example/logo.png",
        hub="https://hub.example/",
        entries=(
            Entry(
                id="1234",
                link="https://larkwood.example/journal/boots?a=1&b=2",
                title="Boots – new",  # noqa: RUF001 - an en dash is wanted
                html='<p>All of it <img src="boots.jpg" alt="Boots"></p>',
                base="https://larkwood.example/journal/boots?a=1&b=2",
                authors=(Author("Ada Lark"),),
                published=datetime(2026, 11, 22, 9, 30, tzinfo=CET),
                updated=datetime(2026, 11, 22, 10, tzinfo=UTC),
                categories=("Boots", "Winter & snow"),
                enclosures=(Enclosure("https://larkwood.example/boots.pdf", "application/pdf"),),
                engagement=Engagement(comments=0),
                in_reply_to="https://other.example/1",
            ),
            Entry(
                id="https://larkwood.example/notes/2",
                link="https://larkwood.example/notes/2",
                html="<p>Line one &amp; two<br>Line three</p>",
                base="https://larkwood.example/notes/2",
                authors=(Author("The shop"),),
            ),
        ),
    )


def test_a_date_keeps_the_offset_that_it_was_written_with() -> None:
    published = read("rss20.xml").entries[0].published
    assert published is not None
    assert published.utcoffset() == timedelta(hours=1)


def test_rss_0_91_is_read_with_the_entities_of_html() -> None:
    feed = read("rss091.xml")
    assert (feed.lang, feed.title) == ("fr", "Larkwood")
    assert feed.entries == (
        Entry(
            link="https://larkwood.example/cafe",
            title="Café ouvert",
            html="<p>Bienvenue\xa0!</p>",
            base="https://larkwood.example/cafe",
        ),
    )


def test_rss_1_is_read_with_its_events() -> None:
    (entry,) = read("rss10.xml").entries
    assert entry.event == Event(
        datetime(2026, 12, 3, 18, tzinfo=CET), datetime(2026, 12, 3, 20, tzinfo=CET), "Larkwood Lyon"
    )
    assert (entry.id, entry.title, entry.authors) == (
        "https://larkwood.example/events/1",
        "Repair evening",
        (Author("Ada"),),
    )


def test_atom_is_read_with_base_language_and_markup() -> None:
    feed = read("atom10.xml")
    assert replace(feed, entries=()) == Feed(
        title="Larkwood <Blog>",
        link="https://larkwood.example/blog/",
        lang="de",
        icon="https://larkwood.example/blog/icon.png",
        hub="https://hub.example/",
    )
    first, second = feed.entries
    assert first.title == "1 < 2 <b>"
    assert first.link == "https://larkwood.example/blog/stiefel"
    assert first.base == "https://larkwood.example/blog/"
    assert first.html.startswith('<p>Neue <em>Stiefel</em><img src="s.jpg" alt="Stiefel">')
    assert first.categories == ("Stiefel",)
    assert first.media == (Media("audio", "https://larkwood.example/blog/stiefel.mp3"),)
    assert first.engagement == Engagement(comments=3)
    assert first.authors == (Author("Larkwood", url="https://larkwood.example/about"),)
    assert (first.lang, second.lang) == ("de", "fr")
    assert second.html == "<p>a &lt;b&gt; &amp;<br>c</p>"
    assert second.authors == (Author("Bo"), Author("Cy"))
    assert second.published == second.updated == datetime(2026, 11, 19, 9, tzinfo=UTC)


def test_atom_0_3_is_read() -> None:
    (entry,) = read("atom03.xml").entries
    assert entry.html == "<p>Old but gold</p>"
    assert entry.published == datetime(2004, 5, 1, 12, tzinfo=timezone(timedelta(hours=-5)))


def test_mastodon_s_pictures_have_their_descriptions_and_its_posts_their_text() -> None:
    first, second = read("mastodon.xml").entries
    assert first.html == '<p>Two pictures of <a href="https://social.example/tags/boots">#boots</a></p>'
    assert first.media == (
        Media("image", "https://social.example/1.png", "Brown boots on a bench"),
        Media("image", "https://social.example/2.png", "The same boots, worn"),
    )
    assert (second.title, second.html) == ("", "")
    assert second.media == (Media("image", "https://social.example/3.png", "Only a picture"),)


def test_a_film_has_its_poster_its_description_and_its_counts() -> None:
    film = read("media.xml").entries[0]
    assert film.media == (
        Media(
            "video",
            "https://video.example/v/abc?version=3",
            width=640,
            height=390,
            poster="https://video.example/abc.jpg",
        ),
    )
    assert film.html == "<p>First line</p><p>Second &amp; last</p>"
    assert film.engagement == Engagement(likes=69, views=1004)


def test_the_largest_of_a_picture_s_sizes_is_taken() -> None:
    assert read("media.xml").entries[1].media == (
        Media("image", "https://video.example/l.jpg", width=1000, height=500),
        Media("video", "https://video.example/f.mp4", duration=61),
        Media("image", "https://video.example/i.jpg?w=460", "In words", 460),
    )


def test_a_review_has_its_stars_and_a_thumbnail_stands_in_for_a_picture() -> None:
    review = read("media.xml").entries[2]
    assert review.rating == Rating(4)
    assert review.html == "<p>Would buy again</p>"
    assert review.media == (Media("image", "https://video.example/only.jpg"),)


def test_an_episode_has_its_length_and_its_cover() -> None:
    feed = read("podcast.xml")
    (episode,) = feed.entries
    assert feed.icon == "https://pod.example/cover.jpg"
    assert episode.episode
    assert episode.id == "ep-1"
    assert episode.media == (
        Media("audio", "https://pod.example/1.mp3", duration=3723, poster="https://pod.example/1.jpg"),
    )
    assert episode.enclosures == (Enclosure("https://pod.example/1.mp3", "audio/mpeg"),)


def test_a_document_that_is_not_well_formed_loses_details_only() -> None:
    whole = (FIXTURES / "media.xml").read_text()
    broken = whole.replace("<title>Films</title>", "<title>Films & more</title>")
    entries = feeds.parse(broken.encode(), "", URL).entries
    assert [entry.title for entry in entries] == ["How boots are made", "Sizes", "Great shoes"]
    assert entries[2].rating is None
    assert entries[2].media == (Media("image", "https://video.example/only.jpg"),)


def test_entities_are_not_expanded() -> None:
    document = (
        '<!DOCTYPE rss [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>&b;</title><item>'
        "<title>&f;</title><link>https://larkwood.example/1</link>"
        '<media:content url="https://larkwood.example/a.png"><media:description>&b;</media:description>'
        "</media:content></item></channel></rss>"
    )
    feed = feeds.parse(document.encode(), "", URL)
    assert "root:" not in repr(feed)
    assert all(not media.alt for media in feed.entries[0].media)


def test_an_id_does_not_depend_on_where_the_feed_lives() -> None:
    document = b"<rss version='2.0'><channel><item><guid>12</guid><title>a</title></item></channel></rss>"
    ids = {feeds.parse(document, "", url).entries[0].id for url in (URL, "https://elsewhere.example/")}
    assert ids == {"12"}


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("a@larkwood.store (Ada Lark)", Author("Ada Lark")),
        ("Ada Lark &lt;a@larkwood.store&gt;", Author("Ada Lark")),
        ("@larkwood", Author(handle="@larkwood")),
        ("https://social.example/u/ada", Author("ada", url="https://social.example/u/ada")),
        ("&lt;b&gt;Ada&lt;/b&gt;", Author("Ada")),
    ],
)
def test_an_author_is_a_name_and_never_an_address_of_mail(author: str, expected: Author) -> None:
    assert rss(f"<item><title>t</title><author>{author}</author></item>").authors == (expected,)


def test_an_author_who_is_only_an_address_of_mail_is_nobody() -> None:
    assert rss("<item><title>t</title><author>a@larkwood.store</author></item>").authors == ()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("AT&amp;amp;T", "AT&T"),
        ("&lt;b&gt;New&lt;/b&gt; boots", "New boots"),
        ("a &lt; b", "a < b"),
        ("two\n lines", "two lines"),
        ("<![CDATA[It&#8217;s]]>", "It\u2019s"),
    ],
)
def test_a_title_is_plain(title: str, expected: str) -> None:
    assert rss(f"<item><title>{title}</title></item>").title == expected


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("62:03", 3723),
        ("3723", 3723),
        ("3723.5", 3723),
        ("0", None),
        ("-5", None),
        ("an hour", None),
        ("9" * 99, None),
    ],
)
def test_a_length_is_read_in_every_way_it_is_written(duration: str, expected: int | None) -> None:
    entry = rss(
        '<item><enclosure url="https://pod.example/1.mp3" type="audio/mpeg"/>'
        f"<itunes:duration>{duration}</itunes:duration></item>",
        'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"',
    )
    assert entry.media[0].duration == expected


def test_the_format_is_found_in_the_document_and_not_in_its_media_type() -> None:
    assert len(read("rss20.xml", "text/html; charset=utf-8").entries) == 2
    assert len(read("feed-1.1.json", "application/rss+xml").entries) == 2


def test_junk_before_a_feed_does_not_hide_it() -> None:
    body = b"<br /><b>Warning</b>: mysql in /var/www<br />\n" + (FIXTURES / "rss20.xml").read_bytes()
    assert len(feeds.parse(body, "", URL).entries) == 2
    assert not feeds.is_page(body)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "an empty answer"),
        (b" \r\n\t", "an empty answer"),
        (b"\xff\xfe", "an empty answer"),
        (b"\x89PNG\r\n\x1a\n....", "a picture"),
        (b"\xff\xd8\xff\xe0....", "a picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04....", "a zip file"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"ID3\x04", "a recording"),
        (b"\0\0\0\x18ftypmp42", "a film"),
        (b"BEGIN:VCALENDAR\r\n", "a calendar"),
        (b"<!DOCTYPE html><title>x</title>", "a web page"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="x"/>', "a web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a feed"),
        (b"Bad gateway", "not a feed"),
        (b'{"error": "no"}', "no JSON Feed"),
        (b"[1, 2]", "no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "broken or cut off"),
        (b"[" * 100_000, "beyond all reason"),
        (b"<Rss><Title>t</Title><Items><Title>x</Title></Items></Rss>", "words of its own"),
        (b'<rss version="2.0"><channel><title>&#xD800;</title></channel></rss>', "too broken"),
    ],
)
def test_what_is_no_feed_is_named_in_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(BadData, match=sentence) as error:
        feeds.parse(body, "application/rss+xml", URL)
    assert str(error.value).startswith("larkwood.example sent ")
    assert str(error.value).endswith(".")


def test_a_feed_without_entries_is_a_feed() -> None:
    feed = feeds.parse(b'<rss version="2.0"><channel><title>t</title></channel></rss>', "", URL)
    assert (feed.title, feed.entries) == ("t", ())


def test_a_document_whose_name_is_a_file_is_not_opened() -> None:
    with pytest.raises(BadData):
        feeds.parse(__file__.encode(), "", URL)


def test_the_people_of_an_episode_are_its_authors() -> None:
    body = b"""<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
        xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Radio</title><item>
        <title>On glue</title><guid>1</guid><itunes:author>Radio</itunes:author>
        <podcast:person href="/wren" img="/wren.jpg">Wren Okafor</podcast:person>
        <podcast:person role="guest"> Maud  Kerrigan </podcast:person><podcast:person/>
        </item></channel></rss>"""
    (entry,) = feeds.parse(body, "text/xml", "https://radio.example/feed").entries

    assert entry.authors == (
        Author("Wren Okafor", url="https://radio.example/wren", avatar="https://radio.example/wren.jpg"),
        Author("Maud Kerrigan"),
    )


def test_entries_behind_an_error_are_missed_and_counted() -> None:
    whole = "".join(f"<entry><id>{number}</id><title>{number}</title></entry>" for number in range(9))
    broken = "<entry><title><![CDATA[A</title></entry>"
    document = f'<feed xmlns="http://www.w3.org/2005/Atom">{whole}{broken}{whole}</feed>'
    feed = feeds.parse(document.encode(), "application/atom+xml", URL)

    assert len(feed.entries) == 10
    assert feed.notes == ("9 of its entries could not be read: the document is broken; tell its owner",)


def test_a_feed_that_is_cut_off_is_not_taken_for_the_whole() -> None:
    cut = b"<rss><channel><item><title>One</title><guid>1</guid></item><item><title>Tw"
    with pytest.raises(BadData, match="only the beginning of a feed"):
        feeds.parse(cut, "application/rss+xml", URL)
