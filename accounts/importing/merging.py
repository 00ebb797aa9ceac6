"""Brings the staged records into the tables by SQL: what is new is added, what differs is changed, the rest is left alone.

The statements are put together from the names of our own tables and columns; no value of a file ever stands in one.
"""

# ruff: noqa: S608

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from accounts.importing.columns import CONTACT, CUSTOMER, INVOICE, KINDS
from accounts.importing.staging import TABLE
from datamap import statutory
from subjects.enums import IdentifierKind
from subjects.models import Restriction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from accounts.importing.findings import Findings

CUSTOMERS, CONTACTS, INVOICES = "accounts_company", "accounts_contact", "accounts_invoice"
COMPANY_ID = f"(SELECT c.id FROM {CUSTOMERS} c WHERE c.number = s.company)"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the records of one kind. ``erased`` and ``restricted``: not taken over, because the person was erased, or
    their data is set aside (Art. 18). ``over``: invoices that no law has us keep any more. ``corrected``: line and column of values
    that the person had corrected (Art. 16), and that the file would have changed back.
    """

    added: int
    changed: int
    same: int
    erased: int
    restricted: int
    corrected: tuple[tuple[int, str], ...] = ()
    over: int = 0


def find_conflicts(findings: Findings) -> None:
    """What only shows when the records are seen together, and beside those that we hold."""
    with connection.cursor() as cursor:
        for column, reason, query in _conflicts():
            cursor.execute(query)
            for (line,) in cursor:
                findings.add(line, column, reason)


def _conflicts() -> Sequence[tuple[str, str, str]]:
    unknown = (
        f"SELECT s.line FROM {TABLE} s WHERE s.kind <> '{CUSTOMER}' AND s.company <> ''"
        f" AND NOT EXISTS (SELECT FROM {CUSTOMERS} c WHERE c.number = s.company)"
        f" AND NOT EXISTS (SELECT FROM {TABLE} o WHERE o.kind = '{CUSTOMER}' AND o.number = s.company) ORDER BY s.line"
    )
    twice = (
        f"SELECT line FROM (SELECT line, row_number() OVER (PARTITION BY kind, number ORDER BY line) AS turn"
        f" FROM {TABLE}) s WHERE turn > 1 ORDER BY line"
    )
    acts = (
        f"SELECT s.line FROM {TABLE} s WHERE s.kind = '{CONTACT}' AND s.last_act_at <> ''"
        " AND s.last_act_at::timestamptz < s.collected_at::timestamptz ORDER BY s.line"
    )
    issued = (
        f"SELECT s.line FROM {TABLE} s JOIN {INVOICES} i ON i.number = s.number AND s.kind = '{INVOICE}'"
        " WHERE (i.billing_name, i.billing_email, i.billing_address, i.country, i.issued_on, i.amount, i.currency)"
        " IS DISTINCT FROM (s.billing_name, s.billing_email, s.billing_address, s.country, s.issued_on::date,"
        " s.amount::numeric, COALESCE(NULLIF(s.currency, ''), 'EUR'))"
        f" OR i.company_id IS DISTINCT FROM COALESCE({COMPANY_ID}, i.company_id) ORDER BY s.line"
    )
    return (
        ("company", "no customer has this number, neither here nor in the file", unknown),
        ("number", "stands in the file twice", twice),
        ("last_act_at", "lies before collected_at", acts),
        ("number", "this invoice exists with other contents; an issued invoice never changes, send a credit note", issued),
    )


#: Addresses of people whose data is restricted.
RESTRICTED = (
    "SELECT i.value FROM subjects_identifier i JOIN subjects_restriction r ON r.subject_id = i.subject_id AND r.lifted_at IS NULL"
    f" WHERE i.kind = '{IdentifierKind.EMAIL}'"
)


def set_restricted_aside() -> None:
    """Mark the records of people whose data is restricted, by the address that the file gives and by the one that we hold."""
    if not Restriction.objects.filter(lifted_at=None).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} s SET is_restricted = TRUE WHERE (s.kind = '{INVOICE}' AND s.billing_email IN ({RESTRICTED}))"
            f" OR (s.kind = '{CONTACT}' AND (s.email IN ({RESTRICTED})"
            f" OR EXISTS (SELECT FROM {CONTACTS} t WHERE t.number = s.number AND t.email IN ({RESTRICTED}))))"
        )


def merge(*, periods: Mapping[tuple[str, date], date], today: date, written_at: datetime | None = None) -> dict[str, Counts]:
    """Take the staged records over, inside the caller's transaction. ``written_at`` is how old the file is: what was corrected
    before that, it may change; without it, nothing that was corrected. What the purge would take away at once never comes.
    """
    with connection.cursor() as cursor:
        return {
            CUSTOMER: _merge(cursor, CUSTOMERS, CUSTOMER, _plain(CUSTOMER)),
            CONTACT: _merge(cursor, CONTACTS, CONTACT, _contact(), corrected=CORRECTED, written_at=written_at),
            INVOICE: _merge_invoices(cursor, periods, today),
        }


def _plain(kind: str) -> dict[str, str]:
    return {name: f"s.{name}" for name in KINDS[kind] if name != "number"}


def _contact() -> dict[str, str]:
    """An absent column stays as it is; an empty one is emptied, but for what cannot be empty."""
    special = {
        "language": "NULLIF(s.language, '')",
        "collected_at": "s.collected_at::timestamptz",
        "last_act_at": "NULLIF(s.last_act_at, '')::timestamptz",
        "company_id": COMPANY_ID,
    }
    return {name: cell for name, cell in _plain(CONTACT).items() if name != "company"} | special


#: What stands in a new row where the file says nothing; elsewhere that is an empty text.
DEFAULTS = {
    "language": "'en'",
    "collected_at": "NULL::timestamptz",
    "last_act_at": "s.collected_at::timestamptz",
    "company_id": "NULL::uuid",
}
EMPTY = "''"


#: Columns of a contact that a correction writes; when, stands in ``corrected``.
CORRECTED = tuple(name for name in KINDS[CONTACT] if name not in {"number", "company", "collected_at", "last_act_at"})


def _merge(
    cursor: Any, table: str, kind: str, cells: Mapping[str, str], *, corrected: Sequence[str] = (), written_at: datetime | None = None
) -> Counts:
    """Change first, then add: afterwards every new row would look like a known one."""
    total, restricted = _staged(cursor, table, kind)
    stays = _corrected(cursor, table, kind, {name: cells[name] for name in corrected}, written_at)
    kept = {name: f"COALESCE({cell}, t.{name})" for name, cell in cells.items()}
    if "company_id" in kept:
        kept["company_id"] = f"CASE WHEN s.company IS NULL THEN t.company_id ELSE {COMPANY_ID} END"
    if "last_act_at" in kept:
        # The person may have done something here since the file was written.
        kept["last_act_at"] = f"GREATEST({cells['last_act_at']}, t.last_act_at)"
    kept |= {name: f"CASE WHEN {_was_corrected(name)} THEN t.{name} ELSE {kept[name]} END" for name in corrected}
    cursor.execute(
        f"UPDATE {table} t SET ({', '.join(kept)}) = ROW({', '.join(kept.values())}) FROM {TABLE} s"
        f" WHERE s.kind = %(kind)s AND s.number = t.number AND NOT s.is_restricted"
        f" AND ROW({', '.join(f't.{name}' for name in kept)}) IS DISTINCT FROM ROW({', '.join(kept.values())})",
        {"kind": kind, "written_at": written_at},
    )
    changed = cursor.rowcount
    new = {name: f"COALESCE({cell}, {DEFAULTS.get(name, EMPTY)})" for name, cell in cells.items()}
    if corrected:
        new["corrected"] = "'{}'::jsonb"
    added, erased = _add(cursor, table, kind, new)
    same = total - changed - added - erased - restricted
    return Counts(added=added, changed=changed, same=same, erased=erased, restricted=restricted, corrected=stays)


def _was_corrected(name: str) -> str:
    """Whether the person had this value corrected, and not before the file was written."""
    return f"COALESCE((t.corrected->>'{name}')::timestamptz >= COALESCE(%(written_at)s::timestamptz, '-infinity'), FALSE)"


def _corrected(cursor: Any, table: str, kind: str, cells: Mapping[str, str], written_at: datetime | None) -> tuple[tuple[int, str], ...]:
    """Where the file has another value than the person had put there."""
    if not cells:
        return ()
    each = (
        f"SELECT s.line, '{name}' FROM {table} t JOIN {TABLE} s ON s.number = t.number AND s.kind = %(kind)s"
        f" WHERE NOT s.is_restricted AND {_was_corrected(name)} AND COALESCE({cell}, t.{name}) IS DISTINCT FROM t.{name}"
        for name, cell in cells.items()
    )
    cursor.execute(f"{' UNION ALL '.join(each)} ORDER BY 1, 2", {"kind": kind, "written_at": written_at})
    return tuple(cursor.fetchall())


def _add(cursor: Any, table: str, kind: str, cells: Mapping[str, str], joins: str = "") -> tuple[int, int]:
    """Add the unknown, but none whom we erased; how many came and how many did not."""
    unknown = f"s.kind = %s AND NOT EXISTS (SELECT FROM {table} t WHERE t.number = s.number)"
    cursor.execute(f"SELECT count(*) FROM {TABLE} s WHERE is_blocked AND {unknown}", [kind])
    (erased,) = cursor.fetchone()
    cursor.execute(
        f"INSERT INTO {table} (id, number, {', '.join(cells)}) SELECT s.id, s.number, {', '.join(cells.values())}"
        f" FROM {TABLE} s {joins} WHERE NOT s.is_blocked AND NOT s.is_restricted AND {unknown}",
        [kind],
    )
    return cursor.rowcount, erased


def _staged(cursor: Any, table: str, kind: str) -> tuple[int, int]:
    """How many records of a kind there are, and how many of them are set aside. Whoever was erased counts as that."""
    erased = f"is_blocked AND NOT EXISTS (SELECT FROM {table} t WHERE t.number = s.number)"
    cursor.execute(
        f"SELECT count(*), count(*) FILTER (WHERE is_restricted AND NOT ({erased})) FROM {TABLE} s WHERE kind = %s",
        [kind],
    )
    total, restricted = cursor.fetchone()
    return total, restricted


def periods_by_law(findings: Findings) -> dict[tuple[str, date], date]:
    """Until when the staged invoices must be kept, by country and day; each pair that no law in the register covers is a finding."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT country, issued_on::date AS day, min(line) FROM {TABLE} WHERE kind = %s GROUP BY country, day ORDER BY min(line)",
            [INVOICE],
        )
        days = list(cursor)
    known, found = statutory.load(), {}
    for country, day, line in days:
        try:
            found[country, day], _law = statutory.keep_until(country=country, document="invoice", on=day, periods=known)
        except statutory.NoStatutoryPeriod:
            findings.add(line, "issued_on", f"no law in the register says how long an invoice of this day is kept in {country}")
    return found


