"""Who asks shows it as well as the right needs, and no better: one table, asked before anything is given, taken or changed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rights_requests import levels, services
from rights_requests.enums import Action, Channel, Right, Status, TaskStatus, Verb
from rights_requests.levels import Level
from rights_requests.models import RightsRequest
from rights_requests.services import knowing, moving
from subjects.enums import IdentityMethod
from tests.accounts.factories import make_staff
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db


def test_every_right_and_every_way_of_showing_it_stands_in_the_table():
    assert set(levels.NEEDED) == set(Right)
    assert set(levels.GIVEN) == set(IdentityMethod)
    assert set(levels.WORDS) == set(Level)


@pytest.mark.parametrize("right", list(Right))
@pytest.mark.parametrize("method", ["", *IdentityMethod])
@pytest.mark.parametrize("is_absolute", [False, True])
def test_what_suffices(right, method, is_absolute):
    """Written out once more, from the rules: L0 marketing, L1 rectification and the like, L2 access, portability, erasure."""
    needs = 2 if right in {"ACCESS", "PORTABILITY", "ERASURE"} else 1
    needs = 0 if is_absolute else needs
    has = 0 if not method else 1 if method == "GIVEN_CHANNEL" else 2
    assert levels.suffices(right, method, is_absolute=is_absolute) == (has >= needs)
    assert levels.suffices(right, method, is_absolute=is_absolute, is_empty=True) == (has >= min(needs, 1))


def called_back(right: Right, *, rows: int) -> RightsRequest:
    """In review, of somebody who only answered at a number that they gave; ``rows`` were found all the same."""
    case = desk_cast.make_case(Status.IN_REVIEW, right, identity_method=IdentityMethod.GIVEN_CHANNEL)
    desk_cast.make_task(case, result={"counts": {"contacts": rows}})
    return case


def decide(case: RightsRequest, *, at) -> RightsRequest:
    agent = make_staff()
    if case.right == Right.ERASURE:
        services.propose_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    else:
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    case.refresh_from_db()
    return case


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.ERASURE])
def test_what_was_found_is_neither_given_nor_erased_for_who_only_answered_somewhere(right, at):
    case = called_back(right, rows=1)
    with pytest.raises(services.ShownTooLittle):
        decide(case, at=at)
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW

    # The same case, the same rows: what was missing was the level.
    RightsRequest.objects.filter(pk=case.pk).update(identity_method=IdentityMethod.KNOWN_CHANNEL)
    assert decide(case, at=at).status in {Status.CARRYING_OUT, Status.AWAITING_APPROVAL}


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_that_nothing_is_held_they_may_hear(right, at):
    assert decide(called_back(right, rows=0), at=at).status == Status.ANSWERED


@pytest.mark.parametrize("right", list(Right))
def test_no_source_is_asked_for_somebody_who_was_reached_nowhere(right, at):
    case = desk_cast.make_case(Status.AWAITING_IDENTITY, right)
    confirm = {"action": Action.CONFIRM_IDENTITY, "actor": cast.PERSON, "at": at}
    with pytest.raises(services.ShownTooLittle):
        moving.move(moving.lock(case.pk), **confirm)

    # Reached anywhere, the sources are asked: what they hold decides whether that is enough.
    RightsRequest.objects.filter(pk=case.pk).update(identity_method=IdentityMethod.GIVEN_CHANNEL, identity_confirmed_at=at)
    moving.move(moving.lock(case.pk), **confirm)
    case.refresh_from_db()
    assert case.status == Status.COLLECTING


def test_nobody_approves_either_what_was_prepared_before_the_level_fell(at):
    case = cast.proposed(at=at)
    cast.data_of()
    RightsRequest.objects.filter(pk=case.pk).update(identity_method=IdentityMethod.GIVEN_CHANNEL)
    case.tasks.filter(verb=Verb.FIND, source="accounts.contacts").update(status=TaskStatus.DONE, result={"counts": {"contacts": 1}})
    approver = make_staff()
    with pytest.raises(services.ShownTooLittle):
        services.approve_erasure(request_id=case.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=at)


def test_a_further_address_that_its_mailbox_confirms_raises_the_level(at):
    """By post, from a place that our records do not have; then the address that they do have."""
    case = cast.file(at=at, email="", postal_address="Kerkstraat 12\n9000 Gent", channel=Channel.POST_BE, claims=cast.EMAIL)
    from tests.rights_requests.test_by_post import code_of

    services.show_identity(request_id=case.pk, code=code_of(case), actor=cast.CLERK, at=at)
    case.refresh_from_db()
    assert case.identity_method == IdentityMethod.GIVEN_CHANNEL
    services.settle_claim(claim_id=case.claims.get().pk, action="ask", actor=cast.CLERK, at=at)
    claim_letter = next(link for link in cast.links_of(case) if link.purpose == "CLAIM")
    assert claim_letter.email == cast.EMAIL

    services.confirm(token=cast.token_of("claim_address", about=case.reference), at=at)
    case.refresh_from_db()
    assert case.identity_method == IdentityMethod.MAILBOX


@pytest.mark.parametrize("method", [IdentityMethod.GIVEN_CHANNEL, IdentityMethod.KNOWN_CHANNEL])
def test_the_level_never_falls_and_what_showed_it_first_stays(method, at):
    case = cast.collected(at=at)
    knowing.raise_level(case, method)
    case.refresh_from_db()
    assert case.identity_method == IdentityMethod.MAILBOX


def test_the_desk_reads_what_was_shown_and_what_is_needed(client):
    case = called_back(Right.ACCESS, rows=1)
    desk, _agent = desk_cast.agent_client(client)
    page = desk.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert "Level 1: they answered at the address or number that they gave" in page
    assert "This right needs level 2." in page

    answer = desk.post(reverse("desk_request_action", args=[case.reference, "answer"]), {"paragraph": ""})
    assert (answer.status_code, "only answered where they said" in answer.content.decode()) == (422, True)
