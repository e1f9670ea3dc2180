"""The ready segments: their files, their parameters and the rules that they become."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from core.errors import Misconfigured
from core.records import NOUNS
from core.segments.recipes import catalogue, expand
from core.segments.recipes.recipe import Recipe, Variation
from core.segments.rules import AnyRule

Table = dict[str, Any]
PAPER = "seeds/000_2654b612834d138b.txt"
RULES: TypeAdapter[Any] = TypeAdapter(AnyRule)
TWENTY = [
    "recent_buyers",
    "lapsed_buyers",
    "frequent_buyers",
    "coupon_lovers",
    "category_customers",
    "big_spenders",
    "vip",
    "deal_hunters",
    "one_time_buyers",
    "brand_fans",
    "gender",
    "store_customers",
    "age_group",
    "birthday",
    "interested_in",
    "parents",
    "new_members",
    "old_members",
    "inactive",
    "active_clickers",
    "opened_recently",
    "clicked_recently",
]
BESIDE = [
    "abandoned_cart",
    "companies",
    "did_not_open",
    "lifecycle",
    "signup_source",
    "viewed_not_bought",
]
NAMES = [*TWENTY, *BESIDE]


def variations(names: Sequence[str]) -> list[Any]:
    return [
        pytest.param(catalogue()[name], variation, id=f"{name}-{number}")
        for name in names
        for number, variation in enumerate(catalogue()[name].variations, 1)
    ]


def complete(recipe: Recipe, parameters: Mapping[str, object]) -> dict[str, object]:
    examples = {name: recipe.parameters[name].example for name in recipe.required}
    return {**examples, **parameters}


def mistakes(name: str, parameters: Mapping[str, object]) -> dict[str, str]:
    with pytest.raises(Misconfigured) as caught:
        expand(name, parameters)
    return {mistake.path: mistake.message for mistake in caught.value.mistakes}


def words(text: str) -> str:
    return " ".join(text.replace("**", " ").split())


def test_the_catalogue_holds_every_recipe() -> None:
    assert sorted(catalogue()) == sorted(NAMES)
    assert {catalogue()[name].number for name in TWENTY} == set(range(1, 21))
    assert {catalogue()[name].number for name in BESIDE} == {None}


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_has_titles_in_four_languages(name: str) -> None:
    recipe = catalogue()[name]
    assert list(recipe.title) == ["en", "da", "nb", "sv"]
    assert all(title.strip() for title in recipe.title.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_rests_on_known_nouns(name: str) -> None:
    assert set(catalogue()[name].needs) <= NOUNS.keys()
    assert catalogue()[name].needs


@pytest.mark.parametrize("name", sorted({*NAMES} - {"companies"}))
def test_a_recipe_works_with_what_must_be_written_alone(name: str) -> None:
    recipe = catalogue()[name]
    RULES.validate_python(recipe.expand(complete(recipe, {})))


@pytest.mark.parametrize(("recipe", "variation"), variations(TWENTY))
def test_every_variation_becomes_a_band(recipe: Recipe, variation: Variation) -> None:
    RULES.validate_python(recipe.expand(complete(recipe, {**variation.parameters, "band": True})))


@pytest.mark.parametrize(("recipe", "variation"), variations(TWENTY))
def test_a_variation_is_worded_as_in_the_paper(
    recipe: Recipe, variation: Variation, shared: Path
) -> None:
    paper = words((shared / PAPER).read_text(encoding="utf-8"))
    assert variation.da is not None, recipe.name
    assert variation.da in paper


@pytest.mark.parametrize("name", TWENTY)
def test_the_needed_data_are_worded_as_in_the_paper(name: str, shared: Path) -> None:
    paper = words((shared / PAPER).read_text(encoding="utf-8"))
    assert catalogue()[name].data["da"] in paper


ON_SALE: Table = {"where": {"on_sale": True}, "within": "ever"}
EXPANDED: list[tuple[str, Table, Table]] = [
    # A parameter stands where the body names it; tables left empty by optional keys are left out.
    ("frequent_buyers", {"orders": 4, "within": "1 year"},
     {"orders": "count", "within": "1 year", "at_least": 4}),
    ("frequent_buyers", {"orders": 4, "within": "1 year", "channel": "pos"},
     {"orders": "count", "where": {"channel": "pos"}, "within": "1 year", "at_least": 4}),
    ("parents", {}, {"children": "count", "at_least": 1}),
    # A choice becomes the word that rules have for it.
    ("category_customers", {"category": "Shoes", "orders": 2, "count_by": "units"},
     {"items": "count", "where": {"category": "Shoes"}, "within": "6 months", "at_least": 2}),
    # A rule without its parameter is left out, and a group of one is opened.
    ("gender", {"is": "male"}, {"field": "gender", "is": "male"}),
    ("gender", {"is": "male", "or_bought_category": "Men's shoes"}, {"any": [
        {"field": "gender", "is": "male"},
        {"items": "orders", "where": {"category": "Men's shoes"}, "at_least": 1},
    ]}),
    # The first alternative holds unless one is named, in part or by `true`.
    ("recent_buyers", {}, {"orders": "count", "within": "12 months", "at_least": 1}),
    ("recent_buyers", {"from": date(2026, 1, 1)},
     {"orders": "count", "from": date(2026, 1, 1), "at_least": 1}),
    ("vip", {}, {"orders": "total", "over": {"above": "10%", "of": "average"}}),
    ("vip", {"top": "5%"}, {"orders": "total", "at_least": {"top": "5%"}}),
    ("vip", {"at_least": 5000}, {"orders": "total", "at_least": 5000}),
    ("opened_recently", {"at_least": 4}, {"messages": "opened", "of_last": 5, "at_least": 4}),
    ("birthday", {"within_next": True}, {"field": "birthday", "within_next": "14 days"}),
    # Deal hunters are either where none is named.
    ("deal_hunters", {"share": "30%"}, {"any": [
        {"all": [
            {"items": "count", **ON_SALE, "at_least": 5},
            {"items": "share", **ON_SALE, "at_least": "30%"},
        ]},
        {"orders": "count", "where": {"coupon": True}, "within": "ever", "at_least": 2},
    ]}),
    ("deal_hunters", {"items": 5, "markdown": {"over": "0%"}, "count_by": "lines"},
     {"items": "lines", "where": {"markdown": {"over": "0%"}}, "within": "ever", "at_least": 5}),
    ("deal_hunters", {"items": 5, "markdown": "30%"}, {
        "items": "count", "where": {"markdown": {"at_least": "30%"}}, "within": "ever",
        "at_least": 5,
    }),
    # Half-open ages leave the upper end to the next.
    ("parents", {"age": [5, 11], "half_open": True, "gender": "female"}, {
        "children": "count",
        "where": {"gender": "female", "age": {"at_least": 5, "under": 11}},
        "at_least": 1,
    }),
    ("inactive", {"no_open_for": True, "spare_recent_buyers": True}, {"all": [
        {"lists": "subscribed", "before": "90 days"},
        {"messages": "delivered", "at_least": 1},
        {"messages": "opened", "within": "70 days", "evidence": "any", "is": 0},
        {"not": {"orders": "count", "within": "90 days", "at_least": 1}},
    ]}),
]  # fmt: skip
"""A recipe, its parameters, and the rule that they become."""


@pytest.mark.parametrize(("name", "parameters", "rule"), EXPANDED)
def test_parameters_become_a_rule(name: str, parameters: Table, rule: Table) -> None:
    assert expand(name, parameters) == rule


def test_naming_two_alternatives_is_an_error() -> None:
    assert mistakes("vip", {"over": "5%", "top": "5%"}) == {
        "top": 'write "over" or "top", one of them only'
    }


def test_a_for_each_supplies_the_parameter_of_its_name() -> None:
    recipes = catalogue()
    assert recipes["brand_fans"].supplied_by("brand") == "brand"
    assert recipes["birthday"].supplied_by("birth_month") == "month"
    assert recipes["gender"].supplied_by("gender") == "is"
    assert recipes["vip"].supplied_by("brand") is None
    assert expand("birthday", {"birth_month": "5"}) == {"field": "birth_month", "is": 5}
    assert expand("age_group", {"decade": "30-39"}) == {"field": "age", "between": [30, 39]}
    assert expand("age_group", {"decade": 30}) == {"field": "age", "between": [30, 39]}


def test_a_title_and_a_note_belong_to_the_segment() -> None:
    titled = {"title": {"en": "Mine"}, "note": "why"}
    assert expand("vip", titled) == expand("vip", {})


def test_a_band_leaves_out_the_narrower_variations() -> None:
    six, thirty = (expand("recent_buyers", {"within": each}) for each in ("6 months", "30 days"))
    assert expand("recent_buyers", {"within": "6 months", "band": True}) == {
        "all": [six, {"not": thirty}]
    }
    assert expand("recent_buyers", {"within": "30 days", "band": True}) == thirty


def test_a_band_keeps_what_the_variations_do_not_speak_of() -> None:
    rule = expand("vip", {"channel": "web", "band": True})
    assert rule["all"] == [
        expand("vip", {"channel": "web", "over": "10%"}),
        {"not": expand("vip", {"channel": "web", "over": "15%"})},
    ]


def test_a_band_of_something_else_than_a_variation_is_refused() -> None:
    message = mistakes("vip", {"over": "12%", "band": True})["band"]
    assert 'over = "5%"; over = "10%"; over = "15%"' in message


@pytest.mark.parametrize(
    ("name", "parameters", "path", "wording"),
    [
        ("frequent_buyers", {"order": 3}, "order", 'did you mean "orders"'),
        ("frequent_buyers", {"orders": 0}, "orders", "read 0; write a whole number"),
        ("frequent_buyers", {"orders": "3"}, "orders", 'read "3"'),
        ("frequent_buyers", {"orders": True}, "orders", "read true"),
        ("frequent_buyers", {"within": "6 monts"}, "within", 'did you mean "months"'),
        ("frequent_buyers", {"within": 6}, "within", "read 6"),
        ("frequent_buyers", {"count_by": "day"}, "count_by", 'did you mean "days"'),
        ("frequent_buyers", {"channel": 7}, "channel", 'write one of "web", "pos"'),
        ("lapsed_buyers", {"after": "ever"}, "after", "ever"),
        ("recent_buyers", {"from": "yesterday"}, "from", "2026-03-31"),
        ("recent_buyers", {"from": 2026}, "from", "2026-03-31"),
        ("recent_buyers", {"within": "1 year", "to": "2026-01-01"}, "to", '"within" or "to"'),
        ("category_customers", {}, "category", 'is missing; as in category = "Shoes"'),
        ("category_customers", {"category": []}, "category", "empty list"),
        ("category_customers", {"category": "  "}, "category", "not empty"),
        ("big_spenders", {"over": 20}, "over", '"20%"'),
        ("vip", {"top": "110%"}, "top", '"0%" to "100%"'),
        ("vip", {"at_least": -5}, "at_least", "above 0"),
        ("vip", {"at_least": "much"}, "at_least", "above 0"),
        ("deal_hunters", {"markdown": {"atleast": "5%"}}, "markdown", 'did you mean "at_least"'),
        ("deal_hunters", {"markdown": 5}, "markdown", "read 5"),
        ("deal_hunters", {"coupon_orders": 3, "share": "5%"}, "share", 'without "items"'),
        ("store_customers", {"store": "9", "km": 5}, "km", 'where by = "bought"'),
        ("store_customers", {"store": "9", "by": "chosen", "orders": 2}, "orders", "chosen"),
        ("age_group", {}, "between", "between = [20, 29]"),
        ("age_group", {"between": [29, 20]}, "between", "read [29, 20]"),
        ("age_group", {"between": "20-29"}, "between", "[20, 29]"),
        ("age_group", {"decade": 25}, "decade", "read 25"),
        ("birthday", {"month": 13}, "month", "read 13"),
        ("birthday", {"month": "maj"}, "month", '"this month"'),
        ("interested_in", {"topic": "Crime", "only": "yes"}, "only", "true or false"),
        ("parents", {"half_open": True}, "half_open", 'without "age"'),
        ("parents", {"age": [0, 200]}, "age", "read [0, 200]"),
        (
            "inactive",
            {"no_open_for": "70 days", "min_delivered": 9},
            "min_delivered",
            "has no effect",
        ),
        ("active_clickers", {"literal": True}, "literal", 'where level = "high"'),
    ],
)
def test_a_mistake_names_the_parameter_and_what_was_read(
    name: str, parameters: Mapping[str, object], path: str, wording: str
) -> None:
    found = mistakes(name, parameters)
    assert list(found) == [path]
    assert wording in found[path]


def test_all_mistakes_come_at_once() -> None:
    found = mistakes("category_customers", {"orders": "many", "within": "long", "colour": "red"})
    assert sorted(found) == ["category", "colour", "orders", "within"]


def test_an_unknown_recipe_comes_with_the_nearest() -> None:
    wording = mistakes("frequent_buyer", {})["recipe"]
    assert wording.startswith('there is no recipe "frequent_buyer"; did you mean "frequent_buyers"')


OWN = """
needs = ["Order"]
[title]
en = "Summer guests"
[parameters]
from = { type = "date", required = true, example = "2026-06-01" }
orders = { type = "count" }
[[body]]
when = { orders = "given" }
orders = "count"
from = "$from"
at_least = "$orders"
[[body]]
when = { orders = "absent" }
orders = "last"
from = "$from"
"""


def test_a_folder_of_recipes_stands_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "summer_guests.toml").write_text(OWN, encoding="utf-8")
    recipes = catalogue(tmp_path)
    assert set(recipes) == {*NAMES, "summer_guests"}
    assert expand("summer_guests", {"from": "2026-06-01"}, recipes) == {
        "orders": "last",
        "from": date(2026, 6, 1),
    }


def test_a_recipe_of_the_same_name_goes_before_ours(tmp_path: Path) -> None:
    (tmp_path / "vip.toml").write_text(OWN, encoding="utf-8")
    assert catalogue(tmp_path)["vip"].title == {"en": "Summer guests"}
    assert catalogue()["vip"].title["en"] == "Your VIP customers"


@pytest.mark.parametrize(
    ("change", "path", "wording"),
    [
        (('"$from"', '"$since"'), "", 'no parameter "since"'),
        (("needs =", "need ="), "need", 'did you mean "needs"'),
        (('type = "count"', 'type = "counts"'), "parameters.orders.type", '"count"'),
        (('"2026-06-01"', '"June"'), "parameters.from", 'read "June"'),
        (("[title]", "[title"), "", "is no TOML"),
        (
            ('orders = "last"\nfrom = "$from"', "any = 3"),
            "body[1]",
            "all and any take a list of rules",
        ),
    ],
)
def test_a_recipe_file_that_is_wrong_is_named_with_its_mistake(
    tmp_path: Path, change: tuple[str, str], path: str, wording: str
) -> None:
    file = tmp_path / "summer_guests.toml"
    file.write_text(OWN.replace(*change), encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        catalogue(tmp_path)
    assert caught.value.where == str(file)
    assert any(each.path == path and wording in each.message for each in caught.value.mistakes), (
        caught.value.mistakes
    )


def own(tmp_path: Path, bodies: str) -> Mapping[str, Recipe]:
    head = OWN[: OWN.index("[[body]]")]
    (tmp_path / "own.toml").write_text(head + bodies, encoding="utf-8")
    return catalogue(tmp_path)


def test_exactly_one_body_must_fit(tmp_path: Path) -> None:
    twice = '[[body]]\norders = "last"\nfrom = "$from"\n' * 2
    with pytest.raises(Misconfigured, match="2 bodies of the recipe own fit"):
        expand("own", {"from": "2026-06-01"}, own(tmp_path, twice))
    never = '[[body]]\nwhen = { orders = "given" }\norders = "last"\nfrom = "$from"\n'
    with pytest.raises(Misconfigured, match="no body of the recipe own fit"):
        expand("own", {"from": "2026-06-01"}, own(tmp_path, never))


def test_a_body_left_without_any_rule_is_an_error(tmp_path: Path) -> None:
    body = (
        '[[body]]\nwhen = { from = "given" }\n'
        'all = [{ any = [{ not = { orders = "count", at_least = "$orders" } }] }]\n'
    )
    with pytest.raises(Misconfigured, match="no rule of the recipe own is left"):
        expand("own", {"from": "2026-06-01"}, own(tmp_path, body))
