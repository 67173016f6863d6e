"""Addresses of tokens registered before; subscriptions of browsers are registered anew."""

from django.db import migrations

FILL = """
UPDATE accounts_device
   SET push_address = encode(sha256(convert_to(push_channel || ' ' || push_token, 'UTF8')), 'hex')
 WHERE push_token <> '' AND push_channel IN ('apns', 'fcm') AND push_address IS NULL;
UPDATE accounts_device SET push_channel = '', push_token = ''
 WHERE push_token <> '' AND push_channel = 'webpush' AND push_address IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_push_address")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
