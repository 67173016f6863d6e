"""Whose read models somebody asked to have made anew, until it is done."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0005_kept_inputs"),
    ]

    operations = [
        migrations.AddField(
            model_name="published",
            name="rebuild_asked_at",
            field=models.DateTimeField(null=True),
        ),
    ]
