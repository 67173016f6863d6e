"""One verb each: open a team, invite, consent, narrow, end, look."""
