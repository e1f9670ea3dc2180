"""What the demonstration looks up in the tools themselves when everything is done."""

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
class Told:
    """What the demonstration found, for programs."""

    tag: str
    written_to: tuple[str, ...]
    carries_tag: bool
    """Whether every tool itself says that the regular carries it."""
    requests: tuple[int, int, int, int]
    """To the tools, of each push: the first, its repetition, a week later, repeated."""
    both_are_members: bool
    """Whether who left one list, and who complained, are in the segment all the same."""
    requests_about_leaver: int
    """To any list."""
    requests_about_complainer: int
    """To any list."""
    tag_keeps_to_consent: bool
    """Whether the two carry it where mail is not asked about, and on no list."""
    by_hand_kept: bool
    violations: tuple[str, ...]
    people: dict[int, int]
    """Number of systems -> how many people so many of them know."""
    sizes: dict[str, int]

    @property
    def is_well(self) -> bool:
        """Whether everything happened that was promised."""
        silent = self.requests_about_leaver == self.requests_about_complainer == 0
        quiet = self.requests[1] == self.requests[3] == 0
        kept = self.by_hand_kept and not self.violations
        written = self.carries_tag and self.tag_keeps_to_consent and self.both_are_members
        return written and silent and quiet and kept


class Checks:
    """Looks into the tools, and tells what it finds."""

    def __init__(self, scene: Stage, screens: Screens) -> None:
        """Look at that stage, and tell it there."""
        self._sandbox = scene.sandbox
        self._hub = scene.hub
        self._texts = scene.texts
        self._tools = scene.tools
        self._screens = screens

    def called(self, audience: MailingList) -> str:
        """What people call a list, in the middle of a sentence."""
        name = "news" if audience is self._sandbox.world.list else "club"
        return self._texts.say(f"demo.tools.{name}")

    def carriers(self) -> list[Carriers]:
        """Of each tool."""
        return [tool.carriers() for tool in self._tools]

    def asked(self) -> list[int]:
        """How many requests each tool has had."""
        return [len(tool.requests) for tool in self._tools]

    def found(
        self,
        cast: Cast,
        before: Sequence[Carriers],
        asked: Sequence[int],
        requests: tuple[int, int, int, int],
        people: dict[int, int],
    ) -> Told:
        """What was true in the end; `asked` is how many requests there had been before the week."""
        after = self.carriers()
        tag = self._texts.say("demo.tags.loyal")
        leaver, complainer = cast.leaver.person, cast.complainer.person
        since = list(zip(self._tools, asked, strict=True))

        def carries(tool: Tool, person: Person) -> bool:
            return tool.key(person) in tool.carriers().get(Place("tag", tag), ())

        return Told(
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

    def tell(self, cast: Cast, told: Told, before: Sequence[Carriers]) -> None:
        """Say it, in sentences."""
        say = self._screens.say
        self._screens.heading(self._texts.say("demo.checked.title"))
        carries = "carries" if told.carries_tag else "carries_not"
        say(f"checked.{carries}", name=name_of(cast.regular.person), tag=told.tag)
        self._check_silence(cast, told)
        if any(tool.audience is None for tool in self._tools):
            for part in (cast.leaver, cast.complainer):
                found = "checked.noted" if told.tag_keeps_to_consent else "checked.carries_not"
                say(found, name=name_of(part.person), tag=told.tag)
        kept = "by_hand" if told.by_hand_kept else "by_hand_lost"
        count = sum(len(each[BY_HAND]) for each in before)
        say(f"checked.{kept}", count=count, tag=BY_HAND.name)
        say("checked.somebody" if told.violations else "checked.nobody", what=told.violations)
        self._screens.pause()

    def _check_silence(self, cast: Cast, told: Told) -> None:
        """That nobody wrote to who left and to who complained."""
        if not any(tool.audience for tool in self._tools):
            return
        said: list[tuple[str, Part, MailingList, int]] = [
            ("left", cast.leaver, cast.left, told.requests_about_leaver),
            ("complained", cast.complainer, cast.complained, told.requests_about_complainer),
        ]
        for word, part, audience, requests in said:
            found = "checked.touched" if requests else f"checked.{word}"
            name = name_of(part.person)
            self._screens.say(found, name=name, list=self.called(audience), requests=requests)


def name_of(person: Person) -> str:
    """A person's whole name."""
    return f"{person.first_name} {person.last_name}"
