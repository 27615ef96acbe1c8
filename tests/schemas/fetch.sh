#!/usr/bin/env bash
# Usage: tests/schemas/fetch.sh [NAME ...]
#
# Real applications' schemas for MySQL, taken out of Debian's packages: downloaded by apt, never installed, nothing of them in this tree.
# Leaves CACHE/schemas/NAME.sql (CACHE: $SYNCLINE_CACHE, or ~/.cache/syncline) and prints the path of each; without NAME all of them.
# A file that is there is not fetched again.
#
# Examples:
#   tests/schemas/fetch.sh roundcube zabbix
#   ./dev try --churn $(tests/schemas/fetch.sh cacti)
set -euo pipefail
TREE=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
source "$TREE/tools/dev/lib.sh"

# NAME PACKAGE FILE...: the files of the package, in the order in which they are loaded; .gz are unpacked.
SCHEMAS="
bacula bacula-director-mysql usr/share/dbconfig-common/data/bacula-director-mysql/install/mysql
cacti cacti usr/share/cacti/conf_templates/cacti.sql
ejabberd ejabberd usr/share/ejabberd/sql/mysql.new.sql
freeradius freeradius-config etc/freeradius/3.0/mods-config/sql/main/mysql/schema.sql
icinga icinga2-ido-mysql usr/share/icinga2-ido-mysql/schema/mysql.sql
icingadb icingadb usr/share/icingadb/schema/mysql/schema.sql
kea kea-admin usr/share/kea/scripts/mysql/dhcpdb_create.mysql
mediawiki mediawiki usr/share/mediawiki/maintenance/tables-generated.sql
ocsinventory ocsinventory-reports usr/share/ocsinventory-reports/files/ocsbase.sql
phpmyadmin phpmyadmin usr/share/phpmyadmin/sql/create_tables.sql
powerdns pdns-backend-mysql usr/share/pdns-backend-mysql/schema/schema.mysql.sql usr/share/pdns-backend-mysql/schema/enable-foreign-keys.mysql.sql
roundcube roundcube-core usr/share/roundcube/SQL/mysql.initial.sql
ttrss tt-rss usr/share/tt-rss/schema/ttrss_schema_mysql.sql
zabbix zabbix-server-mysql usr/share/zabbix-server-mysql/schema.sql.gz usr/share/zabbix-server-mysql/images.sql.gz usr/share/zabbix-server-mysql/data.sql.gz
zoneminder zoneminder usr/share/zoneminder/db/zm_create.sql usr/share/zoneminder/db/triggers.sql
"

names() { awk 'NF { print $1 }' <<<"$SCHEMAS"; }

# download PACKAGE: into the folder where we are. The package index may be absent or old: then it is renewed once.
download() {
  apt-get -qq download "$1" >download.log 2>&1 ||
    { as_root apt-get -qq update && apt-get -qq download "$1"; } >>download.log 2>&1 ||
    { tail -n 5 download.log >&2; die "fetch: apt-get download $1 failed: is this a Debian with its package sources?"; }
}

# mend NAME: what an installer of the application does to the text; stdin to stdout.
mend() {
  case $1 in
    # It takes MySQL 9 for an old one, which had this mode.
    cacti) sed 's/NO_AUTO_CREATE_USER,//' ;;
    # The places for a prefix of the table names and for options of the tables are comments.
    mediawiki) sed 's#/\*_\*/##g; s#/\*$wgDBTableOptions\*/#ENGINE=InnoDB, DEFAULT CHARSET=binary#' ;;
    # A database of its own name, and an account's rights.
    phpmyadmin) sed '/^CREATE DATABASE/,/;$/d; /^USE /d; /^GRANT/,/;$/d' ;;
    # A database of its own name; its triggers are a file of their own, which comes at the end here.
    zoneminder) sed '/^CREATE DATABASE/d; /^USE /d; /^source /d' ;;
    # Tens of thousands of INSERTs: in one transaction instead of one for each.
    zabbix) sed '1i SET autocommit = 0;' && echo "COMMIT; SET autocommit = 1;" ;;
    *) cat ;;
  esac
}

fetch() { # NAME PACKAGE FILE...
  local name=$1 package=$2 folder file
  shift 2
  folder=$(mktemp -d)
  (
    cd "$folder"
    download "$package"
    for file in "$@"; do
      dpkg-deb --fsys-tarfile ./*.deb | tar -xO "./$file" | if [[ $file == *.gz ]]; then gunzip; else cat; fi
      echo
    done | mend "$name" >schema.sql
    [[ $(wc -c <schema.sql) -gt 200 ]] || die "fetch: $package holds no $*"
    mv schema.sql "$CACHE/schemas/$name.sql"
  )
  rm -rf "$folder"
}

main() {
  local name line wanted
  case ${1:-} in
    -h | --help)
      help_of "${BASH_SOURCE[0]}"
      return
      ;;
  esac
  mkdir -p "$CACHE/schemas"
  mapfile -t wanted < <(if (($#)); then printf '%s\n' "$@"; else names; fi)
  for name in "${wanted[@]}"; do
    line=$(awk -v name="$name" '$1 == name' <<<"$SCHEMAS")
    [[ -n $line ]] || usage_error "fetch: no schema '$name'$(nearest "$name" $(names))" "tests/schemas/fetch.sh --help"
    # shellcheck disable=SC2086
    [[ -s $CACHE/schemas/$name.sql ]] || fetch $line
    echo "$CACHE/schemas/$name.sql"
  done
}

main "$@"
