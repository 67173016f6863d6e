"""Wake-up by server-sent events: the one part of the service that is asynchronous.

One process holds many idle streams. Each is told where its feeds stand, never what is in them:
`hub` keeps the newest heads, `announcements` hears of changes, `database` reads what was missed.
"""
