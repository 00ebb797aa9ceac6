"""Every page of the admin: which role it opens to, by every method, and what it asks of the database for one row and for a thousand."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from accounts.enums import UserRole
from tests import admin_rows
from tests.accounts import factories
from tests.addresses import every_address, is_in_admin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import Model

    from accounts.models import User
    from tests.addresses import Address

    Found = dict[str, dict[str, int | str]]


@dataclass(frozen=True, slots=True)
class Rights:
    """What each role may do with the rows of a model: "v" look at them, "a" add, "c" change and "d" delete some."""

    admin: str = ""
    officer: str = ""
    hr: str = ""

    def of(self, role: str) -> str:
        return {UserRole.ADMIN: self.admin, UserRole.PRIVACY_OFFICER: self.officer, UserRole.HR: self.hr}[UserRole(role)]


READ = Rights(admin="v", officer="v")
KEPT = Rights(admin="vac", officer="v")
SHARED = Rights(admin="vac", officer="vac")
#: Asked for here, for a second person to approve: never rewritten.
ASKED = Rights(admin="va", officer="va")
#: Shown to nobody before a notice made of them is published by a second person.
DRAFTED = Rights(admin="vacd", officer="vacd")
SESSIONS = Rights(admin="vd", officer="v")
HR_READ, HR_KEPT = Rights(hr="v"), Rights(hr="vac")


@dataclass(frozen=True, slots=True)
class Pages:
    """Whom the pages of a model open to, and how many statements each takes; ``None`` where there is no such page for anybody."""

    rights: Rights
    list: int
    row: int | None = None
    add: int | None = None
    delete: int | None = None


#: Pages that are only looked at build a form too, whose addresses nobody types.
pytestmark = pytest.mark.filterwarnings("ignore:The default scheme will be changed")

ROWS = 1_000
ROLES = (UserRole.ADMIN, UserRole.PRIVACY_OFFICER, UserRole.HR)
VIEWS = {"list": "changelist", "row": "change", "add": "add", "delete": "delete"}
#: The right that a page of a model asks for; what happened to a row is shown to whoever may see it.
NEEDED = {
    ("changelist", "get"): "v",
    ("changelist", "post"): "v",
    ("add", "get"): "a",
    ("add", "post"): "a",
    ("history", "get"): "v",
    ("history", "post"): "v",
    ("change", "get"): "v",
    ("change", "post"): "c",
    ("delete", "get"): "d",
    ("delete", "post"): "d",
}
OPEN, REFUSED, NOTHING_THERE, NO_METHOD = "open", "refused", "nothing there", "no such method"
KEEPERS, EVERYBODY = frozenset({UserRole.ADMIN, UserRole.PRIVACY_OFFICER}), frozenset(ROLES)
#: The pages that are no model's: whom each opens to, and what the others of the staff with an admin meet. Nothing is on a site of its own.
PAGES: Mapping[str, tuple[frozenset[UserRole], str]] = {
    "admin:app_list": (KEEPERS, NOTHING_THERE),
    "admin:autocomplete": (KEEPERS, REFUSED),
    "admin:index": (EVERYBODY, ""),
    "admin:jsi18n": (EVERYBODY, ""),
    "admin:login": (EVERYBODY, ""),
    "admin:logout": (EVERYBODY, ""),
    "admin:password_change": (EVERYBODY, ""),
    "admin:password_change_done": (EVERYBODY, ""),
    "admin:view_on_site": (frozenset(), NOTHING_THERE),
}
UNKNOWN_METHODS = {(f"admin:{name}", "post") for name in ("autocomplete", "jsi18n", "password_change_done")}
COMPLETED = {"app_label": "accounts", "model_name": "contact", "field_name": "company"}
#: What may be done with rows that are chosen in a list, by each role that sees it.
ACTIONS: Mapping[tuple[str, UserRole], frozenset[str]] = {
    ("accounts.session", UserRole.ADMIN): frozenset({"delete_selected"}),
    ("accounts.user", UserRole.ADMIN): frozenset({"sign_out", "reset_second_factor"}),
    **{
        (label, role): actions
        for role in (UserRole.ADMIN, UserRole.PRIVACY_OFFICER)
        for label, actions in {
            "consent.cookiedeclaration": frozenset({"delete_selected"}),
            "consent.noticedraft": frozenset({"publish", "drop"}),
            "consent.site": frozenset({"prepare"}),
            "consent.wording": frozenset({"delete_selected"}),
            "datamap.periodchange": frozenset({"approve", "withdraw"}),
            "retention.release": frozenset({"approve"}),
            "retention.run": frozenset({"give_up"}),
            "subjects.legalhold": frozenset({"review", "release"}),
        }.items()
    },
}
#: An event of a mailing list is known by a digest, which no address can say: its list alone is there.
WITHOUT_ROW = frozenset({"connectors.mailevent"})
COSTS: Mapping[str, Pages] = {
    "accounts.company": Pages(KEPT, list=6, row=3, add=2),
    "accounts.contact": Pages(KEPT, list=8, row=5, add=2),
    "accounts.contactmessage": Pages(READ, list=7, row=4),
    "accounts.deletionallowance": Pages(ASKED, list=6, row=3, add=3),
    "accounts.invoice": Pages(READ, list=8, row=5),
    "accounts.session": Pages(SESSIONS, list=7, row=3, delete=3),
    "accounts.user": Pages(KEPT, list=5, row=5, add=2),
    "api.apitoken": Pages(READ, list=9, row=5),
    "api.keptanswer": Pages(READ, list=7, row=4),
    "audit.event": Pages(READ, list=4, row=3),
    "audit.leaf": Pages(READ, list=4, row=4),
    "audit.seal": Pages(READ, list=4, row=3),
    "backups.attempt": Pages(READ, list=5, row=3),
    "backups.backup": Pages(READ, list=4, row=3),
    "browsing.daycount": Pages(READ, list=7, row=3),
    "browsing.linkcase": Pages(READ, list=5, row=4),
    "browsing.logfile": Pages(READ, list=5, row=3),
    "browsing.visit": Pages(READ, list=6, row=3),
    "browsing.visithold": Pages(READ, list=5, row=3),
    "connectors.mailcall": Pages(READ, list=4, row=3),
    "connectors.mailevent": Pages(READ, list=5),
    "connectors.prepared": Pages(READ, list=5, row=4),
    "connectors.pulltask": Pages(READ, list=5, row=4),
    "connectors.systemstate": Pages(READ, list=4, row=3),
    "consent.accountlink": Pages(READ, list=5, row=4),
    "consent.category": Pages(SHARED, list=5, row=4, add=2),
    "consent.choicecount": Pages(READ, list=8, row=4),
    "consent.cookiedeclaration": Pages(DRAFTED, list=7, row=6, add=2, delete=4),
    "consent.formscore": Pages(READ, list=5, row=4),
    "consent.notice": Pages(READ, list=6, row=4),
    "consent.noticedraft": Pages(READ, list=6, row=4),
    "consent.record": Pages(READ, list=4, row=4),
    "consent.site": Pages(SHARED, list=5, row=3, add=2),
    "consent.subscription": Pages(READ, list=5, row=4),
    "consent.vendor": Pages(SHARED, list=5, row=4, add=2),
    "consent.wording": Pages(DRAFTED, list=6, row=4, add=2, delete=3),
    "datamap.adequacydecision": Pages(SHARED, list=5, row=3, add=2),
    "datamap.disclosure": Pages(READ, list=7, row=5),
    "datamap.flowrecipient": Pages(SHARED, list=6, row=4, add=2),
    "datamap.noprovider": Pages(SHARED, list=5, row=3, add=2),
    "datamap.notice": Pages(READ, list=4, row=5),
    "datamap.paper": Pages(READ, list=5, row=4),
    "datamap.periodchange": Pages(READ, list=4, row=3),
    "datamap.policyperiod": Pages(READ, list=4, row=3),
    "datamap.policyversion": Pages(READ, list=6, row=3),
    "datamap.processor": Pages(SHARED, list=5, row=4, add=2),
    "datamap.statutoryperiod": Pages(SHARED, list=7, row=3, add=2),
    "datamap.subsidiary": Pages(SHARED, list=6, row=3, add=2),
    "django_celery_beat.periodictask": Pages(READ, list=5, row=3),
    "events.event": Pages(KEPT, list=5, row=6, add=4),
    "events.interest": Pages(READ, list=5, row=4),
    "events.registration": Pages(READ, list=5, row=5),
    "hosting.accessgrant": Pages(READ, list=5, row=4),
    "hosting.backup": Pages(READ, list=6, row=4),
    "hosting.customerdatabase": Pages(READ, list=6, row=5),
    "hosting.deletion": Pages(READ, list=4, row=4),
    "hosting.erasureorder": Pages(READ, list=4, row=4),
    "hosting.export": Pages(READ, list=4, row=4),
    "hosting.instruction": Pages(READ, list=4, row=4),
    "hosting.regionrequest": Pages(READ, list=4, row=4),
    "hosting.replica": Pages(READ, list=6, row=4),
    "hosting.restoration": Pages(READ, list=4, row=4),
    "hosting.server": Pages(KEPT, list=5, row=3, add=2),
    "hosting.step": Pages(READ, list=4, row=4),
    "letters.letter": Pages(READ, list=8, row=3),
    "policy.changeobjection": Pages(READ, list=4, row=4),
    "policy.link": Pages(READ, list=6, row=3),
    "policy.policydraft": Pages(READ, list=4, row=4),
    "policy.promisestate": Pages(READ, list=4, row=3),
    "policy.promisewatch": Pages(READ, list=4, row=3),
    "recruitment.application": Pages(HR_READ, list=7, row=5),
    "recruitment.candidatelink": Pages(HR_READ, list=4, row=3),
    "recruitment.document": Pages(HR_READ, list=4, row=3),
    "recruitment.employment": Pages(HR_READ, list=5, row=5),
    "recruitment.message": Pages(HR_READ, list=4, row=3),
    "recruitment.offeranswer": Pages(HR_READ, list=4, row=3),
    "recruitment.personneldocument": Pages(HR_READ, list=4, row=3),
    "recruitment.vacancy": Pages(HR_KEPT, list=5, row=3, add=2),
    "retention.beat": Pages(READ, list=4, row=3),
    "retention.release": Pages(ASKED, list=4, row=4, add=3),
    "retention.run": Pages(READ, list=4, row=3),
    "retention.watch": Pages(READ, list=4, row=3),
    "rights_requests.accesscode": Pages(READ, list=4, row=4),
    "rights_requests.attachment": Pages(READ, list=4, row=4),
    "rights_requests.categorydecision": Pages(READ, list=5, row=5),
    "rights_requests.correction": Pages(READ, list=5, row=5),
    "rights_requests.erasurepreview": Pages(READ, list=4, row=6),
    "rights_requests.identityclaim": Pages(READ, list=4, row=4),
    "rights_requests.incomingmail": Pages(READ, list=4, row=4),
    "rights_requests.link": Pages(READ, list=4, row=4),
    "rights_requests.mandate": Pages(READ, list=4, row=5),
    "rights_requests.message": Pages(READ, list=4, row=5),
    "rights_requests.package": Pages(READ, list=4, row=4),
    "rights_requests.pause": Pages(READ, list=4, row=5),
    "rights_requests.previewrows": Pages(READ, list=4, row=4),
    "rights_requests.recipientnotice": Pages(READ, list=5, row=6),
    "rights_requests.reminder": Pages(READ, list=4, row=4),
    "rights_requests.rightsrequest": Pages(READ, list=7, row=5),
    "rights_requests.sourcetask": Pages(READ, list=5, row=4),
    "rights_requests.telling": Pages(READ, list=4, row=5),
    "rights_requests.weighing": Pages(READ, list=5, row=5),
    "rights_requests.withholding": Pages(READ, list=5, row=5),
    "security.account": Pages(READ, list=4, row=4),
    "security.affectedcustomer": Pages(READ, list=4, row=4),
    "security.affectedperson": Pages(READ, list=4, row=5),
    "security.breach": Pages(READ, list=4, row=3),
    "security.decision": Pages(READ, list=4, row=4),
    "security.entry": Pages(READ, list=4, row=4),
    "security.evidence": Pages(READ, list=4, row=4),
    "security.measure": Pages(SHARED, list=5, row=3, add=2),
    "security.submission": Pages(READ, list=4, row=4),
    "security.warned": Pages(READ, list=4, row=4),
    "security.wording": Pages(READ, list=4, row=4),
    "subjects.importblock": Pages(READ, list=4, row=3),
    "subjects.legalhold": Pages(ASKED, list=4, row=4, add=2),
    "subjects.lostidentifier": Pages(READ, list=4, row=4),
    "subjects.objection": Pages(READ, list=5, row=4),
    "subjects.orderchange": Pages(READ, list=4, row=3),
    "subjects.restriction": Pages(READ, list=4, row=4),
    "subjects.subject": Pages(READ, list=4, row=4),
    "subjects.suppression": Pages(READ, list=5, row=3),
    "subjects.tombstone": Pages(READ, list=5, row=3),
    "trends.figure": Pages(READ, list=4, row=4),
    "trends.release": Pages(READ, list=5, row=3),
}


class Readers:
    """One of each role that uses the admin, signed in; a page is opened by the first who may."""

    def __init__(self) -> None:
        self.users = [factories.make_staff(role) for role in ROLES]
        self.clients = {user.pk: factories.sign_in(Client(), user) for user in self.users}
        for client in self.clients.values():
            client.get(reverse("admin:index"))
        ContentType.objects.get_for_models(*admin_rows.shown())

    def of(self, model: type[Model], page: str) -> User | None:
        return next((user for user in self.users if _may(model, page, user)), None)

    def open(self, model: type[Model], page: str) -> int | str | None:
        """The number of statements, or the status of a page that does not open."""
        user = self.of(model, page)
        if user is None or (model._meta.label_lower in WITHOUT_ROW and page != "list"):
            return None
        path = _path(model, page)
        # What a reader left behind is undone: each page is the first.
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            response = self.clients[user.pk].get(path)
            transaction.set_rollback(True)
            count = len(queries)
        return count if response.status_code == 200 else f"status {response.status_code}"

    def open_all(self) -> Found:
        return {
            model._meta.label_lower: {page: cost for page in VIEWS if (cost := self.open(model, page)) is not None}
            for model in admin_rows.shown()
        }

    def meets(self, user: User, path: str, method: str, **said: str) -> str:
        """What a page answers when it has decided and before it is drawn; whatever it did is undone."""
        request: Any = getattr(RequestFactory(), method)(path, said)
        request.user, request.session = user, self.clients[user.pk].session
        request._messages, request._dont_enforce_csrf_checks = FallbackStorage(request), True
        view, arguments, named = resolve(path)
        try:
            with transaction.atomic():
                response = view(request, *arguments, **named)
                transaction.set_rollback(True)
        except PermissionDenied:
            return REFUSED
        except Http404:
            return NOTHING_THERE
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return NO_METHOD
        return "no such row" if response.headers.get("Location") == reverse("admin:index") and path != reverse("admin:login") else OPEN


def _may(model: type[Model], page: str, user: User) -> bool:
    records = admin.site.get_model_admin(model)
    request = RequestFactory().get("/")
    request.user = user
    asked: Any = {"add": records.has_add_permission, "delete": records.has_delete_permission}.get(page, records.has_view_permission)
    return bool(asked(request))


def _path(model: type[Model], page: str) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{VIEWS[page]}"
    return reverse(name, args=[quote(admin_rows.key_of_first(model))] if page in {"row", "delete"} else [])


@pytest.fixture(scope="module")
def readers(django_db_setup: None, django_db_blocker: Any) -> Iterator[Readers]:
    """One row of everything, which every role of the admin looks at."""
    with django_db_blocker.unblock(), admin_rows.superuser():
        admin_rows.free()
        found = Readers()
        admin_rows.empty()
        admin_rows.fill(first=1, last=1)
        yield found


def _path_of(address: Address, models: Mapping[str, type[Model]]) -> tuple[type[Model] | None, str, str]:
    """The model of an address, which of its pages that is, and its path for the first row."""
    name, _underscore, page = address.name.removeprefix("admin:").rpartition("_")
    if address.name in PAGES:
        return None, "", address.path(object_id=UUID(int=7))
    model = models[name]
    return model, page, reverse(address.name, args=[quote(admin_rows.key_of_first(model))] if address.arguments else [])


@pytest.mark.promise("P027", "P054")
@pytest.mark.xdist_group("admin")
def test_every_address_of_the_admin_opens_by_every_method_to_those_whom_its_line_names(readers: Readers) -> None:
    """Read from the resolver: an address that belongs to no line fails."""
    models = {f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin_rows.shown()}
    wrong = {}
    for address in filter(is_in_admin, every_address()):
        model, page, path = _path_of(address, models)
        for method, user in itertools.product(("get", "post"), readers.users):
            expected = _expected(address.name, model, page, method, UserRole(user.role))
            got = readers.meets(user, path, method, **(COMPLETED if address.name == "admin:autocomplete" else {}))
            if got != expected:
                wrong[address.name, method, user.role] = (got, expected)
    assert wrong == {}


def _expected(name: str, model: type[Model] | None, page: str, method: str, role: UserRole) -> str:
    if model is None:
        if (name, method) in UNKNOWN_METHODS:
            return NO_METHOD
        those, others = PAGES[name]
        return OPEN if role in those else others
    label = model._meta.label_lower
    if NEEDED[page, method] not in COSTS[label].rights.of(role):
        return REFUSED
    return "no such row" if label in WITHOUT_ROW and page in {"change", "delete"} else OPEN


@pytest.mark.xdist_group("admin")
def test_chosen_rows_can_be_acted_on_by_those_whom_a_line_names(readers: Readers) -> None:
    request: Any = RequestFactory().get("/")
    found = {}
    for model, request.user in itertools.product(admin_rows.shown(), readers.users):
        records: Any = admin.site.get_model_admin(model)
        if actions := frozenset(records.get_actions(request) if records.has_view_permission(request) else ()):
            found[model._meta.label_lower, UserRole(request.user.role)] = actions
    assert found == ACTIONS


@pytest.mark.xdist_group("admin")
def test_every_page_takes_as_many_statements_for_a_thousand_rows_as_for_one(readers: Readers) -> None:
    """A model without a line fails, and so does a line without a model."""
    one = readers.open_all()
    admin_rows.fill(first=2, last=ROWS)
    many = readers.open_all()
    expected = {label: _costs(pages) for label, pages in COSTS.items()}
    assert differences(one, many) == {}
    assert differences(expected, many) == {}


def _costs(pages: Pages) -> dict[str, int]:
    return {page: cost for page in VIEWS if (cost := getattr(pages, page)) is not None}


def differences(these: Mapping[str, Any], those: Mapping[str, Any]) -> dict[str, Any]:
    labels = sorted(these.keys() | those.keys())
    return {label: (these.get(label), those.get(label)) for label in labels if these.get(label) != those.get(label)}
