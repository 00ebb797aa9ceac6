"""Reads the real rows after each step, and compares them with the plain model: what must never happen, whatever was tried."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db import connection

from audit.models import Event
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest
from subjects.models import Identifier
from tests.rights_requests import life_endings
from tests.rights_requests.life_model import KEPT_BY_LAW

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from tests.rights_requests.life_model import Known, Person, Row

    Edge = tuple[Status, Status]

_ROWS = """
SELECT 'accounts.contacts', id, email FROM accounts_contact
UNION ALL SELECT 'accounts.messages', id, email FROM accounts_contactmessage
UNION ALL SELECT 'accounts.invoices', id, billing_email FROM accounts_invoice
UNION ALL SELECT 'accounts.profile', id, email FROM accounts_user WHERE role = 'CUSTOMER'
"""

#: Everything that a service could leave behind, a digest for each table. A refused extension stays on record: that is its rule.
_FINGERPRINT = " UNION ALL ".join(
    [
        *(
            f"SELECT '{table}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
            for table in (
                "rights_requests_rightsrequest",
                "rights_requests_sourcetask",
                "rights_requests_link",
                "rights_requests_pause",
                "rights_requests_erasurepreview",
                "rights_requests_previewrows",
                "rights_requests_telling",
                "rights_requests_categorydecision",
                "rights_requests_correction",
                "rights_requests_weighing",
                "rights_requests_withholding",
                "rights_requests_identityclaim",
                "rights_requests_mandate",
                "rights_requests_package",
                "rights_requests_recipientnotice",
                "subjects_identifier",
                "subjects_restriction",
                "subjects_objection",
                "subjects_suppression",
                "subjects_tombstone",
                "accounts_contact",
                "accounts_contactmessage",
                "accounts_invoice",
            )
        ),
        "SELECT 'letters_letter', count(*)::text FROM letters_letter",
        "SELECT 'accounts_user', count(*)::text FROM accounts_user",
        "SELECT 'audit_event', count(*)::text FROM audit_event WHERE action <> 'rights_request.extension_refused'",
    ]
)


def fingerprint() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        return dict(cursor.fetchall())


def rows_by_address() -> dict[str, set[Row]]:
    found: dict[str, set[Row]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
        for source, key, email in cursor.fetchall():
            found[email].add((source, key))
    return found


class Ledger:
    """What was there after the last step."""

    def __init__(self) -> None:
        self.rows = _all(rows_by_address())
        self.status: dict[UUID, Status] = {}
        self.known_events: set[UUID] = set()
        self.stood_still: dict[UUID, date | None] = {}

    def rows_of(self, case: Known) -> frozenset[Row]:
        """The person's rows now, by the identifiers that were verified."""
        verified = Identifier.objects.filter(subject__requests=case.key, kind="EMAIL").values_list("value", flat=True)
        by_address = rows_by_address()
        return frozenset(row for email in verified for row in by_address.get(email, ()))

    def subject_of(self, person: Person) -> UUID | None:
        return Identifier.objects.filter(kind="EMAIL", value=person.email).values_list("subject_id", flat=True).first()

    def new_edges(self, case: Known) -> list[Edge]:
        """The moves on record since the last step, in their order."""
        return _path(self.status.get(case.key, Status.AWAITING_IDENTITY), self._new_events([case])[case.reference], case.reference)

    def compare(self, cases: list[Known], *, now: datetime, today: date) -> None:
        real = {row["id"]: row for row in RightsRequest.objects.values()}
        alive = _all(rows_by_address())
        gone = self.rows - alive
        self._nothing_went_without_an_order(cases, gone, now=now)
        life_endings.were_buried(gone)
        events = self._new_events(cases)
        self._only_the_unconfirmed_went_whole(cases, set(real))
        life_endings.only_to_the_person(cases)
        for case in cases:
            self._is_as_the_model_says(case, real[case.key])
            self._is_on_record(case, events[case.reference])
            self._due_date_stays(case, real[case.key], today=today)
            if self.status.get(case.key, Status.AWAITING_IDENTITY) != case.status:
                self._comes_to(case, alive)
            self.status[case.key] = case.status
            self.stood_still[case.key] = case.paused_on if case.paused else None
        self.rows = alive

    def _new_events(self, cases: Iterable[Known]) -> dict[str, list[dict[str, Any]]]:
        about = [case.reference for case in cases]
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for key, reference, details in Event.objects.filter(about__in=about, details__has_key="status").values_list(
            "id", "about", "details"
        ):
            if key not in self.known_events:
                found[reference].append({"id": key, **details})
        return found

    def _nothing_went_without_an_order(self, cases: Iterable[Known], gone: frozenset[Row], *, now: datetime) -> None:
        """Of a person who was recognised, approved by a second agent, waited out, not taken back, and of these rows."""
        for row in gone:
            ordering = [
                case
                for case in cases
                if case.order is not None
                and case.order.allows(row, at=now)
                and case.is_shown
                and self.status.get(case.key) in {Status.GRACE, Status.CARRYING_OUT}
            ]
            assert ordering, f"{row} went, and no order says so"
            assert row[0] != KEPT_BY_LAW, "what law keeps was erased"
            holds = {source for case in ordering for source in case.person.holds.values()}
            assert not holds & {"", row[0]}, "what is held was erased"

    def _only_the_unconfirmed_went_whole(self, cases: list[Known], alive: set[UUID]) -> None:
        """An erasure leaves the proof of what was confirmed, and of nothing else that is closed."""
        erased = {id(case.person) for case in cases if case.right == Right.ERASURE and case.order and case.order.approved_by}
        for case in [case for case in cases if case.key not in alive]:
            assert not case.is_shown, f"{case.reference} was confirmed, and its proof is gone"
            assert id(case.person) in erased, f"{case.reference} is gone, and nobody ordered it"
            cases.remove(case)

    def _is_as_the_model_says(self, case: Known, real: dict[str, Any]) -> None:
        assert real["status"] == case.status, f"{case.reference} is {real['status']}, expected {case.status}"
        if case.status not in {Status.AWAITING_IDENTITY, *_ENDS_UNSHOWN} and not case.is_absolute:
            assert case.is_shown, f"{case.reference} is {case.status}, and nobody showed who they are"
            assert real["identity_confirmed_at"] is not None
        if case.is_absolute:
            assert (real["status"], real["outcome"], real["ground"]) == (Status.ANSWERED, "COMPLETE", "")
        assert (real["closed_at"] is None) == case.is_open

    def _is_on_record(self, case: Known, events: list[dict[str, Any]]) -> None:
        path = _path(self.status.get(case.key, Status.AWAITING_IDENTITY), events, case.reference)
        came_to = path[-1][1] if path else self.status.get(case.key, Status.AWAITING_IDENTITY)
        assert came_to == case.status, f"{case.reference} came to {case.status}, and the last event says {came_to}"
        self.known_events |= {event["id"] for event in events}

    def _due_date_stays(self, case: Known, real: dict[str, Any], *, today: date) -> None:
        stood = self.stood_still.get(case.key)
        for name in ("due_on", "first_due_on"):
            before, after = getattr(case, name), real[name]
            if before != after:
                assert before >= today or (stood is not None and stood <= before), f"{name} of {case.reference} moved after it passed"
                setattr(case, name, after)

    def _comes_to(self, case: Known, alive: frozenset[Row]) -> None:
        if case.status == Status.IN_REVIEW:
            life_endings.comes_to_review(case)
        if not case.is_open:
            life_endings.ends(case, alive)


_ENDS_UNSHOWN = frozenset({Status.LAPSED, Status.WITHDRAWN, Status.REFUSED, Status.FORWARDED})


def _all(rows: dict[str, set[Row]]) -> frozenset[Row]:
    return frozenset(row for found in rows.values() for row in found)


def _path(start: Status, events: list[dict[str, Any]], reference: str) -> list[Edge]:
    """The moves as a way from ``start``. All of one step have the same instant, so that each is known by where it begins."""
    left, at, path = list(events), start, []
    while left:
        following = next((event for event in left if event["previous"] == at), None)
        assert following is not None, f"{reference}: an event is missing between {at} and {left}"
        left.remove(following)
        path.append((Status(following["previous"]), Status(following["status"])))
        at = path[-1][1]
    return path
