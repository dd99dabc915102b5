FROM python:3.13-slim AS build
WORKDIR /build
RUN pip install --no-cache-dir uv && python -m venv --without-pip /venv
COPY requirements.lock pyproject.toml README.md ./
RUN uv pip install --no-cache --python /venv/bin/python --require-hashes --no-build --constraint requirements.lock -r pyproject.toml
COPY bridge bridge
COPY scim scim
COPY mappings mappings
RUN uv pip install --no-cache --python /venv/bin/python --no-deps .

FROM python:3.13-slim
RUN useradd --system --uid 10001 bridge && install -d -o bridge -m 700 /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH BRIDGE_CONFIG=/config BRIDGE_DATA=/data BRIDGE_LISTEN=0.0.0.0:8080
USER bridge
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=20s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["inferpipe-bridge"]
CMD ["serve"]
