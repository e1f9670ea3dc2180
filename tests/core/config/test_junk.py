"""Any file is read as a config or refused with its mistakes."""

from datetime import UTC
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.config import read
from core.errors import Misconfigured

_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.dates() | st.datetimes(timezones=st.just(UTC))
    | st.sampled_from(["10%", "6 months", "1 day", "shop", "news", "count", "$x", "all", "x/*"])
)  # fmt: skip
_KEYS = st.text() | st.sampled_from(
    ["kind", "pull", "push", "every", "tags", "fields", "brake", "env", "file", "all", "any",
     "not", "orders", "recipe", "for_each", "title", "brand", "key", "url", "mode", "timezone",
     "currency", "database", "segments", "precedence", "where", "within", "field", "is"]
)  # fmt: skip
_JUNK = st.recursive(
    _SCALARS, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=30
)
_ROOMS = st.sampled_from(["hub", "connections", "segments", "aliases"]) | st.text()
_SHOPS = st.dictionaries(_KEYS, _JUNK).map(lambda table: {"kind": "shop", **table})
_DOCUMENTS = st.dictionaries(
    _ROOMS,
    _JUNK | st.dictionaries(_KEYS, _SHOPS | st.dictionaries(_KEYS, _JUNK), max_size=5),
    max_size=4,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=100,
)
@given(document=_DOCUMENTS, with_hub=st.booleans())
def test_junk_is_never_more_than_misconfigured(
    document: dict[str, Any], with_hub: bool, tmp_path: Path, connectors: None
) -> None:
    if with_hub:
        document["hub"] = {"timezone": "UTC", "currency": "EUR"}
    try:
        config = read(document, tmp_path / "config.toml", {"NAME": "value"})
    except Misconfigured as misconfigured:
        wrong = misconfigured.mistakes
    else:
        wrong = ()
        assert config.hub.currency == "EUR"
    assert all(each.message for each in wrong)
