"""What the two sources find, hand over, correct, erase, keep and let go: in every state, for the person alone."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError

from datamap import registry
from datamap.enums import Ground
from datamap.purposes import POOL
from letters.models import Letter
from recruitment import services, storing
from recruitment.enums import ENDED_STATUSES, Action, PersonnelKind, Status
from recruitment.models import Application, Document, Employment, Message, OfferAnswer, PersonnelDocument
from recruitment.personal_data.applications import LEFT, OPTED_OUT
from retention.services import keep_periods, keep_rule
from rights_requests.enums import Right
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround
from tests.recruitment import cast
from tests.rights_requests import cast as requests
from tests.rights_requests.test_packages import unpack

pytestmark = pytest.mark.django_db
BRUSSELS = ZoneInfo("Europe/Brussels")
APPLICATIONS, EMPLOYMENTS = "recruitment.applications", "recruitment.employments"
STRANGER = "stranger@candidate.example"


def source(key=APPLICATIONS):
    return registry.get(key)


def person(at, email=cast.EMAIL):
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)


def rows_of(subject, key=APPLICATIONS):
    return {
        part.name: [dict(zip([name for name, _label in part.columns], row, strict=True)) for row in part.rows]
        for part in source(key).export(subject)
    }


def rule_of(code):
    return next(rule for found in (source(), source(EMPLOYMENTS)) for rule in found.retention if rule.code == code)


def due(code, at):
    found = source(EMPLOYMENTS) if code.startswith(EMPLOYMENTS) else source()
    return found.due(rule_of(code), at=at, limit=100)


def keep_our_periods(at):
    """Every rule of this room, as the nightly run applies it."""
    return {rule.code: keep_rule(source=found, rule=rule, at=at) for found in (source(), source(EMPLOYMENTS)) for rule in found.retention}


def stored():
    return {path.name for path in storing.folder().iterdir()}


@pytest.mark.promise("P010")
def test_a_copy_holds_what_the_person_gave_with_letter_and_curriculum_as_files(at):
    cast.apply(at=at)
    cast.apply(at=at, email=STRANGER, cover_letter="Not mine.")
    subject = person(at)
    shown = rows_of(subject)["applications"]

    assert [row["email"] for row in shown] == [cast.EMAIL]
    assert shown[0]["cover_letter"] == "I like maps. I measured half of Ghent."
    files = {given.name: given.open().read() for given in source().files(subject)}
    assert files == {"cover-letter.txt": b"I like maps. I measured half of Ghent.", "cv.pdf": cast.PDF}
    assert "Not mine" not in str(rows_of(subject))


@pytest.mark.promise("P010")
def test_an_erasure_removes_the_files_from_storage(at, django_capture_on_commit_callbacks):
    mine, theirs = cast.apply(at=at), cast.apply(at=at, email=STRANGER)
    gone, kept = mine.documents.get().file_name, theirs.documents.get().file_name
    assert {gone, kept} <= stored()

    with django_capture_on_commit_callbacks(execute=True):
        outcome = source().erase(person(at), at=at)
    assert {part: len(keys) for part, keys in outcome.erased.items()} == {"applications": 1, "documents": 1}
    assert gone not in stored()
    assert kept in stored()


@pytest.mark.promise("P010")
def test_what_is_stored_of_a_candidate_is_what_the_policy_names():
    named = {"name", "email", "phone", "cover_letter"}
    ours = {
        "id", "reference", "vacancy", "country", "language", "origin", "agency", "status", "status_since", "received_at",
        "last_contact_at", "ended_at", "kept_from", "opted_out_at", "closes_on", "flag_reason", "redacted_at",
        "unanswered_since",
    }  # fmt: skip
    assert {field.name for field in Application._meta.concrete_fields} == named | ours


@pytest.mark.promise("P011")
def test_the_answer_to_an_access_request_names_the_agency(at):
    cast.enter(at=at, agency="Werkpunt Interim")
    cast.apply(at=at, email=STRANGER)
    case = requests.answered(at=at, email=cast.EMAIL)
    archive = unpack(case.package)

    facts = json.loads(archive.read("information.json"))
    told = next(found for found in facts["sources"] if found["key"] == APPLICATIONS)
    assert "Werkpunt Interim" in told["origins"][0]
    assert "Werkpunt Interim" in archive.read("information.html").decode()
    assert cast.PDF in [archive.read(name) for name in archive.namelist() if name.startswith("files/")]


def test_who_applied_themselves_is_told_of_nobody_else(at):
    cast.apply(at=at)
    assert source().origins(person(at)) == []


@pytest.mark.promise("P047")
@pytest.mark.parametrize("status", Status)
def test_access_correction_and_erasure_work_in_every_state(at, status):
    application = cast.bring(cast.apply(at=at), status, at=at)
    cast.apply(at=at, email=STRANGER)
    subject, row = person(at), str(application.pk)

    assert source().count(subject)["applications"] == 1
    changed = source().rectify(subject, part="applications", row_key=row, field="name", value="Lina Peters", at=at)
    assert (changed.old, changed.new) == (cast.NAME, "Lina Peters")
    assert rows_of(subject)["applications"][0]["name"] == "Lina Peters"
    preview = source().preview(subject, at=at)
    assert source().erase(subject, at=at) == preview
    assert bool(preview.erased) == (status != Status.HIRED)
    assert bool(preview.kept) == (status == Status.HIRED)
    assert source().erase(subject, at=at).erased_rows == 0
    assert Application.objects.filter(email=STRANGER).count() == 1


def test_a_telephone_number_and_a_mailbox_of_somebody_else_are_refused(at):
    application = cast.apply(at=at)
    told = {"part": "applications", "row_key": str(application.pk)}
    with pytest.raises(ValidationError):
        source().checked(person(at), **told, field="phone", value="call me")
    with pytest.raises(ValidationError):
        source().checked(person(at), **told, field="email", value="other@candidate.example")


def test_an_erasure_takes_messages_answers_and_links_and_empties_the_letters(at):
    application = cast.bring(cast.apply(at=at), Status.OFFER, at=at)
    services.answer(application_id=application.pk, answers={"street": "Kerkstraat 1"}, actor=cast.HR, at=at)
    Letter.objects.update(status="SENT")
    source().erase(person(at), at=at)

    assert not Message.objects.exists()
    assert not OfferAnswer.objects.exists()
    assert not application.links.exists()
    assert {letter.recipient for letter in cast.letters_of(application)} == {""}


def test_rows_to_be_spared_stay_with_the_application_that_they_hang_on(at):
    first, second = cast.apply(at=at), cast.apply(at=at)
    spared = first.documents.get().pk
    outcome = source().erase(person(at), at=at, sparing={"documents": [spared]})

    assert outcome.erased["applications"] == [second.pk]
    assert list(Document.objects.values_list("pk", flat=True)) == [spared]


def test_an_agency_does_not_bring_back_whom_we_erased_and_the_person_can(at):
    cast.enter(at=at, agency="Werkpunt Interim")
    source().erase(person(at), at=at)
    with pytest.raises(services.Erased):
        cast.enter(at=at, agency="Werkpunt Interim")
    assert cast.apply(at=at).pk


def hold(at, key=""):
    subjects.hold(
        subject_id=person(at).pk, ground=HoldGround.LITIGATION, owner_id="x", review_on=at.date(), actor=cast.HR, at=at, source=key
    )


def restrict(at):
    subjects.restrict(subject_id=person(at).pk, ground=RestrictionGround.CLAIMS, actor=cast.HR, at=at)


@pytest.mark.parametrize("key", [APPLICATIONS, EMPLOYMENTS])
def test_a_legal_hold_keeps_every_row_and_says_until_when(at, key):
    employment = cast.hired(at=at)
    cast.add(employment, PersonnelKind.PAYSLIP, at.date(), at=at)
    hold(at, key)
    outcome = source(key).erase(person(at), at=at + relativedelta(years=50))

    assert outcome.erased == {}
    assert outcome.kept_rows == sum(source(key).count(person(at)).values())
    assert {kept.ground for kept in outcome.kept} == {Ground.LEGAL_CLAIMS}


# Time.
@pytest.mark.promise("P070")
@pytest.mark.parametrize("country", ["BE", "FR"])
def test_not_hired_is_kept_to_the_last_second_of_three_years_and_gone_after(at, country):
    cast.bring(cast.apply(at=at - timedelta(days=40), country=country), Status.REJECTED, at=at)
    code, end = f"{APPLICATIONS}.{country.lower()}", at + relativedelta(years=3)

    assert due(code, end - timedelta(seconds=1)).keys == ()
    plan = due(code, end)
    assert len(plan.keys) == 1
    assert source().destroy(plan, at=end - timedelta(seconds=1)) == 0
    assert source().destroy(plan, at=end) == 1
    assert source().destroy(plan, at=end) == 0


@pytest.mark.promise("P070")
def test_a_procedure_that_ended_on_a_leap_day_ends_its_period_on_the_28th():
    leap = datetime(2028, 2, 29, 12, 0, tzinfo=BRUSSELS)
    cast.bring(cast.apply(at=leap), Status.CLOSED, at=leap)
    end = datetime(2031, 2, 28, 12, 0, tzinfo=BRUSSELS)
    assert due(f"{APPLICATIONS}.be", end - timedelta(seconds=1)).keys == ()
    assert len(due(f"{APPLICATIONS}.be", end).keys) == 1


@pytest.mark.promise("P070")
def test_the_period_begins_anew_with_the_persons_last_word_and_not_with_ours_or_a_strangers(at):
    application = cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    later = at + timedelta(days=400)
    told = {"application_id": application.pk, "actor": cast.HR, "at": later}
    services.write_message(**told, text="Another job?")
    services.record_reply(**told, text="It is me.", sender="else@where.example", received_at=later)
    assert Application.objects.get().kept_from == at

    services.record_reply(**told, text="Yes, please.", sender=cast.EMAIL, received_at=later)
    assert Application.objects.get().kept_from == later


@pytest.mark.promise("P070")
def test_an_application_that_nobody_decided_is_not_kept_for_ever(at):
    cast.apply(at=at)
    assert len(due(f"{APPLICATIONS}.be", at + relativedelta(years=3)).keys) == 1


@pytest.mark.promise("P070")
@pytest.mark.parametrize(("months", "faults"), [({"BE": 36, "FR": 24}, 0), ({"BE": 37, "FR": 24}, 1), ({"BE": 36}, 1)])
def test_a_country_may_have_less_than_the_policy_says_and_never_more(settings, months, faults):
    from recruitment.checks import check_periods

    settings.RECRUITMENT = {"keep_months": months}
    assert len(check_periods()) == faults


@pytest.mark.promise("P071")
def test_who_does_not_want_to_be_kept_is_gone_with_the_next_run(at, django_capture_on_commit_callbacks):
    application = cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    other = cast.bring(cast.apply(at=at, email=STRANGER), Status.REJECTED, at=at)
    token = cast.token_of(cast.letters_of(application)[-1])
    file_name = application.documents.get().file_name

    services.opt_out(token=token, is_withdrawn=True, at=at)
    assert [letter.recipient for letter in cast.letters_of(application, "pool_left")] == [cast.EMAIL]
    with django_capture_on_commit_callbacks(execute=True):
        gone = keep_periods(at=at + timedelta(hours=1))
    assert gone[OPTED_OUT] == 1
    assert list(Application.objects.values_list("pk", flat=True)) == [other.pk]
    assert file_name not in stored()


@pytest.mark.promise("P071")
def test_a_running_procedure_goes_on_and_the_end_takes_the_file(at):
    application = cast.bring(cast.apply(at=at), Status.IN_REVIEW, at=at)
    services.opt_out(token=cast.token_of(cast.letters_of(application)[0]), is_withdrawn=False, at=at)
    assert due(OPTED_OUT, at).keys == ()
    assert cast.letters_of(application, "pool_left_later")

    cast.act(application, Action.REJECT, at=at)
    assert due(OPTED_OUT, at).keys == (application.pk,)


def test_an_objection_to_other_jobs_is_an_end_of_the_pool(at):
    over = cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    source().stop(person(at), ["marketing"], at=at)
    assert due(OPTED_OUT, at).keys == ()
    source().stop(person(at), [POOL.code], at=at)
    assert due(OPTED_OUT, at).keys == (over.pk,)


@pytest.mark.promise("P072")
def test_who_works_for_us_is_never_purged_as_a_candidate(at):
    employment = cast.hired(at=at)
    cast.add(employment, PersonnelKind.PAYSLIP, at.date(), at=at)
    Application.objects.update(opted_out_at=at)
    keep_our_periods(at + relativedelta(years=45))

    assert Application.objects.count() == Employment.objects.count() == PersonnelDocument.objects.count() == 1


def leaver(country, kind, dated_on, ended_on, at):
    employment = cast.hired(at=at, country=country)
    document = cast.add(employment, kind, dated_on, at=at)
    services.end_employment(employment_id=employment.pk, ended_on=ended_on, actor=cast.HR, at=at)
    return PersonnelDocument.objects.get(pk=document.pk)


ENDED = date(2027, 6, 30)
LEAVERS = [
    ("BE", PersonnelKind.SOCIAL, date(2026, 12, 31), date(2031, 12, 31)),
    ("FR", PersonnelKind.PAYSLIP, date(2026, 12, 31), date(2031, 12, 31)),
    ("FR", PersonnelKind.WORKING_TIME, date(2026, 12, 31), date(2027, 12, 31)),
    ("BE", PersonnelKind.CONTRACT, date(2026, 3, 2), date(2032, 6, 30)),
    # What the law lets go earlier stays to the end of the employment all the same.
    ("FR", PersonnelKind.WORKING_TIME, date(2026, 3, 31), date(2027, 6, 30)),
]


@pytest.mark.promise("P073")
@pytest.mark.parametrize(("country", "kind", "dated_on", "until"), LEAVERS)
def test_a_leavers_document_stays_through_the_last_day_of_its_law_and_goes_the_day_after(at, country, kind, dated_on, until):
    assert leaver(country, kind, dated_on, ENDED, at).keep_until == until
    code, last = f"{EMPLOYMENTS}.documents", datetime(until.year, until.month, until.day, 23, 59, tzinfo=BRUSSELS)

    assert due(code, last).keys == ()
    plan = due(code, last + timedelta(minutes=1))
    assert len(plan.keys) == 1
    assert source(EMPLOYMENTS).destroy(plan, at=last) == 0
    assert source(EMPLOYMENTS).destroy(plan, at=last + timedelta(minutes=1)) == 1


@pytest.mark.promise("P073")
def test_the_register_and_the_application_of_a_leaver_go_at_their_own_time(at):
    leaver("BE", PersonnelKind.PAYSLIP, date(2026, 4, 30), ENDED, at)
    assert Application.objects.get().closes_on == date(2028, 6, 30)
    assert Employment.objects.get().keep_until == date(2032, 6, 30)

    gone = keep_our_periods(datetime(2028, 7, 1, 1, 0, tzinfo=BRUSSELS))
    assert gone[LEFT] == 1
    assert Employment.objects.get().application is None
    gone = keep_our_periods(datetime(2032, 7, 1, 1, 0, tzinfo=BRUSSELS))
    assert (gone[f"{EMPLOYMENTS}.documents"], gone[f"{EMPLOYMENTS}.register"]) == (1, 1)
    assert not PersonnelDocument.objects.exists()


@pytest.mark.promise("P073")
def test_an_erasure_of_a_leaver_keeps_what_the_law_keeps_with_article_and_end(at):
    leaver("FR", PersonnelKind.PAYSLIP, date(2026, 12, 31), ENDED, at)
    (register, payslip) = source(EMPLOYMENTS).erase(person(at), at=at).kept
    assert (payslip.article, payslip.until) == ("Art. L3243-4 Code du travail", date(2031, 12, 31))
    assert (register.article, register.until) == ("Art. R1221-26 Code du travail", date(2032, 6, 30))
    (application, document, messages) = source().erase(person(at), at=at).kept
    assert {kept.until for kept in (application, document, messages)} == {date(2029, 6, 30)}
    assert application.article == "Art. L1471-1 Code du travail"

    over = source(EMPLOYMENTS).erase(person(at), at=at + relativedelta(years=20))
    assert {part: len(keys) for part, keys in over.erased.items()} == {"personnel": 1, "employments": 1}
    assert source().erase(person(at), at=at + relativedelta(years=20)).kept == ()


@pytest.mark.parametrize("protect", [hold, restrict])
def test_a_purge_leaves_out_the_held_and_the_restricted_even_after_the_plan(at, protect):
    cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    other = cast.bring(cast.apply(at=at, email=STRANGER), Status.REJECTED, at=at)
    end = at + relativedelta(years=3)
    before = due(f"{APPLICATIONS}.be", end)
    assert len(before.keys) == 2
    protect(at)
    assert due(f"{APPLICATIONS}.be", end).keys == (other.pk,)
    assert source().destroy(before, at=end) == 1
    assert Application.objects.get().email == cast.EMAIL


def test_who_is_heard_of_between_plan_and_deed_stays(at):
    application = cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    end = at + relativedelta(years=3)
    plan = due(f"{APPLICATIONS}.be", end)
    told = {"text": "Still there?", "sender": cast.EMAIL, "received_at": end, "actor": cast.HR, "at": end}
    services.record_reply(application_id=application.pk, **told)
    assert source().destroy(plan, at=end) == 0


def test_what_is_overdue_says_since_when(at):
    cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    end = at + relativedelta(years=3)
    assert list(source().overdue(person(at), at=end - timedelta(seconds=1))) == []
    (found,) = source().overdue(person(at), at=end)
    assert (found.rows, found.since) == (1, end.date())


def test_the_oldest_row_is_known_to_every_rule(at):
    leaver("BE", PersonnelKind.PAYSLIP, date(2026, 4, 30), ENDED, at)
    cast.bring(cast.apply(at=at, email=STRANGER), Status.REJECTED, at=at)
    oldest = {rule.code: found.oldest(rule) for found in (source(), source(EMPLOYMENTS)) for rule in found.retention}
    assert oldest[f"{APPLICATIONS}.be"] == at
    assert {code for code, moment in oldest.items() if moment is None} == {
        f"{APPLICATIONS}.fr", OPTED_OUT, f"{EMPLOYMENTS}.register",
    }  # fmt: skip


def test_ended_states_are_those_that_a_period_runs_in():
    assert {Status.REJECTED, Status.WITHDRAWN, Status.CLOSED} == ENDED_STATUSES


def test_an_erasure_request_of_a_candidate_without_an_account_is_carried_out(at, django_capture_on_commit_callbacks):
    application = cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    file_name = application.documents.get().file_name
    with django_capture_on_commit_callbacks(execute=True):
        case = requests.erased(at=at, email=cast.EMAIL)
    assert case.right == Right.ERASURE
    assert case.status == "ANSWERED"
    assert not Application.objects.exists()
    assert file_name not in stored()
