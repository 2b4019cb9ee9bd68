from __future__ import annotations

import re
import time
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecourt.connectors import Batch, Conversation, Request, Response, advance
from forecourt.model import Author, Event, Kind, Media, Post, Price, Rating, Terms
from forecourt.talk import Rejection
from forecourt.washing import MOST_MEDIA, MOST_TAGS, Washing
from tests.conftest import NOW
from tests.site.hostile import careless
from tests.site.vectors import COMMANDS, NAMES, VECTORS

HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
ADDRESSES = {"permalink", "url", "avatar", "poster", "in_reply_to", "quote_of"}


def parts(of: type) -> Iterator[type]:
    """A dataclass and those that its fields hold."""
    yield of
    for hint in typing.get_type_hints(of).values():
        for inside in (hint, *typing.get_args(hint)):
            if is_dataclass(inside):
                yield from parts(typing.cast(type, inside))


def strings(thing: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a post, with the name of the field it stands in."""
    if isinstance(thing, str):
        yield name, thing
    elif isinstance(thing, tuple):
        for each in thing:
            yield from strings(each, name)
    elif is_dataclass(thing):
        for each_field in fields(thing):
            yield from strings(getattr(thing, each_field.name), each_field.name)


def a_post(**changes: object) -> Post:
    post = Post(
        id="1", source="larkwood", kind=Kind.NOTE, permalink="https://larkwood.example/1", published=NOW
    )
    return replace(post, **changes)  # type: ignore[arg-type]  # whatever a test changes


def test_every_field_of_a_post_and_of_its_parts_is_washed() -> None:
    washed = Washing().fields

    assert {part: set(found) for part, found in washed.items()} == {
        part: {each.name for each in fields(part)} for part in parts(Post)
    }


@pytest.mark.promise(39)
def test_no_text_of_a_post_holds_what_turns_breaks_or_piles_up(figure: Callable[[str], None]) -> None:
    vectors = [
        *VECTORS,
        *COMMANDS,
        *NAMES,
        "a" + "\u0301" * 99,
        "\u0e01" + "\u0e47" * 99,
        "".join(map(chr, range(256))),
    ]
    texts = [
        (name, said)
        for number, vector in enumerate(vectors)
        for name, said in strings(Washing().post(careless(vector, number, "larkwood")))
    ]

    assert not [(name, said) for name, said in texts if HARMFUL.search(said)]
    assert not [(name, said) for name, said in texts if re.search("[\u0300-\u036f]{5}|\u0e47{31}", said)]
    assert not [(name, said) for name, said in texts if "\n" in said and name not in {"html", "text"}]
    figure(f"{len(texts)} fields without one")


@pytest.mark.promise(33)
def test_an_address_of_a_post_is_one_or_nothing(figure: Callable[[str], None]) -> None:
    posts = [Washing().post(careless(vector, number, "larkwood")) for number, vector in enumerate(VECTORS)]
    found = [said for post in posts for name, said in strings(post) if name in ADDRESSES and said]

    assert all(re.fullmatch(r"https?://[!-~]+", said) for said in found), found
    figure(f"{len(found)} addresses in {len(posts)} posts, none other")


@settings(max_examples=150)
@given(st.text(alphabet=st.characters(), max_size=120), st.integers(0, 7))
def test_what_is_washed_stays_as_it_is(said: str, number: int) -> None:
    washed = Washing().post(careless(said, number, "larkwood"))
    assert Washing().post(washed) == washed


@settings(max_examples=100)
@given(st.lists(st.sampled_from(VECTORS), max_size=6).map("".join))
@example("<li><a><table><li>t")
@example("<a title=x href='javascript:alert(1)'>x</a>")
def test_a_hostile_post_that_was_washed_stays_as_it_is(vector: str) -> None:
    washed = Washing().post(careless(vector, 1, "larkwood"))
    assert Washing().post(washed) == washed


def test_an_honest_post_stays_as_it_is() -> None:
    post = a_post(
        title="Crème brûlée & more",
        html='<p>„Hi“ <a href="https://a.example/?b&amp;c" rel="nofollow ugc noopener">x</a></p>',
        text="„Hi“ x\n\nand y", lang="en-GB", dir="rtl",
        author=Author("Zoë שלום", "@zoe@social.example", "https://a.example/@zoe", "https://a.example/z.png"),
        media=(Media("video", "https://a.example/v.mp4", "A vase", 640, 480, 12, "https://a.example/v.jpg"),),
        rating=Rating(4.5), event=Event(NOW, None, "Lyon"), price=Price(Decimal("19.90"), "EUR", Decimal(25), True),
        tags=("boots", "Crème"), mentions=("@larkwood",), in_reply_to="https://a.example/2",
    )  # fmt: skip
    assert Washing().post(post) == post


def test_pictures_come_from_a_folder_of_the_hub_only_for_the_account_that_reads_it() -> None:
    folder = "folder:content/files/nextdoor"
    post = a_post(
        media=tuple(Media("image", f"{place}/pot.jpg#1") for place in (folder, "folder:content/secret"))
    )

    assert [media.url for media in Washing(folder).post(post).media] == [f"{folder}/pot.jpg#1"]
    assert Washing().post(post).media == ()


def test_numbers_and_moments_beyond_all_reason_are_unknown() -> None:
    post = a_post(
        published=datetime.min.replace(tzinfo=UTC), rating=Rating(float("nan")), price=Price(Decimal("Infinity")),
        event=Event(datetime.max.replace(tzinfo=UTC)),
        media=(Media("image", "https://a.example/1.png", "", -1, 10**9),),
    )  # fmt: skip
    washed = Washing().post(post)

    assert (washed.published, washed.rating, washed.price, washed.event) == (None, None, None, None)
    assert (washed.media[0].width, washed.media[0].height) == (None, None)


def test_what_has_no_end_is_cut() -> None:
    post = a_post(
        id="x" * 4000, title="word " * 1000, tags=tuple(map(str, range(999))),
        media=tuple(Media("image", f"https://a.example/{n}.png") for n in range(999)),
        permalink=f"https://a.example/{'x' * 9000}",
    )  # fmt: skip
    washed = Washing().post(post)

    assert len(washed.id) <= 500
    assert washed.id != Washing().post(replace(post, id="x" * 4001)).id
    assert len(washed.title) <= 500
    assert (len(washed.tags), len(washed.media), washed.permalink) == (MOST_TAGS, MOST_MEDIA, "")


@dataclass(frozen=True, slots=True)
class Careless:
    """A connector that cleans nothing."""

    network: str = "blog"
    terms: ClassVar[Terms] = Terms()

    def poll(self, source: str, since: str) -> Conversation:
        yield Request("https://larkwood.example/")
        return Batch(
            posts=(careless(VECTORS[0], 1, source),),
            gone=("a\x00b",),
            rejected=(Rejection("entry \x1b[31m1", ["a\x00b"]), "entry 2\r\n"),
            notes=("\u202enote",),
            threads=("javascript:alert(1)",),
        )


def test_whatever_connector_it_was_its_batch_is_washed() -> None:
    batch = advance(Careless(), "larkwood", "", (Response("https://larkwood.example/", b""),))

    assert isinstance(batch, Batch)
    assert batch.posts == (Washing().post(careless(VECTORS[0], 1, "larkwood")),)
    assert (batch.gone, batch.notes, batch.threads) == (("a b",), ("note",), ())
    assert batch.rejected == ("entry [31m1", "entry 2")
    assert isinstance(batch.rejected[0], Rejection)
    assert batch.rejected[0].may_be("a b")


@pytest.mark.promise(35)
def test_washing_costs_no_more_than_a_few_cleanings(figure: Callable[[str], None]) -> None:
    post = a_post(
        html="<p>some <b>bold</b> words and <a href='https://a.example/'>a link</a></p>" * 30,
        text="words " * 300,
    )
    post = Washing().post(post)
    started = time.process_time()
    for _ in range(50):
        Washing().post(post)
    each = (time.process_time() - started) / 50

    assert each < 0.05
    figure(f"{each * 1e3:.1f} ms a post of {len(post.html)} characters")
