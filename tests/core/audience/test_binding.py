"""One line of the config and the targets that it stands for."""

from core.audience.binding import Binding, Bindings, Terms, expand
from core.contract import Target

FAN = Target("tag", "Fan of {value}")


def test_a_value_in_the_name_makes_one_target_per_value() -> None:
    known = ["brand_fans:lego", "brand_fans:Bo & Co: x", "loyal", "brand_fans_club"]
    fans = expand([Binding(FAN, ("brand_fans",))], known)
    assert [(each.target.name, each.segments, each.source) for each in fans] == [
        ("Fan of Bo & Co: x", ("brand_fans:Bo & Co: x",), "Fan of {value}"),
        ("Fan of lego", ("brand_fans:lego",), "Fan of {value}"),
    ]


def test_a_plain_name_takes_the_members_of_every_value() -> None:
    (one,) = expand([Binding(Target("tag", "Fan"), ("fans",))], ["fans:a", "fans:b"])
    assert one.segments == ("fans:a", "fans:b")


def test_a_segment_that_is_not_known_yet_keeps_its_name() -> None:
    (one,) = expand([Binding(Target("tag", "Loyal"), ("loyal",))], [])
    assert one.segments == ("loyal",)


def test_two_lines_of_one_tag_are_one_target() -> None:
    lines = [Binding(Target("tag", "A"), ("x",)), Binding(Target("tag", "A"), ("y",))]
    (one,) = expand(lines, ["x", "y"])
    assert one.segments == ("x", "y")


def test_a_value_has_the_terms_of_its_segment() -> None:
    stanza = Bindings("news", (), terms={"fans": Terms(holdout=7), "fans:b": Terms(holdout=8)})
    assert [stanza.terms_of(name).holdout for name in ("fans:a", "fans:b", "men")] == [7, 8, 0]
