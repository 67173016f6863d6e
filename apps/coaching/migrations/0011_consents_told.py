"""A marker beside consents: whose feed does not say yet what became of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coaching", "0010_walls_of_one_consent")]
    operations = [
        migrations.CreateModel(
            name="ConsentPlace",
            fields=[
                ("athlete_id", models.UUIDField(primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
