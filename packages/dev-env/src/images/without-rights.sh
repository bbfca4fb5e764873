# The user of the images, without any right that root might have left it. Read by the scripts beside it.
without_rights="setpriv --reuid=65532 --regid=65532 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs"
