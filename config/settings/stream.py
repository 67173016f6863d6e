"""How long streams live and how often the live process looks; see `apps.sync.live.stream.Pace`."""

from typing import Any

import environ


def pace(env: environ.Env) -> dict[str, Any]:
    """Return what the environment says; durations in seconds."""
    return {
        "lifetime_s": env.float("STREAM_LIFETIME", 600.0),
        "ping_s": env.float("STREAM_PING", 30.0),
        "check_s": env.float("STREAM_CHECK", 30.0),
        "poll_s": env.float("STREAM_POLL", 3.0),
        "per_device": env.int("STREAMS_PER_DEVICE", 4),
        "per_process": env.int("STREAMS_PER_PROCESS", 2_000),
    }
