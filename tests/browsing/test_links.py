"""Linking visits with a person (P031): a ground, two people, a limit in time, an event for each step, and 403 without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from browsing import services
from browsing.enums import LinkGround
from browsing.models import LinkCase, VisitHold
from datamap import gate
from subjects.enums import IdentifierKind, RestrictionGround, ReviewReason
from subjects.models import Subject
from subjects.standing import NotAhead, restrict
from tests.accounts import factories
from tests.browsing.cast import APPROVES, ASKS, NOOR, make_case, make_hold, make_person, make_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def noor():
    return make_person()


@pytest.fixture
def officer(client):
    user = factories.make_staff(UserRole.PRIVACY_OFFICER, name="Hélène Marchal")
    factories.sign_in(client, user)
    return user


@pytest.mark.promise("P031")
def test_whoever_asks_does_not_approve_and_the_database_says_so_too(noor):
    case = make_case(noor, is_approved=False)
    with pytest.raises(services.SamePerson):
        services.approve_link(case_id=case.pk, actor=ASKS, at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkCase.objects.filter(pk=case.pk).update(approved_by=ASKS.id, approved_at=timezone.now())

    assert services.approve_link(case_id=case.pk, actor=APPROVES, at=timezone.now()).is_open(timezone.now())


def asked_now(noor):
    now = timezone.now()
    return {
        "subject": noor,
        "ground": LinkGround.LAW,
        "about": "INC-7",
        "ip": "192.0.2.77",
        "starts_at": now - timedelta(days=7),
        "until": now,
        "asked_by": "11",
        "asked_at": now,
        "open_until": now + timedelta(days=30),
    }


@pytest.mark.promise("P031")
@pytest.mark.parametrize(
    "change",
    [
        {"ground": ""},
        {"about": ""},
        {"asked_by": ""},
        {"approved_by": "22"},
        {"approved_at": timezone.now()},
        {"open_until": timezone.now() + timedelta(days=200)},
        {"open_until": timezone.now() - timedelta(days=200)},
        {"starts_at": timezone.now() - timedelta(days=40)},
        {"until": timezone.now() - timedelta(days=40)},
    ],
)
def test_a_case_without_ground_limit_or_scope_is_refused_by_the_database(noor, change):
    whole = asked_now(noor)
    LinkCase.objects.create(**whole)
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkCase.objects.create(**{**whole, **change})


@pytest.mark.promise("P031")
def test_no_case_comes_in_approved(noor):
    """Not by a row, not by many at once, not by a statement of the app's own: only the later act of a second person approves."""
    whole = {**asked_now(noor), "approved_by": APPROVES.id, "approved_at": timezone.now()}
    for way_in in (lambda: LinkCase.objects.create(**whole), lambda: LinkCase.objects.bulk_create([LinkCase(**whole)])):
        with pytest.raises(IntegrityError, match="asked for first"), transaction.atomic():
            way_in()
    waiting = LinkCase.objects.create(**asked_now(noor))
    copy = (
        "INSERT INTO browsing_linkcase SELECT (jsonb_populate_record(c, jsonb_build_object("
        "'id', gen_random_uuid(), 'approved_by', '22', 'approved_at', c.asked_at))).* FROM browsing_linkcase AS c"
    )
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="asked for first"), transaction.atomic():
        cursor.execute(copy)
    assert list(LinkCase.objects.values_list("pk", "approved_at")) == [(waiting.pk, None)]


@pytest.mark.promise("P031")
@pytest.mark.parametrize(
    "change",
    [
        {"approved_by": APPROVES.id},
        {"approved_at": timezone.now()},
        {"approved_by": None, "approved_at": timezone.now()},
        {"approved_by": APPROVES.id, "approved_at": timezone.now() - timedelta(days=2)},
        {"approved_by": APPROVES.id, "approved_at": timezone.now() + timedelta(days=31)},
    ],
)
def test_an_approval_has_a_person_and_a_time_within_that_of_the_case(noor, change):
    case = LinkCase.objects.create(**asked_now(noor))
    with pytest.raises(IntegrityError), transaction.atomic():
        LinkCase.objects.filter(pk=case.pk).update(**change)


