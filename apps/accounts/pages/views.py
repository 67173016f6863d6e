"""Sign in, sign out, sign up: parse, one service call, render."""

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.pages.forms import SignInForm, SignUpForm, zones
from apps.accounts.services import sign_up as accounts
from apps.accounts.sessions import announce_person
from apps.common.errors import AppError
from apps.common.limits import RateLimited, limit_attempts

WRONG = "The e-mail address or the password is wrong."
INCOMPLETE = "Enter your e-mail address and your password."
# A signed-out browser keeps no page it saw. Storage is the web app's, which has a sign-in and a
# sign-out of its own: clearing it here would delete entries that were not sent yet.
CLEARED = '"cache"'


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Open a browser session and go where the person wanted to be."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(destination(request))
        return _sign_in_page(request)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, error=INCOMPLETE, status=422)
    email = form.cleaned_data["email"].lower()
    try:
        limit_attempts("sign-in", email)
    except RateLimited as refusal:
        return _sign_in_page(request, error=str(refusal), status=refusal.status)
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        return _sign_in_page(request, error=WRONG, status=401)
    login(request, user)
    return redirect(destination(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the browser session; phones stay signed in."""
    person_id = request.user.pk
    logout(request)
    if person_id is not None:
        announce_person(person_id)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    response["Clear-Site-Data"] = CLEARED
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Open an account and a browser session in it."""
    if request.method != "POST":
        return _sign_up_page(request, SignUpForm())
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return _sign_up_page(request, form, status=422)
    try:
        limit_attempts("sign-up", request.META.get("REMOTE_ADDR", ""))
        user = accounts.sign_up(**form.cleaned_data)
    except AppError as refusal:
        return _sign_up_page(request, form, error=str(refusal), status=refusal.status)
    login(request, user)
    return redirect(destination(request))


def destination(request: HttpRequest) -> str:
    """Return where to go next: only ever a path of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if own and wanted.startswith("/") else settings.LOGIN_REDIRECT_URL


def _sign_in_page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "error": error,
        "email": request.POST.get("email", ""),
        "next": _kept(request),
    }
    return render(request, "sign_in.html", context, status=status)


def _sign_up_page(
    request: HttpRequest, form: Form, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "error": error,
        "next": _kept(request),
        "zones": zones(),
        "zone": request.POST.get("zone", "UTC"),
    }
    return render(request, "sign_up.html", context, status=status)


def _kept(request: HttpRequest) -> str:
    """Return the destination for the form, empty when it is the usual one."""
    wanted = destination(request)
    return "" if wanted == settings.LOGIN_REDIRECT_URL else wanted
