#include "document/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "document/expression.h"
#include "document/plan_hash.h"

namespace syncline::document {

namespace {

constexpr int kDepthMax = 8;

using Names = std::vector<std::string>;

Error at(const Position& position, const Error& error) {
  if (position.line == 0) return error;
  return error.within("line " + std::to_string(position.line) + ", column " +
                      std::to_string(position.column));
}

std::string quoted(std::string_view word) { return '"' + std::string(word) + '"'; }

std::string type_name(const ColumnType& type) {
  return type.declared + (type.collation.empty() ? "" : " " + type.collation);
}

bool is_exact_key(const ColumnType& type) {
  return type.kind != TypeKind::kFloat && type.kind != TypeKind::kDouble &&
         type.kind != TypeKind::kJson && type.kind != TypeKind::kUnsupported;
}

/// Whether MySQL compares the two exactly and by index. Integers of any width do; lengths of text
/// and bytes do not matter.
bool are_comparable(const ColumnType& a, const ColumnType& b) {
  const auto is_integer = [](const ColumnType& type) {
    return (type.kind == TypeKind::kInteger || type.kind == TypeKind::kUnsigned) &&
           !type.declared.starts_with("year");
  };
  if (is_integer(a) || is_integer(b)) return is_integer(a) && is_integer(b);
  if (a.kind != b.kind || a.scale != b.scale || a.charset != b.charset ||
      a.collation != b.collation)
    return false;
  if (a.kind == TypeKind::kEnum || a.kind == TypeKind::kSet) return a.declared == b.declared;
  return a.kind != TypeKind::kBit || a.length == b.length;
}

/// The column, when SQL is one name between backticks; null when it is more.
const Column* named_column(const Table& table, std::string_view sql) {
  if (sql.size() < 3 || !sql.starts_with('`') || !sql.ends_with('`')) return nullptr;
  std::string name;
  for (size_t i = 1; i + 1 < sql.size(); ++i) {
    if (sql[i] == '`' && sql[++i] != '`') return nullptr;
    name += sql[i];
  }
  return table.column(name);
}

bool holds(const KeyLayout& layout, const std::string& name) {
  return std::ranges::any_of(layout, [&](const KeyColumn& column) { return column.name == name; });
}

/// Whether at most one row of the table has given values of these columns.
bool is_unique(const Table& table, const Names& columns) {
  return std::ranges::any_of(table.indexes, [&](const Index& index) {
    return index.is_unique && !index.columns.empty() &&
           std::ranges::all_of(index.columns, [&](const std::string& part) {
             return std::ranges::find(columns, table.column(part)->name) != columns.end();
           });
  });
}

std::string create_index(const Table& table, const Names& columns) {
  return "CREATE INDEX " + join(columns, "_") + " ON " + table.name.value + " (" +
         join(columns, ", ") + ")";
}

/// Resolves one document's nodes, the root first.
class Planner {
 public:
  Planner(const Schema& schema, const ExpressionProbe& probe) : schema_(schema), probe_(probe) {}

  /// `ancestors`: the tables from the root down to the parent; empty for the root.
  Result<PlanNode> plan(const NodeDefinition& definition, const std::string& path,
                        std::vector<const Table*> ancestors);

 private:
  /// One node at work: what it is made from and how messages call it.
  struct Site {
    const NodeDefinition& definition;
    const Table& table;
    const std::string& path;

    Error refuse(const Position& position, const Error& error) const {
      return at(position, error.within(path));
    }
    Error refuse(const Error& error) const { return refuse(definition.at, error); }
  };

  Result<const Table*> table_of(const NodeDefinition& definition, const std::string& path) const;
  Result<KeyLayout> key_of(const Site& site) const;
  Result<const Column*> column_of(const Site& site, const Position& position, const Table& table,
                                  const std::string& name) const;
  Result<KeyLayout> link_columns(const Site& site, const Table& table, const Names& names) const;
  Result<std::vector<PlannedField>> fields_of(const Site& site) const;
  Result<PlannedField> computed_field(const Site& site, const FieldDefinition& field) const;
  Result<PlannedField> column_field(const Site& site, const Position& position,
                                    const std::string& name, const Column& column) const;
  Result<ColumnType> probed(const Site& site, const Position& position, const std::string& what,
                            const std::string& sql) const;
  Result<void> link(const Site& site, const Table& parent, PlanNode& node) const;
  Result<void> check_link(const Site& site, const Table& parent, const KeyLayout& parent_side,
                          const KeyLayout& own_side) const;
  Result<void> check_indexes(const Site& site, const Table& parent, const PlanNode& node) const;
  Result<std::vector<OrderTerm>> order_of(const Site& site) const;
  Result<std::shared_ptr<const Shape>> shape_of(const Site& site, const PlanNode& node) const;
  Result<void> check_depth(const NodeDefinition& definition, const std::string& path,
                           const std::vector<const Table*>& ancestors) const;

