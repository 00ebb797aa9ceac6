from __future__ import annotations

import itertools
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.enums import UserRole
from datamap.enums import Ground
from letters.models import Letter
from letters.services import text_of
from rights_requests import services, wording
from rights_requests.enums import Outcome, Right, Status, Verb
from rights_requests.models import ErasurePreview, RightsRequest, Withholding
from rights_requests.services.minimising import minimise
from rights_requests.services.moving import lock
from rights_requests.workflow import TransitionNotAllowed
from tests.accounts.factories import make_contact, make_message, make_staff, make_user
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


def fresh(case) -> RightsRequest:
    return RightsRequest.objects.get(pk=case.pk)


class TestAnswer:
    def test_nothing_held_is_an_answer_too(self, at):
        case = cast.collected(at=at)

        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

        case = fresh(case)
        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.NOTHING_HELD)
        assert Letter.objects.filter(event="access_nothing", about=case.reference).count() == 1
        assert not case.tasks.filter(verb=Verb.PACKAGE).exists()

    def test_what_is_held_is_packed(self, at):
        cast.data_of()
        case = cast.collected(at=at)

        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

        assert fresh(case).status == Status.CARRYING_OUT
        case = cast.run(case, at=at)
        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.COMPLETE)
        assert Letter.objects.filter(event="access_ready", about=case.reference).count() == 1

    def test_an_erasure_is_not_answered_so(self, at):
        case = cast.collected(Right.ERASURE, at=at)

        with pytest.raises(TransitionNotAllowed):
            services.answer(request_id=case.pk, actor=cast.CLERK, at=at)


