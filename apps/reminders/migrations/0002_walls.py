"""Row-level security of the inbox: an athlete's items are the athlete's alone.

`reminders_delivery` is a marker (ids, instants, states) and stays open: the due engine must
find what is due before it knows whose it is.
"""

from django.db import migrations

WALL = """
ALTER TABLE reminders_inboxitem ENABLE ROW LEVEL SECURITY;
ALTER TABLE reminders_inboxitem FORCE ROW LEVEL SECURITY;
CREATE POLICY reminders_inboxitem_own ON reminders_inboxitem TO mechanostat_app
  USING (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid)
  WITH CHECK (athlete_id = NULLIF(current_setting('mechanostat.actor', true), '')::uuid);
"""
OPEN = """
DROP POLICY reminders_inboxitem_own ON reminders_inboxitem;
ALTER TABLE reminders_inboxitem NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reminders_inboxitem DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("reminders", "0001_inbox"), ("common", "0001_privileges")]
    operations = [migrations.RunSQL(WALL, OPEN)]
