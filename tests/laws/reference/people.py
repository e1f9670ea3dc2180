"""Rules about the person: fields, children, interests, answers, where they live."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

import phonenumbers

from tests.laws.reference.comparisons import (
    NUMERIC,
    TEXTUAL,
    folded,
    number_truth,
    plain,
    spelt_out,
    text_truth,
)
from tests.laws.reference.dates import Now, Stretch, comes_within, completed_years
from tests.laws.reference.stored import SCALE, Row, Stored
from tests.laws.reference.truth import Truth, every

Rule = Mapping[str, Any]
_NUMBERED = ("at_least", "over", "at_most", "under", "between")
_DEGREES = ("latitude", "longitude")
_NUMBERS_OF_COMPANIES = {"employees": 1, "revenue": SCALE, "founded": 1}
_KEPT_WITH_PROFILE = {"gender", "email", "phone", "language", "country"}


def field_truth(stored: Stored, now: Now, country: str | None, rule: Rule, person: int) -> Truth:
    """A field without a value is unknown; `known` is never unknown."""
    profile, name = stored.profiles[person], rule["field"]
    match name:
        case "age":
            return _age_truth(profile, now, rule)
        case "birthday":
            return _birthday_truth(profile["birth_month"], profile["birth_day"], now, rule)
        case "birth_month":
            month = profile["birth_month"]
            value = None if month is None else Fraction(month)
            return number_truth(
                value,
                rule,
                lambda word: Fraction(now.date.month) if word == "this month" else plain(word),
            )
        case "created":
            return _created_truth(profile, now, rule)
        case "email":
            return text_truth(_names(profile["email"]), rule)
        case "phone":
            return text_truth(
                _names(profile["phone"]), rule, lambda word: _international(str(word), country)
            )
        case "country":
            return text_truth(_names(profile["country"]), rule, lambda word: str(word).upper())
    if name in _KEPT_WITH_PROFILE:
        own = {"kvinde": "female"} if name == "gender" else {}
        return text_truth(
            _names(profile[name]), rule, lambda word: own.get(folded(word), folded(word))
        )
    if name.startswith("company."):
        return _company_truth(stored, profile["company_id"], rule, name)
    return _own_row_truth(stored.fields[person].get(name, []), rule, name)


def _company_truth(stored: Stored, number: int | None, rule: Rule, name: str) -> Truth:
    """Texts compare by their key where there is one, numbers as numbers."""
    word = name.removeprefix("company.")
    if word.startswith("custom."):
        own = stored.custom["company", number or 0]
        return values_truth(own.get(word.removeprefix("custom."), []), rule)
    company = stored.companies.get(number or 0, {})
    value = company.get(f"{word}_key", company.get(word))
    if word in _NUMBERS_OF_COMPANIES:
        scaled = None if value is None else Fraction(value, _NUMBERS_OF_COMPANIES[word])
        return number_truth(scaled, rule, plain)
    keys = {"country": lambda text: str(text).upper(), "postcode": _without_spaces}
    return text_truth(_names(value), rule, keys.get(word, folded))


def _own_row_truth(rows: Sequence[Row], rule: Rule, name: str) -> Truth:
    """Texts compare as texts; numbers and dates as what they are."""
    if name.startswith("custom."):
        return values_truth(rows, rule)
    row = next(iter(rows), None)
    number = row is not None and row["number"] is not None
    is_text = name == "postcode" and not any(word in rule for word in _NUMBERED)
    if not is_text and (any(word in rule for word in _NUMBERED) or number):
        value = None
        if row is not None:
            stated = (row["number"], SCALE) if number else (row["day"], 1)
            value = None if stated[0] is None else Fraction(*stated)
        return number_truth(value, rule, plain)
    if name == "postcode":
        return text_truth(_names(row and row["value"]), rule, _without_spaces)
    return text_truth(_names(row and row["value"]), rule)


def values_truth(rows: Sequence[Row], rule: Rule) -> Truth:
    """A field of the source's own: any of its values, and none is unknown."""
    if not rows:
        unknown: list[Truth] = [None] if rule.keys() & {*TEXTUAL, *_NUMBERED, "only"} else []
        return every([*unknown, *([not rule["known"]] if "known" in rule else [])])
    found: list[Truth] = []
    for word in rule.keys() & {*TEXTUAL, "only"}:
        wanted = rule[word] if isinstance(rule[word], list | tuple) else [rule[word]]
        equal = [[_is_word(row, each) for row in rows] for each in wanted]
        match word:
            case "contains":
                found.append(any(folded(rule[word]) in row["value"] for row in rows))
            case "starts_with":
                found.append(any(row["value"].startswith(folded(rule[word])) for row in rows))
            case "only":
                found.append(all(map(any, equal)) and all(map(any, zip(*equal, strict=True))))
            case _:
                found.append(any(map(any, equal)) is (word in {"is", "in"}))
    if compared := {word: rule[word] for word in _NUMBERED if word in rule}:
        is_date = "-" in str(next(iter(compared.values())))
        values = [row["day" if is_date else "number"] for row in rows]
        scaled = [Fraction(each, 1 if is_date else SCALE) for each in values if each is not None]
        found.append(number_truth(max(scaled, default=None), compared, plain))
    if "known" in rule:
        found.append(rule["known"])
    return every(found)


