"""What the person says is wrong, value by value: picked from what the sources hold, and decided (Art. 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import pan, registry
from datamap.declaration import NotHeld, NotRectifiable, Rectified
from rights_requests import deeds
from rights_requests.enums import CorrectionState, Right, Status
from rights_requests.models import Correction, RightsRequest
from rights_requests.packages import tables
from rights_requests.services import restricting
from rights_requests.services.moving import lock
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects.enums import RestrictionGround

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor
    from datamap.declaration import Source

#: The person is known, and nothing is answered yet.
WORKED_IN = frozenset({Status.COLLECTING, Status.IN_REVIEW})


class NothingToCorrect(CannotNow):
    message = _("There is no such value of this person.")


class AskedAlready(CannotNow):
    message = _("This value is on the list already.")


class SameValue(CannotNow):
    message = _("This is what stands there already.")


class NothingSaid(CannotNow):
    message = _("Write down what the person says.")


class DecidedAlready(CannotNow):
    message = _("This was decided already. Look at it again before you decide otherwise.")


class InOwnWords(CannotNow):
    """What a source says about a value that it does not take, or does not change."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words

    def __str__(self) -> str:
        return self.words


class ValueNotTaken(InOwnWords):
    """Such a value cannot stand there."""


@transaction.atomic
def add_correction(
    *,
    request_id: UUID,
    source: str,
    part: str,
    row_key: str,
    field: str,
    new: str,
    old: str = "",
    evidence: str = "",
    actor: Actor,
    at: datetime,
) -> Correction:
    """Put one value on the list: what stands comes from the source itself, and ``old`` counts only where the source cannot say.

    What a source does not change may be on the list too: the person asked, and reads why not.

    Raises:
        NothingToCorrect: the source, or a row of the person's, has no such value.
        ValueNotTaken: by the rules of the source ``new`` cannot stand there.
        SameValue, AskedAlready, NothingSaid: there is nothing to decide.
        TransitionNotAllowed: no rectification, or answered already.
    """
    rights_request = _lock_open(request_id)
    wanted = pan.mask(new.strip())
    if not wanted:
        raise NothingSaid
    held = known(source)
    found = _read(held, rights_request, part=part, row_key=row_key, field=field, new=wanted, old=old)
    if found.old == found.new:
        raise SameValue
    place = {"source": source, "part": part, "row_key": row_key, "field": field}
    if rights_request.corrections.filter(**place).exists():
        raise AskedAlready
    return _add(rights_request, **place, old=found.old, new=found.new, evidence=evidence, actor=actor, at=at)


@transaction.atomic
def add_statement(
    *, request_id: UUID, text: str, source: str = "", part: str = "", row_key: str = "", actor: Actor, at: datetime
) -> Correction:
    """Put a supplementary statement on the list: kept with the case, and with the row where one is meant.

    Raises:
        NothingSaid: it has no words.
        TransitionNotAllowed: no rectification, or answered already.
    """
    rights_request = _lock_open(request_id)
    said = pan.mask(text.strip())
    if not said:
        raise NothingSaid
    if rights_request.corrections.filter(field="", new=said, source=source, row_key=row_key).exists():
        raise AskedAlready
    return _add(rights_request, source=source, part=part, row_key=row_key, field="", old="", new=said, evidence="", actor=actor, at=at)


@transaction.atomic
def remove_correction(*, correction_id: UUID, actor: Actor, at: datetime) -> None:
    """Take something off the list that stands there by mistake; only what is not decided yet.

    Raises:
        DecidedAlready, TransitionNotAllowed: see there.
    """
    correction = lock_correction(correction_id)
    if correction.request.status not in WORKED_IN:
        raise TransitionNotAllowed
    if correction.state != CorrectionState.OPEN:
        raise DecidedAlready
    record(correction, "correction.removed", actor=actor, at=at)
    correction.delete()


