"""A local Nordic shop, its tills and its lists, behind their vendors' APIs.

For the demonstration, tests and authors of connectors; needs nothing but Python.
"""

from sandbox.clock import Clock as Clock
from sandbox.running import Sandbox as Sandbox
from sandbox.world.facts import Facts as Facts
from sandbox.world.world import World as World
