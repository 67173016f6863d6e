"""Transports against providers that can refuse."""
