"""Settings of the hub for work at one's desk; publishconf.py has those for the public."""

SITENAME = "Larkwood"
SITEURL = "http://localhost:8000"
TIMEZONE = "Europe/Paris"
DEFAULT_LANG = "en"

PATH = "content"
ARTICLE_PATHS = ["news"]
PAGE_PATHS = ["pages"]
STATIC_PATHS = ["images"]
ARTICLE_URL = "news/{slug}/"
ARTICLE_SAVE_AS = "news/{slug}/index.html"
ARTICLE_LANG_URL = "news/{slug}/{lang}/"
ARTICLE_LANG_SAVE_AS = "news/{slug}/{lang}/index.html"
DRAFT_URL = "drafts/{slug}/"
DRAFT_SAVE_AS = "drafts/{slug}/index.html"
PAGE_URL = "{slug}/"
PAGE_SAVE_AS = "{slug}/index.html"
PAGE_LANG_URL = "{slug}/{lang}/"
PAGE_LANG_SAVE_AS = "{slug}/{lang}/index.html"

THEME = "theme"
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["forecourt", "yaml_metadata"]

HUB_ADDRESS = "https://hub.larkwood.example"
HUB_SOURCES = "content/sources.toml"
HUB_STATE = ".hub"
HUB_LANGUAGES = ["en", "fr"]
HUB_BRAND = {
    "name": "Larkwood",
    "tagline": "Homes with a story, told by you",
    "description": "What our community cooks, plants, mends and makes, gathered in one place.",
    "hashtag": "#LarkwoodHome",
    "logo": "images/logo.svg",
    "hero": "images/hero.jpg",
    "hero_alt": "Three stoneware vases with olive branches on an oak table in window light",
    "colours": {"brand": "#1f3d33", "brand-2": "#2f5a4b", "accent": "#a83f24", "sun": "#e9bd5c"},
    "radius": "18px",
    "links": [("Shop", "https://www.larkwood.example")],
    "fr": {
        "tagline": "Des maisons qui ont une histoire, racontée par vous",
        "description": "Ce que notre communauté cuisine, plante, répare et fabrique, réuni en un seul lieu.",
        "hero_alt": "Trois vases en grès garnis de branches d’olivier, sur une table en chêne près d’une fenêtre",
        "links": [("Boutique", "https://www.larkwood.example/fr/")],
    },
}
