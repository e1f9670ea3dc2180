"""Output of the commands, for programs and for people."""

import csv
import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config import load
from sync.cli.commands.init import STARTER_CONFIG
from tests.sync.cli.commands import Answer, CommandLine, sentences
from tests.sync.cli.till import HUB, SEGMENTS, TILL, Till, receipts

LISTING = (
    ("segments",), ("segments", "--recipes"), ("members", "loyal", "--ids", "till"), ("status",),
    ("runs",), ("quarantine",), ("quarantine", "--rows"), ("connectors",), ("plan",),
)  # fmt: skip


@pytest.fixture
def ran(segmenthub: CommandLine) -> CommandLine:
    """The same, after everything was read and evaluated once."""
    assert segmenthub("run").code == 0
    return segmenthub


def table(answer: Answer) -> list[dict[str, str]]:
    """Standard output as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(answer.out)))


def test_members_are_ids_sorted_by_code_point_and_nothing_else(ran: CommandLine) -> None:
    assert ran("members", "loyal", "--ids", "till") == Answer(0, "007\nZ9\n", "")
    assert ran("members", "women", "--ids", "till") == Answer(0, "007\nå1\n", "")


def test_members_at_a_date_are_computed_and_not_stored(ran: CommandLine, till: Till) -> None:
    before = ran("segments", "--json").out
    assert ran("members", "loyal", "--ids", "till", "--as-of", "2020-01-01") == Answer(0, "", "")
    assert ran("members", "women", "--ids", "till", "--as-of", "2020-01-01").out == "007\nå1\n"
    assert ran("segments", "--json").out == before


def test_members_at_a_date_need_no_evaluation(segmenthub: CommandLine) -> None:
    segmenthub("pull")
    answer = segmenthub("members", "women", "--ids", "till", "--as-of", "2030-01-01")
    assert answer == Answer(0, "007\nå1\n", "")


def test_segments_have_exactly_these_keys(ran: CommandLine) -> None:
    found = ran("segments", "--json").json()
    assert [list(each) for each in found] == [
        ["name", "title", "members", "reachable", "unknown", "as_of"]
    ] * 2
    assert [(each["name"], each["title"], each["members"]) for each in found] == [
        ("loyal", "Loyal [friends]", 2),
        ("women", "Gender", 2),
    ]


def test_evaluating_at_a_date_says_so(ran: CommandLine) -> None:
    assert ran("evaluate", "--as-of", "2020-01-01").code == 0
    found = ran("segments", "--json").json()
    assert [(each["members"], each["as_of"]) for each in found] == [
        (0, "2020-01-01"),
        (2, "2020-01-01"),
    ]
    assert "the segments are as of 2020-01-01, not of today" in ran("status").out


def test_status_tells_every_stream_to_a_program(ran: CommandLine) -> None:
    people, orders = ran("status", "--json").json()
    assert (people["connection"], people["stream"]) == ("till", "contacts")
    assert orders["checkpoint"]["rows"] == 5
    assert orders["checkpoint"]["completed_at"]
    assert orders["last_run"]["result"] == "complete"
    assert orders["last_run"]["counts"]["inserted"] == 5
    assert orders["orders"] == {"all": 5, "of_nobody": 1}


def test_status_tells_a_person_what_happened_and_what_needs_them(
    segmenthub: CommandLine, till: Till
) -> None:
    till.sales(*receipts([("1", "007"), ("2", "")]), "3,007,2026-01-01,much")
    till.people(*(f"{number},info@example.com,male" for number in range(6)))
    segmenthub("run")
    shown = " ".join(segmenthub("status").out.split())
    assert "2 new, 1 in quarantine" in shown
    assert "1 of 2 orders of till (50.0%) belong to nobody" in shown
    assert "1 order belongs to people of till of whom nothing is known" in shown
    assert "1 row is in quarantine; see: segmenthub quarantine till" in shown
    assert "1 email value of till is held by more than 5 contacts" in shown
    assert "info@example.com" not in shown


def test_pull_and_status_tell_how_many_orders_are_parts_of_others(
    segmenthub: CommandLine, till: Till
) -> None:
    till.configure(HUB, TILL + 'parent = "of"\n')
    whole, part = receipts([("1", "007"), ("2", "007")])
    till.write("sales.csv", "receipt,who,date,amount,of", whole + ",", part + ",1")
    segmenthub("pull")
    shown = " ".join(segmenthub("status").out.split())
    assert "2 new; part of another order 1" in shown
    assert "1 order of till is a part of other orders, which count for them" in shown


def test_status_names_what_was_never_read(segmenthub: CommandLine) -> None:
    shown = segmenthub("status").out
    assert "till has never been read; run: segmenthub pull till" in shown
    assert "never been evaluated" in shown


def test_status_says_that_all_is_well(ran: CommandLine) -> None:
    assert "nothing; all is well" in ran("status").out


def test_status_names_what_the_config_no_longer_does(ran: CommandLine, till: Till) -> None:
    till.configure(HUB)
    shown = " ".join(ran("status").out.split())
    assert "orders of till is stored but not in the config; its facts do not count" in shown


def test_a_renamed_connection_is_told_and_followed(ran: CommandLine, till: Till) -> None:
    till.configure(HUB, TILL.replace("connections.till", "connections.cash"), SEGMENTS)
    for command in ("check", "plan", "status"):
        answer = ran(command)
        shown = " ".join((answer.out + answer.err).split())
        assert "until you run: segmenthub rename till cash" in shown
    assert ran("rename", "till", "cash").code == 0
    assert ran("run").code == 0
    assert "nothing; all is well" in ran("status").out
    assert ran("rename", "till", "cash").code == 2


def test_a_stream_that_came_back_empty_is_not_believed(ran: CommandLine, till: Till) -> None:
    people = [f"{number},,male" for number in range(20)]
    till.people(*people)
    ran("pull")
    till.people(*people[:3])
    answer = ran("pull")
    assert answer.code == 0
    assert "were not shown any more; nothing was removed" in answer.err
    shown = " ".join(ran("status").out.split())
    assert "contacts of till is suspect" in shown


def test_quarantine_shows_file_line_and_column(segmenthub: CommandLine, till: Till) -> None:
    till.sales("1,007,2026-01-01,10", "2,007,2026-01-01,much")
    segmenthub("pull")
    (row,) = segmenthub("quarantine", "till", "--rows", "--json").json()
    assert (row["row"], row["path"], row["shape"]) == ("sales.csv:3", "amount", "aaaa")
    shown = segmenthub("quarantine").out
    assert "sales.csv:3" in shown
    assert "much" not in shown


def test_quarantine_groups_rows_by_what_is_wrong(segmenthub: CommandLine, till: Till) -> None:
    till.sales(*(f"{number},007,2026-01-01,much" for number in range(5)), "6,007,soon,1")
    segmenthub("pull")
    wrong, soon = segmenthub("quarantine", "--json").json()
    assert (wrong["rows"], wrong["path"], wrong["shapes"]) == (5, "amount", ["aaaa"])
    assert wrong["places"] == ["sales.csv:2", "sales.csv:3", "sales.csv:4"]
    assert soon["path"] == "date"
    shown = " ".join(segmenthub("quarantine").out.split())
    assert "looks like aaaa (sales.csv:2, sales.csv:3, sales.csv:4 and 2 more)" in shown
    assert len(segmenthub("quarantine", "--rows").out.splitlines()) == 6


def test_a_retry_reads_the_rows_again_after_a_change_of_the_config(
    segmenthub: CommandLine, till: Till
) -> None:
    till.sales('1,007,2026-01-01,"1.234,50"', "2,007,2026-01-01,1")
    assert segmenthub("pull").code == 0
    assert segmenthub("quarantine", "--rows", "--csv").out.count("sales.csv") == 1
    till.configure(HUB, TILL + 'decimal = ","')
    answer = segmenthub("quarantine", "till", "--retry", "--json")
    assert answer.code == 0
    assert answer.json() == []
    assert "1 of 1 rows left quarantine" in answer.err


def test_a_read_that_loses_most_of_a_column_ends_with_5_and_stands_until_one_is_good(
    segmenthub: CommandLine, till: Till
) -> None:
    born = TILL.replace('gender = "sex"', 'birthday = "sex"')
    till.configure(HUB, born)
    till.people("1,,31-12-1980", "2,,01-02-1990", "3,,")
    answer = segmenthub("pull")
    assert answer.code == 5
    for _ in range(2):
        shown = " ".join(segmenthub("status").out.split())
        assert "contacts of till: all 2 values of birthday left empty" in shown
        assert "looks like 99-99-9999" in shown
        assert 'birthday = { column = "sex", format = "%d-%m-%Y" }' in shown
        assert "all is well" not in shown
        assert segmenthub("pull").code == 0
    line = '{ column = "sex", format = "%d-%m-%Y" }'
    till.configure(HUB, born.replace('birthday = "sex"', f"birthday = {line}"))
    assert segmenthub("pull").code == 0
    assert "all is well" in segmenthub("status").out


def test_a_few_values_that_were_left_empty_are_told_and_no_failure(
    segmenthub: CommandLine, till: Till
) -> None:
    till.people("1,at home,male", "2,bo@example.com,male", "3,cy@example.com,male")
    answer = segmenthub("pull")
    assert answer.code == 0
    told = "contacts of till: 1 of 3 values of email left empty, because they could not be read"
    assert told in answer.err
    shown = " ".join(segmenthub("status").out.split())
    assert f"{told}; the first looks like aa aaaa" in shown
    assert "all is well" not in shown
    people, _ = segmenthub("status", "--json").json()
    (found,) = people["findings"]
    assert (found["kind"], found["path"], found["fails"]) == ("emptied", "email", False)


def test_runs_tell_what_each_did(ran: CommandLine) -> None:
    shown = ran("runs").out
    for words in ("till contacts", "4 new", "evaluate segments", "4 entered"):
        assert words in shown
    (run,) = ran("runs", "--json").json()
    assert run["command"] == "run"
    assert run["result"] == "complete"
    assert [each["step"] for each in run["steps"]] == ["pull", "pull", "evaluate"]


@pytest.mark.parametrize("words", LISTING, ids=" ".join)
def test_a_list_is_data_and_nothing_else(ran: CommandLine, words: tuple[str, ...]) -> None:
    as_json = ran(*words, "--json")
    assert isinstance(as_json.json(), list)
    assert not as_json.err
    as_csv = ran(*words, "--csv")
    assert len(table(as_csv)) == len(as_json.json())
    assert not as_csv.err


@pytest.mark.parametrize("words", LISTING, ids=" ".join)
def test_a_list_that_is_empty_is_data_too(
    segmenthub: CommandLine, till: Till, words: tuple[str, ...]
) -> None:
    till.configure(HUB)
    segmenthub("run")
    if words[0] != "members":
        assert isinstance(segmenthub(*words, "--json").json(), list)
        assert segmenthub(*words, "--csv").out.splitlines()


def test_no_formula_reaches_a_spreadsheet(segmenthub: CommandLine, till: Till) -> None:
    till.people("=HYPERLINK(1),,female")
    segmenthub("run")
    (row,) = table(segmenthub("members", "women", "--ids", "till", "--csv"))
    assert row == {"id": "'=HYPERLINK(1)"}
    assert segmenthub("members", "women", "--ids", "till").out == "=HYPERLINK(1)\n"


@pytest.mark.parametrize("words", LISTING, ids=" ".join)
def test_no_word_is_cut_on_a_narrow_terminal(
    segmenthub: CommandLine, till: Till, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    long = "men_of_thirty_five_to_45"
    till.configure(
        HUB,
        TILL,
        f'[segments.{long}]\nrecipe = "gender"\nis = "male"\n[segments.loyal]\nrecipe = "vip"',
    )
    till.sales("1,007,2026-01-01,much")
    segmenthub("run")
    monkeypatch.setenv("COLUMNS", "80")
    shown = segmenthub(*words).out
    assert "…" not in shown
    assert max(map(len, shown.splitlines()), default=0) <= 80
    if words == ("segments",):
        assert long in shown
    if words == ("status",):
        assert "1 in quarantine" in shown


def test_elsewhere_than_on_a_terminal_every_step_is_one_line(segmenthub: CommandLine) -> None:
    answer = segmenthub("run")
    assert not answer.out
    lines = answer.err.splitlines()
    assert [line.split("event=")[1].split()[0] for line in lines] == ["pull", "pull", "evaluate"]
    assert "connection=till stream=contacts result=complete inserted=4" in lines[0]


def test_recipes_say_whether_their_data_comes(ran: CommandLine) -> None:
    found = {each["recipe"]: each for each in ran("segments", "--recipes", "--json").json()}
    assert len(found) >= 20
    assert found["frequent_buyers"]["delivered"] == ["Order"]
    assert found["parents"]["delivered"] == []
    assert set(found["vip"]["titles"]) == {"en", "da", "nb", "sv"}
    assert found["vip"]["variations"][0]["da"]
    shown = ran("segments", "--recipes").out
    assert "no connection delivers: Child" in shown


def test_init_writes_a_config_that_loads_and_never_overwrites(
    segmenthub: CommandLine, till: Till
) -> None:
    till.config.unlink()
    assert segmenthub("init").code == 0
    assert load(till.config, os.environ).segments
    assert till.config.stat().st_mode & 0o077 == 0
    written = till.config.read_text("utf-8")
    answer = segmenthub("init")
    assert answer.code == 2
    assert sentences(answer.err) == [f"{till.config} exists already and is not overwritten"]
    assert till.config.read_text("utf-8") == written


def test_the_config_written_by_init_loads(tmp_path: Path) -> None:
    taken = re.sub(r"^# (?=\[|\w+ = )", "", STARTER_CONFIG, flags=re.MULTILINE)
    file = tmp_path / "config.toml"
    file.write_text(taken, "utf-8")
    secrets = {"WOO_KEY": "key", "WOO_SECRET": "secret", "MAILCHIMP_KEY": "made-up-us1"}
    config = load(file, secrets)
    assert set(config.connections) == {"shop", "news"}


def test_a_status_that_is_not_known_stands_by_name_with_the_line_to_write(
    segmenthub: CommandLine, till: Till
) -> None:
    status = TILL + 'status = { column = "amount", map = { 1 = "shipped", 2 = "klar til os" } }\n'
    till.configure(HUB, status)
    today = f"{datetime.now(UTC).date()}"
    till.sales(f"1,007,{today},1", f"2,007,{today},1", f"3,007,{today},2")
    assert segmenthub("pull").code == 0
    told = " ".join(segmenthub("status").out.split())
    assert "shipped (2), klar til os (1)" in told
    line = 'statuses = { shipped = "fulfilled", "klar til os" = "pending" }'
    assert line.replace("pending", "fulfilled") in told
    assert "all is well" not in told
    assert "--accept" not in told
    till.configure(HUB, status.replace("kind =", f"{line}\nkind ="), SEGMENTS)
    assert segmenthub("evaluate").code == 0
    assert "shipped" not in segmenthub("status").out
    assert segmenthub("members", "loyal", "--ids", "till").out == "007\n"
    pending = line.replace("fulfilled", "pending")
    till.configure(HUB, status.replace("kind =", f"{pending}\nkind ="), SEGMENTS)
    assert segmenthub("pull").code == 0
    assert segmenthub("evaluate").code == 0
    assert segmenthub("members", "loyal", "--ids", "till").out == ""


def test_ids_that_a_spreadsheet_spoilt_end_the_pull_with_5(
    segmenthub: CommandLine, till: Till
) -> None:
    till.people("007,ann@example.com,female", "4.57015E+12,bo@example.com,male")
    answer = segmenthub("pull")
    assert answer.code == 5
    assert "spreadsheet" in answer.err
    assert "people.csv:3" in segmenthub("quarantine").out
    for _ in range(2):
        shown = " ".join(segmenthub("status").out.split())
        assert "a spreadsheet turned values of id into 4.57E+12, and 1 row was not loaded" in shown
        assert "all is well" not in shown
        assert segmenthub("pull").code == 0
    till.people("007,ann@example.com,female", "8,bo@example.com,male")
    assert segmenthub("pull").code == 0
    assert "spreadsheet" not in segmenthub("status").out
