"""Customers are told of a change of processors, may object, and nothing begins before that."""

from __future__ import annotations

import re
import threading
import time
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.models import Event
from datamap import notices, processors, registering
from datamap.enums import NoticeKind, PaperKind, Role, Service, TransferBasis
from datamap.models import Notice, Paper, Processor
from datamap.notices import NothingToTell, NotNow, OwnNotice, ToldAlready
from letters.models import Letter
from letters.reading import readable
from policy import alarming, tasks, telling
from policy.enums import ObjectionAnswer, ObjectionGround
from policy.models import ChangeObjection
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts import factories
from tests.database_rows import refuses_copy, refuses_update
from tests.datamap.register_cast import give_paper
from tests.policy import cast
from tests.policy.cast import NOON, actor

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P058")]

UNTIL, EFFECT = date(2026, 4, 1), date(2026, 4, 2)
ON_EFFECT = NOON + timedelta(days=31)


@pytest.fixture
def by():
    return cast.officers()


@pytest.fixture
def draft():
    return cast.make_draft()


def letters_of(notice):
    return Letter.objects.filter(about=notices.about(notice)).order_by("recipient")


def test_every_administrator_of_every_hosting_customer_is_told_in_their_language(by, draft):
    firm, _dutch = cast.make_customer(email="a@firm.example", language="nl")
    factories.make_user("b@firm.example", role="COMPANY_ADMINISTRATOR", company=firm, language="fr")
    factories.make_user("c@firm.example", company=firm)
    cast.make_customer(email="d@other.example")
    factories.make_user("e@nothing.example", role="COMPANY_ADMINISTRATOR", company=factories.make_company())

    notice = cast.publish(by)

    assert (notice.objects_until, notice.effective_on) == (UNTIL, EFFECT)
    told = list(letters_of(notice).values_list("recipient", "language", "event"))
    assert told == [
        ("a@firm.example", "nl", "processor_notice"),
        ("b@firm.example", "fr", "processor_notice"),
        ("d@other.example", "en", "processor_notice"),
    ]
    words = str(readable(letters_of(notice).last()))
    assert "New Host" in words
    assert f"/account/changes/{notice.pk}/" in words
    assert Event.objects.get(action="notice.told").details == {"letters": 3, "untold": 0}


def test_nobody_is_told_before_a_colleague_publishes(by, draft):
    cast.make_customer()
    notice = notices.prepare(kind=NoticeKind.ADD, code="newhost", actor=actor(by[0]), at=NOON)
    assert not letters_of(notice).exists()

    with pytest.raises(OwnNotice):
        telling.publish(notice_id=notice.pk, actor=actor(by[0]), at=NOON)
    assert not letters_of(notice).exists()
    telling.publish(notice_id=notice.pk, actor=actor(by[1]), at=NOON)
    assert letters_of(notice).count() == 1
    with pytest.raises(NotNow):
        telling.publish(notice_id=notice.pk, actor=actor(by[1]), at=NOON)


def test_one_restricted_person_keeps_nobody_else_from_being_told(by, draft):
    _firm, set_aside = cast.make_customer(email="a@firm.example")
    cast.make_customer(email="d@other.example")
    subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, set_aside.email)], method=IdentityMethod.MAILBOX, at=NOON)
    subjects.restrict(subject_id=subject.pk, ground=RestrictionGround.ACCURACY, actor=actor(by[0]), at=NOON)

    notice = cast.publish(by)

    assert "d@other.example" in letters_of(notice).values_list("recipient", flat=True)


def test_customers_whom_nobody_can_tell_are_named(by, draft):
    company, boss = cast.make_customer()
    cast.make_customer()
    assert telling.untold() == []
    boss.is_active = False
    boss.save()

    assert telling.untold() == [company]


def test_it_begins_on_the_day_after_the_time_to_object_and_not_before(by, draft):
    notice = cast.publish(by)

    assert telling.carry_out_due(at=ON_EFFECT - timedelta(days=1)) == 0
    draft.refresh_from_db()
    assert draft.since is None
    with pytest.raises(NotNow):
        notices.carry_out(notice_id=notice.pk, actor=actor(by[0]), at=ON_EFFECT - timedelta(days=1))

    assert telling.carry_out_due(at=ON_EFFECT) == 1
    draft.refresh_from_db()
    draft = type(draft).objects.get(pk=draft.pk)
    assert (draft.since, draft.is_active(EFFECT), draft.is_active(UNTIL)) == (EFFECT, True, False)
    assert telling.carry_out_due(at=ON_EFFECT) == 0


