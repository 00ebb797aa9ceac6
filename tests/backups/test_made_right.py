"""What each room puts right after a restore beside the rows that tombstones name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.enums import UserRole
from datamap import replay
from hosting import rules
from hosting.enums import State, StepStatus, Verb
from hosting.models import CustomerDatabase, Deletion, Server, Step
from letters import services as letters
from letters.models import Letter
from subjects import escrow, orders, services
from subjects.identifiers import import_digests
from subjects.models import ImportBlock
from tests.accounts import factories
from tests.letters import samples

pytestmark = pytest.mark.django_db

NORA = "nora@firm.example"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    return tmp_path


def wrote(*, about="R-OLD", status="SENT", at):
    letter = letters.write(
        event="request_refused", language="en", to=NORA, name="Nora", about=about, values=samples.VALUES["request_refused"], at=at
    )
    Letter.objects.filter(pk=letter.pk).update(status=status)
    return letter


def whole(letter):
    """As the backup has it."""
    return Letter.objects.filter(pk=letter.pk).update(recipient=NORA, recipient_name="Nora", subject="About you", body=[["p", "Nora"]])


@pytest.mark.parametrize("part", ["letters", "letters/emptied"])
@pytest.mark.parametrize("status", ["SENT", "QUEUED", "SENDING"])
def test_an_emptied_letter_is_emptied_again_and_its_row_stays_as_proof(at, part, status):
    """Tombstones of before called such letters erased; and the backup may be of the minute in which one was on its way."""
    letter, other = wrote(status=status, at=at), wrote(at=at)
    services.bury(source="letters.letters", part=part, row_keys=[letter.pk], about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)

    done = replay.replay(at=at)
    assert done.erased == 1
    letter.refresh_from_db()
    assert (letter.recipient, letter.recipient_name, letter.subject, letter.body) == ("", "", "", [])
    assert letter.status not in {"QUEUED", "SENDING"}
    other.refresh_from_db()
    assert other.recipient == NORA
    assert replay.replay(at=at).erased == 0


def test_letters_of_an_application_that_was_erased_are_emptied_again(at):
    """They were emptied with it, and bear no tombstone of their own."""
    key = factories.make_company().pk
    letter, other = wrote(about=f"recruitment.application:{key}", at=at), wrote(at=at)
    services.bury(source="recruitment.applications", part="applications", row_keys=[key], about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)

    assert replay.replay(at=at).put_right["recruitment.applications: letters emptied again"] == 1
    assert Letter.objects.get(pk=letter.pk).recipient == ""
    assert Letter.objects.get(pk=other.pk).recipient == NORA


def test_importers_refuse_the_erased_after_a_restore_too(at):
    services.block_import(values=[NORA], at=at)
    first = ImportBlock.objects.get().expires_at
    services.block_import(values=[NORA, "jan@firm.example"], at=at + timedelta(days=30))
    orders.copy_out(at=at)
    ImportBlock.objects.exclude(digest__in=import_digests(NORA)).delete()
    ImportBlock.objects.update(expires_at=first)

    done = replay.replay(at=at + timedelta(days=31))
    assert done.put_right["addresses refused to importers again"] == 1
    assert set(ImportBlock.objects.values_list("expires_at", flat=True)) == {at + timedelta(days=30) + services.KEEP_IMPORT_BLOCKS}


@pytest.fixture
def database(at):
    user = factories.make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=factories.make_company())
    server = Server.objects.create(code="be", region="BE")
    return CustomerDatabase.objects.create(
        company=user.company, label="Shop", server=server, origin="CREATED", state=State.DEACTIVATED, ordered_at=at, cancelled_at=at
    )


def step(database, verb, at):
    return Step.objects.create(database=database, verb=verb, status=StepStatus.WAITING, created_at=at, next_try_at=at)


@pytest.mark.promise("P078")
@pytest.mark.promise("P079")
def test_nothing_is_destroyed_on_the_word_of_a_cancellation_that_may_have_been_taken_back(database, at):
    """A backup of day one, restored six months later: the customer came back on day twenty."""
    now = at + timedelta(days=183)
    assert database.is_gone(now)
    order = Deletion.objects.create(
        database=database,
        asked_by=database.pk,
        confirmed_by=database.company_id,
        asked_at=at,
        confirmed_at=at,
        carry_out_at=at + timedelta(days=1),
    )
    unsaid = [step(database, verb, at) for verb in (Verb.PASSWORD, Verb.EXPORT, Verb.OPEN_ACCESS, Verb.OPEN_RESTORED, Verb.DESTROY)]
    closing = step(database, Verb.DEACTIVATE, at)

    done = replay.replay(at=now)
    database.refresh_from_db()
    assert not database.is_gone(now)
    assert database.ends_at == rules.ends_at(now, is_switching=False)
    order.refresh_from_db()
    assert order.cancelled_at == now
    statuses = {each.verb: each.status for each in Step.objects.filter(pk__in=[closing.pk, *(each.pk for each in unsaid)])}
    assert statuses == {**{each.verb: StepStatus.DROPPED for each in unsaid}, Verb.DEACTIVATE: StepStatus.WAITING}
    assert done.put_right["hosting.databases: cancelled databases whose time begins anew"] == 1
    again = replay.replay(at=now + timedelta(hours=1))
    assert {count for what, count in again.put_right.items() if what.startswith("hosting")} == {0}


@pytest.mark.promise("P080")
def test_what_was_being_destroyed_at_the_customers_order_goes_on_being_destroyed(database, at):
    CustomerDatabase.objects.update(deleted_at=at)
    destroying = step(database, Verb.DESTROY, at)

    replay.replay(at=at + timedelta(days=183))
    database.refresh_from_db()
    destroying.refresh_from_db()
    assert (database.cancelled_at, destroying.status) == (at, StepStatus.WAITING)
    assert database.is_gone(at + timedelta(days=183))


def test_a_ledger_of_another_installation_is_refused(at, settings):
    services.bury(source="accounts.contacts", part="contacts", row_keys=[factories.make_company().pk], about="R-1", at=at)
    escrow.copy_out(about="R-1", at=at)
    settings.SECRET_KEY, former = "another installation", settings.SECRET_KEY

    with pytest.raises(escrow.EscrowBroken, match="another installation"):
        replay.replay(at=at)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert replay.replay(at=at).tombstones == 1
