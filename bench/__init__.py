"""Measures of the service against the limits of the machine it runs on: `make bench`."""
