"""Documents in every encoding: declared, in the header, by their mark, or lied about."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable

import pytest

from forecourt import feeds
from forecourt.errors import BadData
from tests.conftest import SHARED

THEIRS = SHARED / "hostile/bombs"
URL = "https://larkwood.example/feed"

TITLES = {
    "utf-8": "Ω 日本 𠀀 \N{EN DASH} café",
    "utf-16": "Ω 日本 𠀀",
    "utf-32": "Ω 日本 𠀀",
    "iso-8859-1": "café",
    "iso-8859-8": "חדשות",
    "iso-8859-15": "café €",
    "windows-1250": "Zprávy ěšč",
    "windows-1251": "Новости",
    "windows-1252": "“café” €",
    "windows-1253": "Νέα",
    "windows-1254": "Haberler ğşı",
    "windows-1255": "חדשות",
    "windows-1256": "أخبار",
    "koi8-r": "Новости",
    "shift_jis": "日本語ニュース",
    "euc-jp": "日本語ニュース",
    "iso-2022-jp": "日本語ニュース",
    "gb2312": "中文新闻",
    "gb18030": "中文新闻𠀀",
    "big5": "中文新聞",
    "euc-kr": "한국어 소식",
    "tis-620": "ข่าว",
    "macintosh": "café",
}
HEADERS = [
    "",
    "text/xml",
    "application/rss+xml",
    "text/html; charset=iso-8859-1",
    "text/xml; charset=none-such",
]


def document(title: str, declared: str = "") -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    return f'{declaration}<rss version="2.0"><channel><title>{title}</title></channel></rss>'


def read(body: bytes, content_type: str = "") -> str:
    try:
        return feeds.parse(body, content_type, URL).title
    except BadData as error:
        return str(error)


@pytest.mark.promise(28)
def test_a_document_is_read_in_the_encoding_that_it_declares(figure: Callable[[str], None]) -> None:
    wrong = [
        (encoding, header)
        for encoding, title in TITLES.items()
        for header in HEADERS
        if read(document(title, encoding).encode(encoding), header) != title
    ]
    figure(f"{len(TITLES) * len(HEADERS) - len(wrong)} of {len(TITLES) * len(HEADERS)} declared")
    assert wrong == []


@pytest.mark.promise(28)
def test_a_document_that_declares_nothing_is_read_as_its_header_says(figure: Callable[[str], None]) -> None:
    named = {encoding: title for encoding, title in TITLES.items() if encoding not in {"utf-16", "utf-32"}}
    right = [
        encoding
        for encoding, title in named.items()
        if read(document(title).encode(encoding), f'text/xml; charset="{encoding}"') == title
    ]
    figure(f"{len(right)} of {len(named)} by their header")
    assert right == list(named)


@pytest.mark.promise(28)
def test_a_document_with_a_mark_is_read_by_it(figure: Callable[[str], None]) -> None:
    marks = {
        "utf-8": codecs.BOM_UTF8,
        "utf-16-le": codecs.BOM_UTF16_LE,
        "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-32-le": codecs.BOM_UTF32_LE,
        "utf-32-be": codecs.BOM_UTF32_BE,
    }
    read_by_mark = [
        read(mark + document("Ω 日本", declared).encode(encoding), header)
        for encoding, mark in marks.items()
        for declared in ("", "utf-8", "iso-8859-1")
        for header in HEADERS
    ]
    figure(f"{read_by_mark.count('Ω 日本')} of {len(read_by_mark)} by their mark")
    assert set(read_by_mark) == {"Ω 日本"}


@pytest.mark.promise(28)
def test_what_a_document_is_counts_more_than_what_it_says(figure: Callable[[str], None]) -> None:
    utf8 = "Müller \N{EN DASH} 日本語"
    lies = {
        "UTF-8 that says Latin-1": (document(utf8, "iso-8859-1").encode(), utf8),
        "UTF-8 that says Windows-1252": (document(utf8, "windows-1252").encode(), utf8),
        "UTF-8 that says UTF-16": (document(utf8, "utf-16").encode(), utf8),
        "ASCII that says UTF-16": (document("News", "utf-16").encode(), "News"),
        "Windows-1252 that says UTF-8": (document("naïve €", "utf-8").encode("cp1252"), "naïve €"),
        "Windows-1252 that says nothing": (document("naïve €").encode("cp1252"), "naïve €"),
        "Windows-1252 that says UTF-16": (document("naïve €", "utf-16").encode("cp1252"), "naïve €"),
        "UTF-8 that says nonsense": (document(utf8, "none-such").encode(), utf8),
        "Windows-1252 that says IDNA": (document("naïve €", "idna").encode("cp1252"), "naïve €"),
        "ASCII that says base64": (document("News", "base64").encode(), "News"),
        "ASCII that says punycode": (document("a-b", "punycode").encode(), "a-b"),
        "UTF-7, which no browser reads": (document("+ADw-b+AD4-", "utf-7").encode(), "+ADw-b+AD4-"),
    }
    right = [
        name
        for name, (body, title) in lies.items()
        if all(read(body, header) == title for header in HEADERS[:3])
    ]
    figure(f"{len(right)} of {len(lies)} that lie")
    assert right == list(lies)


@pytest.mark.promise(28)
@pytest.mark.skipif(not THEIRS.is_dir(), reason="needs ../shared/hostile/bombs beside the checkout")
def test_every_encoding_of_the_collection_is_read(figure: Callable[[str], None]) -> None:
    rows = json.loads((THEIRS / "manifest.json").read_bytes())
    expected = {
        row["file"]: title[1] or title[2]
        for row in rows
        if "/enc" in row["file"]
        and (title := re.search(r"title '(.*)'|(Müller \u2013 [^ ]+(?: €)?)", row["expect"]))
    }
    given = {name: feeds.parse((THEIRS / name).read_bytes(), "", URL) for name in expected}
    wrong = [
        name for name, title in expected.items() if title not in [one.title for one in given[name].entries]
    ]
    figure(f"{len(expected) - len(wrong)} of {len(expected)} of a collection")
    assert len(expected) >= 19
    assert wrong == []
