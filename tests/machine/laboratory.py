"""A sender without a copy: it pushes results, and asks what became of them when no answer came."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from phone import record_id
from tests.machine.device import Session
from tests.machine.edits import lab_body
from tests.machine.history import History
from tests.machine.network import Fault, Network
from tests.machine.texts import text

ATHLETE = "http://testserver/v1/athletes/me"
PATIENCE = 20


@dataclass
class Laboratory:
    """Pushes ops by `/ops`, packed as zstd, its letters escaped now and then."""

    network: Network
    session: Session
    history: History
    name: str = "laboratory"
    pending: list[dict[str, Any]] = field(default_factory=list)
    epoch: str | None = None

    def __post_init__(self) -> None:
        self._http: httpx2.Client = self.network.client(self.name, "zstd")

    def report(self, which: int, value: int, count: int) -> None:
        """Have results ready to be sent; the same ones again under a new version now and then."""
        for number in range(count):
            sample = f"order-{(which + number) % 4}"
            source = {"system": self.name, "external_id": sample, "version": value}
            body = lab_body(self.session.athlete, which + number, value)
            self.pending.append(
                {
                    "op": str(uuid4()), "type": "lab_result", "action": "put", "base": None,
                    "id": str(record_id(self.session.athlete, "lab_result", self.name, sample)),
                    "schema": 2,
                    "set": {**body, "note": text(which + number, value % 7), "source": source},
                }
            )  # fmt: skip

    def push(self, *faults: Fault | None) -> bool:
        """Send what is pending, and send again only what the server does not know.

        False when no answer came for long.
        """
        with self.network.ordered(self.name, *faults):
            for attempt in range(PATIENCE):
                if attempt and not self._leave_out_known():
                    continue
                if self._push():
                    return True
        return False

    def known(self, ops: Sequence[str]) -> dict[str, dict[str, Any]] | None:
        """Return what the server says of ops; None when it does not answer."""
        answer = self._post("/ops/lookup", {"ops": list(ops)})
        if answer is None or answer.status_code == 503:
            return None
        if answer.status_code == 404:
            return {}
        assert answer.status_code == 200, answer.text
        return {told["op"]: told for told in answer.json()["ops"]}

    def forget(self) -> None:
        """Throw away what was not sent, and which life of the feed it was for."""
        self.pending.clear()
        self.epoch = None

    def _push(self) -> bool:
        asked = {"protocol": 1, "request": str(uuid4()), "ops": self.pending, "epoch": self.epoch}
        answer = self._post("/ops", asked)
        if answer is None or answer.status_code == 503:
            return False
        if answer.status_code == 409:
            self.forget()
            return True
        assert answer.status_code == 200, answer.text
        told = answer.json()
        self.epoch = told["epoch"]
        later = {result["op"] for result in told["results"] if result["status"] == "deferred"}
        self.pending = [op for op in self.pending if op["op"] in later]
        return True

    def _leave_out_known(self) -> bool:
        """Forget what the server has got; False when it does not say."""
        known = self.known([op["op"] for op in self.pending])
        if known is None:
            return False
        self.pending = [op for op in self.pending if op["op"] not in known]
        return True

    def _post(self, path: str, asked: dict[str, Any]) -> httpx2.Response | None:
        # Each laboratory in one way, always: an op sent again is sent in the same bytes.
        content = json.dumps(asked, ensure_ascii=self.session.device.int % 2 == 0).encode()
        try:
            return self._http.post(
                ATHLETE + path,
                content=content,
                headers={
                    "Authorization": f"Bearer {self.session.token}",
                    "Content-Type": "application/json",
                },
            )
        except httpx2.TransportError:
            return None
