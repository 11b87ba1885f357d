#!/bin/sh
# What the container starts; its words are those of the command line. A Hugging Face Space tells its own address, has a proxy of the
# private network before us, is shown in a frame, and forgets its disk. What is set there by hand wins.
set -eu
if [ -n "${SPACE_HOST:-}" ]; then
  export PUBLIC_URL="${PUBLIC_URL:-https://${SPACE_HOST%%,*}}"
  export TRUSTED_PROXIES="${TRUSTED_PROXIES:-private}"
  export EMBED_IN="${EMBED_IN:-huggingface.co}"
  export LOCATION="${LOCATION:-space}"
  export PUSH_INTERVAL_CYCLES="${PUSH_INTERVAL_CYCLES:-1}" SHUTDOWN_GRACE_SECONDS="${SHUTDOWN_GRACE_SECONDS:-5}"
  if [ -n "${HF_DATASET_REPO_ID:-}" ] && [ "${PUSH:-on}" = on ]; then export IMPORT_AT_START="${IMPORT_AT_START:-on}"; fi
fi
exec bun run index.ts "$@"
