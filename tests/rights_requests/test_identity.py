"""Links and claims: who may set a case going, and how often."""

from __future__ import annotations

from datetime import timedelta

import pytest

from letters.models import Letter
from rights_requests import selectors, services
from rights_requests.enums import Channel, ClaimStatus, LinkPurpose, Requester, Right, Status
from rights_requests.models import IdentityClaim, Link, RightsRequest
from rights_requests.services import links
from rights_requests.workflow import TransitionNotAllowed
from subjects.models import Identifier
from tests.accounts.factories import make_user
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def filed(at):
    return cast.file(at=at)


@pytest.fixture
def token(filed):
    return cast.token_of("confirm_request", about=filed.reference)


def test_the_link_proves_its_mailbox_and_asks_the_sources(filed, token, at):
    rights_request = services.confirm(token=token, at=at)

    assert rights_request.status == Status.COLLECTING
    assert rights_request.identity_method == "MAILBOX"
    assert list(Identifier.objects.values_list("kind", "value")) == [("EMAIL", cast.EMAIL)]
    assert Letter.objects.filter(event="request_received", about=filed.reference).count() == 1


def test_a_link_works_once(token, at):
    services.confirm(token=token, at=at)

    with pytest.raises(services.LinkNotValid):
        services.confirm(token=token, at=at)


def test_using_a_link_up_is_refused_the_second_time_whatever_the_case_says(token, at):
    links.use(token=token, purposes=(LinkPurpose.CONFIRM,), at=at)

    with pytest.raises(services.LinkNotValid):
        links.use(token=token, purposes=(LinkPurpose.CONFIRM,), at=at)


def test_looking_at_a_link_uses_nothing_up(token, at):
    for _fetch in range(100):
        assert selectors.link_for(token, at=at).purpose == LinkPurpose.CONFIRM

    assert services.confirm(token=token, at=at).status == Status.COLLECTING


@pytest.mark.parametrize(("late", "works"), [(timedelta(hours=24, seconds=-1), True), (timedelta(hours=24), False)])
def test_a_link_lives_for_24_hours(token, at, late, works):
    assert (selectors.link_for(token, at=at + late) is not None) is works
    if works:
        assert services.confirm(token=token, at=at + late)
    else:
        with pytest.raises(services.LinkNotValid):
            services.confirm(token=token, at=at + late)


@pytest.mark.parametrize("wrong", ["", "x", "A" * 43, "é" * 43])
def test_what_was_never_given_out_is_not_valid(wrong, filed, at):
    assert selectors.link_for(wrong, at=at) is None
    with pytest.raises(services.LinkNotValid):
        services.confirm(token=wrong, at=at)


def test_a_link_of_one_purpose_serves_no_other(token, at):
    with pytest.raises(services.LinkNotValid):
        services.cancel_by_link(token=token, at=at)

    assert services.confirm(token=token, at=at).status == Status.COLLECTING


def test_a_link_opens_its_own_case_only(token, filed, at):
    other = cast.file(at=at)

    services.confirm(token=token, at=at)

    assert RightsRequest.objects.get(pk=other.pk).status == Status.AWAITING_IDENTITY


def test_a_new_link_ends_the_old_one(filed, token, at):
    services.send_link_again(request_id=filed.pk, at=at)

    with pytest.raises(services.LinkNotValid):
        services.confirm(token=token, at=at)
    newest = cast.token_of("confirm_request", about=filed.reference)
    assert services.confirm(token=newest, at=at).status == Status.COLLECTING


def test_a_confirmed_case_sends_no_more_links(filed, token, at):
    services.confirm(token=token, at=at)

    with pytest.raises(TransitionNotAllowed):
        services.send_link_again(request_id=filed.pk, at=at)


def test_the_sources_add_what_they_know_to_be_the_same_person(at):
    user = make_user(cast.EMAIL)

    cast.collected(at=at)

    assert ("ACCOUNT", str(user.pk), "ON_FILE") in set(Identifier.objects.values_list("kind", "value", "method"))