def _merge_invoices(cursor: Any, periods: Mapping[tuple[str, date], date], today: date) -> Counts:
    total, restricted = _staged(cursor, INVOICES, INVOICE)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_period")
    cursor.execute("CREATE TEMPORARY TABLE import_period (country text, day date, keep_until date) ON COMMIT DROP")
    cursor.executemany(
        "INSERT INTO import_period VALUES (%s, %s, %s)",
        [(country, day, until) for (country, day), until in periods.items()],
    )
    joins = "JOIN import_period p ON p.country = s.country AND p.day = s.issued_on::date"
    over = _leave_out_over(cursor, joins, today)
    cells = {
        "company_id": COMPANY_ID,
        "billing_name": "s.billing_name",
        "billing_email": "s.billing_email",
        "billing_address": "s.billing_address",
        "country": "s.country",
        "issued_on": "s.issued_on::date",
        "amount": "s.amount::numeric",
        "currency": "COALESCE(NULLIF(s.currency, ''), 'EUR')",
        "keep_until": "p.keep_until",
    }
    added, erased = _add(cursor, INVOICES, INVOICE, cells, joins)
    same = total - added - erased - restricted - over
    return Counts(added=added, changed=0, same=same, erased=erased, restricted=restricted, over=over)


def _leave_out_over(cursor: Any, joins: str, today: date) -> int:
    """How many invoices are past their day and not here: those that the purge deleted do not come back either. Whose person was erased,
    or whose data is set aside, counts as that.
    """
    cursor.execute(
        f"SELECT count(*) FROM {TABLE} s {joins} WHERE s.kind = %s AND p.keep_until < %s AND NOT s.is_blocked AND NOT s.is_restricted"
        f" AND NOT EXISTS (SELECT FROM {INVOICES} t WHERE t.number = s.number)",
        [INVOICE, today],
    )
    (over,) = cursor.fetchone()
    cursor.execute("DELETE FROM import_period WHERE keep_until < %s", [today])
    return int(over)