class TestRefuse:
    #: The closed list, written out from the law.
    ANY = {"ID_NOT_PROVEN", "UNFOUNDED", "EXCESSIVE_REPEAT", "EXCESSIVE_ABUSE", "MEMBER_STATE_RESTRICTION"}
    LIST = {
        Right.ACCESS: ANY,
        Right.RECTIFICATION: ANY | {"ACCURATE", "LEGAL_OBLIGATION"},
        Right.RESTRICTION: ANY | {"NO_RESTRICTION_GROUND"},
        Right.PORTABILITY: ANY | {"NOT_PORTABLE_BASIS", "NOT_AUTOMATED", "NOT_PROVIDED"},
        Right.OBJECTION: ANY | {"COMPELLING_GROUNDS", "LEGAL_CLAIMS"},
        Right.ERASURE: ANY
        | {"NO_ERASURE_GROUND", "LEGAL_OBLIGATION", "LEGAL_CLAIMS", "FREEDOM_EXPRESSION", "PUBLIC_HEALTH", "ARCHIVE_RESEARCH"},
    }

    @pytest.mark.parametrize(("right", "ground"), list(itertools.product(Right, Ground)))
    def test_each_right_has_its_closed_list(self, right, ground, at):
        case = cast.collected(right, at=at)
        refusal = {"ground": ground, "reason": "Facts.", "article": "Art. 60", "until_on": date(2030, 1, 1), "evidence": "Twelve in a day."}

        if ground.value in self.LIST[right]:
            services.refuse(request_id=case.pk, **refusal, actor=cast.CLERK, at=at)
            assert (fresh(case).status, fresh(case).ground) == (Status.REFUSED, ground)
            letter = Letter.objects.get(event="request_refused", about=case.reference)
            assert wording.article_of(right, ground) in str(letter.body)
        else:
            with pytest.raises(services.GroundNotForThisRight):
                services.refuse(request_id=case.pk, **refusal, actor=cast.CLERK, at=at)
            assert fresh(case).status == Status.IN_REVIEW

    @pytest.mark.parametrize(("ground", "reason"), [("", "Facts."), (Ground.UNFOUNDED, "  ")])
    def test_ground_and_reasons_are_needed(self, ground, reason, at):
        case = cast.collected(at=at)

        with pytest.raises(services.GroundRequired):
            services.refuse(request_id=case.pk, ground=ground, reason=reason, evidence="Twelve in a day.", actor=cast.CLERK, at=at)

    @pytest.mark.parametrize("lacking", ["article", "until_on"])
    def test_a_duty_of_law_needs_its_article_and_its_end(self, lacking, at):
        case = cast.collected(Right.ERASURE, at=at)
        given = {"article": "Art. 60", "until_on": date(2030, 1, 1)}
        given.pop(lacking)

        with pytest.raises(services.GroundRequired):
            services.refuse(request_id=case.pk, ground=Ground.LEGAL_OBLIGATION, reason="Facts.", **given, actor=cast.CLERK, at=at)

    def test_a_duty_of_law_that_is_over_is_none(self, at):
        case = cast.collected(Right.ERASURE, at=at)
        deed = {"request_id": case.pk, "ground": Ground.LEGAL_OBLIGATION, "reason": "Facts.", "article": "Art. 60", "actor": cast.CLERK}
        for until_on in (date(2020, 12, 31), at.date()):
            with pytest.raises(services.DutyOver):
                services.refuse(**deed, until_on=until_on, at=at)
        assert fresh(case).status == Status.IN_REVIEW

        services.refuse(**deed, until_on=at.date() + timedelta(days=1), at=at)
        assert fresh(case).status == Status.REFUSED

    @pytest.mark.parametrize("ground", [Ground.UNFOUNDED, Ground.EXCESSIVE_REPEAT, Ground.EXCESSIVE_ABUSE])
    def test_what_is_unfounded_or_excessive_needs_evidence_which_stands_in_no_letter(self, ground, at):
        from letters.services import text_of

        case = cast.collected(at=at)
        deed = {"request_id": case.pk, "ground": ground, "reason": "Facts.", "actor": cast.CLERK, "at": at}
        with pytest.raises(services.ProofRequired):
            services.refuse(**deed, evidence=" ")
        with pytest.raises(IntegrityError, match="refused_on_evidence"), transaction.atomic():
            RightsRequest.objects.filter(pk=case.pk).update(status=Status.REFUSED, ground=ground, closed_at=at)
        services.refuse(**deed, evidence="Four mails with 4111 1111 1111 1111 in an hour.")

        case = fresh(case)
        assert case.refusal_evidence.startswith("Four mails with ")
        assert "4111 1111" not in case.refusal_evidence
        assert "Four mails" not in text_of(Letter.objects.get(about=case.reference, event="request_refused"))
        with transaction.atomic():
            minimise(lock(case.pk), at=at)
        assert fresh(case).refusal_evidence == "-"

    def test_a_restriction_by_national_law_needs_its_article_which_the_letter_names(self, at):
        from letters.services import text_of

        case = cast.collected(at=at)
        ground = Ground.MEMBER_STATE_RESTRICTION
        with pytest.raises(services.GroundRequired):
            services.refuse(request_id=case.pk, ground=ground, reason="Facts.", evidence="Twelve in a day.", actor=cast.CLERK, at=at)
        services.refuse(
            request_id=case.pk,
            ground=ground,
            reason="Facts.",
            evidence="Twelve in a day.",
            article="Act of 1 May, art. 5",
            actor=cast.CLERK,
            at=at,
        )
        letter = Letter.objects.get(about=case.reference, event="request_refused")
        assert "Act of 1 May, art. 5" in text_of(letter)

    def test_the_letter_gives_reasons_complaint_and_remedy(self, at):
        from letters.services import text_of

        case = cast.collected(at=at, language="fr")
        services.refuse(
            request_id=case.pk,
            ground=Ground.UNFOUNDED,
            reason="Dix demandes en un jour.",
            evidence="Twelve in a day.",
            actor=cast.CLERK,
            at=at,
        )

        text = text_of(Letter.objects.get(event="request_refused"))
        assert "Dix demandes en un jour." in text
        assert "contact@apd-gba.be" in text
        assert "CNIL" in text


