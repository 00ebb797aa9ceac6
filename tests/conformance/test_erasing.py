"""What every source erases and keeps: as its preview said, once, with a ground and an end, and nothing of a stranger."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from audit.actor import Actor
from datamap import gate, registry
from datamap.declaration import NOTHING, Kept, Outcome
from datamap.enums import Ground
from datamap.erasure import EMPTIED
from datamap.purposes import PURPOSES
from rights_requests import deeds
from subjects import holds
from subjects import selectors as subject_selectors
from subjects import services as subjects
from subjects.enums import HoldGround, RestrictionGround
from subjects.models import Subject, Tombstone
from tests.conformance import tables
from tests.conformance.casting import casts
from tests.conformance.instants import SECOND
from tests.subjects import lifting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from tests.conformance.casting import Cast
    from tests.conformance.conftest import Stage

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("conformance")
#: An article of a law, by its number.
ARTICLE = re.compile(r"\d")


def sizes(keys: Mapping[str, Any]) -> dict[str, int]:
    return {part: len(found) for part, found in keys.items() if found}


def kept_of(outcome: Outcome) -> dict[str, int]:
    found: Counter[str] = Counter()
    for kept in outcome.kept:
        found[kept.part] += kept.rows
    return dict(found)


def expected_kept(cast: Cast) -> dict[str, int]:
    return dict(Counter(cast.kept) + Counter(cast.emptied))


def test_what_goes_and_what_is_kept_is_everything(stage: Stage, at: datetime) -> None:
    """Whatever is handed over goes, or is kept by name."""
    outcome = stage.source.preview(stage.subject, at=at)

    assert kept_of(outcome) == expected_kept(stage.cast)
    exported = {part.name: len(list(part.rows)) for part in stage.source.export(stage.subject)}
    assert dict(Counter(sizes(outcome.erased)) + Counter(kept_of(outcome))) == exported


def test_what_is_kept_has_a_ground_an_article_and_an_end_to_come(stage: Stage, at: datetime) -> None:
    for kept in stage.source.preview(stage.subject, at=at).kept:
        assert kept.rows > 0
        assert isinstance(kept.ground, Ground)
        assert ARTICLE.search(kept.article), kept.article
        assert str(kept.until_event) or kept.until
        assert not kept.until or kept.until >= at.date(), f"{kept.part}: kept until a day that is over"


def ending_as(then: Kept, now: Kept) -> Kept:
    """An end that hangs on the deed is told in words beforehand, and is a day once the deed is done."""
    return now if then.until else replace(now, until=None, until_event=then.until_event)


def test_the_deed_is_what_the_preview_said(stage: Stage, at: datetime, django_capture_on_commit_callbacks: Any) -> None:
    files = list(stage.source.files(stage.subject))
    with tables.unchanged():
        preview = stage.source.preview(stage.subject, at=at)

    with tables.unchanged(only=stage.strangers_rows), django_capture_on_commit_callbacks(execute=True):
        outcome = stage.source.erase(stage.subject, at=at)

    assert sizes(outcome.erased) == sizes(preview.erased)
    assert {part: set(keys) for part, keys in outcome.erased.items() if keys} == {
        p: set(keys) for p, keys in preview.erased.items() if keys
    }
    assert [ending_as(then, now) for then, now in zip(preview.kept, outcome.kept, strict=True)] == list(preview.kept)
    assert sizes(outcome.emptied) == dict(stage.cast.emptied)
    left = [file for file in stage.source.files(stage.subject) if file.key in {file.key for file in files}]
    if not stage.cast.kept:
        assert not left
        for file in files:
            with pytest.raises(FileNotFoundError):
                file.open()


def test_what_was_erased_is_gone_and_can_be_buried(stage: Stage, at: datetime) -> None:
    outcome = stage.source.erase(stage.subject, at=at)

    assert stage.cast.is_emptied_as_erased == bool(stage.source.empties)
    for part, keys in outcome.erased.items():
        if part not in stage.source.empties:
            assert not registry.model_of(stage.cast.key, part)._default_manager.filter(pk__in=_known_as(stage, keys)).exists()
    left = Counter(stage.cast.holds) - Counter(sizes(outcome.erased)) - Counter(stage.cast.emptied)
    assert stage.source.count(stage.subject) == dict(left), "an emptied row says nothing of the person: it is found no more"
    assert all(isinstance(key, UUID) for keys in [*outcome.erased.values(), *outcome.emptied.values()] for key in keys)
    assert set(outcome.erased) | set(outcome.emptied) <= set(stage.source.part_models())
    if stage.source.leaves_tombstones:
        rows = [(stage.cast.key, f"{part}{EMPTIED * (part in stage.source.empties)}", keys) for part, keys in outcome.erased.items()]
        rows += [(stage.cast.key, f"{part}{EMPTIED}", keys) for part, keys in outcome.emptied.items()]
        subjects.bury_all(rows, about="R-0000-00", at=at)
        assert sum(len(stone.row_keys) for stone in Tombstone.objects.filter(about="R-0000-00")) == sum(len(keys) for *_name, keys in rows)
    emptied = [*outcome.emptied.items(), *((part, keys) for part, keys in outcome.erased.items() if part in stage.source.empties)]
    for part, keys in emptied:
        assert list(stage.source.empty(part, keys, at=at)) == [], "what is empty is not emptied again"


def _known_as(stage: Stage, keys: Any) -> list[Any]:
    return list(keys) if stage.source.leaves_tombstones else [key.int for key in keys]


def test_nothing_but_what_is_kept_names_the_person_any_more(stage: Stage, at: datetime) -> None:
    stage.source.erase(stage.subject, at=at)

    keeping = {registry.model_of(stage.cast.key, part)._meta.db_table for part in stage.cast.kept}
    naming = {table for table, row in tables.dump_of(stage.source) if stage.person.email in row.replace(stage.stranger.email, "")}
    assert naming <= keeping


def test_erasing_twice_is_erasing_once(stage: Stage, at: datetime) -> None:
    first = stage.source.erase(stage.subject, at=at)
    with tables.unchanged():
        again = stage.source.erase(stage.subject, at=at + SECOND)

    assert sizes(again.erased) == {}
    assert sizes(again.emptied) == {}
    assert sum(kept_of(again).values()) == sum(kept_of(first).values()) - sum(sizes(first.emptied).values())
    assert stage.source.preview(stage.subject, at=at).erased_rows == 0


def test_spared_rows_are_left_as_they_are_and_stand_in_no_outcome(stage: Stage, at: datetime) -> None:
    if stage.source.is_handling or stage.cast.spared_anyway:
        return
    before = stage.source.preview(stage.subject, at=at)
    if not stage.cast.is_once:
        known = {part: set(keys) for part, keys in before.erased.items()}
        stage.cast.fill(stage.person, at=at)
        both = stage.source.preview(stage.subject, at=at).erased
        sparing = {part: [key for key in keys if key not in known[part]] for part, keys in both.items()}
    else:
        known, sparing = {}, dict(before.erased)
    spared = rows_of(stage, sparing)

    with tables.unchanged(only=spared + stage.strangers_rows):
        outcome = stage.source.erase(stage.subject, at=at, sparing=sparing)

    assert {part: set(keys) for part, keys in outcome.erased.items() if keys} == {part: keys for part, keys in known.items() if keys}
    assert sum(sizes(before.erased).values()) == sum(len(keys) for keys in sparing.values())


def rows_of(stage: Stage, keys: Mapping[str, Any]) -> tables.Rows:
    found = (tables.rows_of(registry.model_of(stage.cast.key, part), _known_as(stage, some)) for part, some in keys.items())
    return sum(found, Counter())


# A hold (Art. 17(3)(e)).
def put_on_hold(subject: Subject, at: datetime, *, source: str) -> Any:
    return subjects.hold(
        subject_id=subject.pk,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=at.date(),
        actor=ACTOR,
        at=at,
        source=source,
    )


def as_deed(stage: Stage, at: datetime) -> Outcome:
    """As a case erases: with the holds that stand at that moment."""
    subject = Subject.objects.get(pk=stage.subject.pk)
    under_hold = holds.held_sources(subject.pk, at)
    return deeds.erase(stage.source, subject, held=under_hold, decided={}, sparing=NOTHING, at=at)


def test_a_hold_keeps_everything_until_it_is_released(stage: Stage, at: datetime) -> None:
    put_on_hold(stage.subject, at, source=next(key for key in casts() if key != stage.cast.key))
    hold = put_on_hold(stage.subject, at, source=stage.cast.key)
    held = stage.source.count(stage.subject)
    with tables.unchanged():
        outcome = as_deed(stage, at)

    assert (sizes(outcome.erased), sizes(outcome.emptied)) == ({}, {})
    assert kept_of(outcome) == held
    assert all(kept.ground == Ground.LEGAL_CLAIMS and (kept.until or str(kept.until_event)) for kept in outcome.kept)

    subjects.release(hold_id=hold.pk, actor=ACTOR, at=at)
    assert sizes(as_deed(stage, at).erased) or not sizes(stage.source.preview(stage.subject, at=at).erased)
    assert stage.source.preview(stage.subject, at=at).erased_rows == 0


# A restriction (Art. 18).
def test_a_restriction_stops_every_use_and_no_access(stage: Stage, at: datetime) -> None:
    restriction = subjects.restrict(subject_id=stage.subject.pk, ground=RestrictionGround.CLAIMS, actor=ACTOR, at=at)
    with tables.unchanged(only=stage.strangers_rows):
        stage.source.restrict(stage.subject, at=at)
        stage.source.restrict(stage.subject, at=at)

    uses = {purpose.code for field in stage.source.fields for purpose in field.purposes} & set(PURPOSES)
    for code in sorted(uses - gate.DESPITE_RESTRICTION):
        assert gate.RESTRICTED in gate.may_process(subject=stage.subject, purpose=code).reasons
        assert gate.RESTRICTED not in gate.may_process(subject=stage.stranger.subject, purpose=code).reasons
    assert stage.subject.pk in subject_selectors.kept_subjects(source=stage.cast.key)
    handed_over = sum(len(list(part.rows)) for part in stage.source.export(stage.subject))
    assert handed_over == sum(stage.source.count(stage.subject).values())
    assert bool(handed_over) == bool(stage.cast.holds)

    lifting.lift(restriction.pk, told_at=at, at=at)
    with tables.unchanged(only=stage.strangers_rows):
        stage.source.unrestrict(stage.subject, at=at)
        stage.source.unrestrict(stage.subject, at=at)
    assert not subject_selectors.restrictions_of(stage.subject).exists()


def test_ending_a_use_touches_nobody_else(stage: Stage, at: datetime) -> None:
    uses = sorted({purpose.code for field in stage.source.fields for purpose in field.purposes})
    with tables.unchanged(only=stage.strangers_rows):
        stage.source.stop(stage.subject, uses, at=at)
