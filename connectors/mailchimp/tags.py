"""Tags: static segments of the audience, filled and emptied by address."""

from collections.abc import Iterator, Mapping, Sequence

from connectors.kit import Found, Outcome, unescaped, without_addresses
from connectors.mailchimp.account import MailchimpAccount, listing
from connectors.mailchimp.changes import MOST, NOT_ON_THE_LIST, AddressedChange, Verdict, verdict

CARRIED = "yes"
TAGS = "/lists/{audience}/segments"
TAG = "/lists/{audience}/segments/{tag}"
CHANGED = ("members_added", "members_removed")
EVERY_STATUS = {
    "include_cleaned": "true",
    "include_transactional": "true",
    "include_unsubscribed": "true",
}
"""Of a tag's members only the subscribed are shown unless asked for the others."""


class Tags(MailchimpAccount):
    """Reads and writes tags."""

    def tags(self) -> dict[str, str]:
        """Ids of all static segments by their folded names."""
        rows = self.rows_in(listing(TAGS, "segments", "id,name,type", {"type": "static"}))
        return {
            str(unescaped(row["name"])).casefold(): str(row["id"])
            for row in rows
            if row.get("type", "static") == "static"
        }

    def tagged(self, tag: str) -> Iterator[Found]:
        """Members with the tag of this id, in any status."""
        members = listing(f"{TAG}/members", "members", "id", EVERY_STATUS)
        for row in self.every_row(members, {"tag": tag}):
            yield Found(str(row["id"]), CARRIED)

    def push_tag(
        self, name: str, tags: Mapping[str, str], changes: Sequence[AddressedChange]
    ) -> Iterator[Outcome]:
        """Put one tag on members and take it off others; `tags` are the ids that `tags()` gave."""
        adding = [each for each in changes if each.change.value is not None]
        removing = [each for each in changes if each.change.value is None]
        tag = tags.get(name.casefold())
        if tag is None:
            # Nobody carries what is not there.
            yield from (Outcome(each.change, "applied") for each in removing)
            if not adding:
                return
            created = self._create(name)
            if isinstance(created, Verdict):
                yield from (each.answered(created) for each in adding)
                return
            tag, removing = created, []
        for begin in range(0, max(len(adding), len(removing)), MOST):
            some = slice(begin, begin + MOST)
            yield from self._exchange(tag, adding[some], removing[some])

    def _create(self, name: str) -> str | Verdict:
        """The id of a new tag that nobody carries; why not, where it is refused."""
        response = self.client.request(
            "POST",
            TAGS,
            fill={"audience": self.audience},
            json={"name": name, "static_segment": []},
            accept=(400,),
        )
        body = response.json()
        if response.status != 200:  # noqa: PLR2004
            return Verdict(
                "rejected", without_addresses(f"the tag {name!r} is refused: {body.get('detail')}")
            )
        return str(body["id"])

    def _exchange(
        self, tag: str, adding: Sequence[AddressedChange], removing: Sequence[AddressedChange]
    ) -> Iterator[Outcome]:
        """Members in and out of one tag, in one request."""
        body = {
            "members_to_add": [each.address for each in adding],
            "members_to_remove": [each.address for each in removing],
        }
        answer = self.write(TAG, {name: who for name, who in body.items() if who}, tag=tag)
        refused = {
            address.lower(): verdict(error)
            for error in answer.get("errors") or ()
            for address in error.get("email_addresses") or ()
        }
        done = {row["id"] for name in CHANGED for row in answer.get(name) or ()}
        unsure: list[AddressedChange] = []
        for each in (*adding, *removing):
            if (why := refused.get(each.address.lower())) is not None:
                yield each.answered(why)
            # A member that is not named and was to lose the tag does not carry it, or is not there.
            elif each.change.key in done or each.change.value is None:
                yield Outcome(each.change, "applied")
            else:
                unsure.append(each)
        if unsure:
            yield from self._looked_up(tag, unsure)

    def _looked_up(self, tag: str, unsure: Sequence[AddressedChange]) -> Iterator[Outcome]:
        """Outcomes of additions that the answer does not name: it ignores unknown members."""
        carrying = {found.key for found in self.tagged(tag)}
        for each in unsure:
            if each.change.key in carrying:
                yield Outcome(each.change, "applied")
            else:
                yield Outcome(each.change, "skipped", NOT_ON_THE_LIST)
