"""State that survives: the store, the pictures and what else a hub remembers, kept at a place beyond this machine.

A state is a tree of files, cut into items that are named by their digest; items travel in packs, so that twenty
thousand small pictures are a few files to any place. A push sends the items that no pack has yet, then writes the
head, ``state.json``, over the very head that was pulled: two runs cannot overwrite each other. Nothing but the head
is ever written over, so a push that is killed leaves the state as it was.
"""

from forecourt.keeping.pulling import Pulled, pull
from forecourt.keeping.pushing import Pushed, push

__all__ = ["Pulled", "Pushed", "pull", "push"]
