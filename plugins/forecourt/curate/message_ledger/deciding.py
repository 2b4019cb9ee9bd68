"""The verdicts: each campaign held against what each channel said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

from forecourt.curate.facts import Conflict, Facts, conflicts, found, shown_code, shown_link, shown_slip
from forecourt.curate.facts.words import PAST, any_of, folded
from forecourt.curate.message_ledger.belonging import Message, chosen, facts_of, has_code, says
from forecourt.curate.message_ledger.entries import DEAD_LINK, Entry, Finding, Ledger, Page, Said, Verdict
from forecourt.curate.message_ledger.rhythm import NEWEST, QUIET_AFTER, among_newest, quiet
from forecourt.desk import Campaign

_T = TypeVar("_T")

GRACE = timedelta(hours=24)
"""How long after its start a channel may take to say a message; never more than half the time that it runs."""

_OVER = re.compile(rf"(?<!\w){any_of(PAST)}(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Run:
    """What all verdicts of one ledger are reached with."""

    now: datetime
    grace: timedelta
    newest: int
    dead: Mapping[str, str]
    """Links that lead nowhere, as they are compared and shown, each with what was answered."""
    messages: tuple[Message, ...]


def ledger(
    campaigns: Sequence[Campaign],
    posts_by_source: Mapping[str, Sequence[Said]],
    now: datetime,
    *,
    dead_links: Mapping[str, str] = MappingProxyType({}),
    grace: timedelta = GRACE,
    placed: Mapping[str, Collection[str]] | None = None,
    messages: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    moments: Mapping[str, Sequence[datetime]] | None = None,
    newest: int = NEWEST,
    quiet_after: float = QUIET_AFTER,
) -> Ledger:
    """Hold every campaign against what each channel had said by ``now``.

    ``dead_links`` lead nowhere; each says what was answered and since when ("it answers 404 since 2026-11-22").
    ``placed`` are keys of posts that an editor gave to a campaign, by its slug; ``messages`` the campaign's message
    in other languages, as pairs of language and text, by its slug. ``moments`` are when each channel published
    anything, where ``posts_by_source`` does not hold all of its posts.
    """
    now = now.astimezone(UTC)
    known = {
        source: sorted((post for post in posts if post.published.astimezone(UTC) <= now), key=_age)
        for source, posts in posts_by_source.items()
    }
    rhythm = moments or {source: [post.published for post in posts] for source, posts in known.items()}
    ordered = sorted(campaigns, key=lambda one: (one.start.astimezone(UTC), one.slug))
    read = tuple(
        _message(one, (messages or {}).get(one.slug, ()), (placed or {}).get(one.slug, ())) for one in ordered
    )
    dead = {shown_link(link): said for link, said in dead_links.items() if shown_link(link)}
    run = _Run(now, grace, newest, dead, read)
    return Ledger(now, tuple(_page(one, known, rhythm, run) for one in read), quiet(rhythm, now, quiet_after))


def _age(post: Said) -> tuple[datetime, str]:
    return post.published.astimezone(UTC), post.key


def _message(campaign: Campaign, more: Sequence[tuple[str, str]], placed: Collection[str]) -> Message:
    texts = tuple(pair for pair in ((campaign.lang, campaign.message), *more) if pair[1])
    stated = [found(text, lang, campaign.start) for lang, text in texts]
    promised = _promised(campaign)
    facts = Facts(
        percents=_with(promised.percents, *(one.percents for one in stated)),
        prices=_with(promised.prices, *(one.prices for one in stated)),
        days=_with(promised.days, *(one.days for one in stated)),
        codes=_with(promised.codes, *(one.codes for one in stated)),
        links=_with(promised.links, *(one.links for one in stated)),
        times=_with(frozenset(), *(one.times for one in stated)),
        spans=_with(frozenset(), *(one.spans for one in stated)),
        weekdays=frozenset() if promised.days else _with(frozenset(), *(one.weekdays for one in stated)),
    )
    return Message(campaign, facts, texts, placed)


def _with(promised: frozenset[_T], *stated: frozenset[_T]) -> frozenset[_T]:
    """What is promised, with what the message states beside it, unless it states something else instead."""
    return promised.union(*(one for one in stated if promised <= one))


def _promised(campaign: Campaign) -> Facts:
    """The facts of its front matter."""
    promise = campaign.promise
    link = shown_link(promise.link) if promise.link else ""
    return Facts(
        percents=frozenset() if promise.percent is None else frozenset({promise.percent}),
        prices=frozenset()
        if promise.price is None
        else frozenset({(promise.price, promise.currency.upper())}),
        days=frozenset() if promise.day is None else frozenset({promise.day}),
        codes=frozenset({shown_code(promise.code)} if promise.code else ()),
        links=frozenset({link} if link else ()),
    )


def _page(
    message: Message, known: Mapping[str, Sequence[Said]], rhythm: Mapping[str, Sequence[datetime]], run: _Run
) -> Page:
    campaign = message.campaign
    state = "waiting" if run.now < message.start else "running" if run.now < message.end else "over"
    ran = max(min(run.now, message.end) - message.start, timedelta(0))
    others = tuple(other for other in run.messages if other is not message)
    entries = []
    for channel in dict.fromkeys((*campaign.channels, *sorted(known))):
        mine = [*chosen(known.get(channel, ()), message, others)]
        entry = _entry(message, channel, mine, rhythm.get(channel, ()), run)
        if entry.expected or entry.verdicts != (Verdict.NEVER,):
            entries.append(entry)
    return Page(campaign, state, ran, tuple(entries), (*_own_findings(message), *_dead_link(message, run)))


def _own_findings(message: Message) -> tuple[Finding, ...]:
    """Where a campaign's message says something else than its facts, or than itself in another language."""
    campaign, promised = message.campaign, _promised(message.campaign)
    first, found_here = Facts(), []
    for number, (lang, text) in enumerate(message.texts):
        stated = found(text, lang, campaign.start)
        whose = f"its message in {lang}" if number else "its message"
        against = conflicts(promised, stated)
        found_here += [
            _own(f"{campaign.place}: {whose} says {_listed(one.other)}, its facts {_listed(one.one)}", one)
            for one in against
        ]
        known = {one.name for one in against}
        found_here += [
            _own(f"{campaign.place}: {whose} says {_listed(one.other)}, its first {_listed(one.one)}", one)
            for one in conflicts(first, stated)
            if one.name not in known
        ]
        first = first if number else stated
    return tuple(found_here)


