"""The way out, and the processes that read what comes back.

* ``door``: Door sends a request and reads the answer; ``exchange`` holds what
  goes in and comes out, ``reading`` reads, ``faults`` names what went wrong
* ``folders``: what is asked of the hub's own folders instead
* ``guard``: Guard says which addresses may be connected to
* ``turns``: how many at once, and how soon again
* ``crew``: each does many things, a few at a time
* ``workers``: Workers run functions in processes that may be lost
"""

from forecourt.fetch.crew import each
from forecourt.fetch.door import Door
from forecourt.fetch.exchange import Answer, Limits, Validators
from forecourt.fetch.guard import Guard
from forecourt.fetch.workers import Workers

__all__ = ["Answer", "Door", "Guard", "Limits", "Validators", "Workers", "each"]
