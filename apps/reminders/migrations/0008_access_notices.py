"""Mails about who can see one's data are kinds of message; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reminders", "0007_coach_nudge")]
    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="kind",
            field=models.CharField(
                choices=[
                    ("remind", "Remind"),
                    ("withdraw", "Withdraw"),
                    ("wake", "Wake"),
                    ("digest", "Digest"),
                    ("nudge", "Nudge"),
                    ("access-given", "Access Given"),
                    ("access-ends", "Access Ends"),
                ],
                db_default="remind",
                default="remind",
                max_length=16,
            ),
        ),
    ]
