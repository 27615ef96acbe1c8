#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/definition.h"
#include "document/key.h"
#include "document/record.h"
#include "document/schema.h"

namespace syncline::document {

/// A scalar field of a node, resolved: a column, or SQL over the row.
struct PlannedField {
  std::string name;
  std::string column;      ///< source column; empty when computed
  std::string expression;  ///< SQL over the row; empty for a column
  ColumnType type;
};

struct OrderTerm {
  std::string column;
  bool is_descending = false;
};

/// A node of a document with every name resolved against the schema. Its record's values: `fields`
/// first, then one value for each of `children`, in order: exactly its `shape`.
struct PlanNode {
  std::string name;
  NodeKind kind = NodeKind::kRoot;
  TableName table;
  KeyLayout key;  ///< the table's primary key
  std::vector<PlannedField> fields;
  std::string where;  ///< SQL over the row; empty: all rows
  std::vector<std::string>
      parent_columns;  ///< parent.parent_columns[i] = own.own_columns[i]; empty for the root
  std::vector<std::string> own_columns;
  KeyLayout links;  ///< those of own_columns that are not in `key`: what its log rows must carry
  std::vector<OrderTerm> order_by;  ///< to-many: complete, primary key included
  std::vector<PlanNode> children;
  std::shared_ptr<const Shape> shape;
};

/// A document type, resolved. Immutable; shared by readers and targets.
struct DocumentPlan {
  DocumentName name;
  PlanNode root;
  std::string hash;  ///< 32 hex digits over definition and resolved columns: changes when documents
                     ///< would change

  const KeyLayout& key() const { return root.key; }
  const Shape& shape() const { return *root.shape; }
};

/// A table whose changes must be captured, and what its log rows carry besides the primary key.
struct CapturedTable {
  TableName table;
  KeyLayout key;
  KeyLayout links;  ///< columns by which some document reaches its rows, without those of the
                    ///< primary key (`key` has them); sorted by name
  bool operator==(const CapturedTable&) const = default;
};

/// Asks the server for the type of a computed field. kInvalid with the server's words when it does
/// not parse.
using ExpressionProbe =
    std::function<Result<ColumnType>(const TableName&, const std::string& expression)>;

/// Resolves a definition against the schema. Errors are kInvalid or kUnsupported, with "line L,
/// column C:" in front when the definition has positions, naming the thing and the nearest valid
/// word: unknown table or column; view or table without primary key; engine other than InnoDB;
/// column type that is not exact (only if the column is used); FLOAT, DOUBLE or JSON in a key or
/// link; link and key of different type, charset or collation; a link or to-one key without an
/// index (both sides must be indexed: one to read, one to find the documents of a changed row); a
/// to-one whose `references` is not unique; embedding more than 8 deep, cycles included; duplicate
/// field names; a root field called "_id" or "_revision"; SQL that depends on more than its row
/// (expression.h).
Result<DocumentPlan> plan_document(const DocumentDefinition& definition, const Schema& schema,
                                   const ExpressionProbe& probe);

/// Every table that the plans read, once each, with the union of links. Sorted by name.
std::vector<CapturedTable> captured_tables(std::span<const DocumentPlan> plans);

}  // namespace syncline::document
