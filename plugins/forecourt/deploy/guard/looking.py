"""A look at the whole site that was built: only what changed since the last look is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from forecourt.deploy.guard import leaks, markup
from forecourt.deploy.guard.checks import Objection, Rules
from forecourt.deploy.guard.entries import entries
from forecourt.deploy.guard.memory import Known, Memory
from forecourt.deploy.guard.reading import Kind, Reader
from forecourt.deploy.records import File
from forecourt.errors import PublishError
from forecourt.secrecy import SHORTEST


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found."""

    counts: Mapping[str, int]
    """For ``Release.counts``: ``pages``, ``posts``, and the posts of each network, ``network/mastodon``."""
    paths: AbstractSet[str]
    """Every file of the site."""
    found: tuple[Objection, ...]
    """What is wrong whatever was live before."""
    read: int
    """How many files had to be read."""


def look(
    output: Path, files: Sequence[File], memory: Path, rules: Rules, secrets: Sequence[str] = ()
) -> Looked:
    """Look at the site in ``output``, of which ``files`` are published.

    What was learnt of a file is kept in the folder ``memory``. ``secrets`` are the values that nobody may read.
    Raises PublishError where a file of the site, or the memory, cannot be read.
    """
    return _Look(output, files, Memory(memory, rules), rules, secrets).done()


