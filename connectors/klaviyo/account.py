"""One Klaviyo account: how it is reached."""

from connectors.kit import (
    Address,
    Credential,
    Declared,
    Limit,
    LinkPages,
    RateHeaders,
    Rest,
    Secret,
    header,
)

SLOW = (
    "/api/campaigns",
    "/api/metrics",
    "/api/profile-bulk-import-jobs",
    "/api/lists/{joined}/relationships",
)
"""Paths with a rate of their own."""
LISTS = Declared("/api/lists", items="data", pages=LinkPages("links.next"))


class KlaviyoAccount(Rest):
    """Settings that source and destination share."""

    base_url = "{self.url}"
    pages = LinkPages("links.next", size=100, limit="page[size]")
    # Beside the rate of most lists those of single ones, per second and per minute.
    limits = (
        Limit(75, 1),
        Limit(750, 60),
        *(Limit(10, 1, of=each) for each in SLOW),
        *(Limit(150, 60, of=each) for each in SLOW),
        Limit(3, 1, of="/api/flows"),
        Limit(60, 60, of="/api/flows"),
    )
    learns = RateHeaders("RateLimit-Remaining", "RateLimit-Reset")

    api_key: Secret
    """Private API key (Klaviyo, Settings, API keys), like pk_0123…"""
    revision: str = "2026-10-15"
    """Revision of the API."""
    url: Address = "https://a.klaviyo.com"
    """Address of the API where it is not the vendor's own: a proxy."""

    def credential(self) -> Credential:
        """The key; the revision goes along with every request."""
        key = header("Authorization", self.api_key, prefix="Klaviyo-API-Key ")
        return Credential({**key.headers, "revision": self.revision})
