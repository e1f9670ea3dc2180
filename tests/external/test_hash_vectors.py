"""Hashes of audiences, held against the vectors that the platforms publish."""

import json
import re
from pathlib import Path
from typing import Any

from connectors.kit import GOOGLE, META
from connectors.kit.writing.hashing import sha256_of
from tests.connectors.kit.test_hashing import known_as


def test_the_published_vectors_hold(shared: Path) -> None:
    """Of each platform, where outside data is."""
    found = published((shared / "api-specs" / "vectors.md").read_text("utf-8"))
    names = {"email": "email", "em": "email", "phone": "phone", "ph": "phone"}
    held = 0
    for platform, rules in (("google", GOOGLE), ("meta", META)):
        for each in found[platform]:
            if (kind := names.get(each["kind"])) and "normal" in each:
                assert known_as(rules, **{kind: each["in"]}) == [sha256_of(each["normal"])]
                assert each.get("hex") in (None, sha256_of(each["normal"]))
                held += 1
    for refused in (*found["google_reject"], *found["google_reject_phone"]):
        assert known_as(GOOGLE, email=refused) == known_as(GOOGLE, phone=refused) == []
    for refused in found["meta_reject_email"]:
        assert known_as(META, email=refused) == []
    assert held >= 9


def published(text: str) -> dict[str, Any]:
    """The vectors of a page, which stand in its blocks of JSON."""
    found: dict[str, Any] = {}
    for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        found |= json.loads(block)
    return found
