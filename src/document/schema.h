#pragma once

#include <optional>
#include <string>
#include <vector>

#include "document/ids.h"
#include "document/type.h"

namespace syncline::document {

struct Column {
  std::string name;
  ColumnType type;
  bool is_generated = false;
  bool is_invisible = false;
};

struct Index {
  std::string name;
  std::vector<std::string>
      columns;             ///< leading columns first; prefix and functional parts end the list
  bool is_unique = false;  ///< over exactly `columns`: false when a part is missing from them
};

enum class ReferentialAction { kNone, kCascade, kSetNull };

struct ForeignKey {
  std::string name;
  TableName table;  ///< the referencing (child) table
  std::vector<std::string> columns;
  TableName parent;
  std::vector<std::string> parent_columns;
  ReferentialAction on_delete = ReferentialAction::kNone;
  ReferentialAction on_update = ReferentialAction::kNone;
};

struct Table {
  TableName name;
  std::string engine;  ///< "InnoDB"; of what is no plain table its type, as "SEQUENCE"
  bool is_view = false;
  std::vector<Column> columns;           ///< in ordinal order
  std::vector<std::string> primary_key;  ///< in key order; empty: none
  std::vector<Index> indexes;            ///< the primary key among them
  uint64_t approximate_rows = 0;

  const Column* column(
      std::string_view name) const;  ///< case-insensitive as MySQL's; null when absent
  bool has_index_on(const std::vector<std::string>& columns)
      const;  ///< some index starts with these, in any order
};

/// What information_schema says of one database at one moment.
struct Schema {
  std::string database;
  std::vector<Table> tables;
  std::vector<ForeignKey> foreign_keys;

  const Table* table(const TableName& name) const;
  std::vector<std::string> table_names() const;
};

}  // namespace syncline::document
