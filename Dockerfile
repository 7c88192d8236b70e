FROM python:3.13-slim
RUN useradd --create-home --uid 10001 yesfirst
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock ./
RUN pip install --quiet --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY alembic alembic
COPY campaigns campaigns
RUN pip install --quiet --no-deps --no-build-isolation --no-index --editable . \
    && mkdir /data && chown yesfirst /data
USER 10001
ENV YESFIRST_HOME=/data YESFIRST_BIND=0.0.0.0
VOLUME /data
EXPOSE 8800
ENTRYPOINT ["yesfirst"]
CMD ["serve"]
