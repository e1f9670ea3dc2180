"""A local Nordic shop, its tills and its lists, which speak their vendors' APIs.

For the demonstration, for tests, and for whoever writes a connector; needs nothing but Python.
"""

from sandbox.clock import Clock as Clock
from sandbox.running import Sandbox as Sandbox
from sandbox.world.facts import Facts as Facts
from sandbox.world.variations import variations as variations
from sandbox.world.world import World as World