def _own(sentence: str, conflict: Conflict) -> Finding:
    return Finding(conflict.name, conflict.sentence, f"{sentence}; mend one")


def _dead_link(message: Message, run: _Run) -> tuple[Finding, ...]:
    """That a campaign's own link leads nowhere, while that can be mended."""
    campaign = message.campaign
    link = shown_link(campaign.promise.link) if campaign.promise.link else ""
    if link not in run.dead or run.now >= message.end:
        return ()
    sentence = f"{campaign.place}: its link {link} is dead: {run.dead[link]}; mend the page or the link"
    return (Finding(DEAD_LINK, link, sentence),)


def _entry(
    message: Message, channel: str, mine: Sequence[tuple[Said, str]], rhythm: Sequence[datetime], run: _Run
) -> Entry:
    said = [post for post, _ in mine if post.published.astimezone(UTC) < message.end]
    after = [post for post, _ in mine if post.published.astimezone(UTC) >= message.end]
    is_expected = channel in message.campaign.channels
    verdicts, findings = _first(message, channel, said, run, is_expected=is_expected)
    wrong = [finding for post in said for finding in _contradictions(post, message, run)]
    still = [finding for post in after if (finding := _goes_on(post, message))]
    verdicts |= {Verdict.CONTRADICTS} if wrong else set()
    verdicts |= {Verdict.STILL_RUNNING} if still else set()
    return Entry(
        message.campaign.slug,
        channel,
        tuple(verdict for verdict in Verdict if verdict in verdicts),
        tuple(post for post, _ in mine),
        tuple(why for _, why in mine),
        (*findings, *wrong, *still),
        among_newest(
            [post.published for post in said], rhythm, message.start, min(run.now, message.end), run.newest
        ),
        is_expected,
        tuple(_lacking(message, said, {finding.kind for finding in wrong})) if is_expected and said else (),
    )


def _first(
    message: Message, channel: str, said: Sequence[Said], run: _Run, *, is_expected: bool
) -> tuple[set[Verdict], list[Finding]]:
    """Whether and when a channel first said it."""
    due = message.start + min(run.grace, (message.end - message.start) / 2)
    if said and (said[0].published.astimezone(UTC) <= due or not is_expected):
        return {Verdict.SAID}, []
    if said:
        delay = _duration(said[0].published.astimezone(UTC) - message.start)
        sentence = f"{channel} said it {delay} after the start ({said[0].permalink})"
        return {Verdict.LATE}, [
            Finding(Verdict.LATE, f"{delay} after the start", sentence, said[0].permalink)
        ]
    if not is_expected or run.now >= message.end:
        return {Verdict.NEVER}, []
    if run.now <= due:
        return {Verdict.DUE if run.now >= message.start else Verdict.WAITING}, []
    delay = _duration(run.now - message.start)
    sentence = f"{channel} has said nothing of it, {delay} after the start"
    return {Verdict.MISSING}, [Finding(Verdict.MISSING, f"for {delay}", sentence)]


