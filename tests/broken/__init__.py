"""Files as people really save them: broken ones with what is said of each, and odd ones that are right.

All of them may lie in one content folder. Beside them there are the pictures ``images/winter.jpg`` and
``images/logo.svg``, the accounts larkwood-instagram and larkwood-facebook, the store lyon and the campaign winter-sale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """A file below ``content/``: what it holds, and what is said of it after its name.

    ``reads`` is what must be read of it nevertheless; values are compared as text.
    """

    file: str
    holds: str | bytes
    says: tuple[str, ...] = ()
    reads: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentences(self) -> list[str]:
        """The whole sentences."""
        return [f"content/{self.file} {said}" for said in self.says]

    def save(self, content: Path) -> None:
        """Put it where it belongs, byte for byte."""
        path = content / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.holds if isinstance(self.holds, bytes) else self.holds.encode())


def wrong(file: str, holds: str | bytes, *says: str, **reads: Any) -> Case:
    """A file of which something is said."""
    assert says
    return Case(file, holds, says, reads)


def odd(file: str, holds: str | bytes, **reads: Any) -> Case:
    """A file that looks odd and is right."""
    return Case(file, holds, (), reads)
