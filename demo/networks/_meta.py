"""What the Graph APIs of Facebook, Instagram and Threads share: fields, pages, tokens, refusals."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from demo.networks._api import Call, Reply, reply

VERSION = "v26.0"
MOST = 100
_USUAL = 25
_TOKENS = re.compile(r"\s*(?:([A-Za-z_0-9]+)|(\.[a-z]+\([a-z_0-9]*\))|([{},]))")

Node = Mapping[str, Any]  # Any: JSON
Known = Mapping[str, Any]  # Any: the fields of a field, None where it has none
Asked = dict[str, Any]  # Any: as in Known, what somebody asked for


@dataclass(frozen=True, slots=True)
class Api:
    """One of the three, as it calls itself in its errors and headers."""

    type: str = "OAuthException"
    usage: str = "pages"
    most: int = MOST


class RefusedError(Exception):
    """What the API refuses, as it says it."""

    def __init__(self, message: str, code: int, subcode: int = 0, status: int = 400) -> None:
        super().__init__(message)
        self.error: dict[str, object] = {"message": message, "type": "OAuthException", "code": code}
        if subcode:
            self.error["error_subcode"] = subcode
        self.status = status


def played(api: Api, call: Call, answer: Callable[[str], object]) -> Reply:
    """Answer a call of someone with a good token, or refuse it in Meta's envelope.

    ``answer`` is given the token.
    """
    try:
        if call.method != "GET":
            raise unsupported(call.method.lower())
        said, status = answer(token_of(call)), 200
    except RefusedError as refused:
        error = refused.error | {"fbtrace_id": "AkR8demo0trace"}
        if api.type != "OAuthException" and refused.error["code"] in {100, 2500}:
            error |= {"type": api.type}
        said, status = {"error": error}, refused.status
    return reply(said, status, _usage(api, 12, 0))


def too_many(api: Api, message: str, code: int, seconds: int) -> Reply:
    """Meta has no Retry-After: minutes stand in the header with the usage."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AkR8demo0trace"}
    return reply({"error": error}, 400, _usage(api, 100, math.ceil(seconds / 60)))


def token_of(call: Call) -> str:
    """The caller's token, in the header or the query. Raises RefusedError when it is not good."""
    token = call.bearer or call.query.get("access_token", "")
    check(call, token)
    return token


def check(call: Call, token: str) -> None:
    """Raises RefusedError when the token is not good."""
    if not token:
        raise RefusedError("An access token is required to request this resource.", 104)
    if token in call.memory.expired:
        ended = "Session has expired on Saturday, 21-Nov-26 04:00:00 PST."
        raise RefusedError(f"Error validating access token: {ended}", 190, 463)
    if token not in call.memory.tokens:
        raise RefusedError("Invalid OAuth access token - Cannot parse access token", 190)


def unsupported(method: str, identity: str = "") -> RefusedError:
    """It is not there, or may not be asked for: Meta does not say which."""
    what = f"Object with ID '{identity}'" if identity else "Object"
    return RefusedError(
        f"Unsupported {method} request. {what} does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation",
        100,
        33,
    )


def parameters(call: Call, *known: str) -> None:
    """Raises RefusedError for a parameter that this edge does not have."""
    unknown = call.unknown("fields", "limit", "after", "before", "access_token", "appsecret_proof", *known)
    if unknown:
        raise RefusedError(f"(#100) Unknown parameter: {unknown[0]}", 100)


def chosen(call: Call, node: Node, known: Known, kind: str) -> Node:
    """The fields of a node that the caller asked for: without any, its id."""
    return _picked(node, _asked(call, known, kind))


def edge(call: Call, nodes: Sequence[Node], known: Known, kind: str, api: Api, dated: str = "") -> Node:
    """One page of nodes, the newest first, with cursors and the next address, which holds the token."""
    asked = _asked(call, known, kind)
    limit = _limit(call, api)
    since = call.query.get("since", "")
    if since and dated:
        nodes = [node for node in nodes if datetime.fromisoformat(node[dated]).timestamp() >= int(since)]
    start = _position(call.query.get("after", ""))
    page = nodes[start : start + limit]
    if not page:
        return {"data": []}
    end = start + len(page)
    paging: dict[str, object] = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
    if end < len(nodes):
        query = dict(call.query) | {
            "access_token": call.bearer or call.query.get("access_token", ""),
            "after": _cursor(end),
        }
        paging["next"] = f"{call.api}{call.path}?{urlencode(query)}"
    return {"data": [_picked(node, asked) for node in page], "paging": paging}


def moment(moment: datetime | None) -> str:
    """As Meta writes it: in UTC, without a colon in the offset."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000") if moment else ""


def _limit(call: Call, api: Api) -> int:
    limit = int(call.query.get("limit", _USUAL))
    if not 1 <= limit <= api.most:
        raise RefusedError(f"(#100) Param limit must be a number between 1 and {api.most}", 100)
    return limit


def _cursor(position: int) -> str:
    return base64.b64encode(f"demo:{position}".encode()).decode()


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("demo:"))
    except ValueError:
        raise RefusedError("(#100) Invalid parameter: after", 100) from None


def _asked(call: Call, known: Known, kind: str) -> Asked:
    words = [
        match
        for match in _TOKENS.findall(call.query.get("fields", "id"))
        if not match[1]  # .limit(20) and .summary(total_count) change nothing here
    ]
    asked = _tree([name or sign for name, _, sign in words])
    _check(asked, known, kind)
    return asked


def _tree(words: list[str]) -> Asked:
    """``a,b{c}`` as ``{"a": None, "b": {"c": None}}``."""
    tree: Asked = {}
    above: list[Asked] = []
    last = ""
    for word in words:
        if word == "{":
            above.append(tree)
            tree[last] = {}
            tree = tree[last]
        elif word == "}":
            tree = above.pop()
        elif word != ",":
            tree[word] = None
            last = word
    return tree


def _check(asked: Asked, known: Known, kind: str) -> None:
    for name, inside in asked.items():
        if name not in known:
            raise RefusedError(
                f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})", 100
            )
        if inside is not None:
            _check(inside, known[name] or {}, name.title())


def _picked(node: Node, asked: Asked) -> dict[str, Any]:  # Any: JSON
    return {
        name: _inside(node[name], inside)
        for name, inside in {"id": None, **asked}.items()
        if node.get(name) not in (None, "")
    }


def _inside(value: Any, asked: Asked | None) -> Any:  # Any: JSON
    if asked is None:
        return value
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        return value | {"data": [_picked(one, asked) for one in value["data"]]}
    if isinstance(value, dict) and isinstance(value.get("data"), dict):  # a page's picture
        return {"data": _picked(value["data"], asked)}
    return _picked(value, asked)


def _usage(api: Api, percent: int, minutes: int) -> dict[str, str]:
    usage = {"call_count": percent, "total_time": percent, "total_cputime": percent}
    business = {"type": api.usage, **usage, "estimated_time_to_regain_access": minutes}
    return {
        "x-app-usage": json.dumps(usage),
        "x-business-use-case-usage": json.dumps({"66782684": [business]}),
        "facebook-api-version": VERSION,
    }
