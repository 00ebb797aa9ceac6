"""Subjects by the thousand: twenty rows each over five tables, and their cases, as the services would leave them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Contact, ContactMessage, Invoice
from audit.actor import Actor
from audit.enums import ActorKind
from datamap.enums import PaperKind
from datamap.models import Disclosure, Paper, Processor
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import Action, Channel, Requester, Right
from rights_requests.models import RightsRequest
from rights_requests.services import collecting
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import Restriction, Subject
from tests.accounts.factories import make_staff
from tests.datamap.register_cast import give_paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

T = TypeVar("T")

AT_ONCE = 50
ROWS_A_TABLE = 4
TABLES = 5
RECIPIENT = "calendly"
LONG_AGO = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)
CLERK = Actor(kind=ActorKind.STAFF, id="clerk", role="HELPDESK", entity="Oxygis Partners", country="BE")


def confirmed(count: int, *, right: Right) -> list[RightsRequest]:
    """Cases whose identity was just shown, so that every source is to be asked."""
    return [case for numbers in _batches(range(count)) for case in _confirmed(numbers, right=right)]


@transaction.atomic
def _confirmed(numbers: Iterable[int], *, right: Right) -> list[RightsRequest]:
    at = timezone.now()
    _let_calendly_have_it()
    cases = []
    for number in numbers:
        case = _file(number, right=right, at=at)
        case.subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, case.email)], method=IdentityMethod.MAILBOX, at=at)
        _fill(number, case.email, case.subject)
        collecting.begin(case, action=Action.CONFIRM_IDENTITY, method=IdentityMethod.MAILBOX, actor=Actor.person(), at=at)
        cases.append(case)
    return cases


def answered(cases: list[RightsRequest]) -> None:
    """What an agent does: the package is to be built."""
    for some in _batches(cases):
        with transaction.atomic():
            for case in some:
                services.answer(request_id=case.pk, actor=CLERK, at=timezone.now())


def approved(cases: list[RightsRequest]) -> None:
    """What two agents do, and the waiting time: the deed is to be done."""
    first, second = make_staff(), make_staff()
    # Our mail left, and somebody called them and posted their letters, long enough ago.
    at = timezone.now() - settings.RIGHTS["erasure_grace_by_post"] - timedelta(seconds=1)
    for some in _batches(cases):
        with transaction.atomic():
            for case in some:
                services.propose_erasure(request_id=case.pk, agent_id=first.pk, actor=CLERK, at=at)
                services.approve_erasure(request_id=case.pk, agent_id=second.pk, actor=CLERK, at=at)
    Letter.objects.by_hand().update(status=LetterStatus.SENT, sent_at=at)
    Letter.objects.filter(event="erasure_notice").update(status=LetterStatus.SENT, sent_at=at)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """What is laid down before a measure need not reach the disk one by one."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def _file(number: int, *, right: Right, at: datetime) -> RightsRequest:
    return services.file_request(
        right=right,
        requester=Requester.CUSTOMER,
        name=f"Noor Vermeulen {number}",
        email=f"noor{number}@customer.example",
        text="Everything, please.",
        language=("en", "fr", "nl")[number % 3],
        country="BE",
        channel=Channel.PORTAL,
        actor=Actor.person(),
        received_at=at,
        at=at,
    )


def _let_calendly_have_it() -> None:
    """The ledger takes nothing that the register did not allow on that day."""
    Processor.objects.filter(code=RECIPIENT).update(since=LONG_AGO.date())
    if not Paper.objects.filter(processor_id=RECIPIENT, kind=PaperKind.CONTRACT, valid_from__lte=LONG_AGO.date()).exists():
        give_paper(RECIPIENT)
        give_paper(RECIPIENT, PaperKind.CLAUSES)


def _fill(number: int, email: str, subject: Subject) -> None:
    rows = range(ROWS_A_TABLE)
    Contact.objects.bulk_create(_contacts(number, email))
    ContactMessage.objects.bulk_create(
        ContactMessage(name="Noor Vermeulen", email=email, text="Could you call me about the maps?", received_at=LONG_AGO) for _row in rows
    )
    Invoice.objects.bulk_create(_invoices(number, email))
    Restriction.objects.bulk_create(
        Restriction(subject=subject, ground=RestrictionGround.ACCURACY, since=LONG_AGO, told_at=LONG_AGO, lifted_at=LONG_AGO)
        for _row in rows
    )
    Disclosure.objects.bulk_create(
        Disclosure(
            email=email,
            recipient_id=RECIPIENT,
            flow="accounts.planning",
            source="accounts.contacts",
            fields=["name", "email"],
            purpose="support",
            at=LONG_AGO,
            expires_at=LONG_AGO + timedelta(days=3650),
        )
        for _row in rows
    )


def _contacts(number: int, email: str) -> Iterator[Contact]:
    for row in range(ROWS_A_TABLE):
        yield Contact(
            number=f"C{number}-{row}", name="Noor Vermeulen", email=email, phone="+32 2 555 01 40", street="Kerkstraat 1",
            postcode="1700", city="Dilbeek", country="BE", interest="Maps", collected_at=LONG_AGO, last_act_at=LONG_AGO,
        )  # fmt: skip


def _invoices(number: int, email: str) -> Iterator[Invoice]:
    for row in range(ROWS_A_TABLE):
        yield Invoice(
            number=f"F{number}-{row}", billing_name="Noor Vermeulen", billing_email=email, billing_address="Kerkstraat 1",
            country="BE", issued_on=date(2025, 1, 15), amount="121.00", keep_until=date(2035, 12, 31),
        )  # fmt: skip


def lay_contacts(rows: int, *, email: str = "") -> None:
    """Contacts by the hundred thousand: of one person where an address is given, or else of as many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO accounts_contact (id, number, company_name, name, email, phone, street, postcode, city, country, sector,
                                          interest, language, collected_at, last_act_at, corrected)
            SELECT gen_random_uuid(), 'B' || n, 'Boekbinderij ' || md5(n::text), 'Noor Vermeulen',
                   coalesce(nullif(%s, ''), 'noor' || n || '@customer.example'), '+32 2 555 01 40', 'Kerkstraat ' || n, '1700', 'Dilbeek',
                   'BE', 'Printing', 'Maps', 'nl', now(), now(), '{}'
              FROM generate_series(1, %s) AS n
            """,
            [email, rows],
        )


def keys(cases: list[RightsRequest]) -> list[UUID]:
    return [case.pk for case in cases]
