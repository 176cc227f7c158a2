FROM python:3.12-slim-bookworm

# Logs must not wait in a buffer, and byte code in an image layer is of no use to anyone.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt \
    && useradd --system --uid 10001 --home-dir /app zoetrope \
    && mkdir data \
    && chown zoetrope data

COPY bot bot
COPY cogs cogs

USER zoetrope
VOLUME /app/data

# Asks the bot itself, so a process that hangs counts as ill.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "bot.health"]

# Stop it with `docker stop -t 30`: an order under way may take 20 seconds until it is known to be taken.
CMD ["python", "-m", "bot"]
