"""What tells one state of the hub from another: a digest for each thing that pages are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from forecourt.accounts import Account
from forecourt.policy import HEADERS
from forecourt.site import look
from forecourt.site.editions import Editions
from forecourt.site.look import CONTENT, PACKAGES, PROGRAM, SETTINGS, THEME, Asked
from forecourt.site.memory import Input


@dataclass(frozen=True)
class Keys:
    """The keys of what a build is asked for and of the files it reads; equal keys make equal pages."""

    asked: Asked
    inputs: Sequence[Input]

    @cached_property
    def editorial(self) -> str:
        """What the editors' pages are read from. The accounts' file lies among theirs and is not."""
        found = look.digests(self.inputs, CONTENT, PROGRAM, SETTINGS, PACKAGES)
        read = [item for item in found.items() if not item[0].endswith(".toml")]
        return _digest(self.asked.settings, read)

    @cached_property
    def program(self) -> str:
        """The program itself, and the packages it runs with."""
        return _digest(look.digests(self.inputs, PROGRAM, PACKAGES))

    @cached_property
    def static(self) -> str:
        """The theme, whose files are copied."""
        return _digest(look.digests(self.inputs, THEME))

    @cached_property
    def templates(self) -> str:
        """What templates are compiled from: of what is constant in them, filters of the operator's own, too."""
        found = look.digests(self.inputs, THEME)
        templates = {path: each for path, each in found.items() if not path.startswith(f"{THEME}/static/")}
        return _digest(templates, self.program, self.asked.settings, look.digests(self.inputs, SETTINGS))

    def frame(self, editions: Editions) -> str:
        """What stands on every page, and decides how all of them are made."""
        config = self.asked.config
        functions = look.digests(self.inputs, SETTINGS) if self.asked.functions else {}
        said = (config.site_url, config.index_posts, config.theme, [*HEADERS.items()], functions)
        found = look.digests(self.inputs, THEME)
        words = {path: each for path, each in found.items() if path.startswith(f"{THEME}/translations/")}
        return _digest(editions.fingerprint(), words, *said)

    def hero(self) -> str:
        """The brand's picture, "" where there is none."""
        path = self.asked.config.brand.hero
        return f"{path} {look.digests(self.inputs, CONTENT).get(f'{CONTENT}/{path}', '')}" if path else ""


def of_account(account: Account) -> str:
    """What pages show of an account."""
    source, terms = account.source, account.connector.terms
    shown = (
        source.label,
        source.profile,
        source.store,
        account.connector.network,
        terms.credit,
        terms.syndicate,
    )
    return _digest(*shown)


def _digest(*parts: object) -> str:
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()
