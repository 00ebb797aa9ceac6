"""A declared database as a source. Reading is read-only; an erasure is written down first, and does exactly that."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from connectors.declared.shapes import Empty
from connectors.declared.spoken import spoken
from connectors.models import Prepared
from connectors.outside import dialects, faults, sessions
from connectors.sources import deeds, planning
from connectors.sources.declaring import columns_of, row_key, says
from connectors.sources.following import follow
from connectors.sources.statements import NEVER, VALUES_AT_ONCE, Sql, Statements, Whose
from connectors.sources.values import given, plan_key
from datamap.declaration import NOTHING, ChangedSince, NotHeld, NotRectifiable, Outcome, Part, PurgePlan, Rectified, Source, nobody_spared
from datamap.rectifying import refuse_changed
from datamap.wall_clock import HOME
from subjects.enums import IdentifierKind
from subjects.identifiers import is_phone
from subjects.selectors import kept_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from connectors.declared.shapes import Column, Period, SqlSystem, Table
    from connectors.outside.sessions import Session
    from datamap.declaration import RetentionRule, RowKeys, Spared
    from subjects.models import Subject

#: What was prepared and neither done nor told since belongs to an order that has ended (see ``RIGHTS["erasure_order_life"]``).
STALE_AFTER = timedelta(days=14)
DELETE, EMPTY = "delete", "empty"
#: Prepared before and not there any more: gone by a deed that nobody has told of.
GONE = "gone"
#: Says that an erasure was prepared, whatever there is to erase.
MARK = ""


class SqlSource(Source):
    """Every verb is one transaction over there. Its rows are known here by numbers made from their own keys (see ``declaring.row_key``)."""

    system: ClassVar[SqlSystem]

    # For a person.
    def count(self, subject: Subject) -> dict[str, int]:
        """All tables in one statement."""
        known, statements = self._known(subject), self._statements()
        if not known:
            return {}
        with sessions.session(self.system) as session:
            asked = self._owned(statements, follow(session, statements, known))
            if not asked:
                return {}
            sql = ", ".join(f"(SELECT count(*) FROM {statements.lying(table)} WHERE {owned.text})" for table, owned in asked)  # noqa: S608
            numbers = session.all(f"SELECT {sql}", [param for _table, owned in asked for param in owned.params])[0]
        return {table.name: number for (table, _owned), number in zip(asked, numbers, strict=True) if number}

    def export(self, subject: Subject) -> Iterator[Part]:
        """As of one moment; the transaction lasts until the last part was read."""
        known, statements = self._known(subject), self._statements()
        if not known:
            return
        with sessions.session(self.system) as session:
            for table, owned in self._owned(statements, follow(session, statements, known)):
                if not table.columns:
                    continue
                rows = self._rows(session, statements, table, owned)
                first = next(rows, None)
                if first is not None:
                    columns = columns_of(table.columns)
                    yield Part(name=table.name, label=spoken(table.label), columns=columns, rows=chain([first], rows))

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        with sessions.session(self.system) as session:
            return planning.make(session, self._statements(), self._known(subject), at=at).outcome()

    def prepare_erasure(self, subject: Subject, *, at: datetime, spared: Spared = nobody_spared) -> None:
        """What was prepared before and is not there any more stays written down, until somebody tells of it."""
        noted = Prepared.objects.select_for_update().filter(source=self.key, subject=subject)
        before = {(row.part, row.action): set(row.row_keys) for row in noted if row.prepared_at > at - STALE_AFTER}
        with sessions.session(self.system) as session:
            plan = planning.make(session, self._statements(), self._known(subject), at=at)
        there = {key for rows in (plan.going, plan.emptied, plan.staying) for found in rows.values() for key in found}
        sparing = spared(plan.outcome().erased)
        wanted: dict[tuple[str, str], set[UUID]] = defaultdict(set, {(MARK, DELETE): set()})
        for (part, _action), keys in before.items():
            if gone := keys - there:
                wanted[part, GONE] |= gone
        for action, rows in ((DELETE, plan.going), (EMPTY, plan.emptied)):
            for part, found in rows.items():
                wanted[part, action] |= found.keys() - set(sparing.get(part, ()))
        if noted:
            Prepared.objects.filter(source=self.key, subject=subject).delete()
        Prepared.objects.bulk_create(
            Prepared(source=self.key, subject=subject, part=part, action=action, row_keys=sorted(keys), prepared_at=at)
            for (part, action), keys in wanted.items()
            if keys or part == MARK
        )

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Erase what was prepared, and no row more; the other database commits before we do. What is kept by now, or somebody else's, is not
        told of as erased.
        """
        prepared = self._prepared(subject, at=at)
        if (MARK, DELETE) not in prepared:
            self.prepare_erasure(subject, at=at, spared=lambda _rows: sparing)
            prepared = self._prepared(subject, at=at)
        statements = self._statements()
        with sessions.session(self.system, is_writing=True) as session:
            plan = planning.make(session, statements, self._known(subject), at=at, is_locking=True)
            deeds.carry_out(session, statements, plan, delete=_of(prepared, DELETE), empty=_of(prepared, EMPTY))
        Prepared.objects.filter(source=self.key, subject=subject).delete()
        return Outcome(erased=_sorted(_done(prepared, plan)), kept=tuple(plan.kept))

    def _prepared(self, subject: Subject, *, at: datetime) -> dict[tuple[str, str], set[UUID]]:
        rows = Prepared.objects.select_for_update().filter(source=self.key, subject=subject, prepared_at__gt=at - STALE_AFTER)
        return {(row.part, row.action): set(row.row_keys) for row in rows}

    def channels(self, subject: Subject) -> Iterable[str]:
        """Of rows of the person; what is no address of mail is nobody's."""
        known, statements = self._known(subject), self._statements()
        names = {table.name: [column.name for column in table.columns if column.is_channel] for table in self.system.tables}
        if not known or not any(names.values()):
            return ()
        found: list[str] = []
        with sessions.session(self.system) as session:
            for table, owned in self._owned(statements, follow(session, statements, known)):
                for name in names[table.name]:
                    column = statements.dialect.as_text(statements.column(table, name))
                    sql = f"SELECT DISTINCT {column} FROM {statements.lying(table)} WHERE {owned.text}"  # noqa: S608 - quoted names
                    found += [value.strip() for (value,) in session.all(sql, owned.params) if value]
        return [value for value in found if _is_address(value)]

    def reached_at(self, subject: Subject) -> Iterable[tuple[str, str]]:
        """Of rows of the person; what is written like no number is nobody's."""
        known, statements = self._known(subject), self._statements()
        if not known or not any(table.reaches for table in self.system.tables):
            return ()
        found: list[tuple[str, str]] = []
        with sessions.session(self.system) as session:
            for table, owned in self._owned(statements, follow(session, statements, known)):
                for reach in table.reaches:
                    columns = ", ".join(statements.dialect.as_text(statements.column(table, name)) for name in reach.columns)
                    sql = f"SELECT DISTINCT {columns} FROM {statements.lying(table)} WHERE {owned.text}"  # noqa: S608 - quoted names
                    rows = session.all(sql, owned.params)
                    written = (" ".join(text.strip() for text in row if text and text.strip()) for row in rows)
                    found += [(reach.kind, value) for value in written if value and (reach.kind != IdentifierKind.PHONE or is_phone(value))]
        return found

    def stop(self, subject: Subject, purposes: Collection[str], *, at: datetime) -> None:
        """The other database commits before we do: a no that stands there and not here harms nobody, and is said again by the next try."""
        known, statements = self._known(subject), self._statements()
        stops = {table.name: [stop for stop in table.stops if not set(purposes).isdisjoint(stop.purposes)] for table in self.system.tables}
        if not known or not any(stops.values()):
            return
        with sessions.session(self.system, is_writing=True) as session:
            for table, owned in self._owned(statements, follow(session, statements, known, is_locking=True)):
                for stop in stops[table.name]:
                    column = statements.dialect.quote(stop.column)
                    session.run(f"UPDATE {statements.lying(table)} SET {column} = %s WHERE {owned.text}", [stop.to, *owned.params])  # noqa: S608

    # Art. 16.
    def value_of(self, subject: Subject, *, part: str, row_key: str, field: str) -> str:
        table, _column = self._rectifiable(part, field)
        with sessions.session(self.system) as session:
            return self._found(session, subject, table, row_key, field)[1]

    def checked(self, subject: Subject, *, part: str, row_key: str, field: str, value: str) -> Rectified:
        """By doing it and taking it back: the other database knows its own rules."""
        table, _column = self._rectifiable(part, field)
        with sessions.session(self.system, is_writing=True) as session:
            rectified = self._changed(session, subject, table, (row_key, field), value)
            session.raw.rollback()
        return rectified

    def rectify(
        self, subject: Subject, *, part: str, row_key: str, field: str, value: str, at: datetime, decided: str | None = None
    ) -> Rectified:
        """Nothing can take it back once the other database has committed: what stands there is looked at before."""
        table, _column = self._rectifiable(part, field)
        with sessions.session(self.system, is_writing=True) as session:
            rectified = self._changed(session, subject, table, (row_key, field), value)
            refuse_changed(rectified, decided)
            return rectified

    def _columns(self) -> Iterator[tuple[Table, Column]]:
        yield from ((table, column) for table in self.system.tables for column in table.columns)

    def _rectifiable(self, part: str, field: str) -> tuple[Table, Column]:
        for table, column in self._columns():
            if (table.name, column.name) == (part, field) and column.is_rectifiable:
                return table, column
        raise NotRectifiable(self.why_not_rectifiable)

    def _found(self, session: Session, subject: Subject, table: Table, key: str, field: str, *, lock: str = "") -> tuple[object, str]:
        """The row's own key, and what stands there, as text."""
        statements = self._statements()
        owned = statements.owned(table, follow(session, statements, self._known(subject), is_locking=bool(lock)))
        own, column = statements.column(table, table.key), statements.dialect.as_text(statements.column(table, field))
        sql = f"SELECT {own}, {column} FROM {statements.lying(table)} WHERE {owned.text}{lock}"  # noqa: S608 - quoted names
        for found, value in session.all(sql, owned.params):
            if str(row_key(self.key, table.name, found)) == key:
                return found, "" if value is None else value
        raise NotHeld(key)

    def _changed(self, session: Session, subject: Subject, table: Table, place: tuple[str, str], value: str) -> Rectified:
        """The row is locked, and its old value asked for again where a table takes no lock."""
        key, field = place
        own, old = self._found(session, subject, table, key, field, lock=" FOR UPDATE")
        statements = self._statements()
        column, where = statements.dialect.quote(field), statements.dialect.quote(table.key)
        stands = f"COALESCE({statements.dialect.as_text(column)}, '') = %s"
        sql = f"UPDATE {statements.place(table)} SET {column} = %s WHERE {where} = %s AND {stands}"  # noqa: S608 - quoted names
        try:
            changed = session.run(sql, [value, own, old])
        except statements.dialect.errors as error:
            if statements.dialect.word_for(error) == faults.REFUSED:
                raise ValidationError(_("The connected system does not take this value.")) from None
            raise
        new = self._found(session, subject, table, key, field)[1]
        # MySQL counts no row that holds the value already.
        if not changed and new != old:
            raise ChangedSince
        return Rectified(old=old, new=new)

    # For time.
    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        table, period = self._period(rule)
        statements = self._statements()
        due = self._due(statements, table, period, at=at)
        key, trigger = statements.column(table, table.key), statements.column(table, period.trigger)
        most = min(limit, 10_000_000)
        sql = f"SELECT {key} FROM {statements.lying(table)} WHERE {due.text} ORDER BY {trigger}, {key} LIMIT {most:d}"  # noqa: S608
        with sessions.session(self.system) as session:
            return PurgePlan(rule=rule.code, at=at, keys=tuple(plan_key(row[0]) for row in session.all(sql, due.params)))

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        table, period = self._period(self.rule_of(plan.rule, at=at))
        statements = self._statements()
        due, key, gone = self._due(statements, table, period, at=at), statements.column(table, table.key), 0
        with sessions.session(self.system, is_writing=True) as session:
            for some in _batches(plan.keys):
                asked = due.and_(Sql(f"{key} IN ({', '.join(['%s'] * len(some))})", tuple(some)))
                sql = f"SELECT {key} FROM {statements.lying(table)} WHERE {asked.text} FOR UPDATE"  # noqa: S608 - quoted names
                found = [row[0] for row in session.all(sql, asked.params)]
                deeds.delete_with_children(session, statements, table, found)
                gone += len(found)
        return gone

    def gone(self, plan: PurgePlan) -> int:
        """A try that was killed after it had committed there finds its rows again."""
        table, _period = self._period(self.rule_of(plan.rule, at=plan.at))
        statements, there = self._statements(), 0
        key = statements.column(table, table.key)
        with sessions.session(self.system) as session:
            for some in _batches(plan.keys):
                marks = ", ".join(["%s"] * len(some))
                there += session.all(f"SELECT count(*) FROM {statements.lying(table)} WHERE {key} IN ({marks})", some)[0][0]  # noqa: S608
        return len(plan.keys) - there

    def oldest(self, rule: RetentionRule) -> datetime | None:
        table, period = self._period(rule)
        statements = self._statements()
        free = self._unprotected(statements, table)
        sql = f"SELECT min({statements.column(table, period.trigger)}) FROM {statements.lying(table)} WHERE {free.text}"  # noqa: S608
        with sessions.session(self.system) as session:
            return self._instant(session.all(sql, free.params)[0][0])

    def stored(self) -> int:
        statements = self._statements()
        sql = " + ".join(f"(SELECT count(*) FROM {statements.lying(table)})" for table in self.system.tables)  # noqa: S608 - quoted names
        with sessions.session(self.system) as session:
            return int(session.all(f"SELECT {sql}")[0][0])

    def _period(self, rule: RetentionRule) -> tuple[Table, Period]:
        """The declared period with the length in force."""
        period = next(period for period in self.system.periods if period.code == rule.code)
        return self.system.table(period.table), period

    def _due(self, statements: Statements, table: Table, period: Period, *, at: datetime) -> Sql:
        return statements.due(table, period, at=at).and_(self._unprotected(statements, table))

    def _unprotected(self, statements: Statements, table: Table) -> Sql:
        """Rows of nobody whom a hold, a restriction or an answer that is awaited protects."""
        protected = {kind: list(kept_values(kind=kind, source=self.key)) for kind in kinds_of(self.system)}
        owned = statements.owned(table, Whose(protected))
        return Sql(f"NOT COALESCE(({owned.text}), FALSE)", owned.params) if owned is not NEVER else Sql("1 = 1")

    def _instant(self, found: object) -> datetime | None:
        """None also for a day of the other database that is none here."""
        if not isinstance(found, date):
            return None
        if isinstance(found, datetime):
            return found.replace(tzinfo=self._zone()) if found.tzinfo is None else found
        return datetime(found.year, found.month, found.day, tzinfo=HOME)

    def _rows(self, session: Session, statements: Statements, table: Table, owned: Sql) -> Iterator[tuple[object, ...]]:
        names = [table.key, *(column.name for column in table.columns)]
        columns = ", ".join(statements.column(table, name) for name in names)
        key = statements.column(table, table.key)
        sql = f"SELECT {columns} FROM {statements.lying(table)} WHERE {owned.text} ORDER BY {key}"  # noqa: S608 - quoted names
        zone = self._zone()
        for own, *found in session.stream(sql, owned.params):
            yield (str(row_key(self.key, table.name, own)), *(given(value, zone=zone) for value in found))

    def _zone(self) -> Any:
        """Of columns without one, as the sessions are set."""
        return HOME if self.system.connection.engine == "postgresql" else UTC

    def _owned(self, statements: Statements, whose: Whose) -> list[tuple[Table, Sql]]:
        """Tables that can hold rows of the person, each with which."""
        owned = [(table, statements.owned(table, whose)) for table in self.system.tables]
        return [(table, rows) for table, rows in owned if rows is not NEVER]

    def _known(self, subject: Subject) -> dict[IdentifierKind, list[str]]:
        """By what this system knows people, and we this one."""
        kinds, found = kinds_of(self.system), defaultdict[IdentifierKind, list[str]](list)
        for identifier in subject.identifiers.all():
            if identifier.kind in kinds:
                found[IdentifierKind(identifier.kind)].append(identifier.value)
        return found

    def _statements(self) -> Statements:
        return Statements(self.system, dialects.of(self.system.connection.engine))


