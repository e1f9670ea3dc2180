"""The names that authors of connectors may import stay the same."""

import re
from types import FunctionType, ModuleType

import pytest

import connectors.kit
import connectors.kit.testing
from tests.house.project import ROOT
from tests.house.test_docs import of

KIT = """
    ABSENT AGAIN Absent Address Again Answer Batch Broken Buyer Cart CartLine Category
    Change Child Client Clock Company Connector Consent Contact ContactTable Cost
    Credential Csv Cursor CursorPages Deal Declared Deleted Destination Discount Edit
    EmailList Expired FakePage FieldNames Form Found GOOGLE GraphQL GroupMember
    HashRules Held HubError Identifier Interest JobLost Jobs Json JsonLines KeysetPages
    KnownTarget Limit Line LinkPages ListMember LookBack Loss Loyalty META Marker
    Message MessageEvent Minor Misconfigured Mistake Mutation NOT_ON_THE_LIST NOUNS
    NamedField Names Network Newest NumberedPages OAuth OffsetPages Order OrderDiscount
    OrderStatuses OrderTable Outcome Page Pages Parents PerPerson PerTarget Person
    Postcode Product Rate RateCosts RateHeaders Raw RawPage Reading Record Refund
    RefundLine Reject Response Rest RestSource Role Secret SinglePage Soap Source Step
    Store Stream Support Target Taxed TooLarge UNMAPPABLE Unauthorized Unavailable
    Unread Unreadable Unwritable Visit Window Writing Xml amount_of basic bearer
    contact_fields custom_forms dig distributed epoch header identifiers in_one_document
    iso iso_with_offset iso_without_zone minor_units named_field nearest number_of oauth1
    option_of order_status part_of readable refund_of reject rounded rows shape_of stream
    unescaped utc without_addresses
"""
"""Every public name of `connectors.kit`, sorted. Removing one breaks other people's connectors."""


def test_the_kit_offers_exactly_these_names() -> None:
    assert sorted(connectors.kit.__all__) == KIT.split()


def test_every_offered_name_is_there_and_explains_itself() -> None:
    silent = [
        name
        for name in connectors.kit.__all__
        if isinstance(found := getattr(connectors.kit, name), type | FunctionType)
        and not found.__doc__
    ]
    assert silent == []


@pytest.mark.parametrize("room", [connectors.kit, connectors.kit.testing])
def test_every_offered_name_is_explained_in_the_reference(room: ModuleType) -> None:
    page = (ROOT / "docs" / "kit.md").read_text("utf-8")
    assert [name for name in room.__all__ if f"`{name}`" not in page] == []


@pytest.mark.parametrize("room", [connectors.kit, connectors.kit.testing])
def test_every_offered_name_has_an_example_that_runs(room: ModuleType) -> None:
    pages = {"kit.md", "testing-connectors.md"}
    run = "\n".join(each.text for each in of("python") if each.page.name in pages)
    assert [name for name in room.__all__ if not re.search(rf"\b{name}\b", run)] == []