def test_who_comes_in_the_place_of_another_ends_it(by, draft):
    cast.publish(by, kind=NoticeKind.REPLACE, replaces="aws")

    telling.carry_out_due(at=ON_EFFECT)

    aws = Processor.objects.get(code="aws")
    assert (aws.until, aws.is_active(UNTIL), aws.is_active(EFFECT)) == (UNTIL, True, False)


def test_who_ended_meanwhile_is_not_made_to_work_until_another_takes_its_place(by, draft):
    cast.make_draft("other")
    cast.publish(by, kind=NoticeKind.REPLACE, replaces="aws")
    cast.publish(by, code="other")
    Processor.objects.filter(pk="aws").update(until=UNTIL - timedelta(days=9))

    assert telling.carry_out_due(at=ON_EFFECT) == 2
    assert Processor.objects.get(pk="aws").until == UNTIL - timedelta(days=9)


def test_who_customers_are_being_told_of_goes_on_meaning_to_work_on_their_data(by, draft):
    """Otherwise it could take up countries and others on the way, of which no letter said a word."""
    notice = cast.publish(by)
    ours = {"our_roles": [Role.CONTROLLER]}
    with pytest.raises(registering.NotRegistered, match="withdraw that notice first"):
        registering.save(code="newhost", values=ours, actor=actor(by[0]), at=NOON)
    with pytest.raises(DatabaseError, match="are being told"), transaction.atomic():
        Processor.objects.filter(pk="newhost").update(**ours)

    telling.withdraw(notice_id=notice.pk, actor=actor(by[0]), at=NOON)
    assert registering.save(code="newhost", values=ours, actor=actor(by[0]), at=NOON) == "changed"


def test_nobody_is_told_of_what_has_become_no_news(by, draft):
    notice = notices.prepare(kind=NoticeKind.ADD, code="newhost", actor=actor(by[0]), at=NOON)
    registering.save(code="newhost", values={"our_roles": [Role.CONTROLLER]}, actor=actor(by[0]), at=NOON)

    with pytest.raises(NothingToTell):
        telling.publish(notice_id=notice.pk, actor=actor(by[1]), at=NOON)


def test_who_stopped_working_on_customers_data_begins_again_after_another_notice(by, draft):
    """Neither with the role alone nor with a first day of its own choice, and by that notice of every country that came in meanwhile."""
    cast.publish(by)
    telling.carry_out_due(at=ON_EFFECT)
    save = partial(registering.save, code="newhost", actor=actor(by[0]), at=timezone.now())
    both = [Role.CONTROLLER, Role.PROCESSOR]
    save(values={"our_roles": [Role.CONTROLLER]})
    save(values={"countries": ["DE", "US"]})
    assert Processor.objects.get(pk="newhost").left_customers_on == timezone.localdate()
    for since in (EFFECT, EFFECT + timedelta(days=1)):
        with pytest.raises(registering.NotRegistered, match="told first"):
            save(values={"our_roles": both, "since": since})
        with pytest.raises(DatabaseError, match="told before newhost works on their data again"), transaction.atomic():
            Processor.objects.filter(pk="newhost").update(our_roles=both, since=since, left_customers_on=None)

    save(values={"our_roles": both, "since": None})
    with pytest.raises(registering.NotRegistered, match="told first"):
        save(values={"since": EFFECT})
    cast.publish(by, at=timezone.now())
    later = timezone.now() + timedelta(days=31)
    assert telling.carry_out_due(at=later) == 1
    assert Processor.objects.get(pk="newhost").since == timezone.localdate(later)


