"""Corrections at the desk: picked from a source, decided on their page, answered; and what cannot be, said without losing a word."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Contact
from audit.models import Event
from datamap.enums import Ground
from rights_requests import services
from rights_requests.enums import CorrectionState, Right, Status, TaskStatus, Verb
from rights_requests.models import Correction, RightsRequest
from subjects.models import Restriction
from tests.accounts import factories
from tests.rights_requests import cast, desk_cast

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> User:
    return factories.make_staff(name="Anaïs Lambert")


@pytest.fixture
def desk(client: Client, agent: User) -> Client:
    return factories.sign_in(client, agent)


@pytest.fixture
def case() -> RightsRequest:
    case = desk_cast.make_case(right=Right.RECTIFICATION, email=cast.EMAIL, text="My name is Delcour, without a t.")
    desk_cast.make_task(case)
    return case


@pytest.fixture
def contact() -> Contact:
    return factories.make_contact(cast.EMAIL, name="Lucas Delcourt", phone="+32 2 555 01 00")


def add_url(case: RightsRequest, row: Contact, field: str = "name", **more: str) -> str:
    place = {"source": "accounts.contacts", "part": "contacts", "row_key": str(row.pk), "field": field, **more}
    return reverse("desk_request_correct", args=[case.reference], query=place)


def listed(case: RightsRequest, row: Contact, *, field: str = "name", new: str = "Lucas Delcour") -> Correction:
    place = {"source": "accounts.contacts", "part": "contacts", "row_key": str(row.pk), "field": field}
    return services.add_correction(request_id=case.pk, new=new, actor=cast.CLERK, at=timezone.now(), **place)


def decide(desk: Client, correction: Correction, step: str, **typed: str) -> HttpResponse:
    address = reverse("desk_request_correction", args=[correction.request.reference, correction.pk])
    return desk.post(address, {"step": step, **typed})  # type: ignore[return-value]


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def test_the_way_from_the_source_to_the_written_value(desk: Client, case: RightsRequest, contact: Contact) -> None:
    source = reverse("desk_request_source", args=[case.reference, "accounts.contacts"])
    page = text_of(desk.get(source))
    assert add_url(case, contact) in page

    page = text_of(desk.get(add_url(case, contact)))
    assert "Lucas Delcourt" in page
    assert "My name is Delcour" in page
    assert desk.post(add_url(case, contact), {"new": "Lucas Delcour", "evidence": "Company register."}).status_code == 302
    correction = Correction.objects.get()
    assert (correction.old, correction.new, correction.evidence) == ("Lucas Delcourt", "Lucas Delcour", "Company register.")

    overview = text_of(desk.get(reverse("desk_request_open", args=[case.reference])))
    assert "Customer contacts, Name" in overview
    assert "To be decided" in overview
    assert "Company register." in text_of(desk.get(reverse("desk_request_correction", args=[case.reference, correction.pk])))
    assert decide(desk, correction, "accept").status_code == 302
    assert desk.post(reverse("desk_request_action", args=[case.reference, "answer"])).status_code == 302

    cast.run(case, at=timezone.now())
    contact.refresh_from_db()
    assert contact.name == "Lucas Delcour"
    assert "Source corrected" in text_of(desk.get(reverse("desk_request_open", args=[case.reference])))


@pytest.mark.parametrize(
    "asked",
    [
        ("phone", "call me", "A telephone number has 6 to 15 digits"),
        ("email", "lucas@customer.example", "Nobody has shown that this address is the person’s"),
        ("country", "Belgium", "at most 2 characters"),
        ("name", "Lucas Delcourt", "This is what stands there already"),
    ],
)
def test_what_cannot_stand_there_is_said_and_nothing_typed_is_lost(
    desk: Client, case: RightsRequest, contact: Contact, asked: tuple[str, str, str]
) -> None:
    field, new, words = asked
    response = desk.post(add_url(case, contact, field), {"new": new, "evidence": "She said so by telephone."})
    page = text_of(response)  # type: ignore[arg-type]
    assert response.status_code == 422
    assert words in page
    assert f'value="{new}"' in page
    assert "She said so by telephone." in page
    assert not Correction.objects.exists()


def test_a_strangers_row_shows_and_takes_nothing(desk: Client, case: RightsRequest) -> None:
    stranger = factories.make_contact("lucas@customer.example", name="Somebody Else")
    page = text_of(desk.get(add_url(case, stranger)))  # type: ignore[arg-type]
    assert "Somebody Else" not in page
    assert desk.post(add_url(case, stranger), {"new": "Noor"}).status_code == 422
    stranger.refresh_from_db()
    assert stranger.name == "Somebody Else"


def test_no_way_in_for_other_rights_sources_and_cases(desk: Client, case: RightsRequest, contact: Contact) -> None:
    correction = listed(case, contact)
    other = desk_cast.make_case(right=Right.ACCESS)
    assert desk.get(add_url(other, contact)).status_code == 404
    assert desk.get(add_url(case, contact, source="accounts.nobody")).status_code == 404
    assert desk.get(reverse("desk_request_correction", args=[other.reference, correction.pk])).status_code == 404
    assert desk.get(reverse("desk_request_correction", args=[case.reference, uuid4()])).status_code == 404
    assert decide(desk, correction, "applied").status_code == 404


def test_that_somebody_looked_at_the_value_is_recorded(desk: Client, agent: User, case: RightsRequest, contact: Contact) -> None:
    desk.get(add_url(case, contact))
    event = Event.objects.get(action="rights_request.source_opened")
    assert (event.about, event.actor_id, event.details) == (case.reference, str(agent.pk), {"source": "accounts.contacts"})


def test_a_statement_is_put_on_the_list(desk: Client, case: RightsRequest) -> None:
    address = reverse("desk_request_correct", args=[case.reference])
    assert desk.post(address, {"text": ""}).status_code == 422
    assert desk.post(address, {"text": "I left that company in 2024."}).status_code == 302
    assert Correction.objects.get().field == ""
    response = desk.post(address, {"text": "I left that company in 2024."})
    assert response.status_code == 422
    assert "on the list already" in response.content.decode()


def test_a_refusal_needs_ground_and_reasons_and_keeps_what_was_typed(desk: Client, case: RightsRequest, contact: Contact) -> None:
    correction = listed(case, contact)
    response = decide(desk, correction, "refuse", reason="Your letter of 3 May says so.")
    assert response.status_code == 422
    assert "Your letter of 3 May says so." in text_of(response)
    assert decide(desk, correction, "refuse", ground="ACCURATE", reason="Your letter of 3 May says so.").status_code == 302
    correction.refresh_from_db()
    assert (correction.state, correction.ground) == (CorrectionState.REFUSED, Ground.ACCURATE)
    assert "Your letter of 3 May says so." in text_of(desk.get(reverse("desk_request_correction", args=[case.reference, correction.pk])))


def test_an_invoice_says_why_it_is_not_changed_and_by_which_law(desk: Client, case: RightsRequest) -> None:
    invoice = factories.make_invoice(cast.EMAIL)
    place = {"source": "accounts.invoices", "part": "invoices", "row_key": str(invoice.pk), "field": "billing_name"}
    correction = services.add_correction(request_id=case.pk, new="L. Delcour", actor=cast.CLERK, at=timezone.now(), **place)
    page = text_of(desk.get(reverse("desk_request_correction", args=[case.reference, correction.pk])))
    assert "a credit note and a new invoice correct it" in page
    assert 'value="accept"' not in page
    assert 'value="2035-12-31"' in page
    assert decide(desk, correction, "accept").status_code == 422
    typed = {"ground": "LEGAL_OBLIGATION", "article": "Art. 60", "until_on": "2035-12-31", "reason": "A credit note corrects it."}
    assert decide(desk, correction, "refuse", **typed).status_code == 302


def test_of_two_agents_the_second_is_told(desk: Client, case: RightsRequest, contact: Contact) -> None:
    correction, colleague = listed(case, contact), factories.make_staff()
    services.decide_correction(
        correction_id=correction.pk,
        state=CorrectionState.ACCEPTED,
        agent_id=colleague.pk,
        actor=cast.staff_actor(colleague),
        at=timezone.now(),
    )
    response = decide(desk, correction, "refuse", ground="ACCURATE", reason="It is right.")
    assert response.status_code == 422
    assert "This was decided already" in text_of(response)
    assert decide(desk, correction, "open").status_code == 302
    assert decide(desk, correction, "remove").status_code == 302
    assert not Correction.objects.exists()


def test_an_answer_before_everything_is_decided_is_refused_in_words(desk: Client, case: RightsRequest, contact: Contact) -> None:
    answer = reverse("desk_request_action", args=[case.reference, "answer"])
    response = desk.post(answer)
    assert response.status_code == 422
    assert "Put on the list what the person says is wrong" in text_of(response)  # type: ignore[arg-type]
    listed(case, contact)
    assert "Decide about each correction first." in text_of(desk.post(answer))  # type: ignore[arg-type]


def test_what_stopped_shows_what_stands_there_now(desk: Client, case: RightsRequest, contact: Contact) -> None:
    correction = listed(case, contact)
    decide(desk, correction, "accept")
    Contact.objects.filter(pk=contact.pk).update(name="Luc Delcourt")
    desk.post(reverse("desk_request_action", args=[case.reference, "answer"]))
    case = cast.run(case, at=timezone.now())
    assert case.tasks.get(verb=Verb.RECTIFY).status == TaskStatus.MANUAL
    assert "Needs a person" in text_of(desk.get(reverse("desk_request_open", args=[case.reference])))
    page = text_of(desk.get(reverse("desk_request_correction", args=[case.reference, correction.pk])))
    assert "Luc Delcourt" in page
    assert decide(desk, correction, "gone").status_code == 422
    assert decide(desk, correction, "renew").status_code == 302
    assert cast.run(case, at=timezone.now()).status == Status.ANSWERED


def test_contested_data_is_set_aside_from_a_page_that_asks(desk: Client, case: RightsRequest) -> None:
    address = reverse("desk_request_action", args=[case.reference, "contest"])
    assert "Set the data aside" in text_of(desk.get(address))  # type: ignore[arg-type]
    assert desk.post(address).status_code == 302
    assert desk.post(address).status_code == 302
    restriction = Restriction.objects.get()
    assert (restriction.ground, restriction.about, restriction.subject_id) == ("ACCURACY", case.reference, case.subject_id)
    assert "set aside while their accuracy is contested" in text_of(desk.get(reverse("desk_request_open", args=[case.reference])))


@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE])
def test_nothing_else_is_contested(desk: Client, right: Right) -> None:
    case = desk_cast.make_case(right=right)
    assert desk.post(reverse("desk_request_action", args=[case.reference, "contest"])).status_code == 422
    assert not Restriction.objects.exists()


def test_the_page_takes_the_same_queries_for_one_correction_and_for_thirty(desk: Client, case: RightsRequest, contact: Contact) -> None:
    address = reverse("desk_request_open", args=[case.reference])

    def queries_with(number: int) -> int:
        place = {"source": "accounts.contacts", "part": "contacts", "row_key": f"{contact.pk}", "field": f"f{number}"}
        Correction.objects.create(request=case, new="x", at=timezone.now(), **place)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    desk.get(address)
    assert len({queries_with(number) for number in range(5)}) == 1
