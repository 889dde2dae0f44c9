#!/bin/sh
# OpenBSD's nc with -N: it hangs up its side as soon as its input ends, as tunnels do.
# usage: nc.sh URL KEY TAG                            exit 0 only when every answer was right
url=$1 key=$2 tag=$3 failures=0
host=${url#http://} path=/${url##*/}
host=${host%%/*}

post() {
    printf 'POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
        "$path" "$host" "${#1}" "$1" | nc -N "${host%:*}" "${host#*:}"
}

has() {
    case $3 in
    *"$2"*) echo "ok    $1" >&2 ;;
    *) echo "WRONG $1: wanted $2 in $3" >&2; failures=$((failures + 1)) ;;
    esac
}

call() { printf '{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}' "$1" "$2"; }

has echo '"result":"Hello world"' "$(post "$(call TestAPI.echo '["Hello world"]')")"
message='"sender@example.org","Subject","Hello world!"]'
has queued '"status":"ok"' "$(post "$(call send_message "[\"$key\",[[\"wanted-$tag@example.org\",$message]]")")"
has refused '1 were correct' \
    "$(post "$(call send_message "[\"$key\",[[\"unwanted-$tag@example.org\",$message,[\"wrong@mail@x\",$message]]")")"
has fault '"code":-32602' "$(post "$(call getMonth '[2003,13]')")"
exit $((failures > 0))
