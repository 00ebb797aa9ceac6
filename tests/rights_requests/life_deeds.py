"""What is tried on a case: each deed by the real service, and what the plain model expects of it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from datamap.enums import Ground
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import CorrectionState, ErasureGround, ExtensionReason, PauseReason, Right, Status
from rights_requests.models import Correction, IdentityClaim, RightsRequest
from rights_requests.services import closing, correcting, rectifying
from rights_requests.services.categories import AllKept
from rights_requests.services.moving import NotToldToday
from rights_requests.workflow import CannotNow
from subjects.enums import RestrictionGround
from subjects.models import Restriction
from tests.rights_requests import cast
from tests.rights_requests.life_ledger import Ledger, fingerprint
from tests.rights_requests.life_model import ORDER_LIFE, Known, Order, Person

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from accounts.models import User

#: While the fingerprint is not good.
NOTHING: Mapping[str, str] = {}
LINK_LIFE, GRACE = timedelta(hours=24), timedelta(hours=48)
#: How long a link still stops an erasure that might have begun: somebody may be told by post on the last day of the approval.
LINK_STAYS = ORDER_LIFE + timedelta(days=10)
REFUSALS = (CannotNow, PermissionDenied)
Rejected = tuple[type[Exception], ...]

YES_OR_NO = (True, False)
AGENT = (0, 1)
DECIDED = (CorrectionState.ACCEPTED, CorrectionState.REFUSED)
#: Every deed, with what it is done by.
DEEDS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "confirm_by_link": {},
    "send_the_link_again": {},
    "prove_at_the_desk": {"has_note": YES_OR_NO},
    "settle_a_claim": {"action": ["ask", "accept", "reject"]},
    "confirm_a_further_address": {},
    "pause": {"reason": list(PauseReason)},
    "end_the_pause": {"is_sufficient": YES_OR_NO},
    "extend": {"has_reasons": YES_OR_NO},
    "answer": {},
    "answer_as_a_person": {"deed_of_staff": ["answer", "send back", "collect again"]},
    "collect_again": {},
    "withhold": {"ground": [Ground.THIRD_PARTY_RIGHTS, Ground.UNFOUNDED]},
    "correct": {
        "state": DECIDED,
        "name": ["Noor V.", "N. V."],
    },
    "restrict": {"ground": list(RestrictionGround)},
    "uphold": {"is_part": YES_OR_NO},
    "refuse": {"ground": list(Ground), "is_complete": YES_OR_NO},
    "refuse_an_absolute_objection": {"ground": list(Ground)},
    "withdraw": {},
    "forward": {"has_address": YES_OR_NO},
    "lapse": {},
    "announce_that_a_restriction_ends": {"has_reason": YES_OR_NO},
    "propose": {"agent": AGENT, "keeps": [None, "", "accounts.contacts", "accounts.messages"]},
    "send_back": {},
    "decide_otherwise": {"keeps": ["accounts.contacts", "accounts.messages"]},
    "approve": {"agent": AGENT},
    "cancel_by_link": {},
}

#: Named once more: few cases are such that these may be done.
RARE = ("settle_a_claim", "confirm_a_further_address", "prove_at_the_desk", "withhold", "correct", "announce_that_a_restriction_ends")

#: What the deeds are called where they are counted.
DONE = (
    "confirm", "link again", "mandate", "claim ask", "claim accept", "claim reject", "claim confirmed", "pause", "end pause", "extend",
    "answer", "collect again", "withhold", "add correction", "ACCEPTED correction", "REFUSED correction", "restrict", "uphold", "refuse", "withdraw", "forward",
    "lapse", "announce lifting", "propose", "send back", "decide categories", "approve", "cancel",
)  # fmt: skip


class Deeds:
    """``seen`` counts, over all examples, what was done and what was refused. ``print``: the fingerprint, while it is good."""

    agents: ClassVar[tuple[User, User]]
    seen: ClassVar[Counter[str]] = Counter()

    now: datetime
    cases: list[Known]
    people: list[Person]
    ledger: Ledger
    print: Mapping[str, str] = NOTHING

    # How things are tried.

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def case(self, pick: int) -> Known:
        return self.cases[pick % len(self.cases)]

    def attempt(self, what: str, deed: Callable[[], Any], *, may: bool, unless: Rejected = ()) -> Any:
        """Try it. ``unless``: refusals that may come although the model, which does not know every row, sees no reason."""
        before = self.print or fingerprint()
        found, refusal = None, None
        try:
            found = deed()
        except REFUSALS as refused:
            refusal = refused
        if refusal is not None:
            assert not may or isinstance(refusal, unless), f"{what} was refused, and should not be: {type(refusal).__name__}"
            self.print = fingerprint()
            changed = [table for table in before if self.print[table] != before[table]]
            assert not changed, f"{what} was refused and left something behind in {changed}"
            self.seen[f"refused: {what}"] += 1
            return None
        assert may, f"{what} was not refused"
        self.print = NOTHING
        self.seen[f"done: {what}"] += 1
        return found or True

    def clerk(self, number: int = 0) -> dict[str, Any]:
        return {"actor": cast.staff_actor(self.agents[number % 2]), "at": self.now}

    def untold(self, case: Known) -> Rejected:
        """An address that nobody confirmed gets a few letters a day, and what counts only when it is told waits."""
        return () if case.is_shown else (NotToldToday,)

    # Who asks.

    def _take_token(self, case: Known, events: set[str]) -> None:
        """Read the person's newest letter. One that is held back for the day tells nobody anything."""
        letter = Letter.objects.filter(about=case.reference, event__in=events, written_at=self.now).last()
        if letter is None or letter.status == LetterStatus.HELD:
            case.token, case.token_until = "", None
            return
        case.token, case.token_until = cast.token_of(letter.event, about=case.reference), self.now + LINK_LIFE

    def confirm_by_link(self, pick: int) -> None:
        case = self.case(pick)
        may = case.is_link_good(at=self.now)
        if self.attempt("confirm", lambda: services.confirm(token=case.token or "never given out", at=self.now), may=may):
            self._is_shown(case)

    def _is_shown(self, case: Known) -> None:
        case.status, case.is_shown, case.token = Status.COLLECTING, True, case.token

    def send_the_link_again(self, pick: int) -> None:
        case = self.case(pick)
        may = case.status == Status.AWAITING_IDENTITY
        unless = (services.EnoughForToday,)
        if self.attempt("link again", lambda: services.send_link_again(request_id=case.key, at=self.now), may=may, unless=unless):
            self._take_token(case, {"confirm_request", "confirm_mandate"})

    def prove_at_the_desk(self, pick: int, has_note: bool) -> None:
        """A mandate was shown to the helpdesk: where nobody confirmed the request, that shows who it is for."""
        case = self.case(pick)
        said = {"note": "Shown." if has_note else " ", "ends_on": None, "may_receive": False, "agent_id": self.agents[0].pk}
        may = case.has_mandate and case.is_open and has_note
        # Where the person confirmed by link, the mandate is checked with it.
        unless = (CannotNow,) if case.is_shown else ()
        if self.attempt("mandate", lambda: services.check_mandate(request_id=case.key, **said, **self.clerk()), may=may, unless=unless):
            case.has_mandate = False
            if case.status == Status.AWAITING_IDENTITY:
                self._is_shown(case)

    def settle_a_claim(self, pick: int, action: str) -> None:
        claiming = [case for case in self.cases if case.claim]
        if not claiming:
            return
        case = claiming[pick % len(claiming)]
        claim = IdentityClaim.objects.filter(pk=case.claim).first()
        if claim is None:
            case.claim = None
            return
        value, status = claim.value, claim.status
        is_address = "@" in value
        may = (
            case.status in {Status.COLLECTING, Status.IN_REVIEW}
            and status in {"OPEN", "ASKED"}
            and (action != "ask" or is_address)
            and (action != "accept" or not is_address)
        )
        deed = self.clerk()
        if self.attempt(f"claim {action}", lambda: services.settle_claim(claim_id=case.claim, action=action, **deed), may=may):
            if action == "ask":
                letter = Letter.objects.filter(about=case.reference, event="claim_address").latest("written_at", "id")
                is_held = letter.status == LetterStatus.HELD
                case.claim_token = "" if is_held else cast.token_of("claim_address", about=case.reference)
                case.claim_until = self.now + LINK_LIFE
            if action == "reject":
                case.claim_token = ""
            if action == "accept":
                self._is_asked_again(case)

    def confirm_a_further_address(self, pick: int) -> None:
        asked = [case for case in self.cases if case.claim_token]
        if not asked:
            return
        case = asked[pick % len(asked)]
        assert case.claim_until is not None
        may = case.status in {Status.COLLECTING, Status.IN_REVIEW} and self.now < case.claim_until
        # Asked twice, or for two cases: the older letter's link is as good, its address is taken once.
        if self.attempt("claim confirmed", lambda: services.confirm(token=case.claim_token, at=self.now), may=may):
            case.claim_token = ""
            self._is_asked_again(case)

    def _is_asked_again(self, case: Known) -> None:
        """Unless the address or number is another person's: two are never merged."""
        before, case.status = case.status, Status(RightsRequest.objects.values_list("status", flat=True).get(pk=case.key))
        assert case.status in {Status.COLLECTING, before}

    # The clock.

    def pause(self, pick: int, reason: PauseReason) -> None:
        case = self.case(pick)
        words = {"doubt": "Not an address on file.", "asked": "An invoice number.", "proportionate": "The least that shows it."}
        deed = {"reason": reason, "agent_id": self.agents[0].pk, **words, **self.clerk()}
        may = case.may_ask(reason, today=self.today)
        if self.attempt("pause", lambda: services.ask_for_more(request_id=case.key, **deed), may=may, unless=self.untold(case)):
            case.paused, case.was_paused, case.paused_on = reason, True, self.today

    def end_the_pause(self, pick: int, is_sufficient: bool) -> None:
        case = self.case(pick)
        deed = {"received_on": self.today, "is_sufficient": is_sufficient, "missing": "Its year.", **self.clerk()}
        if (
            self.attempt("end pause", lambda: services.end_pause(request_id=case.key, **deed), may=case.paused is not None)
            and is_sufficient
        ):
            case.paused = None

    def extend(self, pick: int, has_reasons: bool) -> None:
        case = self.case(pick)
        deed = {"reason": ExtensionReason.COMPLEXITY, "explanation": "Eleven mailboxes." if has_reasons else " ", **self.clerk()}
        may = case.may_extend(today=self.today) and has_reasons
        if self.attempt("extend", lambda: services.extend(request_id=case.key, **deed), may=may, unless=self.untold(case)):
            case.is_extended = True

    def answer(self, pick: int) -> None:
        case = self.case(pick)
        unless = (rectifying.Undecided, rectifying.NothingOnTheList) if case.right == Right.RECTIFICATION else ()
        deed = self.clerk()
        if self.attempt("answer", lambda: services.answer(request_id=case.key, **deed), may=case.may_answer(), unless=unless):
            case.status = Status(RightsRequest.objects.values_list("status", flat=True).get(pk=case.key))
            assert case.status in {Status.CARRYING_OUT, Status.ANSWERED}
            self._close(case)

    def answer_as_a_person(self, pick: int, deed_of_staff: str) -> None:
        """Nobody answers themselves."""
        case = self.case(pick)
        deed = {"request_id": case.key, "actor": cast.PERSON, "at": self.now}
        what = {"answer": services.answer, "send back": services.send_back, "collect again": services.collect_again}[deed_of_staff]
        self.attempt("staff's deed by the person", lambda: what(**deed), may=False)

    def collect_again(self, pick: int) -> None:
        case = self.case(pick)
        deed = self.clerk()
        if self.attempt("collect again", lambda: services.collect_again(request_id=case.key, **deed), may=case.status == Status.IN_REVIEW):
            case.status = Status.COLLECTING

    def withhold(self, pick: int, ground: Ground) -> None:
        case = self.case(pick)
        value = {"source": "accounts.messages", "part": "messages", "row_key": str(case.key), "column": "text"}
        deed = {**value, "ground": ground, "agent_id": self.agents[0].pk, **self.clerk()}
        gives = case.right in {Right.ACCESS, Right.PORTABILITY} and case.status == Status.IN_REVIEW
        may = gives and ground == Ground.THIRD_PARTY_RIGHTS
        self.attempt("withhold", lambda: services.withhold(request_id=case.key, **deed), may=may)

    def correct(self, pick: int, state: CorrectionState, name: str) -> None:
        """Put a value on the list and decide about it."""
        correctable = [case for case in self.cases if case.right == Right.RECTIFICATION]
        if not correctable:
            return
        case = correctable[pick % len(correctable)]
        is_open = case.status in {Status.COLLECTING, Status.IN_REVIEW}
        contact = next((key for source, key in self.ledger.rows_of(case) if source == "accounts.contacts"), case.key)
        place = {"source": "accounts.contacts", "part": "contacts", "row_key": str(contact), "field": "name"}
        absent = (correcting.NothingToCorrect, correcting.SameValue, correcting.AskedAlready)
        added = self.attempt(
            "add correction",
            lambda: services.add_correction(request_id=case.key, **place, new=name, **self.clerk()),
            may=is_open,
            unless=absent,
        )
        # One that was decided is not decided otherwise.
        correction = added or min(
            Correction.objects.filter(request=case.key), key=lambda one: one.state != CorrectionState.OPEN, default=None
        )
        # What was accepted and could not be written is decided by other rules.
        if correction is None or case.status == Status.CARRYING_OUT:
            return
        said = {"ground": Ground.ACCURATE, "reason": "It stands on the card."} if state == CorrectionState.REFUSED else {}
        deed = {"correction_id": correction.pk, "state": state, "agent_id": self.agents[0].pk, **said, **self.clerk()}
        # Said twice by the same agent, it is the same decision.
        may = (is_open and correction.state == CorrectionState.OPEN) or correction.state == state
        self.attempt(f"{state} correction", lambda: services.decide_correction(**deed), may=may, unless=(correcting.NothingToCorrect,))

    def restrict(self, pick: int, ground: RestrictionGround) -> None:
        case = self.case(pick)
        may = case.right == Right.RESTRICTION and case.is_in_review_without_doubt
        deed = self.clerk()
        if self.attempt("restrict", lambda: services.restrict(request_id=case.key, ground=ground, **deed), may=may):
            case.status = Status.CARRYING_OUT

    def uphold(self, pick: int, is_part: bool) -> None:
        """An objection; in part: one use goes on for a ground and its reasons."""
        case = self.case(pick)
        may = case.right == Right.OBJECTION and case.is_in_review_without_doubt
        purposes = list(RightsRequest.objects.values_list("purposes", flat=True).get(pk=case.key))
        part = {"purposes": purposes[:1], "ground": Ground.LEGAL_CLAIMS, "reason": "A claim is pending."} if is_part else {}
        deed = {**part, "agent_id": self.agents[0].pk, **self.clerk()}
        if self.attempt("uphold", lambda: services.uphold(request_id=case.key, **deed), may=may):
            case.status = Status.CARRYING_OUT

    def refuse(self, pick: int, ground: Ground, is_complete: bool) -> None:
        """``is_complete``: with the article and the end that a ground in national law needs, and the evidence of what is excessive."""
        case = self.case(pick)
        until = self.today + timedelta(days=900)
        all_of_it = {"reason": "Here is why.", "article": "Art. 60", "until_on": until, "evidence": "Twelve in a day."}
        words = all_of_it if is_complete else {}
        deed = {"ground": ground, **({"reason": ""} | words), **self.clerk()}
        may = case.may_refuse(ground) and is_complete
        if self.attempt("refuse", lambda: services.refuse(request_id=case.key, **deed), may=may):
            case.status = Status.REFUSED
            self._close(case)

    def refuse_an_absolute_objection(self, pick: int, ground: Ground) -> None:
        absolute = [case for case in self.cases if case.is_absolute]
        if absolute:
            case = absolute[pick % len(absolute)]
            said = {"ground": ground, "reason": "We would rather not.", "article": "Art. 60", "until_on": self.today + timedelta(days=9)}
            deed = {**said, **self.clerk()}
            self.attempt("refuse absolute", lambda: services.refuse(request_id=case.key, **deed), may=False)

    def withdraw(self, pick: int) -> None:
        case = self.case(pick)
        deed = {"request_id": case.key, "actor": cast.PERSON, "at": self.now}
        if self.attempt("withdraw", lambda: services.withdraw(**deed), may=case.may_withdraw()):
            case.status = Status.WITHDRAWN
            self._close(case)

    def forward(self, pick: int, has_address: bool) -> None:
        case = self.case(pick)
        email = "privacy@customer.example" if has_address else "at the counter"
        deed = {"customer_name": "Boekbinderij Peeters", "customer_email": email, **self.clerk()}
        may = case.may_forward() and has_address
        if self.attempt("forward", lambda: services.forward(request_id=case.key, **deed), may=may, unless=self.untold(case)):
            case.status = Status.FORWARDED
            self._close(case)

    def lapse(self, pick: int) -> None:
        case = self.case(pick)
        if self.attempt("lapse", lambda: closing.lapse(request_id=case.key, at=self.now), may=case.may_lapse()):
            case.status = Status.LAPSED
            self._close(case)

    def announce_that_a_restriction_ends(self, pick: int, has_reason: bool) -> None:
        case = self.case(pick)
        standing = Restriction.objects.filter(about=case.reference, lifted_at=None).first()
        key = standing.pk if standing else case.key
        deed = {"restriction_id": key, "reason": "It is settled." if has_reason else "", **self.clerk()}
        may = standing is not None and has_reason
        self.attempt(
            "announce lifting", lambda: services.announce_end(request_id=case.key, **deed), may=may, unless=(services.NobodyToTell,)
        )

    def _close(self, case: Known) -> None:
        if not case.is_open:
            case.paused = None

    # Erasing.

    def propose(self, pick: int, agent: int, keeps: str | None) -> None:
        case = self.case(pick)
        kept = None if keeps is None else [self._keeping(keeps)] if keeps else []
        deed = {"agent_id": self.agents[agent % 2].pk, "ground": ErasureGround.NOT_NECESSARY, "kept": kept, **self.clerk(agent)}
        if self.attempt(
            "propose", lambda: services.propose_erasure(request_id=case.key, **deed), may=case.may_propose(), unless=(AllKept,)
        ):
            if keeps is not None:
                case.keeps = frozenset(filter(None, [keeps]))
            case.status = Status.AWAITING_APPROVAL
            case.order = Order(by=self.agents[agent % 2].pk, rows=self.ledger.rows_of(case), keeps=case.keeps)
            case.spared = set(case.keeps) | set(case.person.holds.values())

    def _keeping(self, source: str) -> services.Keeping:
        return services.Keeping(source, Ground.LEGAL_CLAIMS, until_event="until the claim is settled")

    def send_back(self, pick: int) -> None:
        case = self.case(pick)
        deed = self.clerk()
        if self.attempt("send back", lambda: services.send_back(request_id=case.key, **deed), may=case.may_send_back()):
            case.status, case.order = Status.IN_REVIEW, None

    def decide_otherwise(self, pick: int, keeps: str) -> None:
        """What was prepared is torn up by any change."""
        case = self.case(pick)
        deed = {"ground": None, "kept": [self._keeping(keeps)], "agent_id": self.agents[0].pk, **self.clerk()}
        may = case.right == Right.ERASURE and case.status in {Status.IN_REVIEW, Status.AWAITING_APPROVAL}
        if self.attempt("decide categories", lambda: services.decide_categories(request_id=case.key, **deed), may=may):
            has_changed = case.keeps != {keeps}
            case.keeps = frozenset({keeps})
            if has_changed and case.status == Status.AWAITING_APPROVAL:
                case.status, case.order = Status.IN_REVIEW, None

    def approve(self, pick: int, agent: int) -> None:
        case, approver = self.case(pick), self.agents[agent % 2]
        may = case.may_approve(approver.pk)
        if may and case.order is not None:
            # Of the rows that are tried here the model knows all; others, of the person's standing, may have changed too.
            may = case.order.rows == self.ledger.rows_of(case)
        deed = {"agent_id": approver.pk, **self.clerk(agent)}
        unless = (services.PreviewChanged,)
        if self.attempt("approve", lambda: services.approve_erasure(request_id=case.key, **deed), may=may, unless=unless):
            assert case.order is not None
            case.status = Status.GRACE
            case.order.approved_by, case.order.waits_until = approver.pk, self.now + GRACE
            case.order.cancel_token = cast.token_of("erasure_notice", about=case.reference, to=case.person.email)
            cast.notices_left(case.reference, at=self.now)

    def cancel_by_link(self, pick: int) -> None:
        told = [case for case in self.cases if case.order and case.order.cancel_token]
        if not told:
            return
        case = told[pick % len(told)]
        assert case.order is not None
        assert case.order.waits_until is not None
        token = case.order.cancel_token
        # As long as nobody has begun, and the approval with the days of the post is not over.
        may = case.status == Status.GRACE and self.now < case.order.waits_until + LINK_STAYS
        if self.attempt("cancel", lambda: services.cancel_by_link(token=token, at=self.now), may=may):
            case.status = Status.WITHDRAWN
