#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "document/plan.h"

namespace syncline::mysql {

struct FoldedNode;

/// Where the values of a node stand in a result row.
struct RowLayout {
  const document::PlanNode* node = nullptr;
  std::vector<size_t> key;     ///< primary key; NULL in a folded node: there is no row
  std::vector<size_t> fields;  ///< parallel to node->fields
  std::vector<FoldedNode> folded;
};

/// A to-one child, folded into its parent's SELECT by LEFT JOIN.
struct FoldedNode {
  size_t position = 0;  ///< in the parent's Record::values
  RowLayout row;
};

/// One SELECT of a document type: the root or a to-many node with the to-one nodes below it.
/// A row's identity is the path of primary keys from the root, as MySQL returns them: rows find
/// their parents by it, never by comparing link values here (collations).
struct NodeSelect {
  RowLayout row;
  std::string select;  ///< up to, not including, WHERE; the root's alias is kRootAlias
  std::string order;   ///< " ORDER BY ..."
  std::vector<document::ColumnType> types;  ///< of the result columns
  std::vector<size_t> identity;             ///< columns

  // To-many only: the array that rows go into.
  size_t parent = 0;  ///< which SELECT has the parent, itself or folded; always an earlier one
  std::vector<size_t> descent;  ///< from that SELECT's record to the parent: positions of to-ones
  size_t position = 0;          ///< in the parent's Record::values
  std::vector<size_t> parent_identity;  ///< columns
  bool has_children = false;            ///< a later SELECT has this one as `parent`
};

inline constexpr std::string_view kRootAlias = "t0";

/// The SELECTs of a document type: the root's first, parents before children. Each wants a
/// condition on the root's primary key. Borrows the plan.
std::vector<NodeSelect> document_selects(const document::DocumentPlan& plan);

/// Joins from a node upwards, for "which documents reach these rows": FROM `path[first]` up to the
/// root `path[0]`, aliases "t" + depth. `path` from the root down. Filters are not applied: more
/// documents than needed are never wrong.
std::string upward_from_sql(const std::vector<const document::PlanNode*>& path, size_t first);

}  // namespace syncline::mysql
