import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt import text

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
