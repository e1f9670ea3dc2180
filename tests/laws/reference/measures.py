"""Rules that measure rows: which rows count, what they come to, and how that compares."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.laws.reference.comparisons import (
    NUMERIC,
    code_truth,
    folded,
    is_relative,
    number_truth,
    of_population,
    plain,
    spelt_out,
    text_truth,
)
from tests.laws.reference.dates import MATURITY, Now, Stretch, typical_gap
from tests.laws.reference.people import values_truth
from tests.laws.reference.stored import Fact, Stored
from tests.laws.reference.truth import Truth, every

DATES = {"first", "last", "subscribed", "last_delivered", "last_opened", "last_clicked"}
GRADES = {"human": 3, "probable": 2, "any": 1}
Rule = Mapping[str, Any]


class Measuring:
    """Truths of one measured rule, per person."""

    def __init__(
        self, stored: Stored, now: Now, brand: Callable[[object], str], rule: Rule, subject: str
    ) -> None:
        """`brand` writes a brand as lines carry it."""
        self._stored, self._now, self._brand = stored, now, brand
        self._rule, self._subject, self._measure = rule, subject, str(rule[subject])
        own = rule.get("where", {}).get("custom", {})
        self._where: Mapping[str, Any] = {
            **{name: each for name, each in rule.get("where", {}).items() if name != "custom"},
            **{f"custom.{name}": each for name, each in own.items()},
        }
        self._window = Stretch(now, rule)
        self._condition = {word: rule[word] for word in (*NUMERIC, "known") if word in rule}
        self._rows = self._candidates()
        self._dated = self._measure in DATES
        self._person_figures: dict[str, Fraction | None] = {}

    def truths(self) -> dict[int, Truth]:
        """Person -> truth, for everybody."""
        groups: dict[Any, list[Fact]] = defaultdict(list)
        by_company = self._rule.get("of") == "company"
        for fact in self._rows:
            key = None
            if fact.profile is not None:
                key = self._group(fact.profile, by_company=by_company)
            if by_company and fact.company is not None:
                key = fact.company
            groups[key].append(fact)
        found: dict[int, Truth] = {}
        for person in self._stored.profiles:
            key = self._group(person, by_company=by_company)
            if key is None or (self._asks_opens and person in self._stored.untracked):
                # The company, or whether anything was opened, is not known.
                found[person] = self._nothing_said()
            else:
                found[person] = self._truth(groups.get(key, []))
        return found

    def _group(self, person: int, *, by_company: bool) -> int | None:
        return self._stored.profiles[person]["company_id"] if by_company else person

    def _candidates(self) -> list[Fact]:
        """Every row that the measure is about, wherever in time up to now."""
        facts = self._stored.facts
        match self._subject:
            case "orders":
                rows = list(facts["orders"])
                if self._where.get("coupon", False) is not False:
                    rows += facts["coupons"]
            case "messages":
                rows = self._messages()
            case other:
                rows = facts[other]
        return [row for row in rows if row.instant is not None and row.instant <= self._now.instant]

    def _messages(self) -> list[Fact]:
        if "channel" in self._where:
            return self._message_rows()
        return [row for row in self._message_rows() if row.names["channel"] == {"email"}]

    def _message_rows(self) -> list[Fact]:
        facts = self._stored.facts
        if self._rate or "of_last" in self._rule:
            # Younger ones count in no rate and in no last-n.
            return [
                row
                for row in self._first_deliveries()
                if row.instant is not None and row.instant <= self._now.instant - MATURITY
            ]
        if self._measure.endswith("delivered"):
            return self._first_deliveries()
        kind = "opened" if self._measure.endswith("opened") else "clicked"
        return [row for row in facts["events"] if self._tells(row, kind)]

    def _first_deliveries(self) -> list[Fact]:
        """Each message once to a person, when it first reached one of their contacts."""
        first: dict[Any, Fact] = {}
        for row in self._stored.facts["deliveries"]:
            key = row.row["id"] if row.profile is None else (row.profile, row.what)
            if key not in first or _order(row) < _order(first[key]):
                first[key] = row
        return list(first.values())

    @property
    def _asks_opens(self) -> bool:
        return self._measure in {"opened", "open_rate", "last_opened"}

    @property
    def _rate(self) -> bool:
        return self._measure.endswith("_rate")

    def _tells(self, event: Fact, kind: str) -> bool:
        """Whether an event says that the message was opened, or clicked, at the evidence asked."""
        usual = "any" if self._measure == "open_rate" else "probable"
        least = GRADES[self._rule.get("evidence", usual)]
        grade = event.row["evidence"]
        # A click implies that the message was opened; scanners' clicks never count.
        clicked = event.row["kind"] == "clicked" and grade >= max(least, GRADES["probable"])
        if kind == "clicked":
            return bool(clicked)
        return bool(clicked or (event.row["kind"] == "opened" and grade >= least))

    def _in_sequence(self, row: Fact) -> bool:
        if not {"then", "then_no"} & self._rule.keys():
            return True
        followed = any(
            order.profile == row.profile
            and row.instant is not None
            and order.instant is not None
            and row.instant < order.instant <= self._now.instant
            for order in self._stored.facts["orders"]
        )
        return followed if "then" in self._rule else not followed

    # --- rows of one person ---

    def _truth(self, rows: Sequence[Fact]) -> Truth:
        inside = [row for row in rows if self._window.holds(row.instant, row.day)]
        if self._unsaid(inside):
            return self._nothing_said()
        if self._dated:
            matching = [row for row in rows if self._matches(row)]
            return self._date_truth(matching)
        matching = [row for row in inside if self._matches(row)]
        if "of_last" in self._rule:
            return self._last_truth(matching)
        value = self._value(matching, inside)
        amounts = [row.amount for row in matching if row.amount is not None]
        if self._measure == "total" and value is None and amounts:
            return self._truth_of_known_part(sum(amounts, Fraction()))
        return number_truth(value, self._condition, self._threshold)

    def _truth_of_known_part(self, known: Fraction) -> Truth:
        """A total with an unknown part is over what its known part is over; else unknown."""
        words = dict(self._condition)
        if "between" in words:
            low, high = words.pop("between")
            edges = [{"at_least": low}, {"at_most": high}]
        else:
            edges = []
        found: list[Truth] = []
        for each in [*({word: words[word]} for word in words), *edges]:
            (word,) = each
            decided = {"at_least": True, "over": True, "at_most": False, "under": False}.get(word)
            if word == "known":
                found.append(not each[word])
            elif decided is None:
                found.append(None)
            else:
                truth = number_truth(known, each, self._threshold)
                found.append(truth if truth is decided else None)
        return every(found)

    def _nothing_said(self) -> Truth:
        """The measure is unknown; `known` alone is never unknown."""
        condition: Truth = number_truth(None, self._condition, lambda _: None)
        return every((condition, None)) if self._dated and self._window.is_window else condition

    def _date_truth(self, rows: Sequence[Fact]) -> Truth:
        """A window asks whether the date exists and lies there; comparing it needs one."""
        found: list[Truth] = []
        oldest = self._measure in {"first", "subscribed"}
        ends = sorted(rows, key=lambda row: row.instant or 0)
        row = None if not ends else ends[0] if oldest else ends[-1]
        if self._window.is_window:
            found.append(row is not None and self._window.holds(row.instant, row.day))
        if self._condition:
            day = None if row is None or row.day is None else Fraction(row.day)
            found.append(number_truth(day, self._condition, plain))
        return every(found)

    def _last_truth(self, rows: Sequence[Fact]) -> Truth:
        """Of the last n messages delivered; fewer are unknown."""
        number = self._rule["of_last"]
        latest = sorted(rows, key=_order)[-number:]
        reached = Fraction(sum(self._reached(row) for row in latest))

        def threshold(written: Any) -> Fraction:
            """A percentage is one of the n."""
            is_share = isinstance(written, str) and written.endswith("%")
            return plain(written) * number if is_share else plain(written)

        return number_truth(None if len(latest) < number else reached, self._condition, threshold)

    def _reached(self, delivery: Fact) -> bool:
        """Whether this message was opened (clicked) by now, by any contact whom it reached."""
        kind = "opened" if self._measure in {"opened", "open_rate"} else "clicked"
        contacts = {
            row.row["contact_id"]
            for row in self._stored.facts["deliveries"]
            if (row.profile, row.what) == (delivery.profile, delivery.what)
        }
        return any(
            event.what == delivery.what
            and event.row["contact_id"] in contacts
            and event.instant is not None
            and event.instant <= self._now.instant
            and self._tells(event, kind)
            for event in self._stored.facts["events"]
        )

    def _value(self, rows: Sequence[Fact], inside: Sequence[Fact]) -> Fraction | None:
        """Value of the matching rows; `inside` are all that lie in the window."""
        match self._subject:
            case "items" if self._measure != "total":
                return self._of_items(rows, inside)
            case "messages":
                return self._of_messages(rows)
        amounts = [row.amount for row in rows if row.amount is not None]
        has_unknown = any(row.amount is None and row.has_amount for row in rows)
        if has_unknown and self._measure in {"total", "average", "largest"}:
            return None
        match self._measure:
            case "count":
                return Fraction(len(rows))
            case "days":
                return Fraction(len({row.day for row in rows}))
            case "gap":
                return typical_gap({row.day for row in rows if row.day is not None})
            case "total":
                # 0 over no rows, unknown over coupons alone, which have no amount.
                return sum(amounts, Fraction()) if amounts or not rows else None
            case "average":
                return sum(amounts, Fraction()) / len(amounts) if amounts else None
        assert self._measure == "largest"
        return max(amounts, default=None)

    def _of_items(self, rows: Sequence[Fact], inside: Sequence[Fact]) -> Fraction | None:
        units = sum((row.units for row in rows), Fraction())
        match self._measure:
            case "lines":
                return Fraction(len(rows))
            case "orders":
                return Fraction(len({row.what for row in rows}))
            case "share":
                every_unit = sum((row.units for row in inside), Fraction())
                return units / every_unit if every_unit else None
        assert self._measure == "count"
        return units

    def _of_messages(self, rows: Sequence[Fact]) -> Fraction | None:
        if self._rate:
            if len(rows) < self._rule.get("min_delivered", 1):
                return None
            return Fraction(sum(map(self._reached, rows)), len(rows))
        if self._measure == "delivered":
            return Fraction(len(rows))
        return Fraction(len({(row.profile, row.what) for row in rows}))

    # --- where ---

    def _matches(self, row: Fact) -> bool:
        return self._in_sequence(row) and all(
            self._meets(row, name) is True for name in self._where
        )

    def _unsaid(self, inside: Iterable[Fact]) -> bool:
        """Whether rows are there, and none of them carries an attribute that `where` names."""
        rows = list(inside)
        return bool(rows) and any(
            all(self._meets(row, name) is None for row in rows) for name in self._where
        )

    def _meets(self, row: Fact, name: str) -> Truth:
        """True or false; None where the row lacks the attribute."""
        condition = self._where[name]
        if name == "coupon":
            if isinstance(condition, bool):
                return bool(row.coupons) == condition
            return bool(row.coupons) and text_truth(row.coupons, spelt_out(condition))
        if name.startswith("custom."):
            field = name.removeprefix("custom.")
            own = [
                each for owner in row.owners for each in self._stored.custom[owner].get(field, ())
            ]
            return values_truth(own, spelt_out(condition))
        if name in row.numbers:
            return number_truth(row.numbers[name], spelt_out(condition), self._row_threshold(name))
        if self._subject == "items" and name in {"product", "variant", "sku"}:
            return code_truth(row.names[name], spelt_out(condition))
        return text_truth(
            row.names[name], spelt_out(condition), self._brand if name == "brand" else folded
        )

    def _row_threshold(self, name: str) -> Callable[[Any], Fraction | None]:
        """Inside `where` the population is every row of the table, those of nobody too."""

        def threshold(written: Any) -> Fraction | None:
            if not is_relative(written):
                return plain(written)
            table = "orders" if self._subject == "orders" else self._subject
            window = self._baseline_window()
            return of_population(
                written,
                [
                    value
                    for row in self._stored.facts[table]
                    if window.holds(row.instant, row.day)
                    and (value := row.numbers[name]) is not None
                ],
            )

        return threshold

    def _baseline_window(self) -> Stretch:
        if "baseline_within" in self._rule:
            return Stretch(self._now, {"within": self._rule["baseline_within"]})
        return self._window

    def _threshold(self, written: Any) -> Fraction | None:
        """Outside `where` the population is who has a row of the subject there."""
        if not is_relative(written):
            return plain(written)
        key = str(written)
        if key not in self._person_figures:
            self._person_figures[key] = of_population(written, self._population())
        return self._person_figures[key]

    def _population(self) -> Collection[Fraction]:
        window = self._baseline_window()
        rows: dict[int, list[Fact]] = defaultdict(list)
        for row in self._rows:
            if row.profile is not None and window.holds(row.instant, row.day):
                rows[row.profile].append(row)
        values = []
        for mine in rows.values():
            matching = [row for row in mine if self._matches(row)]
            value = self._value(matching, mine) if matching else None
            if value is not None:
                values.append(value)
        return values


def _order(row: Fact) -> tuple[int, int]:
    """As rows came to pass."""
    return row.instant or 0, row.row["id"]