def test_who_works_on_our_own_data_goes_on_while_customers_are_told_of_it(by):
    """Its entry stays, and another one, for customers' data, begins after the notice."""
    save = partial(registering.save, actor=actor(by[0]), at=NOON)
    own = Processor.objects.get(code="calendly")
    with pytest.raises(registering.NotRegistered) as refused:
        save(code="calendly", values={"our_roles": [Role.CONTROLLER, Role.PROCESSOR]})
    assert set(refused.value.reasons) == {"our_roles"}
    assert "Enter it once more under another code" in refused.value.reasons["our_roles"]

    values = {name: getattr(own, name) for name in registering.COLUMNS}
    save(code="calendly-2", values=values | {"our_roles": [Role.PROCESSOR], "since": None})
    cast.publish(by, code="calendly-2", at=NOON)
    assert Processor.objects.get(code="calendly").is_active(NOON.date())
    assert not Processor.objects.get(code="calendly-2").is_active(NOON.date())
    telling.carry_out_due(at=ON_EFFECT)
    assert Processor.objects.get(code="calendly-2").is_active(EFFECT)


@pytest.mark.promise("P093")
def test_a_transfer_without_a_framework_counts_as_told_from_its_day_on(by):
    azure = Processor.objects.get(code="azure")
    cast.publish(by, code="azure", kind=NoticeKind.TRANSFER, country="IN")
    assert processors.transfer_basis(azure, on=EFFECT, countries=["IN"]) is None

    telling.carry_out_due(at=ON_EFFECT)

    azure = Processor.objects.get(code="azure")
    assert "IN" in azure.countries
    assert processors.transfer_basis(azure, on=EFFECT, countries=["IN"]) == TransferBasis.NOTICE
    assert processors.transfer_basis(azure, on=UNTIL, countries=["IN"]) is None
    assert Event.objects.filter(action="notice.carried_out", details__processor="azure").exists()


def test_nobody_begins_through_somebody_of_whom_customers_were_not_told(by, draft):
    """One notice each; they may run beside each other, and who works for the other begins first."""
    inner = cast.make_draft("inner")
    draft.sub_processors.add(inner)
    with pytest.raises(notices.SubsNotTold):
        cast.publish(by)
    told = cast.publish(by, code="inner")
    company, boss = cast.make_customer()
    telling.publish(notice_id=Notice.objects.get(processor=draft).pk, actor=actor(by[1]), at=NOON + timedelta(hours=1))
    objection = telling.object_to(notice_id=told.pk, company=company, ground=ObjectionGround.PLACE, actor=actor(boss), at=NOON)

    assert telling.carry_out_due(at=ON_EFFECT) == 0
    telling.answer(objection_id=objection.pk, answer=ObjectionAnswer.DISMISSED, actor=actor(by[0]), at=ON_EFFECT)
    assert telling.carry_out_due(at=ON_EFFECT) == 2
    assert {row.since for row in Processor.objects.filter(code__in=["inner", "newhost"])} == {EFFECT}


def test_the_notice_names_every_country_outside_the_european_economic_area(by, draft):
    Processor.objects.filter(pk="newhost").update(countries=["DE", "NO", "US", "IN"])
    cast.make_customer()

    assert "European Union (India, United States)" in str(readable(letters_of(cast.publish(by)).get()))


def test_an_objection_is_made_once_in_time_and_holds_the_change_until_it_is_answered(by, draft):
    company, boss = cast.make_customer()
    notice = cast.publish(by)
    last_minute = timezone.make_aware(timezone.datetime(2026, 4, 1, 23, 59))
    said = {"notice_id": notice.pk, "company": company, "ground": ObjectionGround.PLACE, "actor": actor(boss)}

    with pytest.raises(telling.TooLate):
        telling.object_to(**said, at=last_minute + timedelta(minutes=1))
    objection = telling.object_to(**said, at=last_minute)
    with pytest.raises(telling.ObjectedAlready):
        telling.object_to(**said, at=last_minute)

    assert telling.carry_out_due(at=ON_EFFECT) == 0
    assert list(telling.waiting(at=ON_EFFECT)) == [notice]
    telling.answer(objection_id=objection.pk, answer=ObjectionAnswer.DISMISSED, actor=actor(by[0]), at=ON_EFFECT)
    with pytest.raises(telling.Answered):
        telling.answer(objection_id=objection.pk, answer=ObjectionAnswer.LEAVES, actor=actor(by[0]), at=ON_EFFECT)
    assert not telling.waiting(at=ON_EFFECT).exists()
    assert telling.carry_out_due(at=ON_EFFECT) == 1


