# Usage: ./dev try [OPTIONS] FILE...
#
# Anyone's mysqldump or SQL scripts, on private servers: loads the files in the order given, writes a pipeline file by
# `syncline init`, runs it into MongoDB and Redis, waits, verifies, lets the independent checker judge, counts the rows, and shows
# what became of each table. Nothing of yours is touched: servers and files live in a directory of their own, gone afterwards.
# A file can hold commands of the client (\!, source, tee), and they run as you: try files that you trust.
#
# FILE is .sql or .sql.gz. A script without CREATE DATABASE and USE goes into a database named like the file; DELIMITER, `source`,
# views, routines, triggers, definers that do not exist, old sql_modes and latin1 are all right. Each database that the files make
# gets a pipeline.
#
# Options:
#   --server mysql|mariadb  the server to load it into (mysql)
#   --rows N                first insert random rows until each table has N (`syncline generate --churn --fill N`)
#   --churn                 change random rows for a while under the running engine, before waiting and verifying
#   --for SECONDS           how long --churn lasts (30)
#   --seed N                of --churn and --rows (1)
#   --within SECONDS        how long loading into the stores and catching up may take (600)
#   --keep                  leave everything up, and print addresses and files as KEY=value lines
#   --stop DIR              end what a --keep left in DIR, and remove it
#
# Exit code: 0 verified, 3 faults, 4 incomplete (something could not be verified, or a table is missing without a reason),
# 2 no such file, nothing in it, or nothing that can be a document, 1 any other error, 130 interrupted.
#
# Examples:
#   ./dev try dump.sql.gz
#   ./dev try --churn --server mariadb schema.sql data.sql
#   eval "$(./dev try --keep dump.sql | grep =)"; redis-cli -u $REDIS_URI --scan | head
set -euo pipefail
source "$TREE/tools/dev/lib.sh"
source "$TREE/tools/dev/python.sh"

venv=$(locked "$CACHE/python.lock" python_environment)
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" "$TREE/tools/try/try.py" "$@"
