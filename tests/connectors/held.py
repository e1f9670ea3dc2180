"""A contract suite that is held against the vendor's own description, where that lies beside us."""

from pathlib import Path
from typing import ClassVar

import pytest

from connectors.kit.testing import Description
from tests.counting import Held


class HeldAgainst:
    """To stand before `SourceContract`."""

    vendor: ClassVar[str]

    @staticmethod
    def described(shared: Path) -> Description:
        """The description, from the folder of shared data."""
        raise NotImplementedError

    @pytest.fixture
    def description(self, request: pytest.FixtureRequest) -> Description:
        """The vendor's description, counted."""
        held: Held = request.getfixturevalue("held")
        description = self.described(request.getfixturevalue("shared"))
        held.description(self.vendor)
        return description
