"""Codes and tokens: one use, one family, an end, and nothing in clear."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from apps.integrations.models import Client
from apps.integrations.services.connections import forget_ended
from tests.apps.integrations.third_party import ThirdParty, read
from tests.conftest import Person

ME = "/v1/athletes/me/summary"


class TestExchange:
    def test_gives_a_short_lived_pair(self, athlete: Person) -> None:
        tokens = ThirdParty().connect(athlete, scope="labs:read")
        assert tokens["expires_in"] == 600
        assert tokens["token_type"] == "Bearer"
        assert tokens["scope"] == "labs:read"

    def test_stores_no_token(self, athlete: Person) -> None:
        tokens = ThirdParty().connect(athlete)
        for table in ("accesstoken", "refreshtoken"):
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT count(*), count(*) FILTER (WHERE token = '') "
                    f"FROM oauth2_provider_{table} WHERE user_id = %s",
                    [athlete.id],
                )
                assert cursor.fetchone() == (1, 1)
                cursor.execute(f"SELECT string_agg(t::text, ' ') FROM oauth2_provider_{table} t")
                stored = str(cursor.fetchone())
            assert tokens["access_token"] not in stored
            assert tokens["refresh_token"] not in stored

    @pytest.mark.parametrize(
        "changed",
        [
            {"code_verifier": "x" * 64},
            {"code_verifier": None},
            {"code": "wrong"},
            {"code": "\0"},
            {"redirect_uri": "https://partner.example/other"},
            {"client_secret": "wrong"},
            {"client_secret": None},
            {"client_id": "nobody"},
        ],
    )
    def test_refuses_what_does_not_fit(self, athlete: Person, changed: dict[str, Any]) -> None:
        partner = ThirdParty()
        answer = partner.exchange(**{"code": partner.code(athlete), **changed})
        assert answer.status_code in {400, 401}
        assert "access_token" not in answer.json()

    def test_refuses_a_code_of_another_client(self, athlete: Person) -> None:
        partner, other = ThirdParty(), ThirdParty()
        other.verifier = partner.verifier
        code = partner.code(athlete)
        assert other.exchange(code).json()["error"] == "invalid_grant"

    def test_refuses_a_code_after_a_minute(self, athlete: Person) -> None:
        partner = ThirdParty()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            code = partner.code(athlete)
            clock.shift(61)
            assert partner.exchange(code).json()["error"] == "invalid_grant"

    def test_of_one_code_twice_ends_what_the_first_issued(self, athlete: Person) -> None:
        partner = ThirdParty()
        code = partner.code(athlete)
        tokens = partner.exchange(code).json()
        assert read(tokens["access_token"], ME).status_code == 200

        assert partner.exchange(code).status_code == 400
        assert read(tokens["access_token"], ME).status_code == 401
        assert partner.refresh(tokens["refresh_token"]).status_code == 400

    def test_of_one_code_at_once_issues_one_live_pair(self, athlete: Person) -> None:
        partner = ThirdParty()
        code = partner.code(athlete)

        def exchange(_: int) -> int:
            try:
                return int(partner.exchange(code).status_code)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(exchange, range(4)))
        assert sorted(statuses) == [200, 400, 400, 400]

    @pytest.mark.parametrize(
        "parameters",
        [
            {"grant_type": "password", "username": "a", "password": "b"},
            {"grant_type": "client_credentials"},
            {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
            {"grant_type": "\0"},
            {},
        ],
    )
    def test_refuses_every_other_grant(self, parameters: dict[str, str]) -> None:
        assert ThirdParty().token(**parameters).status_code == 400

    def test_reads_no_parameters_from_the_address(self, athlete: Person) -> None:
        partner = ThirdParty()
        answer = Browser().post(f"/o/token?code={partner.code(athlete)}")
        assert answer.json()["error"] == "invalid_request"


class TestRefresh:
    def test_replaces_both_tokens(self, athlete: Person) -> None:
        partner = ThirdParty()
        first = partner.connect(athlete)
        second = partner.refresh(first["refresh_token"]).json()
        assert read(first["access_token"], ME).status_code == 401
        assert read(second["access_token"], ME).status_code == 200

    def test_with_a_used_token_ends_the_family(self, athlete: Person) -> None:
        partner = ThirdParty()
        first = partner.connect(athlete)
        second = partner.refresh(first["refresh_token"]).json()
        assert partner.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
        assert read(second["access_token"], ME).status_code == 401
        assert partner.refresh(second["refresh_token"]).status_code == 400

    def test_at_once_leaves_one_live_pair_at_most(self, athlete: Person) -> None:
        partner = ThirdParty()
        token = partner.connect(athlete)["refresh_token"]

        def refresh(_: int) -> Any:
            try:
                return partner.refresh(token)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(refresh, range(4)))
        issued = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
        assert {answer.status_code for answer in answers} <= {200, 400}
        assert all(issued)
        assert sum(read(token, ME).status_code == 200 for token in issued) <= 1

    def test_can_not_widen_what_was_allowed(self, athlete: Person) -> None:
        partner = ThirdParty()
        token = partner.connect(athlete, scope="labs:read")["refresh_token"]
        answer = partner.refresh(token, scope="labs:read workouts:read")
        assert answer.json()["error"] == "invalid_scope"

    def test_of_another_client_is_refused(self, athlete: Person) -> None:
        token = ThirdParty().connect(athlete)["refresh_token"]
        assert ThirdParty().refresh(token).json()["error"] == "invalid_grant"

    def test_ends_ninety_days_after_the_athlete_allowed_it(self, athlete: Person) -> None:
        partner = ThirdParty()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            tokens = partner.connect(athlete)
            for _ in range(4):
                clock.shift(timedelta(days=20))
                tokens = partner.refresh(tokens["refresh_token"]).json()
            forget_ended(now=timezone.now())
            clock.shift(timedelta(days=11))
            answer = partner.refresh(tokens["refresh_token"])
        assert answer.json()["error"] == "invalid_grant"

    def test_ends_after_thirty_idle_days(self, athlete: Person) -> None:
        partner = ThirdParty()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            tokens = partner.connect(athlete)
            clock.shift(timedelta(days=31))
            assert partner.refresh(tokens["refresh_token"]).status_code == 400
            forget_ended(now=timezone.now())
            assert partner.refresh(tokens["refresh_token"]).status_code == 400

    def test_ends_with_the_person(self, athlete: Person) -> None:
        partner = ThirdParty()
        tokens = partner.connect(athlete)
        athlete.user.is_active = False
        athlete.user.save()
        assert read(tokens["access_token"], ME).status_code == 401
        assert partner.refresh(tokens["refresh_token"]).status_code == 400

    def test_ends_with_the_client(self, athlete: Person) -> None:
        partner = ThirdParty()
        tokens = partner.connect(athlete)
        Client.objects.filter(client_id=partner.client.client_id).update(ended_at=timezone.now())
        assert read(tokens["access_token"], ME).status_code == 401
        assert partner.refresh(tokens["refresh_token"]).status_code == 401
        assert partner.ask(athlete).status_code == 400


class TestRevocation:
    @pytest.mark.parametrize("which", ["access_token", "refresh_token"])
    def test_works_on_the_next_request(self, athlete: Person, which: str) -> None:
        partner = ThirdParty()
        tokens = partner.connect(athlete)
        assert partner.revoke(tokens[which]).status_code == 200
        assert read(tokens["access_token"], ME).status_code == 401
        assert partner.refresh(tokens["refresh_token"]).status_code == 400

    def test_is_for_the_client_it_was_issued_to(self, athlete: Person) -> None:
        tokens = ThirdParty().connect(athlete)
        assert ThirdParty().revoke(tokens["access_token"]).status_code == 200
        assert read(tokens["access_token"], ME).status_code == 200


class TestDiscovery:
    def test_says_what_is_spoken_here(self) -> None:
        found = Browser().get("/.well-known/oauth-authorization-server").json()
        base = "http://127.0.0.1:8000"
        assert found["issuer"] == base
        assert found["authorization_endpoint"] == f"{base}/o/authorize"
        assert found["token_endpoint"] == f"{base}/o/token"
        assert found["revocation_endpoint"] == f"{base}/o/revoke"
        assert found["grant_types_supported"] == ["authorization_code", "refresh_token"]
        assert found["response_types_supported"] == ["code"]
        assert found["code_challenge_methods_supported"] == ["S256"]
        assert found["authorization_response_iss_parameter_supported"] is True
        assert "introspection_endpoint" not in found

    def test_says_whose_tokens_open_the_api(self) -> None:
        found = Browser().get("/.well-known/oauth-protected-resource").json()
        assert found["authorization_servers"] == ["http://127.0.0.1:8000"]
        assert found["scopes_supported"] == ["labs:read", "summary:read", "workouts:read"]
        assert found["bearer_methods_supported"] == ["header"]
