"""From the editors' files to campaigns, events, stores and picks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt import config
from forecourt.desk import Campaign, Happening, Hours, Pick, Position, Promise, Shop, reading
from forecourt.desk.reading import Desk, digest, over
from forecourt.model import Event
from forecourt.settling import settle
from forecourt.store import Store
from tests.conftest import NOW

SOURCES = """
[[source]]
name = "larkwood-instagram"
connector = "feed"
url = "https://larkwood.example/feed.xml"
store = "Lyon"
"""
LAMPS = "Title: Lamps\nStart: 2026-11-27 09:00\nEnd: 2026-11-30\n"


@dataclass(frozen=True)
class Folder:
    """A content folder of the test's own."""

    content: Path

    def write(self, name: str, text: str) -> None:
        path = self.content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @property
    def config(self) -> config.Config:
        settings = {
            "PATH": str(self.content),
            "TIMEZONE": "Europe/Paris",
            "HUB_SOURCES": str(self.content / "sources.toml"),
            "HUB_BRAND": {"logo": "", "hero": ""},
        }
        return config.load(settings, self.content.parent, {})

    def read(self) -> Desk:
        return reading.read(self.config)

    def only(self, name: str, text: str) -> Desk:
        """What is read where this is all there is; nothing may be wrong."""
        self.write(name, text)
        found = self.read()
        assert found.problems == ()
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "content")
    folder.write("sources.toml", SOURCES)
    return folder


def test_a_campaign_has_all_that_was_written(folder: Folder) -> None:
    found = folder.only(
        "campaigns/winter-lamps.md",
        "Title: Lamps\nStart: 2026-11-27 09:00\nEnd: 2026-11-30 18:00 America/New_York\nHashtags: #Lamps, WinterSale\n"
        "Message: 20 % off\n    all lamps.\nPrice: 24,90 €\nPercent: 20 %\nDay: 2026-11-28\nCode: LAMP20\n"
        "Link: https://larkwood.example/lamps\nChannels: larkwood-instagram\nOwner: Inès\nLang: fr\n",
    )

    assert found.campaigns == (
        Campaign(
            slug="winter-lamps",
            place="content/campaigns/winter-lamps.md",
            title="Lamps",
            lang="fr",
            start=datetime(2026, 11, 27, 8, tzinfo=UTC),
            end=datetime(2026, 11, 30, 23, tzinfo=UTC),
            hashtags=("Lamps", "WinterSale"),
            message="20 % off all lamps.",
            promise=Promise(
                Decimal(20),
                Decimal("24.90"),
                "EUR",
                date(2026, 11, 28),
                "LAMP20",
                "https://larkwood.example/lamps",
            ),
            channels=("larkwood-instagram",),
            owner="Inès",
        ),
    )


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-27", "2026-11-27", 24),
        ("2026-11-27", "2026-11-28", 48),
        ("2026-10-25", "2026-10-25", 25),  # winter begins in Paris
        ("2026-03-29", "2026-03-29", 23),  # summer does
        ("2026-10-25 00:00", "2026-10-25 06:00", 7),
        ("2026-03-29 00:00", "2026-03-29 06:00", 5),
        ("2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00", 1),
        ("2026-11-27 09:00 Asia/Tokyo", "2026-11-27 09:00", 8),
        ("2026-11-27 UTC", "2026-11-27 Europe/Paris", 23),
    ],
)
def test_a_day_alone_is_whole_and_the_clock_may_be_changed_in_it(
    folder: Folder, start: str, end: str, hours: int
) -> None:
    (found,) = folder.only("campaigns/a.md", f"Title: A\nStart: {start}\nEnd: {end}\n").campaigns

    assert found.end - found.start == timedelta(hours=hours)
    assert found.runs(found.start)
    assert not found.runs(found.end)


@pytest.mark.parametrize("zone", ["", " UTC", " Asia/Tokyo", " America/Los_Angeles"])
def test_a_campaign_knows_its_first_and_last_day_as_they_were_written(folder: Folder, zone: str) -> None:
    (found,) = folder.only(
        "campaigns/a.md", f"Title: A\nStart: 2026-10-20{zone}\nEnd: 2026-11-02{zone}\n"
    ).campaigns

    last = found.end - timedelta(seconds=1)
    assert (found.start.date(), last.date()) == (date(2026, 10, 20), date(2026, 11, 2))


