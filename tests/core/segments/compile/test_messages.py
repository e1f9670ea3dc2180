"""Rules about messages, visits and lists."""

from decimal import Decimal
from typing import Any

from core.records import Consent, Contact, ListMember, Message, Record, Visit
from tests.core.segments.cases import ago, event, order, people
from tests.core.segments.conftest import Given


def test_messages_are_counted_rated_and_looked_back_on(given: Given) -> None:
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
    given(records).expect("""
        { messages = "delivered", at_least = 6 } -> ann
        { messages = "delivered", within = "10 days", at_least = 1 } -> ann
        { messages = "open_rate", at_least = "60%" } -> ann ? dan
        { messages = "open_rate", under = "60%" } -> bob cat ? dan
        { messages = "open_rate", evidence = "human", under = "20%" } -> bob cat ? dan
        { messages = "open_rate", min_delivered = 6, under = "100%" } -> ? ann bob cat dan
        { messages = "click_rate", is = "20%" } -> cat ? dan
        { messages = "opened", of_last = 5, at_least = 3 } -> ann ? dan
        { messages = "opened", of_last = 5, at_least = 1 } -> ann cat ? dan
        { messages = "opened", of_last = 6, at_least = 1 } -> ? ann bob cat dan
        { messages = "opened", of_last = 5, over = "50%" } -> ann ? dan
        { messages = "opened", of_last = 5, at_least = "50%" } -> ann ? dan
        { messages = "opened", of_last = 5, at_least = "20%" } -> ann cat ? dan
        { messages = "opened", of_last = 5, over = "20%", at_most = 5 } -> ann ? dan
        { messages = "opened", of_last = 5, is = "20%" } -> cat ? dan
        { messages = "opened", of_last = 5, between = ["0%", "20%"] } -> bob cat ? dan
        { messages = "opened", of_last = 5, is = "50%" } -> ? dan
        { messages = "clicked", of_last = 5, at_least = 1 } -> cat ? dan
        { messages = "opened", within = "30 days", at_least = 1 } -> ann cat
        { messages = "opened", evidence = "any", within = "30 days", is = 1 } -> bob cat
        { messages = "clicked", at_least = 1 } -> cat
        { messages = "clicked", at_least = 2 } ->
        { messages = "last_opened", within = "30 days" } -> ann cat
        { messages = "last_clicked", within = "30 days" } -> cat
        { messages = "last_delivered", before = "9 days" } -> bob cat
        { messages = "delivered", where = { topic = "NEWS", campaign = "m0" }, is = 1 } -> ann bob
          cat
    """)


def test_the_last_messages_are_a_day_old_and_of_one_instant_the_last_received(given: Given) -> None:
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
    given(records).expect("""
        { messages = "opened", of_last = 1, at_least = 1 } -> dan
        { messages = "opened", of_last = 2, at_least = 1 } -> ann bob ? cat dan
    """)


def test_the_last_message_is_the_newest(given: Given) -> None:
    records = [
        *(Message(id=name) for name in ("old", "new")),
        *(event("old", who, "delivered", 9) for who in ("ann", "bob")),
        *(event("new", who, "delivered", 5) for who in ("ann", "bob")),
        event("new", "ann", "opened", 4),
        event("old", "bob", "opened", 4),
    ]
    given(records).expect("""
        { messages = "opened", of_last = 1, at_least = 1 } -> ann
    """)


def test_machines_open_in_the_open_rate(given: Given) -> None:
    records = [Message(id="m"), event("m", "ann", "delivered", 5)]
    records.append(event("m", "ann", "opened", 4, "machine"))
    given(records).expect("""
        { messages = "open_rate", at_least = "100%" }                        -> ann
        { messages = "open_rate", at_least = "100%", evidence = "probable" } ->
    """)


