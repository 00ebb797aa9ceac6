"""While an answer is open that must hold the data, no purge takes it; what is past its time is noted, and the agent reminded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings

from accounts.models import Contact, ContactMessage, Session, User
from datamap import registry
from letters.models import Letter
from retention.services import keep_rule, rules
from rights_requests import services
from rights_requests.enums import Outcome, Right, Status
from rights_requests.models import Reminder, RightsRequest
from rights_requests.services import awaiting, sweeping
from subjects import selectors
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts.factories import make_contact, make_message, make_staff, make_user
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db
OTHER = "else@customer.example"


def purge(at):
    for source, rule in rules():
        if source.key.startswith("accounts."):
            keep_rule(source=source, rule=rule, at=at)


def old_data(at, email=cast.EMAIL):
    """A contact that was due ten days ago, and a message that is not."""
    make_contact(email, last_act_at=at - relativedelta(years=30))
    make_message(email, received_at=at)


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_the_purge_waits_for_the_answer_and_comes_after_it(at, right):
    old_data(at)
    old_data(at, OTHER)
    case = cast.collected(right, at=at)

    purge(at)
    assert list(Contact.objects.values_list("email", flat=True)) == [cast.EMAIL]
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at)
    purge(at)
    assert not Contact.objects.exists()
    assert ContactMessage.objects.count() == 2


def test_the_answer_holds_what_was_overdue(at):
    old_data(at)
    case = cast.collected(Right.ACCESS, at=at)
    purge(at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

    assert cast.run(case, at=at).outcome == Outcome.COMPLETE
    purge(at)
    assert not Contact.objects.exists()


# An objection restricts until it is decided, and so keeps everything by another rule.
@pytest.mark.parametrize("right", sorted(set(Right) - {Right.ACCESS, Right.PORTABILITY, Right.OBJECTION}))
def test_other_rights_keep_nothing_from_the_purge(at, right):
    old_data(at)
    cast.collected(right, at=at)
    purge(at)

    assert not Contact.objects.exists()


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_the_purge_waits_from_the_receipt_on_until_the_request_lapses(at, right):
    old_data(at)
    old_data(at, OTHER)
    cast.file(right, at=at)
    purge(at)
    assert [contact.email for contact in Contact.objects.all()] == [cast.EMAIL]

    sweeping.tend(at=at + settings.RIGHTS["lapse_after"] + timedelta(hours=1))
    assert RightsRequest.objects.get().status == Status.LAPSED
    purge(at)
    assert not Contact.objects.exists()


def test_from_the_receipt_on_everything_of_a_known_person_waits(at):
    """Under every identifier that they proved before, not only the address of today's request."""
    old_data(at, OTHER)
    names = [(IdentifierKind.EMAIL, cast.EMAIL), (IdentifierKind.EMAIL, OTHER)]
    subjects.subject_for(identifiers=names, method=IdentityMethod.MAILBOX, at=at)
    cast.file(Right.ACCESS, at=at)
    purge(at)

    assert Contact.objects.exists()


def test_sessions_wait_from_the_receipt_on(at):
    user, other = make_user(cast.EMAIL), make_user(OTHER)
    for account in (user, other):
        used = at - timedelta(days=400)
        Session.objects.create(
            session_key=account.email[:5],
            session_data="",
            account_id=account.pk,
            created_at=used,
            last_used_at=used,
            expire_date=used + timedelta(days=7),
        )
    cast.file(Right.ACCESS, at=at)
    purge(at)

    assert [session.account_id for session in Session.objects.all()] == [user.pk]


def test_a_stranger_who_never_confirms_makes_nobodys_data_wait_twice(at):
    cast.file(Right.ACCESS, at=at)
    later = at + settings.RIGHTS["lapse_after"] + timedelta(hours=1)
    sweeping.tend(at=later)
    old_data(at)
    cast.file(Right.ACCESS, at=later)
    purge(later)
    assert not Contact.objects.exists()

    old_data(at)
    cast.file(Right.ACCESS, at=later + relativedelta(years=1))
    purge(later + relativedelta(years=1))
    assert Contact.objects.exists()


