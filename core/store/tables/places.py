"""Places: stores with their areas, and where postcodes lie."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.store.tables.people import Delivered
from core.store.tables.types import Key


class Store(Delivered, table=True):
    """A place where people buy."""

    __tablename__ = "store"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)
    key: str
    """Folded id."""
    title: str | None = None
    title_key: str | None = None
    city_key: str | None = None
    postcode: str | None = None
    country: str | None = None


class StorePostcode(SQLModel, table=True):
    """A postcode of the area that a store calls its own."""

    __tablename__ = "store_postcode"
    store_id: int = Field(primary_key=True, sa_type=Key, foreign_key="store.id")
    postcode: str = Field(primary_key=True)


class Postcode(SQLModel, table=True):
    """Where a postcode lies; degrees in ten-millionths."""

    __tablename__ = "postcode"
    __table_args__ = (Index("ix_postcode_city", "city_key", "country"),)
    country: str = Field(primary_key=True)
    postcode: str = Field(primary_key=True)
    city: str | None = None
    city_key: str | None = None
    """Folded."""
    municipality: str | None = None
    region: str | None = None
    climate: str | None = None
    latitude: int | None = None
    longitude: int | None = None
