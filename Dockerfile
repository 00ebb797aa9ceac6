# The production image: no demo, no embedded servers; what it needs comes from the environment (docs/operations.md).

FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --quiet uv
COPY requirements/production.txt /requirements.txt
RUN /venv/bin/uv pip sync --no-cache --compile-bytecode --python /venv/bin/python --require-hashes /requirements.txt

FROM python:3.11-slim-bookworm
ENV OXYPRIVACY_ENV=production \
    OXYPRIVACY_VAR=/var/lib/oxyprivacy \
    MALLOC_ARENA_MAX=2 \
    PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin oxyprivacy \
    && install -d -o oxyprivacy -g oxyprivacy -m 0700 /var/lib/oxyprivacy /var/lib/oxyprivacy/media /var/lib/oxyprivacy/escrow /var/lib/oxyprivacy/archives
COPY --from=packages /venv /venv
WORKDIR /srv/oxyprivacy
COPY manage.py ./
COPY deploy/postgres/ deploy/postgres/
COPY static/ static/
COPY templates/ templates/
COPY locale/ locale/
COPY accounts/ accounts/
COPY api/ api/
COPY audit/ audit/
COPY backups/ backups/
COPY browsing/ browsing/
COPY connectors/ connectors/
COPY consent/ consent/
COPY datamap/ datamap/
COPY events/ events/
COPY hosting/ hosting/
COPY letters/ letters/
COPY oxyprivacy/ oxyprivacy/
COPY policy/ policy/
COPY recruitment/ recruitment/
COPY retention/ retention/
COPY rights_requests/ rights_requests/
COPY security/ security/
COPY subjects/ subjects/
COPY trends/ trends/
# Nothing is compiled at each start: that would take seconds, and memory that stays taken.
RUN python -m compileall -q accounts api audit backups browsing connectors consent datamap events hosting letters oxyprivacy policy recruitment retention rights_requests security \
    subjects trends
# Nothing of these values stays: they only let the settings load while the static files are collected.
RUN DATABASE_URL=postgresql://none@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0 SECRET_KEY=only-to-collect-the-static-files \
    ALLOWED_HOSTS=none.example OXYPRIVACY_PUBLIC_URL=https://none.example \
    OXYPRIVACY_EMAIL=none@none.example OXYPRIVACY_JOBS_EMAIL=none@none.example OXYPRIVACY_PHONE=none OXYPRIVACY_OFFICER=none \
    python manage.py collectstatic --noinput --skip-checks --verbosity 0 \
    && chmod -R a+rX /var/lib/oxyprivacy/static && chmod 0711 /var/lib/oxyprivacy
USER oxyprivacy
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers", "--no-access-log", "oxyprivacy.wsgi:application"]
