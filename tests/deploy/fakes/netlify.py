"""Netlify's API as far as a publish needs it, as strict as the real one: docs.netlify.com/api-and-cli-guides.

A deploy is prepared a moment after it was begun, asks for the digests it does not have, and becomes live when it has
them all. What was sent for a deploy that came to nothing stays known by its digest.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import sha1
from itertools import count
from typing import Any

from tests.deploy.fakes.hosting import Asked, Host, Said

RAW = "application/vnd.bitballoon.v1.raw"


@dataclass
class Deploy:
    id: str
    title: str
    files: dict[str, str]
    state: str = "preparing"
    required: set[str] = field(default_factory=set)
    context: str = "production"

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "state": self.state,
            "context": self.context,
            "required": None if self.state == "preparing" else sorted(self.required),
            "error_message": "the post-processing failed" if self.state == "error" else None,
        }


class Netlify(Host):
    """One site of one account."""

    def __init__(self, token: str, site: str) -> None:
        super().__init__()
        self.token, self.site = token, site
        self.blobs: dict[str, bytes] = {}
        self.deploys: list[Deploy] = []
        self._numbers = count()
        self.published: Deploy | None = None
        self.is_locked = False
        self.fails = self.is_stuck = False

    @property
    def sent(self) -> list[str]:
        """The paths that were sent."""
        return sorted(asked.path.partition("/files/")[2] for asked in self.asked if asked.method == "PUT")

    def tree(self) -> dict[str, bytes]:
        files = self.published.files if self.published else {}
        return {path: self.blobs[digest] for path, digest in files.items()}

    def answer(self, asked: Asked) -> Said:
        if asked.token != self.token:
            return _no(401, "Access Denied")
        for method, pattern, handler in ROUTES:
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                if found.groupdict().get("site", self.site) != self.site:
                    return _no(404, "Not Found")
                return handler(self, asked, found)
        return _no(404, "Not Found")

    def _look(self, _: Asked, __: re.Match[str]) -> Said:
        published = self.published.shown() if self.published else None
        return Said(200, {"id": self.site, "published_deploy": published})

    def _list(self, asked: Asked, _: re.Match[str]) -> Said:
        page, size = int(asked.query.get("page", 1)), min(int(asked.query.get("per_page", 100)), 100)
        newest = self.deploys[::-1][(page - 1) * size : page * size]
        return Said(200, [deploy.shown() for deploy in newest])

    def _begin(self, asked: Asked, _: re.Match[str]) -> Said:
        if asked.form != "application/json":
            return _no(415, "Unsupported Media Type")
        body = json.loads(asked.body)
        files = body.get("files")
        if not isinstance(files, dict) or set(body) - {"files", "async", "draft", "branch"}:
            return _no(422, "files is missing")
        for path, digest in files.items():
            if not re.fullmatch(r"/[^#?]+", path) or not re.fullmatch(r"[0-9a-f]{40}", digest):
                return _no(422, f"{path} is not valid")
        named = {path[1:]: digest for path, digest in files.items()}
        deploy = Deploy(f"{next(self._numbers):024x}", asked.query.get("title", ""), named)
        self.deploys.append(deploy)
        deploy.required = {digest for digest in named.values() if digest not in self.blobs}
        if not body.get("async"):
            deploy.state = "uploading" if deploy.required else "ready"
        return Said(200, deploy.shown())

    def _poll(self, _: Asked, found: re.Match[str]) -> Said:
        deploy = self._deploy(found["deploy"])
        if deploy is None:
            return _no(404, "Not Found")
        said = Said(200, deploy.shown())
        if self.is_stuck:
            return said
        if deploy.state == "preparing":
            deploy.state = "prepared" if deploy.required else "uploaded"
        elif deploy.state == "uploaded":
            deploy.state = "error" if self.fails else "ready"
            if not self.fails and not self.is_locked:
                self.published = deploy
        return said

    def _put(self, asked: Asked, found: re.Match[str]) -> Said:
        deploy = self._deploy(found["deploy"])
        digest = deploy.files.get(found["path"]) if deploy else None
        if deploy is None or digest is None:
            return _no(404, "Not Found")
        if asked.form != "application/octet-stream":
            return _no(415, "Unsupported Media Type")
        if deploy.state not in {"prepared", "uploading"} or digest not in deploy.required:
            return _no(422, "this file is not required")
        if sha1(asked.body).hexdigest() != digest:
            return _no(422, "the digest does not match")
        self.blobs[digest] = asked.body
        deploy.required.discard(digest)
        deploy.state = "uploading" if deploy.required else "uploaded"
        return Said(200, {"id": found["path"], "path": found["path"], "sha": digest})

    def _cancel(self, _: Asked, found: re.Match[str]) -> Said:
        deploy = self._deploy(found["deploy"])
        if deploy is None:
            return _no(404, "Not Found")
        if deploy.state == "ready":
            return _no(422, "this deploy is ready")
        deploy.state = "error"
        return Said(201, deploy.shown())

    def _delete(self, _: Asked, found: re.Match[str]) -> Said:
        deploy = self._deploy(found["deploy"])
        if deploy is None:
            return _no(404, "Not Found")
        if deploy is self.published:
            return _no(422, "this deploy is published")
        self.deploys.remove(deploy)
        return Said(204, b"")

    def _restore(self, _: Asked, found: re.Match[str]) -> Said:
        deploy = self._deploy(found["deploy"])
        if deploy is None or deploy.state != "ready":
            return _no(404, "Not Found")
        self.published = deploy
        return Said(201, deploy.shown())

    def _file(self, asked: Asked, found: re.Match[str]) -> Said:
        digest = (self.published.files if self.published else {}).get(found["path"])
        if digest is None:
            return _no(404, "Not Found")
        if asked.form == RAW:
            return Said(200, self.blobs[digest])
        size = len(self.blobs[digest])
        return Said(200, {"id": found["path"], "path": f"/{found['path']}", "sha": digest, "size": size})

    def _deploy(self, name: str) -> Deploy | None:
        return next((deploy for deploy in self.deploys if deploy.id == name), None)


def _no(status: int, message: str) -> Said:
    return Said(status, {"code": status, "message": message})


_SITE = r"/api/v1/sites/(?P<site>[^/]+)"
_DEPLOY = r"/api/v1/deploys/(?P<deploy>\w+)"
ROUTES = (
    ("GET", _SITE, Netlify._look),
    ("GET", _SITE + r"/deploys", Netlify._list),
    ("POST", _SITE + r"/deploys", Netlify._begin),
    ("POST", _SITE + r"/deploys/(?P<deploy>\w+)/restore", Netlify._restore),
    ("GET", _SITE + r"/files/(?P<path>.+)", Netlify._file),
    ("GET", _DEPLOY, Netlify._poll),
    ("DELETE", _DEPLOY, Netlify._delete),
    ("POST", _DEPLOY + r"/cancel", Netlify._cancel),
    ("PUT", _DEPLOY + r"/files/(?P<path>.+)", Netlify._put),
)
