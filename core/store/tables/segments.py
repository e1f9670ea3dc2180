"""Results of evaluation: segments, memberships and their history, unknowns, baselines."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.store.tables.types import Key, instant, row_id


class Segment(SQLModel, table=True):
    """A segment as it was evaluated last."""

    __tablename__ = "segment"
    id: int = row_id()
    name: str = Field(unique=True)
    title: str = ""
    """As JSON text: language -> title."""
    definition: str
    """Hash of its compiled rules; another one means a full evaluation."""
    as_of_day: int | None = None
    members: int = 0
    unknown: int = 0
    retired: bool = False
    """No longer in the config; its history stays."""


class Membership(SQLModel, table=True):
    """A stay in a segment; `left_day` is none while it lasts."""

    __tablename__ = "membership"
    __table_args__ = (
        Index("ix_membership_segment", "segment_id", "left_day", "profile_id"),
        # Covers the query for the segments of a profile.
        Index("ix_membership_profile", "profile_id", "left_day", "segment_id"),
    )
    id: int = row_id()
    segment_id: int = Field(sa_type=Key, foreign_key="segment.id")
    profile_id: int = Field(sa_type=Key)
    entered_day: int
    entered_reason: str | None = None
    """time: no fact touched the person; definition: the segment is new, or defined otherwise than
    before. None where facts explain it."""
    left_day: int | None = None
    left_reason: str | None = None
    """time: a twin evaluation in which only the clock moved would have ended the stay too; new:
    new rows came; change: facts or the definition changed or vanished. None while it lasts."""


class BriefStay(SQLModel, table=True):
    """A stay that ended on the day it began, for a week; no membership, but its end has a cause."""

    __tablename__ = "brief_stay"
    segment_id: int = Field(primary_key=True, sa_type=Key, foreign_key="segment.id")
    profile_id: int = Field(primary_key=True, sa_type=Key)
    left_day: int
    left_reason: str
    """As of a membership."""


class Verdict(SQLModel, table=True):
    """A profile for which a segment is unknown; members and the rest have no row here."""

    __tablename__ = "verdict"
    __table_args__ = (Index("ix_verdict_profile", "profile_id", "segment_id"),)
    segment_id: int = Field(primary_key=True, sa_type=Key, foreign_key="segment.id")
    profile_id: int = Field(primary_key=True, sa_type=Key)


class Baseline(SQLModel, table=True):
    """A population figure that rules compared with, and its day."""

    __tablename__ = "baseline"
    key: str = Field(primary_key=True)
    """The measure, in words."""
    as_of_day: int = Field(primary_key=True)
    numerator: int | None = Field(default=None, sa_type=Key, nullable=True)
    """Ten-thousandths; the figure is numerator / denominator."""
    denominator: int = Field(default=1, sa_type=Key)
    at: datetime = instant()


class Threshold(SQLModel, table=True):
    """The population figure that a rule compared with at the last evaluation."""

    __tablename__ = "threshold"
    key: str = Field(primary_key=True)
    """Hash of the comparison, independent of the clock."""
    value: int | None = Field(default=None, sa_type=Key, nullable=True)
    """In stored numbers; None where the population was empty."""


class Trait(SQLModel, table=True):
    """A trait that is stored per profile, because a rule compares it with the population."""

    __tablename__ = "trait"
    key: str = Field(primary_key=True)
    """Hash of the measure, independent of the clock."""
    total: int = Field(default=0, sa_type=Key)
    """Sum of all values, beside their count, so that an average need not read them."""
    number: int = Field(default=0, sa_type=Key)


class TraitValue(SQLModel, table=True):
    """The value of a trait that is compared with the population, per profile."""

    __tablename__ = "trait_value"
    __table_args__ = (Index("ix_trait_value_value", "trait", "value"),)
    trait: str = Field(primary_key=True)
    profile_id: int = Field(primary_key=True, sa_type=Key)
    value: int = Field(sa_type=Key)


class Touched(SQLModel, table=True):
    """A profile that must be evaluated again; a row is deleted by the evaluation that read it."""

    __tablename__ = "touched"
    id: int = row_id()
    profile_id: int = Field(sa_type=Key, index=True)
    new_rows: bool = False
    """Whether a row came or began to count; else rows changed, vanished or were merged."""


class Departed(SQLModel, table=True):
    """Stays and unknowns that ended with their profile, not yet taken off a segment's size.

    A row of its own, because an evaluation may be writing the segment's.
    """

    __tablename__ = "departed"
    id: int = row_id()
    segment_id: int = Field(sa_type=Key)
    members: int
    unknown: int


class Evaluation(SQLModel, table=True):
    """The evaluation that the present memberships rest on."""

    __tablename__ = "evaluation"
    id: int = row_id()
    as_of: datetime = instant()
    as_of_day: int
    fingerprint: str
    """Hash of every setting that a stored or derived value depends on."""
    at: datetime = instant()
