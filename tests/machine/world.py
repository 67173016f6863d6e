"""One history's world: an athlete with phones, somebody else beside, a server and a network."""

import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from apps.coaching.categories import Category
from phone import EpochChanged, FeedForked, NoAnswer, Unreachable
from tests.machine.coach import Coach
from tests.machine.device import Device, Habits, Session
from tests.machine.edits import Edit, secret
from tests.machine.history import History
from tests.machine.laboratory import Laboratory
from tests.machine.ledger import Ledger
from tests.machine.network import Fault, Network, asked_in
from tests.machine.readers import Reader
from tests.machine.server import FeedRow, Server, in_thread

ROUNDS = 12
SHARED = (Category.SESSIONS, Category.LABS)  # at first
SERVERS_OWN = 64  # types from this number on are the server's


@dataclass(frozen=True)
class Loss:
    """What a restore took: ``held`` is what each phone had, ``lost`` which ops went."""

    standing: dict[UUID, tuple[int, UUID]]
    known: frozenset[str]
    lost: frozenset[str]
    held: dict[str, dict[UUID, tuple[int, UUID]]]
    answered: dict[str, set[str]]


@dataclass
class World:
    """All that one history consists of."""

    server: Server
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ms-", dir=_place())))
    history: History = field(default_factory=History)
    devices: list[Device] = field(default_factory=list)
    reader: Reader = field(init=False)
    loss: Loss | None = None
    lost_in: dict[str, int] = field(default_factory=dict)  # op: the life that began without it
    restores: int = 0
    purged: int = 0
    _before: FeedRow | None = None

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.history)
        self.network = Network(self.server.app, self.ledger.observe, self.server.breaks)
        self.person = self.server.person()
        self.stranger = self.server.person()
        self.history.name(self.athlete, "athlete")
        own, foreign = (secret(p.athlete).encode() for p in (self.person, self.stranger))
        self.ledger.secret = foreign
        self.ledger.foreign = {"another laboratory": (own,), "coach": (own, foreign)}
        self.reader = Reader(self.network, self.server.session(self.person), self.history)
        self.laboratory = Laboratory(self.network, self.server.session(self.person), self.history)
        self.another = Laboratory(
            self.network, self.server.session(self.stranger), self.history, "another laboratory"
        )
        both = (self.athlete, self.stranger.athlete)
        self.coach = Coach(self.network, self.server.coach(), self.history, both)
        self.shared: dict[UUID, tuple[Category, ...]] = dict.fromkeys(both, SHARED)
        for athlete in both:
            self.server.share(athlete, SHARED)

    @property
    def athlete(self) -> UUID:
        """Whose feed it is."""
        return self.person.athlete

    def close(self) -> None:
        """Throw the phones away."""
        for device in self.devices:
            device.close()
        self.server.halfway.clear()
        self.server.drop_backup()
        self.server.pause_types(())
        self.server.part(self.coach.athletes)
        shutil.rmtree(self.folder, ignore_errors=True)

    def add_device(self, habits: Habits) -> Device:
        """Sign one more phone in."""
        name = "ABCDEFGH"[len(self.devices)]
        device = Device(
            name, self.folder / name, self.network, self.server.session(self.person), habits
        )
        self.devices.append(device)
        return device

    # What phones do

    def edit(self, device: Device, edit: Edit, which: int, value: int) -> None:
        """Let a person edit something, without any network."""
        told = edit(device, which, value)
        if told is None:
            return
        for pending in device.store.outbox():
            self.history.name(pending.op, f"{device.name}-op{len(self.history.names)}")
            self.history.name(pending.id, f"rec{len(self.history.names)}")
        self.history.note(f"{device.name} {told}")

    def ask(self, device: Device, fault: Fault | None = None) -> bool:
        """Let a phone send its next request; its answer stays in the air."""
        ops = [str(op.op) for op in device.store.outbox(max_ops=device.habits.max_ops)]
        with self.network.ordered(device.name, fault):
            is_heard = self._guarded(device, device.ask)
        self.history.note(f"{device.name} sends {ops} {fault or ''} -> heard: {is_heard}")
        return is_heard

    def hear(self, device: Device) -> None:
        """Let a phone take in the answer that is in the air."""
        if device.held is None:
            return
        is_taken = self._guarded(device, device.hear)
        self.history.note(f"{device.name} takes an answer in: {is_taken}")

    def at_once(self, chosen: list[Device]) -> None:
        """Let phones send at the same moment, over connections of their own."""
        failures: list[BaseException] = []
        barrier = threading.Barrier(len(chosen))

        def go(device: Device) -> Callable[[], None]:
            def work() -> None:
                try:
                    barrier.wait()
                    self._guarded(device, device.ask)
                except BaseException as error:
                    failures.append(error)

            return in_thread(work)

        threads = [threading.Thread(target=go(device)) for device in chosen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.history.note(f"{[device.name for device in chosen]} send at once")
        for failure in failures:
            raise failure
        for device in chosen:
            self.hear(device)

    def dies(self, device: Device, after: int) -> bool:
        """Let a phone die while it stores the answer that is in the air."""
        return self._guarded(device, lambda: device.hear_and_die(after))

    def put_back(self, device: Device) -> None:
        """Put a phone back to its own backup; what only it held is gone with it."""
        if device.backup is None:
            return
        device.restore_backup()
        if self.loss is not None:
            self.loss.held.pop(device.name, None)
            self.loss.answered.pop(device.name, None)
        self.history.note(f"{device.name} is put back to its backup")

    def clone(self, device: Device) -> None:
        """Set up a second phone from a copy of the first, identity included."""
        name = "ABCDEFGH"[len(self.devices)]
        self.devices.append(device.clone(name, self.folder / name))
        self.history.note(f"{device.name} is cloned to {name}")

    # What others do

    def report(self, which: int, value: int, *faults: Fault | None) -> None:
        """Let a laboratory push results, the athlete's or the stranger's."""
        sender = self.another if which == 0 else self.laboratory
        sender.report(which, value, count=1 + value % 3)
        is_heard = sender.push(*faults)
        self.history.note(f"{sender.name} reports {faults or ''} -> heard: {is_heard}")

    def share(self, athlete: UUID, categories: tuple[Category, ...]) -> None:
        """Let an athlete share more or less with the coach."""
        self.server.share(athlete, categories)
        self.shared[athlete] = categories
        self.history.note(f"{athlete} shares {[*map(str, categories)]} with the coach")

    def _guarded(self, device: Device, work: Callable[[], bool]) -> bool:
        """Do something that may find the feed erased, or forked, and act as the contract says."""
        try:
            return work()
        except EpochChanged:
            self.history.note(f"{device.name} hears that the feed was erased")
            device.held = None
            device.store.erase()
        except FeedForked:
            self.history.note(f"{device.name} hears that the feed forked")
            device.held = None
            device.store.fork()
        except (NoAnswer, Unreachable):
            pass
        return False

    # What the server suffers

    def restore(self, until: str | None) -> None:
        """Restore the server from its backup, and note who holds what it lost."""
        before = {str(row.op_id) for row in self.server.log(self.athlete)}
        self.server.restore(until)
        after = frozenset(str(row.op_id) for row in self.server.log(self.athlete))
        standing = {
            record: (row.rev, row.v)
            for record, row in self.server.records(self.athlete).items()
            if row.type_id < SERVERS_OWN
        }
        self.loss = Loss(
            standing=standing,
            known=after,
            lost=frozenset(before - after),
            held={device.name: device.versions() for device in self.devices},
            answered={device.name: device.answered() for device in self.devices},
        )
        self.restores += 1
        self.ledger.life += 1
        self.lost_in.update(dict.fromkeys(before - after, self.ledger.life))
        self.reader.lose_after(self.server.feed(self.athlete))
        for athlete in self.coach.athletes:
            self.coach.lose_after(athlete, self.server.feed(athlete))
            self.server.share(athlete, self.shared[athlete])
        self._before = None
        self.history.note(f"the server is restored ({until}): {len(self.loss.lost)} ops are lost")

    def erase(self) -> None:
        """Erase the athlete's feed."""
        self.server.erase(self.person.email)
        self.server.drop_backup()
        self.server.halfway.clear()
        self.ledger.forget_all()
        self.reader.forget()
        self.coach.forget(self.athlete)
        self.laboratory.forget()
        self.loss = self._before = None
        self.lost_in.clear()
        for sender, request in list(self.network.sent):
            if asked_in(request).get("epoch") is None:  # as good as a first sign-in's request
                self.network.sent.remove((sender, request))
                if (sender, request) in self.network.limbo:
                    self.network.limbo.remove((sender, request))
        self.history.note("the feed is erased")

    # Peace

    def settle(self) -> None:
        """Let everybody sync in peace until nothing moves any more."""
        self.server.pause_types(())
        while self.network.limbo:
            self.network.let_go(0)
        for laboratory in (self.laboratory, self.another):
            if laboratory.pending:
                laboratory.push()
        seen: object = None
        for _ in range(ROUNDS):
            self.server.let_time_pass()
            self.server.recompute()
            for device in self.devices:
                self.sync(device)
            now = (
                self.server.feed(self.athlete),
                [(device.store.place(), len(device.store.outbox())) for device in self.devices],
            )
            if now == seen:
                return
            seen = now
        raise self.history.broken("I1 convergence", f"nothing comes to rest: {now}")

    def sync(self, device: Device, *faults: Fault | None) -> None:
        """Let a phone sync to the end, whatever befalls its first requests."""
        device.held = None
        with self.network.ordered(device.name, *faults):
            self._guarded(device, lambda: device.phone.sync().complete)
        self.history.note(f"{device.name} syncs {faults or 'in peace'}")

    def purge(self, later: timedelta) -> None:
        """Purge tombstones."""
        gone = self.server.purge(self.athlete, later=later)
        self.purged += gone
        self.history.note(f"{gone} tombstones are purged, {later} later")

    def watch(self) -> None:
        """Check what must hold between any two steps."""
        if self.server.failures:
            raise self.history.broken("A recompute never fails", self.server.failures.pop())
        now = self.server.feed(self.athlete)
        before, self._before = self._before, now
        if before is None or now is None or before.epoch != now.epoch:
            return
        for name in ("head_seq", "input_seq", "derived_seq", "purge_floor"):
            if getattr(now, name) < getattr(before, name):
                raise self.history.broken("I10 derived truth", f"{name} fell: {before} -> {now}")
        if (now.head_seq == before.head_seq) != (now.head_mark == before.head_mark):
            raise self.history.broken("I16 no write, no head", f"{before} -> {now}")


def _place() -> Path | None:
    memory = Path("/dev/shm")  # noqa: S108 (a random name inside, private)
    return memory if memory.is_dir() else None


__all__ = ["Loss", "Session", "World"]
