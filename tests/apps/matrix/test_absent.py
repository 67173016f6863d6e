"""What is not there yet, or on purpose: no admin, no client credentials, no rights by being staff."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from apps.accounts.models import User
from tests.apps.integrations.third_party import ThirdParty
from tests.apps.matrix.table import API, PAGES, rows
from tests.conftest import Person, make_person
from tests.contract.test_permissions import routes

# Each is a decision of its own when it comes, with rows here.
LATER = ("admin", "export", "erase", "webhook", "break", "audit", "metrics", "clients", "debug")


@pytest.fixture
def staff() -> Person:
    """Somebody of the staff, superuser by every flag there is."""
    person = make_person("Staff")
    User.objects.filter(pk=person.id).update(is_staff=True)
    return person


class TestAbsent:
    def test_is_any_address_of_administration_export_or_webhooks(self) -> None:
        told = {route for _, route in routes()}
        assert len(told) > 100
        assert [route for route in told if any(word in route for word in LATER)] == []
        assert "admin" not in {one.namespace for one in get_resolver().url_patterns
                               if hasattr(one, "namespace")}  # fmt: skip

    @pytest.mark.parametrize(
        "path", ["/admin", "/admin/", "/admin/login/", "/metrics", "/__debug__/"]
    )
    def test_is_nothing_at_the_usual_places(self, staff: Person, path: str) -> None:
        for browser in (Client(), staff.page):
            assert browser.get(path).status_code == 404
            assert browser.post(path, {}).status_code == 404

    def test_is_a_token_for_a_client_by_itself(self) -> None:
        """And for a password, a device or an assertion."""
        party = ThirdParty()
        for grant in (
            "client_credentials", "password", "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer", "implicit", "",
        ):  # fmt: skip
            answer: Any = party.token(
                grant_type=grant, scope="workouts:read", username="a", password="b"
            )
            assert answer.status_code == 400
            assert answer.json()["error"] in ("unsupported_grant_type", "invalid_request",
                                              "unauthorized_client")  # fmt: skip
            assert "access_token" not in answer.json()

    def test_is_a_column_of_rights_by_being_staff(self) -> None:
        """Row by row, staff are answered as any stranger is."""
        for table in (API, PAGES):
            for address, cells in rows(table):
                assert cells["AD"] == cells["OT"], address

    def test_is_a_flag_that_makes_more_than_staff(self) -> None:
        names = {field.name for field in User._meta.get_fields()}
        assert names & {"is_superuser", "groups", "user_permissions"} == set()
