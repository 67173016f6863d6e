"""Reminders: the rule catalogue, due dates, and what is due for one person.

``from backend.reminding.plan import plan, reminder_id``.
"""
