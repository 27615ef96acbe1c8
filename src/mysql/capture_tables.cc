#include "mysql/capture_tables.h"

#include "base/log.h"
#include "mysql/catalogue.h"
#include "mysql/connection.h"

namespace syncline::mysql {
namespace {

struct Definition {
  std::string_view name;
  std::string_view columns;
};

// The log has no secondary index and no AUTO_INCREMENT: with one, a trigger's INSERT ... SELECT
// makes unrelated statements of the application fail (innodb_autoinc_lock_mode = 1).
constexpr Definition kTables[] = {
    {"clock",
     "id TINYINT UNSIGNED NOT NULL PRIMARY KEY, rev BIGINT UNSIGNED NOT NULL, generation BIGINT "
     "UNSIGNED NOT NULL, server VARCHAR(255) NOT NULL, epoch CHAR(32) NOT NULL"},
    {"change_log",
     "id BIGINT UNSIGNED NOT NULL PRIMARY KEY, tab INT UNSIGNED NOT NULL, k MEDIUMTEXT NOT NULL, "
     "links MEDIUMTEXT NULL, cur MEDIUMTEXT NULL, at TIMESTAMP(6) NOT NULL DEFAULT "
     "CURRENT_TIMESTAMP(6)"},
    {"catalogue",
     "number INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(10) NOT NULL, name "
     "VARCHAR(255) NOT NULL, key_columns TEXT NOT NULL, link_columns TEXT NOT NULL, is_current "
     "TINYINT NOT NULL"},
    {"documents",
     "name VARCHAR(255) NOT NULL PRIMARY KEY, hash CHAR(32) NOT NULL, superseded TEXT NOT NULL"},
    {"loads",
     "document VARCHAR(255) NOT NULL, target VARCHAR(32) NOT NULL, phase VARCHAR(10) NOT NULL, "
     "first BIGINT UNSIGNED NOT NULL, second_walk TINYINT NOT NULL, PRIMARY KEY (document, "
     "target)"},
    {"chunks",
     "document VARCHAR(255) NOT NULL, target VARCHAR(32) NOT NULL, number BIGINT UNSIGNED NOT "
     "NULL, after_key MEDIUMTEXT NULL, last_key MEDIUMTEXT NULL, is_done TINYINT NOT NULL DEFAULT "
     "0, counts TEXT NULL, ledger_id BIGINT UNSIGNED NULL, PRIMARY KEY (document, target, number)"},
    // k alone may be longer than an index allows: its digest stands for it.
    {"owed",
     "target VARCHAR(32) NOT NULL, document VARCHAR(255) NOT NULL, k_hash BINARY(16) NOT NULL, k "
     "MEDIUMTEXT NOT NULL, reason VARCHAR(10) NOT NULL, detail TEXT NOT NULL, revision BIGINT "
     "UNSIGNED NOT NULL, attempts INT UNSIGNED NOT NULL, is_noted TINYINT NOT NULL, due "
     "TIMESTAMP(6) NULL, since TIMESTAMP(6) "
     "NOT NULL DEFAULT CURRENT_TIMESTAMP(6), PRIMARY KEY (target, document, k_hash), KEY due "
     "(due)"},
    {"write_counters",
     "target VARCHAR(32) NOT NULL, document VARCHAR(255) NOT NULL, noted BIGINT UNSIGNED NOT NULL, "
     "PRIMARY KEY (target, document)"},
    {"ledger",
     "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(20) NOT NULL, document "
     "VARCHAR(255) NOT NULL, target VARCHAR(32) NOT NULL, state VARCHAR(20) NOT NULL, rows_read "
     "BIGINT UNSIGNED NOT NULL, rows_written BIGINT UNSIGNED NOT NULL, refused_older BIGINT "
     "UNSIGNED NOT NULL, removed BIGINT UNSIGNED NOT NULL, owed BIGINT UNSIGNED NOT NULL, detail "
     "LONGTEXT NOT NULL, started TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), updated "
     "TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    {"progress", "name VARCHAR(255) NOT NULL PRIMARY KEY, text LONGTEXT NOT NULL"},
};

}  // namespace

std::string own_table(const document::PipelineName& name, std::string_view table) {
  return quote_name(schema_of(name)) + "." + quote_name(table);
}

std::vector<OwnTable> own_tables(const document::PipelineName& name) {
  std::vector<OwnTable> tables;
  for (const Definition& table : kTables) {
    tables.push_back({std::string(table.name),
                      fmt::format("CREATE TABLE IF NOT EXISTS {} ({}) ENGINE = InnoDB DEFAULT "
                                  "CHARSET = utf8mb4 COLLATE = utf8mb4_bin ROW_FORMAT = DYNAMIC",
                                  own_table(name, table.name), table.columns)});
  }
  return tables;
}

}  // namespace syncline::mysql
