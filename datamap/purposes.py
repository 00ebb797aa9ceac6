"""Why Oxygis uses personal data: each purpose with its legal basis (policy III)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from datamap.declaration import Purpose
from datamap.enums import Basis

SERVICE = Purpose("service", _("Providing the services you ordered"), Basis.CONTRACT, is_objectable=False)
SUPPORT = Purpose("support", _("Answering your questions"), Basis.CONTRACT, is_objectable=False)
BILLING = Purpose("billing", _("Invoicing and accounts"), Basis.LEGAL_OBLIGATION, is_objectable=False)
ACCOUNT = Purpose("account", _("Managing your account"), Basis.CONTRACT, is_objectable=False)
SECURITY = Purpose("security", _("Keeping our services secure"), Basis.LEGITIMATE_INTEREST, is_objectable=True)
STATISTICS = Purpose("statistics", _("Improving the service"), Basis.LEGITIMATE_INTEREST, is_objectable=True)
MARKETING = Purpose(
    "marketing",
    _("Telling you about our products"),
    Basis.LEGITIMATE_INTEREST,
    is_objectable=True,
    is_marketing=True,
)
NEWSLETTER = Purpose("newsletter", _("Newsletters"), Basis.CONSENT, is_objectable=True, is_marketing=True)
# What is asked about on websites (policy X), by the code of its category: consent and nothing else.
WEB_PREFERENCES = Purpose("web-preferences", _("Remembering your preferences on our websites"), Basis.CONSENT, is_objectable=True)
WEB_HISTORY = Purpose("web-history", _("Remembering what you did on our websites"), Basis.CONSENT, is_objectable=True)
WEB_ADVERTISING = Purpose("web-marketing", _("Advertisements on other websites"), Basis.CONSENT, is_objectable=True)
WEB_ANALYTICS = Purpose("web-analytics", _("Understanding how our websites are used"), Basis.CONSENT, is_objectable=True)
EVENT = Purpose("event", _("Preparing the event you registered for"), Basis.LEGITIMATE_INTEREST, is_objectable=True)
# Policy III names these two without a basis: what others get for their own marketing rests on consent here.
EVENT_SPONSORS = Purpose("event-sponsors", _("Marketing by the sponsors of an event"), Basis.CONSENT, is_objectable=True, is_marketing=True)
PARTNER = Purpose("partner", _("Contact by a partner in your country"), Basis.CONSENT, is_objectable=True, is_marketing=True)
RECRUITMENT = Purpose("recruitment", _("Handling your application, up to the contract"), Basis.CONTRACT, is_objectable=False)
POOL = Purpose("pool", _("Contacting you again about other jobs"), Basis.LEGITIMATE_INTEREST, is_objectable=True)
EMPLOYMENT = Purpose("employment", _("Carrying out your contract of employment"), Basis.CONTRACT, is_objectable=False)
STAFF_LAW = Purpose("staff-law", _("Keeping the duties of an employer"), Basis.LEGAL_OBLIGATION, is_objectable=False)
RIGHTS = Purpose("rights", _("Handling your privacy requests"), Basis.LEGAL_OBLIGATION, is_objectable=False)
EVIDENCE = Purpose("evidence", _("Proving that we kept our duties"), Basis.LEGAL_OBLIGATION, is_objectable=False)

PURPOSES = {
    purpose.code: purpose
    for purpose in (
        SERVICE,
        SUPPORT,
        BILLING,
        ACCOUNT,
        SECURITY,
        STATISTICS,
        MARKETING,
        NEWSLETTER,
        WEB_PREFERENCES,
        WEB_HISTORY,
        WEB_ADVERTISING,
        WEB_ANALYTICS,
        EVENT,
        EVENT_SPONSORS,
        PARTNER,
        RECRUITMENT,
        POOL,
        EMPLOYMENT,
        STAFF_LAW,
        RIGHTS,
        EVIDENCE,
    )
}


class UnknownPurpose(LookupError):
    """Personal data is used for purposes that the policy names, and for no other."""


def purpose_of(purpose: Purpose | str) -> Purpose:
    """The declared purpose of this code.

    Raises:
        UnknownPurpose: nobody declared it.
    """
    code = purpose if isinstance(purpose, str) else purpose.code
    known = PURPOSES.get(code)
    if known is None or (known is not purpose and not isinstance(purpose, str)):
        raise UnknownPurpose(code)
    return known
