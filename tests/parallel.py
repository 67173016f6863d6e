"""Which tests one worker of a parallel run plays one after the other, and what is begun first.

A module stays with one worker, so that what its fixtures start is started once. So do modules
that start the same servers or are about the same people. What takes longest is begun first, so
that no worker is left alone with it at the end.

Groups are named here and not by marks: the process that shares out knows only where tests are.
"""

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# The longest first. A module is of the first group that names it or a folder above it; one that
# is long is a group by itself, so that it is not the last to begin.
GROUPS = {
    "matrix": ("tests/apps/matrix/",),
    "webapp": ("tests/apps/webapp/",),
    "cluster": ("tests/machine/", "tests/faults/test_cuts.py", "tests/faults/test_restores.py"),
    "stack": ("tests/stack/",),
    "stream": (
        "tests/apps/coaching/test_large_team.py",
        "tests/apps/coaching/test_live.py",
        "tests/apps/sync/test_stream.py",
        "tests/phone/test_stream.py",
    ),
    "live pages": ("tests/apps/coaching/test_live_page.py",),
    "board": (
        "tests/apps/coaching/test_board.py",
        "tests/apps/coaching/test_board_acts.py",
        "tests/apps/coaching/test_read_out.py",
        "tests/apps/coaching/test_walk.py",
    ),
    "permissions": ("tests/contract/test_permissions.py",),
    "nudges": ("tests/nudges/",),
    "uploads": ("tests/apps/uploads/",),
    "rebuilds": ("tests/apps/insights/test_rebuild.py",),
    "phone": ("tests/phone/", "tests/interop/"),
    "embedded": ("tests/config/test_embedded.py",),
    "purging": ("tests/apps/sync/test_purging.py",),
    "vectors": ("tests/backend/test_science_vectors.py",),
    "mutants": ("tests/faults/test_mutants.py",),
}


def group_of(nodeid: str) -> str:
    """Return the name of the group that a test belongs to, else its module."""
    module = nodeid.partition("::")[0]
    for name, places in GROUPS.items():
        if module.startswith(places):
            return name
    return module


class Sharing(LoadScopeScheduling):  # type: ignore[misc] # xdist comes without types
    """Gives each worker one group or module after the other, in the order of this file."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        first = next((name for name in GROUPS if name in self.workqueue), None)
        if first is not None:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
