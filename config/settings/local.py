"""`make run`: everything on this machine, with a key kept beside the embedded servers."""

from config.local_key import local_secret_key, local_vapid_key
from config.settings.base import *  # noqa: F403 (settings are composed by import)
from config.settings.base import PUSH, SECRET_KEY, env

SECRET_KEY = SECRET_KEY or local_secret_key()
if not PUSH["VAPID_PRIVATE_KEY"]:
    PUSH = PUSH | {
        "VAPID_PRIVATE_KEY": local_vapid_key(),
        "VAPID_SUBJECT": PUSH["VAPID_SUBJECT"] or "mailto:nobody@mechanostat.invalid",
    }
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DEMO = env.bool("DEMO", True)
SERVE_STATIC = True
