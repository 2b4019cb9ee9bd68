#!/bin/sh
# One run of the hub, for cron: says something only when it is new and a person is wanted, for cron mails what is said.
# Arguments of its own go to refresh. It lies in docs/recipes of the checkout, and works on that.
set -eu
umask 022
hub=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$hub"
log=${FORECOURT_LOG:-$hub/hub.log}
last=.hub/cron-code

# Lines of the form NAME=value that only you can read (chmod 600): tokens of accounts, keys of the target. What stands
# there is taken as it is, and is nothing to the shell; quotes round a value may be there or not.
secrets=${FORECOURT_SECRETS:-$HOME/.hub-secrets}
if [ -r "$secrets" ]; then
  return=$(printf '\r')
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%"$return"}
    line=${line#export }
    name=${line%%=*}
    value=${line#*=}
    case $name in
      '' | "$line" | [!A-Za-z_]* | *[!A-Za-z0-9_]*) continue ;;
    esac
    case $value in
      \"*\" | \'*\') value=${value#?} value=${value%?} ;;
    esac
    export "$name=$value"
  done < "$secrets"
fi

# refresh ends itself after 10 minutes, and 5 for keeping the state; timeout is for the day on which it cannot. It locks,
# so no flock is needed.
: >> "$log"
begins=$(($(wc -c < "$log") + 1))
code=0
nice -n 10 timeout -k 60 17m .venv/bin/invoke refresh --minutes 10 "$@" >> "$log" 2>&1 || code=$?

# The dead-man's switch: whoever gets this sounds the alarm when it stays away.
case $code in
  0 | 3 | 4)
    if [ -n "${PING_URL:-}" ]; then
      curl --fail --silent --show-error --max-time 10 --retry 3 --output /dev/null "$PING_URL" >> "$log" 2>&1 || :
    fi
    ;;
esac

# The same twice is said once. Stale accounts (3) and what the next run mends (5) are left to `invoke status`, to
# HUB_ALERTS, and to the switch above.
before=$(cat "$last" 2>/dev/null || echo 0)
mkdir -p .hub
printf '%s\n' "$code" > "$last"
case $code in
  0 | 3 | 5) ;;
  "$before") ;;
  *)
    echo "The hub in $hub ended with $code:"
    tail -c "+$begins" "$log" | tail -n 40
    ;;
esac
exit "$code"
