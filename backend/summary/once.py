"""What several rules ask, worked out once."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Unchanging(Protocol):
    """What never changes while it lives, and holds what was worked out of it."""

    @property
    def worked_out(self) -> dict[object, Any]:
        """What `once` keeps."""


About = TypeVar("About", bound=Unchanging)


def once(
    work: Callable[Concatenate[About, Asked], Answer],
) -> Callable[Concatenate[About, Asked], Answer]:
    """Have a rule that several ask worked out once for what it is about, and each question.

    Callers share the answer, so none of them may change it.
    """

    @wraps(work)
    def remembered(about: About, /, *asked: Asked.args, **named: Asked.kwargs) -> Answer:
        known, key = about.worked_out, (work, asked, *named.items())
        if key not in known:
            known[key] = work(about, *asked, **named)
        answer: Answer = known[key]
        return answer

    return remembered