@pytest.mark.promise("P031")
@pytest.mark.parametrize(
    "change",
    [
        {"ip": "198.51.100.8"},
        {"ground": LinkGround.LAW},
        {"about": "another"},
        {"open_until": timezone.now() + timedelta(days=80)},
        {"starts_at": timezone.now() - timedelta(days=20)},
        {"asked_by": "33"},
        {"approved_by": "33"},
        {"approved_by": "", "approved_at": None},
    ],
)
def test_what_was_approved_is_never_rewritten(noor, change):
    case = make_case(noor)
    with pytest.raises(InternalError, match="never rewritten"), transaction.atomic():
        LinkCase.objects.filter(pk=case.pk).update(**change)


def test_an_ended_case_is_never_opened_again(noor):
    case = make_case(noor)
    services.end_link(case_id=case.pk, actor=ASKS, at=timezone.now())

    with pytest.raises(InternalError, match="never rewritten"), transaction.atomic():
        LinkCase.objects.filter(pk=case.pk).update(ended_at=None)


@pytest.mark.parametrize("before", ["approved", "ended", "over"])
def test_only_a_case_that_waits_is_approved(noor, before):
    now = timezone.now()
    case = make_case(noor, is_approved=before == "approved", **({"at": now - timedelta(days=31)} if before == "over" else {}))
    if before == "ended":
        services.end_link(case_id=case.pk, actor=ASKS, at=now)

    with pytest.raises(services.NotWaiting):
        services.approve_link(case_id=case.pk, actor=APPROVES, at=now)


@pytest.mark.promise("P031")
def test_every_step_leaves_an_event_without_the_address_or_the_person(noor):
    make_visit()
    case = make_case(noor)
    services.look(case_id=case.pk, actor=ASKS, at=timezone.now())
    services.end_link(case_id=case.pk, actor=APPROVES, at=timezone.now())
    services.end_link(case_id=case.pk, actor=APPROVES, at=timezone.now())

    events = list(Event.objects.filter(about=f"browsing.linkcase:{case.pk}").order_by("at", "id"))
    assert [event.action for event in events] == ["link.asked", "link.approved", "link.looked", "link.ended"]
    told = " ".join(str(event.details) for event in events)
    assert case.ip not in told
    assert NOOR not in told


def test_cases_whose_time_is_over_end_by_themselves_and_once(noor):
    now = timezone.now()
    over, still = make_case(noor, at=now - timedelta(days=31)), make_case(noor)

    assert services.end_over(at=now) == 1
    assert services.end_over(at=now) == 0
    over.refresh_from_db()
    still.refresh_from_db()
    assert (over.ended_at, still.ended_at) == (over.open_until, None)
    assert Event.objects.filter(action="link.ended").count() == 1


@pytest.mark.promise("P031")
def test_without_an_open_case_the_visits_are_403_and_with_one_the_look_is_recorded(client, officer, noor):
    make_visit(referrer="https://search.example/find")
    case = make_case(noor, is_approved=False)
    page = reverse("desk_visits_linked", kwargs={"link_id": case.pk})
    assert client.get(page).status_code == 403
    assert not Event.objects.filter(action="link.looked").exists()

    services.approve_link(case_id=case.pk, actor=APPROVES, at=timezone.now())
    shown = client.get(page)
    assert shown.status_code == 200
    assert "192.0.2.77" in shown.content.decode()
    assert Event.objects.get(action="link.looked").actor_id == str(officer.pk)

    services.end_link(case_id=case.pk, actor=APPROVES, at=timezone.now())
    assert client.get(page).status_code == 403


