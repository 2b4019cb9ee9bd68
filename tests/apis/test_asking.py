from __future__ import annotations

import pytest

from forecourt import apis
from forecourt.connectors import Request, Response
from forecourt.errors import BadData
from forecourt.model import Secret


def test_a_question_has_its_query_and_its_token_in_the_header() -> None:
    assert apis.get(
        "https://api.example/x?a=1", {"q": "ü &", "n": None, "z": 0}, token=Secret("t")
    ) == Request(
        "https://api.example/x?a=1&q=%C3%BC+%26&z=0",
        headers={"accept": "application/json", "authorization": "Bearer t"},
        hears_errors=True,
    )


def test_json_and_forms_are_posted_as_such() -> None:
    sent = apis.post("https://api.example/", {"a": [1]}, token=Secret("t"))
    form = apis.form("https://api.example/", {"a": "1 2", "b": None}, basic=("id", "sécret"))

    assert (sent.method, sent.body, sent.headers["content-type"]) == (
        "POST",
        b'{"a": [1]}',
        "application/json",
    )
    assert (form.body, form.headers["authorization"]) == (b"a=1+2", "Basic aWQ6c8OpY3JldA==")


@pytest.mark.parametrize(
    ("link", "following"),
    [
        (
            '<https://api.example/x?p=2>; rel="next", <https://api.example/x>; rel="prev"',
            "https://api.example/x?p=2",
        ),
        ('</x?p=2>; foo="bar"; rel=next', "https://api.example/x?p=2"),
        ('<https://api.example/x?p=2>; rel="prev"', ""),
        ("", ""),
    ],
)
def test_the_next_page_is_the_one_that_the_header_names(link: str, following: str) -> None:
    assert apis.link_to_next(Response("https://api.example/x", b"", {"link": link})) == following


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x", "http://api.example/x", "https://api.example:8443/x", "//evil.example/x",
        "https://api.example@evil.example/", "javascript:alert(1)", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_a_next_page_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(BadData, match="another host"):
        apis.same_origin(address, Response("https://api.example/x", b""))
