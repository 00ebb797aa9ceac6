"""Every right through every way that a request can go: a table, so that what nobody tried for one of the six shows.

What is one right's own is tried in its own file. Here each is filed, confirmed and decided by the services that do it for people.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Contact
from datamap.enums import Ground
from letters.models import Letter
from letters.services import text_of
from rights_requests import deadlines, services
from rights_requests.enums import CLOSED_STATUSES, CorrectionState, Outcome, Right, Status
from rights_requests.models import RightsRequest, SourceTask
from rights_requests.services.closing import erased_parts, erasing_tasks
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects.enums import RestrictionGround
from tests.accounts import factories
from tests.rights_requests import cast, desk_cast
from tests.rights_requests.life_model import ANSWERS, ANY_RIGHT, OWN_GROUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from accounts.models import User

    #: A case in review, two agents, the instant.
    Decide = Callable[[RightsRequest, tuple[User, User], datetime], object]

pytestmark = pytest.mark.django_db

STRANGER = "somebody.else@customer.example"
#: What each right is filed with.
FILED: Mapping[Right, Mapping[str, object]] = {
    Right.RESTRICTION: {"restriction_ground": "CLAIMS"},
    Right.OBJECTION: {"purposes": ["statistics", "security"]},
}
OPEN_ELSEWHERE = sorted(set(Status) - CLOSED_STATUSES - {Status.IN_REVIEW})


def by(agent: User, at: datetime) -> dict[str, object]:
    return {"actor": cast.staff_actor(agent), "at": at}


def answer(case, agents, at):
    return services.answer(request_id=case.pk, **by(agents[0], at))


def correct(case, agents, at, *, new="Noor V.", state=CorrectionState.ACCEPTED):
    contact = Contact.objects.filter(email=case.email).first()
    place = {"source": "accounts.contacts", "part": "contacts", "row_key": str(contact.pk) if contact else str(case.pk)}
    made = services.add_correction(request_id=case.pk, **place, field="name" if new else "city", new=new or "Gent", **by(agents[0], at))
    said = {"ground": Ground.ACCURATE, "reason": "It stands on the card."} if state == CorrectionState.REFUSED else {}
    return services.decide_correction(correction_id=made.pk, state=state, agent_id=agents[0].pk, **said, **by(agents[0], at))


def rectify(case, agents, at):
    correct(case, agents, at)
    return answer(case, agents, at)


def erase(case, agents, at, kept=None):
    services.propose_erasure(request_id=case.pk, agent_id=agents[0].pk, kept=kept, **by(agents[0], at))
    preview = services.approve_erasure(request_id=case.pk, agent_id=agents[1].pk, **by(agents[1], at))
    cast.notices_left(case.reference, at=at)
    cast.unreachable(case, at=at)
    return preview


def restrict(case, agents, at):
    return services.restrict(request_id=case.pk, ground=RestrictionGround.CLAIMS, **by(agents[0], at))


def uphold(case, agents, at, **part):
    return services.uphold(request_id=case.pk, agent_id=agents[0].pk, **part, **by(agents[0], at))


DECIDE: Mapping[Right, Decide] = {
    Right.ACCESS: answer,
    Right.RECTIFICATION: rectify,
    Right.ERASURE: erase,
    Right.RESTRICTION: restrict,
    Right.PORTABILITY: answer,
    Right.OBJECTION: uphold,
}


def withhold_and_answer(case, agents, at):
    message = next(iter(factories.ContactMessage.objects.filter(email=case.email)))
    value = {"source": "accounts.messages", "part": "messages", "row_key": str(message.pk), "column": "text"}
    services.withhold(request_id=case.pk, **value, ground=Ground.THIRD_PARTY_RIGHTS, agent_id=agents[0].pk, **by(agents[0], at))
    return answer(case, agents, at)


def correct_one_of_two(case, agents, at):
    correct(case, agents, at, new="", state=CorrectionState.REFUSED)
    return rectify(case, agents, at)


def keep_one_source(case, agents, at):
    keeping = services.Keeping("accounts.messages", Ground.LEGAL_CLAIMS, until_event="until the claim is settled")
    return erase(case, agents, at, kept=[keeping])


def uphold_one_of_two(case, agents, at):
    return uphold(case, agents, at, purposes=["statistics"], ground=Ground.COMPELLING_GROUNDS, reason="Attacks must be seen.")


#: In part; None: the law knows no such answer. A restriction stands for everything, or is refused.
PARTLY: Mapping[Right, Decide | None] = {
    Right.ACCESS: withhold_and_answer,
    Right.RECTIFICATION: correct_one_of_two,
    Right.ERASURE: keep_one_source,
    Right.RESTRICTION: None,
    Right.PORTABILITY: withhold_and_answer,
    Right.OBJECTION: uphold_one_of_two,
}


@pytest.fixture
def agents():
    return factories.make_staff(), factories.make_staff()


@pytest.fixture
def in_review(at):
    """The right's case in review, with rows of the person and of somebody else."""

    def make(right: Right, **fields: object) -> RightsRequest:
        for email in (cast.EMAIL, STRANGER):
            cast.data_of(email)
        return cast.collected(right, at=at, **{**FILED.get(right, {}), **fields})

    return make


