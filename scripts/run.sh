# `sh scripts/run.sh FILE…`: installs what is missing, then runs the file on the project's own Node in place of this
# shell. By its path, because a shell may remember another node from before the install.
set -e
node scripts/ensure-installed.mjs
exec node_modules/.bin/node "$@"
