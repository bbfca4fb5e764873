# Switches to the user of the images and drops all capabilities. Sourced by the scripts beside it.
without_rights="setpriv --reuid=65532 --regid=65532 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs"
