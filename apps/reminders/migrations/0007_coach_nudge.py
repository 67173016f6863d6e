"""A coach's nudge is a kind of message; nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reminders", "0006_calendar")]
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
                ],
                db_default="remind",
                default="remind",
                max_length=16,
            ),
        ),
    ]
