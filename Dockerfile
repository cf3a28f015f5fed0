# One image for every Airflow service of docker-compose.yml: the package with its extra [airflow], nothing else.
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/zaehlbar
WORKDIR /src
# The locked environment first: it changes less often than the code.
COPY requirements-airflow.lock ./
RUN /opt/zaehlbar/bin/pip install --require-hashes -r requirements-airflow.lock
COPY pyproject.toml README.md LICENSE ./
COPY LICENSES LICENSES
COPY dags dags
COPY expectations expectations
COPY sql sql
COPY examples/site examples/site
COPY pipelines pipelines
RUN /opt/zaehlbar/bin/pip install --no-deps --no-build-isolation .

FROM python:${PYTHON_VERSION}-slim-bookworm
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/zaehlbar --create-home --shell /usr/sbin/nologin zaehlbar
COPY --from=build /opt/zaehlbar /opt/zaehlbar
COPY dags /opt/zaehlbar/dags
ENV PATH=/opt/zaehlbar/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER zaehlbar
WORKDIR /var/lib/zaehlbar
VOLUME /var/lib/zaehlbar
CMD ["zaehlbar", "--help"]
