"""Which pages may open a stream that a cookie opens: this service's own, and no others."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.conf import settings

from apps.common.errors import AppError
from apps.sync.live.kinds import Header


class CrossSite(AppError):
    """Only this service's own pages may ask this."""

    code: ClassVar[str] = "cross-site"
    status: ClassVar[int] = 403
    is_of_api: ClassVar[bool] = False


def check_origin(headers: Mapping[bytes, bytes]) -> None:
    """Let a request through that no other site's page made. Raises ``CrossSite``.

    Browsers say so by ``Sec-Fetch-Site``, on addresses they trust. Without it the cookie's
    ``SameSite`` and the rule that other origins can not read the answer remain.
    """
    origin = headers.get(b"origin")
    if origin is not None and not _is_ours(origin):
        raise CrossSite
    site = headers.get(b"sec-fetch-site", b"same-origin")
    # Where the processes have ports of their own, the page's origin is another one of this site.
    if site != b"same-origin" and not (site == b"same-site" and origin is not None):
        raise CrossSite


def allow_headers(headers: Mapping[bytes, bytes]) -> Sequence[Header]:
    """Return what lets this service's pages read an answer of another port, with the cookie."""
    origin = headers.get(b"origin")
    if origin is None or not _is_ours(origin):
        return ((b"vary", b"Origin"),)
    return (
        (b"vary", b"Origin"),
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
    )


def _is_ours(origin: bytes) -> bool:
    return origin.decode("latin-1") in settings.CSRF_TRUSTED_ORIGINS