def test_only_emails_count_unless_a_rule_names_a_channel(given: Given) -> None:
    records = [
        Message(id="mail", variant="A"),
        Message(id="text", channel="sms"),
        Message(id="ping", channel="push", variant="b"),
        *(event(name, "ann", "delivered", 5) for name in ("mail", "text", "ping")),
        event("text", "ann", "clicked", 4),
        event("mail", "bob", "delivered", 5),
        event("mail", "bob", "opened", 4),
        event("ping", "cat", "delivered", 3),
        event("ping", "cat", "opened", 2),
    ]
    given(records).expect("""
        { messages = "delivered", at_least = 1 }                                 -> ann bob
        { messages = "delivered", where = { channel = "SMS" }, at_least = 1 }    -> ann
        { messages = "delivered", where = { channel = { known = true } }, is = 3 } -> ann
        { messages = "delivered", where = { channel = ["push", "sms"] }, is = 1 } -> cat
        { messages = "last_delivered", within = "4 days" }                       ->
        { messages = "last_delivered", where = { channel = "push" }, within = "4 days" } -> cat
        { messages = "opened", at_least = 1 }                                    -> bob
        { messages = "opened", where = { channel = "push" }, at_least = 1 }      -> cat
        { messages = "clicked", at_least = 1 }                                   ->
        # Ann clicked one of three messages, but none of her one email.
        { messages = "click_rate", is = 0 }                                      -> ann bob ? cat
        { messages = "click_rate", where = { channel = "sms" }, is = "100%" }
          -> ann ? bob cat
        { messages = "open_rate", where = { channel = "push" }, under = "50%" }
          -> ann ? bob
        { messages = "opened", of_last = 1, is = 1 }                             -> bob ? cat
        { messages = "opened", of_last = 1, where = { channel = "sms" }, is = 1 }
          -> ann ? bob cat
        { messages = "delivered", where = { variant = "a" }, is = 1 }            -> ann bob
        { messages = "delivered", where = { variant = "B" }, is = 1 }            ->
        { messages = "delivered", where = { channel = "push", variant = "B" }, is = 1 } -> ann cat
    """)


def test_opens_of_people_who_refused_tracking_are_unknown(given: Given) -> None:
    refused: dict[str, Any] = {"channel": "tracking", "granted": False, "at": ago(9)}
    allowed: dict[str, Any] = {"channel": "tracking", "granted": True, "at": ago(8)}
    records = [
        Contact(id="ann", email="ann@x.dk"),
        Contact(id="cat", email="cat@x.dk"),
        Contact(id="dan", phone="+4520304050"),
        # Ann by her address, bob as a contact without any; cat and dan allowed it again, of whom
        # dan did not tick the box beside it; eve refused email only.
        Consent(email="ann@x.dk", **refused),
        Consent(contact="bob", **refused),
        Consent(contact="cat", **refused),
        Consent(email="cat@x.dk", **allowed),
        Consent(contact="dan", **refused),
        Consent(phone="+4520304050", list="L", permission=False, **allowed),
        Consent(contact="eve", **refused | {"channel": "email"}),
        Message(id="m"),
        *(event("m", who, "delivered", 5) for who in ("ann", "bob", "cat", "dan", "eve")),
        event("m", "ann", "clicked", 4),
    ]
    given(records).expect("""
        { messages = "opened", at_least = 1 }                     -> ? ann bob dan
        { messages = "opened", is = 0 }                           -> cat eve ? ann bob dan
        { messages = "opened", of_last = 1, is = 0 }              -> cat eve ? ann bob dan
        { messages = "open_rate", under = "5%" }                  -> cat eve ? ann bob dan
        { not = { messages = "last_opened", within = "70 days" } } -> cat eve ? ann bob dan
        { messages = "open_rate", known = false }                 -> ann bob dan
        { messages = "clicked", at_least = 1 }                    -> ann
        { messages = "click_rate", is = 0 }                       -> bob cat dan eve
        { messages = "delivered", is = 1 }                        -> ann bob cat dan eve
    """)


def test_a_message_that_is_opened_twice_is_one_message(given: Given) -> None:
    records = [Message(id="m"), event("m", "ann", "opened", 4), event("m", "ann", "opened", 3)]
    given(records).expect("""
        { messages = "opened", at_least = 2 } ->
    """)


def test_people_without_clicks_have_no_click_of_an_unknown_link(given: Given) -> None:
    records = [
        Message(id="m"),
        event("m", "ann", "delivered", 5),
        event("m", "ann", "opened", 4),
        event("m", "bob", "clicked", 4),
    ]
    given(records).expect("""
        { messages = "clicked", where = { link = "https://x.dk" }, is = 0 } -> ann ? bob
    """)


def _at_two_addresses(*events: Record) -> list[Record]:
    """Ann is known by two contacts, who are one person by their phone; Bob by one."""
    return [
        Contact(id="ann", phone="+4520304050"),
        Contact(id="ann-again", phone="+4520304050"),
        Contact(id="bob"),
        *(Message(id=name) for name in ("one", "two", "three")),
        *events,
    ]


def test_a_message_to_two_contacts_of_one_person_is_one_message(given: Given) -> None:
    both = ("ann", "ann-again")
    records = _at_two_addresses(
        *(event(name, who, "delivered", 9) for name in ("one", "two") for who in (*both, "bob")),
        event("one", "ann-again", "opened", 8, "human"),
        event("three", "ann-again", "delivered", 5),
    )
    given(records).expect("""
        { messages = "delivered", is = 3 }                               -> ann ann-again
        { messages = "delivered", where = { campaign = "one" }, is = 1 } -> ann ann-again bob
        { messages = "delivered", of = "company", is = 1 }               -> ? ann ann-again bob
        { messages = "delivered", at_least = "120% of average" }         -> ann ann-again
        # One of three, not one of five; and Bob's none of two.
        { messages = "open_rate", between = ["33%", "34%"] }             -> ann ann-again
        { messages = "open_rate", min_delivered = 4, over = "0%" }       -> ? ann ann-again bob
        # The last three are all there are, not three of five.
        { messages = "opened", of_last = 3, is = 1 }                     -> ann ann-again ? bob
        { messages = "opened", of_last = 4, is = 1 }                     -> ? ann ann-again bob
    """)


