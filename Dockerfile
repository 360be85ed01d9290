# syntax=docker/dockerfile:1

# The dependencies, with what compiling sqlite3 needs; none of that stays in the image.
FROM node:24-slim AS dependencies
WORKDIR /app
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE* README.md CHANGELOG.md ./
COPY bin ./bin
COPY src ./src
COPY templates ./templates
COPY migrations ./migrations

# /data holds the embedded database, the desk's key and the spool: back it up. The desk runs in it, so that the
# relative paths of the defaults (data/…) and a countersign.yaml mounted as /data/countersign.yaml are found.
# `docker compose exec desk countersign …` runs any command beside the desk.
RUN mkdir -p /data && chown node:node /data && ln -s /app/bin/countersign /usr/local/bin/countersign
VOLUME /data
WORKDIR /data
USER node

# 2525: mail in (SMTP).  3000: the console.
EXPOSE 2525 3000

# Node is process 1, for bin/countersign gives way to it: it takes SIGTERM itself, finishes the mail in hand and ends.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# A start after the first one compiles nothing.
ENV NODE_COMPILE_CACHE=/data/compiled
ENTRYPOINT ["/app/bin/countersign"]
CMD ["start"]
