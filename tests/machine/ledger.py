"""What passed between phones and server, and what every single answer must keep.

The ledger remembers each op as it was sent and the newest result that reached a phone; at the
end the server's log is held against it.
"""

from dataclasses import dataclass, field
from typing import Any

from backend.feed.cursor import decode
from tests.machine.history import History
from tests.machine.network import PUSHES, Exchange

FINAL = {"applied", "merged", "noop", "superseded", "conflict", "rejected", "blocked"}
KNOWN = FINAL | {"duplicate", "deferred"}
EXPECTED = {
    "outcome-unknown", "feed-busy", "overloaded", "feed-forked", "epoch-changed", "cursor-expired",
}  # fmt: skip


@dataclass(frozen=True)
class Reached:
    """A result that a phone heard, and in which life of the server (restores so far)."""

    outcome: str
    result: dict[str, Any]
    life: int


@dataclass
class Ledger:
    """Everything said so far. ``life`` counts the server's restores and erasures."""

    history: History
    life: int = 0
    ops: dict[str, dict[str, Any]] = field(default_factory=dict)
    actions: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    reached: dict[str, Reached] = field(default_factory=dict)
    first: dict[tuple[str, int], str] = field(default_factory=dict)
    secret: bytes = b""
    foreign: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    forks: int = 0

    def observe(self, exchange: Exchange) -> None:
        """Take in one exchange. Raises ``Violated`` for an answer that can never be.

        ``secret`` is somebody else's, ``foreign`` what some senders must not be told instead.
        """
        is_about_another = exchange.sender in self.foreign
        if exchange.path.endswith(PUSHES) and not is_about_another:
            for op in exchange.asked["ops"]:
                self._learn(op)
        self._check_refusal(exchange)
        self._check_secrets(exchange)
        if exchange.status != 200 or is_about_another:
            return
        if "results" in exchange.answer:
            self._check_results(exchange)
        if "page" in exchange.answer:
            self.exchanges.append(exchange)
            self._check_page(exchange)

    def forget_all(self) -> None:
        """Forget every op and result: the feed was erased."""
        self.ops.clear()
        self.actions.clear()
        self.groups.clear()
        self.reached.clear()
        self.life += 1

    def _learn(self, op: dict[str, Any]) -> None:
        self.actions.setdefault(op["op"], set()).add(op["action"])
        if op["action"] != "replay" or op["op"] not in self.ops:
            self.ops[op["op"]] = op
        if op.get("group"):
            self.groups.setdefault(op["group"], set()).add(op["op"])

    def _check_refusal(self, exchange: Exchange) -> None:
        code = exchange.answer.get("code") if exchange.status >= 400 else None
        self.forks += code == "feed-forked"
        is_unknown = exchange.status == 404 and not exchange.path.endswith(PUSHES)
        if exchange.status >= 400 and not is_unknown and code not in EXPECTED:
            raise self.history.broken(
                "Only refusals of the contract", f"{exchange.status} {exchange.body[:500]!r}"
            )

    def _check_secrets(self, exchange: Exchange) -> None:
        for secret in self.foreign.get(exchange.sender, (self.secret,)):
            if secret in exchange.body:
                raise self.history.broken(
                    "I14 least privilege", f"{exchange.sender} was sent another's {secret!r}"
                )

    def _check_results(self, exchange: Exchange) -> None:
        asked = [op["op"] for op in exchange.asked.get("ops", ())]
        results = exchange.answer.get("results", [])
        if [result["op"] for result in results] != asked:
            raise self.history.broken("One result per op, in order", f"{asked}: {results}")
        for result in results:
            self._check_result(exchange, result)

    def _check_result(self, exchange: Exchange, result: dict[str, Any]) -> None:
        outcome = result["was"] if result["status"] == "duplicate" else result["status"]
        if result["status"] not in KNOWN:
            raise self.history.broken("Statuses are those of the contract", str(result))
        if outcome not in FINAL:
            return
        first = self.first.setdefault((result["op"], self.life), outcome)
        if first != outcome:
            raise self.history.broken(
                "An op has one outcome for ever", f"{result['op']} was {first}, is {outcome}"
            )
        if exchange.heard:
            self.reached[result["op"]] = Reached(outcome, result, self.life)

    def _check_page(self, exchange: Exchange) -> None:
        answer = exchange.answer
        applied = {r["op"] for r in answer.get("results", ()) if r["status"] == "applied"}
        wanted = set(exchange.asked.get("want", ()))
        for row in answer["page"]["rows"]:
            if row.get("echo"):
                if row["v"] not in applied:
                    raise self.history.broken(
                        "An echo stands for an op applied by this very request",
                        f"{exchange.sender} was sent a stub of {row['id']} {row['v']}",
                    )
            elif not row.get("deleted") and "body" not in row:
                raise self.history.broken("A live row has a body", str(row))
            if row["seq"] > answer["witness"]["seq"]:
                raise self.history.broken("The witness is of the page's snapshot", str(row))
        rows = [row for row in answer["page"]["rows"] if row["id"] not in wanted]
        limits = exchange.asked.get("page", {})
        if len(rows) > limits.get("max_rows", len(rows)):
            raise self.history.broken("A page keeps its limits", f"{limits}: {len(rows)} rows")
        told = [row["seq"] for row in rows]
        if not _is_of_one_place(exchange.asked.get("cursor"), answer["page"]["cursor"]):
            return
        is_tail = answer["page"]["phase"] == "tail"
        if told != sorted(told, reverse=not is_tail):
            raise self.history.broken("Rows come in the feed's order", str(told))


def _is_of_one_place(asked: str | None, answered: str) -> bool:
    """Return whether all types of a page stood at the same place before and after it."""
    groups = [cursor.groups for cursor in map(decode, filter(None, (asked, answered))) if cursor]
    return all(len(group) == 1 for group in groups) and len({g[0].types for g in groups}) == 1
