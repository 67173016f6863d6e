"""What django-oauth-toolkit leaves open of RFC 9700: reused codes, races, an absolute age."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from oauth2_provider.models import (
    get_refresh_token_model,
)
from oauth2_provider.oauth2_validators import (
    OAuth2Validator,
)
from oauthlib.oauth2.rfc6749.errors import (  # type: ignore[import-untyped]  # ships no types
    InvalidGrantError,
)

from apps.integrations.models import CodeExchange
from apps.integrations.tokens import checksum, code_digest


class ThirdPartyValidator(OAuth2Validator):  # type: ignore[misc]  # the base has no types
    """One use per code, one successor per refresh token, and an end to every family."""

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Return whether the code is good; a second use ends what the first one issued."""
        used = CodeExchange.objects.filter(code_digest=code_digest(code)).first()
        if used is not None:
            get_refresh_token_model().revoke_family(used.token_family)
            return False
        good = super().validate_code(client_id, code, client, request, *args, **kwargs)
        return bool(good and request.user.is_active)

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Return whether the token is good and neither its person nor its family has ended."""
        if not super().validate_refresh_token(refresh_token, client, request, *args, **kwargs):
            return False
        family = request.refresh_token_instance.token_family
        oldest = timezone.now() - timedelta(days=settings.OAUTH_CONNECTION_DAYS)
        is_young = CodeExchange.objects.filter(token_family=family, exchanged_at__gt=oldest)
        if request.user.is_active and is_young.exists():
            return True
        get_refresh_token_model().revoke_family(family)
        return False

    def _save_bearer_token(
        self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Store the pair; the loser of two parallel exchanges gets ``invalid_grant``."""
        if request.grant_type == "refresh_token":
            held = get_refresh_token_model().objects.select_for_update()
            if held.get(pk=request.refresh_token_instance.pk).revoked is not None:
                raise InvalidGrantError(request=request)
        super()._save_bearer_token(token, request, *args, **kwargs)
        if request.grant_type == "authorization_code":
            self._use_up(request.code, token["refresh_token"], request)

    def _use_up(self, code: str, refresh_token: str, request: Any) -> None:
        issued = get_refresh_token_model().objects.get(token_checksum=checksum(refresh_token))
        try:
            CodeExchange.objects.create(
                code_digest=code_digest(code),
                token_family=issued.token_family,
                exchanged_at=timezone.now(),
            )
        except IntegrityError as error:  # another request was first; its pair stands
            raise InvalidGrantError(request=request) from error
