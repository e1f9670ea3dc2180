"""Others store pages and evaluate while an evaluation runs: what holds in the end is the same."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.records import Contact, Deleted, Order, Record
from core.store.database import Database
from core.store.tables import SEGMENTS, STAYS
from tests.core.segments.small_hub import SmallHub, noon
from tests.laws.full_evaluation import State, state

RULES = {
    "bought": {"orders": "count", "at_least": 1},
    "once": {"orders": "count", "is": 1},
    "twice": {"orders": "count", "at_least": 2},
    "rich": {"orders": "total", "over": "100% of average"},
    "men": {"field": "gender", "is": "male"},
}


@pytest.fixture
def server(postgres_url: str) -> Iterator[Database]:
    """A store with several writers at once."""
    database = Database(postgres_url)
    yield database
    database.close()


def sold(number: int, who: str, total: int = 10) -> Order:
    """An order on the first of March."""
    return Order(
        id=str(number), contact=who, placed_at=noon(1), currency="DKK", total=Decimal(total)
    )


def person(name: str, email: str) -> Contact:
    """A contact with an address."""
    return Contact(id=name, email=email)


@contextmanager
def meanwhile(statement: str, act: Callable[[], None]) -> Iterator[None]:
    """Do something once, as soon as somebody has executed a statement."""
    heard: list[str] = []

    def listener(_running: sa.Connection, _cursor: object, executed: str, *_: object) -> None:
        if statement in executed and not heard:
            heard.append(executed)
            act()

    sa.event.listen(sa.Connection, "after_cursor_execute", listener)
    try:
        yield
    finally:
        sa.event.remove(sa.Connection, "after_cursor_execute", listener)
    assert heard


@contextmanager
def beside(server: Database, act: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Gives what begins an act of somebody else, and returns when that is done or must wait."""
    failed: list[BaseException] = []

    def tried() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - told by the thread that looks at it
            failed.append(error)

    other = threading.Thread(target=tried)

    def begin() -> None:
        other.start()
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while other.is_alive():
            with server.read() as transaction:
                if transaction.scalar(waiting):
                    return

    yield begin
    other.join()
    assert not failed


def begun(database: Database) -> SmallHub:
    """Ann and bob; ann buys again, which the next evaluation is to find."""
    hub = SmallHub(database, RULES)
    hub.tell(person("ann", "a@x.dk"), person("bob", "b@x.dk"), person("cat", "c@x.dk"))
    hub.tell(sold(1, "ann"), sold(2, "bob", 100))
    hub.evaluate(noon(2))
    hub.tell(sold(3, "ann"), sold(4, "bob", 5), sold(5, "cat", 50))
    return hub


PAGES: dict[str, list[Record]] = {
    "joined": [person("bob", "a@x.dk"), person("cat", "a@x.dk")],
    "gone": [Deleted(noun="Order", id="5"), Deleted(noun="Contact", id="cat")],
}
"""Pages that arrive while an evaluation runs."""


def kept(hub: SmallHub) -> State:
    """The stored state after one more evaluation; who moved when differs between runs."""
    hub.members(noon(4))
    assert hub.found is not None
    with hub.database.read() as transaction:
        found = state(transaction, hub.found)
    return {name: rows for name, rows in found.items() if name not in {"entered", "left"}}


@pytest.fixture(scope="module")
def one_by_one(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Sequence[State]]:
    """The stored state if the page comes after the evaluation, and if it comes before."""
    found: dict[str, list[State]] = {}
    for what, page in PAGES.items():
        for late in (True, False):
            file = tmp_path_factory.mktemp("quiet") / "quiet.db"
            shutil.copy(migrated_sqlite, file)
            database = Database(f"sqlite:///{file}")
            hub = begun(database)
            if late:
                hub.evaluate(noon(3))
            hub.tell(*page)
            if not late:
                hub.evaluate(noon(3))
            found.setdefault(what, []).append(kept(hub))
            database.close()
    return found


@pytest.mark.parametrize("moment", [
    "INTO marks_read", "INTO current_verdicts", "UPDATE membership", "INTO membership",
])  # fmt: skip
@pytest.mark.parametrize("what", PAGES)
def test_people_who_vanish_while_an_evaluation_runs(
    server: Database, one_by_one: Mapping[str, Sequence[State]], moment: str, what: str
) -> None:
    hub = begun(server)
    with beside(server, lambda: hub.tell(*PAGES[what])) as begin, meanwhile(moment, begin):
        hub.evaluate(noon(3))
    assert kept(hub) in one_by_one[what]


def test_two_evaluations_at_once_come_one_after_the_other(server: Database) -> None:
    first, second = SmallHub(server, RULES), SmallHub(server, RULES)
    first.tell(sold(1, "ann"), sold(2, "bob", 100))
    second.known = first.known
    with (
        beside(server, lambda: second.evaluate(noon(2))) as begin,
        meanwhile("INTO marks_read", begin),
    ):
        first.evaluate(noon(2))
    assert first.found is not None
    assert first.found.full_because == "first evaluation"
    assert second.looked_at == 0
    with server.read() as transaction:
        stays = transaction.execute(sa.select(STAYS.c.segment_id, STAYS.c.profile_id)).all()
        sizes = transaction.execute(sa.select(sa.func.sum(SEGMENTS.c.members))).scalar()
    assert len(stays) == len(set(stays)) == sizes
