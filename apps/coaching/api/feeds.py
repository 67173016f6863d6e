"""Several feeds in one request: decode once, one service, encode once."""

from django.http import HttpRequest
from django.utils import timezone

from apps.coaching.services.feeds import next_poll_s, pull_readable, readable_heads
from apps.common.answers import Answer, encoded
from apps.sync.api import wire
from apps.sync.api.base import FeedView
from apps.sync.errors import InvalidEnvelope, RequestTooLarge
from backend.feed.reading import MAX_FEEDS, FeedsRequest, FeedsResponse, HeadsResponse


class FeedsView(FeedView):
    """What is new in many feeds, each after a cursor of its own."""

    def post(self, request: HttpRequest) -> Answer:
        """Answer with a part for each feed; one that is refused does not stop the others."""
        now = timezone.now()
        caller = self.admit(request, now)
        asked = wire.decode(wire.inflate(request), FeedsRequest)
        self.request_id = asked.request
        wire.check_protocol(asked.protocol)
        if len(asked.feeds) > MAX_FEEDS:
            raise RequestTooLarge(limits={"max_feeds": MAX_FEEDS})
        if len({place.athlete for place in asked.feeds}) != len(asked.feeds):
            raise InvalidEnvelope("A feed is asked for twice in one request.")
        parts = pull_readable(
            reader_id=caller.athlete_id,
            device_id=caller.device_id,
            places=asked.feeds,
            types=asked.types,
            page=asked.page,
            now=now,
        )
        return encoded(
            FeedsResponse(
                request=asked.request,
                feeds=tuple(parts),
                server_time=now,
                next_poll_s=next_poll_s(parts),
            )
        )


class HeadsView(FeedView):
    """Which feeds moved."""

    def get(self, request: HttpRequest) -> Answer:
        """Answer with the head of every feed the caller may read."""
        now = timezone.now()
        caller = self.admit(request, now)
        heads = readable_heads(reader_id=caller.athlete_id, now=now)
        return encoded(HeadsResponse(tuple(heads), now, next_poll_s(())))
