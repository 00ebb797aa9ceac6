"""Who did something: a plain value, so that no room needs a foreign key to a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from audit.enums import ActorKind

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor by reference: never a name or an address.

    ``entity`` is the legal entity a member of staff works for, ``country`` its ISO 3166 code.
    """

    kind: ActorKind
    id: str = ""
    role: str = ""
    entity: str = ""
    country: str = ""

    @classmethod
    def system(cls, name: str) -> Self:
        return cls(kind=ActorKind.SYSTEM, id=name)

    @classmethod
    def person(cls) -> Self:
        """Somebody who is not signed in."""
        return cls(kind=ActorKind.PERSON)

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        user = request.user
        if not user.is_authenticated:
            return cls.person()
        return cls(
            kind=ActorKind.STAFF if user.is_staff else ActorKind.PERSON,
            id=str(user.pk),
            role=user.role,
            entity=user.entity,
            country=user.country,
        )
