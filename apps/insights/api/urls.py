"""Addresses of an athlete's own derived data, and of the models behind it."""

from django.urls import path

from apps.insights.api import chart_views, model_views, views

urlpatterns = [
    path("athletes/<str:athlete>/fusions", views.FusionListView.as_view(), name="fusions"),
    path("athletes/<str:athlete>/charts/<str:name>", chart_views.ChartView.as_view(), name="chart"),
    path("models", model_views.ModelListView.as_view(), name="models"),
    path("models/<str:key>/run", model_views.ModelRunView.as_view(), name="model-run"),
]
