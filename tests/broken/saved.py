"""How files are saved and what is pasted into them: encodings, line ends, signs that nobody sees, word processors."""

from __future__ import annotations

from tests.broken import Case, odd, wrong

NEWS = "Title: Café\nDate: 2026-11-22 09:00\n\nText.\n"

_WORD_TABLE = """\
Title: Prices
Date: 2026-11-22

<table class=MsoTableGrid border=1 style='border-collapse:collapse;mso-yfti-tbllook:1184'>
 <tr style='mso-yfti-irow:0'><td width=301 style='mso-border-alt:solid windowtext .5pt'>
 <p class=MsoNormal><span lang=FR style='mso-ansi-language:FR'>Lampe<o:p></o:p></span></p></td>
 <td><p class=MsoNormal>24,90\u00a0€<!--[if !supportLists]--><![endif]--></p></td></tr>
</table>
"""

CASES: tuple[Case, ...] = (
    odd("news/bom.md", b"\xef\xbb\xbf" + NEWS.encode(), title="Café"),
    odd("news/windows.md", NEWS.replace("\n", "\r\n"), title="Café", date="2026-11-22 09:00:00+01:00"),
    odd("news/old-mac.md", NEWS.replace("\n", "\r"), title="Café", date="2026-11-22 09:00:00+01:00"),
    odd("news/all-of-it.md", b"\xef\xbb\xbf" + ("---\n" + NEWS.replace("\n\n", "\n---\n\n")).replace("\n", "\r\n").encode(), title="Café"),
    odd("news/tabs.md", "Title:\tCafé\nDate:\t2026-11-22\nSummary: One\n\tand two.\n\nText.\n", summary="One and two."),
    odd("news/word-paragraph.md", "Title: Winter\u00a0hours\nDate:\u00a02026-11-22\n\nWe are\u00a0open un\u00adtil nine.\n", title="Winter hours"),
    odd("news/word-table.md", _WORD_TABLE, title="Prices"),
    odd("news/no-text.md", "Title: Short\nDate: 2026-11-22", title="Short"),
    wrong(
        "news/latin-1.md", NEWS.encode("latin-1"),
        "is skipped: it is not UTF-8 text; save it again as UTF-8",
    ),
    wrong(
        "news/utf-16.md", NEWS.encode("utf-16"),
        "is skipped: it is not UTF-8 text; save it again as UTF-8",
    ),
    wrong(
        "news/utf-16-no-mark.md", b"Title: Lamp\n".decode().encode("utf-16-le"),
        "is skipped: it is not text; save it again as UTF-8",
    ),
    wrong("news/nul.md", "Title: A\0B\nDate: 2026-11-22\n", "is skipped: it is not text; save it again as UTF-8"),
    wrong(
        "news/picture.md", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64),
        "is skipped: it is not UTF-8 text; save it again as UTF-8",
    ),
    wrong(
        "news/ten-megabytes.md", b"Title: Large\nDate: 2026-11-22\n\n" + b"![x](data:image/png;base64,AAAA)" * 330_000,
        "is skipped: it has more than 1 MB; keep pictures in files of their own",
    ),
    wrong(
        "news/empty.md", "",
        "line 1: the file is empty; it begins with a line such as Title: Winter in the shops",
    ),
    wrong(
        "news/blanks-alone.md", " \n\t\n",
        "line 1: the file is empty; it begins with a line such as Title: Winter in the shops",
    ),
    wrong("news/blank-first.md", "\n" + NEWS, "line 1: it is blank; the head begins on the first line"),
    wrong(
        "news/no-head.md", "We stay open until nine.\n",
        "line 1: a title is missing; write Title: Winter in the shops",
        "line 1: a date is missing; write Date: 2026-11-22 09:00",
    ),
    wrong(
        "news/blank-before-colon.md", "Title\u00a0: Café\nDate : 2026-11-22\n",
        "line 1: a blank stands before the colon; write Title:",
    ),
    wrong(
        "news/full-width-colon.md", "Title： Café\nDate： 2026-11-22\n",
        "line 1: between a field's name and its value stands a colon, as in Title: Winter",
    ),
    wrong(
        "news/equals.md", "Title: Café\nDate = 2026-11-22\n",
        "line 2: between a field's name and its value stands a colon, as in Title: Winter",
    ),
    wrong(
        "news/full-width-letters.md", "Ｔｉｔｌｅ: Café\n",
        "line 1: a sign that does not belong there stands in or before Title; type the name anew",
    ),
    wrong(
        "news/unseen.md", "Title: Café\n\u200bDate: 2026-11-22\n",
        "line 2: a sign that does not belong there stands in or before Date; type the name anew",
    ),
    wrong(
        "news/soft-hyphen.md", "Ti\u00adtle: Café\nDate: 2026-11-22\n",
        "line 1: a sign that does not belong there stands in or before Title; type the name anew",
    ),
    wrong(
        "news/lines-of-word.md", "Title: A\nDate: 2026-11-22\n\nOne\x0btwo\u2028three\x0cfour\n[x](visit.md)\n",
        "line 5: visit.md leads nowhere on the site; write {filename}visit.md",
    ),
)  # fmt: skip
