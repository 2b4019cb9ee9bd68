"""Everything that marketing can write: the kinds of files below ``content/`` and the fields of their heads.

What checks a head, the page that explains it (docs/editing.md), the files that ``invoke new`` writes and the
editor in the browser all go by what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Type = Literal[
    "line", "text", "moment", "day", "switch", "words", "picture", "choice", "number", "price", "language",
    "web", "position", "hours", "sources", "store", "campaign", "post", "posts", "lines", "slug", "zoned", "email",
]  # fmt: skip
"""What a field holds.

"moment" is a date, with or without a time, in the hub's zone; "zoned" the same, with or without a zone of its
own; "words" stand with commas between; "lines" are one a line, indented by four; "sources", "store", "campaign"
and "posts" name what is written elsewhere.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a head. ``help`` says in a few words what it is, ``example`` is what may stand after the colon."""

    name: str
    type: Type
    help: str
    example: str
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. ``folder`` is below ``content/``; ``label`` and ``one`` name many and one of it for people.

    ``template`` is of the page that is made of it, "" where the theme has none of its own for it. ``has_text`` says
    whether something may stand below the head.
    """

    folder: str
    one: str
    label: str
    help: str
    fields: tuple[Field, ...]
    template: str = ""
    has_text: bool = True

    @property
    def names(self) -> dict[str, Field]:
        """Its fields by their names."""
        return {field.name: field for field in self.fields}


STATUSES = ("published", "draft", "hidden", "skip")

_TITLE = Field("title", "line", "what the page is called", "Winter in the shops", required=True)
_SUMMARY = Field("summary", "text", "one or two sentences for its card", "On Thursdays, until Christmas.")
_TAGS = Field("tags", "words", "words that gather it with posts of the same topic", "shops, christmas")
_PICTURE = Field("picture", "picture", "a picture below content/", "images/winter.jpg")
_ALT = Field(
    "alt", "line", "what the picture shows, for those who cannot see it", "A lit shop window at dusk"
)
_STATUS = Field("status", "choice", "published, draft, hidden or skip", "draft", choices=STATUSES)
_SLUG = Field("slug", "slug", "its name in the address", "winter-hours")
_LANG = Field("lang", "language", "its language, if it is not the hub's", "fr")
_TRANSLATION = Field("translation", "switch", "true where it is a translation of another file", "true")
_PINNED = Field("pinned", "switch", "yes keeps it first on the home page", "yes")
_LINK = Field("link", "web", "where one finds more", "https://www.larkwood.example/winter/")
_STORE = Field("store", "store", "the local store it belongs to", "lyon")

_PELICANS = (
    Field("modified", "moment", "when it was last changed", "2026-11-24 15:30"),
    Field("author", "line", "who wrote it", "Inès Moreau"),
    Field("authors", "words", "who wrote it, if several", "Inès Moreau, Paul Ferrand"),
    Field("category", "line", "kept for Pelican; the hub shows tags", "shops"),
    Field("keywords", "words", "kept for Pelican", "opening hours"),
    Field("description", "line", "kept for Pelican", "Opening hours"),
    Field("template", "line", "another template of the theme", "campaign"),
    Field("save_as", "line", "another file name", "winter/index.html"),
    Field("url", "line", "another address", "winter/"),
)

_PAGE = (_TITLE, _SUMMARY, _TAGS, _PICTURE, _ALT, _STATUS, _SLUG, _LANG, _TRANSLATION)

NEWS = Kind(
    "news", "article", "News", "stands among the posts of the networks, the newest first",
    (
        _TITLE,
        Field("date", "moment", "when it is published", "2026-11-22 09:00", required=True),
        *_PAGE[1:],
        _PINNED,
        *_PELICANS,
    ),
)  # fmt: skip

PAGES = Kind(
    "pages", "page", "Pages", "stands in the menu",
    (*_PAGE, Field("date", "moment", "when it was written", "2026-11-22 09:00"), _PINNED, *_PELICANS),
)  # fmt: skip

