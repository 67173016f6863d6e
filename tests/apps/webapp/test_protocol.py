"""The rules of a phone client, kept by this one against the real server."""

import json
import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from apps.common.actor import acting_as
from apps.sync.erasing import erase_feed
from tests.apps.sync.test_push import workout
from tests.apps.webapp.conftest import CHROMIUM, App, Devices, a_uuid, rows_of
from tests.conftest import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed here"),
]
EDIT = """
async (edits) => {
  const { edit } = await import("/static/webapp/store.js");
  return edit(...edits);
}
"""
SYNC = """
async () => {
  const { sync } = await import("/static/webapp/sync.js");
  return sync();
}
"""
SEEN = """
async () => {
  const { look } = await import("/static/webapp/view.js");
  const { stringify } = await import("/static/webapp/lossless.js");
  return stringify((await look()).entries.map(({ id, body }) => [id, body]));
}
"""
RESULT = {"analyte": "vitd_25oh", "value": 40, "unit": "nmol/L", "collected_at": "2026-03-01"}


def put(app: App, kind: str, record: str, **fields: Any) -> str:
    """Make an edit on the device; return the op's id."""
    (op,) = app.has(EDIT, [{"type": kind, "id": record, "set": fields}])
    return str(op)


def a_workout(**fields: Any) -> dict[str, Any]:
    """Return the fields of a workout."""
    return dict(workout(**fields)["set"])


