"""``docs/networks.md``, written from the connectors: what each needs, gives, and is allowed."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, get_args, get_type_hints

from forecourt import connectors
from forecourt.connectors import Connector
from forecourt.model import Secret, Terms

_HEAD = """# Networks

<!-- Written by `invoke docs` from the connectors; change what it says there. -->

What each network needs, where to get its token, what you get, and what its terms allow. `connector = "…"` in
`content/sources.toml` names the connector; the keys that every account may have (`name`, `label`, `profile`, `store`,
`moderation`, `enabled`) are in [settings.md](settings.md#contentsourcestoml). A secret is never written there: `token =
"env:NAME"` names a variable of the environment that holds it. Tokens that a machine can renew are renewed in time and
kept in `HUB_STATE`, in a file that only its owner can read; `invoke status` warns from 14 days before one ends.

```sh
export LARKWOOD_MASTODON_TOKEN=…   # in the shell, the crontab or the secrets of your CI; then:
invoke fetch --only larkwood-mastodon
```

A **refresh token** (X, Pinterest, TikTok, Google, LinkedIn for partners) comes of a sign-in that you do once: add
`http://localhost` to the redirect addresses of your app, open the network's sign-in address with your client id and
the scopes named below in a browser, allow it, copy the `code` from the address you land on, and exchange it with `curl`
at the network's token address as its documentation shows; the answer holds `refresh_token`. Google's OAuth 2.0
Playground does all of that on one page, with your own client id and secret in its settings.
"""
_OPENINGS = ("You need", "You get", "You do not get")
_DAY = timedelta(days=1)


def page() -> str:
    """The whole page, in Markdown."""
    names = connectors.names()
    contents = "".join(f"- [{name}](#{name}): {_summary(name)}\n" for name in names)
    return _HEAD + "\n" + contents + "".join(f"\n## {name}\n\n{section(name)}" for name in names)


def section(name: str) -> str:
    """What stands below one connector's heading."""
    connector = connectors.load(name)
    blocks = [
        *_prose(name),
        _options(connector),
        "**The terms**, as the hub obeys them:\n\n" + _terms(connector),
    ]
    return "\n\n".join(blocks) + "\n"


def example(name: str) -> str:
    """The ``[[source]]`` of a connector's manual."""
    text = inspect.cleandoc(_docstring(name))
    return inspect.cleandoc("\n" + text[text.index("    [[source]]") :]) + "\n"


def _prose(name: str) -> Iterator[str]:
    for block in inspect.cleandoc(_docstring(name)).split("\n\n"):
        opening = next((words for words in _OPENINGS if block.startswith(f"{words} ")), "")
        if block.startswith("    [[source]]"):
            yield f"```toml\n{example(name)}```"
            return
        text = block.replace("``", "`")
        yield f"**{opening}**{text.removeprefix(opening)}" if opening else text


def _docstring(name: str) -> str:
    return importlib.import_module(f"{connectors.__name__}.{name}").__doc__ or ""


def _summary(name: str) -> str:
    return " ".join(inspect.cleandoc(_docstring(name)).split("\n\n")[0].split()).rstrip(".")


def _options(connector: type[Connector]) -> str:
    hints = get_type_hints(connector)
    rows = [
        f"| `{field.name}` | {_kind(hints[field.name])} | {_default(field)} |"
        for field in dataclasses.fields(connector)
    ]
    return "\n".join(["| option | is | default |", "|---|---|---|", *rows])


def _kind(hint: Any) -> str:  # Any: a type, or a union of some
    if Secret in (hint, *get_args(hint)):
        return "a secret, as `env:NAME`"
    names = {str: "text", int: "a number", bool: "true or false", date: "a day"}
    return next((words for kind, words in names.items() if kind in (hint, *get_args(hint))), "a value")


def _default(field: dataclasses.Field[Any]) -> str:  # Any: of whatever type the option is
    if field.default is dataclasses.MISSING:
        return "needed"
    if field.default in ("", None):
        return "none"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f'`"{field.default}"`' if isinstance(field.default, str) else f"`{field.default}`"


def _terms(connector: type[Connector]) -> str:
    return "\n".join(f"- {sentence}" for sentence in (*_allowed(connector.terms), *_tokens(connector)))


def _allowed(terms: Terms) -> Iterator[str]:
    if not terms.enabled:
        yield "Switched off until the source says `enabled = true`."
    if terms.note:
        yield terms.note
    if terms.keep:
        yield f"A post is shown for {_span(terms.keep)} after it was last read, and no longer."
    else:
        yield "Posts are kept for as long as they are there."
    yield (
        f"Edits and deletions are looked for every {_span(terms.recheck)}; what was deleted leaves the hub."
        if terms.recheck
        else "Every run reads all that there is."
    )
    where = [name for name, allowed in (("feeds", terms.syndicate), ("search", terms.index)) if not allowed]
    if where:
        yield f"Its text stays out of the hub's own {' and '.join(where)}."
    if not terms.pictures:
        yield "Its pictures are not copied, and so not shown."
    if terms.credit:
        yield f"Beside each post stands: {terms.credit}"


def _tokens(connector: type[Connector]) -> Iterator[str]:
    life: timedelta | None = getattr(connector, "token_life", None)
    every: timedelta | None = getattr(connector, "renew_every", None)
    if hasattr(connector, "renew"):
        yield f"Its token is renewed by itself{f', every {_span(every)}' if every else ' when it ends'}."
    elif life:
        yield f"Its token lives {_span(life)}; a person must put in a new one."


def _span(span: timedelta) -> str:
    if span % _DAY:
        return f"{span // timedelta(hours=1)} hours"
    return "24 hours" if span == _DAY else f"{span // _DAY} days"
