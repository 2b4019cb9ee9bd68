"""The sitemap: which pages it lists, with their pictures and their languages, in parts by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from forecourt.site import addresses, names
from forecourt.site.claims import Claims
from forecourt.site.inventory import Inventory
from forecourt.site.names import Name
from forecourt.site.syndication import SITEMAP_URLS, sitemap
from forecourt.site.writer import Output
from forecourt.store.ledger import File, Ledger


def bring(inventory: Inventory, ledger: Ledger, claims: Claims, output: Output) -> None:
    """Bring the sitemap in line with the pages that came and went, as ``claims`` knows them."""

    def put(name: Name, data: bytes) -> None:
        claims.add(File(name.file, str(name)), is_new=output.write(name.file, data))

    before = {names.name(owner).of for owner in ledger.owners(f"{names.MAP} ")}
    under_way = {each.of for each in map(names.name, ledger.pending()) if each.kind == names.MAP}
    parts = claims.parts | {*map(_part_of, under_way)}
    there = {name for name in before if _part_of(name) not in parts}
    for part in sorted(parts):
        uses: dict[str, list[str]] = defaultdict(list)
        for file, use in ledger.shown_in(part):
            uses[file].append(use)
        for name, files in _portions(part, ledger.part(part)):
            pictures, tongues = _pictures(inventory, files, uses), _tongues(inventory, files)
            put(Name(names.MAP, name), inventory.syndication.sitemap(files, pictures, tongues))
            there.add(name)
    for name in sorted(before - there):
        claims.leave(f"{names.MAP} {name}")
    put(Name(names.MAP), inventory.syndication.sitemaps(sorted(there)))
    ledger.begin(f"{names.MAP} {part}" for part in parts)


def _pictures(
    inventory: Inventory, files: Sequence[str], uses: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The pictures that pages show, by the files of the pages: those of the ledger, and figures of the editors."""
    found: dict[str, list[str]] = {}
    for file in files:
        item = inventory.writings.by_file.get(file)
        figure = [item.figure.path] if item and item.figure else []
        shown = [addresses.PICTURES + each for each in sitemap.shown(uses.get(file, ()))]
        if figure or shown:
            found[file] = [*figure, *shown]
    return found


def _tongues(inventory: Inventory, files: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Language and path of each of these pages in every language of the hub that it is there in, if in several."""
    folders, there = inventory.frame.languages, {*files}
    found: dict[str, list[tuple[str, str]]] = {}
    for file in files if len(folders) > 1 else ():
        item = inventory.writings.by_file.get(file)
        family = inventory.tongues(item) if item else _spoken(file, [*folders], there)
        if len(family) > 1:
            found[file] = [*inventory.frame.alternates(family)]
    return found


def _spoken(file: str, folders: Sequence[str], there: set[str]) -> dict[str, str]:
    """The paths of a page of ours in each language, by its folder, as far as they are listed."""
    head, _, rest = file.partition("/")
    place = rest if head in folders else file
    files = {folder: addresses.spoken(place, folder) for folder in folders}
    return {folder: path.removesuffix("index.html") for folder, path in files.items() if path in there}


def _portions(part: str, files: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """A part of the sitemap in as many files as it needs, by their names."""
    for number, start in enumerate(range(0, len(files), SITEMAP_URLS), start=1):
        yield f"{part}_{number}" if number > 1 else part, files[start : start + SITEMAP_URLS]


def _part_of(name: str) -> str:
    return name.partition("_")[0]
