"""Every setting of the portal, read from the environment once, here.

Two values decide nothing about production and everything about convenience: with `DEBUG` on, missing secrets
are made up and kept under `VAR_DIR`; with it off, `portal.operations.checks` refuses to start and says what to set.
"""

import json
import sys
import warnings
from decimal import Decimal
from pathlib import Path

import environ

from portal.embedded import broker, secrets
from portal.embedded.postgres import ensure as ensure_postgres
from portal.theme import UNFOLD  # noqa: F401 — the admin theme reads it here

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", False)
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var"))).resolve()
SITE_URL = env.str("SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

# Secrets. Made-up ones are for one's own machine only; `portal.operations.checks` holds the line in production.
SECRET_KEY = env.str("SECRET_KEY", "") or secrets.kept("secret_key", VAR_DIR, when=DEBUG)
TOKEN_KEYS = env.list("TOKEN_KEYS", default=[]) or [secrets.kept_fernet("token_key", VAR_DIR, when=DEBUG)]

# --- The way to Exact ------------------------------------------------------------------------------------
# EXACT_BASE_URL, EXACT_CLIENT_ID and EXACT_CLIENT_SECRET make the site "nl"; EXACT_SITES (JSON) makes more:
# {"be": {"base_url": "https://start.exactonline.be", "client_id": "…", "client_secret": "…"}}
EXACT_SITES = {
    "nl": {
        "base_url": env.str("EXACT_BASE_URL", "https://start.exactonline.nl").rstrip("/"),
        "client_id": env.str("EXACT_CLIENT_ID", ""),
        "client_secret": env.str("EXACT_CLIENT_SECRET", ""),
    },
    **json.loads(env.str("EXACT_SITES", "{}") or "{}"),
}
EXACT_DEFAULT_SITE = "nl"
EXACT_WEBHOOK_SECRET = env.str("EXACT_WEBHOOK_SECRET", "")
# A rehearsal with shorter minutes also waits less for what is reckoned in them: retries and unknown outcomes.
EXACT_MINUTE_SECONDS = env.int("EXACT_MINUTE_SECONDS", 60)
EXACT_TOKEN_GUARD_SECONDS = env.int("EXACT_TOKEN_GUARD_SECONDS", 570)
# How long the second look-up of an unknown outcome waits: a lost answer may also be a commit that comes late.
EXACT_UNKNOWN_OUTCOME_SECONDS = env.float("EXACT_UNKNOWN_OUTCOME_SECONDS", 5 * EXACT_MINUTE_SECONDS)
# The wait after a first failure that may pass by itself; it doubles with each further one, up to an hour.
EXACT_RETRY_SECONDS = env.float("EXACT_RETRY_SECONDS", EXACT_MINUTE_SECONDS / 6)
# An authorisation idle for this long is renewed, well before Exact forgets it at 30 days.
EXACT_KEEP_ALIVE_DAYS = env.float("EXACT_KEEP_ALIVE_DAYS", 5)
EXACT_CALL_SECONDS = env.float("EXACT_CALL_SECONDS", 30)
EXACT_DEFAULT_DELIVERY = env.str("EXACT_DEFAULT_DELIVERY", "mailbox")

# How long after a message into the mailbox its document is first looked for.
MAILBOX_DOCUMENT_SECONDS = env.float("MAILBOX_DOCUMENT_SECONDS", 5)
MAILBOX_DOMAIN = env.str("MAILBOX_DOMAIN", "facturen.econnect.eu")
INBOUND_MAIL_DOMAIN = env.str("INBOUND_MAIL_DOMAIN", "")
# The mail server in front of us, as it names itself in Authentication-Results; no other server's word counts.
MAIL_TRUSTED_AUTHSERV = env.str("MAIL_TRUSTED_AUTHSERV", "")
MAIL_IMAP_URL = env.str("MAIL_IMAP_URL", "")  # imaps://user:password@host/INBOX
ANYMAIL = {"WEBHOOK_SECRET": env.str("ANYMAIL_WEBHOOK_SECRET", "")}  # user:password
PEPPOL_ACCESS_POINTS = json.loads(env.str("PEPPOL_ACCESS_POINTS", "{}") or "{}")

# --- Lanes and waiting -----------------------------------------------------------------------------------
LANE_LEASE_SECONDS = env.float("LANE_LEASE_SECONDS", 120)
LANE_SLICE_SECONDS = env.float("LANE_SLICE_SECONDS", 20)
# Told by the supervisor (`portal.operations.processes`): which life of this process it is, and which it follows.
PROCESS_LIFE = env.str("PROCESS_LIFE", "")
LIFE_BEFORE = env.str("LIFE_BEFORE", "")
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 5)
MAILBOX_RECHECK_SECONDS = env.float("MAILBOX_RECHECK_SECONDS", 60)
INVITATIONS_A_DAY = env.int("INVITATIONS_A_DAY", 300)  # mails that ask somebody into a firm, per firm
CONSENT_LINK_HOURS = env.float("CONSENT_LINK_HOURS", 72)
INTAKE_MAX_BYTES = 25 * 1024 * 1024
# Sums on an invoice that differ by at most this are settled as a line of their own; more is held.
TOTALS_TOLERANCE = Decimal(env.str("TOTALS_TOLERANCE", "0.05"))

