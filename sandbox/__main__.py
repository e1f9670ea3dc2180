"""`python -m sandbox`: run the sandbox until Ctrl-C, for authors of connectors."""

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime

from sandbox.running import (
    HEYLOYALTY_KEY,
    HEYLOYALTY_SECRET,
    MAILCHIMP_KEY,
    SQUARE_TOKEN,
    WOOCOMMERCE_KEY,
    WOOCOMMERCE_SECRET,
    Sandbox,
)

ADDRESSES = """\
WooCommerce  url      {shop}
             key      {key}
             secret   {secret}
Mailchimp    url      {mailchimp}
             api_key  {api_key}
             audience {audience}
Heyloyalty   url      {heyloyalty}
             api_key  {club_key}
             api_secret {club_secret}
             list     {club}
Square       url      {square}
             token    {token}
Stop with Ctrl-C.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--woocommerce-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--mailchimp-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--heyloyalty-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--square-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another world")
    parser.add_argument("--people", type=int, default=2400, help="how many have arrived so far")
    parser.add_argument(
        "--start",
        type=datetime.fromisoformat,
        help="the world's present, like 2026-03-02T08:00; the default is now",
    )
    return parser.parse_args()


def main() -> None:
    """Print the addresses and serve until interrupted."""
    chosen = _arguments()
    start = chosen.start or datetime.now(UTC)
    interrupted = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: interrupted.set())
    with Sandbox(
        start if start.tzinfo else start.replace(tzinfo=UTC),
        seed=chosen.seed,
        people=chosen.people,
        running=True,
        woocommerce_port=chosen.woocommerce_port,
        mailchimp_port=chosen.mailchimp_port,
        heyloyalty_port=chosen.heyloyalty_port,
        square_port=chosen.square_port,
        tills_apart=True,
    ) as sandbox:
        sys.stdout.write(
            ADDRESSES.format(
                shop=sandbox.shop_url,
                key=WOOCOMMERCE_KEY,
                secret=WOOCOMMERCE_SECRET,
                mailchimp=sandbox.mailchimp_url,
                api_key=MAILCHIMP_KEY,
                audience=sandbox.audience,
                heyloyalty=sandbox.heyloyalty_url,
                club_key=HEYLOYALTY_KEY,
                club_secret=HEYLOYALTY_SECRET,
                club=sandbox.club.setup.number,
                square=sandbox.square_url,
                token=SQUARE_TOKEN,
            )
        )
        sys.stdout.flush()
        interrupted.wait()


if __name__ == "__main__":
    main()
