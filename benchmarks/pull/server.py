"""A shop that answers from a process of its own, whose work is not measured; prints its address.

`python -m benchmarks.pull.server ORDERS` answers until its standard input is closed.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from benchmarks.measure import ROOT as HERE
from benchmarks.pull.shop import Rows, lists

ROOT = "/wp-json/wc/v3"
DEFAULT_SIZE = 10


class Handler(BaseHTTPRequestHandler):
    """Answers lists page by page."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    lists: Mapping[str, Rows]

    def do_GET(self) -> None:
        """One page of a list; an unknown list is empty."""
        target = urlsplit(self.path)
        query = dict(parse_qsl(target.query))
        rows = _narrowed(self.lists.get(target.path.removeprefix(ROOT), ()), query)
        size, page = int(query.get("per_page", DEFAULT_SIZE)), int(query.get("page", 1))
        begin = int(query.get("offset", (page - 1) * size))
        pages = -(-len(rows) // size)
        shown = rows[begin : begin + size]
        if fields := query.get("_fields"):
            shown = [
                {name: row[name] for name in fields.split(",") if name in row} for row in shown
            ]
        body = orjson.dumps(shown)
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-WP-Total", str(len(rows)))
        self.send_header("X-WP-TotalPages", str(pages))
        if page < pages:
            following = urlencode({**query, "page": page + 1})
            address = f"http://{self.headers['Host']}{target.path}?{following}"
            self.send_header("Link", f'<{address}>; rel="next"')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _narrowed(rows: Rows, query: Mapping[str, str]) -> Rows:
    """The rows that a request asks for, in the order that it asks for."""
    if query.get("status") == "trash":
        return ()
    if named := query.get("include"):
        ids = set(named.split(","))
        return [row for row in rows if str(row["id"]) in ids]
    for name, field in (("modified_after", "date_modified_gmt"), ("after", "date_created_gmt")):
        if since := query.get(name):
            rows = [row for row in rows if row[field] > since]
    field = {"modified": "date_modified_gmt", "date": "date_created_gmt"}.get(
        query.get("orderby", ""), "id"
    )
    return sorted(rows, key=lambda row: (row.get(field), row["id"]))


@contextmanager
def served(orders: int) -> Iterator[str]:
    """The address of a shop with that many orders, which answers from another process."""
    command = [sys.executable, "-m", "benchmarks.pull.server", str(orders)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE
    ) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("the shop has no pipes")
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


def main(orders: int) -> None:
    """Answer until standard input is closed."""
    handler = type("ShopHandler", (Handler,), {"lists": lists(orders)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
