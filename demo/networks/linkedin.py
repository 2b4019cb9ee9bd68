"""LinkedIn's Community Management API: the posts of a page, with everything behind urns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

from demo.brand import Account, Answer, Picture, Post
from demo.networks import Network
from demo.networks._api import Call, Reply, reply
from demo.networks._html import picture_url

OLDEST_VERSION, NEWEST_VERSION = "202511", "202611"
MOST = 100
SECONDS = 5_184_000
MEMBER = "urn:li:person:Mb7{}"
_signatures = count(1)  # an address of a file has another signature whenever it is asked for

_RESERVED = re.compile(r"([|{}@\[\]()<>#\\*_~])")
_HASHTAG = re.compile(r"(?<![\w/&])#(\w+)")
_LIST = re.compile(r"List\((.*)\)", re.DOTALL)


def answer(account: Account, call: Call) -> Reply:
    """Answer as LinkedIn does to an approved application that speaks Rest.li 2."""
    if call.path == "/oauth/v2/accessToken":
        return _token(account, call)
    if refusal := _refused_token(account, call) or _refused_protocol(call):
        return refusal
    match call.path.removeprefix("/rest/").split("/"):
        case ["posts"]:
            said = _posts(account, call)
        case ["organizations", number] if number == account.id:
            said = reply(_organization(account))
        case [("images" | "videos" | "socialMetadata") as what]:
            said = _many(account, call, what)
        case ["socialActions", urn, "comments"]:
            said = _comments(account, call, urn)
        case _:
            said = _error(404, "RESOURCE_NOT_FOUND", f"No root resource defined for path {call.path}")
    return said


def too_many(_account: Account, _seconds: int) -> Reply:
    """A day's quota: nothing says until when."""
    said = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
    return _error(429, "TOO_MANY_REQUESTS", said, 101)


