"""Mailchimp: the members of one audience and what they did, and tags and fields back to them.

Fact sheet, from https://mailchimp.com/developer/marketing/api/:
- API: Marketing API 3.0 at `https://{dc}.api.mailchimp.com/3.0`; dc is what follows the last dash
  of the API key.
- Version: 3.0; no end is announced.
- Auth: HTTP basic with any user name and the API key, of a user who is Manager or Admin.
- Paging: `offset` and `count` (1000 at most), `total_items` in the body; members are sorted by
  their sign-up, which does not move while we read.
- Cursor: `since_send_time` of campaigns, `since` of a campaign's activity, both later than and not
  at. `since_last_changed` of members is not reliably moved by tags, and rows that did not change
  would not be shown; so members are read whole every time, 1000 a request, because who is no
  longer shown must no longer be written to.
- Limits: 10 requests at once for a user (one is ours), 120 s for a request. No headers tell them;
  beyond them it answers 429, or 403 without JSON, both of which mean: later.
- Batch: fields of 500 members in one request, errors inside the 200; of a tag, 500 to add and 500
  to remove in one request. A tag is a static segment. Addresses name the members; a member's id is
  the MD5 of the address in lower case, which is how an address is checked before it is sent.
- Engagement: deliveries, opens, clicks, bounces, complaints and unsubscribes. They drive
  `inactive`, `active_clickers`, `opened_recently` and `clicked_recently`, by the campaigns that
  were sent.
- What it cannot do: tell when somebody was made `cleaned` or left by other ways than a campaign's
  link (the instant of the last change stands for it); tell machine opens from human ones; write to
  members in a compliance state, which is never fought; tell which tag was put on by whom.
- Proved against: the vendor's description.
- Who leaves has left this audience, and other lists may go on, unless `unsubscribed_means` says
  that all email was meant; who reported a letter as spam (`abuse-reports`, read whole) or whose
  address is `cleaned` is written to nowhere. Who signs up here again lifts what was said here.
- Tags are groups, not lists: being in one permits nothing. Of a member 50 tags are shown, and not
  since when they are there; that is told by a request per member only, which is not sent.
- Marketing permissions narrow what the status grants: a box that is not ticked grants nothing, and
  withdraws nothing. `email_permission` names the one that means email.
- The status of text messages (`sms_subscription_status`) is a consent of the channel sms.
- What is never done: no contact is created, and no subscription is changed or even named in what
  is sent; no tag is replaced that somebody else gave.
"""

from connectors.mailchimp.destination import MailchimpDestination
from connectors.mailchimp.engagement import Engagement
from connectors.mailchimp.members import Members

__all__ = ["Mailchimp"]


# Streams are offered from the last base to the first: members come before what they did.
class Mailchimp(Engagement, Members, MailchimpDestination):
    """Members, campaigns and engagement of one Mailchimp audience; tags and fields for them."""

    kind = "mailchimp"
    system = "email"