class _Look:
    def __init__(
        self, output: Path, files: Sequence[File], memory: Memory, rules: Rules, secrets: Sequence[str]
    ) -> None:
        self._output = output
        self._files = {file.path: file for file in files}
        self._memory = memory
        self._rules = rules
        self._secrets = {leaks.fingerprint(one): one for one in secrets if len(one) >= SHORTEST}
        self._told: list[str] = []
        self._now: dict[str, Known] = {}

    def done(self) -> Looked:
        unread = self._recall()
        self._read(unread)
        was = {*self._memory.parts}
        missing = self._missing()
        found = (*self._of_files(), *self._broken(missing), *self._heavy(), *self._leaked())
        is_same = not unread and len(self._now) == len(self._memory.files) and was == {*self._memory.parts}
        if not is_same or missing or self._memory.secrets != {*self._secrets}:
            self._memory.write(self._now, self._secrets)
        return Looked(self._counts(), self._files.keys(), tuple(sorted(found)), len(unread))

    def _recall(self) -> list[str]:
        """Take what is known of files that are as they were; gives the others."""
        known = self._memory.files
        unread = []
        for path, file in self._files.items():
            one = known.get(path)
            if one is not None and one.digest == _digest(file):
                self._now[path] = one
            else:
                unread.append(path)
        fresh = [secret for mark, secret in self._secrets.items() if mark not in self._memory.secrets]
        if fresh and self._now:  # a secret that is new: every file is searched for it
            search = leaks.Leaks(fresh)
            unread += [path for path in self._now if search.tells(path, self._bytes(path))]
        return unread

    def _read(self, unread: Iterable[str]) -> None:
        reader, search = Reader(self._rules), leaks.Leaks([*self._secrets.values()])
        for path in unread:
            data = self._bytes(path)
            facts = reader.read(path, data)
            is_told, service = search.within(path, data)
            if service:
                words = f"holds what looks like a key ({service}); take it out, and have that service make a new one"
                facts.faults.add(("key", words))
            if is_told:
                self._told.append(path)
            self._now[path] = self._memory.learn(b"" if is_told else _digest(self._files[path]), facts)

    def _bytes(self, path: str) -> bytes:
        try:
            return (self._output / path).read_bytes()
        except OSError as error:
            raise PublishError(
                f"{self._output / path} cannot be read: {error.strerror}; build again, then publish"
            ) from error

    def _of_files(self) -> Iterator[Objection]:
        """What is wrong in single files."""
        for path, known in self._now.items():
            for check, words in known.faults:
                yield Objection(check, path, words)
            folders = path.split("/")
            if folders[0] == "drafts" or (folders[0] in self._rules.languages and folders[1:2] == ["drafts"]):
                words = "is a draft; build with publishconf.py, which makes none, or take its Status away"
                yield Objection("draft", path, words)

    def _leaked(self) -> Iterator[Objection]:
        for path in self._told:
            words = "holds a secret of this hub; take it out, then have a new one made: this one is known"
            yield Objection("secret", path, words)

    def _missing(self) -> frozenset[int]:
        """The numbers of what is led to, or was once, and is not there."""
        targets, files = self._memory.targets, self._files
        absent = [
            number
            for number, target in enumerate(targets)
            if target not in files and target and (f"{target}/index.html" not in files or "#" in target)
        ]
        self._learn_parts(
            {target.partition("#")[0] for number in absent if "#" in (target := targets[number])}
        )
        return frozenset(number for number in absent if not self._has_part(targets[number]))

    def _learn_parts(self, pages: Iterable[str]) -> None:
        """Have the parts of the pages of which a link names one."""
        parts = self._memory.parts
        wanted = [path for path in pages if path in self._files]
        for path in {*parts} - {*wanted}:
            del parts[path]
        for path in wanted:
            digest = _digest(self._files[path])
            if path not in parts or parts[path][0] != digest:
                source = self._bytes(path).decode("utf-8", "replace")
                parts[path] = (digest, sorted(markup.anchors(source, xml=path.endswith(".svg"))))

    def _has_part(self, target: str) -> bool:
        path, _, part = target.partition("#")
        if not part or path not in self._memory.parts:
            return False
        # A page that only leads on has none, and became so by itself: no reason to keep the hub from being published.
        return part in self._memory.parts[path][1] or self._now[path].kind == Kind.REDIRECT

    def _broken(self, missing: frozenset[int]) -> Iterator[Objection]:
        """One objection for each address that leads to nothing, at the first file that has it."""
        leading = self._memory.leading(self._now, missing) if missing else {}
        needed = entries(self._rules.languages)
        for number, paths in leading.items():
            target = self._memory.targets[number]
            others = f" (so do {len(paths) - 1:,} other files)" if len(paths) > 1 else ""
            if target in needed:
                words = f"is missing, though {paths[0]} leads to it{others}; see what the build said, and build again"
                yield Objection("missing-entry", target, words)
            else:
                words = f"leads to {target}, which is not on the site{others}; mend the link, or put the file back"
                yield Objection("broken-link", min(paths), words)
        self._memory.forget(missing - {*leading})

    def _heavy(self) -> Iterator[Objection]:
        weights: dict[int, int] = {}
        for path, known in self._now.items():
            if known.kind != Kind.PAGE or path.startswith("admin/"):  # the editor is one large program
                continue
            size = self._files[path].size
            if size > self._rules.page:
                words = f"has {size:,} bytes of HTML, of {self._rules.page:,} allowed; show fewer posts on it"
                yield Objection("too-heavy", path, words)
            if known.view not in weights:
                weights[known.view] = self._weight(known.view)
            if weights[known.view] > self._rules.view:
                words = (
                    f"loads {weights[known.view]:,} bytes at once, of {self._rules.view:,} allowed; "
                    "make its pictures smaller, or let them wait"
                )
                yield Objection("too-heavy", path, words)

    def _weight(self, view: int) -> int:
        targets, files = self._memory.targets, self._files
        return sum(
            files[path].size for number in self._memory.view(view) if (path := targets[number]) in files
        )

    def _counts(self) -> Mapping[str, int]:
        """What the site has. The posts of a network are those that its listings lead to, in the first language."""
        targets = self._memory.targets
        pages = {path for path, known in self._now.items() if known.kind == Kind.PAGE}
        posts = {path for path in pages if path.startswith("posts/")}
        networks: dict[str, set[str]] = {}
        for path in pages:
            if path.startswith("networks/"):
                name = path.split("/")[1]
                led = {targets[number] for number in self._memory.links(self._now[path])}
                networks.setdefault(name, set()).update(led & posts)
        of_networks = {f"network/{name}": len(found) for name, found in sorted(networks.items())}
        return {"pages": len(pages), "posts": len(posts), **of_networks}


def _digest(file: File) -> bytes:
    return bytes.fromhex(file.digest[:32])
