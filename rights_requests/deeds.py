"""What an erasure does to the sources: planned, done, and looked at again, by the same code."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from datamap import held as counting
from datamap import registry
from datamap.declaration import Away, Kept, Outcome
from datamap.enums import Ground
from rights_requests import approved
from rights_requests.workflow import CannotNow
from subjects import holds
from subjects import selectors as subjects
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from datamap.declaration import RowKeys, Source, Text
    from rights_requests.models import CategoryDecision, RightsRequest
    from subjects.models import Subject


class PartRow(TypedDict):
    """One line of a preview; ``until`` is an ISO date or words: ours in English, translated when they are shown, or typed ones."""

    source: str
    part: str
    erased: int
    kept: int
    ground: str
    article: str
    until: str


class SourceAway(CannotNow):
    message = _("A connected system does not answer now, so that nobody can say what it would erase. Try again in a few minutes.")


class NobodyYet(Exception):
    """The case has no verified person: there is nothing that could be looked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``erased``: source to part to keys, which the deed may take; what only exists to handle cases is not counted in."""

    parts: list[PartRow]
    digest: str
    erased: dict[str, RowKeys]
    is_idle: bool
    """Rows are there and none of them would change: what is decided is a refusal."""


#: Source to what was decided to leave as it is.
Decided: TypeAlias = "Mapping[str, CategoryDecision]"


def subject_of(rights_request: RightsRequest) -> Subject:
    if rights_request.subject is None:
        raise NobodyYet(rights_request.reference)
    return rights_request.subject


def decided(rights_request: RightsRequest) -> Decided:
    """What two people approved, or will be asked to approve, to leave as it is (Art. 17(3))."""
    return {decision.source: decision for decision in rights_request.category_decisions.all()}


def plan(rights_request: RightsRequest, *, at: datetime) -> Plan:
    """What would go and what would stay, source by source, with the SHA-256 over exactly these rows and the decisions.

    Raises:
        SourceAway: a system outside cannot be asked now.
    """
    subject = subject_of(rights_request)
    held, kept = holds.held_sources(subject.pk, at), decided(rights_request)
    # Most sources hold nothing of a person: that costs one statement for all of them, and these are asked no further.
    counts = counting.counts(subject, registry.all_sources())
    try:
        outcomes = {
            source: Outcome() if counts.get(source.key) == {} else _preview(source, subject, held=held, decided=kept, at=at)
            for source in registry.all_sources()
        }
    except Away as error:
        raise SourceAway from error
    # The handling of the case itself goes on meanwhile: a message or a letter does not undo the plan.
    own = {source: outcome for source, outcome in outcomes.items() if not source.is_handling}
    digest = hashlib.sha256(rights_request.erasure_ground.encode())
    for source, outcome in own.items():
        _add_to(digest, source, outcome)
    for decision in sorted(kept.values(), key=lambda decision: decision.source):
        _add_decision(digest, decision)
    return Plan(
        parts=[row for source, outcome in outcomes.items() for row in rows_of(source.key, outcome)],
        digest=digest.hexdigest(),
        erased={source.key: outcome.erased for source, outcome in own.items()},
        is_idle=any(outcome.kept_rows for outcome in own.values())
        and not any(outcome.erased_rows or any(outcome.emptied.values()) for outcome in own.values()),
    )


def erase(source: Source, subject: Subject, *, held: frozenset[str], decided: Decided, sparing: RowKeys, at: datetime) -> Outcome:
    """Erase what the source may let go and was not decided to be left, inside the caller's transaction, in which ``held`` was
    read as well: a hold that came since the approval wins.
    """
    kept_whole = stays(source, subject, held=held, decided=decided)
    return source.erase(subject, at=at, sparing=sparing) if kept_whole is None else kept_whole


def leftovers(
    source: Source, subject: Subject, *, counts: Mapping[str, int], held: frozenset[str], decided: Decided, at: datetime
) -> dict[str, int]:
    """Rows per part that are there although neither law nor hold nor decision keeps them: counted, not taken from what was done."""
    kept: Counter[str] = Counter()
    for part in _preview(source, subject, held=held, decided=decided, at=at).kept:
        kept[part.part] += part.rows
    return {part: rows - kept[part] for part, rows in counts.items() if rows > kept[part]}


def late(rights_request: RightsRequest, source: Source, *, held: frozenset[str], at: datetime) -> dict[str, int]:
    """Rows per part that would go by now, and that the approved preview does not cover."""
    outcome = _preview(source, subject_of(rights_request), held=held, decided=decided(rights_request), at=at)
    found = approved.strangers(rights_request.pk, source.key, outcome.erased)
    return {part: len(keys) for part, keys in found.items()}


def known_channels(rights_request: RightsRequest) -> list[str]:
    """Every mailbox we know the person by: the case's own, the verified ones and those on file."""
    subject = subject_of(rights_request)
    found = [rights_request.email, *subjects.emails(subject)]
    for source in registry.all_sources():
        found += source.channels(subject)
    return list(dict.fromkeys(normalise_email(email) for email in found if email))


