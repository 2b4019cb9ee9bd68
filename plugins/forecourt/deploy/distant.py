"""Releases as folders of a server, over ssh and rsync: as ``trees`` has them on this machine.

One connection holds the lock for as long as it lives, and all that other publishes must not meet half done goes through
it: so a publish that lost its lock has lost its hands, too. The system over there lets go of the lock
when the connection ends, however it ends; after two hours it is ended.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile, gettempdir
from typing import IO

import stamina

from forecourt.deploy.trees import busy, holder
from forecourt.errors import Busy, PublishError
from forecourt.shell import TRIES, UNREACHED, Server, ShellError, Unanswered, check, last_line

_BUSY = 75
_SAID = "~said"
_LATE = 10.0  # seconds
_LONGEST = 2**20
_LOST = frozenset(
    {UNREACHED, 10, 12, 30, 35}
)  # what rsync ends with when its connection does not come or stay
# What rsync says of a file, such as one that finds no room; that the connection broke comes of it.
_FAILED = re.compile(r'^rsync: \[\w+\] (.*(?: failed: | failed on ").*)$', re.MULTILINE)

_HOLD = """
umask 022
mkdir -p -- "$1/releases" || exit 1
cd -- "$1" || exit 1
exec 9>>lock || exit 1
flock -n 9 || { cat lock.holder; exit 75; }
printf %s "$2" > lock.holder || exit 1
printf '~held\\n'
exec timeout 7200 sh
"""

_LIVE = """
if [ -e current ] && [ ! -L current ]; then
  echo 'current is not a link; move it away' >&2
  false
elif [ -L current ]; then
  name=$(basename -- "$(readlink current)")
  [ ! -f "releases/.$name.release" ] || mv -f -- "releases/.$name.release" "releases/$name.release"
  [ ! -f "releases/$name.release" ] || [ ! -d "releases/$name" ] || printf %s "$name"
