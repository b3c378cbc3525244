#!/bin/sh
# A backup of the portal's database, which is all that the portal keeps: documents stand in it too.
#
#     DATABASE_URL=postgresql://… docs/ops/backup.sh FOLDER
#
# Writes FOLDER/portal-<moment>.dump (pg_dump's own format, compressed) and its SHA-256, whole or not at all; prints its
# name. Sign in as the owner: a role that row security binds would back up an empty portal. Keys are not in it: keep
# TOKEN_KEYS and SECRET_KEY elsewhere, or the backup opens every client's books.
set -eu

folder=${1:?usage: backup.sh FOLDER}
: "${DATABASE_URL:?set DATABASE_URL}"
mkdir -p "$folder"
name="portal-$(date -u +%Y%m%dT%H%M%SZ).dump"
trap 'rm -f "$folder/.$name"' EXIT
"${PG_DUMP:-pg_dump}" --dbname "$DATABASE_URL" --format custom --file "$folder/.$name"
(cd "$folder" && mv ".$name" "$name" && sha256sum "$name" > "$name.sha256")
echo "$folder/$name"