def test_an_objection_is_not_rewritten(by, draft):
    company, boss = cast.make_customer()
    notice = cast.publish(by)
    made = telling.object_to(notice_id=notice.pk, company=company, ground=ObjectionGround.DUTY, actor=actor(boss), at=NOON)
    rows = ChangeObjection.objects.filter(pk=made.pk)
    for change in ({"ground": ObjectionGround.OTHER}, {"made_at": NOON - timedelta(days=1)}):
        with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
            rows.update(**change)
    rows.update(answer=ObjectionAnswer.DROPPED, answered_at=NOON)
    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        rows.update(answer=ObjectionAnswer.DISMISSED)
    made.made_at = timezone.now()
    with pytest.raises(DatabaseError, match="kept for six years"), transaction.atomic():
        ChangeObjection.objects.create(notice=notice, company=made.pk, ground=ObjectionGround.DUTY, made_at=timezone.now()).delete()


def test_a_notice_taken_back_is_told_and_changes_nothing(by, draft):
    cast.make_customer()
    notice = cast.publish(by)
    telling.withdraw(notice_id=notice.pk, actor=actor(by[0]), at=NOON)

    assert list(letters_of(notice).order_by("pk").values_list("event", flat=True)) == ["processor_notice", "processor_notice_withdrawn"]
    assert telling.carry_out_due(at=ON_EFFECT) == 0
    with pytest.raises(NotNow):
        telling.withdraw(notice_id=notice.pk, actor=actor(by[0]), at=NOON)
    with pytest.raises(telling.TooLate):
        telling.object_to(notice_id=notice.pk, company=factories.make_company(), ground="DUTY", actor=actor(by[0]), at=NOON)


@pytest.mark.parametrize(
    ("code", "kind", "more"),
    [
        ("calendly", NoticeKind.ADD, {}),
        ("azure", NoticeKind.ADD, {}),
        ("newhost", NoticeKind.REPLACE, {}),
        ("newhost", NoticeKind.REPLACE, {"replaces": "newhost"}),
        ("azure", NoticeKind.TRANSFER, {"country": "FR"}),
        ("azure", NoticeKind.TRANSFER, {}),
        ("calendly", NoticeKind.TRANSFER, {"country": "IN"}),
    ],
)
def test_customers_are_told_of_what_concerns_them_alone(by, draft, code, kind, more):
    with pytest.raises(NothingToTell):
        notices.prepare(kind=kind, code=code, actor=actor(by[0]), at=NOON, **more)


def test_one_notice_at_a_time(by, draft):
    cast.publish(by)
    with pytest.raises(ToldAlready):
        notices.prepare(kind=NoticeKind.ADD, code="newhost", actor=actor(by[0]), at=NOON)


@pytest.mark.promise("P009")
def test_a_payment_processor_whose_attestation_ended_is_not_published(by, draft):
    Processor.objects.filter(pk="newhost").update(services=[Service.PAYMENT])
    with pytest.raises(notices.NotAttested):
        cast.publish(by)
    give_paper("newhost", PaperKind.PCI_DSS)
    assert telling.publish(notice_id=Notice.objects.get().pk, actor=actor(by[1]), at=NOON).published_at == NOON


def test_the_database_takes_no_notice_of_another_shape_and_none_with_two_ends(by, draft):
    notice = notices.prepare(kind=NoticeKind.ADD, code="newhost", actor=actor(by[0]), at=NOON)
    for change in ({"country": "IN"}, {"kind": NoticeKind.REPLACE}, {"kind": NoticeKind.TRANSFER}, {"replaces_id": "azure"}):
        refuses_copy(notice, "datamap_notice_kind", **change)
    published = telling.publish(notice_id=notice.pk, actor=actor(by[1]), at=NOON)
    refuses_update(published, "datamap_notice_one_end", withdrawn_at=ON_EFFECT, done_at=ON_EFFECT)


