from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.deploy.guard import markup, roles
from tests.deploy.guard.sites import page


class Slow(HTMLParser):
    """Python's own, which takes three times as long."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: dict[str, str] = {}
        for name, value in attrs:
            said.setdefault(name, value or "")
        self.found.append((tag, said))


def both(source: str) -> tuple[list[tuple[str, dict[str, str]]], list[tuple[str, dict[str, str]]]]:
    slow = Slow()
    slow.feed(source)
    slow.close()
    quick = [(tag.name, {**markup.attributes(tag.raw)}) for tag in markup.tags(source) if not tag.closes]
    return quick, slow.found


@pytest.mark.parametrize(
    "source",
    [
        page("x/", "<a href=\"/a?b=1&amp;c=2\" title='a > b'>x</a><br/><input disabled value=x>"),
        '<a title="<b>" href=/x>x</a><!-- <img src=x> --><p>1 < 2 and 3 > 2</p><!----><b>',
        "<script>if (a < b) '<img src=x>'</script><style>a > b { }</style><i>",
        '<TITLE>A title</TITLE><IMG SRC="/x.png" src="/y.png">',
    ],
)
def test_tags_are_read_as_python_reads_them(source: str) -> None:
    quick, slow = both(source)
    assert quick == slow


_TEXT = st.text(st.sampled_from("ab <>&;'=/-é\n"), max_size=20)
_VALUES = _TEXT.map(lambda text: text.replace("&", "&amp;"))
_ATTRIBUTES = st.dictionaries(st.sampled_from(["href", "src", "class", "data-x"]), _VALUES, max_size=3)
_TAGS = st.tuples(st.sampled_from(["a", "img", "p", "div"]), _ATTRIBUTES)


def written(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {one}="{value}"' for one, value in attributes.items()) + ">"


@given(st.lists(st.one_of(_TAGS, _TEXT.map(lambda text: text.replace("<", "&lt;")))))
def test_whatever_our_pages_say_is_read_as_python_reads_it(
    parts: list[tuple[str, dict[str, str]] | str],
) -> None:
    source = "".join(part if isinstance(part, str) else written(*part) for part in parts)
    quick, slow = both(source)
    assert quick == slow


def test_a_title_has_no_tags_inside() -> None:
    assert [
        (tag.name, tag.text) for tag in markup.tags("<title>A <b> title</title><i>") if not tag.closes
    ] == [
        ("title", "A <b> title"),
        ("i", ""),
    ]


def test_nothing_takes_long_however_it_is_written() -> None:
    for source in (
        "<a " * 20_000,
        '<a b="' * 20_000,
        "<!--" * 20_000,
        "<a " + "b=" * 20_000 + ">",
        "<script>" * 5000,
    ):
        [*markup.tags(source)]
        [markup.attributes(tag.raw) for tag in markup.tags(source)]


def test_the_addresses_of_a_picture_in_many_sizes_are_read_one_by_one() -> None:
    found = roles.of("img", ' srcset="/a.webp 320w, /b,c.webp 2x,/d.webp" loading="lazy"')
    assert [url for _, url in found] == ["/a.webp", "/b,c.webp", "/d.webp"]