CAMPAIGNS = Kind(
    "campaigns", "campaign", "Campaigns", "gathers what all networks say about it, and leaves when it ends",
    (
        _TITLE,
        Field("start", "zoned", "the moment it begins", "2026-11-27 09:00", required=True),
        Field("end", "zoned", "the moment it is over", "2026-11-30 23:59 Europe/Paris", required=True),
        Field("hashtags", "words", "hashtags of posts that belong to it", "WinterSale, SoldesHiver"),
        Field("message", "text", "what every channel is to say, in a sentence", "20 % off all lamps until Monday."),
        Field("price", "price", "a price that the message states", "24.90 EUR"),
        Field("percent", "number", "a reduction that the message states, in per cent", "20"),
        Field("day", "day", "the day that the message is about", "2026-11-28"),
        Field("code", "line", "a code that the message states", "LAMP20"),
        replace(_LINK, help="where the message leads"),
        Field("channels", "sources", "accounts that are to say it", "larkwood-instagram, larkwood-facebook"),
        Field("owner", "line", "who looks after it", "Inès, marketing"),
        Field("banner", "switch", "no keeps it off the home page", "no"),
        *_PAGE[1:],
    ),
    "campaign",
)  # fmt: skip

EVENTS = Kind(
    "events", "event", "Events", "has a page and stands in the calendar until it is over",
    (
        _TITLE,
        Field("start", "zoned", "when it begins; a day alone lasts all day", "2026-12-05 18:00", required=True),
        Field("end", "zoned", "when it is over", "2026-12-05 21:00"),
        Field("place", "line", "where it is", "At the repair bench"),
        _STORE,
        replace(_LINK, help="where one signs up"),
        Field("cancelled", "switch", "yes says that it will not be", "yes"),
        *_PAGE[1:],
    ),
    "happening",
)  # fmt: skip

STORES = Kind(
    "stores", "store", "Stores", "heads the page of a local store, with its posts, reviews and events",
    (
        replace(_TITLE, help="what the store is called", example="Larkwood Lyon"),
        Field("address", "line", "street and number", "12 rue de la République"),
        Field("town", "line", "postal code and town", "69002 Lyon"),
        Field("country", "line", "country", "France"),
        Field("position", "position", "latitude and longitude, in degrees", "45.7640, 4.8357"),
        Field("hours", "hours", "when it is open", "Mo-Fr 10:00-19:00; Sa 09:00-18:00"),
        Field("phone", "line", "telephone", "+33 4 72 00 00 00"),
        Field("email", "email", "e-mail", "lyon@larkwood.example"),
        Field("accounts", "sources", "its own linked accounts", "larkwood-lyon, larkwood-nextdoor"),
        Field("facts", "lines", "what else to know, as what: how, one a line", "Parking: behind the house"),
        *(field for field in _PAGE[1:] if field.name != "tags"),
    ),
    "store",
)  # fmt: skip

PICKS = Kind(
    "picks", "pick", "Picks", "says something about one post of a network",
    (
        Field("post", "post", "its address on the hub or at its origin", "/posts/4fzyo82mvyr7k/", required=True),
        Field("approve", "switch", "yes lets a held post out", "yes"),
        Field("hide", "switch", "yes keeps it and its copies off the site", "yes"),
        Field("pin", "switch", "yes keeps it first on the home page", "yes"),
        Field("feature_until", "zoned", "keeps it first on the home page until then", "2026-12-01 09:00"),
        Field("caption", "text", "the editors' own words beside it", "Made by Ruth, who mends every Thursday."),
        Field("lang", "language", "the language of the caption, if it is not the hub's", "fr"),
        Field("alt", "lines", "what its pictures show, one a line, in their order", "A mended rocking chair"),
        replace(_TAGS, help="more words that gather it with posts of the same topic"),
        Field("campaign", "campaign", "the campaign it belongs to", "winter-sale"),
        Field("same", "posts", "posts that say the same: one card for all", "https://social.example/@larkwood/1"),
        Field("apart", "posts", "posts that do not say the same: a card for each", "/posts/7xk2p09qjwe5d/"),
    ),
    has_text=False,
)  # fmt: skip

KINDS = (NEWS, PAGES, CAMPAIGNS, EVENTS, STORES, PICKS)
"""Every kind of file that has a head."""

BY_FOLDER = {kind.folder: kind for kind in KINDS}