def _is_word(row: Row, word: object) -> bool:
    """Whether a value is a word, or the same number however it is written."""
    if row["number"] is None:
        return bool(row["value"] == folded(word))
    try:
        return Fraction(row["number"], SCALE) == Fraction(str(word))
    except ValueError:
        return False


def _without_spaces(word: object) -> str:
    return "".join(letter for letter in folded(word) if letter.isalnum())


def _names(value: Any) -> set[str] | None:
    return None if value is None else {value}


def _international(word: str, country: str | None) -> str:
    try:
        number = phonenumbers.parse(word, country)
    except phonenumbers.NumberParseException:
        return word
    if not phonenumbers.is_possible_number(number):
        return word
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _age_truth(profile: Row, now: Now, rule: Rule) -> Truth:
    """Where only the year is known both possible ages must agree."""
    year, month, day = profile["birth_year"], profile["birth_month"], profile["birth_day"]
    if year is None:
        return number_truth(None, rule, plain)
    dates = [(month, day)] if month is not None else [(1, 1), (12, 31)]
    truths = {
        number_truth(Fraction(completed_years(year, of, on, now.date)), rule, plain)
        for of, on in dates
    }
    return truths.pop() if len(truths) == 1 else None


def _birthday_truth(month: int | None, day: int | None, now: Now, rule: Rule) -> Truth:
    found: list[Truth] = []
    known = month is not None and day is not None
    if "within_next" in rule:
        soon = None
        if month is not None and day is not None:
            soon = comes_within(month, day, rule["within_next"], now)
        found.append(soon)
    if "known" in rule:
        found.append(known == rule["known"])
    return every(found)


def _created_truth(profile: Row, now: Now, rule: Rule) -> Truth:
    found: list[Truth] = []
    window = Stretch(now, rule)
    if window.is_window:
        found.append(window.holds(profile["created_at"], profile["created_day"]))
    condition = {word: rule[word] for word in (*NUMERIC, "known") if word in rule}
    if condition:
        day = profile["created_day"]
        found.append(number_truth(None if day is None else Fraction(day), condition, plain))
    return every(found)


def children_truths(stored: Stored, now: Now, rule: Rule) -> dict[int, Truth]:
    """All of `where` is about the same child; a stated "none" is known."""
    mine: dict[int, list[Row]] = defaultdict(list)
    for row in stored.children:
        mine[row["profile_id"]].append(row)
    where: Mapping[str, Any] = rule.get("where", {})
    return {
        person: _children_truth(mine.get(person, []), now, rule, where)
        for person in stored.profiles
    }


