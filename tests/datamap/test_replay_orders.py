"""A backup forgets what people told us since. The backup of these tests is a savepoint; the escrow does not go back with it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Contact
from audit.actor import Actor
from audit.models import Event
from datamap import gate, registry, replay
from retention.services import keep_periods
from subjects import escrow, orders, selectors, services
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround, SuppressionState
from subjects.models import Identifier, LegalHold, LostIdentifier, Objection, OrderChange, Restriction, Subject, Suppression
from tests.accounts.factories import make_contact, make_user
from tests.subjects import lifting

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
NORA, JAN = "nora@firm.example", "jan@firm.example"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    return tmp_path


@contextmanager
def lost(at):
    """What happens within is not in the backup, and was copied to the escrow."""
    backup = transaction.savepoint()
    yield
    while orders.copy_out(at=at):
        pass
    transaction.savepoint_rollback(backup)


def person(at, *emails: str, account=""):
    names = [(IdentifierKind.EMAIL, email) for email in emails]
    return services.subject_for(identifiers=[*names, (IdentifierKind.ACCOUNT, account)], method=IdentityMethod.MAILBOX, at=at)


def restrict(subject, at, **more):
    return services.restrict(subject_id=subject.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at, **more)


def recalled(at):
    counts = replay.replay(at=at).put_right
    return {what: count for what, count in counts.items() if count and ":" not in what}


def may_write(email, purpose="marketing"):
    return gate.may_write_to(email=email, purpose=purpose).reasons


def test_everything_that_was_set_in_the_lost_time_stands_again(at):
    nora = person(at, NORA)
    with lost(at):
        restriction = restrict(nora, at, about="R-1")
        services.object_to(subject_id=nora.pk, purpose="statistics", actor=ACTOR, at=at)
        services.hold(
            subject_id=nora.pk, ground=HoldGround.STATUTE, owner_id="u", review_on=at.date(), actor=ACTOR, at=at, source="accounts.contacts"
        )
        services.suppress(value=JAN, purposes=["marketing"], about="R-2", actor=ACTOR, at=at)
    assert not Restriction.objects.exists()
    assert gate.may_edit(values=[NORA])

    assert recalled(at + HOUR) == {
        "restrictions set again": 1,
        "objections made again": 1,
        "legal holds set again": 1,
        "words about addresses said again": 1,
    }
    back = Restriction.objects.get()
    assert (back.pk, back.subject, back.ground, back.about, back.since) == (restriction.pk, nora, RestrictionGround.ACCURACY, "R-1", at)
    assert gate.may_edit(values=[NORA]).reasons == (gate.RESTRICTED,)
    assert selectors.is_held(subject=nora, source="accounts.contacts")
    assert Objection.objects.get().purpose == "statistics"
    assert gate.OBJECTED in may_write(JAN)
    assert Event.objects.filter(action="order.made_again").count() == 4


def test_replaying_twice_changes_nothing(at):
    nora = person(at, NORA)
    with lost(at):
        restrict(nora, at)
        person(at, "new@firm.example")
        restrict(person(at, "new@firm.example"), at)
        services.suppress(value=JAN, purposes=["marketing"], about="R-2", actor=ACTOR, at=at)
    replay.replay(at=at)

    def state() -> list[object]:
        models = (Subject, Identifier, LostIdentifier, Restriction, Objection, LegalHold, Suppression, OrderChange)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = state()
    assert recalled(at + HOUR) == {}
    assert state() == before
    while orders.copy_out(at=at):
        pass
    assert recalled(at + HOUR) == {}


def test_set_and_lifted_in_the_lost_time_binds_nobody(at):
    nora = person(at, NORA)
    with lost(at):
        restriction = restrict(nora, at)
        orders.copy_out(at=at)
        lifting.lift(restriction.pk, told_at=at, at=at)

    assert recalled(at) == {}
    assert not Restriction.objects.exists()


def test_what_was_ended_in_the_lost_time_ends_again(at):
    nora = person(at, NORA)
    restriction = restrict(nora, at)
    services.object_to(subject_id=nora.pk, purpose="statistics", actor=ACTOR, at=at)
    hold = services.hold(subject_id=nora.pk, ground=HoldGround.STATUTE, owner_id="u", review_on=at.date(), actor=ACTOR, at=at)
    services.suppress(value=NORA, purposes=["newsletter"], about="R-1", actor=ACTOR, at=at)
    with lost(at):
        orders.copy_out(at=at)
        lifting.lift(restriction.pk, told_at=at, at=at + HOUR)
        services.release(hold_id=hold.pk, actor=ACTOR, at=at + HOUR)
        Objection.objects.update(ended_at=at + HOUR)
        services.unsuppress(email=NORA, purpose="newsletter", about="C-1", actor=ACTOR, at=at + HOUR)

    assert recalled(at + 2 * HOUR) == {
        "restrictions lifted again": 1,
        "objections ended again": 1,
        "legal holds released again": 1,
        "words about addresses said again": 1,
    }
    restriction.refresh_from_db()
    assert (restriction.told_at, restriction.lifted_at) == (at, at + HOUR)
    assert (Objection.objects.get().ended_at, LegalHold.objects.get().released_at) == (at + HOUR, at + HOUR)
    assert [row.state for row in Suppression.objects.all()] == [SuppressionState.STANDS, SuppressionState.LIFTED]
    assert gate.OBJECTED not in may_write(NORA, "newsletter")


def test_what_ended_after_the_restore_is_not_made_to_stand_again(at):
    nora = person(at, NORA)
    restriction = restrict(nora, at)
    with lost(at):
        orders.copy_out(at=at)
    lifting.lift(restriction.pk, told_at=at, at=at + HOUR)

    assert recalled(at + 2 * HOUR) == {}
    restriction.refresh_from_db()
    assert restriction.lifted_at == at + HOUR


def test_a_restriction_that_was_announced_only_can_be_announced_again(at):
    """The letter that told of its end is lost: nobody knows whether it went out."""
    nora = person(at, NORA)
    with lost(at):
        restriction = restrict(nora, at)
        services.announce(restriction_id=restriction.pk, letter_id=restriction.pk, actor=ACTOR, at=at)
    replay.replay(at=at)

    assert (Restriction.objects.get().lifting_letter, Restriction.objects.get().lifted_at) == (None, None)


def test_somebody_whom_the_backup_does_not_know_is_still_not_touched(at):
    """Of the person only hashes come back; the rows of ours that have the address lead to them again."""
    contact = make_contact(email=NORA)
    with lost(at):
        restrict(person(at, NORA), at)
    assert not Subject.objects.exists()

    assert recalled(at) == {"restrictions set again": 1, "addresses known again": 1}
    subject = Subject.objects.get()
    assert (subject.created_at, Identifier.objects.get().method) == (at, IdentityMethod.RESTORED)
    assert gate.may_edit(values=[NORA]).reasons == (gate.RESTRICTED,)
    assert Contact.objects.filter(selectors.of_restricted(email="email")).get() == contact
    assert NORA in selectors.kept_values(kind=IdentifierKind.EMAIL, source="accounts.contacts")
    assert not LostIdentifier.objects.exists()


def test_an_address_that_no_row_has_is_known_by_its_hash(at):
    with lost(at):
        restrict(person(at, NORA), at)
    replay.replay(at=at)

    assert not Identifier.objects.exists()
    assert gate.may_edit(values=["NORA@firm.example "]).reasons == (gate.RESTRICTED,)
    assert gate.may_edit(values=[NORA]).reasons == (gate.RESTRICTED,)
    assert gate.may_edit(values=[JAN])
    assert gate.RESTRICTED in may_write(NORA)
    assert gate.RESTRICTED not in may_write(JAN)
    assert registry.get("subjects.identities").count(Subject.objects.get()) == {"subject": 1, "lostidentifier": 1}


def test_a_row_that_comes_later_is_kept_from_the_purge(at):
    with lost(at):
        restrict(person(at, NORA), at)
    replay.replay(at=at)
    make_contact(email=NORA)
    keep_periods(at=at)

    assert Identifier.objects.get().value == NORA
    assert NORA in selectors.kept_values(kind=IdentifierKind.EMAIL, source="accounts.contacts")


def test_who_shows_the_address_is_that_person(at):
    with lost(at):
        known = person(at, NORA)
        restrict(known, at)
    replay.replay(at=at)

    again = person(at + HOUR, NORA)
    assert again.pk == known.pk
    assert not LostIdentifier.objects.exists()
    assert person(at, JAN).pk != known.pk


def test_an_account_is_named_by_its_key(at):
    account = str(make_user(email=NORA).pk)
    with lost(at):
        restrict(person(at, account=account), at)
    replay.replay(at=at)

    assert gate.may_edit(values=[account]).reasons == (gate.RESTRICTED,)


def test_an_identifier_that_came_in_the_lost_time_comes_back(at):
    nora = person(at, NORA)
    restrict(nora, at)
    with lost(at):
        services.add_identifier(subject_id=nora.pk, kind=IdentifierKind.EMAIL, value=JAN, method=IdentityMethod.MAILBOX, at=at)
    replay.replay(at=at)

    assert gate.may_edit(values=[JAN]).reasons == (gate.RESTRICTED,)
    assert not OrderChange.objects.filter(kind="OBJECTION").exists()


def test_what_stands_about_somebody_who_was_parted_off_stands_about_both(at):
    """In the backup the address still belongs to whoever had it before: that person is not touched either."""
    before = person(at, JAN, NORA)
    with lost(at):
        parted = services.part_off(identifiers=list(before.identifiers.filter(value=NORA)), method=IdentityMethod.MAILBOX, at=at)
        restrict(parted, at)
    replay.replay(at=at)

    assert {restriction.subject_id for restriction in Restriction.objects.all()} == {before.pk, parted.pk}
    assert gate.may_edit(values=[NORA]).reasons == (gate.RESTRICTED,)
    copied = Restriction.objects.get(subject=before)
    lifting.lift(copied.pk, told_at=at, at=at)
    assert recalled(at) == {}
    assert not selectors.restrictions_of(before).exists()


def test_an_account_that_was_parted_off_in_the_lost_time_does_not_stop_the_replay(at):
    account = str(make_user(JAN).pk)
    with lost(at):
        before = person(at, NORA, account=account)
        restrict(before, at)
        orders.copy_out(at=at)
        services.part_off(identifiers=list(before.identifiers.filter(value=account)), method=IdentityMethod.SIGNED_IN, at=at)
    assert recalled(at) == {"restrictions set again": 2}

    assert gate.may_edit(values=[account]).reasons == gate.may_edit(values=[NORA]).reasons == (gate.RESTRICTED,)
    assert recalled(at) == {}


def test_what_stands_about_both_stands_once_however_many_addresses_lead_there(at):
    before = person(at, JAN, NORA, "third@firm.example")
    with lost(at):
        own = list(before.identifiers.exclude(value=JAN))
        parted = services.part_off(identifiers=own, method=IdentityMethod.MAILBOX, at=at)
        services.object_to(subject_id=parted.pk, purpose="statistics", actor=ACTOR, at=at)
    replay.replay(at=at)

    assert sorted(str(objection.subject_id) for objection in Objection.objects.all()) == sorted([str(before.pk), str(parted.pk)])


def test_rows_that_were_erased_do_not_come_back(at):
    nora = person(at, NORA)
    with lost(at):
        restriction = restrict(nora, at)
        orders.copy_out(at=at)
        services.bury(source="subjects.standing", part="restriction", row_keys=[restriction.pk], about="R-1", at=at)
        escrow.copy_out(about="R-1", at=at)

    assert recalled(at) == {}
    assert not Restriction.objects.exists()


def test_what_was_lifted_and_erased_goes_again_though_the_backup_has_it_as_standing(at):
    """Of the end no copy was made: the row was gone by then."""
    nora = person(at, NORA)
    restriction = restrict(nora, at)
    jans = restrict(person(at, JAN), at)
    with lost(at):
        lifting.lift(restriction.pk, told_at=at, at=at)
        assert registry.get("subjects.standing").erase(nora, at=at).erased == {"restriction": [restriction.pk]}
        services.bury(source="subjects.standing", part="restriction", row_keys=[restriction.pk], about="R-1", at=at)
        escrow.copy_out(about="R-1", at=at)
    assert Restriction.objects.filter(pk=restriction.pk, lifted_at=None).exists()

    assert replay.replay(at=at + HOUR).erased == 1
    assert list(Restriction.objects.all()) == [jans]
    assert Event.objects.get(action="order.ended_again").details == {"kind": "RESTRICTION", "row": str(restriction.pk)}


def test_sources_do_again_what_they_did(at, monkeypatch):
    done = []
    source = type(registry.get("accounts.contacts"))
    for verb in ("restrict", "unrestrict"):
        monkeypatch.setattr(source, verb, lambda _self, subject, *, at, verb=verb: done.append((verb, subject.pk)))
    monkeypatch.setattr(source, "stop", lambda _self, subject, purposes, *, at: done.append((tuple(purposes), subject.pk)))
    nora, jan = person(at, NORA), person(at, JAN)
    restriction = restrict(jan, at)
    with lost(at):
        restrict(nora, at)
        services.object_to(subject_id=nora.pk, purpose="statistics", actor=ACTOR, at=at)
        lifting.lift(restriction.pk, told_at=at, at=at)
    replay.replay(at=at)

    assert sorted(done, key=str) == sorted([("restrict", nora.pk), (("statistics",), nora.pk), ("unrestrict", jan.pk)], key=str)


def test_nothing_is_done_when_the_newest_copy_is_missing(folder, at):
    contact = make_contact(email=JAN)
    nora = person(at, NORA)
    with lost(at):
        restrict(nora, at)
        orders.copy_out(at=at)
        services.object_to(subject_id=nora.pk, purpose="statistics", actor=ACTOR, at=at)
    max(folder.glob("*.orders")).unlink()
    services.bury(source="accounts.contacts", part="contacts", row_keys=[contact.pk], about="R-1", at=at)
    with pytest.raises(escrow.EscrowBroken, match="missing"):
        escrow.copy_out(about="R-1", at=at)

    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("replay_tombstones")
    assert not Restriction.objects.exists()
    assert Contact.objects.exists()


def test_the_command_tells_what_stands_again(at):
    nora = person(at, NORA)
    with lost(at):
        restrict(nora, at)
    out = StringIO()
    call_command("replay_tombstones", stdout=out)

    assert "restrictions set again: 1" in out.getvalue()
