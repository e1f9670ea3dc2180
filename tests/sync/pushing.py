"""Pushes of a seeded shop, and the time between them."""

from dataclasses import replace
from datetime import timedelta

from core.store.tables.types import local_day
from sync.push import PushResult, push
from tests.core.audience.seeded_shop import (
    SeededShop,
    bound,
    show,
    tag,
)


def go(
    shop: SeededShop, *bindings: object, approve: bool = False, retry: bool = False
) -> PushResult:
    """Push, and forget what earlier pushes asked; a person who approves was shown the plan."""
    stanza = bound(*(bindings or (tag("loyal"),)))  # type: ignore[arg-type]
    if approve:
        show(shop.database, shop.tool, stanza, shop.basis)
    shop.tool._requested.clear()
    shop.tool._reads.clear()
    return push(shop.database, shop.tool, stanza, shop.basis, approve=approve, retry=retry)


def wait(shop: SeededShop, time: timedelta) -> None:
    """Let time pass; the segments are evaluated as of the new day."""
    shop.basis = replace(shop.basis, now=shop.basis.now + time)
    shop.evaluated(local_day(shop.basis.now, shop.basis.zone))
