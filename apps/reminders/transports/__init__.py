"""Ways to nudge a person; the inbox is the truth, these only point there."""
