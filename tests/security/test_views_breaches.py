"""The register at the desk, from the report on a case's page to the end; and who finds nothing there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from letters.models import Letter
from security.enums import Audience, OurRole, Reason, Risk
from security.models import Account, AffectedCustomer, AffectedPerson, Breach, Decision, Entry, Submission, Wording
from tests.accounts import factories
from tests.rights_requests import desk_cast
from tests.security import cast
from tests.typing_in import boxes

pytestmark = pytest.mark.django_db

REPORT = reverse("desk_breach_report")
LIST = reverse("desk_breaches")


@pytest.fixture
def officer() -> Client:
    return factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER, name="Lotte Maes"))


@pytest.fixture
def colleague() -> Client:
    return factories.sign_in(Client(), factories.make_staff(UserRole.ADMIN, name="Ruth Claes"))


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def page(breach: Breach, step: str = "") -> str:
    named = {"reference": breach.reference, **({"step": step} if step else {})}
    return reverse("desk_breach_step" if step else "desk_breach", kwargs=named)


ACCOUNT = {
    "facts": "A letter went to the wrong customer.",
    "role": OurRole.BOTH,
    "harms": ["DISCLOSED"],
    "categories": ["ACCOUNT"],
    "of_people": ["CUSTOMERS"],
    "people": "1",
    "consequences": "Somebody knows what was bought.",
    "measures": "It was asked back.",
    "risk": Risk.UNLIKELY,
    "risk_reasons": "The envelope came back unopened.",
}
LAST_HOUR = {"known_at": "2026-03-02T08:15", "text": "A letter went to the wrong customer."}


def test_helpdesk_reports_from_the_case_and_the_case_says_so(officer):
    case = desk_cast.make_case()
    helpdesk = factories.sign_in(Client(), factories.make_staff(UserRole.HELPDESK))
    case_page = reverse("desk_request_open", args=[case.reference])
    link = f"{REPORT}?about={case.reference}"
    assert link in helpdesk.get(case_page).content.decode()
    assert f'value="{case.reference}"' in helpdesk.get(link).content.decode()
    response = helpdesk.post(REPORT, {**LAST_HOUR, "about": case.reference}, follow=True)
    breach = Breach.objects.get()
    assert (breach.about, breach.reference in text(response)) == (case.reference, True)
    assert breach.reference in text(helpdesk.get(case_page))
    assert page(breach) not in helpdesk.get(case_page).content.decode()
    assert page(breach) in officer.get(case_page).content.decode()
    assert [helpdesk.get(path).status_code for path in (LIST, page(breach), page(breach, "note"))] == [404, 404, 404]
    assert Letter.objects.filter(event="breach_alarm").count() == 1


def test_what_is_still_to_come_cannot_have_become_known(officer):
    later = (timezone.localtime() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    response = officer.post(REPORT, {"known_at": later, "text": "T"})
    assert (response.status_code, Breach.objects.count()) == (422, 0)


def test_a_breach_goes_from_the_report_to_its_end_by_the_pages_alone(officer, colleague):
    company = factories.make_company()
    factories.make_user("maria@customer.example", UserRole.COMPANY_ADMINISTRATOR, company=company, language="fr")
    officer.post(REPORT, LAST_HOUR)
    breach = Breach.objects.get()
    assert "Describe the breach and its risk" in text(officer.get(LIST))
    assert officer.post(page(breach, "describe"), {**ACCOUNT, "facts": ""}).status_code == 422
    officer.post(page(breach, "describe"), boxes(officer.get(page(breach, "describe"))) | ACCOUNT)
    assert "A letter went to the wrong customer." in officer.get(page(breach, "describe")).content.decode()

    assert (
        officer.post(page(breach, "decide-authority"), {"audience": "AUTHORITY", "choice": "NO_HIGH_RISK", "words": "W"}).status_code == 422
    )
    officer.post(page(breach, "decide-authority"), {"audience": "AUTHORITY", "choice": "UNLIKELY_RISK", "words": "It came back unopened."})
    decided = {"decision": str(Decision.objects.get().pk)}
    refused = officer.post(page(breach, "approve-authority"), decided)
    assert (refused.status_code, "a second person" in text(refused)) == (422, True)
    assert "disabled" in officer.get(page(breach)).content.decode()
    assert colleague.post(page(breach, "approve-authority"), decided).status_code == 302
    officer.post(page(breach, "decide-people"), {"audience": "PEOPLE", "choice": "TELL", "words": "They want to know."})

    for step, said in (
        ("customers", {"numbers": f"{company.number}\n"}),
        ("people", {"addresses": "maria@customer.example", "language": "fr"}),
    ):
        officer.post(page(breach, step), said)
        assert officer.post(page(breach, f"tell-{step}")).status_code == 422
    for readers in ("CUSTOMERS", "PEOPLE"):
        officer.post(page(breach, "word"), {"readers": readers, "language": "fr", **cast.WORDS})
    assert "Close this breach" not in text(officer.get(page(breach)))
    assert officer.post(page(breach, "close")).status_code == 422
    for step in ("tell-customers", "tell-people", "close"):
        assert officer.post(page(breach, step)).status_code == 302, step
    breach.refresh_from_db()
    assert not breach.is_open
    assert Letter.objects.filter(about=breach.reference, language="fr").count() == 2
    assert officer.post(page(breach, "describe"), ACCOUNT).status_code == 422
    assert officer.post(page(breach, "note"), {"text": "The letter was burnt."}).status_code == 302
    assert "The letter was burnt." in text(officer.get(page(breach)))
    assert (Account.objects.count(), Decision.objects.count(), Wording.objects.count(), Entry.objects.count()) == (1, 2, 2, 2)
    assert set(AffectedPerson.objects.values_list("told_by", flat=True)) == {"LETTER"}


def test_a_late_notification_says_why_and_a_customer_may_be_called(officer):
    breach = cast.described(timezone.now() - timedelta(days=9), role=OurRole.PROCESSOR)
    company = factories.make_company(name="Stille Zaak")
    officer.post(page(breach, "customers"), {"numbers": company.number})
    row = AffectedCustomer.objects.get()
    assert "Stille Zaak" in text(officer.get(page(breach)))
    assert officer.post(page(breach, "otherwise"), {"row": row.pk, "way": "PHONE"}).status_code == 302
    again = officer.post(page(breach, "otherwise"), {"row": row.pk, "way": "PHONE"})
    assert (again.status_code, "told already" in text(again)) == (422, True)
    said = {"authority": "APD", "submitted_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M")}
    response = officer.post(page(breach, "submit"), said)
    assert (response.status_code, "say why" in text(response), Submission.objects.count()) == (422, True, 0)
    assert officer.post(page(breach, "submit"), {**said, "late_because": "Nobody read the log."}).status_code == 302
    assert "Nobody read the log." in text(officer.get(page(breach)))


def test_people_stand_masked_and_unknown_ones_are_named_to_whoever_typed_them(officer):
    breach = cast.described(timezone.now(), risk=Risk.HIGH)
    factories.make_user("maria@customer.example")
    response = officer.post(page(breach, "people"), {"addresses": "maria@customer.example\nnobody@nowhere.example", "language": "nl"})
    assert (response.status_code, "nobody@nowhere.example" in text(response), AffectedPerson.objects.count()) == (422, True, 0)
    officer.post(page(breach, "people"), {"addresses": "maria@customer.example", "language": "nl"})
    shown = text(officer.get(page(breach)))
    assert ("m•••@customer.example" in shown, "maria@" in shown) == (True, False)


def test_the_reasons_on_the_page_are_those_of_the_risk(officer):
    breach = cast.described(timezone.now(), risk=Risk.HIGH)
    shown = officer.get(page(breach, "decide-people")).content.decode()
    assert [reason for reason in Reason if f'value="{reason}"' in shown] == [Reason.UNREADABLE, Reason.RISK_ENDED, Reason.PUBLIC_INSTEAD]
    assert [reason for reason in Reason if f'value="{reason}"' in officer.get(page(breach, "decide-authority")).content.decode()] == []


def test_steps_that_are_none_and_buttons_that_are_opened_are_not_there(officer):
    breach = cast.reported(timezone.now())
    assert [officer.get(page(breach, step)).status_code for step in ("nothing", "close", "tell-people", "approve-people")] == [404] * 4
    assert officer.post(page(breach, "nothing")).status_code == 404
    assert officer.post(page(breach, "decide-people"), {"audience": "PEOPLE", "choice": "TELL", "words": "W"}).status_code == 422


def test_the_list_asks_as_little_about_many_as_about_one(officer, django_assert_max_num_queries):
    at = timezone.now()
    for number in range(12):
        cast.described(at - timedelta(hours=number))
    with django_assert_max_num_queries(20):
        response = officer.get(LIST)
    rows = [row.breach for row in response.context["rows"]]
    assert rows == sorted(rows, key=lambda breach: breach.due_at)


def test_no_query_of_a_breach_grows_with_the_people(officer, django_assert_max_num_queries):
    at = timezone.now()
    breach = cast.described(at, risk=Risk.HIGH)
    for number in range(20):
        factories.make_user(f"person{number}@many.example")
    officer.post(page(breach, "people"), {"addresses": "\n".join(f"person{number}@many.example" for number in range(20)), "language": "en"})
    cast.tell(breach, Audience.PEOPLE, at)
    with django_assert_max_num_queries(32):
        assert text(officer.get(page(breach))).count("@many.example") >= 20


def test_an_account_is_not_written_over_one_that_was_not_seen(officer, colleague):
    officer.post(REPORT, LAST_HOUR)
    describe = page(Breach.objects.get(), "describe")
    opened = boxes(colleague.get(describe)) | ACCOUNT
    officer.post(describe, boxes(officer.get(describe)) | ACCOUNT | {"people": "400", "risk": Risk.HIGH})

    refused = colleague.post(describe, opened)
    assert (refused.status_code, Account.objects.count()) == (422, 1)
    assert "It is now: 400" in text(refused)
    assert colleague.post(describe, boxes(refused) | {"people": "400"}).status_code == 302


def test_nobody_approves_a_decision_that_they_have_not_read(officer, colleague):
    officer.post(REPORT, LAST_HOUR)
    breach = Breach.objects.get()
    officer.post(page(breach, "describe"), boxes(officer.get(page(breach, "describe"))) | ACCOUNT)
    said = {"audience": "AUTHORITY", "choice": "UNLIKELY_RISK"}
    officer.post(page(breach, "decide-authority"), said | {"words": "It came back unopened."})
    opened = boxes(colleague.get(page(breach)))
    decide = page(breach, "decide-authority")
    officer.post(decide, boxes(officer.get(decide)) | said | {"words": "It did not come back, but nobody reads it."})

    for read in (opened, {}):
        refused = colleague.post(page(breach, "approve-authority"), read)
        assert (refused.status_code, "decided anew since you opened the page" in text(refused)) == (422, True)
    assert colleague.post(page(breach, "approve-authority"), boxes(refused)).status_code == 302


def test_of_two_who_decide_the_second_reads_what_the_first_decided(officer, colleague):
    officer.post(REPORT, LAST_HOUR)
    breach = Breach.objects.get()
    officer.post(page(breach, "describe"), boxes(officer.get(page(breach, "describe"))) | ACCOUNT)
    decide = page(breach, "decide-authority")
    opened = boxes(colleague.get(decide)) | {"choice": "TELL", "words": "They want to know."}
    officer.post(decide, boxes(officer.get(decide)) | {"choice": "UNLIKELY_RISK", "words": "It came back unopened."})

    refused = colleague.post(decide, opened)
    assert (refused.status_code, Decision.objects.count()) == (422, 1)
    assert f"A colleague decided this meanwhile: {Decision.objects.get().get_reason_display()}." in text(refused)
    assert boxes(refused)["words"] == ["They want to know."]
    assert colleague.post(decide, boxes(refused)).status_code == 302
    assert Decision.objects.latest("id").is_told
