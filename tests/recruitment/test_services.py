"""Acts on applications: what each does, what it refuses, what it leaves behind."""

from __future__ import annotations

import itertools
import os
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.utils import timezone

from audit.models import Event
from datamap import gate
from datamap.enums import Basis
from datamap.purposes import POOL
from letters import events
from letters.mail import message_of
from letters.models import Letter
from recruitment import asked, checks, correspondence, details, employed, passages, services, storing, tasks, workflow
from recruitment.enums import Action, FlagReason, LinkPurpose, Origin, PersonnelKind, Status
from recruitment.forms import ApplicationForm
from recruitment.models import Application, CandidateLink, Document, Employment, Message, OfferAnswer
from rights_requests.models import RightsRequest
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.recruitment import cast

pytestmark = pytest.mark.django_db
SECRET = "I had cancer in 2019"

DOCUMENTED = {
    (Status.RECEIVED, Action.REVIEW), (Status.RECEIVED, Action.INVITE), (Status.IN_REVIEW, Action.INVITE),
    (Status.IN_REVIEW, Action.OFFER), (Status.INTERVIEW, Action.OFFER), (Status.OFFER, Action.HIRE),
    *itertools.product([Status.RECEIVED, Status.IN_REVIEW, Status.INTERVIEW, Status.OFFER], [Action.REJECT, Action.WITHDRAW, Action.CLOSE]),
    *itertools.product([Status.REJECTED, Status.WITHDRAWN, Status.CLOSED], [Action.REOPEN]),
}  # fmt: skip


@pytest.mark.parametrize(("status", "action"), list(itertools.product(Status, Action)))
def test_an_application_moves_exactly_as_documented(at, status, action):
    application = cast.bring(cast.apply(at=at), status, at=at)
    if (status, action) in DOCUMENTED:
        assert cast.act(application, action, at=at).status == workflow.MOVES[action].target
        return
    with pytest.raises(workflow.MoveNotAllowed):
        cast.act(application, action, at=at)
    assert Application.objects.get().status == status


def test_an_application_is_confirmed_to_its_address_without_the_name_that_was_typed(at):
    application = cast.apply(at=at, name="Buy cheap pills")
    (letter,) = cast.letters_of(application)
    assert (letter.event, letter.recipient, letter.recipient_name) == ("application_received", cast.EMAIL, "")
    assert "pills" not in str(letter.body)
    assert (application.origin, application.country, application.status) == (Origin.FORM, "BE", Status.RECEIVED)


def test_the_same_click_twice_is_one_application_and_a_better_letter_is_another(at):
    vacancy = cast.make_vacancy()
    first = cast.apply(at=at, vacancy=vacancy)
    assert cast.apply(at=at + timedelta(minutes=1), vacancy=vacancy).pk == first.pk
    assert cast.apply(at=at, vacancy=vacancy, cover_letter="Better.").pk != first.pk
    assert cast.apply(at=at, vacancy=vacancy, cv=cast.filed(b"Other", "cv.txt")).pk != first.pk
    assert cast.apply(at=at + timedelta(minutes=11), vacancy=vacancy).pk != first.pk


@pytest.mark.promise("P011")
def test_who_was_entered_by_hand_is_told_that_we_have_it_and_from_whom(at):
    application = cast.enter(at=at, agency="Werkpunt Interim", received_at=at - timedelta(days=3))
    (letter,) = cast.letters_of(application)
    assert (application.origin, application.agency) == (Origin.AGENCY, "Werkpunt Interim")
    assert "Werkpunt Interim" in str(letter.body)
    assert cast.enter(at=at).origin == Origin.HR
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(agency="")


def test_every_letter_to_a_candidate_carries_the_link_and_goes_to_human_resources_when_answered():
    ours = {name for name, event in events.EVENTS.items() if event.answers_to == "jobs"}
    assert len(ours) == 7
    assert {name for name in ours if "pool_link" not in events.find(name).secrets} == {"pool_left", "pool_left_later"}
    assert ours == events.RESERVED


def test_an_answer_to_our_mail_reaches_human_resources(at):
    (letter,) = cast.letters_of(cast.apply(at=at))
    assert message_of(letter).reply_to == ["Oxygis <jobs@oxygis.example>"]


