"""What fields hold: dates, links, pictures, names, prices, hours, and what does not go together."""

from __future__ import annotations

from tests.broken import Case, odd, wrong

_HEAD = "Title: A\nStart: 2026-11-27 09:00\nEnd: 2026-11-30\n"


def _dated(date: str) -> str:
    return f"Title: A\nDate: {date}\n\nText.\n"


def _campaign(start: str, end: str) -> str:
    return f"Title: A\nStart: {start}\nEnd: {end}\n"


CASES: tuple[Case, ...] = (
    odd("news/hour-of-one-digit.md", _dated("2026-11-22 9:00"), date="2026-11-22 09:00:00+01:00"),
    odd("campaigns/other-zone.md", _campaign("2026-11-27 09:00 America/New_York", "2026-11-27 16:00 Europe/Paris"), title="A"),
    odd("campaigns/second-hour.md", _campaign("2026-10-25 02:30+02:00", "2026-10-25 02:15+01:00"), title="A"),
    odd("campaigns/one-day.md", _campaign("2026-11-27", "2026-11-27"), title="A"),
    odd("campaigns/price.md", _HEAD + "Price: 24,90 €\nPercent: 12,5 %\n", percent="12.5"),
    odd("stores/long-hours.md", "Title: A\nHours: Mo-Fr 10h-19h, Sa 9:00-18:00\nPosition: 45.7640, 4.8357\n", title="A"),
    wrong("news/february.md", _dated("2026-02-31"), 'line 2: the date "2026-02-31" is none that can be read; write it as 2026-11-22 09:00'),
    wrong("news/slashes.md", _dated("11/12/2026"), 'line 2: the date "11/12/2026" is none that can be read; write it as 2026-11-22 09:00'),
    wrong("news/hour-25.md", _dated("2026-11-22 25:00"), 'line 2: the date "2026-11-22 25:00" is none that can be read; write it as 2026-11-22 09:00'),
    wrong("news/in-words.md", _dated("next Monday"), 'line 2: the date "next Monday" is none that can be read; write it as 2026-11-22 09:00'),
    wrong("campaigns/no-such-zone.md", _campaign("2026-11-27 09:00 Europe/Pari", "2026-11-30"), 'line 2: the start names a zone "Europe/Pari" that is none; did you mean "Europe/Paris"?'),
    wrong("campaigns/backwards.md", _campaign("2026-11-30", "2026-11-27"), "line 3: it ends (2026-11-27) before it begins (2026-11-30); write the later one at End"),
    wrong("events/backwards.md", "Title: A\nStart: 2026-12-05 21:00\nEnd: 2026-12-05 18:00\n", "line 3: it ends (2026-12-05 18:00) before it begins (2026-12-05 21:00); write the later one at End"),
    wrong("campaigns/backwards-in-autumn.md", _campaign("2026-10-25 02:15+01:00", "2026-10-25 02:30+02:00"), "line 3: it ends (2026-10-25 02:30+02:00) before it begins (2026-10-25 02:15+01:00); write the later one at End"),
    wrong("campaigns/never-in-spring.md", _campaign("2026-03-29 02:30", "2026-03-29 03:15"), "line 3: it ends (2026-03-29 03:15) before it begins (2026-03-29 02:30); write the later one at End"),
    wrong("campaigns/no-end.md", "Title: A\nStart: 2026-11-27\n", "line 1: an end is missing; write End: 2026-11-30 23:59 Europe/Paris"),
    wrong("news/passwd.md", _dated("2026-11-22").replace("\n\n", "\nPicture: ../../etc/passwd\nAlt: x\n\n"), 'line 3: the picture "../../etc/passwd" is not a file in content/'),
    wrong("news/outside.md", "Title: A\nDate: 2026-11-22\nSave_as: ../../index.html\nUrl: /x/\n", "line 3: save_as leads out of the site; write it as winter/index.html", "line 4: url leads out of the site; write it as winter/"),
    wrong("news/no-picture.md", _dated("2026-11-22").replace("\n\n", "\nPicture: images/nope.jpg\nAlt: x\n\n"), 'line 3: the picture "images/nope.jpg" is not a file in content/'),
    wrong("news/svg.md", _dated("2026-11-22").replace("\n\n", "\nPicture: images/logo.svg\nAlt: x\n\n"), 'line 3: the picture "images/logo.svg" cannot be shown; save it as JPEG or PNG'),
    wrong("news/long-picture.md", _dated("2026-11-22").replace("\n\n", f"\nPicture: {'x' * 300}.jpg\nAlt: x\n\n"), f'line 3: the picture "{"x" * 300}.jpg" is not a file in content/'),
    wrong("news/dead-link.md", _dated("2026-11-22") + "[x]({filename}/pages/nope.md) and ![y](images/a.jpg)\n", "line 5: {filename}/pages/nope.md leads to no file in content/", "line 5: images/a.jpg leads nowhere on the site; write {static}/images/a.jpg"),
    wrong("news/mail.md", _dated("2026-11-22") + "[write](info@shop.example)\n", "line 5: info@shop.example leads nowhere on the site; write mailto:info@shop.example"),
    wrong("news/language.md", "Title: A\nDate: 2026-11-22\nLang: english\n", 'line 3: the language "english" is none; write it as en, fr or pt-BR'),
    wrong("news/status.md", "Title: A\nDate: 2026-11-22\nStatus: drft\n", 'line 3: the status "drft" is not known; did you mean "draft"?'),
    wrong("news/pinned.md", "Title: A\nDate: 2026-11-22\nPinned: maybe\n", 'line 3: pinned is yes or no, not "maybe"'),
    wrong("news/template.md", "Title: A\nDate: 2026-11-22\nTemplate: campain\nTags: x\n", 'line 3: the theme has no template "campain" for articles and pages; did you mean "campaign"?'),
    wrong("news/no-tag.md", "Title: A\nDate: 2026-11-22\nTemplate: campaign\n", "line 3: a campaign gathers the posts of its first tag; add a line Tags: gathering table"),
    wrong("news/long-title.md", f"Title: {'very ' * 60}long\nDate: 2026-11-22\n", "line 1: the title has 304 letters, and 150 fit; say the rest in Summary"),
    wrong("news/long-slug.md", f"Title: A\nDate: 2026-11-22\nSlug: {'very-' * 60}long\n", "line 3: the slug has 304 letters, and 100 fit"),
    wrong("campaigns/cheap.md", _HEAD + "Price: cheap\n", 'line 4: the price "cheap" is none that can be read; write it as 24.90 EUR'),
    wrong("campaigns/percent.md", _HEAD + "Percent: 120\n", 'line 4: percent is a number up to 100, such as 20, not "120"'),
    wrong("campaigns/channels.md", _HEAD + "Channels: larkwood-instagram, larkwood-facebok\n", 'line 4: channels: no account of sources.toml is called "larkwood-facebok"; did you mean "larkwood-facebook"?'),
    wrong("campaigns/link.md", _HEAD + "Link: larkwood.example/winter\n", 'line 4: the link "larkwood.example/winter" is no web address; write it whole, such as https://www.larkwood.example/winter/'),
    wrong("events/store.md", "Title: A\nStart: 2026-12-05\nStore: lion\n", 'line 3: store: no store is called "lion"; did you mean "lyon"?'),
    wrong("stores/hours.md", "Title: A\nHours: whenever\n", 'line 2: "whenever" is no day that is known here; write days as Mo, Tu, We, Th, Fr, Sa, Su'),
    wrong("stores/hours-backwards.md", "Title: A\nHours: Mo-Fr 19:00-10:00\n", 'line 2: "19:00-10:00" ends before it begins; write when it opens first, as in "10:00-19:00"'),
    wrong("stores/position.md", "Title: A\nPosition: 145.7, 4.8\n", 'line 2: latitude 145.7 must lie between -90 and 90; write it as "45.7640, 4.8357", latitude first, as maps on the web show it'),
    wrong("stores/email.md", "Title: A\nEmail: lyon at larkwood\n", 'line 2: the email "lyon at larkwood" is no e-mail address; write it as lyon@larkwood.example'),
    wrong("picks/no-such-campaign.md", "Post: /posts/4fzyo82mvyr23/\nCampaign: winter-sail\n", 'line 2: campaign: no campaign is called "winter-sail"; did you mean "winter-sale"?'),
    wrong("picks/number.md", "Post: 4711\nHide: yes\n", 'line 1: the post "4711" is no web address; write it whole, such as /posts/4fzyo82mvyr7k/'),
    wrong("picks/no-post.md", "Hide: yes\n", "line 1: a post is missing; write Post: /posts/4fzyo82mvyr7k/"),
    wrong("campaigns/everything.md", "Title:\nStart: 31.12.2026\nEnd: 2026-13-01\nPercent: -5\nHastags: x\n",
        'line 2: the start "31.12.2026" is none that can be read; write it as 2026-11-27 09:00',
        'line 3: the end "2026-13-01" is none that can be read; write it as 2026-11-30 23:59 Europe/Paris',
        'line 4: percent is a number up to 100, such as 20, not "-5"',
        'line 5: "hastags" is not a field; did you mean "hashtags"?',
        "line 1: a title is missing; write Title: Winter in the shops",
    ),
)  # fmt: skip
