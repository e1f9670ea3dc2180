"""Consents of a profile: what it allows on each channel, and what a suppression withdraws."""

from collections.abc import Iterator
from typing import Any, Literal

from connectors.kit import Consent, Raw, dig, utc

Status = Literal["subscribed", "unsubscribed", "cleaned", "none"]
CHANNELS: dict[Any, str] = {
    "email": "email.marketing",
    "sms": "sms.marketing",
    "push": "mobile_push.marketing",
    "whatsapp": "whatsapp.marketing",
    "tracking": "email.open_tracking",
}
MEANINGS: dict[Any, bool] = {"SUBSCRIBED": True, "UNSUBSCRIBED": False}
# The gravest first; https://developers.klaviyo.com/en/reference/get_profiles
REASONS: dict[str, Any] = {
    "SPAM_COMPLAINT": "complaint",
    "HARD_BOUNCE": "bounce",
    "INVALID_EMAIL": "bounce",
    "UNSUBSCRIBE": "asked",
    "USER_SUPPRESSED": "asked",
}
DOUBLE: dict[Any, Any] = {True: "double", False: "single"}


def consents(raw: Raw) -> Iterator[Consent]:
    """Yield the statements of a profile, one for each channel and one for each suppressed list."""
    for channel, path in CHANNELS.items():
        state = dig(raw, f"attributes.subscriptions.{path}") or {}
        granted = MEANINGS.get(state.get("consent"))
        at = state.get("consent_timestamp") or state.get("last_updated")
        if suppressed := _suppression(state):
            yield _withdrawn(raw, channel, suppressed)
        # A withdrawal stands without its instant: the last change is the latest that it can be.
        elif granted is False or (granted and at):
            yield Consent(
                contact=raw["id"], channel=channel, granted=granted,
                method=DOUBLE.get(state.get("double_optin")),
                origin=state.get("method_detail") or state.get("method"),
                at=utc(at or dig(raw, "attributes.updated")),
            )  # fmt: skip
        for each in state.get("list_suppressions") or ():
            yield _withdrawn(raw, channel, each, each["list_id"])


def status_on(list_id: str, raw: Raw) -> Status:
    """Return what being on a list means for a person: their own consent to email, or none."""
    state = dig(raw, "attributes.subscriptions.email.marketing") or {}
    if suppressed := _suppression(state):
        return "cleaned" if REASONS.get(suppressed["reason"]) == "bounce" else "unsubscribed"
    if any(each["list_id"] == list_id for each in state.get("list_suppressions") or ()):
        return "unsubscribed"
    granted = MEANINGS.get(state.get("consent"))
    return "none" if granted is None else "subscribed" if granted else "unsubscribed"


def _suppression(state: Raw) -> Raw | None:
    """Return the gravest suppression of all email, None where there is none."""
    found = {each["reason"]: each for each in state.get("suppression") or ()}
    return next((found[each] for each in (*REASONS, *found) if each in found), None)


def _withdrawn(raw: Raw, channel: Any, suppressed: Raw, of: str | None = None) -> Consent:
    return Consent(
        contact=raw["id"], channel=channel, list=of, granted=False,
        reason=REASONS.get(suppressed["reason"], "asked"), at=utc(suppressed["timestamp"]),
    )  # fmt: skip
