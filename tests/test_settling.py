"""The store in line with what people wrote: rules, picks, campaigns. What did not change costs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecourt import settling
from forecourt.desk.kept import Said
from tests.newsroom import Newsroom, a_post, moment


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path)


def test_a_word_in_the_rules_holds_posts_that_are_there_and_those_that_come(room: Newsroom) -> None:
    room.bring(a_post("1", text="Win a giveaway today"), a_post("2", text="A chair was mended"))
    assert {*room.on()} == {"1", "2"}

    with room.nothing_else_changes("1"):
        room.write("rules.toml", '[[rule]]\ndo = "hold"\nwords = ["giveaway"]\n')
        room.settle()
    room.bring(a_post("3", "facebook", text="Another giveaway"))

    assert room.on() == ["2"]
    assert room.status("1")[0] == room.status("3")[0] == "held"
    assert "content/rules.toml line 1" in room.status("1")[1][0]
    with room.nothing_else_changes("1", "3"):
        room.write("rules.toml", "# no rules\n")
        room.settle()
    assert {*room.on()} == {"1", "2", "3"}


@pytest.mark.parametrize("lost", ["", " \n\n", None])
def test_rules_that_are_lost_still_hold_until_somebody_says_that_there_are_none(
    room: Newsroom, lost: str | None
) -> None:
    room.write("rules.toml", '[[rule]]\ndo = "hold"\nwords = ["giveaway"]\n')
    room.bring(a_post("1", text="A giveaway"))
    if lost is None:
        room.remove("rules.toml")
    else:
        room.write("rules.toml", lost)
    room.settle()
    room.write("picks/unrelated.md", f"Post: /posts/{room.key('1')}/\nPin: yes\n")
    room.settle()

    assert room.status("1")[0] == "held"
    said = settling.said(room.store)
    if lost is None:
        assert said.problems == ()
        assert said.warnings == (
            "content/rules.toml is gone, and its rules still hold; to end them save it with a line: # no rules",
        )
    else:
        assert said.problems == (
            "content/rules.toml line 1: the file is empty; write a rule, or a line # no rules to have none",
        )
    room.write("rules.toml", "# no rules\n")
    room.settle()
    assert room.on() == ["1"]
    assert settling.said(room.store) == Said()


def test_where_there_never_were_rules_none_are_missed(room: Newsroom) -> None:
    room.bring(a_post("1"))
    room.settle()

    assert settling.said(room.store) == Said()
    room.write("rules.toml", "# no rules\n")
    room.settle()
    room.remove("rules.toml")
    room.settle()
    assert settling.said(room.store) == Said()


def test_what_is_as_before_is_not_written_again(room: Newsroom) -> None:
    room.bring(a_post("1"), a_post("2", "blog"))
    room.write("rules.toml", '[[rule]]\ndo = "hold"\nwords = ["giveaway"]\n')
    with room.nothing_else_changes():
        room.settle()
    with room.nothing_else_changes():
        room.write("rules.toml", '\n\n[[rule]]\ndo = "hold"\nwords = ["giveaway"]\nwhy = "Look first"\n')
        room.settle()


def test_rules_that_are_broken_leave_those_of_before_in_force(room: Newsroom) -> None:
    room.write("rules.toml", '[[rule]]\ndo = "hold"\nwords = ["giveaway"]\n')
    room.bring(a_post("1", text="A giveaway"))
    room.write("rules.toml", '[[rule]]\ndo = "hold"\nwords = ["givea')
    problems = room.settle().problems

    assert room.status("1")[0] == "held"
    assert problems
    assert problems[0].startswith("content/rules.toml")
    room.bring(a_post("2", text="One more giveaway"))
    assert room.status("2")[0] == "held"


def test_over_a_limit_a_day_the_first_stay(room: Newsroom) -> None:
    room.write("rules.toml", '[[rule]]\ndo = "hold"\nsources = ["mastodon"]\nper_day = 2\n')
    day = [moment(f"2026-11-20T{hour:02}:00+01:00") for hour in (8, 9, 10, 11)]
    room.bring(a_post("3", published=day[2]), a_post("4", published=day[3]))
    assert {*room.on()} == {"3", "4"}

    room.bring(a_post("1", published=day[0]), a_post("2", published=day[1], source="facebook"))

    assert {*room.on()} == {"1", "2", "3"}, "another account has a day of its own"
    assert "over 2 a day" in room.status("4")[1][0]


def test_what_goes_makes_room_under_a_limit_a_day(room: Newsroom) -> None:
    room.write("rules.toml", '[[rule]]\ndo = "hold"\nsources = ["mastodon"]\nper_day = 2\n')
    day = [moment(f"2026-11-20T{hour:02}:00+01:00") for hour in (8, 9, 10, 11, 12)]
    room.bring(*(a_post(str(number), published=when) for number, when in enumerate(day, start=1)))
    assert {*room.on()} == {"1", "2"}

    with room.store.transaction():
        room.store.posts.remove("mastodon", ["1"])
    room.settle()
    assert {*room.on()} == {"2", "3"}

    room.write("picks/one.md", "Post: https://mastodon.example/2\nHide: yes\n")
    room.settle()
    assert {*room.on()} == {"3", "4"}

    room.remove("picks/one.md")
    room.settle()
    assert {*room.on()} == {"2", "3"}, "the first of the day stay"


def test_a_pick_hides_a_post_however_it_is_named_and_until_it_is_taken_back(room: Newsroom) -> None:
    room.bring(a_post("1"), a_post("2"))
    for address in (f"/posts/{room.key('1')}/", "https://mastodon.example/1"):
        room.write("picks/one.md", f"Post: {address}\nHide: yes\n")
        room.settle()
        assert room.on() == ["2"]
        assert room.status("1") == ("hidden", ("content/picks/one.md: hide",))
        room.bring(a_post("1", text="It was edited at its origin, which says what no other says"))
        assert room.on() == ["2"]
        room.remove("picks/one.md")
        room.settle()
        assert {*room.on()} == {"1", "2"}


def test_a_pick_that_cannot_be_read_any_more_still_hides(room: Newsroom) -> None:
    room.bring(a_post("1"))
    room.write("picks/one.md", "Post: https://mastodon.example/1\nHide: yes\n")
    room.settle()
    room.write("picks/one.md", "Post: https://mastodon.example/1\nHide: yess\n")

    assert "content/picks/one.md line 2" in room.settle().problems[0]
    assert room.on() == []


def test_a_pick_of_a_post_that_does_not_exist_is_named_and_waits_for_it(room: Newsroom) -> None:
    room.write("picks/one.md", "Post: https://mastodon.example/77\nHide: yes\n")

    assert room.settle().problems == (
        (
            "content/picks/one.md line 1: no post is at https://mastodon.example/77; "
            "copy the address of its page on the hub"
        ),
    )
    room.bring(a_post("77"))
    assert room.on() == []
    assert room.settle().problems == ()


def test_a_pick_whose_address_lost_a_letter_still_hides_and_that_is_an_error(room: Newsroom) -> None:
    room.bring(a_post("1"), a_post("2"))
    room.write("picks/one.md", "Post: https://mastodon.example/1\nHide: yes\n")
    room.settle()
    for _ in range(2):
        room.write("picks/one.md", "Post: https://mastodn.example/1\nHide: yes\n")
        room.settle()
        room.write("rules.toml", "# another file changes, and this one is read again\n")
        room.settle()

        assert room.on() == ["2"]
        assert settling.said(room.store).problems == (
            (
                "content/picks/one.md line 1: no post is at https://mastodn.example/1; "
                "copy the address of its page on the hub; until then it is about https://mastodon.example/1, as before"
            ),
        )
    room.write("picks/one.md", "Post: https://mastodon.example/2\nHide: yes\n")
    room.settle()
    assert room.on() == ["1"], "another post that is there was meant"


def test_a_pick_that_moved_on_to_a_post_that_was_still_to_come_is_about_it_when_it_does(
    room: Newsroom,
) -> None:
    room.bring(a_post("1"))
    room.write("picks/one.md", "Post: https://mastodon.example/1\nHide: yes\n")
    room.settle()
    room.write("picks/one.md", "Post: https://mastodon.example/2\nHide: yes\n")
    room.settle()
    assert settling.said(room.store).problems
    assert settling.is_settled(room.store, room.accounts, room.config, room.now)

    room.bring(a_post("2"))

    assert room.on() == ["1"]
    assert settling.said(room.store) == Said()


@pytest.mark.parametrize(
    "slip", ["Post: {}\nHide yes\n", "Post: {}\n\nHide: yes\n", "Post: {}\nHide:\n", "Hide: yes\n"]
)
def test_a_slip_in_a_pick_shows_nothing_that_was_hidden(room: Newsroom, slip: str) -> None:
    address = "https://mastodon.example/1"
    room.bring(a_post("1"))
    room.write("picks/one.md", f"Post: {address}\nHide: yes\n")
    room.settle()
    room.write("picks/one.md", slip.format(address))
    room.settle()

    assert room.on() == []
    assert settling.said(room.store).problems


def test_a_pick_that_is_gone_shows_its_post_again_and_says_so(room: Newsroom) -> None:
    room.bring(a_post("1"))
    address = f"/posts/{room.key('1')}/"
    words = f"Post: {address}\nHide: yes\n"
    room.write("picks/one.md", words)
    room.settle()
    room.remove("picks/one.md")
    room.write("picks/two.md", words)
    room.settle()
    assert settling.said(room.store).warnings == (), "another hides it"

    room.remove("picks/two.md")
    room.write("picks/two.txt", words)
    room.settle()

    assert room.on() == ["1"]
    assert settling.said(room.store).warnings == (
        "content/picks/two.txt is not read; name it two.md",
        f"content/picks/two.md is gone, so the post at {address} is hidden no more",
    )


def test_two_picks_at_odds_are_named(room: Newsroom) -> None:
    room.bring(a_post("1"))
    room.write("picks/first.md", "Post: https://mastodon.example/1\nPin: yes\n")
    room.write("picks/hidden.md", f"Post: /posts/{room.key('1')}/\nHide: yes\n")
    room.settle()

    assert room.on() == []
    assert settling.said(room.store).warnings == (
        (
            "content/picks/first.md puts first a post that content/picks/hidden.md hides, and it stays hidden; "
            "take one of them back"
        ),
    )


def test_an_approved_post_comes_out_whatever_holds_it(room: Newsroom) -> None:
    room.sources["mastodon"] = 'moderation = "hold"'
    room.write("rules.toml", '[[rule]]\ndo = "reject"\nwords = ["giveaway"]\n')
    room.bring(a_post("1", text="A giveaway"), a_post("2"), a_post("3"))
    assert room.on() == []

    for post_id in ("1", "2"):
        room.write(f"picks/{post_id}.md", f"Post: /posts/{room.key(post_id)}/\nApprove: yes\n")
    room.settle()

    assert {*room.on()} == {"1", "2"}
    assert room.status("1") == ("published", ("content/picks/1.md: approve",))


def test_a_pick_gives_tags_a_campaign_and_words_of_the_editors(room: Newsroom) -> None:
    room.write("campaigns/winter.md", "Title: Winter\nStart: 2026-11-20\nEnd: 2026-12-01\n")
    room.bring(a_post("1"))
    room.write(
        "picks/1.md",
        f"Post: /posts/{room.key('1')}/\nTags: lamps, oak\nCampaign: winter\nCaption: Made by Ruth\n"
        "Pin: yes\nAlt: A lamp\n    A table\n",
    )
    room.settle()

    stored = room.store.posts.get(room.key("1"))
    assert room.on("tag/lamps") == room.on("tag/oak") == room.on("campaign/winter") == ["1"]
    assert stored.curation is not None
    assert (stored.curation.caption, stored.curation.alts) == ("Made by Ruth", ("A lamp", "A table"))
    assert room.store.curations.featured(room.now) == [stored.key]


def test_what_is_featured_until_a_moment_is_due_then(room: Newsroom) -> None:
    room.bring(a_post("1"))
    room.write("picks/1.md", f"Post: /posts/{room.key('1')}/\nFeature_until: 2026-11-25 12:00\n")
    room.settle()
    before, after = moment("2026-11-25T11:59:59+01:00"), moment("2026-11-25T12:00:00+01:00")

    assert room.store.curations.featured(before) == [room.key("1")]
    assert room.store.curations.featured(after) == []
    assert room.store.changes.due(before, after) == [room.key("1")]


CAMPAIGN = (
    "Title: Lamps\nStart: 2026-11-20 09:00\nEnd: 2026-11-30 18:00\nHashtags: LampWeek\nPercent: 20\n"
    "Code: LAMP20\n"
)


def test_a_campaign_gathers_its_hashtag_of_this_year(room: Newsroom) -> None:
    room.write("campaigns/lamps.md", CAMPAIGN)
    tagged = ("lampweek",)
    room.bring(
        a_post("now", tags=tagged), a_post("before", "blog", published=moment("2025-11-22T09:00+01:00"), tags=tagged),
        a_post("other", "facebook"),
    )  # fmt: skip
    assert room.on("campaign/lamps") == ["now"]

    with room.nothing_else_changes("now"):
        room.write("campaigns/lamps.md", CAMPAIGN.replace("LampWeek", "LightWeek"))
        room.settle()
    assert room.on("campaign/lamps") == []


def test_posts_that_state_an_offer_leave_when_it_ends_and_others_of_the_campaign_stay(room: Newsroom) -> None:
    room.write("campaigns/lamps.md", CAMPAIGN)
    tags = ("LampWeek",)
    room.bring(
        a_post("percent", text="20 % off every lamp this week, nothing else", tags=tags),
        a_post("code", "facebook", text="Say the code LAMP20 and see what happens", tags=tags),
        a_post("thanks", "blog", text="Thank you for all the lamps you showed us", tags=tags),
        a_post("elsewhere", "blog", text="Our buttons are 20 % cotton in another story"),
    )
    end = moment("2026-11-30T18:00+01:00")
    room.now = moment("2026-11-30T17:59:59+01:00")
    assert {*room.on()} == {"percent", "code", "thanks", "elsewhere"}
    assert {*room.store.changes.due(room.now, end)} == {room.key("percent"), room.key("code")}
    room.now = end

    assert {*room.on()} == {"thanks", "elsewhere"}
    assert 'leaves when "Lamps" ends, since it states its offer (the code LAMP20)' in " ".join(
        room.status("code")[1]
    )


@pytest.mark.parametrize(
    ("written", "last", "over"),
    [
        pytest.param("2026-03-29", "2026-03-29T23:59:59+02:00", "2026-03-30T00:00+02:00", id="spring, a day"),
        pytest.param("2026-10-25 02:30", "2026-10-25T02:29:59+02:00", "2026-10-25T02:30+02:00", id="autumn, once"),
        pytest.param(
            "2026-11-27 18:00 America/New_York", "2026-11-27T23:59:59+01:00", "2026-11-28T00:00+01:00",
            id="a zone of its own",
        ),
    ],
)  # fmt: skip
def test_a_campaign_ends_at_its_hour_in_its_zone(room: Newsroom, written: str, last: str, over: str) -> None:
    room.write(
        "campaigns/lamps.md", f"Title: Lamps\nStart: 2026-03-01\nEnd: {written}\nPercent: 20\nHashtags: L\n"
    )
    (campaign,) = room.settle().campaigns

    assert campaign.runs(moment(last))
    assert not campaign.runs(moment(over))


def test_a_store_takes_the_posts_of_the_accounts_that_its_file_names(room: Newsroom) -> None:
    room.bring(a_post("1"), a_post("2", "blog"))
    assert room.on("store/lyon") == []
    with room.nothing_else_changes("2"):
        room.write("stores/lyon.md", "Title: Larkwood Lyon\nAccounts: blog\n")
        room.settle()

    assert room.on("store/lyon") == ["2"]


@pytest.mark.parametrize("limit", ["", '[[rule]]\ndo = "hold"\nper_day = 2\n'])
def test_a_changed_word_decides_as_if_all_were_judged_anew(room: Newsroom, limit: str) -> None:
    words = ("tin", "oak", "elm", "ash")
    room.bring(
        *(a_post(str(n), text=" ".join(w for at, w in enumerate(words) if n >> at & 1)) for n in range(16))
    )
    rules = '[[rule]]\ndo = "publish"\nwords = [{}]\n[[rule]]\ndo = "reject"\nwords = [{}]\n' + limit
    for publish, reject in (
        ("tin", "oak"),
        ("elm", "oak"),
        ("elm", "tin"),
        ("ash", "ash, oak"),
    ):
        quoted = [", ".join(f'"{word}"' for word in each.split(", ")) for each in (publish, reject)]
        room.write("rules.toml", rules.format(*quoted))
        curator = room.settle()
        for account in room.accounts:
            for post, decision in curator.all(account, room.store):
                assert room.status(post.id) == (decision.status, decision.reasons)
