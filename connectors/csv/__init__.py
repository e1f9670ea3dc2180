"""`csv`: purchases, people and whatever else there is a noun for, from delimited files.

Fact sheet, from RFC 4180 and from the config alone, for no vendor stands behind the files:
- API: none; files in one folder, plain or gzipped, delimited as the stanza says, with a header line
  or with `columns`.
- Version: none.
- Auth: none; whoever runs the hub must be allowed to read the folder.
- Paging: a thousand records a page, each file from its first row to its last.
- Cursor: none; a file is read again, and whole, when its content or its stanza has changed, and
  what it does not show any more is gone. Orders and refunds are read from all their files then.
- Limits: a line of a million letters, 10,000 rows that share an order's id.
- Batch: none; nothing is written to files.
- What it cannot do: see what a file left out for another reason than that it is gone; read a file
  that is written at that moment, which waits for the next run; read spreadsheets that are no text.
- Proved against: the files themselves.

A stanza is called as its noun in the plural, in snake case: `orders`, `list_members`. Irregular
ones: `categories`, `children`, `companies`, `deleted`. Its keys are the record's fields; their
values a column's name, or a table (`Value` in `stanzas.py`).

- A row's place, and id with `{ row = true }`, is `<file name>:<line of the file>`; the file name
  is counted from `folder`, and a header line is line 1.
- Rows of orders and refunds that share an id are one order, wherever they stand. With `lines`
  each row is a line; without, the rows' amounts are added up. Of other fields that differ, the
  earliest date of the order counts, else the first row that has a value; both are counted.
- One broken row refuses its whole order, because an order without a line would be wrong.
- Of other records the first row of a file with an id counts, unless `updated_at` is mapped.
- Columns that are joined to an id must all have a value; a part that holds the joiner has a
  backslash before it. Elsewhere empty parts are left out.
- A key that a `lookup` does not find has no value, and is counted.
"""

from connectors.csv.source import Csv

__all__ = ["Csv"]