# --- Partners --------------------------------------------------------------------------------------------
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", 12_000)
API_LOG_DAYS = env.int("API_LOG_DAYS", 30)
API_LOG_EVERY_SECONDS = env.float("API_LOG_EVERY_SECONDS", 1)  # 0: only when told to
WEBHOOK_SWEEP_SECONDS = env.float("WEBHOOK_SWEEP_SECONDS", 2)
WEBHOOK_SECONDS = env.float("WEBHOOK_SECONDS", 15)  # how long a receiver may take to answer
# Webhooks go to the public internet only; of a portal on one's own machine the receiver is often that machine.
_at_home = SITE_URL.startswith(("http://localhost", "http://127.0.0.1"))
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.bool("WEBHOOKS_TO_PRIVATE_ADDRESSES", DEBUG or _at_home)

# --- Django ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal",
    "connections",
    "invoices",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.idp.oidc",
    "anymail",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "portal.operations.request_ids.request_ids",
    "portal.operations.metrics.requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.audit.requests",
    "portal.web.middleware.Language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "portal.people.mfa.required",
    "portal.operations.logs.Requests",
    "portal.operations.logs.Ids",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.web.middleware.security_headers",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.web.context.portal",
            ],
        },
    }
]

# --- The database ----------------------------------------------------------------------------------------
# One PostgreSQL, three ways in. `DATABASE_URL` signs in as the owner, who migrates and makes partitions and
# does nothing else; all else runs as a role that row level security binds. The role is part of the sign-in
# (not SET later), so that no pooled connection can ever be found without it. The owner's sign-in can leave its
# role again by an injected SET ROLE; one of its own per role (DATABASE_URL_APP, DATABASE_URL_STAFF) cannot.
_url = env.db_url_config(env.str("DATABASE_URL", "") or ensure_postgres(VAR_DIR))
DATABASE_URL_APP = env.str("DATABASE_URL_APP", "")
DATABASE_URL_STAFF = env.str("DATABASE_URL_STAFF", "")


def _sign_in(role: str, own: str = "") -> dict:
    url = env.db_url_config(own) if own else _url
    options = dict(url.get("OPTIONS", {}))
    if role:
        options["options"] = f"{options.get('options', '')} -c role={role}".strip()
    return {
        **url,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "TEST": {"NAME": env.str("TEST_DATABASE_NAME", f"test_{_url['NAME']}")},
    }


