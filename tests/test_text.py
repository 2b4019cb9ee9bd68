import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt import feeds, text, urls
from tests.conftest import ROOT, SHARED

BASE = "https://larkwood.example/journal/"
REL = 'rel="nofollow ugc noopener"'


def test_cleaning_keeps_what_a_post_may_hold() -> None:
    html = (
        '<p>New <em>boots</em><br><abbr title="Saint">St</abbr></p><ul><li>one</li></ul>'
        '<table><tbody><tr><th scope="row">Size</th><td colspan="2">43</td></tr></tbody></table>'
        '<figure><img src="https://larkwood.example/a.png" alt="Boots" width="640" height="480">'
        "<figcaption>Boots</figcaption></figure><pre><code>a &lt; b</code></pre>"
        '<time datetime="2026-11-22">today</time><details><summary>More</summary>text</details>'
    )
    assert text.clean(html, BASE) == html


def test_cleaning_takes_away_scripts_styles_classes_ids_and_handlers() -> None:
    html = (
        '<p class="a" id="b" style="color:red" onclick="x()">text<script>x()</script><style>p{}</style></p>'
        "<form><input value=1></form><object data=x></object><svg><title>t</title><path/></svg>"
    )
    assert text.clean(html, BASE) == "<p>text</p>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/shoes">x</a>', f'<a href="https://larkwood.example/shoes" {REL}>x</a>'),
        (
            '<a href="mailto:hello@larkwood.example">x</a>',
            f'<a href="mailto:hello@larkwood.example" {REL}>x</a>',
        ),
        ('<a href=" java&#10;script:x()">x</a>', f"<a {REL}>x</a>"),
        ('<a href="https://a:b@larkwood.example/">x</a>', f"<a {REL}>x</a>"),
        ('<blockquote cite="javascript:x()">x</blockquote>', "<blockquote>x</blockquote>"),
        ('<q cite="/source">x</q>', '<q cite="https://larkwood.example/source">x</q>'),
        ('<img src="a.png" srcset="http://tracker.example/a 2x">', f'<img src="{BASE}a.png">'),
        ('<img src="mailto:a@b.example">', ""),
        ('<img src="data:image/png;base64,AAAA" alt="x">', ""),
        ('<img width="100%" src="/a.png">', '<img src="https://larkwood.example/a.png">'),
    ],
)
def test_every_address_that_stays_is_absolute_and_harmless(html: str, expected: str) -> None:
    assert text.clean(html, BASE) == expected


def test_headings_begin_below_those_of_the_page() -> None:
    html = "<h1>a</h1><h2>b</h2><h3>c</h3><h6>d</h6>"
    assert text.clean(html, BASE) == "<h2>a</h2><h3>b</h3><h4>c</h4><h5>d</h5>"


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://larkwood.example/a.gif" width="1" height="1">',
        '<img src="https://larkwood.example/a.gif" height="0">',
        '<img src="https://feeds.feedburner.com/~r/larkwood/1">',
        '<img src="https://ad.doubleclick.net/x">',
    ],
)
def test_a_picture_that_counts_readers_goes(pixel: str) -> None:
    assert text.clean(f"<p>text</p><p>{pixel}</p>", BASE) == "<p>text</p>"


def test_an_embedded_player_becomes_a_link_to_it() -> None:
    html = '<iframe width="2" src="https://www.video.example/embed/1?a=1&amp;b=2">old browser</iframe>'
    html += '<iframe src="https://rcm.amazon-adsystem.com/e/cm?t=1"></iframe>'
    expected = f'<a href="https://www.video.example/embed/1?a=1&amp;b=2" {REL}>video.example</a>'
    assert text.clean(html, BASE) == expected


def test_a_lazy_picture_is_taken_from_its_noscript() -> None:
    html = '<img src="data:image/gif;base64,R0" data-src="/a.png"><noscript><img src="/a.png"></noscript>'
    assert text.clean(html, BASE) == '<img src="https://larkwood.example/a.png">'


