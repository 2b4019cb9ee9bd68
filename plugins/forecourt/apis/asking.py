"""Requests as APIs want them."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from forecourt import urls
from forecourt.errors import BadData
from forecourt.model import Secret
from forecourt.talk import Request, Response

Values = Mapping[str, object]

_NEXT = re.compile(r"<([^<>]*)>([^<]*)")


def get(
    url: str,
    query: Values | None = None,
    *,
    token: Secret | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """Ask for JSON; what is None in ``query`` is left out, ``token`` is sent as a bearer's.

    Errors are heard: see ``refusal``.
    """
    return Request(_with(url, query), headers=_headers(token, headers), hears_errors=True)


def post(
    url: str, body: object, *, token: Secret | None = None, headers: Mapping[str, str] | None = None
) -> Request:
    """Send JSON, as APIs do that want their question in the body."""
    sent = {"content-type": "application/json"} | _headers(token, headers)
    return Request(url, "POST", sent, json.dumps(body).encode(), hears_errors=True)


def form(
    url: str,
    values: Values,
    *,
    basic: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """Send a form, as OAuth does; ``basic`` is the client's id and secret, for those who want them in the header."""
    sent = {"content-type": "application/x-www-form-urlencoded"} | _headers(None, headers)
    if basic:
        sent["authorization"] = "Basic " + b64encode(":".join(basic).encode()).decode()
    return Request(url, "POST", sent, _encoded(values).encode(), hears_errors=True)


def link_to_next(response: Response) -> str:
    """Where the Link header says that the next page is (RFC 8288), "" if nowhere.

    Raises BadData when it is another origin's: our token is not for them.
    """
    for address, parameters in _NEXT.findall(response.headers.get("link", "")):
        if re.search(r';\s*rel\s*=\s*"?next\b', parameters):
            return same_origin(address, response)
    return ""


def same_origin(address: str, response: Response) -> str:
    """The address of a next page, in full. Raises BadData when it leads to another origin."""
    found = urls.absolute(address, response.url)
    if not found or _origin(found) != _origin(response.url):
        raise BadData(f"{urls.host(response.url)} names a next page at another host, which is not followed")
    return found


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _with(url: str, query: Values | None) -> str:
    said = _encoded(query or {})
    return url + ("&" if "?" in url else "?") + said if said else url


def _encoded(values: Values) -> str:
    return urlencode({name: value for name, value in values.items() if value is not None})


def _headers(token: Secret | None, headers: Mapping[str, str] | None) -> dict[str, str]:
    sent = {"accept": "application/json", **(headers or {})}
    if token:
        sent["authorization"] = f"Bearer {token.reveal()}"
    return sent
