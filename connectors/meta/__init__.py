"""Meta: custom audiences of one ad account.

Fact sheet, from https://developers.facebook.com/docs/marketing-api/audiences:
- API: Marketing API v26.0 at `https://graph.facebook.com`; the setting `version` names another
  one. A version ends about a year after it came and is refused from then on, which is told.
- Version: 26.0, which ends in the middle of 2027 or later.
- Auth: the token of a system user of your business with the permission `ads_management`, for an
  app with Ads Management Standard Access; with `app_secret` each request carries its
  `appsecret_proof` (https://developers.facebook.com/docs/graph-api/securing-requests).
- Paging: `after` with `paging.cursors.after`, while there is a `paging.next`.
- Cursor: none; audiences are written and not read.
- Identifiers: SHA-256 of the address in lower case, and of the digits of the phone number with its
  country code; nothing else is sent, and nothing unhashed.
- Limits: by the account's use; codes 17, 4, 613, 80000 and 80003, with the minutes to wait in
  `X-Business-Use-Case-Usage`.
- Batch: 10,000 rows in a request, in sessions; people are taken out by a real DELETE. A change
  takes up to a day.
- An audience is used by Meta from about a hundred people on whom it knows. The terms of custom
  audiences are accepted once at https://business.facebook.com/ads/manage/customaudiences/tos.
- What it cannot do: tell who is in an audience, or whom it knew. An audience that was not made by
  this hub is refused unless the binding says `adopt = true`.
- Proved against: the vendor's description.
- Not proved: the codes of throttling and the form of `X-Business-Use-Case-Usage`, which no
  description states.
- What is never done: nobody is in a request who has no consent to ads, and a withdrawal takes
  them out.
"""

import hmac
import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Literal

from connectors.kit import (
    META,
    Again,
    Batch,
    Credential,
    CursorPages,
    Declared,
    HubError,
    Identifier,
    Misconfigured,
    Names,
    Outcome,
    Person,
    PerTarget,
    Raw,
    Response,
    Secret,
    Unauthorized,
    Unavailable,
    Unwritable,
    Writing,
    bearer,
    identifiers,
)

__all__ = ["Meta"]

ROWS = 10_000
"""Most rows of a request."""
SCHEMA = ("EMAIL", "PHONE")
AUDIENCES = "/act_{account}/customaudiences"
# https://developers.facebook.com/documentation/ads-commerce/marketing-api/reference/custom-audience/users
CLOSED = frozenset({33, 1713230})
"""Subcodes of an audience that is gone or out of reach, and of one that Meta has blocked."""
# https://developers.facebook.com/docs/graph-api/guides/error-handling
THROTTLED = frozenset({4, 17, 341, 613, 80000, 80003, 80004})
FAULTS = {1: "that the error is unknown", 2: "that the service is down"}
"""Codes of faults of Meta's own."""
# https://developers.facebook.com/docs/marketing-api/reference/custom-audience/users
INVALID = "a hash that Meta could not read, in a request that it took"
MEANINGS: Sequence[tuple[Collection[int], type[HubError], str]] = (
    ((190,), Unauthorized, ("Meta refuses the token, or it has ended; make a new one in Business "
     "settings, System users")),
    ((3, 10, 200, 294), Unauthorized, ("the token may not change audiences; grant it "
     "ads_management for the ad account {self.account}")),
    ((2650,), Unauthorized, ("accept Meta's terms of custom audiences once, at "
     "https://business.facebook.com/ads/manage/customaudiences/tos?act={self.account}")),
    ((2635,), Misconfigured, ("Meta has ended {self.version} of its Marketing API; write a newer "
     "version in the connection, and look for a newer connector")),
)  # fmt: skip


def _create(own: "Meta", name: str) -> Response:
    made = {"name": name, "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY"}
    return own.send("POST", AUDIENCES, json=made)


def _other(row: Raw) -> str:
    subtype = str(row.get("subtype", "CUSTOM"))
    return "" if subtype == "CUSTOM" else f"an audience of the type {subtype}"