class TestWithhold:
    @pytest.fixture
    def case(self, at):
        self.row = make_message(cast.EMAIL, text="My colleague Piet earns too much")
        return cast.collected(at=at)

    def withhold(self, case, at, **changed):
        agent = make_staff()
        values = {
            "source": "accounts.messages",
            "part": "messages",
            "row_key": str(self.row.pk),
            "column": "text",
            "ground": Ground.THIRD_PARTY_RIGHTS,
            **changed,
        }
        return services.withhold(request_id=case.pk, **values, agent_id=agent.pk, actor=cast.CLERK, at=at)

    def test_a_value_is_left_out_once(self, case, at):
        self.withhold(case, at)
        self.withhold(case, at)

        assert Withholding.objects.filter(request=case).count() == 1

    def test_it_makes_the_answer_partial_and_the_letter_says_so(self, case, at):
        from letters.services import text_of

        self.withhold(case, at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        case = cast.run(case, at=at)

        assert case.outcome == Outcome.PARTIAL
        assert "15(4)" in text_of(Letter.objects.get(event="access_ready"))

    def test_it_can_be_given_after_all(self, case, at):
        self.withhold(case, at)

        services.unwithhold(
            request_id=case.pk,
            source="accounts.messages",
            part="messages",
            row_key=str(self.row.pk),
            column="text",
            actor=cast.CLERK,
            at=at,
        )

        assert not Withholding.objects.exists()

    @pytest.mark.parametrize("ground", [Ground.LEGAL_CLAIMS, Ground.UNFOUNDED, Ground.NO_ERASURE_GROUND, Ground.MEMBER_STATE_RESTRICTION])
    def test_not_every_ground_leaves_a_value_out(self, case, ground, at):
        with pytest.raises(services.GroundNotForThisRight):
            self.withhold(case, at, ground=ground)

    @pytest.mark.parametrize("changed", [{"source": "nowhere"}, {"part": ""}, {"row_key": ""}, {"column": "id"}])
    def test_there_must_be_something_to_leave_out(self, case, changed, at):
        with pytest.raises(services.NothingToWithhold):
            self.withhold(case, at, **changed)

    def test_not_after_the_answer(self, case, at):
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

        with pytest.raises(TransitionNotAllowed):
            self.withhold(case, at)


class TestErasure:
    def test_the_preview_counts_what_goes_and_what_stays_with_ground_article_and_end(self, at):
        cast.data_of(contacts=2, messages=3, invoices=1)
        case = cast.proposed(at=at)

        parts = {row["source"]: row for row in case.preview.parts}
        assert (parts["accounts.contacts"]["erased"], parts["accounts.messages"]["erased"]) == (2, 3)
        invoice = parts["accounts.invoices"]
        assert (invoice["kept"], invoice["ground"], invoice["until"]) == (1, "LEGAL_OBLIGATION", "2035-12-31")
        assert "60" in invoice["article"]

    def test_a_preview_changes_nothing(self, at):
        from accounts.models import Contact, ContactMessage

        cast.data_of(contacts=2, messages=3)
        cast.proposed(at=at)

        assert (Contact.objects.count(), ContactMessage.objects.count()) == (2, 3)

    def test_who_prepared_it_does_not_approve_it(self, at):
        agent = make_staff()
        case = cast.proposed(at=at, agent=agent)

        with pytest.raises(services.SamePerson):
            services.approve_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)

        assert fresh(case).status == Status.AWAITING_APPROVAL

    def test_the_database_refuses_it_too(self, at):
        agent = make_staff()
        case = cast.proposed(at=at, agent=agent)

        with pytest.raises(IntegrityError, match="rights_requests_four_eyes"), transaction.atomic():
            ErasurePreview.objects.filter(pk=case.pk).update(approved_by=agent)
        with (
            pytest.raises(IntegrityError, match="rights_requests_four_eyes"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE rights_requests_erasurepreview SET approved_by_id = prepared_by_id")

    def test_every_known_channel_is_told_with_a_link_of_its_own(self, at):
        user = make_user(cast.EMAIL)
        user.emailaddress_set.create(email="second@customer.example", verified=True)
        cast.data_of()

        case = cast.approved(at=at)

        letters = Letter.objects.filter(event="erasure_notice", about=case.reference)
        assert set(letters.values_list("recipient", flat=True)) == {cast.EMAIL, "second@customer.example"}
        tokens = {cast.token_of("erasure_notice", about=case.reference, to=letter.recipient) for letter in letters}
        assert len(tokens) == 2
        assert case.preview.carry_out_at == at + timedelta(hours=48)

    def test_a_preview_that_is_not_true_any_more_is_not_approved(self, at):
        cast.data_of()
        case = cast.proposed(at=at)
        make_contact(cast.EMAIL)
        approver = make_staff()

        with pytest.raises(services.PreviewChanged):
            services.approve_erasure(request_id=case.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=at)

        assert fresh(case).status == Status.AWAITING_APPROVAL
        assert not Letter.objects.filter(event="erasure_notice").exists()

    def test_one_row_for_another_is_a_change_too(self, at):
        """Counts alone would not see it."""
        first = make_contact(cast.EMAIL)
        case = cast.proposed(at=at)
        first.delete()
        make_contact(cast.EMAIL)

        with pytest.raises(services.PreviewChanged):
            services.approve_erasure(request_id=case.pk, agent_id=make_staff().pk, actor=cast.CLERK, at=at)

    def test_talking_about_the_case_does_not_change_the_preview(self, at):
        cast.data_of()
        case = cast.proposed(at=at)
        services.write_message(request_id=case.pk, text="When?", author_id=None, actor=cast.PERSON, at=at)

        services.approve_erasure(request_id=case.pk, agent_id=make_staff().pk, actor=cast.CLERK, at=at)

        assert fresh(case).status == Status.GRACE

    def test_sent_back_the_preview_is_torn_up(self, at):
        case = cast.proposed(at=at)

        services.send_back(request_id=case.pk, actor=cast.CLERK, at=at)

        assert fresh(case).status == Status.IN_REVIEW
        assert not ErasurePreview.objects.exists()
        with pytest.raises(TransitionNotAllowed):
            services.approve_erasure(request_id=case.pk, agent_id=uuid4(), actor=cast.CLERK, at=at)

    def test_a_person_may_take_it_back_until_the_deed(self, at):
        case = cast.approved(at=at)

        services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at + timedelta(hours=47))

        assert cast.run(case, at=at + timedelta(hours=49)).status == Status.WITHDRAWN

    def test_not_after_it(self, at):
        case = cast.erased(at=at)

        with pytest.raises(TransitionNotAllowed):
            services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at + timedelta(hours=49))