def end_of(case: RightsRequest, *, at: datetime) -> RightsRequest:
    return cast.run(case, at=at + timedelta(hours=49))


def last_letters(case: RightsRequest) -> list[Letter]:
    every = {event for events in ANSWERS.values() for event in events} | {"request_refused"}
    return list(Letter.objects.filter(about=case.reference, event__in=every))


def test_no_right_is_missing():
    assert DECIDE.keys() == PARTLY.keys() == OWN_GROUNDS.keys() == ANSWERS.keys() == set(Right)


@pytest.mark.promise("P035")
@pytest.mark.parametrize("language", ["en", "fr", "nl"])
@pytest.mark.parametrize("right", Right)
def test_it_is_filed_decided_and_answered_in_the_persons_language(right, language, in_review, agents, at):
    case = in_review(right, language=language)
    assert case.reference.startswith("R-")
    assert case.due_on == deadlines.due(case.received_on, country="BE").due_on

    DECIDE[right](case, agents, at)
    case = end_of(case, at=at)

    assert case.status == Status.ANSWERED
    [letter] = last_letters(case)
    assert letter.event in ANSWERS[right]
    assert (letter.language, letter.recipient) == (language, cast.EMAIL)
    assert {"en": "Kind regards", "fr": "Cordialement", "nl": "groet"}[language] in text_of(letter)


@pytest.mark.parametrize("right", Right)
def test_it_is_refused_on_its_own_grounds_and_on_no_other(right, in_review, agents, at):
    case = in_review(right)
    own = {*ANY_RIGHT.split(), *OWN_GROUNDS[right].split()}
    until = (at + timedelta(days=900)).date()
    words = {"reason": "Here is why.", "article": "Art. 60", "until_on": until, "evidence": "Twelve in a day."}
    for ground in Ground:
        with transaction.atomic():
            deed = {"request_id": case.pk, "ground": ground, **words, **by(agents[0], at)}
            if ground.value in own:
                refused = services.refuse(**deed)
                [letter] = last_letters(case)
                text = text_of(letter)
                assert (refused.status, refused.outcome, refused.ground) == (Status.REFUSED, Outcome.REFUSED, ground)
                assert "Here is why." in text
                assert "Rue de la Presse 35" in text
                assert "court" in text.lower()
                transaction.set_rollback(True)
            else:
                with pytest.raises(services.GroundNotForThisRight):
                    services.refuse(**deed)
    case.refresh_from_db()
    assert (case.status, last_letters(case)) == (Status.IN_REVIEW, [])


@pytest.mark.parametrize("right", [right for right, partly in PARTLY.items() if partly])
def test_it_is_answered_in_part(right, in_review, agents, at):
    case = in_review(right)
    decide = PARTLY[right]
    assert decide is not None
    decide(case, agents, at)
    case = end_of(case, at=at)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.PARTIAL)
    [letter] = last_letters(case)
    assert "Rue de la Presse 35" in text_of(letter)


@pytest.mark.parametrize("right", Right)
def test_nobody_elses_rows_change_and_nobody_else_sees_the_case(right, in_review, agents, at):
    case = in_review(right)
    before = list(Contact.objects.filter(email=STRANGER).values())
    DECIDE[right](case, agents, at)
    case = end_of(case, at=at)

    assert list(Contact.objects.filter(email=STRANGER).values()) == before
    assert not Letter.objects.filter(recipient=STRANGER).exists()
    client = factories.sign_in(Client(), factories.make_user(STRANGER))
    assert client.get(reverse("portal_case", args=[case.reference])).status_code == 404
    assert Client().get(reverse("portal_case", args=[case.reference])).status_code == 404


@pytest.mark.parametrize("right", Right)
def test_it_is_decided_in_review_alone(right, agents, at):
    for status in [*OPEN_ELSEWHERE, *sorted(CLOSED_STATUSES)]:
        if status == Status.REFUSED or (right != Right.ERASURE and status in {Status.GRACE, Status.AWAITING_APPROVAL}):
            continue
        outcome = Outcome.COMPLETE if status in CLOSED_STATUSES else ""
        case = desk_cast.make_case(status, right, outcome=outcome, **FILED.get(right, {}))
        decide = answer if right == Right.RECTIFICATION else DECIDE[right]
        with pytest.raises(TransitionNotAllowed):
            decide(case, agents, at)
        case.refresh_from_db()
        assert case.status == status
        assert not SourceTask.objects.filter(request=case).exists()
    assert not Letter.objects.exists()


@pytest.mark.parametrize("right", Right)
def test_a_second_click_is_told_and_writes_no_second_letter(right, in_review, agents, at):
    case = in_review(right)
    DECIDE[right](case, agents, at)
    with pytest.raises(CannotNow), transaction.atomic():
        DECIDE[right](case, agents, at)
    case = end_of(case, at=at)

    assert case.status == Status.ANSWERED
    assert len(last_letters(case)) == 1
    if right == Right.ERASURE:
        assert sum(row["erased"] for row in erased_parts(erasing_tasks(case)) if row["source"] == "accounts.contacts") == 1
