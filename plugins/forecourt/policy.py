"""What a browser may do with a page of the hub: load what is the hub's own, and run nothing in line.

It is the second wall: text of strangers is cleaned before it is on a page, and were
it not, it still would not run. Each page says so in its head; a server that sends
headers says more.
"""

from __future__ import annotations

from collections.abc import Mapping

CSP = (
    "default-src 'none'; "
    "img-src 'self'; "
    "style-src 'self'; "
    "script-src 'self'; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'"
)
"""What a page of the hub may load: its own, and nothing in line; frames, objects and players not at all."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"{CSP}; frame-ancestors 'none'",  # which only a header may say
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
"""What a server sends with every file."""
