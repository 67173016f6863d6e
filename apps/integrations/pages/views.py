"""Connected apps: what can read my data, and ending that."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.integrations.selectors import connections_of
from apps.integrations.services.connections import disconnect


def _signed_in(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


@require_GET
@login_required
def connections(request: HttpRequest) -> HttpResponse:
    """Show what can read my data now."""
    found = connections_of(owner=_signed_in(request).id)
    return render(request, "integrations/connections.html", {"connections": found})


@require_POST
@login_required
def end_connection(request: HttpRequest, client_id: str) -> HttpResponse:
    """End one; ending what is not connected changes nothing."""
    if disconnect(athlete_id=_signed_in(request).id, client_id=client_id):
        messages.success(request, "Its access has ended.")
    return redirect("connections")
