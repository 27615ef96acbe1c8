#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/plan.h"
#include "mysql/catalogue.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// One way from a table's rows up to the documents of one type.
struct Route {
  const document::DocumentPlan* plan = nullptr;
  std::vector<const document::PlanNode*> path;  ///< from the root down to the node over the table
  document::KeyLayout link;             ///< columns of the node above whose values a log row names
  std::vector<size_t> link_components;  ///< where in a log row; parallel to `link`
  std::string node;         ///< "2.5": the node over the table, among all nodes of this generation
  std::string parent_node;  ///< the node above; empty for the root
  std::vector<size_t> root_key;  ///< not empty: these components are the root's key: no question
};

/// A catalogue number, and where its rows lead.
struct RouteEntry {
  CatalogueEntry catalogued;
  bool is_known = false;      ///< some plan has this table, or is this document type
  std::vector<Route> routes;  ///< of a table; those whose columns the rows carry
};

/// The catalogue against the plans. Remembers it (a number's meaning never changes) and reads it
/// again, once a view, when a number is not known. One thread at a time. Borrows the plans.
class RouteTable {
 public:
  RouteTable(document::PipelineName name, std::span<const document::DocumentPlan> plans);

  /// A new view is open in the connection that comes with the next calls.
  void begin_view() { is_fresh_ = false; }

  /// Nothing when the catalogue of this view has no such number. A known entry
  /// is valid as long as this table.
  Result<const RouteEntry*> find(Connection& connection, uint32_t number);

  /// The number under which rows of a table are noted now, with the types of its columns.
  struct Current {
    uint32_t number = 0;
    document::KeyLayout key;
    document::KeyLayout links;
  };
  /// kConflict when none fits the plans of this process.
  Result<Current> current(Connection& connection, const document::TableName& table);

  /// The number under which documents of this type are noted. kConflict when there is none.
  Result<uint32_t> number_of(Connection& connection, const document::DocumentName& document);

 private:
  Result<void> read(Connection& connection);
  RouteEntry make_entry(CatalogueEntry catalogued) const;
  std::optional<document::KeyLayout> layout_of(const document::TableName& table,
                                               const std::vector<std::string>& names) const;

  const document::PipelineName name_;
  const std::span<const document::DocumentPlan> plans_;
  const std::vector<document::CapturedTable> tables_;
  std::map<uint32_t, RouteEntry> entries_;
  bool is_fresh_ = false;
};

/// The unescaped components of a log row's key and links, in this order; nothing for NULL.
using Components = std::vector<std::optional<std::string>>;

/// kCorrupt when the text does not fit the entry.
Result<Components> components_of(const CatalogueEntry& entry, const std::string& key,
                                 const std::string& links);

/// The canonical text (document/key.h) of some components, in the order given; nothing when one of
/// them is NULL.
std::optional<std::string> text_of(const Components& components, std::span<const size_t> order);

}  // namespace syncline::mysql
