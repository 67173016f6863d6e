"""Addresses of the coaching endpoints."""

from django.urls import path

from apps.coaching.api import athlete_views as athlete
from apps.coaching.api import coach_views as coach
from apps.coaching.api import feeds, log_views, notes, panel, proposals
from apps.coaching.api import invitation_views as inviting
from apps.coaching.api import sharing_views as sharing
from apps.coaching.api import team_views as team

urlpatterns = [
    path("feeds/heads", feeds.HeadsView.as_view(), name="feed-heads"),
    path("feeds/changes", feeds.FeedsView.as_view(), name="feeds-changes"),
    path("teams", coach.TeamListView.as_view(), name="teams"),
    path("teams/join", team.JoiningView.as_view(), name="team-join"),
    path("teams/<uuid:team_id>", team.TeamView.as_view(), name="team"),
    path("teams/<uuid:team_id>/coaches", team.StaffView.as_view(), name="team-coaches"),
    path(
        "teams/<uuid:team_id>/coaches/<uuid:user_id>",
        team.CoachView.as_view(),
        name="team-coach",
    ),
    path(
        "teams/<uuid:team_id>/coaches/<uuid:user_id>/athletes",
        team.AssignmentView.as_view(),
        name="team-assignment",
    ),
    path("teams/<uuid:team_id>/hand-over", team.HandOverView.as_view(), name="team-hand-over"),
    path(
        "teams/<uuid:team_id>/athletes/<uuid:athlete_id>/tags",
        team.TagsView.as_view(),
        name="team-tags",
    ),
    path(
        "teams/<uuid:team_id>/invitations",
        inviting.TeamInvitationsView.as_view(),
        name="team-invitations",
    ),
    path(
        "teams/<uuid:team_id>/invitations/<uuid:invitation_id>",
        inviting.TeamInvitationView.as_view(),
        name="team-invitation",
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
    path(
        "invitations/<str:secret>/preview",
        sharing.InvitationRowView.as_view(),
        name="invitation-row",
    ),
    path("me/guardian-requests", sharing.GuardianRequestsView.as_view(), name="guardian-requests"),
    path("me/grants/<uuid:grant_id>/pause", sharing.GrantPauseView.as_view(), name="grant-pause"),
    path(
        "me/grants/<uuid:grant_id>/resume", sharing.GrantResumeView.as_view(), name="grant-resume"
    ),
    path("me/grants/<uuid:grant_id>/renew", sharing.GrantRenewalView.as_view(), name="grant-renew"),
    path("me/grants", athlete.GrantListView.as_view(), name="grants"),
    path(
        "me/grants/<uuid:grant_id>/narrow",
        athlete.GrantNarrowingView.as_view(),
        name="grant-narrow",
    ),
    path("me/grants/<uuid:grant_id>/end", athlete.GrantEndView.as_view(), name="grant-end"),
    path("me/access-log", log_views.AccessLogView.as_view(), name="access-log"),
]
