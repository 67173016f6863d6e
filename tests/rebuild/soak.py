"""One process of the long run: plays the histories of its seeds on a PostgreSQL of its own.

Says how far it is as JSON, one line each time; `tests.rebuild.__main__` starts some of these and
adds up.
"""

import sys
from dataclasses import asdict

from tests.machine.soak import say, stage

EVERY = 5  # histories between two reports


def main(seeds: list[int]) -> None:
    """Play the history of each seed; what differs is made as small as it gets and told."""
    with stage():
        from tests.rebuild.histories import Tally, made, play, shown, smallest

        tally = Tally()
        for number, seed in enumerate(seeds):
            steps = made(seed)
            try:
                play(steps, tally, seed=seed)
            except Exception:
                least, told = smallest(steps, seed)
                say(failed=seed, told=f"{shown(least)}\n{told}")
            if number % EVERY == 0:
                say(tally=asdict(tally))
        say(tally=asdict(tally))


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]])
