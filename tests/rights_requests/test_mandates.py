"""Somebody asks for somebody else: nothing follows from saying so, everything from the person's own word or a mandate that was shown."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from datamap import registry
from letters.events import EVENTS
from letters.models import Letter
from rights_requests import personal_data, proxies, services
from rights_requests.enums import MandateKind, Status
from rights_requests.models import AccessCode, Mandate, RightsRequest
from rights_requests.services import MandateDraft, MandateEnded, NoMandate, NothingShown, codes
from rights_requests.services.minimising import minimise
from rights_requests.workflow import TransitionNotAllowed
from subjects.enums import IdentityMethod
from tests.accounts.factories import make_staff
from tests.rights_requests import cast, desk_cast

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.test import Client

pytestmark = pytest.mark.django_db

PROXY = "lawyer@chambers.example"
DRAFT = MandateDraft(kind=MandateKind.LAWYER, name="Maître Eve Stranger", email=PROXY)


@pytest.fixture
def case(at: datetime) -> RightsRequest:
    cast.data_of()
    return cast.file(at=at, mandate=DRAFT)


def to_proxy() -> set[str]:
    return set(Letter.objects.filter(recipient=PROXY).values_list("event", flat=True))


def confirm(case: RightsRequest, at: datetime, *, may_receive: bool) -> RightsRequest:
    token = cast.token_of("confirm_mandate", about=case.reference)
    (confirmed,) = services.confirm_all(token=token, may_receive=may_receive, at=at)
    return cast.run(confirmed, at=at)


def answer(case: RightsRequest, at: datetime) -> None:
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    cast.run(case, at=at)


def check(
    case: RightsRequest, at: datetime, *, note: str = "Signed mandate", ends_on: date | None = None, may_receive: bool = True
) -> None:
    agent = make_staff()
    services.check_mandate(
        request_id=case.pk,
        note=note,
        ends_on=ends_on,
        may_receive=may_receive,
        agent_id=agent.pk,
        actor=cast.staff_actor(agent),
        at=at,
    )


def test_the_link_goes_to_the_person_and_says_who_asks_without_the_strangers_words(case: RightsRequest) -> None:
    (letter,) = Letter.objects.all()
    assert (letter.event, letter.recipient) == ("confirm_mandate", cast.EMAIL)
    assert PROXY in str(letter.body)
    assert "A lawyer" in str(letter.body)
    assert "Eve" not in str(letter.body)


def test_every_answer_is_a_letter_of_ours() -> None:
    assert set(EVENTS) >= proxies.ANSWERS


class TestAStrangerGainsNothing:
    def test_before_anybody_confirms(self, case: RightsRequest, at: datetime) -> None:
        services.ask_code(reference=case.reference, at=at)
        codes.answer_code(code_id=AccessCode.objects.get().pk, at=at)
        assert to_proxy() == set()
        assert RightsRequest.objects.get().status == Status.AWAITING_IDENTITY

    def test_when_the_person_confirms_the_request_and_no_more(self, case: RightsRequest, at: datetime) -> None:
        answer(confirm(case, at, may_receive=False), at)
        assert to_proxy() == set()
        assert Letter.objects.filter(event="access_ready", recipient=cast.EMAIL).exists()

    def test_and_the_desk_does_not_overrule_the_person(self, case: RightsRequest, at: datetime) -> None:
        confirm(case, at, may_receive=False)
        with pytest.raises(TransitionNotAllowed):
            check(case, at)


def test_who_may_receive_gets_the_answer_and_the_code_besides_the_person(case: RightsRequest, at: datetime) -> None:
    answer(confirm(case, at, may_receive=True), at)
    services.ask_code(reference=case.reference, at=at)
    codes.answer_code(code_id=AccessCode.objects.get().pk, at=at)
    assert to_proxy() == {"access_ready", "access_code"}
    assert {"access_ready", "access_code"} <= set(Letter.objects.filter(recipient=cast.EMAIL).values_list("event", flat=True))
    assert not Letter.objects.filter(recipient=PROXY, is_shown_to_person=True).exists()


class TestDesk:
    def test_a_mandate_that_was_shown_takes_the_place_of_the_link_and_the_person_is_told(self, case: RightsRequest, at: datetime) -> None:
        check(case, at, ends_on=timezone.localdate(at))
        case.refresh_from_db()
        mandate = Mandate.objects.get()
        assert (case.status, case.identity_method) == (Status.COLLECTING, IdentityMethod.DESK)
        assert (mandate.may_receive, mandate.note, mandate.checked_at) == (True, "Signed mandate", at)
        assert Letter.objects.get(event="mandate_accepted").recipient == cast.EMAIL
        with pytest.raises(services.LinkNotValid):
            confirm(case, at, may_receive=True)
        answer(cast.run(case, at=at), at)
        assert to_proxy() == {"access_ready"}

    def test_after_its_last_day_it_is_as_if_there_were_none(self, case: RightsRequest, at: datetime) -> None:
        check(case, at, ends_on=timezone.localdate(at))
        answer(cast.run(case, at=at), at + timedelta(days=1))
        assert to_proxy() == set()

    def test_without_the_right_to_receive_the_answer_is_the_persons(self, case: RightsRequest, at: datetime) -> None:
        check(case, at, may_receive=False)
        answer(cast.run(case, at=at), at)
        assert to_proxy() == set()

    def test_what_is_no_mandate_is_refused(self, case: RightsRequest, at: datetime) -> None:
        with pytest.raises(NothingShown):
            check(case, at, note=" ")
        with pytest.raises(MandateEnded):
            check(case, at, ends_on=timezone.localdate(at) - timedelta(days=1))
        with pytest.raises(NoMandate):
            check(cast.file(at=at), at)
        check(case, at)
        with pytest.raises(TransitionNotAllowed):
            check(case, at)
        assert Letter.objects.filter(event="mandate_accepted").count() == 1

    def test_a_closed_case_takes_none(self, case: RightsRequest, at: datetime) -> None:
        services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at)
        with pytest.raises(TransitionNotAllowed):
            check(case, at)

    def test_the_page_masks_who_asks_and_takes_the_mandate(self, client: Client) -> None:
        case = cast.file(at=timezone.now(), mandate=DRAFT)
        desk = desk_cast.agent_client(client)[0]
        page = desk.get(f"/desk/requests/{case.reference}/").content.decode()
        assert "Check the mandate" in page
        assert PROXY not in page
        assert desk.post(f"/desk/requests/{case.reference}/mandate/", {"note": ""}).status_code == 422
        desk.post(f"/desk/requests/{case.reference}/mandate/", {"note": "Signed", "may_receive": "on"})
        assert Mandate.objects.get().may_receive


class TestPortal:
    ANSWERS = {"name": "Noor", "email": cast.EMAIL, "requester": "CUSTOMER", "claims": ""}
    WHO = {"proxy_kind": "PARENT", "proxy_name": "Emile", "proxy_email": PROXY}

    def filed(self, client: Client, **person: str) -> str:
        client.post("/request/", {"right": "ACCESS"})
        client.post("/request/details/", {"right": "ACCESS", "text": ""})
        client.post("/request/you/", {**self.ANSWERS, **person})
        page = client.get("/request/check/")
        nonce = page.context["nonce"] if page.status_code == 200 else ""
        client.post("/request/check/", {"is_mine": "on", "nonce": nonce})
        return page.content.decode()

    def test_who_asks_for_somebody_else_says_so(self, client: Client) -> None:
        assert "I ask for the person named above" in self.filed(client, **self.WHO)
        mandate = Mandate.objects.get()
        assert (mandate.kind, mandate.name, mandate.email) == ("PARENT", "Emile", PROXY)
        assert (mandate.may_receive, mandate.request.email) == (False, cast.EMAIL)

    def test_who_asks_for_themselves_is_not_asked(self, client: Client) -> None:
        assert "These data are mine" in self.filed(client)
        assert RightsRequest.objects.count() == 1
        assert not Mandate.objects.exists()

    def test_half_of_it_is_an_error(self, client: Client) -> None:
        self.filed(client, proxy_email=PROXY)
        assert not RightsRequest.objects.exists()
        page = client.get("/request/you/")
        assert page.status_code == 422
        assert "You ask for somebody else" in page.content.decode()

    @pytest.mark.parametrize("ticked", [True, False])
    def test_the_person_decides_on_the_page_of_the_link(self, client: Client, ticked: bool) -> None:
        case = cast.file(at=timezone.now(), mandate=DRAFT)
        url = f"/confirm/{cast.token_of('confirm_mandate', about=case.reference)}/"
        assert PROXY in client.get(url).content.decode()
        assert not Mandate.objects.get().checked_at
        client.post(url, {"may_receive": "on"} if ticked else {})
        assert (Mandate.objects.get().may_receive, Mandate.objects.get().checked_at is not None) == (ticked, True)


def test_it_is_shown_to_the_person_and_goes_with_the_case(case: RightsRequest, at: datetime) -> None:
    confirmed = confirm(case, at, may_receive=True)
    source = registry.get(personal_data.KEY)
    assert source.count(confirmed.subject)["mandates"] == 1
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at)
    minimise(RightsRequest.objects.get(), at=at)
    assert not Mandate.objects.exists()
