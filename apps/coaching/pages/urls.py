"""Addresses of the pages about sharing."""

from django.urls import path

from apps.coaching.pages import acts, athlete, board, coach, notes

urlpatterns = [
    path("coach", coach.teams, name="coach"),
    path("coach/teams/<uuid:team_id>", board.team, name="coach-team"),
    path("coach/teams/<uuid:team_id>/invite", coach.team_invite, name="coach-invite"),
    path(
        "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>",
        board.athlete,
        name="coach-athlete",
    ),
    *(
        path(
            f"coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/{name}",
            view,
            name=f"coach-{name}",
        )
        for name, view in (
            ("review", acts.review),
            ("snooze", acts.snooze),
            ("nudge", acts.nudge),
            ("undo", acts.undo),
            ("note", acts.note),
        )
    ),
    path("me/sharing", athlete.sharing, name="sharing"),
    path("me/sharing/<uuid:grant_id>/narrow", athlete.narrow, name="sharing-narrow"),
    path("me/sharing/<uuid:grant_id>/end", athlete.end, name="sharing-end"),
    path("me/notes/<uuid:note_id>/answer", notes.answer, name="page-note-answer"),
    path("invitations", athlete.enter_code, name="invitation-code"),
    path("invitations/<str:secret>", athlete.invitation, name="invitation-page"),
]