class TestEdits:
    def test_of_two_devices_meet_field_by_field(self, devices: Devices) -> None:
        person, record = devices.person(), a_uuid()
        phone, tablet = devices.app(person), devices.app(person)
        put(phone, "workout_session", record, **a_workout(rpe=6))
        phone.has(SYNC)
        tablet.has(SYNC)
        put(phone, "workout_session", record, rpe=7)
        put(tablet, "workout_session", record, title="Hills")
        for app in (phone, tablet, phone):
            app.has(SYNC)
        assert phone.has(SEEN) == tablet.has(SEEN)
        (row,) = rows_of(person, "workout_session", phone.beside)
        assert (row["body"]["rpe"], row["body"]["title"]) == (7, "Hills")

    def test_a_field_it_does_not_know_survives_its_edit(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        op = workout(future_field={"deep": [1, 2.50]})
        phone.beside(lambda: person.sync([op]))
        phone.has(SYNC)
        put(phone, "workout_session", op["id"], rpe=3)
        phone.has(SYNC)
        (row,) = rows_of(person, "workout_session", phone.beside)
        assert row["body"]["future_field"] == {"deep": [1, 2.5]}
        assert row["body"]["rpe"] == 3

    def test_a_clash_in_a_laboratory_value_is_decided_by_the_person(self, devices: Devices) -> None:
        person, record = devices.person(), a_uuid()
        phone, tablet = devices.app(person), devices.app(person)
        put(phone, "lab_result", record, **RESULT, status="final")
        phone.has(SYNC)
        tablet.has(SYNC)
        put(tablet, "lab_result", record, value=44)
        tablet.has(SYNC)
        put(phone, "lab_result", record, value=47)
        put(phone, "lab_result", record, lab="City")  # built on what will not be taken
        phone.has(SYNC)
        assert len(phone.stored("attention")) == 2
        phone.go("#/entries")
        card = phone.page.locator("article").first
        expect(card).to_contain_text("changed on two devices")
        expect(card.locator("dd")).to_have_text(["44", "47"])
        card.get_by_role("button", name="Keep mine").click()
        phone.is_sent()
        assert phone.stored("attention") == []
        (row,) = rows_of(person, "lab_result", phone.beside)
        assert (row["body"]["value"], row["body"]["lab"]) == (47, "City")

    def test_a_form_builds_on_the_version_it_shows(self, devices: Devices) -> None:
        person, record = devices.person(), a_uuid()
        phone, tablet = devices.app(person), devices.app(person)
        put(phone, "lab_result", record, **RESULT, status="final")
        phone.has(SYNC)
        tablet.has(SYNC)
        phone.go(f"#/lab/{record}")
        put(tablet, "lab_result", record, value=44)
        tablet.has(SYNC)
        phone.has(SYNC)  # while the form stands open
        phone.page.get_by_label("Value").fill("47")
        phone.page.get_by_role("button", name="Save").click()
        expect(phone.page.locator("#sync")).to_have_text(re.compile("1 to look at"))
        (row,) = rows_of(person, "lab_result", phone.beside)
        assert row["body"]["value"] == 44

    def test_one_taken_back_in_the_same_form_is_an_edit_too(self, devices: Devices) -> None:
        person, record = devices.person(), a_uuid()
        phone = devices.app(person)
        put(phone, "lab_result", record, **RESULT, status="final")
        phone.has(SYNC)
        phone.go(f"#/lab/{record}")
        for value in ("47", "40"):
            phone.page.get_by_label("Value").fill(value)
            phone.page.get_by_role("button", name="Save").click()
            expect(phone.page.locator(".app-saved")).to_contain_text("Saved")
            phone.is_sent()
            (row,) = rows_of(person, "lab_result", phone.beside)
            assert str(row["body"]["value"]) == value
            phone.has("document.querySelector('.app-saved').replaceChildren()")
        assert row["rev"] == 3

    def test_two_taps_on_save_are_one_entry(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        phone.go("#/workout")
        phone.page.get_by_role("button", name="Save").dblclick()
        expect(phone.page.locator(".app-saved")).to_contain_text("aved")
        phone.page.get_by_role("button", name="Save").click()
        expect(phone.page.locator(".app-saved")).to_contain_text("saved already")
        phone.is_sent()
        assert len(rows_of(person, "workout_session", phone.beside)) == 1

    def test_what_the_server_can_not_read_is_shown_and_given_up(self, devices: Devices) -> None:
        phone = devices.app(devices.person())
        put(phone, "lab_result", a_uuid(), **{**RESULT, "value": "much"}, status="final")
        phone.has(SYNC)
        phone.go("#/entries")
        expect(phone.page.locator("article")).to_contain_text("The server can not read it.")
        phone.page.get_by_role("button", name="Give it up").click()
        expect(phone.page.locator("article")).to_have_count(0)
        assert phone.stored("attention") == []

    def test_deleted_elsewhere_comes_back_when_sent_again(self, devices: Devices) -> None:
        person, record = devices.person(), a_uuid()
        phone, tablet = devices.app(person), devices.app(person)
        put(phone, "workout_session", record, **a_workout())
        phone.has(SYNC)
        tablet.has(SYNC)
        tablet.has(EDIT, [{"type": "workout_session", "id": record, "action": "delete"}])
        tablet.has(SYNC)
        put(phone, "workout_session", record, rpe=2)
        phone.has(SYNC)
        phone.go("#/entries")
        expect(phone.page.locator("article")).to_contain_text("deleted on another device")
        phone.page.get_by_role("button", name="Send again").click()
        phone.is_sent()
        phone.has(SYNC)
        (row,) = rows_of(person, "workout_session", phone.beside)
        assert row["body"]["rpe"] == 2
        expect(phone.page.locator(".app-entry")).to_have_count(1)


class TestLostAnswers:
    def test_an_entry_is_sent_again_and_stored_once(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        lost: list[str] = []

        def lose(route: Any) -> None:
            if lost:
                route.continue_()
                return
            lost.append(route.fetch().text())  # the server has it; its answer never arrives
            route.abort()

        phone.page.route("**/sync", lose)
        phone.add_workout()
        phone.is_sent()
        assert '"applied"' in lost[0].replace(" ", "")
        (receipt,) = phone.stored("receipts")
        assert (receipt["status"], receipt["outcome"]) == ("duplicate", "applied")
        assert len(rows_of(person, "workout_session", phone.beside)) == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_server_is_asked_again(self, devices: Devices, status: int) -> None:
        person = devices.person()
        phone = devices.app(person)
        refused: list[str] = []
        told: list[str] = []
        phone.has("Math.random = () => 0")  # nothing but what the server asks for

        def refuse(route: Any) -> None:
            if told and len(refused) > 1:
                route.continue_()
                return
            refused.append(route.request.post_data_json["request"])
            route.fulfill(status=status, headers={"Retry-After": "1"}, body="busy")

        phone.page.route("**/sync", refuse)
        phone.add_workout()
        expect(phone.page.locator("#notices")).to_contain_text("kept and sent later")
        told.append("the person")
        phone.is_sent()
        assert len(set(refused)) == len(refused)  # each attempt has an id of its own
        assert len(rows_of(person, "workout_session", phone.beside)) == 1

    def test_what_is_too_large_together_is_sent_in_pieces(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        sizes: list[int] = []

        def limit(route: Any) -> None:
            sizes.append(len(route.request.post_data_json["ops"]))
            if sizes[-1] > 1:
                route.fulfill(status=413, json={"status": 413, "code": "request-too-large"})
            else:
                route.continue_()

        phone.page.route("**/sync", limit)
        edits = [{"type": "workout_session", "id": a_uuid(), "set": a_workout()} for _ in range(4)]
        phone.has(EDIT, edits)
        phone.has(SYNC)
        assert sizes[:3] == [4, 2, 1]
        assert len(rows_of(person, "workout_session", phone.beside)) == 4

    @pytest.mark.parametrize("status", ["deferred", "a-status-of-next-year"])
    def test_an_op_the_server_put_off_is_kept_and_sent_later(
        self, devices: Devices, status: str
    ) -> None:
        person = devices.person()
        phone = devices.app(person)
        late = a_uuid()
        put_off: list[str] = []

        def put_it_off(route: Any) -> None:
            body = route.request.post_data_json
            named = [op["op"] for op in body["ops"] if op["id"] == late]
            if put_off or not named:
                route.continue_()
                return
            put_off.extend(named)
            body["ops"] = [op for op in body["ops"] if op["id"] != late]
            answer = route.fetch(post_data=json.dumps(body))
            told = answer.json()
            told["results"] += [{"op": op, "status": status, "code": "later"} for op in named]
            route.fulfill(response=answer, json=told)

        phone.page.route("**/sync", put_it_off)
        put(phone, "workout_session", late, **a_workout(title="late"))
        put(phone, "workout_session", late, rpe=4)
        put(phone, "workout_session", a_uuid(), **a_workout(title="soon"))
        report = phone.has(SYNC)
        assert report["kept"] == put_off
        stored = rows_of(person, "workout_session", phone.beside)
        assert [row["body"]["title"] for row in stored] == ["soon"]
        phone.has(SYNC)
        stored = rows_of(person, "workout_session", phone.beside)
        assert {row["body"]["title"]: row["body"].get("rpe") for row in stored} == {
            "soon": None,
            "late": 4,
        }

    @pytest.mark.parametrize("seconds", ["3600", "99999999999"])
    def test_a_server_that_asked_for_time_gets_it(self, devices: Devices, seconds: str) -> None:
        phone = devices.app(devices.person())
        asked: list[str] = []

        def refuse(route: Any) -> None:
            asked.append(route.request.url)
            route.fulfill(status=429, headers={"Retry-After": seconds}, body="busy")

        phone.page.route("**/sync", refuse)
        phone.add_workout()
        expect(phone.page.locator("#notices")).to_contain_text("kept and sent later")
        phone.add_workout(minutes=20)  # each would be a request of its own
        expect(phone.page.locator("#sync")).to_have_text("2 waiting")
        phone.has("import('/static/webapp/schedule.js').then(({ syncSoon }) => syncSoon())")
        assert len(asked) == 1

    def test_an_answer_to_another_request_changes_nothing(self, devices: Devices) -> None:
        phone = devices.app(devices.person())
        told = phone.has(
            """async () => {
              const store = await import("/static/webapp/store.js");
              const before = await store.account();
              await store.begin("one");
              const answer = { request: "other", epoch: before.epoch, witness: before.witness,
                results: [], page: { rows: [], cursor: "elsewhere", complete: true } };
              const done = await store.accept(answer, [], { request: "one", athlete: before.athlete });
              return [done, (await store.account()).cursor === before.cursor];
            }"""
        )
        assert told == [None, True]


class TestLoading:
    def test_a_useless_cursor_loads_everything_again(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        kept, gone = workout(), workout()
        phone.beside(lambda: person.sync([kept, gone]))
        phone.has(SYNC)
        before = phone.has(SEEN)
        phone.has(
            """async () => {
              const { writing } = await import("/static/webapp/database.js");
              await writing(async (tables) => {
                const state = await tables.get("state", 1);
                await tables.put("state", { ...state, cursor: "garbage" });
                const [record] = await tables.all("records");
                await tables.put("records", { ...record, id: "00000000-0000-4000-8000-000000000000" });
                await tables.remove("records", record.id);
              });
            }"""
        )
        assert phone.has(SEEN) != before
        phone.has(SYNC)
        assert phone.has(SEEN) == before

    def test_a_copy_that_differs_is_found_and_loaded_anew(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        phone.beside(lambda: person.sync([workout(), workout()]))
        phone.has(SYNC)
        before = phone.has(SEEN)
        compare = """async () => {
          const { compare } = await import("/static/webapp/digest.js");
          return compare();
        }"""
        assert phone.has(compare) == []
        phone.has(
            """async () => {
              const { writing } = await import("/static/webapp/database.js");
              await writing(async (tables) => {
                const [record] = await tables.all("records");
                await tables.remove("records", record.id);
                const state = await tables.get("state", 1);
                await tables.put("state", { ...state, comparedAt: Date.now() - 8 * 86_400_000, syncedAt: 0 });
              });
            }"""
        )
        assert phone.has(SEEN) != before
        phone.has(SYNC)
        assert phone.has(SEEN) == before
        assert phone.has(compare) == []

    def test_a_server_back_from_a_backup_is_given_back_what_it_lost(self, devices: Devices) -> None:
        person, record = devices.person(), a_uuid()
        phone = devices.app(person)
        put(phone, "workout_session", record, **a_workout(title="kept here"))
        phone.has(SYNC)
        forked: list[str] = []

        def fork(route: Any) -> None:
            body = route.request.post_data_json
            if not forked and "sync" in route.request.url:
                forked.append("yes")
                route.fulfill(
                    status=409,
                    content_type="application/problem+json",
                    body='{"status": 409, "code": "feed-forked", "title": "lost"}',
                )
            elif route.request.url.endswith("/ops/lookup"):
                forked.append("asked")
                route.continue_()
            else:
                assert body["witness"] is None or len(forked) > 1 or body["cursor"]
                route.continue_()

        phone.page.route("**/v1/athletes/**", fork)
        # As after a restore: what the server has of the record is not what was set aside.
        phone.has(
            """async () => {
              const { writing } = await import("/static/webapp/database.js");
              const { uuid7 } = await import("/static/webapp/ids.js");
              await writing(async (tables) => {
                const record = (await tables.all("records")).find(({ type }) => type === "workout_session");
                await tables.put("records", { ...record, v: uuid7(), rev: record.rev + 1,
                  body: { ...record.body, title: "lost there" } });
              });
            }"""
        )
        phone.has(SYNC)
        assert forked[:2] == ["yes", "asked"]
        (row,) = rows_of(person, "workout_session", phone.beside)
        assert (row["body"]["title"], row["rev"]) == ("lost there", 2)
        (state,) = phone.stored("state")
        assert state["forked"] is False
        assert phone.stored("held") == []
        assert phone.stored("outbox") == []

    def test_an_erased_feed_empties_the_device(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        phone.add_workout()
        phone.is_sent()
        phone.context.set_offline(True)
        phone.add_vitamin_d()
        erase(person, phone)
        phone.context.set_offline(False)
        expect(phone.page.locator("#notices")).to_contain_text("was erased")
        phone.is_sent()
        assert phone.stored("outbox") == []
        assert rows_of(person, "lab_result", phone.beside) == []
        assert rows_of(person, "workout_session", phone.beside) == []


def erase(person: Person, app: App) -> None:
    """Erase everything of a person, as they may ask for."""

    def erased() -> None:
        with acting_as(person.id):
            assert erase_feed(person.id).records > 0

    app.beside(erased)


class TestTabs:
    def test_two_of_them_send_an_entry_once(self, devices: Devices) -> None:
        person = devices.person()
        app = devices.app(person)
        second = app.context.new_page()
        second.goto(f"{app.url}/app")
        second.locator("#nav").wait_for()
        pushes: list[str] = []

        def note(asked: Request) -> None:
            if asked.url.endswith("/sync"):
                pushes.extend(op["op"] for op in (asked.post_data_json or {})["ops"])

        app.context.on("requestfinished", note)  # those without a network failed
        app.context.set_offline(True)
        app.add_workout()
        second.evaluate("location.hash = '#/entries'")
        expect(second.locator(".app-entry .tag")).to_have_text("Waiting")  # told by the other tab
        app.context.set_offline(False)  # both notice at once
        app.is_sent()
        expect(second.locator(".app-entry .tag")).to_have_text("Sent")
        assert len(pushes) == len(set(pushes)) == 1
        assert len(rows_of(person, "workout_session", app.beside)) == 1


class TestClock:
    def test_set_back_does_not_stop_a_device_from_reading(self, devices: Devices) -> None:
        person = devices.person()
        phone = devices.app(person)
        phone.beside(lambda: person.sync([workout(title="new")]))
        phone.has("() => { const now = Date.now; Date.now = () => now() - 86_400_000; }")
        phone.has(SYNC)
        assert "new" in phone.has(SEEN)

    def test_two_syncs_asked_for_at_once_are_two_requests_at_most(self, devices: Devices) -> None:
        phone = devices.app(devices.person())
        asked: list[str] = []
        phone.page.on(
            "request", lambda one: asked.append(one.url) if one.url.endswith("/sync") else None
        )
        phone.has(
            """async () => {
              const { sync } = await import("/static/webapp/sync.js");
              await Promise.all([sync(), sync(), sync()]);
            }"""
        )
        assert len(asked) == 1


class TestPure:
    def test_ids_are_those_of_the_contract(self, devices: Devices) -> None:
        app = devices.app()
        reminder = uuid.UUID(int=7, version=4)
        told = app.has(
            """async ([reminder]) => {
              const { ackId, uuid7, versionOf } = await import("/static/webapp/ids.js");
              const id = uuid7();
              return [await ackId(reminder, "done", "2026-03-01T18:00:00+01:00"), versionOf(id), id];
            }""",
            [str(reminder)],
        )
        name = "done\x1f2026-03-01T18:00:00+01:00"
        assert told[0] == str(uuid.uuid5(reminder, name))
        assert told[1] == "7"
        assert uuid.UUID(told[2]).version == 7

    def test_json_keeps_every_digit(self, devices: Devices) -> None:
        app = devices.app()
        text = '{"a":41.50,"b":[1,2.0,1e5,-0.10],"c":"41.50 {\\"\\\\u0000n\\":\\"1\\"}","d":12345678901234567890}'
        again = app.has(
            """async (text) => {
              const { parse, stringify } = await import("/static/webapp/lossless.js");
              return stringify(parse(text));
            }""",
            text,
        )
        assert again == text
