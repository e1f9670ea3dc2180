"""What rules about messages, visits and lists mean."""

from core.records import (
    ListMember,
    Message,
    Visit,
)
from core.store.database import Database
from tests.core.segments.counted import Case, ago, agree, event, order, people


def test_messages_are_counted_rated_and_looked_back_on(database: Database) -> None:
    sent = [Message(id=f"m{n}", kind="campaign", topic="News") for n in range(6)]
    records = [
        *sent,
        Message(id="bill", kind="transactional"),
        *(
            event(f"m{n}", who, "delivered", 10 + n)
            for n in range(5)
            for who in ("ann", "bob", "cat")
        ),
        event("m5", "ann", "delivered", 0.5),
        *(event(f"m{n}", "ann", "opened", 9, "human") for n in range(3)),
        event("m0", "bob", "opened", 40, "machine"),
        event("m1", "bob", "opened", 9, "machine"),
        event("m0", "cat", "clicked", 9),
        event("m1", "cat", "clicked", 9, "machine"),
        event("bill", "dan", "delivered", 9),
        event("bill", "dan", "opened", 8),
    ]
    agree(
        database,
        records,
        [
            Case({"messages": "delivered", "at_least": 6}, "ann"),
            Case({"messages": "delivered", "within": "10 days", "at_least": 1}, "ann"),
            Case({"messages": "open_rate", "at_least": "60%"}, "ann", "dan"),
            Case({"messages": "open_rate", "under": "60%"}, "bob cat", "dan"),
            Case({"messages": "open_rate", "evidence": "human", "under": "20%"}, "bob cat", "dan"),
            Case(
                {"messages": "open_rate", "min_delivered": 6, "under": "100%"},
                "",
                "ann bob cat dan",
            ),
            Case({"messages": "click_rate", "is": "20%"}, "cat", "dan"),
            Case({"messages": "opened", "of_last": 5, "at_least": 3}, "ann", "dan"),
            Case({"messages": "opened", "of_last": 5, "at_least": 1}, "ann cat", "dan"),
            Case({"messages": "opened", "of_last": 6, "at_least": 1}, "", "ann bob cat dan"),
            Case({"messages": "clicked", "of_last": 5, "at_least": 1}, "cat", "dan"),
            Case({"messages": "opened", "within": "30 days", "at_least": 1}, "ann cat"),
            Case(
                {"messages": "opened", "evidence": "any", "within": "30 days", "is": 1}, "bob cat"
            ),
            Case({"messages": "clicked", "at_least": 1}, "cat"),
            Case({"messages": "clicked", "at_least": 2}),
            Case({"messages": "last_opened", "within": "30 days"}, "ann cat"),
            Case({"messages": "last_clicked", "within": "30 days"}, "cat"),
            Case({"messages": "last_delivered", "before": "9 days"}, "bob cat"),
            Case(
                {"messages": "delivered", "where": {"topic": "NEWS", "campaign": "m0"}, "is": 1},
                "ann bob cat",
            ),
        ],
    )


def test_the_last_messages_are_a_day_old_and_of_one_instant_those_that_were_told_last(
    database: Database,
) -> None:
    records = [
        *(Message(id=name, kind="campaign") for name in ("one", "two", "old", "young")),
        event("one", "ann", "delivered", 5),
        event("two", "ann", "delivered", 5),
        event("one", "ann", "opened", 4),
        event("one", "bob", "delivered", 3),
        event("old", "bob", "delivered", 9),
        event("old", "bob", "opened", 8),
        event("one", "cat", "delivered", 3),
        event("young", "cat", "delivered", 0.5),
        event("young", "cat", "opened", 0.1),
        event("one", "dan", "delivered", 3),
        event("one", "dan", "opened", 2),
    ]
    agree(
        database,
        records,
        [
            Case({"messages": "opened", "of_last": 1, "at_least": 1}, "dan"),
            Case({"messages": "opened", "of_last": 2, "at_least": 1}, "ann bob", "cat dan"),
        ],
    )


def test_a_sequence_asks_what_came_after(database: Database) -> None:
    search = {
        "visits": "count",
        "where": {"kind": "search", "query": {"contains": "SYDEN"}},
        "within": "7 days",
        "at_least": 1,
    }
    records = [
        Visit(id="1", contact="ann", kind="search", query="Sydenferie", at=ago(3)),
        order(1, "ann", 2),
        Visit(id="2", contact="bob", kind="search", query="sydenferie", at=ago(3)),
        order(2, "bob", 4),
        Visit(id="3", contact="cat", kind="search", query="ski", at=ago(3)),
        Visit(id="4", contact="dan", kind="view", url="/Fitness/1", at=ago(3)),
    ]
    agree(
        database,
        records,
        [
            Case({**search, "then_no": "orders"}, "bob", "dan"),
            Case({**search, "then": "orders"}, "ann", "dan"),
            Case(
                {"visits": "count", "where": {"url": {"starts_with": "/fitness"}}, "at_least": 1},
                "dan",
                "ann bob cat",
            ),
        ],
    )


def test_lists_tell_the_start_of_the_present_stay(database: Database) -> None:
    records = [
        ListMember(
            contact="ann", list="a", title="News", status="subscribed", subscribed_at=ago(20)
        ),
        ListMember(contact="ann", list="b", status="subscribed", subscribed_at=ago(200)),
        ListMember(contact="bob", list="a", status="unsubscribed", subscribed_at=ago(10)),
        *people("cat"),
    ]
    agree(
        database,
        records,
        [
            Case({"lists": "subscribed", "within": "30 days"}),
            Case({"lists": "subscribed", "where": {"list": "news"}, "within": "30 days"}, "ann"),
            Case({"lists": "subscribed", "before": "6 months"}, "ann"),
            Case({"lists": "subscribed", "within": "ever"}, "ann"),
        ],
    )
