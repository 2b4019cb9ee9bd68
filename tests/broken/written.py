"""How heads are written: YAML and its traps, fields that are not there, twice there or misspelt."""

from __future__ import annotations

from tests.broken import Case, odd, wrong

_LAUGHS = "".join(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi"))

CASES: tuple[Case, ...] = (
    odd("news/yaml.md", '---\ntitle: "Winter: we stay"\ndate: 2026-11-22 09:00\ntags: [shops, christmas]\n---\nText.', tags="('shops', 'christmas')"),
    odd("news/yaml-dots.md", "---\ntitle: A\ndate: 2026-11-22\n...\nText.", title="A"),
    odd("news/yaml-list-of-one.md", "---\ntitle: [A]\ndate: 2026-11-22\n---\nText.", title="A"),
    odd("news/yaml-folded.md", "---\ntitle: >\n  Winter\n  hours\ndate: 2026-11-22\n---\nText.", title="Winter hours"),
    odd("news/yaml-remark.md", "---\ntitle: A # for Monday\ndate: 2026-11-22\n---\nText.", title="A"),
    odd("news/number.md", "Title: 2026\nDate: 2026-11-22\n\nText.", title="2026"),
    odd("news/capitals.md", "TITLE: A\ndate: 2026-11-22\nPINNED: Yes\n\nText.", title="A", pinned="True"),
    odd("news/own-field.md", "Title: A\nDate: 2026-11-22\nApproved-by: Ruth\n\nText.", title="A"),
    odd("news/smart-quotes.md", "Title: “Winter”\nDate: 2026-11-22\nTags: ‘shops’, „christmas“\n\nText.", title="“Winter”", tags="('shops', 'christmas')"),
    odd("stores/yaml-facts.md", "---\ntitle: A\nfacts:\n  - Parking: behind the house\n  - Dogs: welcome\n---\n", facts="('Parking: behind the house', 'Dogs: welcome')"),
    odd("news/five-thousand.md", "Title: A\nDate: 2026-11-22\n" + "".join(f"Own-{number}: x\n" for number in range(5000)), title="A"),
    wrong(
        "news/yaml-smart-quotes.md", "---\ntitle: “Winter: we stay”\ndate: 2026-11-22\n---\n",
        "line 2: mapping values are not allowed here; put the text in quotes",
    ),
    wrong("news/yaml-tab.md", "---\ntitle: A\n\tdate: 2026-11-22\n---\n", "line 3: found character '\\t' that cannot start any token; use spaces, not tabs"),
    wrong("news/yaml-no-end.md", "---\ntitle: A\ndate: 2026-11-22\n\nText.", 'line 1: the "---" that ends the head is missing'),
    wrong("news/yaml-blank-behind.md", "--- \ntitle: A\n---\nText.", 'line 1: behind the "---" stands a blank; take it out'),
    wrong("news/yaml-no-fields.md", "---\n- A\n- B\n---\nText.", 'line 1: between the "---" lines stands "name: value", a line each'),
    wrong("news/yaml-sign.md", "---\ntitle: A\x07\n---\nText.", "line 1: the head holds a sign that YAML cannot read: unacceptable character #x0007: special characters are not allowed"),
    wrong("news/yaml-list.md", "---\ntitle: [Winter, Summer]\ndate: 2026-11-22\n---\n", "line 2: the title goes on over several lines; write it on one"),
    wrong("news/yaml-at.md", "---\ntitle: @larkwood\n---\n", "line 2: found character '@' that cannot start any token; put the text in quotes"),
    wrong("campaigns/yaml-hashtag.md", "---\ntitle: A\nhashtags: #WinterSale\n---\n", 'line 3: YAML takes "#WinterSale" for a note; put the text in quotes'),
    wrong("news/yaml-number-sign.md", "---\ntitle: We are #1\n---\n", 'line 2: YAML takes "#1" for a note; put the text in quotes'),
    wrong("news/yaml-bomb.md", f"---\na: &a [x, x, x]\n{_LAUGHS}title: *i\n---\n", 'line 2: YAML takes "&a" for a name; put the text in quotes'),
    wrong("news/yaml-itself.md", "---\ntitle: &a [*a]\n---\n", 'line 2: YAML takes "&a" for a name; put the text in quotes'),
    wrong("news/yaml-stars.md", "---\ntitle: *Winter sale\n---\n", 'line 2: YAML takes "*Winter" for another field; put the text in quotes'),
    wrong("news/yaml-order.md", "---\ntitle: !!python/object/apply:os.system [ls]\n---\n", 'line 2: YAML takes "!" for an order; put the text in quotes'),
    wrong("news/yaml-deep.md", f"---\ntags: {'[' * 3000}{']' * 3000}\n---\n", "line 2: a list stands in a list; put the text in quotes"),
    wrong("news/misspelt.md", "Titel: A\nDate: 2026-11-22\n\nText.", 'line 1: "titel" is not a field; did you mean "title"?', "line 1: a title is missing; write Title: Winter in the shops"),
    wrong("picks/unknown.md", "Post: /posts/4fzyo82mvyr23/\nColour: red\n", 'line 2: "colour" is not a field of a pick; there are post, approve, hide, pin, feature_until, caption, lang, alt, tags, campaign, same, apart'),
    wrong("events/unknown.md", "Title: A\nStart: 2026-12-05\nWhen: tomorrow\n", 'line 3: "when" is not a field of an event; there are title, start, end, place, store, link, cancelled, summary, tags, picture, alt, status, slug, lang, translation'),
    wrong("news/twice.md", "Title: A\nDate: 2026-11-22\ntitle: B\n\nText.", "line 3: title stands on line 1 already; take one of them out"),
    wrong("news/empty-title.md", "Title:\nDate: 2026-11-22\n\nText.", "line 1: a title is missing; write Title: Winter in the shops"),
    wrong("news/emoji-title.md", "Title: \U0001f384\u2728\nDate: 2026-11-22\n\nText.", "line 1: a title without letters gives no address; add a line Slug: winter-lights"),
    wrong("news/emoji-slug.md", "Title: Winter \U0001f384\nDate: 2026-11-22\nSlug: \U0001f384\n", 'line 3: the slug "\U0001f384" is no part of an address; write letters, digits and hyphens: winter-hours', title="Winter \U0001f384"),
    wrong("news/slug-with-a-slash.md", "Title: A\nDate: 2026-11-22\nSlug: winter/hours\n", 'line 3: the slug "winter/hours" is no part of an address; write letters, digits and hyphens: winter-hours'),
    wrong("campaigns/nothing-but-lines.md", "".join(f"Z{number}: x\n" for number in range(5000)), *(
        f'line {number}: "z{number - 1}" is not a field of a campaign; there are title, start, end, hashtags, message, price, percent, day, code, link, channels, owner, banner, summary, tags, picture, alt, status, slug, lang, translation'
        for number in range(1, 21)
    ), "and 4983 more in this file"),
)  # fmt: skip
