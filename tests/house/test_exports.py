"""The names that authors of connectors may import stay the same."""

from types import FunctionType

import connectors.kit

KIT = """
    ABSENT AGAIN Address Answer Broken Cart Category Change Child Client Clock Company Connector
    Consent Contact Cost Credential Cursor CursorPages Deal Declared Deleted Destination
    Discount EmailList FakePage FieldNames Form Found Held HubError Interest Limit Line
    LinkPages ListMember Message MessageEvent Misconfigured Mistake NOUNS NamedField Network
    NumberedPages OffsetPages Order OrderDiscount Outcome Page Pages Postcode Product Rate Raw
    RawPage Reading Record Refund RefundLine Reject Response Rest RestSource Secret SinglePage
    Source Step Store Stream Support Target UNMAPPABLE Unauthorized Unavailable Unread
    Unreadable Visit Window basic bearer contact_fields custom_forms dig epoch header iso
    iso_with_offset iso_without_zone named_field part_of readable reject rows stream utc
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
