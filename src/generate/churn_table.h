#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/schema.h"
#include "mysql/connection.h"

namespace syncline::generate {

/// A column that a statement may set: generated ones are none of these.
struct ChurnColumn {
  std::string name;
  document::ColumnType type;
  bool is_auto_increment = false;
  bool is_omittable = false;  ///< nullable, or with a default
  bool is_key = false;        ///< of the primary key, or referenced by a foreign key
  bool is_foreign = false;    ///< of a foreign key
  bool is_unique = false;     ///< of a primary key or unique index
};

/// What random changes of a table must know of it. A value.
struct ChurnTable {
  std::string name;
  std::vector<ChurnColumn> columns;                   ///< in the table's order
  std::vector<ChurnColumn> row_key;                   ///< what names a row; empty: nothing does
  std::vector<std::vector<std::string>> unique_keys;  ///< columns of each unique index
  std::vector<document::ForeignKey> foreign_keys;  ///< to others or itself; all columns can be set
  /// Foreign keys in a row, from this table to one whose rows are deleted with a row of this.
  std::vector<std::vector<document::ForeignKey>> cascades;
  bool has_deep_cascades = false;  ///< a delete or key change goes down two levels or more
  bool is_computing = false;  ///< generated columns, checks, the application's own triggers: what
                              ///< the server computes may not fit

  const ChurnColumn* column(std::string_view name) const;
};

struct ChurnSchema {
  std::vector<ChurnTable> tables;
  std::map<std::string, std::string> left_out;  ///< tables that are left alone, and why

  const ChurnTable* table(std::string_view name) const;
};

bool is_among(const std::string& name, const std::vector<std::string>& names);

/// Reads what the database's schema allows. `only`: these tables; empty: all of them. kNotFound: a
/// table of `only` is absent; kInvalid: no table is left to change.
Result<ChurnSchema> read_churn_schema(mysql::Connection& session, const std::string& database,
                                      const std::vector<std::string>& only);

}  // namespace syncline::generate
