"""Tokens as OAuth 2 gives them (RFC 6749): asked for by a refresh token or by the client itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from forecourt.apis.data import Data, read
from forecourt.apis.refusals import refusal, refused
from forecourt.errors import BadData, Cause
from forecourt.model import Secret
from forecourt.talk import Grant, Renewal, Request, Response

_DEAD = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "unsupported_grant_type"})


def renewed(request: Request, platform: str, grant: Grant | None) -> Renewal:
    """Ask a token endpoint, and read the new grant; what it does not say again stays from the last one.

    Raises PlatformError: AUTH_DEAD when the refresh token or the client is refused.
    """
    response = yield request
    said = refused(response)
    if said is None:
        said = read(response)
        if not said.has("error"):
            return granted(said, response, grant)
    code = said.text("error") or said.text("error", "type")
    words = said.text("error_description") or said.text("message") or code
    dead = code in _DEAD or response.status in {400, 401, 403}
    raise refusal(response, platform, Cause.AUTH_DEAD if dead else None, words)


def granted(said: Data, response: Response, last: Grant | None) -> Grant:
    """The grant in a token endpoint's answer. Raises BadData."""
    token = _secret(said.text("access_token"))
    if token is None:
        raise BadData("the token endpoint gave no token")
    refresh = _secret(said.text("refresh_token"))
    told = _after(response.at, said.number("refresh_token_expires_in") or said.number("refresh_expires_in"))
    if refresh is None and last:
        refresh, told = last.refresh, told or last.refresh_expires
    return Grant(token, _after(response.at, said.number("expires_in")), refresh, told)


def _secret(value: str) -> Secret | None:
    # What goes into a header must be plain; RFC 6749 appendix A.12 allows nothing else.
    return Secret(value) if value and value.isascii() and value.isprintable() and " " not in value else None


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return now + timedelta(seconds=min(seconds, 10**9)) if seconds and seconds > 0 else None
