# syntax=docker/dockerfile:1
# One image for each program of packages/bundler/src/programs.ts:
#   docker build --build-arg SERVICE=api --tag dumbwaiter-api:0.2.0 .
# `--target dev` makes one that runs the source and restarts when a file changes (`skaffold dev`).

# Pin both by digest for a release: docker.io/library/node:24.21.0-bookworm-slim@sha256:…
ARG NODE_BASE=docker.io/library/node:24.21.0-bookworm-slim
# Any image with glibc, libstdc++ and certificates. Node comes from NODE_BASE.
ARG RUNTIME_BASE=gcr.io/distroless/cc-debian12:nonroot

# Only what npm reads, so that a change of any other file does not reinstall the packages.
FROM ${NODE_BASE} AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

# The packages of the programs, and what bundles them. The secret `npmrc` is for a registry of your own.
FROM ${NODE_BASE} AS packages
WORKDIR /src
COPY --from=manifests /src ./
RUN --mount=type=cache,target=/npm-cache --mount=type=secret,id=npmrc \
    npm ci --omit=dev --ignore-scripts --cache=/npm-cache --userconfig=/run/secrets/npmrc

FROM packages AS build
# Scanners find no packages in a bundle.
ARG BUILDKIT_SBOM_SCAN_STAGE=true
COPY . .
ARG SERVICE
RUN node packages/bundler/src/main.ts "${SERVICE}" && mv "dist/${SERVICE}" /app && mkdir /app/.compile-cache

# Runs the source. File sync needs tar, a shell and writable files.
FROM ${NODE_BASE} AS dev
WORKDIR /app
RUN chown 65532:65532 .
COPY --from=packages --chown=65532:65532 /src ./
COPY --chown=65532:65532 . .
ARG SERVICE
RUN echo "import './$(node packages/bundler/src/main.ts --entry "${SERVICE}")';" > main.ts && chown 65532:65532 main.ts
ENV NODE_ENV=development
USER 65532:65532
ENTRYPOINT ["node", "--watch", "main.ts"]

FROM ${NODE_BASE} AS node

FROM ${RUNTIME_BASE} AS program
COPY --from=node /usr/local/bin/node /usr/local/bin/node
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache
WORKDIR /app
USER 65532:65532

# Compiles the program once, as its own user: the compile cache depends on version, processor and user.
FROM program AS compiled
COPY --from=build --chown=65532:65532 /app ./
RUN ["node", "--enable-source-maps", "main.js", "--help"]

FROM program AS runtime
ARG SERVICE
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dumbwaiter-${SERVICE}" \
      org.opencontainers.image.description="Carries sealed messages that it cannot open: ${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app ./
# Node created it readable only by its user.
COPY --from=compiled --chmod=755 /app/.compile-cache ./.compile-cache
ENTRYPOINT ["node", "--enable-source-maps", "main.js"]
