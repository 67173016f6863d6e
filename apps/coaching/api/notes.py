"""A coach's notes to one athlete: parse, one service call, render."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api.authentication import OwnerView, owner_of
from apps.accounts.api.keeping import idempotent
from apps.coaching.services.notes import change_note, delete_note, notes_of, write_note
from backend.days import LATEST_YEAR
from backend.records.coach_note import MOST_CHARACTERS


class NoteClaimSerializer(serializers.Serializer[Any]):
    """What a coach writes."""

    text = serializers.CharField(max_length=MOST_CHARACTERS)
    about = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="Record it is about; nobody looks whether it is there.",
    )
    planned_rest_until = serializers.DateField(required=False, allow_null=True)

    def validate_planned_rest_until(self, day: date | None) -> date | None:
        """Refuse a day that is far from any plan."""
        if day is not None and not timezone.now().year - 1 <= day.year <= LATEST_YEAR:
            raise serializers.ValidationError("Choose a day from now on.")
        return day


class NoteChangeSerializer(NoteClaimSerializer):
    """What is to be changed; null takes it away."""

    text = serializers.CharField(max_length=MOST_CHARACTERS, required=False)


class NoteInViewSerializer(serializers.Serializer[Any]):
    """A note as it stands, and what the athlete answered."""

    id = serializers.UUIDField()
    author_id = serializers.UUIDField()
    author = serializers.CharField()
    sent_at = serializers.DateTimeField()
    text = serializers.CharField(source="body.text")
    about = serializers.UUIDField(source="body.about", allow_null=True)
    planned_rest_until = serializers.DateField(source="body.planned_rest_until", allow_null=True)
    is_nudge = serializers.SerializerMethodField()
    answer = serializers.CharField(source="body.answer", allow_null=True)

    def get_is_nudge(self, note: Any) -> bool:
        """Return whether it only asks for a look."""
        return bool(note.body.is_nudge)


class NotesInViewSerializer(serializers.Serializer[Any]):
    """Notes of a team to an athlete, newest first."""

    notes = NoteInViewSerializer(many=True)


class SentNoteSerializer(serializers.Serializer[Any]):
    """A note that was sent: its record in the athlete's feed."""

    id = serializers.UUIDField()


class AthleteNotesView(OwnerView):
    """Notes of a team to one athlete."""

    @extend_schema(operation_id="coaching_list_notes", responses={200: NotesInViewSerializer})
    def get(self, request: Request, team_id: UUID, athlete_id: UUID) -> Response:
        """Return what the team wrote and what the athlete answered; they can see that you looked."""
        found = notes_of(
            coach=owner_of(request), team_id=team_id, athlete_id=athlete_id, now=timezone.now()
        )
        return Response(NotesInViewSerializer({"notes": found}).data)

    @extend_schema(
        operation_id="coaching_write_note",
        request=NoteClaimSerializer,
        responses={201: SentNoteSerializer},
    )
    @idempotent
    def post(self, request: Request, team_id: UUID, athlete_id: UUID) -> Response:
        """Write a note into the athlete's feed; it is theirs from then on."""
        body = NoteClaimSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        note_id = write_note(
            coach=owner_of(request),
            team_id=team_id,
            athlete_id=athlete_id,
            now=timezone.now(),
            **body.validated_data,
        )
        return Response(SentNoteSerializer({"id": note_id}).data, status=status.HTTP_201_CREATED)


class AthleteNoteView(OwnerView):
    """A note of one's own."""

    @extend_schema(
        operation_id="coaching_change_note", request=NoteChangeSerializer, responses={204: None}
    )
    def patch(self, request: Request, team_id: UUID, athlete_id: UUID, note_id: UUID) -> Response:
        """Change what you wrote; the athlete sees that it was changed."""
        body = NoteChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        change_note(
            coach=owner_of(request),
            team_id=team_id,
            athlete_id=athlete_id,
            note_id=note_id,
            changes=body.validated_data,
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="coaching_delete_note", request=None, responses={204: None})
    def delete(self, request: Request, team_id: UUID, athlete_id: UUID, note_id: UUID) -> Response:
        """Take back what you wrote."""
        delete_note(
            coach=owner_of(request),
            team_id=team_id,
            athlete_id=athlete_id,
            note_id=note_id,
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
