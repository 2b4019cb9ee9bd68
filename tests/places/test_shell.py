"""A program that hangs does not hang us, and nothing that it started outlives our waiting for it."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from forecourt.errors import PlaceError
from forecourt.places.git import Git
from forecourt.places.ssh import Ssh
from forecourt.shell import finished
from tests.sshd import program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes")


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A server that takes connections and never says a word."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def was_let_go(server: socket.socket) -> bool:
    """Whether whoever had called has hung up, which the end of the process does."""
    caller = server.accept()[0]
    with caller:
        caller.settimeout(20)
        try:
            while caller.recv(1000):
                pass
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
    return True


def test_a_repository_that_never_answers_is_given_up_and_what_git_started_ends(silent: socket.socket) -> None:
    program("git")
    place = Git(f"http://127.0.0.1:{silent.getsockname()[1]}/hub.git", patience=1)
    with pytest.raises(
        PlaceError, match=r"git ls-remote: it did not come to an end within 1 seconds; see wh"
    ):
        place.read("state.json")
    assert was_let_go(silent)


def test_a_server_that_never_answers_is_given_up(silent: socket.socket) -> None:
    program("ssh")
    place = Ssh("127.0.0.1", "kept", port=silent.getsockname()[1], patience=1)
    with pytest.raises(PlaceError, match=r"127\.0\.0\.1:kept: it did not come to an end within 1 seconds"):
        place.read("state.json")
    assert was_let_go(silent)


def test_an_interrupt_ends_a_program_and_its_children(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "said")
    heard = os.open(tmp_path / "said", os.O_RDONLY | os.O_NONBLOCK)
    main = threading.main_thread().ident or 0

    def interrupt() -> None:
        select.select([heard], [], [], 20)
        signal.pthread_kill(main, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        script = '(echo begun; exec sleep 600) > "$1" & wait'
        with pytest.raises(KeyboardInterrupt):
            finished(["sh", "-c", script, "sh", str(tmp_path / "said")], 600)
        assert os.read(heard, 100) == b"begun\n"
        assert select.select([heard], [], [], 20)[0]
        assert os.read(heard, 100) == b""  # nobody has it open any more
    finally:
        interrupter.join()
        os.close(heard)
