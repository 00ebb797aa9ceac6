"""Telling customers (Art. 33(2)) and people (Art. 34): a letter to each in their language, by words that we wrote for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext

from audit.services import record
from datamap import customers, pan
from security import correspondence
from security.enums import Readers, Way
from security.models import LANGUAGES, AffectedCustomer, AffectedPerson, Wording
from security.services.faults import AlreadyTold, NobodyNamed, NotWorded
from security.services.locking import lock_open
from subjects import selectors as subjects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from datamap.customers import Customer
    from security.models import Breach


@transaction.atomic
def word(
    *,
    breach_id: UUID,
    readers: Readers,
    language: str,
    facts: str,
    consequences: str,
    measures: str,
    advice: str,
    actor: Actor,
    at: datetime,
) -> Wording:
    """Write what they are told in one language.

    Raises:
        BreachClosed: see there.
    """
    breach = lock_open(breach_id)
    told = {"facts": facts, "consequences": consequences, "measures": measures, "advice": advice}
    wording = Wording.objects.create(
        breach=breach,
        readers=readers,
        language=language,
        written_at=at,
        written_by=actor.id,
        **{name: pan.mask(text) for name, text in told.items()},
    )
    record(action="breach.worded", about=breach.reference, actor=actor, at=at, readers=str(readers.value), language=language)
    return wording


@transaction.atomic
def tell_customers(*, breach_id: UUID, actor: Actor, at: datetime) -> int:
    """Write to every administrator of each customer who was not told yet; how many customers were told. A customer without anybody
    who reads stays on the list: somebody calls them (``tell_otherwise``).

    Raises:
        BreachClosed, NobodyNamed: see there.
        NotWorded: an administrator reads a language in which nothing is written; then nobody is written to.
    """
    breach = lock_open(breach_id)
    waiting = list(AffectedCustomer.objects.select_for_update().filter(breach=breach, told_at=None))
    known = customers.keyed([str(one.customer) for one in waiting])
    reached = [(one, customer) for one in waiting if (customer := known.get(str(one.customer))) and customer.administrators]
    if not reached:
        raise NobodyNamed
    wordings = _wordings(breach, Readers.CUSTOMERS, (reader.language for _one, customer in reached for reader in customer.administrators))
    for one, customer in reached:
        _tell_customer(breach, customer, wordings, at=at)
        _mark(one, Way.LETTER, at=at)
    record(action="breach.customers_told", about=breach.reference, actor=actor, at=at, customers=len(reached))
    return len(reached)


def _tell_customer(breach: Breach, customer: Customer, wordings: Mapping[str, Wording], *, at: datetime) -> None:
    for reader in customer.administrators:
        correspondence.to_customer(breach, wordings[reader.language], reader, at=at)


@transaction.atomic
def tell_people(*, breach_id: UUID, actor: Actor, at: datetime) -> int:
    """Write to every address of each person who was not told yet; how many people were told.

    Raises:
        BreachClosed, NobodyNamed, NotWorded: as for customers.
    """
    breach = lock_open(breach_id)
    waiting = AffectedPerson.objects.select_for_update(of=("self",)).filter(breach=breach, told_at=None).select_related("subject")
    reached = [(one, addresses) for one in waiting if (addresses := subjects.emails(one.subject))]
    if not reached:
        raise NobodyNamed
    wordings = _wordings(breach, Readers.PEOPLE, (one.language for one, _addresses in reached))
    for one, addresses in reached:
        for address in addresses:
            correspondence.to_person(breach, wordings[one.language], address, at=at)
        _mark(one, Way.LETTER, at=at)
    record(action="breach.people_told", about=breach.reference, actor=actor, at=at, people=len(reached))
    return len(reached)


@transaction.atomic
def tell_otherwise(*, breach_id: UUID, row_id: UUID, way: Way, actor: Actor, at: datetime) -> None:
    """Note that somebody was told by telephone or by post.

    Raises:
        BreachClosed, NobodyNamed: see there.
        AlreadyTold: by whatever way.
    """
    breach = lock_open(breach_id)
    rows: list[AffectedCustomer | AffectedPerson] = [
        *AffectedCustomer.objects.select_for_update().filter(breach=breach, pk=row_id),
        *AffectedPerson.objects.select_for_update().filter(breach=breach, pk=row_id),
    ]
    if not rows:
        raise NobodyNamed
    if rows[0].told_at is not None:
        raise AlreadyTold
    _mark(rows[0], way, at=at)
    record(action="breach.told_otherwise", about=breach.reference, actor=actor, at=at, row=str(row_id), way=str(way.value))


def _mark(row: AffectedCustomer | AffectedPerson, way: Way, *, at: datetime) -> None:
    row.told_at, row.told_by = at, way
    row.save(update_fields=["told_at", "told_by"])


def _wordings(breach: Breach, readers: Readers, languages: Iterable[str]) -> dict[str, Wording]:
    """The last words in each language that somebody reads.

    Raises:
        NotWorded: there are none in some.
    """
    found = {one.language: one for one in Wording.objects.filter(breach=breach, readers=readers).order_by("id")}
    named = dict(LANGUAGES)
    if missing := sorted({language for language in languages if language not in found}):
        raise NotWorded([gettext(named.get(language, language)) for language in missing])
    return found
