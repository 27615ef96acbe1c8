#include "generate/churn_table.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "generate/churn_value.h"
#include "mysql/cascade_paths.h"
#include "mysql/schema_reader.h"

namespace syncline::generate {
namespace {

using document::ForeignKey;
using document::Index;
using document::Schema;
using document::Table;
using mysql::quote_text;

constexpr size_t kCascadesMax = 100;  // of one table: each costs a query at each delete

// "table/column" of what read_schema() does not say.
struct Facts {
  std::set<std::string> auto_increment;
  std::set<std::string> with_default;
  std::set<std::string> computing_tables;  // with checks, or triggers that are not ours
};

std::string at(std::string_view table, std::string_view column) {
  return fmt::format("{}/{}", table, column);
}

Result<Facts> read_facts(mysql::Connection& session, const std::string& database) {
  Facts facts;
  TRY(session.query(
      "SELECT TABLE_NAME, COLUMN_NAME, EXTRA LIKE '%auto_increment%', COLUMN_DEFAULT IS NOT NULL "
      "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = " +
          quote_text(database),
      [&](mysql::Row row) -> Result<void> {
        if (row[2] == "1") facts.auto_increment.insert(at(*row[0], *row[1]));
        if (row[3] == "1") facts.with_default.insert(at(*row[0], *row[1]));
        return {};
      }));
  TRY(session.query(
      "SELECT TABLE_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_TYPE = "
      "'CHECK' AND TABLE_SCHEMA = " +
          quote_text(database),
      [&](mysql::Row row) -> Result<void> {
        facts.computing_tables.emplace(*row[0]);
        return {};
      }));
  TRY(session.query(
      "SELECT EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE TRIGGER_NAME NOT LIKE "
      "'syncline\\_%' AND TRIGGER_SCHEMA = " +
          quote_text(database),
      [&](mysql::Row row) -> Result<void> {
        facts.computing_tables.emplace(*row[0]);
        return {};
      }));
  return facts;
}

void describe_columns(const Schema& schema, const Table& table, const Facts& facts,
                      ChurnTable& result) {
  for (const document::Column& column : table.columns) {
    if (column.is_generated) {
      result.is_computing = true;
      continue;
    }
    const std::string place = at(table.name.value, column.name);
    ChurnColumn one{.name = column.name, .type = column.type};
    one.is_auto_increment = facts.auto_increment.contains(place);
    one.is_omittable =
        column.type.is_nullable || one.is_auto_increment || facts.with_default.contains(place);
    one.is_key = is_among(column.name, table.primary_key);
    one.is_unique = one.is_key || std::ranges::any_of(table.indexes, [&](const Index& index) {
                      return index.is_unique && is_among(column.name, index.columns);
                    });
    for (const ForeignKey& key : schema.foreign_keys) {
      one.is_foreign |= key.table == table.name && is_among(column.name, key.columns);
      one.is_key |= key.parent == table.name && is_among(column.name, key.parent_columns);
    }
    result.columns.push_back(std::move(one));
  }
}

// The primary key, or else a unique index over columns that are never NULL.
std::vector<std::string> row_key(const Table& table) {
  if (!table.primary_key.empty()) return table.primary_key;
  for (const Index& index : table.indexes) {
    const bool is_complete = std::ranges::all_of(index.columns, [&](const std::string& name) {
      const document::Column* column = table.column(name);
      return column != nullptr && !column->type.is_nullable;
    });
    if (index.is_unique && is_complete) return index.columns;
  }
  return {};
}

bool is_any_deep(const std::vector<mysql::CascadePath>& paths) {
  return std::ranges::any_of(paths,
                             [](const mysql::CascadePath& path) { return path.hops.size() > 1; });
}

std::vector<std::vector<ForeignKey>> cascades(const std::vector<mysql::CascadePath>& deletes) {
  std::vector<std::vector<ForeignKey>> result;
  for (const mysql::CascadePath& path : deletes) {
    const bool is_delete = std::ranges::all_of(path.hops, [](const ForeignKey* key) {
      return key->on_delete == document::ReferentialAction::kCascade;
    });
    if (!is_delete || result.size() == kCascadesMax) continue;
    auto& hops = result.emplace_back();
    for (const ForeignKey* key : path.hops) hops.push_back(*key);
  }
  return result;
}

ChurnTable describe(const Schema& schema, const Table& table, const Facts& facts) {
  ChurnTable result{.name = table.name.value};
  result.is_computing = facts.computing_tables.contains(table.name.value);
  describe_columns(schema, table, facts, result);
  for (const std::string& name : row_key(table)) {
    const document::Column* column = table.column(name);
    if (column) result.row_key.push_back({.name = column->name, .type = column->type});
  }
  for (const Index& index : table.indexes) {
    if (index.is_unique) result.unique_keys.push_back(index.columns);
  }
  const auto can_be_set = [&](const std::string& name) { return result.column(name) != nullptr; };
  for (const ForeignKey& key : schema.foreign_keys) {
    if (key.table == table.name && std::ranges::all_of(key.columns, can_be_set))
      result.foreign_keys.push_back(key);
  }
  const auto deletes = mysql::delete_paths(schema, table.name);
  result.cascades = cascades(deletes);
  result.has_deep_cascades =
      is_any_deep(deletes) || is_any_deep(mysql::update_paths(schema, table.name));
  return result;
}

// Why no row of it can be made or changed; empty: it can.
std::string omission(const Table& table, const ChurnTable& described) {
  if (table.is_view) return "a view";
  if (table.engine != "InnoDB") return "engine " + table.engine + ", which has no transactions";
  Random random(0);
  for (const ChurnColumn& column : described.columns) {
    if (!column.is_omittable && !churn_value(column.type, ValueSpread::kWide, random))
      return fmt::format("no value is known for column {} ({})", column.name, column.type.declared);
  }
  return described.columns.empty() ? "no column can be set" : "";
}

}  // namespace

const ChurnColumn* ChurnTable::column(std::string_view wanted) const {
  const auto found = std::ranges::find(columns, wanted, &ChurnColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

const ChurnTable* ChurnSchema::table(std::string_view wanted) const {
  const auto found = std::ranges::find(tables, wanted, &ChurnTable::name);
  return found == tables.end() ? nullptr : &*found;
}

bool is_among(const std::string& name, const std::vector<std::string>& names) {
  return std::ranges::find(names, name) != names.end();
}

Result<ChurnSchema> read_churn_schema(mysql::Connection& session, const std::string& database,
                                      const std::vector<std::string>& only) {
  const Schema schema = TRY(mysql::read_schema(session, database));
  const Facts facts = TRY(read_facts(session, database));
  for (const std::string& name : only) {
    if (schema.table(document::TableName(name))) continue;
    const auto names = schema.table_names();
    return not_found(fmt::format("database {} has no table '{}'", database, name),
                     suggestion(name, names));
  }
  ChurnSchema result;
  for (const Table& table : schema.tables) {
    if (!only.empty() && !is_among(table.name.value, only)) continue;
    ChurnTable described = describe(schema, table, facts);
    std::string reason = omission(table, described);
    if (reason.empty()) {
      result.tables.push_back(std::move(described));
    } else {
      result.left_out[table.name.value] = std::move(reason);
    }
  }
  if (!result.tables.empty()) return result;
  return invalid(fmt::format("database {} has no table whose rows can be changed", database),
                 "tables need ENGINE=InnoDB and a column that can be set");
}

}  // namespace syncline::generate
