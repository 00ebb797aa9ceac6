"""The pages for everybody, without a script, and the desk's."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from datamap.disclosing import NotInRegister, Passing, note
from datamap.models import Disclosure
from datamap.spreadsheets import BYTE_ORDER_MARK
from events import services, tokens
from events.enums import Land
from events.flows import ORGANISER, SPONSORS
from events.models import Event, Interest, Registration
from letters.models import Letter
from rights_requests.models import RightsRequest
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts.factories import make_staff, sign_in
from tests.events import cast
from tests.events.cast import NOOR

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
FORM = {"name": "Noor Vermeulen", "email": NOOR, "phone": "", "company_name": "", "website": ""}
#: Whom the page of an event names, as it sends it back.
AT_EVENT = {**FORM, "named": "organiser sponsor"}


@pytest.fixture
def desk(client: Client) -> Client:
    return sign_in(client, make_staff(UserRole.HELPDESK))


EVENT_PAGE = "/desk/events/{event}/"
#: Session and user, then what each page asks; with the figures of the side list where it has them.
LISTS = {
    "/desk/events/": 4,
    EVENT_PAGE: 9,
    "/desk/interests/": 5,
    "/desk/disclosures/": 7,
    "/desk/disclosures/?what=refused": 7,
}


def page(response) -> str:
    return unescape(response.content.decode())


class TestRegistering:
    def test_the_list_shows_what_is_open_and_sets_no_cookie(self, client):
        today = timezone.localdate()
        cast.make_event(title="Open", ends_on=today, starts_on=today)
        cast.make_event(title="Closed", is_open=False)
        cast.make_event(title="Over", starts_on=today - timedelta(days=2), ends_on=today - timedelta(days=1))

        answer = client.get("/events/")
        assert [title in page(answer) for title in ("Open", "Closed", "Over")] == [True, False, False]
        assert not answer.cookies

    @pytest.mark.promise("P025")
    @pytest.mark.parametrize(
        ("language", "box", "refusal"),
        [
            ("", "I agree that Oxygis gives", "You can take part without it"),
            ("fr/", "J’accepte qu’Oxygis", "Vous pouvez participer sans"),
            ("nl/", "Ik ga ermee akkoord dat Oxygis", "U kunt zonder"),
        ],
    )
    def test_the_form_says_who_gets_which_four_before_it_is_sent_and_the_box_is_empty(self, client, language, box, refusal):
        event = cast.make_event()
        shown = page(client.get(f"/{language}events/{event.slug}/"))

        assert "Organiser NV" in shown
        assert "(Sponsor NV)" in shown
        assert box in shown
        assert refusal in shown
        assert "checked" not in shown
        assert "<script" not in shown.partition("<main")[2]

    @pytest.mark.parametrize("agrees", [True, False])
    def test_what_is_sent_is_written_down_with_the_sentence_that_was_shown(self, client, agrees):
        event = cast.make_event()
        answer = client.post(f"/events/{event.slug}/", {**AT_EVENT, **({"agrees": "on"} if agrees else {})})

        assert answer.headers["Location"] == "/events/sent/"
        row = Registration.objects.get()
        assert (row.name, row.email, row.language, row.confirmed_at) == ("Noor Vermeulen", NOOR, "en", None)
        assert (row.agreed_at is not None, "(Sponsor NV)" in row.statement) == (agrees, agrees)

    @pytest.mark.promise("P025")
    @pytest.mark.parametrize("change", ["a sponsor more", "another organiser"])
    def test_nobody_agrees_to_others_than_the_page_named(self, client, change):
        event = cast.make_event()
        opened = page(client.get(f"/events/{event.slug}/"))
        assert 'name="named" value="organiser sponsor"' in opened
        if change == "a sponsor more":
            event.sponsors.add(cast.make_recipient("late", SPONSORS))
        else:
            Event.objects.filter(pk=event.pk).update(organiser=cast.make_recipient("late", ORGANISER))

        answer = client.post(f"/events/{event.slug}/", {**AT_EVENT, "agrees": "on"})
        assert answer.status_code == 422
        assert not Registration.objects.exists()
        assert "has changed since you opened the page" in page(answer)
        assert "Late NV" in page(answer)
        assert "Noor Vermeulen" in page(answer)
        assert "checked" not in page(answer)

        again = re.search(r'name="named" value="([^"]+)"', page(answer))
        assert client.post(f"/events/{event.slug}/", {**AT_EVENT, "named": again[1], "agrees": "on"}).status_code == 302
        assert "late" in Registration.objects.get().named

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"email": "nobody"}, "Write the whole e-mail address"),
            ({"name": ""}, "An answer is needed here"),
            ({"phone": "call me"}, "A telephone number has"),
        ],
    )
    def test_a_mistake_loses_nothing_and_writes_nothing(self, client, change, words):
        event = cast.make_event()
        answer = client.post(f"/events/{event.slug}/", {**AT_EVENT, "company_name": "Boekbinderij", **change})

        assert answer.status_code == 422
        assert words in page(answer) or "email" in change or "name" in change
        assert "Boekbinderij" in page(answer)
        assert not Registration.objects.exists()

    def test_a_machine_fills_in_what_nobody_sees_and_is_thanked(self, client):
        event = cast.make_event()
        assert client.post(f"/events/{event.slug}/", {**AT_EVENT, "website": "https://x.example"}).status_code == 302
        assert client.post("/partners/", {**FORM, "country": "BE", "website": "x"}).status_code == 302
        assert not Registration.objects.exists()
        assert not Interest.objects.exists()

    def test_a_card_number_is_masked_wherever_it_is_typed(self, client):
        event = cast.make_event()
        client.post(f"/events/{event.slug}/", {**AT_EVENT, "company_name": "4111 1111 1111 1111"})

        assert "4111 1111 1111 1111" not in Registration.objects.get().company_name

    def test_too_many_from_one_network_wait(self, client, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "event_form": "1/h/ip", "interest_form": "1/h/ip"}
        event = cast.make_event()
        found = [client.post(f"/events/{event.slug}/", AT_EVENT).status_code for _time in range(2)]
        found += [client.post("/partners/", {**FORM, "country": "BE"}).status_code for _time in range(2)]

        assert found == [302, 422, 302, 422]
        assert Registration.objects.count() == Interest.objects.count() == 1

    @pytest.mark.parametrize("slug", ["closed", "nothing-such"])
    def test_what_is_not_open_is_not_there(self, client, slug):
        cast.make_event(slug="closed", is_open=False)
        assert client.get(f"/events/{slug}/").status_code == 404


class TestLinks:
    def test_looking_confirms_nothing_and_the_button_does(self, client):
        cast.register(is_confirmed=False)
        address = reverse("events_confirm", args=[cast.link_token(NOOR, "event_confirm")])

        assert client.get(address).status_code == 200
        assert not Registration.objects.confirmed().exists()
        answer = client.post(address, follow=True)
        assert "You are registered." in page(answer)
        assert client.post(address).status_code == 404

    @pytest.mark.promise("P025")
    def test_ones_own_page_shows_who_got_it_and_ends_it(self, client):
        row = cast.register()
        services.hand_over(event_id=row.event_id, recipient="sponsor", actor=cast.ACTOR, at=timezone.now())
        address = reverse("events_own", args=[tokens.own_token(row)])
        shown = page(client.get(address))
        assert "Sponsor NV" in shown
        assert "Nobody so far" not in shown

        assert "It ended on" in page(client.post(address, {"withdraw": "1"}, follow=True))
        assert RightsRequest.objects.get().purposes == ["event-sponsors"]
        assert "You do not take part any more" in page(client.post(address, {"cancel": "1"}, follow=True))

    @pytest.mark.promise("P026")
    def test_ones_interest_shows_which_partner_got_it_and_ends(self, client):
        cast.make_partner()
        row = cast.be_interested(is_confirmed=False)
        confirm = reverse("partners_confirm", args=[cast.link_token(NOOR, "interest_confirm")])
        assert "Nobody so far" in page(client.post(confirm, follow=True))
        services.introduce(interest_id=row.pk, partner="partner", actor=cast.ACTOR, at=timezone.now())
        address = reverse("partners_own", args=[tokens.own_token(row)])

        assert "Partner NV" in page(client.get(address)).partition("Who got your data")[2]
        assert "It ended on" in page(client.post(address, follow=True))

    @pytest.mark.parametrize("name", ["events_own", "partners_own"])
    def test_the_link_of_one_opens_nothing_of_another_kind(self, client, name):
        rows = {"partners_own": cast.register(), "events_own": cast.be_interested()}
        assert client.get(reverse(name, args=[tokens.own_token(rows[name])])).status_code == 404
        assert client.get(reverse(name, args=["nobody"])).status_code == 404

    def test_a_form_without_its_token_ends_nothing(self):
        from django.test import Client

        row = cast.register()
        address = reverse("events_own", args=[tokens.own_token(row)])
        assert Client(enforce_csrf_checks=True).post(address, {"withdraw": "1"}).status_code == 403
        row.refresh_from_db()
        assert row.ended_at is None


class TestInterest:
    @pytest.mark.promise("P026")
    def test_the_form_names_the_partners_and_asks_apart(self, client):
        cast.make_partner("kaartwerk", countries=["BE", "NL"])
        shown = page(client.get("/partners/"))
        assert "Kaartwerk NV (Belgium, Netherlands)" in shown
        assert "checked" not in shown

        assert client.post("/partners/", {**FORM, "country": "NL", "agrees": "on"}).status_code == 302
        row = Interest.objects.get()
        assert (row.country, "one of its official partners in my country" in row.statement) == ("NL", True)

    def test_a_country_is_one_of_those_asked_for(self, client):
        assert client.post("/partners/", {**FORM, "country": "XX"}).status_code == 422
        assert len(Land.choices) > 2


class TestDesk:
    @pytest.mark.promise("P025")
    def test_a_file_holds_four_columns_that_no_spreadsheet_computes(self, desk):
        event = cast.make_event()
        typed = {**cast.TYPED, "email": NOOR, "name": "=HYPERLINK(1)"}
        at = timezone.now()
        services.register(event=event, typed=typed, language="en", statement="", is_agreed=False, at=at)
        services.confirm_registration(token=cast.link_token(NOOR, "event_confirm"), at=at)

        answer = desk.post(reverse("desk_event_hand_over", args=[event.pk]), {"recipient": "organiser"})

        assert answer.headers["Content-Type"].startswith("text/csv")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{event.slug}-organiser.csv"'
        rows = list(csv.reader(io.StringIO(answer.content.removeprefix(BYTE_ORDER_MARK).decode())))
        assert rows == [
            ["Name", "E-mail address", "Telephone number", "Company name"],
            ["'=HYPERLINK(1)", NOOR, "'+32 2 555 01 40", "Boekbinderij"],
        ]

    def test_when_nothing_is_left_to_hand_over_the_page_says_so(self, desk):
        event = cast.make_event()
        answer = desk.post(reverse("desk_event_hand_over", args=[event.pk]), {"recipient": "organiser"}, follow=True)
        assert "Nothing new is to be handed over" in page(answer)

    def test_who_is_none_of_the_event_is_not_there(self, desk):
        cast.register()
        event = Registration.objects.get().event
        assert desk.post(reverse("desk_event_hand_over", args=[event.pk]), {"recipient": "mailchimp"}).status_code == 404

    @pytest.mark.parametrize("recipient", ["no such", ""])
    def test_what_is_no_name_of_a_recipient_is_said_and_hands_nothing_over(self, desk, recipient):
        cast.register()
        event = Registration.objects.get().event
        answer = desk.post(reverse("desk_event_hand_over", args=[event.pk]), {"recipient": recipient}, follow=True)
        assert "Choose to whom the file goes." in page(answer)
        assert not Disclosure.objects.exists()

    @pytest.mark.promise("P025")
    def test_a_refusal_is_said_with_its_number_and_stands_in_the_ledger(self, desk):
        event = cast.make_event()
        row = cast.register(event)
        _restrict(row.email)
        address = reverse("desk_event_hand_over", args=[event.pk])
        shown = page(desk.post(address, {"recipient": "sponsor"}, follow=True))
        assert "1 registration was not handed over." in shown
        assert "set aside" in shown

        listed = page(desk.get("/desk/disclosures/?what=refused&recipient=sponsor"))
        assert "Data set aside" in listed
        assert NOOR not in listed

    @pytest.mark.promise("P026")
    def test_a_partner_of_another_country_is_refused_on_the_page_and_in_the_ledger(self, desk):
        cast.make_partner("abroad", countries=["FR"])
        interest = cast.be_interested()
        answer = desk.post(reverse("desk_interest", args=[interest.pk]), {"partner": "abroad"})

        assert answer.status_code == 422
        assert "Abroad NV is not declared for people of this country." in page(answer)
        assert "A person of another country" in page(desk.get("/desk/disclosures/?what=refused"))
        assert not Disclosure.objects.exists()

    @pytest.mark.promise("P026")
    def test_a_partner_of_the_country_gets_it_and_the_ledger_shows_it_masked(self, desk):
        cast.make_partner()
        interest = cast.be_interested()
        answer = desk.post(reverse("desk_interest", args=[interest.pk]), {"partner": "partner"}, follow=True)
        assert "The person is told who got it" in page(answer)
        assert Letter.objects.filter(event="partner_told").count() == 1

        listed = page(desk.get("/desk/disclosures/?recipient=partner"))
        assert "n•••@customer.example" in listed
        assert NOOR not in listed
        assert "Controller" in listed
        assert "Company name" in listed
        assert "n•••@customer.example" not in page(desk.get("/desk/disclosures/?recipient=mailchimp"))

    def test_whose_data_is_set_aside_stands_in_no_list(self, desk):
        cast.make_partner()
        interest = cast.be_interested()
        row = cast.register()
        services.introduce(interest_id=interest.pk, partner="partner", actor=cast.ACTOR, at=timezone.now())
        _restrict(NOOR)

        for address in ("/desk/interests/", f"/desk/events/{row.event_id}/", "/desk/disclosures/"):
            assert "n•••@customer.example" not in page(desk.get(address))
        assert desk.get(reverse("desk_interest", args=[interest.pk])).status_code == 404

    @pytest.mark.parametrize("rows", [1, 30])
    def test_each_list_takes_the_same_queries_for_many_rows(self, desk, rows, django_assert_num_queries):
        at = timezone.now()
        event, _partner = cast.make_event(), cast.make_partner()
        for number in range(rows):
            interest = cast.be_interested(email=f"noor{number}@customer.example", at=at)
            services.introduce(interest_id=interest.pk, partner="partner", actor=cast.ACTOR, at=at)
            refusal = NotInRegister(Passing("events.partners", "nobody", ("name",)))
            note(refusal, actor=cast.ACTOR, at=at)
            cast.register(event, email=f"noor{number}@customer.example", at=at)
        for _number in range(rows - 1):
            cast.make_event()
        found = {}
        for address, queries in LISTS.items():
            path = address.format(event=event.pk)
            desk.get(path)
            with django_assert_num_queries(queries):
                found[address] = page(desk.get(path)).count('<th scope="row">')
        assert found == dict.fromkeys(LISTS, rows) | {EVENT_PAGE: rows + 2}


def _restrict(email: str) -> None:
    at = timezone.now()
    person = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)
    subjects.restrict(subject_id=person.pk, ground=RestrictionGround.CLAIMS, actor=cast.ACTOR, at=at)
