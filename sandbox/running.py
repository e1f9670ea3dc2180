"""The whole sandbox: the world, and a server for each vendor that speaks of it."""

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
    """A local world that speaks the vendors' APIs on loopback; a context manager.

    `woocommerce`, `mailchimp`, `heyloyalty` and `square` are servers with `requests` to look at
    and `faults` to switch on; `violations` names everything that was sent and never may be. `club`
    is where fields and options are made by hand at Heyloyalty; `tills` is Square itself.
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
    ) -> None:
        """Live up to `start`, an aware instant, and bind the ports; 0: any free one.

        `running`: the clock goes on by itself. `brands`: products say their brands, as newer
        shops do; without, only the product attribute does. `tills_apart`: what was sold in a
        store only Square tells; without, the webshop tells it too, as where tills write into it.
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
            tills_apart=tills_apart,
        )
        self.woocommerce = Server(shop, port=woocommerce_port)
        shop.site = self.woocommerce.url
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
        """What a WooCommerce connection calls its `url`."""
        return self.woocommerce.url

    @property
    def mailchimp_url(self) -> str:
        """What a Mailchimp connection reads in place of the vendor's own address."""
        return self.mailchimp.url + MAILCHIMP_ROOT

    @property
    def heyloyalty_url(self) -> str:
        """What a Heyloyalty connection reads in place of the vendor's own address."""
        return self.heyloyalty.url + HEYLOYALTY_ROOT

    @property
    def square_url(self) -> str:
        """What a Square connection reads in place of the vendor's own address."""
        return self.square.url + SQUARE_ROOT

    @property
    def audience(self) -> str:
        """Id of the newsletter's list at Mailchimp."""
        return self.world.list.id

    def start(self) -> Self:
        """Begin to answer."""
        self.woocommerce.start()
        self.mailchimp.start()
        self.heyloyalty.start()
        self.square.start()
        return self

    def stop(self) -> None:
        """Answer no more."""
        self.woocommerce.stop()
        self.mailchimp.stop()
        self.heyloyalty.stop()
        self.square.stop()

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
