"""One build: from what changed to the files that differ.

The ledger says what the files in the output were made from. A build finds out what
of that is not so any more, brings the ledger up to date, makes the pages that may
differ (``stale``), and puts in place what does. Whatever ends it, the ledger knows
which pages were under way, and the next build makes those first.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from forecourt.accounts import Account
from forecourt.curate import STREAM, store_listing
from forecourt.report import BuildReport, Listener
from forecourt.settling import is_settled, said, settle
from forecourt.site import addresses, admin, brandsheet, crew, finding, look, maps, memory, names, stale
from forecourt.site.claims import PELICAN, PICTURE, STATIC, Claims
from forecourt.site.claims import THEME as THEMES
from forecourt.site.crew import Bench, Made
from forecourt.site.editions import Editions
from forecourt.site.editorial import Editorial
from forecourt.site.finding import Finding
from forecourt.site.inventory import SEARCH, Context, Inventory
from forecourt.site.keys import Keys, of_account
from forecourt.site.language import SOURCE, Language
from forecourt.site.look import THEME, Asked
from forecourt.site.memory import Input, Memory
from forecourt.site.portraits import SHARE
from forecourt.site.present import files as files_of
from forecourt.site.recipe import Recipe
from forecourt.site.templates import Templates
from forecourt.site.writer import Output
from forecourt.store import Store, alone
from forecourt.store.ledger import File, Ledger

ADMIN = "admin"
"""The owner of the files of the editor in the browser."""


@dataclass(frozen=True, slots=True)
class Written:
    """What Pelican read of the editors, and what it made of it.

    ``pages`` are files of other generators than ours, made of what every template is given, and ``static``
    files to be copied, both by their path below the output; ``problems`` and ``warnings`` sentences on what
    it could not read, or found odd.
    """

    editorials: list[Editorial] = field(default_factory=list)
    pages: Mapping[str, Callable[[Context], bytes]] = field(default_factory=dict)
    static: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()
    """Files of the editors, below ``content/``, in which something is wrong: what they were before still stands."""


@contextmanager
def begun(
    asked: Asked, accounts: Sequence[Account], now: datetime, *, dry: bool = False, full: bool = False,
    told: Listener = Listener(), inputs: list[Input] | None = None,
) -> Iterator[Build]:  # fmt: skip
    """A build, with the store and the ledger open, and nobody else at either.

    With ``dry`` nothing is touched; with ``full`` every page is made. ``inputs`` is what was there when reading
    began, if that was before. Raises Busy, StoreError, OutputError.
    """
    config = asked.config
    lost: set[str] = set()
    output = Output(asked.output, dry=dry)
    opened = Ledger.trial if dry else Ledger.open
    with _settled(asked, accounts, now, dry=dry) as store:
        output.clear()
        with opened(asked.output) as ledger:
            for path in ledger.claims:
                ledger.claim(File(path, "a page of before"), 0)
            last = memory.recall(config.state, asked.output, look.lot(ledger.facts()))
            found = look.gather(asked, last) if inputs is None else inputs
            try:
                yield Build(asked, accounts, store, ledger, output, found, last, now, dry, full, told, lost)
            finally:
                output.discard()
    if lost and not dry:
        with Store.run(config.store, config.timezone, "build", now) as store, store.transaction():
            for url in sorted(lost):
                store.pictures.lost(url)


@contextmanager
def _settled(asked: Asked, accounts: Sequence[Account], now: datetime, *, dry: bool) -> Iterator[Store]:
    """The store, in line with the linked accounts."""
    where = asked.config.store, asked.config.timezone
    if dry:
        with Store.trial(*where) as store:
            settle(store, accounts, asked.config, now)
            yield store
        return
    with alone(asked.config.state, "build", now):
        with Store.reading(*where, "build", now) as store:
            mended, is_so = store.mended, is_settled(store, accounts, asked.config, now)
        if not is_so:
            with Store.run(*where, "build", now) as store:
                settle(store, accounts, asked.config, now)
        with Store.reading(*where, "build", now) as store:
            store.mended = mended
            yield store


@dataclass
class Build:
    """A build under way."""

    asked: Asked
    accounts: Sequence[Account]
    store: Store
    ledger: Ledger
    output: Output
    inputs: list[Input]
    last: Memory | None
    now: datetime
    dry: bool
    full: bool
    told: Listener
    lost: set[str]
    """Addresses of pictures whose files are gone."""
    started: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self._known = self.ledger.facts()
        self._keys = Keys(self.asked, self.inputs)
        self._facts: dict[str, str] = {}
        number = int(self._known.get("build", "0")) + 1
        self._claims = Claims(self.ledger, number)
        self._remember(build=str(number), lot=os.urandom(8).hex(), now=self.now.isoformat())
        self._made = 0
        self._days: set[str] = set()
        """Days on which anything changed that the hub shows."""
        self._warnings: list[str] = []
        self._languages: Mapping[str, Language] = {}
        is_sure = self._known.get("whole") == "yes" and not self.ledger.pending()
        self._files = self._known.get("files", "") if is_sure else ""
        """How many the ledger claims, "" where they have to be counted."""

    @property
    def needs_pelican(self) -> bool:
        """Whether anything changed that the editors wrote, or that decides how it is read."""
        key = self._keys.editorial
        return (
            self.full
            or not (self.asked.settings and self.last)
            or self._known.get("editorial") != key
            or memory.editorials(self.asked.config.state, key) is None
            or bool(self.ledger.files(PELICAN))  # of other generators nobody knows what they go by
        )

    def run(self, written: Written | None) -> BuildReport:
        """Make what may differ and put it in place.

        ``written`` is what Pelican read, None where it would read what it read before. Raises ContentError,
        ThemeError, OutputError; the site stays as it was then.
        """
        state = self.asked.config.state
        everything = self._everything(written)
        recipe = Recipe(
            self.asked.config, self.accounts, self.asked.theme, self.asked.functions,
            _shown(everything, self.now), self._hero(), self._health(), self.now, draws=not self.dry,
        )  # fmt: skip
        with self.ledger.transaction():
            editions, wanted = self._plan(recipe)
        inventory = editions.first
        with self.ledger.transaction():
            self._languages = editions.first.frame.languages
            self._make(recipe, editions, wanted)
            self._copy(written, inventory.common())
            if written is not None or self._known.get("static") != self._keys.static:
                # Copies are nobody's pages: were the build ended now, these must not pass for what they were.
                self.ledger.know({"static": "", "editorial": ""})
            if wanted is None:
                self._claims.end_anew()
                self.ledger.forget_pages()
            maps.bring(inventory, self.ledger, self._claims, self.output)
            self._index(inventory)
            if wanted is None and inventory.portraits and not self.dry:
                inventory.portraits.sweep(self.ledger.pictures_below(SHARE))
            self._claims.check({each.file: f"{self._folder}/{each.source}" for each in everything})
        doomed = self._claims.doomed()
        removed = self.output.remove(doomed)  # first: a file may take the place of a folder, or the other way
        self.output.place()
        report = self._report(written, everything, inventory, removed, len(doomed))
        with self.ledger.transaction():
            self.ledger.drop(doomed)
            self.ledger.settle()
            self._remember(
                whole="yes",
                settings=self.asked.settings,
                config=look.config_digest(self.asked.config),
                editorial=self._keys.editorial,
                static=self._keys.static,
                front=look.front(self.asked.output),
            )
            self.ledger.know(self._facts)
            if not self.dry:
                moments = [moment for each in everything for moment in _moments(each)]
                waits = [moment for moment in (*moments, *inventory.agenda.ends()) if moment > self.now]
                memory.keep(
                    state, self.asked.output, Memory(look.lot(self._facts), self.inputs, report, waits)
                )
        if not self.dry:
            look.note(state, self.now)
        return report

    # What it is made from

    def _everything(self, written: Written | None) -> list[Editorial]:
        """All that the editors wrote, whether or not it is due; as it comes out of the memory, in any case."""
        state, key = self.asked.config.state, self._keys.editorial
        if written is None:
            return memory.editorials(state, key) or []
        found = [*written.editorials, *self._of_broken(written)]
        return memory.read_back(found) if self.dry else memory.keep_editorials(state, key, found)

    def _of_broken(self, written: Written) -> Iterator[Editorial]:
        """What stood before in files that cannot be used as they are now."""
        taken = {each.file for each in written.editorials} | {each.source for each in written.editorials}
        for each in (self._before() or ()) if written.broken else ():
            if each.source in written.broken and not {each.source, each.file} & taken:
                yield each

    def _plan(self, recipe: Recipe) -> tuple[Editions, set[str] | None]:
        """Bring the ledger up to date, and say which pages may not be what it says: None for all."""
        newest = self.store.changes.newest()
        self._remember(revision=f"{newest.number} {newest.token}", program=self._keys.program)
        self._remember(counted=self._keys.editorial)  # listings are counted with what the editors wrote then
        accounts = {each.name: of_account(each) for each in self.accounts}
        digests, templates = self._templates(recipe)
        wanted = None if self._is_anew() else self._stale(recipe, accounts, digests)
        editions = recipe.editions(self.store, self.ledger, templates)
        if wanted is None:
            editions.first.listings.count_all()
        else:
            calendars = {*self.ledger.owners(f"{names.ICS} "), *editions.first.calendars()}
            wanted = {*editions.spoken(sorted(wanted)), *calendars}
        self._remember(frame=self._keys.frame(editions))
        if wanted is not None and self._facts["frame"] != self._known.get("frame"):
            wanted = None  # what stands round every page is another
        late = self._known.get("unsearched", "")  # of a build that was ended
        days = self._days | {*json.loads(late or "[]")}
        self._remember(unsearched="" if wanted is None or not late else json.dumps(sorted(days)))
        self.ledger.keep_digests("account", accounts)
        self.ledger.keep_digests("template", digests)
        self.ledger.know(self._facts | ({"whole": "no"} if wanted is None else {}))
        self.ledger.begin(wanted or ())
        return editions, wanted

    def _is_anew(self) -> bool:
        """Whether nothing that stands in the ledger is to be gone on from."""
        known = self._known
        return (
            self.full
            or known.get("whole") != "yes"
            or known["program"] != self._facts["program"]
            or self._before() is None
            or not self.store.changes.knows(look.revision(known))
            or self.now < datetime.fromisoformat(known["now"])
        )

    def _stale(self, recipe: Recipe, accounts: Mapping[str, str], templates: Mapping[str, str]) -> set[str]:
        then = datetime.fromisoformat(self._known["now"])
        shops = recipe.writings(self.asked.config.language).stores().of
        change = stale.Change(
            since=look.revision(self._known).number,
            then=then,
            now=self.now,
            accounts=_differing(self.ledger.digests("account"), accounts),
            health=_differing(json.loads(self._known.get("stale", "{}")), json.loads(self._facts["stale"])),
            stores={
                each.name: [store_listing(store)]
                for each in self.accounts
                if (store := each.source.store or shops.get(each.name))
            },
            templates=_differing(self.ledger.digests("template"), templates),
            was={each.file or each.source: each for each in _shown(self._before() or (), then)},
            shown={each.file or each.source: each for each in recipe.editorials},
        )
        listings = recipe.listings(self.store, self.ledger)
        found = stale.found(change, self.store, self.ledger, listings, self.asked.config.timezone)
        self._days = found.days
        return found.pages

    def _before(self) -> list[Editorial] | None:
        """What the editors had written at the last build, None where nobody knows."""
        return memory.editorials(self.asked.config.state, self._known.get("counted", ""))

    def _health(self) -> dict[str, datetime]:
        """When the accounts that cannot be reached last were."""
        linked = {each.name for each in self.accounts}
        found = {name: since for name, since in self.store.sources.stale().items() if name in linked}
        self._remember(stale=json.dumps({name: since.isoformat() for name, since in sorted(found.items())}))
        return found

    def _templates(self, recipe: Recipe) -> tuple[dict[str, str], Mapping[str, Templates]]:
        """A digest of each template, and all of them ready; they are looked through only when one changed."""
        key = self._keys.templates
        self._remember(templates=key)
        known = self._known.get("reads", "") if key == self._known.get("templates") else ""
        ready = replace(
            recipe,
            reads=json.loads(known) if known else None,
            compiled=None if self.dry else self._compiled(key),
        ).templates()
        self._remember(reads=known or json.dumps(ready[""].reads()))
        return self.ledger.digests("template") if known else ready[""].digests(), ready

    def _compiled(self, key: str) -> Path:
        """The folder of the templates that were compiled in this state of theme and program; others go."""
        folder = self.asked.config.state / "templates"
        for other in folder.iterdir() if folder.is_dir() else ():
            if other.name != key:
                shutil.rmtree(other, ignore_errors=True)
        return folder / key

    def _hero(self) -> tuple[int, int] | None:
        """The size of the brand's picture, which is measured when it changed."""
        path, key = self.asked.config.brand.hero, self._keys.hero()
        if not path:
            return None
        before, _, size = self._known.get("hero", "").partition("|")
        if before != key or not size:
            from forecourt.site.reading import size_of  # noqa: PLC0415 - all of Pillow, for what seldom changes

            size = "{} {}".format(*size_of(self.asked.content / path))
        self._remember(hero=f"{key}|{size}")
        width, height = map(int, size.split())
        return width, height

    # The steps

    def _make(self, recipe: Recipe, editions: Editions, wanted: set[str] | None) -> None:
        """Make pages, here or in other processes."""
        many = editions.first.listings.count(STREAM) if wanted is None else len(wanted)
        batches = editions.all() if wanted is None else _cut(sorted(wanted))
        cores = 1 if self.dry else crew.cores(self.asked.config.cores)
        if cores > 1 and many > crew.MANY:
            bench = Bench(recipe, self.asked.config.store, self.asked.output, editions.templates)
            made = crew.make_many(bench, batches, cores)
        else:
            made = (crew.make(editions, self.output, batch) for batch in batches)
        for each in made:
            self._take(each)

    def _take(self, made: Iterable[Made]) -> None:
        for each in made:
            self.lost |= each.lost
            if each.file is None:
                self._claims.leave(each.name)
            else:
                self._made += 1
                self._claims.add(each.file, is_new=each.is_new)
            self._show(each.name, each.uses, each.file)
            if each.file and each.is_new and names.name(each.name).kind == "editorial":
                self._claims.parts.update(filter(None, [each.file.part]))  # its picture may be another
        self.told.pages(self._made)

    def _show(self, page: str, uses: frozenset[str], shown_by: File | None) -> None:
        """Have the pictures that a page shows, and those no more that none does."""
        before = {*self.ledger.shown(page)}
        if uses != before:
            self.ledger.show(page, sorted(uses))
            self._claims.parts.update(filter(None, [shown_by and shown_by.part]))  # the sitemap names them
        for use in sorted(uses):
            for file in files_of(use):
                path = addresses.PICTURES + file
                is_new = self.output.copy(path, self.asked.config.pictures / file, named_by_content=True)
                self._claims.add(File(path, f"{PICTURE} {use.partition(' ')[0]}"), is_new=is_new)
        for name in sorted({use.partition(" ")[0] for use in before - uses}):
            shown = {addresses.PICTURES + file for use in self.ledger.uses(name) for file in files_of(use)}
            self._claims.only(f"{PICTURE} {name}", shown)

    def _copy(self, written: Written | None, common: Context) -> None:
        """Have the theme's files, the editors' and those of other generators, where any of them changed."""
        editor = admin.files(self.asked.config, self.asked.config.admin)
        for path, content in sorted(editor.items()):
            self._claims.add(File(path, ADMIN), is_new=self.output.write(path, content))
        self._claims.only(ADMIN, editor.keys())
        if self._known.get("whole") != "yes" or self._known.get("static") != self._keys.static or self.full:
            folder = self.asked.theme / "static"
            self._copies(THEMES, {addresses.THEME + name: path for name, path in look.below(folder, THEME)})
        else:
            self._keep(THEMES)
        if written is None:
            self._keep(STATIC)
            self._keep(PELICAN)
            return
        self._copies(STATIC, written.static)
        for path, made in written.pages.items():
            self._claims.add(File(path, PELICAN), is_new=self.output.write(path, made(common)))
        self._claims.only(PELICAN, written.pages.keys())

    def _copies(self, owner: str, files: Mapping[str, Path]) -> None:
        for path, source in sorted(files.items()):
            self._claims.add(File(path, owner), is_new=self.output.copy(path, source))
        self._claims.only(owner, files.keys())

    def _keep(self, owner: str) -> None:
        """Claim what is there of an owner whose files are as they were."""
        self.ledger.reclaim(owner, self._claims.number)

    def _index(self, inventory: Inventory) -> None:
        """Bring the search in line with what is shown, with the days that builds before did not get to."""
        if self.dry:
            return  # nobody can say what Pagefind would write
        if not inventory.templates.has(SEARCH):
            finding.leave(self.ledger, self._claims)
            self._remember(search="", unsearched="")
            return
        late = self._facts["unsearched"]
        done = finding.bring(
            Finding(inventory, self.accounts, self.ledger.days(STREAM)),
            self.asked.config, self.ledger, self._claims, self.output,
            was=self._known.get("search", ""), touched=json.loads(late) if late else None,
        )  # fmt: skip
        self._warnings += done.warnings
        self._remember(search=done.fact, unsearched="[]")

    def _report(
        self,
        written: Written | None,
        everything: Sequence[Editorial],
        inventory: Inventory,
        removed: int,
        doomed: int,
    ) -> BuildReport:
        if written is not None:
            self._remember(heard=json.dumps([written.problems, written.warnings]))
        problems, warnings = json.loads({**self._known, **self._facts}.get("heard", "[[], []]"))
        desk = said(self.store)  # what a build before this one said of it may have been mended
        files = (int(self._files) + self._claims.grown if self._files else self.ledger.count_files()) - doomed
        self._remember(files=str(files))
        problems += desk.problems
        warnings = [*filter(None, [self.store.mended]), *warnings, *desk.warnings]
        warnings += brandsheet.warnings(self.asked.config.brand) + self._warnings
        warnings += [
            f'HUB_LANGUAGES: the theme has no words in "{each.tag}", so its pages speak English; '
            f"write theme/translations/{each.tag.replace('-', '_')}/LC_MESSAGES/hub.po (docs/languages.md)"
            for each in self._languages.values()
            if not each.words and each.tag.partition("-")[0] != SOURCE
        ]
        states = self.store.sources.all().values()
        if self.accounts and not any(state.fresh for state in states):
            warnings.append("no linked account has given a post yet; invoke status says how they fare")
        return BuildReport(
            written=len(self._claims.written),
            same=files - len(self._claims.written),
            removed=removed,
            posts=inventory.listings.count(STREAM),
            made=self._made,
            problems=tuple(dict.fromkeys(problems)),
            warnings=tuple(dict.fromkeys(warnings)),
            notes=tuple(self._notes(everything)),
            seconds=round(monotonic() - self.started, 3),
        )

    def _notes(self, everything: Iterable[Editorial]) -> Iterator[str]:
        """Of what is not shown yet: until when it waits, or where it can be seen."""
        zone = self.asked.config.timezone
        for each in _waiting(everything, self.now):
            yield f"waits until {each.published.astimezone(zone):%Y-%m-%d %H:%M}: {self._folder}/{each.source}"
        for each in everything:
            if each.is_draft:
                where = f"{self.asked.config.site_url}/{each.path}" if each.file else ""
                yield f"is a draft{f'; see {where}' if where else ''}: {self._folder}/{each.source}"
        if held := self.store.review.held(account.name for account in self.accounts):
            yield f"{held} {'post waits' if held == 1 else 'posts wait'} for one of you: invoke queue"

    @property
    def _folder(self) -> str:
        return self.asked.content.name

    def _remember(self, **facts: str) -> None:
        self._facts |= facts


def _shown(everything: Iterable[Editorial], now: datetime) -> list[Editorial]:
    """What of the editors' has a page now."""
    return [each for each in everything if each.is_shown(now)]


def _waiting(everything: Iterable[Editorial], now: datetime) -> list[Editorial]:
    """What of the editors' is still to come."""
    return [each for each in everything if not each.is_draft and each.published > now]


def _moments(editorial: Editorial) -> Iterator[datetime]:
    """When something begins and ends to be shown."""
    yield from filter(None, () if editorial.is_draft else (editorial.published, editorial.until))


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def _cut(wanted: Sequence[str]) -> Iterator[list[str]]:
    yield from ([*wanted[start : start + 100]] for start in range(0, len(wanted), 100))
