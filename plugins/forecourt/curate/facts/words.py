"""The words by which each language states a day, a time, an amount or a code.

They are written as people write them and folded as the text is (``folded``), so that "décembre" and "decembre"
are one. ``|`` parts spellings.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

_UNSEEN = re.compile(
    "[\u00ad\u0640\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
_DIGITS = {
    **{0x0660 + digit: str(digit) for digit in range(10)},
    **{0x06F0 + digit: str(digit) for digit in range(10)},
}
_PLAIN = str.maketrans(
    {"\u066a": "%", "\u066b": ".", "\u066c": ",", "\u060c": ",", "\u2019": "'", "\u2212": "-"}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014", "-")
)
"""Arabic percent, point and commas; the apostrophe; minus and dashes."""
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Words:
    """What one language calls things; ``weekdays`` begin with Monday.

    ``joins`` stand between the days of a list, ``until`` between the ends of a span, ``lasting`` before a length
    of time, ``near`` before a day. ``code`` is the word before one, ``code_of`` what makes of it another thing.
    """

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    short_weekdays: tuple[str, ...]
    joins: str
    until: str
    near: str
    lasting: str
    half_price: str
    hour: str
    noon: str
    midnight: str
    code: str
    code_of: str
    street: str


ENGLISH = Words(
    months=(
        "january|jan",
        "february|feb",
        "march|mar",
        "april|apr",
        "may",
        "june|jun",
        "july|jul",
        "august|aug",
        "september|sept|sep",
        "october|oct",
        "november|nov",
        "december|dec",
    ),
    weekdays=(
        "mondays?",
        "tuesdays?",
        "wednesdays?",
        "thursdays?",
        "fridays?",
        "saturdays?",
        "sundays?",
    ),
    short_weekdays=("mon", "tues?", "wed", "thu(?:rs?)?", "fri", "sat", "sun"),
    joins="and|or|&|,|\\+",
    until="-|to|till|until|through|thru",
    near="on|from|until|till|by|since|before|after",
    lasting="in|within|for|every|last|lasts|takes|about",
    half_price="half[- ]price|half off",
    hour="o'?clock",
    noon="noon",
    midnight="midnight",
    code="codes?|vouchers?|coupons?",
    code_of="dress|qr|bar|post|postal|zip|colour|color|source|area|country|pin",
    street="street|square|road|avenue|place",
)

FRENCH = Words(
    months=(
        "janvier|janv",
        "février|févr",
        "mars",
        "avril|avr",
        "mai",
        "juin",
        "juillet|juil",
        "août",
        "septembre|sept",
        "octobre|oct",
        "novembre|nov",
        "décembre|déc",
    ),
    weekdays=("lundis?", "mardis?", "mercredis?", "jeudis?", "vendredis?", "samedis?", "dimanches?"),
    short_weekdays=("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    joins="et|ou|&|,|\\+",
    until="-|au|à|jusqu'au",
    near="le|les|du|au|dès le|jusqu'au|avant le|après le|depuis le",
    lasting="en|dans|pendant|durant|sous|toutes les|depuis|d'ici",
    half_price="moitié prix",
    hour="h|heures?",
    noon="midi",
    midnight="minuit",
    code="codes?|coupons?|code promo",
    code_of="dress|qr|barres?|secret|vestimentaire",
    street="rue|avenue|av|place|boulevard|bd|quai|cours|square|station|métro",
)

GERMAN = Words(
    months=(
        "januar|jänner|jan",
        "februar|feber|feb",
        "märz|maerz|mrz",
        "april|apr",
        "mai",
        "juni|jun",
        "juli|jul",
        "august|aug",
        "september|sept|sep",
        "oktober|okt",
        "november|nov",
        "dezember|dez",
    ),
    weekdays=(
        "montags?",
        "dienstags?",
        "mittwochs?",
        "donnerstags?",
        "freitags?",
        "samstags?|sonnabends?",
        "sonntags?",
    ),
    short_weekdays=("mo", "di", "mi", "do", "fr", "sa", "so"),
    joins="und|oder|&|u\\.|,|\\+",
    until="-|bis|bis zum",
    near="am|vom|zum|bis|ab|den|dem|seit|vor|nach",
    lasting="in|innerhalb|binnen|für|alle|seit|rund|etwa|je",
    half_price="halbe[nmr]? preis(?:en)?",
    hour="uhr|h",
    noon="mittags?",
    midnight="mitternacht",
    code="codes?|gutschein-?codes?|rabatt-?codes?|aktions-?codes?|promo-?codes?|gutscheine?",
    code_of="dress|qr|bar|strich|post|farb|quell",
    street="straße|strasse|str|platz|allee|weg|ufer",
)

SPANISH = Words(
    months=(
        "enero|ene",
        "febrero|feb",
        "marzo|mar",
        "abril|abr",
        "mayo",
        "junio|jun",
        "julio|jul",
        "agosto|ago",
        "septiembre|setiembre|sept|sep",
        "octubre|oct",
        "noviembre|nov",
        "diciembre|dic",
    ),
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábados?", "domingos?"),
    short_weekdays=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    joins="y|o|e|u|&|,|\\+",
    until="-|al|a|hasta el",
    near="el|los|del|al|desde el|hasta el|antes del",
    lasting="en|durante|cada|por|hace|dentro de|unas",
    half_price="mitad de precio",
    hour="h|horas|hrs",
    noon="mediodía",
    midnight="medianoche",
    code="códigos?|cupon(?:es)?|cupón",
    code_of="qr|barras|postal|secreto|vestimenta",
    street="calle|plaza|avenida|avda|paseo|ronda|estación|metro",
)

ARABIC = Words(
    months=(
        "يناير|جانفي|كانون الثاني",
        "فبراير|فيفري|شباط",
        "مارس|آذار",
        "أبريل|إبريل|أفريل|نيسان",
        "مايو|ماي|أيار",
        "يونيو|يونيه|جوان|حزيران",
        "يوليو|يوليه|جويلية|تموز",
        "أغسطس|أوت|آب",
        "سبتمبر|شتنبر|أيلول",
        "أكتوبر|تشرين الأول",
        "نوفمبر|نونبر|تشرين الثاني",
        "ديسمبر|دجنبر|كانون الأول",
    ),
    weekdays=("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"),
    short_weekdays=(),
    joins="و|أو|,",
    until="-|إلى|الى|حتى",
    near="يوم|في|من|حتى|إلى|قبل|منذ",
    lasting="خلال|لمدة|كل|منذ|في غضون",
    half_price="نصف السعر|نصف الثمن",
    hour="",
    noon="الظهر",
    midnight="منتصف الليل",
    code="كود|الكود|بكود|رمز|الرمز|برمز|بالكود|قسيمة",
    code_of="",
    street="شارع|ميدان|ساحة|جسر|محطة",
)

LANGUAGES = {"en": ENGLISH, "fr": FRENCH, "de": GERMAN, "es": SPANISH, "ar": ARABIC}

PERCENT = (
    "%|%ige[mnrs]?|prozentige[mnrs]?|percent|per cent|pour cent|prozent|vom hundert|por ciento|in percent|"
    "بالمئة|بالمائة|في المئة|في المائة|بالمية"
)

CURRENCIES = {
    "€|euros?|يورو": "EUR",
    "£|livres sterling": "GBP",
    "us\\$|دولار(?: أمريكي)?": "USD",
    "a\\$": "AUD",
    "ca?\\$": "CAD",
    "sfr\\.?|schweizer franken|francs suisses|stutz": "CHF",
    "درهما?(?: إماراتي)?|د\\.إ\\.?|dirhams?": "AED",
    "ريال سعودي|ر\\.س\\.?": "SAR",
    "جنيه(?: مصري)?|ج\\.م\\.?": "EGP",
    "₹": "INR",
    "₺|tl": "TRY",
    "zł|złotych": "PLN",
    "kč": "CZK",
    "\\$|dollars?|dólares|dolares|kr\\.?|¥|ريال|دينار|pesos?|francs?|franken": "",
}
"""Signs and words of money. Those that several currencies share stand for none in particular."""

SIGNS = "€|£|us\\$|a\\$|ca?\\$|sfr\\.?|₹|₺|\\$|¥|kr\\.?|د\\.إ\\.?|درهم"
"""Those that also stand before an amount."""

ISO = (
    "EUR|USD|GBP|CHF|AED|SAR|QAR|KWD|BHD|OMR|EGP|JOD|MAD|TND|DZD|MXN|ARS|CLP|COP|BRL|CAD|AUD|NZD|JPY|CNY|SEK|NOK|DKK|"
    "PLN|CZK|HUF|RON|INR"
)
"""Currencies by their codes (ISO 4217): those that retailers name. "TRY" and "ALL" are also words."""

MADE_OF = (
    "cotton|wool|linen|silk|recycled|organic|natural|beeswax|soy|cashmere|polyester|leather|renewable|of|"
    "coton|laine|lin|soie|recyclée?s?|naturelle?s?|naturels?|cire|cuir|bio|des|de nos|"
    "baumwolle|bio-?baumwolle|wolle|schurwolle|leinen|seide|recycelt\\w{0,3}|recyceltem|natürlich\\w{0,3}|leder|"
    "der|unserer|algodón|lana|lino|seda|reciclad[oa]s?|natural(?:es)?|cuero|de los|de las|de nuestr[oa]s|"
    "قطن|صوف|كتان|حرير|طبيعي"
)
"""What follows a share that is no reduction: what a thing is made of, or a part of a whole."""


AND = r" ?(?:-|/|a|to|or|bis|oder|und|ou|et|and|y|o|al|الى|او|و) ?"
"""What stands between two amounts or times of one kind, folded."""

FORENOON = "a\\.? ?m|de ?la ?mañana|uhr ?morgens|uhr ?früh|ص|صباحا"
AFTERNOON = "p\\.? ?m|de ?la ?tarde|de ?la ?noche|uhr ?abends|heures? ?du ?soir|م|مساء|ظهرا|عصرا|ليلا"
"""What tells the two halves of a day apart, behind an hour."""

STREET = (
    "rue|avenue|av|place|boulevard|bd|quai|cours|square|strasse|straße|platz|allee|calle|plaza|avenida|avda|paseo|"
    "station|metro|estacion"
)
"""Before "of" and a day, what is named after it."""

STREET_ARABIC = "شارع|ميدان|ساحة|جسر|محطة|مدينة"
"""The same, right before the day."""

PAST = (
    "is over|are over|was|were|ended|has ended|finished|thank you|thanks|missed|terminée?s?|fini|finis|finie|"
    "est passée?|merci|était|vorbei|beendet|zu Ende|danke|war|abgelaufen|terminó|ha terminado|terminad[oa]|"
    "finalizad[oa]|acabó|gracias|انتهى|انتهت|انتهي|شكرا"
)
"""Words of a text that speaks of an offer as of the past."""

NUMBERS = {
    5: "five|cinq|fünf|cinco|خمسة",
    10: "ten|dix|zehn|diez|عشرة",
    15: "fifteen|quinze|fünfzehn|quince|خمسة عشر",
    20: "twenty|vingt|zwanzig|veinte|عشرون|عشرين",
    25: "twenty[- ]five|vingt[- ]cinq|fünfundzwanzig|veinticinco",
    30: "thirty|trente|dreißig|dreissig|treinta|ثلاثون|ثلاثين",
    40: "forty|quarante|vierzig|cuarenta|أربعون|أربعين",
    50: "fifty|cinquante|fünfzig|cincuenta|خمسون|خمسين",
    60: "sixty|soixante|sechzig|sesenta|ستون|ستين",
    70: "seventy|soixante-dix|siebzig|setenta|سبعون|سبعين",
    75: "seventy[- ]five|soixante-quinze|fünfundsiebzig|setenta y cinco",
    80: "eighty|quatre-vingts?|achtzig|ochenta|ثمانون|ثمانين",
}
"""Numbers as they are written out before "per cent"."""


def folded(text: str) -> str:
    """Spell a text plainly: one kind of digit, sign and space, no marks on or between letters."""
    if text.isascii():
        return _SPACE.sub(" ", text).strip()
    text = unicodedata.normalize("NFKD", _UNSEEN.sub("", text).translate(_PLAIN))
    letters = "".join(letter for letter in text if not unicodedata.combining(letter))
    return _SPACE.sub(" ", letters.translate(_DIGITS).translate(_PLAIN)).strip()


def language(lang: str) -> Words | None:
    """The words of a language tag (BCP 47), None where we have none."""
    return LANGUAGES.get(lang.replace("_", "-").partition("-")[0].lower())


@cache
def any_of(spellings: str) -> str:
    """A group of a regular expression for words between bars, the longest first; none may hold bars of its own."""
    return f"(?:{'|'.join(sorted(folded(spellings).split('|'), key=len, reverse=True))})"
