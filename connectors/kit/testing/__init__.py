"""Contract suites, fake servers and vendors' descriptions, for the tests of a connector."""

import pytest

# Before they are imported: a failing standard test then shows what it compared.
pytest.register_assert_rewrite(
    *(f"{__name__}.{each}" for each in ("destinations", "reading", "samples", "sources", "suite"))
)

from connectors.kit.testing.clock import FakeClock  # noqa: E402 - see above
from connectors.kit.testing.contract import (  # noqa: E402 - see above
    AnySourceContract,
    DestinationContract,
    SourceContract,
)
from connectors.kit.testing.description import Description  # noqa: E402
from connectors.kit.testing.fake import FakeApi  # noqa: E402
from connectors.kit.testing.graphql import FakeGraphQL  # noqa: E402
from connectors.kit.testing.server import FakeJob, Person, Written  # noqa: E402
from connectors.kit.testing.suite import because  # noqa: E402
from connectors.kit.testing.system import FakeSystem  # noqa: E402

__all__ = [
    "AnySourceContract",
    "Description",
    "DestinationContract",
    "FakeApi",
    "FakeClock",
    "FakeGraphQL",
    "FakeJob",
    "FakeSystem",
    "Person",
    "SourceContract",
    "Written",
    "because",
]
