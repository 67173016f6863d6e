"""Records others make in a person's feed: who may write which field of them."""

from backend.feed import bodies
from backend.feed.judging import Refused
from backend.feed.state import Version
from backend.feed.wire import Op
from backend.records import RecordType


def check_author(op: Op, kind: RecordType, current: Version | None, *, by_other: bool) -> None:
    """Refuse what is not its author's to write, of a type that others make.

    They write every field but the answers, the owner the answers alone. Both may delete such a
    record, and the owner may bring back what they deleted. A replay of the owner's is taken where
    nothing stands: what a restored server lost is theirs to give back.

    Raises ``Refused``.
    """
    if kind.answers is None:
        return
    if op.action == "put":
        if current is None and not by_other:
            raise Refused("forbidden", "/type")
        for name in sorted(bodies.changes_of(op)):
            if (name in kind.answers) == by_other:
                is_ours = name in kind.body.__struct_fields__  # what somebody made up is not told
                raise Refused("forbidden", f"/set/{name}" if is_ours else "/set")
    elif op.action == "restore" and bytes(op.set):
        raise Refused("forbidden", "/set")
    elif op.action == "replay" and current is not None:
        raise Refused("forbidden", "/id")