@pytest.mark.parametrize(
    ("ground", "status"), [(LinkGround.SECURITY, 403), (LinkGround.BREACH, 403), (LinkGround.LAW, 200), (LinkGround.OWN_REQUEST, 200)]
)
def test_a_restriction_stops_a_look_but_for_law_and_the_persons_own_right(client, officer, noor, ground, status):
    case = make_case(noor, ground=ground)
    restrict(subject_id=noor.pk, ground=RestrictionGround.ACCURACY, actor=ASKS, at=timezone.now())

    assert client.get(reverse("desk_visits_linked", kwargs={"link_id": case.pk})).status_code == status
    if status == 403:
        with pytest.raises(gate.Stopped):
            services.look(case_id=case.pk, actor=ASKS, at=timezone.now())


def asked(**changes: str) -> dict[str, str]:
    now = timezone.localtime()
    return {
        "email": NOOR,
        "ground": "BREACH",
        "about": "INC-8",
        "ip": "192.0.2.77",
        "starts_at": (now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
        "until": now.strftime("%Y-%m-%dT%H:%M"),
        "days": "14",
        **changes,
    }


def test_a_case_is_asked_approved_and_ended_at_the_desk(client, officer, noor):
    response = client.post(reverse("desk_visits_links"), asked())
    case = LinkCase.objects.get()
    page = reverse("desk_visits_link", kwargs={"link_id": case.pk})
    assert response.headers["Location"] == page
    assert (case.subject, case.asked_by, case.ground, case.approved_at) == (noor, str(officer.pk), "BREACH", None)
    assert (case.open_until - case.asked_at).days == 14

    assert "disabled" in client.get(page).content.decode()
    refused = client.post(page, {"step": "approve"})
    assert (refused.status_code, "a colleague does" in refused.content.decode()) == (422, True)

    factories.sign_in(client, factories.make_staff(UserRole.ADMIN))
    assert client.post(page, {"step": "approve"}).status_code == 302
    case.refresh_from_db()
    assert case.is_open(timezone.now())
    assert client.post(page, {"step": "end"}).status_code == 302
    case.refresh_from_db()
    assert case.ended_at is not None
    assert client.post(page, {"step": "approve"}).status_code == 422
    assert client.post(page, {"step": "nonsense"}).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "nobody@customer.example"},
        {"email": "nonsense"},
        {"ground": "CURIOSITY"},
        {"ground": ""},
        {"about": ""},
        {"ip": "192.0.2.0/24"},
        {"ip": ""},
        {"days": "0"},
        {"days": "91"},
        {"starts_at": "2999-01-01T00:00"},
        {"until": "2020-01-01T00:00"},
        {"starts_at": (timezone.now() - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M")},
    ],
)
def test_what_cannot_be_asked_is_an_error_beside_its_field(client, officer, noor, changes):
    response = client.post(reverse("desk_visits_links"), asked(**changes))

    assert response.status_code == 422
    assert "field-error" in response.content.decode() or "error" in response.content.decode()
    assert not LinkCase.objects.exists()


def test_a_person_is_known_by_a_confirmed_account_too_and_by_no_other():
    user = factories.make_user("account@customer.example")
    factories.make_user("typed@customer.example", is_verified=False)

    subject = services.person_known_as(email="Account@customer.example", at=timezone.now())

    assert subject.identifiers.get(kind=IdentifierKind.ACCOUNT).value == str(user.pk)
    assert services.person_known_as(email="account@customer.example", at=timezone.now()) == subject
    with pytest.raises(services.NobodyKnown):
        services.person_known_as(email="typed@customer.example", at=timezone.now())
    assert Subject.objects.count() == 1


@pytest.mark.parametrize("name", ["desk_visits_links", "desk_visits_holds"])
@pytest.mark.parametrize("rows", [1, 30])
def test_lists_take_as_many_queries_for_one_row_as_for_thirty(client, officer, django_assert_num_queries, name, rows):
    for number in range(rows):
        if name == "desk_visits_links":
            make_case(make_person(f"person{number}@customer.example"))
        else:
            make_hold(ip="192.0.2.77")
    client.get(reverse(name))

    with django_assert_num_queries(6 if name == "desk_visits_links" else 5):
        shown = client.get(reverse(name)).content.decode()
    # Lists know networks, and people masked.
    assert "192.0.2.0/24" in shown
    assert "192.0.2.77<" not in shown
    assert "person0@customer.example" not in shown


