"""Addresses: made absolute, made canonical, or refused.

An address that gets through here is http or https, plain ASCII, and reads the
same to Python as to a browser.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

FOLDER = "folder:"
"""How the address of a folder of the hub begins, or of a picture in one; no stranger can write one."""

LONGEST = 8000
"""Characters of an address; longer ones few servers take (RFC 9110 section 4.1)."""

_LONGEST_HOST = 253  # characters (RFC 1035 section 2.3.4)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# WHATWG URL 4.4 step 1-3: controls and spaces round an address, tabs and line ends inside it, do not count.
# The C1 controls, separators and lone surrogates beside them are ours: no address needs one.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NO_LABEL = re.compile(r"[^\w-]")
_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # UTS 46: what browsers take for a dot in a host
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
# WordPress: name-300x200.jpg; Flickr: id_secret_m.jpg, the original with another secret; Blogger: /s72-c/, /w640-h480/.
_SIZE = re.compile(
    r"""-\d{2,4}x\d{2,4}(?=\.\w+$)
    | (?<=\d)_[0-9a-f]{10}(?:_[a-z])?(?=\.jpg$)
    | /[sw]\d+(?:-[a-z]\w*)*(?=/[^/]*$)""",
    re.VERBOSE | re.ASCII,
)
_TRACKING = re.compile(
    r"""(?: utm_\w+ | mtm_\w+ | pk_\w+ | piwik_\w+ | hsa_\w+ | _hs\w+ | __hs\w+ | hsCtaTracking
        | fbclid | gclid | gclsrc | dclid | gbraid | wbraid | srsltid | msclkid | yclid | ysclid | twclid
        | ttclid | li_fat_id | epik | ScCid | igsh | igshid | mc_cid | mc_eid | mkt_tok | vero_id | vero_conv
        | oly_anon_id | oly_enc_id | wickedid | rb_clickid | s_cid | _openstat | ref_src | ref_url
    )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


_SIGNATURES = frozenset(
    {"oe", "x-expires", "x-signature", "x-amz-signature", "signature", "sig", "t", "hm", "token"}
)
"""Parameters by which an address ends after a while; "t" is LinkedIn's, "hm" Discord's."""


def absolute(url: str, base: str = "") -> str:
    """Write the address in full, or "" when it is not one of http or https.

    ``url`` may be relative to ``base``. Spaces and letters outside ASCII come
    back encoded, so that the same address is always spelled the same. One with
    a user name is refused: it is a password, or a host in disguise. So is one
    longer than ``LONGEST``.
    """
    parts = _split(_resolve(_tidy(url), base))
    if parts is None or parts.username is not None or parts.password is not None:
        return ""
    name = _ascii_host(parts.hostname or "")
    if not name:
        return ""
    port = f":{parts.port}" if parts.port is not None else ""
    address = parts._replace(
        scheme=parts.scheme.lower(),
        netloc=name + port,
        path=_encoded(parts.path),
        query=_encoded(parts.query),
        fragment=_encoded(parts.fragment),
    ).geturl()
    return address if len(address) <= LONGEST else ""


def canonical(url: str) -> str:
    """Find the address that stands for the same page however one came to it.

    Tracking parameters, the default port and the fragment go, except a fragment
    that is a route of its own (``#!``). "" when there is no such address.
    """
    parts = _split(absolute(url))
    if parts is None:
        return ""
    return parts._replace(
        netloc=parts.netloc.removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}"),
        path=parts.path or "/",
        query="&".join(one for one in parts.query.split("&") if not _tracks(one)),
        fragment=parts.fragment if parts.fragment.startswith("!") else "",
    ).geturl()


def place(url: str) -> str:
    """The address to be read by people, without its query: a token may stand in it."""
    if url.startswith(FOLDER):
        return unquote(url.removeprefix(FOLDER).partition("#")[0])
    parts = _split(url)
    if parts is None:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{'?…' if parts.query else ''}"


def host(url: str) -> str:
    """Name the host of an address in lower case, or ""."""
    parts = _split(absolute(url))
    return (parts.hostname or "") if parts else ""


def site(url: str) -> tuple[str, int | None]:
    """Whose address it is: its host in lower case and the port, None where none is written."""
    parts = _split(absolute(url))
    return ((parts.hostname or "").lower(), parts.port) if parts else ("", None)


def picture(url: str) -> str:
    """Reduce an address to what those of one picture in several sizes have in common."""
    address = url.partition("#")[0]
    path = address.partition("://")[2] or address
    if _FILE.search(path.partition("?")[0]):
        path = path.partition("?")[0]
    return _SIZE.sub("", path)


def unsigned(url: str) -> str:
    """Reduce an address that is signed anew at each answer to what stays of it; give others as they are.

    The networks that do so (Meta's, TikTok, LinkedIn, S3) name the file in the path,
    and take it from whichever host is near.
    """
    parts = _split(url)
    if parts is None or not _SIGNATURES & {name.partition("=")[0].lower() for name in parts.query.split("&")}:
        return url
    return parts.path


def _tidy(url: str) -> str:
    url = _INVISIBLE.sub("", url).strip()
    address, mark, query = url.partition("?")
    # To a browser "http://good.example\\@bad.example" is good.example; to urllib it is bad.example.
    return address.replace("\\", "/") + mark + query


def _resolve(url: str, base: str) -> str:
    if not url:
        return ""
    try:
        return urljoin(_tidy(base), url)
    except ValueError:  # urllib on "http://[": bpo-36338 and its kin
        return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number, or beyond 65535
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _ascii_host(name: str) -> str:
    """Spell the host as the network knows it; "" when it cannot be one.

    Not the "idna" codec: that is IDNA 2003, where straße.de is strasse.de, another
    owner's house; browsers follow UTS 46 non-transitional.
    """
    if name.isascii() and ":" in name:
        return f"[{name}]"
    if len(name) > _LONGEST_HOST:
        return ""
    labels = _DOTS.split(unicodedata.normalize("NFKC", name).lower().removesuffix("."))
    try:
        return ".".join(_ascii_label(label) for label in labels)
    except UnicodeError:
        return ""


def _ascii_label(label: str) -> str:
    letters = "".join(c for c in label if not unicodedata.category(c).startswith("M"))
    if not letters or _NO_LABEL.search(letters):
        raise UnicodeError(label)
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _encoded(part: str) -> str:
    return quote(_BARE_PERCENT.sub("%25", part), safe="%/:?#@!$&'()*+,;=~-._|")


def _tracks(parameter: str) -> bool:
    return _TRACKING.fullmatch(parameter.partition("=")[0]) is not None
