"""The common part of the contract suites, and the guard of their standard tests."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final, TypeVar

import pytest

from connectors.kit.testing.description import Description
from core.contract import Connector

T = TypeVar("T", bound=Callable[..., object])

_REASON: Final = "_because"
_GUARD: Final = "test_no_standard_test_is_set_aside_without_a_reason"
_OURS: Final = __name__.rpartition(".")[0] + "."


def because(reason: str) -> Callable[[T], T]:
    """Mark a test that stands in the place of a standard one: why this connector needs its own.

        @because("The vendor has no 401: a wrong key is answered with an empty list.")
        def test_a_refused_credential_is_not_tried_again(self) -> None: ...

    Raises ValueError where the reason says nothing.
    """
    if not reason.strip():
        raise ValueError("a standard test is only set aside for a reason; write it")

    def mark(test: T) -> T:
        # A function carries attributes, though its type does not say so.
        setattr(test, _REASON, reason)
        return test

    return mark


class Suite:
    """The standard tests of a connector; subclass one of the two contracts, not this."""

    connector: ClassVar[type[Connector]]
    settings: ClassVar[Mapping[str, Any]]

    def __init_subclass__(cls, **options: Any) -> None:
        """Keep the guard: raises TypeError where a subclass replaces it."""
        super().__init_subclass__(**options)
        if getattr(cls, _GUARD, None) is not getattr(Suite, _GUARD):
            raise TypeError(f"{cls.__name__} replaces {_GUARD}; take that out")

    @pytest.fixture
    def description(self) -> Description | None:
        """The vendor's description; override it where there is one."""
        return None

    def test_every_setting_is_described(self) -> None:
        """`check` and `schema` tell people what each setting is for."""
        fields = self.connector.model_fields
        assert [name for name, field in fields.items() if not field.description] == []

    def test_no_standard_test_is_set_aside_without_a_reason(self) -> None:
        """Whoever overrides or deletes a standard test marks what stands there with `because`."""
        aside = [
            name
            for name, standard in _standard_tests(type(self))
            if (own := getattr(type(self), name, None)) is not standard
            and not getattr(own, _REASON, "")
        ]
        assert aside == [], 'override them with a reason: @because("...")'


def _standard_tests(suite: type) -> Iterator[tuple[str, object]]:
    """Names and tests as the contracts have them, whatever a subclass made of them."""
    for part in suite.__mro__:
        if part.__module__.startswith(_OURS):
            yield from ((name, each) for name, each in vars(part).items() if name[:5] == "test_")