def test_opens_of_either_contact_of_a_person_count_once(given: Given) -> None:
    records = _at_two_addresses(
        event("one", "ann", "delivered", 9),
        event("one", "ann-again", "delivered", 7),
        event("one", "ann", "opened", 6),
        event("one", "ann-again", "clicked", 5),
        event("two", "ann-again", "delivered", 6),
        event("two", "bob", "delivered", 6),
    )
    given(records).expect("""
        { messages = "open_rate", is = "50%" }                -> ann ann-again
        { messages = "click_rate", is = "50%" }               -> ann ann-again
        { messages = "clicked", of_last = 2, is = 1 }         -> ann ann-again ? bob
        { messages = "opened", is = 1 }                       -> ann ann-again
        # It reached her nine days ago, whatever came to her other address later.
        { messages = "delivered", before = "8 days", is = 1 } -> ann ann-again
        { messages = "delivered", within = "8 days", is = 1 } -> ann ann-again bob
        { messages = "last_delivered", within = "7 days" }    -> ann ann-again bob
    """)


def test_a_sequence_looks_at_later_orders(given: Given) -> None:
    records = [
        Visit(id="1", contact="ann", kind="search", query="Sydenferie", at=ago(3)),
        order(1, "ann", 2),
        Visit(id="2", contact="bob", kind="search", query="sydenferie", at=ago(3)),
        order(2, "bob", 4),
        Visit(id="3", contact="cat", kind="search", query="ski", at=ago(3)),
        Visit(id="4", contact="dan", kind="view", url="/Fitness/1", at=ago(3)),
    ]
    given(records).expect("""
        { visits = "count", where = { kind = "search", query = { contains = "SYDEN" } }, within = "7
          days", at_least = 1, then_no = "orders" } -> bob ? dan
        { visits = "count", where = { kind = "search", query = { contains = "SYDEN" } }, within = "7
          days", at_least = 1, then = "orders" } -> ann ? dan
        { visits = "count", where = { url = { starts_with = "/fitness" } }, at_least = 1 } -> dan ?
          ann bob cat
    """)


def test_events_are_visits_with_a_name_and_a_value(given: Given) -> None:
    played: dict[str, Any] = {"kind": "event", "event": "Played Video", "at": ago(3)}
    records = [
        Visit(id="1", contact="ann", value=Decimal("12.5"), **played),
        Visit(id="2", contact="ann", value=Decimal("7.5"), **played),
        Visit(id="3", contact="bob", value=Decimal("12.4999"), **played),
        Visit(id="4", contact="cat", kind="event", event="Rated", at=ago(3)),
        Visit(id="5", contact="dan", at=ago(3)),
    ]
    given(records).expect("""
        { visits = "count", where = { kind = "event" }, at_least = 1 } -> ann bob cat
        { visits = "count", where = { event = "played video" }, at_least = 2 } -> ann ? dan
        { visits = "count", where = { value = { at_least = "12.5" } }, is = 1 } -> ann ? cat dan
        { visits = "last", where = { event = { starts_with = "PLAY" }, value = { under = 12.5 } },
          within = "7 days" } -> ann bob ? cat dan
        { visits = "count", where = { event = { known = false } }, is = 1 } -> dan
    """)


def test_lists_count_from_the_start_of_the_present_stay(given: Given) -> None:
    records = [
        ListMember(
            contact="ann", list="a", title="News", status="subscribed", subscribed_at=ago(20)
        ),
        ListMember(contact="ann", list="b", status="subscribed", subscribed_at=ago(200)),
        ListMember(contact="bob", list="a", status="unsubscribed", subscribed_at=ago(10)),
        *people("cat"),
    ]
    given(records).expect("""
        { lists = "subscribed", within = "30 days" }                            ->
        { lists = "subscribed", where = { list = "news" }, within = "30 days" } -> ann
        { lists = "subscribed", before = "6 months" }                           -> ann
        { lists = "subscribed", within = "ever" }                               -> ann
    """)


def test_a_list_without_a_title_is_not_one_of_another_title(given: Given) -> None:
    record = ListMember(contact="ann", list="L", status="subscribed", subscribed_at=ago(5))
    given([record]).expect("""
        { lists = "subscribed", where = { list = { is_not = "M" } }, within = "30 days" } -> ann
    """)
