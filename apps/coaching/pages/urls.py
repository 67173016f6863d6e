"""Addresses of the pages about sharing."""

from django.urls import path

from apps.coaching.pages import (
    acts,
    athlete,
    board,
    coach,
    guardian,
    invitation,
    inviting,
    looks,
    notes,
    team,
)

urlpatterns = [
    path("coach", coach.teams, name="coach"),
    path("coach/teams/<uuid:team_id>", board.team, name="coach-team"),
    path("coach/teams/<uuid:team_id>/invite", inviting.team_invite, name="coach-invite"),
    path(
        "coach/teams/<uuid:team_id>/invitations/<uuid:invitation_id>/withdraw",
        inviting.withdraw,
        name="coach-withdraw",
    ),
    path("coach/teams/<uuid:team_id>/settings", team.settings, name="team-settings"),
    path("coach/teams/<uuid:team_id>/rename", team.rename, name="team-rename"),
    path("coach/teams/<uuid:team_id>/do/<slug:action>", team.change, name="team-change"),
    path("coach/join/<str:secret>", team.join, name="coach-join"),
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
    path(
        "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes/<uuid:note_id>/take-back",
        acts.take_back,
        name="coach-note-back",
    ),
    path("me/sharing", athlete.sharing, name="sharing"),
    path("me/sharing/<uuid:grant_id>/narrow", athlete.narrow, name="sharing-narrow"),
    path("me/sharing/<uuid:grant_id>/pause", athlete.pause, name="sharing-pause"),
    path("me/sharing/<uuid:grant_id>/resume", athlete.resume, name="sharing-resume"),
    path("me/sharing/<uuid:grant_id>/renew", invitation.renew, name="sharing-renew"),
    path("me/sharing/<uuid:grant_id>/end", athlete.end, name="sharing-end"),
    path("me/access", looks.looks, name="looks"),
    path("me/access.csv", looks.looks_file, name="looks-file"),
    path("me/notes/<uuid:note_id>/answer", notes.answer, name="page-note-answer"),
    path("invitations", invitation.enter_code, name="invitation-code"),
    path("invitations/<str:secret>", invitation.invitation, name="invitation-page"),
    path("invitations/<str:secret>/preview", invitation.your_row, name="invitation-your-row"),
    path("guardian/<str:guardian>", guardian.GuardianView.as_view(), name="guardian"),
]
