"""The register of authorities and which replaced which."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.roles import Region
from clearinghouse.records.base import Base, Row


class Authority(Row):
    """A council, fire and rescue authority or national park. `x` and `y` are metres on the national grid."""

    __tablename__ = "authorities"
    __table_args__ = (Index("ix_authorities_name", "name"),)

    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str]
    nice_name: Mapped[str]
    gss_code: Mapped[str | None] = mapped_column(String(9))
    type: Mapped[str] = mapped_column(String(20))
    type_name: Mapped[str] = mapped_column(String(80))
    region: Mapped[Region | None]
    county_code: Mapped[str | None] = mapped_column(String(20))
    combined_code: Mapped[str | None] = mapped_column(String(20))
    started_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    x: Mapped[float | None]
    y: Mapped[float | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    area_km2: Mapped[float | None]
    population: Mapped[int | None]
    ruling_group: Mapped[str | None] = mapped_column(String(60))
    ruling_group_since: Mapped[date | None]
    from_register: Mapped[bool]


class AuthorityLineage(Base):
    """One authority replaced by another, as the register says it."""

    __tablename__ = "authority_lineage"

    predecessor_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), primary_key=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), primary_key=True)
