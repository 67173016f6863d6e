"""What makes two registrations the same address."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_push_state")]

    operations = [
        migrations.AddField("device", "push_address", models.CharField(max_length=64, null=True))
    ]
