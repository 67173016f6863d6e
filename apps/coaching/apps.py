"""Teams, consent and what a coach may see of an athlete who consented."""

from django.apps import AppConfig


class CoachingConfig(AppConfig):
    """Knows who may see whom; reads insights, never the feed."""

    name = "apps.coaching"

    def ready(self) -> None:
        """Answer, before a nudge is sent, whether the coach may still nudge; hear who is a minor."""
        from apps.coaching.services.consent import pause_until_guardian
        from apps.coaching.services.nudging import may_arrive
        from apps.insights.services.listeners import hear_of_profiles
        from apps.reminders.services.coach_nudges import ask_before_sending

        ask_before_sending(may_arrive)
        hear_of_profiles(pause_until_guardian)
