"""The vocabulary in which a category of personal data declares itself, once, for every use.

A rights request, the nightly purge, the record of processing and the public tables all read these objects.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, ClassVar, TypeAlias

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from datamap import periods
from datamap.enums import Basis

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from dateutil.relativedelta import relativedelta
    from django.utils.functional import _StrPromise

    from datamap.enums import Category, FewerReason, Ground, Origin, Role
    from subjects.escrow import EscrowedTombstone
    from subjects.models import Subject

    Text: TypeAlias = "str | _StrPromise"

#: Part to keys of rows.
RowKeys: TypeAlias = "Mapping[str, Sequence[UUID]]"
#: No row of any part.
NOTHING: RowKeys = MappingProxyType({})
#: Given rows, says which of them stay.
Spared: TypeAlias = "Callable[[RowKeys], RowKeys]"


def nobody_spared(_rows: RowKeys) -> RowKeys:
    return NOTHING


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data is used for. ``is_objectable``: Art. 21(1) or 21(2) applies to it."""

    code: str
    label: Text
    basis: Basis
    is_objectable: bool
    is_marketing: bool = False

    @property
    def stops_at_once(self) -> bool:
        """Direct marketing ends with the objection, and what rests on consent with its withdrawal (Art. 7(3), 21(3))."""
        return self.is_marketing or self.basis == Basis.CONSENT


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
    """How long rows stay: ``trigger`` names the column (or event) that starts the calendar period ``keep_for``, the longest that the
    policy allows. ``clears``: the declared fields that it empties where the row stays; None where the row goes. ``dated``: the column that
    says of which time a row is, where that is not the trigger. ``begins`` says in words from when, where no field of the source is called so. ``shortest`` is the least that two people may set instead (see ``datamap.periods``); None: law, the policy or the row
    itself says exactly this period.
    """

    code: str
    label: Text
    trigger: str
    keep_for: relativedelta
    ground: Text
    promise: str = ""
    shortest: relativedelta | None = None
    begins: Text = ""
    clears: frozenset[str] | None = None
    dated: str = ""


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
    """A file as the person or we stored it. ``name`` is not trusted. ``field`` is the declared one that holds it: without
    it nobody can say that the person gave it (Art. 20).
    """

    key: UUID
    name: str
    size: int
    open: Callable[[], BinaryIO]
    field: str = ""


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
class Rectified:
    """A value as it stood and as it stands now, both as text; equal where it was right already."""

    old: str
    new: str


