"""The description itself, made once per process, and the addresses it is served from."""

import hashlib
import json
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import etag, require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView


@cache
def document() -> bytes:
    """Return the OpenAPI 3.1 document as JSON."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]  # its package is untyped here
    schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(schema, indent=1, ensure_ascii=False).encode() + b"\n"


def _etag(request: HttpRequest) -> str:
    return f'"{hashlib.sha256(document()).hexdigest()[:32]}"'


@require_safe
@etag(_etag)
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the description."""
    response = HttpResponse(document(), content_type="application/json")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    return response


api_docs = SpectacularSwaggerSplitView.as_view(
    url="/openapi.json", template_name="integrations/api_docs.html", title="Mechanostat API"
)
urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", api_docs, name="api-docs"),
]
