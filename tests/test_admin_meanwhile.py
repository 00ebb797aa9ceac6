"""Two at one page of the admin: what somebody saved since the page was opened is never put back, on any page, in any box."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.enums import UserRole
from accounts.models import Company
from consent.models import Wording
from datamap.meanwhile import CODE, SHOWN
from datamap.once import TOKEN
from tests import admin_rows
from tests.accounts import factories
from tests.elsewhere import while_it_waits
from tests.typing_in import boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

    from accounts.models import User

#: Addresses that nobody types, in rows that are made up.
pytestmark = pytest.mark.filterwarnings("ignore:The default scheme will be changed")

ROLES = (UserRole.ADMIN, UserRole.PRIVACY_OFFICER, UserRole.HR)
#: The pages on which a row is changed: a model without a line fails, and so does a line without a model.
CHANGED = {
    "accounts.company", "accounts.contact", "accounts.user", "consent.category", "consent.cookiedeclaration", "consent.site",
    "consent.vendor", "consent.wording", "datamap.adequacydecision", "datamap.flowrecipient", "datamap.noprovider", "datamap.processor",
    "datamap.statutoryperiod", "datamap.subsidiary", "events.event", "hosting.server", "recruitment.vacancy", "security.measure",
}  # fmt: skip


@pytest.fixture(scope="module")
def users(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[User]]:
    """Three rows of everything, and one of each role that uses the admin."""
    with django_db_blocker.unblock(), admin_rows.superuser():
        admin_rows.free()
        found = [factories.make_staff(role) for role in ROLES]
        clients = [factories.sign_in(Client(), user) for user in found]
        admin_rows.empty()
        admin_rows.fill(first=1, last=3)
        admin_rows.let_be()
        for user, client in zip(found, clients, strict=True):
            user.client = client
        yield found


def _keeper(model: type[models.Model], users: list[User]) -> User | None:
    """Who may change rows of this model."""
    records, request = admin.site.get_model_admin(model), RequestFactory().get("/")
    for request.user in users:
        if records.has_change_permission(request):
            return request.user
    return None


def _path(model: type[models.Model], key: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(key)])


def _other(field: Any, row: Any) -> Any:
    """Another value than the row has, that the column takes."""
    value = getattr(row, field.name)
    if field.is_relation:
        keys = field.related_model._default_manager.order_by("pk").values_list("pk", flat=True)
        return next(key for key in keys if key != getattr(row, field.attname))
    if isinstance(field, ArrayField):
        return [*value, "ZZ"]
    if field.choices:
        return next(key for key, _label in field.flatchoices if key not in {value, ""})
    made = {bool: lambda: not value, int: lambda: value + 1, datetime: lambda: value + timedelta(days=1), date: lambda: date(2020, 2, 3)}
    return made.get(type(value), lambda: f"{value}x"[-(field.max_length or 200) :])()


def _meanwhile(form: Any) -> set[str]:
    return {name for name, errors in form.errors.as_data().items() if any(error.code == CODE for error in errors)}


def _form(page: HttpResponse) -> Any:
    return page.context["adminform"].form


@pytest.mark.xdist_group("admin")
def test_no_page_of_the_admin_saves_over_what_somebody_else_changed_meanwhile(users: list[User]) -> None:
    """On each page every box in turn; what is shown after is what is there now, and sent again it is no hindrance any more."""
    found, wrong = set(), {}
    for model in admin_rows.shown():
        if (keeper := _keeper(model, users)) is None:
            continue
        label = model._meta.label_lower
        found.add(label)
        path, row = _path(model, (key := admin_rows.key_of_first(model))), model._base_manager.get(pk=key)
        opened = keeper.client.get(path)
        assert SHOWN in boxes(opened), label
        for name in _form(opened).fields.keys() - {SHOWN}:
            if problem := _tried(keeper.client, path, row, name):
                wrong[label, name] = problem
    assert wrong == {}
    assert found == CHANGED


def _tried(client: Client, path: str, row: models.Model, name: str) -> str:
    """What went wrong with one box; empty: nothing."""
    field = row._meta.get_field(name)
    before, typed = boxes(client.get(path)), boxes(client.get(path))
    if field.many_to_many:
        getattr(row, name).set(field.related_model._default_manager.order_by("pk")[1:2])
        theirs = set(getattr(row, name).values_list("pk", flat=True))
    else:
        row.refresh_from_db()
        theirs = _other(field, row)
        type(row)._base_manager.filter(pk=row.pk).update(**{name: theirs})
    refused = client.post(path, typed)
    if refused.status_code != 200 or name not in (told := _meanwhile(_form(refused))) or "__all__" not in told:
        return f"saved: {refused.status_code}"
    row.refresh_from_db()
    now = set(getattr(row, name).values_list("pk", flat=True)) if field.many_to_many else getattr(row, getattr(field, "attname", name))
    if now != theirs:
        return f"{now} instead of {theirs}"
    again = boxes(refused)
    if again == before or again[SHOWN] == before[SHOWN]:
        return "the page does not show what is there now"
    if (sent := client.post(path, again)).status_code == 200 and _meanwhile(_form(sent)):
        return "no way on"
    row.refresh_from_db()
    kept = set(getattr(row, name).values_list("pk", flat=True)) if field.many_to_many else getattr(row, getattr(field, "attname", name))
    return "" if kept == theirs else "put back by whoever typed nothing there"


@pytest.mark.xdist_group("admin")
def test_there_is_no_other_way_to_change_rows_in_the_admin(users: list[User]) -> None:
    """Neither boxes in a list nor rows beneath a row: these carry nothing of what they showed."""
    request: Any = RequestFactory().get("/")
    for model, request.user in itertools.product(admin_rows.shown(), users):
        records: Any = admin.site.get_model_admin(model)
        assert not records.list_editable
        for inline in records.get_inline_instances(request):
            may = (inline.has_add_permission(request, None), inline.has_change_permission(request), inline.has_delete_permission(request))
            assert not any(may) or not records.has_change_permission(request), (model, request.user.role)


@pytest.fixture
def company() -> Company:
    return factories.make_company()


@pytest.fixture
def two(db: None) -> list[Client]:
    return [factories.sign_in(Client(), factories.make_staff(UserRole.ADMIN)) for _turn in range(2)]


def test_the_second_of_two_keeps_what_they_typed_and_saves_it_once_they_have_seen_the_other(two: list[Client], company: Company) -> None:
    path = _path(Company, company.pk)
    first, second = (boxes(client.get(path)) for client in two)
    assert two[0].post(path, first | {"city": "Gent", "street": "Kouter 1"}).status_code == 302
    refused = two[1].post(path, second | {"city": "Luik", "postcode": "4000"})

    form = _form(refused)
    assert _meanwhile(form) == {"city", "street", "__all__"}
    assert form.errors["city"] == ["Somebody else changed this meanwhile. It is now: Gent"]
    company.refresh_from_db()
    assert (company.city, company.street) == ("Gent", "Kouter 1")
    shown = boxes(refused)
    assert (shown["city"], shown["postcode"], shown["street"]) == (["Luik"], ["4000"], ["Kouter 1"])

    assert two[1].post(path, shown).status_code == 302
    company.refresh_from_db()
    assert (company.city, company.postcode, company.street) == ("Luik", "4000", "Kouter 1")


def test_a_second_click_on_save_is_no_conflict_with_oneself(two: list[Client], company: Company) -> None:
    path = _path(Company, company.pk)
    typed = boxes(two[0].get(path)) | {"city": "Gent"}
    # As if they were two pages, of which each is taken.
    del typed[TOKEN]
    assert [two[0].post(path, typed).status_code for _click in range(2)] == [302, 302]


@pytest.mark.parametrize("carried", [{}, {SHOWN: "["}, {SHOWN: "[]"}, {SHOWN: "{}"}])
def test_a_page_that_does_not_say_what_it_showed_changes_nothing(two: list[Client], company: Company, carried: dict[str, str]) -> None:
    path = _path(Company, company.pk)
    typed = boxes(two[0].get(path)) | {"city": "Gent"}
    del typed[SHOWN]
    assert _meanwhile(_form(two[0].post(path, typed | carried))) == {"city", "__all__"}
    company.refresh_from_db()
    assert company.city != "Gent"


def test_something_else_that_is_wrong_does_not_make_the_other_go_unseen(two: list[Client], company: Company) -> None:
    path = _path(Company, company.pk)
    typed = boxes(two[1].get(path)) | {"name": ""}
    Company.objects.filter(pk=company.pk).update(city="Gent")
    refused = two[1].post(path, typed)
    assert {"name", "city"} <= _form(refused).errors.keys()
    two[1].post(path, boxes(refused) | {"name": "Named"})
    company.refresh_from_db()
    assert (company.name, company.city) == ("Named", "Gent")


def test_a_row_that_is_gone_is_not_written_again(two: list[Client]) -> None:
    wording = Wording.objects.create(key="title", language="en", text="Cookies")
    path = _path(Wording, wording.pk)
    typed = boxes(two[0].get(path))
    Wording.objects.filter(pk=wording.pk).delete()
    assert two[0].post(path, typed).headers["Location"] == reverse("admin:index")
    assert not Wording.objects.filter(text="Cookies").exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_saves_while_another_is_saving_is_told(transactional_db: None) -> None:
    company = factories.make_company()
    client = factories.sign_in(Client(), factories.make_staff(UserRole.ADMIN))
    path = _path(Company, company.pk)
    typed = boxes(client.get(path)) | {"postcode": "4000"}
    theirs = Company.objects.filter(pk=company.pk)

    answer = while_it_waits(lambda: theirs.update(city="Gent"), lambda: client.post(path, typed).status_code)

    company.refresh_from_db()
    assert (answer, company.city, company.postcode) == (200, "Gent", "")
