"""Random messages, visits, memberships and statements of the people of a shop."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from core import records as r
from tests.laws.generators.trade import birthday
from tests.laws.generators.vocabulary import (
    ACTIONS,
    ANSWERS,
    BRANDS,
    CAMPAIGNS,
    CATEGORIES,
    CURRENCIES,
    GROUPS,
    KINDS,
    LINKS,
    LISTS,
    PRODUCTS,
    QUERIES,
    QUESTIONS,
    STATUSES,
    TIERS,
    TOPICS,
    URLS,
    Calendar,
)


def messages(draw: random.Random, calendar: Calendar, people: Sequence[str]) -> Iterator[r.Record]:
    """Messages and what became of them; the last one is known by its events only."""
    for name in CAMPAIGNS[:-1]:
        yield r.Message(
            id=name,
            title=draw.choice((None, f"News {name[1:]}")),
            kind=draw.choice(("campaign", "campaign", "automation", "transactional")),
            channel=draw.choice(("email", "email", "email", "sms", "push")),
            variant=draw.choice((None, "A", "b")),
            topic=draw.choice((None, *TOPICS)),
        )
    emitted: set[str] = set()
    for who in people:
        for name in draw.sample(CAMPAIGNS, draw.choice((0, 2, 5, 7, 8))):
            for each in _events(draw, calendar, name, who):
                # A source tells the same event once.
                key = f"{each.message} {each.contact} {each.kind} {each.at}"
                if key not in emitted:
                    emitted.add(key)
                    yield each


def _events(
    draw: random.Random, calendar: Calendar, message: str, who: str
) -> Iterator[r.MessageEvent]:
    sent = calendar.moment(draw)
    if draw.random() < 0.92:
        yield r.MessageEvent(message=message, contact=who, kind="delivered", at=sent)
    for kind in ("opened", "opened", "clicked", "bounced", "unsubscribed"):
        if draw.random() < {"opened": 0.4, "clicked": 0.35}.get(kind, 0.03):
            later = calendar.moment(draw)
            if isinstance(sent, datetime) and draw.random() < 0.7:
                later = sent + timedelta(minutes=draw.choice((1, 60, 1440, 10_000, 50_000)))
            yield r.MessageEvent.model_validate(
                {
                    "message": message,
                    "contact": who,
                    "kind": kind,
                    "at": later,
                    "evidence": draw.choice(("human", "probable", "machine")),
                    "link": draw.choice((None, *LINKS)) if kind == "clicked" else None,
                }
            )


def visits(
    draw: random.Random, calendar: Calendar, people: Sequence[str], prefix: str
) -> Iterator[r.Record]:
    """Looks, searches and carts."""
    for number in range(draw.randrange(3 * len(people) + 1)):
        yield r.Visit.model_validate(
            {
                "id": f"{prefix}{number}",
                "contact": draw.choice((*people, *people, None)),
                "kind": draw.choice(KINDS),
                "at": calendar.moment(draw),
                "url": draw.choice((None, *URLS)),
                "category": draw.choice((None, None, *CATEGORIES)),
                "product": draw.choice((None, None, *PRODUCTS)),
                "query": draw.choice((None, None, *QUERIES)),
                "source": draw.choice((None, "google", "Newsletter")),
                "campaign": draw.choice((None, "autumn")),
                "device": draw.choice((None, "Mobile", "desktop")),
                "event": draw.choice((None, None, *ACTIONS)),
                "value": draw.choice((None, None, Decimal(0), Decimal("49.99"), Decimal(50))),
            }
        )


def memberships(
    draw: random.Random, calendar: Calendar, people: Sequence[str]
) -> Iterator[r.Record]:
    """Places on lists, some of them given up, some without a date."""
    for who in people:
        for name in draw.sample(LISTS, draw.choice((0, 1, 1, 2))):
            yield r.ListMember.model_validate(
                {
                    "contact": who,
                    "list": name,
                    "title": draw.choice((None, f"Title of {name}")),
                    "status": draw.choice(("subscribed", "subscribed", "unsubscribed", "cleaned")),
                    "subscribed_at": None if draw.random() < 0.1 else calendar.moment(draw),
                }
            )


def consents(draw: random.Random, calendar: Calendar, people: Sequence[str]) -> Iterator[r.Record]:
    """Statements about tracking, some of them about an address, some lifted by a later one."""
    for who in draw.sample(people, draw.choice((0, 1, 2))):
        for _ in range(draw.choice((1, 1, 2))):
            yield r.Consent.model_validate(
                {
                    "contact": who,
                    "email": draw.choice((None, f"p{draw.randrange(16)}@x.dk")),
                    "channel": draw.choice(("tracking", "tracking", "email")),
                    "granted": draw.random() < 0.4,
                    "permission": draw.choice((None, None, False)),
                    "at": calendar.moment(draw),
                }
            )


def groups(draw: random.Random, calendar: Calendar, people: Sequence[str]) -> Iterator[r.Record]:
    """Places in groups, some of which begin later, and loyalty accounts."""
    for who in people:
        for name in draw.sample(GROUPS, draw.choice((0, 0, 1, 2))):
            yield r.GroupMember.model_validate(
                {
                    "contact": who,
                    "group": name,
                    "title": draw.choice((None, f"Club {name[1:]}", "Staff")),
                    "since": draw.choice((None, calendar.moment(draw))),
                }
            )
        for programme in draw.sample(("points", "miles"), draw.choice((0, 1, 1, 2))):
            yield r.Loyalty.model_validate(
                {
                    "contact": who,
                    "programme": programme,
                    "points": draw.choice((None, 0, 100, Decimal("99.5"))),
                    "tier": draw.choice((None, *TIERS)),
                    "since": draw.choice((None, calendar.moment(draw))),
                }
            )


def statements(
    draw: random.Random, calendar: Calendar, people: Sequence[str], prefix: str
) -> Iterator[r.Record]:
    """Interests, children and answers, and statements that there are none."""
    for place, who in enumerate(people):
        for number, topic in enumerate(draw.sample(TOPICS, draw.choice((0, 0, 1, 2, 3)))):
            yield r.Interest.model_validate(
                {
                    "id": f"{prefix}i{place}-{number}",
                    "contact": who,
                    "topic": draw.choice((topic, topic, topic, None)),
                    "source": draw.choice(("stated", "stated", "inferred")),
                }
            )
        for number in range(draw.choice((0, 0, 1, 2))):
            yield r.Child.model_validate(
                {
                    "id": f"{prefix}c{place}-{number}",
                    "contact": who,
                    "gender": draw.choice((None, "female", "male")),
                    "birthday": draw.choice((None, *[birthday(draw, calendar, range(19))] * 4)),
                    "none": draw.random() < 0.15,
                }
            )
        for number, question in enumerate(QUESTIONS):
            if draw.random() < 0.4:
                yield r.Answer.model_validate(
                    {
                        "id": f"{prefix}a{place}-{number}",
                        "contact": who,
                        "question": draw.choice((question, question.upper())),
                        "value": draw.choice((None, *ANSWERS)),
                        "at": draw.choice((None, calendar.moment(draw))),
                    }
                )


def cases(
    draw: random.Random, calendar: Calendar, people: Sequence[str], prefix: str
) -> Iterator[r.Record]:
    """Carts, deals and cases at the support desk."""
    for number in range(draw.randrange(len(people) + 1)):
        yield r.Deal.model_validate(
            {
                "id": f"{prefix}d{number}",
                "contact": draw.choice((*people, None)),
                "company": draw.choice((None, None, "k1", "k2", "k3")),
                "at": calendar.moment(draw),
                "closed_at": draw.choice((None, calendar.moment(draw))),
                "expected_at": draw.choice((None, calendar.moment(draw))),
                "owner": draw.choice((None, "Kim", "kim", "Bo")),
                "stage": draw.choice((None, *STATUSES)),
                "status": draw.choice((None, *STATUSES)),
                "amount": draw.choice((None, Decimal(100), Decimal(50))),
                "currency": draw.choice((None, *CURRENCIES)),
            }
        )
        yield r.Cart.model_validate(
            {
                "id": f"{prefix}b{number}",
                "contact": draw.choice((*people, None)),
                "at": calendar.moment(draw),
                "status": draw.choice((None, "open", "ordered", "expired")),
                "url": draw.choice((None, *URLS)),
                "total": draw.choice((None, Decimal(100), Decimal(50))),
                "currency": draw.choice((None, *CURRENCIES)),
                "order": draw.choice((None, None, "o1")),
                "lines": [
                    {
                        "product": draw.choice((None, *PRODUCTS)),
                        "category": draw.choice((None, *CATEGORIES)),
                        "brand": draw.choice((None, *BRANDS)),
                    }
                    for _ in range(draw.randrange(3))
                ],
            }
        )
        yield r.Support.model_validate(
            {
                "id": f"{prefix}s{number}",
                "contact": draw.choice((*people, None)),
                "at": calendar.moment(draw),
                "status": draw.choice((None, *STATUSES)),
                "topic": draw.choice((None, *TOPICS)),
            }
        )
