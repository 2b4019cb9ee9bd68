"""A folder of a server as a place, over ssh: nothing is installed over there.

    {"place": "ssh", "host": "hub@server.example", "path": "kept"}

``port``, ``identity`` (the file of a private key) and ``known_hosts`` are as ~/.ssh/config says where they are left
out; ``path`` begins in the account's home folder unless it begins with ``/``. The server needs ``sh``, ``flock`` and
``sha256sum``, which every Linux has. A write waits for its turn and is compared and put in place by one command
over there; the token of a file is its digest. A command that takes longer than ``patience`` seconds (300) is ended, and
the run says so: 64 MB need 2 Mbit/s for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from forecourt.errors import Overtaken, PlaceError
from forecourt.places import Kept
from forecourt.places.folder import NAME, checked, overtaken
from forecourt.shell import Done, Server, ShellError

_NOTHING = 44
_ANOTHER = 45

_READ = """
[ -f "$1/$2" ] || exit 44
exec cat -- "$1/$2"
"""

# What was sent is whole when the digest is that which stood with it, and only then is looked at what is there.
_WRITE = """
umask 077
mkdir -p -- "$1" || exit 1
folder=$(dirname -- "$1/$2")
new="$1/~new.$$"
trap 'rm -f -- "$new"' EXIT
trap 'exit 1' HUP INT PIPE TERM  # who sent it may be gone, and hears no complaint
cat > "$new" || exit 1
sum=$(sha256sum < "$new") || exit 1
[ "${sum%% *}" = "$3" ] || { echo 'it came cut off' >&2; exit 1; }
exec 9> "$1/~lock" || exit 1
flock -w 60 9 || { echo 'another run has been writing there for a minute' >&2; exit 1; }
if [ "$4" = over ]; then
  is=
  if [ -f "$1/$2" ]; then is=$(sha256sum < "$1/$2") || exit 1; fi
  [ "${is%% *}" = "$5" ] || { printf %s "${is%% *}"; exit 45; }
fi
find "$1" -name '~new.*' -mtime +1 -exec rm -f {} +  # of writers that were killed
mkdir -p -- "$folder" && mv -f -- "$new" "$1/$2"
"""

_NAMES = """
[ -d "$1" ] || exit 0
cd -- "$1" && exec find . -type f
"""

_REMOVE = """
[ -d "$1" ] || exit 0
cd -- "$1" || exit 1
while IFS= read -r name; do rm -f -- "$name" || exit 1; done
"""


@dataclass(frozen=True)
class Ssh:
    """A place that is a folder of a server."""

    host: str
    path: str
    port: int = 0
    identity: str = ""
    known_hosts: str = ""
    patience: float = 300.0

    def __str__(self) -> str:
        return f"{self.host}:{self.path}"

    def read(self, name: str) -> Kept | None:
        """See Place."""
        done = self._run(_READ, checked(name), allowed=_NOTHING)
        return None if done.code else Kept(done.out, sha256(done.out).hexdigest())

    def fetch(self, name: str, into: Path) -> bool:
        """See Place."""
        done = self._run(_READ, checked(name), allowed=_NOTHING, into=into)
        if done.code:
            into.unlink(missing_ok=True)
        return not done.code

    def write(self, name: str, body: bytes | Path, *, over: str | None = None) -> str:
        """See Place."""
        token = _digest(body)
        how = ("any", "") if over is None else ("over", over)
        done = self._run(_WRITE, checked(name), token, *how, body=body, allowed=_ANOTHER)
        # Of a try whose answer was lost on the way we meet our own file.
        if done.code and not (done.tries > 1 and done.out.decode() == token):
            raise Overtaken(overtaken(self, name))
        return token

    def names(self, prefix: str = "") -> Iterator[str]:
        """See Place."""
        found = (
            line.removeprefix("./") for line in self._run(_NAMES).out.decode("utf-8", "replace").splitlines()
        )
        yield from sorted(name for name in found if name.startswith(prefix) and NAME.fullmatch(name))

    def remove(self, names: Iterable[str]) -> None:
        """See Place."""
        lines = "".join(f"{checked(name)}\n" for name in names)
        if lines:
            self._run(_REMOVE, body=lines.encode())

    def _run(
        self,
        script: str,
        *arguments: str,
        body: bytes | Path = b"",
        into: Path | None = None,
        allowed: int = 0,
    ) -> Done:
        server = Server(self.host, self.port, self.identity, self.known_hosts, self.patience)
        try:
            done = server.run(script, self.path, *arguments, body=body, into=into)
        except ShellError as error:
            raise PlaceError(f"{self}: {error}") from error
        if done.code not in {0, allowed}:
            raise PlaceError(
                f"{self} cannot be read or written: {done.said}; mend that and run again "
                "(it needs sh, flock and sha256sum)"
            )
        return done


def _digest(body: bytes | Path) -> str:
    digest = sha256()
    if isinstance(body, bytes):
        digest.update(body)
        return digest.hexdigest()
    with body.open("rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


PLACE = Ssh
