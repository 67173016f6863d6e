"""What the pages ask for."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from apps.coaching.categories import LEVELS, USUAL, Category
from apps.coaching.models import LONGEST_GRANT_DAYS
from backend.days import LATEST_YEAR

CHOICES = [(category.value, category.title) for category in Category]
USUAL_DAYS = 180
RELATIONS = [
    ("mother", "mother"),
    ("father", "father"),
    ("guardian", "legal guardian"),
]
_UNREADABLE = "Use plain words on one line."


class Ticks(forms.CheckboxSelectMultiple):
    """Boxes of one name; levels of one thing are radio buttons, `level-labs` and so on."""

    def value_from_datadict(
        self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str
    ) -> list[str]:
        """Return all that is ticked or chosen."""
        boxes = super().value_from_datadict(data, files, name) or []
        levels = [data.get(f"level-{fuller.value}", "") for fuller, _ in LEVELS]
        return [one for one in (*boxes, *levels) if one]


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(max_length=120)


class InviteForm(forms.Form):
    """What a coach asks, and why; of another coach no data is asked."""

    categories = forms.MultipleChoiceField(
        choices=CHOICES,
        initial=[category.value for category in USUAL],
        required=False,
        widget=Ticks,
    )
    purpose = forms.CharField(max_length=500)
    max_uses = forms.IntegerField(min_value=1, max_value=200, initial=1)
    days = forms.IntegerField(min_value=1, max_value=30, initial=7, required=False)
    for_coach = forms.BooleanField(required=False)

    def clean_days(self) -> int:
        """Return how long it is open, a week unless said."""
        return self.cleaned_data["days"] or 7

    def clean(self) -> dict[str, Any]:
        """Refuse asking athletes for nothing."""
        found: dict[str, Any] = self.cleaned_data
        if found.get("for_coach"):
            found["categories"] = []
        elif not found.get("categories") and "categories" not in self.errors:
            self.add_error("categories", "Tick at least one.")
        return found


class CodeForm(forms.Form):
    """A short code somebody was given."""

    code = forms.CharField(max_length=64)


class ChoiceForm(forms.Form):
    """What would be shared, nothing too."""

    categories = forms.MultipleChoiceField(choices=CHOICES, required=False, widget=Ticks)


class NarrowForm(forms.Form):
    """What stays shared."""

    categories = forms.MultipleChoiceField(choices=CHOICES, widget=Ticks)


class AnswerForm(forms.Form):
    """An athlete's answer; ``last_day`` is the last day the team may look.

    ``is_adult`` is their word where no birth date is known, ``email`` a guardian's address.
    """

    categories = forms.MultipleChoiceField(
        choices=CHOICES,
        widget=Ticks,
        error_messages={"required": "Choose at least one part, or decline."},
    )
    last_day = forms.DateField()
    text_version = forms.CharField(max_length=16)
    wants_password = False  # set when one was asked for and is missing or wrong

    is_adult = forms.BooleanField(required=False)
    email = forms.EmailField(required=False)

    def clean_last_day(self) -> date:
        """Return the day if the instants around it can be held."""
        last_day: date = self.cleaned_data["last_day"]
        if last_day.year > LATEST_YEAR:
            raise forms.ValidationError("Choose an earlier day.")
        return last_day


class GuardianForm(forms.Form):
    """A guardian's agreement."""

    categories = forms.MultipleChoiceField(
        choices=CHOICES,
        widget=Ticks,
        error_messages={"required": "Choose at least one part, or refuse."},
    )
    name = forms.CharField(max_length=80, error_messages={"required": "Enter your name."})
    relation = forms.ChoiceField(
        choices=RELATIONS, error_messages={"required": "Choose who you are."}
    )
    agrees = forms.BooleanField(error_messages={"required": "Tick this to agree."})
    text_version = forms.CharField(max_length=16)

    def clean_name(self) -> str:
        """Return a name that can be read on one line."""
        name = " ".join(self.cleaned_data["name"].split())
        if not name.isprintable():
            raise forms.ValidationError(_UNREADABLE)
        return name

    @property
    def guardian(self) -> str:
        """Return who agreed, as it is kept."""
        return f"{self.cleaned_data['name']}, {dict(RELATIONS)[self.cleaned_data['relation']]}"


def end_of(last_day: date, zone: tzinfo) -> datetime:
    """Return the first instant after a local day."""
    return datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=zone)


def last_days(today: date) -> dict[str, str]:
    """Return the first, the usual and the last day that sharing may end on."""
    days = {"first": 0, "usual": USUAL_DAYS, "last": LONGEST_GRANT_DAYS - 2}
    return {name: (today + timedelta(days=ahead)).isoformat() for name, ahead in days.items()}
