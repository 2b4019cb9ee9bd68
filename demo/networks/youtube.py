"""YouTube: its Atom (a media:group for each video, views and stars in media:community) and its Data API v3."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from xml.etree.ElementTree import Element

from demo.brand import Account, Answer, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import picture_url
from demo.networks._xml import MEDIA, add, atom, document, rfc3339

YT = "http://www.youtube.com/xml/schemas/2015"
COMMON = {"part", "key", "maxResults", "pageToken", "prettyPrint", "fields"}
KNOWN = {
    "channels": COMMON | {"id", "forHandle", "forUsername", "hl"},
    "playlistItems": COMMON | {"playlistId", "id", "videoId"},
    "videos": COMMON | {"id", "chart", "hl", "maxHeight", "maxWidth"},
    "commentThreads": COMMON | {"videoId", "id", "order", "searchTerms", "textFormat"},
}
PARTS = {
    "channels": {"id", "snippet", "contentDetails", "statistics", "status", "brandingSettings"},
    "playlistItems": {"id", "snippet", "contentDetails", "status"},
    "videos": {
        *("id", "snippet", "contentDetails", "statistics", "status", "player", "liveStreamingDetails"),
        *("localizations", "topicDetails", "recordingDetails"),
    },
    "commentThreads": {"id", "snippet", "replies"},
}
MOST = {"channels": 50, "playlistItems": 50, "videos": 50, "commentThreads": 100}
IDS = 50


def render(account: Account, base: str) -> bytes:
    """Write the channel's videos as YouTube does."""
    feed = atom("en", yt=YT, media=MEDIA)
    channel = account.home.rsplit("/", 1)[-1]
    add(feed, "link", rel="self", href=base + account.path)
    add(feed, "id", f"yt:channel:{channel}")
    add(feed, "yt:channelId", channel)
    add(feed, "title", account.title)
    add(feed, "link", rel="alternate", href=account.home)
    _author(feed, account)
    add(feed, "published", rfc3339(min(p.date for p in account.posts if p.date)))
    add(feed, "updated", rfc3339(account.changed))
    for post in account.posts:
        _entry(add(feed, "entry"), account, post, base)
    return document(feed)


def _author(parent: Element, account: Account) -> None:
    author = add(parent, "author")
    add(author, "name", account.author)
    add(author, "uri", account.home)


def _entry(entry: Element, account: Account, post: Post, base: str) -> None:
    add(entry, "id", f"yt:video:{post.id}")
    add(entry, "yt:videoId", post.id)
    add(entry, "yt:channelId", account.home.rsplit("/", 1)[-1])
    add(entry, "title", post.title)
    add(entry, "link", rel="alternate", href=account.link(post))
    _author(entry, account)
    if post.date and post.changed:
        add(entry, "published", rfc3339(post.date))
        add(entry, "updated", rfc3339(post.changed))
    _group(add(entry, "media:group"), account, post, base)


def _group(group: Element, account: Account, post: Post, base: str) -> None:
    player = account.link(post).replace("/watch?v=", "/v/")
    add(group, "media:title", post.title)
    add(
        group,
        "media:content",
        url=player,
        type_="application/x-shockwave-flash",
        width=640,
        height=390,
    )
    for picture in post.pictures:
        width, height = picture.size
        add(group, "media:thumbnail", url=picture_url(base, picture), width=width, height=height)
    add(group, "media:description", post.text.strip())
    community = add(group, "media:community")
    add(community, "media:starRating", count=post.likes or 0, average="5.00", min=1, max=5)
    add(community, "media:statistics", views=post.views or 0)


def answer(account: Account, call: Call) -> Reply:
    """Answer as the Data API does to one with an API key, who may read and no more."""
    what = call.path.removeprefix("/youtube/v3/")
    if what not in KNOWN:
        return Reply(
            b"<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", 404, {"content-type": "text/html"}
        )
    refusal = _refused_key(call) or _refused_query(what, call)
    if refusal:
        return refusal
    lists: dict[str, Callable[[Account, Call], Reply]] = {
        "channels": _channels, "playlistItems": _playlist_items, "videos": _videos, "commentThreads": _threads,
    }  # fmt: skip
    return lists[what](account, call)


def too_many(_account: Account, _seconds: int) -> Reply:
    """A quota has a day, not a second: 403, and no header says until when."""
    link = '<a href="/youtube/v3/getting-started#quota">quota</a>'
    said = f"The request cannot be completed because you have exceeded your {link}."
    return _error(403, "quotaExceeded", said, "youtube.quota")