class TestPages:
    def test_two_officers_publish_and_a_customer_objects(self, client, by, draft):
        company, boss = cast.make_customer(email="a@firm.example")
        factories.sign_in(client, by[0])
        answer = client.post("/desk/registers/changes/", {"kind": "ADD", "code": "newhost"})
        notice = Notice.objects.get()
        address = f"/desk/registers/changes/{notice.pk}/"
        assert answer.headers["Location"] == address
        assert client.post(address, {"step": "publish"}).status_code == 422
        assert client.post(address, {"step": "dance"}).status_code == 422
        factories.sign_in(client, by[1])
        assert client.post(address, {"step": "publish"}).status_code == 302

        factories.sign_in(client, boss)
        theirs = f"/account/changes/{notice.pk}/"
        assert "New Host" in client.get(theirs).content.decode()
        assert client.post(theirs, {"ground": "because"}).status_code == 422
        assert client.post(theirs, {"ground": "PLACE"}).status_code == 302
        assert "Your company has objected" in client.get(theirs).content.decode()
        assert client.post(theirs, {"ground": "PLACE"}).status_code == 422
        assert "New Host" in client.get("/processors/").content.decode()

        factories.sign_in(client, by[0])
        page = client.get(address).content.decode()
        assert company.name in page
        assert "Country in which it works" in page
        action = re.search(r'action="([^"]+/objections/[^"]+)"', page)[1]
        assert client.post(action, {"answer": "nothing"}).status_code == 422
        assert client.post(action, {"answer": "DROPPED"}).status_code == 302
        assert client.post(action, {"answer": "LEAVES"}).status_code == 422
        assert ChangeObjection.objects.get().answer == ObjectionAnswer.DROPPED
        assert client.post(address, {"step": "withdraw"}).status_code == 302
        factories.sign_in(client, boss)
        assert client.get(theirs).status_code == 404

    @pytest.mark.parametrize(
        ("data", "field"), [({"kind": "REPLACE", "code": "newhost"}, "replaces"), ({"kind": "TRANSFER", "code": "azure"}, "country")]
    )
    def test_what_the_kind_needs_is_asked_for(self, client, by, draft, data, field):
        factories.sign_in(client, by[0])

        answer = client.post("/desk/registers/changes/", data)

        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert not Notice.objects.exists()

    @pytest.mark.parametrize("rows", [1, 30])
    def test_the_list_takes_the_same_queries_for_many_rows(self, client, by, rows, django_assert_num_queries):
        for number in range(rows):
            cast.make_draft(f"host-{number}")
            cast.publish(by, code=f"host-{number}")
        factories.sign_in(client, by[0])
        client.get("/desk/registers/changes/")

        with django_assert_num_queries(10):
            assert client.get("/desk/registers/changes/").status_code == 200


def test_a_change_that_cannot_be_made_on_its_day_is_told_of_from_the_next_day_on(by, draft):
    Processor.objects.filter(pk="newhost").update(services=[Service.PAYMENT])
    paper = give_paper("newhost", PaperKind.PCI_DSS)
    notice = cast.publish(by)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    Paper.objects.filter(pk=paper.pk).update(ended_on=EFFECT)
    assert telling.carry_out_due(at=ON_EFFECT) == 0
    assert not telling.overdue(at=ON_EFFECT).exists()

    later = ON_EFFECT + timedelta(days=1)
    assert list(telling.overdue(at=later)) == [notice]
    alarming.alarm(at=later)
    assert "could not begin on its day" in str(readable(Letter.objects.filter(event="registers_alarm").first()))


@pytest.mark.django_db(transaction=True)
def test_an_objection_of_the_last_moment_holds_the_change(by, draft):
    company, boss = cast.make_customer()
    notice = cast.publish(by)
    objects = threading.Event()

    def object_late() -> None:
        try:
            with transaction.atomic():
                said = {"notice_id": notice.pk, "company": company, "ground": ObjectionGround.PLACE, "actor": actor(boss)}
                telling.object_to(**said, at=ON_EFFECT - timedelta(days=1))
                objects.set()
                time.sleep(0.5)
        finally:
            connection.close()

    other = threading.Thread(target=object_late)
    other.start()
    assert objects.wait(30)
    assert telling.carry_out_due(at=ON_EFFECT) == 0
    other.join(30)
    assert Processor.objects.get(pk="newhost").since is None


def test_the_task_carries_out_lists_and_alarms(by, draft, monkeypatch):
    cast.publish(by)
    monkeypatch.setattr(tasks.timezone, "now", lambda: ON_EFFECT)

    tasks.tend()

    draft.refresh_from_db()
    assert draft.since == EFFECT
    assert Letter.objects.filter(event="registers_alarm").count() == 2
