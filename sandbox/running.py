"""The whole sandbox: the world, and a server for each vendor."""

from datetime import datetime
from types import TracebackType
from typing import Self

from sandbox.clock import Clock
from sandbox.heyloyalty.api import ROOT as HEYLOYALTY_ROOT
from sandbox.heyloyalty.api import Heyloyalty
from sandbox.mailchimp.api import ROOT as MAILCHIMP_ROOT
from sandbox.mailchimp.api import Mailchimp
from sandbox.server import Server
from sandbox.square.api import ROOT as SQUARE_ROOT
from sandbox.square.api import Square
from sandbox.woocommerce.api import WooCommerce
from sandbox.world.world import World

WOOCOMMERCE_KEY = "ck_sandbox"
WOOCOMMERCE_SECRET = "cs_sandbox"  # noqa: S105 (opens nothing but the sandbox)
MAILCHIMP_KEY = "sandbox-us1"
SQUARE_TOKEN = "EAAAsandbox"  # noqa: S105 (opens nothing but the sandbox)
HEYLOYALTY_KEY = "sandbox"
HEYLOYALTY_SECRET = "sandbox"  # noqa: S105 (opens nothing but the sandbox)


class Sandbox:
    """A local world behind the vendors' APIs on loopback; a context manager.

    `woocommerce`, `mailchimp`, `heyloyalty` and `square` are servers with `requests` to inspect
    and `faults` to switch on; `violations` lists every forbidden request. `club`
    is where fields and options are made by hand at Heyloyalty; `tills` is Square itself, `shop`
    WooCommerce.
    Mailchimp has the newsletter, Heyloyalty the customer club.
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
        heyloyalty_port: int = 0,
        square_port: int = 0,
        brands: bool = True,
        tills_apart: bool = False,
        older: bool = False,
    ) -> None:
        """Simulate up to `start`, an aware instant, and bind the ports; 0: any free one.

        `running`: the clock goes on by itself. `brands`: products carry brands, as in newer shops;
        without, only the product attribute does. `tills_apart`: sales in stores come from Square
        alone; without, the webshop has them too, as where tills write into it. `older`: a
        WooCommerce without the lists of all refunds and of all variations.
        """
        self.clock = Clock(start, running=running)
        self.world = World(self.clock, seed=seed, people=people)
        self.violations: list[str] = []
        self.shop = WooCommerce(
            self.world,
            self.violations,
            key=WOOCOMMERCE_KEY,
            secret=WOOCOMMERCE_SECRET,
            brands=brands,
            tills_apart=tills_apart,
            older=older,
        )
        self.woocommerce = Server(self.shop, port=woocommerce_port)
        self.shop.site = self.woocommerce.url
        self.mailchimp = Server(
            Mailchimp(self.world, self.violations, api_key=MAILCHIMP_KEY), port=mailchimp_port
        )
        self.club = Heyloyalty(
            self.world, self.violations, api_key=HEYLOYALTY_KEY, api_secret=HEYLOYALTY_SECRET
        )
        self.heyloyalty = Server(self.club, port=heyloyalty_port)
        self.tills = Square(self.world, self.violations, token=SQUARE_TOKEN)
        self.square = Server(self.tills, port=square_port)

    @property
    def shop_url(self) -> str:
        """The `url` of a WooCommerce connection."""
        return self.woocommerce.url

    @property
    def mailchimp_url(self) -> str:
        """The `url` of a Mailchimp connection."""
        return self.mailchimp.url + MAILCHIMP_ROOT

    @property
    def heyloyalty_url(self) -> str:
        """The `url` of a Heyloyalty connection."""
        return self.heyloyalty.url + HEYLOYALTY_ROOT

    @property
    def square_url(self) -> str:
        """The `url` of a Square connection."""
        return self.square.url + SQUARE_ROOT

    @property
    def audience(self) -> str:
        """Id of the newsletter's list at Mailchimp."""
        return self.world.list.id

    def start(self) -> Self:
        """Start the servers."""
        self.woocommerce.start()
        self.mailchimp.start()
        self.heyloyalty.start()
        self.square.start()
        return self

    def stop(self) -> None:
        """Stop the servers."""
        self.woocommerce.stop()
        self.mailchimp.stop()
        self.heyloyalty.stop()
        self.square.stop()

    def __enter__(self) -> Self:
        """Start the servers."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the servers."""
        self.stop()
