"""The source: files in a folder, one stream per noun that the config has a stanza for."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

from pydantic import ConfigDict, Field, create_model

from connectors.csv.files import opened
from connectors.csv.kinds import PLURALS
from connectors.csv.reading import Reading, layout
from connectors.csv.remedies import remedy
from connectors.csv.stanzas import Stanza, stanza_of
from connectors.csv.taken import Absent, found
from connectors.kit import (
    NOUNS,
    Broken,
    Form,
    Misconfigured,
    Mistake,
    OrderStatuses,
    Page,
    Source,
    Stream,
    Window,
)

FIRST = (
    "categories", "products", "stores", "companies", "contacts", "consents", "list_members",
    "rates", "postcodes", "orders", "refunds", "discounts", "messages", "message_events",
)  # fmt: skip
"""Nouns in the order of reading: those that others refer to come first."""


class CsvFolder(OrderStatuses, Source):
    """Delimited files in a folder, plain or gzipped; one stanza per noun says what is in them."""

    # The model made from it has no source to take docstrings from.
    model_config = ConfigDict(use_attribute_docstrings=False)
    kind: ClassVar[str] = "csv"
    folder: Path = Field(
        description="Where the files are; all other file names are counted from here."
    )

    def stanzas(self) -> dict[str, Stanza]:
        """Stanzas of the config by stream, in the order in which they are best read."""
        order = (*FIRST, *(name for name in PLURALS if name not in FIRST))
        given = {name: getattr(self, name, None) for name in order}
        return {name: stanza for name, stanza in given.items() if stanza is not None}

    def streams(self) -> Sequence[Stream]:
        """One per stanza."""
        return [Stream(name, (PLURALS[name],)) for name in self.stanzas()]

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Pages of the files that are new or changed; raises Broken and Unavailable."""
        stanza = self.stanzas()[stream]
        noun = NOUNS[PLURALS[stream]]
        yield from Reading(noun, stanza, self.folder, window, self.statuses).pages(state)

    def remedy(self, stream: str, field: str, shape: str) -> str:
        """How dates or amounts of this shape are written, as a line of the stanza."""
        stanza = self.stanzas()[stream]
        # A row that could not be loaded names its column.
        fields = (name for name, value in stanza.mapped().items() if field in value.named)
        name = field if field in stanza.mapped() else next(fields, field)
        return remedy(stanza, NOUNS[PLURALS[stream]], name, shape)

    def custom_fields(self) -> dict[str, Form]:
        """Contacts' fields of one's own; a text unless the stanza says otherwise."""
        return {
            name: "number" if value.number else "date" if value.format else "text"
            for noun, stanza in self.stanzas().items()
            if noun == "contacts"
            for name, value in stanza.custom_fields().items()
        }

    def check(self) -> None:
        """Raise Misconfigured with every file and column that is not there."""
        if not self.folder.is_dir():
            raise Misconfigured([Mistake("folder", f"there is no folder {self.folder}")])
        mistakes = [each for name in self.stanzas() for each in self._mistakes(name)]
        if mistakes:
            raise Misconfigured(mistakes)

    def _mistakes(self, name: str) -> Iterator[Mistake]:
        stanza = self.stanzas()[name]
        try:
            files = found(self.folder, stanza.files)
        except Absent as error:
            yield Mistake(f"{name}.files", str(error))
            return
        for file, path in files.items():
            try:
                with opened(path, file, stanza) as rows:
                    layout(rows, stanza)
            except Broken as error:
                yield Mistake(name, str(error))
        for field, value in stanza.mapped().items():
            for lookup in value.lookups:
                try:
                    with opened(self.folder / lookup.file, lookup.file, lookup) as rows:
                        rows.position(lookup.key), rows.position(lookup.value)
                except Broken as error:
                    yield Mistake(f"{name}.{field}.lookup", str(error))


def _stanza_fields() -> dict[str, Any]:
    return {
        name: (
            stanza_of(NOUNS[noun]) | None,
            Field(default=None, description=(NOUNS[noun].__doc__ or "").strip()),
        )
        for name, noun in PLURALS.items()
    }


_made = create_model(
    "Csv",
    __base__=CsvFolder,
    __module__=__name__,
    __doc__=CsvFolder.__doc__,
    **_stanza_fields(),
)
Csv = cast(type[CsvFolder], _made)
"""The connector: `folder`, and one stanza for every noun of the hub."""
