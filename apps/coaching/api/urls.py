"""Addresses of the coaching endpoints."""

from django.urls import path

from apps.coaching.api import athlete_views as athlete
from apps.coaching.api import coach_views as coach
from apps.coaching.api import feeds, notes, panel, proposals

urlpatterns = [
    path("feeds/heads", feeds.HeadsView.as_view(), name="feed-heads"),
    path("feeds/changes", feeds.FeedsView.as_view(), name="feeds-changes"),
    path("teams", coach.TeamListView.as_view(), name="teams"),
    path(
        "teams/<uuid:team_id>/invitations",
        coach.TeamInvitationsView.as_view(),
        name="team-invitations",
    ),
    path("teams/<uuid:team_id>/panel", panel.TeamPanelView.as_view(), name="team-panel"),
    path(
        "teams/<uuid:team_id>/panel.csv",
        panel.TeamPanelFileView.as_view(),
        name="team-panel-file",
    ),
    path(
        "teams/<uuid:team_id>/athletes/<uuid:athlete_id>",
        coach.TeamAthleteView.as_view(),
        name="team-athlete",
    ),
    path(
        "teams/<uuid:team_id>/athletes/<uuid:athlete_id>/marks",
        panel.AthleteMarksView.as_view(),
        name="athlete-marks",
    ),
    path(
        "teams/<uuid:team_id>/athletes/<uuid:athlete_id>/marks/<uuid:mark_id>",
        panel.AthleteMarkView.as_view(),
        name="athlete-mark",
    ),
    path(
        "teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes",
        notes.AthleteNotesView.as_view(),
        name="athlete-notes",
    ),
    path(
        "teams/<uuid:team_id>/athletes/<uuid:athlete_id>/notes/<uuid:note_id>",
        notes.AthleteNoteView.as_view(),
        name="athlete-note",
    ),
    path(
        "teams/<uuid:team_id>/athletes/<uuid:athlete_id>/reminder-proposals",
        proposals.ReminderProposalsView.as_view(),
        name="reminder-proposals",
    ),
    path(
        "invitations/accept",
        athlete.InvitationAcceptanceView.as_view(),
        name="invitation-accept",
    ),
    path("invitations/<str:secret>", athlete.InvitationView.as_view(), name="invitation"),
    path("me/grants", athlete.GrantListView.as_view(), name="grants"),
    path(
        "me/grants/<uuid:grant_id>/narrow",
        athlete.GrantNarrowingView.as_view(),
        name="grant-narrow",
    ),
    path("me/grants/<uuid:grant_id>/end", athlete.GrantEndView.as_view(), name="grant-end"),
    path("me/access-log", athlete.AccessLogView.as_view(), name="access-log"),
]
