# syntax=docker/dockerfile:1
# One instance. Stateless: the database and Redis run elsewhere, and files under instance/ are lost with the container.

# To build the same image again, name both bases by digest: docker build --build-arg PYTHON=python:3.12-slim@sha256:… (what
# `docker buildx imagetools inspect python:3.12-slim` prints), and deploy the result by its own digest.
ARG NODE=node:22-slim
ARG PYTHON=python:3.12-slim

FROM ${NODE} AS assets
WORKDIR /assets
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${PYTHON}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="notifier" \
    org.opencontainers.image.description="Real-time in-app notifications: server-sent events that lose nothing" \
    org.opencontainers.image.version="0.2.0" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.revision="${REVISION}"
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/notifier
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt
COPY gunicorn.conf.py wsgi.py LICENSE ./
COPY notifier notifier
COPY templates templates
COPY static static
COPY --from=assets /assets/node_modules/htmx.org/dist/htmx.min.js /assets/node_modules/htmx.org/dist/ext/hx-sse.min.js \
    /assets/node_modules/htmx.org/dist/ext/hx-upsert.min.js static/vendor/
RUN python -m compileall -q notifier \
    && useradd --system --no-create-home --uid 10001 notifier \
    && install -d -o notifier -g notifier instance
USER notifier
EXPOSE 8000
# Liveness, not readiness: an unreachable database is no reason to restart the container.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "notifier"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000", "--workers", "2"]
