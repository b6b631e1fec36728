#!/usr/bin/env bash
# Runs docker-compose.yml for real where no image can be pulled: makes a base image on this machine (debootstrap, Node from
# npm), builds, runs a whole experiment with one container a process, and checks the report and the attacker's mounts.
#
#   sudo test/compose/run.sh [EXPERIMENT]      default first-run.yaml
#
# Needs root, debootstrap, Docker (the daemon is started where none runs) and docker-compose. Everything it makes is removed
# again, but for the report, whose path it prints. SUITE and MIRROR choose the Debian release and a mirror other than debootstrap's own.
set -euo pipefail
cd "$(dirname "$0")/../.."
experiment=${1:-first-run.yaml}
started=$SECONDS
work=$(mktemp -d /tmp/leakscope-compose.XXXXXX)
export EXPERIMENT=$experiment BASE_IMAGE=leakscope-base:local COMPOSE_PROJECT_NAME=leakscope-check
compose=(docker-compose -f docker-compose.yml -f test/compose/override.yml)
step() { echo "== $* ($((SECONDS - started)) s)"; }

cleanup() {
  "${compose[@]}" down --volumes --remove-orphans >/dev/null 2>&1 || true
  if [ -f "$work/dockerd.pid" ]; then
    kill "$(cat "$work/dockerd.pid")" 2>/dev/null || true
    while [ -f "$work/dockerd.pid" ]; do sleep 0.2; done
  fi
  # A daemon that ends leaves the network namespace of its containers mounted.
  umount "$work/exec/netns/default" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

if ! docker info >/dev/null 2>&1; then
  step "starting dockerd"
  export DOCKER_HOST=unix://$work/docker.sock
  dockerd --data-root "$work/docker" --exec-root "$work/exec" --pidfile "$work/dockerd.pid" -H "$DOCKER_HOST" \
    >"$work/dockerd.log" 2>&1 &
  for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 0.5; done
  docker info >/dev/null || { tail "$work/dockerd.log"; exit 1; }
fi

step "base image"
debootstrap --variant=minbase --include=ca-certificates,libstdc++6 "${SUITE:-bookworm}" "$work/base" \
  ${MIRROR:+"$MIRROR"} >"$work/debootstrap.log"
npm install --global --silent --prefix "$work/base/usr/local" node@22 npm@10
# A registry mirror of this machine may have a certificate of its own: the image trusts what the machine trusts.
cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/ca-certificates.crt"
echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$work/base/root/.npmrc"
tar -C "$work/base" -c . | docker import --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' - "$BASE_IMAGE"

step "build"
"${compose[@]}" build

clients=$(node_modules/.bin/node -e "
  import('yaml').then(({ parse }) => console.log(parse(require('fs').readFileSync('experiments/$experiment', 'utf8')).clients.length))
" 2>/dev/null || grep -cE '^ *- \{ id:' "experiments/$experiment")
step "run with $clients clients"
"${compose[@]}" up --scale client="$clients" --no-color | tee "$work/up.log"

step "checks"
state() { docker inspect --format '{{.State.ExitCode}}' "${COMPOSE_PROJECT_NAME}_$1"; }
for container in server_1 attacker_1 evaluator_1 report_1 $(seq -f 'client_%g' "$clients"); do
  code=$(state "$container")
  echo "$container ended with $code"
  [ "$code" = 0 ] || exit 1
done
echo "user: $(docker inspect --format '{{.Config.User}}' leakscope)"
mounts=$(docker inspect --format '{{range .Mounts}}{{.Destination}} {{end}}' "${COMPOSE_PROJECT_NAME}_attacker_1")
echo "attacker's mounts: $mounts"
[ "$mounts" = '/run/audit ' ] || { echo 'the attacker sees more than the store'; exit 1; }
report=$(mktemp -d /tmp/leakscope-report.XXXXXX)
docker cp "${COMPOSE_PROJECT_NAME}_report_1:/reports/." "$report"
[ -s "$report/report.html" ] || { echo 'no report was written'; exit 1; }
step "done: $report/report.html"
