"""How tests are shared out among the workers of a parallel run."""

from argparse import Namespace
from dataclasses import dataclass, field
from typing import Any, cast

from tests.conftest import ROOT
from tests.parallel import GROUPS, Sharing, group_of

TESTS = [
    "tests/backend/test_days.py::TestDays::test_one",
    "tests/phone/test_sync.py::test_one",
    "tests/apps/webapp/test_shell.py::TestShell::test_one[stack/]",
    "tests/stack/test_story.py::TestKills::test_one[a::b]",
    "tests/backend/test_days.py::TestDays::test_two",
    "tests/interop/test_interop.py::test_one",
    "tests/test_words.py::test_one",
    "tests/apps/webapp/test_push.py::TestPush::test_one",
    "tests/stack/test_tour.py::test_one",
]


@dataclass(eq=False)
class Worker:
    """A worker's end of the wire: which tests it was told to play."""

    gateway: Namespace
    told: list[int] = field(default_factory=list)
    shutting_down: bool = False

    def send_runtest_some(self, indices: list[int]) -> None:
        """Take more tests."""
        self.told += indices

    def shutdown(self) -> None:
        """Take no more."""
        self.shutting_down = True


def played() -> list[list[str]]:
    """Return what each of two workers plays, in its order, when both are equally fast."""
    option = Namespace(loadscopereorder=True)
    config: Any = Namespace(option=option, getvalue={"tx": ["2*popen"]}.__getitem__)
    sharing, workers = Sharing(config), [Worker(Namespace(id=name)) for name in "ab"]
    for worker in workers:
        sharing.add_node(cast(Any, worker))
    for worker in workers:
        sharing.add_node_collection(cast(Any, worker), TESTS)
    sharing.schedule()
    for turn in range(len(TESTS)):
        for worker in workers:
            if turn < len(worker.told):
                sharing.mark_test_complete(cast(Any, worker), worker.told[turn])
    return [[TESTS[index] for index in worker.told] for worker in workers]


class TestSharing:
    def test_plays_every_test_once(self) -> None:
        assert sorted(test for tests in played() for test in tests) == sorted(TESTS)

    def test_leaves_a_group_with_one_worker_in_one_go(self) -> None:
        for tests in played():
            groups = [group_of(test) for test in tests]
            assert groups == sorted(groups, key=groups.index)
        one, other = ({group_of(test) for test in tests} for tests in played())
        assert not one & other

    def test_begins_with_the_longest(self) -> None:
        named = [
            [group for test in tests if (group := group_of(test)) in GROUPS] for tests in played()
        ]
        for tests, groups in zip(played(), named, strict=True):
            assert [group_of(test) for test in tests][: len(groups)] == groups
            assert groups == sorted(groups, key=list(GROUPS).index)


class TestGroups:
    def test_name_what_is_there(self) -> None:
        for places in GROUPS.values():
            for place in places:
                found = ROOT / place
                assert found.is_dir() if place.endswith("/") else found.is_file(), place

    def test_others_are_of_their_module(self) -> None:
        assert group_of("tests/test_words.py::test_one[tests/stack/]") == "tests/test_words.py"
