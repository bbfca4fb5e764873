# All images: docker buildx bake --push
# For development: docker buildx bake dev
# One: docker buildx bake api

variable "REGISTRY" {
  default = ""
  description = "Registry and path of the images, such as europe-docker.pkg.dev/acme/dumbwaiter"
}

variable "VERSION" {
  default = "0.2.0"
}

variable "REVISION" {
  default = "unknown"
  description = "Commit: REVISION=$(git rev-parse HEAD)"
}

variable "PLATFORMS" {
  default = "linux/amd64,linux/arm64"
}

variable "NODE_BASE" {
  default = "docker.io/library/node:24.21.0-bookworm-slim"
  description = "With its digest for a release: docker buildx imagetools inspect NODE_BASE"
}

variable "RUNTIME_BASE" {
  default = "gcr.io/distroless/cc-debian12:nonroot"
  description = "With its digest for a release: docker buildx imagetools inspect RUNTIME_BASE"
}

variable "SERVICES" {
  default = ["api", "processor", "realtime", "operator", "issuer", "provision", "verify"]
}

function "image" {
  params = [service, suffix]
  result = "${REGISTRY == "" ? "" : "${REGISTRY}/"}dumbwaiter-${service}:${VERSION}${suffix}"
}

group "default" {
  targets = ["service"]
}

target "base" {
  args = {
    NODE_BASE = NODE_BASE
    RUNTIME_BASE = RUNTIME_BASE
    VERSION = VERSION
    REVISION = REVISION
  }
}

target "service" {
  inherits = ["base"]
  name = service
  matrix = { service = SERVICES }
  target = "runtime"
  args = { SERVICE = service }
  tags = [image(service, "")]
  platforms = split(",", PLATFORMS)
  attest = ["type=provenance,mode=max", "type=sbom"]
}

target "dev" {
  inherits = ["base"]
  name = "${service}-dev"
  matrix = { service = SERVICES }
  target = "dev"
  args = { SERVICE = service }
  tags = [image(service, "-dev")]
}
