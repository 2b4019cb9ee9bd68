"""The search: what indexing costs as a hub grows, what one post more does, and what a visitor waits for and loads.

Posts are seeded, in five languages with a long tail of rare words, over three years. The browser is Chromium on
loopback with nothing in its cache, and the page is the theme's own, of a hub that was built before.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread

from playwright.sync_api import Browser, Page, sync_playwright

from bench.corpus import SYLLABLES
from forecourt.console import say
from forecourt.site.search import SHARDS, Record, Renewal, Shard, renew

_NEWEST = datetime(2026, 10, 1, 9, tzinfo=UTC)
_SPAN = timedelta(days=3 * 365)
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_COMMON = {
    "en": "oak linen glaze harbour lantern kettle walnut copper meadow clay tables garden kitchen light repairing "
    "spring winter benches shelf basket candle wool thread needle brush colours painted with from under after found",
    "fr": "chêne lin émail port lanterne bouilloire noyer cuivre prairie argile tables jardin cuisine lumière avec "
    "réparation printemps hiver bancs étagère panier bougie laine fil aiguille après nous avons trouvé gardé chaque",
    "de": "Eiche Leinen Glasur Hafen Laterne Kessel Walnuss Kupfer Wiese Ton Tische Garten Küche Licht und mit "
    "Frühling Winter Bänke Regal Körbe Kerze Wolle Faden Nadel Bürste neben nach wir haben gefunden jeder kleine",
    "es": "roble lino esmalte puerto linterna tetera nogal cobre prado arcilla mesas jardín cocina luz reparación "
    "primavera invierno bancos estante cestas vela lana hilo aguja con bajo después nosotros hemos cada pequeño",
    "ar": "بلوط كتان ميناء فانوس غلاية جوز نحاس مرج طين طاولة حديقة مطبخ ضوء إصلاح ربيع شتاء مقعد رف سلة شمعة صوف خيط "
    "إبرة فرشاة لون طلاء مع من تحت بعد نحن وجدنا كل صغير",
}
_NETWORKS = (
    "bluesky",
    "flickr",
    "instagram",
    "mastodon",
    "pinterest",
    "threads",
    "tumblr",
    "youtube",
    "reviews",
)
_KINDS = ("note", "article", "photo", "video", "review", "event")
_VISITS = 5
_HESITATION = 700  # ms between coming to the form and the first key
_QUERIES = ("kitchen", "walnut bench", "cuisine", "4711")


@dataclass(frozen=True)
class Posts:
    """So many seeded posts, one every so often until _NEWEST."""

    number: int

    def record(self, at: int) -> Record:
        """The post of that number, the higher the newer."""
        rng = random.Random(f"5:{at}")
        lang = rng.choices([*_COMMON], [5, 2, 1, 1, 1])[0]
        words = rng.choices(_COMMON[lang].split(), k=rng.randint(12, 80))
        words += [_vocabulary()[int(3 * rng.paretovariate(0.3)) % 6000] for _ in range(len(words) // 2)]
        rng.shuffle(words)
        moment = _NEWEST - _SPAN * (self.number - 1 - at) / self.number
        return Record(
            path=f"posts/{rng.getrandbits(60):013x}/",
            title=f"{' '.join(words[:5])} {at}" if at % 3 else "",
            text=" ".join(words),
            lang=lang,
            dir="rtl" if lang == "ar" else "ltr",
            published=moment.isoformat(),
            year=f"{moment:%Y}",
            kind=rng.choice(_KINDS),
            network=rng.choice(_NETWORKS),
            store=rng.choice(("lyon", "paris", "")),
            tags=tuple(
                (f"topic-{each}", f"Topic {each}") for each in {rng.randint(0, 99) for _ in range(at % 3)}
            ),
            author="Larkwood",
            origin="social.example",
            picture=None,
        )

    @cached_property
    def of_days(self) -> list[str]:
        """The day of each, the oldest first."""
        return [
            f"{_NEWEST - _SPAN * (self.number - 1 - at) / self.number:%Y-%m-%d}" for at in range(self.number)
        ]

    def days(self) -> dict[str, int]:
        """How many there are of each day."""
        return Counter(self.of_days)

    def read(self, shard: Shard) -> Iterator[Record]:
        """The records of a shard."""
        for at in range(bisect_left(self.of_days, shard.first), bisect_right(self.of_days, shard.last)):
            if shard.holds((made := self.record(at)).path):
                yield made


@cache
def _vocabulary() -> list[str]:
    """Words of which few are often used, as in any language."""
    rng = random.Random(7)
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(6000)]


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Say what was used inside: time, processor time of ours and of Pagefind, and what that held at most so far."""
    start, ours, theirs = time.perf_counter(), _used(resource.RUSAGE_SELF), _used(resource.RUSAGE_CHILDREN)
    yield
    ours, theirs = _used(resource.RUSAGE_SELF) - ours, _used(resource.RUSAGE_CHILDREN) - theirs
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    took = time.perf_counter() - start
    say(f"  {what:<18} {took:6.1f} s; CPU: ours {ours:.1f} s, Pagefind {theirs:.1f} s, {peak:.0f} MB at most")


