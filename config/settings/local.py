"""`make run`: everything on this machine, with a key kept beside the embedded servers."""

from config.local_key import local_secret_key
from config.settings.base import *  # noqa: F403 (settings are composed by import)
from config.settings.base import SECRET_KEY, env

SECRET_KEY = SECRET_KEY or local_secret_key()
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DEMO = env.bool("DEMO", True)
SERVE_STATIC = True
