"""Mail as operators say it: production without a mail server has no mail, and prints none."""

from django.conf import settings
from django.test import override_settings

from apps.reminders.services.deliver import deliver_due
from apps.reminders.transports import configured
from tests.apps.reminders.feed import NOON, deliveries, remind
from tests.conftest import Person


class TestMail:
    def test_is_a_channel_where_it_is_set(self) -> None:
        assert settings.MAIL_IS_SET
        assert "email" in configured()

    def test_is_none_in_production_without_a_server(self, athlete: Person) -> None:
        remind(athlete)
        with override_settings(MAIL_IS_SET=False):
            assert "email" not in configured()
            deliver_due(now=NOON)
        assert [one.last_code for one in deliveries(athlete)] == ["no-address"]
