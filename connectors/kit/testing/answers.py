"""Answers that nobody agreed upon."""

import httpx

_JSON = {"Content-Type": "application/json"}

NOT_AGREED = (
    httpx.Response(400, json={"message": "no such parameter"}),
    httpx.Response(302, headers={"Location": "https://elsewhere.test/"}),
    httpx.Response(200, html="<html>Please log in</html>"),
)
"""A refusal, a redirect to another host, and a page for people."""
NO_LIST = (
    httpx.Response(200, headers=_JSON, content=b'[{"id": 1'),
    httpx.Response(200, headers=_JSON, content=b'"a text"'),
)
"""Half a body, and a body without the list."""


def ids(answer: httpx.Response) -> str:
    """Name of a test with this answer."""
    return f"{answer.status_code} {answer.content[:9].decode()}".strip()