def test_an_emoji_drawn_as_a_picture_becomes_the_emoji() -> None:
    html = '<p>Hi <img src="https://s.w.org/images/core/emoji/2.3/svg/1f642.svg" alt="🙂"></p>'
    assert text.clean(html, BASE) == "<p>Hi 🙂</p>"


def test_characters_that_cannot_be_shown_or_turn_the_text_are_removed() -> None:
    assert text.clean("a\x00b\x1bc\ud800d\ufffee &#x202e;f&#8235;", BASE) == "abcde f"


def test_html_beyond_the_cap_is_cut_off() -> None:
    html = "<p>begin</p>" + "x" * text.LONGEST + "<p>end</p>"
    cleaned = text.clean(html, BASE)
    assert cleaned.startswith("<p>begin</p>")
    assert "end" not in cleaned


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<div></x>",
        "<div><!--</div>-->",
        "<div a='</div>'>",
        "<div><style></div></style>",
        "<div><table><td></div>",
        '<p><b x="{}"></p>',
        "<ul><li>",
        "<nobr>",
    ],
)
def test_hostile_nesting_costs_little_and_keeps_its_text(piece: str) -> None:
    html = "begin " + "".join(piece.format(number) for number in range(text.LONGEST // len(piece) - 10))
    started = time.process_time()
    cleaned = text.clean(html, BASE)
    assert time.process_time() - started < 1.5
    assert cleaned.startswith("<p>begin")
    assert len(cleaned) < 2 * len(html)


def test_long_but_honest_markup_is_not_taken_for_nesting() -> None:
    paragraphs = "".join(f"<p>{n}<br><b>{n}</b>" for n in range(1000))
    rows = "".join(f"<tr><td>{n}<td><p>{n}" for n in range(1000))
    pairs = "".join(f"<dt>{n}<dd>{n}" for n in range(1000))
    cleaned = text.clean(f"{paragraphs}<table>{rows}</table><dl>{pairs}</dl>", BASE)
    assert cleaned.count("<b>") == cleaned.count("<tr>") == cleaned.count("<dt>") == 1000


def test_nesting_up_to_the_cap_stays() -> None:
    html = "<div>" * 200 + "x" + "</div>" * 200 + "<p>y</p>" * 300
    assert text.clean(html, BASE) == html


@given(st.text(alphabet=st.characters(), max_size=200), st.text(max_size=20))
def test_anything_can_be_cleaned_and_made_plain(html: str, base: str) -> None:
    cleaned = text.clean(html, base)
    assert text.clean(html, base) == cleaned
    text.plain(html).encode()
    text.excerpt(html, 10).encode()
    assert "\n" not in text.line(html)
    assert text.slug(html)


def test_plain_text_reads_as_it_was_laid_out() -> None:
    html = (
        "<h1>Sale</h1><p>Boots &amp;\n  shoes<br>now &lt; 50&nbsp;€</p><ul><li>black</li><li>brown</li></ul>"
        "<table><tr><td>Size</td><td>43</td></tr></table><div>End</div><script>x()</script>"
    )
    assert text.plain(html) == "Sale\n\nBoots & shoes\nnow < 50 €\n\nblack\nbrown\n\nSize 43\n\nEnd"


def test_plain_text_has_at_most_one_blank_line() -> None:
    assert text.plain("<p>a</p><p>&nbsp;</p><p></p><br><br><br><p>b</p>") == "a\n\nb"


def test_plain_text_becomes_paragraphs_again() -> None:
    assert text.paragraphs("a < b\nc\n\n \nd") == "<p>a &lt; b<br>c</p><p>d</p>"
    assert text.paragraphs(" \n") == ""


def test_a_line_has_no_breaks_no_controls_and_no_overrides() -> None:
    assert text.line(" a\r\n\tb\x00\x1b[31m \u202ec\u2066d ") == "a b [31m cd"


@pytest.mark.parametrize(
    ("words", "limit", "expected"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("a wonderful new shop", 16, "a wonderful new…"),
        ("one, two", 5, "one…"),
        ("日本語のとても長い文章", 6, "日本語のと…"),
        ("ab👨‍👩‍👧c", 5, "ab…"),
        ("abe\u0301fgh", 4, "ab…"),
        ("🇫🇷🇩🇪🇮🇹", 4, "🇫🇷…"),
        ("👍🏽👍🏽", 2, "…"),
        ("word", 0, "…"),
    ],
)
def test_an_excerpt_is_cut_where_a_reader_would_cut(words: str, limit: int, expected: str) -> None:
    assert text.excerpt(words, limit) == expected


@pytest.mark.parametrize(
    ("words", "lang", "expected"),
    [
        ("Hello", "", "ltr"),
        ("שלום", "", "rtl"),
        ("مرحبا بكم في متجرنا Larkwood", "en", "rtl"),
        ("Larkwood מזמינה אתכם לחנות החדשה", "", "rtl"),
        ("We say שלום to everybody", "he", "ltr"),
        ("שלום https://larkwood.example/a-very-long-address @larkwood #boots", "", "rtl"),
        ("123 🙂", "ar-EG", "rtl"),
        ("", "ku-Arab", "rtl"),
        ("", "de", "ltr"),
        ("", "arn", "ltr"),
    ],
)
def test_the_direction_is_that_of_most_letters(words: str, lang: str, expected: str) -> None:
    assert text.direction(words, lang) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        ("EN_gb", "en-GB"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("english", ""),
        ("", ""),
        ('en"><b>', ""),
    ],
)
def test_a_language_is_written_as_bcp_47_writes_it(tag: str, expected: str) -> None:
    assert text.language(tag) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("Crème Brûlée!", "crème-brûlée"),
        ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("東京", "東京"),
        ("Ｂｏｏｔｓ", "boots"),  # noqa: RUF001 - as Japanese keyboards write it
        ("../../etc/passwd", "etc-passwd"),
        ("a--b__c", "a-b__c"),
    ],
)
def test_a_slug_keeps_its_alphabet(tag: str, expected: str) -> None:
    assert text.slug(tag) == expected


