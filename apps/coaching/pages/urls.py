"""Addresses of the pages about sharing."""

from django.urls import path

from apps.coaching.pages import athlete, coach, looks, notes, team

urlpatterns = [
    path("coach", coach.teams, name="coach"),
    path("coach/teams/<uuid:team_id>", coach.team, name="coach-team"),
    path("coach/teams/<uuid:team_id>/invite", coach.team_invite, name="coach-invite"),
    path("coach/teams/<uuid:team_id>/settings", team.settings, name="team-settings"),
    path("coach/teams/<uuid:team_id>/rename", team.rename, name="team-rename"),
    path("coach/teams/<uuid:team_id>/coaches", team.invite_coach, name="team-invite-coach"),
    path("coach/teams/<uuid:team_id>/do/<slug:action>", team.change, name="team-change"),
    path("coach/join/<str:secret>", team.join, name="coach-join"),
    path(
        "coach/teams/<uuid:team_id>/athletes/<uuid:athlete_id>",
        coach.athlete,
        name="coach-athlete",
    ),
    path("me/sharing", athlete.sharing, name="sharing"),
    path("me/sharing/<uuid:grant_id>/narrow", athlete.narrow, name="sharing-narrow"),
    path("me/sharing/<uuid:grant_id>/end", athlete.end, name="sharing-end"),
    path("me/access", looks.looks, name="looks"),
    path("me/access.csv", looks.looks_file, name="looks-file"),
    path("me/notes/<uuid:note_id>/answer", notes.answer, name="page-note-answer"),
    path("invitations", athlete.enter_code, name="invitation-code"),
    path("invitations/<str:secret>", athlete.invitation, name="invitation-page"),
]
