"""What each page of the admin asks of the database: the same for one row and for a thousand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import UserRole
from tests import admin_rows
from tests.accounts import factories

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model

    from accounts.models import User

    Found = dict[str, dict[str, int | str]]


@dataclass(frozen=True, slots=True)
class Pages:
    """How many statements each page of a model takes; ``None`` where there is no such page for anybody."""

    list: int
    row: int | None = None
    add: int | None = None
    delete: int | None = None


ROWS = 1_000
VIEWS = {"list": "changelist", "row": "change", "add": "add", "delete": "delete"}
#: An event of a mailing list is known by a digest, which no address can say: its list alone is there.
WITHOUT_ROW = frozenset({"connectors.mailevent"})
COSTS: Mapping[str, Pages] = {
    "accounts.company": Pages(list=6, row=3, add=2),
    "accounts.contact": Pages(list=8, row=5, add=2),
    "accounts.contactmessage": Pages(list=7, row=4),
    "accounts.deletionallowance": Pages(list=6, row=3, add=3),
    "accounts.invoice": Pages(list=8, row=5),
    "accounts.session": Pages(list=7, row=3, delete=3),
    "accounts.user": Pages(list=5, row=5, add=2),
    "api.apitoken": Pages(list=9, row=5),
    "api.keptanswer": Pages(list=7, row=4),
    "audit.event": Pages(list=4, row=3),
    "audit.leaf": Pages(list=4, row=4),
    "audit.seal": Pages(list=4, row=3),
    "backups.attempt": Pages(list=5, row=3),
    "backups.backup": Pages(list=4, row=3),
    "browsing.daycount": Pages(list=7, row=3),
    "browsing.linkcase": Pages(list=5, row=4),
    "browsing.logfile": Pages(list=5, row=3),
    "browsing.visit": Pages(list=6, row=3),
    "browsing.visithold": Pages(list=5, row=3),
    "connectors.mailcall": Pages(list=4, row=3),
    "connectors.mailevent": Pages(list=5),
    "connectors.prepared": Pages(list=5, row=4),
    "connectors.pulltask": Pages(list=5, row=4),
    "connectors.systemstate": Pages(list=4, row=3),
    "consent.accountlink": Pages(list=5, row=4),
    "consent.category": Pages(list=5, row=5, add=3),
    "consent.choicecount": Pages(list=8, row=4),
    "consent.cookiedeclaration": Pages(list=8, row=7, add=5, delete=4),
    "consent.formscore": Pages(list=5, row=4),
    "consent.notice": Pages(list=6, row=4),
    "consent.noticedraft": Pages(list=6, row=4),
    "consent.record": Pages(list=4, row=4),
    "consent.site": Pages(list=5, row=3, add=2),
    "consent.subscription": Pages(list=5, row=4),
    "consent.vendor": Pages(list=5, row=4, add=3),
    "consent.wording": Pages(list=6, row=4, add=3, delete=3),
    "datamap.adequacydecision": Pages(list=5, row=3, add=2),
    "datamap.disclosure": Pages(list=7, row=5),
    "datamap.flowrecipient": Pages(list=6, row=4, add=2),
    "datamap.noprovider": Pages(list=5, row=3, add=2),
    "datamap.notice": Pages(list=4, row=5),
    "datamap.paper": Pages(list=5, row=4),
    "datamap.periodchange": Pages(list=4, row=3),
    "datamap.policyperiod": Pages(list=4, row=3),
    "datamap.policyversion": Pages(list=6, row=3),
    "datamap.processor": Pages(list=5, row=5, add=3),
    "datamap.statutoryperiod": Pages(list=7, row=3, add=2),
    "datamap.subsidiary": Pages(list=6, row=3, add=2),
    "django_celery_beat.periodictask": Pages(list=5, row=3),
    "events.event": Pages(list=5, row=6, add=4),
    "events.interest": Pages(list=5, row=4),
    "events.registration": Pages(list=6, row=5),
    "hosting.accessgrant": Pages(list=5, row=4),
    "hosting.backup": Pages(list=6, row=4),
    "hosting.customerdatabase": Pages(list=6, row=5),
    "hosting.deletion": Pages(list=4, row=4),
    "hosting.erasureorder": Pages(list=4, row=4),
    "hosting.export": Pages(list=4, row=4),
    "hosting.instruction": Pages(list=4, row=4),
    "hosting.regionrequest": Pages(list=4, row=4),
    "hosting.replica": Pages(list=6, row=4),
    "hosting.restoration": Pages(list=4, row=4),
    "hosting.server": Pages(list=5, row=3, add=2),
    "hosting.step": Pages(list=4, row=4),
    "letters.letter": Pages(list=8, row=3),
    "policy.changeobjection": Pages(list=4, row=4),
    "policy.link": Pages(list=6, row=3),
    "policy.policydraft": Pages(list=4, row=4),
    "policy.promisestate": Pages(list=4, row=3),
    "policy.promisewatch": Pages(list=4, row=3),
    "recruitment.application": Pages(list=7, row=5),
    "recruitment.candidatelink": Pages(list=4, row=3),
    "recruitment.document": Pages(list=4, row=3),
    "recruitment.employment": Pages(list=5, row=5),
    "recruitment.message": Pages(list=4, row=3),
    "recruitment.offeranswer": Pages(list=4, row=3),
    "recruitment.personneldocument": Pages(list=4, row=3),
    "recruitment.vacancy": Pages(list=5, row=3, add=2),
    "retention.beat": Pages(list=4, row=3),
    "retention.release": Pages(list=4, row=4, add=3),
    "retention.run": Pages(list=4, row=3),
    "retention.watch": Pages(list=4, row=3),
    "rights_requests.accesscode": Pages(list=4, row=4),
    "rights_requests.attachment": Pages(list=4, row=4),
    "rights_requests.categorydecision": Pages(list=5, row=5),
    "rights_requests.correction": Pages(list=5, row=5),
    "rights_requests.erasurepreview": Pages(list=4, row=6),
    "rights_requests.identityclaim": Pages(list=4, row=4),
    "rights_requests.incomingmail": Pages(list=4, row=4),
    "rights_requests.link": Pages(list=4, row=4),
    "rights_requests.mandate": Pages(list=4, row=5),
    "rights_requests.message": Pages(list=4, row=5),
    "rights_requests.package": Pages(list=4, row=4),
    "rights_requests.pause": Pages(list=4, row=5),
    "rights_requests.previewrows": Pages(list=4, row=4),
    "rights_requests.recipientnotice": Pages(list=5, row=6),
    "rights_requests.reminder": Pages(list=4, row=4),
    "rights_requests.rightsrequest": Pages(list=7, row=5),
    "rights_requests.sourcetask": Pages(list=5, row=4),
    "rights_requests.weighing": Pages(list=5, row=5),
    "rights_requests.withholding": Pages(list=5, row=5),
    "security.account": Pages(list=4, row=4),
    "security.affectedcustomer": Pages(list=4, row=4),
    "security.affectedperson": Pages(list=4, row=5),
    "security.breach": Pages(list=4, row=3),
    "security.decision": Pages(list=4, row=4),
    "security.entry": Pages(list=4, row=4),
    "security.evidence": Pages(list=4, row=4),
    "security.measure": Pages(list=5, row=3, add=2),
    "security.submission": Pages(list=4, row=4),
    "security.warned": Pages(list=4, row=4),
    "security.wording": Pages(list=4, row=4),
    "subjects.importblock": Pages(list=4, row=3),
    "subjects.legalhold": Pages(list=4, row=4, add=2),
    "subjects.lostidentifier": Pages(list=4, row=4),
    "subjects.objection": Pages(list=5, row=4),
    "subjects.orderchange": Pages(list=4, row=3),
    "subjects.restriction": Pages(list=4, row=4),
    "subjects.subject": Pages(list=4, row=4),
    "subjects.suppression": Pages(list=5, row=3),
    "subjects.tombstone": Pages(list=5, row=3),
    "trends.figure": Pages(list=4, row=4),
    "trends.release": Pages(list=5, row=3),
}


class Readers:
    """One of each role that uses the admin, signed in; a page is opened by the first who may."""

    def __init__(self) -> None:
        self.users = [factories.make_staff(role) for role in (UserRole.ADMIN, UserRole.PRIVACY_OFFICER, UserRole.HR)]
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


def _may(model: type[Model], page: str, user: User) -> bool:
    records = admin.site.get_model_admin(model)
    request = RequestFactory().get("/")
    request.user = user
    asked: Any = {"add": records.has_add_permission, "delete": records.has_delete_permission}.get(page, records.has_view_permission)
    return bool(asked(request))


def _path(model: type[Model], page: str) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{VIEWS[page]}"
    return reverse(name, args=[quote(admin_rows.key_of_first(model))] if page in {"row", "delete"} else [])


@pytest.mark.filterwarnings("ignore:The default scheme will be changed")
def test_every_page_takes_as_many_statements_for_a_thousand_rows_as_for_one(django_db_setup: None, django_db_blocker: Any) -> None:
    """A model without a line fails, and so does a line without a model."""
    with django_db_blocker.unblock(), admin_rows.superuser():
        admin_rows.free()
        readers = Readers()
        admin_rows.empty()
        admin_rows.fill(first=1, last=1)
        one = readers.open_all()
        admin_rows.fill(first=2, last=ROWS)
        many = readers.open_all()
    expected = {label: {page: cost for page, cost in asdict(pages).items() if cost is not None} for label, pages in COSTS.items()}
    assert differences(one, many) == {}
    assert differences(expected, many) == {}


def differences(these: Mapping[str, Any], those: Mapping[str, Any]) -> dict[str, Any]:
    labels = sorted(these.keys() | those.keys())
    return {label: (these.get(label), those.get(label)) for label in labels if these.get(label) != those.get(label)}
