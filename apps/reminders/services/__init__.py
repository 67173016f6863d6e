"""One verb each: collect reminders, deliver what is due, mark as seen."""