DATABASES = {
    "default": _sign_in("portal_app", DATABASE_URL_APP),
    "staff": _sign_in("portal_staff", DATABASE_URL_STAFF),
    "owner": _sign_in(""),
}
DATABASE_ROUTERS = ["portal.tenancy.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

# What processes remember together, which is how often somebody tried to sign in. A table without a journal by default.
CACHES = {
    "default": env.cache_url_config(env.str("CACHE_URL", ""))
    if env.str("CACHE_URL", "")
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Who signs in ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# The last is for partners' clients: allauth checks their secrets through Django's hashers.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "portal.partners.ClientSecrets"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.split(":", 1)[0]
ACCOUNT_SIGNUP_FORM_CLASS = "portal.people.signup.SignupForm"
ACCOUNT_ADAPTER = "portal.people.accounts.AccountAdapter"
IDP_OIDC_ADAPTER = "portal.partners.OidcAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
IDP_OIDC_PRIVATE_KEY = env.str("IDP_OIDC_PRIVATE_KEY", "").replace("\\n", "\n") or secrets.kept_rsa(
    "oidc_key", VAR_DIR
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""  # else «[portal.example:443] » stands before each
ACCOUNT_EMAIL_NOTIFICATIONS = True  # whoever's password or second factor changes is told
PASSWORD_RESET_TIMEOUT = 4 * 3600
MFA_ADAPTER = "portal.people.mfa.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # passkeys on http://localhost
MFA_GRACE_DAYS = env.float("MFA_GRACE_DAYS", 7)  # owners and the helpdesk, from the making of their account
HELPDESK_SECOND_FACTOR = env.bool("HELPDESK_SECOND_FACTOR", True)  # off in the demo alone
# Company sign-on by OpenID Connect: [{"provider_id": "firm-x", "name": "…", "client_id": "…", "secret": "…",
# "settings": {"server_url": "https://login.microsoftonline.com/TENANT/v2.0", "domains": ["firm-x.nl"],
# "verified_email": true}}]. It is believed for addresses of its `domains` and no others (`portal.people.accounts`);
# `verified_email` is for a provider that does not itself say that an address is verified, as Entra ID.
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": json.loads(env.str("OIDC_APPS", "[]") or "[]")}}
SOCIALACCOUNT_ADAPTER = "portal.people.accounts.CompanySignOn"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# --- Work ------------------------------------------------------------------------------------------------
# The database is the truth and Celery only wakes workers: results are of no use, and a message may be lost.
_broker = (
    {"broker_url": env.str("BROKER_URL", "")}
    if env.str("BROKER_URL", "")
    else broker.broker_settings(VAR_DIR)
)
if DEBUG:  # a demo in a container runs as root; elsewhere Celery's warning is deserved
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
CELERY_BROKER_URL = _broker["broker_url"]
CELERY_BROKER_TRANSPORT_OPTIONS = _broker.get("broker_transport_options", {})
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_STORE_EAGER_RESULT = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Amsterdam"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# `portal.operations.logs` binds the address that our proxies vouch for.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # `portal.operations.request_ids` has made or examined it
# What takes long (learning, jobs, the full check) has a queue of its own: an invoice must not wait behind a back-test.
CELERY_TASK_ROUTES = {
    task: {"queue": "slow"}
    for task in (
        "connections.tasks.keep_recorder",
        "connections.tasks.remind",
        "invoices.tasks.check_in_full",
        "invoices.tasks.learn",
        "invoices.tasks.move_client",
        "invoices.tasks.poll_mail",
        "invoices.tasks.poll_peppol",
        "invoices.tasks.sweep_learning",
        "portal.tasks.chain_audit",
        "portal.tasks.expire",
        "portal.tasks.run_job",
        "portal.tasks.tidy",
    )
}
# Each sweep expires before the next is sent, so that a worker that was away does not find a pile of them.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": max(1.0, seconds * 0.9)}}
    for name, task, seconds in (
        ("lanes", "connections.tasks.sweep", SWEEP_SECONDS),
        ("invoices", "invoices.tasks.sweep", SWEEP_SECONDS),
        ("learning", "invoices.tasks.sweep_learning", 2 * SWEEP_SECONDS),
        ("full-checks", "invoices.tasks.check_in_full", SWEEP_SECONDS),
        ("consents", "connections.tasks.finish_consents", 30.0),
        ("paused", "connections.tasks.resume_paused", 60.0),
        ("keep-alive", "connections.tasks.keep_alive", 3600.0),
        ("reminders", "connections.tasks.remind", 600.0),
        ("recorder", "connections.tasks.keep_recorder", 6 * 3600.0),
        ("channels", "invoices.tasks.sweep_channels", SWEEP_SECONDS),
        ("transfers", "invoices.tasks.sweep_transfers", SWEEP_SECONDS),
        ("imap", "invoices.tasks.poll_mail", 60.0),
        ("peppol", "invoices.tasks.poll_peppol", 900.0),
        ("webhooks", "portal.tasks.send_webhooks", WEBHOOK_SWEEP_SECONDS),
        ("jobs", "portal.tasks.sweep_jobs", SWEEP_SECONDS),
        ("tidy", "portal.tasks.tidy", 3600.0),
        ("audit", "portal.tasks.chain_audit", 24 * 3600.0),
        ("retention", "portal.tasks.expire", 24 * 3600.0),
    )
}

# --- Mail, files, language, time -------------------------------------------------------------------------
_email = env.str("EMAIL_URL", "")
if _email:
    vars().update(env.email_url_config(_email))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Autopilot <portal@localhost>")

STATIC_URL = "/static/"
STATIC_ROOT = None  # whitenoise serves what each room brings; nothing is collected
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 40 * 1024 * 1024  # 25 MiB of files as base64, in a mail service's notice
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["portal.formats"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

# --- The web ---------------------------------------------------------------------------------------------
_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"  # the prefix: no other host may set it
SESSION_COOKIE_AGE = 12 * 3600  # a working day
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # pages give the token to their own scripts
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"

# --- The REST API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.authentication.PartnerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["portal.api.authentication.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "portal.api.pagination.CursorPage",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "portal.api.schema.PartnerSchema",
    "EXCEPTION_HANDLER": "portal.api.problems.handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Autopilot for Exact Online",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "DEFAULT_QUERY_MANAGER": "everyones",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "InvoiceStatus": "invoices.models.Invoice.Status",
        "ConnectionStatus": "connections.models.Connection.Status",
        "JobStatus": "portal.models.Job.State",
        "DeliveryStatus": "portal.models.WebhookDelivery.State",
        "MailboxStatus": "connections.models.Mailbox.Status",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.api.openapi.complete",
    ],
}

# --- What is watched -------------------------------------------------------------------------------------
METRICS_TOKEN = env.str(
    "METRICS_TOKEN", ""
)  # without one, /metrics answers this machine and private networks
SENTRY_DSN = env.str("SENTRY_DSN", "")
OTEL_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
METRICS_DIR = env.str("PROMETHEUS_MULTIPROC_DIR", "")  # where the web processes of a machine count together
LOGGING_CONFIG = "portal.operations.logs.configure"
LOGGING = {"level": env.str("LOG_LEVEL", "INFO"), "json": env.bool("LOG_JSON", not DEBUG)}
TESTING = "pytest" in sys.modules
