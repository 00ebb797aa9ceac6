"""A value that is not corrected because it is unfounded to ask for it: the proof of that is ours, and is there before the refusal."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Contact, User
from datamap.enums import Ground
from rights_requests import services
from rights_requests.enums import CorrectionState, Right
from rights_requests.models import Correction, RightsRequest
from tests.accounts.factories import make_contact, make_staff
from tests.rights_requests import cast, desk_cast
from tests.rights_requests.test_rectifying import add, answer, decide, letter_of, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact() -> Contact:
    return make_contact(cast.EMAIL, city="Gent")


@pytest.fixture
def case(contact: Contact, at) -> RightsRequest:
    return cast.collected(Right.RECTIFICATION, at=at)


@pytest.fixture
def agent() -> User:
    return make_staff()


def test_what_is_unfounded_is_refused_on_evidence_alone(case, contact, agent, at):
    """Of one value as of a whole request: the proof is ours (Art. 12(5)), and stands in no letter."""
    correction = add(case, contact, at=at)
    with pytest.raises(services.ProofRequired):
        refuse(correction, agent, at=at, ground=Ground.UNFOUNDED, evidence="  ")
    with pytest.raises(IntegrityError, match="not_corrected_on_evidence"), transaction.atomic():
        Correction.objects.filter(pk=correction.pk).update(state="REFUSED", ground="UNFOUNDED", reason="x")

    refuse(correction, agent, at=at, ground=Ground.UNFOUNDED, evidence="Changed to and fro nine times. 4111 1111 1111 1111")
    correction.refresh_from_db()
    assert correction.refusal_evidence.startswith("Changed to and fro nine times.")
    assert "4111 1111" not in correction.refusal_evidence
    answer(case, at=at)
    assert "to and fro" not in letter_of(case, "rectification_refused")


def test_evidence_goes_when_it_is_decided_again(case, contact, agent, at):
    correction = add(case, contact, at=at)
    refuse(correction, agent, at=at, ground=Ground.UNFOUNDED, evidence="Nine times.")
    decide(correction, agent, at=at, state=CorrectionState.OPEN)
    refuse(correction, agent, at=at, ground=Ground.ACCURATE, evidence="Nine times.")
    correction.refresh_from_db()
    assert correction.refusal_evidence == ""


def test_the_desk_asks_for_it_and_shows_it(client, case, contact, at):
    desk, _agent = desk_cast.agent_client(client)
    correction = add(case, contact, at=at)
    url = reverse("desk_request_correction", args=[case.reference, correction.pk])
    typed = {"step": "refuse", "ground": "UNFOUNDED", "reason": "Nothing speaks for it."}

    refused = desk.post(url, typed)
    assert (refused.status_code, "Write down what shows it: the proof is ours." in refused.content.decode()) == (422, True)
    assert desk.post(url, {**typed, "evidence": "Changed to and fro nine times."}).status_code == 302
    page = desk.get(url).content.decode()
    assert "What shows that it is unfounded" in page
    assert "Changed to and fro nine times." in page
