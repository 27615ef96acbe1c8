#include "mysql/capture_refusal.h"

#include <set>

#include "base/log.h"
#include "mysql/cascade_paths.h"
#include "mysql/foreign_key_rules.h"
#include "mysql/trigger_sql.h"

namespace syncline::mysql {

using document::ReferentialAction;
using document::Schema;
using document::TableName;

namespace {

// The table, and those whose rows go or change with its rows.
std::set<TableName> reached_from(const Schema& schema, const TableName& table) {
  std::set<TableName> tables = {table};
  for (const CascadePath& path : delete_paths(schema, table)) {
    tables.insert(path.hops.back()->table);
  }
  for (const CascadePath& path : update_paths(schema, table)) {
    tables.insert(path.hops.back()->table);
  }
  return tables;
}

void add_endless(const std::vector<CascadePath>& paths, std::map<TableName, Error>& refused) {
  for (const CascadePath& path : paths) {
    if (const document::ForeignKey* last = endless_key(paths, path)) {
      refused.emplace(path.hops.back()->table, endless_cascade(*last));
    }
  }
}

}  // namespace

Result<std::map<TableName, Error>> uncapturable_tables(Connection& connection,
                                                       const Schema& schema) {
  std::map<TableName, Error> refused;
  for (const document::Table& table : schema.tables) {
    add_endless(delete_paths(schema, table.name), refused);
    add_endless(update_paths(schema, table.name), refused);
  }
  const auto rows = TRY(connection.rows(fmt::format(
      "SELECT DISTINCT k.TABLE_NAME, k.CONSTRAINT_NAME, k.REFERENCED_TABLE_SCHEMA, r.DELETE_RULE "
      "FROM information_schema.KEY_COLUMN_USAGE k LEFT JOIN "
      "information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = {0} AND "
      "r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME WHERE k.TABLE_SCHEMA "
      "= {0} AND k.REFERENCED_TABLE_SCHEMA <> {0} AND (r.DELETE_RULE IS NULL OR r.DELETE_RULE IN "
      "('CASCADE', 'SET NULL') OR r.UPDATE_RULE IN ('CASCADE', 'SET NULL'))",
      quote_text(schema.database))));
  for (const auto& row : rows) {
    if (!row[3]) {  // hidden from this account
      const auto rules = TRY(read_foreign_key_rules(connection, schema.database, *row[0], *row[1]));
      if (rules.on_delete == ReferentialAction::kNone &&
          rules.on_update == ReferentialAction::kNone)
        continue;
    }
    for (const TableName& table : reached_from(schema, TableName(*row[0]))) {
      refused.emplace(table,
                      unsupported(fmt::format("rows of {} go or change when rows of database {} do "
                                              "(foreign key {} of {})",
                                              table.value, *row[2], *row[1], *row[0]),
                                  "make that foreign key RESTRICT, or leave the table out of the "
                                  "documents"));
    }
  }
  return refused;
}

const Error* refusal_of(std::span<const document::DocumentPlan> plans,
                        const std::map<TableName, Error>& refused) {
  for (const document::CapturedTable& captured : document::captured_tables(plans)) {
    const auto found = refused.find(captured.table);
    if (found != refused.end()) return &found->second;
  }
  return nullptr;
}

Result<void> refuse_uncapturable(Connection& connection, const Schema& schema,
                                 std::span<const document::DocumentPlan> plans) {
  const auto refused = TRY(uncapturable_tables(connection, schema));
  if (const Error* refusal = refusal_of(plans, refused)) return *refusal;
  return {};
}

}  // namespace syncline::mysql
