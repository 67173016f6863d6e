"""The pages on which an athlete decides: an invitation, a renewal, and a look at one's own row."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.pages.presence import asks_password, check_presence
from apps.accounts.services.presence import ReauthenticationRequired
from apps.coaching.categories import (
    CONSENT_TEXT,
    CONSENT_TEXT_VERSION,
    NEVER_SHARED,
    SENSITIVE,
    as_asked,
)
from apps.coaching.models import ConsentGrant
from apps.coaching.pages import present
from apps.coaching.pages.answers import page
from apps.coaching.pages.forms import AnswerForm, ChoiceForm, CodeForm, end_of, last_days
from apps.coaching.pages.tiles import tiles as tiles_of
from apps.coaching.preview import row_if_shared
from apps.coaching.selectors import asks_to_coach, grant_to_renew, invitation_for
from apps.coaching.services.consent import accept_invitation, renew_grant
from apps.coaching.services.guardians import Asked, ask_guardian
from apps.coaching.services.invitations import (
    InvitationNotValid,
    check_guessing,
    limit_guessing,
)
from apps.coaching.services.letters import mail_guardian
from apps.common.errors import AppError
from apps.common.qr import qr_data_uri
from backend.days import local_day, zone_of

GUARDIAN = "guardian"
PAGE = ConsentGrant.Channel.PAGE


@require_POST
@page
def enter_code(request: HttpRequest, person: User) -> HttpResponse:
    """Go to the invitation a code stands for."""
    form = CodeForm(request.POST)
    code = form.cleaned_data["code"].replace("/", "") if form.is_valid() else ""
    return redirect("invitation-page", secret=code) if code else redirect("sharing")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def invitation(request: HttpRequest, person: User, secret: str) -> HttpResponse:
    """Show who asks for what; take the athlete's answer."""
    answer = request.POST.get("answer")
    if answer == "decline":
        messages.info(request, "You declined. Nothing is shared, and nobody is told.")
        return redirect("sharing")
    limit_guessing(secret=secret, athlete_id=person.id, network=_network(request))

    def shown(form: AnswerForm, status: int = 200) -> HttpResponse:
        found = invitation_for(athlete=person, secret=secret, now=timezone.now())
        ticked = form["categories"].value() or []
        context = {
            **_terms(request, person, form),
            "invitation": found,
            "secret": secret,
            "choices": found.choices,
            "ticked": ticked,
            "is_adult": found.is_adult,
            "guardian_why": found.guardian_why,
            **({} if found.standing else _row(person, secret, ticked)),
        }
        return render(request, "coaching/invitation.html", context, status=status)

    if request.method != "POST":
        if asks_to_coach(person=person, secret=secret, now=timezone.now()):
            return redirect("coach-join", secret=secret)
        return shown(AnswerForm())
    if answer == "preview":
        return shown(AnswerForm(request.POST, use_required_attribute=False))
    return _decided(
        request,
        person,
        shown,
        accept=lambda **terms: accept_invitation(secret=secret, channel=PAGE, **terms),
        ask=lambda **terms: ask_guardian(secret=secret, **terms),
        done="You share now. You can change or end it here at any time.",
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@page
def renew(request: HttpRequest, person: User, grant_id: UUID) -> HttpResponse:
    """Agree anew, to the words and the coaches of today."""

    def shown(form: AnswerForm, status: int = 200) -> HttpResponse:
        found = grant_to_renew(owner=person, grant_id=grant_id, now=timezone.now())
        context = {
            **_terms(request, person, form),
            "grant": found.grant,
            "coaches": found.coaches,
            "choices": as_asked(found.grant.categories),
            "ticked": form["categories"].value() or [],
            "is_adult": found.is_adult,
            "guardian_why": found.guardian_why,
        }
        return render(request, "coaching/renew.html", context, status=status)

    if request.method != "POST":
        found = grant_to_renew(owner=person, grant_id=grant_id, now=timezone.now())
        usual = [one.value for one in found.grant.categories if one not in SENSITIVE]
        return shown(AnswerForm(initial={"categories": usual}))
    return _decided(
        request,
        person,
        shown,
        accept=lambda **terms: renew_grant(grant_id=grant_id, channel=PAGE, **terms),
        ask=lambda **terms: ask_guardian(grant_id=grant_id, **terms),
        done="Renewed, with the coaches who are in the team today.",
    )


@require_safe
@page
def your_row(request: HttpRequest, person: User, secret: str) -> HttpResponse:
    """Show the athlete's own row as the team would see it for these ticks."""
    check_guessing(secret=secret, athlete_id=person.id, network=_network(request))
    form = ChoiceForm(request.GET)
    ticked = form.cleaned_data["categories"] if form.is_valid() else []
    try:
        context = _row(person, secret, ticked)
    except InvitationNotValid:
        limit_guessing(secret=secret, athlete_id=person.id, network=_network(request))
        raise
    return render(request, "coaching/_your_row.html", context)


def _decided(
    request: HttpRequest,
    person: User,
    shown: Callable[..., HttpResponse],
    *,
    accept: Callable[..., ConsentGrant],
    ask: Callable[..., Asked],
    done: str,
) -> HttpResponse:
    """Take a decision: the athlete's own, or what a guardian is asked."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return shown(form, 422)
    now = timezone.now()
    found = form.cleaned_data
    terms: dict[str, Any] = {
        "athlete": person,
        "categories": found["categories"],
        "ends_at": end_of(found["last_day"], zone_of(person.zone)),
        "text_version": found["text_version"],
        "now": now,
    }
    try:
        check_presence(request, person)
        if request.POST.get("answer") == GUARDIAN:
            return _asked(request, person, ask(**terms), found["email"])
        accept(says_adult=found["is_adult"], **terms)
    except ReauthenticationRequired as refusal:
        form.add_error(None, str(refusal))
        form.wants_password = True
        return shown(form, refusal.status)
    except AppError as refusal:
        if refusal.status == 404:
            raise
        form.add_error(None, str(refusal))
        return shown(form, refusal.status)
    messages.success(request, done)
    return redirect("sharing")


def _asked(request: HttpRequest, person: User, asked: Asked, address: str) -> HttpResponse:
    """Show the guardian's link, once."""
    context = {
        "asked": asked,
        "picture": qr_data_uri(asked.link),
        "address": address,
        "is_mailed": bool(address)
        and mail_guardian(athlete_id=person.id, address=address, asked=asked),
    }
    return render(request, "coaching/guardian_asked.html", context)


def _terms(request: HttpRequest, person: User, form: AnswerForm) -> dict[str, object]:
    """Return what every page on which an athlete decides shows."""
    days = last_days(local_day(timezone.now(), zone=person.zone))
    return {
        "form": form,
        "last_day": form["last_day"].value() or days["usual"],
        "days": days,
        "asks_password": form.wants_password or asks_password(request),
        "consent_text": CONSENT_TEXT.split("\n"),
        "consent_version": CONSENT_TEXT_VERSION,
        "never_shared": NEVER_SHARED,
    }


def _row(person: User, secret: str, ticked: list[str]) -> dict[str, object]:
    now = timezone.now()
    try:
        row = row_if_shared(athlete=person, secret=secret, categories=ticked, now=now)
    except InvitationNotValid:
        raise
    except AppError:  # a form that asks for what was not offered is told so elsewhere
        row = None
    if row is None:
        return {"line": None}
    tiles = [tile for tile in tiles_of(row) if tile.is_shared]
    return {"line": present.line(row, now=now), "tiles": tiles, "as_of": now}


def _network(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
