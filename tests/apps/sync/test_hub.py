"""What a stream is told, when announcements, readings and rights cross: no network, no clock."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.access import Caller
from apps.sync.errors import StreamsFull, TooManyStreams
from apps.sync.live.answers import Message
from apps.sync.live.asgi import feed
from apps.sync.live.gathered import Gathered
from apps.sync.live.hub import Hub
from apps.sync.live.stream import PING, Pace, Stream
from backend.feed.head import Head
from backend.feed.wire import StreamHeads

ME, OTHER = uuid4(), uuid4()
PATIENCE_S = 300.0
NOWHERE = "unix:///nonexistent/redis.sock"
QUICK = Pace(coalesce_s=0.0)
# Looks at nothing by itself.
RARELY = Pace(poll_s=1e6, settle_s=0.0)

Heads = Mapping[UUID, Mapping[UUID, Head]]


def a_stream(viewer: UUID = ME, *, device: UUID | None = None) -> Stream:
    """Return a stream that never ends by itself."""
    return Stream(Caller(viewer, device or uuid4()), b"", ends_at=float("inf"))


def a_hub(read: Callable[[Collection[UUID]], Awaitable[Heads]], pace: Pace = QUICK) -> Hub:
    """Return a hub without Redis; what Redis would say is told to it directly."""
    return Hub(pace=pace, redis_url=NOWHERE, heads_in_view=read)


class Shelf:
    """What the database would show each viewer; reading can be held up."""

    def __init__(self) -> None:
        self.view: dict[UUID, dict[UUID, Head]] = {ME: {ME: Head(5, 5)}}
        self.reads: list[set[UUID]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, viewers: Collection[UUID]) -> Heads:
        self.reads.append(set(viewers))
        found = {viewer: dict(self.view.get(viewer, {})) for viewer in viewers}
        await asyncio.sleep(0)
        await self.gate.wait()
        return found


async def next_event(stream: Stream, pace: Pace = QUICK) -> dict[UUID, str]:
    """Return the next event of a stream."""
    async for chunk in stream.chunks(pace):
        if chunk.startswith(b"data: "):
            return msgspec.json.decode(chunk[6:], type=StreamHeads).feeds
    raise AssertionError("The stream ended.")


async def comes_to(stream: Stream, heads: dict[UUID, Head]) -> None:
    """Wait until the stream was told so; fail when that never comes."""
    async with asyncio.timeout(PATIENCE_S):
        while stream.heads != heads:
            await asyncio.sleep(0.001)


class TestStream:
    def test_keeps_the_newest_head_for_a_slow_reader(self) -> None:
        async def story() -> None:
            stream = a_stream()
            stream.show({ME: Head(1, 1)})
            for seq in range(2, 5_000):
                stream.announce(ME, Head(seq, seq))
            assert await next_event(stream) == {ME: Head(4_999, 4_999).text}

        asyncio.run(story())

    def test_pings_while_nothing_moves(self) -> None:
        async def story() -> None:
            stream = a_stream()
            stream.show({ME: Head(1, 1)})
            chunks = stream.chunks(Pace(ping_s=0.01, coalesce_s=0.0))
            assert (await anext(chunks)).startswith(b"retry: ")
            assert (await anext(chunks)).startswith(b"data: ")
            assert [await anext(chunks) for _ in range(3)] == [PING] * 3

        asyncio.run(story())

    def test_ends_within_its_lifetime_and_not_with_all_others(self) -> None:
        lives = {Pace(lifetime_s=600.0).lifetime() for _ in range(100)}
        assert all(540.0 <= life <= 600.0 for life in lives)
        assert len(lives) > 50

    @given(st.permutations(range(1, 8)))
    def test_ends_at_the_newest_head_in_whatever_order_it_is_told(self, seqs: list[int]) -> None:
        async def story() -> None:
            stream = a_stream()
            stream.show({ME: Head(0, 0)})
            for seq in seqs:
                stream.announce(ME, Head(seq, seq))
            assert stream.heads == {ME: Head(7, 7)}

        asyncio.run(story())


class TestHub:
    def test_tells_what_was_announced_while_the_first_heads_were_read(self) -> None:
        async def story() -> None:
            shelf = Shelf()
            shelf.gate.clear()
            hub, stream = a_hub(shelf), a_stream()
            opening = asyncio.create_task(hub.open(stream))
            while not shelf.reads:
                await asyncio.sleep(0)
            hub.hear(ME, Head(6, 6))
            shelf.gate.set()
            await opening
            assert stream.heads == {ME: Head(6, 6)}

        asyncio.run(story())

    def test_believes_a_database_that_went_back(self) -> None:
        async def story() -> None:
            shelf = Shelf()
            hub, stream = a_hub(shelf), a_stream()
            await hub.open(stream)
            assert await next_event(stream) == {ME: Head(5, 5).text}
            shelf.view = {ME: {ME: Head(3, 33)}}
            await hub.look([ME])
            assert await next_event(stream) == {ME: Head(3, 33).text}

        asyncio.run(story())

    def test_tells_nothing_twice(self) -> None:
        async def story() -> None:
            hub, stream = a_hub(Shelf()), a_stream()
            await hub.open(stream)
            await next_event(stream)
            await hub.look([ME])
            hub.hear(ME, Head(5, 5))
            hub.hear(ME, Head(4, 4))
            hub.hear(OTHER, Head(9, 9))
            hub.hear(ME, Head(6, 6))
            assert await next_event(stream) == {ME: Head(6, 6).text}

        asyncio.run(story())

    def test_follows_the_feeds_in_view_and_drops_one_that_left_it(self) -> None:
        async def story() -> None:
            shelf = Shelf()
            shelf.view = {ME: {ME: Head(1, 1), OTHER: Head(2, 2)}}
            hub, stream = a_hub(shelf), a_stream()
            await hub.open(stream)
            assert set(await next_event(stream)) == {ME, OTHER}
            hub.hear(OTHER, Head(3, 3))
            assert await next_event(stream) == {OTHER: Head(3, 3).text}
            hub.hear(OTHER, Head(4, 4))
            del shelf.view[ME][OTHER]
            await hub.look([ME])
            hub.hear(OTHER, Head(5, 5))
            hub.hear(ME, Head(2, 2))
            assert await next_event(stream) == {ME: Head(2, 2).text}

        asyncio.run(story())

    def test_tells_no_news_of_others_by_rights_that_changed_while_they_were_read(self) -> None:
        async def story() -> None:
            shelf = Shelf()
            shelf.view = {ME: {ME: Head(1, 1), OTHER: Head(2, 2)}}
            hub, stream = a_hub(shelf), a_stream()
            await hub.open(stream)
            assert set(await next_event(stream)) == {ME, OTHER}
            shelf.gate.clear()
            looking = asyncio.create_task(hub.look([ME]))
            while len(shelf.reads) < 2:
                await asyncio.sleep(0)
            hub.doubt(ME)
            hub.hear(OTHER, Head(3, 3))
            hub.hear(ME, Head(2, 2))
            shelf.gate.set()
            await looking
            assert await next_event(stream) == {ME: Head(2, 2).text}
            shelf.view = {ME: {ME: Head(2, 2), OTHER: Head(3, 3)}}
            await hub.look([ME])  # the right stands after all
            assert await next_event(stream) == {OTHER: Head(3, 3).text}

        asyncio.run(story())

    def test_reads_for_many_who_come_at_once_together(self) -> None:
        async def story() -> None:
            people = [uuid4() for _ in range(200)]
            shelf = Shelf()
            shelf.view = {viewer: {viewer: Head(7, 7)} for viewer in people}
            hub = a_hub(shelf)
            streams = [a_stream(viewer) for viewer in people]
            await asyncio.gather(*map(hub.open, streams))
            assert all(stream.heads == {stream.caller.athlete_id: Head(7, 7)} for stream in streams)
            assert len(shelf.reads) <= 2

        asyncio.run(story())

    def test_counts_streams_by_device_and_in_all(self) -> None:
        async def story() -> None:
            hub = a_hub(Shelf(), Pace(per_device=2, per_process=3))
            device = uuid4()
            first, second = (a_stream(device=device) for _ in range(2))
            await hub.open(first)
            await hub.open(second)
            with pytest.raises(TooManyStreams):
                await hub.open(a_stream(device=device))
            await hub.open(a_stream())
            with pytest.raises(StreamsFull):
                await hub.open(a_stream())
            hub.close(first)
            await hub.open(a_stream(device=device))

        asyncio.run(story())

    def test_gives_a_place_back_when_the_heads_could_not_be_read(self) -> None:
        async def story() -> None:
            async def fail(viewers: Collection[UUID]) -> Heads:
                raise ConnectionError

            hub = a_hub(fail, Pace(per_device=1))
            device = uuid4()
            for _ in range(3):
                with pytest.raises(ConnectionError):
                    await hub.open(a_stream(device=device))

        asyncio.run(story())

    def test_opens_nothing_once_it_is_ending(self) -> None:
        async def story() -> None:
            hub, stream = a_hub(Shelf()), a_stream()
            await hub.open(stream)
            hub.end_all()
            assert [chunk async for chunk in stream.chunks(QUICK)][1:] == []
            with pytest.raises(StreamsFull):
                await hub.open(a_stream())

        asyncio.run(story())

    def test_reads_again_when_redis_begins_to_tell_of_a_feed(self) -> None:
        async def story() -> None:
            shelf = Shelf()
            hub, stream = a_hub(shelf, RARELY), a_stream()
            keeper = asyncio.create_task(hub.keep_current())
            await asyncio.sleep(0)
            await hub.open(stream)
            shelf.view = {ME: {ME: Head(6, 6)}}  # announced before anybody listened
            hub.joined(ME)
            await comes_to(stream, {ME: Head(6, 6)})
            keeper.cancel()

        asyncio.run(story())

    def test_reads_again_for_one_who_opens_while_redis_begins_to_tell(self) -> None:
        async def story() -> None:
            shelf = Shelf()
            shelf.view = {ME: {OTHER: Head(1, 1)}}
            shelf.gate.clear()
            hub, stream = a_hub(shelf, RARELY), a_stream()
            keeper = asyncio.create_task(hub.keep_current())
            opening = asyncio.create_task(hub.open(stream))
            while not shelf.reads:
                await asyncio.sleep(0)
            shelf.view = {ME: {OTHER: Head(2, 2)}}
            hub.joined(OTHER)
            shelf.gate.set()
            await opening
            await comes_to(stream, {OTHER: Head(2, 2)})
            keeper.cancel()

        asyncio.run(story())

    def test_goes_on_after_the_database_was_away(self) -> None:
        async def story() -> None:
            shelf = Shelf()
            failures = [psycopg.OperationalError(), psycopg.OperationalError()]

            async def read(viewers: Collection[UUID]) -> Heads:
                if shelf.reads and failures:
                    raise failures.pop()
                return await shelf(viewers)

            hub, stream = a_hub(read, Pace(poll_s=0.01, settle_s=float("inf"))), a_stream()
            await hub.open(stream)
            keeper = asyncio.create_task(hub.keep_current())
            shelf.view = {ME: {ME: Head(6, 6)}}
            await comes_to(stream, {ME: Head(6, 6)})
            assert failures == []
            keeper.cancel()

        asyncio.run(story())

    @given(st.randoms(use_true_random=False))
    def test_leaves_every_stream_at_the_newest_head(self, chance: random.Random) -> None:
        """Commits, announcements late or lost, and readings in any order; one reading at the end."""

        async def story() -> None:
            shelf = Shelf()
            hub, streams = a_hub(shelf), [a_stream() for _ in range(3)]
            seq, late = 5, list[Head]()
            looks = [asyncio.create_task(hub.open(stream)) for stream in streams]
            for _ in range(30):
                match chance.randrange(4):
                    case 0:
                        seq += 1
                        shelf.view = {ME: {ME: Head(seq, seq)}}
                        late.append(Head(seq, seq))
                    case 1 if late:
                        hub.hear(ME, late.pop(chance.randrange(len(late))))
                    case 2:
                        looks.append(asyncio.create_task(hub.look([ME])))
                    case _:
                        await asyncio.sleep(0)
            await asyncio.gather(*looks)
            await hub.look([ME])
            assert {stream.heads[ME] for stream in streams} == {Head(seq, seq)}

        asyncio.run(story())


class TestReader:
    def test_that_takes_nothing_is_given_up(self) -> None:
        async def story() -> None:
            pace = Pace(per_device=1, stuck_s=0.01)
            hub, device = a_hub(Shelf(), pace), uuid4()
            stream = a_stream(device=device)
            await hub.open(stream)
            sent: list[str] = []

            async def send(message: Message) -> None:
                sent.append(message["type"])
                if message["type"] == "http.response.body":
                    await asyncio.Event().wait()

            async def receive() -> Message:
                return await asyncio.Future()

            await feed(stream, receive, send, pace=pace)
            assert sent == ["http.response.start", "http.response.body"]
            hub.close(stream)
            await hub.open(a_stream(device=device))  # its place is free

        asyncio.run(story())

    def test_that_is_gone_ends_the_stream(self) -> None:
        async def story() -> None:
            hub = a_hub(Shelf())
            stream = a_stream()
            await hub.open(stream)
            sent: list[bytes] = []

            async def send(message: Message) -> None:
                sent.append(message.get("body", b""))

            async def receive() -> Message:
                return {"type": "http.disconnect" if len(sent) >= 3 else "http.request"}

            async def polite_receive() -> Message:
                await asyncio.sleep(0)
                return await receive()

            await feed(stream, polite_receive, send, pace=QUICK)
            assert stream.is_ended
            assert sent[-1] == b""

        asyncio.run(story())


class TestGathered:
    def test_answers_in_the_order_of_asking_one_question_at_a_time(self) -> None:
        async def story() -> None:
            asked: list[set[int]] = []
            running = 0

            async def ask(keys: Collection[int]) -> dict[int, int]:
                nonlocal running
                running += 1
                assert running == 1
                asked.append(set(keys))
                await asyncio.sleep(0)
                running -= 1
                return {key: len(asked) for key in keys}

            gathered = Gathered(ask)
            first = asyncio.create_task(gathered([0]))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            rest = [asyncio.create_task(gathered([number])) for number in range(1, 50)]
            assert (await first)[0] == 1
            assert {(await task)[number] for number, task in enumerate(rest, 1)} == {2}
            assert asked == [{0}, set(range(1, 50))]

        asyncio.run(story())

    def test_one_that_leaves_takes_nothing_from_the_others(self) -> None:
        async def story() -> None:
            async def ask(keys: Collection[int]) -> dict[int, bool]:
                await asyncio.sleep(0)
                return dict.fromkeys(keys, True)

            gathered = Gathered(ask)
            leaving = asyncio.create_task(gathered([1]))
            staying = asyncio.create_task(gathered([2]))
            await asyncio.sleep(0)
            leaving.cancel()
            assert (await staying)[2]

        asyncio.run(story())

    def test_a_failure_reaches_everybody_who_asked_and_nobody_after(self) -> None:
        async def story() -> None:
            failures = [True]

            async def ask(keys: Collection[int]) -> dict[int, bool]:
                await asyncio.sleep(0)
                if failures:
                    failures.pop()
                    raise ConnectionError
                return dict.fromkeys(keys, True)

            gathered = Gathered(ask)
            told = await asyncio.gather(gathered([1]), gathered([2]), return_exceptions=True)
            assert [type(each) for each in told] == [ConnectionError, ConnectionError]
            assert (await gathered([3]))[3]

        asyncio.run(story())