def test_the_privacy_officer_may_have_data_wait_for_shown_identity_only(at, settings):
    settings.RIGHTS = {**settings.RIGHTS, "purge_waits_unconfirmed": False}
    old_data(at)
    cast.file(Right.ACCESS, at=at)
    purge(at)

    assert not Contact.objects.exists()


@pytest.mark.parametrize("right", sorted(set(Right) - {Right.ACCESS, Right.PORTABILITY}))
def test_what_nobody_confirmed_keeps_nothing_for_other_rights(at, right):
    old_data(at)
    cast.file(right, at=at)
    purge(at)

    assert not Contact.objects.exists()


def test_a_request_without_an_address_keeps_nothing(at):
    old_data(at)
    case = cast.file(Right.ACCESS, at=at)
    RightsRequest.objects.filter(pk=case.pk).update(email="", phone="+32 2 555 01 23")
    purge(at)

    assert "" not in selectors.kept_values(kind=IdentifierKind.EMAIL, source="accounts.contacts")
    assert not Contact.objects.exists()


def test_what_is_due_takes_one_statement_beside_that_about_holds_on_some_time(at, django_assert_num_queries):
    old_data(at)
    cast.collected(Right.ACCESS, at=at)
    source = registry.get("accounts.contacts")
    with django_assert_num_queries(2):
        assert source.due(source.retention[0], at=at, limit=10).keys == ()


def test_the_case_notes_what_waits_and_since_when_and_the_agent_is_reminded_once(at):
    old_data(at)
    case = cast.collected(Right.ACCESS, at=at)
    agent = make_staff()
    sweeping.tend(at=at)
    sweeping.tend(at=at + timedelta(days=1))

    case = RightsRequest.objects.get(pk=case.pk)
    rule = registry.get("accounts.contacts").retention[0]
    assert (case.overdue_rows, case.overdue_since) == (1, (at - relativedelta(years=30) + rule.keep_for).date())
    assert Reminder.objects.filter(request=case, occasion="overdue-data").count() == 1
    letters = Letter.objects.filter(event="staff_reminder", recipient=agent.email)
    assert [case.reference in str(letter.body) for letter in letters] == [True]


def test_nothing_is_noted_where_nothing_waits(at):
    make_contact(cast.EMAIL, last_act_at=at)
    case = cast.collected(Right.ACCESS, at=at)

    assert awaiting.note_overdue(at=at) == 0
    assert RightsRequest.objects.get(pk=case.pk).overdue_rows == 0


@pytest.mark.parametrize("standing", ["hold", "restriction"])
def test_what_is_kept_anyway_does_not_wait_for_us(at, standing):
    old_data(at)
    case = cast.collected(Right.ACCESS, at=at)
    if standing == "hold":
        subjects.hold(subject_id=case.subject_id, ground=HoldGround.STATUTE, owner_id="u", review_on=at.date(), actor=cast.CLERK, at=at)
    else:
        subjects.restrict(subject_id=case.subject_id, ground=RestrictionGround.CLAIMS, actor=cast.CLERK, at=at)

    assert awaiting.note_overdue(at=at) == 0


def test_a_restriction_keeps_what_lies_beside_too(at):
    """Sessions, disclosures and lines of the log of staff are the person's data as well."""
    users = [make_user(cast.EMAIL), make_user(OTHER)]
    for user in users:
        Session.objects.create(
            session_key=str(user.pk), account_id=user.pk, created_at=at, last_used_at=at, expire_date=at + timedelta(days=7)
        )
    subject = subjects.subject_for(identifiers=[(IdentifierKind.ACCOUNT, str(users[0].pk))], method=IdentityMethod.SIGNED_IN, at=at)
    subjects.restrict(subject_id=subject.pk, ground=RestrictionGround.CLAIMS, actor=cast.CLERK, at=at)
    purge(at + relativedelta(years=30))

    assert list(Session.objects.values_list("account_id", flat=True)) == [users[0].pk]
    assert list(User.objects.values_list("pk", flat=True)) == [users[0].pk]
