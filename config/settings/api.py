"""The HTTP API: JSON in and out, problems for errors, and its description."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "apps.common.errors.handle",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    # A view that says nothing is closed; our own base views say who may ask.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "config.openapi.schema.Schema",
    "URL_FORMAT_OVERRIDE": None,
}

DESCRIPTION = """\
Phones sync workouts and laboratory results; the service returns them merged on every device
together with a muscle-bone risk summary, trends and retest reminders.

Every error is `application/problem+json` (RFC 9457) with a stable `code` and a `retry` hint.
Within `/v1` fields and enumerated values are added, never removed or repurposed: ignore what you
do not know. Instants are RFC 3339, days are the athlete's local calendar days. Nothing here is a
diagnosis.
"""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Mechanostat API",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "CONTACT": {"name": "Mechanostat", "url": "https://mechanostat.dev"},
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": "/", "description": "This server"}],
    "TAGS": [
        {"name": "sync", "description": "A phone's round trip, and its halves."},
        {"name": "uploads", "description": "Files beside the feed, by tus 1.0."},
        {"name": "read", "description": "Derived data, for the athlete and for third parties."},
        {"name": "models", "description": "The published models, as a calculator."},
        {"name": "accounts", "description": "Accounts and devices."},
        {"name": "reminders", "description": "What is due, and what was seen."},
        {"name": "coaching", "description": "Teams, consent, and what a coach may see."},
    ],
    "SCHEMA_PATH_PREFIX": "/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "ENUM_NAME_OVERRIDES": {
        "ChannelEnum": ["apns", "fcm", "webpush"],
        "ConsentChannelEnum": "apps.coaching.models.ConsentGrant.Channel",
        "SharedCategoryEnum": "apps.coaching.api.serializers.CATEGORY_CHOICES",
        "AttentionEnum": "apps.coaching.api.serializers.GROUPS",
        "ReminderTopicEnum": "apps.reminders.topics.TOPIC_KEYS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.tidying.tidy",
        "config.openapi.feed.add_feed",
        "config.openapi.reading.add_reading",
        "config.openapi.uploads.add_uploads",
        "config.openapi.problems.add_problems",
    ],
}