@pytest.mark.parametrize("tag", ["", "!!!", "con", "COM¹", "Lpt9", "x" * 99, "東京" * 40])
def test_a_slug_is_never_empty_reserved_or_long(tag: str) -> None:
    slug = text.slug(tag)
    assert slug
    assert slug.lower() not in {"con", "com1", "lpt9"}
    assert len(slug.encode()) <= 60


def test_long_slugs_that_differ_late_stay_apart() -> None:
    assert text.slug("x" * 99 + "a") != text.slug("x" * 99 + "b")


def test_pictures_of_cleaned_html_are_listed_and_replaced() -> None:
    html = text.clean(
        '<p><img src="/a.png" alt="a &quot;b&quot; &gt; c" width=640><img src="/b.png"></p>', BASE
    )
    assert text.images(html) == [
        ("https://larkwood.example/a.png", 'a "b" > c', 640, None),
        ("https://larkwood.example/b.png", "", None, None),
    ]
    assert text.replace_images(html, lambda picture: f"[{picture.alt}]") == '<p>[a "b" > c][]</p>'


def test_text_does_not_need_pelican() -> None:
    code = "import sys, forecourt.text, forecourt.feeds; sys.exit('pelican' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<h3>a</h3><h5>b</h5><h3>c</h3>", "<h2>a</h2><h3>b</h3><h2>c</h2>"),
        ("<h4>a</h4><h2>b</h2><h6>c</h6>", "<h2>a</h2><h2>b</h2><h3>c</h3>"),
        ("<h1>1</h1><h4>2</h4><h5>3</h5><h6>4</h6>", "<h2>1</h2><h3>2</h3><h4>3</h4><h5>4</h5>"),
    ],
)
def test_headings_skip_no_level(before: str, after: str) -> None:
    assert text.clean(before, BASE) == after


