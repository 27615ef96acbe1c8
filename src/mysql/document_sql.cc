#include "mysql/document_sql.h"

#include <algorithm>

#include "mysql/connection.h"

namespace syncline::mysql {
namespace {

using document::ColumnType;
using document::NodeKind;
using document::PlanNode;

std::string alias_of(size_t number) { return "t" + std::to_string(number); }

// A computed field inside a node's derived table. No index or column bears such a name by accident.
std::string computed_name(size_t field) { return "`#" + std::to_string(field) + "`"; }

std::string column_sql(const std::string& alias, const std::string& column) {
  return alias + '.' + quote_name(column);
}

bool has_sql(const PlanNode& node) {
  return !node.where.empty() ||
         std::ranges::any_of(node.fields, [](const auto& f) { return f.column.empty(); });
}

void add_unique(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::vector<std::string> columns_used(const PlanNode& node) {
  std::vector<std::string> names;
  for (const auto& column : node.key) add_unique(names, column.name);
  for (const auto& field : node.fields)
    if (!field.column.empty()) add_unique(names, field.column);
  for (const auto& column : node.own_columns) add_unique(names, column);
  for (const auto& term : node.order_by) add_unique(names, term.column);
  for (const auto& child : node.children)
    for (const auto& column : child.parent_columns) add_unique(names, column);
  return names;
}

// The node's table under its alias. The user's SQL speaks of one row's columns without qualifying
// them, so it stands in a derived table of its own, which both servers merge into the join.
std::string source_sql(const PlanNode& node, const std::string& alias) {
  // A range or a list of root keys walks the primary key, whatever the statistics say.
  const std::string table = quote_name(node.table.value);
  const std::string force = node.kind == NodeKind::kRoot ? " FORCE INDEX (PRIMARY)" : "";
  if (!has_sql(node)) return table + " AS " + alias + force;
  std::string list;
  for (const std::string& name : columns_used(node)) list += ", " + quote_name(name);
  for (size_t i = 0; i < node.fields.size(); ++i) {
    if (node.fields[i].column.empty())
      list += ", (" + node.fields[i].expression + ") AS " + computed_name(i);
  }
  const std::string where = node.where.empty() ? "" : " WHERE (" + node.where + ")";
  return "(SELECT " + list.substr(2) + " FROM " + table + force + where + ") AS " + alias;
}

std::string link_sql(const PlanNode& node, const std::string& parent, const std::string& own) {
  std::string sql;
  for (size_t i = 0; i < node.own_columns.size(); ++i) {
    if (i > 0) sql += " AND ";
    sql +=
        column_sql(own, node.own_columns[i]) + " = " + column_sql(parent, node.parent_columns[i]);
  }
  return sql;
}

/// Builds one SELECT.
class SelectBuilder {
 public:
  explicit SelectBuilder(NodeSelect& select) : select_(select) {}

  std::string join(const PlanNode& node, const std::string& parent, std::string_view kind) {
    const std::string alias = alias_of(tables_++);
    from_ += parent.empty() ? source_sql(node, alias)
                            : std::string(kind) + source_sql(node, alias) + " ON " +
                                  link_sql(node, parent, alias);
    return alias;
  }

  std::vector<size_t> add_key(const PlanNode& node, const std::string& alias) {
    std::vector<size_t> columns;
    for (const auto& column : node.key)
      columns.push_back(add(column_sql(alias, column.name), column.type));
    return columns;
  }

  RowLayout add_node(const PlanNode& node, const std::string& alias) {
    RowLayout row{.node = &node, .key = add_key(node, alias)};
    for (size_t i = 0; i < node.fields.size(); ++i) {
      const auto& field = node.fields[i];
      row.fields.push_back(add(
          field.column.empty() ? alias + '.' + computed_name(i) : column_sql(alias, field.column),
          field.type));
    }
    for (size_t i = 0; i < node.children.size(); ++i) {
      const PlanNode& child = node.children[i];
      if (child.kind != NodeKind::kToOne) continue;
      const std::string joined = join(child, alias, " LEFT JOIN ");
      row.folded.push_back({node.fields.size() + i, add_node(child, joined)});
    }
    return row;
  }

  void finish() {
    std::string list;
    for (const std::string& column : columns_) list += ", " + column;
    select_.select = "SELECT STRAIGHT_JOIN " + list.substr(2) + " FROM " + from_;
  }

 private:
  size_t add(const std::string& sql, const ColumnType& type) {
    const auto at = std::ranges::find(columns_, sql);
    if (at != columns_.end()) return static_cast<size_t>(at - columns_.begin());
    columns_.push_back(sql);
    select_.types.push_back(type);
    return columns_.size() - 1;
  }

  NodeSelect& select_;
  std::vector<std::string> columns_;
  std::string from_;
  size_t tables_ = 0;
};

/// Where a node lies: what a to-many child of it needs to know.
struct Place {
  std::vector<const PlanNode*> path;  ///< from the root down, the node included
  size_t select = 0;
  std::vector<size_t> descent;
};

class Walk {
 public:
  std::vector<NodeSelect> selects;

  void add_select(const PlanNode& node, const Place* parent, size_t position) {
    NodeSelect select;
    SelectBuilder builder(select);
    std::string alias;
    if (parent != nullptr) {
      select.parent = parent->select;
      select.descent = parent->descent;
      select.position = position;
      selects[parent->select].has_children = true;
      for (const PlanNode* ancestor : parent->path) {
        alias = builder.join(*ancestor, alias, " JOIN ");
        // A to-one row is given by its parent's: only the others tell instances apart.
        if (ancestor->kind != NodeKind::kToOne)
          for (const size_t column : builder.add_key(*ancestor, alias))
            select.parent_identity.push_back(column);
      }
    }
    alias = builder.join(node, alias, " JOIN ");
    select.row = builder.add_node(node, alias);
    builder.finish();
    select.identity = select.parent_identity;
    select.identity.insert(select.identity.end(), select.row.key.begin(), select.row.key.end());
    select.order = order_sql(node, alias);
    selects.push_back(std::move(select));

    Place place{parent ? parent->path : std::vector<const PlanNode*>(), selects.size() - 1, {}};
    place.path.push_back(&node);
    add_children(node, place);
  }

 private:
  static std::string order_sql(const PlanNode& node, const std::string& alias) {
    std::string sql;
    for (const auto& term : node.order_by)
      sql += ", " + column_sql(alias, term.column) + (term.is_descending ? " DESC" : "");
    if (node.kind == NodeKind::kRoot)
      for (const auto& column : node.key) sql += ", " + column_sql(alias, column.name);
    return " ORDER BY " + sql.substr(2);
  }

  void add_children(const PlanNode& node, const Place& place) {
    for (size_t i = 0; i < node.children.size(); ++i) {
      const PlanNode& child = node.children[i];
      const size_t position = node.fields.size() + i;
      if (child.kind == NodeKind::kToMany) {
        add_select(child, &place, position);
        continue;
      }
      Place below = place;
      below.path.push_back(&child);
      below.descent.push_back(position);
      add_children(child, below);
    }
  }
};

}  // namespace

std::vector<NodeSelect> document_selects(const document::DocumentPlan& plan) {
  Walk walk;
  walk.add_select(plan.root, nullptr, 0);
  return std::move(walk.selects);
}

std::string upward_from_sql(const std::vector<const PlanNode*>& path, size_t first) {
  std::string sql = quote_name(path[first]->table.value) + " AS " + alias_of(first);
  for (size_t i = first; i-- > 0;) {
    sql += " JOIN " + quote_name(path[i]->table.value) + " AS " + alias_of(i) + " ON " +
           link_sql(*path[i + 1], alias_of(i), alias_of(i + 1));
  }
  return sql;
}

}  // namespace syncline::mysql
