"""What panels are ranked and filtered by, and what sessions say of availability."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0007_reminder_sent"),
    ]

    operations = [
        migrations.AddField(
            model_name="panelrow",
            name="severity",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="panelrow",
            name="since",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="panelrow",
            name="next_due_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="panelrow",
            name="band",
            field=models.CharField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name="panelrow",
            name="codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=64), null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="panelrow",
            name="marks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80), null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="sessionload",
            name="availability",
            field=models.CharField(max_length=16, null=True),
        ),
    ]
