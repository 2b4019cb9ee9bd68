"""The demo brand's networks, played on loopback, as strict as the real ones.

>>> with DemoNetworks() as demo:
...     httpx.get(demo.url + "/blog/feed.xml")

The same server stands behind the tests and behind ``make hub``.
"""

from demo.brand import secrets
from demo.faults import Fault
from demo.server import DEFAULT_PORT, DemoNetworks, PortTakenError, Request

__all__ = ["DEFAULT_PORT", "DemoNetworks", "Fault", "PortTakenError", "Request", "secrets"]
