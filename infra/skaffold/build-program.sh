#!/bin/sh
# build-program.sh SERVICE: skaffold's custom builder of one program's image, as the Dockerfile makes it. Skaffold tells
# IMAGE, BUILD_CONTEXT and PUSH_IMAGE.
set -eu
DOCKER_BUILDKIT=1 docker build --build-arg SERVICE="$1" --tag "$IMAGE" "$BUILD_CONTEXT"
if [ "$PUSH_IMAGE" = true ]; then docker push "$IMAGE"; fi
