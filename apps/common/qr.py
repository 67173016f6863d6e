"""Pictures of addresses for a phone's camera."""

import io
from functools import lru_cache

import segno


@lru_cache(maxsize=4)
def qr_svg(address: str) -> bytes:
    """Return an address as a QR code, dark on light in every colour scheme."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", dark="#15202b", light="#ffffff", border=3, scale=4, xmldecl=False
    )
    return drawn.getvalue()


def qr_data_uri(address: str) -> str:
    """Return the same as the source of an image, for an address that is shown once."""
    made = segno.make(address, error="m", micro=False)
    return str(made.svg_data_uri(dark="#15202b", light="#ffffff", border=3, scale=4))
