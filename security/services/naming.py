"""Who was concerned: customers by their numbers, people by an address under which we hold something. Only keys are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from audit.services import record
from datamap import customers, held, registry
from security.models import AffectedCustomer, AffectedPerson
from security.services.faults import UnknownCustomers, UnknownPeople
from security.services.locking import lock_open
from subjects import selectors as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import normalise_email
from subjects.services import subject_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from audit.actor import Actor
    from subjects.models import Subject


@transaction.atomic
def name_customers(*, breach_id: UUID, numbers: Sequence[str], actor: Actor, at: datetime) -> int:
    """Add customers whose data we hold as processor; how many are new.

    Raises:
        BreachClosed: see there.
        UnknownCustomers: nobody has one of the numbers; then nobody is added.
    """
    breach = lock_open(breach_id)
    wanted = dict.fromkeys(number.strip() for number in numbers if number.strip())
    found = customers.numbered(list(wanted))
    if missing := [number for number in wanted if number not in found]:
        raise UnknownCustomers(missing)
    there = set(AffectedCustomer.objects.filter(breach=breach).values_list("customer", flat=True))
    new = [key for customer in found.values() if (key := UUID(customer.key)) not in there]
    AffectedCustomer.objects.bulk_create(AffectedCustomer(breach=breach, customer=key, added_at=at) for key in new)
    record(action="breach.customers_named", about=breach.reference, actor=actor, at=at, customers=len(new))
    return len(new)


@transaction.atomic
def name_people(*, breach_id: UUID, addresses: Sequence[str], language: str, actor: Actor, at: datetime) -> int:
    """Add people concerned who read one language; how many are new.

    Raises:
        BreachClosed: see there.
        UnknownPeople: we hold nothing under one of the addresses; then nobody is added.
    """
    breach = lock_open(breach_id)
    wanted = dict.fromkeys(normalise_email(address) for address in addresses if address.strip())
    known = {address: _person(address, at=at) for address in wanted}
    if missing := [address for address, person in known.items() if person is None]:
        raise UnknownPeople(missing)
    there = set(AffectedPerson.objects.filter(breach=breach).values_list("subject_id", flat=True))
    new = {person.pk: person for person in known.values() if person is not None and person.pk not in there}
    AffectedPerson.objects.bulk_create(
        AffectedPerson(breach=breach, subject=person, language=language, added_at=at) for person in new.values()
    )
    record(action="breach.people_named", about=breach.reference, actor=actor, at=at, people=len(new))
    return len(new)


def _person(address: str, *, at: datetime) -> Subject | None:
    """Whoever proved the address, or whoever it is under whom our tables hold something."""
    known = subjects.known_by_email(address)
    if known is not None:
        return known
    sources = [source for source in registry.all_sources() if not source.is_handling]
    if not any(held.counts(subjects.as_if_proved(address), sources).values()):
        return None
    return subject_for(identifiers=[(IdentifierKind.EMAIL, address)], method=IdentityMethod.ON_FILE, at=at)
