"""A team over time: renamed, archived, joined, handed over, left; who looks after whom."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.coaching.access import TeamInView
from apps.coaching.api.serializers import CoachedTeamSerializer
from apps.coaching.models import LONGEST_TAG, MOST_TAGS
from apps.coaching.selectors import coached_team
from apps.coaching.services import joining, teams
from apps.coaching.services.invitations import limit_guessing
from apps.coaching.staff import staff_of
from apps.common.names import check_seen


class TeamChangeSerializer(serializers.Serializer[Any]):
    """What to change of a team."""

    name = serializers.CharField(max_length=120, required=False, validators=[check_seen])
    archived = serializers.BooleanField(
        required=False, help_text="An archived team shows nobody and takes nobody."
    )


class CoachSerializer(serializers.Serializer[Any]):
    """A coach of the team; ``athletes`` are those assigned to an assistant."""

    user_id = serializers.UUIDField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=["head", "assistant"])
    joined_at = serializers.DateTimeField()
    athletes = serializers.ListField(child=serializers.UUIDField())


class StaffSerializer(serializers.Serializer[Any]):
    """The coaches of a team, the head coach first."""

    coaches = CoachSerializer(many=True)


class JoiningSerializer(serializers.Serializer[Any]):
    """The code or the link's token of an invitation to coach."""

    code = serializers.CharField(max_length=64)


class HandOverSerializer(serializers.Serializer[Any]):
    """Who becomes the head coach."""

    to = serializers.UUIDField()


class AssignmentSerializer(serializers.Serializer[Any]):
    """The athletes an assistant looks after."""

    athletes = serializers.ListField(child=serializers.UUIDField(), max_length=10_000)


class TagsSerializer(serializers.Serializer[Any]):
    """The team's own words for an athlete."""

    tags = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_TAG), max_length=MOST_TAGS
    )


class TeamView(OwnerView):
    """One team of the coach."""

    @extend_schema(
        operation_id="coaching_change_team",
        request=TeamChangeSerializer,
        responses={200: CoachedTeamSerializer},
    )
    def patch(self, request: Request, team_id: UUID) -> Response:
        """Rename, archive or restore; what is left out stays."""
        body = TeamChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        head, asked = owner_of(request), body.validated_data
        if "name" in asked:
            teams.rename_team(head=head, team_id=team_id, name=asked["name"])
        if asked.get("archived") is True:
            teams.archive_team(head=head, team_id=team_id, now=timezone.now())
        if asked.get("archived") is False:
            teams.restore_team(head=head, team_id=team_id)
        return _shown(coached_team(viewer=head, team_id=team_id))


class StaffView(OwnerView):
    """The coaches of a team."""

    @extend_schema(operation_id="coaching_list_coaches", responses={200: StaffSerializer})
    def get(self, request: Request, team_id: UUID) -> Response:
        """List them; of assignments only what the caller may see."""
        coaches = staff_of(viewer=owner_of(request), team_id=team_id)
        return Response(StaffSerializer({"coaches": coaches}).data)


class CoachView(OwnerView):
    """One coach of a team."""

    @extend_schema(operation_id="coaching_remove_coach", responses={204: None})
    def delete(self, request: Request, team_id: UUID, user_id: UUID) -> Response:
        """Leave the team, or as its head take an assistant out of it."""
        caller = owner_of(request)
        if user_id == caller.id:
            teams.leave_team(coach=caller, team_id=team_id, now=timezone.now())
        else:
            teams.remove_coach(head=caller, team_id=team_id, user_id=user_id, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class AssignmentView(OwnerView):
    """Whom an assistant looks after."""

    @extend_schema(
        operation_id="coaching_assign",
        request=AssignmentSerializer,
        responses={200: AssignmentSerializer},
    )
    def put(self, request: Request, team_id: UUID, user_id: UUID) -> Response:
        """Set exactly these athletes; whom the caller does not see is left out."""
        body = AssignmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        assigned = joining.assign_athletes(
            head=owner_of(request),
            team_id=team_id,
            user_id=user_id,
            athlete_ids=body.validated_data["athletes"],
        )
        return Response(AssignmentSerializer({"athletes": assigned}).data)


class HandOverView(OwnerView):
    """Another head coach."""

    @extend_schema(
        operation_id="coaching_hand_over", request=HandOverSerializer, responses={204: None}
    )
    def post(self, request: Request, team_id: UUID) -> Response:
        """Make another coach of the team its head; the caller stays as an assistant."""
        body = HandOverSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        teams.hand_over(head=owner_of(request), team_id=team_id, to_user=body.validated_data["to"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class JoiningView(OwnerView):
    """Joining a team as a coach."""

    @extend_schema(
        operation_id="coaching_join_team",
        request=JoiningSerializer,
        responses={200: CoachedTeamSerializer},
    )
    def post(self, request: Request) -> Response:
        """Become an assistant coach; it shows nothing that athletes agreed to before."""
        body = JoiningSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        coach, secret = owner_of(request), body.validated_data["code"]
        network = request.META.get("REMOTE_ADDR", "")
        limit_guessing(secret=secret, athlete_id=coach.id, network=network)
        member = joining.join_team(coach=coach, secret=secret, now=timezone.now())
        return _shown(coached_team(viewer=coach, team_id=member.team_id))


class TagsView(OwnerView):
    """The team's own words for one athlete."""

    @extend_schema(
        operation_id="coaching_tag_athlete", request=TagsSerializer, responses={200: TagsSerializer}
    )
    def put(self, request: Request, team_id: UUID, athlete_id: UUID) -> Response:
        """Set exactly these tags; the team finds athletes by them."""
        body = TagsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        tags = joining.tag_athlete(
            head=owner_of(request),
            team_id=team_id,
            athlete_id=athlete_id,
            tags=body.validated_data["tags"],
        )
        return Response(TagsSerializer({"tags": tags}).data)


def _shown(team: TeamInView) -> Response:
    return Response(CoachedTeamSerializer(team).data)
