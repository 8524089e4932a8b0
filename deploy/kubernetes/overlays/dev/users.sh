#!/bin/bash
# Runs in the cluster, beside MySQL: a schema and two users for each service, as deploy/local makes them. Passwords are
# files under /run/passwords and hexadecimal (make-secrets), so they need no quoting.
set -euo pipefail
export MYSQL_PWD
MYSQL_PWD=$(cat /run/root/password)
until mysql --host=mysql --user=root --execute='SELECT 1' >/dev/null; do sleep 2; done
for service in registry visits issues reporting; do
  printf 'CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n' "$service"
  for user in "$service" "${service}_ddl"; do
    printf "CREATE USER IF NOT EXISTS '%s'@'%%';\n" "$user"
    printf "ALTER USER '%s'@'%%' IDENTIFIED BY '%s';\n" "$user" "$(cat "/run/passwords/$user")"
  done
  printf "GRANT SELECT, INSERT, UPDATE, DELETE ON %s.* TO '%s'@'%%';\n" "$service" "$service"
  printf "GRANT ALL PRIVILEGES ON %s.* TO '%s_ddl'@'%%';\n" "$service" "$service"
done | mysql --host=mysql --user=root
