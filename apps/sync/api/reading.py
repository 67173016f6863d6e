"""Reads of the caller's own feed beside its changes, and what a client may know before."""

import hashlib
from typing import ClassVar

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from apps.common.actor import acting_as
from apps.common.answers import JSON, Answer, encoded, has_tag
from apps.common.queries import whole_number
from apps.sync.api import wire
from apps.sync.api.base import FeedView, id_in_path
from apps.sync.api.changes import MAX_ROWS
from apps.sync.errors import RequestTooLarge
from apps.sync.history import digest_of, history_of, known_ops, stored_record
from backend.feed.bodies import MAX_BODY_BYTES, MAX_DEPTH, MAX_UNKNOWN_BYTES
from backend.feed.paging import IDLE_JITTER_S, IDLE_POLL_S, PENDING_POLLS
from backend.feed.reading import (
    MAX_FEEDS,
    MAX_LOOKUP,
    LookupRequest,
    PollAdvice,
    SyncConfig,
    SyncedType,
    SyncLimits,
)
from backend.feed.wire import MAX_OPS, MAX_PAGE_BYTES, MAX_WANT
from backend.records import REGISTRY

CONFIG_MAX_AGE_S = 300


class DigestView(FeedView):
    """Fingerprints of the feed, to compare a phone's copy with."""

    def get(self, request: HttpRequest, athlete: str) -> Answer:
        """Answer with count and fingerprint of each type's live records."""
        caller = self.owner(request, athlete, timezone.now())
        with acting_as(caller.athlete_id):
            return encoded(digest_of(caller.athlete_id))


class LookupView(FeedView):
    """Which ops the server knows, for a phone that has met another history."""

    def post(self, request: HttpRequest, athlete: str) -> Answer:
        """Answer with the known ones and their first outcomes."""
        caller = self.owner(request, athlete, timezone.now())
        asked = wire.decode(wire.inflate(request), LookupRequest)
        if len(asked.ops) > MAX_LOOKUP:
            raise RequestTooLarge(limits={"max_lookup": MAX_LOOKUP})
        with acting_as(caller.athlete_id):
            return encoded(known_ops(caller.athlete_id, asked.ops))


class RecordView(FeedView):
    """One record."""

    def get(self, request: HttpRequest, athlete: str, record: str) -> Answer:
        """Answer with its newest version."""
        caller = self.owner(request, athlete, timezone.now())
        record_id = id_in_path(record)
        with acting_as(caller.athlete_id):
            return encoded(stored_record(caller.athlete_id, record_id))


class HistoryView(FeedView):
    """The history of one record."""

    parameters: ClassVar[frozenset[str]] = frozenset({"cursor", "limit"})

    def get(self, request: HttpRequest, athlete: str, record: str) -> Answer:
        """Answer with a page of every op on it, newest first."""
        caller = self.owner(request, athlete, timezone.now())
        record_id = id_in_path(record)
        limit = whole_number(self.query, "limit", default=100, least=1, most=1_000)
        with acting_as(caller.athlete_id):
            return encoded(
                history_of(
                    caller.athlete_id, record_id, cursor=self.query.get("cursor"), limit=limit
                )
            )


class ConfigView(FeedView):
    """Limits, record types and poll advice; the same for everybody."""

    def get(self, request: HttpRequest) -> Answer:
        """Answer with the configuration, or 304 when the client has it."""
        self.read_question(request)
        body = msgspec.json.encode(_config())
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": f"public, max-age={CONFIG_MAX_AGE_S}"}
        if has_tag(request, tag):
            return Answer(304, headers)
        return Answer(200, {"Content-Type": JSON, **headers}, body)


def _config() -> SyncConfig:
    return SyncConfig(
        protocol=wire.PROTOCOL,
        limits=SyncLimits(
            max_ops=MAX_OPS,
            max_bytes=wire.MAX_INFLATED_BYTES,
            max_wire_bytes=wire.MAX_WIRE_BYTES,
            max_body_bytes=MAX_BODY_BYTES,
            max_unknown_bytes=MAX_UNKNOWN_BYTES,
            max_depth=MAX_DEPTH,
            max_rows=MAX_ROWS,
            max_page_bytes=MAX_PAGE_BYTES,
            max_want=MAX_WANT,
            max_lookup=MAX_LOOKUP,
            max_feeds=MAX_FEEDS,
            requests_per_minute=settings.SYNC_REQUESTS_PER_MINUTE,
        ),
        types={
            name: SyncedType(kind.schema, kind.owner, kind.policy, tuple(kind.keyed))
            for name, kind in REGISTRY.items()
        },
        poll=PollAdvice(tuple(poll for _, poll in PENDING_POLLS), IDLE_POLL_S, IDLE_JITTER_S),
        min_builds=settings.MIN_CLIENT_BUILDS,
    )
