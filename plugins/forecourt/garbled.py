"""What a file of ours raises when it is read and is not what was written into it."""

from __future__ import annotations

import msgspec

GARBLED = (msgspec.MsgspecError, UnicodeDecodeError)
"""The second for a text that is no UTF-8, which msgspec 0.22 does not count among its own errors."""