class Away(OSError):
    """The system that holds it does not answer now. ``code`` says why in one word, never what the system said. Time heals it."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Awaited(Away):
    """The system was asked and answers by itself, later: no try has failed."""


class NotHeld(LookupError):
    """The source holds no such row of the person."""


class NotRectifiable(Exception):
    """The source does not change that value; ``str(error)`` says why, in the language in force."""


class ChangedSince(Exception):
    """What stands there is neither what was decided about nor what it is to become: somebody looks before it is overwritten."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Rows that go together or not at all, such as those of a whole partition: a plan may hold it as one key. ``digest`` is the
    SHA-256 over their keys, by which the deed knows that they are still the ones that were planned.
    """

    name: str
    rows: int
    digest: str
    oldest: datetime
    newest: datetime


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """The rows of one rule that are due at ``at``: plain primary keys, and lots."""

    rule: str
    at: datetime
    keys: tuple[object, ...]

    @property
    def lots(self) -> tuple[Lot, ...]:
        return tuple(key for key in self.keys if isinstance(key, Lot))

    @property
    def rows(self) -> int:
        return len(self.keys) + sum(lot.rows - 1 for lot in self.lots)


@dataclass(frozen=True, slots=True)
class Overdue:
    """Rows of one person whose period under a rule is over: ``since`` is the day on which the first of them should have gone."""

    rule: str
    rows: int
    since: date


@dataclass(frozen=True, slots=True)
class Fewer:
    """Of ``found`` rows of a part another system handed ``given`` over, and said why."""

    part: str
    found: int
    given: int
    reason: FewerReason


@dataclass(frozen=True, slots=True)
class HoldToReview:
    """A hold that somebody must look at again: ``about`` is a reference, ``owner_id`` the key of the account that set it."""

    label: Text
    about: str
    owner_id: str
    review_on: date


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
    purposes: ClassVar[tuple[Purpose, ...]] = ()
    """Why it is kept, where no field of its own says so: a copy of everything."""
    recipients: ClassVar[tuple[str, ...]] = ()
    """Codes of processors and recipients in the register."""
    retention: ClassVar[tuple[RetentionRule, ...]]
    not_identifiable: ClassVar[Text] = ""
    """For rows that name nobody (Art. 11): told to everybody who asks and of whom none was found, with what would help to find them."""
    is_handling: ClassVar[bool] = False
    """Data that exists only because a request is being handled: it does not make "we hold nothing" untrue."""
    leaves_tombstones: ClassVar[bool] = True
    """False where rows are known by numbers: a restored database gives the same number out again, to somebody else."""
    empties: ClassVar[frozenset[str]] = frozenset()
    """Parts whose rows an erasure empties and leaves: for the person they are erased, and their tombstones say that the row stays."""
    #: Whether ``reached_at`` still reaches the person; not so what stands on a document of some day.
    reaches_now: ClassVar[bool] = True
    is_manual: ClassVar[bool] = False
    """The source cannot act by itself: its verbs become tasks for a human."""
    passes_on: ClassVar[bool] = False
    """Its erasure has something done elsewhere too, whatever it holds itself: it is asked even where it holds nothing."""
    is_outside: ClassVar[bool] = False
    """Its rows lie in another system, which commits by itself, may be slow, and may be away: any verb for a person raises ``Away`` then.
    It has no models; ``part_labels`` names its parts. An erasure is written down first (``prepare_erasure``).
    """
    part_labels: ClassVar[Mapping[str, Text]] = {}
    """Part to what it is called, where no model says it."""
    is_automated: ClassVar[bool] = True
    """False for paper: what no computer processes is not portable (Art. 20(1)(b))."""
    parts_with_files: ClassVar[frozenset[str] | None] = None
    """The parts whose rows have the ``files``, where others have none: who holds no such row is asked for no file."""
    shows: ClassVar[Mapping[str, str]] = {}
    """Column of an export, as "part.column", to the field that it shows, where the two have different names."""
    rectifiable: ClassVar[frozenset[str]] = frozenset()
    """The fields that are corrected in place (Art. 16), as "part.field"."""
    why_not_rectifiable: ClassVar[Text] = _("This is a record of what happened: it is not changed. A statement can be kept with it.")
    """Why the source changes nothing else, in words for the desk."""

    @classmethod
    def part_models(cls) -> dict[str, str]:
        """Part to label of the model that holds its rows, if it is one of ours: fields, tombstones and outcomes speak of parts."""
        return dict(cls.parts) or {label.partition(".")[2].lower(): label for label in cls.models}

    def counted_from(self, rule: RetentionRule) -> Text:
        """From when a rule counts, in words: its own, or the label of the field that is its trigger; nothing where two are called so."""
        found = [field for field in self.fields if rule.trigger in {field.name, field.name.rpartition(".")[2]}]
        labels = {str(field.label): field.label for field in found}
        return rule.begins or (next(iter(labels.values())) if len(labels) == 1 else "")

    # For a person.
    def count(self, subject: Subject) -> dict[str, int]:
        """Rows held per part; parts without rows may be left out."""
        raise NotImplementedError

    def export(self, subject: Subject) -> Iterator[Part]:
        """Everything held, part by part, streamed. Parts are read one after another, each to its end."""
        raise NotImplementedError

    def prepare_export(self, subject: Subject, *, at: datetime, anew: bool = False) -> None:
        """Before ``export``, in a transaction of its own that ends before it: ask another system for what it will hand over. ``anew``:
        although it has handed over already.
        """

    def fewer(self, subject: Subject) -> Iterable[Fewer]:
        """Between the two, in a source outside: where it handed over less than it had found.

        Raises:
            Awaited: it has not handed over yet.
        """
        return ()

    def files(self, subject: Subject) -> Iterator[GivenFile]:
        yield from ()

    def origins(self, subject: Subject) -> Iterable[str]:
        """Who else gave us data of this very person, by name (Art. 14(2)(f), 15(1)(g)), beside ``origin_label``."""
        return ()

    def channels(self, subject: Subject) -> Iterable[str]:
        """Every e-mail address on file for the person: an erasure is announced to all of them."""
        return ()

    def reached_at(self, subject: Subject) -> Iterable[tuple[str, str]]:
        """Telephone numbers and postal addresses on file for the person, as (kind, value): by them somebody without an e-mail
        address is known, and what they object to there ends here too. No row is found by them: others may share them. Of a system
        outside they are asked before an erasure alone, which is told there (see ``datamap.reach``).
        """
        return ()

    def identifiers(self, subject: Subject) -> Iterable[tuple[str, str]]:
        """Further (kind, value) identifiers that this source has itself verified as the same person's."""
        return ()

    def locked(self, subject: Subject) -> Collection[str]:
        """Keys of rows that an earlier erasure locked away: they are the person's still, and out of reach of ordinary staff."""
        return ()

    def restrict(self, subject: Subject, *, at: datetime) -> None:
        """Have copies outside our tables set aside too; what stands in our tables the gate sets aside by itself (Art. 18)."""

    def unrestrict(self, subject: Subject, *, at: datetime) -> None:
        """Undo ``restrict``, when no restriction of the person stands any more."""

    def overdue(self, subject: Subject, *, at: datetime) -> Iterable[Overdue]:
        """The person's rows that a purge would take if nothing kept them."""
        return ()

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """What ``erase`` would do, from the same code, changing nothing."""
        raise NotImplementedError

    def prepare_erasure(self, subject: Subject, *, at: datetime, spared: Spared = nobody_spared) -> None:
        """Of rows outside: write down, in a transaction of its own that ends before ``erase``, which rows will go. Whoever is killed after the
        other system has committed, and before we have, finds it again: ``erase`` then tells of them as erased. Done again it adds nothing.

        ``spared``: of the rows that would go, those that stay. They are looked for once: what comes while it is asked is in no list.
        """

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Erase what may go, inside the caller's transaction; lock away what must stay. The rows of ``sparing`` are in no
        approved preview: they are left as they are, and stand in no outcome. A source that ``is_handling`` is given none.
        """
        raise NotImplementedError

    def value_of(self, subject: Subject, *, part: str, row_key: str, field: str) -> str:
        """One rectifiable value as it stands, as text.

        Raises:
            NotRectifiable: the source changes no such field.
            NotHeld: no such row of the person.
        """
        raise NotRectifiable(self.why_not_rectifiable)

    def checked(self, subject: Subject, *, part: str, row_key: str, field: str, value: str) -> Rectified:
        """What ``rectify`` would do, from the same code, changing nothing.

        Raises:
            NotRectifiable, NotHeld: see ``value_of``.
            ValidationError: such a value cannot stand there.
        """
        raise NotRectifiable(self.why_not_rectifiable)

    def rectify(
        self, subject: Subject, *, part: str, row_key: str, field: str, value: str, at: datetime, decided: str | None = None
    ) -> Rectified:
        """Put ``value`` into a row of the person, inside the caller's transaction. ``decided``: what stood there when that was decided; None
        writes over whatever stands there.

        Raises:
            NotRectifiable, NotHeld, ValidationError: see ``checked``.
            ChangedSince: something else stands there by now; whoever commits by itself changes nothing.
        """
        raise NotRectifiable(self.why_not_rectifiable)

    def fixed_by(self, subject: Subject, *, part: str, row_key: str) -> Kept | None:
        """The duty of law that leaves a row as it is, where the source knows one: what a refusal starts from."""
        return None

    def stop(self, subject: Subject, purposes: Collection[str], *, at: datetime) -> None:
        """End these uses of what it holds of the person (Art. 21), inside the caller's transaction. Whoever asks the gate before
        each use has nothing more to do.
        """

    def empty(self, part: str, keys: Sequence[UUID], *, at: datetime) -> Sequence[UUID]:
        """Empty rows again that a restored backup brought back whole: the keys of those that were."""
        raise NotImplementedError

    def put_right(self, stones: Sequence[EscrowedTombstone], *, at: datetime) -> Mapping[str, int]:
        """After a restore, before anybody is served: what the source holds beside its rows and time has gone past. Counts by
        what was put right; done again it finds nothing.
        """
        return {}

    # For time.
    def rules(self, *, at: datetime) -> tuple[RetentionRule, ...]:
        """The rules of ``retention``, each with the period in force at ``at``."""
        return periods.in_force(self.retention, at=at)

    def rule_of(self, code: str, *, at: datetime) -> RetentionRule:
        """One of its rules, with the period in force at ``at``."""
        return periods.in_force([rule for rule in self.retention if rule.code == code], at=at)[0]

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        """The first ``limit`` rows, or lots of rows, of the rule that are due at ``at``, holds and restrictions left out."""
        raise NotImplementedError

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        """Delete exactly the plan's rows that are still due, inside the caller's transaction; how many went. A lot that is not what
        was planned any more stays as a whole.
        """
        raise NotImplementedError

    def gone(self, plan: PurgePlan) -> int | None:
        """How many of the plan's rows are there no more, where only a purge can have deleted any; None where others can. What is
        deleted on a connection of its own is counted by this: whoever was killed before counting finds it again.
        """
        return None

    def oldest(self, rule: RetentionRule) -> datetime | None:
        """The trigger of the oldest row, as live evidence."""
        raise NotImplementedError

    def span(self, plan: PurgePlan) -> tuple[datetime | None, datetime | None]:
        """The triggers of the oldest and the newest row of a plan, where the source can tell them."""
        return None, None

    def count_due(self, rule: RetentionRule, *, at: datetime) -> int:
        """How many rows ``due`` finds at ``at`` where no limit is set."""
        return len(self.due(rule, at=at, limit=sys.maxsize).keys)

    def holds_to_review(self, *, on: date) -> Iterable[HoldToReview]:
        """Holds that stand, and whose review is due on a day or was before; the longest due first."""
        return ()

    def stored(self) -> int:
        """So many rows its tables hold, of everybody."""
        return sum(apps.get_model(label)._base_manager.count() for label in self.models)
