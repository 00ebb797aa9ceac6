from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import RIGHTS
from datamap.registry import register
from datamap.rows import RowSource
from subjects import escrow, journal
from subjects.identifiers import import_digests
from subjects.models import ImportBlock, Subject, Tombstone
from subjects.selectors import emails

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import PurgePlan, RowKeys

ROW_KEY = "our row key, which means nothing outside"


@register
class Erased(RowSource):
    """What is left of the erased: which rows must not come back, and which addresses importers must refuse."""

    key = "subjects.erased"
    label = _("Traces of erasures")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("From the erasure that you asked for")
    models = ("subjects.Tombstone", "subjects.ImportBlock")
    fields = (
        Field("tombstone.source", _("Source"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("tombstone.part", _("Part"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("tombstone.about", _("Request"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("tombstone.erased_at", _("Erased at"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("tombstone.expires_at", _("Kept until"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("importblock.expires_at", _("Imports refused until"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    )
    unlisted = {
        "tombstone.id": ROW_KEY,
        "tombstone.row_keys": "keys of rows that exist no more: nothing in them leads to a person",
        "tombstone.escrowed_at": "when the copy was made",
        "importblock.id": ROW_KEY,
        "importblock.digest": "a keyed hash that only our importer can use",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="subjects.erased.tombstones",
            label=_("Tombstones: thirteen months after the erasure"),
            trigger="expires_at",
            begins=_("Kept until"),
            keep_for=relativedelta(),
            ground=_("A restored backup must erase the same rows again; backups live for twelve months"),
            promise="P053",
        ),
        RetentionRule(
            code="subjects.erased.import-blocks",
            label=_("Import blocks: thirteen months after the erasure"),
            trigger="expires_at",
            begins=_("Imports refused until"),
            keep_for=relativedelta(),
            ground=_("An older file must not bring back who was erased"),
        ),
    )
    is_handling = True

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        """A tombstone leads to no person by itself (Art. 11); a block is found by the address that the person proved."""
        digests = [digest for email in emails(subject) for digest in import_digests(email)]
        return {"importblock": ImportBlock.objects.filter(digest__in=digests)}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        ends = list(self.held(subject)["importblock"].values_list("expires_at", flat=True))
        if not ends:
            return Outcome()
        kept = Kept(
            part="importblock",
            rows=len(ends),
            ground=Ground.LEGAL_OBLIGATION,
            article="Art. 5(1)(d), 17 GDPR",
            until=max(ends).date(),
        )
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        return Tombstone.objects.all() if rule.code == "subjects.erased.tombstones" else ImportBlock.objects.all()

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        """The copies outside the database go with the rows, and so do those whose rows a restore has lost."""
        gone = super().destroy(plan, at=at)
        if plan.rule == "subjects.erased.tombstones":
            escrow.drop(escrow.expired(at))
            journal.drop_expired(at)
        return gone