class TestWhoHandlesIt:
    def test_who_answers_a_case_of_nobody_takes_it_and_is_named_in_the_letter(self, at):
        agent = make_staff(name="Anaïs Lambert")
        case = cast.collected(at=at)

        services.refuse(
            request_id=case.pk, ground=Ground.UNFOUNDED, reason="Ten a day.", evidence="Ten.", actor=cast.staff_actor(agent), at=at
        )

        assert fresh(case).assigned_to == agent
        assert "Write to Anaïs Lambert in our privacy team" in self.letter(case)

    def test_a_case_that_somebody_has_stays_with_them(self, at):
        keeper, agent = make_staff(name="Karim Benali"), make_staff(name="Anaïs Lambert")
        case = cast.collected(at=at)
        services.assign(request_id=case.pk, agent_id=keeper.pk, actor=cast.staff_actor(keeper), at=at)

        services.refuse(
            request_id=case.pk, ground=Ground.UNFOUNDED, reason="Ten a day.", evidence="Ten.", actor=cast.staff_actor(agent), at=at
        )

        assert fresh(case).assigned_to == keeper
        assert "Write to Karim Benali in our privacy team" in self.letter(case)

    def test_who_approves_an_erasure_does_not_take_it(self, at):
        agent = make_staff(name="Anaïs Lambert")
        case = cast.proposed(at=at, agent=agent)
        services.approve_erasure(request_id=case.pk, agent_id=(other := make_staff()).pk, actor=cast.staff_actor(other), at=at)

        assert fresh(case).assigned_to == agent

    def test_nor_where_nobody_has_it_by_then(self, at):
        case = cast.proposed(at=at)
        services.assign(request_id=case.pk, agent_id=None, actor=cast.CLERK, at=at)
        other = make_staff()
        services.approve_erasure(request_id=case.pk, agent_id=other.pk, actor=cast.staff_actor(other), at=at)

        assert fresh(case).assigned_to is None

    @pytest.mark.parametrize("is_kept", [False, True])
    @pytest.mark.parametrize("what", ["answer", "refuse", "forward", "propose"])
    def test_whoever_decides_takes_a_case_that_nobody_has(self, what, is_kept, at):
        keeper, agent = make_staff(), make_staff()
        case = cast.collected(Right.ERASURE if what == "propose" else Right.ACCESS, at=at)
        assert case.assigned_to is None
        if is_kept:
            services.assign(request_id=case.pk, agent_id=keeper.pk, actor=cast.staff_actor(keeper), at=at)
        who = {"request_id": case.pk, "actor": cast.staff_actor(agent), "at": at}
        deeds = {
            "answer": lambda: services.answer(**who),
            "refuse": lambda: services.refuse(ground=Ground.UNFOUNDED, reason="Ten a day.", evidence="Ten.", **who),
            "forward": lambda: services.forward(customer_name="Drukkerij Vos", customer_email="privacy@vos.example", **who),
            "propose": lambda: services.propose_erasure(agent_id=agent.pk, **who),
        }

        deeds[what]()

        assert fresh(case).assigned_to == (keeper if is_kept else agent)

    @pytest.mark.parametrize("changed", [{"role": UserRole.PRIVACY_OFFICER}, {"is_active": False}])
    def test_neither_the_officer_nor_who_has_left_is_the_contact(self, changed, at):
        agent = make_staff(name="Hélène Marchal")
        case = cast.collected(at=at)
        services.assign(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
        type(agent).objects.filter(pk=agent.pk).update(**changed)

        services.refuse(request_id=case.pk, ground=Ground.UNFOUNDED, reason="Ten a day.", evidence="Ten.", actor=cast.CLERK, at=at)

        assert "Write to our privacy team at" in self.letter(case)

    def letter(self, case) -> str:
        return " ".join(text_of(Letter.objects.get(event="request_refused", about=case.reference)).split())
