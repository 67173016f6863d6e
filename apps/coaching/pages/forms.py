"""What the pages ask for."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from apps.coaching.categories import LEVELS, USUAL, Category
from apps.coaching.models import LONGEST_GRANT_DAYS, LONGEST_TAG, MOST_TAGS, Mark
from apps.coaching.panel import MAX_CURSOR, PanelQuery
from apps.coaching.roster import GROUPS
from apps.coaching.services.joining import tidy_tags
from apps.common.names import check_seen
from backend.days import LATEST_YEAR
from backend.records.coach_note import MOST_CHARACTERS

CHOICES = [(category.value, category.title) for category in Category]
USUAL_DAYS = 180
RELATIONS = [
    ("mother", "mother"),
    ("father", "father"),
    ("guardian", "legal guardian"),
]
PAGE_ROWS = 100
GROUP_CHOICES = [(group, group) for group in GROUPS]
BANDS = [
    ("review", "Worth a review"),
    ("mixed", "Mixed"),
    ("supportive", "Supportive"),
    ("insufficient", "Not enough data"),
]
SORTS = [
    ("attention", "Most pressing"),
    ("name", "Name"),
    ("last_data", "Longest without data"),
    ("due", "Next due"),
]
APART = frozenset({"sort", "cursor"})
FURTHER = ("band", "stale_days", "due_within_days")
LONGEST_MARK = 96
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


class Marks(forms.MultipleChoiceField):
    """The reasons a coach saw, as ``code@since``; which there are is the service's to know."""

    def valid_value(self, value: str) -> bool:
        """Return whether it could be one."""
        return 0 < len(value) <= LONGEST_MARK


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(max_length=120, validators=[check_seen])


class SettingsForm(forms.Form):
    """Which of a team's athletes its settings show; what makes no sense is left out."""

    q = forms.CharField(max_length=200, required=False)
    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)

    def narrowed(self) -> dict[str, Any]:
        """Return what was asked for."""
        self.is_valid()
        return {"q": self.cleaned_data.get("q") or "", "page": self.cleaned_data.get("page") or 1}


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


class TagsForm(forms.Form):
    """A team's own words for an athlete, apart by commas."""

    tags = forms.CharField(max_length=500, required=False)

    def clean_tags(self) -> list[str]:
        """Return the tags, each once and short."""
        tags = tidy_tags(self.cleaned_data["tags"].split(","))
        if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
            said = f"Use fewer or shorter tags: {MOST_TAGS} of {LONGEST_TAG} letters at most."
            raise forms.ValidationError(said)
        return tags


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
        return held(self.cleaned_data["last_day"])


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


class PanelForm(forms.Form):
    """What of a roster is shown; what makes no sense is left out, not refused."""

    q = forms.CharField(max_length=200, required=False)
    group = forms.ChoiceField(choices=GROUP_CHOICES, required=False)
    tag = forms.CharField(max_length=40, required=False)
    band = forms.ChoiceField(choices=BANDS, required=False)
    stale_days = forms.IntegerField(min_value=1, max_value=LONGEST_GRANT_DAYS, required=False)
    due_within_days = forms.IntegerField(min_value=1, max_value=LONGEST_GRANT_DAYS, required=False)
    sort = forms.ChoiceField(choices=SORTS, required=False)
    cursor = forms.CharField(max_length=MAX_CURSOR, required=False)

    def query(self) -> PanelQuery:
        """Return what is asked for."""
        self.is_valid()
        asked = self.cleaned_data
        return PanelQuery(
            q=asked.get("q") or None,
            group=asked.get("group") or None,
            tag=asked.get("tag") or None,
            band=asked.get("band") or None,
            stale_days=asked.get("stale_days"),
            due_within_days=asked.get("due_within_days"),
            sort=asked.get("sort") or "attention",
            cursor=asked.get("cursor") or None,
            limit=PAGE_ROWS,
        )

    @property
    def is_narrowed(self) -> bool:
        """Return whether some athletes are left out."""
        self.is_valid()
        return any(value for name, value in self.cleaned_data.items() if name not in APART)

    @property
    def has_further(self) -> bool:
        """Return whether one of the rarer filters is set."""
        self.is_valid()
        return any(self.cleaned_data.get(name) for name in FURTHER)


class ReviewForm(forms.Form):
    """What a look came to. Ignoring needs a reason, or nobody could understand it later."""

    ending = forms.ChoiceField(
        choices=Mark.Ending.choices, error_messages={"required": "Choose how it ended."}
    )
    note = forms.CharField(max_length=500, required=False)
    reasons = Marks(error_messages={"required": "Nothing was chosen to review."})

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of ignoring."""
        told: dict[str, Any] = self.cleaned_data
        if told.get("ending") == Mark.Ending.IGNORE and not told.get("note"):
            self.add_error("note", "Say why this can be ignored.")
        return told


class SnoozeForm(forms.Form):
    """For how long, and which of the reasons."""

    days = forms.TypedChoiceField(
        choices=[(days, days) for days in (3, 7, 14, 28)], coerce=int, empty_value=None
    )
    reasons = Marks(required=False)


class UndoForm(forms.Form):
    """Which mark."""

    mark_id = forms.UUIDField()


class NoteForm(forms.Form):
    """What a coach writes to an athlete, and the last day of a rest they plan."""

    text = forms.CharField(
        max_length=MOST_CHARACTERS, error_messages={"required": "Write something."}
    )
    planned_rest_until = forms.DateField(required=False)

    def clean_planned_rest_until(self) -> date | None:
        """Return a day that is not over and can be held."""
        day: date | None = self.cleaned_data["planned_rest_until"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError("Choose a day from today on.")
        return held(day) if day else None


def held(day: date) -> date:
    """Return a day if the instants around it can be held."""
    if day.year > LATEST_YEAR:
        raise forms.ValidationError("Choose an earlier day.")
    return day


def end_of(last_day: date, zone: tzinfo) -> datetime:
    """Return the first instant after a local day."""
    return datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=zone)


def last_days(today: date) -> dict[str, str]:
    """Return the first, the usual and the last day that sharing may end on."""
    days = {"first": 0, "usual": USUAL_DAYS, "last": LONGEST_GRANT_DAYS - 2}
    return {name: (today + timedelta(days=ahead)).isoformat() for name, ahead in days.items()}
