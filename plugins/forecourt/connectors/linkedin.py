"""The posts of a company's page on LinkedIn.

You need an application with the product "Community Management API", for which
LinkedIn asks who you are and what for (developer.linkedin.com, My apps, Products), and
a person who is administrator of the page. That person makes the token under Docs and
tools, OAuth token tools, with the rights r_organization_social (posts),
r_organization_social_feed (comments and reactions) and rw_organization_admin (the page's
name and logo). ``organization`` is the number in the address of the page's
administration. A token lives for 60 days. Approved partners are given a refresh token as
well: with it, ``client_id`` and ``client_secret`` the token is renewed, for a year.

You get the page's public posts: text with its links and hashtags, pictures with their
descriptions, films, polls, shared articles, reactions, and what was said below the
newest posts. New and edited posts are seen at every fetch.

You do not get who wrote a comment, how often a post was shared, nor advertisements.
Documents stay with LinkedIn; their title leads there.

    [[source]]
    name = "larkwood-linkedin"
    connector = "linkedin"
    organization = "2414183"
    token = "env:LARKWOOD_LINKEDIN_TOKEN"
    # refresh_token = "env:LARKWOOD_LINKEDIN_REFRESH"   # these three only for partners
    # client_id = "86larkwood"
    # client_secret = "env:LARKWOOD_LINKEDIN_SECRET"
    # replies = false                                   # leave out what others said
    # version = "202609"                                # of the API, its year and month; each ends after a year
    # server = "https://api.linkedin.com"
    # login = "https://www.linkedin.com"                # where tokens are renewed
    # site = "https://www.linkedin.com"                 # where people read
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote

from forecourt import apis, text, urls
from forecourt.apis import Data, Mark
from forecourt.connectors import EVER, Batch, Connector, Conversation, Grant, Renewal, Request, Response
from forecourt.errors import BadData, Cause, PlatformError
from forecourt.model import Author, Engagement, Kind, Media, Post, Secret, Terms

_VERSION = "202609"  # from memory, to be checked: that it was released; each ends about a year later
_PAGE = 100  # posts; the most that LinkedIn gives
_PAGES = 2
_IDS = 100  # of one request; from memory, to be checked
_PICTURES = 800  # at the most, so that a conversation stays within what it may ask
_THREADS = 5  # of the newest posts with comments; each costs a request
_MEMBERS_KEEP = timedelta(hours=48)  # for what members wrote; from memory, to be checked
_LOGO = ("urn:li:digitalmediaAsset:", "urn:li:image:")  # one asset by both names; from memory, to be checked

_REVOKED = 65601  # the code with a 401 that no renewal mends; from memory, to be checked

_RESERVED = r"|{}@[]()<>#\*_~"
_LITTLE = re.compile(
    rf"""\\(?P<escaped>[{re.escape(_RESERVED)}])
    | @\[(?P<name>(?:\\.|[^\]\\]){{1,300}})\][ ]?\((?P<urn>urn:li:[\w:-]{{1,100}})\)
    | {{hashtag\|\\?[#\N{{FULLWIDTH NUMBER SIGN}}]\|(?P<tag>(?:\\.|[^}}\\]){{1,200}})}}""",
    re.VERBOSE,
)
_ESCAPED = re.compile(rf"\\([{re.escape(_RESERVED)}])")
_COMPANY = re.compile(r"(?:urn:li:organization:)?(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LinkedIn:
    """One company's page."""

    organization: str
    token: Secret | None = None
    refresh_token: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    replies: bool = True
    version: str = _VERSION
    server: str = "https://api.linkedin.com"
    login: str = "https://www.linkedin.com"
    site: str = "https://www.linkedin.com"
    network: ClassVar[str] = "linkedin"
    terms: ClassVar[Terms] = Terms(
        note="LinkedIn lets approved applications in only; what members wrote may be kept for 48 hours."
    )
    renew_every: ClassVar[timedelta | None] = None
    token_life: ClassVar[timedelta | None] = timedelta(days=60)

    def __post_init__(self) -> None:
        if not _COMPANY.fullmatch(self.organization):
            raise ValueError("organization must be the page's number, such as 2414183")
        if self.token is None and not self.renews:
            raise ValueError("token must be given, or refresh_token, client_id and client_secret")
        if not re.fullmatch(r"\d{6}", self.version, re.ASCII):
            raise ValueError('version must be a year and a month, such as "202609"')
        if not all(map(urls.absolute, (self.server, self.login, self.site))):
            raise ValueError("server, login and site must be full addresses, beginning with https://")

    @property
    def renews(self) -> bool:
        """Whether it has what a renewal takes."""
        return bool(self.refresh_token and self.client_id and self.client_secret)

    def renew(self, grant: Grant | None) -> Renewal:
        """Ask for a new token by the refresh token, which stays the same."""
        refresh = (grant.refresh if grant else None) or self.refresh_token
        values = {
            "grant_type": "refresh_token",
            "refresh_token": refresh.reveal() if refresh else None,
            "client_id": self.client_id,
            "client_secret": self.client_secret.reveal() if self.client_secret else None,
        }
        request = apis.form(f"{self.login.rstrip('/')}/oauth/v2/accessToken", values)
        return (yield from apis.renewed(request, "LinkedIn", grant))

    def poll(self, source: str, since: str) -> Conversation:
        """Ask for the posts that were modified after the newest that we know; without ``since``, for the last 200.

        They come by their last modification, so that one page tells what is new and
        what was edited. ``since`` is ``{"newest": milliseconds, "author": …}``.
        Addresses of pictures are signed and differ at each look: only posts that are
        new, edited or read anew are given theirs.
        """
        known = json.loads(since) if since else {}
        items, window = yield from self._listed(1 if since else _PAGES)
        newest = known.get("newest", 0)
        fresh = [item for item in items if (item.count("lastModifiedAt") or newest + 1) > newest]
        if since and not fresh:
            return Batch((), since=since)
        author, unnamed = (known["author"], []) if known.get("author") else (yield from self._look_up())
        files, notes = yield from self._files(fresh)
        page = _Page(self, source, _author(author, self), files)
        posts, rejected = apis.listed(fresh, page.post, "post")
        posts, more = yield from self._counted(sorted(posts, key=_age, reverse=True))
        replies, threads, others = yield from self._comments(posts)
        return Batch(
            (*posts, *replies),
            rejected=tuple(rejected),
            notes=(*unnamed, *notes, *more, *others),
            since=json.dumps(
                {
                    "newest": max((item.count("lastModifiedAt") or 0 for item in items), default=newest),
                    "author": author,
                }
            ),
            window=None if since else window,
            threads=tuple(threads),
        )

    def _listed(self, pages: int) -> Generator[Request, Response, tuple[list[Data], datetime | None]]:
        """The page's posts, and back to when there is no gap.

        What was modified since the oldest modification that we read was read; so was
        what was published since.
        """
        items: list[Data] = []
        for number in range(pages):
            query = {
                "author": f"urn:li:organization:{self.number}", "q": "author", "count": _PAGE,
                "start": number * _PAGE, "sortBy": "LAST_MODIFIED",
            }  # fmt: skip
            page = _checked((yield self._ask("posts", query, method="FINDER")), self.version)
            items += _elements(page, "posts")
            if all(link.text("rel") != "next" for link in page.each("paging", "links")):
                return items, EVER
        return items, min(filter(None, (item.moment("lastModifiedAt") for item in items)), default=None)

    def _look_up(self) -> Generator[Request, Response, tuple[dict[str, str], list[str]]]:
        """How the page presents itself, as far as the token may read that."""
        found: dict[str, str] = {}
        try:
            said = _checked((yield self._ask(f"organizations/{self.number}")), self.version)
            found["name"] = text.line(said.text("localizedName"))
            found["page"] = text.line(said.text("vanityName"))
            logo = said.text("logoV2", "original").replace(*_LOGO)
            files = yield from self._many("images", [logo] if logo.startswith(_LOGO[1]) else [])
            found["avatar"] = files[logo].web("downloadUrl") if logo in files else ""
        except (BadData, PlatformError) as error:
            if error.locks_out:
                raise
            return found, [f"the page's name and picture cannot be read: {error}"]
        return found, []

    def _files(
        self, items: Sequence[Data]
    ) -> Generator[Request, Response, tuple[dict[str, Data], list[str]]]:
        """What stands behind the urns of pictures and films."""
        files: dict[str, Data] = {}
        notes: list[str] = []
        named = list(dict.fromkeys(urn for item in items for urn, _ in _pictured(item)))
        for what in ("images", "videos"):
            prefix = f"urn:li:{what.removesuffix('s')}:"
            urns = [urn for urn in named if urn.startswith(prefix)][:_PICTURES]
            try:
                files |= yield from self._many(what, urns)
            except (BadData, PlatformError) as error:
                if error.locks_out:
                    raise
                notes.append(f"its {what} cannot be read: {error}")
        return files, notes

    def _counted(self, posts: list[Post]) -> Generator[Request, Response, tuple[list[Post], list[str]]]:
        """The posts, with how many reacted and how many spoke."""
        try:
            said = yield from self._many("socialMetadata", [post.id for post in posts])
        except (BadData, PlatformError) as error:
            if error.locks_out:
                raise
            return posts, [f"reactions cannot be read: {error}"]
        return [replace(post, engagement=_engagement(said.get(post.id, Data(None)))) for post in posts], []

    def _comments(
        self, posts: list[Post]
    ) -> Generator[Request, Response, tuple[list[Post], list[str], list[str]]]:
        """What was said to the newest posts, as far as their counts say that there is anything."""
        replies: list[Post] = []
        threads: list[str] = []
        discussed = [post for post in posts if post.engagement.comments] if self.replies else []
        for post in discussed[:_THREADS]:
            response = yield self._ask(
                f"socialActions/{quote(post.id, safe='')}/comments", {"count": _PAGE, "start": 0}
            )
            try:
                page = _checked(response, self.version)
                comments = _elements(page, "comments")
            except (BadData, PlatformError) as error:
                if error.locks_out:
                    raise
                return replies, threads, [f"comments cannot be read: {error}"]
            until = response.at + _MEMBERS_KEEP
            made, _ = apis.listed(comments, _Said(self, post, until).comment, "comment")
            replies += made
            if all(link.text("rel") != "next" for link in page.each("paging", "links")):
                threads.append(post.permalink)
        return replies, threads, []

    def _many(self, what: str, urns: Sequence[str]) -> Generator[Request, Response, dict[str, Data]]:
        """Several at once, by their urns. The list's own brackets and commas must not be encoded."""
        found: dict[str, Data] = {}
        for start in range(0, len(urns), _IDS):
            some = ",".join(quote(urn, safe="") for urn in urns[start : start + _IDS])
            page = _checked((yield self._ask(f"{what}?ids=List({some})", method="BATCH_GET")), self.version)
            found |= dict(page.at("results").pairs())
        return found

    def _ask(self, path: str, query: dict[str, object] | None = None, method: str = "") -> Request:
        headers = {"linkedin-version": self.version, "x-restli-protocol-version": "2.0.0"}
        headers |= {"x-restli-method": method} if method else {}
        return apis.get(f"{self.server.rstrip('/')}/rest/{path}", query, token=self.token, headers=headers)

    @property
    def number(self) -> str:
        """The page's number."""
        return self.organization.rpartition(":")[2]

    def link(self, urn: str) -> str:
        """Where people read a post."""
        return urls.absolute(f"{self.site.rstrip('/')}/feed/update/{urn}/")

    def company(self, number: str) -> str:
        """Where people read about a company."""
        return urls.absolute(f"{self.site.rstrip('/')}/company/{number}/")


@dataclass(frozen=True, slots=True)
class _Page:
    """What the posts of a look have in common."""

    of: LinkedIn
    source: str
    author: Author
    files: dict[str, Data]

    def post(self, item: Data) -> Post | None:
        if not _is_shown(item):
            return None
        identity = item.need("id")
        permalink = self.of.link(identity)
        little = _little(item.text("commentary"), self.of)
        content = item.at("content")
        media = tuple(self._media(item, permalink))
        beside = "".join(_beside(content, permalink))
        html, body = apis.written(apis.marked(little.plain, little.marks) + beside, permalink)
        if not (body or media):
            if item.at("reshareContext"):
                return None  # passed on without a word
            raise BadData("it has neither text nor picture")
        published = item.moment("publishedAt") or item.moment("createdAt")
        is_edited = item.flag("lifecycleStateInfo", "isEditedByAuthor")
        shared = item.text("reshareContext", "parent") or item.text("reshareContext", "root")
        return Post(
            id=identity,
            source=self.source,
            kind=_kind(content, media),
            permalink=permalink,
            html=html,
            text=body,
            dir=text.direction(body),
            author=self.author,
            published=published,
            # It is modified some moments after it was published, always.
            updated=item.moment("lastModifiedAt") if is_edited else None,
            media=media,
            tags=little.tags,
            mentions=little.mentions,
            quote_of=self.of.link(shared) if shared.startswith("urn:li:") else "",
        )

    def _media(self, item: Data, permalink: str) -> Iterator[Media]:
        for urn, alt in _pictured(item):
            file = self.files.get(urn, Data(None))
            if urn.startswith("urn:li:video:"):
                length = (file.number("duration") or 0) / 1000
                poster = file.web("thumbnail")
                # Its own address ends after some hours; the post's plays it for as long as it is there.
                yield Media("video", permalink, alt, duration=round(length) or None, poster=poster)
            elif url := file.web("downloadUrl"):
                yield Media("image", url, alt)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the comments of one post have in common."""

    of: LinkedIn
    post: Post
    until: datetime

    def comment(self, item: Data) -> Post:
        identity = item.text("commentUrn") or item.need("id")
        little = item.text("message", "text")
        html, body = apis.written(apis.marked(little, apis.addresses(little)), self.post.permalink)
        if not body:
            raise BadData("it has no text")
        is_ours = item.text("actor") == f"urn:li:organization:{self.of.number}"
        published, updated = item.moment("created", "time"), item.moment("lastModified", "time")
        return Post(
            id=identity,
            source=self.post.source,
            kind=Kind.REPLY,
            permalink=f"{self.post.permalink}?commentUrn={quote(identity, safe='')}",
            html=html,
            text=body,
            dir=text.direction(body),
            author=self.post.author if is_ours else Author(),
            published=published,
            updated=updated if updated != published else None,
            engagement=Engagement(likes=item.count("likesSummary", "totalLikes")),
            in_reply_to=self.post.permalink,
            display_until=None if is_ours else self.until,
        )


@dataclass(frozen=True, slots=True)
class _Little:
    plain: str
    marks: tuple[Mark, ...]
    tags: tuple[str, ...]
    mentions: tuple[str, ...]


def _little(commentary: str, of: LinkedIn) -> _Little:
    r"""LinkedIn's "little text": ``\(escaped\)``, ``@[Name](urn:li:organization:1)``, ``{hashtag|\#|tag}``."""
    plain, tagged = "", ""  # in the second, only what is a hashtag looks like one
    marks: list[Mark] = []
    mentions: list[str] = []
    at = 0
    for found in _LITTLE.finditer(commentary):
        before = commentary[at : found.start()]
        at = found.end()
        plain, tagged = plain + before, tagged + before
        if found["escaped"]:
            plain, tagged = plain + found["escaped"], tagged + found["escaped"].replace("#", " ")
        elif found["tag"]:
            tag = _unescaped(found["tag"])
            plain, tagged = f"{plain}#{tag}", f"{tagged} #{tag} "
        else:
            name, company = _unescaped(found["name"]), _COMPANY.fullmatch(found["urn"])
            marks.append(Mark(len(plain), len(plain) + len(name), of.company(company[1]) if company else ""))
            mentions.append(text.line(name))
            plain, tagged = plain + name, tagged + name
    plain, tagged = plain + commentary[at:], tagged + commentary[at:]
    linked = (*(mark for mark in marks if mark.href), *apis.addresses(plain))
    return _Little(
        plain, linked, text.hashtags(tagged), tuple(dict.fromkeys(f"@{name}" for name in mentions if name))
    )


def _unescaped(words: str) -> str:
    return _ESCAPED.sub(r"\1", words)


def _is_shown(item: Data) -> bool:
    """Whether everybody may see it on the page; advertisements stand in feeds only."""
    is_public = item.text("visibility") in {"", "PUBLIC"} and item.text("lifecycleState") in {"", "PUBLISHED"}
    return is_public and item.text("distribution", "feedDistribution") != "NONE"


def _pictured(item: Data) -> Iterator[tuple[str, str]]:
    """The urns of a post's pictures and films, with their descriptions."""
    content = item.at("content")
    for one in (content.at("media"), *content.each("multiImage", "images")):
        if one.text("id").startswith(("urn:li:image:", "urn:li:video:")):
            yield one.text("id"), text.line(one.text("altText"))
    article = content.at("article")
    if article.text("thumbnail").startswith("urn:li:image:"):
        yield article.text("thumbnail"), text.line(article.text("thumbnailAltText"))


def _beside(content: Data, permalink: str) -> Iterator[str]:
    """What stands below the words, as HTML that is still to be cleaned."""
    poll, article, title = (
        content.at("poll"),
        content.at("article"),
        text.line(content.text("media", "title")),
    )
    if question := text.line(poll.text("question")):
        options = filter(None, (text.line(option.text("text")) for option in poll.each("options")))
        yield (
            f"<p>{escape(question)}</p><ul>" + "".join(f"<li>{escape(one)}</li>" for one in options) + "</ul>"
        )
    if source := article.web("source"):
        named = text.line(article.text("title")) or urls.host(source)
        yield f'<p><a href="{escape(source)}">{escape(named)}</a></p>'
    if title and content.text("media", "id").startswith("urn:li:document:"):
        yield f'<p><a href="{escape(permalink)}">{escape(title)}</a></p>'


def _kind(content: Data, media: Sequence[Media]) -> Kind:
    if content.at("poll"):
        return Kind.QUESTION
    if content.at("article"):
        return Kind.NOTE
    types = {one.type for one in media}
    return Kind.VIDEO if "video" in types else Kind.PHOTO if "image" in types else Kind.NOTE


def _engagement(said: Data) -> Engagement:
    reactions = [kind.count("count") or 0 for _, kind in said.at("reactionSummaries").pairs()]
    return Engagement(
        likes=sum(reactions) if said.has("reactionSummaries") else None,
        comments=said.count("commentSummary", "count"),
    )


def _author(said: dict[str, str], of: LinkedIn) -> Author:
    return Author(
        said.get("name", ""), "", of.company(quote(said.get("page") or of.number)), said.get("avatar", "")
    )


def _age(post: Post) -> datetime:
    return post.published or EVER


def _elements(page: Data, what: str) -> list[Data]:
    """The items of a page. Raises BadData when there is no list: that is no empty account."""
    if not isinstance(page.at("elements").value, list):
        raise BadData(f"LinkedIn sent no list of {what}")
    return page.each("elements")


def _checked(response: Response, version: str) -> Data:
    """The answer. Raises PlatformError when it is an error: ``{status, serviceErrorCode, code, message}``."""
    said = apis.refused(response)
    if said is None:
        return apis.read(response)
    words = said.text("message") or said.text("code")
    if response.status == HTTPStatus.UPGRADE_REQUIRED:  # LinkedIn has taken a version out of service
        words = f"{words.rstrip('. ')}: raise version, which is {version}"
        raise apis.refusal(response, "LinkedIn", Cause.BAD_DATA, words)
    is_revoked = response.status == HTTPStatus.UNAUTHORIZED and said.count("serviceErrorCode") == _REVOKED
    error = apis.refusal(response, "LinkedIn", Cause.AUTH_DEAD if is_revoked else None, words)
    if error.cause is Cause.RATE_LIMITED and error.retry_at is None:
        error.retry_at = _midnight(response.at)
    raise error


def _midnight(now: datetime) -> datetime:
    """When the day's quotas are new."""
    tomorrow = now.astimezone(UTC) + timedelta(days=1)
    return tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)


CONNECTOR: type[Connector] = LinkedIn