def _refused_key(call: Call) -> Reply | None:
    key = call.headers.get("x-goog-api-key", "") or call.query.get("key", "")
    if call.method != "GET":
        said = (
            "API keys are not supported by this API. Expected OAuth2 access token or other authentication "
            "credentials that assert a principal. See https://cloud.google.com/docs/authentication"
        )
        return _error(401, "required", said, status="UNAUTHENTICATED")
    if not key:
        said = (
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key "
            "or other form of API consumer identity to call this API."
        )
        return _error(403, "forbidden", said, status="PERMISSION_DENIED")
    if key in call.memory.tokens:
        return None
    is_old = key in call.memory.expired
    said = (
        "API key expired. Please renew the API key."
        if is_old
        else "API key not valid. Please pass a valid API key."
    )
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": "youtube.googleapis.com"},
    }
    return _error(400, "badRequest", said, status="INVALID_ARGUMENT", details=[info])


def _refused_query(what: str, call: Call) -> Reply | None:
    if unknown := call.unknown(*KNOWN[what]):
        said = f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot bind query parameter.'
        return _error(400, "badRequest", said, status="INVALID_ARGUMENT")
    parts = call.query.get("part", "").split(",")
    if parts == [""]:
        return _error(
            400, "missingRequiredParameter", "No filter selected. Expected one of: part", "youtube.parameter"
        )
    if odd := sorted(set(parts) - PARTS[what]):
        return _error(400, "unknownPart", f"'{odd[0]}'", "youtube.part")
    if (
        not call.query.get("maxResults", "5").isdigit()
        or not 0 <= int(call.query.get("maxResults", "5")) <= MOST[what]
    ):
        said = (
            f"Invalid value '{call.query['maxResults']}'. Values must be within the range: [0, {MOST[what]}]"
        )
        return _error(400, "invalidParameter", said, "youtube.parameter")
    return None


def _channels(account: Account, call: Call) -> Reply:
    wanted = call.query.get("id"), call.query.get("forHandle", "").lstrip("@")
    if not any(wanted):
        return _error(400, "missingRequiredParameter", "No filter selected.", "youtube.parameter")
    if account.id not in (wanted[0] or "").split(",") and account.handle.lstrip("@") != wanted[1]:
        return _list("channel", [])
    avatar = picture_url(call.base, account.avatar)
    pictures = {
        name: {"url": avatar, "width": size, "height": size}
        for name, size in (("default", 88), ("medium", 240), ("high", 800))
    }
    snippet = {
        "title": account.title,
        "description": account.description,
        "customUrl": account.handle,
        "publishedAt": "2019-03-01T10:00:00Z",
        "thumbnails": pictures,
    }
    lists = {"relatedPlaylists": {"likes": "", "uploads": _uploads(account)}}
    return _list("channel", [_item(call, "channel", account.id, snippet=snippet, contentDetails=lists)])


def _playlist_items(account: Account, call: Call) -> Reply:
    if call.query.get("playlistId") != _uploads(account):
        said = "The playlist identified with the request's <code>playlistId</code> parameter cannot be found."
        return _error(404, "playlistNotFound", said, "youtube.playlistItem")
    size, start = int(call.query.get("maxResults", "5")), 0
    if token := call.query.get("pageToken", ""):
        starts = {_page_token(number): number for number in range(len(account.posts) + 1)}
        if token not in starts:
            said = "The request specifies an invalid page token."
            return _error(400, "invalidPageToken", said, "youtube.parameter")
        start = starts[token]
    page = account.posts[start : start + size]
    items = [
        _item(
            call,
            "playlistItem",
            f"UEx{post.id}",
            snippet={"title": post.title, "resourceId": {"kind": "youtube#video", "videoId": post.id}},
            contentDetails={"videoId": post.id, "videoPublishedAt": _moment(post.date)},
            status={"privacyStatus": "public"},
        )
        for post in page
    ]
    more = {"nextPageToken": _page_token(start + size)} if start + size < len(account.posts) else {}
    return _list("playlistItem", items, size, len(account.posts), **more)


def _videos(account: Account, call: Call) -> Reply:
    ids = call.query.get("id", "").split(",")
    if ids == [""] or len(ids) > IDS:
        said = "The request specifies an invalid filter parameter." if ids != [""] else "No filter selected."
        return _error(
            400, "invalidFilters" if ids != [""] else "missingRequiredParameter", said, "youtube.parameter"
        )
    known = {post.id: post for post in account.posts}
    return _list("video", [_video(account, known[one], call) for one in ids if one in known])


