"""Who looked at an athlete goes when the athlete's account does: all of it, or nothing."""

from uuid import UUID

from django.db import connection


def forget_access(athlete_id: UUID) -> int:
    """Delete a person's access log with its head; return of how many lines.

    Within the caller's transaction, acting as the athlete. Lines can not go one by one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coaching_forget_access(%s)", [athlete_id])
        (gone,) = cursor.fetchone()
    return int(gone)
