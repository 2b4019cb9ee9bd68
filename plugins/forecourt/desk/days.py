"""The words of opening hours: days in the languages of ``_NAMES``, in full or cut short, and what is said beside them.

A word that is two days in two languages ("Di" is a Tuesday in German, a Sunday in French) is read by the other
days beside it; alone, it is refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
"""The days as schema.org writes them, and as they can always be written."""

_NAMES = {
    "English": "monday tuesday wednesday thursday friday saturday sunday",
    "French": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "German": "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "Spanish": "lunes martes miercoles jueves viernes sabado domingo",
    "Italian": "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    "Portuguese": "segunda terca quarta quinta sexta sabado domingo",
    "Dutch": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "Arabic": "الاثنين الثلاثاء الاربعاء الخميس الجمعه السبت الاحد",
}
_OTHERS = {
    "daily": "daily everyday taglich dagelijks quotidien يوميا",
    "closed": "closed off shut ferme geschlossen ruhetag zu cerrado chiuso gesloten fechado encerrado مغلق",
    "-": "to till until through au a bis al hasta fino tot ate الى حتى",
    ",": "and et und y e en sowie",
    "": "from du de le les von vom del dal dalle das as van los las il o h open ouvert geoffnet abierto "
    "aperto uhr uur من",
    "holidays": "ph sh holiday holidays feiertag feiertage feries festivos festivi",
}
WORDS: Mapping[str, str] = {word: kind for kind, words in _OTHERS.items() for word in words.split()}
"""What other words mean; "" is nothing. They are in small letters without accents, as in ``_NAMES``."""

_LEAST = 2  # letters of a day: one alone is several days in every language


def meanings(words: Sequence[str]) -> dict[str, int]:
    """Which day each word is, Monday 0: as in a language that knows them all; where there is none, each by itself.

    Raises ValueError with a sentence where a word may be two days.
    """
    known = {word: readings(word) for word in words}
    languages = [name for name in _NAMES if all(name in by_language for by_language in known.values())]
    found = {}
    for word, by_language in known.items():
        days = {by_language[name] for name in languages or by_language}
        if len(days) > 1:
            said = " and ".join(
                f"{CODES[day]} in {_first(by_language, day, languages)}" for day in sorted(days)
            )
            raise ValueError(f'"{word}" is {said}; write days as {", ".join(CODES)}')
        found[word] = days.pop()
    return found


def readings(word: str) -> dict[str, int]:
    """The day that a word is, Monday 0, by language: its name, its plural, or how both begin."""
    if len(word) < _LEAST:
        return {}
    found = {}
    for language, names in _NAMES.items():
        days = [
            day
            for day, name in enumerate(names.split())
            if name.startswith(word) or word == f"{name}s" or (word == "weds" and name == "wednesday")
        ]
        if len(days) == 1:
            found[language] = days[0]
    return found


def plain(text: str) -> str:
    """In small letters, without accents."""
    # The last letter of Friday is written with and without its dots in Arabic.
    apart = unicodedata.normalize("NFKD", text.casefold().replace("\u0629", "\u0647"))
    return "".join(each for each in apart if not unicodedata.combining(each) and each != "\u200f")


def _first(by_language: dict[str, int], day: int, languages: Sequence[str]) -> str:
    return next(name for name in languages or by_language if by_language[name] == day)
