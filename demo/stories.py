"""Requests that say more than a row of a table: each right with something in the middle of it, and what goes with any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from accounts.models import Contact
from accounts.personal_data.flows import CAMPAIGNS, PLANNING
from audit.actor import Actor
from datamap import disclosing
from datamap.enums import Ground
from datamap.purposes import MARKETING, SECURITY, STATISTICS
from demo import acts
from letters import services as letters
from rights_requests import services
from rights_requests.enums import (
    Channel,
    CorrectionState,
    ErasureGround,
    ExtensionReason,
    MandateKind,
    NoticeState,
    PauseReason,
    Requester,
    Right,
)
from rights_requests.services import restricting
from subjects.enums import RestrictionGround

if TYPE_CHECKING:
    from demo.acts import Case

GIVEN_TO = {"mailchimp": CAMPAIGNS, "calendly": PLANNING}
CONTACT = {"source": "accounts.contacts", "part": "contacts"}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who may ask, by the language they write in; nobody twice."""

    french: Iterator[Contact]
    dutch: Iterator[Contact]
    now: datetime

    def ask(self, person: Contact, right: Right, text: str, *, days_ago: int, **said: Any) -> Case:
        return acts.ask(person, right, text, days_ago=days_ago, now=self.now, **said)


def told(person: Contact, *recipients: str, at: datetime) -> Contact:
    """These recipients got the person's addresses before."""
    for recipient in recipients:
        flow = GIVEN_TO[recipient]
        disclosing.disclose(
            flow=flow,
            recipient=recipient,
            fields=flow.fields,
            actor=Actor.system("import"),
            at=at - timedelta(days=200),
            email=person.email,
            about=f"accounts.contact:{person.pk}",
        )
    return person


# Rectification: on the list with one value decided, and carried out with a part refused.


def values_on_the_list(cast: Cast) -> None:
    person = next(cast.dutch)
    text = "Mijn naam is verkeerd gespeld, en u hebt een oud telefoonnummer van mij. Het juiste is +32 2 555 64 12."
    case = cast.ask(person, Right.RECTIFICATION, text, days_ago=8)
    at = case.after(2)
    name = _list(case, person, "name", f"{person.name}-Maes", at=at)
    _list(case, person, "phone", "+32 2 555 64 12", at=at)
    services.add_statement(request_id=case.request.pk, text="Sinds ons huwelijk voer ik beide namen.", actor=case.actor, at=at)
    services.contest(request_id=case.request.pk, actor=case.actor, at=at)
    _decide(case, name, CorrectionState.ACCEPTED, at=at)


def corrected_in_part(cast: Cast) -> None:
    person = told(next(cast.french), "mailchimp", "calendly", at=cast.now)
    text = "Mon numéro est désormais le +33 3 55 50 64 12. Je n’ai par ailleurs jamais demandé de formation."
    case = cast.ask(person, Right.RECTIFICATION, text, days_ago=26, channel=Channel.POST_FR)
    at = case.after(5)
    phone = _list(case, person, "phone", "+33 3 55 50 64 12", at=at)
    interest = _list(case, person, "interest", "Aucun", at=at)
    _decide(case, phone, CorrectionState.ACCEPTED, at=at)
    reason = "Vous avez choisi ce sujet dans notre formulaire de contact, et vous nous l’avez confirmé par téléphone."
    _decide(case, interest, CorrectionState.REFUSED, at=at, ground=Ground.ACCURATE, reason=reason)
    acts.answer(case, at=case.after(6))
    notice = case.request.notices.order_by("recipient_id").first()
    assert notice is not None
    services.settle_notice(notice_id=notice.pk, state=NoticeState.SENT, agent_id=case.agent.pk, actor=case.actor, at=case.after(7))


def _list(case: Case, person: Contact, field: str, new: str, *, at: datetime) -> Any:
    place = {**CONTACT, "row_key": str(person.pk), "field": field}
    return services.add_correction(request_id=case.request.pk, **place, new=new, actor=case.actor, at=at)


def _decide(case: Case, correction: Any, state: CorrectionState, *, at: datetime, **why: Any) -> None:
    services.decide_correction(correction_id=correction.pk, state=state, agent_id=case.agent.pk, actor=case.actor, at=at, **why)


# Restriction: one that stands, and one whose end is announced by a letter of which nobody knows whether it arrived.


def data_set_aside(cast: Cast) -> None:
    text = "J’ai besoin de ces données pour un litige avec un fournisseur. Conservez-les, s’il vous plaît, sans les utiliser."
    person = told(next(cast.french), "mailchimp", at=cast.now)
    case = cast.ask(person, Right.RESTRICTION, text, days_ago=20, restriction_ground=RestrictionGround.CLAIMS)
    _restrict(case, RestrictionGround.CLAIMS, at=case.after(1))


