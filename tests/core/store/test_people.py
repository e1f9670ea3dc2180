"""Who is who, and what is known of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import records as r
from core.store.bulk import table_of
from core.store.keys import email_key
from core.store.people import identity
from core.store.people.reassign import split
from core.store.rederive import rebuild
from core.store.tables import behaviour, operations, people, segments, trade
from tests.core.store.floor import NOW, Floor

TEN = datetime(2024, 3, 1, 10, tzinfo=UTC)
NINE = datetime(2023, 3, 1, 9, tzinfo=UTC)


def contact(name: str, **fields: Any) -> r.Contact:
    return r.Contact.model_validate({"id": name, **fields})


def together(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_an_equal_address_joins_across_connections_whatever_its_case(floor: Floor) -> None:
    floor.take(contact("1", email="Åse@Exämple.dk"))
    floor.take(contact("9", email="åSE@exämple.DK"), connection="till")
    assert floor.groups() == {together("shop/1", "till/9")}


def test_accents_keep_addresses_apart() -> None:
    assert email_key("ase@x.dk") != email_key("åse@x.dk")


def test_a_phone_joins_only_who_states_no_other_address(floor: Floor) -> None:
    floor.take(contact("1", email="a@x.dk", phone="20304050"))
    floor.take(contact("2", phone="+45 20 30 40 50"))
    assert floor.groups() == {together("shop/1", "shop/2")}
    floor.take(contact("3", email="b@x.dk", phone="0045 20304050"))
    assert floor.groups() == {together("shop/1"), together("shop/2"), together("shop/3")}


def test_a_chain_never_joins_two_addresses(floor: Floor) -> None:
    floor.take(
        contact("1", email="a@x.dk", phone="20304050"),
        contact("2", phone="20304050", loyalty="77"),
        contact("3", email="b@x.dk", loyalty="77"),
    )
    assert floor.groups() == {together("shop/1"), together("shop/2", "shop/3")}


def test_equal_names_never_join(floor: Floor) -> None:
    floor.take(contact("1", first_name="Bo", last_name="Ek"), contact("2", first_name="Bo"))
    assert len(floor.groups()) == 2


def test_an_identifier_of_more_than_five_contacts_of_one_connection_joins_nobody(
    floor: Floor,
) -> None:
    floor.take(*(contact(str(number), loyalty="1") for number in range(5)))
    floor.take(contact("t", loyalty="1"), connection="till")
    assert len(floor.groups()) == 1
    floor.take(contact("5", loyalty="1"))
    assert len(floor.groups()) == 7
    assert [each[:2] for each in identity.too_common(floor.transaction)] == [("loyalty", "1")]
    floor.take(r.Deleted(noun="Contact", id="0"))
    assert len(floor.groups()) == 1


@pytest.mark.parametrize("address", ["noreply@x.dk", "kasse1@shop.example"])
def test_an_address_on_the_block_list_joins_nobody_and_is_nobodys(
    floor: Floor, address: str
) -> None:
    floor.take(contact("1", email=address), contact("2", email=address))
    assert len(floor.groups()) == 2
    assert {row["email"] for row in floor.rows(people.Profile)} == {None}


def test_a_profile_carries_its_smallest_contacts_number_and_facts_follow(floor: Floor) -> None:
    floor.take(contact("1", email="a@x.dk"), contact("2", email="b@x.dk"))
    floor.take(
        r.Order.model_validate(
            {"id": "o", "contact": "2", "placed_at": TEN, "lines": [{"id": "1", "total": 1}],
             "discounts": [{"code": "x"}]}
        ),
        r.Refund(id="r", order="o", at=TEN, goods=Decimal(1)),
        r.Discount(id="d", contact="2", code="x", at=TEN),
        r.Visit(id="v", contact="2", at=TEN),
        r.MessageEvent(message="m", contact="2", kind="delivered", at=TEN),
    )  # fmt: skip
    first, second = floor.profile_of("1"), floor.profile_of("2")
    models = (
        trade.Order, trade.OrderLine, trade.Refund, trade.Discount, trade.OrderCoupon,
        behaviour.Visit, behaviour.MessageEvent, behaviour.Delivery,
    )  # fmt: skip
    assert {row["profile_id"] for model in models for row in floor.rows(model)} == {second}
    floor.take(contact("2", email="a@x.dk"))
    assert floor.profile_of("2") == first
    assert {row["profile_id"] for model in models for row in floor.rows(model)} == {first}
    assert [row["id"] for row in floor.rows(people.Profile)] == [first]
    floor.take(contact("2", email="b@x.dk"))
    assert {row["profile_id"] for model in models for row in floor.rows(model)} == {second}


def test_who_vanishes_in_a_merge_leaves_no_stay_and_hands_over_its_deliveries(
    floor: Floor,
) -> None:
    floor.take(contact("1", email="a@x.dk"), contact("2", email="b@x.dk"))
    first, second = floor.profile_of("1"), floor.profile_of("2")
    insert = floor.transaction.execute
    insert(
        table_of(segments.Segment).insert(),
        {"id": 1, "name": "s", "title": "", "definition": "", "members": 0, "unknown": 0,
         "retired": False},
    )  # fmt: skip
    insert(
        table_of(segments.Membership).insert(),
        {"id": 1, "segment_id": 1, "profile_id": second, "entered_day": 1},
    )
    number = floor.reading().connection_id
    insert(
        table_of(operations.LedgerTarget).insert(),
        {"id": 1, "connection_id": number, "kind": "tag", "name": "t"},
    )
    insert(
        table_of(operations.Ledger).insert(),
        {"target_id": 1, "key": "k", "state": "delivered", "reason": "", "handle": "",
         "profile_id": second, "at": NOW},
    )  # fmt: skip
    floor.take(contact("2", email="a@x.dk"))
    assert floor.rows(segments.Membership) == []
    assert floor.row(operations.Ledger)["profile_id"] == first
    assert first in {row["profile_id"] for row in floor.rows(segments.Touched)}


def test_a_split_contact_stays_out(floor: Floor) -> None:
    floor.take(contact("1", email="a@x.dk"), contact("2", email="a@x.dk"))
    number = floor.row(people.Contact, external_id="2")["id"]
    split(floor.transaction, floor.shop, number, NOW)
    split(floor.transaction, floor.shop, number, NOW)
    floor.take(contact("1", email="a@x.dk", first_name="A"), contact("3", email="a@x.dk"))
    assert floor.groups() == {together("shop/1", "shop/3"), together("shop/2")}
    assert floor.row(people.Profile, id=number)["email"] == "a@x.dk"


def test_why_shows_what_joined_the_contacts(floor: Floor) -> None:
    floor.take(contact("1", email="a@x.dk", phone="20304050"), contact("2", email="A@x.dk"))
    profile = floor.profile_of("1")
    assert profile is not None
    told = identity.why(floor.transaction, profile)
    assert [(name, shared) for _, _, name, shared in told] == [
        ("1", [("email", "a@x.dk")]),
        ("2", [("email", "a@x.dk")]),
    ]


def test_a_changed_block_list_is_applied_to_everybody(floor: Floor) -> None:
    floor.take(contact("1", email="desk@firm.dk"), contact("2", email="desk@firm.dk"))
    blocked = floor.with_shop(joins_nobody=("desk@firm.dk",))
    rebuild(blocked.transaction, blocked.shop)
    assert len(floor.groups()) == 2
    rebuild(floor.transaction, floor.shop)
    assert len(floor.groups()) == 1


def test_a_contact_that_only_a_fact_names_is_bare_until_it_is_delivered(floor: Floor) -> None:
    floor.take(r.Visit(id="v", contact="1", at=TEN))
    bare = floor.row(people.Contact)
    assert bare["bare"] is True
    assert floor.row(behaviour.Visit)["profile_id"] == bare["profile_id"] is not None
    counts = floor.take(contact("1", email="a@x.dk"))
    assert counts["inserted"] == 1
    assert floor.row(people.Contact)["id"] == bare["id"]
    assert floor.row(people.Profile)["email"] == "a@x.dk"


def test_a_deleted_contact_stays_bare_while_a_fact_names_it(floor: Floor) -> None:
    floor.take(contact("1", email="a@x.dk"), r.Visit(id="v", contact="1", at=TEN))
    floor.take(r.Deleted(noun="Contact", id="1"))
    assert floor.row(people.Contact)["bare"] is True
    assert floor.row(people.Profile)["email"] is None
    assert floor.rows(people.Identifier) == []
    floor.take(r.Deleted(noun="Visit", id="v"))
    assert floor.rows(people.Contact) == floor.rows(people.Profile) == []


def test_fields_come_by_precedence_then_the_newest_and_empty_never_wins(floor: Floor) -> None:
    same = {"email": "a@x.dk"}
    floor.take(
        contact("1", **same, first_name="Old", city="Aarhus", updated_at=NINE),
        contact("2", **same, first_name="New", updated_at=TEN),
    )  # fmt: skip
    profile = floor.row(people.Profile)
    assert profile["first_name"] == "New"
    assert floor.row(people.ProfileField, field="city")["value"] == "aarhus"
    floor.take(contact("x", **same, first_name="Crm", city=" "), connection="crm")
    floor.take(contact("y", **same, first_name="Other", language="da-DK"), connection="other")
    profile = floor.row(people.Profile)
    assert (profile["first_name"], profile["language"]) == ("Crm", "da")
    assert floor.row(people.ProfileField, field="city")["text"] == "Aarhus"


def test_who_says_the_same_again_later_is_the_newest(floor: Floor) -> None:
    same = {"email": "a@x.dk"}
    floor.take(
        contact("1", **same, first_name="Ida", updated_at=NINE),
        contact("2", **same, first_name="Eva", updated_at=TEN),
    )
    assert floor.row(people.Profile)["first_name"] == "Eva"
    counts = floor.take(
        contact("1", **same, first_name="Ida", updated_at=TEN + timedelta(hours=1)),
        contact("3", email="b@x.dk", first_name="Bo", updated_at=NINE),
    )
    assert (counts["updated"], counts["inserted"]) == (1, 1)
    assert {row["first_name"] for row in floor.rows(people.Profile)} == {"Ida", "Bo"}
    # Alone with what they say, nothing is to be chosen; the row is the newer one all the same.
    floor.take(contact("3", email="b@x.dk", first_name="Bo", updated_at=TEN))
    assert floor.row(people.Contact, external_id="3")["updated_at"] == TEN


def test_a_birthday_is_filled_up_but_never_mixed(floor: Floor) -> None:
    floor.take(contact("1", email="a@x.dk", birth_day="02-29"))
    floor.take(contact("2", email="a@x.dk", birthday=date(1980, 5, 1)), connection="till")
    floor.take(contact("3", email="a@x.dk", birth_year=1984), connection="other")
    profile = floor.row(people.Profile)
    assert (profile["birth_year"], profile["birth_month"], profile["birth_day"]) == (1984, 2, 29)


def test_custom_fields_keep_numbers_and_dates(floor: Floor) -> None:
    custom = {"kids": Decimal(2), "since": date(2020, 1, 2), "club": " Gold ", "vip": True}
    floor.take(contact("1", custom=custom), contact("1", custom={"club": None}))
    found = {row["field"]: row for row in floor.rows(people.ProfileField)}
    assert found["custom.kids"]["number"] == 20_000
    assert found["custom.since"]["day"] == date(2020, 1, 2).toordinal()
    assert found["custom.vip"]["value"] == "true"
    assert "custom.club" not in found


def test_a_postcode_says_where_people_live_unless_they_say_it(floor: Floor) -> None:
    floor.take(contact("1", postcode="dk 8000"), contact("2", postcode="8000", city="Byen"))
    floor.take(contact("3", postcode="80 00"))
    floor.take(r.Postcode(country="dk", postcode="8000", city="Aarhus C", region="Midt"))
    found = {
        (row["profile_id"], row["field"]): row["text"] for row in floor.rows(people.ProfileField)
    }
    second, third = floor.profile_of("2"), floor.profile_of("3")
    assert (found[second, "city"], found[second, "region"]) == ("Byen", "Midt")
    assert (found[third, "city"], found[third, "region"]) == ("Aarhus C", "Midt")


def test_a_company_may_come_after_its_people(floor: Floor) -> None:
    floor.take(contact("1", company="k"))
    assert floor.row(people.Profile)["company_id"] is None
    floor.take(r.Company(id="k", industry="Fishing"))
    assert floor.row(people.Profile)["company_id"] == floor.row(people.Company)["id"]
    floor.take(r.Deleted(noun="Company", id="k"))
    assert floor.row(people.Profile)["company_id"] is None


def test_a_merge_does_not_draw_the_holdout_again(floor: Floor) -> None:
    floor.take(contact("1", email="a@x.dk"))
    drawn = floor.row(people.Profile)["holdout"]
    floor.take(contact("2", email="a@x.dk"))
    assert floor.row(people.Profile)["holdout"] == drawn
    assert 0 <= drawn < 1_000_000


def test_who_comes_later_redraws_no_holdout_whatever_they_are_called(floor: Floor) -> None:
    floor.take(contact("5", email="a@x.dk"), connection="shop")
    drawn = floor.row(people.Profile)["holdout"]
    for connection, name in (("shop", "1"), ("crm", "9"), ("crm", "0")):
        floor.take(contact(name, email="a@x.dk"), connection=connection)
        assert floor.row(people.Profile)["holdout"] == drawn


def test_a_phone_that_is_none_is_emptied_and_counted(floor: Floor) -> None:
    counts = floor.take(contact("1", phone="call me", email="not an address"))
    assert (counts["emptied phone"], counts["emptied email"], counts["inserted"]) == (1, 1, 1)
    assert floor.rows(people.Identifier) == []