@pytest.mark.parametrize(
    ("end", "wrong"),
    [
        ("9999-12-31", '"9999-12-31" is none that can be read; write year, month and day, as in 2026'),
        ("0001-01-01", '"0001-01-01" is none that can be read; write year, month and day, as in 2026'),
        ("2026-12-01 09:00 Europe", 'names a zone "Europe" that is none; did you mean "Europe/'),
        (
            "2026-12-01 9:00 PM",
            'names a zone "PM" that is none; write it as Europe/Paris, and hours from 0 to 23',
        ),
    ],
)
def test_an_end_that_no_clock_reaches_is_named_and_stops_nothing(
    folder: Folder, end: str, wrong: str
) -> None:
    folder.write("campaigns/a.md", f"Title: A\nStart: 2026-11-27\nEnd: {end}\n")
    (problem,) = folder.read().problems

    assert problem.startswith(f"content/campaigns/a.md line 3: the end {wrong}")
    assert len(problem) < 200


def test_an_event_has_its_hours_or_its_whole_day(folder: Folder) -> None:
    folder.write("stores/lyon.md", "Title: Larkwood Lyon\n")
    folder.write("events/day.md", "Title: Open day\nStart: 2026-12-05\n")
    found = folder.only(
        "events/repair.md",
        "Title: Repairs\nStart: 2026-12-05 18:00\nPlace: At the bench\nStore: lyon\nCancelled: yes\nSlug: repairs\n",
    )
    midnight = datetime(2026, 12, 4, 23, tzinfo=UTC)
    evening = datetime(2026, 12, 5, 17, tzinfo=UTC)

    assert found.happenings == (
        Happening(
            "day", "content/events/day.md", "Open day", Event(midnight, midnight + timedelta(days=1), "")
        ),
        Happening(
            "repairs",
            "content/events/repair.md",
            "Repairs",
            Event(evening, None, "At the bench"),
            "lyon",
            cancelled=True,
        ),
    )
    assert over(found.happenings[1].event) == evening + timedelta(hours=3)


def test_a_store_has_all_that_was_written(folder: Folder) -> None:
    found = folder.only(
        "stores/lyon.md",
        "Title: Larkwood Lyon\nAddress: 12 rue de la République\nTown: 69002 Lyon\nCountry: France\n"
        "Position: 45.7640, 4.8357\nHours: Mo-Fr 10:00-19:00\nPhone: +33 4 72 00 00 00\nEmail: lyon@larkwood.example\n"
        "Accounts: larkwood-instagram\nFacts: Parking: behind the house\n    Dogs: welcome\n",
    )

    assert found.shops == (
        Shop(
            "lyon",
            "content/stores/lyon.md",
            "Larkwood Lyon",
            "12 rue de la République",
            "69002 Lyon",
            "France",
            Position(45.764, 4.8357),
            (Hours((0, 1, 2, 3, 4), 600, 1140),),
            "+33 4 72 00 00 00",
            "lyon@larkwood.example",
            ("larkwood-instagram",),
            (("Parking", "behind the house"), ("Dogs", "welcome")),
        ),
    )


def test_a_pick_has_all_that_was_written(folder: Folder) -> None:
    folder.write("campaigns/lamps.md", LAMPS)
    found = folder.only(
        "picks/chair.md",
        "Post: https://social.example/@larkwood/1\nApprove: yes\nHide: no\nPin: yes\nFeature_until: 2026-12-01\n"
        "Caption: Mended by Ruth.\nLang: en\nAlt: A chair\n    A lamp\nTags: repair\nCampaign: lamps\n"
        "Same: /posts/4fzyo82mvyr23/\nApart: https://a.example/1, https://a.example/2\n",
    )

    assert found.picks == (
        Pick(
            "content/picks/chair.md",
            "https://social.example/@larkwood/1",
            approve=True,
            hide=False,
            pin=True,
            feature_until=datetime(2026, 12, 1, 23, tzinfo=UTC),
            caption="Mended by Ruth.",
            lang="en",
            alts=("A chair", "A lamp"),
            tags=("repair",),
            campaign="lamps",
            same=("/posts/4fzyo82mvyr23/",),
            apart=("https://a.example/1", "https://a.example/2"),
        ),
    )


def test_of_two_files_with_one_slug_the_first_is_shown_and_the_other_named(folder: Folder) -> None:
    folder.write("campaigns/a.md", LAMPS + "Slug: winter\n")
    folder.write("campaigns/b.md", LAMPS + "Slug: winter\n")
    found = folder.read()

    assert [campaign.place for campaign in found.campaigns] == ["content/campaigns/a.md"]
    assert found.problems == (
        (
            'content/campaigns/b.md line 4: content/campaigns/a.md is the campaign "winter" already; '
            "give one of them another Slug"
        ),
    )
    assert found.broken == {"content/campaigns/b.md"}


