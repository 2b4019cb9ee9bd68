"""Networks by the names that visitors know them by."""

from __future__ import annotations

_NAMES = {
    "blog": "Blog",
    "bluesky": "Bluesky",
    "discourse": "Discourse",
    "eventbrite": "Eventbrite",
    "events": "Events",
    "facebook": "Facebook",
    "flickr": "Flickr",
    "foursquare": "Foursquare",
    "google": "Google",
    "instagram": "Instagram",
    "journal": "Journal",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "newsroom": "Newsroom",
    "pinterest": "Pinterest",
    "podcast": "Podcast",
    "reddit": "Reddit",
    "reviews": "Reviews",
    "shopify": "Shopify",
    "threads": "Threads",
    "tiktok": "TikTok",
    "tumblr": "Tumblr",
    "vimeo": "Vimeo",
    "webmention": "Webmentions",
    "woocommerce": "WooCommerce",
    "wordpress": "WordPress",
    "x": "X",
    "yelp": "Yelp",
    "youtube": "YouTube",
}


def name(network: str) -> str:
    """The name of a network; an unknown one is written with a capital."""
    return _NAMES.get(network) or network.replace("-", " ").capitalize()
