"""How Python's collector of circles is to work for a hub."""

import gc

YOUNG = 200_000
"""Objects that come into being before it looks for circles among them. A page makes several times
as many that hold none, and at Python's own 700 the looking takes a sixth of a pull, at 50,000 still
a twentieth, at this number a hundredth; at a larger one circles lie about longer."""
MIDDLE, OLD = 20, 50
"""How many such looks come before one among those that survived, and among all."""


def collect_seldom() -> None:
    """Called once everything is imported: what is loaded by then stays and is not looked at."""
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
