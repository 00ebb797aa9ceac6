"""The vocabulary in which a category of personal data declares itself, once, for every use.

A rights request, the nightly purge, the record of processing and the public tables all read these objects.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, ClassVar, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from dateutil.relativedelta import relativedelta
    from django.utils.functional import _StrPromise

    from datamap.enums import Basis, Category, Ground, Origin, Role
    from subjects.models import Subject

    Text: TypeAlias = "str | _StrPromise"

#: Part to keys of rows.
RowKeys: TypeAlias = "Mapping[str, Sequence[UUID]]"
#: No row of any part.
NOTHING: RowKeys = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data is used for. ``is_objectable``: Art. 21(1) or 21(2) applies to it."""

    code: str
    label: Text
    basis: Basis
    is_objectable: bool
    is_marketing: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One personal field. ``name`` is ``model_field`` or ``part.model_field`` where a source has several parts.

    ``is_portable`` None means: provided or observed, and a purpose on contract or consent (Art. 20).
    """

    name: str
    label: Text
    origin: Origin
    purposes: tuple[Purpose, ...]
    is_portable: bool | None = None
    is_masked: bool = True


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long rows stay: ``trigger`` names the column (or event) that starts the calendar period ``keep_for``."""

    code: str
    label: Text
    trigger: str
    keep_for: relativedelta
    ground: Text
    promise: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a source, streamed: ``columns`` names and labels, ``rows`` tuples whose first value is the row key.

    Values are str, int, Decimal, bool, date, aware datetime, UUID or None. ``rows`` may be read once.
    """

    name: str
    label: Text
    columns: tuple[tuple[str, Text], ...]
    rows: Iterator[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file as the person or we stored it. ``name`` is not trusted."""

    key: UUID
    name: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Kept:
    """What an erasure keeps. A kept part without ground, article and an end cannot be built."""

    part: str
    rows: int
    ground: Ground
    article: str
    until: date | None = None
    until_event: Text = ""

    def __post_init__(self) -> None:
        if not (self.ground and self.article and (self.until or self.until_event)):
            raise ValueError("What is kept needs a ground, an article and an end.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an erasure did or, as a preview, would do. ``emptied`` are rows that stay and say nothing of the person any more:
    they count as kept.
    """

    erased: RowKeys = field(default_factory=dict)
    emptied: RowKeys = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()

    @property
    def erased_rows(self) -> int:
        return sum(len(keys) for keys in self.erased.values())

    @property
    def kept_rows(self) -> int:
        return sum(kept.rows for kept in self.kept)


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """The rows of one rule that are due at ``at``: plain primary keys."""

    rule: str
    at: datetime
    keys: tuple[object, ...]


class Source:
    """A category of personal data in one room. Subclass, fill in, and put ``@register`` on it.

    Every verb is idempotent. Verbs for a person take the verified ``subject``; verbs for time take the instant.
    """

    key: ClassVar[str]
    label: ClassVar[Text]
    category: ClassVar[Category]
    role: ClassVar[Role]
    origin_label: ClassVar[Text]
    """Where the data comes from, as Art. 15(1)(g) asks."""
    models: ClassVar[tuple[str, ...]]
    """Labels ("accounts.Contact") of the models that hold it."""
    parts: ClassVar[Mapping[str, str]] = {}
    """Part to label of its model, where a part is not called after its model in lower case ("contact")."""
    fields: ClassVar[tuple[Field, ...]]
    unlisted: ClassVar[Mapping[str, str]] = {}
    """Columns of ``models`` that are not personal fields, with the reason ("password": "never shown or exported")."""
    recipients: ClassVar[tuple[str, ...]] = ()
    """Codes of processors and recipients in the register."""
    retention: ClassVar[tuple[RetentionRule, ...]]
    is_handling: ClassVar[bool] = False
    """Data that exists only because a request is being handled: it does not make "we hold nothing" untrue."""
    leaves_tombstones: ClassVar[bool] = True
    """False where rows are known by numbers: a restored database gives the same number out again, to somebody else."""
    is_manual: ClassVar[bool] = False
    """The source cannot act by itself: its verbs become tasks for a human."""

    @classmethod
    def part_models(cls) -> dict[str, str]:
        """Part to label of the model that holds its rows: fields, tombstones and outcomes speak of parts."""
        return dict(cls.parts) or {label.partition(".")[2].lower(): label for label in cls.models}

    # For a person.
    def count(self, subject: Subject) -> dict[str, int]:
        """Rows held per part; parts without rows may be left out."""
        raise NotImplementedError

    def export(self, subject: Subject) -> Iterator[Part]:
        """Everything held, part by part, streamed. Parts are read one after another, each to its end."""
        raise NotImplementedError

    def files(self, subject: Subject) -> Iterator[GivenFile]:
        yield from ()

    def channels(self, subject: Subject) -> Iterable[str]:
        """Every e-mail address on file for the person: an erasure is announced to all of them."""
        return ()

    def identifiers(self, subject: Subject) -> Iterable[tuple[str, str]]:
        """Further (kind, value) identifiers that this source has itself verified as the same person's."""
        return ()

    def locked(self, subject: Subject) -> Collection[str]:
        """Keys of rows that an earlier erasure locked away: they are the person's still, and out of reach of ordinary staff."""
        return ()

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """What ``erase`` would do, from the same code, changing nothing."""
        raise NotImplementedError

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Erase what may go, inside the caller's transaction; lock away what must stay. The rows of ``sparing`` are in no
        approved preview: they are left as they are, and stand in no outcome. A source that ``is_handling`` is given none.
        """
        raise NotImplementedError

    def empty(self, part: str, keys: Sequence[UUID], *, at: datetime) -> int:
        """Empty rows again that a restored backup brought back whole; how many were."""
        raise NotImplementedError

    # For time.
    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        """The first ``limit`` rows of the rule that are due at ``at``, holds and restrictions left out."""
        raise NotImplementedError

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        """Delete exactly the plan's rows that are still due, inside the caller's transaction; how many went."""
        raise NotImplementedError

    def oldest(self, rule: RetentionRule) -> datetime | None:
        """The trigger of the oldest row, as live evidence."""
        raise NotImplementedError
