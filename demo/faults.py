"""How an address misbehaves when a test asks it to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One misbehaviour. What is not given stays as it would have been.

    ``truncate`` promises the whole body and drops the connection after so many
    bytes. ``hang`` never answers. ``delay`` waits so many seconds first.
    """

    status: int | None = None
    retry_after: int | str | None = None
    body: bytes | None = None
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    truncate: int | None = None
    delay: float = 0
    hang: bool = False
    times: int | None = None


@dataclass(slots=True)
class Faults:
    """Which addresses misbehave, and how often still. Safe between threads."""

    _by_path: dict[str, Fault] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, path: str, fault: Fault) -> None:
        """Let ``path`` misbehave from now on."""
        with self._lock:
            self._by_path[path] = fault

    def clear(self) -> None:
        """Let every address behave again."""
        with self._lock:
            self._by_path.clear()

    def take(self, path: str) -> Fault | None:
        """Count one request, and return the fault it meets, if one is left."""
        with self._lock:
            fault = self._by_path.get(path)
            if fault is None or fault.times is None:
                return fault
            if fault.times <= 1:
                del self._by_path[path]
            else:
                self._by_path[path] = replace(fault, times=fault.times - 1)
            return fault