def test_of_a_link_only_the_hash_is_kept(at):
    application = cast.apply(at=at)
    token = cast.token_of(cast.letters_of(application)[0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT recruitment_candidatelink::text FROM recruitment_candidatelink")
        assert token not in str(cursor.fetchall())
    assert services.pool.application_of(token, purpose=LinkPurpose.POOL) == application
    assert services.pool.application_of(token, purpose=LinkPurpose.OFFER) is None
    assert services.pool.application_of(token + "x", purpose=LinkPurpose.POOL) is None


@pytest.mark.promise("P071")
def test_pressing_twice_writes_one_letter_and_who_works_for_us_is_told_why_not(at):
    application = cast.apply(at=at)
    token = cast.token_of(cast.letters_of(application)[0])
    for _turn in range(2):
        assert services.opt_out(token=token, is_withdrawn=True, at=at).status == Status.WITHDRAWN
    assert len(cast.letters_of(application, "pool_left")) == 1
    employment = cast.hired(at=at, email="other@candidate.example")
    with pytest.raises(services.WorksForUs):
        services.opt_out(token=cast.token_of(cast.letters_of(employment.application)[0]), is_withdrawn=True, at=at)
    with pytest.raises(services.LinkNotValid):
        services.opt_out(token="nobody", is_withdrawn=True, at=at)


def test_who_left_the_pool_is_not_written_to_again(at):
    application = cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    services.opt_out(token=cast.token_of(cast.letters_of(application)[0]), is_withdrawn=True, at=at)
    for again in (
        lambda: services.write_message(application_id=application.pk, text="Hello", actor=cast.HR, at=at),
        lambda: cast.act(application, Action.REOPEN, at=at),
    ):
        with pytest.raises(services.NotNowInPool):
            again()


def person(at):
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, cast.EMAIL)], method=IdentityMethod.MAILBOX, at=at)


def test_who_objected_to_other_jobs_is_not_written_to_about_them(at):
    application = cast.bring(cast.apply(at=at), Status.REJECTED, at=at)
    subjects.object_to(subject_id=person(at).pk, purpose=POOL.code, actor=cast.HR, at=at)
    with pytest.raises(gate.Stopped):
        services.write_message(application_id=application.pk, text="Hello", actor=cast.HR, at=at)


def test_nothing_of_somebody_restricted_is_changed_and_nobody_writes(at):
    application = cast.bring(cast.apply(at=at), Status.OFFER, at=at)
    subjects.restrict(subject_id=person(at).pk, ground=RestrictionGround.ACCURACY, actor=cast.HR, at=at)
    told = {"actor": cast.HR, "at": at}
    letters = Letter.objects.count()
    for deed in (
        lambda: cast.act(application, Action.HIRE, at=at),
        lambda: cast.enter(at=at),
        lambda: services.write_message(application_id=application.pk, text="Hello", **told),
        lambda: services.record_reply(application_id=application.pk, text="Hi", sender=cast.EMAIL, received_at=at, **told),
        lambda: services.answer(application_id=application.pk, answers={"city": "Gent"}, **told),
        lambda: services.flag(model=Application, row_id=application.pk, reason=FlagReason.SPECIAL, **told),
        lambda: services.redact_document(document_id=application.documents.get().pk, **told),
    ):
        with pytest.raises(gate.Stopped):
            deed()
    assert Letter.objects.count() == letters


@pytest.mark.promise("P048")
def test_a_reply_becomes_a_request_with_the_date_of_the_mail(at):
    application = cast.apply(at=at)
    mailed = at - timedelta(days=2)
    told = {"actor": cast.HR, "at": at}
    reply = services.record_reply(
        application_id=application.pk, text="Please delete all of it.", sender=cast.EMAIL.upper(), received_at=mailed, **told
    )
    filed = services.file_reply(message_id=reply.pk, right="ERASURE", **told)

    case = RightsRequest.objects.get(reference=filed.request_reference)
    assert (case.right, case.email, case.received_at) == ("ERASURE", cast.EMAIL, mailed)
    assert Event.objects.get(action="application.request_filed").details["is_sender_known"] is True
    with pytest.raises(services.AlreadyFiled):
        services.file_reply(message_id=reply.pk, right="ACCESS", **told)
    ours = services.write_message(application_id=application.pk, text="Hello", **told)
    with pytest.raises(services.writing.NotTheirs):
        services.file_reply(message_id=ours.pk, right="ACCESS", **told)