def end_announced(cast: Cast) -> None:
    text = "Mijn adres klopt niet. Gebruik het niet zolang u dat nakijkt."
    case = cast.ask(next(cast.dutch), Right.RESTRICTION, text, days_ago=33, restriction_ground=RestrictionGround.ACCURACY)
    _restrict(case, RestrictionGround.ACCURACY, at=case.after(1))
    (standing,) = restricting.of_case(case.request)
    services.announce_end(
        request_id=case.request.pk,
        restriction_id=standing.pk,
        reason="We hebben uw adres nagekeken in het handelsregister: het klopt zoals het er staat.",
        actor=case.actor,
        at=case.after(31),
    )
    letters.doubt(about=case.request.reference)


def _restrict(case: Case, ground: RestrictionGround, *, at: datetime) -> None:
    services.restrict(request_id=case.request.pk, ground=ground, actor=case.actor, at=at)
    acts.work(case, at=at)


# Objection: weighed use by use; at once, and found stopped.


def objection_weighed(cast: Cast) -> None:
    text = "Je ne veux plus que mes visites servent à vos statistiques ni à autre chose : je travaille avec des dossiers confidentiels."
    purposes = (STATISTICS.code, SECURITY.code)
    case = cast.ask(next(cast.french), Right.OBJECTION, text, days_ago=17, purposes=purposes)
    at = case.after(6)
    services.uphold(
        request_id=case.request.pk,
        purposes=[STATISTICS.code],
        ground=Ground.COMPELLING_GROUNDS,
        reason="Sans journal de connexion, nous ne pourrions plus détecter une intrusion dans les comptes de nos clients.",
        agent_id=case.agent.pk,
        actor=case.actor,
        at=at,
    )
    acts.work(case, at=at)
    restricting.lift_told(at=at + timedelta(minutes=1))


def marketing_stopped(cast: Cast) -> None:
    said = {"purposes": (MARKETING.code, "newsletter"), "language": "en"}
    case = acts.file(next(cast.dutch), Right.OBJECTION, "No more offers, please.", days_ago=5, now=cast.now, **said)
    acts.deliver(case.request)


# Portability and access: ready to be fetched; access with a word or two in its thread.


def files_to_take_along(cast: Cast) -> None:
    text = "Wij stappen over naar een ander pakket en nemen onze contactgegevens mee."
    case = cast.ask(next(cast.dutch), Right.PORTABILITY, text, days_ago=6)
    acts.answer(case, at=case.after(5))


def copy_ready(cast: Cast) -> None:
    case = cast.ask(next(cast.french), Right.ACCESS, "Surtout les courriels que nous avons échangés l’an dernier.", days_ago=5)
    question = "Faut-il que je vienne chercher la copie, ou puis-je la télécharger ?"
    services.write_message(request_id=case.request.pk, text=question, author_id=None, actor=Actor.person(), at=case.after(1, hour=9))
    reply = "Vous pourrez la télécharger dès que notre lettre vous parvient ; un code à six chiffres vous est alors envoyé."
    services.write_message(request_id=case.request.pk, text=reply, author_id=case.agent.pk, actor=case.actor, at=case.after(1, hour=11))
    acts.answer(case, at=case.after(4))


# The clock: late, extended, standing still.


def late(cast: Cast) -> None:
    case = cast.ask(next(cast.dutch), Right.ACCESS, "Graag alles wat u over mij bijhoudt.", days_ago=36)
    services.clock.note_late(request_id=case.request.pk, actor=Actor.system("clock"), at=_morning_after(case))


def extended(cast: Cast) -> None:
    text = "Please send me everything, from all the projects I took part in since 2018."
    case = cast.ask(next(cast.dutch), Right.ACCESS, text, days_ago=28, language="en")
    services.extend(
        request_id=case.request.pk,
        reason=ExtensionReason.COMPLEXITY,
        explanation="Your data is spread over seven years of projects, and most of the messages also speak of other people.",
        actor=case.actor,
        at=case.after(23),
    )
    acts.deliver(case.request)


def standing_still(cast: Cast) -> None:
    case = cast.ask(next(cast.french), Right.ACCESS, "Je voudrais mes données.", days_ago=19)
    _pause(
        case,
        PauseReason.CLARIFICATION,
        doubt="",
        asked="Cherchez-vous les messages, les factures, ou une période précise ?",
        proportionate="Plus de deux mille messages passés par l’adresse partagée de votre société.",
        at=case.after(7),
    )


