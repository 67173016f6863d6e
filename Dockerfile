# One image for web, worker, beat and migrate (target `app`), one for the proxy with its files.
FROM python:3.11-slim AS app

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN pip install --require-hashes --requirement requirements/base.txt
COPY manage.py ./
COPY backend backend
COPY apps apps
COPY tasks tasks
COPY config config
# Compiled as root, because the running user can't write here and the file system is read-only.
RUN python -m compileall -q backend apps tasks config \
    && useradd --system --uid 10001 --user-group --no-create-home mechanostat \
    # A new volume takes over the folder's owner.
    && install --directory --owner=mechanostat --group=mechanostat --mode=700 \
      /var/lib/mechanostat/uploads
# Settings insist on addresses and a key; collecting files uses none of them.
RUN SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built \
    PUBLIC_URL=https://build.invalid \
    DATABASE_URL=postgresql://build.invalid/build \
    REDIS_URL=redis://build.invalid/0 \
    UPLOADS_DIR=/nonexistent \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    python manage.py collectstatic --noinput
USER mechanostat

FROM caddy:2-alpine AS proxy
COPY docker/Caddyfile /etc/caddy/Caddyfile
COPY --from=app /app/staticfiles /srv/static
