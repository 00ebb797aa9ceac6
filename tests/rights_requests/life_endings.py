"""What must be true of a case in the step that takes it to review, or to its end: the work done, one letter, and what it stands for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from datamap import registry
from letters.models import Letter
from rights_requests.enums import CorrectionState, Right, Status, Verb
from rights_requests.models import Correction, Package, RightsRequest, SourceTask, Weighing
from subjects.identifiers import suppression_digests
from subjects.models import Objection, Restriction, Suppression, Tombstone
from tests.rights_requests.life_model import ANSWERS, KEPT_BY_LAW, LAST_LETTERS

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from tests.rights_requests.life_model import Known, Row

#: Every letter with which some case ends: of one case, one.
_LAST = frozenset().union(*LAST_LETTERS.values(), *ANSWERS.values())
#: What every source does before a case of this right is answered.
_DONE_BY_ALL = {
    Right.ERASURE: (Verb.ERASE, Verb.RECHECK),
    Right.RESTRICTION: (Verb.RESTRICT,),
    Right.OBJECTION: (Verb.OBJECT,),
}
PROXY, CUSTOMER = "claes@lawyers.example", "privacy@customer.example"


def comes_to_review(case: Known) -> None:
    """Nobody decides before every source was asked and has answered."""
    _all_did(case, Verb.FIND)


def ends(case: Known, alive: frozenset[Row]) -> None:
    _told_once(case)
    if case.status != Status.ANSWERED:
        return
    if case.is_absolute:
        _is_not_written_to(case)
        return
    for verb in _DONE_BY_ALL.get(case.right, ()):
        _all_did(case, verb)
    {
        Right.ACCESS: _is_handed_over,
        Right.PORTABILITY: _is_handed_over,
        Right.RECTIFICATION: _is_corrected,
        Right.ERASURE: lambda case: _is_gone(case, alive),
        Right.RESTRICTION: _is_set_aside,
        Right.OBJECTION: _is_ended,
    }[case.right](case)


def only_to_the_person(cases: Collection[Known]) -> None:
    """No letter about a case goes to anybody but its person, who asks for them, and the customer it was forwarded to."""
    of = {case.reference: case for case in cases}
    written = Letter.objects.filter(about__in=of).order_by().values_list("about", "event", "recipient").distinct()
    for about, event, recipient in written:
        person = of[about].person
        allowed = {person.email, person.further, PROXY, "", *({CUSTOMER} if event == "forwarded_customer" else ())}
        assert recipient in allowed, f"{event} about {about} went to {recipient}"


def were_buried(gone: Collection[Row]) -> None:
    """What is erased without a tombstone comes back with the next restore."""
    if not gone:
        return
    buried: set[UUID] = set()
    for keys in Tombstone.objects.filter(source__in={source for source, _key in gone}).values_list("row_keys", flat=True):
        buried |= set(keys)
    lost = [row for row in gone if row[1] not in buried]
    assert not lost, f"{lost} went without a tombstone"


def _told_once(case: Known) -> None:
    letters = Letter.objects.filter(about=case.reference, recipient=case.person.email, event__in=_LAST)
    written = Counter(letters.values_list("event", flat=True))
    assert set(written) <= case.last_letters(), f"{case.reference} closed as {case.status}, and the letters are {written}"
    assert written.total() == 1, f"{case.reference} closed as {case.status} with {written.total()} letters to the person: {written}"


def _all_did(case: Known, verb: Verb) -> None:
    tasks = dict(SourceTask.objects.filter(request=case.key, verb=verb).values_list("source", "status"))
    wanted = {source.key for source in registry.all_sources()}
    skipped = [key for key in sorted(wanted) if tasks.get(key) != "DONE"]
    assert not skipped, f"{case.reference} is {case.status}, and {verb} was skipped by {skipped}"


def _is_not_written_to(case: Known) -> None:
    purposes = RightsRequest.objects.values_list("purposes", flat=True).get(pk=case.key)
    digests = suppression_digests(case.person.email)
    standing = set(Suppression.objects.filter(digest__in=digests, about=case.reference).values_list("purpose", flat=True))
    assert standing >= set(purposes), f"{case.reference} is done, and {set(purposes) - standing} goes on"


def _is_handed_over(case: Known) -> None:
    said = Letter.objects.filter(about=case.reference, event__in=["access_ready", "portable_ready"]).exists()
    made = Package.objects.filter(request=case.key, destroyed_at=None).exclude(sealed_key=b"").exists()
    assert said == made, f"{case.reference}: a letter says {said} and the package {made}"


def _is_corrected(case: Known) -> None:
    left = Correction.objects.filter(request=case.key, state__in=[CorrectionState.OPEN, CorrectionState.ACCEPTED])
    assert not left.exists(), f"{case.reference} is answered, and {left.count()} corrections are not done"


def _is_gone(case: Known, alive: frozenset[Row]) -> None:
    assert case.order is not None
    for source, key in (case.order.rows | case.at_deed) & alive:
        spared = case.order.keeps | case.spared | case.left
        assert source == KEPT_BY_LAW or spared & {"", source}, f"{case.reference} counts as done, and {source} {key} is alive"
    waiting = Tombstone.objects.filter(about=case.reference, escrowed_at=None).count()
    assert not waiting, f"{case.reference} counts as done, and {waiting} tombstones are in the database alone"


def _is_set_aside(case: Known) -> None:
    assert Restriction.objects.filter(about=case.reference).exists(), f"{case.reference} is answered, and nothing is restricted"


def _is_ended(case: Known) -> None:
    subject = RightsRequest.objects.values_list("subject", flat=True).get(pk=case.key)
    ended = set(Weighing.objects.filter(request=case.key, is_upheld=True).values_list("purpose", flat=True))
    standing = set(Objection.objects.filter(subject=subject, ended_at=None).values_list("purpose", flat=True))
    assert ended <= standing, f"{case.reference} is upheld, and {ended - standing} goes on"
