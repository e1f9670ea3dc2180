"""The benchmarks run at toy size, so that they do not rot; nothing here looks at seconds."""

from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, README, main
from benchmarks.csv import csv_module as csv_floor
from benchmarks.csv import hub as csv_hub
from benchmarks.csv.report import Files
from benchmarks.csv.report import as_tables as csv_told
from benchmarks.csv.till import write
from benchmarks.measure import Cost, best, run_apart
from benchmarks.pull import hub as pull_hub
from benchmarks.pull import minimal as pull_floor
from benchmarks.pull.report import Pulls
from benchmarks.pull.report import as_tables as pull_told
from benchmarks.pull.server import served
from benchmarks.push.hub import SETUPS, count_requests
from benchmarks.push.people import Scenario
from benchmarks.push.report import Requests
from benchmarks.push.report import as_tables as push_told
from benchmarks.requests.hub import RequestCounts
from benchmarks.requests.hub import count_requests as count_shop_requests
from benchmarks.requests.report import ShopRequests
from benchmarks.requests.report import as_tables as requests_as_tables
from benchmarks.table import Ratio, replaced
from sync.hub import open_hub

CROWD = Scenario(people=60, entering=20, leaving=10)


def test_everybody_reads_the_same_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_KEY", "ck")
    monkeypatch.setenv("BENCH_SECRET", "cs")
    cost = Cost()
    with served(120) as address:
        orders, lines = pull_floor.load(address, str(tmp_path / "floor.db"))
        with open_hub(pull_hub.prepared(address, tmp_path)) as hub:
            pull_hub.load(hub, cost)
            with hub.database.read() as transaction:
                stored = [
                    transaction.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
                    for table in ("orders", "order_line")
                ]
    assert [orders, lines] == stored
    assert orders == 120
    assert cost.counts["orders"] == 120
    assert cost.counts["products"]
    lists = {"customers", "categories", "products", "variations", "orders", "refunds"}
    assert cost.parts.keys() == lists


def test_everybody_reads_the_same_lines(tmp_path: Path) -> None:
    file = write(tmp_path, 90)
    read, stored = Cost(), Cost()
    with open_hub(csv_hub.prepared(tmp_path)) as hub:
        csv_hub.read(hub, read)
        csv_hub.store(hub, stored)
    assert csv_floor.rows(file) == read.counts["lines"] == stored.counts["lines"] == 90


@pytest.mark.parametrize("name", SETUPS)
def test_only_members_who_moved_are_requested(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_KEY", "0123456789abcdef-us1")
    monkeypatch.setenv("BENCH_SECRET", "cs")
    found = count_requests(SETUPS[name], CROWD, tmp_path)
    assert found.carrying == 20
    assert found.requests >= SETUPS[name].fewest(CROWD)
    assert found.unchanged == 0


@pytest.mark.parametrize(
    ("name", "fewest"),
    [
        ("mailchimp, a tag", 20),
        ("mailchimp, a field", 24),
        ("heyloyalty, an option", 12_010),
        ("woocommerce, a note", 120),
        ("klaviyo, a list", 12),
        ("activecampaign, a tag", 14_000),
        ("shopify, a tag", 480),
        ("meta, an audience", 3),
    ],
)
def test_the_fewest_requests_are_those_of_the_vendors_batches(name: str, fewest: int) -> None:
    assert SETUPS[name].fewest(Scenario()) == fewest


def test_each_list_of_a_shop_is_requested_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_KEY", "ck")
    monkeypatch.setenv("BENCH_SECRET", "cs")
    found = count_shop_requests(250, 2_000, tmp_path)
    assert found.idle <= 8
    # Twenty pages, of which each begins with the last row of the one before.
    assert 20 <= found.whole_orders <= 22
    assert found.push_reads == 3
    assert 1_600 < found.backfilled < 1_800
    # A page each month of orders, products, variations, refunds, and the orders that these name.
    assert found.backfill <= 5 * 25


def test_requests_are_compared_with_the_pages_of_their_lists() -> None:
    counts = RequestCounts(whole_orders=21, idle=9, backfill=18, backfilled=1_500, push_reads=3)
    found = ShopRequests(250, 2_000, counts)
    assert [(each.value, each.is_reached) for each in found.ratios()] == [
        (9, False),
        (1.05, True),
        (1.2, True),
        (1.0, True),
    ]
    assert "| backfill of 25 months, all lists | 15 | 18 |" in requests_as_tables(found)


def test_work_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    cost = run_apart("benchmarks.csv.csv_module", write(tmp_path, 40))
    assert cost.counts == {"lines": 40}
    assert cost.peak > 1_000_000
    assert cost.start > 0


def test_work_that_fails_apart_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="No such file"):
        run_apart("benchmarks.csv.csv_module", tmp_path / "nothing.csv")


def test_the_pulls_ratios_compare_the_orders_alone() -> None:
    hub = Cost(cpu=9.0, peak=110, parts={"orders": 6.0, "refunds": 3.0})
    pulls = Pulls(100, Cost(cpu=2.0), hub, Cost(cpu=12.0), Cost(peak=100))
    assert [(each.value, each.is_reached) for each in pulls.ratios()] == [
        (3.0, True),
        (2.0, False),
        (1.1, True),
    ]
    assert "| the hub, stream of orders | 6.0 s | 17 |" in pull_told(pulls)
    assert "refunds 3.0 s" in pull_told(pulls)


def test_the_files_ratios_are_to_the_csv_module() -> None:
    pull, fewer = Cost(cpu=30.0, peak=300), Cost(peak=200)
    files = Files(1_000, Cost(cpu=0.5), Cost(cpu=10.0), pull, fewer)
    assert [each.value for each in files.ratios()] == [20.0, 60.0, 1.5]
    assert [each.is_reached for each in files.ratios()] == [True, True, False]
    assert "| Python's csv module alone | 0.5 s | 2,000 |" in csv_told(files)


def test_requests_are_shown_beside_the_fewest() -> None:
    one = Requests("mailchimp, a tag", asked=24, fewest=20, unchanged=0)
    assert [each.value for each in one.ratios()] == [1.2, 0]
    assert [each.is_reached for each in one.ratios()] == [False, True]
    assert "| 20 | 24 | 0 |" in push_told(Scenario(), [one])


def test_a_ratio_says_whether_it_was_reached() -> None:
    assert Ratio("a", 2.0).row() == ("a", "2.00", "", "")
    assert Ratio("a", 2.0, "at most", 2).row() == ("a", "2.00", "at most 2", "yes")
    assert Ratio("a", 2.0, "at least", 2.5).row() == ("a", "2.00", "at least 2.5", "**no**")


def test_of_several_runs_the_cheapest_counts() -> None:
    assert best([Cost(cpu=2.0), Cost(cpu=1.0), Cost(cpu=3.0)]).cpu == 1.0


def test_the_readme_has_a_place_for_every_table() -> None:
    text = README.read_text("utf-8")
    for section in ("machine", *BENCHMARKS):
        changed = replaced(text, section, "| made |")
        assert "| made |" in changed
        assert replaced(changed, section, "| made |") == changed


def test_a_section_that_is_not_there_is_not_written() -> None:
    with pytest.raises(ValueError, match="the marks of pull"):
        replaced("<!-- pull -->\n", "pull", "")


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["pulls"])
    assert (
        "there is no benchmark pulls; known: pull, csv, push, requests" in capsys.readouterr().err
    )