@transaction.atomic
def contest(*, request_id: UUID, actor: Actor, at: datetime) -> RightsRequest:
    """The person contests that the data is accurate: it is restricted until that is verified (Art. 18(1)(a)).

    Raises:
        TransitionNotAllowed: no rectification, or answered already.
    """
    rights_request = _lock_open(request_id)
    restricting.restrict_for_case(rights_request, ground=RestrictionGround.ACCURACY, actor=actor, at=at)
    return rights_request


def read_value(rights_request: RightsRequest, *, source: str, part: str, row_key: str, field: str) -> str | None:
    """A value of the person's as it stands, whether the source would change it or not; None where there is none."""
    found = next((known for known in registry.all_sources() if known.key == source), None)
    if found is None or found.is_manual or row_key in found.locked(deeds.subject_of(rights_request)):
        return None
    subject = deeds.subject_of(rights_request)
    try:
        return found.value_of(subject, part=part, row_key=row_key, field=field)
    except NotHeld:
        return None
    except NotRectifiable:
        return _exported(found, rights_request, part=part, row_key=row_key, field=field)


def standing_value(correction: Correction) -> str | None:
    """What stands there now; None where the person's row, or its source, is gone."""
    source = next((source for source in registry.all_sources() if source.key == correction.source), None)
    if source is None or source.is_manual:
        return correction.old
    place = {"part": correction.part, "row_key": correction.row_key, "field": correction.field}
    try:
        return source.value_of(deeds.subject_of(correction.request), **place)
    except (NotHeld, NotRectifiable):
        return None


def _lock_open(request_id: UUID) -> RightsRequest:
    rights_request = lock(request_id)
    if rights_request.right != Right.RECTIFICATION or rights_request.status not in WORKED_IN:
        raise TransitionNotAllowed
    return rights_request


def lock_correction(correction_id: UUID) -> Correction:
    """The case first, as everywhere: then nobody answers while somebody decides."""
    rights_request = lock(Correction.objects.values_list("request_id", flat=True).get(pk=correction_id))
    correction = Correction.objects.select_for_update().get(pk=correction_id)
    correction.request = rights_request
    return correction


def known(key: str) -> Source:
    found = next((source for source in registry.all_sources() if source.key == key), None)
    if found is None:
        raise NothingToCorrect
    return found


def _read(source: Source, rights_request: RightsRequest, *, part: str, row_key: str, field: str, new: str, old: str) -> Rectified:
    """What stands and what would, by the source's own rules where it has any."""
    if source.is_manual:
        return Rectified(old=pan.mask(old.strip()), new=new)
    subject = deeds.subject_of(rights_request)
    if row_key in source.locked(subject):
        raise NothingToCorrect
    try:
        return source.checked(subject, part=part, row_key=row_key, field=field, value=new)
    except NotRectifiable as error:
        standing = _exported(source, rights_request, part=part, row_key=row_key, field=field)
        if standing is None:
            raise NothingToCorrect from error
        return Rectified(old=standing, new=new)
    except NotHeld as error:
        raise NothingToCorrect from error
    except ValidationError as error:
        raise ValueNotTaken(" ".join(error.messages)) from error


def _exported(source: Source, rights_request: RightsRequest, *, part: str, row_key: str, field: str) -> str | None:
    """A value as the answer to an access request gives it."""
    for found in source.export(deeds.subject_of(rights_request)):
        names = [name for name, _label in found.columns]
        if found.name == part and field in names[1:]:
            for row in found.rows:
                if str(row[0]) == row_key:
                    return tables.plain(row[names.index(field)])
    return None


def _add(rights_request: RightsRequest, *, evidence: str, actor: Actor, at: datetime, **said: str) -> Correction:
    correction = Correction.objects.create(request=rights_request, evidence=pan.mask(evidence.strip()), at=at, **said)
    record(correction, "correction.added", actor=actor, at=at)
    return correction


def record(correction: Correction, action: str, *, actor: Actor, at: datetime) -> None:
    details = {"source": correction.source, "part": correction.part, "field": correction.field, "ground": correction.ground}
    audit.record(action=action, about=correction.request.reference, actor=actor, at=at, **details)
