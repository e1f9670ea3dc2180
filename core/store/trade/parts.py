"""Parts of other rows: sub-orders of an order, components of a kit.

A purchase that a source lists whole and in parts counts once.
"""

from collections.abc import Mapping


def stored_parents(parents: Mapping[str, str | None]) -> dict[str, str]:
    """The parents of the ids whose parent is among the ids; `parents` is what each id states.

    Of ids that are each other's parents in a loop, the smallest has none, so that one counts.
    """
    found = {name: parent for name, parent in parents.items() if parent in parents and parent}
    done: set[str] = set()
    for start in list(found):
        path: dict[str, None] = {}
        step: str | None = start
        while step is not None and step not in path and step not in done:
            path[step] = None
            step = found.get(step)
        if step in path:
            names = list(path)
            del found[min(names[names.index(step) :])]
        done |= path.keys()
    return found


def counting_lines(totals: Mapping[str, int], parents: Mapping[str, str | None]) -> set[str]:
    """Ids of the lines that count, of kits and their components; `totals` is what each costs.

    A kit that has a price stands for all its components. One of 0 stands for components that cost
    nothing either; where they have prices, they are what was sold and the kit is not.
    """
    kit_of = stored_parents(parents)
    has_priced: set[str] = set()
    """Kits with a component, or a component's component, that has a price."""
    for name, total in totals.items():
        step = kit_of.get(name) if total else None
        while step is not None and step not in has_priced:
            has_priced.add(step)
            step = kit_of.get(step)
    found: set[str] = set()
    for name in totals:
        step = kit_of.get(name)
        while step is not None and _is_broken_up(step, totals, has_priced):
            step = kit_of.get(step)
        if step is None and not _is_broken_up(name, totals, has_priced):
            found.add(name)
    return found


def _is_broken_up(name: str, totals: Mapping[str, int], has_priced: set[str]) -> bool:
    return not totals[name] and name in has_priced
