"""What connectors to JSON APIs share: asking, reading without trust, refusals, renewal, marked text."""

from forecourt.apis.asking import form, get, link_to_next, post, same_origin
from forecourt.apis.data import Data, listed, read
from forecourt.apis.marks import Mark, addresses, marked, written
from forecourt.apis.oauth import granted, renewed
from forecourt.apis.refusals import refusal, refused, retry_at

__all__ = [
    "Data", "Mark", "addresses", "form", "get", "granted", "link_to_next", "listed", "marked", "post", "read",
    "refusal", "refused", "renewed", "retry_at", "same_origin", "written",
]  # fmt: skip
