"""The one way out: whoever passes personal data on says so here first, in the same transaction, and is refused or goes on.

The refusals are exceptions, each with a sentence for the page and a code for the trail. A refusal undoes whatever it stands in: it is
noted by ``note`` or ``noting``, once that is undone. What is noted names the recipient and the reason, and nobody else.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from datamap import gate, processors, registers
from datamap.models import Disclosure, FlowRecipient, Processor
from datamap.wall_clock import HOME
from subjects.identifiers import normalise_email
from subjects.selectors import known_by_email
from subjects.services import wait_for_standing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date, datetime

    from django.utils.functional import _StrPromise

    from audit.actor import Actor
    from datamap.flows import Flow
    from subjects.models import Subject

KEEP_DISCLOSURES = relativedelta(years=5)
REFUSED = "disclosure.refused"


@dataclass(frozen=True, slots=True)
class Passing:
    """What is to leave, without a word about whose it is. ``about`` is a reference such as "events.registration:<uuid>"."""

    flow: str
    recipient: str
    fields: tuple[str, ...] = ()
    about: str = ""


class Refused(Exception):
    """Nothing leaves. ``code`` says why in the trail, ``str`` on the page."""

    code: ClassVar[str]
    words: ClassVar[str | _StrPromise]

    def __init__(self, passing: Passing, *, name: str = "", **values: str) -> None:
        self.passing = passing
        self.values = {"recipient": name or passing.recipient, **values}
        Exception.__init__(self, passing)

    def __str__(self) -> str:
        return str(self.words) % self.values


class NotInRegister(Refused):
    code = "not-in-register"
    words = gettext_lazy("%(recipient)s does not stand in the register of recipients.")


class Ended(Refused):
    code = "recipient-ended"
    words = gettext_lazy("%(recipient)s does not stand in the register on this day: it has ended, or has not begun.")


class NoContract(Refused):
    code = "no-contract"
    words = gettext_lazy("No contract with %(recipient)s is in force on this day.")


class NotDeclared(Refused):
    code = "not-declared"
    words = gettext_lazy("%(recipient)s is not declared as a recipient of this on this day.")


class FieldTooMany(Refused):
    code = "field-too-many"
    words = gettext_lazy("%(recipient)s is not declared to get: %(fields)s.")


class OtherCountry(Refused):
    code = "other-country"
    words = gettext_lazy("%(recipient)s is not declared for people of this country.")


class NoSafeguard(Refused):
    code = "no-safeguard"
    words = gettext_lazy(
        "Nothing allows a transfer to where %(recipient)s works: no adequacy decision, no clauses, no prior notice. Or nobody said where."
    )


class NoSafeguardOfSub(NoSafeguard):
    code = "no-safeguard-sub"
    words = gettext_lazy(
        "%(recipient)s works through %(sub)s, and nothing allows a transfer to where that works: no adequacy decision, no clauses, no prior "
        "notice. Or nobody said where."
    )


class NotNamed(Refused):
    code = "not-named"
    words = gettext_lazy("The person was not told of %(recipient)s.")


class AnotherGotIt(Refused):
    code = "another-got-it"
    words = gettext_lazy("Another got this already: the person agreed that one does.")


class Withheld(Refused, gate.Stopped):
    """The gate said no: a restriction, an objection, no consent."""

    code = "withheld"

    def __init__(self, passing: Passing, reasons: tuple[str, ...]) -> None:
        Refused.__init__(self, passing)
        self.reasons = reasons

    def __str__(self) -> str:
        return gate.Stopped.__str__(self)


#: The reasons of the trail in words for the desk.
WHY: dict[str, _StrPromise] = {
    NotInRegister.code: gettext_lazy("Not in the register"),
    Ended.code: gettext_lazy("Not in the register on that day"),
    NoContract.code: gettext_lazy("No contract in force"),
    NotDeclared.code: gettext_lazy("No recipient of this"),
    FieldTooMany.code: gettext_lazy("A field too many"),
    OtherCountry.code: gettext_lazy("A person of another country"),
    NoSafeguard.code: gettext_lazy("No basis for a transfer"),
    NoSafeguardOfSub.code: gettext_lazy("No basis for a transfer to one through whom it works"),
    NotNamed.code: gettext_lazy("The person was not told of it"),
    AnotherGotIt.code: gettext_lazy("Another got it already"),
    gate.RESTRICTED: gettext_lazy("Data set aside"),
    gate.OBJECTED: gettext_lazy("The person objected"),
    gate.NO_CONSENT: gettext_lazy("No consent"),
}


@transaction.atomic
def disclose(
    *,
    flow: Flow,
    recipient: str,
    fields: Collection[str],
    actor: Actor,
    at: datetime,
    subject: Subject | None = None,
    email: str = "",
    country: str = "",
    about: str = "",
    named: Collection[str] | None = None,
) -> Disclosure:
    """Note that ``recipient`` (its code) gets these fields of somebody, known as a subject or by an address. Whoever passes data on
    calls this first, in the same transaction: a refusal stops both. ``country`` is the person's, where the flow asks for it;
    ``named`` are those of whom a form told the person, where one did.

    Raises:
        NotInRegister, Ended, NoContract: nobody by that code, or not on this day.
        NotDeclared, FieldTooMany, OtherCountry: the register does not give them this, or not of people there.
        NoSafeguard, NoSafeguardOfSub: they, or somebody through whom they work, are where nothing allows a transfer to.
        NotNamed: nobody told the person of them.
        Withheld: the person's data may not be used for this purpose now.
    """
    passing = Passing(flow.code, recipient, tuple(fields), about)
    on = at.astimezone(HOME).date()
    processor = _registered(passing, on=on)
    _declared(passing, flow, processor, country=country, on=on)
    _safe(passing, processor, country=country, on=on)
    if named is not None and recipient not in named:
        raise NotNamed(passing, name=registers.said(processor.name))
    _ask_gate(passing, flow, subject=subject, email=email)
    disclosure = Disclosure.objects.create(
        subject=subject,
        email=normalise_email(email),
        country=country,
        recipient=processor,
        flow=flow.code,
        source=flow.source,
        fields=list(fields),
        purpose=flow.purpose.code,
        about=about,
        at=at,
        expires_at=at + KEEP_DISCLOSURES,
    )
    told = {"recipient": recipient, "flow": flow.code, "of": about or None}
    record(action="data.disclosed", about=f"datamap.disclosure:{disclosure.pk}", actor=actor, at=at, **told)
    return disclosure


def _registered(passing: Passing, *, on: date) -> Processor:
    processor = Processor.objects.prefetch_related("papers", "notices").filter(pk=passing.recipient).first()
    if processor is None:
        raise NotInRegister(passing)
    name = registers.said(processor.name)
    if not processor.is_active(on):
        raise Ended(passing, name=name)
    if not processors.has_live_contract(processor, on=on):
        raise NoContract(passing, name=name)
    return processor


def _declared(passing: Passing, flow: Flow, processor: Processor, *, country: str, on: date) -> None:
    """What the register says, within what the flow says: each alone may be wrong."""
    name = registers.said(processor.name)
    found = FlowRecipient.objects.on(on).filter(flow=flow.code, recipient=processor).first()
    if found is None:
        raise NotDeclared(passing, name=name)
    if extra := sorted(set(passing.fields) - (set(found.fields) & set(flow.fields) & processors.allowed_fields(processor))):
        raise FieldTooMany(passing, name=name, fields=", ".join(extra))
    if (flow.is_local or found.countries) and country not in found.countries:
        raise OtherCountry(passing, name=name)


def _safe(passing: Passing, processor: Processor, *, country: str, on: date) -> None:
    """It, and everybody through whom it works."""
    found = processors.unsafe(processor, on=on, country=country)
    if found is None:
        return
    name = registers.said(processor.name)
    if found.pk == processor.pk:
        raise NoSafeguard(passing, name=name)
    raise NoSafeguardOfSub(passing, name=name, sub=registers.said(found.name))


def _ask_gate(passing: Passing, flow: Flow, *, subject: Subject | None, email: str) -> None:
    # Whoever sets somebody's data aside waits for what is leaving, and nothing leaves after that.
    for one in (subject, known_by_email(email)):
        if one is not None:
            wait_for_standing(one)
    try:
        if subject is not None:
            gate.require(gate.may_process(subject=subject, purpose=flow.purpose))
        if email:
            gate.require(gate.may_write_to(email=email, purpose=flow.purpose))
    except gate.Stopped as stopped:
        raise Withheld(passing, stopped.reasons) from stopped


def note(refusal: Refused, *, actor: Actor, at: datetime) -> None:
    """Write a refusal into the trail: who was to get what, and why not. Outside of what the refusal undid."""
    passing = refusal.passing
    reasons = refusal.reasons if isinstance(refusal, Withheld) else (refusal.code,)
    told = {"recipient": passing.recipient, "fields": "+".join(passing.fields)[:80] or None, "of": passing.about or None}
    record(action=REFUSED, about=f"flow:{passing.flow}", actor=actor, at=at, reason=reasons[0], **told)


@contextmanager
def noting(*, actor: Actor, at: datetime) -> Iterator[None]:
    """Around a transaction that passes data on: a refusal inside undoes it, is noted once it is undone, and goes on its way."""
    try:
        yield
    except Refused as refusal:
        note(refusal, actor=actor, at=at)
        raise


def in_words(reason: str) -> str:
    """A reason of the trail, for the desk."""
    return str(WHY.get(reason, _("Other")))
