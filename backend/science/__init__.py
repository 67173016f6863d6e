"""What the models read, as tables for people: the parts of `docs/science.md` that are made.

``from backend.science.page import filled``.
"""
