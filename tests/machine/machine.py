"""The state machine: phones, a hostile network, workers, an operator, in any order.

Each history ends in peace: everybody syncs until nothing moves, and every invariant is checked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from apps.coaching.categories import Category
from phone.wire import TYPES
from tests.machine import network as net
from tests.machine.asked import ASKED
from tests.machine.device import Device, Habits
from tests.machine.edits import EDITS, add_set, change_rating, delete, new_lab, new_workout
from tests.machine.history import Violated
from tests.machine.invariants import INVARIANTS
from tests.machine.others import i10_derived_truth, i14_least_privilege
from tests.machine.readers import Portion
from tests.machine.server import Server
from tests.machine.world import SHARED, World

CHECKS = (*INVARIANTS, *ASKED, i14_least_privilege, i10_derived_truth)
STATEMENTS = 14  # no sync sends more
MOST_DEVICES = 5

phones = st.integers(0, MOST_DEVICES - 1)
small = st.integers(0, 9)
edits = st.sampled_from(EDITS)
several = st.lists(st.tuples(edits, small, small), min_size=1, max_size=4)
faults = st.one_of(
    st.sampled_from(
        [net.LoseRequest(), net.LoseAnswer(), net.Twice(), net.Late(), net.CommitUnsent(),
         net.CommitUnheard()]
    ),
    st.integers(1, STATEMENTS).map(net.CutBefore),
)  # fmt: skip
clocks = st.sampled_from(
    [timedelta(), timedelta(), timedelta(hours=3), timedelta(days=-9_800), timedelta(days=4_300)]
)
OLDER = {**TYPES, "workout_session": 2, "lab_result": 1}
OLDEST = {**TYPES, "workout_session": 1, "lab_result": 1}
WITHOUT_LABS = {name: version for name, version in TYPES.items() if name != "lab_result"}
habits = st.builds(
    Habits,
    clock_ahead=clocks,
    page_rows=st.sampled_from([500, 500, 3, 1]),
    page_bytes=st.sampled_from([1_048_576, 1_048_576, 6_000, 2_500, 1]),
    max_ops=st.sampled_from([2_000, 2_000, 2, 1]),
    encoding=st.sampled_from([None, "zstd", "gzip", "identity"]),
    types=st.sampled_from([TYPES, TYPES, TYPES, WITHOUT_LABS, OLDER, OLDEST]),
)
portions = st.builds(
    Portion,
    rows=st.sampled_from([500, 500, 6, 3, 1]),
    size=st.sampled_from([1_048_576, 12_000, 5_000, 2_500, 800, 1]),
    way=st.sampled_from(["page", "lines", "sync", "sync"]),
    types=st.sampled_from([(), (), ("workout_session",), ("lab_result", "workout_session")]),
)


@dataclass
class Tally:
    """What was really played, for the report."""

    histories: int = 0
    steps: int = 0
    requests: int = 0
    faults: int = 0
    restores: int = 0
    crashes: int = 0
    forks: int = 0
    ops: int = 0
    violations: list[str] = field(default_factory=list)


class SyncMachine(RuleBasedStateMachine):
    """One history; ``server`` and ``tally`` are set by whoever plays it."""

    server: ClassVar[Server]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.server)
        self.is_over = False

    def device(self, number: int) -> Device:
        """Return a phone by a number of any size."""
        return self.world.devices[number % len(self.world.devices)]

    @initialize(each=st.lists(habits, min_size=2, max_size=3), ends=st.integers(0, 5))
    def begin(self, each: list[Habits], ends: int) -> None:
        """Sign two or three phones in. Some histories will end with a restore."""
        for one in each:
            self.world.add_device(one)
        self.wants_restore = ends == 2

    # People and phones

    @rule(who=phones, edit=edits, which=small, value=small)
    def edit(self, who: int, edit: Any, which: int, value: int) -> None:
        self.play(lambda: self.world.edit(self.device(who), edit, which, value))

    @rule(who=phones, several=several)
    def edit_much(self, who: int, several: list[tuple[Any, int, int]]) -> None:
        def go() -> None:
            for edit, which, value in several:
                self.world.edit(self.device(who), edit, which, value)

        self.play(go)

    @rule(one=phones, other=phones, several=several)
    def edit_apart(self, one: int, other: int, several: list[tuple[Any, int, int]]) -> None:
        """Two phones edit the same things without hearing of each other, then both sync."""

        def go() -> None:
            pair = [self.device(one), self.device(other)]
            for device in pair:
                for edit, which, value in several:
                    self.world.edit(device, edit, which, value + (device is pair[0]))
            for device in pair:
                self.world.sync(device)

        self.play(go)

    @rule(who=phones, befalls=st.lists(st.one_of(st.none(), faults), max_size=4))
    def sync(self, who: int, befalls: list[net.Fault | None]) -> None:
        self.play(lambda: self.world.sync(self.device(who), *befalls))

    @rule(who=phones, fault=st.one_of(st.none(), faults))
    def send(self, who: int, fault: net.Fault | None) -> None:
        """Make one round trip, and perhaps something befalls it."""

        def go() -> None:
            self.world.ask(self.device(who), fault)
            self.world.hear(self.device(who))

        self.play(go)

    @rule(who=phones, fault=faults)
    def edit_and_send(self, who: int, fault: net.Fault) -> None:
        def go() -> None:
            self.world.edit(self.device(who), EDITS[0], 0, 1)
            self.world.ask(self.device(who), fault)
            self.world.hear(self.device(who))

        self.play(go)

    @rule(who=phones, hears=st.booleans())
    def send_and_wait(self, who: int, hears: bool) -> None:
        """Send and let the answer hang in the air, or take in what hangs there."""
        device = self.device(who)
        self.play(lambda: self.world.hear(device) if hears else self.world.ask(device))

    @rule(one=phones, other=phones)
    def send_at_once(self, one: int, other: int) -> None:
        chosen = [self.device(one), self.device(other)]
        if chosen[0] is not chosen[1]:
            self.play(lambda: self.world.at_once(chosen))

    @rule(
        who=phones,
        what=st.sampled_from(
            ["dies", "restarts", "backs up", "goes back", "clones", "clock jumps", "is updated"]
        ),
        after=st.integers(1, 40),
    )
    def live(self, who: int, what: str, after: int) -> None:
        """What befalls phones: they die while storing, are backed up, put back, cloned."""

        def go() -> None:
            device, world = self.device(who), self.world
            match what:
                case "dies":
                    world.dies(device, after)
                case "restarts":
                    device.restart()
                case "backs up":
                    device.save_backup()
                case "goes back":
                    world.put_back(device)
                case "clones" if len(world.devices) < MOST_DEVICES:
                    world.clone(device)
                case "clock jumps":
                    device.set_clock(timedelta(days=after - 20))
                case "is updated":
                    device.show_or_hide("lab_result")
            world.history.note(f"{device.name}: {what}")

        self.play(go)

    # The network

    @precondition(lambda self: self.world.network.sent)
    @rule(which=st.integers(0, 99))
    def old_request_arrives(self, which: int) -> None:
        """A request that was held back arrives, or any old one once more."""

        def go() -> None:
            if self.world.network.limbo:
                self.world.network.let_go(which)
            else:
                self.world.network.repeat(which)
            self.world.history.note("an old request arrives")

        self.play(go)

    @rule(start=small, portion=portions, pages=st.integers(1, 4), is_coach=st.booleans())
    def look(self, start: int, portion: Portion, pages: int, is_coach: bool) -> None:
        """Somebody pulls some pages: the athlete's own reader, or a coach several feeds."""
        reader = self.world.coach if is_coach else self.world.reader
        self.play(lambda: reader.look(start=start, portion=portion, pages=pages))

    @rule(which=small, value=small, befalls=st.lists(st.one_of(st.none(), faults), max_size=3))
    def report(self, which: int, value: int, befalls: list[net.Fault | None]) -> None:
        """A laboratory pushes results and asks what became of them when it heard nothing."""
        self.play(lambda: self.world.report(which, value, *befalls))

    # What athlete and operator decide

    @rule(who=small, categories=st.sampled_from([(), SHARED[:1], SHARED[1:], SHARED]))
    def share(self, who: int, categories: tuple[Category, ...]) -> None:
        athletes = self.world.coach.athletes
        self.play(lambda: self.world.share(athletes[who % len(athletes)], categories))

    @rule(types=st.sampled_from([(), (), ("lab_result",), ("workout_session", "lab_result")]))
    def pause_types(self, types: tuple[str, ...]) -> None:
        """The server wants ops of some types later, or takes all again."""

        def go() -> None:
            self.server.pause_types(types)
            self.world.history.note(f"ops of {types} are wanted later")

        self.play(go)

    # Workers

    @rule(is_slow=st.booleans(), which=small)
    def recompute(self, is_slow: bool, which: int) -> None:
        """A worker does its work; a slow one computes now and publishes some time later."""

        def go() -> None:
            if not is_slow:
                self.server.recompute()
                told = "a worker brings everybody up to date"
            elif self.server.halfway:
                told = f"a slow worker publishes: {self.server.finish_recompute(which)}"
            else:
                self.server.let_time_pass()
                told = f"a slow worker computes: {self.server.begin_recompute()}"
            self.world.history.note(told)

        self.play(go)

    # The operator

    @precondition(lambda self: self.wants_restore and self.world.restores < 2)
    @precondition(lambda self: self.server.backup is None)
    @rule()
    def back_server_up(self) -> None:
        self.server.back_up()
        self.world.history.note("the server is backed up")

    @precondition(lambda self: self.server.backup is not None)
    @rule(which=small)
    def mark_or_restore(self, which: int) -> None:
        """Name the moment; sooner or later go back to the backup or to a moment named."""

        def go() -> None:
            if which < 7 and len(self.server.marks) < 3:
                self.server.mark()
                self.world.history.note(f"the server is at {self.server.marks[-1]}")
            else:
                self.restore(which)

        self.play(go)

    @rule(who=phones, what=st.sampled_from(["crash", "erase", "purge", "purge", *[None] * 6]))
    def rare(self, who: int, what: str | None) -> None:
        """PostgreSQL is killed while it commits; the feed is erased; or all goes well."""

        def go() -> None:
            if what == "erase":
                self.world.erase()
                return
            if what == "purge":
                self.world.purge(timedelta(days=401 if who % 2 else 0))
                return
            self.world.edit(self.device(who), EDITS[0], 0, 1)
            self.world.ask(self.device(who), net.CrashAtCommit() if what == "crash" else None)
            self.world.hear(self.device(who))

        self.play(go)

    def restore(self, which: int) -> None:
        """Restore the server to its backup or to a mark made since."""
        points = [None, *self.server.marks]
        self.world.restore(points[which % len(points)])

    def go_on(self) -> None:
        """Do a little everyday work, so that there is something for a restore to take."""
        for number, edit in enumerate((new_workout, change_rating, new_lab, delete, add_set)):
            device = self.device(number)
            self.world.sync(device)
            self.world.edit(device, edit, number, number)
            self.world.sync(device)

    def play(self, step: Callable[[], object]) -> None:
        """Do one step, then look at what must hold between any two."""
        try:
            step()
            self.world.watch()
        except BaseException:
            self.is_over = True
            raise

    def teardown(self) -> None:
        """Make peace and check everything."""
        tally, world = self.tally, self.world
        try:
            if not self.is_over and world.devices:
                if self.wants_restore:
                    if self.server.backup is None:
                        self.server.back_up()
                    self.go_on()
                    self.restore(len(world.history.lines))
                world.settle()
                for check in CHECKS:
                    check(world)
        except Violated as violated:
            tally.violations.append(violated.promise)
            raise
        finally:
            tally.histories += 1
            tally.steps += len(world.history.lines)
            tally.requests += world.network.requests
            tally.faults += world.network.faults
            tally.restores += world.restores
            tally.forks += world.ledger.forks
            tally.ops += len(world.ledger.ops)
            tally.crashes = self.server.cluster.crashes
            world.close()
