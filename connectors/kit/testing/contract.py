"""The contract suites: what every source and every destination keeps.

Whoever subclasses one of them has it tested. A source is described by three attributes:

    class TestMyShop(SourceContract):
        connector = MyShop
        settings = {"url": "https://shop.test", "key": "a key to look for"}
        samples = Path(__file__).parent / "samples" / "my_shop.json"

`samples` are raws by their stream, those of a list below another by the parent's id, or by the
path of their list below the base address. The fake server is made from
the paths and pagers that the source declares; `fake` names a subclass where that is not enough.

A destination too:

    class TestMyList(DestinationContract):
        connector = MyList
        settings = {"url": "https://list.test", "key": "a key to look for"}
        writes = {
            (LOYAL, "yes"): [Written("PUT", "/people/7001/tags/Loyal")],
            (LOYAL, None): [Written("DELETE", "/people/7001/tags/Loyal")],
        }

`writes` tells for each target which requests write a value of it to the first person, and which
take it back (`FakeSystem.person(1)`, whose key is 7001 unless `fake` says otherwise). The fake
server knows that person and any others; a subclass of `FakeSystem` answers as the vendor does.

A vendor's description is held against what is sent and fed where a fixture `description` gives
one. No standard test is overridden without a reason: mark what stands there with `because`.
"""

from connectors.kit.testing.destinations.discretion import WritesDiscreetly
from connectors.kit.testing.destinations.jobs import HandsInJobs
from connectors.kit.testing.destinations.trouble import WritesThroughTrouble
from connectors.kit.testing.destinations.whole import PushesWhole
from connectors.kit.testing.destinations.writing import WritesChanges
from connectors.kit.testing.sources.anything import ReadsAnything
from connectors.kit.testing.sources.completeness import TellsWhatIsMissing
from connectors.kit.testing.sources.discretion import KeepsToItself
from connectors.kit.testing.sources.lists import ReadsLists
from connectors.kit.testing.sources.tokens import RenewsTokens
from connectors.kit.testing.sources.trouble import BearsTrouble
from connectors.kit.testing.sources.windows import ReadsWindows


class SourceContract(
    ReadsLists, ReadsWindows, TellsWhatIsMissing, BearsTrouble, RenewsTokens, KeepsToItself
):
    """Subclass it; name the connector, its settings and its samples."""


class AnySourceContract(ReadsAnything):
    """For a source that is no `RestSource`: name the connector and its settings.

    Override the fixture `source` to lay down what it reads.
    """


class DestinationContract(
    WritesChanges, PushesWhole, HandsInJobs, WritesThroughTrouble, WritesDiscreetly
):
    """Subclass it; name the connector, its settings and what it writes."""
