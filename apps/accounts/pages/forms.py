"""What the account pages ask for."""

from zoneinfo import available_timezones

from django import forms

from apps.common.names import check_seen

NOT_PLACES = ("Etc/", "SystemV/", "US/", "posix/", "right/")


class SignInForm(forms.Form):
    """An address and a password."""

    email = forms.EmailField(max_length=254)
    password = forms.CharField(max_length=128, strip=False)


class SignUpForm(SignInForm):
    """A new person; the zone decides which day a session belongs to."""

    display_name = forms.CharField(max_length=120, validators=[check_seen])
    zone = forms.ChoiceField(choices=lambda: [(name, name) for name in zones()])


def zones() -> list[str]:
    """Return the names of time zones a person may live in."""
    places = {name for name in available_timezones() if "/" in name}
    return ["UTC", *sorted(name for name in places if not name.startswith(NOT_PLACES))]
