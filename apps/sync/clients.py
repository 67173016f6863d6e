"""Which app is asking, and whether it is still young enough to be served."""

from django.conf import settings

HEADER = "HTTP_MECHANOSTAT_CLIENT"  # as it stands in `request.META`
MAX_BUILD_DIGITS = 9


def missing_build(header: str) -> int | None:
    """Return the build a client must be updated to, or None when it may read.

    Args:
        header: ``app/platform/build`` as the client sent it. One that names no app with a
            minimum, or is not of this form, is nobody's old app.
    """
    client, _, build = header.rpartition("/")
    least: int | None = settings.MIN_CLIENT_BUILDS.get(client)
    if least is None or not (build.isascii() and build.isdigit()):
        return None
    return least if len(build) <= MAX_BUILD_DIGITS and int(build) < least else None
