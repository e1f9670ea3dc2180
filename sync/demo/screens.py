"""The screens of the demonstration: one table each, eighty columns wide."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from core.audience.report import PlanReport
from sync.demo.tools import Carriers, Place, Tool
from sync.evaluation import Size
from sync.runs import Step
from sync.texts import Texts

WIDTH = 80
RESULTS = frozenset({"applied", "skipped", "rejected", "pending"})
"""A push also counts the reasons for changes that were not written."""
"""A reason that is no fault, and so has a sentence of its own."""
MANY = 4
"""From this number of systems on, one row."""


@dataclass(frozen=True)
class Row:
    """A person who moved."""

    name: str
    segment: str
    entered: bool
    why: str


class Screens:
    """Shows what happens, in one language."""

    def __init__(self, console: Console, texts: Texts) -> None:
        """Show everything on this console."""
        self._console = console
        self._texts = texts

    def heading(self, text: str) -> None:
        """The title of a chapter."""
        self._console.rule(f"[bold]{text}[/]")
        self._console.print()

    def say(self, key: str, **values: object) -> None:
        """A sentence."""
        self._console.print(self._texts.say(f"demo.{key}", **values), markup=False)

    def pause(self) -> None:
        """An empty line."""
        self._console.print()

    def came_in(self, steps: Iterable[Step]) -> None:
        """The rows of each stream; streams of one name are one row."""
        table = self._table("came_in", ("from", "what"), ("read", "new", "changed", "aside"))
        rows: dict[tuple[str, str], Counter[str]] = {}
        for step in steps:
            source, stream = step.connection, step.stream
            name = self._texts.say(f"demo.streams.{source}.{stream}")
            rows.setdefault((source, name), Counter()).update(step.counts)
        for (source, name), counts in rows.items():
            table.add_row(
                self._texts.say(f"demo.sources.{source}"),
                name,
                *self._numbers(
                    counts[outcome] for outcome in ("fetched", "inserted", "updated", "quarantined")
                ),
            )
        self._console.print(table)

    def known_from(self, people: Mapping[int, int]) -> None:
        """The number of people that one system knows, that two know, and so on."""
        table = self._table("known", ("places",), ("people",))
        rows: Counter[int] = Counter()
        for number, count in people.items():
            rows[min(number, MANY)] += count
        for number, count in sorted(rows.items()):
            table.add_row(self._texts.say(f"demo.known.from{number}"), *self._numbers((count,)))
        self._console.print(table)
        several = sum(count for number, count in people.items() if number > 1)
        self.say("known.joined", people=sum(people.values()), several=several)

    def sizes(self, part: str, sizes: Iterable[Size]) -> None:
        """Segments, with their members and those who may be written to."""
        numbers = ("people", "reachable", "unknown")
        table = self._table("sizes", ("segment",), numbers, title=part)
        for each in sizes:
            table.add_row(each.title, *self._numbers((each.members, each.reachable, each.unknown)))
        self._console.print(table)

    def plan(self, tool: Tool, report: PlanReport) -> None:
        """The changes that a push to a tool would write."""
        table = self._table("plan", ("where",), ("enter", "leave"), tool=tool)
        for each in report.targets:
            place = Place(each.target.kind, each.target.name)
            enter = each.enter + each.update
            table.add_row(self._place(place), *self._numbers((enter, each.leave)))
        self._console.print(table)
        seconds = round(report.seconds)
        self.say("cost", vendor=tool.vendor, requests=report.requests, seconds=seconds)
        for hold in report.held:
            self.say("held", target=hold.target.name, reason=hold.reason)
        self.pause()

    def written(self, tool: Tool, before: Carriers, after: Carriers) -> None:
        """The changes in a tool, as the tool itself has them."""
        columns = ("before", "added", "changed", "removed", "now")
        table = self._table("written", ("where",), columns, tool=tool)
        for place, now in after.items():
            then = before.get(place, {})
            changed = sum(now[each] != then[each] for each in now.keys() & then.keys())
            added, removed = len(now.keys() - then.keys()), len(then.keys() - now.keys())
            numbers = (len(then), added, changed, removed, len(now))
            table.add_row(self._place(place), *self._numbers(numbers))
        self._console.print(table)

    def outcome(self, sentence: str, step: Step, requests: int) -> None:
        """The answers of a tool."""
        self.say(sentence, applied=step.counts.get("applied", 0), requests=requests)
        for reason, count in step.counts.items():
            if reason not in RESULTS:
                self.say("skipped", count=count, reason=reason)
        self.pause()

    def moved(self, counts: Mapping[str, tuple[int, int, int]]) -> None:
        """Entries, exits and members, by the title of the segment."""
        table = self._table("moved", ("segment",), ("entered", "left", "now"))
        for title, numbers in counts.items():
            table.add_row(title, *self._numbers(numbers))
        self._console.print(table)

    def why(self, rows: Iterable[Row]) -> None:
        """Some of the people who moved, by name."""
        table = self._table("why", ("person", "movement", "because"), ())
        for row in rows:
            movement = "came" if row.entered else "went"
            table.add_row(
                row.name, self._texts.say(f"demo.why.{movement}", segment=row.segment), row.why
            )
        self._console.print(table)

    def _table(
        self,
        name: str,
        texts: Iterable[str],
        numbers: Iterable[str],
        title: str = "title",
        tool: Tool | None = None,
    ) -> Table:
        """An empty table under its title, which names the tool where it is about one."""
        named = {"where": self._texts.say(f"demo.sources.{tool.connection}")} if tool else {}
        # A title of the table's own would be broken where the table is narrower.
        self._console.print(f"[bold]{self._texts.say(f'demo.{name}.{title}', **named)}[/]")
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for each in texts:
            table.add_column(self._texts.say(f"demo.{name}.{each}"))
        for each in numbers:
            table.add_column(self._texts.say(f"demo.{name}.{each}"), justify="right", no_wrap=True)
        return table

    def _place(self, place: Place) -> str:
        return f"{self._texts.say(f'demo.written.{place.kind}')} {place.name}"

    def _numbers(self, numbers: Iterable[int]) -> Iterable[str]:
        return map(self._texts.number, numbers)