class Meta(Writing):
    """Custom audiences of one ad account at Meta (Facebook and Instagram)."""

    kind = "meta"
    base_url = "https://graph.facebook.com/{self.version}"
    pages = CursorPages("paging.cursors.after", "after", size=100, more="paging.next")
    requires = "ads"
    addressed_by: ClassVar[Literal["key", "identifiers"]] = "identifiers"
    catalogue: ClassVar[Mapping[str, Names]] = {
        "audience": Names(
            Declared(AUDIENCES, items="data", params={"fields": "id,name,subtype"}),
            create=_create,
            other=_other,
        )
    }
    batch: ClassVar[Mapping[str, PerTarget]] = {"audience": PerTarget(ROWS, both_ways=True)}
    reasons = ("error.error_user_msg", "error.message")
    request_seconds = 2.0

    account: str
    """Number of the ad account (Ads Manager, beside its name), without act_."""
    token: Secret
    """Token of a system user (Business settings, System users), with ads_management."""
    version: str = "v26.0"
    """Version of the Marketing API."""
    app_secret: Secret | None = None
    """Secret of the app (App settings, Basic), where the app requires a proof of it."""

    def credential(self) -> Credential:
        """The token as a header, and the proof of the app's secret."""
        if self.app_secret is None:
            return bearer(self.token)
        key, token = (each.get_secret_value().strip() for each in (self.app_secret, self.token))
        proof = hmac.new(key.encode(), token.encode(), "sha256").hexdigest()
        return Credential(bearer(token).headers, params={"appsecret_proof": proof})

    def gating_lists(self) -> Sequence[str]:
        """There are no lists: consent to ads decides."""
        return ()

    def identifiers(self, person: Person) -> Sequence[Identifier]:
        """Hashes of a person's addresses and numbers."""
        return identifiers(person, META)

    def meaning_of(self, answer: Response) -> HubError | None:
        """Errors by their codes, which come with all kinds of statuses."""
        code = answer.find("error.code")
        if code in FAULTS:
            return Unavailable(
                f"{answer.where} answered {answer.status}: Meta says {FAULTS[code]} ({code})"
            )
        if code in THROTTLED:
            return Unavailable(f"{answer.where} is throttled ({code})", self._free(answer))
        for codes, error, said in MEANINGS:
            if code in codes:
                return error(said.format(self=self))
        return None

    def requests(self, batch: Batch) -> int:
        """One in each direction; a plan does not know who has changed or several addresses."""
        return bool(batch.adding) + bool(batch.removing)

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Take rows out and put rows in, in one session each; nobody is told by name.

        Rows that Meta could not read are counted, and none of them is told by name either.
        """
        sent = invalid = 0
        for method, rows in (
            ("DELETE", [row for each in batch.edits for row in each.change.remove]),
            ("POST", [row for each in batch.edits for row in each.change.add]),
        ):
            for body in _session(rows):
                answer = self.send(
                    method, "/{audience}/users", fill={"audience": batch.id}, json=body
                )
                if answer.find("error.error_subcode") in CLOSED:
                    raise Unwritable(self.reason_of(answer))
                if answer.is_error or answer.find("error"):
                    yield from self.refused(answer, batch)
                    return
                sent += len(body["payload"]["data"])
                invalid += _number(answer.find("num_invalid_entries"))
        if invalid and invalid >= sent:
            yield from (each.rejected(f"only {INVALID}") for each in batch.edits)
            return
        for place, each in enumerate(batch.edits):
            yield Outcome(each.change, "applied", INVALID) if place < invalid else each.applied()

    def _free(self, answer: Response) -> Any:
        """The instant from which the account may be used again, where the answer tells it."""
        try:
            usage = json.loads(answer.headers.get("X-Business-Use-Case-Usage", "{}"))
            wait = timedelta(minutes=max((each.get("estimated_time_to_regain_access", 0)
                       for uses in usage.values() for each in uses), default=0))  # fmt: skip
        except (AttributeError, TypeError, ValueError):
            # No description states the form of this header.
            return None
        return self._clock.now() + wait if wait else None


def _number(stated: Any) -> int:
    """A number that the description calls a text; 0 where it is none."""
    return int(stated) if str(stated).isdecimal() else 0


def _session(rows: Sequence[Identifier]) -> Iterator[dict[str, Any]]:
    """The bodies of one session: rows of one schema, a missing value empty."""
    number = secrets.randbits(60)
    for begin in range(0, len(rows), ROWS):
        data = [[row.get(name, "") for name in SCHEMA] for row in rows[begin : begin + ROWS]]
        yield {
            "payload": {"schema": list(SCHEMA), "data": data},
            "session": {
                "session_id": number,
                "batch_seq": begin // ROWS + 1,
                "last_batch_flag": begin + ROWS >= len(rows),
                "estimated_num_total": len(rows),
            },
        }
