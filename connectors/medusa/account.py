"""One Medusa server: how it is reached, and what all its lists have in common."""

from datetime import UTC, datetime, timedelta

from connectors.kit import (
    Address,
    Credential,
    Cursor,
    HubError,
    OffsetPages,
    Response,
    Rest,
    Secret,
    Unauthorized,
    basic,
)


def to_the_millisecond(instant: datetime) -> str:
    """`2024-05-01T10:00:00.000Z`: rows of one import differ by no more."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


MODIFIED = Cursor(
    "updated_at", since="updated_at[$gte]", format=to_the_millisecond,
    step=timedelta(milliseconds=1), newest={"order": "-updated_at"},
)  # fmt: skip
# The id as a second field to sort by is not understood.
BY_CHANGE = {"order": "updated_at"}
BY_ID = {"order": "id"}


class MedusaShop(Rest):
    """The server, whatever is read of it or written to it."""

    base_url = "{self.url}/admin"
    pages = OffsetPages(size=100, total_path="count")

    url: Address
    """Address of the server, like https://shop.example."""
    api_key: Secret
    """Secret API key (Settings, Secret API keys)."""

    def credential(self) -> Credential:
        """The key as a user without password."""
        return basic(self.api_key, "")

    def meaning_of(self, answer: Response) -> HubError | None:
        """A key that was revoked, or is a publishable one."""
        if answer.status not in (401, 403):
            return None
        return Unauthorized(
            f"{answer.where} answered {answer.status}: the key is refused; create a secret key in "
            "Medusa (Settings, Secret API keys), for publishable ones read nothing here"
        )
