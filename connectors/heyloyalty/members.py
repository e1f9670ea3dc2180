"""Members: who they are, what they allowed, and what they say they care about."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.heyloyalty.account import MEMBERS, OLDEST_FIRST, HeyloyaltyAccount
from connectors.heyloyalty.fields import (
    USUAL,
    Definition,
    Fields,
    chosen,
    code,
    country,
    member_fields,
    values,
)
from connectors.heyloyalty.standing import moment
from connectors.kit import (
    Consent,
    Contact,
    EmailList,
    Form,
    Interest,
    ListMember,
    Raw,
    RestSource,
    Window,
    custom_forms,
    named_field,
    stream,
)


class Members(EmailList, HeyloyaltyAccount, RestSource):
    """Reads everybody on the list."""

    fields: Fields = Field(default_factory=dict)
    """Fields of a contact and the list's fields that hold them: { store = "butik",
    "custom.size" = "stoerrelse", birthday = { name = "born", format = "%d-%m-%Y" } }.
    The fields that every list has are known already."""
    interests: str | None = None
    """Name of the multi-choice field whose options are topics that people care about."""
    zone: ZoneInfo | None = None
    """The zone of Heyloyalty's times, where it is not the shop's."""

    def custom_fields(self) -> dict[str, Form]:
        """Those that `fields` names; a field's own format tells what it holds."""
        return custom_forms(self.fields, "any")

    @stream(
        MEMBERS,
        items="members",
        params=OLDEST_FIRST,
        beside={"setup": lambda source, window: source.setup(window)},
    )
    def members(
        self,
        raw: Raw,
        setup: Definition = Definition(),  # noqa: B008 - frozen
    ) -> Iterator[Contact | Consent | ListMember | Interest]:
        """Everybody on the list in whatever status, what they allowed, and their interests."""
        id_, here = raw["id"], str(self.list)
        created = moment(raw.get("created_at"), setup.zone)
        changed = moment(raw.get("updated_at"), setup.zone) or created
        stated = member_fields(raw, setup, self.fields, self.country_codes())
        yield Contact(
            **{
                "id": id_,
                "updated_at": changed,
                "created": created,
                "email": values(raw).get("email"),
                **stated,
            }
        )
        meaning = self.standing(raw).meaning
        left = moment(raw.get("unsubscribed_at"), setup.zone) or changed
        # A return is not told; the first day would lie before the day of leaving.
        yield from self.stated(meaning, id_, here, granted=changed, left=left, changed=changed)
        yield ListMember(
            contact=id_,
            list=here,
            title=setup.title,
            status="unsubscribed" if meaning == "complained" else meaning,
            subscribed_at=created if meaning == "subscribed" else None,
            unsubscribed_at=left if meaning in ("unsubscribed", "complained") else None,
            updated_at=changed,
        )
        if self.interests:
            topics = setup.called(self.interests).options
            for option in chosen(values(raw).get(self.interests.casefold())) or ():
                if option in topics:
                    yield Interest(contact=id_, topic=topics[option], updated_at=changed)

    def setup(self, window: Window) -> Definition:
        """Return how the list is set up, and the zone of its times."""
        return replace(self.definition(), zone=self.zone or window.zone)

    def notes(self, stream: str, raws: Sequence[Any]) -> Mapping[str, int]:  # noqa: ARG002 - there is one
        """Unknown codes of the vendor on a page, counted; never a person's own words."""
        said = {**USUAL, **self.fields}["country"]
        where = named_field(said)
        countries = {**self.country_codes(), **where.map}
        found: Counter[str] = Counter()
        for row in (each for each in raws if isinstance(each, Mapping)):
            if unknown := self.standing(row).unknown:
                found[unknown] += 1
            given = code(values(row).get(where.name.casefold()))
            if given and country(given, countries) is None:
                found[f"unknown country {given}" if given.isdigit() else "unknown country"] += 1
        return found
