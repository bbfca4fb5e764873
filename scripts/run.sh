# `sh scripts/run.sh FILE…`: installs what is missing, then becomes the project's own Node with that file. By its path,
# since a shell may remember where it found another node before the install.
set -e
node scripts/ensure-installed.mjs
exec node_modules/.bin/node "$@"
