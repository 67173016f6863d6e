"""An address is of one device; built while devices go on signing in."""

from django.db import migrations, models

NAME = "accounts_device_one_per_push_address"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0005_push_addresses")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON accounts_device (push_address)"
                    " WHERE push_address IS NOT NULL",
                    f"DROP INDEX CONCURRENTLY {NAME}",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    "device",
                    models.UniqueConstraint(
                        fields=["push_address"],
                        condition=~models.Q(push_address=None),
                        name=NAME,
                    ),
                )
            ],
        )
    ]
