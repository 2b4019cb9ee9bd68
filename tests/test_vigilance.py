"""A source that is no longer whose it was is held; one that only does something new is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, islice

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.model import Author, Kind, Post
from forecourt.vigilance import Habits, Seen, alarm, domain, learnt, repeats, silence
from forecourt.vigilance.habits import Share
from forecourt.vigilance.signs import FLOOD, MANY, MOST, REISSUED, REPLACED, SOME, VOICES
from tests.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOME, SHOP = "larkwood.example", "shop.larkwood.example"

ENGLISH = (
    "The new boots are in, and they are made from the same oak tanned leather that you have asked us for all year.",
    "We are open on Sunday from ten to four, so come in and try on the winter coats with a cup of tea for you.",
    "This is how our team in Leeds mends a torn sleeve: it takes an hour, and the coat is as good as it was.",
    "Thank you to all of you who were at the shop on Friday; it was a great day, and the cake has all gone.",
    "Our guide to the hills is out now. It has ten walks for the family, and you can get it in any of the stores.",
    "If you have lost a glove, ask at the till: we have a box of them, and one of these may well be yours.",
    "For the rest of the week the tents are out in the yard, and you are free to sleep in one to see if it fits.",
    "It has been a wet autumn, and that is why we have put all of the rain wear at the front of the shop for you.",
    "We do not like waste, so the ends of the cloth go to a school in York that makes them into bags for its fair.",
    "You can now pay with your phone in all of our stores, and it is as safe as it was with a card at the till.",
)
FRENCH = (
    "Notre nouvelle boutique est ouverte au coeur de la ville, et vous y trouverez les bottes que vous aimez tant.",
    "Nous sommes ravis de vous accueillir ce samedi pour une journée de fête avec des gâteaux pour les enfants.",
    "Voici comment les ateliers réparent une manche déchirée : une heure de travail et le manteau est comme neuf.",
    "Merci à tous ceux qui sont venus nous voir vendredi, la soirée était belle et les gâteaux ont disparu.",
    "Le guide des collines est sorti, il contient dix promenades pour la famille et se vend dans les magasins.",
    "Si vous avez perdu un gant, demandez à la caisse, nous en avons une pleine boîte et le vôtre y est sans doute.",
)
DUTCH = (
    "Onze nieuwe laarzen zijn binnen en ze worden gemaakt van het leer waar jullie al een heel jaar naar vragen.",
    "Zondag zijn we open van tien tot vier, dus kom langs en pas de winterjassen met een kopje thee erbij.",
    "Zo herstelt het team een gescheurde mouw: dat duurt een uur en daarna is de jas weer helemaal nieuw.",
    "Dank aan iedereen die vrijdag langs kwam, het was een mooie dag en van de taart is niets meer over.",
    "Wie een handschoen kwijt is kan bij de kassa vragen, daar staat een doos waar hij misschien tussen zit.",
)
CASINO = (
    "Situs slot gacor hari ini paling mudah menang dengan bonus besar untuk semua pemain baru di seluruh Indonesia.",
    "Daftar sekarang dan dapatkan putaran gratis setiap hari tanpa deposit, langsung masuk ke akun kamu.",
    "Bandar judi terpercaya dengan ribuan permainan kasino yang bisa dimainkan lewat ponsel kapan saja.",
    "Cara menang main slot online adalah memilih mesin dengan persentase kemenangan paling tinggi malam ini.",
    "Bocoran pola terbaru supaya kamu bisa mendapat kemenangan besar dari permainan yang sedang ramai.",
)
CRYPTO = (
    "We are giving back to you: send one coin to the address on our new page and get two of them in an hour.",
    "This is the last day for the token sale, and all of you who were early have made ten times what you had.",
    "It is not a joke, the giveaway is on and it has paid out to all of the first who went to the page.",
    "If you have a wallet you can join now, so do not wait for the rest of the world to get in front of you.",
)
RUSSIAN = ("Лучшие ставки на спорт и бонусы для новых игроков, которые пришли на наш сайт сегодня вечером.",)
CAPTIONS = (
    "New in: oak boots for the hills 🥾 Which colour would you take?",
    "Lantern walk tonight at six, meet us in front of the shop ✨",
    "That smell of wax in the morning. Good to be back at the bench.",
    "Last pair of the red gloves, in Leeds only! Who is quick? #larkwood",
    "Sunday soup for all of our walkers, on the house 🍲",
    "Swipe to see how the tent fits in a bag that small ➡️",
    "Our Anna has been with us for ten years today. Thank you, Anna!",
    "Rain again? We have a coat for that. And one for your dog 🐕",
    "Tag a friend who is never on time for the train 😅 @larkwood",
    "Back in stock: the blue flask. It was gone in a day last time.",
    "A look into the yard where the wool is dyed. It is all by hand.",
    "Do you walk in the dark? Then this lamp is the one to have.",
)
LATER_CAPTIONS = (
    "Frost on the window, tea in the pot. Winter is here ❄️",
    "Our new shop opens on the first of May. Come and have cake!",
    "Guess what is in the box 📦 Answer in the story tomorrow",
    "Two new colours of the fern coat, out now in all stores",
    "Dog of the week: Bruno, in a size S. He would not take it off.",
    "A map of ten walks for you, free at the till while it lasts",
)
CHINESE = (
    "新款靴子已经到店。欢迎大家周末前来试穿。现场还有热茶和点心。",
    "我们的山地指南今天出版。里面有十条适合家庭的路线。",
)
JAPANESE = ("新しいブーツが入荷しました。週末はぜひお店でお試しください。温かいお茶もあります。",)

Looks = Sequence[tuple[Seen, datetime]]
"""What each look brought, and when it was."""


def post(
    number: int,
    said: str,
    at: datetime | None,
    *links: str,
    home: str = HOME,
    kind: Kind = Kind.NOTE,
    lang: str = "",
) -> Post:
    html = "".join(f'<p>{said} <a href="https://{link}/{number}">more</a></p>' for link in links)
    permalink = f"https://{home}/{number}"
    return Post(f"urn:{number}", "blog", kind, permalink, text=said, html=html, lang=lang, published=at)


def posts(
    said: Iterable[str],
    number: int,
    *links: str,
    end: datetime = NOW,
    every: timedelta = HOUR,
    first: int = 1000,
    home: str = HOME,
    kind: Kind = Kind.NOTE,
    lang: str = "",
) -> list[Post]:
    """So many posts, the newest first, with those sentences by turns."""
    return [
        post(first + place, text, end - every * place, *links, home=home, kind=kind, lang=lang)
        for place, text in enumerate(islice(cycle(said), number))
    ]


def known(
    history: Sequence[Post], title: str = "Larkwood Journal", host: str = HOME, ago: timedelta = DAY
) -> Habits:
    """The habits of who posted these, looked at last a day ago."""
    return learnt(Habits(), Seen(title, host, history), NOW - ago)


def brand() -> Habits:
    """A brand's blog: a post every second day, in English, linking to its shop, and now and then to another."""
    history = posts(ENGLISH, 40, SHOP, end=NOW - 1.5 * DAY, every=2 * DAY, first=1)
    press = [
        replace(one, html=f'<a href="https://paper-{place}.example/">paper</a>') if place % 9 == 4 else one
        for place, one in enumerate(history)
    ]
    return known(press)


