# docker build -t metrics-tracker . && docker run -e HF_TOKEN=… -p 127.0.0.1:7860:7860 -v tracker:/data --stop-timeout 60 metrics-tracker
# deploy/compose.yaml says the same for Compose; deploy/space/ is for Hugging Face Spaces.

FROM oven/bun:1.4.5-slim AS packages
WORKDIR /app
COPY package.json bun.lock ./
# The image is the runtime that the package "bun" would bring along once more.
RUN bun install --frozen-lockfile --production --ignore-scripts \
  && rm -rf node_modules/bun node_modules/@oven node_modules/.bin/bun*

FROM oven/bun:1.4.5-slim
WORKDIR /app
RUN install -d -o 1000 -g 1000 /data
COPY --from=packages /app/node_modules node_modules
COPY package.json bunfig.toml index.ts provider_mapping.json ./
COPY src src
COPY deploy/start.sh deploy/start.sh
ENV NODE_ENV=production HOST=0.0.0.0 PORT=7860 DATA_DIR=/data LOCAL_CSV_PATH=/data/metrics_buffer.csv
USER 1000
VOLUME /data
EXPOSE 7860
# Whether it answers, not whether it is ready: what waits for a provider or the Hub is not mended by a new container.
HEALTHCHECK --interval=60s --timeout=10s --start-period=10m --start-interval=5s CMD ["bun", "--eval", "process.env.no_proxy = '127.0.0.1'; const { PORT } = process.env; process.exit(PORT === '0' || (await fetch(`http://127.0.0.1:${PORT}/healthz`)).ok ? 0 : 1)"]
ENTRYPOINT ["sh", "deploy/start.sh"]
