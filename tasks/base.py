"""How a job is made: by name, acknowledged late, retried with jitter, keyword-only JSON."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import Task, shared_task  # noqa: TID251 (the one place that registers tasks)

from apps.common.jobs import Job, begin

# Retries wait in the broker, so they must stay far below its visibility timeout (120 s).
RETRIES = 3
LONGEST_RETRY_S = 30


class InvalidJob(TypeError):
    """A job takes keyword-only arguments and swallows those of newer messages."""


def job(
    name: Job, *, retry_on: tuple[type[Exception], ...] = ()
) -> Callable[[Callable[..., None]], "Task[Any, None]"]:
    """Register a function as the job ``name``.

    The message is acknowledged after the work, so a killed worker's job runs again: a job
    must be safe to repeat. Errors of ``retry_on`` are tried again after a jittered pause; a
    row still says what is due when those tries end. Raises ``InvalidJob`` for a signature
    that an old worker could not call with a newer message.
    """

    def register(function: Callable[..., None]) -> "Task[Any, None]":
        _check_signature(function)

        @wraps(function)
        def run(**message: object) -> None:
            begin(name)
            function(**message)

        task: Task[Any, None] = shared_task(
            name=name.value,
            acks_late=True,
            reject_on_worker_lost=True,
            ignore_result=True,
            autoretry_for=retry_on,
            max_retries=RETRIES,
            retry_backoff=True,
            retry_backoff_max=LONGEST_RETRY_S,
            retry_jitter=True,
        )(run)
        return task

    return register


def _check_signature(function: Callable[..., None]) -> None:
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    by_keyword = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    if not set(kinds) <= by_keyword or inspect.Parameter.VAR_KEYWORD not in kinds:
        raise InvalidJob(f"{function.__name__}: want (*, ..., **_newer)")