def account() -> Habits:
    """A brand's account on a network: an API, so neither title nor host; three posts a day."""
    return known(
        posts(ENGLISH, 60, SHOP, end=NOW - 1.5 * DAY, every=8 * HOUR, first=1, home="social.example"), "", ""
    )


def captions() -> Habits:
    """A brand's account with pictures: a few words to each."""
    return known(posts(CAPTIONS, 30, end=NOW - 1.5 * DAY, every=DAY, first=1, home="social.example"), "", "")


def community() -> Habits:
    """A hashtag: many authors, languages and sites."""
    return known(crowd(80, 1, NOW - 1.5 * DAY, HOUR), "", "")


def crowd(number: int, first: int, end: datetime, every: timedelta) -> list[Post]:
    said = [*ENGLISH, *FRENCH, *DUTCH, *CHINESE, *RUSSIAN]
    return [
        replace(
            one,
            author=Author(handle=f"@{one.id}"),
            html=f'<a href="https://site-{one.id[4:]}.example/">x</a>',
        )
        for one in posts(said, number, first=first, end=end, every=every, home="social.example")
    ]


def bilingual() -> Habits:
    both = [one for pair in zip(ENGLISH, cycle(FRENCH), strict=False) for one in pair]
    return known(posts(both, 40, SHOP, end=NOW - 1.5 * DAY, every=DAY, first=1))


def japanese() -> Habits:
    return known(posts((*JAPANESE, *CHINESE), 20, SHOP, end=NOW - 1.5 * DAY, every=DAY, first=1))


def feed(
    *new: Post, title: str = "Larkwood Journal", host: str = HOME, kept: int = 10, reissued: int = 0
) -> Seen:
    """The document of the blog, with the new posts before ten that are known."""
    return Seen(title, host, new, kept, reissued)


def api(*new: Post) -> Seen:
    return Seen(posts=new)


def one_by_one(new: Iterable[Post], step: timedelta = HOUR, kept: int = 10) -> Looks:
    """A look for each post, the oldest first, as with a source that is asked often."""
    looks: list[tuple[Seen, datetime]] = []
    for place, one in enumerate(reversed([*new])):
        at = NOW + step * place
        looks.append((feed(replace(one, published=at), kept=kept), at))
    return looks


def once(seen: Seen) -> Looks:
    return [(seen, NOW)]


def judged(habits: Habits, looks: Looks) -> tuple[str, ...]:
    """The reasons of the first alarm; none where all was learnt as usual."""
    for seen, now in looks:
        if found := alarm(habits, seen, now):
            return found.reasons
        habits = learnt(habits, seen, now)
    return ()


SOCIAL = "social.example"
MINUTE = timedelta(minutes=1)

