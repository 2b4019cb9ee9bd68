from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from forecourt.deploy import cloudfront
from forecourt.deploy.cloudfront import paths
from tests.buckets import Bucket

NAMES = st.sampled_from(
    ["a", "b", "c", "posts", "2026", "é x", "t~1", "index.html", "feed.xml", "n-index.html"]
)
FILES = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), max_size=60, unique=True)


def test_a_page_is_told_of_by_its_address_and_its_file() -> None:
    assert paths(["news/x/index.html", "index.html", "feed.xml", "x-index.html"], 9) == (
        "/", "/feed.xml", "/index.html", "/news/x/", "/news/x/index.html", "/x-index.html",
    )  # fmt: skip


def test_what_is_not_ascii_is_encoded_as_cloudfront_wants_it() -> None:
    assert paths(["tags/هدايا/a b~c.xml"], 9) == ("/tags/%D9%87%D8%AF%D8%A7%D9%8A%D8%A7/a%20b%7Ec.xml",)


def test_the_folders_with_most_are_named_as_a_whole_and_no_deeper_than_they_must() -> None:
    stale = [f"posts/2026/{number}/index.html" for number in range(40)] + ["index.html", "tags/a/index.html"]
    assert paths(stale, 1000, most=10) == (
        "/",
        "/index.html",
        "/posts/2026/*",
        "/tags/a/",
        "/tags/a/index.html",
    )


def test_all_of_the_site_is_named_only_where_nearly_all_of_it_is_meant() -> None:
    many = [f"{top}/{number}/index.html" for top in range(20) for number in range(10)]
    assert paths(many, 200, most=10) == ("/*",)
    some = paths(many, 10_000, most=10)
    assert "/*" not in some
    assert sum(path.endswith("*") for path in some) == 15
    one_folder = [f"posts/{number}/index.html" for number in range(200)]
    assert paths(one_folder, 200, most=10) == ("/posts/*",)


@given(FILES, st.integers(1, 50))
def test_whatever_is_stale_is_told_of(stale: list[str], most: int) -> None:
    said = paths(stale, 10_000, most)
    exact = paths(stale, 10_000, 10_000)
    assert len(set(said)) == len(said)
    assert sum(path.endswith("*") for path in said) <= 15
    assert "/*" not in said
    for path in exact:
        assert any(path == one or (one.endswith("*") and path.startswith(one[:-1])) for one in said)


def test_many_paths_go_in_as_many_orders_as_cloudfront_takes(bucket: Bucket) -> None:
    said = [f"/{number}" for number in range(7000)]
    random.Random(8).shuffle(said)
    assert cloudfront.invalidate(bucket.edges, bucket.distribution, said, "one") == 7000
    told = bucket.invalidated()
    assert sorted(map(len, told)) == [1000, 3000, 3000]
    assert {path for each in told for path in each} == set(said)


def test_the_headers_of_the_site_are_a_policy_that_cloudfront_takes() -> None:
    policy = cloudfront.headers_policy("hub")
    items = policy["CustomHeadersConfig"]["Items"]  # type: ignore[index]  # of boto3's shape
    assert {item["Header"] for item in items} == {
        "Permissions-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
    }  # fmt: skip
