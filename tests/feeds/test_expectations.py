"""What feedparser expects of a feed, in its own words, asked of our reading."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench import expectations
from tests.conftest import ROOT

SUITE = ROOT / ".suites/feedparser/tests"

RSS = '<rss version="2.0"><channel>{}</channel></rss>'
ITEM = RSS.format("<item>{}</item>")
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">{}</feed>'
ENTRY = ATOM.format("<entry>{}</entry>")
OLD_ATOM = '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>{}</entry></feed>'
RDF = (
    '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/">{}</rdf:RDF>'
)

OURS = [
    (RSS.format("<title>Larkwood &amp; Sons</title>"), "feed['title'] == 'Larkwood & Sons'"),
    (RSS.format("<link>https://larkwood.example/</link>"), "feed['link'] == 'https://larkwood.example/'"),
    (RSS.format("<language>en-us</language>"), "feed['language'] == 'en-US'"),
    (RSS.format("<description>News &lt;b&gt;daily&lt;/b&gt;</description>"), "feed['subtitle'] == 'News daily'"),
    (ITEM.format("<title>Boots &lt;i&gt;new&lt;/i&gt;</title>"), "entries[0]['title'] == 'Boots new'"),
    (ITEM.format("<title><![CDATA[1 < 2]]></title>"), "entries[0]['title'] == '1 < 2'"),
    (ITEM.format("<guid>x1</guid><title>a</title>"), "entries[0]['id'] == 'x1' and entries[0]['title'] == 'a'"),
    (ITEM.format("<guid>http://a.example/1</guid>"), "entries[0]['link'] == 'http://a.example/1'"),
    (ITEM.format("<link>/boots</link>"), f"entries[0]['link'] == '{expectations.URL[:21]}/boots'"),
    (ITEM.format("<description>a &lt;b&gt;b&lt;/b&gt;</description>"), "entries[0]['summary'] == 'a <b>b</b>'"),
    (ITEM.format("<author>me@a.example (Ada Lark)</author>"), "entries[0]['author'] == 'Ada Lark'"),
    (ITEM.format("<category>Boots</category><category>Snow</category>"), "entries[0]['tags'][1]['term'] == 'Snow'"),
    (
        ITEM.format('<enclosure url="http://a.example/1.mp3" type="Audio/MPEG" length="1"/>'),
        "entries[0]['enclosures'][0]['type'] == 'audio/mpeg'",
    ),
    (
        ITEM.format("<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate>"),
        "entries[0]['published_parsed'] == (2004, 1, 1, 19, 48, 21, 3, 1, 0)",
    ),
    (RDF.format("<channel><title>a</title></channel>"), "feed['title'] == 'a'"),
    (
        RDF.format("<item><title>b</title><dc:creator>Ada</dc:creator><dc:subject>Boots</dc:subject></item>"),
        "entries[0]['title'] == 'b' and entries[0]['author'] == 'Ada' and entries[0]['tags'][0]['term'] == 'Boots'",
    ),
    (
        RDF.format("<item><dc:date>2003-12-31T10:14:55Z</dc:date></item>"),
        "entries[0]['updated_parsed'] == (2003, 12, 31, 10, 14, 55, 2, 365, 0)",
    ),
    (ATOM.format("<title type='html'>a &amp;lt; &lt;b&gt;b&lt;/b&gt;</title>"), "feed['title'] == 'a < b'"),
    (ATOM.format("<subtitle>News</subtitle>"), "feed['subtitle'] == 'News'"),
    (ATOM.format("<link href='/'/>"), f"feed['link'] == '{expectations.URL[:21]}/'"),
    (ENTRY.format("<title type='text'>a &lt;b&gt;</title>"), "entries[0]['title'] == 'a <b>'"),
    (ENTRY.format("<id>tag:a.example,2026:1</id>"), "entries[0]['id'] == 'tag:a.example,2026:1'"),
    (ENTRY.format("<link rel='alternate' href='http://a.example/1'/>"), "entries[0]['link'] == 'http://a.example/1'"),
    (ENTRY.format("<author><name>Ada</name></author>"), "entries[0]['authors'][0]['name'] == 'Ada'"),
    (ENTRY.format("<category term='boots'/>"), "entries[0]['tags'][0]['term'] == 'boots'"),
    (
        ENTRY.format("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a <b>b</b></div></content>"),
        "entries[0]['content'][0]['value'] == 'a <b>b</b>'",
    ),
    (ENTRY.format("<summary>a &lt;b&gt;</summary>"), "entries[0]['summary'] == 'a <b>'"),
    (
        ENTRY.format("<published>2003-12-31T10:14:55+01:00</published>"),
        "entries[0]['published_parsed'] == (2003, 12, 31, 9, 14, 55, 2, 365, 0)",
    ),
    (
        ENTRY.format("<updated>2004-01-01T00:00:00Z</updated>"),
        "entries[0]['updated_parsed'] == (2004, 1, 1, 0, 0, 0, 3, 1, 0)",
    ),
    (OLD_ATOM.format("<title mode='base64'>Qm9vdHM=</title>"), "entries[0]['title'] == 'Boots'"),
    (
        OLD_ATOM.format("<content type='text/html' mode='escaped'>&lt;p&gt;a&lt;/p&gt;</content>"),
        "entries[0]['content'][0]['value'] == '<p>a</p>'",
    ),
    (
        OLD_ATOM.format("<issued>2004-05-01T12:00:00-05:00</issued>"),
        "entries[0]['published_parsed'] == (2004, 5, 1, 17, 0, 0, 5, 122, 0)",
    ),
]  # fmt: skip


@pytest.mark.promise(24)
def test_what_is_expected_of_a_feed_holds(figure: Callable[[str], None]) -> None:
    verdicts = [one for body, said in OURS for one in expectations.of(body, body.encode(), "", said)]
    held = [one for one in verdicts if one.holds and not one.aside]
    figure(f"{len(held)} of {len(verdicts)} expectations of ours hold")
    assert [one for one in verdicts if one not in held] == []


@pytest.mark.parametrize("said", ["feed['title'] == 'Boats'", "entries[0]['link'] == 'http://b.example/'"])
def test_an_expectation_that_does_not_hold_is_found_out(said: str) -> None:
    (verdict,) = expectations.of("x", RSS.format("<title>Boots</title>").encode(), "", said)
    assert not verdict.holds


@pytest.mark.promise(24)
@pytest.mark.skipif(not SUITE.is_dir(), reason="needs feedparser's source distribution in .suites/feedparser")
def test_what_feedparser_expects_holds_for_every_field_that_we_use(figure: Callable[[str], None]) -> None:
    judged = [one for one in expectations.judge(SUITE) if not one.aside]
    held = sum(one.holds for one in judged)
    figure(f"{held} of {len(judged)} of feedparser's own ({held / len(judged):.1%})")
    assert len(judged) >= 600
    assert held / len(judged) >= expectations.ENOUGH
