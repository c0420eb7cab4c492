#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Time lines: of real trials, of events that cannot be true, and of what is not there.
#
#   timeline_test.sh HEAPMARK
set -uo pipefail
heapmark=$1
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
database=$folder/timeline.db

fail() {
  echo "timeline_test: $*" >&2
  exit 1
}

python3 -B "$here/trace_rules.py" --plant || fail 'the rules find nothing'
"$heapmark" run -q -c mark-sweep:workers=2,refcount-cycles,semispace -t 2 --invocations 1 \
  -w rings:rounds=40000,server:duration_ms=200,live=4MiB --db "$database" >"$folder/table" ||
  fail 'the run failed'

# What is not there is said.
. "$here/export_said.sh"
said 'there is no trial 999' --timeline 999
said "the trial is 'one'" --timeline one
said '--timeline TRIAL stands alone' --timeline 1 --run 1
said 'only one of --events and --timeline' --timeline 1 --events 1

# A full disk is the system's failure, and leaves the old file whole.
if [ -e /dev/full ]; then
  "$heapmark" export --db "$database" --timeline 1 >/dev/full 2>"$folder/err"
  [ $? = 3 ] || fail 'a full disk: the status is not 3'
fi
python3 -B "$here/timeline.py" "$heapmark" "$database" || fail 'a time line is wrong'
echo 'timeline_test: all is well'