def who_is_it(cast: Cast) -> None:
    case = cast.ask(next(cast.dutch), Right.PORTABILITY, "Stuur mij mijn gegevens in een open formaat.", days_ago=11)
    _pause(
        case,
        PauseReason.IDENTITY,
        doubt="Het verzoek kwam van een algemene mailbox, en bij dit bedrijf werken twee mensen met dezelfde naam.",
        asked="Bel ons terug vanaf het nummer dat we van u hebben, of log in op uw account.",
        proportionate="Een kopie van uw identiteitskaart vragen we niet: een telefoontje volstaat.",
        at=case.after(3),
    )


def _pause(case: Case, reason: PauseReason, *, at: datetime, **words: str) -> None:
    services.ask_for_more(request_id=case.request.pk, reason=reason, **words, agent_id=case.agent.pk, actor=case.actor, at=at)
    acts.deliver(case.request)


def _morning_after(case: Case) -> datetime:
    return min(case.after((case.request.due_on - case.request.received_on).days + 1, hour=8), case.now)


# Erasure: waiting for the second pair of eyes, and carried out.


def waiting_for_approval(cast: Cast) -> None:
    person = told(next(cast.french), "mailchimp", at=cast.now)
    case = cast.ask(person, Right.ERASURE, "Nous avons changé de prestataire.", days_ago=27)
    _propose(case, ErasureGround.NOT_NECESSARY, at=case.after(3))


def erased(cast: Cast) -> None:
    case = cast.ask(told(next(cast.dutch), "mailchimp", at=cast.now), Right.ERASURE, "Ik werk niet meer bij deze klant.", days_ago=24)
    _propose(case, ErasureGround.OBJECTION, at=case.after(2))
    second = next(agent for agent in acts.agents() if agent != case.agent)
    at = case.after(3)
    services.approve_erasure(request_id=case.request.pk, agent_id=second.pk, actor=acts.actor_of(second), at=at)
    acts.deliver(case.request)
    acts.tell(case, agent=second, at=at + timedelta(hours=2))
    acts.work(case, at=at + timedelta(days=11))


def _propose(case: Case, ground: ErasureGround, *, at: datetime) -> None:
    services.propose_erasure(request_id=case.request.pk, agent_id=case.agent.pk, ground=ground, kept=(), actor=case.actor, at=at)


# What ends otherwise: refused, forwarded, taken back; and somebody who asks for somebody else.


def refused(cast: Cast) -> None:
    """The same person asks again four days after the answer."""
    person = next(cast.french)
    acts.answer(cast.ask(person, Right.ACCESS, "", days_ago=68), at=cast.now - timedelta(days=66))
    case = cast.ask(person, Right.ACCESS, "Encore une fois, s’il vous plaît.", days_ago=62)
    reason = "Nous avons répondu à la même demande quatre jours plus tôt, et rien n’a changé depuis."
    services.refuse(
        request_id=case.request.pk,
        ground=Ground.EXCESSIVE_REPEAT,
        reason=reason,
        evidence="Même demande, même réponse quatre jours plus tôt ; aucune ligne n’a changé depuis.",
        actor=case.actor,
        at=case.after(4),
    )
    acts.deliver(case.request)


def forwarded(cast: Cast) -> None:
    person = Contact(name="Hugo Baert", email="hugo.baert@post.example", language="nl")
    text = "Notariskantoor Segers heeft mijn dossier in uw programma staan. Wis het alstublieft."
    case = cast.ask(person, Right.ERASURE, text, days_ago=13, requester=Requester.VISITOR, channel=Channel.PHONE)
    services.forward(
        request_id=case.request.pk,
        customer_name="Notariskantoor Segers",
        customer_email="info@notariskantoor-segers.example",
        actor=case.actor,
        at=case.after(1),
    )
    acts.deliver(case.request)


def taken_back(cast: Cast) -> None:
    case = cast.ask(next(cast.french), Right.ERASURE, "Supprimez mes données.", days_ago=15)
    services.withdraw(request_id=case.request.pk, actor=Actor.person(), at=case.after(2))
    acts.deliver(case.request)


def mandate_to_check(cast: Cast) -> None:
    person = next(cast.dutch)
    mandate = services.MandateDraft(kind=MandateKind.LAWYER, name="Mr. Karel Baeten", email="karel.baeten@advocaten-baeten.example")
    text = "Voor mijn cliënt vraag ik een kopie van alle gegevens."
    case = acts.file(person, Right.ACCESS, text, days_ago=2, now=cast.now, mandate=mandate)
    acts.deliver(acts.take(case).request)


ALL: tuple[Callable[[Cast], None], ...] = (
    refused, extended, late, end_announced, waiting_for_approval, corrected_in_part, erased, data_set_aside, standing_still,
    objection_weighed, taken_back, forwarded, who_is_it, values_on_the_list, files_to_take_along, copy_ready, marketing_stopped,
    mandate_to_check,
)  # fmt: skip
