"""Named parties, under the names they had and have."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Key, SinceVersion, one_of
from db.vocabulary import ActorKind


class Actor(Base):
    """A party to incidents: an army, a group, "unidentified armed men". Versioned."""

    __tablename__ = "actor"

    actor_id: Mapped[Key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    country: Mapped[str | None]
    valid: Mapped[Range[object] | None] = mapped_column(DATERANGE)
    """Days on which it existed under this identity, where known."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("liptako.actor.actor_id"))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("liptako.actor.actor_id"))
    note: Mapped[str | None]
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        one_of("kind", ActorKind),
        CheckConstraint("parent_id <> actor_id", name="parent_is_another"),
        CheckConstraint("successor_id <> actor_id", name="successor_is_another"),
        CheckConstraint("NOT isempty(valid)", name="valid_is_not_empty"),
    )


class ActorName(Base):
    """An alias of an actor, in one dataset or in general, for a time or always. Versioned."""

    __tablename__ = "actor_name"

    actor_name_id: Mapped[Key]
    actor_id: Mapped[int] = mapped_column(ForeignKey(Actor.actor_id), index=True)
    name: Mapped[str] = mapped_column()
    dataset: Mapped[str | None]
    external_id: Mapped[str | None]
    """The dataset's own identifier of the actor (UCDP 234 for Islamic State)."""
    valid: Mapped[Range[object] | None] = mapped_column(DATERANGE)
    since_version: Mapped[SinceVersion]

    __table_args__ = (
        UniqueConstraint("actor_id", "name", "dataset"),
        Index("ix_actor_name_lower", func.lower(name)),
    )
