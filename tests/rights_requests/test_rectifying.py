"""A rectification from the list to the letter: accepted, refused with each ground, in part, stopped, and never a stranger's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts.models import Contact
from audit.models import Event
from datamap import registry
from datamap.declaration import Field, RetentionRule, Source
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import SERVICE
from letters.models import Letter
from letters.services import text_of
from rights_requests import rules, services
from rights_requests.enums import CorrectionState, NoticeState, Outcome, Right, Status, TaskStatus, Verb
from rights_requests.models import Correction, RecipientNotice, RightsRequest
from rights_requests.workflow import TransitionNotAllowed
from subjects.models import Restriction
from tests.accounts.factories import make_contact, make_invoice, make_staff
from tests.datamap.passing import passed
from tests.rights_requests import cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from accounts.models import User

pytestmark = pytest.mark.django_db

CONTACTS = {"source": "accounts.contacts", "part": "contacts"}


@pytest.fixture
def agent() -> User:
    return make_staff()


@pytest.fixture
def contact() -> Contact:
    return make_contact(cast.EMAIL, name="Lucas Delcourt", city="Gent")


@pytest.fixture
def case(contact: Contact, at: datetime) -> RightsRequest:
    return cast.collected(Right.RECTIFICATION, at=at, text="My name is Delcour, without a t.")


def add(case: RightsRequest, row: Any, *, at: datetime, field: str = "name", new: str = "Lucas Delcour", **more: str) -> Correction:
    place = {**CONTACTS, "row_key": str(row.pk), "field": field, "new": new, **more}
    return services.add_correction(request_id=case.pk, actor=cast.CLERK, at=at, **place)


def decide(correction: Correction, agent: User, *, at: datetime, state: CorrectionState = CorrectionState.ACCEPTED, **more: Any) -> None:
    services.decide_correction(correction_id=correction.pk, state=state, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at, **more)


def refuse(correction: Correction, agent: User, *, at: datetime, ground: Ground = Ground.ACCURATE, **more: Any) -> None:
    reason = more.pop("reason", "Your letter of 3 May says so.")
    decide(correction, agent, at=at, state=CorrectionState.REFUSED, ground=ground, reason=reason, **more)


def answer(case: RightsRequest, *, at: datetime) -> RightsRequest:
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    return cast.run(case, at=at)


def letter_of(case: RightsRequest, event: str = "rectified") -> str:
    return " ".join(text_of(Letter.objects.get(about=case.reference, event=event)).split())


class TestTheWay:
    @pytest.mark.promise("P037")
    def test_a_value_is_corrected_in_its_source_and_the_letter_says_both(self, case, contact, agent, at):
        correction = add(case, contact, at=at, evidence="Copy of the company register.")
        assert (correction.old, correction.state) == ("Lucas Delcourt", CorrectionState.OPEN)
        decide(correction, agent, at=at)

        case = answer(case, at=at)

        contact.refresh_from_db()
        correction.refresh_from_db()
        assert (contact.name, correction.state) == ("Lucas Delcour", CorrectionState.APPLIED)
        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.COMPLETE)
        text = letter_of(case)
        assert "Lucas Delcourt" in text
        assert "Lucas Delcour" in text.replace("Lucas Delcourt", "")
        assert "Customer contacts, Name" in text
        assert case.tasks.get(verb=Verb.RECTIFY).source == "accounts.contacts"

    def test_several_sources_have_a_task_each_and_a_part_may_be_refused(self, case, contact, agent, at):
        message = cast.make_message(cast.EMAIL, phone="+32 2 555 01 00")
        decide(add(case, contact, at=at), agent, at=at)
        decide(add(case, contact, at=at, field="language", new="fr"), agent, at=at)
        asked = {"source": "accounts.messages", "part": "messages", "field": "phone", "new": "+32 2 555 01 40"}
        decide(add(case, message, at=at, **asked), agent, at=at)
        refuse(add(case, contact, at=at, field="city", new="Brugge"), agent, at=at)

        case = answer(case, at=at)

        contact.refresh_from_db()
        message.refresh_from_db()
        assert (contact.name, contact.language, contact.city) == ("Lucas Delcour", "fr", "Gent")
        assert message.phone == "+32 2 555 01 40"
        assert case.tasks.filter(verb=Verb.RECTIFY, status=TaskStatus.DONE).count() == 2
        assert (case.outcome, case.status) == (Outcome.PARTIAL, Status.ANSWERED)
        text = letter_of(case)
        assert "Your letter of 3 May says so." in text
        assert "Français" in text
        assert "contact@apd-gba.be" in text

    def test_all_refused_is_a_refusal_with_its_remedies(self, case, contact, agent, at):
        refuse(add(case, contact, at=at), agent, at=at)

        case = answer(case, at=at)

        contact.refresh_from_db()
        assert (case.status, case.outcome, case.ground) == (Status.ANSWERED, Outcome.REFUSED, Ground.ACCURATE)
        assert contact.name == "Lucas Delcourt"
        text = letter_of(case, "rectification_refused")
        assert "Accurate as it is" in text
        assert "contact@apd-gba.be" in text
        assert not RecipientNotice.objects.exists()

    def test_a_statement_is_kept_and_shown_in_an_access_answer(self, case, contact, agent, at):
        statement = services.add_statement(request_id=case.pk, text="I left that company in 2024.", actor=cast.CLERK, at=at)
        decide(statement, agent, at=at)

        case = answer(case, at=at)

        assert (case.outcome, case.tasks.filter(verb=Verb.RECTIFY).count()) == (Outcome.COMPLETE, 0)
        assert "I left that company in 2024." in letter_of(case)
        subject = RightsRequest.objects.get(pk=case.pk).subject
        parts = {part.name: list(part.rows) for part in registry.get("rights_requests.cases").export(subject)}
        assert any("I left that company in 2024." in row for row in parts["corrections"])

    def test_where_nothing_is_held_the_answer_says_so(self, at):
        case = cast.collected(Right.RECTIFICATION, at=at)

        case = answer(case, at=at)

        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.NOTHING_HELD)
        assert "nothing to correct" in letter_of(case, "nothing_to_correct")

    @pytest.mark.parametrize("language", ["en", "fr", "nl"])
    def test_each_letter_is_in_the_language_of_the_person(self, contact, agent, language, at):
        invoice = make_invoice(cast.EMAIL)
        case = cast.collected(Right.RECTIFICATION, at=at, language=language)
        decide(add(case, contact, at=at), agent, at=at)
        asked = {"source": "accounts.invoices", "part": "invoices", "field": "billing_name", "new": "L. Delcour"}
        law = {"article": "Art. 60 § 4 Code de la TVA / Btw-wetboek", "until_on": date(2033, 12, 31)}
        refuse(add(case, invoice, at=at, **asked), agent, at=at, ground=Ground.LEGAL_OBLIGATION, **law)

        case = answer(case, at=at)

        text = letter_of(case)
        assert "17(3)" not in text
        assert "17, " not in text.split("CNIL")[0]
        with translation.override(language):
            assert {"en": "31 December 2033", "fr": "31 décembre 2033", "nl": "31 december 2033"}[language] in text


class TestTheList:
    def test_somebody_elses_row_is_not_there(self, case, at):
        stranger = make_contact("lucas@customer.example")
        for key in (str(stranger.pk), str(uuid4()), "x"):
            with pytest.raises(services.NothingToCorrect):
                add(case, stranger, at=at, row_key=key)
        for place in ({"source": "accounts.nobody"}, {"source": "accounts.invoices", "part": "invoices"}, {"field": "password"}):
            with pytest.raises(services.NothingToCorrect):
                add(case, stranger, at=at, **place)
        assert not Correction.objects.exists()

    @pytest.mark.parametrize(("field", "new"), [("phone", "call me"), ("email", "lucas@customer.example"), ("country", "Belgium")])
    def test_a_value_that_cannot_stand_there_is_refused_in_words(self, case, contact, field, new, at):
        with pytest.raises(services.ValueNotTaken) as error:
            add(case, contact, at=at, field=field, new=new)
        assert len(str(error.value)) > 20

    def test_what_stands_there_already_and_what_is_listed_already(self, case, contact, at):
        with pytest.raises(services.SameValue):
            add(case, contact, at=at, new="  Lucas Delcourt ")
        with pytest.raises(services.NothingSaid):
            add(case, contact, at=at, new="  ")
        add(case, contact, at=at)
        with pytest.raises(services.AskedAlready):
            add(case, contact, at=at, new="L. Delcour")
        assert Correction.objects.count() == 1

    def test_an_invoice_may_be_asked_about_and_cannot_be_accepted(self, case, contact, agent, at):
        invoice = make_invoice(cast.EMAIL)
        asked = {"source": "accounts.invoices", "part": "invoices", "field": "billing_name", "new": "L. Delcour"}
        correction = add(case, invoice, at=at, **asked)
        assert correction.old == "Lucas Delcourt"
        with pytest.raises(services.NotCorrectable, match="credit note"):
            decide(correction, agent, at=at)
        with pytest.raises(services.GroundRequired):
            refuse(correction, agent, at=at, ground=Ground.LEGAL_OBLIGATION)
        correction.refresh_from_db()
        assert correction.state == CorrectionState.OPEN

    def test_only_what_is_undecided_is_taken_off(self, case, contact, agent, at):
        correction = add(case, contact, at=at)
        decide(correction, agent, at=at)
        with pytest.raises(services.DecidedAlready):
            services.remove_correction(correction_id=correction.pk, actor=cast.CLERK, at=at)
        decide(correction, agent, at=at, state=CorrectionState.OPEN)
        services.remove_correction(correction_id=correction.pk, actor=cast.CLERK, at=at)
        assert not Correction.objects.exists()

    @pytest.mark.parametrize("right", sorted(set(Right) - {Right.RECTIFICATION}))
    def test_no_other_right_has_a_list(self, contact, right, at):
        case = cast.collected(right, at=at) if right != Right.OBJECTION else cast.collected(right, at=at, text="Weigh it.")
        with pytest.raises(TransitionNotAllowed):
            add(case, contact, at=at)

    def test_before_identity_and_after_the_answer_there_is_none(self, case, contact, agent, at):
        unknown = cast.file(Right.RECTIFICATION, at=at, email="lien@customer.example")
        with pytest.raises(TransitionNotAllowed):
            add(unknown, contact, at=at)
        correction = add(case, contact, at=at)
        decide(correction, agent, at=at)
        answer(case, at=at)
        with pytest.raises(TransitionNotAllowed):
            add(case, contact, at=at, field="city", new="Brugge")
        with pytest.raises(TransitionNotAllowed):
            refuse(correction, agent, at=at)
        with pytest.raises(TransitionNotAllowed):
            services.remove_correction(correction_id=correction.pk, actor=cast.CLERK, at=at)

    def test_no_words_and_no_values_stand_in_the_log(self, case, contact, agent, at):
        decide(add(case, contact, at=at), agent, at=at)
        details = [str(event.details) for event in Event.objects.filter(about=case.reference)]
        assert not any("Delcour" in text for text in details)


class TestDecisions:
    @pytest.mark.parametrize("ground", list(Ground))
    def test_each_ground_of_the_closed_list_and_no_other(self, case, contact, agent, ground, at):
        correction = add(case, contact, at=at)
        given = {"article": "Act of 1 May, art. 5", "until_on": date(2030, 1, 1), "evidence": "Letter of 3 May."}
        if ground in rules.CORRECTION_GROUNDS:
            refuse(correction, agent, at=at, ground=ground, **given)
            case = answer(case, at=at)
            assert case.outcome == Outcome.REFUSED
            assert "Your letter of 3 May" in letter_of(case, "rectification_refused")
        else:
            with pytest.raises(services.GroundNotForThisRight):
                refuse(correction, agent, at=at, ground=ground, **given)

    def test_a_refusal_needs_its_reasons_and_a_duty_that_goes_on(self, case, contact, agent, at):
        correction = add(case, contact, at=at)
        with pytest.raises(services.DutyOver):
            refuse(correction, agent, at=at, ground=Ground.LEGAL_OBLIGATION, article="Act of 1 May, art. 5", until_on=at.date())
        with pytest.raises(services.GroundRequired):
            refuse(correction, agent, at=at, reason="  ")
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.filter(pk=correction.pk).update(state="REFUSED", ground="ACCURATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.filter(pk=correction.pk).update(state="REFUSED", ground="LEGAL_OBLIGATION", reason="x", article="y")

    def test_nothing_is_answered_before_everything_is_decided(self, case, contact, agent, at):
        with pytest.raises(services.NothingOnTheList):
            answer(case, at=at)
        correction = add(case, contact, at=at)
        with pytest.raises(services.Undecided):
            answer(case, at=at)
        assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW
        decide(correction, agent, at=at)
        assert answer(case, at=at).status == Status.ANSWERED

    def test_a_second_click_changes_nothing_and_a_second_agent_is_told(self, case, contact, agent, at):
        correction, colleague = add(case, contact, at=at), make_staff()
        decide(correction, agent, at=at)
        decide(correction, agent, at=at)
        assert Event.objects.filter(action="correction.accepted").count() == 1
        with pytest.raises(services.DecidedAlready):
            refuse(correction, colleague, at=at)
        with pytest.raises(services.DecidedAlready):
            decide(correction, colleague, at=at)
        correction.refresh_from_db()
        assert (correction.state, correction.by_id) == (CorrectionState.ACCEPTED, agent.pk)

    def test_an_answer_pressed_twice_is_one_answer(self, case, contact, agent, at):
        decide(add(case, contact, at=at), agent, at=at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        with pytest.raises(TransitionNotAllowed):
            services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        cast.run(case, at=at)
        cast.run(case, at=at)
        assert Letter.objects.filter(event="rectified").count() == 1

    def test_by_the_machine_nothing_is_decided(self, case, contact, agent, at):
        correction = add(case, contact, at=at)
        for state in (CorrectionState.APPLIED, CorrectionState.GONE):
            with pytest.raises(TransitionNotAllowed):
                decide(correction, agent, at=at, state=state)


class TestStopped:
    @pytest.fixture
    def stopped(self, case, contact, agent, at) -> Correction:
        correction = add(case, contact, at=at)
        decide(correction, agent, at=at)
        Contact.objects.filter(pk=contact.pk).update(name="Luc Delcourt")
        case = answer(case, at=at)
        task = case.tasks.get(verb=Verb.RECTIFY)
        assert (case.status, task.status, task.error) == (Status.CARRYING_OUT, TaskStatus.MANUAL, "ChangedSince")
        contact.refresh_from_db()
        assert contact.name == "Luc Delcourt"
        return correction

    def test_what_stands_now_is_wrong_too(self, stopped, case, contact, at):
        services.settle_stopped(correction_id=stopped.pk, step="renew", actor=cast.CLERK, at=at)
        case = cast.run(case, at=at)
        contact.refresh_from_db()
        assert (contact.name, case.outcome) == ("Lucas Delcour", Outcome.COMPLETE)
        assert "Luc Delcourt" in letter_of(case)

    def test_what_stands_now_is_right(self, stopped, case, contact, agent, at):
        refuse(stopped, agent, at=at)
        case = cast.run(case, at=at)
        contact.refresh_from_db()
        assert (contact.name, case.outcome) == ("Luc Delcourt", Outcome.REFUSED)

    def test_nothing_stands_there_any_more(self, stopped, case, contact, at):
        with pytest.raises(services.NotStopped):
            services.settle_stopped(correction_id=stopped.pk, step="gone", actor=cast.CLERK, at=at)
        contact.delete()
        with pytest.raises(services.NothingToCorrect):
            services.settle_stopped(correction_id=stopped.pk, step="renew", actor=cast.CLERK, at=at)
        services.settle_stopped(correction_id=stopped.pk, step="gone", actor=cast.CLERK, at=at)
        case = cast.run(case, at=at)
        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.COMPLETE)
        assert "were gone when we came to correct them" in letter_of(case)

    def test_somebody_wrote_the_right_value_meanwhile(self, stopped, case, contact, at):
        Contact.objects.filter(pk=contact.pk).update(name="Lucas Delcour")
        task = case.tasks.get(verb=Verb.RECTIFY)
        services.settle_manual_task(task_id=task.pk, action="again", actor=cast.CLERK, at=at)
        assert cast.run(case, at=at).outcome == Outcome.COMPLETE

    def test_nobodys_word_stands_for_the_machines_deed(self, stopped, case, at):
        with pytest.raises(services.TaskNotManual):
            services.settle_manual_task(task_id=case.tasks.get(verb=Verb.RECTIFY).pk, action="done", actor=cast.CLERK, at=at)

    def test_what_runs_is_not_taken_up(self, case, contact, agent, at):
        correction = add(case, contact, at=at)
        decide(correction, agent, at=at)
        with pytest.raises(services.NotStopped):
            services.settle_stopped(correction_id=correction.pk, step="renew", actor=cast.CLERK, at=at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        with pytest.raises(TransitionNotAllowed):
            refuse(correction, agent, at=at)

    def test_one_value_that_changed_stops_all_of_its_source_and_none_of_another(self, case, contact, agent, at):
        message = cast.make_message(cast.EMAIL, phone="")
        decide(add(case, contact, at=at, field="city", new="Brugge"), agent, at=at)
        decide(add(case, contact, at=at), agent, at=at)
        asked = {"source": "accounts.messages", "part": "messages", "field": "phone", "new": "+32 2 555 01 40"}
        decide(add(case, message, at=at, **asked), agent, at=at)
        Contact.objects.filter(pk=contact.pk).update(name="Luc Delcourt")
        answer(case, at=at)
        contact.refresh_from_db()
        message.refresh_from_db()
        assert (contact.name, contact.city, message.phone) == ("Luc Delcourt", "Gent", "+32 2 555 01 40")


class TestByHand:
    @pytest.fixture
    def paper(self) -> Iterator[Source]:
        class Paper(Source):
            key = "test.paper"
            label = "The paper archive"
            category = Category.ACCOUNT
            role = Role.CONTROLLER
            origin_label = "From you"
            models = ()
            fields = (Field("card.name", "Name", Origin.PROVIDED, (SERVICE,)),)
            retention = (RetentionRule("test.paper.x", "", "at", timedelta(), ""),)  # type: ignore[arg-type]
            is_manual = True

        registry._sources["test.paper"] = Paper()
        yield registry.get("test.paper")
        del registry._sources["test.paper"]

    def test_a_source_that_cannot_act_is_a_task_for_a_person(self, paper, at, agent):
        case = cast.collected(Right.RECTIFICATION, at=at)
        find = case.tasks.get(verb=Verb.FIND, source="test.paper")
        services.settle_manual_task(task_id=find.pk, action="done", counts={"by_hand": 1}, actor=cast.CLERK, at=at)
        case = cast.run(case, at=at)
        asked = {"source": "test.paper", "part": "card", "row_key": "", "field": "name", "new": "Noor", "old": "Nora"}
        correction = services.add_correction(request_id=case.pk, actor=cast.CLERK, at=at, **asked)
        decide(correction, agent, at=at)

        case = answer(case, at=at)
        task = case.tasks.get(verb=Verb.RECTIFY)
        assert (case.status, task.status) == (Status.CARRYING_OUT, TaskStatus.MANUAL)
        services.settle_manual_task(task_id=task.pk, action="done", actor=cast.CLERK, at=at)
        case = cast.run(case, at=at)

        correction.refresh_from_db()
        assert (correction.state, case.outcome) == (CorrectionState.APPLIED, Outcome.COMPLETE)
        assert "The paper archive, Name" in letter_of(case)


class TestRecipients:
    @pytest.mark.parametrize(
        "disclosed",
        [
            ("accounts.contacts", ["name", "email"], True),
            ("accounts.contacts", ["contacts.name"], True),
            ("accounts.contacts", ["email", "phone"], False),
            ("accounts.profile", ["name"], False),
        ],
    )
    def test_who_did_not_get_the_corrected_field_is_not_told(self, case, contact, agent, at, disclosed):
        source, fields, is_told = disclosed
        passed("calendly", source=source, fields=fields, email=cast.EMAIL, at=at)
        decide(add(case, contact, at=at), agent, at=at)
        case = answer(case, at=at)

        assert case.notices.exists() == is_told
        assert ("Calendly" in letter_of(case)) == is_told

    @pytest.mark.promise("P037")
    def test_each_actual_recipient_is_to_be_told_and_stands_in_the_letter(self, case, contact, agent, at):
        for code in ("mailchimp", "mailchimp", "calendly"):
            passed(code, fields=["name"], email=cast.EMAIL, at=at)
        decide(add(case, contact, at=at), agent, at=at)
        case = answer(case, at=at)
        notices = RecipientNotice.objects.filter(request=case)
        assert {(notice.recipient_id, notice.state) for notice in notices} == {
            ("mailchimp", NoticeState.OPEN),
            ("calendly", NoticeState.OPEN),
        }
        assert "Calendly" in letter_of(case)


class TestContested:
    """Art. 18(1)(a): what is contested is left alone until the decision, and free again after the person was told."""

    @pytest.fixture
    def contested(self, case, at) -> RightsRequest:
        services.contest(request_id=case.pk, actor=cast.CLERK, at=at)
        services.contest(request_id=case.pk, actor=cast.CLERK, at=at)
        assert Restriction.objects.get().ground == "ACCURACY"
        return case

    def test_it_is_corrected_all_the_same_and_its_end_is_announced_first(self, contested, contact, agent, at):
        decide(add(contested, contact, at=at), agent, at=at)
        case = answer(contested, at=at)
        contact.refresh_from_db()
        assert (contact.name, case.outcome) == ("Lucas Delcour", Outcome.COMPLETE)
        restriction = Restriction.objects.get()
        assert restriction.lifted_at is None
        assert restriction.lifting_letter == Letter.objects.get(about=case.reference, event="restriction_lifting").pk

    def test_a_refusal_of_the_whole_and_taking_back_announce_it_too(self, contested, at):
        services.refuse(
            request_id=contested.pk,
            ground=Ground.UNFOUNDED,
            reason="Nothing is said.",
            evidence="Twelve in a day.",
            actor=cast.CLERK,
            at=at,
        )
        assert Restriction.objects.get().lifting_letter is not None

    def test_taking_back_announces_it(self, contested, at):
        services.withdraw(request_id=contested.pk, actor=cast.PERSON, at=at)
        assert Restriction.objects.get().lifting_letter is not None

    def test_nothing_is_contested_after_the_answer(self, case, contact, agent, at):
        decide(add(case, contact, at=at), agent, at=at)
        answer(case, at=at)
        with pytest.raises(TransitionNotAllowed):
            services.contest(request_id=case.pk, actor=cast.CLERK, at=at)