def test_of_a_campaign_and_its_translation_the_hubs_language_counts(folder: Folder) -> None:
    folder.write("campaigns/winter.en.md", LAMPS)
    found = folder.only("campaigns/winter.fr.md", LAMPS.replace("Lamps", "Lampes") + "Lang: fr\n")

    assert [(each.slug, each.title, each.lang) for each in found.campaigns] == [("winter", "Lamps", "en")]


def test_a_campaigns_translations_give_its_message_in_their_languages(folder: Folder) -> None:
    folder.write("campaigns/winter.md", LAMPS + "Message: 20 % off all lamps.\n")
    folder.write("campaigns/winter.de.md", LAMPS + "Lang: de\n")
    found = folder.only(
        "campaigns/winter.fr.md", LAMPS + "Lang: fr\nMessage: Toutes les lampes à moins 20 %.\n"
    )

    assert [(each.message, each.messages) for each in found.campaigns] == [
        ("20 % off all lamps.", (("fr", "Toutes les lampes à moins 20 %."),))
    ]


def test_a_translation_of_a_store_is_no_store_to_be_named(folder: Folder) -> None:
    folder.write("stores/lyon.md", "Title: Larkwood Lyon\n")
    folder.write("stores/lyon.fr.md", "Title: Larkwood Lyon\nLang: fr\n")
    folder.write("events/a.md", "Title: A\nStart: 2026-12-05\nStore: lyon.f\n")

    assert folder.read().warnings == (
        'content/events/a.md line 3: store: no store is called "lyon.f"; did you mean "lyon"?',
    )


def test_a_store_is_named_as_it_names_itself(folder: Folder) -> None:
    folder.write("stores/lyon.md", "Title: Larkwood Lyon\nSlug: presquile\n")
    folder.write("events/a.md", "Title: A\nStart: 2026-12-05\nStore: presquile\n")

    assert folder.read().warnings == ()


@pytest.mark.parametrize("behind", ["#content", "?from=home", "index.html", "index.html?a=1#b"])
@pytest.mark.parametrize("site", ["", "http://localhost:8000"])
def test_what_a_browser_puts_behind_the_address_of_a_post_is_no_part_of_it(
    folder: Folder, site: str, behind: str
) -> None:
    (pick,) = folder.only("picks/a.md", f"Post: {site}/posts/4fzyo82mvyr23/{behind}\n").picks

    assert pick.post == f"{site}/posts/4fzyo82mvyr23/"


def test_a_pick_knows_the_line_of_its_post(folder: Folder) -> None:
    (pick,) = folder.only("picks/a.md", "Pin: yes\nPost: /posts/4fzyo82mvyr23/\n").picks

    assert pick.line == 2


@pytest.mark.parametrize("status", ["draft", "skip"])
def test_what_is_a_draft_says_nothing_yet(folder: Folder, status: str) -> None:
    assert folder.only("campaigns/a.md", LAMPS + f"Status: {status}\n").campaigns == ()


def test_a_broken_file_is_named_and_its_neighbours_are_read(folder: Folder) -> None:
    folder.write("campaigns/good.md", LAMPS)
    folder.write("campaigns/bad.md", LAMPS.replace("2026-11-30", "2026-11-31"))
    folder.write("events/bad.md", "Title: A\n")
    folder.write("picks/bad.md", "Post: /posts/4fzyo82mvyr23/\nCampaign: godo\n")
    folder.write("rules.toml", '[[rule]]\ndo = "hodl"\nwords = ["x"]\n')
    found = folder.read()

    assert [each.slug for each in found.campaigns] == ["good"]
    assert found.broken == {
        "content/campaigns/bad.md",
        "content/events/bad.md",
        "content/rules.toml",
    }
    assert len(found.problems) == 3
    assert {
        (
            'content/campaigns/bad.md line 3: the end "2026-11-31" is none that can be read; '
            "write year, month and day, as in 2026-11-30 23:59 Europe/Paris"
        ),
        "content/events/bad.md line 1: a start is missing; write Start: 2026-12-05 18:00",
    } <= {*found.problems}
    said = 'content/picks/bad.md line 2: campaign: no campaign is called "godo"; did you mean "good"?'
    assert found.warnings == (said,), "what is named and not there costs the file nothing"