def _contradictions(post: Said, message: Message, run: _Run) -> list[Finding]:
    """All that a post states otherwise than its campaign."""
    stated = facts_of(post, message.campaign.lang)
    stated = replace(stated, codes=stated.codes | _codes_of_others(post, message, run))
    found_here = [
        Finding(
            DEAD_LINK,
            link,
            f"{post.source} leads to {link}, which is dead: {run.dead[link]} ({post.permalink})",
            post.permalink,
        )
        for link in sorted(stated.links & run.dead.keys())
    ]
    against = conflicts(_expected(message, stated), stated)
    found_here += [_contradiction(post, conflict, message, run) for conflict in against]
    if not any(conflict.name == "day" for conflict in against):
        found_here += [_slip(post, slip) for slip in sorted(stated.slips)]
    return found_here


def _lacking(message: Message, said: Sequence[Said], otherwise: Collection[str]) -> Iterator[str]:
    """What of a campaign's reduction, price and code no post states; not what one states ``otherwise``."""
    promised = _promised(message.campaign)
    stated = [facts_of(post, message.campaign.lang) for post in said]
    percents = promised.percents.difference(*(one.percents for one in stated))
    yield from (f"no {each:f} %" for each in percents if "percent" not in otherwise)
    amounts = {amount for one in stated for amount, _ in one.prices}
    prices = (price for price in promised.prices if price[0] not in amounts and "price" not in otherwise)
    yield from (f"no {amount:f} {currency}".strip() for amount, currency in prices)
    codes = (code for code in promised.codes if not any(has_code(post, code) for post in said))
    yield from (f"no code {code}" for code in codes if "code" not in otherwise)


def _codes_of_others(post: Said, message: Message, run: _Run) -> frozenset[str]:
    """Codes of other campaigns in a post, those with a digit: without the word for one, "GLOW" is a word."""
    codes = {code for other in run.messages for code in other.facts.codes} - message.facts.codes
    return frozenset(code for code in codes if any(map(str.isdigit, code)) and has_code(post, code))


def _contradiction(post: Said, conflict: Conflict, message: Message, run: _Run) -> Finding:
    theirs = {
        code: other.campaign.slug
        for other in run.messages
        if other is not message
        for code in other.facts.codes & {*conflict.other}
    }
    whose = "".join(f", {code} being the code of {slug}" for code, slug in theirs.items())
    ours, stated = _listed(conflict.one), _listed(conflict.other)
    sentence = f"{post.source} says {stated}, the campaign {ours}{whose} ({post.permalink})"
    return Finding(conflict.name, conflict.sentence, sentence, post.permalink)


def _slip(post: Said, slip: tuple[int, date]) -> Finding:
    said, right = shown_slip(slip)
    sentence = f"{post.source} says {said}, but that day is a {right} ({post.permalink})"
    return Finding("day", f"{said}, a {right}", sentence, post.permalink)


def _expected(message: Message, stated: Facts) -> Facts:
    """What a campaign states that can be held against a post: its beginning and its last day agree with any.

    Where the campaign names no span, one of a post is held against the time that it runs.
    """
    facts, campaign = message.facts, message.campaign
    first = campaign.start.date()
    last = max((campaign.end - timedelta(seconds=1)).date(), first)
    if stated.spans and not facts.spans:
        return replace(facts, days=facts.days | {first, last}, spans=frozenset({(first, last)}))
    if stated.days and facts.days:
        return replace(facts, days=facts.days | {first, last})
    return facts


def _goes_on(post: Said, message: Message) -> Finding | None:
    """Whether a post offers after the end what the campaign offered, and does not speak of it as of the past."""
    if _OVER.search(folded(f"{post.title} {post.text}")):
        return None
    facts, stated = message.facts, facts_of(post, message.campaign.lang)
    offered = [
        *(code for code in sorted(facts.codes) if has_code(post, code)),
        *(f"{percent:f} %" for percent in sorted(facts.percents & stated.percents)),
        *(f"{amount:f} {currency}".strip() for amount, currency in sorted(facts.prices & stated.prices)),
    ]
    has_offer = facts.codes or facts.percents or facts.prices
    if not has_offer and any(says(f"{post.title} {post.text}", text) for _, text in message.texts):
        offered = ["the message"]
    if not offered:
        return None
    sentence = f"{post.source} still offers {_listed(offered)} after the end ({post.permalink})"
    return Finding(Verdict.STILL_RUNNING, _listed(offered), sentence, post.permalink)


def _listed(values: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(values[:-1]), values[-1]))) if values else ""


def _duration(time: timedelta) -> str:
    """A length of time in its two largest units: "2 d 3 h", "5 h", "40 min"."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h" if hours else f"{minutes} min"
