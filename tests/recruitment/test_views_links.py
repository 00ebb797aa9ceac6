"""The links in letters to candidates: out of the pool, and the details for a contract."""

from __future__ import annotations

import pytest
from django.urls import reverse

from recruitment.enums import Action, Status
from recruitment.models import Application, OfferAnswer
from tests.recruitment import cast
from tests.typing_in import boxes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


@pytest.mark.promise("P071")
def test_the_link_shows_a_button_and_only_its_press_acts(client, now):
    application = cast.bring(cast.apply(at=now), Status.REJECTED, at=now)
    url = reverse("jobs_pool", args=[cast.token_of(cast.letters_of(application)[-1])])
    for _turn in range(2):
        assert "<button" in client.get(url).content.decode()
    assert Application.objects.get().opted_out_at is None

    assert client.post(url, {"now": ""}).status_code == 200
    assert Application.objects.get().opted_out_at is not None
    assert client.post(reverse("jobs_pool", args=["nobody"])).status_code == 404


@pytest.mark.promise("P071")
@pytest.mark.parametrize(("button", "status"), [("later", Status.RECEIVED), ("now", Status.WITHDRAWN)])
def test_in_the_middle_of_a_procedure_the_person_says_whether_it_goes_on(client, now, button, status):
    application = cast.apply(at=now)
    client.post(reverse("jobs_pool", args=[cast.token_of(cast.letters_of(application)[0])]), {button: ""})
    found = Application.objects.get()
    assert (found.status, found.opted_out_at is not None) == (status, True)


ANSWERS = {
    "born_on": "1990-05-31", "national_number": "85.07.30-033.28", "street": "Kerkstraat 1", "postcode": "1700", "city": "Dilbeek",
    "account": "BE71 0961 2345 6769",
}  # fmt: skip


def test_what_the_person_said_meanwhile_is_not_put_back_by_hr(client, hr, now):
    application = cast.act(cast.bring(cast.apply(at=now), Status.INTERVIEW, at=now), Action.OFFER, at=now)
    desk = reverse("desk_application_offer", args=[application.reference])
    hr.post(desk, boxes(hr.get(desk)) | ANSWERS)
    opened = boxes(hr.get(desk))
    url = reverse("jobs_offer", args=[cast.token_of(cast.letters_of(application, "job_offer")[0], "offer_link")])
    client.post(url, {**ANSWERS, "street": "Nieuwstraat 2"})

    refused = hr.post(desk, opened | {"city": "Gent"})
    assert refused.status_code == 422
    assert OfferAnswer.objects.get(field="street").value == "Nieuwstraat 2"
    assert hr.post(desk, boxes(refused)).status_code == 302
    assert dict(OfferAnswer.objects.filter(field__in=["street", "city"]).values_list("field", "value")) == {
        "street": "Nieuwstraat 2",
        "city": "Gent",
    }


@pytest.mark.promise("P012")
def test_before_an_offer_the_form_is_not_there_and_after_it_each_field_says_why(client, hr, now):
    application = cast.bring(cast.apply(at=now), Status.INTERVIEW, at=now)
    desk = reverse("desk_application_offer", args=[application.reference])
    assert hr.get(desk).status_code == hr.post(desk, {}).status_code == 404

    cast.act(application, Action.OFFER, at=now)
    url = reverse("jobs_offer", args=[cast.token_of(cast.letters_of(application, "job_offer")[0], "offer_link")])
    for page in (client.get(url).content.decode(), hr.get(desk).content.decode()):
        assert "AR/KB 5.11.2002 (Dimona)" in page
        assert "Legal obligation" in page
    wrong = {
        "born_on": "1990-05-31",
        "national_number": "1",
        "street": "Kerkstraat 1",
        "postcode": "1700",
        "city": "Dilbeek",
        "account": "BE1",
    }
    page = client.post(url, wrong)
    assert page.status_code == 422
    assert "Kerkstraat 1" in page.content.decode()
    right = {**wrong, "national_number": "85.07.30-033.28", "account": "BE71 0961 2345 6769"}
    assert client.post(url, right).status_code == 200
    assert dict(OfferAnswer.objects.values_list("field", "value"))["national_number"] == "85073003328"
    assert "85073003328" not in client.get(url).content.decode()

    cast.act(application, Action.REJECT, at=now)
    assert client.get(url).status_code == client.post(url, right).status_code == hr.get(desk).status_code == 404


def test_an_old_offer_changes_nothing_of_somebody_who_works_for_us(client, now):
    application = cast.bring(cast.apply(at=now), Status.HIRED, at=now)
    (letter,) = [letter for letter in cast.letters_of(application) if letter.event == "job_offer"]
    url = reverse("jobs_offer", args=[cast.token_of(letter, "offer_link")])
    # Who was hired before they filled it in still can, once.
    assert client.get(url).status_code == 200
    OfferAnswer.objects.create(application=application, field="account", value="BE71096123456769", answered_at=now)
    assert client.get(url).status_code == client.post(url, {"account": "BE68539007547034"}).status_code == 404
    assert OfferAnswer.objects.get().value == "BE71096123456769"
