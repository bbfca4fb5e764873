# `sh scripts/run.sh FILE…`: installs what is missing, then runs the file on the project's own Node in place of this
# shell. By its path, because a shell may remember another node from before the install. PACKAGES=runtime installs only
# what the embedded process runs on.
set -e
node scripts/install/ensure-installed.mjs $PACKAGES
# What V8 made of the code, for this process and those that it starts: a service starts in half the time.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/.cache/compile}"
exec node_modules/.bin/node "$@"
