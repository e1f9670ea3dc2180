"""What the author of a connector tests with: a contract suite, a fake server, vendors' words."""

from connectors.kit.testing.contract import SourceContract
from connectors.kit.testing.description import Description
from connectors.kit.testing.fake import FakeApi, FakeClock

__all__ = ["Description", "FakeApi", "FakeClock", "SourceContract"]