  const Schema& schema_;
  const ExpressionProbe& probe_;
};

Result<PlanNode> Planner::plan(const NodeDefinition& definition, const std::string& path,
                               std::vector<const Table*> ancestors) {
  TRY(check_depth(definition, path, ancestors));
  const Table& table = *TRY(table_of(definition, path));
  const Site site{definition, table, path};
  PlanNode node{.name = definition.name,
                .kind = definition.kind,
                .table = table.name,
                .where = definition.where};
  node.key = TRY(key_of(site));
  node.fields = TRY(fields_of(site));
  if (!node.where.empty()) (void)TRY(probed(site, definition.at, "where", node.where));
  if (!ancestors.empty()) TRY(link(site, *ancestors.back(), node));
  node.order_by = TRY(order_of(site));
  ancestors.push_back(&table);
  for (const NodeDefinition& child : definition.embed)
    node.children.push_back(TRY(plan(child, path + "." + child.name, ancestors)));
  node.shape = TRY(shape_of(site, node));
  return node;
}

Result<void> Planner::check_depth(const NodeDefinition& definition, const std::string& path,
                                  const std::vector<const Table*>& ancestors) const {
  if (ancestors.size() <= kDepthMax) return {};
  const bool is_cycle = std::ranges::any_of(
      ancestors, [&](const Table* table) { return table->name == definition.table; });
  return at(
      definition.at,
      unsupported(path + ": more than " + std::to_string(kDepthMax) + " levels of embedding" +
                      (is_cycle ? ", and table " + definition.table.value + " embeds itself" : ""),
                  "remove the deepest levels"));
}

Result<const Table*> Planner::table_of(const NodeDefinition& definition,
                                       const std::string& path) const {
  const auto refuse = [&](const Error& error) { return at(definition.at, error.within(path)); };
  const std::string& name = definition.table.value;
  const Table* table = schema_.table(definition.table);
  if (table == nullptr)
    return refuse(invalid("there is no table " + quoted(name) + " in database " + schema_.database,
                          suggestion(name, schema_.table_names())));
  if (table->is_view)
    return refuse(unsupported(name + " is a view, and a view's changes cannot be captured",
                              "use the tables that it reads"));
  if (table->engine == "SEQUENCE" || table->engine == "SYSTEM VERSIONED")
    return refuse(unsupported(name + " is no plain table (" + table->engine + ")",
                              "leave it out of the documents"));
  if (table->engine != "InnoDB")
    return refuse(unsupported(
        "table " + name + " uses the engine " + table->engine + ", which has no consistent views",
        "ALTER TABLE " + name + " ENGINE=InnoDB"));
  if (table->primary_key.empty())
    return refuse(unsupported("table " + name + " has no primary key: its rows have no address",
                              "add a primary key"));
  return table;
}

Result<const Column*> Planner::column_of(const Site& site, const Position& position,
                                         const Table& table, const std::string& name) const {
  if (const Column* column = table.column(name)) return column;
  Names known;
  for (const Column& column : table.columns) known.push_back(column.name);
  return site.refuse(position,
                     invalid("table " + table.name.value + " has no column " + quoted(name),
                             suggestion(name, known)));
}

Result<KeyLayout> Planner::link_columns(const Site& site, const Table& table,
                                        const Names& names) const {
  KeyLayout layout;
  for (const std::string& name : names) {
    const Column& column = *TRY(column_of(site, site.definition.at, table, name));
    if (!is_exact_key(column.type))
      return site.refuse(unsupported("column " + table.name.value + "." + column.name +
                                         " is of type " + column.type.declared +
                                         ", which cannot be part of a key or link",
                                     "use a type that compares exactly"));
    layout.push_back({column.name, column.type});
  }
  return layout;
}

Result<KeyLayout> Planner::key_of(const Site& site) const {
  for (const Index& index : site.table.indexes) {
    if (index.name == "PRIMARY" && index.columns.size() < site.table.primary_key.size())
      return site.refuse(unsupported("the primary key of table " + site.table.name.value +
                                         " holds only a prefix of column " +
                                         site.table.primary_key[index.columns.size()],
                                     "use a primary key over whole columns"));
  }
  return link_columns(site, site.table, site.table.primary_key);
}

Result<ColumnType> Planner::probed(const Site& site, const Position& position,
                                   const std::string& what, const std::string& sql) const {
  const auto checked = check_expression(sql);
  if (!checked.ok()) return site.refuse(position, checked.error().within(what));
  auto type = probe_(site.table.name, sql);
  if (!type.ok()) return site.refuse(position, type.error().within(what));
  return type;
}

Result<PlannedField> Planner::computed_field(const Site& site, const FieldDefinition& field) const {
  const std::string what = "field " + quoted(field.name);
  const ColumnType type = TRY(probed(site, field.at, what, field.expression));
  if (type.kind == TypeKind::kUnsupported)
    return site.refuse(field.at, unsupported(what + " is of type " + type.declared +
                                                 ", which is not supported yet",
                                             "convert it, for example with CAST(... AS CHAR)"));
  return PlannedField{.name = field.name, .expression = field.expression, .type = type};
}

Result<PlannedField> Planner::column_field(const Site& site, const Position& position,
                                           const std::string& name, const Column& column) const {
  if (column.type.kind == TypeKind::kUnsupported)
    return site.refuse(position, unsupported("column " + site.table.name.value + "." + column.name +
                                                 " is of type " + column.type.declared +
                                                 ", which is not supported yet",
                                             "list under fields: what you want, without it"));
  return PlannedField{.name = name, .column = column.name, .type = column.type};
}

Result<std::vector<PlannedField>> Planner::fields_of(const Site& site) const {
  std::vector<PlannedField> fields;
  const FieldDefinition everything{.name = "*", .at = site.definition.at};
  const auto& listed = site.definition.fields;
  const std::span wanted = listed.empty() ? std::span(&everything, 1) : std::span(listed);
  for (const FieldDefinition& field : wanted) {
    if (const Column* column = named_column(site.table, field.expression)) {
      fields.push_back(TRY(column_field(site, field.at, field.name, *column)));
    } else if (!field.expression.empty()) {
      fields.push_back(TRY(computed_field(site, field)));
    } else if (field.name != "*") {
      const Column& column = *TRY(column_of(site, field.at, site.table, field.name));
      fields.push_back(TRY(column_field(site, field.at, field.name, column)));
    } else {
      for (const Column& column : site.table.columns) {
        if (column.is_invisible) continue;
        fields.push_back(TRY(column_field(site, field.at, column.name, column)));
      }
    }
  }
  return fields;
}

Result<void> Planner::link(const Site& site, const Table& parent, PlanNode& node) const {
  const NodeDefinition& definition = site.definition;
  const bool is_to_one = definition.kind == NodeKind::kToOne;
  const Table& named = is_to_one ? parent : site.table;
  const Table& referenced = is_to_one ? site.table : parent;
  const KeyLayout columns = TRY(link_columns(site, named, definition.columns));
  const KeyLayout references = TRY(
      link_columns(site, referenced,
                   definition.references.empty() ? referenced.primary_key : definition.references));
  const std::string word = is_to_one ? "key:" : "link:";
  if (columns.size() != references.size())
    return site.refuse(invalid(
        word + " names " + std::to_string(columns.size()) + " columns, but " +
            (definition.references.empty() ? "the primary key of " + referenced.name.value + " has "
                                           : "references: names ") +
            std::to_string(references.size()),
        "name as many on both sides"));
  const KeyLayout& parent_side = is_to_one ? columns : references;
  const KeyLayout& own_side = is_to_one ? references : columns;
  TRY(check_link(site, parent, parent_side, own_side));
  for (size_t i = 0; i < columns.size(); ++i) {
    node.parent_columns.push_back(parent_side[i].name);
    node.own_columns.push_back(own_side[i].name);
    if (!holds(node.key, own_side[i].name) && !holds(node.links, own_side[i].name))
      node.links.push_back(own_side[i]);
  }
  return check_indexes(site, parent, node);
}

Result<void> Planner::check_link(const Site& site, const Table& parent,
                                 const KeyLayout& parent_side, const KeyLayout& own_side) const {
  for (size_t i = 0; i < own_side.size(); ++i) {
    if (are_comparable(parent_side[i].type, own_side[i].type)) continue;
    return site.refuse(unsupported(parent.name.value + "." + parent_side[i].name + " (" +
                                       type_name(parent_side[i].type) + ") and " +
                                       site.table.name.value + "." + own_side[i].name + " (" +
                                       type_name(own_side[i].type) + ") do not compare exactly",
                                   "give both the same type, character set and collation"));
  }
  return {};
}

Result<void> Planner::check_indexes(const Site& site, const Table& parent,
                                    const PlanNode& node) const {
  const bool is_to_one = site.definition.kind == NodeKind::kToOne;
  if (is_to_one && !is_unique(site.table, node.own_columns))
    return site.refuse(
        invalid(site.table.name.value + " (" + join(node.own_columns, ", ") +
                    ") is not unique, but key: embeds at most one row",
                "reference the primary key or a unique index, or use link: for an array"));
  if (!is_to_one && !site.table.has_index_on(node.own_columns))
    return site.refuse(invalid("no index of " + site.table.name.value + " begins with " +
                                   join(node.own_columns, ", ") +
                                   ": reading one document would scan the table",
                               create_index(site.table, node.own_columns)));
  if (!parent.has_index_on(node.parent_columns))
    return site.refuse(invalid("no index of " + parent.name.value + " begins with " +
                                   join(node.parent_columns, ", ") + ": a changed row of " +
                                   site.table.name.value + " could not find its documents",
                               create_index(parent, node.parent_columns)));
  return {};
}

Result<std::vector<OrderTerm>> Planner::order_of(const Site& site) const {
  const NodeDefinition& definition = site.definition;
  if (definition.kind != NodeKind::kToMany) {
    if (definition.order_by.empty()) return std::vector<OrderTerm>{};
    return site.refuse(invalid("order_by: orders an array, but this is one row",
                               "remove it, or use link: for an array"));
  }
  std::vector<OrderTerm> terms;
  for (const std::string& term : definition.order_by) {
    const size_t blank = std::min(term.find(' '), term.size());
    const std::string direction = term.substr(std::min(blank + 1, term.size()));
    if (blank < term.size() && direction != "asc" && direction != "desc")
      return site.refuse(invalid("order_by: " + quoted(term) + " is not understood",
                                 "write \"column\" or \"column desc\""));
    const Column& column = *TRY(column_of(site, definition.at, site.table, term.substr(0, blank)));
    terms.push_back({column.name, direction == "desc"});
  }
  for (const std::string& name : site.table.primary_key) {
    const std::string& column = site.table.column(name)->name;
    if (std::ranges::find(terms, column, &OrderTerm::column) == terms.end())
      terms.push_back({column, false});
  }
  return terms;
}

Result<std::shared_ptr<const Shape>> Planner::shape_of(const Site& site,
                                                       const PlanNode& node) const {
  Shape shape;
  for (const PlannedField& field : node.fields)
    shape.fields.push_back({.name = field.name, .type = field.type});
  for (const PlanNode& child : node.children) {
    const Nesting nesting = child.kind == NodeKind::kToOne ? Nesting::kObject : Nesting::kArray;
    shape.fields.push_back({.name = child.name, .nesting = nesting, .shape = child.shape});
  }
  std::set<std::string_view> names;
  for (const Field& field : shape.fields) {
    const std::string& name = field.name;
    const auto written = std::ranges::find(site.definition.fields, name, &FieldDefinition::name);
    const Position position =
        written == site.definition.fields.end() ? site.definition.at : written->at;
    if (!names.insert(name).second)
      return site.refuse(position, invalid("field " + quoted(name) + " is defined twice",
                                           "give one of the two another name"));
    if (site.definition.kind == NodeKind::kRoot && (name == "_id" || name == "_revision"))
      return site.refuse(position, invalid("field " + quoted(name) + " is written by Syncline",
                                           "give it another name under fields:"));
    if (name.empty() || name.starts_with('$') || name.find('.') != std::string::npos)
      return site.refuse(position, unsupported("MongoDB cannot hold a field " + quoted(name),
                                               "give it another name under fields:"));
  }
  return std::make_shared<const Shape>(std::move(shape));
}

void add_captured(const PlanNode& node, std::map<TableName, CapturedTable>& tables) {
  CapturedTable& table = tables[node.table];
  table.table = node.table;
  table.key = node.key;
  for (const KeyColumn& link : node.links) {
    if (!holds(table.links, link.name)) table.links.push_back(link);
  }
  for (const PlanNode& child : node.children) add_captured(child, tables);
}

}  // namespace

Result<DocumentPlan> plan_document(const DocumentDefinition& definition, const Schema& schema,
                                   const ExpressionProbe& probe) {
  PlanNode root = TRY(Planner(schema, probe).plan(definition.root, definition.name.value, {}));
  std::string hash = hash_of(definition.name, root);
  return DocumentPlan{definition.name, std::move(root), std::move(hash)};
}

std::vector<CapturedTable> captured_tables(std::span<const DocumentPlan> plans) {
  std::map<TableName, CapturedTable> tables;
  for (const DocumentPlan& plan : plans) add_captured(plan.root, tables);
  std::vector<CapturedTable> sorted;
  for (auto& [name, table] : tables) {
    std::ranges::sort(table.links, {}, &KeyColumn::name);
    sorted.push_back(std::move(table));
  }
  return sorted;
}

}  // namespace syncline::document
