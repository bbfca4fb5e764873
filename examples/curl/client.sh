#!/usr/bin/env bash
# bash client.sh send alice bob "Hello" | pull bob | ack bob <id>… | devices bob | access-key bob | send-with <key> bob "Hello"
set -euo pipefail
url=${DUMBWAITER_URL:-http://127.0.0.1:8080}
token_url=${DUMBWAITER_TOKEN_URL:-$url/dev/token}
json='Content-Type: application/json'

# Ask your own issuer here.
token() {
  curl -fsS "$token_url" -H "$json" -d "{\"user\":\"$1\"}" | sed 's/.*"token":"\([^"]*\).*/\1/'
}

bearer() {
  echo "Authorization: Bearer $(token "$1")"
}

# curl waits for Retry-After, else longer each time. It retries what fails on the way too: all calls can be repeated.
call() {
  local credential=$1 answer status
  shift
  answer=$(mktemp)
  status=$(curl -sS --max-time 10 --retry 8 --retry-all-errors -o "$answer" -w '%{http_code}' \
    -H "$credential" "$@")
  cat "$answer"
  rm "$answer"
  [[ $status == 2?? ]]
}

uuid7() {
  local time random
  time=$(printf '%012x' "$(($(date +%s) * 1000))")
  random=$(od -An -N10 -tx1 /dev/urandom | tr -d ' \n')
  echo "${time:0:8}-${time:8:4}-7${random:0:3}-a${random:3:3}-${random:6:12}"
}

# The ID of a subject such as auth0|7: what is none of these characters is percent-encoded, byte by byte.
user_id() {
  local LC_ALL=C id="" char i
  for ((i = 0; i < ${#1}; i++)); do
    char=${1:i:1}
    [[ $char == [A-Za-z0-9._~@+-] ]] || printf -v char '%%%02X' "$(($(printf %d "'$char") & 255))"
    id+=$char
  done
  echo "$id"
}

send() {
  # Seal the text for the recipient here. curl keeps the idempotency key for all attempts, so that there is one message.
  local data
  data=$(printf %s "$3" | base64 | tr -d '\n')
  call "$1" "$url/api/send" -H "$json" -H "Idempotency-Key: $(uuid7)" \
    -d "{\"recipientId\":\"urn:sm:user:$(user_id "$2")\",\"encryptedData\":\"$data\",\"encryptedSymmetricKey\":\"BCDE\"}"
}

case "${1:-} $#" in
  "send 4") send "$(bearer "$2")" "$3" "$4" ;;
  "send-with 4") send "Access-Key: $2" "$3" "$4" ;; # no token: the router does not learn who sends
  "access-key 2")
    # Sets a new one and prints it, for those who may send with it. Whoever has the old one is shut out.
    key=$(openssl rand -base64 32)
    call "$(bearer "$2")" -X PUT "$url/api/user/access-key" -H "$json" -d "{\"accessKey\":\"$key\"}"
    echo "$key"
    ;;
  "pull 2") call "$(bearer "$2")" "$url/api/messages?limit=100" ;;
  "ack "*)
    user=$2
    shift 2
    call "$(bearer "$user")" "$url/api/messages/ack" -H "$json" -d "{\"messageIds\":[\"$(echo "$*" | sed 's/ /","/g')\"]}"
    ;;
  "devices 2") call "$(bearer "$2")" "$url/api/devices" ;;
  *)
    sed -n 2p "$0"
    exit 2
    ;;
esac
