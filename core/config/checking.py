"""Check one table of a config against one model: a checked object, or all its mistakes."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from core.config.references import (
    References,
    Unresolved,
    holds_password,
    is_reference,
    replacement_line,
)
from core.config.values import from_folder
from core.errors import Mistake
from core.mistakes import Annotation, Steps, below, choices, dotted, mistakes, shown, takes_table

Checked = TypeVar("Checked", bound=BaseModel)

_ABSENT: Any = object()
"""In place of a value that could not be read; its mistake is already recorded."""


class Checker:
    """Reads tables into models and collects their mistakes."""

    def __init__(self, references: References) -> None:
        """Take the reader of references; paths are relative to its folder."""
        self.references = references
        self.mistakes: list[Mistake] = []

    def add_mistake(self, path: str, message: str) -> None:
        """Record a mistake, without any value that was read by reference."""
        self.mistakes.append(Mistake(path, self.references.masked(message)))

    def table(self, value: object, path: str) -> dict[str, Any]:
        """The value as a table; where it is none, record a mistake and return an empty one."""
        if isinstance(value, dict):
            return value
        self.add_mistake(path, f"read {shown(value)}; a table is expected")
        return {}

    def read(
        self, model: type[Checked], table: object, path: str, also: Iterable[str] = ()
    ) -> Checked | None:
        """The table as a checked object; None where there are mistakes, which are recorded.

        `also` are further keys that may stand here, so that they are offered as nearest words.
        """
        before = len(self.mistakes)
        given = self.table(table, path)
        if len(self.mistakes) > before:
            return None
        resolver = _ReferenceResolver(self, path)
        found: Checked | None = None
        try:
            found = model.model_validate(resolver.resolve(given, [model], ()))
        except ValidationError as error:
            for mistake in mistakes(error, model, given, path, resolver.failed, also):
                self.add_mistake(mistake.path, mistake.message)
        return found if len(self.mistakes) == before else None


class _ReferenceResolver:
    """Replaces the references of one table by values and makes its paths absolute."""

    def __init__(self, checker: Checker, path: str) -> None:
        self._checker = checker
        self._path = path
        self.failed: list[Steps] = []

    def resolve(self, value: object, expected: Sequence[Annotation], steps: Steps) -> Any:
        annotation = reduce(or_, expected) if expected else Any
        kinds = choices(annotation)
        if SecretStr in kinds:
            return self._secret(value, steps)
        if is_reference(value) and not takes_table(annotation):
            return self._read(value, steps, secret=False)
        if isinstance(value, dict):
            resolved = {
                key: self.resolve(each, below(annotation, key), (*steps, key))
                for key, each in value.items()
            }
            return {key: each for key, each in resolved.items() if each is not _ABSENT}
        if isinstance(value, list):
            items = [
                self.resolve(each, below(annotation, number), (*steps, number))
                for number, each in enumerate(value)
            ]
            return [each for each in items if each is not _ABSENT]
        if holds_password(value):
            return self._refuse(steps, "an address with a password in it")
        if Path in kinds and isinstance(value, str):
            return from_folder(self._checker.references.folder, value)
        return value

    def _secret(self, value: object, steps: Steps) -> Any:
        if isinstance(value, dict):
            return self._read(value, steps, secret=True)
        return self._refuse(steps, "a secret in the config file")

    def _read(self, value: Any, steps: Steps, *, secret: bool) -> Any:
        try:
            return self._checker.references.read(value, secret=secret)
        except Unresolved as error:
            return self._fail(steps, str(error))

    def _refuse(self, steps: Steps, what: str) -> Any:
        line = replacement_line(dotted("", steps), dotted(self._path, steps))
        return self._fail(steps, f"{what} is refused; write: {line}")

    def _fail(self, steps: Steps, message: str) -> Any:
        self.failed.append(steps)
        self._checker.add_mistake(dotted(self._path, steps), message)
        return _ABSENT
