"""Heyloyalty: the members of one list, and segments and fields back to them.

Fact sheet, from https://github.com/Heyloyalty/api/wiki (the vendor publishes no
machine-readable description):
- API: v1 at `https://api.heyloyalty.com/loyalty/v1`.
- Version: 1; no end is announced.
- Auth: `X-Request-Timestamp`, the time as RFC 1123 writes it, in GMT; HTTP basic with the API key
  as user, and as password the base64 of the lowercase hexadecimal digest of HMAC-SHA256(time,
  secret). Every attempt is signed anew.
- Paging: `page` and `perpage` (5000 at most), and on until a page is empty; no totals. Members are
  sorted by `created_at`, and at the end the seams between the pages are looked at once more: only
  where nobody moved do those who were not shown count as gone.
- Cursor: none that is documented, and who changed does not tell who is gone: members are read
  whole every time.
- Limits: unpublished; one request at a time, and ten a second unless the setting says otherwise.
- Batch: none. One member is written per request, by PATCH, which leaves what is not sent. A push
  first reads the members that it is about: one by one where they are few, else the whole list for
  a thousand of them at a time, because who has left must not be written to, and because the
  options of a multi-choice field can only be written as a whole set.
- Tags: none. `as = "options"`: the options of one multi-choice field; `as = "yes_no"`: one yes/no
  field for each. Options that are not ours stay.
- Values: dates YYYY-MM-DD, `0000-00-00` for none; sex 1 male, 2 female; countries by ids of the
  vendor's own, of which only Denmark (53) is documented, hence the setting. Choices come as id, or
  as id and label, and are written as id. Times have no zone and are read in the shop's.
- Statuses: the words are not documented; known from public clients are `active`, `complaint` and
  `hard_bounce`. Any other is no place on the list, counted, and can be told by a setting.
- Who leaves has left this list, and other lists may go on, unless `unsubscribed_means` says that
  all email was meant; who complained or whose address bounced hard is written to nowhere. Who
  signs up here again lifts what was said here.
- Engagement: none. Opens, clicks and bounces come by webhooks only, which are not received yet.
- What it cannot do: create options or fields (that is done on the vendor's pages); tell when
  somebody came back to the list (the last change stands for what they allow, their first day for
  their stay).
- Proved against: our reading of the vendor's pages.
- What is never done: no `PUT`, which clears what is not sent; no `upsert`, no import, no creation;
  no write to anybody who is not subscribed, for that can bring them back to the list.
"""

from connectors.heyloyalty.destination import HeyloyaltyDestination
from connectors.heyloyalty.members import Members

__all__ = ["Heyloyalty"]


class Heyloyalty(Members, HeyloyaltyDestination):
    """Members of one Heyloyalty list; segments and fields for them."""

    kind = "heyloyalty"
    system = "email"
