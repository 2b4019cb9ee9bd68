"""What Meta's three APIs share: how Facebook, Instagram and Threads refuse, page, renew and name people."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from forecourt.apis.data import Data, read
from forecourt.apis.marks import Mark
from forecourt.apis.oauth import granted
from forecourt.apis.refusals import refusal, refused
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Post, Secret
from forecourt.talk import EVER, Grant, Renewal, Request, Response

VERSION = "v26.0"
"""Of the Graph API, for Facebook and Instagram. Meta ends each version some two years after it came."""

_CAUSES = {
    **dict.fromkeys((102, 104, 190), Cause.AUTH_DEAD),
    # 18: more than 30 hashtags in seven days; 80000 and on: of a business.
    **dict.fromkeys((4, 17, 18, 32, 341, 613, *range(80000, 80015)), Cause.RATE_LIMITED),
    **dict.fromkeys((3, 10, *range(200, 300)), Cause.PERMISSION),
    **dict.fromkeys(
        (24, 803), Cause.NOT_FOUND
    ),  # a hashtag that cannot be looked for, an unknown name of a page
    **dict.fromkeys((1, 2), Cause.TRANSIENT),
    368: Cause.BLOCKED,
}
_TOKEN_OR_PATH = 2500  # "an active access token must be used", and "unknown path components"
_WRONG_PARAMETER, _NO_SUCH_OBJECT = 100, 33
_BUSY = 80  # percent of what may be asked; Meta advises to slow down from there
_LONGEST_PAUSE = timedelta(hours=25)
_THREADS = 5  # of the newest posts that were answered; each costs a request
_NUMBER = re.compile(r"\d+(?:_\d+)*", re.ASCII)

# The full stop at the end of a sentence belongs to no name.
_HANDLE = re.compile(r"(?<![\w@./])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)")


def checked(response: Response, platform: str) -> Data:
    """The answer. Raises PlatformError when it is an error, BadData when it is nothing of Meta's.

    The status lies (an ended token is 400), the code in the body does not. No token
    that Meta calls invalid can be renewed by a machine: that has to be done before.
    """
    said = refused(response)
    if said is None:
        said = read(response)
        if not said.at("error"):
            return said
    error = said.at("error")
    words = error.text("message") or said.text("error_message")
    refusal_ = refusal(response, platform, _cause(error, response), words)
    until = _regained_at(response) if refusal_.cause is Cause.RATE_LIMITED else None
    raise PlatformError(str(refusal_), refusal_.cause, until) if until else refusal_


_NOBODY = Author()


@dataclass(frozen=True, slots=True)
class Known:
    """What a poll knows from the one before: whose posts they are, and when the newest was published."""

    id: str = ""
    author: Author = _NOBODY
    newest: datetime | None = None

    @classmethod
    def read(cls, since: str) -> Known:
        """From the words of ``Batch.since``."""
        said = json.loads(since)
        newest = said["newest"]
        return cls(said["id"], Author(*said["author"]), datetime.fromisoformat(newest) if newest else None)

    def after(self, seen: Walk, posts: Iterable[Post]) -> str:
        """Words for the next poll, which will know these posts too.

        Unless the walk was broken off, and older news are not read yet: then the next poll
        begins where this one did.
        """
        return self.with_(() if seen.busy and not seen.ended else posts)

    def with_(self, posts: Iterable[Post]) -> str:
        """Words for the next poll, which will know these posts too."""
        author = [self.author.name, self.author.handle, self.author.url, self.author.avatar]
        moments = [post.published for post in posts if post.published]
        newest = max(moments if self.newest is None else [*moments, self.newest], default=None)
        return json.dumps(
            {"id": self.id, "author": author, "newest": newest.isoformat() if newest else ""},
            ensure_ascii=False,
        )

    @property
    def since(self) -> int | None:
        """The newest moment as Meta's parameter of that name wants it."""
        return int(self.newest.timestamp()) if self.newest else None


@dataclass(frozen=True, slots=True)
class Walk:
    """The items of an edge: ``ended`` when there are no older ones, ``busy`` when it is time to slow down."""

    items: list[Data]
    ended: bool
    busy: bool

    def window(self, posts: Sequence[Post]) -> datetime | None:
        """Back to when these posts of it have no gap, for ``Batch.window``."""
        return EVER if self.ended else min((one.published for one in posts if one.published), default=None)


