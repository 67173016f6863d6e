"""Three-way merge of a record's fields: what was edited, what stands, what was sent.

Only one side changed a field: that side's value. Both changed it alike: fine. Both changed it
differently: a clash, reported whoever wins. Lists declared keyed merge element by element.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Raw

from backend.feed.wire import Clash
from backend.records.base import Fields, Keyed

Kept = Literal["stored", "sent"]
Changes = Mapping[str, Raw | None]  # None removes the field
Elements = dict[str, Fields]  # elements of a keyed list by uid, in order
_elements = msgspec.json.Decoder(list[Fields])
_uid = msgspec.json.Decoder(str)
NOTHING: Fields = {}


@dataclass(slots=True)
class Merge:
    """One record's merge; ``winner`` decides clashes, None leaves what is stored."""

    winner: Kept
    clashes: list[Clash] = field(default_factory=list)

    def fields(
        self,
        *,
        base: Fields | None,
        stored: Fields,
        changes: Changes,
        keyed: Keyed,
        path: str = "",
    ) -> Fields:
        """Return the merged fields; ``base`` is None when nobody knows it any more."""
        merged = dict(stored)
        for name, sent in changes.items():
            before = None if base is None else base.get(name)
            value = self._value(
                before=before,
                is_known=base is not None,
                stored=stored.get(name),
                sent=sent,
                inner=keyed.get(name),
                path=f"{path}/{_escaped(name)}",
            )
            if value is None:
                merged.pop(name, None)
            else:
                merged[name] = value
        return merged

    def _value(
        self,
        *,
        before: Raw | None,
        is_known: bool,
        stored: Raw | None,
        sent: Raw | None,
        inner: "Keyed | None",
        path: str,
    ) -> Raw | None:
        if same(stored, sent) or (is_known and same(before, sent)):
            return stored
        if is_known and same(before, stored):
            return sent
        if inner is not None:
            lists = [elements(before), elements(stored), elements(sent)]
            if None not in lists:
                base, ours, theirs = ({} if one is None else one for one in lists)
                merged = self._list(
                    base if is_known else None, ours, theirs, inner=inner, path=path
                )
                return Raw(msgspec.json.encode(list(merged.values())))
        return self._clash(path, stored, sent)

    def _list(
        self, base: Elements | None, stored: Elements, sent: Elements, *, inner: Keyed, path: str
    ) -> Elements:
        kept: Elements = {}
        for uid in {**stored, **sent}:
            element = self._element(
                None if base is None else base.get(uid, NOTHING),
                was_there=base is not None and uid in base,
                stored=stored.get(uid),
                sent=sent.get(uid),
                inner=inner,
                path=f"{path}/{_escaped(uid)}",
            )
            if element is not None:
                kept[uid] = element
        return {uid: kept[uid] for uid in _order(base or {}, stored, sent) if uid in kept}

    def _element(
        self,
        base: Fields | None,
        *,
        was_there: bool,
        stored: Fields | None,
        sent: Fields | None,
        inner: Keyed,
        path: str,
    ) -> Fields | None:
        """Return one element, None when it is gone; an edit wins over a removal."""
        if stored is not None and sent is not None:
            names = {**stored, **sent, **(base or {})} if base is not None else sent
            changes = {name: sent.get(name) for name in names}
            return self.fields(base=base, stored=stored, changes=changes, keyed=inner, path=path)
        standing, winner = (stored, "stored") if stored is not None else (sent, "sent")
        if not was_there:
            return standing  # added by one side
        if same(_raw(base), _raw(standing)):
            return None  # removed by one side, untouched by the other
        self.clashes.append(_told(path, _raw(stored), _raw(sent), winner))
        return standing

    def _clash(self, path: str, stored: Raw | None, sent: Raw | None) -> Raw | None:
        self.clashes.append(_told(path, stored, sent, self.winner))
        return sent if self.winner == "sent" else stored


def same(one: Raw | None, other: Raw | None) -> bool:
    """Return whether two values are the same; absent equals null, spelling does not matter."""
    left, right = (None if raw is None else bytes(raw) for raw in (one, other))
    if left == right:
        return True
    decode = msgspec.json.decode
    return _alike(None if left is None else decode(left), None if right is None else decode(right))


def elements(raw: Raw | None) -> Elements | None:
    """Return a keyed list's elements by uid; None when it is not such a list."""
    if raw is None or bytes(raw) == b"null":
        return {}
    try:
        found = _elements.decode(raw)
        by_uid = {_uid.decode(element["uid"]): element for element in found}
    except (msgspec.DecodeError, KeyError):
        return None
    return by_uid if len(by_uid) == len(found) else None


def _order(base: Elements, stored: Elements, sent: Elements) -> Sequence[str]:
    """Return the uids of both lists: in the order of whichever side moved them."""
    moved_none = [uid for uid in stored if uid in base] == [uid for uid in base if uid in stored]
    first, second = (sent, stored) if moved_none and base else (stored, sent)
    order = list(first)
    places = set(order)
    before: str | None = None
    for uid in second:
        if uid not in places:
            order.insert(order.index(before) + 1 if before is not None else 0, uid)
            places.add(uid)
        before = uid
    return order


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _raw(fields: Fields | None) -> Raw | None:
    return None if fields is None else Raw(msgspec.json.encode(fields))


def _told(path: str, stored: Raw | None, sent: Raw | None, kept: str | None) -> Clash:
    return Clash(
        path=path,
        kept=kept,
        stored=UNSET if stored is None else stored,
        sent=UNSET if sent is None else sent,
    )


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
