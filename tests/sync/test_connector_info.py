"""Descriptions of installed connectors."""

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import ModuleType
from typing import ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, Field

from core.contract import Page, Secret, Source, Stream, Window
from core.plugins import Installed
from sync.connector_info import ConnectorInfo, Setting, Table, describe, reading_mode


class Drawer(BaseModel):
    """A table in the stanza.

    With more to say.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)
    label: str = "a"
    """Label text."""


class Shop(Source):
    """A made-up shop.

    It sells nothing.
    """

    kind: ClassVar[str] = "shop"
    key: Secret
    """The key."""
    again: Secret | None = None
    """Another."""
    words: tuple[str, ...] = ("å", "b")
    """Some."""
    on: bool = False
    """Whether."""
    kind_of: int = Field(default=1, alias="as")
    """How."""
    drawers: dict[str, Drawer | str] = Field(default_factory=dict)
    """Further ones."""

    def streams(self) -> Sequence[Stream]:
        return [Stream("orders", ("Order",), cursor=True), Stream("stores", ("Store",))]

    def read(
        self,
        stream: str,  # noqa: ARG002 - what a shop is asked
        window: Window,  # noqa: ARG002
        state: str | None = None,  # noqa: ARG002
    ) -> Iterator[Page]:
        yield Page(records=())


class Asking(Shop):
    """Needs to know its settings before it knows its streams."""

    def streams(self) -> Sequence[Stream]:
        return [Stream(self.key.get_secret_value(), ("Order",))]


class Empty(Shop):
    """Offers what its settings say."""

    def streams(self) -> Sequence[Stream]:
        return [Stream(word, ("Order",)) for word in self.drawers]


def sheet(connector: type[Source], monkeypatch: pytest.MonkeyPatch) -> ConnectorInfo:
    """Description of an installed connector."""
    module = ModuleType("acme_shop", "A shop.\n\n- API: none.\n")
    monkeypatch.setitem(sys.modules, "acme_shop", module)
    return describe(Installed("shop", "acme", "1.2", "acme_shop:Shop", connector), connector)


def test_a_sheet_tells_words_roles_and_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    info = sheet(Shop, monkeypatch)
    assert info.about == "A made-up shop."
    assert info.facts == "A shop.\n\n- API: none."
    assert info.roles == ("source",)
    assert info.destination is None


def test_settings_are_named_as_a_config_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    info = sheet(Shop, monkeypatch)
    assert info.settings == (
        Setting("key", needed=True, secret=True, default="", help="The key.", tables=()),
        Setting("again", needed=False, secret=True, default="", help="Another.", tables=()),
        Setting("words", needed=False, secret=False, default='["å", "b"]', help="Some.", tables=()),
        Setting("on", needed=False, secret=False, default="false", help="Whether.", tables=()),
        Setting("as", needed=False, secret=False, default="1", help="How.", tables=()),
        Setting(
            "drawers", needed=False, secret=False, default="", help="Further ones.",
            tables=("Drawer",),
        ),
    )  # fmt: skip
    label = Setting(
        "label",
        needed=False,
        secret=False,
        default='"a"',
        help="Label text.",
        tables=(),
    )
    assert info.tables == (Table("Drawer", "A table in the stanza.", (label,)),)


def test_streams_are_listed_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    info = sheet(Shop, monkeypatch)
    assert [each.name for each in info.streams or ()] == ["orders", "stores"]
    assert info.row()["streams"] == [
        {
            "name": "orders", "nouns": ["Order"], "cursor": True, "ordered": False, "overlap": 600,
            "every": None, "keeps": None,
        },
        {
            "name": "stores", "nouns": ["Store"], "cursor": False, "ordered": False,
            "overlap": None, "every": None, "keeps": None,
        },
    ]  # fmt: skip


@pytest.mark.parametrize("connector", [Asking, Empty])
def test_streams_that_follow_from_settings_are_not_guessed(
    connector: type[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    info = sheet(connector, monkeypatch)
    assert info.streams is None
    assert info.row()["streams"] is None


@pytest.mark.parametrize(
    ("stream", "mode"),
    [
        (Stream("a", (), cursor=True, overlap=timedelta(hours=72)), ("what changed", "3 days")),
        (Stream("a", (), cursor=True, overlap=timedelta()), ("what changed", "nothing")),
        (Stream("a", ()), ("whole", "all of it")),
    ],
)
def test_windows_to_read_again_are_named(stream: Stream, mode: tuple[str, str]) -> None:
    assert reading_mode(stream) == mode
