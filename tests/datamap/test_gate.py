from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from audit.actor import Actor
from datamap import gate
from datamap.declaration import Purpose
from datamap.enums import Basis
from datamap.purposes import EVIDENCE, MARKETING, NEWSLETTER, PURPOSES, RIGHTS, SECURITY, SERVICE, STATISTICS, UnknownPurpose, purpose_of
from subjects import selectors
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround
from tests.subjects import lifting

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")


def person(name, at):
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, f"{name}@firm.example")], method=IdentityMethod.MAILBOX, at=at)


@pytest.fixture
def nora(at):
    return person("nora", at)


@pytest.fixture
def jan(at):
    return person("jan", at)


@pytest.fixture(autouse=True)
def own_registers(monkeypatch):
    monkeypatch.setattr(gate, "_blockers", list(gate._blockers))
    monkeypatch.setattr(gate, "_witnesses", list(gate._witnesses))


def allowed(subject):
    return {purpose.code for purpose in PURPOSES.values() if gate.may_process(subject=subject, purpose=purpose)}


WITHOUT_CONSENT = {purpose.code for purpose in PURPOSES.values() if purpose.basis != Basis.CONSENT}


def test_everything_but_what_needs_consent_is_allowed_at_first(nora):
    assert allowed(nora) == WITHOUT_CONSENT


def test_consent_needs_a_witness(nora, jan):
    assert gate.may_process(subject=nora, purpose=NEWSLETTER).reasons == (gate.NO_CONSENT,)
    gate.register_witness(lambda subject, purpose: subject == nora and purpose == NEWSLETTER)

    assert gate.may_process(subject=nora, purpose=NEWSLETTER)
    assert not gate.may_process(subject=jan, purpose=NEWSLETTER)


def test_a_restriction_leaves_rights_and_evidence(nora, jan, at):
    restriction = subjects.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    assert allowed(nora) == {RIGHTS.code, EVIDENCE.code}
    assert gate.may_process(subject=nora, purpose=SERVICE).reasons == (gate.RESTRICTED,)
    assert allowed(jan) == WITHOUT_CONSENT

    lifting.lift(restriction.pk, told_at=at, at=at)
    assert allowed(nora) == WITHOUT_CONSENT


@pytest.mark.promise("P003")
@pytest.mark.parametrize(("objected", "asked"), list(itertools.product(PURPOSES, PURPOSES)))
def test_an_objection_stops_its_purpose_where_the_law_lets_it(nora, at, objected, asked):
    gate.register_witness(lambda _subject, _purpose: True)
    subjects.object_to(subject_id=nora.pk, purpose=objected, actor=ACTOR, at=at)
    both_marketing = PURPOSES[objected].is_marketing and PURPOSES[asked].is_marketing
    is_stopped = PURPOSES[asked].is_objectable and (objected == asked or both_marketing)

    verdict = gate.may_process(subject=nora, purpose=asked)
    assert (bool(verdict), verdict.reasons) == ((False, (gate.OBJECTED,)) if is_stopped else (True, ()))


def test_an_objection_is_the_objectors_alone(nora, jan, at):
    subjects.object_to(subject_id=nora.pk, purpose=MARKETING.code, actor=ACTOR, at=at)

    assert gate.may_process(subject=jan, purpose=MARKETING)


@pytest.mark.promise("P022")
@pytest.mark.parametrize("purpose", ["resale", "", Purpose("service", "Something else", Basis.CONSENT, is_objectable=False)])
def test_a_purpose_that_the_policy_does_not_name_is_refused(nora, purpose):
    with pytest.raises(UnknownPurpose):
        gate.may_process(subject=nora, purpose=purpose)
    with pytest.raises(UnknownPurpose):
        purpose_of(purpose)


@pytest.mark.promise("P022")
def test_the_purposes_of_the_policy_are_known_by_code():
    assert {"service", "support", "billing", "account"} <= PURPOSES.keys()
    assert all(purpose_of(code) is purpose for code, purpose in PURPOSES.items())


def test_an_app_above_can_say_no_and_every_reason_is_given(nora, at):
    @gate.register_blocker
    def never_on_sundays(subject, purpose) -> Iterator[str]:
        if purpose == STATISTICS:
            yield "sunday"

    gate.register_blocker(never_on_sundays)
    subjects.object_to(subject_id=nora.pk, purpose=STATISTICS.code, actor=ACTOR, at=at)

    assert gate.may_process(subject=nora, purpose=STATISTICS).reasons == (gate.OBJECTED, "sunday")
    assert gate.may_process(subject=nora, purpose=SECURITY)


def test_a_hold_and_a_restriction_keep_data_from_a_purge(nora, jan, at):
    def is_kept(subject, source: str) -> bool:
        by_row = subject.pk in selectors.kept_subjects(source=source)
        by_address = subject.identifiers.get().value in selectors.kept_values(kind=IdentifierKind.EMAIL, source=source)
        assert by_row == by_address
        return by_row

    assert not is_kept(nora, "accounts.contacts")
    subjects.hold(subject_id=nora.pk, ground=HoldGround.LITIGATION, owner_id="u", review_on=at.date(), actor=ACTOR, at=at, source="accounts.contacts")  # fmt: skip

    assert is_kept(nora, "accounts.contacts")
    assert not is_kept(nora, "accounts.messages")
    subjects.restrict(subject_id=nora.pk, ground=RestrictionGround.CLAIMS, actor=ACTOR, at=at)
    assert is_kept(nora, "accounts.messages")
    assert not is_kept(jan, "accounts.contacts")
