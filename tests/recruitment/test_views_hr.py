"""The desk of human resources: what they do there, and what nobody else meets."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import STAFF_ROLES, UserRole
from audit.models import Event
from datamap import registry
from datamap.purposes import MARKETING
from recruitment import access, storing
from recruitment.enums import PersonnelKind, Status
from recruitment.models import Application, Employment, Message, PersonnelDocument
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts import factories
from tests.recruitment import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
SECRET = "I had cancer in 2019"


@pytest.mark.promise("P027")
@pytest.mark.parametrize("role", sorted(set(UserRole) - {UserRole.HR}))
def test_candidates_are_there_for_human_resources_alone(client, now, role):
    application = cast.apply(at=now)
    visitor = factories.sign_in(client, factories.make_staff(role) if role in STAFF_ROLES else factories.make_user(role=role))
    assert visitor.get(reverse("desk_applications")).status_code == 404
    assert visitor.get(reverse("desk_application_open", args=[application.reference])).status_code == 404
    assert visitor.get("/admin/recruitment/application/").status_code in {403, 404}
    assert cast.NAME not in visitor.get("/admin/", follow=True).content.decode()
    letter = cast.letters_of(application)[0]
    assert visitor.get(reverse("desk_letter", args=[letter.pk])).status_code == 404
    assert visitor.get(f"/admin/letters/letter/{letter.pk}/change/").status_code in {302, 403, 404}


@pytest.mark.promise("P027")
@pytest.mark.parametrize("role", sorted(UserRole))
def test_no_way_to_an_application_opens_to_another_role(now, role):
    user = factories.make_staff(role) if role in STAFF_ROLES else factories.make_user(role=role)
    application, employment = cast.apply(at=now), cast.hired(at=now, email="hired@candidate.example")
    assert access.applications_for_hr(user).exists() == (role == UserRole.HR)
    assert access.employments_for_hr(user).exists() == (role == UserRole.HR)
    if role != UserRole.HR:
        with pytest.raises(Http404):
            access.application_for_hr(user=user, reference=application.reference)
        with pytest.raises(Http404):
            access.employment_for_hr(user=user, employment_id=employment.pk)


@pytest.mark.promise("P027")
def test_nothing_of_a_candidate_is_declared_for_marketing():
    for key in ("recruitment.applications", "recruitment.employments"):
        assert not any(purpose.is_marketing or purpose == MARKETING for field in registry.get(key).fields for purpose in field.purposes)


@pytest.mark.promise("P027")
def test_what_is_declared_for_marketing_holds_no_candidate(now):
    """Whoever selects for marketing selects from these sources: a candidate is in none of them, hired or not."""
    cast.apply(at=now)
    cast.hired(at=now, email="hired@candidate.example")
    reached = [source for source in registry.all_sources() if any(p.is_marketing for field in source.fields for p in field.purposes)]
    assert reached
    for email in (cast.EMAIL, "hired@candidate.example"):
        person = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=now)
        assert registry.get("recruitment.applications").count(person)["applications"] == 1
        assert {source.key: source.count(person) for source in reached} == {source.key: {} for source in reached}


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_costs_the_same_for_many_rows(hr, now, rows, django_assert_num_queries):
    vacancy = cast.make_vacancy()
    for number in range(rows):
        cast.apply(at=now, email=f"p{number}@candidate.example", vacancy=vacancy)
    url = reverse("desk_applications")
    hr.get(url)
    with django_assert_num_queries(8):
        page = hr.get(url)
    assert page.content.decode().count(cast.NAME) == rows


FILTERS = [
    ("", {"lina", "omar"}),
    ("?q=lina", {"lina"}),
    ("?q=OMAR@candidate.example", {"omar"}),
    ("?country=FR", {"omar"}),
    ("?state=INTERVIEW", {"omar"}),
    ("?state=REJECTED", {"eva"}),
    ("?state=ENDED", {"eva"}),
    ("?q=candidate", set()),
    ("?origin=AGENCY", set()),
    ("?state=nonsense&country=XX", {"lina", "omar"}),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_the_list_shows_what_is_running_or_what_is_looked_for(hr, now, query, found):
    cast.apply(at=now, email="lina@candidate.example", name="Lina Peeters")
    cast.bring(cast.apply(at=now, email="omar@candidate.example", name="Omar Diallo", country="FR"), Status.INTERVIEW, at=now)
    cast.bring(cast.apply(at=now, email="eva@candidate.example", name="Eva Smets"), Status.REJECTED, at=now)
    page = hr.get(reverse("desk_applications") + query).content.decode()
    assert {name for name in ("lina", "omar", "eva") if f">{name.title()} " in page} == found


def test_the_second_page_keeps_the_filter(hr, now):
    vacancy = cast.make_vacancy()
    for number in range(31):
        cast.apply(at=now + timedelta(seconds=number), email=f"p{number}@candidate.example", vacancy=vacancy)
    page = hr.get(reverse("desk_applications") + "?country=BE").content.decode()
    assert "country=BE" in page
    assert "page=2" in page


def one(hr, application):
    return hr.get(reverse("desk_application_open", args=[application.reference]))


def test_one_application_shows_letter_documents_thread_and_what_is_next(hr, now):
    application = cast.enter(at=now, agency="Werkpunt Interim", cover_letter="I like maps.")
    page = one(hr, application).content.decode()
    for words in ("Werkpunt Interim", "I like maps.", "cv.pdf", "Look at it", "Decline"):
        assert words in page
    assert "Details for the contract" not in page


def step(hr, application, action, **typed_in):
    return hr.post(reverse("desk_application_step", args=[application.reference, action]), typed_in)


def test_a_life_from_form_to_employment_on_the_pages(hr, now):
    application = cast.apply(at=now)
    assert step(hr, application, "hire", started_on="2026-09-01").status_code == 404
    assert step(hr, application, "invite").status_code == 422
    for action, told in (("invite", {"text": "Come on Tuesday."}), ("offer", {}), ("hire", {"started_on": "2026-09-01"})):
        assert step(hr, application, action, **told).status_code == 302
    employment = Employment.objects.get()
    assert (employment.country, str(employment.started_on)) == ("BE", "2026-09-01")
    assert Message.objects.get().text == "Come on Tuesday."

    file = {"add-kind": PersonnelKind.PAYSLIP, "add-dated_on": "2026-09-30", "add-file": cast.upload(name="sept.pdf")}
    assert hr.post(reverse("desk_employment_add", args=[employment.pk]), file).status_code == 302
    paper = PersonnelDocument.objects.get()
    assert hr.get(reverse("desk_employment_document", args=[employment.pk, paper.pk])).content == cast.PDF
    early = hr.post(reverse("desk_employment_end", args=[employment.pk]), {"end-ended_on": "2026-01-01"})
    assert early.status_code == 422
    assert hr.post(reverse("desk_employment_end", args=[employment.pk]), {"end-ended_on": "2026-12-31"}).status_code == 302
    assert "30 September 2031" in hr.get(reverse("desk_employment", args=[employment.pk])).content.decode()
    assert cast.NAME in hr.get(reverse("desk_employments")).content.decode()


def test_entering_by_hand_keeps_files_and_source_and_refuses_the_erased(hr, now):
    vacancy = cast.make_vacancy()
    told = {
        "vacancy": vacancy.pk, "name": cast.NAME, "email": cast.EMAIL, "language": "nl", "agency": "Werkpunt Interim",
        "received_on": timezone.localdate().isoformat(),
    }  # fmt: skip
    url = reverse("desk_application_enter")
    assert hr.post(url, {**told, "received_on": "2999-01-01"}).status_code == 422
    assert hr.post(url, {**told, "cv": cast.upload(), "letter": cast.upload(b"Dear you", "letter.txt")}).status_code == 302
    application = Application.objects.get()
    assert (application.agency, application.language, application.documents.count()) == ("Werkpunt Interim", "nl", 2)

    subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, cast.EMAIL)], method=IdentityMethod.MAILBOX, at=now)
    registry.get("recruitment.applications").erase(subject, at=now)
    page = hr.post(url, told)
    assert page.status_code == 422
    assert "erase their data" in page.content.decode()


def test_a_document_is_handed_over_as_a_file_and_that_is_on_record(hr, now):
    document = cast.apply(at=now).documents.get()
    url = reverse("desk_application_document", args=[document.application.reference, document.pk])
    response = hr.get(url)
    assert response.content == cast.PDF
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="cv.pdf"'
    assert Event.objects.get(action="application.document_read").details == {"document": str(document.pk)}
    other = cast.apply(at=now, email="other@candidate.example")
    assert hr.get(reverse("desk_application_document", args=[other.reference, document.pk])).status_code == 404
    (storing.folder() / document.file_name).unlink()
    assert hr.get(url).status_code == 404


def test_writing_and_answering_in_the_thread(hr, now):
    application = cast.apply(at=now)
    message, reply = (reverse(f"desk_application_{kind}", args=[application.reference]) for kind in ("message", "reply"))
    assert hr.post(message, {"message-text": ""}).status_code == 422
    assert hr.post(message, {"message-text": "Can you come?"}).status_code == 302
    assert "Can you come?" in str(cast.letters_of(application, "application_message")[0].body)
    told = {"reply-sender": cast.EMAIL, "reply-received_at": "2026-05-04T10:30", "reply-text": "Please delete my data."}
    assert hr.post(reply, {**told, "reply-received_at": "2999-01-01T00:00"}).status_code == 422
    assert hr.post(reply, told).status_code == 302
    answer = Message.objects.get(is_from_person=True)
    hr.post(reverse("desk_application_request", args=[application.reference, answer.pk]), {"right": "ERASURE"})
    answer.refresh_from_db()
    assert answer.request_reference.startswith("R-")
    assert answer.request_reference in one(hr, application).content.decode()


@pytest.mark.promise("P014")
def test_what_is_flagged_is_hidden_and_what_is_taken_out_is_gone(hr, now):
    application = cast.apply(at=now, cover_letter=f"I like maps. {SECRET}. Call me.")
    document = application.documents.get()
    urls = {
        (verb, part, row.pk): reverse(f"desk_application_{verb}", args=[application.reference, part, row.pk])
        for verb in ("flag", "redact")
        for part, row in (("letter", application), ("document", document))
    }
    for part, row in (("letter", application), ("document", document)):
        assert hr.post(urls["flag", part, row.pk], {"reason": "SPECIAL"}).status_code == 302
    page = one(hr, application).content.decode()
    assert SECRET not in page
    assert "cv.pdf" not in page
    download = reverse("desk_application_document", args=[application.reference, document.pk])
    assert hr.get(download).status_code == 404

    ask = hr.get(urls["redact", "letter", application.pk]).content.decode()
    version = re.search(r'name="version" value="(\w+)"', ask)[1]
    assert hr.post(urls["redact", "letter", application.pk], {"version": version}).status_code == 422
    assert hr.post(urls["redact", "letter", application.pk], {"version": version, "numbers": ["1"]}).status_code == 302
    assert hr.post(urls["redact", "document", document.pk]).status_code == 302
    assert hr.get(urls["redact", "document", document.pk]).status_code == 404
    page = one(hr, application).content.decode()
    assert "I like maps. […] Call me." in page
    assert SECRET not in page + str(list(Event.objects.values()))


def test_a_flag_can_be_taken_back(hr, now):
    application = cast.apply(at=now)
    url = reverse("desk_application_flag", args=[application.reference, "letter", application.pk])
    hr.post(url, {"reason": "OTHERS"})
    hr.post(url, {"unflag": "yes"})
    assert "I like maps." in one(hr, application).content.decode()
    other = cast.apply(at=now, email="other@candidate.example")
    assert hr.post(reverse("desk_application_flag", args=[application.reference, "letter", other.pk])).status_code == 404


def test_somebody_restricted_is_not_shown_and_only_counted(hr, now):
    application = cast.apply(at=now)
    subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, cast.EMAIL)], method=IdentityMethod.MAILBOX, at=now)
    subjects.restrict(subject_id=subject.pk, ground=RestrictionGround.CLAIMS, actor=cast.HR, at=now)
    page = hr.get(reverse("desk_applications") + "?q=lina").content.decode()
    assert "1 more is set aside" in page
    assert cast.NAME not in page
    assert one(hr, application).status_code == 404


def test_human_resources_find_their_rooms_and_not_the_desk_of_requests(hr):
    page = hr.get(reverse("desk_applications")).content.decode()
    assert reverse("desk_employments") in page
    assert reverse("desk_letters") not in page
    agent = factories.sign_in(Client(), factories.make_staff(UserRole.HELPDESK))
    page = agent.get(reverse("desk_queue")).content.decode()
    assert reverse("desk_letters") in page
    assert reverse("desk_applications") not in page


@pytest.mark.parametrize(
    "model", ["vacancy", "application", "document", "message", "offeranswer", "candidatelink", "employment", "personneldocument"]
)
def test_the_records_show_no_content_and_change_nothing_but_vacancies(hr, now, model):
    employment = cast.hired(at=now, cover_letter=SECRET)
    cast.add(employment, PersonnelKind.PAYSLIP, now.date(), at=now)
    page = hr.get(f"/admin/recruitment/{model}/")
    assert page.status_code == 200
    assert cast.NAME not in page.content.decode()
    row = page.context["cl"].result_list[0] if page.context["cl"].result_list else None
    if row is not None:
        assert SECRET not in hr.get(f"/admin/recruitment/{model}/{row.pk}/change/").content.decode()
    assert hr.get(f"/admin/recruitment/{model}/add/").status_code == (200 if model == "vacancy" else 403)
