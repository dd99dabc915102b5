FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock pyproject.toml README.md ./
COPY bridge bridge
COPY scim scim
COPY mappings mappings
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock \
 && /venv/bin/pip install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 bridge && mkdir /data && chown bridge /data
COPY --from=build /venv /venv
COPY config /config
ENV PATH=/venv/bin:$PATH BRIDGE_CONFIG=/config BRIDGE_DATA=/data BRIDGE_LISTEN=0.0.0.0:8080
USER bridge
VOLUME /data
EXPOSE 8080
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["inferpipe-bridge"]
CMD ["serve"]
