"""What every connector promises, held for each by itself; it is found in its package by its name."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt import connectors, text, urls
from forecourt.connectors import Batch, Request, Response, advance
from forecourt.errors import BadData, PlatformError
from forecourt.model import Post, Secret, Terms
from tests.connectors.talks import FIXTURES, Talk

NAMES = connectors.names()
ODD: tuple[Any, ...] = (
    None, "", "x", -1, 0, 1.5, 10**30, True, [], {}, [[[[]]]], {"id": []}, "<script>alert(1)</script>", "\ud800",
    "9999-99-99", "a" * 5000, "https://evil.example/next", "javascript:alert(1)", "\u202e\x00\x1b[31m",
)  # fmt: skip
"""What a stranger may put where anything else was expected."""


def talks(name: str) -> tuple[Talk, ...]:
    found: tuple[Talk, ...] = importlib.import_module(f"tests.connectors.test_{name}").TALKS
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_is_a_frozen_dataclass_named_by_the_last_line_of_its_module(name: str) -> None:
    class_ = connectors.load(name)
    assert dataclasses.is_dataclass(class_)
    assert vars(class_)["__dataclass_params__"].frozen
    module = importlib.import_module(class_.__module__)
    assert class_.__module__ == f"forecourt.connectors.{name}"
    last = inspect.getsource(module).rstrip().splitlines()[-1]
    assert re.fullmatch(rf"CONNECTOR: type\[Connector\] = {class_.__name__}", last)


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_names_its_network_and_declares_its_terms(name: str) -> None:
    for talk in talks(name):
        assert isinstance(type(talk.connector).terms, Terms)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", talk.connector.network)
        assert hash(talk.connector)


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_tells_operators_what_they_need_and_get_and_every_option(name: str) -> None:
    class_ = connectors.load(name)
    manual = importlib.import_module(f"forecourt.connectors.{name}").__doc__ or ""
    assert "\nYou need " in manual
    assert "\nYou get " in manual
    assert f'    connector = "{name}"' in manual
    assert class_.__doc__
    options = {field.name for field in dataclasses.fields(class_)}
    assert {option for option in options if not re.search(rf"\b{option}\b", manual)} == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_has_a_test_and_fixtures(name: str) -> None:
    assert (Path(__file__).parent / f"test_{name}.py").is_file()
    assert any((FIXTURES / name).iterdir())
    assert talks(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_conversation_is_a_generator_that_begins_with_a_request(name: str) -> None:
    for talk in talks(name):
        conversation = talk.connector.poll("source", talk.since)
        assert inspect.isgenerator(conversation)
        request = next(conversation)
        assert isinstance(request, Request)
        assert request.url.startswith(("https://", "http://", "folder:"))
        conversation.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_answers_give_the_same_batch_of_posts_that_can_be_published(name: str) -> None:
    for talk in talks(name):
        batch = talk.batch()
        assert batch == talk.batch()
        assert len({post.id for post in batch.posts}) == len(batch.posts)
        for post in batch.posts:
            assert_is_publishable(post)


def assert_is_publishable(post: Post) -> None:
    assert post.id
    assert post.source == "source"
    assert post.html == text.clean(post.html, post.permalink)
    addresses = (post.permalink, post.quote_of, post.author.url, post.author.avatar)
    links = (*addresses, *(each for media in post.media for each in (media.url, media.poster)))
    assert all(link == urls.absolute(link) or link.startswith("folder:") for link in links if link)
    lines = (post.title, post.lang, *post.tags, *post.mentions, post.author.name, post.author.handle)
    assert all(line == text.line(line) for line in (*lines, *(media.alt for media in post.media)))
    assert not any(tag.startswith("#") for tag in post.tags)
    assert all(moment.tzinfo for moment in (post.published, post.updated, post.display_until) if moment)
    assert all(count is None or count >= 0 for count in dataclasses.astuple(post.engagement))
    repr(post).encode()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_whatever_a_stranger_answers_costs_a_batch_at_the_most(name: str, seed: int) -> None:
    """A parser raises nothing but its own errors, says the same twice, and gives no secret to another host."""
    chance = random.Random(seed)
    for talk in talks(name):
        answers = list(talk.answers)
        for _ in range(chance.choice((1, 1, 2, 5))):
            number = chance.randrange(len(answers))
            answers[number] = spoilt(answers[number], chance)
        assert outcome(talk, answers) == outcome(talk, answers)


def outcome(talk: Talk, answers: list[Response]) -> Batch | str:
    """What comes of it: a batch, a further question, or an error of ours."""
    for count in range(len(answers) + 1):
        try:
            said = advance(talk.connector, "source", talk.since, tuple(answers[:count]))
        except (BadData, PlatformError) as error:
            return f"{type(error).__name__}: {error}"
        if isinstance(said, Batch):
            for post in said.posts:
                assert_is_publishable(post)
            return said
        last = said.url
        assert urls.host(said.url) != "evil.example" or not tells_a_secret(said, talk)
    return f"it goes on to ask {last}"


def tells_a_secret(request: Request, talk: Talk) -> bool:
    sent = repr(request)
    fields = dataclasses.fields(talk.connector)
    values = (getattr(talk.connector, field.name) for field in fields)
    return any(value.reveal() in sent for value in values if isinstance(value, Secret))


def spoilt(response: Response, chance: random.Random) -> Response:
    """The answer with something odd in it: in its structure where it is JSON, in its bytes otherwise."""
    try:
        document = json.loads(response.body)
    except ValueError:
        return dataclasses.replace(response, body=cut(response.body, chance))
    if not isinstance(document, dict | list) or chance.random() < 0.05:
        return dataclasses.replace(response, body=cut(response.body, chance))
    places = list(walk(document))
    if places:
        parent, key = chance.choice(places)
        if chance.random() < 0.2:
            del parent[key]
        else:
            parent[key] = chance.choice(ODD)
    return dataclasses.replace(response, body=json.dumps(document).encode())


def walk(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document, as what holds it and where there."""
    found: list[tuple[Any, Any]] = []
    members = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, member in members:
        found.append((value, key))
        if isinstance(member, dict | list):
            found += walk(member)
    return found


def cut(body: bytes, chance: random.Random) -> bytes:
    """Bytes with a hole, with something put in, or cut off."""
    at = chance.randrange(len(body) + 1)
    inserted = chance.choice((b"", b"<", b"\xff\xfe", b"\0", b'"', b"]]>", b"&#xD800;", b"x" * 3000))
    return body[:at] + inserted + body[min(len(body), at + chance.choice((0, 1, 7, 400, len(body)))) :]