def _children_truth(rows: list[Row], now: Now, rule: Rule, where: Mapping[str, Any]) -> Truth:
    if not rows:
        return number_truth(None, rule, plain)
    # Who is expected does not count yet.
    children = [
        row for row in rows if not row["none"] and (row["birth_day_number"] or 0) <= now.day
    ]
    meets = [
        {name: _child_meets(row, now, name, where[name]) for name in where} for row in children
    ]
    if children and any(all(each[name] is None for each in meets) for name in where):
        return number_truth(None, rule, plain)
    number = sum(all(truth is True for truth in each.values()) for each in meets)
    return number_truth(Fraction(number), rule, plain)


def _child_meets(row: Row, now: Now, name: str, condition: Any) -> Truth:
    match name:
        case "gender":
            return text_truth(_names(row["gender"]), spelt_out(condition))
        case "age":
            born = row["birth_date"]
            age = None
            if born is not None:
                age = completed_years(born // 10_000, born // 100 % 100, born % 100, now.date)
            return number_truth(None if age is None else Fraction(age), spelt_out(condition), plain)
        case _:
            return _birthday_truth(row["birth_month"], row["birth_day"], now, condition)


def interests_truths(stored: Stored, rule: Rule) -> dict[int, Truth]:
    """The set of topics; no row is unknown."""
    topics: dict[int, set[str]] = defaultdict(set)
    source = spelt_out(rule.get("where", {}).get("source", {"known": True}))
    for row in stored.interests:
        if text_truth({row["source"]}, source):
            topics[row["profile_id"]].add(row["topic"])
    return {person: _topics_truth(topics.get(person), rule) for person in stored.profiles}


def groups_truths(stored: Stored, now: Now, rule: Rule) -> dict[int, Truth]:
    """The set of groups, each by id and title; no row is no group."""
    groups: dict[int, list[set[str]]] = defaultdict(list)
    condition = spelt_out(rule.get("where", {}).get("connection", {"known": True}))
    for row in stored.groups:
        if _has_begun(row, now) and text_truth(stored.connection(row), condition):
            groups[row["profile_id"]].append({row["group_key"], row["title_key"]})
    return {person: _groups_truth(groups.get(person, []), rule) for person in stored.profiles}


def _groups_truth(groups: list[set[str]], rule: Rule) -> Truth:
    def has(word: str) -> bool:
        return any(folded(word) in names for names in groups)

    found: Mapping[str, Callable[[Any], bool]] = {
        "is": has,
        "contains": has,
        "is_not": lambda word: not has(word),
        "in": lambda words: any(map(has, words)),
        "not_in": lambda words: not any(map(has, words)),
        "only": lambda words: _is_only(groups, [words] if isinstance(words, str) else words),
        "known": lambda known: bool(groups) is known,
    }
    return all(found[word](rule[word]) for word in found if word in rule)


def _is_only(groups: list[set[str]], words: Sequence[str]) -> bool:
    wanted = {folded(word) for word in words}
    return all(names & wanted for names in groups) and wanted <= set().union(*groups)


def loyalty_truths(stored: Stored, now: Now, rule: Rule) -> dict[int, Truth]:
    """The largest balance, or any of the tiers, of a person's accounts."""
    accounts: dict[int, list[Row]] = defaultdict(list)
    for row in stored.loyalties:
        if _has_begun(row, now):
            accounts[row["profile_id"]].append(row)
    return {person: _loyalty_truth(accounts[person], rule) for person in stored.profiles}


def _loyalty_truth(accounts: list[Row], rule: Rule) -> Truth:
    if rule["field"] == "loyalty.points":
        points = [row["points"] for row in accounts if row["points"] is not None]
        return number_truth(Fraction(max(points), SCALE) if points else None, rule, plain)
    return text_truth({row["tier_key"] for row in accounts if row["tier_key"]} or None, rule)


def _has_begun(row: Row, now: Now) -> bool:
    return row["at"] is None or bool(row["at"] <= now.instant)


def _topics_truth(rows: set[str] | None, rule: Rule) -> Truth:
    if "known" in rule and rule.keys() <= {"interests", "where", "known"}:
        return (rows is not None) is bool(rule["known"])
    topics = None if rows is None else rows - {""}
    has = {"contains": "is", "is": "is"}
    found: list[Truth] = [
        text_truth(topics, {has.get(word, word): rule[word]})
        for word in ("is", "is_not", "in", "not_in", "contains", "known")
        if word in rule
    ]
    if "only" in rule:
        only = rule["only"] if isinstance(rule["only"], list | tuple) else [rule["only"]]
        found.append(None if topics is None else topics == {folded(word) for word in only})
    return every(found)


def answers_truths(stored: Stored, now: Now, rule: Rule) -> dict[int, Truth]:
    """Answers to a question; no answer is unknown, one without a value is none."""
    values: dict[int, set[str]] = defaultdict(set)
    for row in stored.answers:
        if row["question"] == folded(rule["answers"]):
            values[row["profile_id"]] |= set() if row["value"] is None else {row["value"]}
    return {person: text_truth(values.get(person), rule) for person in stored.profiles}


def lives_truths(stored: Stored, country: str | None, rule: Rule) -> dict[int, Truth]:
    """Near a store by the centres of postcodes and towns, or in the area that it calls its own.

    Who states no country lives in the shop's, and a store without one stands there; where that is
    not said either, it may be any.
    """
    name = folded(rule["store"])
    stores = [row for row in stored.stores if name in {row["key"], row["title_key"]}]
    at = {row["id"]: row["country"] or country for row in stores}
    own = {(row["postcode"], at[row["store_id"]]) for row in stored.areas if row["store_id"] in at}
    cities = {(row["city_key"], at[row["id"]]) for row in stores if row["city_key"] is not None}
    near = _near(stored, stores, at, rule)
    found: dict[int, Truth] = {}
    for person, profile in stored.profiles.items():
        fields = stored.fields[person]
        home = profile["country"] or country
        postcode = fields["postcode"][0]["value"] if "postcode" in fields else None
        city = fields["city"][0]["value"] if "city" in fields else None
        if rule["lives"] == "near":
            found[person] = near(postcode, city, home)
        elif own:
            found[person] = _lies_in(postcode, home, own)
        else:
            found[person] = _lies_in(city, home, cities) if cities else None
    return found


def _lies_in(
    place: str | None, country: str | None, places: Collection[tuple[str, str | None]]
) -> Truth:
    """The same name in another country is another place; whose country nobody says is in any."""
    if place is None:
        return None
    return any(
        name == place and (country is None or other is None or country == other)
        for name, other in places
    )


def _near(
    stored: Stored, stores: list[Row], at: Mapping[int, str | None], rule: Rule
) -> Callable[[str | None, str | None, str | None], Truth]:
    """From postcode, town and country to whether that is near: its centre, over any border."""
    postcodes: dict[tuple[str, str], list[Row]] = defaultdict(list)
    towns: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for place in stored.places:
        if place["latitude"] is None or place["longitude"] is None:
            continue
        postcodes[place["country"], place["postcode"]].append(place)
        if place["city"] is not None:
            towns[place["country"], folded(place["city"])].append(place)

    def centres(postcode: str | None, town: str | None, country: str | None) -> Sequence[Row]:
        for places, name in ((postcodes, postcode), (towns, town)):
            found: list[Row] = [
                {each: sum(row[each] for row in rows) // len(rows) for each in _DEGREES}
                for (where, named), rows in places.items()
                if named == name and country in (None, where)
            ]
            if found:
                return found
        return []

    homes = [
        home
        for row in stores
        if at[row["id"]] is not None
        for home in centres(row["postcode"], row["city_key"], at[row["id"]])
    ]

    def near(postcode: str | None, town: str | None, country: str | None) -> Truth:
        mine = centres(postcode, town, country)
        if not homes or not mine:
            return None
        return any(_km(home, place) <= float(rule["km"]) for home in homes for place in mine)

    return near


def _km(here: Row, there: Row) -> float:
    """By the law of cosines on a sphere."""
    north, east, other_north, other_east = (
        math.radians(row[name] / 10**7) for row in (here, there) for name in _DEGREES
    )
    cosine = math.sin(north) * math.sin(other_north) + math.cos(north) * math.cos(
        other_north
    ) * math.cos(other_east - east)
    return 6371.0 * math.acos(min(1.0, cosine))
