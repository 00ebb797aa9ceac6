"""Settings, by topic. What differs between machines comes from ``oxyprivacy.environment``."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

from csp.constants import NONE, SELF

from oxyprivacy import environment
from oxyprivacy.settings_api import API, REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - settings of Django
from oxyprivacy.settings_rooms import EVENTS, PROMISES, REGISTERS, SECURITY, TRENDS  # noqa: F401 - settings of Django

ENVIRONMENT = environment.load()
BASE_DIR = environment.ROOT
IS_DEMO = ENVIRONMENT.name == "demo"
IS_PRODUCTION = ENVIRONMENT.name == "production"
#: The worker writes addresses into letters and answers nobody: the admin, the API and signing in would take megabytes there.
IS_ANSWERING = ENVIRONMENT.process != "worker"
#: So would the table of beat, but for the worker of `make run`, which has beat within.
HAS_SCHEDULE = IS_ANSWERING or not {"--beat", "-B"}.isdisjoint(sys.argv)
#: Tests that play whole lives in real processes do not wait for real periods. In production nobody listens to this.
IS_FAST = not IS_PRODUCTION and os.environ.get("OXYPRIVACY_PACE") == "fast"

DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = list(ENVIRONMENT.former_secret_keys)
HEALTH_TOKEN = ENVIRONMENT.health_token
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
PUBLIC_URL = ENVIRONMENT.public_url
ROOT_URLCONF = "oxyprivacy.urls"
WSGI_APPLICATION = "oxyprivacy.wsgi.application"

INSTALLED_APPS = [
    "oxyprivacy",
    *(["demo"] if not IS_PRODUCTION else []),
    "api",
    "policy",
    "rights_requests",
    "retention",
    "backups",
    "security",
    "trends",
    "recruitment",
    "browsing",
    "hosting",
    "consent",
    "events",
    "connectors",
    "accounts",
    "letters",
    "datamap",
    "subjects",
    "audit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *(["django_celery_beat"] if HAS_SCHEDULE else []),
    "django_htmx",
    "accounts.admin_config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "consent.middleware.ExpressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "browsing.middleware.VisitMiddleware",
    "csp.middleware.CSPMiddleware",
    "oxyprivacy.middleware.OpenedMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignedOutMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "oxyprivacy.middleware.PrivateMiddleware",
    "oxyprivacy.middleware.AwayMiddleware",
    "oxyprivacy.middleware.FormsMiddleware",
    "oxyprivacy.uploads.BodySizeMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "oxyprivacy.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oxyprivacy.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database: the web's role unless manage.py says that a command changes the schema.
_is_owner = os.environ.get("OXYPRIVACY_DATABASE_ROLE") == "owner"
_options: dict[str, Any] = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DATABASES = {
    "default": environment.database(ENVIRONMENT.owner_url if _is_owner else ENVIRONMENT.database_url) | _options,
}
if ENVIRONMENT.retention_url:
    DATABASES["retention"] = environment.database(ENVIRONMENT.retention_url) | {"TEST": {"MIRROR": "default"}}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENVIRONMENT.redis_url,
        "KEY_PREFIX": "oxyprivacy",
    },
}

# Celery: rows are the truth, a message only rings the bell (see docs/architecture.md).
CELERY_BROKER_URL = ENVIRONMENT.broker_url
# Nobody waits for a bell: one more try, then the sweeper finds the rows. Worker and beat connect again on their own terms.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "max_retries": 1, "interval_start": 0.2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Brussels"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"

# Sign-in: one way in, by e-mail address; staff always with a second factor.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_FORMS = {
    "login": "accounts.forms_allauth.LoginForm",
    "signup": "accounts.forms_allauth.SignupForm",
    "change_password": "accounts.forms_allauth.ChangePasswordForm",
    "reset_password": "accounts.forms_allauth.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms_allauth.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms_allauth.ReauthenticateForm",
    "add_email": "accounts.forms_allauth.AddEmailForm",
    "confirm_email_verification_code": "accounts.forms_allauth.ConfirmEmailVerificationCodeForm",
    "confirm_password_reset_code": "accounts.forms_allauth.ConfirmPasswordResetCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_RATE_LIMITS = {
    "contact_form": "5/h/ip",
    "job_form": "10/h/ip",
    "job_link": "20/h/ip",
    "newsletter_form": "5/h/ip",
    "security_policy": "5/h/ip",
    "event_form": "5/h/ip",
    "interest_form": "5/h/ip",
    "event_link": "20/h/ip",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms_allauth.AuthenticateForm",
    "reauthenticate": "accounts.forms_allauth.ReauthenticateCodeForm",
    "activate_totp": "accounts.forms_allauth.ActivateTOTPForm",
    "add_webauthn": "accounts.forms_allauth.AddWebAuthnForm",
    "edit_webauthn": "accounts.forms_allauth.EditWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "OxyPrivacy"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION

# Sessions: in the database, which ends them (accounts.rules); the cookie goes when the browser is closed.
SESSION_ENGINE = "accounts.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if IS_PRODUCTION else "session"
SESSION_COOKIE_SECURE = IS_PRODUCTION
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_USE_SESSIONS = True
CSRF_COOKIE_SECURE = IS_PRODUCTION
CSRF_FAILURE_VIEW = "oxyprivacy.views.csrf_failure"

# Headers.
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_PRODUCTION
SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_SSL_REDIRECT = IS_PRODUCTION
# A program that speaks in clear is told so, and not sent on with its token (ASVS 4.1.2).
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^api/v1/(?!consents$)"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_PRODUCTION else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    },
}

# Language stands in the path: "/", "/fr/", "/nl/".
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("nl", "Nederlands")]
FORMAT_MODULE_PATH = ["oxyprivacy.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Brussels"

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.var / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Archives: two data centres in each of the five zones, each mounted at a folder of its own (or another storage, see docs/archives.md).
ARCHIVE_KEYS = list(ENVIRONMENT.archive_keys)
ARCHIVE_DRAFTS = ENVIRONMENT.archives / "drafts"
ARCHIVE_PLACES = {f"{zone.lower()}-{number}": zone for zone in ("NL", "FR", "BE", "DE", "IE") for number in (1, 2)}
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT.name == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
    **{
        f"archives-{code}": {
            "BACKEND": "datamap.archives.storage.ArchiveStorage",
            "OPTIONS": {"location": ENVIRONMENT.archives / code, "makes": not IS_PRODUCTION},
        }
        for code in ARCHIVE_PLACES
    },
}
MEDIA_ROOT = ENVIRONMENT.media

# Mail: a row first; the demo keeps what was sent for /mailbox/.
if ENVIRONMENT.email_url:
    vars().update(environment.email(ENVIRONMENT.email_url))
else:
    EMAIL_BACKEND = "demo.mailbox.Backend" if IS_DEMO else "django.core.mail.backends.locmem.EmailBackend"
MAILBOX = ENVIRONMENT.var / "mailbox"
IMAP_URL = ENVIRONMENT.imap_url
JOBS_IMAP_URL = ENVIRONMENT.jobs_imap_url
DEFAULT_FROM_EMAIL = f"Oxygis <{ENVIRONMENT.contact['OXYPRIVACY_EMAIL']}>"
# Where the answers to a kind of letter go; to all others the sender reads them.
ANSWERS_TO = {"jobs": f"Oxygis <{ENVIRONMENT.contact['OXYPRIVACY_JOBS_EMAIL']}>"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "pythonjsonlogger.json.JsonFormatter", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "filters": {"without_keys": {"()": "oxyprivacy.logs.WithoutKeys"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json" if IS_PRODUCTION else "plain", "filters": ["without_keys"]},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.security.DisallowedHost": {"level": "CRITICAL"}},
}

# Who we are, as pages and letters say it.
ORGANISATION = {
    "name": "Oxygis Partners",
    "privacy_email": ENVIRONMENT.contact["OXYPRIVACY_EMAIL"],
    "phone": ENVIRONMENT.contact["OXYPRIVACY_PHONE"],
    "officer": ENVIRONMENT.contact["OXYPRIVACY_OFFICER"],
}
# Where letters reach us; receipt at either starts the clock.
OFFICES = {
    "BE": ("Eikelenbergstraat 20", "1700 Dilbeek"),
    "FR": ("130, boulevard de la Liberté", "59800 Lille"),
}

# The rights requests: periods in force, see docs/settings.md.
RIGHTS: dict[str, Any] = {
    "link_life": timedelta(hours=24),
    "code_life": timedelta(minutes=10),
    "code_tries": 5,
    "fresh_for": timedelta(minutes=10),
    "case_open_for": timedelta(minutes=30),
    "package_life": timedelta(days=7),
    "package_downloads": 3,
    "erasure_grace": timedelta(seconds=12) if IS_FAST else timedelta(minutes=1) if IS_DEMO else timedelta(hours=48),
    "erasure_grace_by_post": timedelta(seconds=12) if IS_FAST else timedelta(minutes=1) if IS_DEMO else timedelta(days=10),
    "post_code_life": timedelta(days=30),
    "erasure_order_life": timedelta(days=14),
    # The calendar of closed days; staff, and a letter to Lille, choose the French one.
    "establishment": "BE",
    "remind_staff_days_before": (10, 5, 2),
    "remind_after": timedelta(days=7),
    "lapse_after": timedelta(days=26),
    # Whether data waits for an answer from the receipt of the request on; False: once it is known who asks.
    "purge_waits_unconfirmed": True,
    "purge_unconfirmed_after": timedelta(days=30),
    "minimise_erased_after": timedelta(days=30),
    "keep_case_days": 60,
    "sort_mails_within": timedelta(days=1),
    "purge_sorted_mails_after": timedelta(days=30),
    # None: until the person asks us to write again.
    "keep_suppressions_years": None,
    # Codes of the register: told of every objection to direct marketing.
    "marketing_recipients": ("mailchimp",),
    # From when on a recipient that nobody told stands out at the desk.
    "tell_recipients_within": timedelta(days=7),
    "lease": timedelta(seconds=1) if IS_FAST else timedelta(seconds=25),
    "sweep_every": timedelta(seconds=1) if IS_FAST else timedelta(seconds=30),
    "filings_per_hour": 20,
    "letters_per_address_and_day": 3,
    "requests_per_person_and_day": 10,
    # What hangs on messages, in bytes as it came; of the whole case, and of all mails that nobody has sorted, as it is kept.
    "file_size": 10_000_000,
    "files_per_message": 5,
    "files_size": 20_000_000,
    "files_per_case": 50,
    "files_size_of_case": 100_000_000,
    "files_size_of_mails": 2_000_000_000,
    "picture_pixels": 30_000_000,
}

# Bodies of requests: a few files and the text beside them. They stay in memory and are never written to the disk in clear.
BODY_SIZE = RIGHTS["files_size"] + 2_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_HANDLERS = ["oxyprivacy.uploads.InMemory"]
FILE_UPLOAD_MAX_MEMORY_SIZE = BODY_SIZE

# Customer databases: what the worker alone may reach, and the choices of docs/settings.md.
HOSTING_URLS = dict(ENVIRONMENT.hosting_urls)
HOSTING: dict[str, Any] = {
    "deletion_wait": timedelta(hours=24),
    "keep_instructions_years": 10,
    "keep_grants_years": 5,
    "access_hours": 8,
    "export_life": timedelta(days=7),
    "export_downloads": 3,
    "connect_seconds": 5,
    "statement_seconds": 30,
    "copy_hours": 12,
    "backup_every": timedelta(hours=24),
    # The policy's "up to 12 months": more is refused by the database and by the archives themselves.
    "keep_backups_months": 12,
    "backup_late_after": timedelta(hours=48),
    "restored_life": timedelta(days=7),
}

# Connected systems, see docs/connectors.md: their declarations, and how long they may take.
CONNECTOR_URLS = dict(ENVIRONMENT.connector_urls)
CONNECTORS: dict[str, Any] = {
    "files": ENVIRONMENT.connectors,
    # Private networks in which systems may lie ("10.20.0.0/16"), and folders of sockets; everything else must have a public address.
    "networks": ENVIRONMENT.connector_networks,
    "connect_seconds": 5,
    "statement_seconds": 15,
    # A connection that nobody uses for so long is closed.
    "idle_seconds": 30,
    # After a failure a system is left alone for so long: nobody waits for it again and again.
    "rest_seconds": 1 if IS_FAST else 20,
    "look_every": timedelta(minutes=5),
    # A system that answers by itself: how long a task is in its hands, when somebody is told, and how long an answer is taken for true.
    "pull_lease": timedelta(minutes=15),
    "pull_within": timedelta(days=3),
    "pull_fresh": timedelta(hours=24),
    "pull_upload": 500_000_000,
    "keep_handed_over_days": 14,
    "keep_tasks_months": 12,
}

# The mailing service: its list, what its webhook shows, and the key, which the worker alone holds. Without a list nothing is told and nothing heard.
MAILCHIMP: dict[str, Any] = {
    "list": ENVIRONMENT.mailchimp_list,
    "key": ENVIRONMENT.mailchimp_key,
    "hook": ENVIRONMENT.mailchimp_hook,
    "seconds": 10,
    "at_once": 100,
}

# Backups of this database, see docs/restore.md. They end within twelve months whatever stands here.
BACKUPS: dict[str, Any] = {
    "zone": "BE",
    "copy_limit": timedelta(hours=12),
}

# Accounts and contacts: how long what nobody uses stays, see docs/settings.md.
ACCOUNTS = {
    "keep_contacts_months": 36,
    "keep_messages_months": 24,
    # Working days: what every page promises to who writes to us.
    "answer_within_days": 2,
    "keep_inactive_months": 36,
    "keep_unverified_days": 7,
    # So many rows one of our staff deletes by hand in 24 hours; more takes a second person.
    "deletions_a_day": 50,
}

# Job applications: how long those who were not hired are kept, by country; never longer than the policy says. See docs/settings.md.
RECRUITMENT: dict[str, Any] = {
    "keep_months": {"BE": 36, "FR": 36},
}

# Purges: from when on a plan waits for two people, see docs/settings.md.
RETENTION: dict[str, Any] = {
    "few": 500,
    "absolute": 200_000,
    "share": 0.25,
    "multiple": 10,
    "history": 5,
    # A plan holds so many rows at most; what is due beyond them is for the next round.
    "plan_most": 500_000,
    "batch": 1000,
    "lock_timeout_ms": 5000,
    "lock_tries": 3,
}

# Visits: what our servers record of them, see docs/visits.md.
BROWSING: dict[str, Any] = {
    "keep_months": 12,
    # Views whose name starts like this are no visits: our own work, and what asks whether we are up.
    "not_recorded": ("health", "retention_health", "registers_health", "desk_", "admin:", "mailbox", "api_", "hook_"),
    # Pages of ours, beside those of ALLOWED_HOSTS: they referred nobody to us.
    "own_hosts": (PUBLIC_URL, *ALLOWED_HOSTS),
    "write_every": timedelta(seconds=1) if IS_FAST else timedelta(seconds=20),
    # So many visits wait in the queue at most while no worker writes them down; then the oldest go.
    "waiting_most": 200_000,
    "weeks_ahead": 6,
    # A week with so many visits that are over is dropped as a whole; fewer are deleted one by one.
    "week_from": 1000,
    # Statistics: what fewer networks did on a day is told of nowhere.
    "fewest_networks": 10,
    # How long a link between visits and a person is open when nobody says less; the database allows 90 days.
    "link_days": 30,
}

# Cookie choices and the newsletter, see docs/consent.md.
CONSENT: dict[str, Any] = {
    # The proof stays so long after the choice has run out.
    "keep_proof_years": 5,
    "client_clock_ahead": timedelta(minutes=5),
    "client_time_back": timedelta(days=30),
    # Bytes of one choice as it is sent.
    "body_size": 2048,
    # From one address on the network; the address itself is written nowhere.
    "saves_per_minute": 120,
    # What fewer browsers chose on a day is told of nowhere.
    "fewest_choices": 10,
    "newsletter_link_life": timedelta(days=7),
    "keep_newsletter_years": 5,
}
