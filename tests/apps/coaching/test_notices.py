"""The owner is told by mail when access is given, and before it ends; never who or what."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from apps.coaching.services.consent import accept_invitation, end_grant, renew_grant
from apps.reminders.models import Delivery
from apps.reminders.services.deliver import deliver_due
from tests.apps.coaching.conftest import Squad
from tests.apps.coaching.deciding import invited
from tests.apps.reminders.feed import calm, set_profile
from tests.conftest import Person


@pytest.fixture(autouse=True)
def empty_post() -> None:
    """Leave nothing to send but what a test plans."""
    calm()
    mail.outbox.clear()


def mails_by(moment: datetime) -> list[Any]:
    """Return what is sent until ``moment``."""
    mail.outbox.clear()
    deliver_due(now=moment)
    return list(mail.outbox)


class TestNotices:
    def test_tell_of_access_at_once_without_who_and_what(
        self, squad: Squad, athlete: Person
    ) -> None:
        squad.join(athlete)
        [letter] = mails_by(timezone.now())
        assert letter.to == [athlete.user.email]
        assert "was just given access" in letter.body
        assert "List-Unsubscribe" not in letter.extra_headers
        for word in ("Kim", "Middle distance", "Season", "labs"):
            assert word not in letter.subject + letter.body
        assert mails_by(timezone.now()) == []

    def test_tell_of_it_though_mail_is_switched_off(self, squad: Squad, athlete: Person) -> None:
        set_profile(athlete, reminder_channels_off=["email"], locale="de")
        squad.join(athlete)
        [letter] = mails_by(timezone.now())
        assert "ändere dein Passwort" in letter.body

    def test_prompt_14_days_before_the_end(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete, days=30)
        assert len(mails_by(timezone.now())) == 1
        assert mails_by(grant.ends_at - timedelta(days=16)) == []
        [letter] = mails_by(grant.ends_at - timedelta(days=12))
        assert "renew it under Sharing" in letter.body
        assert "List-Unsubscribe" in letter.extra_headers

    def test_prompt_nobody_whose_sharing_ended(self, squad: Squad, athlete: Person) -> None:
        grant = squad.join(athlete, days=30)
        end_grant(athlete=athlete.user, grant_id=grant.id, now=timezone.now())
        mails_by(timezone.now())
        assert mails_by(grant.ends_at - timedelta(days=12)) == []

    def test_tell_of_a_renewal_and_prompt_for_the_new_end(
        self, squad: Squad, athlete: Person
    ) -> None:
        grant = squad.join(athlete, days=30)
        mails_by(timezone.now())
        newer = renew_grant(
            athlete=athlete.user, grant_id=grant.id, now=timezone.now(),
            ends_at=grant.ends_at + timedelta(days=60),
        )  # fmt: skip
        assert len(mails_by(timezone.now())) == 1
        assert mails_by(grant.ends_at - timedelta(days=12)) == []
        assert len(mails_by(newer.ends_at - timedelta(days=12))) == 1

    def test_are_one_for_an_answer_sent_twice(self, squad: Squad, athlete: Person) -> None:
        code = invited(squad).code
        for _ in range(2):
            accept_invitation(
                athlete=athlete.user, secret=code, categories={"sessions"},
                ends_at=timezone.now() + timedelta(days=9), now=timezone.now(),
            )  # fmt: skip
        planned = Delivery.objects.filter(athlete_id=athlete.id)
        assert [one.kind for one in planned] == ["access-given"]