def test_a_store_that_only_sources_toml_names_can_be_named(folder: Folder) -> None:
    (found,) = folder.only("events/a.md", "Title: A\nStart: 2026-12-05\nStore: lyon\n").happenings

    assert found.store == "lyon"


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("picks/hidden.md.txt", "hidden.md"),
        ("picks/hidden.MD", "hidden.md"),
        ("picks/hidden", "hidden.md"),
        ("campaigns/winter.sale.docx", "winter.md"),
        ("rules.toml.txt", "rules.toml"),
        ("Rules.TOML", "rules.toml"),
    ],
)
def test_a_file_that_is_not_read_for_its_ending_is_named(folder: Folder, name: str, instead: str) -> None:
    before = digest(folder.content)
    folder.write(name, "Post: /posts/4fzyo82mvyr23/\nHide: yes\n")

    assert folder.read().warnings == (f"content/{name} is not read; name it {instead}",)
    assert digest(folder.content) != before, "it is looked at as soon as it is there"


@pytest.mark.parametrize(
    "name", ["picks/.hidden.md.part", "picks/hidden.md~", "campaigns/winter.jpg", "rules.md"]
)
def test_what_nobody_takes_for_one_of_these_files_is_left_alone(folder: Folder, name: str) -> None:
    folder.write(name, "x")

    assert folder.read().warnings == ()


def test_the_digest_is_another_when_a_file_is_changed_renamed_or_gone(folder: Folder) -> None:
    folder.write("campaigns/a.md", LAMPS)
    seen = [digest(folder.content)]
    folder.write("campaigns/a.md", LAMPS.replace("Lamps", "Lumps"))
    seen.append(digest(folder.content))
    (folder.content / "campaigns/a.md").rename(folder.content / "campaigns/b.md")
    seen.append(digest(folder.content))
    (folder.content / "campaigns/b.md").unlink()
    seen.append(digest(folder.content))

    assert len({*seen}) == 4
    folder.write("news/a.md", "Title: A\n")
    assert digest(folder.content) == seen[-1], "articles are no part of the desk"


def test_a_pick_of_a_post_that_does_not_exist_is_named(folder: Folder) -> None:
    folder.write("picks/nothing.md", "Post: https://social.example/@larkwood/404\nHide: yes\n")
    with Store(":memory:", ZoneInfo("Europe/Paris")) as store:
        curator = settle(store, [], folder.config, NOW)

    assert curator.problems == (
        (
            "content/picks/nothing.md line 1: no post is at https://social.example/@larkwood/404; "
            "copy the address of its page on the hub"
        ),
    )


def test_what_a_file_said_before_it_was_broken_still_holds(folder: Folder) -> None:
    folder.write("campaigns/lamps.md", LAMPS)
    with Store(":memory:", ZoneInfo("Europe/Paris")) as store:
        before = settle(store, [], folder.config, NOW)
        folder.write("campaigns/lamps.md", LAMPS.replace("2026-11-30", "tomorrow"))
        after = settle(store, [], folder.config, NOW)
        (folder.content / "campaigns/lamps.md").unlink()
        gone = settle(store, [], folder.config, NOW)

    assert [each.title for each in before.campaigns] == ["Lamps"]
    assert after.campaigns == before.campaigns
    assert len(after.problems) == 1
    assert gone.campaigns == ()


def test_a_campaign_that_was_broken_is_not_said_twice_by_its_translation(folder: Folder) -> None:
    folder.write("campaigns/lamps.md", LAMPS)
    folder.write("campaigns/lamps.fr.md", LAMPS + "Lang: fr\n")
    with Store(":memory:", ZoneInfo("Europe/Paris")) as store:
        before = settle(store, [], folder.config, NOW)
        folder.write("campaigns/lamps.md", LAMPS.replace("2026-11-30", "tomorrow"))
        after = settle(store, [], folder.config, NOW)

    assert [each.place for each in after.campaigns] == ["content/campaigns/lamps.md"]
    assert after.campaigns == before.campaigns


def test_a_hub_that_changes_its_language_reads_its_campaigns_anew(folder: Folder) -> None:
    folder.write("campaigns/lamps.md", LAMPS)
    with Store(":memory:", ZoneInfo("Europe/Paris")) as store:
        before = settle(store, [], folder.config, NOW)
        after = settle(store, [], replace(folder.config, languages=("fr", "en")), NOW)

    assert [each.lang for each in (*before.campaigns, *after.campaigns)] == ["en", "fr"]