def walk(
    ask: Callable[[str | None], Request], platform: str, most: int, dated: str, newest: datetime | None = None
) -> Generator[Request, Response, Walk]:
    """Ask page after page of an edge, at most so many, the newest item first.

    ``ask`` makes the request for what comes after a cursor. The address of the next
    page that Meta sends holds our token: it is never followed, only its absence
    is believed. With ``newest`` what is not younger is left out, by the moment in
    the field ``dated``.
    """
    items: list[Data] = []
    after: str | None = None
    for _ in range(most):
        response = yield ask(after)
        page = checked(response, platform)
        if not isinstance(page.at("data").value, list):
            raise BadData(f"{platform} sent an answer without a list of what was asked for")
        found = page.each("data")
        items += [item for item in found if not _is_known(item, dated, newest)]
        if not page.has("paging", "next") or (found and _is_known(found[-1], dated, newest)):
            return Walk(items, ended=True, busy=_is_busy(response))
        last, after = after, page.text("paging", "cursors", "after")
        if _is_busy(response):
            return Walk(items, ended=False, busy=True)
        if not after or after == last:
            break
    return Walk(items, ended=False, busy=False)


def answers(
    posts: Iterable[Post],
    ask: Callable[[Post], Request],
    make: Callable[[Data, Post], list[Post]],
    platform: str,
) -> Generator[Request, Response, tuple[list[Post], list[str], list[str]]]:
    """What was said to the newest of these posts; whose every answer is there; a note where we may not look.

    ``make`` makes the replies of one item; one that it refuses with BadData is left out.
    """
    replies: dict[str, Post] = {}
    threads: list[str] = []
    for post in list(posts)[:_THREADS]:
        try:
            page = checked((yield ask(post)), platform)
        except (BadData, PlatformError) as error:
            if error.cause is Cause.NOT_FOUND:  # deleted since its page was read
                continue
            if error.locks_out:
                raise
            return list(replies.values()), threads, [f"replies cannot be read: {error}"]
        for item in page.each("data"):
            try:
                replies |= {reply.id: reply for reply in make(item, post)}
            except BadData:
                continue
        if isinstance(page.at("data").value, list) and not page.has("paging", "next"):
            threads.append(post.permalink)
    return list(replies.values()), threads, []


def renewed(request: Request, platform: str, grant: Grant | None) -> Renewal:
    """Ask for a token that lives another sixty days in place of one that still does."""
    response = yield request
    return granted(checked(response, platform), response, grant)


def number(item: Data) -> str:
    """The id of a node, which becomes part of an address. Raises BadData when it is none."""
    identity = item.need("id")
    if not _NUMBER.fullmatch(identity):
        raise BadData("it has an id that is none")
    return identity


def proof(secret: Secret | None, token: Secret | None) -> str | None:
    """``appsecret_proof``, which shows that the token is in the hands of its app; None without the app's secret."""
    if secret is None or token is None:
        return None
    return hmac.new(secret.reveal().encode(), token.reveal().encode(), "sha256").hexdigest()


def people(plain: str, address: str) -> Iterator[Mark]:
    """A mark for each @name in a text; ``address`` is where a person is found, with ``{}`` for the name."""
    for found in _HANDLE.finditer(plain):
        yield Mark(found.start(), found.end(), address.format(found[1]))


def handles(plain: str) -> tuple[str, ...]:
    """Every @name in a text, once."""
    return tuple(dict.fromkeys(f"@{name}" for name in _HANDLE.findall(plain)))


def _cause(error: Data, response: Response) -> Cause | None:
    """What the code says; None leaves it to the status."""
    code = error.count("code") or 0
    if code == _WRONG_PARAMETER and error.count("error_subcode") == _NO_SUCH_OBJECT:
        return Cause.NOT_FOUND
    if code == _TOKEN_OR_PATH and "token" in error.text("message"):
        return Cause.AUTH_DEAD
    if code in _CAUSES:
        return _CAUSES[code]
    if error.flag("is_transient"):
        return Cause.TRANSIENT
    return Cause.AUTH_DEAD if response.status == HTTPStatus.UNAUTHORIZED else None


def _regained_at(response: Response) -> datetime | None:
    """When a business may ask again: minutes, in the header with its usage."""
    waits = [usage.count("estimated_time_to_regain_access") or 0 for usage in _usages(response)]
    wait = timedelta(minutes=min(max(waits, default=0), 10**4))
    return response.at + min(wait, _LONGEST_PAUSE) if wait else None


def _is_busy(response: Response) -> bool:
    shares = ("call_count", "total_time", "total_cputime")
    return any((usage.number(share) or 0) >= _BUSY for usage in _usages(response) for share in shares)


def _usages(response: Response) -> Iterator[Data]:
    """How much of what may be asked was asked: of the app, and of each business."""
    yield _header(response, "x-app-usage")
    for _, usages in _header(response, "x-business-use-case-usage").pairs():
        yield from usages.each()


def _header(response: Response, name: str) -> Data:
    try:
        return Data(json.loads(response.headers.get(name, "{}")))
    except (ValueError, RecursionError):
        return Data(None)


def _is_known(item: Data, dated: str, newest: datetime | None) -> bool:
    moment = item.moment(dated)
    return newest is not None and moment is not None and moment <= newest
