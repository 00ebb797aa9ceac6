"""A mailbox proves itself and no more: who reads one that somebody else once proved too gets nothing else of theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import Http404

from rights_requests import access, deeds, services
from rights_requests.enums import ClaimStatus
from rights_requests.models import IdentityClaim
from subjects import holds
from subjects import selectors as subjects
from subjects import services as subjects_services
from subjects.enums import HoldGround, IdentifierKind
from tests.accounts.factories import make_staff, make_user
from tests.rights_requests import cast
from tests.rights_requests.test_access import request_of

pytestmark = pytest.mark.django_db

SHARED = "info@company.example"
LATER = timedelta(days=3)


def claimed(case, *, at):
    """The person proves the shared mailbox too."""
    claim = IdentityClaim.objects.get(request=case)
    services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)
    services.confirm(token=cast.token_of("claim_address", about=case.reference), at=at)
    assert IdentityClaim.objects.get().status == ClaimStatus.CONFIRMED
    return cast.run(case, at=at)


def emails_of(case) -> list[str]:
    return subjects.emails(deeds.subject_of(case))


@pytest.fixture
def noor():
    return make_user(cast.EMAIL)


@pytest.fixture
def case(noor, at):
    """Noor, signed in, whose further address is a mailbox that colleagues read too."""
    return claimed(cast.run(cast.file(at=at, account_id=noor.pk, claims=SHARED), at=at), at=at)


def test_the_person_has_both(case):
    assert set(emails_of(case)) == {cast.EMAIL, SHARED}


def test_a_colleague_who_proves_the_shared_mailbox_gets_that_mailbox_alone(case, at):
    theirs = cast.run(cast.confirmed(at=at + LATER, email=SHARED), at=at + LATER)

    assert emails_of(theirs) == [SHARED]
    assert not subjects.values(deeds.subject_of(theirs), IdentifierKind.ACCOUNT)
    assert emails_of(case) == [cast.EMAIL]


def test_so_does_one_who_signs_up_with_it(case, at):
    colleague = make_user(SHARED)
    theirs = cast.run(cast.file(at=at + LATER, email=SHARED, account_id=colleague.pk), at=at + LATER)

    assert emails_of(theirs) == [SHARED]
    with pytest.raises(Http404):
        access.request_for_person(request=request_of(colleague), reference=case.reference, at=at + LATER)


def test_the_owner_of_another_account_sees_no_case_whose_person_proved_their_address_too(noor, at):
    colleague = make_user(SHARED)
    case = claimed(cast.run(cast.file(at=at, account_id=noor.pk, claims=SHARED), at=at), at=at)

    with pytest.raises(Http404):
        access.request_for_person(request=request_of(colleague), reference=case.reference, at=at)
    assert access.request_for_person(request=request_of(noor), reference=case.reference, at=at) == case
    assert subjects.values(deeds.subject_of(case), IdentifierKind.ACCOUNT) == [str(noor.pk)]


def test_a_mailbox_that_the_account_gave_up_opens_the_account_no_more(noor, at):
    cast.run(cast.file(at=at, account_id=noor.pk), at=at)
    noor.email = "noor@home.example"
    noor.save()
    noor.emailaddress_set.update(email=noor.email)
    cast.run(cast.file(at=at, account_id=noor.pk, email=noor.email), at=at)

    theirs = cast.run(cast.confirmed(at=at + LATER), at=at + LATER)

    assert emails_of(theirs) == [cast.EMAIL]
    assert not subjects.values(deeds.subject_of(theirs), IdentifierKind.ACCOUNT)


def test_the_mailbox_of_the_account_still_stands_for_the_whole_person(case, at):
    again = cast.run(cast.confirmed(at=at + LATER), at=at + LATER)

    assert deeds.subject_of(again) == deeds.subject_of(case)


def test_a_person_without_an_account_stays_one_person(at):
    case = claimed(cast.collected(at=at, claims=SHARED), at=at)
    again = cast.run(cast.confirmed(at=at + LATER), at=at + LATER)

    assert deeds.subject_of(again) == deeds.subject_of(case)


def test_a_hold_goes_with_the_mailbox(case, at):
    subjects_services.hold(
        subject_id=deeds.subject_of(case).pk, ground=HoldGround.LITIGATION, owner_id=str(make_staff().pk),
        review_on=(at + timedelta(days=90)).date(), actor=cast.CLERK, at=at,
    )  # fmt: skip

    theirs = cast.confirmed(at=at + LATER, email=SHARED)

    assert "accounts.contacts" in holds.held_sources(deeds.subject_of(theirs).pk, at + LATER)
