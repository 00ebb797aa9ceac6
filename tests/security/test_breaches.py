"""The life of a breach: the clock, the people who must know, two people for a no, and a register that is never rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from accounts.enums import UserRole
from audit.models import Event
from datamap import incidents
from letters.models import Letter
from security import services
from security.enums import Audience, Authority, OurRole, Readers, Reason, Risk, Way
from security.models import Account, AffectedCustomer, AffectedPerson, Breach, Decision, Entry, Submission, Warned, Wording
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import Restriction, Subject
from tests.accounts import factories
from tests.security import cast

pytestmark = pytest.mark.django_db


def person(email: str, at) -> Subject:
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)


# Reporting.


def test_a_report_starts_the_hours_when_it_became_known_and_tells_the_officers_in_their_language(at):
    cast.officers()
    factories.make_staff(UserRole.HELPDESK)
    breach = cast.reported(at, about="R-7KQ4-M2", text="Card 4111 1111 1111 1111 was in it")
    assert breach.due_at == at.replace(hour=8, minute=0) + timedelta(hours=72)
    assert breach.entries.get().text.count("4111") == 0
    letter = Letter.objects.get(event="breach_alarm")
    assert (letter.language, "70 uur" in letter.subject, breach.reference in letter.subject) == ("nl", True, True)
    (found,) = incidents.about("R-7KQ4-M2")
    assert (found.reference, found.known_at) == (breach.reference, breach.known_at)
    assert incidents.about("R-0000-00") == []
    assert incidents.about("") == []


def test_nothing_becomes_known_later_than_it_is_reported(at):
    breach = cast.reported(at, known_at=at + timedelta(hours=3))
    assert breach.known_at == at


def test_no_event_of_a_breach_says_anything_in_words(at):
    cast.ended(at)
    told = [str(value) for event in Event.objects.filter(action__startswith="breach.") for value in event.details.values()]
    assert told
    assert not any(" " in value for value in told)


# Deciding.


def test_a_no_takes_two_people_and_a_yes_one(at):
    breach = cast.described(at, risk=Risk.UNLIKELY)
    cast.spare(breach, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at, approved=False)
    with pytest.raises(services.SamePerson):
        services.approve(breach_id=breach.pk, audience=Audience.AUTHORITY, actor=cast.officer(), at=at)
    with pytest.raises(services.NotApproved):
        services.approve(breach_id=breach.pk, audience=Audience.PEOPLE, actor=cast.officer(2), at=at)
    decision = services.approve(breach_id=breach.pk, audience=Audience.AUTHORITY, actor=cast.officer(2), at=at)
    assert decision.holds
    with pytest.raises(services.NotApproved):
        services.approve(breach_id=breach.pk, audience=Audience.AUTHORITY, actor=cast.officer(3), at=at)
    cast.tell(breach, Audience.PEOPLE, at)
    with pytest.raises(services.NotApproved):
        services.approve(breach_id=breach.pk, audience=Audience.PEOPLE, actor=cast.officer(2), at=at)


def test_no_reason_but_the_laws_and_none_that_the_risk_has_outgrown(at):
    breach = cast.reported(at)
    with pytest.raises(services.NotDescribed):
        cast.tell(breach, Audience.AUTHORITY, at)
    cast.describe(breach, at, risk=Risk.HIGH)
    for reason in (Reason.UNLIKELY_RISK, Reason.NO_HIGH_RISK, Reason.CUSTOMER_DECIDES, "", "BECAUSE"):
        with pytest.raises(services.ReasonRefused):
            cast.spare(breach, Audience.AUTHORITY, reason, at, approved=False)
    cast.describe(breach, at, risk=Risk.UNLIKELY)
    cast.spare(breach, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at, approved=False)
    cast.describe(breach, at, risk=Risk.HIGH)
    with pytest.raises(services.ReasonRefused):
        services.approve(breach_id=breach.pk, audience=Audience.AUTHORITY, actor=cast.officer(2), at=at)


@pytest.mark.parametrize(
    "said",
    [
        {"approved_by": cast.officer().id},
        {"approved_by": ""},
        {"is_told": True},
        {"reason": Reason.NO_HIGH_RISK},
        {"words": "Rewritten"},
        {"decided_by": "somebody else", "approved_by": "x"},
    ],
    ids=lambda said: next(iter(said)),
)
def test_the_database_knows_no_approval_of_ones_own_and_no_decision_rewritten(at, said):
    breach = cast.described(at, risk=Risk.UNLIKELY)
    cast.spare(breach, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at, approved=False)
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.update(**({"approved_at": at, "approved_by": cast.officer(2).id} | said))
    assert Decision.objects.update(approved_at=at, approved_by=cast.officer(2).id) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.update(approved_at=at + timedelta(hours=1))


def test_a_decision_never_arrives_approved(at):
    breach = cast.described(at)
    told = {"audience": Audience.PEOPLE, "is_told": False, "reason": Reason.NO_HIGH_RISK, "words": "W", "decided_at": at, "decided_by": "a"}
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.create(breach=breach, approved_at=at, approved_by="b", **told)
    assert Decision.objects.create(breach=breach, **told)


# Notifying.


def test_nobody_is_notified_before_a_breach_became_known(at):
    breach = cast.reported(at)
    with pytest.raises(services.NotKnownYet):
        cast.submit(breach, at, submitted_at=breach.known_at - timedelta(seconds=1))
    cast.submit(breach, at, submitted_at=breach.known_at)
    assert Submission.objects.get().submitted_at == breach.known_at


def test_late_is_said_and_explained_and_what_completes_is_not_late(at):
    breach = cast.described(at)
    late = breach.due_at + timedelta(minutes=1)
    with pytest.raises(services.LateWithoutReason):
        cast.submit(breach, late)
    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.create(breach=breach, authority=Authority.APD, submitted_at=late, recorded_at=late, recorded_by="a")
    cast.submit(breach, late, submitted_at=breach.due_at)
    cast.submit(breach, late)
    assert "Art. 33(4)" in Submission.objects.order_by("submitted_at").last().late_because
    other = cast.described(at)
    cast.submit(other, late, late_because="It was found in a log that nobody had read.")
    with pytest.raises(services.LateWithoutReason):
        cast.submit(other, late + timedelta(hours=1))
    assert Submission.objects.filter(breach=other).count() == 1


def test_a_notification_is_never_later_than_now(at):
    breach = cast.described(at)
    cast.submit(breach, at, submitted_at=at + timedelta(days=9))
    assert Submission.objects.get().submitted_at == at


# Customers.


def company(language: str, *, name: str = "Boekbinderij Janssens"):
    made = factories.make_company(name=name)
    user = factories.make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=made, language=language)
    factories.make_user(company=made, language="en")
    return made, user


def test_every_administrator_of_a_customer_is_told_in_their_language_or_nobody_is(at):
    (first, maria), (second, paul) = company("fr"), company("nl", name="Imprimerie Lambert")
    breach = cast.described(at, role=OurRole.PROCESSOR)
    with pytest.raises(services.UnknownCustomers) as caught:
        services.name_customers(breach_id=breach.pk, numbers=[first.number, "K-nobody"], actor=cast.officer(), at=at)
    assert ("K-nobody" in str(caught.value), AffectedCustomer.objects.count()) == (True, 0)
    with pytest.raises(services.NobodyNamed):
        services.tell_customers(breach_id=breach.pk, actor=cast.officer(), at=at)
    numbers = [first.number, second.number, first.number, " "]
    assert services.name_customers(breach_id=breach.pk, numbers=numbers, actor=cast.officer(), at=at) == 2
    assert services.name_customers(breach_id=breach.pk, numbers=numbers, actor=cast.officer(), at=at) == 0

    cast.worded(breach, Readers.CUSTOMERS, at, "fr")
    cast.worded(breach, Readers.PEOPLE, at, "nl")
    with pytest.raises(services.NotWorded) as missing:
        services.tell_customers(breach_id=breach.pk, actor=cast.officer(), at=at)
    assert ("Nederlands" in str(missing.value), Letter.objects.filter(event="breach_customer").count()) == (True, 0)

    cast.worded(breach, Readers.CUSTOMERS, at, "nl")
    assert services.tell_customers(breach_id=breach.pk, actor=cast.officer(), at=at) == 2
    letters = {letter.recipient: letter for letter in Letter.objects.filter(event="breach_customer")}
    assert {email: letter.language for email, letter in letters.items()} == {maria.email: "fr", paul.email: "nl"}
    assert cast.WORDS["facts"] in str(letters[maria.email].body)
    assert set(AffectedCustomer.objects.values_list("told_at", "told_by")) == {(at, Way.LETTER)}
    with pytest.raises(services.NobodyNamed):
        services.tell_customers(breach_id=breach.pk, actor=cast.officer(), at=at)


def test_a_customer_where_nobody_reads_stays_on_the_list_until_somebody_calls(at):
    (reached, _maria), silent = company("fr"), factories.make_company()
    breach = cast.described(at, role=OurRole.PROCESSOR)
    services.name_customers(breach_id=breach.pk, numbers=[reached.number, silent.number], actor=cast.officer(), at=at)
    cast.worded(breach, Readers.CUSTOMERS, at, "fr")
    assert services.tell_customers(breach_id=breach.pk, actor=cast.officer(), at=at) == 1
    row = AffectedCustomer.objects.get(told_at=None)
    assert row.customer == silent.pk
    by = {"breach_id": breach.pk, "row_id": row.pk, "actor": cast.officer(), "at": at}
    services.tell_otherwise(way=Way.PHONE, **by)
    with pytest.raises(services.AlreadyTold):
        services.tell_otherwise(way=Way.POST, **by)
    with pytest.raises(services.NobodyNamed):
        services.tell_otherwise(way=Way.POST, **{**by, "breach_id": cast.reported(at).pk})


# People.


def test_people_are_kept_by_their_key_and_told_despite_a_restriction(at):
    noor = person("noor@customer.example", at)
    Restriction.objects.create(subject=noor, ground=RestrictionGround.ACCURACY, since=at)
    user = factories.make_user("luc@customer.example")
    factories.make_user("other@customer.example")
    breach = cast.described(at, risk=Risk.HIGH)
    by = {"breach_id": breach.pk, "language": "nl", "actor": cast.officer(), "at": at}
    with pytest.raises(services.UnknownPeople) as caught:
        services.name_people(addresses=["noor@customer.example", "nobody@nowhere.example"], **by)
    assert ("nobody@nowhere.example" in str(caught.value), "nobody" in repr(caught.value.args)) == (True, False)
    assert AffectedPerson.objects.count() == 0
    assert services.name_people(addresses=["Noor@customer.example", user.email, "noor@customer.example"], **by) == 2
    columns = {field.name for field in AffectedPerson._meta.get_fields()}
    assert columns == {"id", "breach", "subject", "language", "added_at", "told_at", "told_by"}

    with pytest.raises(services.NotWorded):
        services.tell_people(breach_id=breach.pk, actor=cast.officer(), at=at)
    cast.worded(breach, Readers.PEOPLE, at, "nl")
    assert services.tell_people(breach_id=breach.pk, actor=cast.officer(), at=at) == 2
    letters = Letter.objects.filter(event="breach_person")
    assert {letter.recipient for letter in letters} == {"noor@customer.example", "luc@customer.example"}
    assert {(letter.language, letter.about) for letter in letters} == {("nl", breach.reference)}
    with pytest.raises(services.NobodyNamed):
        services.tell_people(breach_id=breach.pk, actor=cast.officer(), at=at)


# Closing.


def test_a_breach_is_closed_when_nothing_is_left_and_kept_for_ten_years(at):
    breach = cast.described(at, risk=Risk.UNLIKELY)
    with pytest.raises(services.StillToDo):
        services.close(breach_id=breach.pk, actor=cast.officer(), at=at)
    cast.spare(breach, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at)
    cast.spare(breach, Audience.PEOPLE, Reason.NO_HIGH_RISK, at)
    closed = services.close(breach_id=breach.pk, actor=cast.officer(), at=at)
    assert (closed.is_open, closed.expires_at) == (False, at + relativedelta(years=10))
    with pytest.raises(services.BreachClosed):
        services.close(breach_id=breach.pk, actor=cast.officer(), at=at)
    with pytest.raises(services.BreachClosed):
        cast.tell(breach, Audience.PEOPLE, at)
    assert services.note(breach_id=breach.pk, text="The letter came back.", actor=cast.officer(), at=at)


def rows_beside(breach: Breach, at) -> dict[str, object]:
    """A row of each table, unsaved; only the journal takes it once the breach is closed."""
    subject = person("late@customer.example", at)
    told = {"written_at": at, "written_by": "a"}
    return {
        "account": Account(breach=breach, role=OurRole.CONTROLLER, risk=Risk.HIGH, **cast.ACCOUNT, **told),
        "decision": Decision(breach=breach, audience=Audience.PEOPLE, is_told=True, words="W", decided_at=at, decided_by="a"),
        "submission": Submission(breach=breach, authority=Authority.APD, submitted_at=at, recorded_at=at, recorded_by="a"),
        "wording": Wording(breach=breach, readers=Readers.PEOPLE, language="en", **cast.WORDS, **told),
        "customer": AffectedCustomer(breach=breach, customer=subject.pk, added_at=at),
        "person": AffectedPerson(breach=breach, subject=subject, language="en", added_at=at),
        "warned": Warned(breach=breach, hours=2, at=at),
    }


KINDS = ("account", "decision", "submission", "wording", "customer", "person", "warned")


@pytest.mark.parametrize("kind", KINDS)
def test_the_database_takes_nothing_but_entries_once_a_breach_is_closed(at, kind):
    rows_beside(cast.reported(at), at)[kind].save(force_insert=True)
    closed = cast.ended(at)
    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        rows_beside(closed, at)[kind].save(force_insert=True)
    assert Entry.objects.create(breach=closed, text="Later", written_at=at, written_by="a")


REWRITTEN = {
    "breach": (Breach, {"known_at": None}),
    "hours": (Breach, {"hours": 96}),
    "reopened": (Breach, {"status": "OPEN", "closed_at": None, "closed_by": "", "expires_at": None}),
    "account": (Account, {"facts": "Nothing happened."}),
    "entry": (Entry, {"text": "Nothing happened."}),
}


@pytest.mark.parametrize("kind", REWRITTEN)
def test_the_database_rewrites_nothing_of_a_closed_breach_and_deletes_it_when_it_may_go(at, kind):
    breach = cast.ended(at)
    model, change = REWRITTEN[kind]
    if change.get("known_at", at) is None:
        change = {"known_at": at - timedelta(days=1)}
    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        model.objects.update(**change)
    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        breach.delete()
    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        Entry.objects.all().delete()


@pytest.mark.parametrize("table", ["breach", "account", "entry", "decision", "evidence"])
def test_no_table_of_the_register_is_truncated(at, table):
    cast.ended(at)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE security_{table} CASCADE")


def test_an_open_breach_is_rewritten_no_more_than_a_closed_one(at):
    breach = cast.described(at)
    for change in (
        {"due_at": at + timedelta(days=30)},
        {"closed_at": at, "closed_by": "a", "status": "CLOSED", "expires_at": at + timedelta(1), "hours": 1},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Breach.objects.filter(pk=breach.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Account.objects.update(risk=Risk.UNLIKELY)
    with pytest.raises(DatabaseError), transaction.atomic():
        breach.delete()


def test_a_breach_goes_with_all_its_rows_after_its_time(at):
    long_ago = at - relativedelta(years=11)
    breach = cast.ended(long_ago)
    breach.delete()
    assert (Breach.objects.count(), Account.objects.count(), Decision.objects.count(), Entry.objects.count()) == (0, 0, 0, 0)


# Reminding.


def test_officers_are_reminded_once_at_each_step_until_the_authority_knows(at):
    cast.officers()
    breach = cast.described(at)
    assert Letter.objects.filter(event="breach_alarm").count() == 1
    written = []
    for hours in (30, 24, 23, 12, 2, 1, 0, -5):
        now = breach.due_at - timedelta(hours=hours)
        assert services.watch(at=now) == (hours in {24, 12, 2, 0})
        assert services.watch(at=now) == 0
        written.append(Letter.objects.filter(event="breach_alarm").count())
    assert written == [1, 2, 2, 3, 4, 4, 5, 5]
    late = cast.described(at - timedelta(days=9))
    assert services.watch(at=at) == 1
    assert set(Warned.objects.filter(breach=late).values_list("hours", flat=True)) == {0, 2, 12, 24}


def test_nobody_is_reminded_of_what_the_authority_knows_or_need_not(at):
    cast.officers()
    told, spared, waiting = (cast.described(at, risk=Risk.UNLIKELY) for _number in range(3))
    cast.tell(told, Audience.AUTHORITY, at)
    cast.submit(told, at)
    cast.spare(spared, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at)
    cast.spare(waiting, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at, approved=False)
    assert services.watch(at=at + timedelta(hours=80)) == 1
    assert Warned.objects.exclude(breach=waiting).count() == 0


def test_a_breach_that_was_not_notified_in_time_fails_the_check(at):
    breach = cast.described(at - timedelta(days=400))
    found = {error.id: error.hint for error in run_checks(databases=["default"])}
    assert found["security.E001"] == breach.reference
    cast.submit(breach, at, late_because="Nobody read the log.")
    cast.tell(breach, Audience.AUTHORITY, at)
    assert "security.E001" not in {error.id for error in run_checks(databases=["default"])}
