#include "mysql/routes.h"

#include <algorithm>

namespace syncline::mysql {
namespace {

using document::ColumnType;
using document::DocumentPlan;
using document::KeyColumn;
using document::KeyLayout;
using document::PlanNode;
using document::TypeKind;

using Path = std::vector<const PlanNode*>;

// Where a column's value stands in a log row: the key's columns first, then the links'.
std::optional<size_t> component_of(const CatalogueEntry& entry, const std::string& column) {
  const auto& keys = entry.key_columns;
  const auto& links = entry.link_columns;
  if (const auto at = std::ranges::find(keys, column); at != keys.end()) return at - keys.begin();
  if (const auto at = std::ranges::find(links, column); at != links.end())
    return keys.size() + (at - links.begin());
  return std::nullopt;
}

const KeyColumn& own_column(const PlanNode& node, const std::string& name) {
  for (const KeyLayout* layout : {&node.key, &node.links})
    for (const KeyColumn& column : *layout)
      if (column.name == name) return column;
  CHECK(false && "a plan lists every column that it links by");
  __builtin_unreachable();
}

// Equal values have equal text, so a link can be taken for the key without asking MySQL.
bool is_text_exact(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kInteger:
    case TypeKind::kUnsigned:
    case TypeKind::kDecimal:
    case TypeKind::kBinary:
    case TypeKind::kBit:
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTime:
      return true;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kText:  // collations
    case TypeKind::kEnum:
    case TypeKind::kSet:
    case TypeKind::kJson:
    case TypeKind::kUnsupported:
      return false;
  }
  return false;
}

// The link components in the order of the root's key; empty when they do not make it up.
std::vector<size_t> root_key_from_link(const Route& route) {
  const PlanNode& root = *route.path.front();
  if (route.path.size() != 2 || route.link.size() != root.key.size()) return {};
  std::vector<size_t> components;
  for (const KeyColumn& column : root.key) {
    const auto at = std::ranges::find(route.link, column.name, &KeyColumn::name);
    if (at == route.link.end() || !is_text_exact(at->type)) return {};
    components.push_back(route.link_components[at - route.link.begin()]);
  }
  return components;
}

std::optional<Route> make_route(const DocumentPlan& plan, const Path& path,
                                const CatalogueEntry& entry) {
  Route route{.plan = &plan, .path = path};
  const PlanNode& node = *path.back();
  if (path.size() == 1) {
    for (const KeyColumn& column : node.key) {
      const auto component = component_of(entry, column.name);
      if (!component) return std::nullopt;
      route.root_key.push_back(*component);
    }
    return route;
  }
  for (size_t i = 0; i < node.own_columns.size(); ++i) {
    const auto component = component_of(entry, node.own_columns[i]);
    if (!component) return std::nullopt;
    route.link.push_back({node.parent_columns[i], own_column(node, node.own_columns[i]).type});
    route.link_components.push_back(*component);
  }
  route.root_key = root_key_from_link(route);
  return route;
}

// Rows noted by triggers of another version may lack a column. Only a definition that changed
// needs it, and its documents are loaded again in later views.
class RouteFinder {
 public:
  RouteFinder(const DocumentPlan& plan, size_t number, RouteEntry& entry)
      : plan_(plan), number_(number), entry_(entry) {}

  void add(const Path& path, const std::string& parent_node) {
    const PlanNode& node = *path.back();
    const std::string name = std::to_string(number_) + '.' + std::to_string(nodes_++);
    if (node.table.value == entry_.catalogued.name) {
      entry_.is_known = true;
      if (auto route = make_route(plan_, path, entry_.catalogued)) {
        route->node = name;
        route->parent_node = parent_node;
        entry_.routes.push_back(std::move(*route));
      }
    }
    for (const PlanNode& child : node.children) {
      Path below = path;
      below.push_back(&child);
      add(below, name);
    }
  }

 private:
  const DocumentPlan& plan_;
  const size_t number_;
  RouteEntry& entry_;
  size_t nodes_ = 0;
};

}  // namespace