def _is_address(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def kinds_of(system: SqlSystem) -> set[IdentifierKind]:
    return {identity.kind for table in system.tables for identity in table.identities}


def _of(prepared: Mapping[tuple[str, str], set[UUID]], action: str) -> dict[str, set[UUID]]:
    return {part: keys for (part, done), keys in prepared.items() if done == action and part != MARK}


def _done(prepared: Mapping[tuple[str, str], set[UUID]], plan: planning.Plan) -> dict[str, set[UUID]]:
    done: dict[str, set[UUID]] = defaultdict(set, _of(prepared, GONE))
    for action, rows in ((DELETE, plan.going), (EMPTY, plan.emptied)):
        for part, keys in _of(prepared, action).items():
            done[part] |= keys & rows.get(part, {}).keys()
    return done


def _sorted(keys: Mapping[str, set[UUID]]) -> dict[str, list[UUID]]:
    return {part: sorted(found) for part, found in keys.items() if found}


def _batches(keys: Sequence[object]) -> Iterator[list[object]]:
    waiting = iter(keys)
    while some := list(islice(waiting, VALUES_AT_ONCE)):
        yield some


def build(system: SqlSystem) -> type[SqlSource]:
    parts = {table.name: (table.label, table.columns) for table in system.tables}
    columns = {f"{table.name}.{column.name}" for table in system.tables for column in table.columns if column.is_rectifiable}
    empties = frozenset(table.name for table in system.tables if isinstance(table.erasing, Empty))
    return type("DeclaredSql", (SqlSource,), {**says(system, parts=parts), "rectifiable": frozenset(columns), "empties": empties})