ORDINARY: dict[str, Callable[[], tuple[Habits, Looks]]] = {
    "nothing new": lambda: (brand(), once(feed())),
    "a post as always": lambda: (brand(), once(feed(*posts(ENGLISH, 1, SHOP)))),
    "sentences that it never wrote, in its language": lambda: (
        brand(), once(feed(*posts(CRYPTO, 8, "papers.example")))
    ),
    "captions as always": lambda: (captions(), once(api(*posts(LATER_CAPTIONS, 6, "papers.example", home=SOCIAL)))),
    "captions without a verb": lambda: (
        captions(), once(api(*posts(["Boots, gloves, hats, scarves, mittens, flasks, lamps, tents"], 4, home=SOCIAL)))
    ),
    "the first look at a feed": lambda: (Habits(), once(feed(*posts(CASINO, 20, "slot.example")))),
    "a new account with two posts that begins in earnest": lambda: (
        known(posts(ENGLISH, 2, end=NOW - 3 * DAY)), once(feed(*posts(FRENCH, 30, "new.example", every=MINUTE)))
    ),
    "ten photos of one event": lambda: (
        brand(), once(feed(*posts(["Lantern walk"], 10, every=MINUTE, kind=Kind.PHOTO)))
    ),
    "thirty posts on Black Friday by who posts three a day": lambda: (
        account(), once(api(*posts(ENGLISH, 30, SHOP, every=30 * MINUTE, home=SOCIAL)))
    ),
    "a campaign's own domain, once": lambda: (brand(), once(feed(*posts(ENGLISH, 1, "winter-sale.example")))),
    "a campaign's own domain, in eight posts": lambda: (
        brand(), once(feed(*posts(ENGLISH, 8, "winter-sale.example", every=2 * HOUR)))
    ),
    "a campaign's own domain, day after day": lambda: (
        brand(), one_by_one(posts(ENGLISH, 12, "winter-sale.example"), DAY)
    ),
    "one post in French": lambda: (brand(), once(feed(*posts(FRENCH, 1, SHOP, lang="fr")))),
    "one post in French that links to a paper": lambda: (brand(), once(feed(*posts(FRENCH, 1, "journal.example")))),
    "two in Dutch that link to papers, among its own": lambda: (
        brand(), once(feed(*posts(DUTCH, 2, "krant.example"), *posts(ENGLISH, 4, SHOP, first=2000)))
    ),
    "it opens in France": lambda: (brand(), once(feed(*posts(FRENCH, 6, SHOP, lang="fr")))),
    "it opens in France, on a domain with its name": lambda: (
        brand(), once(feed(*posts(FRENCH, 6, "larkwood-france.example", lang="fr")))
    ),
    "every post in two languages from now on": lambda: (
        brand(), once(feed(*posts(FRENCH, 4, SHOP), *posts(ENGLISH, 4, SHOP, first=2000)))
    ),
    "it always was in two languages": lambda: (bilingual(), once(feed(*posts(FRENCH, 5, "paper.example")))),
    "its program says another language": lambda: (brand(), once(feed(*posts(ENGLISH, 5, SHOP, lang="de")))),
    "Japanese with no kana among it": lambda: (japanese(), once(feed(*posts(CHINESE, 4, SHOP)))),
    "names of things, no sentences": lambda: (
        brand(), once(feed(*posts(["Oak Trail boots, Fern coat, Moss gloves"], 4, "maker.example")))
    ),
    "from http to https and to www.": lambda: (
        brand(), once(feed(*posts(ENGLISH, 3, SHOP, home=f"www.{HOME}"), host=f"www.{HOME}"))
    ),
    "to another ending of its name": lambda: (
        brand(), once(feed(*posts(ENGLISH, 3, SHOP, home="larkwood.test"), host="larkwood.test", kept=0))
    ),
    "a service for feeds answers in its place": lambda: (brand(), once(feed(host="feeds.burner.example"))),
    "a removal that keeps ids": lambda: (
        brand(), once(feed(*posts(ENGLISH, 3, home="elsewhere.example"), host="elsewhere.example", kept=17))
    ),
    "its new posts are at a shop's address": lambda: (
        brand(), once(feed(*posts(ENGLISH, 5, SHOP, home="bigshop.example")))
    ),
    "a name changed slightly": lambda: (brand(), once(feed(title="The Larkwood Journal: News & Stories"))),
    "a name changed wholly": lambda: (brand(), once(feed(*posts(ENGLISH, 2, SHOP), title="Stories of the forest"))),
    "a week's worth after a failure": lambda: (
        replace(account(), looked=NOW - 9 * DAY),
        once(api(*posts(ENGLISH, 24, SHOP, every=8 * HOUR, home=SOCIAL))),
    ),
    "its feed grows from ten to a hundred": lambda: (
        brand(), once(feed(*posts(ENGLISH, 90, SHOP, end=NOW - 90 * DAY, every=2 * DAY)))
    ),
    "three that were approved late": lambda: (
        account(), once(api(*posts(ENGLISH, 3, SHOP, end=NOW - 4 * DAY, home=SOCIAL)))
    ),
    "we are hiring, every Monday": lambda: (
        brand(),
        [(feed(*posts(ENGLISH[:1], 1, SHOP, first=week), reissued=1), NOW + 7 * DAY * week) for week in range(9)],
    ),
    "a hashtag as always": lambda: (community(), once(api(*crowd(20, 2000, NOW, HOUR)))),
    "a hashtag in another language for a day": lambda: (
        community(), once(api(*posts(RUSSIAN, 12, "novosti.example", home=SOCIAL)))
    ),
    "a hashtag on its great day": lambda: (community(), once(api(*crowd(110, 2000, NOW, 10 * MINUTE)))),
    "a shop's new season": lambda: (
        brand(), once(feed(*posts(["Fern coat"], 80, SHOP, every=MINUTE, kind=Kind.PRODUCT)))
    ),
    "strangers answer in Russian": lambda: (
        account(), once(api(*posts(RUSSIAN, 20, "stavki.example", kind=Kind.REPLY, home=SOCIAL)))
    ),
    "it names people of other servers": lambda: (brand(), once(feed(*(
        replace(one, html='<a href="https://far.example/@ann"><span>@ann</span></a>') for one in posts(FRENCH, 5)
    )))),
}  # fmt: skip

