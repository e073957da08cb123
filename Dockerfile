# docker build --tag hls-auth-proxy .
# docker run --read-only --cap-drop ALL --security-opt no-new-privileges \
#   --publish 127.0.0.1:8080:8080 --stop-timeout 30 \
#   --volume ./hls-auth-proxy:/etc/hls-auth-proxy:ro hls-auth-proxy
#
# The configuration listens at 0.0.0.0:8080, so it must say who may ask:
# `server.access_key_file` or `server.allowed_networks`. On SIGTERM answers under way may
# end, within `server.shutdown_seconds`; the stop timeout leaves room for that.

# A tag here, so that a rebuild brings the fixes of the base. Who wants the same bytes
# every time puts a digest behind it: --build-arg BASE=python:3.13-slim@sha256:...
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements/build.lock requirements/run.lock requirements/
RUN pip install --require-hashes --only-binary :all: --requirement requirements/build.lock
# Without pip: only what runs is copied into the image.
RUN python -m venv --without-pip /opt/hls-auth-proxy
RUN pip --python /opt/hls-auth-proxy/bin/python install \
      --require-hashes --only-binary :all: --requirement requirements/run.lock
COPY LICENSE README.md pyproject.toml ./
COPY proxy proxy
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist .
RUN pip --python /opt/hls-auth-proxy/bin/python install --no-deps --no-index dist/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="hls-auth-proxy" \
      org.opencontainers.image.description="Plays token-protected HLS in any player" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/hls-auth-proxy /opt/hls-auth-proxy
# PYTHONDONTWRITEBYTECODE: the root file system may be read-only.
ENV PATH=/opt/hls-auth-proxy/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# By number, so that Kubernetes can see for itself that it is not root.
USER 65532:65532
# Configuration and keys are mounted here, readable by that user only.
WORKDIR /etc/hls-auth-proxy
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s CMD ["python", "-c", \
  "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8080, timeout=3); \
c.request('GET', '/livez'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["hls-auth-proxy"]
CMD ["run", "--config", "/etc/hls-auth-proxy/config.toml"]
