"""What CloudFront needs beside a bucket: to be told which copies are old, and a function that finds a page's file.

It charges for each path that it is told of, above the first thousand of a month; a path with ``*`` at its end is one.
It takes 3,000 at a time, of which 15 may end with ``*``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from forecourt.deploy.headers import SITE

MOST = 1000
"""Paths of one publish, above which whole folders are named."""

BATCH = 3000
WILDCARDS = 15

FUNCTION = """\
// Of a CloudFront distribution before a bucket: event type "viewer request", runtime cloudfront-js-2.0.
// A page's address ends with a slash, its file is the index.html below it.
function handler(event) {
  var request = event.request;
  var last = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (last === "") {
    request.uri += "index.html";
    return request;
  }
  if (last.indexOf(".") !== -1) return request;
  var asked = Object.keys(request.querystring).map(function (name) {
    var value = request.querystring[name];
    return (value.multiValue || [value]).map(function (one) {
      return one.value === "" ? name : name + "=" + one.value;
    }).join("&");
  }).join("&");
  return {
    statusCode: 301,
    statusDescription: "Moved Permanently",
    // Two slashes at the beginning would be another host's.
    headers: { location: { value: request.uri.replace(/^\\/+/, "/") + "/" + (asked ? "?" + asked : "") } },
  };
}
"""


def paths(stale: Iterable[str], size: int, most: int = MOST) -> tuple[str, ...]:
    """The paths to invalidate for files of the site, as CloudFront wants them: encoded, sorted.

    A page is named by its address and by its file, since the function changes the one into the other and
    CloudFront asks for both. Where there are more than ``most`` the folders with most of them are named as a
    whole. All of the site, of ``size`` files, is only where nearly all of it is meant.
    """
    files = sorted(stale)
    exact = [path for file in files for path in _addresses(file)]
    if len(exact) <= most:
        return tuple(sorted(exact))
    whole = _folders(files, most)
    if len(whole) > WILDCARDS and len(files) > size * 9 // 10:
        return ("/*",)
    chosen = tuple(f"{folder}/" for folder in whole[:WILDCARDS])
    rest = (path for file in files if not file.startswith(chosen) for path in _addresses(file))
    return tuple(sorted([*(f"{_encoded(folder)}*" for folder in chosen), *rest]))


def _folders(files: Sequence[str], most: int) -> list[str]:
    """Folders to name as a whole until no more than ``most`` paths are left, each as deep as it can be."""
    tops = Counter(file.partition("/")[0] for file in files if "/" in file)
    left, found = 2 * len(files), []
    for top, number in sorted(tops.items(), key=lambda pair: (-pair[1], pair[0])):
        if left <= most:
            break
        inside = [file for file in files if file.startswith(f"{top}/")]
        first, last = (
            inside[0].split("/")[:-1],
            inside[-1].split("/")[:-1],
        )  # sorted: what both share all share
        same = next(
            (n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b),
            min(len(first), len(last)),
        )
        found.append("/".join(first[:same]))
        left -= 2 * number
    return found


def _addresses(file: str) -> list[str]:
    address = file.removesuffix("index.html")
    return (
        [_encoded(file)]
        if address == file or (address and address[-1] != "/")
        else [_encoded(file), _encoded(address)]
    )


def _encoded(path: str) -> str:
    """As RFC 1738 wants it, of which CloudFront says that it means it: it refuses a ``~``."""
    return f"/{quote(path, safe='/').replace('~', '%7E')}"


def invalidate(client: Any, distribution: str, said: Sequence[str], reference: str) -> int:  # Any: boto3's
    """Tell a distribution which paths are old; how many. It is not waited for: that takes CloudFront a minute.

    ``reference`` makes one and the same of an order that is given twice.
    """
    remaining = iter(said)
    for number, batch in enumerate(iter(lambda: tuple(islice(remaining, BATCH)), ())):
        client.create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(batch), "Items": batch},
                "CallerReference": f"{reference}-{number}",
            },
        )
    return len(said)


def headers_policy(name: str) -> Mapping[str, object]:
    """The site's headers as a ``ResponseHeadersPolicyConfig``, as ``create_response_headers_policy`` takes it.

    Cache-Control and Content-Type come with each object.
    """
    rest = {key: value for key, value in SITE.items() if key not in _NAMED}
    items = [{"Header": key, "Value": value, "Override": True} for key, value in rest.items()]
    return {
        "Name": name,
        "Comment": "Forecourt",
        "SecurityHeadersConfig": {
            "ContentSecurityPolicy": {
                "Override": True,
                "ContentSecurityPolicy": SITE["Content-Security-Policy"],
            },
            "ContentTypeOptions": {"Override": True},
            "FrameOptions": {"Override": True, "FrameOption": SITE["X-Frame-Options"]},
            "ReferrerPolicy": {"Override": True, "ReferrerPolicy": SITE["Referrer-Policy"]},
            "StrictTransportSecurity": {
                "Override": True,
                "AccessControlMaxAgeSec": int(SITE["Strict-Transport-Security"].partition("=")[2]),
                "IncludeSubdomains": False,
                "Preload": False,
            },
        },
        "CustomHeadersConfig": {"Quantity": len(items), "Items": items},
    }


_NAMED = frozenset({
    "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
    "Strict-Transport-Security",
})  # fmt: skip
