"""One sender of nudges as a process of its own: waits for a line, sends what is due, tells."""

import json
import resource
import sys
from datetime import datetime

import django

django.setup()

from django.conf import settings  # noqa: E402

from apps.reminders.services.deliver import deliver_due  # noqa: E402


def main() -> None:
    """Send until nothing is due, once for each line that names the time."""
    for name, value in json.loads(sys.argv[1]).items():
        setattr(settings, name, value)
    say("ready")
    for line in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF)
        run = deliver_due(now=datetime.fromisoformat(line.strip()), budget_s=600)
        used = resource.getrusage(resource.RUSAGE_SELF)
        told = {
            "accepted": run.outcomes["accepted"],
            "cpu_s": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
            "rss_mb": used.ru_maxrss / 1e3,
        }
        say(json.dumps(told))


def say(line: str) -> None:
    """Tell whoever started this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
