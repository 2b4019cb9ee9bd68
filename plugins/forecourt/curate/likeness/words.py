"""The words of a post that tell its message: without what a network or a tool put round them."""

from __future__ import annotations

import html as entities
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from forecourt import urls
from forecourt.model import Post

MOST = 3000
"""Characters of a text that are read; a message is told by then."""

_MOST_HTML = 20_000  # characters in which links are looked for
_MOST_WORDS = 140
_MOST_LINKS = 12
_MOST_TAGS = 20
_ENDING = 120  # characters in which is looked for a text's being cut off
_SHORT = 3  # letters
_LENGTH = 0xF  # the lowest bits of a word's number say how long it is

_ADDRESS = re.compile(r"https?://[^\s<>\"'“”\u2018\u2019«»]{1,2000}", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w@./-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,18}/[\w~%./-]{1,200}", re.IGNORECASE)
_ANCHOR = re.compile(r"<a\s[^<>]{0,400}?href=\"([^\"<>]{1,2000})\"[^<>]{0,400}>([^<>]?)", re.IGNORECASE)
_TAG = re.compile(r"(?<![\w&])[#\N{FULLWIDTH NUMBER SIGN}](\w*[^\W\d_]\w*)")
_HANDLE = re.compile(r"(?<![\w.])@[\w.-]{1,60}(?:@[\w.-]{1,60})?")
_CUT = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\W{0,9}$")
_MORE = (
    "read more|see more|show more|more in the caption|continue reading|weiterlesen|mehr lesen|mehr anzeigen"
    "|lire la suite|voir plus|leer más|ver más|seguir leyendo|اقرأ المزيد"
)
_BOILERPLATE = re.compile(
    rf"""(?<!\w)(?: (?:{_MORE.replace(" ", "[ ]")})
        | (?:the[ ])?link[ ](?:is[ ])?in[ ](?:our[ ]|the[ ]|der[ ]|unserer[ ])?bio(?:graphy)?
        | (?:lien|enlace)[ ](?:dans|en)[ ](?:la[ ]|notre[ ]|nuestra[ ])?bio
        | swipe[ ](?:up|left|for[ ]more) | tap[ ]the[ ]link | الرابط[ ]في[ ]البايو
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
_ENDS_IN_MORE = re.compile(rf"(?:{_MORE})\W{{0,9}}$", re.IGNORECASE)
_HALF = re.compile(rf"(^|\W)\w{{1,60}}(?:…|\.\.\.)\W{{0,9}}(?:{_MORE})?\W{{0,9}}$", re.IGNORECASE)
_WORD = re.compile(r"([.!?…•\n])|(\w{1,60})")  # the end of a sentence, or a word
# Scripts that write no spaces: Thai to Khmer, kana, Han. Two characters stand for a word there.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_MARKED = re.compile("[\u0300-\u036f\u064b-\u0652\u0670\u0640]")  # accents; vowels and stretching of Arabic
_EMPTY_WORDS = frozenset(
    """
    a an the and or but of in on at to for from by with as is are was were be been am it its this that these those
    we us our ours you your yours they them their he him his she her i my me not no nor so if then than too very
    will would can could may might shall should do does did done has have had having who whom whose which what when
    where why how all any each every some more most much many own same such only just now again also here there
    about after before up down out off over under until till into through per cent percent
    der die das den dem des ein eine einen einem einer eines und oder aber von im am zu zum zur für mit bei aus auf
    an ist sind war waren wird werden wir uns unser unsere ihr euch sie er es ich nicht kein keine so wie was wer wo
    wann auch nur noch schon dann wenn als nach vor bis über unter durch hier da prozent
    le la les l un une des du de d et ou mais à au aux en dans sur pour par avec sans est sont était nous notre nos
    vous votre vos ils elles il elle on je ne pas plus que qui quoi où quand comme ce cette ces se s c y pour cent
    el los las uno una y o pero del al con sin por para es son era nos nuestro nuestra vosotros su sus lo que quien
    cuando donde como no más muy ya este esta
    t re ll ve m
    في من على إلى عن مع هذا هذه كل
    """.split()  # noqa: SIM905 - a list of quoted words would be four times as long
)

_VALUES = (*range(1, 13), 20, 30, 40, 50, 100)
_FIGURES = {
    word: str(figure)
    for words in (
        "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred",
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig hundert",
        "- deux trois quatre cinq six sept huit neuf dix onze douze vingt trente quarante cinquante cent",
        "- dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cuarenta cincuenta cien",
    )
    for figure, word in zip(_VALUES, words.split(), strict=True)
    if word != "-"
}
"""Numbers as words; one network's "ten" is another's "10"."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a post says. ``words`` are numbers of its words, in their order and as often as they stand there.

    ``heads`` are those that begin with a capital letter inside a sentence, or are digits: names and figures.
    ``tags`` are numbers of its hashtags, ``joint`` of each two words in a row that begin it. ``links`` are
    addresses without scheme and tracking.
    """

    words: tuple[int, ...]
    heads: frozenset[int]
    tags: tuple[int, ...]
    joint: tuple[int, ...]
    links: tuple[str, ...]


def wording(post: Post, own: str) -> Wording:
    """Read a post's title and text. ``own`` is the ``address`` of the post itself."""
    text, title = post.text[:MOST], post.title[:MOST]
    if title and not text.casefold().startswith(title.casefold().rstrip("…. ")):
        text = f"{title}\n{text}"
    links = [*_addresses(text), *_anchors(post.html[:_MOST_HTML])]
    bare = _BARE.sub(" ", _ADDRESS.sub(" ", text))
    tags = [*_TAG.findall(bare)[:_MOST_TAGS], *post.tags[:_MOST_TAGS]]
    words, heads = _words(_whole(_HANDLE.sub(" ", _TAG.sub(" ", bare))))
    words = words[:_MOST_WORDS]
    account = f"{post.source} {own.partition('/')[0]}"
    brand = {word for word in heads.union(words) if len(word) > _SHORT and word in account}
    pairs = [pair for pair in pairwise(words) if brand.isdisjoint(pair)]
    return Wording(
        words=tuple(map(number, words)),
        heads=frozenset(map(number, heads - brand)),
        tags=tuple({number("".join(_folded(tag).split())): None for tag in tags}),
        joint=tuple({number(one + other): None for one, other in pairs}),
        links=tuple([link for link in dict.fromkeys(links) if link and link != own][:_MOST_LINKS]),
    )


def is_cut(text: str) -> bool:
    """Whether a network or a tool cut the text off: it ends in an ellipsis, in "Read more", or in either and a link."""
    end = _ADDRESS.sub(" ", text[-_ENDING:])
    return bool(_CUT.search(end) or _ENDS_IN_MORE.search(end))


def address(url: str) -> str:
    """An address as two networks write it alike: no scheme, no "www.", no tracking, no slash at its end."""
    return urls.canonical(url).partition("://")[2].removeprefix("www.").rstrip("/") if url else ""


@lru_cache(maxsize=8192)
def number(word: str) -> int:
    """A word as a number, the same in every process; how long the word is stands in the lowest four bits."""
    word = _stem(word)
    return crc32(word.encode()) & ~_LENGTH | min(len(word), _LENGTH)


def length(number_: int) -> int:
    """How many letters a word has, 15 for more."""
    return number_ & _LENGTH


def _whole(text: str) -> str:
    """The text without boilerplate, and without half a word at its end."""
    text = text.rstrip()
    return _BOILERPLATE.sub(" ", text[:-_ENDING] + _HALF.sub(r"\1", text[-_ENDING:]))


def _words(text: str) -> tuple[list[str], set[str]]:
    """The words of a text that say something, folded; and which of them are names or figures."""
    found: list[str] = []
    heads: set[str] = set()
    begins = True
    for end, word in _WORD.findall(unicodedata.normalize("NFKC", text)):
        if end:
            begins = True
            continue
        for folded in _parts(word):
            if folded in _EMPTY_WORDS or (len(folded) == 1 and folded.isascii() and not folded.isdigit()):
                continue
            said = _FIGURES.get(folded, folded)
            found.append(said)
            if said.isdigit() or (not begins and word[0].isupper() and not word.isupper()):
                heads.add(said)
            begins = False
    return found, heads


def _parts(word: str) -> Iterator[str]:
    folded = _folded(word)
    if folded.isascii() or not _UNSPACED.search(folded):
        yield folded
        return
    for run in _UNSPACED.findall(folded):
        yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))
    yield from filter(None, _UNSPACED.split(folded))


def _folded(word: str) -> str:
    word = word.casefold()
    if word.isascii() or word in _EMPTY_WORDS:
        return word
    return unicodedata.normalize("NFC", _MARKED.sub("", unicodedata.normalize("NFKD", word)))


_SHORT_WORD = 4  # letters; "bus" and "plus" are no plurals


def _stem(word: str) -> str:
    """Without the "s" of a plural, which English, French and Spanish share."""
    is_long = len(word) > _SHORT_WORD
    return word[:-1] if is_long and word[-1] == "s" and word[-2] != "s" else word


def _addresses(text: str) -> Iterator[str]:
    for found in _ADDRESS.findall(text):
        yield address(found.rstrip(".,;:!?)]…"))
    for found in _BARE.findall(_ADDRESS.sub(" ", text)):
        yield address("https://" + found.rstrip(".,;:!?)]…"))


def _anchors(html: str) -> Iterator[str]:
    """Where the links of a text lead, but for those of its hashtags and handles."""
    for href, begins in _ANCHOR.findall(html):
        if begins not in {"#", "@"}:
            yield address(entities.unescape(href))