fi
"""

_NAMES = """
for record in releases/*.release; do
  name=${record#releases/} name=${name%.release}
  [ ! -f "$record" ] || [ ! -d "releases/$name" ] || printf '%s\\n' "$name"
done
"""

_BEGIN = """
live=
[ ! -L current ] || live=$(basename -- "$(readlink current)")
rm -rf -- releases/.[!.]*
for tree in releases/*; do
  name=${tree#releases/} name=${name%.release}
  [ "$name" = "$live" ] || { [ -d "releases/$name" ] && [ -f "releases/$name.release" ]; } || rm -rf -- "$tree"
done
"""

# What stands below a file that took a folder's place is gone already, of which rm complains.
_DROP = """
( cd releases/.{name} && {{ tr '\\n' '\\0' | xargs -0 rm -f -- 2> /dev/null || :; }} &&
  find . -mindepth 1 -depth -type d -empty -exec rmdir {{}} + )
"""

_WRITE = """
cat > releases/.beside && mv -f -- releases/.beside {name}
"""

_SWITCH = """
sync
mv -- releases/.{name} releases/{name} &&
ln -s releases/{name} releases/.current &&
mv -fT -- releases/.current current &&
mv -f -- releases/.{name}.release releases/{name}.release
"""


class Distant:
    """The folder on a server."""

    def __init__(self, server: Server, base: str, hand: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self._server, self._base, self._hand, self._errors = server, base, hand, errors

    def live(self) -> str:
        """See Trees."""
        return self._do(_LIVE).decode()

    def names(self) -> Sequence[str]:
        """See Trees."""
        return self._do(_NAMES).decode().split()

    def record(self, name: str) -> bytes:
        """See Trees."""
        return self._do(f"cat releases/{name}.release")

    def heads(self) -> Sequence[bytes]:
        """See Trees."""
        return self._do(
            "\n".join([":", *(f"head -n 1 releases/{name}.release" for name in self.names())])
        ).splitlines()

    def sizes(self, name: str) -> Mapping[str, int]:
        """See Trees."""
        found = self._do(f"find releases/{name} -type f -printf '%s %P\\n'").decode("utf-8", "replace")
        return {path: int(size) for size, _, path in (line.partition(" ") for line in found.split("\n")[:-1])}

    def begin(self, name: str, base: str) -> None:
        """See Trees."""
        tree = f"releases/.{name}"
        self._do(_BEGIN)
        if base:  # where hard links are not known the files are copied
            self._do(f"cp -al releases/{base} {tree} || {{ rm -rf {tree} && cp -a releases/{base} {tree}; }}")
        else:
            self._do(f"mkdir {tree}")

    def staging(self) -> AbstractContextManager[str]:
        """See Trees."""
        # Nobody else is at work on that folder of that server: what bears its name was left by one that was killed.
        where = sha256(f"{self._server.host}:{self._server.port}:{self._base}".encode()).hexdigest()[:12]
        prefix = f"forecourt-{where}-"
        for left in Path(gettempdir()).glob(f"{prefix}*"):
            shutil.rmtree(left, ignore_errors=True)
        return TemporaryDirectory(prefix=prefix)

    def put(self, name: str, folder: Path, paths: Sequence[str]) -> Iterator[tuple[str, int]]:
        """See Trees."""
        if not paths:
            return
        with TemporaryFile() as listed:
            listed.write(b"".join(f"./{path}".encode() + b"\0" for path in paths))
            # All that is named is sent: that size and time are the same says nothing. A file is put in
            # the place of the old one, which is another release's, too, and not written into it (no --inplace).
            command = [
                "rsync",
                "--ignore-times",
                "--copy-links",
                "--times",
                "--perms",
                "--chmod=D755,F644",
                "--force",
            ]
            command += ["--compress", "--secluded-args", "--from0", "--files-from=-", "--outbuf=L"]
            command += ["--8-bit-output", "--out-format=%l %n", "--timeout=120"]
            command += [f"--rsh={shlex.join(self._server.client)}", f"{folder}/"]
            command.append(f"{self._server.host}:{self._base}/releases/.{name}/")
            yield from self._synced(command, listed)

    def drop(self, name: str, paths: Sequence[str]) -> None:
        """See Trees."""
        if paths:
            self._do(_DROP.format(name=name), _lines(paths))

    def finish(self, name: str, record: bytes) -> None:
        """See Trees."""
        self._do(_WRITE.format(name=f"releases/.{name}.release"), record)
        self._do(_SWITCH.format(name=name))

    def forget(self, names: Sequence[str]) -> None:
        """See Trees."""
        for name in names:
            self._do(f"rm -f releases/{name}.release && rm -rf releases/{name}")

    def write(self, name: str, body: bytes) -> None:
        """See Trees."""
        self._do(_WRITE.format(name=name), body)

    def _do(self, script: str, body: bytes = b"") -> bytes:
        """Run a script by the hand that holds the lock, with whole lines as its input; its output."""
        send, hear = self._hand.stdin, self._hand.stdout
        assert send
        assert hear
        lines = []
        try:
            send.write(f"{{\n{script}\n}} << '~end'\n".encode() + body)
            send.write(b"~end\nprintf '\\n~done %s\\n' \"$?\"\n")
            send.flush()
            while not (line := hear.readline()).startswith(b"~done "):
                if not line:
                    raise PublishError(self._said(f"the connection broke ({self._complaint()})"))
                lines.append(line)
        except BrokenPipeError as error:
            raise PublishError(self._said(f"the connection broke ({self._complaint()})")) from error
        if line.split()[1] != b"0":
            raise PublishError(self._said(self._complaint()))
        return b"".join(lines)[:-1]  # without the end of line that the mark stands behind

    def _synced(self, command: list[str], listed: IO[bytes]) -> Iterator[tuple[str, int]]:
        """Run rsync for the paths that are ``listed``, again where the connection fails; gives what was sent, once."""
        done = set()
        try:
            for attempt in stamina.retry_context(
                on=Unanswered, attempts=TRIES, timeout=300, wait_initial=1, wait_max=30
            ):
                with attempt:
                    for path, size in self._told(command, listed):
                        if path not in done:
                            done.add(path)
                            yield path, size
        except (Unanswered, ShellError) as error:
            raise PublishError(self._said(str(error))) from error
        except FileNotFoundError as error:
            raise PublishError(self._said("rsync is not installed here; install it")) from error

    def _told(self, command: list[str], listed: IO[bytes]) -> Iterator[tuple[str, int]]:
        """Run rsync once; the files that it sends, with their sizes."""
        listed.seek(0)
        with TemporaryFile() as errors:
            with subprocess.Popen(command, stdin=listed, stdout=subprocess.PIPE, stderr=errors) as process:
                try:
                    for line in process.stdout or ():
                        size, _, path = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
                        if size.isdecimal() and not path.endswith("/"):
                            yield path, int(size)
                except GeneratorExit:
                    process.terminate()
                    raise
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")
        failed = _FAILED.search(said)
        if failed and process.returncode:
            raise PublishError(self._said(failed[1]))
        check(UNREACHED if process.returncode in _LOST else process.returncode, said)
        if process.returncode:
            raise PublishError(self._said(last_line(said)))

    def _complaint(self) -> str:
        """What was said over there last. It comes another way than the answers, so that it may come after them."""
        with suppress(BrokenPipeError):
            if self._hand.stdin:
                self._hand.stdin.write(f"echo '{_SAID}' >&2\n".encode())
                self._hand.stdin.flush()
        end = time.monotonic() + _LATE
        while _SAID not in self._heard() and time.monotonic() < end and self._hand.poll() is None:
            time.sleep(0.01)  # ssh writes into a file, and nothing tells of that
        return last_line(self._heard().replace(_SAID, ""))

    def _heard(self) -> str:
        """All that was said; read without moving where ssh writes."""
        return os.pread(self._errors.fileno(), _LONGEST, 0).decode("utf-8", "replace")

    def _said(self, why: str) -> str:
        return _sentence(self._server, self._base, why)


@contextmanager
def distant(server: Server, base: str, now: datetime) -> Iterator[Distant]:
    """The folder on a server, ours until the end of the block. Raises Busy, PublishError."""
    with TemporaryFile() as errors, ExitStack() as ending:
        try:
            hand = _held(server, base, now, errors, ending)
        except (Unanswered, ShellError) as error:
            raise PublishError(_sentence(server, base, str(error))) from error
        try:
            yield Distant(server, base, hand, errors)
        except OSError as error:  # of this machine: a file of the site that went, a disk that is full
            raise PublishError(
                f"{error.filename2 or error.filename or 'a file'} cannot be read or written: {error.strerror}; "
                "mend that and publish again"
            ) from error


def _held(
    server: Server, base: str, now: datetime, errors: IO[bytes], ending: ExitStack
) -> subprocess.Popen[bytes]:
    """The connection that holds the lock."""
    command = server.command(_HOLD, base, holder(now))
    for attempt in stamina.retry_context(
        on=Unanswered, attempts=TRIES, timeout=60, wait_initial=1, wait_max=15
    ):
        with attempt, ExitStack() as failing:
            errors.seek(0)  # ssh writes where we stand
            errors.truncate()
            hand = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
            failing.callback(_let_go, hand)
            first = hand.stdout.readline() if hand.stdout else b""
            if first != b"~held\n":
                code = hand.wait()
                if code == _BUSY:
                    raise Busy(busy(f"{server.host}:{base}", first.decode("utf-8", "replace").strip()))
                errors.seek(0)
                said = errors.read().decode("utf-8", "replace")
                check(code, said)
                raise ShellError(f"{last_line(said)} (it needs sh, flock, timeout and rsync)")
            ending.push(failing.pop_all())
            return hand
    raise AssertionError  # stamina gives an attempt or raises


def _let_go(hand: subprocess.Popen[bytes]) -> None:
    for pipe in (hand.stdin, hand.stdout):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()
    hand.wait()


def _lines(paths: Sequence[str]) -> bytes:
    return "".join(f"{path}\n" for path in paths).encode()


def _sentence(server: Server, base: str, why: str) -> str:
    return f"{server.host}:{base} cannot be read or written: {why}; visitors see a whole site. Mend that and run again"
