"""`[segments.*]`: collect the tables of the config and its further files, and read them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.config.checking import Checker
from core.config.references import parse
from core.config.stanzas import NAME_RULE, is_name
from core.config.values import from_folder
from core.contract import Connector, Source
from core.errors import Misconfigured, Mistake
from core.mistakes import dotted, shown
from core.segments.definition import KnownNames, Segment
from core.segments.validate import segments_of, without_data, without_places

MOST_FILES = 1000
"""Files that one pattern may match; a pattern that matches more is a mistake."""


class SegmentTables:
    """The table of each segment by name, with the file that it comes from."""

    def __init__(self, checker: Checker) -> None:
        """Start empty."""
        self._checker = checker
        self.by_name: dict[str, Any] = {}
        self.warnings: list[Mistake] = []
        self._files: dict[str, str] = {}

    def add(self, tables: object, file: str = "") -> None:
        """Add the segments of one file; a name that is already taken is a mistake."""
        prefix = f"{file}: segments" if file else "segments"
        for name, table in self._checker.table(tables, prefix).items():
            path = dotted(prefix, [name])
            if not is_name(name):
                self._checker.add_mistake(path, NAME_RULE)
            elif name in self.by_name:
                taken = self._files[name] or "the config itself"
                self._checker.add_mistake(path, f"a segment with this name is already in {taken}")
            elif not isinstance(table, dict):
                self._checker.add_mistake(path, f"read {shown(table)}; a table is expected")
            else:
                self.by_name[name] = table
                self._files[name] = file

    def add_files(self, folder: Path, patterns: Iterable[str]) -> None:
        """Add the segments of all files that match the patterns."""
        for number, pattern in enumerate(patterns):
            path = dotted("hub", ["segments", number])
            files = _matching(folder, pattern)
            if not files and _has_wildcard(pattern):
                self.warnings.append(Mistake(path, f"no file matches {shown(pattern)}"))
            elif not files or len(files) > MOST_FILES:
                count = len(files) or "no"
                self._checker.add_mistake(path, f"{count} files match {shown(pattern)}")
            else:
                for file in files:
                    self._add_file(file, _short(file, folder))

    def placed(self, mistake: Mistake) -> Mistake:
        """The mistake with the name of the further file that it is in, if any."""
        prefix, _, rest = mistake.path.partition(".")
        name = rest.partition(".")[0].partition("[")[0]
        file = self._files.get(name, "") if prefix == "segments" else ""
        return Mistake(f"{file}: {mistake.path}", mistake.message) if file else mistake

    def _add_file(self, file: Path, shown_as: str) -> None:
        try:
            document = parse(file)
        except Misconfigured as error:
            self._checker.add_mistake(shown_as, str(error))
            return
        for key in document:
            if key != "segments":
                self._checker.add_mistake(
                    f"{shown_as}: {dotted('', [key])}",
                    "a file of segments may hold [segments.NAME] tables only",
                )
        self.add(document.get("segments", {}), shown_as)


def _matching(folder: Path, pattern: str) -> list[Path]:
    parts = Path(pattern).parts
    fixed = next((at for at, part in enumerate(parts) if _has_wildcard(part)), len(parts))
    start = from_folder(folder, str(Path(*parts[:fixed])))
    try:
        files = list(start.glob(str(Path(*parts[fixed:])))) if parts[fixed:] else [start]
        return sorted(file for file in files if file.is_file())
    except (ValueError, OSError):
        return []


def _has_wildcard(pattern: str) -> bool:
    return any(letter in pattern for letter in "*?[")


def _short(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)


def read_segments(
    checker: Checker, tables: SegmentTables, named: Iterable[str], connectors: Iterable[Connector]
) -> tuple[Segment, ...]:
    """The segments without mistakes; mistakes go to the checker.

    `named` are all connections of the config, also those with mistakes.
    """
    sources = [connector for connector in connectors if isinstance(connector, Source)]
    fields = [source.custom_fields() for source in sources]
    listed = [each for each in fields if each is not None]
    known = KnownNames(
        connections=frozenset(named),
        nouns=frozenset(
            noun for source in sources for each in source.streams() for noun in each.nouns
        ),
        custom_fields={name: form for each in listed for name, form in each.items()},
        every_field=len(listed) == len(fields),
    )
    segments, mistakes = segments_of(tables.by_name, known)
    for mistake in map(tables.placed, mistakes):
        checker.add_mistake(mistake.path, mistake.message)
    for warnings in (without_data(segments, known), without_places(segments, known)):
        tables.warnings += map(tables.placed, warnings)
    return tuple(segments)
