"""Members: who they are, what they allowed, and what they say they care about."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
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
    Page,
    Raw,
    Reading,
    RestSource,
    Window,
    custom_forms,
    named_field,
    stream,
)

SETUP = "@list"
"""Under this key each row is told how its list is set up; no field can be called so."""
UTC = ZoneInfo("UTC")


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

    @stream(MEMBERS, items="members", params=OLDEST_FIRST)
    def members(self, raw: Raw) -> Iterator[Contact | Consent | ListMember | Interest]:
        """Everybody on the list in whatever status, what they allowed, and their interests."""
        id_, (setup, zone) = raw["id"], raw.get(SETUP) or (Definition(), UTC)
        created, changed = moment(raw.get("created_at"), zone), moment(raw.get("updated_at"), zone)
        changed = changed or created
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
        left = moment(raw.get("unsubscribed_at"), zone) or changed
        yield from self._consents(meaning, id_, changed, left)
        yield ListMember(
            contact=id_,
            list=str(self.list),
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

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read one stream; each member is told how the list is set up."""
        if stream != "members":
            yield from super().read(stream, window, state)
            return
        setup = (self.definition(), self.zone or window.zone)
        reading = Reading(self, stream, window)
        for listed in self.everyone():
            told = [{**row, SETUP: setup} if _is_row(row) else row for row in listed.items]
            page = reading.page(replace(listed, items=told))
            yield replace(page, notes={**page.notes, **self._unknown(listed.items)})

    def _consents(
        self, meaning: str, contact: str, changed: datetime | None, left: datetime | None
    ) -> Iterator[Consent]:
        """Consents that a status states; the other statuses say nothing of what is allowed."""
        if changed is None or left is None:
            return
        here = str(self.list)
        match meaning:
            case "subscribed":
                # A return is not told; the first day would lie before the day of leaving.
                yield Consent(contact=contact, channel="email", list=here, granted=True, at=changed)
            case "unsubscribed":
                yield from self.farewell(contact, here, left)
            case "cleaned":
                yield Consent(
                    contact=contact, channel="email", granted=False, reason="bounce", at=changed
                )
            case "complained":
                yield Consent(
                    contact=contact, channel="email", granted=False, reason="complaint", at=left
                )

    def _unknown(self, items: Any) -> Mapping[str, int]:
        """Unknown codes of the vendor on a page, counted; never a person's own words."""
        said = {**USUAL, **self.fields}["country"]
        where = named_field(said)
        countries = {**self.country_codes(), **where.map}
        found: Counter[str] = Counter()
        for row in filter(_is_row, items):
            if unknown := self.standing(row).unknown:
                found[unknown] += 1
            given = code(values(row).get(where.name.casefold()))
            if given and country(given, countries) is None:
                found[f"unknown country {given}" if given.isdigit() else "unknown country"] += 1
        return found


def _is_row(row: Any) -> bool:
    return isinstance(row, Mapping)
