"""The only way to a case: its person, the desk, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import Http404
from django.test import RequestFactory

from accounts.enums import UserRole
from letters.models import Letter
from rights_requests import access
from tests.accounts.factories import make_staff, make_user
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


def request_of(user=None, **session):
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    request.session = SessionStore()
    request.session.update(session)
    request.session.save()
    return request


@pytest.fixture
def owner():
    return make_user(cast.EMAIL)


@pytest.fixture
def case(owner, at):
    return cast.file(at=at, account_id=owner.pk)


def test_the_owner_comes_in_by_sign_in(case, owner, at):
    assert access.request_for_person(request=request_of(owner), reference=case.reference, at=at) == case


def test_a_later_account_of_the_same_person_comes_in_too(at):
    case = cast.confirmed(at=at)
    owner = make_user(cast.EMAIL)
    cast.run(case, at=at)

    assert access.request_for_person(request=request_of(owner), reference=case.reference, at=at) == case


@pytest.mark.parametrize("who", ["nobody", "stranger", "helpdesk"])
def test_a_reference_alone_opens_nothing(case, who, at):
    user = {"nobody": lambda: None, "stranger": make_user, "helpdesk": make_staff}[who]()

    with pytest.raises(Http404):
        access.request_for_person(request=request_of(user), reference=case.reference, at=at)


def test_what_is_not_there_is_not_told_from_what_is_not_yours(owner, at):
    with pytest.raises(Http404):
        access.request_for_person(request=request_of(owner), reference="R-0000-00", at=at)


@pytest.mark.parametrize(("later", "opens"), [(timedelta(minutes=30), True), (timedelta(minutes=30, seconds=1), False)])
def test_a_grant_opens_one_case_for_half_an_hour(case, at, later, opens):
    other = cast.confirmed(at=at, email="other@customer.example")
    request = request_of()
    key = request.session.session_key
    access.grant(request, case, at)

    assert request.session.session_key != key
    if opens:
        assert access.request_for_person(request=request, reference=case.reference, at=at + later) == case
    else:
        with pytest.raises(Http404):
            access.request_for_person(request=request, reference=case.reference, at=at + later)
    with pytest.raises(Http404):
        access.request_for_person(request=request, reference=other.reference, at=at)


@pytest.mark.parametrize(("later", "fresh"), [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)])
def test_a_code_is_fresh_for_ten_minutes(case, at, later, fresh):
    request = request_of()
    access.grant(request, case, at)

    assert access.is_fresh(request, case, at + later) is fresh


def test_a_sign_in_is_fresh_for_its_owner_only(case, owner, at):
    now = at.timestamp()
    records = [{"method": "password", "at": now, "email": owner.email}]
    session = {AUTHENTICATION_METHODS_SESSION_KEY: records, "account_authentication_methods_user": str(owner.pk)}

    assert access.is_fresh(request_of(owner, **session), case, at)
    assert not access.is_fresh(request_of(owner, **session), case, at + timedelta(minutes=11))
    assert not access.is_fresh(request_of(make_user(), **session), case, at)
    assert not access.is_fresh(request_of(owner), case, at)


@pytest.mark.parametrize("role", list(UserRole))
def test_the_desk_is_for_who_works_on_cases(case, role):
    user = make_user("somebody@oxygis.example", role) if role != UserRole.CUSTOMER else make_user()
    if role in {UserRole.HELPDESK, UserRole.PRIVACY_OFFICER, UserRole.ADMIN}:
        assert access.request_for_desk(user=user, reference=case.reference.lower()) == case
    else:
        with pytest.raises(Http404):
            access.request_for_desk(user=user, reference=case.reference)


def test_nobody_is_no_desk(case):
    with pytest.raises(Http404):
        access.request_for_desk(user=AnonymousUser(), reference=case.reference)


def test_letters_are_those_of_the_case_and_meant_for_the_person(case, owner, at):
    shown = Letter.objects.get(about=case.reference)
    cast.confirmed(at=at, email="other@customer.example")
    others = Letter.objects.exclude(about=case.reference).first()
    hidden = Letter.objects.create(
        event="erasure_notice", language="en", about=case.reference, recipient="x@customer.example", subject="x", body=[],
        message_id="<x@example>", next_try_at=at, written_at=at, expires_at=at, is_shown_to_person=False,
    )  # fmt: skip

    def letter(found) -> Letter:
        return access.letter_for_person(request=request_of(owner), reference=case.reference, letter_id=found.pk, at=at)

    assert letter(shown) == shown
    for wrong in (others, hidden):
        with pytest.raises(Http404):
            letter(wrong)
    assert access.letter_for_desk(user=make_staff(), letter_id=others.pk) == others
    with pytest.raises(Http404):
        access.letter_for_desk(user=owner, letter_id=shown.pk)
