"""The live process: server-sent events and nothing else. The web process is `config.wsgi`."""

import os
import resource

from config.services import ensure_services

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
ensure_services()

import django  # noqa: E402 (services first)

django.setup()

from django.conf import settings  # noqa: E402

from apps.coaching.live.feeds import SharedHeads  # noqa: E402
from apps.coaching.live.pages import PageStreams  # noqa: E402
from apps.sync.live.asgi import LiveApp  # noqa: E402
from apps.sync.live.stream import Pace  # noqa: E402

# Every stream is an open file; the usual soft limit is for programs that may use `select`.
_, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))

_pace = Pace(**settings.STREAM)
application = LiveApp(_pace, shared=SharedHeads(), others=[lambda: PageStreams(_pace)])
