# syntax=docker/dockerfile:1
# The server with the model that ships. Build: docker build -t llamero .
# Run: docker run --read-only --tmpfs /tmp -e LLAMERO_API_KEY=... -p 8321:8321 -v llamero:/data llamero

FROM node:22-bookworm AS build
WORKDIR /src
# Nothing of a dependency runs while it is installed.
COPY . .
RUN npm ci --ignore-scripts --no-audit --no-fund \
  && node tools/build.mjs \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf packages/*/src packages/*/tsconfig.json packages/kernels/native packages/kernels/wasm node_modules/.cache

FROM node:22-bookworm-slim
RUN groupadd --system --gid 10001 llamero \
  && useradd --system --uid 10001 --gid 10001 --home-dir /data --shell /usr/sbin/nologin llamero \
  && install -d -o 10001 -g 10001 /data
WORKDIR /app
# Owned by root: the server cannot change its own code.
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/packages packages
COPY examples/container/llamero.yaml llamero.yaml
# No request leaves the container; LLAMERO_OFFLINE=0 lets models be pulled and providers be asked.
ENV NODE_ENV=production LLAMERO_HOME=/data LLAMERO_OFFLINE=1
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8321
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8321/v1/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/packages/cli/bin/llamero.mjs"]
CMD ["serve", "--config", "/app/llamero.yaml"]
