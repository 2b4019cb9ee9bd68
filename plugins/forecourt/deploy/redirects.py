"""Pages that only lead on to another address, for hosts that can say so before a page is read (301).

The hub writes such a page where a post was merged into another. A bucket behind CloudFront serves it as it is: S3's own
redirects answer only at its website address, which speaks no TLS. Browsers and search engines follow either.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from forecourt.deploy.records import File

_LARGEST = 4096
_POST = re.compile(r"(?:[a-z]{2,3}(?:-\w+)?/)?posts/[^/]+/index\.html")
_ON = re.compile(rb'<meta http-equiv="refresh" content="0; url=([^"]+)">')


def moved(output: Path, files: Iterable[File]) -> Mapping[str, str]:
    """Where each such page leads, as a link from the root of the host. Reads small pages of posts only."""
    found = {}
    for file in files:
        if file.size < _LARGEST and _POST.fullmatch(file.path):
            on = _ON.search((output / file.path).read_bytes())
            if on:
                found[file.path] = html.unescape(on[1].decode())
    return found


def netlify(leading: Mapping[str, str], *, forced: bool = False) -> str:
    """The text of ``_redirects``, as Netlify and Cloudflare Pages read it.

    Netlify serves the page in place of the redirect unless it is ``forced``; Cloudflare does not know that word, nor
    need it.
    """
    code = "301!" if forced else "301"
    return "".join(f"/{path.removesuffix('index.html')} {to} {code}\n" for path, to in leading.items())
