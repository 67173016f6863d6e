#!/bin/sh
# Makes random secrets in ./secrets for docker-compose.yml; leaves alone what is there.
set -eu

folder=${1:-secrets}
mkdir -p "$folder"
# The folder is closed; each file is readable, because the containers' users differ from yours.
chmod 700 "$folder"
printf '*\n' >"$folder/.gitignore"

random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

keep() { # name, value
    [ -e "$folder/$1" ] && return
    printf '%s' "$2" >"$folder/$1"
    chmod 444 "$folder/$1"
}

keep secret_key "$(random)"
keep postgres_password "$(random)"
keep owner_password "$(random)"
keep app_password "$(random)"
keep redis_password "$(random)"
keep database_url "postgresql://mechanostat_app:$(cat "$folder/app_password")@postgres:5432/mechanostat"
keep database_owner_url "postgresql://mechanostat_owner:$(cat "$folder/owner_password")@postgres:5432/mechanostat"
keep redis_url "redis://:$(cat "$folder/redis_password")@redis:6379/0"
