"""Markdown tables of ratios, for the README and the screen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

MEGABYTE = 2**20


@dataclass(frozen=True)
class Ratio:
    """A measured ratio with its target."""

    what: str
    value: float
    bound: Literal["at most", "at least", ""] = ""
    target: float = 0.0

    @property
    def is_reached(self) -> bool:
        """Whether the target is reached; true without a target."""
        if not self.bound:
            return True
        return self.value <= self.target if self.bound == "at most" else self.value >= self.target

    def row(self) -> Sequence[str]:
        """As a row of `ratios`."""
        target = f"{self.bound} {self.target:g}" if self.bound else ""
        verdict = ("yes" if self.is_reached else "**no**") if self.bound else ""
        return (self.what, f"{self.value:.2f}", target, verdict)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; all but the first column are numbers."""
    marks = ["---", *("---:" for _ in headings[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (headings, marks, *rows))


def ratios(found: Iterable[Ratio]) -> str:
    """A table of measured ratios and their targets."""
    return table(("ratio", "measured", "target", "reached"), [each.row() for each in found])


def megabytes(size: int) -> str:
    """Bytes in megabytes, as text."""
    return f"{size / MEGABYTE:.0f} MB"


def replaced(text: str, section: str, made: str) -> str:
    """Replace the text between the two marks of a section; raises ValueError without marks."""
    opening, closing = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
    before, _, rest = text.partition(opening)
    _, found, after = rest.partition(closing)
    if not found:
        raise ValueError(f"the marks of {section} are missing")
    return f"{before}{opening}\n{made}\n\n{closing}{after}"
