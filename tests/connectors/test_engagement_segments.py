"""The engagement of every email tool puts people into the segments that its page promises.

A tool's payloads are a file of its own in `tests/connectors/engagement`.
"""

import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import respx

from connectors.kit import Window
from connectors.kit.testing import Description, FakeClock
from connectors.kit.testing.samples import located
from core import plugins
from core.store.database import Database
from sync.pages import fact
from tests.connectors.engagement.story import MEMBERS, NOW, PEOPLE, RULES, Tool
from tests.core.segments.small_hub import SmallHub

ROOM = Path(__file__).parent / "engagement"
TOOLS: dict[str, Tool] = {
    file.stem: importlib.import_module(f"tests.connectors.engagement.{file.stem}").TOOL
    for file in sorted(ROOM.glob("*.py"))
    if file.stem != "story"
}


def promised(kind: str) -> list[str]:
    """The segments of engagement that a connector's page names."""
    plugins.find(kind)
    facts = inspect.cleandoc(sys.modules[f"connectors.{kind}"].__doc__ or "")
    return [name for name in MEMBERS if f"`{name}`" in fact(facts, "Engagement")]


def test_every_page_that_promises_segments_has_its_story() -> None:
    ours = [each.kind for each in plugins.installed() if each.package == "segmenthub"]
    assert {kind for kind in ours if promised(kind)} == TOOLS.keys()


@pytest.mark.parametrize("kind", TOOLS)
def test_events_become_the_segments_that_the_page_promises(
    kind: str, database: Database, description_of: Callable[[str], Description]
) -> None:
    tool, clock, description = TOOLS[kind], FakeClock(), description_of(kind)
    tool.source._clock = clock
    hub = SmallHub(database, RULES)
    with respx.mock(assert_all_called=False) as router:
        fake = tool.fake(tool.source, located(tool.raws, tool.source), clock)
        router.route().mock(side_effect=fake)
        for stream in tool.source.streams():
            pages = tool.source.read(stream.name, Window(until=NOW, live=True))
            hub.tell(*(record for page in pages for record in page.records))
    for request, response in zip(fake.requests, fake.responses, strict=True):
        description.check(request, response)
    names = {tool.key(name): name for name in PEOPLE}
    found = {
        segment: " ".join(sorted(names[key] for key in keys.split()))
        for segment, keys in hub.members(NOW).items()
    }
    # Segments that are not promised are empty: an event that nobody tells puts nobody into them.
    assert found == {name: MEMBERS[name] if name in promised(kind) else "" for name in MEMBERS}
