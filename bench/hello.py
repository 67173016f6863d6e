"""The bare web server: what a request costs before anything of ours runs."""

from collections.abc import Callable, Iterable

_BODY = b"hello"
_HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(_BODY)))]


def application(
    environ: dict[str, object], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Answer anything with five bytes."""
    start_response("200 OK", _HEADERS)
    return [_BODY]
