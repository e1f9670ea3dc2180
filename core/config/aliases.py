"""`[aliases]`: other spellings of one brand."""

from core.config.checking import Checker
from core.config.stanzas import AliasesStanza
from core.mistakes import dotted, shown
from core.store.keys import fold


def read_aliases(
    checker: Checker, table: object
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Folded spelling -> name, and name -> spellings as written."""
    stanza = checker.read(AliasesStanza, table, "aliases")
    if stanza is None:
        return {}, {}
    names: dict[str, str] = {}
    for name in stanza.brand:
        if (other := names.setdefault(fold(name), name)) != name:
            checker.wrong(
                dotted("aliases", ["brand", name]), f"differs from {shown(other)} in case only"
            )
    spellings = dict(names)
    for name, also in stanza.brand.items():
        for number, spelling in enumerate(also):
            other = spellings.setdefault(fold(spelling), name)
            if other != name:
                checker.wrong(
                    dotted("aliases", ["brand", name, number]),
                    f"{shown(spelling)} stands for {shown(other)} already",
                )
    return spellings, dict(stanza.brand)
