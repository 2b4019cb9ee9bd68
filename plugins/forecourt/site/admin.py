"""The files below ``/admin/``, where editors write in the browser: in the site only where HUB_ADMIN asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from forecourt.config import Config
from forecourt.config.admin import Host
from forecourt.desk import cms
from forecourt.desk.cms import Setup
from forecourt.errors import OutputError

FOLDER = "admin"
PROGRAM = ("cms.js", "yaml.js", "icons.woff2", "LICENCES.txt")
"""What is fetched once, by ``invoke admin --install``, beside the words of other languages; the rest is ours."""

_OURS = Path(cms.__file__).parent


def program_folder(state: Path) -> Path:
    """Where the program of the editor is kept, in its version."""
    return state / "tools" / f"sveltia-cms-{cms.VERSION}"


def files(config: Config, host: Host | None) -> Mapping[str, bytes]:
    """The editor's files by their paths in the site; none without a host.

    Raises OutputError where its program was not installed.
    """
    if host is None:
        return {}
    folder = program_folder(config.state)
    try:
        program = {name: (folder / name).read_bytes() for name in PROGRAM}
        program |= {f"locales/{path.name}": path.read_bytes() for path in folder.glob("locales/*.json")}
    except OSError as error:
        raise OutputError(
            f"HUB_ADMIN is on, but the editor is not in {folder} ({error.strerror}); run: invoke admin --install"
        ) from error
    setup = Setup(
        host,
        title=config.brand.name,
        site_url=config.site_url,
        lang=config.language,
        timezone=config.timezone.key,
        sources=tuple(source.name for source in config.sources),
    )
    own = {
        "index.html": cms.page(setup).encode(),
        "desk.json": cms.configuration(setup).encode(),
        **{name: (_OURS / name).read_bytes() for name in ("desk.js", "heads.js", "desk.css")},
    }
    return {f"{FOLDER}/{name}": content for name, content in {**own, **program}.items()}
