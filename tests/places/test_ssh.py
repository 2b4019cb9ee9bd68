"""What is peculiar to a place over ssh: the server's key, its programs, and connections that break."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stamina

from forecourt.errors import PlaceError
from forecourt.places import ssh
from forecourt.places.ssh import Ssh
from forecourt.shell import Server
from tests.sshd import Sshd, free_port


@pytest.fixture
def place(server: Sshd, tmp_path: Path) -> Ssh:
    options: dict[str, Any] = server.options
    return Ssh(**options, path=str(tmp_path / "kept"))


def test_a_host_that_nobody_vouched_for_is_refused_at_once(place: Ssh) -> None:
    with pytest.raises(PlaceError, match="its host key is not known, or is not the one we know"):
        replace(place, known_hosts=os.devnull).read("state.json")


def test_an_account_that_does_not_let_us_in_is_named(place: Ssh, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    with pytest.raises(
        PlaceError, match=r"127\.0\.0\.1:.*it does not let us in; put the public key into authorized_keys"
    ):
        replace(place, identity=str(tmp_path / "other")).read("state.json")


def test_a_server_that_does_not_answer_is_asked_again_and_then_given_up(place: Ssh) -> None:
    stamina.set_testing(True, attempts=2)
    try:
        with pytest.raises(PlaceError, match=r"it does not answer \(.*refused"):
            replace(place, port=free_port()).read("state.json")
    finally:
        stamina.set_testing(False)


def test_a_write_whose_sender_is_killed_is_not_there_and_leaves_nothing(place: Ssh, tmp_path: Path) -> None:
    place.write("state.json", b"whole")
    server = Server(place.host, place.port, place.identity, place.known_hosts)
    command = server.command(ssh._WRITE, place.path, "state.json", "0" * 64, "any", "")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin
        process.stdin.write(b"hal")
        process.stdin.flush()
        wait_until(lambda: any((tmp_path / "kept").glob("~new.*")))
        process.kill()
    wait_until(lambda: not any((tmp_path / "kept").glob("~new.*")))
    kept = place.read("state.json")
    assert kept is not None
    assert kept.body == b"whole"


def test_names_with_anything_in_the_path_are_taken_as_they_are(place: Ssh, tmp_path: Path) -> None:
    odd = replace(place, path=str(tmp_path / "a $(touch x) 'b' \"c\" ; d"))
    token = odd.write("state.json", b"1")
    assert odd.read("state.json") == (b"1", token)
    assert list(odd.names()) == ["state.json"]
    shutil.rmtree(odd.path)
    assert list(odd.names()) == []


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it never comes true"
        time.sleep(0.02)