TAKEN_OVER: dict[str, Callable[[], tuple[Habits, Looks]]] = {
    "a lapsed domain with a casino": lambda: (
        brand(),
        once(feed(*posts(CASINO, 10, "slot88.example", end=NOW - 5 * DAY, every=DAY), title="Slot88", kept=0)),
    ),
    "a lapsed domain, the name kept": lambda: (
        brand(), once(feed(*posts(CASINO, 10, "slot88.example", every=2 * HOUR), kept=0))
    ),
    "a casino's posts among its own": lambda: (
        brand(), once(feed(*posts(CASINO, 3, "slot88.example"), *posts(ENGLISH, 3, SHOP, first=2000)))
    ),
    "a casino's posts, one an hour": lambda: (brand(), one_by_one(posts(CASINO, 5, "slot88.example"))),
    "a casino's posts, one a week": lambda: (brand(), one_by_one(posts(CASINO, 5, "slot88.example"), 7 * DAY)),
    "a casino in another script, one an hour": lambda: (brand(), one_by_one(posts(RUSSIAN, 5, "stavki.example"))),
    "a casino on a Japanese blog": lambda: (japanese(), once(feed(*posts(CASINO, 5, "slot88.example")))),
    "a casino on a blog in two languages": lambda: (bilingual(), once(feed(*posts(CASINO, 5, "slot88.example")))),
    "a casino on an account of captions": lambda: (
        captions(), once(api(*posts(CASINO, 4, "slot88.example", home=SOCIAL)))
    ),
    "a casino that says it is English": lambda: (
        brand(), once(feed(*posts(CASINO, 4, "slot88.example", lang="en")))
    ),
    "sixty crypto posts in an hour": lambda: (
        account(), once(api(*posts(CRYPTO, 60, "coins.example", every=MINUTE, home=SOCIAL)))
    ),
    "sixty crypto posts in an hour, in looks of fifteen": lambda: (account(), [
        (api(*posts(CRYPTO, 15, "coins.example", end=at, every=MINUTE, first=at.minute * 1000, home=SOCIAL)), at)
        for at in (NOW + 14 * MINUTE * look for look in range(1, 5))
    ]),
    "sixty of its own sentences in an hour": lambda: (
        account(), once(api(*posts(ENGLISH, 60, SHOP, every=MINUTE, home=SOCIAL)))
    ),
    "fifteen crypto posts in an hour by who posts every second day": lambda: (
        brand(), once(feed(*posts(CRYPTO, 15, "coins.example", every=4 * MINUTE)))
    ),
    "an archive under new ids": lambda: (
        brand(), once(feed(*posts(ENGLISH, 20, SHOP, every=2 * DAY), kept=0, reissued=18))
    ),
    "an archive under new ids, elsewhere": lambda: (
        brand(),
        once(feed(*posts(ENGLISH, 20, home="press.example", every=2 * DAY), host="press.example", kept=0, reissued=20)),
    ),
    "it leads to another house": lambda: (
        brand(), once(feed(*posts(ENGLISH, 10, home="parked.example"), host="parked.example", kept=0))
    ),
    "another name, and nothing of what was there": lambda: (
        brand(), once(feed(*posts(ENGLISH, 10, end=NOW - 5 * DAY, every=DAY), title="Best deals online", kept=0))
    ),
    "another name, and its posts at another house": lambda: (
        brand(), once(feed(*posts(ENGLISH, 5, home="deals.example"), title="Best deals online", kept=0))
    ),
    "another name, in another language": lambda: (
        brand(), once(feed(*posts(DUTCH, 5, SHOP), title="Beste koopjes", kept=0))
    ),
    "a hashtag that a machine writes under": lambda: (
        community(), once(api(*posts(CRYPTO, 200, "coins.example", every=MINUTE / 4, home=SOCIAL)))
    ),
    "two hundred posts of a blog that broke": lambda: (
        brand(), once(feed(*posts(["Draft"], 200, every=MINUTE / 2)))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_what_is_only_new_is_not_held(name: str) -> None:
    assert judged(*ORDINARY[name]()) == ()


@pytest.mark.parametrize("name", TAKEN_OVER)
def test_what_was_taken_over_is_held_and_says_why(name: str) -> None:
    reasons = judged(*TAKEN_OVER[name]())

    assert reasons
    assert all("until now" in reason or "before" in reason for reason in reasons)


def test_of_all_scenarios_so_many_are_judged_right(figure: Callable[[str], None]) -> None:
    calm = sum(not judged(*scenario()) for scenario in ORDINARY.values())
    held = sum(bool(judged(*scenario())) for scenario in TAKEN_OVER.values())

    said = f"{calm} of {len(ORDINARY)} ordinary let be, {held} of {len(TAKEN_OVER)} taken over held"
    print(said)
    figure(said)
    assert len(ORDINARY) + len(TAKEN_OVER) >= 30
    assert (calm, held) == (len(ORDINARY), len(TAKEN_OVER))


# Each threshold, on both sides of it.


def is_held(habits: Habits, seen: Seen) -> bool:
    return alarm(habits, seen, NOW) is not None


def signs(habits: Habits, seen: Seen, now: datetime = NOW) -> tuple[str, ...]:
    """The signs that a look shows, that aside which goes with them: another name is not enough by itself."""
    found = alarm(replace(habits, title="Larkwood"), replace(seen, title="Zebra crossing"), now)
    return tuple(said for said in found.reasons if "Zebra" not in said) if found else ()


def strangers(number: int, others: int, said: Sequence[str], *links: str) -> Seen:
    """So many posts of a stranger, and others of the brand's own."""
    return feed(*posts(said, number, *links), *posts(ENGLISH, others, SHOP, first=2000))


def at_work() -> Habits:
    """The brand's blog, of whose last posts none was odd."""
    return replace(brand(), lately=())


@pytest.mark.parametrize(("number", "held"), [(FLOOD, True), (FLOOD - 1, False)])
def test_a_flood_is_so_many_within_a_day(number: int, held: bool) -> None:
    assert is_held(account(), api(*posts(ENGLISH, number, every=MINUTE, home=SOCIAL))) is held


@pytest.mark.parametrize(("busiest", "held"), [(4.9, True), (5.0, False)])
def test_a_flood_is_many_times_its_busiest_day(busiest: float, held: bool) -> None:
    flood = api(*posts(ENGLISH, FLOOD, every=MINUTE, home=SOCIAL))

    assert is_held(replace(account(), busiest=busiest), flood) is held


@pytest.mark.parametrize(("number", "odd"), [(MANY, True), (MANY - 1, False)])
def test_many_are_so_many_within_a_day(number: int, odd: bool) -> None:
    many = feed(*posts(ENGLISH, number, SHOP, every=MINUTE))

    assert not is_held(brand(), many)
    assert bool(signs(brand(), many)) is odd


@pytest.mark.parametrize(("busiest", "odd"), [(2.9, True), (3.0, False)])
def test_many_are_several_times_its_busiest_day(busiest: float, odd: bool) -> None:
    many = feed(*posts(ENGLISH, MANY, SHOP, every=MINUTE))

    assert bool(signs(replace(brand(), busiest=busiest), many)) is odd


@pytest.mark.parametrize(("apart", "odd"), [(130 * MINUTE, True), (131 * MINUTE, False)])
def test_what_lies_on_two_days_is_not_at_once(apart: timedelta, odd: bool) -> None:
    many = feed(*posts(ENGLISH, MANY, SHOP, every=apart))

    assert bool(signs(replace(brand(), looked=NOW - 9 * DAY), many)) is odd


@pytest.mark.parametrize(("later", "held"), [(20 * HOUR, True), (25 * HOUR, False)])
def test_a_flood_counts_what_earlier_looks_of_the_day_brought(later: timedelta, held: bool) -> None:
    half = FLOOD // 2
    habits = learnt(account(), api(*posts(ENGLISH, half, every=MINUTE, home=SOCIAL)), NOW)
    more = api(*posts(ENGLISH, half, end=NOW + later, every=MINUTE, first=5000, home=SOCIAL))

    assert (alarm(replace(habits, busiest=1.0), more, NOW + later) is not None) is held


@pytest.mark.parametrize(("before", "held"), [(3 * DAY, False), (HOUR, True)])
def test_what_was_published_before_the_last_look_is_not_at_once(before: timedelta, held: bool) -> None:
    old = feed(*posts(ENGLISH, FLOOD, SHOP, end=NOW - before, every=MINUTE))

    assert is_held(brand(), old) is held


@pytest.mark.parametrize(("number", "held"), [(FLOOD * VOICES, True), (FLOOD * VOICES - 1, False)])
def test_where_many_write_it_takes_more_to_be_a_flood(number: int, held: bool) -> None:
    quiet = replace(community(), busiest=1.0, moments=())

    assert is_held(quiet, api(*posts(ENGLISH, number, every=MINUTE, home=SOCIAL))) is held


@pytest.mark.parametrize(("share", "held"), [(0.5, True), (0.51, False)])
def test_many_write_where_most_posts_are_by_another_author(share: float, held: bool) -> None:
    habits = replace(account(), mixed=Share(share * 30, 30))

    assert is_held(habits, api(*posts(ENGLISH, FLOOD, every=MINUTE, home=SOCIAL))) is held


@pytest.mark.parametrize(("number", "held"), [(SOME, True), (SOME - 1, False)])
def test_some_in_a_strange_language_that_link_to_strange_sites_are_enough(number: int, held: bool) -> None:
    assert is_held(brand(), strangers(number, 0, CASINO, "slot88.example")) is held


@pytest.mark.parametrize(("others", "held"), [(3, True), (4, False)])
def test_of_those_looked_at_they_must_be_half(others: int, held: bool) -> None:
    assert is_held(brand(), strangers(SOME, others, CASINO, "slot88.example")) is held


@pytest.mark.parametrize(
    ("number", "others", "odd"), [(MOST, 1, True), (MOST - 1, 0, False), (MOST, 2, False)]
)
@pytest.mark.parametrize(("said", "link"), [(DUTCH, SHOP), (CRYPTO, "coins.example")])
def test_most_in_a_strange_language_or_with_strange_links_are_a_sign(
    number: int, others: int, odd: bool, said: Sequence[str], link: str
) -> None:
    seen = strangers(number, others, said, link)

    assert not is_held(at_work(), seen)
    assert bool(signs(at_work(), seen)) is odd


@pytest.mark.parametrize(("lately", "odd"), [(("", "t"), True), (("", "", "t"), False)])
def test_with_few_new_ones_the_last_six_are_looked_at(lately: tuple[str, ...], odd: bool) -> None:
    habits = replace(brand(), lately=("t", "t", "t", *lately))

    assert bool(signs(habits, strangers(3, 0, DUTCH, SHOP))) is odd


@pytest.mark.parametrize(("share", "odd"), [(0.3, True), (0.31, False)])
def test_who_always_links_to_new_sites_may(share: float, odd: bool) -> None:
    habits = replace(at_work(), novel=Share(share * 20, 20))

    assert bool(signs(habits, strangers(MOST, 0, CRYPTO, "coins.example"))) is odd


@pytest.mark.parametrize(("number", "odd"), [(4, True), (3, False)])
def test_of_how_few_posts_links_tell_nothing(number: int, odd: bool) -> None:
    habits = replace(at_work(), novel=Share(0, number))

    assert bool(signs(habits, strangers(MOST, 0, CRYPTO, "coins.example"))) is odd


@pytest.mark.parametrize(("times", "odd"), [(2, True), (3, False)])
def test_a_site_is_strange_until_it_was_linked_to_a_few_times(times: int, odd: bool) -> None:
    habits = replace(at_work(), linked={"coins.example": times})

    assert bool(signs(habits, strangers(MOST, 0, CRYPTO, "coins.example"))) is odd


@pytest.mark.parametrize(("number", "held"), [(8, True), (7, False)])
def test_of_whom_few_posts_are_known_none_is_strange(number: int, held: bool) -> None:
    habits = known(posts(ENGLISH, number, SHOP, end=NOW - 2 * DAY, every=DAY, first=1))

    assert is_held(habits, strangers(10, 0, RUSSIAN, "stavki.example")) is held


@pytest.mark.parametrize(("share", "odd"), [(0.15, True), (0.149, False)])
def test_words_tell_the_language_of_who_uses_the_same(share: float, odd: bool) -> None:
    habits = replace(at_work(), familiar=Share(share * 500, 500))

    assert bool(signs(habits, strangers(MOST, 0, CASINO, SHOP))) is odd


@pytest.mark.parametrize(("read", "odd"), [(60, True), (59, False)])
def test_of_how_few_words_the_language_is_a_guess(read: int, odd: bool) -> None:
    habits = replace(at_work(), familiar=Share(read / 2, read))

    assert bool(signs(habits, strangers(MOST, 0, CASINO, SHOP))) is odd


@pytest.mark.parametrize(("usual", "odd"), [(0.31, True), (0.29, False)])
def test_a_third_of_the_usual_words_is_the_own_language(usual: float, odd: bool) -> None:
    """One of ten is a word that the source uses."""
    habits = replace(at_work(), familiar=Share(usual * 500, 500))
    said = ["the kasino permainan ponsel bandar terpercaya ribuan dimainkan kapan lewat"]

    assert bool(signs(habits, strangers(MOST, 0, said, SHOP))) is odd


@pytest.mark.parametrize(("number", "odd"), [(8, True), (7, False)])
def test_a_few_words_are_of_any_language(number: int, odd: bool) -> None:
    said = [" ".join(CASINO[0].split()[:number])]

    assert bool(signs(at_work(), strangers(MOST, 0, said, SHOP))) is odd


@pytest.mark.parametrize(
    ("times", "of", "odd"), [(2, 10, True), (3, 10, False), (4, 201, True), (4, 200, False)]
)
def test_a_script_is_strange_that_came_less_than_a_few_times_or_once_in_fifty(
    times: int, of: int, odd: bool
) -> None:
    habits = replace(japanese(), scripts={"CJK": of - times, "CYRILLIC": times})

    assert bool(signs(habits, strangers(5, 0, RUSSIAN, SHOP))) is odd


def test_japanese_is_written_in_three_scripts() -> None:
    kana = known(posts(JAPANESE, 20, SHOP, end=NOW - 2 * DAY, every=DAY, first=1))

    assert not signs(kana, strangers(6, 0, CHINESE, SHOP))
    assert signs(kana, strangers(6, 0, RUSSIAN, SHOP))


@pytest.mark.parametrize(
    ("reissued", "new", "held"), [(REISSUED, 10, True), (4, 4, False), (REISSUED, 11, False)]
)
def test_an_archive_comes_again_with_some_posts_and_half_of_the_new_ones(
    reissued: int, new: int, held: bool
) -> None:
    assert is_held(brand(), feed(*posts(ENGLISH, new, SHOP, every=DAY), reissued=reissued)) is held


@pytest.mark.parametrize(("share", "held"), [(0.29, True), (0.3, False)])
def test_who_always_says_the_same_may(share: float, held: bool) -> None:
    habits = replace(brand(), repeated=Share(share * 30, 30))

    assert is_held(habits, feed(*posts(ENGLISH, 7, SHOP), reissued=7)) is held


@pytest.mark.parametrize(
    ("old", "new", "kept", "odd"),
    [
        (REPLACED, 0, 0, True),
        (REPLACED - 1, 0, 0, False),
        (REPLACED, 5, 0, True),
        (REPLACED, 6, 0, False),
        (REPLACED, 0, 1, False),
    ],
)
def test_an_archive_was_replaced_where_none_of_it_is_known(old: int, new: int, kept: int, odd: bool) -> None:
    before = posts(ENGLISH, old, SHOP, end=NOW - 2 * DAY - HOUR)
    seen = feed(*before, *posts(ENGLISH, new, SHOP, first=2000), kept=kept)

    assert bool(signs(brand(), seen)) is odd


@pytest.mark.parametrize(("hours", "odd"), [(49, True), (48, False)])
def test_dates_may_be_wrong_by_a_day(hours: int, odd: bool) -> None:
    before = posts(ENGLISH, REPLACED, SHOP, end=NOW - hours * HOUR, every=timedelta(0))

    assert bool(signs(brand(), feed(*before, kept=0))) is odd


@pytest.mark.parametrize(("kept", "held"), [(9, True), (10, False)])
def test_a_removal_is_none_by_strangers_where_most_posts_are_known(kept: int, held: bool) -> None:
    moved = feed(*posts(ENGLISH, 10, home="parked.example"), host="parked.example", kept=kept)

    assert is_held(brand(), moved) is held


@pytest.mark.parametrize(("away", "own", "odd"), [(3, 0, True), (2, 0, False), (4, 1, True), (4, 2, False)])
def test_its_posts_are_elsewhere_where_most_of_them_are(away: int, own: int, odd: bool) -> None:
    seen = feed(*posts(ENGLISH, away, SHOP, home="other.example"), *posts(ENGLISH, own, SHOP, first=2000))

    assert bool(signs(brand(), seen)) is odd


@pytest.mark.parametrize(
    ("homes", "odd"), [({HOME: 6, "a.example": 4}, True), ({HOME: 5, "a.example": 4}, False), ({}, False)]
)
def test_who_links_to_others_has_no_home(homes: dict[str, int], odd: bool) -> None:
    seen = feed(*posts(ENGLISH, 5, SHOP, home="other.example"))

    assert bool(signs(replace(brand(), homes=homes), seen)) is odd


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [
        ("Larkwood Journal", "Slot88", True),
        ("Larkwood Journal", "LARKWOOD & Friends", False),
        ("Larkwood Blog", "Slot88 Blog", True),
        ("Larkwood", "Larkwoods", False),
        ("Blog", "News", False),
        ("Larkwood", "", False),
        ("", "Slot88", False),
        ("abcdef", "abcxyz", False),
        ("abcdef", "abwxyz", True),
        ("山の店だより", "山の店だより二号", False),
        ("山の店だより", "オンラインカジノ", True),
    ],
)
def test_a_name_is_another_where_nothing_of_it_is_left(before: str, now: str, held: bool) -> None:
    many = feed(*posts(ENGLISH, MANY, SHOP, every=MINUTE), title=now)

    assert is_held(replace(brand(), title=before), many) is held


@pytest.mark.parametrize(
    ("site", "odd"),
    [
        ("larkwood-sale.example", False),
        ("larkwood.test", False),
        ("mylarkwoods.example", False),
        ("lark.example", True),
        ("social.example", True),
        ("www.youtube.com", False),
    ],
)
def test_a_site_with_its_name_or_for_everybody_is_not_strange(site: str, odd: bool) -> None:
    assert bool(signs(at_work(), strangers(MOST, 0, ENGLISH, site))) is odd


@pytest.mark.parametrize(("name", "odd"), [("quilt", False), ("oaks", True)])
def test_a_short_name_within_another_is_chance(name: str, odd: bool) -> None:
    habits = replace(at_work(), hosts={f"{name}.example": 9}, homes={})
    seen = replace(strangers(MOST, 0, ENGLISH, f"{name}-sale.example"), host="")

    assert bool(signs(habits, seen)) is odd


def test_who_posts_on_a_network_is_not_the_kin_of_its_name() -> None:
    habits = replace(at_work(), homes={"instagram.com": 40}, hosts={})

    assert signs(habits, replace(strangers(MOST, 0, ENGLISH, "instagram-gifts.example"), host=""))


# What is learnt.


def test_what_is_learnt_of_a_source_is_small_and_comes_back_from_json() -> None:
    for habits in (brand(), account(), captions(), community(), bilingual(), Habits()):
        said = msgspec.json.encode(habits)

        assert msgspec.json.decode(said, type=Habits) == habits
        assert len(said) < 4000


def test_nothing_that_a_post_said_can_be_read_from_what_was_learnt() -> None:
    told = posts(
        ["The password of Annabelle is Swordfish-1871, and @annabelle lives in Kirkstall #secret"], 20
    )
    habits = known([replace(one, author=Author("Annabelle", "@annabelle")) for one in told])
    said = msgspec.json.encode(habits).decode().casefold()

    for word in ("password", "annabelle", "sword", "1871", "kirkstall", "secret", "lives"):
        assert word not in said


def test_a_new_domain_becomes_usual_as_it_is_used() -> None:
    habits = brand()
    for seen, now in one_by_one(posts(ENGLISH, 3, "winter-sale.example"), DAY):
        habits = learnt(habits, seen, now)

    assert not signs(replace(habits, lately=()), strangers(6, 0, ENGLISH, "winter-sale.example"))


def test_a_new_language_becomes_usual_in_time() -> None:
    habits = brand()
    for seen, now in one_by_one(posts(FRENCH, 60, SHOP), DAY):
        assert alarm(habits, seen, now) is None
        habits = learnt(habits, seen, now)

    assert not signs(replace(habits, lately=()), strangers(6, 0, FRENCH, SHOP))


def test_words_of_long_ago_count_half_and_less() -> None:
    habits = brand()
    for week in range(12):
        habits = learnt(habits, feed(*posts(ENGLISH, 60, SHOP)), NOW + 7 * week * DAY)

    assert 1000 < sum(habits.words.values()) < 3000


def test_a_busy_day_counts_half_after_a_season() -> None:
    busy = replace(brand(), busiest=40.0, looked=NOW, moments=())

    assert learnt(busy, feed(), NOW + 90 * DAY).busiest == 20
    hourly = busy
    for hour in range(25):
        hourly = learnt(hourly, feed(), NOW + hour * HOUR)
    assert 39.5 < hourly.busiest < 40


def test_a_clock_that_went_back_forgets_nothing() -> None:
    assert learnt(replace(brand(), busiest=40.0), feed(), NOW - 900 * DAY).busiest == 40


def test_what_a_person_let_pass_is_usual_once_it_was_learnt_anew() -> None:
    casino = feed(*posts(CASINO, 10, "slot88.example", every=2 * HOUR), title="Slot88", kept=0)
    more = feed(*posts(CASINO, 3, "slot88.example", first=3000), title="Slot88")

    assert is_held(brand(), casino)
    assert alarm(learnt(Habits(), casino, NOW), more, NOW + DAY) is None


def test_of_an_archive_of_thousands_the_newest_are_read() -> None:
    habits = known(posts(ENGLISH, 3000, SHOP, end=NOW - 2 * DAY, every=2 * DAY))

    assert habits.posts == 3000
    assert sum(habits.homes.values()) == 60
    assert habits.busiest == 1


@settings(deadline=None)  # the machine may be busy
@given(
    st.lists(
        st.builds(post, st.integers(0, 99), st.text(max_size=60), st.sampled_from([None, NOW, NOW - DAY])),
        max_size=9,
    ),
    st.text(max_size=20),
    st.text(max_size=20),
    st.integers(0, 9),
)
def test_a_first_look_is_never_odd_and_any_look_can_be_judged(
    new: list[Post], title: str, host: str, number: int
) -> None:
    seen = Seen(title, host, new, number, min(number, len(new)))
    first = learnt(Habits(), seen, NOW)
    second = learnt(learnt(first, seen, NOW), seen, NOW + HOUR)
    alarm(second, seen, NOW + DAY)

    assert alarm(Habits(), seen, NOW) is None
    assert second.posts == 3 * len(new)
    assert msgspec.json.decode(msgspec.json.encode(second), type=Habits) == second


@pytest.mark.parametrize(
    ("host", "whose"),
    [
        ("larkwood.example", "larkwood.example"),
        ("www.shop.Larkwood.example.", "larkwood.example"),
        ("www.larkwood.co.uk", "larkwood.co.uk"),
        ("news.larkwood.com.au", "larkwood.com.au"),
        ("co.uk", "co.uk"),
        ("www.bbc.de", "bbc.de"),
        ("larkwood.blogspot.com", "larkwood.blogspot.com"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("", ""),
    ],
)
def test_a_host_is_of_whoever_bought_the_name(host: str, whose: str) -> None:
    assert domain(host) == whose


def test_what_is_said_again_under_another_id_is_counted() -> None:
    stored = posts([*ENGLISH, "Happy Monday!"], 11, SHOP)
    again = posts([said.upper() for said in (*ENGLISH[:4], "Happy Monday!")], 5, "else.example", first=5000)

    assert repeats(again, stored) == 4, "but for what everybody says"
    assert repeats(stored, stored) == 0, "those are the same posts"
    assert repeats(posts(FRENCH, 6, first=5000), stored) == 0
    assert repeats(again, []) == 0


# Silence.


def every(step: timedelta, number: int, since: timedelta) -> list[datetime]:
    return [NOW - since - step * back for back in range(number)]


def is_silent(moments: Sequence[datetime], k: float = 4) -> bool:
    return silence(moments, NOW, k) is not None


@pytest.mark.parametrize(("days", "silent"), [(28, False), (29, True)])
def test_who_posted_every_week_is_silent_after_four(days: int, silent: bool) -> None:
    assert is_silent(every(7 * DAY, 20, days * DAY)) is silent


def test_a_silence_says_since_when_and_what_was_usual() -> None:
    found = silence(every(7 * DAY, 20, 30 * DAY), NOW)

    assert found
    assert (found.usual, found.since) == (7 * DAY, NOW - 30 * DAY)
    assert (
        found.said
        == "it has posted nothing since 2026-10-23, for 30 days; until then it mostly did every 7 days"
    )


@pytest.mark.parametrize(("number", "named"), [(5, True), (4, False), (0, False)])
def test_with_few_posts_there_is_no_rhythm(number: int, named: bool) -> None:
    assert is_silent(every(DAY, number, 60 * DAY)) is named


@pytest.mark.parametrize(("hours", "silent"), [(96, False), (97, True)])
def test_who_posts_all_day_may_be_away_for_four(hours: int, silent: bool) -> None:
    assert is_silent(every(7 * HOUR, 30, hours * HOUR)) is silent


@pytest.mark.parametrize(("k", "silent"), [(2, True), (4, False)])
def test_how_many_gaps_are_a_silence_can_be_said(k: float, silent: bool) -> None:
    assert is_silent(every(DAY, 30, 3 * DAY), k) is silent


def test_ten_photos_of_an_event_are_no_rhythm_of_a_minute() -> None:
    def weekly(since: timedelta) -> list[datetime]:
        return [moment + MINUTE * shot for moment in every(7 * DAY, 10, since) for shot in range(10)]

    assert not is_silent(weekly(10 * DAY))
    assert is_silent(weekly(40 * DAY))


@pytest.mark.parametrize(("hours", "silent"), [(5.9, False), (6, True)])
def test_what_follows_within_six_hours_is_of_one_occasion(hours: float, silent: bool) -> None:
    """Four occasions are no rhythm; with a fifth they are one."""
    assert is_silent([*every(DAY, 4, 60 * DAY), NOW - 60 * DAY + hours * HOUR]) is silent


@pytest.mark.parametrize(("pauses", "silent"), [(1, True), (2, False)])
def test_a_pause_that_came_twice_is_no_silence(pauses: int, silent: bool) -> None:
    gaps = [*[40 * DAY] * pauses, *[DAY] * 18]
    moments = [NOW - 30 * DAY - sum(gaps[:place], timedelta(0)) for place in range(len(gaps))]

    assert is_silent(moments) is silent


def test_pauses_of_long_ago_do_not_count() -> None:
    lately = every(DAY, 21, 30 * DAY)

    assert is_silent([*lately, *(lately[-1] - 40 * DAY * back for back in range(1, 9))])


def test_the_order_of_posts_and_those_to_come_change_nothing() -> None:
    moments = every(7 * DAY, 20, 60 * DAY)

    assert silence(moments[::-1], NOW) == silence([NOW + DAY, *moments], NOW) == silence(moments, NOW)
    assert is_silent(moments)


@settings(deadline=None)
@given(st.lists(st.integers(0, 400), min_size=5, max_size=40, unique=True), st.floats(1, 9))
def test_no_source_is_silent_before_k_times_its_usual_gap_is_over(days: list[int], k: float) -> None:
    found = silence([NOW - day * DAY for day in days], NOW, k)

    assert found is None or NOW - found.since > found.usual * k >= DAY
