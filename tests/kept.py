"""A state that is worked on, pushed and pulled; and a process of its own that does so, to be killed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forecourt.keeping import Pulled, Pushed, pull, push
from forecourt.places.folder import Folder
from forecourt.store import alone
from tests.store.test_generations import State

NAMES = ("report.json", "published")
BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Machine(State):
    """A machine with a state, that keeps it at a folder."""

    def __init__(self, folder: Path, place: Path) -> None:
        super().__init__(folder, BEGIN)
        self.place = Folder(str(place))

    def push(self, hour: int = 0, **options: int | str | bool) -> Pushed:
        return push(self.place, self.folder, BEGIN + timedelta(hours=hour), names=NAMES, **options)  # type: ignore[arg-type]  # as they are named there

    def pull(self) -> Pulled:
        return pull(self.place, self.folder, BEGIN)

    def write(self, files: Mapping[str, bytes]) -> None:
        for name, body in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(body)

    def files(self, name: str = "pictures") -> dict[str, bytes]:
        root = self.folder / name
        return {
            path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }


if __name__ == "__main__":
    task, folder, place = sys.argv[1:]
    machine = Machine(Path(folder), Path(place))
    with alone(machine.folder, task, BEGIN) if task == "hold" else nullcontext():
        print("begun", flush=True)
        if task == "hold":
            sys.stdin.read()
        elif task == "push":
            machine.push()
        else:
            machine.pull()
