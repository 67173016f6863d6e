"""What the pages ask for."""

from datetime import date, datetime, time, timedelta, tzinfo

from django import forms

from apps.coaching.categories import USUAL, Category
from apps.coaching.models import LONGEST_GRANT_DAYS
from backend.days import LATEST_YEAR

CHOICES = [(category.value, category.title) for category in Category]
USUAL_DAYS = 180


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(max_length=120)


class InviteForm(forms.Form):
    """What a coach asks, and why."""

    categories = forms.MultipleChoiceField(
        choices=CHOICES,
        initial=[category.value for category in USUAL],
        error_messages={"required": "Tick at least one."},
    )
    purpose = forms.CharField(max_length=500)
    max_uses = forms.IntegerField(min_value=1, max_value=200, initial=1)


class CodeForm(forms.Form):
    """A short code somebody was given."""

    code = forms.CharField(max_length=64)


class NarrowForm(forms.Form):
    """What stays shared."""

    categories = forms.MultipleChoiceField(choices=CHOICES)


class AnswerForm(forms.Form):
    """An athlete's answer; ``last_day`` is the last day the team may look."""

    categories = forms.MultipleChoiceField(
        choices=CHOICES, error_messages={"required": "Tick at least one part, or decline."}
    )
    last_day = forms.DateField()
    text_version = forms.CharField(max_length=16)

    def clean_last_day(self) -> date:
        """Return the day if the instants around it can be held."""
        last_day: date = self.cleaned_data["last_day"]
        if last_day.year > LATEST_YEAR:
            raise forms.ValidationError("Choose an earlier day.")
        return last_day


def end_of(last_day: date, zone: tzinfo) -> datetime:
    """Return the first instant after a local day."""
    return datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=zone)


def last_days(today: date) -> dict[str, str]:
    """Return the first, the usual and the last day that sharing may end on."""
    days = {"first": 0, "usual": USUAL_DAYS, "last": LONGEST_GRANT_DAYS - 2}
    return {name: (today + timedelta(days=ahead)).isoformat() for name, ahead in days.items()}
