import dataclasses
import importlib
import inspect
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from forecourt import connectors
from forecourt.connectors import Batch, Request, Response
from forecourt.errors import BadData
from forecourt.model import Terms

FIXTURES = Path(__file__).parent / "fixtures"
_FILLED: dict[Any, Any] = {str: "https://origin.example/", int: 1, bool: True, tuple[str, ...]: ("x",)}


def connector_names() -> list[str]:
    return connectors.names()


def made(name: str) -> Any:  # Any: each connector has options of its own
    """A connector with its required options filled in somehow."""
    class_ = connectors.load(name)
    hints = get_type_hints(class_)
    required = [
        field.name
        for field in dataclasses.fields(class_)  # type: ignore[arg-type]  # a test below holds that it is one
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    return class_(**{option: _FILLED[hints[option]] for option in required})


@pytest.mark.parametrize("name", connector_names())
def test_a_connector_is_a_frozen_dataclass_named_by_the_last_line_of_its_module(name: str) -> None:
    class_ = connectors.load(name)
    assert dataclasses.is_dataclass(class_)
    assert class_.__dataclass_params__.frozen
    module = importlib.import_module(class_.__module__)
    assert class_.__module__ == f"forecourt.connectors.{name}"
    last = inspect.getsource(module).rstrip().splitlines()[-1]
    assert re.fullmatch(rf"CONNECTOR: type\[Connector\] = {class_.__name__}", last)


@pytest.mark.parametrize("name", connector_names())
def test_a_connector_names_its_network_and_declares_its_terms(name: str) -> None:
    connector = made(name)
    assert isinstance(type(connector).terms, Terms)
    assert connector.network
    assert connector.network == connector.network.lower()
    assert hash(connector) == hash(made(name))


@pytest.mark.parametrize("name", connector_names())
def test_a_connector_tells_operators_what_they_need_and_get(name: str) -> None:
    module = importlib.import_module(f"forecourt.connectors.{name}")
    assert module.__doc__
    assert "You need" in module.__doc__
    assert "You get" in module.__doc__
    assert connectors.load(name).__doc__


@pytest.mark.parametrize("name", connector_names())
def test_a_connector_has_a_test_and_fixtures(name: str) -> None:
    assert (Path(__file__).parent / f"test_{name}.py").is_file()
    assert any((FIXTURES / name).iterdir())


@pytest.mark.parametrize("name", connector_names())
def test_a_conversation_is_a_generator_that_begins_with_a_request(name: str) -> None:
    conversation = made(name).poll("source", "")
    assert inspect.isgenerator(conversation)
    request = next(conversation)
    assert isinstance(request, Request)
    assert request.url.startswith(("https://", "http://"))
    conversation.close()


@pytest.mark.parametrize("name", connector_names())
def test_the_same_answers_give_the_same_batch(name: str) -> None:
    recorded = [path.read_bytes() for path in sorted((FIXTURES / name).rglob("*")) if path.is_file()]
    assert recorded
    for body in [
        *recorded,
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<",
        b"\xff\xfe\0",
        b'{"data": [7, null, "x", {"id": []}]}',
    ]:
        assert told(name, body) == told(name, body)


def told(name: str, body: bytes) -> Batch | Request | str:
    """What a connector makes of one answer, whichever it is: a batch, a further question, or BadData."""
    answer = Response("https://origin.example/", body, {"content-type": "application/octet-stream"})
    try:
        return connectors.advance(made(name), "source", "", (answer,))
    except BadData as error:
        return f"BadData: {error}"
