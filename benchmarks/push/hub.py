"""Count the requests to a destination while people enter and leave a segment.

People are stored, segments evaluated and pushed as `segmenthub run` does it; only the requests
of the second day count, and those of a third on which nothing changed.

`python -m benchmarks.push.hub DESTINATION PEOPLE ENTERING LEAVING FOLDER`
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from benchmarks.measure import measured
from benchmarks.push import people, platforms, vendors
from benchmarks.push.people import HERE, Person, Scenario
from benchmarks.push.vendors import FIELD, TAG, Vendor
from connectors.activecampaign import ActiveCampaign
from connectors.meta import Meta
from connectors.shopify import Shopify
from core import log
from core.contract import Page
from core.records import Consent, ConsentChannel, Contact, ListMember, Record
from core.store import checkpoints
from core.store.connections import connection_id
from core.store.ingest import save
from sandbox.server import Server
from sync.destinations import bound_destinations, preview, push_destinations
from sync.evaluation import evaluate
from sync.hub import Hub, open_hub
from sync.runs import Run, running

TODAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
ROWS = 1_000
"""People that are stored in one page."""
SECRETS = {"BENCH_KEY": "0123456789abcdef-us1", "BENCH_SECRET": "cs"}
HUB = """
[hub]
database = "sqlite:///hub.db"
timezone = "Europe/Copenhagen"
currency = "DKK"
country = "DK"
allow_local = ["{host}"]

[segments.here]
field = "city"
is = "{town}"

[connections.list]
"""
BY_TAG = f'[connections.list.push.tags]\nhere = "{TAG}"\n'
BY_LIST = f'[connections.list.push.lists]\nhere = "{TAG}"\n'
BY_FIELD = f'[connections.list.push.fields]\n{FIELD} = "segments"\n'


@dataclass(frozen=True)
class Setup:
    """One destination: its stanza, its stand-in, and the fewest requests that its API allows."""

    stanza: str
    vendor: type[Vendor]
    members: Callable[[Scenario], Sequence[Person]]
    fewest: Callable[[Scenario], int]
    why: str
    """The arithmetic of `fewest`, in words."""


@dataclass(frozen=True)
class RequestCounts:
    """Requests to a destination."""

    requests: int
    """Requests on the day on which people entered and left."""
    unchanged: int
    """Requests on the day on which nothing changed."""
    carrying: int
    """People who carry it in the end."""


def _batches(scenario: Scenario, most: int) -> int:
    return -(-scenario.moving // most)


MAILCHIMP = 'kind = "mailchimp"\naudience = "a1"\napi_key = { env = "BENCH_KEY" }\n'
HEYLOYALTY = """kind = "heyloyalty"
list = 7
requests_per_second = 100000
api_key = { env = "BENCH_KEY" }
api_secret = { env = "BENCH_SECRET" }
"""
WOOCOMMERCE = """kind = "woocommerce"
key = { env = "BENCH_KEY" }
secret = { env = "BENCH_SECRET" }
"""
KLAVIYO = 'kind = "klaviyo"\napi_key = { env = "BENCH_KEY" }\n'
ACTIVECAMPAIGN = 'kind = "activecampaign"\nlist = 1\napi_key = { env = "BENCH_KEY" }\n'
SHOPIFY = 'kind = "shopify"\ntoken = { env = "BENCH_KEY" }\n'
META = f"""kind = "meta"
account = "7"
token = {{ env = "BENCH_KEY" }}

[connections.list.push.audiences]
here = "{TAG}"

[connections.crowd]
kind = "csv"
folder = "crowd"

