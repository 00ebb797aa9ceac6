from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.enums import STAFF_ROLES, Language, UserRole
from accounts.roles import is_open_in_admin
from audit.keys import new_key
from datamap import pan
from subjects.enums import IdentifierKind
from subjects.holds import EVERY, Reach
from subjects.identifiers import normalise_email
from subjects.selectors import kept_accounts, kept_values

if TYPE_CHECKING:
    from datetime import date

    from accounts.sessions import SessionStore


class Company(models.Model):
    """A customer organisation. Its postal address is asked when an invoice needs it, never at sign-up."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    number = models.CharField(_("customer number"), max_length=40, unique=True)
    name = models.CharField(_("company name"), max_length=160)
    country = models.CharField(_("country"), max_length=2)
    sector = models.CharField(_("sector of activity"), max_length=80, blank=True)
    street = models.CharField(_("street and number"), max_length=160, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = _("company")
        verbose_name_plural = _("companies")

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        fields.setdefault("joined_at", timezone.now())
        return self.create_user(email, password, role=UserRole.ADMIN, **fields)


class User(AbstractBaseUser):
    """Somebody who signs in with an e-mail address: a customer, or staff of an Oxygis entity.

    ``company_name`` is what the person told us; ``company`` is the customer that we linked.
    What a user may do follows from ``role`` alone (``accounts.roles``): there are no groups and no superusers.
    ``session_epoch`` counts up when the sessions opened before must end.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("telephone number"), max_length=32, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.EN)
    company_name = models.CharField(_("company name"), max_length=160, blank=True)
    sector = models.CharField(_("sector of activity"), max_length=80, blank=True)
    interest = models.CharField(_("interest in Oxygis"), max_length=160, blank=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="users")
    role = models.CharField(_("role"), max_length=24, choices=UserRole.choices, default=UserRole.CUSTOMER)
    entity = models.CharField(_("Oxygis entity"), max_length=64, blank=True)
    country = models.CharField(_("country of work"), max_length=2, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined at"))
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        ordering: ClassVar = ["email"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_once")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF_ROLES

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and is_open_in_admin(role=self.role, permission=perm)

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_perm(f"{app_label}.view_")

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bind sessions to all that decides what a user may do: when any of it changes, the next request of each fails."""
        parts = (self.password, self.role, str(self.is_active), str(self.session_epoch))
        return salted_hmac("accounts.session", "|".join(parts), secret=secret, algorithm="sha256").hexdigest()


class SessionQuerySet(models.QuerySet["Session"]):
    def free(self, reach: Reach = EVERY) -> SessionQuerySet:
        """Those of accounts about which neither a hold nor a restriction stands, and whose address nobody waits under."""
        kept = kept_accounts(source="accounts.sessions", reach=reach)
        emails = kept_values(kind=IdentifierKind.EMAIL, source="accounts.sessions", reach=reach)
        waiting = User.objects.filter(email__in=emails).values("pk")
        return self.exclude(account_id__in=kept, account_id__isnull=False).exclude(account_id__in=waiting, account_id__isnull=False)


class Session(AbstractBaseSession):
    """A session that knows whose it is, so that it can be listed, ended and erased.

    ``session_key`` is the hash of what the cookie holds (see ``accounts.sessions``). ``expire_date`` follows from the other two
    times: seven days after the last use, three months after the beginning at most.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    session_key = models.CharField(_("hash of the key"), max_length=40, unique=True)
    account_id = models.UUIDField(_("account"), null=True, db_index=True)
    browser = models.CharField(_("browser"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("since"), db_index=True)
    last_used_at = models.DateTimeField(_("last used"), db_index=True)

    objects: ClassVar[Any] = SessionQuerySet.as_manager()  # type: ignore[assignment]  # typed for subclasses of its own manager

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="accounts_session_ends",
                condition=models.Q(created_at__lte=models.F("last_used_at"), last_used_at__lt=models.F("expire_date")),
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.id}"

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        from accounts.sessions import SessionStore  # noqa: PLC0415 - the store imports this model

        return SessionStore


class Contact(models.Model):
    """A customer contact or prospect: exactly the fields that the policy names in II, and the language we write in.

    ``corrected`` says which columns the person had corrected (Art. 16), and when: an older file does not change them back.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    number = models.CharField(_("contact number"), max_length=40, unique=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts")
    company_name = models.CharField(_("company name"), max_length=160, blank=True)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    phone = models.CharField(_("telephone number"), max_length=32, blank=True)
    street = models.CharField(_("street and number"), max_length=160, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    sector = models.CharField(_("sector of activity"), max_length=80, blank=True)
    interest = models.CharField(_("interest in Oxygis"), max_length=160, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.EN)
    collected_at = models.DateTimeField(_("collected at"))
    last_act_at = models.DateTimeField(_("last act of the person"))
    corrected = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["email"], name="accounts_contact_email")]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def clean(self) -> None:
        """Requests find a person's rows by the normalised address: one that is written otherwise is never found."""
        self.email = normalise_email(self.email)
        pan.refuse_in_address(self.email)


class ContactMessage(models.Model):
    """What somebody wrote in a contact form."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail address"))
    company_name = models.CharField(_("company name"), max_length=160, blank=True)
    phone = models.CharField(_("telephone number"), max_length=32, blank=True)
    text = models.TextField(_("message"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.EN)
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        ordering: ClassVar = ["-received_at"]
        indexes: ClassVar = [models.Index(fields=["email"], name="accounts_message_email")]
        verbose_name = _("contact message")
        verbose_name_plural = _("contact messages")

    def __str__(self) -> str:
        return f"message {self.id}"


class Invoice(models.Model):
    """An issued invoice: kept as long as the law says, changed only by a credit note.

    ``locked_at`` is set when its person was erased: it left the active base and only serves the law.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    number = models.CharField(_("number"), max_length=40, unique=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices")
    billing_name = models.CharField(_("billing name"), max_length=160)
    billing_email = models.EmailField(_("billing e-mail"))
    billing_address = models.CharField(_("billing address"), max_length=300)
    country = models.CharField(_("country of the issuing establishment"), max_length=2)
    issued_on = models.DateField(_("issued on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    keep_until: models.DateField[date, date] = models.DateField(_("kept by law until"))
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-issued_on", "number"]
        indexes: ClassVar = [
            models.Index(fields=["billing_email"], name="accounts_invoice_email"),
            models.Index(fields=["keep_until"], name="accounts_invoice_keep"),
        ]
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")

    def __str__(self) -> str:
        return self.number


class HandDeletion(models.Model):
    """That one of our staff deleted rows by hand: counted for 24 hours, then forgotten."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    agent_id = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("deletion by hand")
        verbose_name_plural = _("deletions by hand")
        indexes: ClassVar = [models.Index(fields=["agent_id", "at"], name="accounts_handdeletion_of")]

    def __str__(self) -> str:
        return f"{self.rows} rows {self.at:%Y-%m-%d %H:%M}"


class DeletionAllowance(models.Model):
    """That somebody else allows a colleague to delete more rows within 24 hours than one person may. It is never rewritten."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    agent_id = models.CharField(_("colleague"), max_length=64)
    rows = models.PositiveIntegerField(_("rows more"))
    reason = models.CharField(_("reason"), max_length=300)
    approved_by = models.CharField(_("allowed by"), max_length=64, editable=False)
    at = models.DateTimeField(_("allowed"), editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("allowance to delete")
        verbose_name_plural = _("allowances to delete")
        indexes: ClassVar = [models.Index(fields=["agent_id", "at"], name="accounts_allowance_of")]
        constraints: ClassVar = [
            # No column of these may be NULL: NULL passes no constraint here.
            models.CheckConstraint(name="accounts_allowance_four_eyes", condition=~models.Q(approved_by=models.F("agent_id"))),
            models.CheckConstraint(
                name="accounts_allowance_said", condition=~models.Q(agent_id="") & ~models.Q(approved_by="") & ~models.Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows more {self.at:%Y-%m-%d %H:%M}"
