import pytest

from forecourt import urls


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("/shoes", "https://larkwood.example/journal/", "https://larkwood.example/shoes"),
        ("shoes.html", "https://larkwood.example/journal/", "https://larkwood.example/journal/shoes.html"),
        ("//cdn.example/a.png", "https://larkwood.example/", "https://cdn.example/a.png"),
        ("https://larkwood.example", "", "https://larkwood.example"),
        ("?page=2", "https://larkwood.example/a?page=1", "https://larkwood.example/a?page=2"),
    ],
)
def test_a_relative_address_is_completed_from_its_base(url: str, base: str, expected: str) -> None:
    assert urls.absolute(url, base) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " \x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "ftp://larkwood.example/",
        "mailto:a@larkwood.example",
        "http://",
        "http:///path",
        "http://[::1",
        "http://[not-an-address]/",
        "http://larkwood.example:99999/",
        "http://larkwood.example:port/",
        "http://a..b/",
        "http://lark wood.example/",
        "https://user@larkwood.example/",
        "https://user:password@larkwood.example/",
        "https://℀.example/",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    assert urls.absolute(url) == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (" https://larkwood.example/a b ", "https://larkwood.example/a%20b"),
        ("https://larkwood.example/caf\u00e9?q=\u00fc", "https://larkwood.example/caf%C3%A9?q=%C3%BC"),
        ("https://larkwood.example/100%/%41", "https://larkwood.example/100%25/%41"),
        ("https://larkwood.example/\ud800a", "https://larkwood.example/a"),
        ("HTTPS://LARKWOOD.example/A", "https://larkwood.example/A"),
        ("https://stra\u00dfe.example/", "https://xn--strae-oqa.example/"),
        ("https://\u4e2d\u56fd.example/", "https://xn--fiqs8s.example/"),
        ("https://हिन्दी.example/", "https://xn--j2bd4cyah0f.example/"),
        ("https://larkwood。example./", "https://larkwood.example/"),
        ("https://[2001:db8::1]:8080/", "https://[2001:db8::1]:8080/"),
        ('https://larkwood.example/"<x>', "https://larkwood.example/%22%3Cx%3E"),
    ],
)
def test_an_address_is_spelled_in_plain_ascii(url: str, expected: str) -> None:
    assert urls.absolute(url) == expected
    assert urls.absolute(expected) == expected


def test_a_backslash_is_what_browsers_take_it_for() -> None:
    assert urls.host("https://good.example\\@bad.example/") == "good.example"


def test_a_broken_base_leaves_nothing_to_resolve_against() -> None:
    assert urls.absolute("a", "http://[") == ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://larkwood.example/a?utm_source=x&id=7&fbclid=y", "https://larkwood.example/a?id=7"),
        ("https://larkwood.example/a?UTM_Medium=x", "https://larkwood.example/a"),
        ("https://larkwood.example/a?gclid=1&mc_cid=2&igshid=3", "https://larkwood.example/a"),
        ("https://larkwood.example/a?q=utm_source", "https://larkwood.example/a?q=utm_source"),
        ("https://larkwood.example/a#comments", "https://larkwood.example/a"),
        ("https://larkwood.example/#!/a", "https://larkwood.example/#!/a"),
        ("https://larkwood.example:443/a", "https://larkwood.example/a"),
        ("http://larkwood.example:443/a", "http://larkwood.example:443/a"),
        ("https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a"),
        ("https://Larkwood.Example", "https://larkwood.example/"),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_canonical_address_leaves_out_how_one_came_there(url: str, expected: str) -> None:
    assert urls.canonical(url) == expected


def test_a_host_is_lower_case_and_empty_where_there_is_none() -> None:
    assert urls.host("https://WWW.Larkwood.example:8080/a") == "www.larkwood.example"
    assert urls.host("nothing") == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://l.example/up/shop-300x200.jpg", "https://l.example/up/shop.jpg?w=1024"),
        ("https://live.example/1/2_0123456789_m.jpg", "https://live.example/1/2_9876543210_o.jpg"),
        ("https://b.example/img/a/s72-c/shop.jpg", "https://b.example/img/a/w640-h480/shop.jpg"),
        ("http://l.example/shop.webp", "https://l.example/shop.webp"),
    ],
)
def test_sizes_of_one_picture_are_recognised(one: str, other: str) -> None:
    assert urls.picture(one) == urls.picture(other)


def test_pictures_that_differ_in_the_query_only_are_two_where_it_names_them() -> None:
    assert urls.picture("https://l.example/image?id=1") != urls.picture("https://l.example/image?id=2")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://scontent-ams4-1.xx.fbcdn.net/v/t39/5_n.jpg?oh=a&oe=69A", "https://scontent-ber1.xx.fbcdn.net/v/t39/5_n.jpg?oh=b&oe=69B"),
        ("https://p16.tiktokcdn.com/obj/x.jpeg?x-expires=1&x-signature=a", "https://p19.tiktokcdn.com/obj/x.jpeg?x-expires=2&x-signature=b"),
        ("https://media.licdn.com/dms/image/1/0/9?e=1&v=beta&t=a", "https://media.licdn.com/dms/image/1/0/9?e=2&v=beta&t=b"),
    ],
)  # fmt: skip
def test_addresses_that_are_signed_anew_are_those_of_one_picture(first: str, second: str) -> None:
    assert urls.unsigned(first) == urls.unsigned(second) != first


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/picture.php?id=5",
        "https://shop.example/a.jpg?v=3",
        "https://shop.example/a.jpg",
        "",
    ],
)
def test_an_address_without_signature_stays_what_it_is(url: str) -> None:
    assert urls.unsigned(url) == url
