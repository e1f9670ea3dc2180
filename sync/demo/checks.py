"""The checks at the end of the demonstration, in the tools themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.world.mailing import MailingList
from sandbox.world.people import Person
from sync.demo.acts import Cast, Part
from sync.demo.screens import Screens
from sync.demo.stage import Stage
from sync.demo.tools import Carriers, Place, Tool
from sync.evaluation import member_ids, sizes

BY_HAND = Place("tag", "Fødselsdagsklub")


@dataclass(frozen=True)
class Findings:
    """The findings of the demonstration, for programs."""

    tag: str
    written_to: tuple[str, ...]
    carries_tag: bool
    """Whether the regular carries it in every tool."""
    requests: tuple[int, int, int, int]
    """To the tools, per push: the first, its repetition, one a week later, its repetition."""
    both_are_members: bool
    """Whether the leaver and the complainer are still members of the segment."""
    requests_about_leaver: int
    """To any list."""
    requests_about_complainer: int
    """To any list."""
    tag_keeps_to_consent: bool
    """Whether these two carry it where consent to mail does not matter, and on no list."""
    by_hand_kept: bool
    violations: tuple[str, ...]
    people: dict[int, int]
    """Number of systems -> people known to that many."""
    sizes: dict[str, int]

    @property
    def is_well(self) -> bool:
        """Whether every promise was kept."""
        silent = self.requests_about_leaver == self.requests_about_complainer == 0
        quiet = self.requests[1] == self.requests[3] == 0
        kept = self.by_hand_kept and not self.violations
        written = self.carries_tag and self.tag_keeps_to_consent and self.both_are_members
        return written and silent and quiet and kept


class Checks:
    """Looks into the tools and shows the findings."""

    def __init__(self, scene: Stage, screens: Screens) -> None:
        """Check a stage, and show the findings on screens."""
        self._sandbox = scene.sandbox
        self._hub = scene.hub
        self._texts = scene.texts
        self._tools = scene.tools
        self._screens = screens

    def called(self, audience: MailingList) -> str:
        """The name of a list, for the middle of a sentence."""
        name = "news" if audience is self._sandbox.world.list else "club"
        return self._texts.say(f"demo.tools.{name}")

    def carriers(self) -> list[Carriers]:
        """The carriers of each tool."""
        return [tool.carriers() for tool in self._tools]

    def request_counts(self) -> list[int]:
        """The number of requests that each tool has had."""
        return [len(tool.requests) for tool in self._tools]

    def findings(
        self,
        cast: Cast,
        before: Sequence[Carriers],
        requests_before: Sequence[int],
        requests: tuple[int, int, int, int],
        people: dict[int, int],
    ) -> Findings:
        """The findings; `requests_before` are those of each tool before the week."""
        after = self.carriers()
        tag = self._texts.say("demo.tags.loyal")
        leaver, complainer = cast.leaver.person, cast.complainer.person
        since = list(zip(self._tools, requests_before, strict=True))

        def carries(tool: Tool, person: Person) -> bool:
            return tool.key(person) in tool.carriers().get(Place("tag", tag), ())

        return Findings(
            tag=tag,
            written_to=tuple(tool.kind for tool in self._tools),
            carries_tag=all(carries(tool, cast.regular.person) for tool in self._tools),
            requests=requests,
            both_are_members=all(
                tool.key(person) in member_ids(self._hub, "loyal", tool.connection)
                for tool in self._tools
                for person in (leaver, complainer)
            ),
            requests_about_leaver=sum(
                tool.writes_about(leaver, first) for tool, first in since if tool.audience
            ),
            requests_about_complainer=sum(
                tool.writes_about(complainer, first) for tool, first in since if tool.audience
            ),
            tag_keeps_to_consent=all(
                carries(tool, person) is (tool.audience is None)
                for tool in self._tools
                for person in (leaver, complainer)
            ),
            by_hand_kept=all(
                then[BY_HAND] == now[BY_HAND] for then, now in zip(before, after, strict=True)
            ),
            violations=tuple(self._sandbox.violations),
            people=people,
            sizes={each.name: each.members for each in sizes(self._hub)},
        )

    def show(self, cast: Cast, findings: Findings, before: Sequence[Carriers]) -> None:
        """Show the findings in sentences."""
        say = self._screens.say
        self._screens.heading(self._texts.say("demo.checked.title"))
        carries = "carries" if findings.carries_tag else "carries_not"
        say(f"checked.{carries}", name=name_of(cast.regular.person), tag=findings.tag)
        self._check_silence(cast, findings)
        if any(tool.audience is None for tool in self._tools):
            for part in (cast.leaver, cast.complainer):
                key = "checked.noted" if findings.tag_keeps_to_consent else "checked.carries_not"
                say(key, name=name_of(part.person), tag=findings.tag)
        kept = "by_hand" if findings.by_hand_kept else "by_hand_lost"
        count = sum(len(each[BY_HAND]) for each in before)
        say(f"checked.{kept}", count=count, tag=BY_HAND.name)
        violations = findings.violations
        say("checked.somebody" if violations else "checked.nobody", what=violations)
        self._screens.pause()

    def _check_silence(self, cast: Cast, findings: Findings) -> None:
        """Show that no list was written to about the leaver and the complainer."""
        if not any(tool.audience for tool in self._tools):
            return
        said: list[tuple[str, Part, MailingList, int]] = [
            ("left", cast.leaver, cast.left, findings.requests_about_leaver),
            ("complained", cast.complainer, cast.complained, findings.requests_about_complainer),
        ]
        for word, part, audience, requests in said:
            key = "checked.touched" if requests else f"checked.{word}"
            name = name_of(part.person)
            self._screens.say(key, name=name, list=self.called(audience), requests=requests)


def name_of(person: Person) -> str:
    """A person's whole name."""
    return f"{person.first_name} {person.last_name}"
