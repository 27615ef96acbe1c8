#pragma once

#include <string>
#include <vector>

#include "document/ids.h"

namespace syncline::document {

/// Where a word stands in the pipeline file, for messages. 1-based; 0 = not from a file.
struct Position {
  int line = 0;
  int column = 0;
};

/// One entry of `fields:`. "*" alone: all columns, as in SELECT * (no invisible ones). A bare name:
/// that column. `name: SQL`: a computed field; SQL that is one column between backticks: that
/// column by another name.
struct FieldDefinition {
  std::string name;        ///< output name; "*" for all columns
  std::string expression;  ///< SQL over the row; empty for a plain column
  Position at;
};

enum class NodeKind {
  kRoot,
  kToOne,   ///< parent.columns = own.references (default: own primary key): object or null
  kToMany,  ///< own.columns = parent.references (default: parent's primary key): array, perhaps
            ///< empty
};

/// A root row or embedded rows, as the user wrote it.
struct NodeDefinition {
  std::string name;  ///< field name in the parent; document name for the root
  NodeKind kind = NodeKind::kRoot;
  TableName table;
  std::vector<FieldDefinition> fields;  ///< empty: all columns
  std::string where;                    ///< SQL over the row; empty: all rows
  std::vector<std::string>
      columns;  ///< `key:` (to-one, columns of the parent) or `link:` (to-many, own columns)
  std::vector<std::string>
      references;  ///< `references:`, the other side's columns; empty: its primary key
  std::vector<std::string>
      order_by;  ///< to-many: "column" or "column desc"; the primary key is appended
  std::vector<NodeDefinition> embed;
  Position at;
};

/// One document type of a pipeline.
struct DocumentDefinition {
  DocumentName name;
  NodeDefinition root;
};

}  // namespace syncline::document
