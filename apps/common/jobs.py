"""Names of background jobs, and how one is asked for: after commit, as a hint."""

import logging
from enum import StrEnum
from functools import cache

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from apps.common.breaker import Breaker

logger = logging.getLogger(__name__)
PAUSE_S = 5.0
PATIENCE_S = 0.2
UNDER_WAY_S = 5  # then a message counts as lost, or as long in coming
_broker = Breaker(pause_s=PAUSE_S)
_marks = Breaker(pause_s=PAUSE_S)


class Job(StrEnum):
    """Every job by the name that stands in messages; renaming one strands old messages."""

    RECOMPUTE = "insights.recompute"
    START_DAY = "insights.start_day"
    PURGE_TOMBSTONES = "sync.purge_tombstones"
    DELIVER_REMINDERS = "reminders.deliver"
    SWEEP_UPLOADS = "uploads.sweep"
    TELL_LOOKS = "coaching.tell_looks"
    TELL_CONSENTS = "coaching.tell_consents"


def wake(job: Job) -> None:
    """Tell a worker to look, once the surrounding transaction commits; never raises.

    The message carries nothing: a row says what is due, and beat finds it when this is lost.
    None is sent while one is under way, since whoever gets that one has yet to look.
    """
    transaction.on_commit(lambda: _publish(job), robust=True)


def begin(job: Job) -> None:
    """Note that a worker looks from now on: what comes later needs a message of its own.

    Asked even when Redis was away a moment ago: a mark that stays silences those who come next.
    """
    try:
        _redis(settings.REDIS_URL).delete(_mark(job))
    except RedisError:
        _marks.failed()
    else:
        _marks.worked()


def _publish(job: Job) -> None:
    if not _is_under_way(job) and not _send(job) and _marks.allows():
        begin(job)  # no message is under way


def _send(job: Job) -> bool:
    if not _broker.allows():
        return False
    try:
        current_app.send_task(job.value, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        _broker.failed()
        logger.warning("wake_lost", extra={"job": job.value})
        return False
    _broker.worked()
    return True


def _is_under_way(job: Job) -> bool:
    """Return whether a message is on its way; if not, one is from now on.

    To send one costs as much as the push that it follows. Whoever can not know sends one.
    """
    if not _marks.allows():
        return False
    try:
        is_first = _redis(settings.REDIS_URL).set(_mark(job), 1, nx=True, ex=UNDER_WAY_S)
    except RedisError:
        _marks.failed()
        return False
    _marks.worked()
    return not is_first


def _mark(job: Job) -> str:
    return f"under_way:{job.value}"


@cache
def _redis(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=PATIENCE_S,
        socket_timeout=PATIENCE_S,
        retry=Retry(NoBackoff(), 0),
    )