def test_a_link_that_nothing_names_is_taken_away_and_its_picture_kept() -> None:
    picture = '<img src="https://blog.example/a.jpg" alt="">'

    assert text.clean(f'<p><a href="/x">{picture}</a><a href="/y"> </a>z</p>', BASE) == f"<p>{picture} z</p>"
    assert "<a " in text.clean(
        f'<a href="/x">{picture.replace(chr(34) * 2, chr(34) + "a vase" + chr(34))}</a>', BASE
    )


def test_a_link_round_a_picture_that_goes_goes_too() -> None:
    html = text.clean('<p><a href="/x"><img src="/a.jpg" alt="a vase"></a>z</p>', BASE)

    assert text.replace_images(html, lambda _: "") == "<p>z</p>"


@pytest.mark.promise(39)
def test_marks_do_not_pile_up_on_a_letter(figure: Callable[[str], None]) -> None:
    zalgo = "".join(f"{letter}{chr(0x300 + number) * 40}" for number, letter in enumerate("comes"))
    thai = "\u0e01" + "\u0e47" * 200

    for shown in (text.line(zalgo), text.plain(zalgo), text.plain(text.clean(zalgo, BASE))):
        assert max(len(pile) for pile in re.findall("[\u0300-\u036f]+", shown)) == 4
    assert text.line(thai) == "\u0e01" + "\u0e47" * 30
    figure("4 accents or 30 marks of any script on a letter, of 40 and 200")


@pytest.mark.parametrize(
    "words",
    [
        "Tiếng Việt",
        "e\u0323\u0302\u0301",
        "שָׁלוֹם",
        "हिन्दी",
        "ที่นี่",
        "བོད་སྐད",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    ],
)
def test_marks_that_languages_need_stay(words: str) -> None:
    assert text.line(words) == text.plain(words) == words


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>\u2068@larkwood\u2069 x</p>", "<p>\u2068@larkwood\u2069 x</p>"),
        ("<p>\u2067x</p><p>y</p>", "<p>\u2067x\u2069</p><p>y</p>"),
        ("<p>\u2067<b>x</b>\u2069</p>", "<p>\u2067<b>x</b>\u2069</p>"),
        ("<p>\u2067\u2066x<br>y</p>", "<p>\u2067\u2066x\u2069\u2069<br>y</p>"),
        ("<p>x\u2069\u2069</p>", "<p>x</p>"),
        ("<p>&#x2067;x", "<p>\u2067x\u2069</p>"),
        ('<p title="\u2067x">y</p>', '<p title="x">y</p>'),
    ],
)
def test_a_text_that_is_turned_ends_in_its_own_block(html: str, expected: str) -> None:
    assert text.clean(html, BASE) == expected


def test_a_line_that_is_turned_ends_with_it() -> None:
    assert text.plain("a \u2067b<br>c\u2069 d") == "a \u2067b\u2069\nc d"