def test_a_hold_is_made_and_released_at_the_desk(client, officer):
    typed = {**asked(), "ground": "PERFORMANCE", "ip": "", "review_on": str(timezone.localdate() + timedelta(days=20))}
    assert client.post(reverse("desk_visits_holds"), typed).status_code == 302
    hold = VisitHold.objects.get()
    assert (hold.owner_id, hold.ip, hold.ground) == (str(officer.pk), None, "PERFORMANCE")

    release = reverse("desk_visits_hold_release", kwargs={"hold_id": hold.pk})
    assert client.post(release).status_code == 302
    assert client.post(release).status_code == 404
    assert [event.action for event in Event.objects.filter(about__startswith="browsing.visithold").order_by("at")] == [
        "visits.held",
        "visits.released",
    ]


def ahead(days: int) -> str:
    return str(timezone.localdate() + timedelta(days=days))


@pytest.mark.promise("P075")
def test_a_hold_that_was_looked_at_goes_on_until_the_next_review(client, officer):
    hold = make_hold()
    page = reverse("desk_visits_hold_review", kwargs={"hold_id": hold.pk})
    assert client.get(page).status_code == 200
    assert client.post(page, {"reason": "INQUIRY_OPEN", "review_on": ahead(40)}).status_code == 302

    hold.refresh_from_db()
    assert (str(hold.review_on), hold.released_at) == (ahead(40), None)
    event = Event.objects.get(action="visits.hold_reviewed")
    assert (event.actor_id, event.details) == (str(officer.pk), {"reason": "INQUIRY_OPEN", "review_on": ahead(40)})


@pytest.mark.parametrize(("reason", "days"), [("", 40), ("BECAUSE", 40), ("INQUIRY_OPEN", 0), ("INQUIRY_OPEN", -1), ("INQUIRY_OPEN", 366)])
def test_a_review_needs_a_reason_and_a_day_of_the_coming_year(client, officer, reason, days):
    hold = make_hold()
    page = reverse("desk_visits_hold_review", kwargs={"hold_id": hold.pk})

    assert client.post(page, {"reason": reason, "review_on": ahead(days)}).status_code == 422
    assert VisitHold.objects.get().review_on == hold.review_on
    assert not Event.objects.filter(action="visits.hold_reviewed").exists()


def test_a_hold_that_is_released_is_not_reviewed(officer):
    hold, at = make_hold(), timezone.now()
    ask = {"hold_id": hold.pk, "reason": ReviewReason.DUTY_STANDS, "actor": ASKS, "at": at}
    with pytest.raises(NotAhead):
        services.review(**ask, review_on=timezone.localdate(at))
    services.release(hold_id=hold.pk, actor=ASKS, at=at)
    with pytest.raises(services.HoldIsOver):
        services.review(**ask, review_on=timezone.localdate(at) + timedelta(days=9))
    assert VisitHold.objects.get().review_on == hold.review_on


@pytest.mark.promise("P075")
@pytest.mark.parametrize("review", ["", "2020-01-01", "2999-01-01"])
def test_a_hold_without_a_day_of_review_in_the_coming_year_is_refused(client, officer, review):
    typed = {**asked(), "ground": "SECURITY", "review_on": review}

    assert client.post(reverse("desk_visits_holds"), typed).status_code == 422
    assert not VisitHold.objects.exists()


def test_the_room_is_in_the_side_list_of_those_who_may_enter_it(client):
    for role, is_there in ((UserRole.HELPDESK, False), (UserRole.PRIVACY_OFFICER, True), (UserRole.ADMIN, True)):
        factories.sign_in(client, factories.make_staff(role))
        assert (reverse("desk_visits") in client.get(reverse("desk_queue")).content.decode()) is is_there