def everywhere(marker):
    """Tables in which it stands, and files that say it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text LIKE %s)', [f"%{marker}%"])
            if cursor.fetchone()[0]:
                yield table


@pytest.mark.promise("P014")
def test_a_passage_is_taken_out_and_nothing_repeats_it(at):
    application = cast.apply(at=at, cover_letter=f"I like maps. {SECRET}. Call me.")
    told = {"actor": cast.HR, "at": at}
    message = services.record_reply(application_id=application.pk, text=f"{SECRET}. Sorry.", sender=cast.EMAIL, received_at=at, **told)
    services.flag(model=Application, row_id=application.pk, reason=FlagReason.SPECIAL, **told)
    assert set(everywhere(SECRET)) == {"recruitment_application", "recruitment_message"}

    for model, row, text, number in ((Application, application, application.cover_letter, 1), (Message, message, message.text, 0)):
        services.redact_passages(model=model, row_id=row.pk, numbers=[number], version=passages.version(text), **told)
    assert list(everywhere(SECRET)) == []
    application.refresh_from_db()
    assert application.cover_letter == "I like maps. […] Call me."
    assert (application.flag_reason, application.redacted_at) == ("", at)
    assert Message.objects.get().text == "[…] Sorry."
    assert Event.objects.filter(action="application.redacted").count() == 2


def test_numbers_of_another_text_and_no_numbers_take_nothing_out(at):
    application = cast.apply(at=at)
    told = {"model": Application, "row_id": application.pk, "actor": cast.HR, "at": at}
    version = passages.version(application.cover_letter)
    with pytest.raises(services.Changed):
        services.redact_passages(numbers=[0], version="other", **told)
    for numbers in ([], [99], [-1]):
        with pytest.raises(services.NothingChosen):
            services.redact_passages(numbers=numbers, version=version, **told)


@pytest.mark.promise("P014")
def test_a_redacted_file_is_destroyed_with_its_name_and_only_that_it_was_there_stays(at, django_capture_on_commit_callbacks):
    document = cast.apply(at=at, cv=cast.filed(name="lina-ill.pdf")).documents.get()
    with django_capture_on_commit_callbacks(execute=True):
        for _turn in range(2):
            services.redact_document(document_id=document.pk, actor=cast.HR, at=at)
    assert not (storing.folder() / document.file_name).exists()
    found = Document.objects.get()
    assert (found.name, found.file_name, bytes(found.sealed_key), found.redacted_at) == ("", "", b"", at)
    assert "lina-ill" not in str(list(everywhere("lina-ill")))
    assert Event.objects.filter(action="application.redacted").count() == 1


@pytest.mark.promise("P014")
def test_no_form_asks_for_a_special_category():
    words = [
        "race",
        "origin",
        "ethnic",
        "nationality",
        "religion",
        "belief",
        "politic",
        "union",
        "sex",
        "gender",
        "health",
        "disab",
        "photo",
        "married",
    ]
    names = {one.name for one in (*asked.APPLICATION, *asked.OFFER)} | {field.name for field in Application._meta.concrete_fields}
    assert {(name, word) for name in names - {"origin"} for word in words if word in name.lower()} == set()


@pytest.mark.promise("P012")
@pytest.mark.parametrize("status", Status)
def test_details_exist_only_once_a_job_was_offered(at, status):
    application = cast.bring(cast.apply(at=at), status, at=at)
    told = {"application_id": application.pk, "answers": {"street": "Kerkstraat 1", "shoe_size": "43"}, "actor": cast.HR, "at": at}
    if status in {Status.OFFER, Status.HIRED}:
        services.answer(**told)
        assert list(OfferAnswer.objects.values_list("field", "value")) == [("street", "Kerkstraat 1")]
        return
    with pytest.raises(services.NoOffer):
        services.answer(**told)
    with pytest.raises(InternalError, match="only after an offer"), transaction.atomic():
        OfferAnswer.objects.create(application=application, field="street", value="x", answered_at=at)


@pytest.mark.promise("P013")
def test_every_field_of_every_form_is_justified_and_one_that_is_not_fails_the_check():
    assert checks.check_asked() == []
    fields = ApplicationForm.asks()
    assert fields == {"name", "email", "phone", "cover_letter", "cv"}
    assert [error.id for error in checks.unjustified("x", asked.APPLICATION, fields | {"shoe_size"})] == ["recruitment.E001"]
    vain = (*asked.APPLICATION[:-1], asked.Asked("cv", "CV", " ", Basis.CONTRACT))
    assert [error.id for error in checks.unjustified("x", vain, fields)] == ["recruitment.E001"]
    lawless = (*asked.APPLICATION[:-1], asked.Asked("cv", "CV", "Why not.", Basis.LEGAL_OBLIGATION, (("BE", "A law"),)))
    assert [error.id for error in checks.unjustified("x", lawless, fields)] == ["recruitment.E002"]
    assert [error.id for error in checks.unjustified("x", asked.APPLICATION, fields - {"cv"})] == ["recruitment.E003"]


@pytest.mark.parametrize(
    ("name", "value", "is_right"),
    [
        ("national_number", "85.07.30-033.28", True),
        ("national_number", "85.07.30-033.29", False),
        ("national_number", "1 85 05 78 006 084 36", True),
        ("account", "BE71 0961 2345 6769", True),
        ("account", "BE71 0961 2345 6760", False),
        ("born_on", "1990-05-31", True),
        ("born_on", "31/05/1990", False),
        ("street", "Kerkstraat 1", True),
    ],
)
def test_a_detail_is_checked_by_what_it_is(name, value, is_right):
    if is_right:
        details.check(name, details.tidy(name, value))
        return
    with pytest.raises(Exception, match=r"number|day"):
        details.check(name, details.tidy(name, value))


# Employment.
@pytest.mark.promise("P073")
@pytest.mark.parametrize(
    ("country", "document"), list(itertools.product(["BE", "FR"], [*employed.DOCUMENTS.values(), employed.REGISTER, employed.FILE]))
)
def test_the_register_has_a_dated_law_for_each_kind_in_each_country(country, document):
    from datamap import statutory

    day = date(2026, 6, 30)
    told = {"country": country, "document": document, "dated_on": day, "ended_on": day}
    until, law = employed.keep_until(**told, periods=statutory.load())
    assert until > day
    assert law.article


@pytest.mark.promise("P073")
def test_a_law_that_changes_changes_what_comes_after_it_and_nothing_before(at):
    from datamap.models import StatutoryPeriod

    day = date(2026, 12, 31)
    old = StatutoryPeriod.objects.get(country="BE", document="payslip")
    StatutoryPeriod.objects.filter(pk=old.pk).update(valid_until=date(2026, 12, 30))
    changed = {"months": 84, "starts": "DOCUMENT", "article": "New law", "valid_from": day}
    StatutoryPeriod.objects.create(country="BE", document="payslip", **changed)
    periods = list(StatutoryPeriod.objects.all())
    told = {"country": "BE", "document": "payslip", "ended_on": day, "periods": periods}
    assert employed.keep_until(dated_on=date(2026, 12, 30), **told)[0] == date(2031, 12, 30)
    assert employed.keep_until(dated_on=day, **told)[0] == date(2033, 12, 31)


def test_an_employment_ends_once_and_not_before_it_began(at):
    employment = cast.hired(at=at)
    end = {"employment_id": employment.pk, "actor": cast.HR, "at": at}
    with pytest.raises(services.employing.EndBeforeBegin):
        services.end_employment(ended_on=at.date() - timedelta(days=1), **end)
    services.end_employment(ended_on=at.date(), **end)
    with pytest.raises(services.NotEmployed):
        services.end_employment(ended_on=at.date(), **end)
    late = cast.add(Employment.objects.get(), PersonnelKind.PAYSLIP, at.date(), at=at)
    assert late.keep_until == date(2031, 3, 2)


def test_without_a_law_in_the_register_nothing_ends(at):
    from datamap.models import StatutoryPeriod
    from datamap.statutory import NoStatutoryPeriod

    employment = cast.hired(at=at)
    cast.add(employment, PersonnelKind.PAYSLIP, at.date(), at=at)
    StatutoryPeriod.objects.filter(document="payslip").delete()
    with pytest.raises(NoStatutoryPeriod):
        services.end_employment(employment_id=employment.pk, ended_on=at.date(), actor=cast.HR, at=at)
    assert Employment.objects.get().ended_on is None


@pytest.mark.parametrize(
    "wrong",
    [{"ended_at": None, "status": "REJECTED"}, {"ended_at": timezone.now(), "status": "RECEIVED"}, {"closes_on": date(2030, 1, 1)}],
)
def test_the_database_itself_refuses_a_life_that_cannot_be(at, wrong):
    cast.apply(at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.update(**wrong)


# Files.
def test_files_that_no_row_knows_are_swept_after_a_day_and_others_never(at):
    known, orphan, fresh = cast.apply(at=at).documents.get().file_name, cast.filed(), cast.filed()
    old = (timezone.now() - timedelta(days=2)).timestamp()
    for name in (known, orphan.sealed.file_name):
        os.utime(storing.folder() / name, (old, old))
    tasks.sweep()
    left = {path.name for path in storing.folder().iterdir()}
    assert {known, fresh.sealed.file_name} <= left
    assert orphan.sealed.file_name not in left


def test_a_file_stays_when_the_deletion_of_its_row_is_undone(at, django_capture_on_commit_callbacks):
    document = cast.apply(at=at).documents.get()
    with django_capture_on_commit_callbacks(execute=True) as callbacks, transaction.atomic():
        Application.objects.all().delete()
        transaction.set_rollback(True)
    assert callbacks == []
    assert (storing.folder() / document.file_name).exists()


def test_events_name_nobody(at):
    application = cast.bring(cast.apply(at=at), Status.HIRED, at=at)
    services.answer(application_id=application.pk, answers={"street": "Kerkstraat 1"}, actor=cast.HR, at=at)
    told = str(list(Event.objects.filter(about=correspondence.about(application)).values()))
    for words in (cast.NAME, "Lina", cast.EMAIL, "Kerkstraat"):
        assert words not in told
    assert CandidateLink.objects.filter(application=application, purpose=LinkPurpose.OFFER).count() == 1
