#include "mysql/schema_reader.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/log.h"
#include "document/type_parse.h"
#include "mysql/foreign_key_rules.h"

namespace syncline::mysql {

using document::Schema;
using document::Table;
using document::TableName;

namespace {

std::string text(const std::optional<std::string_view>& field) {
  return std::string(field.value_or(std::string_view()));
}

Table* find(Schema& schema, std::string_view name) {
  const auto found = std::ranges::find_if(
      schema.tables, [&](const Table& table) { return table.name.value == name; });
  return found == schema.tables.end() ? nullptr : &*found;
}

Result<void> read_tables(Connection& connection, const std::string& where, Schema& schema) {
  // MySQL shows row counts of up to a day ago otherwise.
  if (!connection.is_mariadb())
    TRY(connection.execute("SET SESSION information_schema_stats_expiry = 0"));
  return connection.query(
      "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS FROM information_schema.TABLES WHERE "
      "TABLE_SCHEMA = " +
          where + " ORDER BY TABLE_NAME",
      [&](Row row) -> Result<void> {
        Table table{.name = TableName(text(row[0])), .engine = text(row[2])};
        table.is_view = row[1] == "VIEW" || row[1] == "SYSTEM VIEW";
        // MariaDB: SEQUENCE, SYSTEM VERSIONED. They are InnoDB's as well.
        if (!table.is_view && row[1] != "BASE TABLE") table.engine = text(row[1]);
        table.approximate_rows = std::strtoull(text(row[3]).c_str(), nullptr, 10);
        schema.tables.push_back(std::move(table));
        return {};
      });
}

// MariaDB's JSON is a longtext with a check on the column: "table/json_valid(`column`)" of each.
Result<std::set<std::string>> json_checks(Connection& connection, const std::string& where) {
  std::set<std::string> checks;
  if (!connection.is_mariadb()) return checks;
  TRY(connection.query(
      "SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE "
      "CONSTRAINT_SCHEMA = " +
          where,
      [&](Row row) -> Result<void> {
        checks.insert(text(row[0]) + "/" + text(row[1]));
        return {};
      }));
  return checks;
}

Result<void> read_columns(Connection& connection, const std::string& where, Schema& schema) {
  const auto checks = TRY(json_checks(connection, where));
  return connection.query(
      "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, "
      "IS_NULLABLE, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = " +
          where + " ORDER BY TABLE_NAME, ORDINAL_POSITION",
      [&](Row row) -> Result<void> {
        const std::string name = text(row[1]);
        const std::string extra = text(row[6]);
        Table* table = find(schema, text(row[0]));
        if (!table) return {};
        const bool is_json =
            checks.contains(table->name.value + "/json_valid(" + quote_name(name) + ")");
        document::Column column{.name = name};
        column.type = document::parse_type(text(row[2]), text(row[3]), text(row[4]),
                                           row[5] == "YES", is_json);
        column.is_generated = extra.find("VIRTUAL GENERATED") != std::string::npos ||
                              extra.find("STORED GENERATED") != std::string::npos;
        column.is_invisible = extra.find("INVISIBLE") != std::string::npos;
        table->columns.push_back(std::move(column));
        return {};
      });
}

Result<void> read_indexes(Connection& connection, const std::string& where, Schema& schema) {
  const std::string sql = fmt::format(
      "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART FROM "
      "information_schema.STATISTICS WHERE TABLE_SCHEMA = {} AND INDEX_TYPE = 'BTREE'{} ORDER BY "
      "TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
      where, connection.is_mariadb() ? " AND IGNORED = 'NO'" : " AND IS_VISIBLE = 'YES'");
  bool is_ended = false;  // by a prefix or functional part
  return connection.query(sql, [&](Row row) -> Result<void> {
    Table* table = find(schema, text(row[0]));
    if (!table) return {};
    const std::string name = text(row[1]);
    if (table->indexes.empty() || table->indexes.back().name != name) {
      table->indexes.push_back({.name = name, .is_unique = row[2] == "0"});
      is_ended = false;
    }
    is_ended = is_ended || !row[3] || row[4];
    if (is_ended) {
      table->indexes.back().is_unique = false;  // the columns alone are not
    } else {
      table->indexes.back().columns.push_back(text(row[3]));
    }
    if (name == "PRIMARY" && row[3]) table->primary_key.push_back(text(row[3]));
    return {};
  });
}

document::ReferentialAction action_of(const std::optional<std::string_view>& rule) {
  if (rule == "CASCADE") return document::ReferentialAction::kCascade;
  if (rule == "SET NULL") return document::ReferentialAction::kSetNull;
  return document::ReferentialAction::kNone;
}

Result<void> read_foreign_keys(Connection& connection, const std::string& where, Schema& schema) {
  const std::string sql = fmt::format(
      "SELECT k.CONSTRAINT_NAME, k.TABLE_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_NAME, "
      "k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE FROM "
      "information_schema.KEY_COLUMN_USAGE k LEFT JOIN information_schema.REFERENTIAL_CONSTRAINTS "
      "r ON r.CONSTRAINT_SCHEMA = {0} AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = "
      "k.TABLE_NAME WHERE k.TABLE_SCHEMA = {0} AND k.REFERENCED_TABLE_SCHEMA = {0} ORDER BY "
      "k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
      where);
  std::vector<size_t> hidden;
  TRY(connection.query(sql, [&](Row row) -> Result<void> {
    auto& keys = schema.foreign_keys;
    const std::string name = text(row[0]);
    const TableName table(text(row[1]));
    if (keys.empty() || keys.back().name != name || keys.back().table != table) {
      keys.push_back({.name = name, .table = table, .parent = TableName(text(row[3]))});
      keys.back().on_delete = action_of(row[5]);
      keys.back().on_update = action_of(row[6]);
      if (!row[5]) hidden.push_back(keys.size() - 1);
    }
    keys.back().columns.push_back(text(row[2]));
    keys.back().parent_columns.push_back(text(row[4]));
    return {};
  }));
  for (const size_t i : hidden) {
    document::ForeignKey& key = schema.foreign_keys[i];
    const auto rules =
        TRY(read_foreign_key_rules(connection, schema.database, key.table.value, key.name));
    key.on_delete = rules.on_delete;
    key.on_update = rules.on_update;
  }
  return {};
}

}  // namespace

Result<Schema> read_schema(Connection& connection, const std::string& database) {
  Schema schema{.database = database};
  const std::string where = quote_text(database);
  TRY(read_tables(connection, where, schema));
  if (schema.tables.empty()) {
    return invalid("database '" + database + "' does not exist, or shows no table",
                   "check source.uri, and GRANT SELECT on the database to the account");
  }
  TRY(read_columns(connection, where, schema));
  TRY(read_indexes(connection, where, schema));
  TRY(read_foreign_keys(connection, where, schema));
  return schema;
}

}  // namespace syncline::mysql
