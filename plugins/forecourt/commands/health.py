"""How the accounts fare, and what editors are to look after."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.tasks import task

from forecourt import config
from forecourt.commands.given import DEBUG, JSON, LOCKED_OUT, STALE, content_folder, leave, linked
from forecourt.console import print_json, say, told
from forecourt.errors import Cause
from forecourt.store import Store

if TYPE_CHECKING:
    from forecourt.accounts import Account
    from forecourt.tokens import Tokens

LOCKS = (Cause.AUTH_EXPIRED, Cause.AUTH_DEAD)  # what only a new credential opens


@task(
    help={
        "json": JSON,
        "debug": DEBUG,
    }
)
def status(c: Context, json: bool = False, debug: bool = False) -> None:
    """Say how each linked account fares, and when the hub was last fetched and built."""
    from forecourt.terminal import print_status

    with told(debug=debug):
        found = read_status()
    said = found.pop("said")
    if json:
        print_json(found)
    else:
        print_status(found)
        say("\n".join(said))
    sources = found["sources"]
    locked_out = any(source["ending"] or source["cause"] in LOCKS for source in sources)
    leave(LOCKED_OUT if locked_out else STALE if any(source["error"] for source in sources) else 0)


@task(
    help={
        "json": JSON,
        "debug": DEBUG,
    }
)
def alts(c: Context, json: bool = False, debug: bool = False) -> None:
    """List the pictures that nobody described, by account and by who looks after it."""
    with told(debug=debug):
        found = read_alts()
    if json:
        print_json(found)
        return
    from forecourt.terminal import print_alts

    print_alts(found)


def read_status() -> dict[str, Any]:
    """How each linked account fares, from the store alone."""
    from forecourt import knowing, watching
    from forecourt.site import look
    from forecourt.tokens import Tokens

    environ, now = config.surroundings()
    found, accounts = linked(environ, secrets=False)
    tokens = Tokens(found.state)
    with Store.trial(found.store, found.timezone) as store:
        states = store.sources.all()
        fetched = store.reports.last("fetch")
        alarms = watching.alarms(store)
        well = {name for name, state in states.items() if not (state.error or name in alarms)}
        silent = {
            account.name: watching.silent(store, account, now)
            for account in accounts
            if account.enabled and account.name in well
        }
        rows = [
            {
                "name": account.name,
                "label": account.source.label,
                "network": account.connector.network,
                "posts": store.posts.count(account.name),
                "held": store.posts.count(account.name, "held"),
                "fresh": shown(states[account.name].fresh) if account.name in states else "",
                "error": states[account.name].error if account.name in states else "",
                "cause": states[account.name].cause if account.name in states else "",
                "enabled": account.enabled,
                "alarm": [*alarms[account.name].reasons] if account.name in alarms else [],
                "held_by": watching.held_by(account, alarms[account.name]) if account.name in alarms else "",
                "silent": found_silent.said if (found_silent := silent.get(account.name)) else "",
                "ending": ending(account, tokens, now),
            }
            for account in accounts
        ]
    built = shown(look.last_built(found.state))
    folder = knowing.folder_of(found.state)
    run = {**knowing.known(folder), "said": knowing.lines(folder)}
    return {"sources": rows, "fetched": shown(fetched[0]) if fetched else "", "built": built, **run}


def read_alts() -> dict[str, Any]:
    """Pictures without a description: of the posts that are shown, and of our own articles."""
    from forecourt import editors
    from forecourt.site.addresses import Addresses, post

    environ, now = config.surroundings()
    found, accounts = linked(environ, secrets=False)
    where, content = Addresses(found.site_url), content_folder()
    with Store.trial(found.store, found.timezone) as store:
        rows = [
            {
                "name": each.account.name,
                "owner": each.owner,
                "pictures": each.pictures,
                "undescribed": each.undescribed,
                "silent": each.silent,
                "newest": [
                    asdict(one) | {"published": shown(one.published), "page": where.absolute(post(one.key))}
                    for one in each.newest
                ],
            }
            for each in editors.described(store, accounts, now)
        ]
    return {"sources": rows, "articles": [*editors.mute(content.rglob("*.md"), content.parent)]}


def ending(account: Account, tokens: Tokens, now: datetime) -> str:
    """That the account's token ends soon, and what to do; "" if it does not."""
    warning = tokens.warning(account.name, account.connector, now) if account.enabled else ""
    return f"{warning}; {account.renewal}" if warning else ""


def shown(moment: datetime | None) -> str:
    """A moment as people and machines both read it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
