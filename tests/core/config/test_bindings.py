"""A push stanza says which segment goes to which tag or field."""

from datetime import timedelta
from typing import Any

from core.audience.binding import Binding, Terms
from core.contract import Target
from tests.core.config.stanzas import FANS, HUB, LOYAL, NEWS, Load


def test_a_push_stanza_becomes_bindings(loaded: Load) -> None:
    config = loaded(
        HUB
        + LOYAL
        + FANS
        + LOYAL.replace("loyal", "regular")
        + NEWS
        + """
        [connections.news.push]
        every = "1 hour"
        brake = "12.5%"
        tags = { loyal = "Loyal", fans = "Fan of {value}", regular = "Loyal" }
        fields = { SEGMENTS = "segments", LAST = "orders.last", SHOE = "custom.shoe" }
        """
    )
    push = config.connections["news"].push
    assert push is not None
    assert push.every == timedelta(hours=1)
    shared: dict[str, Any] = {"requires": "email", "brake": 1250}
    assert push.bindings == (
        Binding(Target("tag", "Loyal"), ("loyal", "regular"), line="Loyal", **shared),
        Binding(Target("tag", "Fan of {value}"), ("fans",), line="Fan of {value}", **shared),
        Binding(
            Target("field", "SEGMENTS"),
            ("loyal", "regular", "fans"),
            "segments",
            line="SEGMENTS",
            **shared,
        ),
        Binding(Target("field", "LAST"), (), "orders.last", line="LAST", **shared),
        Binding(Target("field", "SHOE"), (), "custom.shoe", line="SHOE", **shared),
    )


def test_a_ladder_and_a_holdout_are_terms_of_the_push(loaded: Load) -> None:
    ladder = """
    [segments.silver]
    recipe = "vip"
    priority = 2
    exclusive_with = ["gold"]
    [segments.bronze]
    recipe = "vip"
    exclusive_with = ["gold", "silver"]
    holdout = "10%"
    [segments.gold]
    recipe = "vip"
    priority = 1
    """
    push = 'push = { tags = { gold = "G", silver = "S", bronze = "B" } }'
    bindings = loaded(HUB + NEWS + push + ladder).connections["news"].push
    assert bindings is not None
    assert bindings.terms == {
        "gold": Terms(),
        "silver": Terms(yields_to=("gold",)),
        "bronze": Terms(holdout=100_000, yields_to=("gold", "silver")),
    }


def test_a_field_tells_of_all_segments_where_no_tag_names_any(loaded: Load) -> None:
    push = loaded(HUB + LOYAL + FANS + NEWS + 'push = { fields = { S = "segments" } }')
    bindings = push.connections["news"].push
    assert bindings is not None
    assert bindings.bindings[0].segments == ("loyal", "fans")


def test_a_field_that_tells_of_all_segments_keeps_their_terms(loaded: Load) -> None:
    segments = """
    [segments.gold]
    recipe = "vip"
    priority = 1
    [segments.silver]
    recipe = "vip"
    exclusive_with = ["gold"]
    holdout = "10%"
    """
    stanza = 'push = { fields = { S = "segments" } }'
    bindings = loaded(HUB + NEWS + stanza + segments).connections["news"].push
    assert bindings is not None
    assert bindings.terms_of("silver") == Terms(holdout=100_000, yields_to=("gold",))
