"""The shared cast: people, companies and what we hold of them. All invented, all at example domains."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.hashers import make_password

from accounts.enums import UserRole
from accounts.models import Company, Contact, ContactMessage, Invoice, User

if TYPE_CHECKING:
    from django.test import Client

PASSWORD = "seven quiet herons wade"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LONG_AGO = datetime(2025, 1, 15, 9, 0, tzinfo=UTC)

_numbers = itertools.count(1)


@lru_cache(maxsize=8)
def _hashed(password: str) -> str:
    return make_password(password)


def make_company(**fields: Any) -> Company:
    number = next(_numbers)
    return Company.objects.create(
        **{"number": f"K-{number}", "name": f"Boekbinderij {number}", "country": "BE", "sector": "Printing", **fields}
    )


def make_user(
    email: str = "", role: UserRole = UserRole.CUSTOMER, *, password: str = PASSWORD, is_verified: bool = True, **fields: Any
) -> User:
    """Somebody who can sign in with ``PASSWORD``."""
    email = email or f"person{next(_numbers)}@customer.example"
    fields = {"name": "Noor Vermeulen", "joined_at": LONG_AGO, **fields}
    user = User.objects.create(email=email, role=role, password=_hashed(password), **fields)
    EmailAddress.objects.create(user=user, email=email, verified=is_verified, primary=True)
    return user


def make_staff(role: UserRole = UserRole.HELPDESK, email: str = "", *, has_second_factor: bool = True, **fields: Any) -> User:
    """A member of staff of the Belgian entity; codes of the second factor come from ``code_now``."""
    email = email or f"{role.lower()}{next(_numbers)}@oxygis.example"
    fields = {"name": "Jonas Peeters", "entity": "Oxygis Partners", "country": "BE", **fields}
    user = make_user(email, role, **fields)
    if has_second_factor:
        give_second_factor(user)
    return user


def give_second_factor(user: User, secret: str = TOTP_SECRET) -> Authenticator:
    return TOTP.activate(user, secret).instance


#: Seconds. A code that is about to change would be another one when it arrives.
SENT_WITHIN = 2


def code_now(secret: str = TOTP_SECRET) -> str:
    """The code of now, at least for as long as it takes to send it."""
    left = 30 - time.time() % 30
    if left < SENT_WITHIN:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client: Client, user: User, *, with_second_factor: bool | None = None) -> Client:
    """Sign in without the pages; with the second factor when the user has one, unless told otherwise."""
    client.force_login(user)
    authenticator = Authenticator.objects.filter(user=user).first()
    records: list[dict[str, Any]] = [{"method": "password", "at": time.time(), "email": user.email}]
    if authenticator if with_second_factor is None else with_second_factor:
        records.append({"method": "mfa", "at": time.time(), "type": "totp"})
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = records
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def make_contact(email: str = "", **fields: Any) -> Contact:
    number = next(_numbers)
    return Contact.objects.create(
        **{
            "number": f"C-{number}",
            "name": "Lucas Delcourt",
            "email": email or f"contact{number}@customer.example",
            "collected_at": LONG_AGO,
            "last_act_at": LONG_AGO,
            **fields,
        }
    )


def make_message(email: str = "", **fields: Any) -> ContactMessage:
    return ContactMessage.objects.create(
        **{
            "name": "Lucas Delcourt",
            "email": email or f"writer{next(_numbers)}@customer.example",
            "text": "Could you call me about the cadastral maps?",
            "received_at": LONG_AGO,
            **fields,
        }
    )


def make_invoice(email: str = "", **fields: Any) -> Invoice:
    number = next(_numbers)
    return Invoice.objects.create(
        **{
            "number": f"F-{number}",
            "billing_name": "Lucas Delcourt",
            "billing_email": email or f"billing{number}@customer.example",
            "billing_address": "Kerkstraat 1, 1700 Dilbeek",
            "country": "BE",
            "issued_on": date(2025, 1, 15),
            "amount": Decimal("121.00"),
            "keep_until": date(2035, 12, 31),
            **fields,
        }
    )