class TestClaims:
    @pytest.fixture
    def case(self, at):
        cast.data_of("old@customer.example", contacts=2, messages=0)
        return cast.collected(at=at, claims="Old@customer.example")

    @pytest.fixture
    def claim(self, case):
        return IdentityClaim.objects.get(request=case)

    def test_a_claimed_address_is_proved_by_its_own_mailbox(self, case, claim, at):
        services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)
        token = cast.token_of("claim_address", about=case.reference, to="old@customer.example")

        services.confirm(token=token, at=at)

        claim.refresh_from_db()
        assert claim.status == ClaimStatus.CONFIRMED
        assert RightsRequest.objects.get(pk=case.pk).status == Status.COLLECTING
        case = cast.run(case, at=at)
        assert case.tasks.get(source="accounts.contacts", verb="FIND").result == {"counts": {"contacts": 2}}
        assert ("old@customer.example", "KNOWN_CHANNEL") in set(Identifier.objects.values_list("value", "method"))

    def test_nothing_of_a_claimed_address_is_found_before_its_proof(self, case, claim, at):
        services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)

        case = cast.run(case, at=at)

        assert case.tasks.get(source="accounts.contacts", verb="FIND").result == {"counts": {}}

    def test_no_agent_can_be_talked_into_an_address(self, claim, at):
        with pytest.raises(services.ClaimNeedsProof):
            services.settle_claim(claim_id=claim.pk, action="accept", actor=cast.CLERK, at=at)

        assert not Identifier.objects.filter(value="old@customer.example").exists()

    def test_a_rejected_claim_is_told_and_its_link_ends(self, case, claim, at):
        services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)
        token = cast.token_of("claim_address", about=case.reference)

        services.settle_claim(claim_id=claim.pk, action="reject", actor=cast.CLERK, at=at)

        assert Letter.objects.filter(event="claim_rejected", about=case.reference).count() == 1
        with pytest.raises(services.LinkNotValid):
            services.confirm(token=token, at=at)

    def test_a_telephone_number_is_accepted_after_an_answer_through_a_known_channel(self, at):
        case = cast.collected(at=at, claims="+32 2 555 01 99")
        claim = IdentityClaim.objects.get(request=case)

        with pytest.raises(services.ClaimNotAnAddress):
            services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)
        services.settle_claim(claim_id=claim.pk, action="accept", actor=cast.CLERK, at=at)

        assert Identifier.objects.filter(kind="PHONE", value="+3225550199", subject=case.subject).exists()

    @pytest.mark.parametrize("number", ["1042", "K-1042", "2025010042", "BE 0123.456.749"])
    def test_a_number_that_is_no_telephone_becomes_nobodys(self, number, at):
        case = cast.collected(at=at, claims=number)
        claim = IdentityClaim.objects.get(request=case)

        with pytest.raises(services.ClaimNotAPhone):
            services.settle_claim(claim_id=claim.pk, action="accept", actor=cast.CLERK, at=at)

        claim.refresh_from_db()
        assert (claim.value, claim.status) == (number, ClaimStatus.OPEN)
        assert not Identifier.objects.filter(kind="PHONE").exists()
        assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW

    def test_a_settled_claim_stays_settled(self, claim, at):
        services.settle_claim(claim_id=claim.pk, action="reject", actor=cast.CLERK, at=at)

        with pytest.raises(TransitionNotAllowed):
            services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)

    def test_an_address_of_somebody_else_is_never_merged(self, case, claim, at):
        stranger = cast.confirmed(at=at, email="old@customer.example")
        services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)

        services.confirm(token=cast.token_of("claim_address", about=case.reference), at=at)

        assert Identifier.objects.get(value="old@customer.example").subject_id == stranger.subject_id
        assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW


def test_cancel_links_stop_an_erasure_from_any_mailbox_on_file(at):
    cast.data_of()
    make_user(cast.EMAIL)
    case = cast.approved(at=at)
    token = cast.token_of("erasure_notice", about=case.reference)

    services.cancel_by_link(token=token, at=at + timedelta(hours=47))

    case = cast.run(case, at=at + timedelta(hours=49))
    assert case.status == Status.WITHDRAWN
    assert not case.tasks.filter(verb="ERASE").exists()
    assert not Link.objects.filter(request=case, used_at=None).exists()


def test_a_cancel_link_is_over_when_the_deed_begins(at):
    cast.data_of()
    case = cast.approved(at=at)
    token = cast.token_of("erasure_notice", about=case.reference)
    later = at + timedelta(hours=48)
    cast.run(case, at=later)

    with pytest.raises(services.LinkNotValid):
        services.cancel_by_link(token=token, at=later)


def test_a_right_of_the_case_stands_in_its_letter(at):
    case = cast.file(Right.ERASURE, at=at, language="fr")

    letter = Letter.objects.get(about=case.reference)
    assert letter.language == "fr"
    token = cast.token_of("confirm_request", about=case.reference)
    assert f"/fr/confirm/{token}/" in cast.secret_of(letter, "link")


class TestOneMessageSeveralRights:
    @pytest.fixture
    def filed(self, at):
        return services.file_message(
            rights=[Right.ERASURE, Right.ACCESS],
            requester=Requester.CUSTOMER,
            name="Noor Vermeulen",
            email=cast.EMAIL,
            text="Both, please.",
            language="en",
            country="BE",
            channel=Channel.MAIL,
            actor=cast.PERSON,
            received_at=at,
            at=at,
        )

    @pytest.fixture
    def token(self, filed):
        return cast.token_of("confirm_request", about=filed[0].reference)

    def test_one_letter_names_them_all_and_one_press_confirms_them(self, filed, token, at, client, time_machine):
        time_machine.move_to(at)
        letter = Letter.objects.get(event="confirm_request")
        assert all(case.reference in str(letter.body) for case in filed)
        assert "Access, Erasure" in str(letter.body)
        assert f"{filed[0].reference}, {filed[1].reference}" in client.get(f"/confirm/{token}/").content.decode()

        confirmed = services.confirm_all(token=token, at=at)

        assert {case.pk for case in confirmed} == {case.pk for case in filed}
        assert set(RightsRequest.objects.values_list("status", flat=True)) == {Status.COLLECTING}
        with pytest.raises(services.LinkNotValid):
            services.confirm(token=token, at=at)

    def test_one_that_was_taken_back_stays_so(self, filed, token, at):
        services.withdraw(request_id=filed[1].pk, actor=cast.PERSON, at=at)

        assert [case.pk for case in services.confirm_all(token=token, at=at)] == [filed[0].pk]
        assert RightsRequest.objects.get(pk=filed[1].pk).status == Status.WITHDRAWN

    def test_it_confirms_nothing_that_the_letter_does_not_name(self, filed, token, at):
        other = cast.file(at=at)

        services.confirm(token=token, at=at)

        assert RightsRequest.objects.get(pk=other.pk).status == Status.AWAITING_IDENTITY

    def test_the_page_opens_each_of_them(self, filed, token, client, time_machine, at):
        time_machine.move_to(at)
        page = client.post(f"/confirm/{token}/", follow=True).content.decode()
        assert all(case.reference in page for case in filed)
        assert all(client.get(f"/cases/{case.reference}/").status_code == 200 for case in filed)
