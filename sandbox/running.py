"""The whole sandbox: the world, and a server for each vendor that speaks of it."""

from datetime import datetime
from types import TracebackType
from typing import Self

from sandbox.clock import Clock
from sandbox.mailchimp.api import ROOT as MAILCHIMP_ROOT
from sandbox.mailchimp.api import Mailchimp
from sandbox.server import Server
from sandbox.woocommerce.api import WooCommerce
from sandbox.world.world import World

WOOCOMMERCE_KEY = "ck_sandbox"
WOOCOMMERCE_SECRET = "cs_sandbox"  # noqa: S105 (opens nothing but the sandbox)
MAILCHIMP_KEY = "sandbox-us1"


class Sandbox:
    """A local world that speaks the vendors' APIs on loopback; a context manager.

    `woocommerce` and `mailchimp` are servers with `requests` to look at and `faults` to switch
    on; `violations` names everything that was sent and never may be.
    """

    def __init__(
        self,
        start: datetime,
        *,
        seed: int = 1,
        people: int = 2400,
        running: bool = False,
        woocommerce_port: int = 0,
        mailchimp_port: int = 0,
        brands: bool = True,
    ) -> None:
        """Live up to `start`, an aware instant, and bind both ports; 0: any free one.

        `running`: the clock goes on by itself. `brands`: products say their brands, as newer
        shops do; without, only the product attribute does.
        """
        self.clock = Clock(start, running=running)
        self.world = World(self.clock, seed=seed, people=people)
        self.violations: list[str] = []
        shop = WooCommerce(
            self.world,
            self.violations,
            key=WOOCOMMERCE_KEY,
            secret=WOOCOMMERCE_SECRET,
            brands=brands,
        )
        self.woocommerce = Server(shop, port=woocommerce_port)
        shop.site = self.woocommerce.url
        self.mailchimp = Server(
            Mailchimp(self.world, self.violations, api_key=MAILCHIMP_KEY), port=mailchimp_port
        )

    @property
    def shop_url(self) -> str:
        """What a WooCommerce connection calls its `url`."""
        return self.woocommerce.url

    @property
    def mailchimp_url(self) -> str:
        """What a Mailchimp connection reads in place of the vendor's own address."""
        return self.mailchimp.url + MAILCHIMP_ROOT

    @property
    def audience(self) -> str:
        """Id of the mailing list."""
        return self.world.list.id

    def start(self) -> Self:
        """Begin to answer."""
        self.woocommerce.start()
        self.mailchimp.start()
        return self

    def stop(self) -> None:
        """Answer no more."""
        self.woocommerce.stop()
        self.mailchimp.stop()

    def __enter__(self) -> Self:
        """Begin to answer."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Answer no more."""
        self.stop()
