"""Findings in words: what was lost, where, how it looks, and what to do."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from core.audience.delivery.rejected import rejected_groups
from core.config import Config
from core.contract import Source
from core.store.connections import connection_names
from core.store.database import Transaction
from core.store.findings import Finding, StoredFinding
from core.store.people.buyers import orders_without_data
from core.store.people.identifiers import MOST_NAMES
from core.store.people.identity import MOST_HOLDERS, crowded_phones, too_common
from core.store.trade.order_counts import unknown_statuses

MOST_STATUSES = 10
"""Unknown statuses of one connection that are named."""


def sentence(finding: Finding, connection: str, remedy: str = "") -> str:
    """A finding without the name of its stream or target; `remedy` is a line of the config."""
    number = finding.number
    match finding.kind:
        case "emptied":
            return _lost(finding, "left empty, because they could not be read", remedy)
        case "unknown":
            return _lost(finding, "not understood, so that no rule finds them", remedy)
        case "ambiguous":
            ids = "1 id names" if number == 1 else f"{number:,} ids name"
            return (
                f"{ids} two different people or orders, as {finding.path} shows{_first(finding)}; "
                "the one that came first counts; give each its own id, and read again"
            )
        case "spoilt":
            rows = "1 row was" if number == 1 else f"{number:,} rows were"
            return (
                f"a spreadsheet turned values of {finding.path} into 4.57E+12, and {rows} not "
                f"loaded{_first(finding)}; make that column a text there, fill it anew from the "
                "system, and export the file again"
            )
        case "quarantined":
            return (
                f"{number:,} of {finding.total:,} rows could not be loaded, which is most of them; "
                f"see: segmenthub quarantine {connection}"
            )
        case "unlisted":
            return _unlisted(finding)
        case "unanswered":
            was = "change was" if number == 1 else "changes were"
            return (
                f"{number:,} {was} handed in as a job that was lost: {finding.reason}; the next "
                "push sends them again, and rejects them if that is lost too; look among the "
                f"imports of {connection} for the reason"
            )
        case "drifted":
            return _drifted(finding, connection)
        case "rejected":
            changes = "the only change was" if number == 1 else f"all {number:,} changes were"
            reason = f": {finding.reason}" if finding.reason else ""
            return (
                f"{changes} rejected{reason}; see to the cause there or choose another name, "
                f"then run: segmenthub push {connection} --retry"
            )


def described(found: StoredFinding, config: Config) -> str:
    """The whole sentence, with the line to write where one helps."""
    words = sentence(found.finding, found.connection, _remedy(found, config))
    return f"{found.place} of {found.connection}: {words}"


def configured(findings: Iterable[StoredFinding], config: Config) -> list[StoredFinding]:
    """The findings about streams and targets that the config still names, the worst first."""
    named = [each for each in findings if each.place in _places(config, each.connection)]
    return sorted(named, key=lambda each: not each.finding.fails)


def _places(config: Config, name: str) -> set[str]:
    connection = config.connections.get(name)
    if connection is None:
        return set()
    bindings = connection.push.bindings if connection.push else ()
    places = {f"{each.target.kind} {each.target.name}" for each in bindings}
    if isinstance(connection.connector, Source) and connection.pull is not None:
        places |= {each.name for each in connection.connector.streams()}
    return places


def _remedy(found: StoredFinding, config: Config) -> str:
    finding = found.finding
    if finding.kind not in ("emptied", "unknown"):
        return ""
    return remedy(config, found.connection, found.place, finding.path, finding.shape)


def remedy(config: Config, connection: str, stream: str, path: str, shape: str) -> str:
    """The line of the config by which values of this shape would be read; "" for none."""
    named = config.connections.get(connection)
    if named is None or named.fault or not isinstance(named.connector, Source):
        return ""
    if stream not in {each.name for each in named.connector.streams()}:
        return ""
    return named.connector.remedy(stream, path, shape)


def _lost(finding: Finding, what: str, remedy: str) -> str:
    of = f" of {finding.total:,}" if finding.total > finding.number else ""
    every = "all " if 1 < finding.number == finding.total else ""
    values = "value" if finding.number == 1 and not of else "values"
    earlier = f" ({finding.earlier:,} more in earlier reads)" if finding.earlier else ""
    looks = f"; the first looks like {finding.shape}" if finding.shape else ""
    place = f" ({finding.example})" if finding.example else ""
    line = f"; write in its stanza: {remedy}" if remedy else ""
    count = f"{every}{finding.number:,}{of} {values} of {finding.path}{earlier}"
    return f"{count} {what}{looks}{place}{line}"


def _drifted(finding: Finding, connection: str) -> str:
    number = finding.number
    people = "1 person" if number == 1 else f"{number:,} people"
    carry = "carries" if number == 1 else "carry"
    if finding.path == "unsubscribed":
        return (
            f"{people} no longer {carry} it, and may no longer be written to; they are left as "
            "they are"
        )
    because = {
        "removed": "somebody removed or changed it there",
        "never arrived": f"it was never seen there, though {connection} said that it wrote it",
        "target gone": "it was deleted or renamed there",
    }[finding.path]
    remedy = (
        "the next push sends it again"
        if finding.reason
        else f'it is not sent again unless drift = "restore" stands in '
        f"[connections.{connection}.push]; to look again, run: segmenthub reconcile {connection}"
    )
    return f"{people} no longer {carry} what was delivered: {because}; {remedy}"


def _first(finding: Finding) -> str:
    return f" (the first at {finding.example})" if finding.example else ""


def _unlisted(finding: Finding) -> str:
    shown = finding.total - finding.number
    counts = f"the other side counts {finding.total:,} rows and shows {shown:,}"
    if finding.earlier != finding.number:
        return f"{counts}; the next read asks for them again"
    return (
        f"{counts}, as in the read before, so the next read will show no more; rows that are "
        "deleted there stay here meanwhile; ask the vendor which rows it hides"
    )


def people_notes(transaction: Transaction) -> Iterator[str]:
    """Sentences about identifiers that join nobody, and people without any data."""
    names = connection_names(transaction)
    found = Counter((kind, names[number]) for kind, _, number, _ in too_common(transaction))
    for (kind, name), number in sorted(found.items()):
        yield (
            f"{number:,} {kind} {'value' if number == 1 else 'values'} of {name} "
            f"{'is' if number == 1 else 'are'} held by more than {MOST_HOLDERS} contacts, "
            "and join nobody"
        )
    if phones := len(crowded_phones(transaction)):
        stand = "phone stands" if phones == 1 else "phones stand"
        yield (
            f"{phones:,} {stand} beside more than {MOST_NAMES} different names, and join nobody; "
            "orders of which no more is known belong to nobody"
        )
    for connection, number in sorted(orders_without_data(transaction).items()):
        belong = "order belongs" if number == 1 else "orders belong"
        yield (
            f"{number:,} {belong} to people of {names[connection]} of whom nothing is known: "
            "no stream shows them, and no bill says who they are"
        )


def refusals(transaction: Transaction, config: Config) -> Iterator[str]:
    """Sentences about changes that were rejected for good, and those that are sent again."""
    final: Counter[str] = Counter()
    passing: Counter[str] = Counter()
    again_at: dict[str, datetime] = {}
    for each in rejected_groups(transaction):
        name = each.connection
        if name not in config.connections:
            continue
        if each.again_at is None:
            final[name] += each.changes
        else:
            passing[name] += each.changes
            again_at[name] = min(each.again_at, again_at.get(name, each.again_at))
    for name, number in final.items():
        were = "change was" if number == 1 else "changes were"
        yield f"{number:,} {were} rejected by {name}; see: segmenthub rejected {name}"
    for name, number in passing.items():
        are = "change is" if number == 1 else "changes are"
        due = again_at[name].astimezone(config.hub.timezone)
        yield (
            f"{number:,} {are} refused by {name} for now, and sent again with the first push "
            f"after {due:%Y-%m-%d %H:%M}; see: segmenthub rejected {name}"
        )


def statuses_to_write(transaction: Transaction, config: Config) -> Iterator[str]:
    """Statuses of orders that are not known, by connection, with the line to write."""
    names = connection_names(transaction)
    for number, found in sorted(unknown_statuses(transaction).items()):
        name = names[number]
        if name not in config.connections:
            continue
        some = list(found)[:MOST_STATUSES]
        line = ", ".join(f'{_key(status)} = "fulfilled"' for status in some)
        counted = ", ".join(f"{status} ({found[status]:,})" for status in some)
        more = len(found) - len(some)
        others = f" and {more:,} more" if more else ""
        yield (
            f"orders of {name} have statuses that are not known, and count as purchases: "
            f"{counted}{others}; write what each means under [connections.{name}], as in "
            f"statuses = {{ {line} }}"
        )


def _key(word: str) -> str:
    """A word as a key of TOML."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else json.dumps(word, ensure_ascii=False)
