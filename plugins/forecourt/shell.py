"""A server that we reach over ssh, by the system's own client and as its owner set that up.

Never asks anything: a password or an unknown host is an error that says what to do. What is
started over there is POSIX ``sh``, with its arguments apart from its text, so that nothing in a name is
taken for a command.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import stamina
import stamina.instrumentation

stamina.instrumentation.set_on_retry_hooks([])  # it would log each second try as a warning

TRIES = 5
"""How often a server is asked that does not answer, with growing pauses between, all within a minute or so."""

UNREACHED = 255
"""What ssh ends with where it never came to the command, or lost it on the way."""

_FINAL = {
    "Permission denied": "it does not let us in; put the public key into authorized_keys over there, and name the "
    "private one as identity or in ~/.ssh/config",
    "Host key verification failed": "its host key is not known, or is not the one we know; have somebody who "
    "knows the server compare it, then put it into known_hosts (ssh-keyscan writes the line)",
    "Could not resolve hostname": "its name leads nowhere; see to host",
    "rsync: command not found": "it has no rsync; install it over there",
    "rsync: not found": "it has no rsync; install it over there",
    "Bad configuration option": "the configuration of ssh cannot be read; see ~/.ssh/config",
}


class ShellError(Exception):
    """What was to be done over there was not; the message says why, without the server's name."""


class Unanswered(Exception):
    """Nobody answered, or the connection broke: worth another try."""


class Done(NamedTuple):
    """What a command ended with."""

    code: int
    out: bytes
    said: str
    """Its last line of errors."""
    tries: int
    """How often it was begun: more than 1 where an earlier try may have come to its end, unheard."""


@dataclass(frozen=True)
class Server:
    """Where, and as whom. What is left out is as ~/.ssh/config says."""

    host: str
    """``user@server``, or a name of ~/.ssh/config."""
    port: int = 0
    identity: str = ""
    """The file of a private key."""
    known_hosts: str = ""
    """A file of host keys, in place of ~/.ssh/known_hosts."""
    patience: float = 300.0
    """Seconds that one command over there may take; 64 MB need 2 Mbit/s for that."""

    @property
    def client(self) -> list[str]:
        """Ssh with its options; the host and the command are to follow."""
        command = ["ssh", "-oBatchMode=yes", "-oConnectTimeout=15", "-oServerAliveInterval=15"]
        command += ["-oServerAliveCountMax=4", "-oStrictHostKeyChecking=yes", "-oForwardAgent=no", "-T"]
        command += [f"-p{self.port}"] if self.port else []
        command += [f"-i{self.identity}", "-oIdentitiesOnly=yes"] if self.identity else []
        return command + ([f"-oUserKnownHostsFile={self.known_hosts}"] if self.known_hosts else [])

    def command(self, script: str, *arguments: str) -> list[str]:
        """What runs the script over there, with the arguments as ``$1`` and so on."""
        # Whatever shell the account has, it sees words in single quotes and nothing else.
        return [*self.client, "--", self.host, f"exec {shlex.join(['sh', '-c', script, 'sh', *arguments])}"]

    def run(self, script: str, *arguments: str, body: bytes | Path = b"", into: Path | None = None) -> Done:
        """Run a script with ``body`` as its input; its output is given, or written ``into`` a file.

        It is begun again where the connection fails, so it must bear being run twice. Raises ShellError where
        the server cannot be reached, or the script takes longer than our patience.
        """
        command = self.command(script, *arguments)
        tries = 0
        try:
            for attempt in stamina.retry_context(
                on=Unanswered, attempts=TRIES, timeout=60, wait_initial=1, wait_max=15
            ):
                with attempt:
                    tries += 1
                    code, out, errors = _ran(command, self.patience, body, into)
                    check(code, errors)
        except Unanswered as error:
            raise ShellError(f"it does not answer ({error}); see whether it is up, and run again") from error
        except subprocess.TimeoutExpired as error:
            raise ShellError(too_long(error)) from None
        return Done(code, out, last_line(errors), tries)


def check(code: int, errors: str) -> None:
    """Raise ShellError where ssh said what only a person can mend; what else it said is worth another try."""
    if code == UNREACHED:
        for said, what in _FINAL.items():
            if said in errors:
                raise ShellError(what)
        raise Unanswered(last_line(errors))


def last_line(said: str) -> str:
    """The last line that is not empty, for a sentence."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it did not say why")


def finished(
    command: Sequence[str],
    patience: float,
    *,
    sent: bytes | IO[bytes] = b"",
    out: IO[bytes] | None = None,
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end, with what it says, or written ``out`` to a file.

    Whatever keeps us from waiting for that, an interrupt included, ends it and all that it started. Raises
    subprocess.TimeoutExpired after ``patience`` seconds; FileNotFoundError where there is no such program.
    """
    given, file = (sent, None) if isinstance(sent, bytes) else (None, sent)
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environ,
        stdin=file or subprocess.PIPE,
        stdout=out or subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # to end its children, too; and there is no terminal to ask for a password
    ) as process:
        try:
            said, errors = process.communicate(given, timeout=patience)
        except BaseException:
            _end(process)
            raise
    return subprocess.CompletedProcess(command, process.returncode, said or b"", errors)


def too_long(error: subprocess.TimeoutExpired) -> str:
    """The words for a command that did not come to its end."""
    return (
        f"it did not come to an end within {error.timeout:.0f} seconds; see whether it hangs, or give it more time "
        "(patience)"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):  # all of it has ended already
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()  # which Popen does not after an interrupt


def _ran(
    command: list[str], patience: float, body: bytes | Path, into: Path | None
) -> tuple[int, bytes, str]:
    with ExitStack() as files:
        sent = files.enter_context(body.open("rb")) if isinstance(body, Path) else body
        out = files.enter_context(into.open("wb")) if into else None
        try:
            done = finished(command, patience, sent=sent, out=out)
        except FileNotFoundError as error:
            raise ShellError(f"{command[0]} is not installed here; install it") from error
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")
