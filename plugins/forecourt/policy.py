"""What a browser may do with a page of the hub: load what is the hub's own, and run nothing in line.

It is the second wall: text of strangers is cleaned before it is on a page, and were
it not, it still would not run. Each page says so in its head, and names the hosts of
the few players that it may open after a click. A server that sends headers says the same
of all pages at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forecourt import players


def csp(films: Iterable[str] = (), *, recordings: bool = False, search: bool = False) -> str:
    """The policy of a page: its own files, and the hosts of the players of these ``films``.

    A player that is none of ours (``players.ours``) is not let in. With ``recordings`` films and
    sounds may come from any host, encrypted: most podcasts send a listener on through two or three,
    of which nobody can know the last. ``search`` lets the page compile WebAssembly.
    """
    hosts = sorted({f"https://{host}" for host in map(players.host, films) if host})
    return _written(hosts, recordings=recordings, search=search)


def _written(hosts: Iterable[str], *, recordings: bool, search: bool) -> str:
    frames = " ".join(hosts)
    directives = (
        "default-src 'none'",
        "img-src 'self' data:",  # what stands for a picture until it is there
        "style-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'" if search else "script-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        f"frame-src {frames}" if frames else "",
        "media-src https:" if recordings else "",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(filter(None, directives))


CSP = csp()
"""What a page may load that plays nothing and searches nothing: its own, and nothing in line; no frame at all."""

_PLAYERS = [f"https://{host}" for host in players.HOSTS]

FILTERED = _written(_PLAYERS, recordings=True, search=False)
"""What a page may load into which a filter brings the posts of other pages, with whatever those play."""

_EVERY_PAGE = _written(_PLAYERS, recordings=True, search=True)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"{_EVERY_PAGE}; frame-ancestors 'none'",  # which only a header may say
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
"""What a server sends with every file: what any page may need, of which each page then allows itself its part."""

ADMIN_HEADERS: Mapping[str, str] = {**HEADERS, "Content-Security-Policy": "frame-ancestors 'none'"}
"""The same for the editor below /admin/, whose page says the rest itself (``desk.cms.policy``)."""
