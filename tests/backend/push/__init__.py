"""Requests to providers and what their answers mean."""