@pytest.mark.promise(35)
def test_the_worst_html_is_cleaned_within_a_second_and_150_mb(
    scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    every = scale(4, 1)
    done = subprocess.run(
        [sys.executable, "-m", "tests.cleaning_cost", str(every)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    costs = [json.loads(each) for each in done.stdout.splitlines()]
    slowest = max(costs, key=lambda cost: cost["seconds"])
    largest = max(costs, key=lambda cost: cost["mb"])

    assert len(costs) > 30 / every
    assert slowest["seconds"] <= 1, slowest
    assert largest["mb"] <= 150, largest
    figure(f"{len(costs)} bombs: {slowest['seconds']:.1f} s and {largest['mb']:.0f} MB at worst")


class _Words(HTMLParser):
    """What a page shows, by Python's own parser and by none of ours."""

    HIDDEN = frozenset(
        {"script", "style", "title", "template", "iframe", "noembed", "noframes", "xmp", "svg"}
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.letters: list[str] = []
        self.count = {"img": 0, "table": 0, "pre": 0, "code": 0}
        self._inside: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in self.HIDDEN:
            self._inside.append(tag)
        elif tag in self.count and not self._inside and (tag != "img" or _is_shown(said)):
            self.count[tag] += 1
        if tag == "img" and "/images/core/emoji/" in (said.get("src") or ""):
            self.handle_data(said.get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[self._inside.index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.letters += [letter for letter in data if letter.isalnum()]


def _is_shown(image: dict[str, str | None]) -> bool:
    src = urls.absolute(image.get("src") or "", BASE)
    sizes = [int(size) for size in (image.get("width"), image.get("height")) if size and size.isdigit()]
    tracks = any(urls.host(src) == host or urls.host(src).endswith(f".{host}") for host in text.TRACKERS)
    return bool(src) and not tracks and "/images/core/emoji/" not in src and all(size > 2 for size in sizes)


HONEST = (
    "<h1>Sale</h1><p>Boots &amp; shoes — <em>now</em> &lt; 50&nbsp;€ <q>Größe 43</q></p>",
    "<table><caption>Sizes</caption><tr><th>EU<td>43<tr><th>UK<td>9</table>",
    "<pre><code class='language-c'>if (a &lt; b) { puts(\"x\"); }\n\n</code></pre><p><code>x &amp;&amp; y</code>",
    "<figure><img src=/a.jpg alt='A vase'><figcaption>A vase</figcaption></figure><img src='https://a.example/b.png'>",
    "<p dir=rtl>مرحبا <bdi>Larkwood</bdi> \u2067بكم\u2069</p><p lang=ja>東京の<ruby>店<rt>みせ</rt></ruby></p>",
    "<dl><dt>Open<dd>9 to 6<dt>Closed<dd>Sunday</dl><details><summary>More</summary>text</details>",
    "<center><font color=red>Old</font> <marquee>words</marquee></center><p>No end",
    "<section><article><p>In <custom-tag>its</custom-tag> own words</p></article></section>",
    "<blockquote cite=/x><p>Said<footer>— Zoë</footer></blockquote><ul><li>a<li>b</ul><hr><p>e\u0301 क्षि",
    "<p>1 < 2 and 3 > 2 & so on</p><!-- gone --><p>end",
)


def _real(every: int) -> list[str]:
    """The HTML of the real feeds beside this checkout, or of every so many of them."""
    found = []
    for path in sorted((SHARED / "feeds/real").glob("*.xml"))[::every]:
        found += [entry.html for entry in feeds.parse(path.read_bytes(), "", BASE).entries]
    return found


@pytest.mark.promise(34)
def test_honest_words_pictures_tables_and_code_come_through_whole(
    scale: Callable[[int, int], int], figure: Callable[[str], None]
) -> None:
    documents = [
        re.sub(r"(?is)<(iframe|video|audio|object|embed)\b.*?(</\1>|$)|</?noscript[^>]*>", "", html)
        for html in (*HONEST, *_real(scale(10, 1)))
    ]
    before = [_Words(html) for html in documents]
    after = [_Words(text.clean(html, BASE)) for html in documents]
    same = sum(one.letters == other.letters for one, other in zip(before, after, strict=True))
    lost = {
        kind: sum(
            max(one.count[kind] - other.count[kind], 0) for one, other in zip(before, after, strict=True)
        )
        for kind in before[0].count
    }

    assert [one.letters for one in before[: len(HONEST)]] == [one.letters for one in after[: len(HONEST)]]
    assert same >= 0.99 * len(documents)
    assert lost == dict.fromkeys(lost, 0)
    figure(f"{same} of {len(documents)} texts to the letter, every picture, table and piece of code")
