"""Messages on their way to people, over real connections to loopback and through a program that takes mail."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import pytest

from forecourt import knowing
from forecourt.fetch import Guard
from forecourt.knowing import keeping, mailing, sending
from forecourt.knowing.alerts import Message
from forecourt.knowing.channels import Channels
from tests.conftest import NOW
from tests.fetch.conftest import Asked, Site
from tests.knowing.runs import CANARY, HOSTILE, run, token

GUARD = Guard([ip_network("127.0.0.0/8")])
HOOK = f"/hooks/{CANARY}"
WEBHOOK = Channels(variable="ALERT_WEBHOOK")
MAIL = Channels(mail=("team@larkwood.example", "b@larkwood.example"), sender="hub@larkwood.example")
TROUBLE = run(exit=4, tokens=(token(is_missing=True),), fell_back="The state was lost.")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def reply(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode()


def answers(*statuses: str) -> Iterator[bytes]:
    yield from map(reply, statuses)


def deliver(folder: Path, site: Site, channels: Channels = WEBHOOK) -> list[str]:
    environ = {"ALERT_WEBHOOK": site.url(HOOK)}
    return knowing.deliver(folder, channels, environ, NOW, title="Larkwood", guard=GUARD, wait=0.001)


def test_what_needs_a_person_is_posted_once(tmp_path: Path, site: Site) -> None:
    site.routes[HOOK] = reply("200 OK")
    said = knowing.note(tmp_path, TROUBLE, str, WEBHOOK)

    assert deliver(tmp_path, site) == []
    assert deliver(tmp_path, site) == []
    knowing.note(tmp_path, TROUBLE, str, WEBHOOK)
    assert deliver(tmp_path, site) == []

    (asked,) = site.asked
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json; charset=utf-8")
    assert json.loads(asked.body)["text"].split("\n") == ["Larkwood", *(f"• {each}" for each in said)]
    assert len(said) == 2


@pytest.mark.parametrize("status", ["204 No Content", "202 Accepted"])
def test_an_answer_that_says_less_than_200_is_well_too(tmp_path: Path, site: Site, status: str) -> None:
    site.routes[HOOK] = reply(status).replace(b"Content-Length: 2", b"X: 1").removesuffix(b"ok")
    knowing.note(tmp_path, TROUBLE, str, WEBHOOK)
    assert deliver(tmp_path, site) == []
    assert keeping.remembered(tmp_path).unsent == {"webhook": []}


def test_a_webhook_in_trouble_is_asked_again(tmp_path: Path, site: Site) -> None:
    told = answers("503 No", "429 No", "200 OK")
    site.routes[HOOK] = lambda _: next(told)
    knowing.note(tmp_path, TROUBLE, str, WEBHOOK)
    assert deliver(tmp_path, site) == []
    assert len({each.headers["idempotency-key"] for each in site.asked}) == 1
    assert len(site.asked) == 3


def test_what_was_not_taken_comes_with_the_next_run_and_is_not_lost(tmp_path: Path, site: Site) -> None:
    told = answers("404 No", "200 OK")
    site.routes[HOOK] = lambda _: next(told)
    knowing.note(tmp_path, TROUBLE, str, WEBHOOK)

    (problem,) = deliver(tmp_path, site)

    assert (
        problem
        == "Alerts wait for the next run, as the webhook did not take them: It answered with status 404."
    )
    assert "forecourt_alerts_unsent 2" in (tmp_path / "metrics.txt").read_text()
    knowing.note(tmp_path, run(id="next"), str, WEBHOOK)
    assert deliver(tmp_path, site) == []
    text = json.loads(site.asked[-1].body)["text"]
    assert text.count("•") == 4, "both, and that both are over"
    assert "forecourt_alerts_unsent 0" in (tmp_path / "metrics.txt").read_text()


@pytest.mark.parametrize(
    "route", ["http://127.0.0.1:1{}", "not an address {}", "https://[{}", "ftp://127.0.0.1{}"]
)
def test_a_webhook_that_is_none_is_said_without_its_address(tmp_path: Path, route: str) -> None:
    knowing.note(tmp_path, TROUBLE, str, WEBHOOK)
    environ = {"ALERT_WEBHOOK": route.format(HOOK)}
    (problem,) = knowing.deliver(tmp_path, WEBHOOK, environ, NOW, guard=GUARD, wait=0.001)
    assert problem.startswith("Alerts wait for the next run, as the webhook did not take them: ")
    assert CANARY not in problem
    assert len(keeping.remembered(tmp_path).unsent["webhook"]) == 2


def test_whoever_leads_on_does_not_get_our_messages(tmp_path: Path, site: Site) -> None:
    site.routes[HOOK] = reply("302 Found").replace(b"Connection", b"Location: /else\r\nConnection")
    site.routes["/else"] = reply("200 OK")
    knowing.note(tmp_path, TROUBLE, str, WEBHOOK)
    (problem,) = deliver(tmp_path, site)
    assert CANARY not in problem
    assert {each.path for each in site.asked} == {HOOK}


def test_a_webhook_whose_variable_is_not_there_is_named(tmp_path: Path) -> None:
    knowing.note(tmp_path, TROUBLE, str, WEBHOOK)
    assert knowing.deliver(tmp_path, WEBHOOK, {}, NOW) == [
        "Alerts wait, as the environment has no ALERT_WEBHOOK: give it to the run"
    ]


def test_many_messages_are_posted_in_parts_and_only_the_rest_comes_again(tmp_path: Path, site: Site) -> None:
    taken: list[str] = []

    def answer(asked: Asked) -> bytes:
        taken.append(json.loads(asked.body)["text"])
        return reply("200 OK" if len(taken) != 2 else "400 No")

    site.routes[HOOK] = answer
    knowing.note(
        tmp_path,
        run(tokens=tuple(token(f"source-{each}", is_missing=True) for each in range(30))),
        str,
        WEBHOOK,
    )

    assert len(deliver(tmp_path, site)) == 1
    assert deliver(tmp_path, site) == []

    assert all(len(each) <= 2_000 for each in taken), "as much as Discord takes"
    assert taken.pop(1) == taken[1]
    names = [f"(source-{each})" for each in range(30)]
    assert [sum(name in each for each in taken) for name in names] == [1] * 30


def test_a_post_stays_within_its_bound_when_marks_that_call_people_are_made_harmless() -> None:
    messages = [Message(str(each), "new", "guard", "@" * 590, NOW) for each in range(9)]
    batches = [*sending.batches(messages)]
    assert [each for batch in batches for each in batch] == messages
    said = [sending.body("https://discord.com/hook", "Larkwood", batch)["content"] for batch in batches]
    assert max(map(len, said)) <= 2_000, "as much as Discord takes"


@pytest.mark.parametrize(
    "host", ["hooks.slack.com", "discord.com", "prod-1.westeurope.logic.azure.com", "chat.larkwood.example"]
)
def test_nobody_is_called_by_name_and_nothing_is_a_link(host: str) -> None:
    message = Message("1", "new", "guard", f"{HOSTILE} <!channel> @here", NOW)
    said = json.dumps(sending.body(f"https://{host}/hook", "Larkwood <@U1>", [message]), ensure_ascii=False)
    assert "<" not in said
    assert "@here" not in said
    assert "@everyone" not in said
    shape = {
        "discord.com": {"content", "allowed_mentions"},
        "prod-1.westeurope.logic.azure.com": {"type", "attachments"},
    }
    assert {*json.loads(said)} == shape.get(host, {"text"})


def program(folder: Path, code: int = 0) -> Path:
    """A sendmail that keeps what it is given."""
    path = folder / "sendmail"
    path.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\nfolder = pathlib.Path({str(folder)!r})\n"
        "(folder / 'arguments').write_text(' '.join(sys.argv[1:]))\n"
        f"(folder / 'mail').write_bytes(sys.stdin.buffer.read())\nsys.exit({code})\n"
    )
    path.chmod(0o700)
    return path


def test_a_mail_is_one_that_every_program_reads(tmp_path: Path) -> None:
    status, bin_ = tmp_path / "status", tmp_path / "bin"
    bin_.mkdir()
    channels = Channels(mail=MAIL.mail, sender=MAIL.sender, sendmail=str(program(bin_)))
    said = knowing.note(status, TROUBLE, str, channels)

    assert knowing.deliver(status, channels, {}, NOW, title="Lärkwood\r\nBcc: all@larkwood.example") == []

    assert (bin_ / "arguments").read_text() == "-t -i"
    body = (bin_ / "mail").read_bytes()
    assert (status / "alert.eml").read_bytes() == body.replace(b"\n", b"\r\n")
    assert body.isascii()
    assert max(map(len, body.splitlines())) <= 78
    read = message_from_bytes(body, policy=policy.default)
    assert not read.defects
    assert read["To"] == "team@larkwood.example, b@larkwood.example"
    assert read["From"] == "hub@larkwood.example"
    assert read["Subject"] == "Lärkwood Bcc: all@larkwood.example: 2 to know"
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Date"].datetime == NOW
    assert read["Message-ID"].endswith("@larkwood.example>")
    assert read["Bcc"] is None
    assert read.get_content().split("\n\n") == [said[0], f"{said[1]}\n"]


def test_no_words_reach_the_head_of_a_mail() -> None:
    messages = [Message(HOSTILE, "new", HOSTILE, f"\r\n\r\nBcc: x@y.example\r\n.\r\n{HOSTILE}", NOW)]
    read = message_from_bytes(mailing.mail(MAIL, "Larkwood", messages, NOW), policy=policy.default)
    assert {*read.keys()} == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    }  # fmt: skip


def test_a_mail_that_was_not_taken_comes_with_the_next_run(tmp_path: Path) -> None:
    channels = Channels(mail=MAIL.mail, sender=MAIL.sender, sendmail=str(program(tmp_path, 75)))
    knowing.note(tmp_path, TROUBLE, str, channels)
    assert knowing.deliver(tmp_path, channels, {}, NOW) == [
        "Alerts wait for the next run, as mail was not taken: sendmail ended with exit code 75"
    ]
    program(tmp_path)
    assert knowing.deliver(tmp_path, channels, {}, NOW) == []
    assert keeping.remembered(tmp_path).unsent == {"mail": []}


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    channels = Channels(mail=MAIL.mail, sender=MAIL.sender, sendmail=str(tmp_path / "none"))
    knowing.note(tmp_path, TROUBLE, str, channels)
    assert knowing.deliver(tmp_path, channels, {}, NOW) == [
        "Alerts wait for the next run, as mail was not taken: none could not be run: No such file or directory"
    ]


def test_a_mail_for_others_to_send_is_there_only_while_there_is_something_to_say(tmp_path: Path) -> None:
    knowing.note(tmp_path, TROUBLE, str, MAIL)
    knowing.deliver(tmp_path, MAIL, {}, NOW)
    assert (tmp_path / "alert.eml").exists()
    knowing.note(tmp_path, run(id="next", tokens=TROUBLE.tokens, steps=()), str, MAIL)
    knowing.deliver(tmp_path, MAIL, {}, NOW)
    assert not (tmp_path / "alert.eml").exists()


def test_a_channel_that_fails_does_not_stop_the_other(tmp_path: Path, site: Site) -> None:
    both = Channels("ALERT_WEBHOOK", MAIL.mail, MAIL.sender)
    site.routes[HOOK] = reply("500 No")
    knowing.note(tmp_path, TROUBLE, str, both)
    assert len(deliver(tmp_path, site, both)) == 1
    left = keeping.remembered(tmp_path).unsent
    assert (len(left["webhook"]), len(left["mail"])) == (2, 0)


def test_what_people_know_differs_whenever_it_must_be_kept(tmp_path: Path, site: Site) -> None:
    told = answers("404 No", "200 OK", "200 OK")
    site.routes[HOOK] = lambda _: next(told)
    missing = (token(is_missing=True),)
    marks = [knowing.told(tmp_path)]
    for quarter, tokens in enumerate([(), missing, missing, missing, (), ()]):
        knowing.note(tmp_path, run(id=str(quarter), tokens=tokens), str, WEBHOOK)
        deliver(tmp_path, site)
        marks.append(knowing.told(tmp_path))
    # Nothing; that it is missing, unsent; sent; nothing new; over; nothing new.
    assert [after != before for before, after in pairwise(marks)] == [False, True, True, False, True, False]
