"""How many people several connections know at once."""

from collections import Counter

from core.store.database import Transaction

_QUERY = """
    SELECT connections, count(*) AS people
    FROM (
        SELECT count(DISTINCT connection_id) AS connections
        FROM contact WHERE profile_id IS NOT NULL GROUP BY profile_id
    ) AS person
    GROUP BY connections
"""


def known_from(transaction: Transaction) -> Counter[int]:
    """Number of connections that know a person -> how many people they know so."""
    return Counter({row.connections: row.people for row in transaction.exec_driver_sql(_QUERY)})