RouteTable::RouteTable(document::PipelineName name, std::span<const DocumentPlan> plans)
    : name_(std::move(name)), plans_(plans), tables_(document::captured_tables(plans)) {}

RouteEntry RouteTable::make_entry(CatalogueEntry catalogued) const {
  RouteEntry entry{.catalogued = std::move(catalogued)};
  // Cursors number plans and nodes: by name, so that the order in the pipeline file means nothing.
  std::vector<const DocumentPlan*> plans;
  for (const DocumentPlan& plan : plans_) plans.push_back(&plan);
  std::ranges::sort(plans, {}, &DocumentPlan::name);
  for (size_t i = 0; i < plans.size(); ++i) {
    if (!entry.catalogued.is_document) {
      RouteFinder(*plans[i], i, entry).add({&plans[i]->root}, "");
    } else if (plans[i]->name.value == entry.catalogued.name) {
      entry.is_known = true;
    }
  }
  return entry;
}

Result<void> RouteTable::read(Connection& connection) {
  for (CatalogueEntry& entry : TRY(read_catalogue(connection, name_))) {
    // What is known stays where it is: callers hold its routes.
    RouteEntry& known = entries_[entry.number];
    if (known.is_known) {
      known.catalogued.is_current = entry.is_current;
    } else {
      known = make_entry(std::move(entry));
    }
  }
  is_fresh_ = true;
  return {};
}

Result<const RouteEntry*> RouteTable::find(Connection& connection, uint32_t number) {
  auto entry = entries_.find(number);
  if ((entry == entries_.end() || !entry->second.is_known) && !is_fresh_) {
    TRY(read(connection));
    entry = entries_.find(number);
  }
  return entry == entries_.end() ? nullptr : &entry->second;
}

std::optional<KeyLayout> RouteTable::layout_of(const document::TableName& table,
                                               const std::vector<std::string>& names) const {
  const auto captured = std::ranges::find(tables_, table, &document::CapturedTable::table);
  if (captured == tables_.end()) return std::nullopt;
  KeyLayout layout;
  for (const std::string& name : names) {
    for (const KeyLayout* columns : {&captured->key, &captured->links})
      for (const KeyColumn& column : *columns)
        if (column.name == name) layout.push_back(column);
  }
  return layout.size() == names.size() ? std::optional(layout) : std::nullopt;
}

Result<RouteTable::Current> RouteTable::current(Connection& connection,
                                                const document::TableName& table) {
  if (!is_fresh_) TRY(read(connection));
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    const CatalogueEntry& catalogued = entry->second.catalogued;
    if (catalogued.is_document || !catalogued.is_current || catalogued.name != table.value)
      continue;
    const auto key = layout_of(table, catalogued.key_columns);
    const auto links = layout_of(table, catalogued.link_columns);
    if (key && links) return Current{entry->first, *key, *links};
  }
  return conflict("the catalogue notes no rows of table " + table.value +
                      " as this process's definitions need them",
                  "start this process again: another definition was installed");
}

Result<uint32_t> RouteTable::number_of(Connection& connection,
                                       const document::DocumentName& document) {
  if (!is_fresh_) TRY(read(connection));
  for (const auto& [number, entry] : entries_) {
    if (entry.catalogued.is_document && entry.catalogued.name == document.value) return number;
  }
  return conflict("the catalogue has no document type " + document.value,
                  "start this process again: another definition was installed");
}

Result<Components> components_of(const CatalogueEntry& entry, const std::string& key,
                                 const std::string& links) {
  Components components = TRY(document::split_key(key, entry.key_columns.size()));
  Components more = TRY(document::split_key(links, entry.link_columns.size()));
  components.insert(components.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  return components;
}

std::optional<std::string> text_of(const Components& components, std::span<const size_t> order) {
  std::string text;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto& component = components[order[i]];
    if (!component) return std::nullopt;
    if (i > 0) text += '|';
    for (const char c : *component) {
      if (c == '\\' || c == '|') text += '\\';
      text += c;
    }
  }
  return text;
}

}  // namespace syncline::mysql
