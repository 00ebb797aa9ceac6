"""What the shared suite must be told of a source: how its rows are made. One small object for each source, found by itself.

A room says it in ``tests/<room>/source_casts.py``, with ``@plays`` on a subclass of ``Cast``; see ``CONTRIBUTING.md``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from datamap import registry
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts.factories import make_user
from tests.conformance.instants import BRUSSELS, DAY

if TYPE_CHECKING:
    from django.db.models import Model

    from accounts.models import User
    from datamap.declaration import RetentionRule, Source
    from subjects.models import Subject

TESTS = Path(__file__).resolve().parent.parent
#: The person's address, and one that holds it whole: who looks for a part of an address finds the stranger.
EMAIL = "noor@customer.example"
STRANGER = f"el{EMAIL}"

C = TypeVar("C", bound="type[Cast]")

_casts: dict[str, type[Cast]] = {}


@dataclass(slots=True)
class Person:
    """Somebody who showed that the address is theirs."""

    subject: Subject
    email: str
    at: datetime
    _users: list[User] = field(default_factory=list)

    @classmethod
    def called(cls, email: str, *, at: datetime) -> Person:
        found = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)
        return cls(subject=found, email=email, at=at)

    def user(self, **fields: Any) -> User:
        """Their account, which they showed as well."""
        if not self._users:
            self._users.append(make_user(self.email, **fields))
            subjects.add_identifier(
                subject_id=self.subject.pk,
                kind=IdentifierKind.ACCOUNT,
                value=str(self._users[0].pk),
                method=IdentityMethod.SIGNED_IN,
                at=self.at,
            )
        return self._users[0]


class Cast:
    """Subclass, fill in, and put ``@plays("room.source")`` on it. What is left as it is here is checked in full."""

    key: ClassVar[str]
    holds: ClassVar[Mapping[str, int]]
    """Part to rows that ``fill`` gives somebody."""
    kept: ClassVar[Mapping[str, int]] = {}
    """Part to rows of these that an erasure keeps. What is neither kept nor emptied must be gone."""
    emptied: ClassVar[Mapping[str, int]] = {}
    """Part to rows that an erasure leaves without a word about the person. They count as kept."""
    is_emptied_as_erased: ClassVar[bool] = False
    """What the source calls erased stays as an empty row, which is counted no more."""
    anybody: ClassVar[Mapping[str, int]] = {}
    """Part to rows that are there of whoever is known at all."""
    is_once: ClassVar[str] = ""
    """Why nobody has twice what ``fill`` gives."""
    unfound: ClassVar[Mapping[str, str]] = {}
    """Declared part, or field, that nobody is handed, to the reason."""
    blank: ClassVar[Mapping[str, str]] = {}
    """Column of an export that says nothing of what ``fill`` gives, to the reason."""
    corrections: ClassVar[Mapping[str, str]] = {}
    """Rectifiable field to a value that may stand there, and that ``fill`` does not write; ``{email}`` is the person's address."""
    files: ClassVar[int] = 0
    """How many files ``fill`` gives somebody."""
    spared_anyway: ClassVar[str] = ""
    """Why the deed never tells the source to spare rows."""
    goes_despite: ClassVar[Mapping[str, str]] = {}
    """Rule that neither hold nor restriction stops, to the reason."""
    unrestricted: ClassVar[Mapping[str, str]] = {}
    """Rule that a hold stops and a restriction does not, to the reason."""
    held_whole: ClassVar[Mapping[str, str]] = {}
    """Rule whose rows a hold on any time keeps, to the reason."""
    days: ClassVar[frozenset[str]] = frozenset()
    """Rules whose period begins with a day, not with an instant."""
    many_ending: ClassVar[str] = ""
    """The rule whose rows are multiplied, where it is not the first of the source."""
    many: ClassVar[tuple[str, ...]] = ()
    """Parts of which a person may have a hundred thousand rows; the rows of ``fill`` are multiplied."""
    few: ClassVar[str] = ""
    """Why nobody ever has many rows of any part."""
    varying: ClassVar[Mapping[str, str]] = {}
    """Column to SQL that makes it different in each of many rows, with the number ``g``; keys and most unique columns need none."""

    @property
    def source(self) -> Source:
        return registry.get(self.key)

    def fill(self, person: Person, *, at: datetime) -> None:
        """Give somebody a row in every part, and a value in every field. The stranger is filled by the same code."""
        raise NotImplementedError

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        """Make a row of the person whose period under the rule counts from ``since``."""
        raise NotImplementedError

    def after_protection(self, person: Person) -> None:
        """What must happen after a hold or a restriction has ended before the person's rows go."""

    def ends_at(self, rule: RetentionRule, *, since: datetime) -> datetime:
        """The instant at which the row of ``ending`` is due: by the calendar of Brussels, where a day ends at midnight."""
        end = since.astimezone(BRUSSELS) + rule.keep_for
        if rule.code in self.days:
            return datetime.combine(end.date() + DAY, time.min, tzinfo=BRUSSELS)
        if not rule.keep_for:
            return since
        # Of an hour that comes twice the later one; what is left out is an hour further on.
        return max(end.astimezone(UTC), end.replace(fold=1).astimezone(UTC))

    def is_there(self, rule: RetentionRule, row: Model) -> bool:
        """Whether the row of ``ending`` still says what the rule ends."""
        return type(row)._default_manager.filter(pk=row.pk).exists()


def plays(key: str) -> Any:
    """This cast plays that source."""

    def taken(cast: C) -> C:
        assert key not in _casts, f"{key} is played twice"
        cast.key = key
        _casts[key] = cast
        return cast

    return taken


@cache
def casts() -> Mapping[str, Cast]:
    """All of them, in the order of their keys."""
    for path in sorted(TESTS.glob("*/source_casts.py")):
        importlib.import_module(f"tests.{path.parent.name}.source_casts")
    return {key: _casts[key]() for key in sorted(_casts)}
