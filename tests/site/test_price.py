"""What a product costs stands on its card and on its page."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader

from forecourt.model import Price
from forecourt.site.language import load
from tests.conftest import ROOT, Hub, Networks

_TEMPLATES = Environment(
    loader=FileSystemLoader(ROOT / "theme/templates"), autoescape=True, extensions=["jinja2.ext.i18n"]
)
load("en").install(_TEMPLATES)


def shown(price: Price) -> str:
    """The partial as a page shows it, on one line."""
    html = _TEMPLATES.get_template("partials/price.html").render(card=SimpleNamespace(price=price))
    return re.sub(r"\s+", " ", html).replace("> <", "><").strip()


@pytest.mark.parametrize(
    ("price", "html"),
    [
        (
            Price(Decimal(24), "EUR", available=True),
            '<p class="price"><data class="p-price" value="24 EUR">€24.00</data></p>',
        ),
        (
            Price(Decimal("1189.5")),
            '<p class="price"><data class="p-price" value="1189.5">1,189.50</data></p>',
        ),
        (
            Price(Decimal("96.00"), "EUR", Decimal("120.00"), available=False),
            (
                '<p class="price"><data class="p-price" value="96.00 EUR">€96.00</data>'
                '<s><span class="sr">Price before: </span>€120.00</s><strong>Sold out</strong></p>'
            ),
        ),
        (
            Price(Decimal("0.00"), "EUR"),
            '<p class="price"><data class="p-price" value="0.00 EUR">€0.00</data></p>',
        ),
    ],
)
def test_a_price_has_two_decimals_its_currency_and_what_it_was_before(price: Price, html: str) -> None:
    assert shown(price) == html


@pytest.mark.usefixtures("drawn")
def test_a_product_shows_its_price_on_its_card_and_on_its_page(hub: Hub, networks: Networks) -> None:
    server = f"{networks.url}/shopify"
    hub.link(f'[[source]]\nname = "shop"\nconnector = "shopify"\nserver = "{server}"\ncurrency = "EUR"\n')
    done = hub.invoke("fetch", "build", "--", "-o", str(hub.output))
    assert done.returncode == 0, done.stderr

    listing = (hub.output / "sources/shop/index.html").read_text(encoding="utf-8")
    pages = [page for page in _pages(hub.output) if "Fell wool blanket" in page]
    for html in (listing, *pages):
        assert re.search(r'<data class="p-price" value="96.00 EUR">\s*€96.00\s*</data>', html)
        assert "Price before: </span>€120.00</s>" in html
    assert len(pages) == 1
    assert "Sold out" in listing


def _pages(output: Path) -> list[str]:
    return [page.read_text(encoding="utf-8") for page in (output / "posts").rglob("index.html")]