[connections.crowd.contacts]
files = ["people.csv"]
id = "id"
"""
SETUPS = {
    "mailchimp, a tag": Setup(
        MAILCHIMP + BY_TAG,
        vendors.Mailchimp,
        people.mailchimp,
        lambda scenario: -(-max(scenario.entering, scenario.leaving) // 500),
        "500 members into a tag and 500 out of it in one request: entering / 500, rounded up",
    ),
    "mailchimp, a field": Setup(
        MAILCHIMP + BY_FIELD,
        vendors.Mailchimp,
        people.mailchimp,
        lambda scenario: _batches(scenario, 500),
        "500 members in one request: (entering + leaving) / 500, rounded up",
    ),
    "heyloyalty, an option": Setup(
        HEYLOYALTY + BY_TAG,
        vendors.Heyloyalty,
        people.heyloyalty,
        lambda scenario: scenario.moving + -(-scenario.people // 5_000),
        "one member in one request, and once the list by pages of 5,000, because options are "
        "written as a whole: entering + leaving + people / 5,000",
    ),
    "woocommerce, a note": Setup(
        WOOCOMMERCE + BY_TAG,
        vendors.WooCommerce,
        people.numbered,
        lambda scenario: _batches(scenario, 100),
        "100 customers in one request: (entering + leaving) / 100, rounded up",
    ),
    "klaviyo, a list": Setup(
        KLAVIYO + BY_LIST,
        platforms.Klaviyo,
        people.numbered,
        lambda scenario: -(-scenario.entering // 1000) + -(-scenario.leaving // 1000),
        "1,000 profiles in one request, in one direction: entering / 1,000 and leaving / 1,000, "
        "each rounded up",
    ),
    "activecampaign, a tag": Setup(
        ACTIVECAMPAIGN + BY_TAG,
        platforms.ActiveCampaign,
        people.numbered,
        lambda scenario: scenario.entering + 2 * scenario.leaving,
        "one contact in one request, and a tag is taken off by a number that is looked up: "
        "entering + twice leaving",
    ),
    "shopify, a tag": Setup(
        SHOPIFY + BY_TAG,
        platforms.Shopify,
        people.numbered,
        lambda scenario: _batches(scenario, 25),
        "25 customers in one document: (entering + leaving) / 25, rounded up",
    ),
    "meta, an audience": Setup(
        META,
        platforms.Meta,
        people.hashed,
        lambda scenario: 1 + -(-scenario.entering // 10_000) + -(-scenario.leaving // 10_000),
        "the id of the audience, and 10,000 people in one request, in one direction: "
        "1 + entering / 10,000 + leaving / 10,000, each rounded up",
    ),
}


def count_requests(setup: Setup, scenario: Scenario, folder: Path) -> RequestCounts:
    """Run the three days; raises RuntimeError where the vendor ends in a wrong state."""
    os.environ |= SECRETS
    everybody = setup.members(scenario)
    vendor = setup.vendor(everybody)
    with Server(vendor) as server:
        config = folder / "config.toml"
        host = server.url.removeprefix("http://")
        # An ad platform has one address, which is no setting.
        stanza = ("" if setup.stanza is META else f'url = "{server.url}"\n') + setup.stanza
        config.write_text(HUB.format(host=host, town=HERE) + stanza)
        present = [TODAY]
        with (
            patch.object(Meta, "base_url", server.url),
            # A stand-in takes as many requests per second as it can.
            patch.object(ActiveCampaign, "limits", ()),
            patch.object(Shopify, "limits", ()),
            open_hub(config, lambda: present[0]) as hub,
        ):
            requests = []
            days = [
                [(each, scenario.town(place, later=False)) for place, each in enumerate(everybody)],
                [
                    (each, scenario.town(place, later=True))
                    for place, each in enumerate(everybody[: scenario.moving])
                ],
                [],
            ]
            for news in days:
                server.requests.clear()
                _store(hub, news)
                with running(hub, "run") as run:
                    _evaluate_and_push(run)
                requests.append(len(server.requests))
                present[0] += timedelta(hours=1)
    expected = {
        each.key
        for number, each in enumerate(everybody)
        if scenario.town(number, later=True) == HERE
    }
    if vendor.carrying.keys() != expected:
        raise RuntimeError(f"{len(vendor.carrying)} carry it, and {len(expected)} should")
    return RequestCounts(requests[1], requests[2], len(expected))


def _evaluate_and_push(run: Run) -> None:
    evaluate(run)
    # Many people leave, deliberately: they are shown and approved.
    preview(run.hub)
    push_destinations(run, approve=True)
    if run.errors:
        raise run.errors[0]


def _store(hub: Hub, news: Sequence[tuple[Person, str]]) -> None:
    """Store what a pull of the list would: people with town, consent and list status."""
    (destination,) = bound_destinations(hub)
    ((name, source),) = hub.sources().items()
    now = hub.now()
    lists = destination.destination.gating_lists()
    channel: ConsentChannel = "ads" if destination.destination.requires == "ads" else "email"
    for stream in destination.member_streams or source.streams():
        with hub.database.transaction() as transaction:
            number = connection_id(transaction, name, source.kind)
            reading = checkpoints.begin(transaction, number, stream.name, now)
        for begin in range(0, len(news), ROWS):
            some = news[begin : begin + ROWS]
            records = [
                record for each, town in some for record in _records(each, town, lists, channel)
            ]
            with hub.database.transaction() as transaction:
                save(transaction, hub.config.shop, reading, Page(records=records), now)
        with hub.database.transaction() as transaction:
            checkpoints.complete(transaction, reading, now, rows=len(news), full=False)


def _records(
    somebody: Person, town: str, lists: Sequence[str], channel: ConsentChannel
) -> Iterator[Record]:
    yield Contact(id=somebody.key, email=somebody.email, city=town)
    yield Consent(contact=somebody.key, channel=channel, granted=True, at=TODAY)
    for each in lists:
        yield ListMember(contact=somebody.key, list=each, status="subscribed")


if __name__ == "__main__":
    name, *sizes, folder = sys.argv[1:]
    log.configure("plain")
    with measured() as cost:
        found = count_requests(SETUPS[name], Scenario(*map(int, sizes)), Path(folder))
        cost.counts |= {"asked": found.requests, "unchanged": found.unchanged}
