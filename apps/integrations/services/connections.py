"""An athlete ends a third party's access; what has ended is forgotten."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from oauth2_provider.models import (
    clear_expired,
    get_access_token_model,
    get_grant_model,
    get_refresh_token_model,
)

from apps.integrations.models import CodeExchange


@transaction.atomic
def disconnect(*, athlete_id: UUID, client_id: str) -> bool:
    """End a client's access to this athlete; return whether there was any."""
    owned = {"user_id": athlete_id, "application__client_id": client_id}
    deleted = sum(
        model().objects.filter(**owned).delete()[0]
        for model in (get_refresh_token_model, get_access_token_model, get_grant_model)
    )
    return bool(deleted)


def forget_ended(*, now: datetime) -> None:
    """Delete tokens that can not be used any more, and code digests past any use."""
    clear_expired()
    oldest = now - timedelta(days=2 * settings.OAUTH_CONNECTION_DAYS)
    CodeExchange.objects.filter(exchanged_at__lt=oldest).delete()
