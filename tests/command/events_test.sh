#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The raw events of trials are exported, and whoever computes the metrics from them again, by the
# documentation and by another program, gets what is stored.
#
#   events_test.sh HEAPMARK RECOMPUTE.py
set -uo pipefail
heapmark=$1 recompute=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
database=$folder/events.db

fail() {
  echo "events_test: $*" >&2
  exit 1
}

"$heapmark" run -q -c mark-sweep,refcount-cycles,semispace,none -w rings:rounds=40000 -t 1,2 \
  --invocations 1 --db "$database" >"$folder/table" || fail 'the run failed'
python3 "$recompute" "$heapmark" "$database" || fail 'a figure does not come out as it is stored'

# What is not there is said.
. "$(dirname "$0")/export_said.sh"
said 'there is no trial 999' --events 999
said "the trial is 'one'" --events one
said 'stands alone' --events 1 --run 1

# Lines go to standard output as they come: where no file may grow, not even a temporary one, they
# come all the same. One JSON document is held back until it is whole, and is not to be had then.
"$heapmark" export --db "$database" --events 1 --out "$folder/lines" || fail 'no events in a file'
(($(wc -c <"$folder/lines") > 4096)) || fail 'too few events to tell anything'
(trap '' XFSZ && ulimit -S -f 1 && "$heapmark" export --db "$database" --events 1) | cmp - "$folder/lines" ||
  fail 'events are not streamed'
part=$(trap '' XFSZ && ulimit -S -f 1 && exec 2>&1 && "$heapmark" export --db "$database" --timeline 1)
[[ $part == 'heapmark: '*'File too large' ]] || fail "a document came in part: ${part:0:200}"

# Damaged, and gone.
change() {
  python3 - "$database" "$1" <<'END' || fail "cannot change the database"
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute(sys.argv[2])
database.commit()
END
}
change 'UPDATE events SET packed = substr(packed, 1, 40) WHERE trial_id = 1'
said 'the events of trial 1 cannot be read' --events 1
change 'DELETE FROM events WHERE trial_id = 2'
said 'trial 2 has no events' --events 2
echo 'events_test: all is well'
