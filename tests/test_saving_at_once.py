"""Whoever saves while somebody else is saving waits, and is then told what the other wrote: on every page that carries what it showed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import Company, User
from recruitment.enums import Action, Status
from recruitment.models import Application, OfferAnswer
from rights_requests.enums import ErasureGround, Right
from rights_requests.models import CategoryDecision, RightsRequest
from security.enums import Risk
from security.models import Account
from tests.accounts import factories
from tests.elsewhere import while_it_waits
from tests.recruitment import cast as jobs
from tests.rights_requests import cast, desk_cast
from tests.security import cast as breaches
from tests.security.test_views_breaches import ACCOUNT
from tests.typing_in import boxes

pytestmark = pytest.mark.django_db(transaction=True)
UNPROCESSABLE = 422


def test_ones_company_and_ones_own_details() -> None:
    company = factories.make_company()
    user = factories.make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=company)
    client = factories.sign_in(Client(), user)
    for name, theirs in (
        ("account_company_edit", lambda: Company.objects.filter(pk=company.pk).update(name="Theirs")),
        ("account_edit", lambda: User.objects.filter(pk=user.pk).update(name="Theirs")),
    ):
        typed = boxes(client.get(reverse(name)))
        assert while_it_waits(theirs, lambda name=name, typed=typed: client.post(reverse(name), typed).status_code) == UNPROCESSABLE
    assert (Company.objects.get().name, User.objects.get().name) == ("Theirs", "Theirs")


def test_the_account_of_a_breach() -> None:
    breach = breaches.reported(timezone.now())
    officer = factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER))
    page = reverse("desk_breach_step", kwargs={"reference": breach.reference, "step": "describe"})
    typed = boxes(officer.get(page)) | ACCOUNT

    def theirs() -> None:
        breaches.describe(breach, timezone.now(), risk=Risk.HIGH)

    assert while_it_waits(theirs, lambda: officer.post(page, typed).status_code) == UNPROCESSABLE
    assert Account.objects.get().risk == Risk.HIGH


def test_what_an_erasure_keeps() -> None:
    cast.data_of(messages=2)
    case = cast.collected(Right.ERASURE, at=timezone.now())
    desk, agent = desk_cast.agent_client(Client())
    page = reverse("desk_request_action", args=[case.reference, "propose"])
    typed = boxes(desk.get(page)) | {"ground": ErasureGround.OBJECTION.value}

    def theirs() -> None:
        RightsRequest.objects.select_for_update().get(pk=case.pk)
        said = {
            "source": "accounts.messages",
            "ground": "LEGAL_CLAIMS",
            "article": "Art. 17(3)(e) GDPR",
            "until_event": "when claim 7 ends",
        }
        CategoryDecision.objects.create(request=case, by=agent, at=timezone.now(), **said)

    assert while_it_waits(theirs, lambda: desk.post(page, typed).status_code) == UNPROCESSABLE
    assert CategoryDecision.objects.get().source == "accounts.messages"


def test_what_a_person_says_for_their_contract() -> None:
    now = timezone.now()
    application = jobs.act(jobs.bring(jobs.apply(at=now), Status.INTERVIEW, at=now), Action.OFFER, at=now)
    hr = factories.sign_in(Client(), factories.make_staff(UserRole.HR))
    page = reverse("desk_application_offer", args=[application.reference])
    typed = boxes(hr.get(page)) | {
        "born_on": "1990-05-31", "national_number": "85.07.30-033.28", "street": "Kerkstraat 1", "postcode": "1700", "city": "Dilbeek",
        "account": "BE71 0961 2345 6769",
    }  # fmt: skip

    def theirs() -> None:
        Application.objects.select_for_update().get(pk=application.pk)
        OfferAnswer.objects.create(application=application, field="city", value="Gent", answered_at=now)

    assert while_it_waits(theirs, lambda: hr.post(page, typed).status_code) == UNPROCESSABLE
    assert list(OfferAnswer.objects.values_list("field", "value")) == [("city", "Gent")]