def _video(account: Account, post: Post, call: Call) -> dict[str, object]:
    pictures = {}
    for picture in post.pictures:
        width, height = picture.size
        sizes = {"default": (120, 90), "medium": (320, 180), "high": (480, 360), "maxres": (width, height)}
        for name, (wide, high) in sizes.items():
            pictures[name] = {"url": picture_url(call.base, picture), "width": wide, "height": high}
    snippet: dict[str, object] = {
        "publishedAt": _moment(post.date),
        "channelId": account.id,
        "title": post.title,
        "description": post.text.strip(),
        "thumbnails": pictures,
        "channelTitle": account.title,
        **({"tags": list(post.tags)} if post.tags else {}),
        "categoryId": "26",
        "liveBroadcastContent": "none",
        "defaultLanguage": post.lang,
        "localized": {"title": post.title, "description": post.text.strip()},
    }
    # Numbers are texts; what its owner hides, or has switched off, is not there.
    counts = {
        "viewCount": post.views,
        "likeCount": post.likes,
        "favoriteCount": 0,
        "commentCount": None if "no_comments" in post.extra else len(post.answers) or post.comments or 0,
    }
    return _item(
        call,
        "video",
        post.id,
        snippet=snippet,
        contentDetails={"duration": _length(post.duration or 0), "dimension": "2d", "definition": "hd"},
        status={
            "uploadStatus": "processed",
            "privacyStatus": "public",
            "embeddable": True,
            "madeForKids": False,
        },
        statistics={name: str(count) for name, count in counts.items() if count is not None},
    )


def _threads(account: Account, call: Call) -> Reply:
    post = next((post for post in account.posts if post.id == call.query.get("videoId")), None)
    if post is None:
        said = "The video identified by the <code>videoId</code> parameter could not be found."
        return _error(404, "videoNotFound", said, "youtube.commentThread")
    if "no_comments" in post.extra:
        said = "The video identified by the <code>videoId</code> parameter has disabled comments."
        return _error(403, "commentsDisabled", said, "youtube.commentThread")
    items = [
        _thread(account, post, one, call)
        for one in sorted(post.answers, key=lambda one: one.date, reverse=True)
        if not one.answers
    ]
    return _list("commentThread", items, int(call.query.get("maxResults", "20")))


def _thread(account: Account, post: Post, one: Answer, call: Call) -> dict[str, object]:
    replies = [answer for answer in post.answers if answer.answers == one.id]
    snippet = {
        "channelId": account.id,
        "videoId": post.id,
        "topLevelComment": _comment(account, post, one, call),
        "canReply": False,
        "totalReplyCount": len(replies),
        "isPublic": True,
    }
    more = (
        {"replies": {"comments": [_comment(account, post, each, call) for each in replies]}}
        if replies
        else {}
    )
    return _item(call, "commentThread", one.id, snippet=snippet, **more)


def _comment(account: Account, post: Post, one: Answer, call: Call) -> dict[str, object]:
    is_plain = call.query.get("textFormat", "html") == "plainText"
    snippet = {
        "channelId": account.id,
        "videoId": post.id,
        "textDisplay": one.text if is_plain else escape(one.text).replace("\n", "<br>"),
        "textOriginal": one.text,
        "authorDisplayName": one.handle,
        "authorProfileImageUrl": "",
        "authorChannelUrl": f"{account.home.split('/channel/')[0]}/{one.handle}",
        "authorChannelId": {"value": f"UC{one.handle.lstrip('@')}"},
        "canRate": True,
        "viewerRating": "none",
        "likeCount": one.likes,
        "publishedAt": _moment(one.date),
        "updatedAt": _moment(one.date),
        **({"parentId": one.answers} if one.answers else {}),
    }
    return {"kind": "youtube#comment", "etag": _etag(one.id), "id": one.id, "snippet": snippet}


def _item(call: Call, kind: str, identity: str, **parts: object) -> dict[str, object]:
    """One item, with the parts that were asked for."""
    wanted = call.query["part"].split(",")
    chosen = {name: part for name, part in parts.items() if name in wanted}
    return {"kind": f"youtube#{kind}", "etag": _etag(identity), "id": identity, **chosen}


def _list(
    kind: str, items: Sequence[object], size: int | None = None, total: int | None = None, **more: object
) -> Reply:
    found = len(items) if total is None else total
    page = {"totalResults": found, "resultsPerPage": len(items) if size is None else size}
    document = {"kind": f"youtube#{kind}ListResponse", "etag": _etag(kind), **more, "pageInfo": page}
    # A channel that nobody knows gives a list without items, not an empty one.
    return reply(document | ({} if kind == "channel" and not items else {"items": items}))


def _error(code: int, reason: str, said: str, domain: str = "global", **more: object) -> Reply:
    errors = [{"message": said, "domain": domain, "reason": reason}]
    return reply({"error": {"code": code, "message": said, "errors": errors, **more}}, code)


def _uploads(account: Account) -> str:
    return "UU" + account.id.removeprefix("UC")


def _page_token(start: int) -> str:
    return f"CD{start:X}QAA"


def _etag(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:27]


def _moment(moment: datetime | None) -> str:
    return rfc3339(moment) if moment else ""


def _length(seconds: int) -> str:
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")


NETWORK = Network(
    speaks="Atom and the Data API of YouTube",
    media_type="text/xml; charset=UTF-8",
    render=render,
    alternate="application/atom+xml",
    answer=answer,
    too_many=too_many,
)
