"""`segmenthub connectors` lists installed connectors, their abilities and faults."""

import csv
import io

import pytest

from tests.packages import Packages
from tests.sync.cli.commands import CommandLine


@pytest.fixture
def broken(packages: Packages) -> None:
    """A package whose connector does not import."""
    packages.install("acme-till", "acme", "raise RuntimeError('no such till')")


def test_the_list_tells_all_that_a_program_may_ask(segmenthub: CommandLine) -> None:
    found = {each["kind"]: each for each in segmenthub("connectors", "--json").json()}
    assert {"csv", "heyloyalty", "mailchimp", "square", "woocommerce"} <= found.keys()
    news = found["mailchimp"]
    assert (news["package"], news["source"], news["destination"]) == ("segmenthub", True, True)
    assert news["version"]
    members = next(each for each in news["streams"] if each["name"] == "members")
    assert "ListMember" in members["nouns"]
    assert members["cursor"] is False
    assert members.keys() == {"name", "nouns", "cursor", "ordered", "overlap", "every", "keeps"}
    assert news["writing"] == {
        "targets": ["field", "tag"], "reads_back": True, "requires": "email",
        "statuses": ["subscribed"], "by_person": False, "separator": ",", "longest_value": 255,
        "date_format": "%Y-%m-%d",
    }  # fmt: skip
    key = next(each for each in news["settings"] if each["name"] == "api_key")
    assert (key["needed"], key["secret"]) == (True, True)
    assert "Mailchimp" in key["help"]
    assert found["square"]["writing"] is None
    assert found["csv"]["streams"] is None


def test_one_kind_is_listed_alone(segmenthub: CommandLine) -> None:
    (one,) = segmenthub("connectors", "square", "--json").json()
    assert one["kind"] == "square"
    listed = csv.DictReader(io.StringIO(segmenthub("connectors", "square", "--csv").out))
    assert [row["kind"] for row in listed] == ["square"]
    assert segmenthub("connectors", "list", "square", "--json").json() == [one]


def test_a_person_reads_everything_of_one_kind(segmenthub: CommandLine) -> None:
    shown = " ".join(segmenthub("connectors", "woocommerce").out.split())
    for words in (
        "source and destination", "orders what changed 10 minutes Order",
        "customers whole all of it Contact", "consent required none",
        "key needed, secret Consumer key", 'Default: "wp-json".',
    ):  # fmt: skip
        assert words in shown
    assert "Its streams depend on its settings." in segmenthub("connectors", "csv").out
    assert "As a destination" not in segmenthub("connectors", "square").out


@pytest.mark.parametrize("kind", ["csv", "heyloyalty", "mailchimp", "square", "woocommerce"])
def test_nothing_is_cut_on_a_narrow_terminal(
    segmenthub: CommandLine, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = segmenthub("connectors", kind).out
    assert max(map(len, shown.splitlines())) <= 80
    (one,) = segmenthub("connectors", kind, "--json").json()
    words = {word for each in one["settings"] for word in (each["name"], *each["help"].split())}
    # What is longer than its column goes on in the next line.
    assert [word for word in words if len(word) < 20 and word not in shown] == []


def test_an_unknown_kind_is_answered_with_the_nearest(segmenthub: CommandLine) -> None:
    answer = segmenthub("connectors", "mailchip")
    assert answer.code == 2
    assert 'did you mean "mailchimp"?' in answer.err


def test_a_broken_package_is_named_and_the_others_go_on(
    segmenthub: CommandLine, broken: None
) -> None:
    assert "Not loaded" in segmenthub("connectors").out
    segmenthub.config.write_text('[connections.till]\nkind = "acme"\n')
    found = {each["kind"]: each for each in segmenthub("connectors", "--json").json()}
    assert "acme-till 1.2 cannot be used: RuntimeError: no such till" in found["acme"]["error"]
    assert found["acme"]["source"] is None
    assert found["csv"]["error"] == ""
    answer = segmenthub("connectors")
    assert answer.code == 0
    assert "no such till" in " ".join(answer.out.split())
    assert "woocommerce" in answer.out


def test_a_requested_broken_package_is_an_error(segmenthub: CommandLine, broken: None) -> None:
    answer = segmenthub("connectors", "acme")
    assert answer.code == 2
    assert "acme-till 1.2 cannot be used" in answer.err


def test_help_names_the_commands(segmenthub: CommandLine) -> None:
    answer = segmenthub("connectors", "--help")
    assert answer.code == 0
    assert {"list", "new", "record"} <= set(answer.out.split())
