"""What cleaning the worst HTML costs, each piece in a process of its own: prints name, CPU seconds and MB as JSON.

With an argument of 3, every third piece. Each has 5 MB, of which ``text.LONGEST`` are read.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice

from forecourt import text

MANY = 5_000_000
"""Characters of each piece."""


def bombs() -> Iterator[tuple[str, str]]:
    """HTML that is dear to somebody: a parser, an expression, or us."""
    for name, piece in {
        "<": "<",
        "&": "&",
        "entities": "&amp;",
        "entities without an end": "&notit",
        "numbers": "&#x300;",
        "nested div": "<div>",
        "nested b with attributes": '<p><b x="1"></p>',
        "nested tables": "<table><tr><td>",
        "nested foreign": "<svg><g>",
        "nested foreign text": "<svg><desc><div>",
        "nested math": "<math><mtext>",
        "nested select": "<select><option>",
        "end tags": "</p>",
        "comments": "<!--",
        "attributes without an end": "<a x='",
        "links": "<a href=//x.example/a>x",
        "pictures": "<img src=//x.example/a alt=x>",
        "headings": "<h1>x",
        "frames": "<iframe src=//www.youtube.com/embed/aaaaaaaaaaa>",
        "frames closed": "<iframe src=//x.example/embed/#?secret=a></iframe>",
        "films": "<video src=a><source src=b>",
        "films inside films": "<video><audio>",
        "accents": "a" + "\u0301" * 200,
        "thirty marks": "a" + "\u0e47" * 30,
        "isolates": "\u2066a",
        "isolates in tags": "<b>\u2067</b>\u2069",
        "new lines": "\n <p>",
        "emoji": "\U0001f468\u200d",
    }.items():
        yield name, piece * (MANY // len(piece))
    attributes = " ".join(f"a{n}=1" for n in range(100_000))
    yield "100,000 attributes", f"<p {attributes}>x</p>"
    yield "one attribute 100,000 times", f"<p {'title=x ' * 100_000}>x</p>"
    yield "a long address", f"<a href='//x.example/{'a' * MANY}'>x</a>"
    yield "a long relative address", f"<a href='{'../' * MANY}'>x</a>"
    yield "a name of a long host", f"<a href='//{'é.' * 200_000}'>x</a>"
    yield "a long player", f"<iframe src='https://www.google.com/maps/embed?pb={'!1s0x0' * 80_000}'></iframe>"
    yield "a long tag", f"<{'a' * MANY}>"
    yield "a long name of an attribute", f"<iframe {'a' * MANY}>"


def main() -> None:
    text.clean("<p>x</p>", "")
    for name, html in islice(bombs(), 0, None, int(sys.argv[1])):
        sys.stdout.flush()
        if os.fork() == 0:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            started = time.process_time()
            text.clean(html, "https://larkwood.example/")
            cleaning = time.process_time() - started
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            said = {"name": name, "seconds": cleaning, "mb": (after - before) / 1024}
            print(json.dumps(said), flush=True)
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    main()
