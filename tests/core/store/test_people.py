"""Identity: contacts joined into profiles, and the fields chosen for each profile."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import records as r
from core.store.bulk import table_of
from core.store.keys import email_key
from core.store.people.identity import too_common
from core.store.people.reassign import split
from core.store.people.suppression import suppress
from core.store.rederive import rebuild
from core.store.tables import (
    behaviour,
    coupons,
    ledger,
    messages,
    operations,
    people,
    segments,
    trade,
)
from tests.core.store.filled_store import NOW, FilledStore

TEN = datetime(2024, 3, 1, 10, tzinfo=UTC)
NINE = datetime(2023, 3, 1, 9, tzinfo=UTC)


def contact(name: str, **fields: Any) -> r.Contact:
    return r.Contact.model_validate({"id": name, **fields})


def together(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_an_equal_address_joins_across_connections_whatever_its_case(hub: FilledStore) -> None:
    hub.take(contact("1", email="Åse@Exämple.dk"))
    hub.take(contact("9", email="åSE@exämple.DK"), connection="till")
    assert hub.groups() == {together("shop/1", "till/9")}


def test_accents_keep_addresses_apart() -> None:
    assert email_key("ase@x.dk") != email_key("åse@x.dk")


def test_a_phone_joins_only_who_states_no_other_address(hub: FilledStore) -> None:
    hub.take(contact("1", email="a@x.dk", phone="20304050"))
    hub.take(contact("2", phone="+45 20 30 40 50"))
    assert hub.groups() == {together("shop/1", "shop/2")}
    hub.take(contact("3", email="b@x.dk", phone="0045 20304050"))
    assert hub.groups() == {together("shop/1"), together("shop/2"), together("shop/3")}


def test_a_chain_never_joins_two_addresses(hub: FilledStore) -> None:
    hub.take(
        contact("1", email="a@x.dk", phone="20304050"),
        contact("2", phone="20304050", loyalty="77"),
        contact("3", email="b@x.dk", loyalty="77"),
    )
    assert hub.groups() == {together("shop/1"), together("shop/2", "shop/3")}


def test_a_contact_joins_by_all_of_its_addresses(hub: FilledStore) -> None:
    hub.take(
        contact("1", email="a@x.dk", emails=("b@x.dk", "A@x.dk"), phones=("20304050",)),
        contact("2", email="B@x.dk"),
        contact("3", phone="+4520304050"),
        contact("4", emails=("c@x.dk", "d@x.dk")),
    )
    assert hub.groups() == {together("shop/1", "shop/2", "shop/3"), together("shop/4")}
    main = {(row["kind"], row["value"]): row["main"] for row in hub.rows(people.Identifier)[:3]}
    assert main == {
        ("email", "a@x.dk"): True, ("email", "b@x.dk"): False, ("phone", "+4520304050"): True,
    }  # fmt: skip
    assert [row["email"] for row in hub.rows(people.Profile)] == ["a@x.dk", "c@x.dk"]
    hub.take(contact("1", emails=()))
    assert together("shop/2") in hub.groups()


def test_a_bad_one_of_several_addresses_is_emptied_alone(hub: FilledStore) -> None:
    counts = hub.take(contact("1", emails=("a@x.dk", "nonsense"), custom={"a": "b", "c": object()}))
    assert counts["emptied emails"] == counts["emptied custom.c"] == 1
    assert hub.row(people.Profile)["email"] == "a@x.dk"
    assert hub.row(people.ProfileField)["field"] == "custom.a"


def test_people_joined_by_a_further_address_have_the_same_emails(hub: FilledStore) -> None:
    hub.take(
        contact("1", email="a@x.dk", emails=("b@x.dk",), loyalty="77"),
        contact("2", email="b@x.dk", phone="20304050"),
        contact("3", loyalty="77"),
        contact("4", phone="20304050"),
        contact("5", email="c@x.dk", phone="20304050"),
    )
    assert hub.groups() == {
        together("shop/1", "shop/2", "shop/3"), together("shop/4"), together("shop/5"),
    }  # fmt: skip


def test_facts_of_merged_contacts_follow_over_any_number_of_steps(hub: FilledStore) -> None:
    hub.take(contact("a", email="a@x.dk", city="Ribe"), r.Visit(id="v", contact="a", at=TEN))
    hub.take(contact("b", merged_into="c"), contact("a", merged_into="b"))
    assert hub.groups() == {together("shop/a", "shop/b", "shop/c")}
    hub.take(contact("c", email="c@x.dk", updated_at=NINE))
    profile = hub.row(people.Profile)
    assert profile["email"] == "c@x.dk"
    assert hub.row(behaviour.Visit)["profile_id"] == profile["id"]
    assert hub.row(people.ProfileField)["value"] == "ribe"


def test_a_contact_that_is_no_longer_merged_is_a_person_of_its_own_with_its_facts(
    hub: FilledStore,
) -> None:
    hub.take(contact("a", email="a@x.dk"), r.Visit(id="v", contact="a", at=TEN))
    hub.take(contact("a", merged_into="b"))
    hub.take(contact("a", first_name="Ana"))
    assert hub.groups() == {together("shop/a", "shop/b")}
    hub.take(contact("a", merged_into=None))
    assert hub.groups() == {together("shop/a")}
    assert hub.row(behaviour.Visit)["profile_id"] == hub.profile_of("a")


@pytest.mark.parametrize("circle", [("a",), ("a", "b"), ("a", "b", "c")])
def test_contacts_merged_in_a_circle_are_one_person(
    hub: FilledStore, circle: tuple[str, ...]
) -> None:
    turned = (*circle[1:], circle[0])
    hub.take(*(contact(each, merged_into=into) for each, into in zip(circle, turned, strict=True)))
    assert hub.groups() == {together(*(f"shop/{each}" for each in circle))}


def test_a_deleted_contact_leads_its_facts_to_the_one_it_was_merged_into(hub: FilledStore) -> None:
    hub.take(contact("a", merged_into="b"), r.Visit(id="v", contact="a", at=TEN))
    hub.take(r.Deleted(noun="Contact", id="a"))
    assert hub.groups() == {together("shop/a", "shop/b")}
    hub.take(r.Deleted(noun="Visit", id="v"))
    assert hub.rows(people.Contact) == hub.rows(people.Profile) == []
    hub.take(contact("a", merged_into="b"), r.Visit(id="w", contact="a", at=TEN))
    hub.take(r.Deleted(noun="Contact", id="a"), r.Visit(id="x", contact="b", at=TEN))
    hub.take(contact("a", email="a@x.dk"))
    assert hub.groups() == {together("shop/a"), together("shop/b")}


def test_a_split_contact_stays_out_though_its_source_merged_it(hub: FilledStore) -> None:
    hub.take(contact("a", merged_into="b"))
    split(hub.transaction, hub.shop, hub.row(people.Contact, external_id="a")["id"], NOW)
    hub.take(contact("b", email="b@x.dk"))
    assert hub.groups() == {together("shop/a"), together("shop/b")}


def test_a_suppressed_person_is_forgotten_under_every_merged_id(hub: FilledStore) -> None:
    hub.take(contact("a", merged_into="b"), contact("b", merged_into="c"))
    hub.take(r.Visit(id="v", contact="a", at=TEN))
    suppress(hub.transaction, [("email", "c@x.dk")], "erasure", NOW)
    hub.take(contact("c", email="main@x.dk", emails=("C@x.dk",)))
    hub.take(r.Visit(id="w", contact="b", at=TEN), contact("d", merged_into="a"))
    assert hub.rows(people.Contact) == hub.rows(behaviour.Visit) == hub.rows(people.Profile) == []


def test_equal_names_never_join(hub: FilledStore) -> None:
    hub.take(contact("1", first_name="Bo", last_name="Ek"), contact("2", first_name="Bo"))
    assert len(hub.groups()) == 2


def test_an_identifier_of_more_than_five_contacts_of_one_connection_joins_nobody(
    hub: FilledStore,
) -> None:
    hub.take(*(contact(str(number), loyalty="1") for number in range(5)))
    hub.take(contact("t", loyalty="1"), connection="till")
    assert len(hub.groups()) == 1
    hub.take(contact("5", loyalty="1"))
    assert len(hub.groups()) == 7
    assert [each[:2] for each in too_common(hub.transaction)] == [("loyalty", "1")]
    hub.take(r.Deleted(noun="Contact", id="0"))
    assert len(hub.groups()) == 1


@pytest.mark.parametrize("address", ["noreply@x.dk", "kasse1@shop.example"])
def test_an_address_on_the_block_list_joins_nobody_and_is_nobodys(
    hub: FilledStore, address: str
) -> None:
    hub.take(contact("1", email=address), contact("2", email=address))
    assert len(hub.groups()) == 2
    assert {row["email"] for row in hub.rows(people.Profile)} == {None}


def test_a_profile_carries_its_smallest_contacts_number_and_facts_follow(hub: FilledStore) -> None:
    hub.take(contact("1", email="a@x.dk"), contact("2", email="b@x.dk"))
    hub.take(
        r.Order.model_validate(
            {"id": "o", "contact": "2", "placed_at": TEN, "lines": [{"id": "1", "total": 1}],
             "discounts": [{"code": "x"}]}
        ),
        r.Refund(id="r", order="o", at=TEN, goods=Decimal(1)),
        r.Discount(id="d", contact="2", code="x", at=TEN),
        r.Visit(id="v", contact="2", at=TEN),
        r.GroupMember(contact="2", group="vip"),
        r.Loyalty(contact="2", points=Decimal(1)),
        r.MessageEvent(message="m", contact="2", kind="delivered", at=TEN),
    )  # fmt: skip
    first, second = hub.profile_of("1"), hub.profile_of("2")
    models = (
        trade.Order, trade.OrderLine, trade.Refund, coupons.Discount, coupons.OrderCoupon,
        behaviour.Visit, behaviour.GroupMember, behaviour.Loyalty, messages.MessageEvent,
        messages.Delivery,
    )  # fmt: skip
    assert {row["profile_id"] for model in models for row in hub.rows(model)} == {second}
    hub.take(contact("2", email="a@x.dk"))
    assert hub.profile_of("2") == first
    assert {row["profile_id"] for model in models for row in hub.rows(model)} == {first}
    assert [row["id"] for row in hub.rows(people.Profile)] == [first]
    hub.take(contact("2", email="b@x.dk"))
    assert {row["profile_id"] for model in models for row in hub.rows(model)} == {second}


def test_a_merged_profile_leaves_no_stay_and_hands_over_its_deliveries(
    hub: FilledStore,
) -> None:
    hub.take(contact("1", email="a@x.dk"), contact("2", email="b@x.dk"))
    first, second = hub.profile_of("1"), hub.profile_of("2")
    insert = hub.transaction.execute
    insert(
        table_of(segments.Segment).insert(),
        {"id": 1, "name": "s", "title": "", "definition": "", "members": 0, "unknown": 0,
         "retired": False},
    )  # fmt: skip
    insert(
        table_of(segments.Membership).insert(),
        {"id": 1, "segment_id": 1, "profile_id": second, "entered_day": 1},
    )
    number = hub.reading().connection_id
    insert(
        table_of(ledger.LedgerTarget).insert(),
        {"id": 1, "connection_id": number, "kind": "tag", "name": "t"},
    )
    insert(
        table_of(ledger.Ledger).insert(),
        {"target_id": 1, "key": "k", "state": "delivered", "reason": "", "handle": "", "tries": 0,
         "profile_id": second, "at": NOW},
    )  # fmt: skip
    hub.take(contact("2", email="a@x.dk"))
    assert hub.rows(segments.Membership) == []
    assert hub.row(ledger.Ledger)["profile_id"] == first
    assert first in {row["profile_id"] for row in hub.rows(segments.Touched)}


def test_a_split_contact_stays_out(hub: FilledStore) -> None:
    hub.take(contact("1", email="a@x.dk"), contact("2", email="a@x.dk"))
    number = hub.row(people.Contact, external_id="2")["id"]
    split(hub.transaction, hub.shop, number, NOW)
    split(hub.transaction, hub.shop, number, NOW)
    hub.take(contact("1", email="a@x.dk", first_name="A"), contact("3", email="a@x.dk"))
    assert hub.groups() == {together("shop/1", "shop/3"), together("shop/2")}
    assert hub.row(people.Profile, id=number)["email"] == "a@x.dk"


def test_a_changed_block_list_is_applied_to_everybody(hub: FilledStore) -> None:
    hub.take(contact("1", email="desk@firm.dk"), contact("2", email="desk@firm.dk"))
    blocked = hub.with_shop(joins_nobody=("desk@firm.dk",))
    rebuild(blocked.transaction, blocked.shop)
    assert len(hub.groups()) == 2
    rebuild(hub.transaction, hub.shop)
    assert len(hub.groups()) == 1


def test_a_contact_that_only_a_fact_names_is_bare_until_it_is_delivered(hub: FilledStore) -> None:
    hub.take(r.Visit(id="v", contact="1", at=TEN))
    bare = hub.row(people.Contact)
    assert bare["bare"] is True
    assert hub.row(behaviour.Visit)["profile_id"] == bare["profile_id"] is not None
    counts = hub.take(contact("1", email="a@x.dk"))
    assert counts["inserted"] == 1
    assert hub.row(people.Contact)["id"] == bare["id"]
    assert hub.row(people.Profile)["email"] == "a@x.dk"


def test_a_deleted_contact_stays_bare_while_a_fact_names_it(hub: FilledStore) -> None:
    hub.take(contact("1", email="a@x.dk"), r.Visit(id="v", contact="1", at=TEN))
    hub.take(r.Deleted(noun="Contact", id="1"))
    assert hub.row(people.Contact)["bare"] is True
    assert hub.row(people.Profile)["email"] is None
    assert hub.rows(people.Identifier) == []
    hub.take(r.Deleted(noun="Visit", id="v"))
    assert hub.rows(people.Contact) == hub.rows(people.Profile) == []


def test_fields_come_by_precedence_then_the_newest_and_empty_never_wins(hub: FilledStore) -> None:
    same = {"email": "a@x.dk"}
    hub.take(
        contact("1", **same, first_name="Old", city="Aarhus", updated_at=NINE),
        contact("2", **same, first_name="New", updated_at=TEN),
    )  # fmt: skip
    profile = hub.row(people.Profile)
    assert profile["first_name"] == "New"
    assert hub.row(people.ProfileField, field="city")["value"] == "aarhus"
    hub.take(contact("x", **same, first_name="Crm", city=" "), connection="crm")
    hub.take(contact("y", **same, first_name="Other", language="da-DK"), connection="other")
    profile = hub.row(people.Profile)
    assert (profile["first_name"], profile["language"]) == ("Crm", "da")
    assert hub.row(people.ProfileField, field="city")["text"] == "Aarhus"


def test_a_contact_that_repeats_itself_later_is_the_newest(hub: FilledStore) -> None:
    same = {"email": "a@x.dk"}
    hub.take(
        contact("1", **same, first_name="Ida", updated_at=NINE),
        contact("2", **same, first_name="Eva", updated_at=TEN),
    )
    assert hub.row(people.Profile)["first_name"] == "Eva"
    counts = hub.take(
        contact("1", **same, first_name="Ida", updated_at=TEN + timedelta(hours=1)),
        contact("3", email="b@x.dk", first_name="Bo", updated_at=NINE),
    )
    assert (counts["updated"], counts["inserted"]) == (1, 1)
    assert {row["first_name"] for row in hub.rows(people.Profile)} == {"Ida", "Bo"}
    # Alone with what they say, nothing is to be chosen; the row is the newer one all the same.
    hub.take(contact("3", email="b@x.dk", first_name="Bo", updated_at=TEN))
    assert hub.row(people.Contact, external_id="3")["updated_at"] == TEN


def test_a_birthday_of_another_year_fills_nothing(hub: FilledStore) -> None:
    hub.take(contact("1", email="a@x.dk", birth_year=1980))
    hub.take(contact("2", email="a@x.dk", birthday=date(1981, 5, 1)), connection="till")
    profile = hub.row(people.Profile)
    stated = (profile["birth_year"], profile["birth_month"], profile["birth_day"])
    assert stated in ((1980, None, None), (1981, 5, 1))


def test_a_birthday_is_filled_up_but_never_mixed(hub: FilledStore) -> None:
    hub.take(contact("1", email="a@x.dk", birth_day="02-29"))
    hub.take(contact("2", email="a@x.dk", birthday=date(1980, 5, 1)), connection="till")
    hub.take(contact("3", email="a@x.dk", birth_year=1984), connection="other")
    profile = hub.row(people.Profile)
    assert (profile["birth_year"], profile["birth_month"], profile["birth_day"]) == (1984, 2, 29)


def test_custom_fields_keep_numbers_and_dates(hub: FilledStore) -> None:
    custom = {"kids": Decimal(2), "since": date(2020, 1, 2), "club": " Gold ", "vip": True}
    hub.take(contact("1", custom=custom), contact("1", custom={"club": None}))
    found = {row["field"]: row for row in hub.rows(people.ProfileField)}
    assert found["custom.kids"]["number"] == 20_000
    assert found["custom.since"]["day"] == date(2020, 1, 2).toordinal()
    assert found["custom.vip"]["value"] == "true"
    assert "custom.club" not in found


def test_a_postcode_says_where_people_live_unless_they_say_it(hub: FilledStore) -> None:
    hub.take(contact("1", postcode="dk 8000"), contact("2", postcode="8000", city="Byen"))
    hub.take(contact("3", postcode="80 00"))
    hub.take(r.Postcode(country="dk", postcode="8000", city="Aarhus C", region="Midt"))
    found = {
        (row["profile_id"], row["field"]): row["text"] for row in hub.rows(people.ProfileField)
    }
    second, third = hub.profile_of("2"), hub.profile_of("3")
    assert (found[second, "city"], found[second, "region"]) == ("Byen", "Midt")
    assert (found[third, "city"], found[third, "region"]) == ("Aarhus C", "Midt")


def test_a_company_may_come_after_its_people(hub: FilledStore) -> None:
    hub.take(contact("1", company="k"))
    assert hub.row(people.Profile)["company_id"] is None
    hub.take(r.Company(id="k", industry="Fishing"))
    assert hub.row(people.Profile)["company_id"] == hub.row(people.Company)["id"]
    hub.take(r.Deleted(noun="Company", id="k"))
    assert hub.row(people.Profile)["company_id"] is None


def test_a_merge_does_not_draw_the_holdout_again(hub: FilledStore) -> None:
    hub.take(contact("1", email="a@x.dk"))
    drawn = hub.row(people.Profile)["holdout"]
    hub.take(contact("2", email="a@x.dk"))
    assert hub.row(people.Profile)["holdout"] == drawn
    assert 0 <= drawn < 1_000_000


def test_later_contacts_redraw_no_holdout(hub: FilledStore) -> None:
    hub.take(contact("5", email="a@x.dk"), connection="shop")
    drawn = hub.row(people.Profile)["holdout"]
    for connection, name in (("shop", "1"), ("crm", "9"), ("crm", "0")):
        hub.take(contact(name, email="a@x.dk"), connection=connection)
        assert hub.row(people.Profile)["holdout"] == drawn


def test_a_phone_that_is_none_is_emptied_and_counted(hub: FilledStore) -> None:
    counts = hub.take(contact("1", phone="call me", email="not an address"))
    assert (counts["emptied phone"], counts["emptied email"], counts["inserted"]) == (1, 1, 1)
    assert hub.rows(people.Identifier) == []


def test_a_birth_after_today_is_emptied_and_counted(hub: FilledStore) -> None:
    tomorrow = NOW.astimezone(ZoneInfo("Europe/Copenhagen")).date() + timedelta(days=1)
    counts = hub.take(
        contact("1", birthday=tomorrow),
        contact("2", birthday=tomorrow - timedelta(days=1)),
        contact("3", birth_year=tomorrow.year + 1),
        contact("4", birth_year=tomorrow.year),
    )
    assert (counts["emptied birthday"], counts["emptied birth_year"]) == (1, 1)
    assert {each["shape"] for each in hub.rows(operations.Finding)} == {"a date after today"}
    born = [each["birth_year"] for each in hub.rows(people.Profile)]
    assert sorted(born, key=str) == [tomorrow.year, tomorrow.year, None, None]


def test_a_future_birthday_takes_the_place_of_the_one_that_was_stated(hub: FilledStore) -> None:
    hub.take(contact("1", birthday=date(1980, 5, 4)))
    hub.take(contact("1", birthday=date(2100, 5, 4)))
    assert hub.row(people.Profile)["birth_year"] is None
