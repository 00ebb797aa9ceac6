"""Settings of the API, see docs/api.md, and of the libraries that it is made with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

API: dict[str, Any] = {
    "per_minute_and_token": 300,
    "per_minute_and_address": 600,
    "filings_per_hour_and_system": 300,
    # Bytes of one body.
    "body_size": 64 << 10,
    "visits_body_size": 1 << 20,
    "rows_body_size": 20_000_000,
    # Ways out that other systems may report: those of our own forms pass on by themselves.
    "flows": ("accounts.campaigns", "accounts.planning"),
    "visits_per_call": 1000,
    "keep_answers": timedelta(hours=24),
    "page_size": 50,
}
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None, "UNAUTHENTICATED_TOKEN": None, "DEFAULT_SCHEMA_CLASS": "api.schema.Described"}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "OxyPrivacy API",
    "VERSION": "1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PREPROCESSING_HOOKS": ["api.schema.only_ours"],
    "POSTPROCESSING_HOOKS": ["api.schema.finished"],
}
