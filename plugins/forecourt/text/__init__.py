"""Text of strangers: cleaned, made plain, cut, and given an address.

Everything from a network that a person will see comes through here. nh3 is the
only sanitiser: embedded players become links before it, and after it only
pictures that count readers are taken away, and headings renamed.
"""

from __future__ import annotations

from forecourt.text.characters import line, lines
from forecourt.text.cleaning import Picture, clean, images, replace_images
from forecourt.text.cutting import excerpt
from forecourt.text.names import direction, hashtags, language, slug
from forecourt.text.plain import DEEPEST, LONGEST, paragraphs, plain
from forecourt.text.trackers import TRACKERS

__all__ = [
    "DEEPEST", "LONGEST", "TRACKERS", "Picture", "clean", "direction", "excerpt", "hashtags", "images",
    "language", "line", "lines", "paragraphs", "plain", "replace_images", "slug",
]  # fmt: skip
