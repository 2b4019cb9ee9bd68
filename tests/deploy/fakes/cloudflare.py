"""Cloudflare's API as far as wrangler and a publish need it, and the deployments as visitors get them.

As strict as what wrangler 4.60 was seen to speak: the token of a project for a short while (upload-token), with
which alone assets are taken; which digests are missing; assets in base64, at most 2,000 and 40 MiB at once; digests
that are to be kept (upsert-hashes); and a deployment as a form, whose manifest may only name what is there.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from itertools import count
from typing import Any

from tests.deploy.fakes.hosting import Asked, Host, Said

API = "/client/v4"
LARGEST = 25 * 2**20
BUCKET = 40 * 2**20
BUCKET_FILES = 2000
FILES = 20_000


@dataclass
class Deployment:
    id: str
    files: dict[str, bytes]
    message: str
    commit: str
    environment: str
    looks: int = 1
    """How often it is looked at until it is whole."""
    status: str = "active"


class Cloudflare(Host):
    """One project of one account."""

    def __init__(self, token: str, account: str, project: str) -> None:
        super().__init__()
        self.token, self.account, self.project = token, account, project
        self.blobs: dict[str, bytes] = {}
        self.kept: set[str] = set()
        self.uploaded: list[str] = []
        self.deployments: list[Deployment] = []
        self._numbers = count()
        self.published: Deployment | None = None
        self.is_late = False
        self.refused = "nothing"
        """How the path ends of what the token may not do."""
        part = base64.urlsafe_b64encode(
            json.dumps({"exp": 4_000_000_000, "max_file_count_allowed": FILES}).encode()
        )
        self.pass_token = f"e30.{part.decode().rstrip('=')}.sealed"

    def tree(self) -> dict[str, bytes]:
        return dict(self.published.files) if self.published else {}

    def answer(self, asked: Asked) -> Said:
        if asked.path.startswith("/shown/"):
            return self._visited(asked.path.removeprefix("/shown/"))
        path = asked.path.removeprefix(API)
        allowed = self.pass_token if path.startswith("/pages/assets/") else self.token
        if asked.token != allowed or path.endswith(self.refused):
            code = 8000013 if path.startswith("/pages/assets/") else 10000
            return _no(401, code, "Authentication error")
        for method, pattern, handler in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == asked.method:
                if found.groupdict().get("account", self.account) != self.account:
                    return _no(403, 10000, "Authentication error")
                if found.groupdict().get("project", self.project) != self.project:
                    return _no(404, 8000007, "Project not found")
                return handler(self, asked, found)
        return _no(404, 7003, f"Could not route to {path}")

    def pass_time(self) -> None:
        """Let what was begun become whole."""
        for deployment in self.deployments:
            self._step(deployment)
            self._step(deployment)

    def publish(self, deployment: Deployment) -> None:
        self.published = deployment

    def _look(self, _: Asked, __: re.Match[str]) -> Said:
        if self.deployments and not self.is_late:
            self._step(self.deployments[-1])
        return _yes(
            {
                "name": self.project,
                "production_branch": "main",
                "deployment_configs": {"production": {}, "preview": {}},
                "canonical_deployment": self._shown(self.published) if self.published else None,
            }
        )

    def _upload_token(self, _: Asked, __: re.Match[str]) -> Said:
        return _yes({"jwt": self.pass_token})

    def _missing(self, asked: Asked, _: re.Match[str]) -> Said:
        hashes = json.loads(asked.body)["hashes"] if asked.form == "application/json" else None
        if not isinstance(hashes, list) or len(hashes) > FILES or not all(map(_is_digest, hashes)):
            return _no(400, 8000000, "invalid hashes")
        return _yes([one for one in hashes if one not in self.blobs])

    def _assets(self, asked: Asked, _: re.Match[str]) -> Said:
        payload = json.loads(asked.body) if asked.form == "application/json" else None
        if not isinstance(payload, list) or not 0 < len(payload) <= BUCKET_FILES:
            return _no(400, 8000000, "invalid payload")
        found: dict[str, bytes] = {}
        for one in payload:
            if set(one) != {"key", "value", "metadata", "base64"} or not _is_digest(one["key"]):
                return _no(400, 8000000, "invalid asset")
            if "contentType" not in one["metadata"] or one["base64"] is not True:
                return _no(400, 8000000, "invalid asset")
            found[one["key"]] = base64.b64decode(one["value"], validate=True)
        if max(map(len, found.values())) > LARGEST or sum(map(len, found.values())) > BUCKET:
            return _no(413, 8000000, "too large")
        self.blobs |= found
        self.uploaded += found
        return _yes({"successful_key_count": len(found), "unsuccessful_keys": []})

    def _upsert(self, asked: Asked, _: re.Match[str]) -> Said:
        hashes = json.loads(asked.body)["hashes"] if asked.form == "application/json" else []
        if not set(hashes) <= set(self.blobs):
            return _no(400, 8000000, "unknown hashes")
        self.kept |= set(hashes)
        return _yes(None)

    def _deploy(self, asked: Asked, _: re.Match[str]) -> Said:
        if asked.form != "multipart/form-data":
            return _no(415, 8000000, "a form is needed")
        form = _form(asked)
        if "manifest" not in form:
            return _no(
                400, 8000096, "A manifest field was expected in the request body but was not provided."
            )
        manifest = json.loads(form["manifest"])
        if len(manifest) > FILES:
            return _no(400, 8000000, "too many files")
        if (
            not all(re.fullmatch(r"/.+", path) for path in manifest)
            or not set(manifest.values()) <= self.kept
        ):
            return _no(400, 8000000, "the manifest names assets that are not there")
        files = {path[1:]: self.blobs[digest] for path, digest in manifest.items()}
        files |= {name: form[name] for name in ("_headers", "_redirects") if name in form}
        made = Deployment(
            f"{next(self._numbers):08x}",
            files,
            form.get("commit_message", b"").decode(),
            form.get("commit_hash", b"").decode(),
            "production" if form.get("branch", b"main") == b"main" else "preview",
        )
        self.deployments.append(made)
        return _yes(self._shown(made))

    def _list(self, asked: Asked, _: re.Match[str]) -> Said:
        page, size = int(asked.query.get("page", 1)), int(asked.query.get("per_page", 25))
        if size > 25:
            return _no(
                400, 8000024, "Invalid list options provided. Review the `page` or `per_page` parameter."
            )
        wanted = [
            one for one in self.deployments[::-1] if one.environment == asked.query.get("env", "production")
        ]
        return _yes([self._shown(one) for one in wanted[(page - 1) * size : page * size]])

    def _one(self, _: Asked, found: re.Match[str]) -> Said:
        deployment = self._known(found["id"])
        if deployment is None:
            return _no(404, 8000009, "Deployment not found")
        self._step(deployment)
        return _yes(self._shown(deployment))

    def _delete(self, _: Asked, found: re.Match[str]) -> Said:
        deployment = self._known(found["id"])
        if deployment is None:
            return _no(404, 8000009, "Deployment not found")
        if deployment is self.published:
            return _no(400, 8000034, "This deployment is the live one and cannot be deleted")
        self.deployments.remove(deployment)
        return _yes(None)

    def _rollback(self, _: Asked, found: re.Match[str]) -> Said:
        deployment = self._known(found["id"])
        if deployment is None or deployment.status != "success":
            return _no(404, 8000009, "Deployment not found")
        if deployment is self.published or deployment.environment != "production":
            return _no(400, 8000071, "This deployment is not eligible for rollback")
        self.publish(deployment)
        return _yes(self._shown(deployment))

    def _step(self, deployment: Deployment) -> None:
        deployment.looks -= 1
        if deployment.status == "active" and deployment.looks < 0:
            deployment.status = "success"
            if deployment.environment == "production":
                self.publish(deployment)

    def _shown(self, deployment: Deployment) -> dict[str, Any]:
        metadata = {"branch": "main", "commit_hash": deployment.commit, "commit_message": deployment.message}
        return {
            "id": deployment.id,
            "url": f"{self.url}/shown/{deployment.id}",
            "environment": deployment.environment,
            "project_name": self.project,
            "latest_stage": {"name": "deploy", "status": deployment.status},
            "deployment_trigger": {"type": "ad_hoc", "metadata": metadata},
            "aliases": None,
        }

    def _known(self, name: str) -> Deployment | None:
        return next((one for one in self.deployments if one.id == name), None)

    def _visited(self, path: str) -> Said:
        name, _, path = path.partition("/")
        deployment = self._known(name)
        if deployment is None:
            return Said(404, b"")
        files = {
            path: data for path, data in deployment.files.items() if path not in {"_headers", "_redirects"}
        }
        if path.endswith("index.html") and path in files:
            return Said(308, b"", {"Location": f"/shown/{name}/{path.removesuffix('index.html')}"})
        path = f"{path}index.html" if path == "" or path.endswith("/") else path
        if path in files:
            return Said(200, files[path])
        if "404.html" in files:
            return Said(404, files["404.html"])
        return Said(200, files.get("index.html", b""))


def _is_digest(text: object) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(r"[0-9a-f]{32}", text))


def _form(asked: Asked) -> dict[str, bytes]:
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    found = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + asked.body).walk():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = data
    return found


def _yes(result: object) -> Said:
    return Said(200, {"success": True, "errors": [], "messages": [], "result": result})


def _no(status: int, code: int, message: str) -> Said:
    errors = [{"code": code, "message": message}]
    return Said(status, {"success": False, "errors": errors, "messages": [], "result": None})


_PROJECT = r"/accounts/(?P<account>\w+)/pages/projects/(?P<project>[\w-]+)"
_ROUTES = (
    ("GET", _PROJECT, Cloudflare._look),
    ("GET", _PROJECT + "/upload-token", Cloudflare._upload_token),
    ("GET", _PROJECT + "/deployments", Cloudflare._list),
    ("POST", _PROJECT + "/deployments", Cloudflare._deploy),
    ("GET", _PROJECT + r"/deployments/(?P<id>\w+)", Cloudflare._one),
    ("DELETE", _PROJECT + r"/deployments/(?P<id>\w+)", Cloudflare._delete),
    ("POST", _PROJECT + r"/deployments/(?P<id>\w+)/rollback", Cloudflare._rollback),
    ("POST", "/pages/assets/check-missing", Cloudflare._missing),
    ("POST", "/pages/assets/upload", Cloudflare._assets),
    ("POST", "/pages/assets/upsert-hashes", Cloudflare._upsert),
)