def _token(account: Account, call: Call) -> Reply:
    """RFC 6749; the refresh token stays the same, and its end does not move."""
    if call.method != "POST":
        return reply({"error": "invalid_request", "error_description": "The request must be a POST"}, 405)
    form = call.form
    if (form.get("client_id"), form.get("client_secret")) != (account.client_id, account.client_secret):
        return reply({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
    if form.get("grant_type") != "refresh_token":
        return reply(
            {"error": "unsupported_grant_type", "error_description": "Grant type is not supported"}, 400
        )
    if form.get("refresh_token") not in call.memory.refreshes:
        said = "The provided authorization grant or refresh token is invalid, expired or revoked"
        return reply({"error": "invalid_request", "error_description": said}, 400)
    return reply(
        {
            "access_token": call.memory.issue("linkedin"),
            "expires_in": SECONDS,
            "refresh_token": form["refresh_token"],
            "refresh_token_expires_in": SECONDS * 6,
            "scope": "r_organization_social",
        }
    )


def _refused_token(account: Account, call: Call) -> Reply | None:
    memory = call.memory
    if not call.bearer:
        return _error(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token", 65604)
    if call.bearer in memory.tokens:
        return None
    if call.bearer not in memory.expired:
        return _error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
    if account.refresh_token not in memory.refreshes:
        said = "The token used in the request has been revoked by the user"
        return _error(401, "REVOKED_ACCESS_TOKEN", said, 65601)
    return _error(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602)


def _refused_protocol(call: Call) -> Reply | None:
    version = call.headers.get("linkedin-version", "")
    if not version:
        said = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        return _error(400, "VERSION_MISSING", said)
    if not OLDEST_VERSION <= version <= NEWEST_VERSION or not re.fullmatch(r"\d{6}", version):
        return _error(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")
    if call.method != "GET":
        said = f"Not enough permissions to access: {call.path}.CREATE.{version}"
        return _error(403, "ACCESS_DENIED", said, 100)
    if call.headers.get("x-restli-protocol-version") != "2.0.0":
        return _error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
    return None


def _posts(account: Account, call: Call) -> Reply:
    if unknown := call.unknown("author", "q", "count", "start", "sortBy", "isDsc"):
        said = "Unpermitted fields present in PARAMETER: Data Processing Exception while processing fields"
        return _error(403, "ACCESS_DENIED", f"{said} [/{unknown[0]}]", 100)
    if call.headers.get("x-restli-method", "").upper() != "FINDER" or call.query.get("q") != "author":
        return _error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
    if call.query.get("author") != f"urn:li:organization:{account.id}":
        version = call.headers["linkedin-version"]
        return _error(
            403, "ACCESS_DENIED", f"Not enough permissions to access: posts.FINDER-author.{version}01", 100
        )
    size, start = int(call.query.get("count", "10")), int(call.query.get("start", "0"))
    if size > MOST:
        return _error(400, "PARAM_INVALID", f"Param count must be at most {MOST}")
    by_edit = call.query.get("sortBy", "LAST_MODIFIED") == "LAST_MODIFIED"
    posts = sorted(
        account.posts, key=lambda post: _modified(post) if by_edit else _created(post), reverse=True
    )
    page = posts[start : start + size]
    return reply(
        {
            "paging": _paging(call, start, size, len(posts)),
            "elements": [_element(account, post) for post in page],
        }
    )


def _paging(call: Call, start: int, size: int, total: int) -> dict[str, object]:
    path = f"/rest/{call.path.removeprefix('/rest/')}"
    following = {
        "rel": "next",
        "type": "application/json",
        "href": f"{path}?count={size}&start={start + size}",
    }
    return {
        "start": start,
        "count": size,
        "links": [following] if start + size < total else [],
        "total": total,
    }


def _element(account: Account, post: Post) -> dict[str, object]:
    return {
        "isReshareDisabledByAuthor": False,
        "createdAt": _created(post),
        "lifecycleState": "PUBLISHED",
        "lastModifiedAt": _modified(post),
        "visibility": "PUBLIC",
        "publishedAt": _created(post) + 12,
        "author": f"urn:li:organization:{account.id}",
        "id": post.id,
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        **({"content": content} if (content := _content(post)) else {}),
        **({"reshareContext": {"parent": post.quotes, "root": post.quotes}} if post.quotes else {}),
        "commentary": _little(post),
        "lifecycleStateInfo": {"isEditedByAuthor": post.updated is not None},
    }


def _content(post: Post) -> dict[str, object]:
    if poll := post.extra.get("poll"):
        options = [{"text": option, "isVotedByViewer": False} for option in poll["options"]]
        settings = {
            "duration": "ONE_WEEK",
            "voteSelectionType": "SINGLE_VOTE",
            "isVoterVisibleToAuthor": True,
        }
        return {"poll": {"question": poll["question"], "options": options, "settings": settings}}
    if title := post.extra.get("document"):
        return {"media": {"id": f"urn:li:document:{_asset(post, 0)}", "title": title}}
    if post.extra.get("video"):
        return {"media": {"id": f"urn:li:video:{_asset(post, 0)}", "title": "film.mp4"}}
    pictures = [
        {"id": f"urn:li:image:{_asset(post, number)}", "altText": picture.alt}
        for number, picture in enumerate(post.pictures)
    ]
    if post.link:
        thumbnail = {"thumbnail": pictures[0]["id"]} if pictures else {}
        return {"article": {"source": post.link, "title": post.title, "description": "", **thumbnail}}
    if len(pictures) > 1:
        return {"multiImage": {"images": pictures}}
    return {"media": pictures[0]} if pictures else {}


def _little(post: Post) -> str:
    """The words as "little text": reserved characters escaped, hashtags and mentions as elements."""
    mentions = {f"@{name}": f"@[{name}]({urn})" for name, urn in post.extra.get("mentions", {}).items()}
    elements = re.compile("|".join((_HASHTAG.pattern, *map(re.escape, mentions))))
    written, at, text = "", 0, post.text.strip()
    for found in elements.finditer(text):
        tag = _RESERVED.sub(r"\\\1", found[1] or "")
        element = rf"{{hashtag|\#|{tag}}}" if tag else mentions[found[0]]
        written += _RESERVED.sub(r"\\\1", text[at : found.start()]) + element
        at = found.end()
    return written + _RESERVED.sub(r"\\\1", text[at:])


def _organization(account: Account) -> dict[str, object]:
    logo = "urn:li:digitalmediaAsset:C4D0BAQlogo"
    return {
        "id": int(account.id),
        "localizedName": account.title,
        "vanityName": account.handle,
        "logoV2": {"original": logo, "cropped": logo},
    }


def _many(account: Account, call: Call, what: str) -> Reply:
    found = _LIST.fullmatch(call.query.get("ids", ""))
    if found is None or call.headers.get("x-restli-method", "").upper() != "BATCH_GET":
        return _error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
    urns = [urn for urn in found[1].split(",") if urn]
    known = dict(_metadata(account) if what == "socialMetadata" else _files(account, call, what))
    return reply(
        {
            "results": {urn: known[urn] for urn in urns if urn in known},
            "statuses": {},
            "errors": {
                urn: {"status": 404, "message": "Entity not found"} for urn in urns if urn not in known
            },
        }
    )


def _files(account: Account, call: Call, what: str) -> Iterator[tuple[str, dict[str, object]]]:
    if what == "images":
        yield "urn:li:image:C4D0BAQlogo", _image(account, "urn:li:image:C4D0BAQlogo", account.avatar, call)
    for post in account.posts:
        for number, picture in enumerate(post.pictures):
            urn = f"urn:li:{what.removesuffix('s')}:{_asset(post, number)}"
            is_video = bool(post.extra.get("video"))
            if what == "images" and not is_video:
                yield urn, _image(account, urn, picture, call)
            if what == "videos" and is_video:
                yield urn, _film(account, post, urn, picture, call)


def _image(account: Account, urn: str, picture: Picture | str, call: Call) -> dict[str, object]:
    return {
        "owner": f"urn:li:organization:{account.id}",
        "id": urn,
        "status": "AVAILABLE",
        "downloadUrl": _signed(picture_url(call.base, picture)),
        "downloadUrlExpiresAt": 1_798_761_600_000,
    }


def _film(account: Account, post: Post, urn: str, picture: Picture, call: Call) -> dict[str, object]:
    return {
        "owner": f"urn:li:organization:{account.id}",
        "id": urn,
        "status": "AVAILABLE",
        "duration": (post.duration or 0) * 1000,
        "aspectRatioWidth": 9,
        "aspectRatioHeight": 16,
        "downloadUrl": _signed(f"https://films.larkwood.example/{_asset(post, 0)}.mp4"),
        "downloadUrlExpiresAt": 1_798_761_600_000,
        "thumbnail": _signed(picture_url(call.base, picture)),
    }


def _signed(address: str) -> str:
    return f"{address}?e=1798761600&v=beta&t=s{next(_signatures)}"


def _metadata(account: Account) -> Iterator[tuple[str, dict[str, object]]]:
    for post in account.posts:
        half = (post.likes or 0) // 4
        kinds = {"LIKE": (post.likes or 0) - half, "PRAISE": half}
        comments = len(post.answers) or post.comments or 0
        yield (
            post.id,
            {
                "entity": post.id,
                "commentsState": "OPEN",
                "commentSummary": {"count": comments, "topLevelCount": comments},
                "reactionSummaries": {
                    kind: {"reactionType": kind, "count": number} for kind, number in kinds.items() if number
                },
            },
        )


def _comments(account: Account, call: Call, urn: str) -> Reply:
    post = next((post for post in account.posts if post.id == urn), None)
    if post is None:
        return _error(404, "NOT_FOUND", f"Unable to find the thread {urn}")
    size, start = int(call.query.get("count", "10")), int(call.query.get("start", "0"))
    page = post.answers[start : start + size]
    return reply(
        {
            "paging": _paging(call, start, size, len(post.answers)),
            "elements": [_comment(account, post, one) for one in page],
        }
    )


def _comment(account: Account, post: Post, one: Answer) -> dict[str, object]:
    is_ours = one.author == account.title
    actor = f"urn:li:organization:{account.id}" if is_ours else MEMBER.format(one.id[-4:])
    moment = {"actor": actor, "time": _stamp(one.date)}
    activity = f"urn:li:activity:{post.id.rpartition(':')[2]}"
    return {
        "id": one.id,
        "commentUrn": f"urn:li:comment:({activity},{one.id})",
        "object": activity,
        "actor": actor,
        "created": moment,
        "lastModified": moment,
        "message": {"attributes": [], "text": one.text},
        "likesSummary": {"totalLikes": one.likes, "aggregatedTotalLikes": one.likes, "selectedLikes": []},
    }


def _error(status: int, code: str, said: str, service: int | None = None) -> Reply:
    numbered = {"serviceErrorCode": service} if service else {}
    return reply({"status": status, **numbered, "code": code, "message": said}, status)


def _asset(post: Post, number: int) -> str:
    return f"D4E{post.id.rpartition(':')[2]}A{number}"


def _created(post: Post) -> int:
    return _stamp(post.date) if post.date else 0


def _modified(post: Post) -> int:
    return _stamp(post.updated) if post.updated else _created(post) + 57


def _stamp(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000 + moment.microsecond // timedelta(milliseconds=1).microseconds


NETWORK = Network(speaks="the API of LinkedIn", answer=answer, too_many=too_many)
