"""The models as a calculator: for researchers and integrators, nothing is stored."""

from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from apps.common.answers import answer, has_tag
from apps.common.errors import NotFound
from apps.common.limits import limit_attempts
from apps.common.methods import ApiView
from apps.insights.api.model_answers import ModelList, ModelQuestion, ModelRun, entry
from apps.sync.api import wire
from backend.models import REGISTRY, compute
from backend.summary import ALGORITHM_VERSION

OPEN: Any = [{}]  # in OpenAPI: nobody in particular


class ModelListView(ApiView):
    """Which models there are; the same for everybody."""

    authentication_classes: Any = []
    permission_classes: Any = []

    @extend_schema(
        operation_id="models_list",
        tags=["models"],
        auth=OPEN,
        responses={200: ModelList, 304: OpenApiResponse(description="Not changed.")},
    )
    def get(self, request: Request) -> HttpResponse:
        """List every model with its inputs, outputs, units, evidence and citation."""
        body, tag = _listed()
        if has_tag(_plain(request), tag):
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(body, content_type="application/json")
        response["ETag"] = tag
        response["Cache-Control"] = "public, max-age=3600"
        return response


class ModelRunView(ApiView):
    """One model, run on what is sent."""

    authentication_classes: Any = []
    permission_classes: Any = []

    @extend_schema(
        operation_id="models_run",
        tags=["models"],
        auth=OPEN,
        request=ModelQuestion,
        responses={200: ModelRun},
    )
    def post(self, request: Request, key: str) -> HttpResponse:
        """Run a model. An answer that is no number is an answer too: see ``status``."""
        limit_attempts("model", request.META.get("REMOTE_ADDR", ""))
        model = REGISTRY.get(key)
        if model is None:
            raise NotFound
        asked = wire.decode(wire.inflate(_plain(request)), ModelQuestion)
        return answer(ModelRun(key, model.version, compute(model, asked.inputs)))


@cache
def _listed() -> tuple[bytes, str]:
    models = tuple(entry(REGISTRY[key]) for key in sorted(REGISTRY))
    body = msgspec.json.encode(ModelList(ALGORITHM_VERSION, models))
    return body, f'"{sha256(body).hexdigest()[:32]}"'


def _plain(request: Request) -> HttpRequest:
    """Return Django's request, whose body nobody parsed yet."""
    plain: HttpRequest = request._request  # noqa: SLF001 (what DRF offers)
    return plain
