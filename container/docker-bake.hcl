# Both images for both kinds of processors, as .github/workflows/images.yml builds them, and by hand (docs/images.md):
#
#   docker buildx bake -f container/docker-bake.hcl --set app.tags=REGISTRY/NAME:TAG --push        from the project's root
#
# The app is built on the mount's image of the same run: no registry lies between them.
group "default" {
  targets = ["app"]
}

target "mount" {
  context    = "."
  dockerfile = "container/Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
}

target "app" {
  context    = "."
  dockerfile = "container/app/Dockerfile"
  contexts   = { tenantry-mount = "target:mount" }
  platforms  = ["linux/amd64", "linux/arm64"]
}
