"""The meaning of an answer: none where it is good, else the error that says what happens next."""

from collections.abc import Collection

from connectors.kit.http.body import Response, TooLarge
from core.errors import Broken, HubError, Unauthorized, Unavailable

UNAUTHORIZED, FORBIDDEN, GONE, TOO_LARGE, TOO_MANY, FAILS = 401, 403, 410, 413, 429, 500
REDIRECTS, REFUSES = 300, 400


class Expired(Unauthorized):
    """The credential has ended: it is renewed once and the request sent again, else told."""


class Absent(Broken):
    """The vendor has not this list, perhaps for its version: `Declared.instead` is read."""


def plain_meaning(answer: Response, again: Collection[int]) -> HubError | None:
    """Return what the status alone says; `again` are statuses that mean: later, please."""
    status, said = answer.status, f"{answer.where} answered {answer.status}"
    if status in again or status >= FAILS:
        return Unavailable(said)
    if status < REDIRECTS:
        return web_page(answer)
    if status == UNAUTHORIZED:
        return Expired(f"{said}: {REFUSED}")
    if status == FORBIDDEN:
        return web_page(answer) or Unauthorized(f"{said}: {REFUSED}")
    if status == TOO_LARGE:
        return TooLarge(f"{said}: more was sent or asked for than it takes at once")
    if status == GONE:
        return Broken(
            f"{said}: the vendor has taken this part of its API away, perhaps with its version; "
            "look for a newer version of the connector"
        )
    return Broken(f"{said}: the request was refused")


REFUSED = "the credential is refused; renew it, or give it the rights that this connector needs"


def web_page(answer: Response) -> Broken | None:
    """Return the error for a page for people: a login or a firewall stands before the API."""
    if "html" not in answer.headers.get("content-type", "").lower():
        return None
    if answer.status == FORBIDDEN:
        return Broken(
            f"{answer.where} answered 403 with a web page: a firewall stands before the API, and "
            "says nothing of the credential; let this machine's address through there"
        )
    return Broken(
        f"{answer.where} answered with a web page (a login or a firewall?) where JSON was agreed"
    )


def is_untouched(answer: Response, error: HubError) -> bool:
    """Whether a request that may be sent later has certainly done nothing yet."""
    # A vendor that throttles refuses before it looks at what is asked.
    refused = REFUSES <= answer.status < FAILS and isinstance(error, Unavailable)
    return answer.status == TOO_MANY or (refused and answer.status not in _UNSURE)


_UNSURE = {408, 425}
