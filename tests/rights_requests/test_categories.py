"""An erasure decided source by source: what stays has its ground, article and end, and two people approved exactly that."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Contact, Invoice
from audit.models import Event
from datamap import registry
from datamap.enums import Ground
from letters.models import Letter
from letters.services import text_of
from rights_requests import deeds, rules, services
from rights_requests.enums import ErasureGround, Outcome, Right, Status, TaskStatus, Verb
from rights_requests.models import CategoryDecision, ErasurePreview, RightsRequest
from rights_requests.services import Keeping
from rights_requests.services.minimising import minimise
from rights_requests.views import desk_preview
from rights_requests.workflow import TransitionNotAllowed
from tests.accounts.factories import make_message, make_staff
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db

LATER = timedelta(hours=49)
END = date(2031, 3, 1)
CLAIM = Keeping("accounts.messages", Ground.LEGAL_CLAIMS, until_event="when the claim of May is settled")
DUTY = Keeping("accounts.contacts", Ground.LEGAL_OBLIGATION, article="Act of 1 May, art. 5", until_on=END)


def fresh(case) -> RightsRequest:
    return RightsRequest.objects.get(pk=case.pk)


def decide(case, *kept: Keeping, at, ground=ErasureGround.NOT_NECESSARY, agent=None):
    agent = agent or make_staff()
    return services.decide_categories(request_id=case.pk, ground=ground, kept=kept, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)


def propose(case, *kept: Keeping, at, ground=ErasureGround.NOT_NECESSARY):
    agent = make_staff()
    return services.propose_erasure(request_id=case.pk, agent_id=agent.pk, ground=ground, kept=kept, actor=cast.staff_actor(agent), at=at)


def approve(case, *, at):
    agent = make_staff()
    preview = services.approve_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
    cast.notices_left(case.reference, at=at)
    cast.unreachable(case, at=at)
    return preview


@pytest.fixture
def case(at):
    cast.data_of(messages=2)
    return cast.collected(Right.ERASURE, at=at)


def rows_of(preview, source: str) -> list[dict]:
    return [row for row in preview.parts if row["source"] == source]


class TestDecide:
    def test_a_source_is_kept_whole_and_the_preview_says_why_and_until_when(self, case, at):
        preview = propose(case, DUTY, at=at)

        assert rows_of(preview, "accounts.contacts") == [
            {
                "source": "accounts.contacts",
                "part": "contacts",
                "erased": 0,
                "kept": 1,
                "ground": "LEGAL_OBLIGATION",
                "article": "Act of 1 May, art. 5",
                "until": END.isoformat(),
            }
        ]
        assert rows_of(preview, "accounts.messages")[0]["erased"] == 2
        assert fresh(case).erasure_ground == ErasureGround.NOT_NECESSARY

    def test_the_end_of_what_is_kept_is_said_in_the_language_of_the_reader(self, case, at):
        with override("nl"):
            preview = propose(case, CLAIM, at=at)
        with override("fr"):
            shown = {part.until for part in desk_preview.preview(preview.parts)["parts"]}

        ours = "until the request is closed and its record reduced"
        assert ours in {row["until"] for row in preview.parts}
        assert ours not in shown
        assert "jusqu’à ce que la demande soit clôturée et son dossier réduit" in shown
        assert CLAIM.until_event in shown, "typed words stay as they are"

    def test_what_needs_no_article_gets_that_of_its_ground(self, case, at):
        decide(case, CLAIM, at=at)
        decision = CategoryDecision.objects.get(request=case)
        assert (decision.article, decision.until_event) == ("Art. 17(3)(e) GDPR", CLAIM.until_event)

    @pytest.mark.parametrize("ground", [ground for ground in Ground if ground not in rules.KEEPING_GROUNDS])
    def test_no_other_ground_keeps_anything(self, case, at, ground):
        with pytest.raises(services.NoExceptionToErasure):
            decide(case, Keeping("accounts.contacts", ground, article="Art. 1", until_on=END), at=at)

    @pytest.mark.parametrize(
        "keeping",
        [
            Keeping("accounts.contacts", Ground.LEGAL_OBLIGATION, until_on=END),
            Keeping("accounts.contacts", Ground.LEGAL_OBLIGATION, article="Art. 5", until_event="some day"),
            Keeping("accounts.contacts", Ground.LEGAL_OBLIGATION, article="Art. 5", until_on=date(2020, 1, 1)),
            Keeping("accounts.contacts", Ground.ARCHIVE_RESEARCH, until_event="when the study ends"),
            Keeping("accounts.contacts", Ground.ARCHIVE_RESEARCH, article="Act, art. 2"),
            Keeping("accounts.contacts", Ground.LEGAL_CLAIMS),
            Keeping("accounts.contacts", Ground.PUBLIC_HEALTH, until_event="  "),
        ],
    )
    def test_an_exception_without_its_article_or_its_end_is_none(self, case, at, keeping):
        with pytest.raises(services.ExceptionIncomplete):
            decide(case, keeping, at=at)
        assert not CategoryDecision.objects.exists()

    @pytest.mark.parametrize("key", ["no.such", "rights_requests.cases"])
    def test_only_sources_that_an_erasure_is_about_are_decided(self, case, at, key):
        with pytest.raises(services.SourceUnknown):
            decide(case, Keeping(key, Ground.LEGAL_CLAIMS, until_on=END), at=at)

    def test_each_of_the_five_grounds_can_keep(self, case, at):
        for ground in rules.KEEPING_GROUNDS:
            decide(case, Keeping("accounts.contacts", ground, article="Act, art. 2", until_on=END), at=at)
            assert CategoryDecision.objects.get(request=case).ground == ground

    def test_what_stays_as_it_was_keeps_who_decided_it(self, case, at):
        first = make_staff()
        decide(case, CLAIM, at=at, agent=first)
        decide(case, CLAIM, DUTY, at=at + timedelta(hours=1))

        by = {decision.source: decision.by for decision in CategoryDecision.objects.filter(request=case)}
        assert by["accounts.messages"] == first
        assert by["accounts.contacts"] != first
        assert Event.objects.filter(action="category.kept", about=case.reference).count() == 2

    def test_a_source_may_go_after_all(self, case, at):
        decide(case, CLAIM, at=at)
        decide(case, at=at)
        assert not CategoryDecision.objects.filter(request=case).exists()
        assert Event.objects.filter(action="category.erased", about=case.reference).count() == 1

    @pytest.mark.parametrize("right", [right for right in Right if right != Right.ERASURE])
    def test_no_other_right_has_categories(self, at, right):
        with pytest.raises(TransitionNotAllowed):
            decide(cast.collected(right, at=at), CLAIM, at=at)

    def test_nothing_is_decided_once_it_is_approved(self, case, at):
        propose(case, at=at)
        approve(case, at=at)
        with pytest.raises(TransitionNotAllowed):
            decide(case, CLAIM, at=at)
        assert not CategoryDecision.objects.exists()


class TestApproval:
    def test_the_decision_is_part_of_what_two_people_approve(self, case, at):
        digests = set()
        for kept in ((), (CLAIM,), (DUTY,), (Keeping(CLAIM.source, CLAIM.ground, until_event="another event"),)):
            digests.add(propose(case, *kept, at=at).digest)
            services.send_back(request_id=case.pk, actor=cast.CLERK, at=at)
        digests.add(propose(case, at=at, ground=ErasureGround.UNLAWFUL).digest)
        assert len(digests) == 5

    def test_a_decision_that_changed_behind_the_preview_is_not_approved(self, case, at):
        propose(case, CLAIM, at=at)
        CategoryDecision.objects.filter(request=case).update(until_event="something else")
        with pytest.raises(services.PreviewChanged):
            approve(case, at=at)

    def test_a_change_tears_the_preview_up(self, case, at):
        propose(case, CLAIM, at=at)
        decide(case, CLAIM, DUTY, at=at)
        assert fresh(case).status == Status.IN_REVIEW
        assert not ErasurePreview.objects.filter(request=case).exists()

    def test_other_words_in_the_letter_tear_it_up_too(self, case, at):
        propose(case, CLAIM, at=at)
        agent = make_staff()
        said = {"ground": ErasureGround.NOT_NECESSARY, "kept": [CLAIM], "agent_id": agent.pk, "actor": cast.staff_actor(agent), "at": at}
        services.decide_categories(request_id=case.pk, paragraph="We keep what you claim.", **said)
        assert (fresh(case).status, ErasurePreview.objects.count()) == (Status.IN_REVIEW, 0)

    def test_the_same_once_more_changes_nothing(self, case, at):
        propose(case, CLAIM, at=at)
        decide(case, CLAIM, at=at)
        assert fresh(case).status == Status.AWAITING_APPROVAL

    def test_pressed_twice_it_is_prepared_once(self, case, at):
        propose(case, CLAIM, at=at)
        with pytest.raises(TransitionNotAllowed):
            propose(case, DUTY, at=at)
        assert CategoryDecision.objects.get(request=case).source == "accounts.messages"

    def test_if_everything_stays_it_is_a_refusal(self, case, at):
        with pytest.raises(services.AllKept, match="refusal"):
            propose(case, CLAIM, DUTY, at=at)
        assert fresh(case).status == Status.IN_REVIEW
        assert not ErasurePreview.objects.filter(request=case).exists()

    def test_what_law_alone_keeps_is_no_decision(self, at):
        cast.data_of(contacts=0, messages=0, invoices=1)
        case = cast.collected(Right.ERASURE, at=at)
        propose(case, at=at)
        assert fresh(case).status == Status.AWAITING_APPROVAL


class TestDeed:
    def erased(self, case, *kept: Keeping, at):
        propose(case, *kept, at=at)
        approve(case, at=at)
        return cast.run(case, at=at + LATER)

    @pytest.mark.parametrize("small", [1000, 0])
    def test_it_leaves_what_was_decided_and_erases_the_rest(self, case, at, small, monkeypatch):
        monkeypatch.setattr("rights_requests.services.erasing.SMALL", small)
        case = self.erased(case, CLAIM, at=at)

        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.PARTIAL)
        assert sum(registry.get("accounts.messages").count(case.subject).values()) == 2
        assert not Contact.objects.filter(email=cast.EMAIL).exists()

    def test_the_second_look_calls_it_no_leftover_nor_what_came_since(self, case, at):
        propose(case, CLAIM, at=at)
        approve(case, at=at)
        make_message(cast.EMAIL, text="came during the waiting time")
        case = cast.run(case, at=at + LATER)

        assert case.status == Status.ANSWERED
        assert case.tasks.get(source="accounts.messages", verb=Verb.RECHECK).status == TaskStatus.DONE

    def test_without_the_decision_it_would_be_one(self, case, at):
        """That the second look asks for it: the same rows, undecided, are what it is there to find."""
        propose(case, CLAIM, at=at)
        approve(case, at=at)
        source = registry.get("accounts.messages")
        counts = source.count(case.subject)
        given = {"counts": counts, "held": frozenset(), "at": at}
        assert deeds.leftovers(source, case.subject, decided=deeds.decided(case), **given) == {}
        assert deeds.leftovers(source, case.subject, decided={}, **given) == counts

    def test_a_source_that_was_decided_to_stay_asks_nobody_to_erase_it_by_hand(self, case, at, monkeypatch):
        monkeypatch.setattr(type(registry.get("accounts.messages")), "is_manual", True)
        propose(case, CLAIM, at=at)
        approve(case, at=at)
        case = cast.run(case, at=at + LATER)
        assert case.tasks.get(source="accounts.messages", verb=Verb.ERASE).status == TaskStatus.DONE

    @pytest.mark.parametrize(
        ("language", "ground", "authority"),
        [
            ("en", "No longer necessary", "You can complain"),
            ("fr", "Plus nécessaires", "Vous pouvez saisir"),
            ("nl", "Niet langer nodig", "U kunt op elk moment klacht"),
        ],
    )
    def test_the_letter_lists_it_and_says_where_to_complain(self, at, language, ground, authority):
        cast.data_of()
        case = cast.collected(Right.ERASURE, at=at, language=language)
        case = self.erased(case, CLAIM, at=at)
        text = " ".join(text_of(Letter.objects.get(about=case.reference, event="erasure_done")).split()).replace("\xa0", " ")

        assert "when the claim of May is settled" in text
        assert ground in text
        assert "17" in text
        assert authority in text

    def test_a_legal_hold_that_came_since_wins(self, case, at):
        from subjects.enums import HoldGround
        from subjects.models import LegalHold

        propose(case, CLAIM, at=at)
        approve(case, at=at)
        LegalHold.objects.create(
            subject=case.subject, source="accounts.contacts", ground=HoldGround.LITIGATION, owner_id="x", since=at, review_on=END
        )
        case = cast.run(case, at=at + LATER)
        assert Contact.objects.filter(email=cast.EMAIL).exists()

    def test_invoices_kept_by_decision_are_not_locked_away_as_by_law(self, at):
        cast.data_of(invoices=1)
        case = cast.collected(Right.ERASURE, at=at)
        case = self.erased(case, Keeping("accounts.invoices", Ground.LEGAL_CLAIMS, until_on=END), at=at)
        assert Invoice.objects.get(billing_email=cast.EMAIL).locked_at is None
        assert case.outcome == Outcome.PARTIAL

    def test_a_minimised_case_keeps_ground_and_article_and_no_words(self, case, at):
        case = self.erased(case, CLAIM, at=at)
        minimise(case, at=timezone.now())
        decision = CategoryDecision.objects.get(request=case)
        assert (decision.ground, decision.until_event) == ("LEGAL_CLAIMS", "-")
