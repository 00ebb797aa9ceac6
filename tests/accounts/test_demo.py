from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import Company, Contact, ContactMessage, Invoice, User
from accounts.staff import desk_agents
from datamap.promises import State
from demo.accounts import DEMO_PEOPLE, TOTP_SECRETS, describe, load_people
from policy.models import PromiseWatch
from policy.promises.facts import Reader, said
from rights_requests.enums import OPEN_STATUSES, Right
from rights_requests.models import RightsRequest
from subjects.services import block_import
from tests.accounts.factories import code_now

pytestmark = pytest.mark.django_db(databases=["default", "retention"])
DATA = Path(settings.BASE_DIR, "demo")


def rows():
    return [model.objects.count() for model in (Company, Contact, Invoice, ContactMessage, User)]


def test_demo_loads_once_and_a_second_load_changes_nothing():
    call_command("load_demo")
    before = rows()
    assert before[1] > 200
    assert before[2] > 200
    see_what_the_late_case_breaks()
    call_command("load_demo")
    assert rows() == before


def see_what_the_late_case_breaks():
    """One case is late: the promise about answers in time, and that of its right, are not kept; nothing else stands in a bad light."""
    late = RightsRequest.objects.filter(status__in=OPEN_STATUSES, paused_on=None, due_on__lt=timezone.localdate()).get()
    broken = dict(PromiseWatch.objects.filter(state=State.BROKEN).values_list("promise", "evidence"))
    assert late.right == Right.ACCESS
    assert set(broken) == {"P035", "P036"}
    assert all("of these past their date: 1." in " ".join(said(evidence, reader=Reader.STAFF)) for evidence in broken.values())
    assert not PromiseWatch.objects.filter(state=State.UNKNOWN).exists()


def test_demo_has_everybody_the_desk_needs(at):
    load_people(at=at)
    assert desk_agents().filter(role=UserRole.HELPDESK).count() >= 2
    assert {user.role for user in User.objects.all()} == set(UserRole)
    for user in User.objects.filter(email__in=TOTP_SECRETS):
        assert user.authenticator_set.get().wrap().validate_code(code_now(TOTP_SECRETS[user.email]))


def test_demo_does_not_bring_back_the_erased(at):
    person = DEMO_PEOPLE[0]
    block_import(values=[person.email], at=at)
    load_people(at=at)
    assert not User.objects.filter(email=person.email).exists()


def test_demo_says_how_to_sign_in():
    words = describe()
    assert all(person.email in words and person.password in words for person in DEMO_PEOPLE)
    assert "/mailbox/codes/" in words


@pytest.mark.parametrize("name", ["customers.csv", "messages.jsonl", "accounts.py"])
def test_every_address_of_the_demo_is_invented(name):
    found = re.findall(r"[\w.+-]+@([\w.-]+)", DATA.joinpath(name).read_text(encoding="utf-8"))
    assert found
    assert all(domain.endswith(".example") for domain in found)
