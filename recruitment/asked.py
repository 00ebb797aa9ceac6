"""What candidates are asked, stage by stage: nothing without a reason why it is needed and a ground in law (policy II, P012, P013).

``recruitment.checks`` compares these tables with the forms: a field that nobody justified keeps the application from starting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from datamap.enums import Basis

if TYPE_CHECKING:
    from datamap.declaration import Text


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of a form. ``laws`` by country; empty where the basis says enough."""

    name: str
    label: Text
    necessity: Text
    basis: Basis
    laws: tuple[tuple[str, str], ...] = ()
    countries: tuple[str, ...] = ("BE", "FR")

    def law_in(self, country: str) -> str:
        return dict(self.laws).get(country, "")


APPLICATION: tuple[Asked, ...] = (
    Asked("name", _("Name"), _("To know whose application it is, and how to address you."), Basis.CONTRACT),
    Asked("email", _("E-mail address"), _("To answer you."), Basis.CONTRACT),
    Asked("phone", _("Telephone number"), _("To arrange an interview; you may leave it out."), Basis.CONTRACT),
    Asked("cover_letter", _("Cover letter"), _("To learn why you want to work with us."), Basis.CONTRACT),
    Asked("cv", _("Curriculum vitae"), _("To see what you have learned and done."), Basis.CONTRACT),
)

_DECLARATION = (("BE", "AR/KB 5.11.2002 (Dimona)"), ("FR", "Art. R1221-1 Code du travail (DPAE)"))

OFFER: tuple[Asked, ...] = (
    Asked(
        "born_on",
        _("Date of birth"),
        _("The declaration of your employment to social security, before your first day, needs it."),
        Basis.LEGAL_OBLIGATION,
        _DECLARATION,
    ),
    Asked(
        "national_number",
        _("National register or social security number"),
        _("Social security knows you by it: without it we cannot declare that you work for us."),
        Basis.LEGAL_OBLIGATION,
        _DECLARATION,
    ),
    Asked("street", _("Street and number"), _("Your contract and your payslips bear your address."), Basis.CONTRACT),
    Asked("postcode", _("Postcode"), _("Your contract and your payslips bear your address."), Basis.CONTRACT),
    Asked("city", _("Town"), _("Your contract and your payslips bear your address."), Basis.CONTRACT),
    Asked(
        "account",
        _("Bank account (IBAN)"),
        _("Wages are paid by bank transfer."),
        Basis.LEGAL_OBLIGATION,
        (("BE", "Art. 5 Loi / Wet 12.4.1965"), ("FR", "Art. L3241-1 Code du travail")),
    ),
)


def for_offer(country: str) -> tuple[Asked, ...]:
    """What is asked after an offer in one country."""
    return tuple(asked for asked in OFFER if country in asked.countries)


def label_of(name: str) -> Text:
    return next((asked.label for asked in OFFER if asked.name == name), name)
