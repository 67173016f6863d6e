"""How views become operations. Imported with DRF itself, so it imports nothing of the apps that does."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from apps.integrations.scopes import SCOPES
from config.openapi import structs

TAG_BY_APP = {"integrations": "read"}
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# What an operation refuses beside what any of its kind does; tests/contract/holding.py finds more.
REFUSALS: dict[str, frozenset[int]] = {
    "auth_sign_in": frozenset({401}),
    "devices_describe": frozenset({404}),
    "coaching_accept_invitation": frozenset({404, 409}),
    "coaching_ask_guardian": frozenset({404, 409}),
    "coaching_join_team": frozenset({404}),
    "coaching_team_panel": frozenset({400}),
    "coaching_team_panel_file": frozenset({400}),
    **dict.fromkeys(
        (
            "auth_sign_up",
            "coaching_change_note",
            "coaching_delete_note",
            "coaching_invite",
            "coaching_mark",
            "coaching_narrow_grant",
            "coaching_pause_grant",
            "coaching_propose_reminder",
            "coaching_remove_coach",
            "coaching_renew_grant",
            "coaching_resume_grant",
            "coaching_undo_mark",
            "coaching_write_note",
            "inbox_answer",
            "inbox_mark_seen",
            "preferences_change",
            "reminder_wishes_add",
            "reminder_wishes_change",
            "reminder_wishes_delete",
        ),
        frozenset({409}),
    ),
}
OF_THE_DOOR = frozenset({414, 431})  # any address, any headers
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Made up for this request; a repeat under it within a day gets the first answer "
    "again, with `Idempotency-Replayed: true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


class Schema(AutoSchema):
    """Adds to every operation the refusals any such operation can answer with."""

    def get_tags(self) -> list[str]:
        """Return the part of the API an operation belongs to."""
        app = type(self.view).__module__.split(".")[1]
        return [TAG_BY_APP.get(app, app)]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with its problems."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for status, response in operation["responses"].items():
            response["description"] = response.get("description") or HTTPStatus(int(status)).phrase
        statuses = {406, 429, 503, *REFUSALS.get(operation["operationId"], ())}
        if operation.get("security") == [{}]:  # how a view says: nobody in particular
            operation["security"] = []
        if operation.get("security"):
            statuses |= {401, 403}
        if "{" in self.path:
            statuses.add(404)
        if self.method in WITH_BODY and "requestBody" in operation:
            statuses |= {400, 413, 415, 422}
        if any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
            statuses.add(422)
        if getattr(getattr(self.view, self.method.lower()), "takes_key", False):
            operation["parameters"] = [*operation.get("parameters", ()), KEY]
            statuses.add(409)
        add_problem_responses(operation, statuses)
        return operation


def add_problem_responses(operation: dict[str, Any], statuses: set[int]) -> None:
    """Name the shared problem responses, unless the view documents a status itself."""
    responses = operation["responses"]
    for status in sorted(statuses | OF_THE_DOOR):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    operation["responses"] = dict(sorted(responses.items()))


class StructExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # untyped base
    """Lets views name msgspec structs as their answers."""

    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Any) -> str:
        """Return the struct's own name."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        """Return the struct's schema, and register those it refers to."""
        components = structs.components([self.target], sent=True)
        schema: dict[str, Any] = components.pop(self.target.__name__)
        for name, sub_schema in components.items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]  # untyped package
                name=name, type=ResolvedComponent.SCHEMA, object=name, schema=sub_schema
            )
            auto_schema.registry.register_on_missing(component)
        return schema


class DeviceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """A phone's token."""

    target_class = "apps.accounts.api.authentication.DeviceTokenAuthentication"
    name = "deviceToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The `access_token` a phone got at sign-in.",
        }


class ReaderScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """A phone's token, or a third party's with the view's scope."""

    target_class = "apps.integrations.api.authentication.ReaderAuthentication"
    name = "oauth2"

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """Return the two ways in; the phone's is described where phones are alone."""
        scope: str = getattr(auto_schema.view, "scope", "")
        return [{"deviceToken": []}, {"oauth2": [scope]}]

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the authorization code flow."""
        flow = {
            "authorizationUrl": "/o/authorize",
            "tokenUrl": "/o/token",
            "refreshUrl": "/o/token",
            "scopes": SCOPES,
        }
        return {
            "type": "oauth2",
            "flows": {"authorizationCode": flow},
            "description": "Authorization code with PKCE (S256); see docs/integrators.md.",
        }