def _used(whose: int) -> float:
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


def put(renewal: Renewal, target: Path) -> tuple[int, int]:
    """Have the files of a renewal below ``target``; how many were written, and how many bytes."""
    files, size = 0, 0
    for name in renewal.gone:
        shutil.rmtree(target / name, ignore_errors=True)
    for bundle in renewal.bundles:
        shutil.rmtree(target / bundle.name, ignore_errors=True)
        for path, data in bundle.files():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(data)
            files, size = files + 1, size + len(data)
    (target / SHARDS).write_bytes(renewal.listing)
    return files, size


def fill(state: Path, target: Path, number: int) -> None:
    """Index so many posts, then the same, then one more; say what each cost."""
    posts, fact = Posts(number), ""
    target.mkdir(parents=True)
    with measured(f"{number:,} posts"):
        first = renew(state, fact, posts.days(), None, posts.read, [], "en")
    files, size = put(first, target)
    say(f"  {len(first.bundles) - 1} shards, {files:,} files, {size / 1e6:.1f} MB")
    with measured("nothing new"):
        same = renew(state, first.fact, posts.days(), (), posts.read, [], "en")
    for what, day in (
        ("one more of today", posts.of_days[-1]),
        ("one of a year ago", posts.of_days[number * 2 // 3]),
    ):
        days = posts.days()
        days[day] += 1
        more = replace(posts.record(number - 1), path="posts/more/", title="One more")

        def read(shard: Shard, day: str = day, more: Record = more) -> Iterator[Record]:
            yield from posts.read(shard)
            if shard.first <= day <= shard.last:
                yield more

        with measured(what):
            changed = renew(state, same.fact, days, {day}, read, [], "en")
        files, size = put(changed, target)
        say(f"  {len(changed.ran)} shards run, {files:,} files, {size / 1e6:.1f} MB")
        put(renew(state, changed.fact, posts.days(), {day}, posts.read, [], "en"), target)


def look(browser: Browser, address: str, query: str) -> None:
    """Type a query as visitors do who were never here; say how long it took and what was loaded."""
    seen = [_visit(browser, address, query) for _ in range(_VISITS)]
    milliseconds, cold = median(each[0] for each in seen), median(each[1] for each in seen)
    _, _, of_page, of_index, of_query, said = seen[0]
    say(
        f"  {query:<13} {milliseconds:4.0f} ms from the last key to the first result ({cold:.0f} ms from a link, "
        f"nothing loaded); page {of_page / 1000:.0f} KB, then {of_index / 1000:.0f} + {of_query / 1000:.0f} KB; {said}"
    )


def _visit(browser: Browser, address: str, query: str) -> tuple[float, float, int, int, int, str]:
    context = browser.new_context()
    page = context.new_page()
    loaded: Counter[str] = Counter()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: loaded.update(bytes=int(event["encodedDataLength"])))
    page.goto(f"{address}/search/", wait_until="networkidle")
    of_page = loaded["bytes"]
    page.focus("#q")
    page.wait_for_timeout(_HESITATION)
    of_index = loaded["bytes"] - of_page
    milliseconds = _first_result(page, query)
    page.wait_for_timeout(_HESITATION)
    of_query, said = loaded["bytes"] - of_page - of_index, page.text_content("[data-count]") or ""
    context.close()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/search/?q={query}")
    page.wait_for_selector("[data-results] a")
    cold: float = page.evaluate("performance.now()")
    context.close()
    return milliseconds, cold, of_page, of_index, of_query, said


def _first_result(page: Page, query: str) -> float:
    """Milliseconds from the last key to the first result."""
    page.evaluate(
        """() => new MutationObserver(() => { window.seen ??= performance.now() }).observe(
            document.querySelector('[data-results]'), { childList: true })"""
    )
    page.evaluate("document.addEventListener('keydown', () => { window.pressed = performance.now() }, true)")
    page.keyboard.type(query)
    page.wait_for_selector("[data-results] a")
    value: float = page.evaluate("window.seen - window.pressed")
    return value


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and say what was measured."""
    parser = argparse.ArgumentParser("bench.search", description=__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument(
        "--site", type=Path, default=Path("output"), help="a hub that was built; its page is used"
    )
    chosen = parser.parse_args(arguments)
    for needed in ("search/index.html", "theme"):
        if not (chosen.site / needed).exists():
            parser.error(
                f"{chosen.site}/{needed} is not there; build the hub, or name its folder with --site"
            )
    for number in chosen.posts:
        say(f"{number:,} posts")
        with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
            site = Path(folder, "site")
            (site / "search").mkdir(parents=True)
            shutil.copy(chosen.site / "search/index.html", site / "search")
            shutil.copytree(chosen.site / "theme", site / "theme")
            fill(Path(folder), site / "search/index", number)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*_FLAGS])
            with served(site) as address:
                for query in _QUERIES:
                    look(browser, address, query)
            browser.close()


if __name__ == "__main__":
    main()
