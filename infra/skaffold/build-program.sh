#!/bin/sh
# build-program.sh SERVICE: skaffold's custom builder for the image of one program, from the Dockerfile. Skaffold sets
# IMAGE, BUILD_CONTEXT and PUSH_IMAGE.
set -eu
DOCKER_BUILDKIT=1 docker build --build-arg SERVICE="$1" --tag "$IMAGE" "$BUILD_CONTEXT"
if [ "$PUSH_IMAGE" = true ]; then docker push "$IMAGE"; fi
