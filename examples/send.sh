#!/bin/sh
# Sends a notification to a user with nothing but curl:
#
#     NOTIFIER_URL=http://127.0.0.1:8000 NOTIFIER_API_KEY=ntf_… sh send.sh alice "Video Ready!" /video/7
#
# Retries reuse the Idempotency-Key, so the notification is sent once however many attempts it takes.
set -eu

name=$1 title=$2 address=$3
key=$(date +%s)-$$

quoted() {
    printf '%s' "$1" | sed 's/[\\"]/\\&/g'
}

# The key comes in a file descriptor: what stands on the command line, every user of the machine can read.
curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
    --config - \
    --header "Content-Type: application/json" \
    --header "Idempotency-Key: $key" \
    --data "{
        \"to\": \"user:$(quoted "$name")\",
        \"type\": \"video_complete\",
        \"title\": \"$(quoted "$title")\",
        \"actions\": [{\"label\": \"Watch Now\", \"url\": \"$(quoted "$address")\"}]
    }" \
    "$NOTIFIER_URL/api/notifications" <<EOF
header = "Authorization: Bearer $NOTIFIER_API_KEY"
EOF
