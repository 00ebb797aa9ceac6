"""Mail that reached us: what each becomes, once, and that a sender who lies gains nothing."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from audit.models import Event
from datamap.enums import Basis
from datamap.purposes import MARKETING, NEWSLETTER, PURPOSES
from letters.incoming.reading import NotAMail
from letters.models import Letter
from rights_requests.enums import Channel, MailState, Right, Status
from rights_requests.models import IncomingMail, Message, RightsRequest
from rights_requests.services.mail_in import Fate, receive
from tests.letters.mail_cast import SENDER, mail
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


@pytest.mark.promise("P119")
def test_a_mail_that_asks_becomes_an_unverified_request_of_the_day_it_came(at):
    result = receive(raw=mail("Please send me a copy of my data.", sent_at=at - timedelta(days=3)), at=at)

    case = RightsRequest.objects.get()
    assert result.references == (case.reference,)
    assert result.fate == Fate.REQUEST
    assert (case.right, case.status, case.channel) == (Right.ACCESS, Status.AWAITING_IDENTITY, Channel.MAIL)
    assert (case.email, case.language, case.subject) == (SENDER, "en", None)
    assert case.received_at == at - timedelta(days=3)
    assert [letter.event for letter in Letter.objects.filter(recipient=SENDER)] == ["confirm_request"]
    found = IncomingMail.objects.get()
    assert (found.state, found.request, found.settled_at) == (MailState.FILED, case, at)


def test_several_rights_become_several_requests_with_one_date(at):
    receive(raw=mail("Merci d'envoyer une copie de mes données et de supprimer mes données.", sent_at=at - timedelta(days=1)), at=at)

    cases = RightsRequest.objects.all()
    assert {case.right for case in cases} == {Right.ACCESS, Right.ERASURE}
    assert {(case.received_at, case.language) for case in cases} == {(at - timedelta(days=1), "fr")}


def test_no_more_advertising_is_done_at_once(at):
    receive(raw=mail("Geen reclame meer alstublieft."), at=at)

    (case,) = RightsRequest.objects.all()
    assert (case.right, case.status, case.is_absolute) == (Right.OBJECTION, Status.ANSWERED, True)
    assert set(case.purposes) == {code for code, purpose in PURPOSES.items() if purpose.is_marketing}


@pytest.mark.parametrize("words", ["I withdraw my consent.", "Je retire mon consentement.", "Ik trek mijn toestemming in."])
def test_a_consent_that_is_taken_back_ends_what_rests_on_one_and_nothing_else(words, at):
    receive(raw=mail(words), at=at)

    (case,) = RightsRequest.objects.all()
    assert (case.right, case.status, case.is_absolute) == (Right.OBJECTION, Status.ANSWERED, True)
    assert set(case.purposes) == {code for code, purpose in PURPOSES.items() if purpose.basis == Basis.CONSENT}
    assert NEWSLETTER.code in case.purposes
    assert MARKETING.code not in case.purposes


@pytest.mark.promise("P119")
def test_what_is_not_recognised_waits_for_the_desk(at):
    assert receive(raw=mail("When does your office open?"), at=at).fate == Fate.UNSORTED

    assert IncomingMail.objects.get().state == MailState.UNSORTED
    assert not RightsRequest.objects.exists()
    assert not Letter.objects.exists()


def test_who_asks_without_an_address_waits_for_the_desk(at):
    assert receive(raw=mail(sender="Noor <noor@>"), at=at).fate == Fate.UNSORTED
    assert IncomingMail.objects.get().sender == ""


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"Return_Path": "<>"}])
def test_no_machine_asks_for_anything(at, headers):
    assert receive(raw=mail(**headers), at=at).fate == Fate.AUTOMATIC

    assert IncomingMail.objects.get().state == MailState.DISMISSED
    assert not RightsRequest.objects.exists()
    assert not Letter.objects.exists()


def test_the_same_mail_twice_changes_nothing(at):
    raw = mail()
    receive(raw=raw, at=at)
    before = (RightsRequest.objects.count(), Letter.objects.count(), Event.objects.count())

    assert receive(raw=raw, at=at + timedelta(days=1)).fate == Fate.KNOWN
    assert (RightsRequest.objects.count(), Letter.objects.count(), Event.objects.count()) == before


def test_what_is_no_mail_leaves_nothing(at):
    with pytest.raises(NotAMail):
        receive(raw=b"\x89PNG", at=at)
    assert not IncomingMail.objects.exists()


def test_a_card_number_is_masked_before_anything_is_kept(at):
    receive(raw=mail("Please delete my data. Card 4111 1111 1111 1111.", subject="4111111111111111"), at=at)

    kept = str(list(IncomingMail.objects.values())) + RightsRequest.objects.get().text
    assert "4111 1111 1111 1111" not in kept
    assert "4111111111111111" not in kept


class TestThread:
    @pytest.fixture
    def case(self, at):
        return cast.confirmed(at=at, email=SENDER)

    @pytest.fixture
    def letter(self, case):
        return Letter.objects.get(about=case.reference, event="confirm_request")

    def test_an_answer_to_our_letter_is_a_message_of_its_case(self, case, letter, at):
        result = receive(raw=mail("Please delete my data too.", In_Reply_To=letter.message_id), at=at)

        message = Message.objects.get(request=case)
        assert result.references == (case.reference,)
        assert (message.is_from_person, message.channel, message.is_sender_known) == (True, Channel.MAIL, True)
        assert "Please delete my data too." in message.text
        assert RightsRequest.objects.count() == 1

    def test_a_reference_in_the_subject_will_do(self, case, at):
        assert receive(raw=mail("hello", subject=f"Re: {case.reference}"), at=at).fate == Fate.MESSAGE

    def test_a_forged_sender_gains_nothing(self, case, letter, at):
        before = (Letter.objects.count(), RightsRequest.objects.values().get(pk=case.pk))

        receive(raw=mail("Send it to me: delete my data", sender="eve@stranger.example", References=letter.message_id), at=at)

        assert not Message.objects.get().is_sender_known
        assert (Letter.objects.count(), RightsRequest.objects.values().get(pk=case.pk)) == before
        assert not Letter.objects.filter(recipient="eve@stranger.example").exists()

    def test_a_reference_of_nobody_is_a_mail_like_any_other(self, at):
        assert receive(raw=mail("hello", subject="R-0000-00"), at=at).fate == Fate.UNSORTED

    def test_a_case_reduced_to_its_proof_takes_no_more_words(self, case, letter, at):
        RightsRequest.objects.filter(pk=case.pk).update(minimised_at=at)
        assert receive(raw=mail("hello", In_Reply_To=letter.message_id), at=at).fate == Fate.UNSORTED

    def test_letters_about_accounts_are_no_thread(self, at, letter):
        Letter.objects.filter(pk=letter.pk).update(about="accounts.user:0199")
        assert receive(raw=mail("hello", In_Reply_To=letter.message_id), at=at).fate == Fate.UNSORTED


class TestFlood:
    def test_the_same_right_again_is_one_case_with_more_words(self, at):
        for _number in range(5):
            receive(raw=mail("Delete my data now"), at=at)

        case = RightsRequest.objects.get()
        assert case.messages.count() == 4
        assert Letter.objects.filter(recipient=SENDER).count() == 1

    def test_an_objection_done_at_once_is_not_done_again_the_same_day(self, at):
        for _number in range(3):
            receive(raw=mail("No more newsletters"), at=at)

        assert RightsRequest.objects.get().messages.count() == 2
        receive(raw=mail("No more newsletters"), at=at + timedelta(days=2))
        assert RightsRequest.objects.count() == 2

    def test_others_are_not_grouped_with_it(self, at):
        receive(raw=mail("Delete my data"), at=at)
        receive(raw=mail("Delete my data", sender="other@customer.example"), at=at)
        assert RightsRequest.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_mail_from_two_sides_at_once_is_one_mail(at):
    raw, fates, barrier = mail(), [], Barrier(2)

    def take() -> None:
        barrier.wait()
        try:
            fates.append(receive(raw=raw, at=at).fate)
        finally:
            connection.close()

    sides = [Thread(target=take) for _number in range(2)]
    for side in sides:
        side.start()
    for side in sides:
        side.join()
    assert sorted(fates) == [Fate.KNOWN, Fate.REQUEST]
    assert RightsRequest.objects.count() == 1
