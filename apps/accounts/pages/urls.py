"""Addresses of the account pages."""

from django.urls import path

from apps.accounts.pages import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("sign-up", views.sign_up, name="sign-up"),
]
