"""How long a case file is a file: 60 days readable (30 after an erasure), five years of bare proof, then nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.db import connection
from django.urls import reverse

from audit.actor import Actor
from datamap import registry
from datamap.enums import Ground
from letters.models import Letter
from rights_requests import personal_data, services
from rights_requests.enums import Right, Status
from rights_requests.models import ErasurePreview, IncomingMail, Message, RightsRequest
from rights_requests.services import restricting
from subjects import services as subjects
from subjects.enums import HoldGround
from subjects.models import Restriction
from tests.accounts import factories
from tests.accounts.factories import make_staff
from tests.rights_requests import cast
from tests.rights_requests.test_admin import CANARY, beside
from tests.rights_requests.test_restricting import announce, restricted, send

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
PROOF = relativedelta(years=5)
WORDS = {"name": f"Noor {CANARY}", "text": f"All of {CANARY}, please.", "claims": f"{CANARY}@customer.example"}


@pytest.fixture
def at() -> datetime:
    """No summer time begins or ends within the periods of days that follow."""
    return datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def refused(right: Right, at: datetime) -> RightsRequest:
    case = cast.collected(right, at=at, **WORDS)
    return services.refuse(request_id=case.pk, ground=Ground.UNFOUNDED, reason=CANARY, evidence="Twelve in a day.", actor=cast.CLERK, at=at)


def ported(at: datetime) -> RightsRequest:
    case = cast.collected(Right.PORTABILITY, at=at, **WORDS)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    return cast.run(case, at=at)


def set_aside_and_free_again(at: datetime) -> RightsRequest:
    case = restricted(at, **WORDS)
    announce(case, at, reason=f"{CANARY} was right.")
    send("restriction_lifting", at)
    restricting.lift_told(at=at)
    return RightsRequest.objects.get(pk=case.pk)


def forwarded(at: datetime) -> RightsRequest:
    case = cast.collected(at=at, **WORDS)
    return services.forward(
        request_id=case.pk, customer_name="Drukkerij Vos", customer_email=f"{CANARY}@vos.example", note=CANARY, actor=cast.CLERK, at=at
    )


#: A closed case of each right, and of each way to close one.
ENDS: dict[str, Callable[[datetime], RightsRequest]] = {
    "access": lambda at: cast.answered(at=at, **WORDS),
    "rectification": lambda at: refused(Right.RECTIFICATION, at),
    "erasure": lambda at: cast.erased(at=at - timedelta(hours=49), **WORDS),
    "erasure refused": lambda at: refused(Right.ERASURE, at),
    "restriction": set_aside_and_free_again,
    "portability": ported,
    "objection": lambda at: cast.file(Right.OBJECTION, purposes=["marketing"], at=at, **WORDS),
    "forwarded": forwarded,
}


def days_of(name: str) -> timedelta:
    return timedelta(days=30 if name == "erasure" else 60)


def purge(at: datetime) -> int:
    source = registry.get(personal_data.KEY)
    rules = (personal_data.ERASED, personal_data.READABLE, personal_data.CLOSED)
    return sum(source.destroy(source.due(rule, at=at, limit=100), at=at) for rule in rules)


def full(name: str, at: datetime) -> RightsRequest:
    """The case with every kind of row beside it, words of somebody in each."""
    cast.data_of()
    case = ENDS[name](at)
    rows = beside(case, by=make_staff(), now=at)
    Message.objects.create(request=case, is_from_person=True, text=CANARY, at=at)
    IncomingMail.objects.filter(pk=rows["incomingmail"].pk).update(request=case)  # type: ignore[attr-defined]
    case.category_decisions.update(until_event=CANARY)
    ErasurePreview.objects.filter(request=case).delete()
    parts = [{"source": "accounts.contacts", "part": "contacts", "erased": 0, "kept": 1, "ground": "", "article": "1", "until": CANARY}]
    ErasurePreview.objects.create(request=case, parts=parts, digest="0" * 64, prepared_by=make_staff(), prepared_at=at)
    Letter.objects.update(status="SENT", sent_at=at)
    return RightsRequest.objects.get(pk=case.pk)


def tables_with(*words: str) -> set[str]:
    """Tables of cases, letters and the log in which a word stands in any column."""
    models = [model for app in ("rights_requests", "letters", "audit") for model in apps.get_app_config(app).get_models()]
    found = set()
    with connection.cursor() as cursor:
        for table in {model._meta.db_table for model in models}:
            for word in words:
                cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" AS row WHERE row::text LIKE %s)', [f"%{word}%"])
                if cursor.fetchone()[0]:
                    found.add(table)
    return found


@pytest.mark.parametrize("name", sorted(ENDS))
def test_to_the_last_second_it_is_readable_then_proof_and_then_nothing(name, at, client):
    case = full(name, at)
    written = Letter.objects.filter(about=case.reference).count()
    assert written
    assert {"rights_requests_rightsrequest", "letters_letter"} <= tables_with(CANARY, cast.EMAIL)

    assert purge(at + days_of(name) - SECOND) == 0
    assert RightsRequest.objects.get(pk=case.pk).email == cast.EMAIL

    assert purge(at + days_of(name)) == 1
    assert tables_with(CANARY, cast.EMAIL) == set()
    proof = RightsRequest.objects.get(pk=case.pk)
    for field in ("reference", "right", "status", "outcome", "received_at", "due_on", "closed_at", "identity_method", "ground"):
        assert getattr(proof, field) == getattr(case, field)
    assert Letter.objects.filter(about=case.reference, sent_at=at).count() == written
    assert proof.notices.exists()
    assert purge(at + days_of(name)) == 0
    page = factories.sign_in(client, factories.make_staff()).get(reverse("desk_request_open", args=[case.reference]))
    assert page.status_code == 200
    assert CANARY not in page.content.decode()

    assert purge(at + PROOF - SECOND) == 0
    assert purge(at + PROOF) == 1
    left = {model.__name__: model.objects.count() for model in apps.get_app_config("rights_requests").get_models()}
    assert {model: rows for model, rows in left.items() if rows} == {}
    assert not Letter.objects.filter(about=case.reference).exists()


def test_every_right_ends():
    assert {Right(name.split()[0].upper()) for name in ENDS if name != "forwarded"} == set(Right)


def test_what_was_never_reduced_goes_after_five_years_all_the_same(at):
    full("access", at)
    source = registry.get(personal_data.KEY)

    source.destroy(source.due(personal_data.CLOSED, at=at + PROOF, limit=100), at=at + PROOF)

    assert not RightsRequest.objects.exists()
    assert tables_with(CANARY, cast.EMAIL) == set()


def test_while_a_hold_stands_it_stays_as_it_is(at):
    case = cast.answered(at=at)
    hold = subjects.hold(
        subject_id=case.subject_id,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=date(2027, 1, 1),
        actor=Actor.system("test"),
        at=at,
    )
    assert purge(at + PROOF) == 0

    subjects.release(hold_id=hold.pk, actor=Actor.system("test"), at=at)
    assert purge(at + timedelta(days=60)) == 1


def test_while_a_restriction_stands_it_stays_as_it_is(at):
    case = restricted(at)
    assert Restriction.objects.filter(about=case.reference, lifted_at=None).exists()

    assert purge(at + timedelta(days=60)) == 0


def test_what_nobody_confirmed_keeps_its_own_end(at):
    case = cast.file(at=at)
    RightsRequest.objects.filter(pk=case.pk).update(status=Status.LAPSED, closed_at=at)

    assert purge(at + timedelta(days=60)) == 0