def rows_of(source: str, outcome: Outcome) -> list[PartRow]:
    erased = [
        PartRow(source=source, part=part, erased=len(keys), kept=0, ground="", article="", until="")
        for part, keys in outcome.erased.items()
        if keys
    ]
    kept = [
        PartRow(
            source=source,
            part=kept.part,
            erased=0,
            kept=kept.rows,
            ground=kept.ground.value,
            article=kept.article,
            until=_end(kept),
        )
        for kept in outcome.kept
        if kept.rows
    ]
    return erased + kept


def _end(kept: Kept) -> str:
    with translation.override("en"):
        return kept.until.isoformat() if kept.until else str(kept.until_event)


def _preview(source: Source, subject: Subject, *, held: frozenset[str], decided: Decided, at: datetime) -> Outcome:
    kept_whole = stays(source, subject, held=held, decided=decided)
    return source.preview(subject, at=at) if kept_whole is None else kept_whole


def stays(source: Source, subject: Subject, *, held: frozenset[str], decided: Decided) -> Outcome | None:
    """What keeps a source whole: a hold, then a decision. None: the source says itself what it may let go."""
    if source.key in held:
        event = _("until the legal hold ends")
        return _whole(source, subject, ground=Ground.LEGAL_CLAIMS, article="Art. 17(3)(e) GDPR", until_event=event)
    decision = decided.get(source.key)
    if decision is None or source.is_handling:
        return None
    ground, article = Ground(decision.ground), decision.article
    return _whole(source, subject, ground=ground, article=article, until=decision.until_on, until_event=decision.until_event)


def _whole(source: Source, subject: Subject, *, ground: Ground, article: str, until: date | None = None, until_event: Text = "") -> Outcome:
    return Outcome(
        kept=tuple(
            Kept(part=part, rows=rows, ground=ground, article=article, until=until, until_event=until_event)
            for part, rows in source.count(subject).items()
            if rows
        )
    )


def _add_decision(digest: hashlib._Hash, decision: CategoryDecision) -> None:
    end = f"{decision.until_on}/{decision.until_event}"
    digest.update(f"\n{decision.source}/decided/{decision.ground}/{decision.article}/{end}".encode())


def _add_to(digest: hashlib._Hash, source: Source, outcome: Outcome) -> None:
    for part in sorted(outcome.erased):
        digest.update(f"\n{source.key}/{part}/erased\n".encode())
        digest.update(b"".join(sorted(key.bytes for key in outcome.erased[part])))
    for kept in sorted(outcome.kept, key=lambda kept: (kept.part, kept.ground, kept.article, str(kept.until))):
        digest.update(f"\n{source.key}/{kept.part}/kept/{kept.rows}/{kept.ground}/{kept.article}/{kept.until}".encode())
