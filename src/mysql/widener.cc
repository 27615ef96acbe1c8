#include "mysql/widener.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "mysql/encoding_sql.h"
#include "mysql/key_sql.h"
#include "mysql/wide_cursor.h"

namespace syncline::mysql {
namespace {

using document::KeyColumn;
using document::NodeKind;
using document::PlanNode;

constexpr std::string_view kAlias = "t";

const PlanNode& parent_of(const Route& route) { return *route.path[route.path.size() - 2]; }

// Each way one level up. A link that is a root key leads to one document, so it is never what makes
// a row wide.
std::vector<const Route*> hops_of(const RouteEntry& entry, const std::string& node) {
  std::vector<const Route*> hops;
  for (const Route& route : entry.routes) {
    if (route.root_key.empty() && (node.empty() || node == route.node)) hops.push_back(&route);
  }
  return hops;
}

/// How the rows of a hop are noted.
struct Noted {
  uint32_t number = 0;
  document::KeyLayout key;
  document::KeyLayout links;
  std::string cursor;
};

// Meant for the one path they were met on: taken for changed rows they would lead to everything
// that embeds them, and in circles where documents embed each other.
Result<Noted> noted_rows(Connection& connection, RouteTable& routes,
                         document::Generation generation, const Route& hop) {
  if (hop.path.size() == 2) {
    return Noted{.number = TRY(routes.number_of(connection, hop.plan->name)),
                 .key = hop.plan->key()};
  }
  const auto current = TRY(routes.current(connection, parent_of(hop).table));
  return Noted{current.number, current.key, current.links,
               to_text(generation, {.node = hop.parent_node})};
}

// FORCE INDEX of one in which the rows of a hop stand in the order of the primary key. Left alone,
// MySQL takes a wider index and sorts at each step.
Result<std::string> index_hint(Connection& connection, const Route& hop) {
  std::vector<std::string> wanted;
  for (const KeyColumn& column : hop.link) wanted.push_back(column.name);
  std::ranges::sort(wanted);
  const std::string sql = fmt::format(
      "SELECT index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '\\0') FROM "
      "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = {} AND "
      "index_type = 'BTREE' AND {} GROUP BY index_name HAVING COUNT(sub_part) = 0 AND "
      "COUNT(column_name) = COUNT(*) ORDER BY index_name = 'PRIMARY' DESC",
      quote_text(parent_of(hop).table.value),
      connection.is_mariadb() ? "ignored = 'NO'" : "is_visible = 'YES'");
  std::string hint;
  TRY(connection.query(sql, [&](Row row) -> Result<void> {
    if (!row[0] || !row[1] || !hint.empty()) return {};
    std::vector<std::string> columns = split(*row[1], '\0');
    const bool is_prefix_enough = *row[0] == "PRIMARY" && columns.size() > wanted.size();
    if (is_prefix_enough) columns.resize(wanted.size());
    std::ranges::sort(columns);
    if (columns == wanted) hint = " FORCE INDEX (" + quote_name(*row[0]) + ")";
    return {};
  }));
  return hint;
}

/// Appends the next rows of one hop; returns the last one's key, nothing when the hop is finished.
Result<std::optional<std::string>> walk(Connection& connection, const Route& hop,
                                        const Noted& noted, const KeyValues& link,
                                        const std::optional<std::string>& last, size_t rows_max,
                                        std::vector<ports::LogRow>& rows) {
  const document::KeyLayout& key = parent_of(hop).key;
  std::string condition = one_of_sql(hop.link, kAlias, std::span(&link, 1));
  if (last)
    condition += " AND " + bound_sql(key, kAlias, Side::kAbove, TRY(decode_key(key, *last)));
  const std::string sql =
      fmt::format("SELECT {}, {}, {} FROM {} AS {}{} WHERE {} ORDER BY {} LIMIT {}",
                  encoding_sql(noted.key, kAlias), encoding_sql(noted.links, kAlias),
                  encoding_sql(key, kAlias), quote_name(parent_of(hop).table.value), kAlias,
                  TRY(index_hint(connection, hop)), condition, columns_sql(key, kAlias), rows_max);
  size_t count = 0;
  std::string end;
  TRY(connection.query(sql, [&](Row row) -> Result<void> {
    rows.push_back({.catalogue = noted.number,
                    .key = std::string(row[0].value_or("")),
                    .links = std::string(row[1].value_or("")),
                    .cursor = noted.cursor});
    end = row[2].value_or("");
    ++count;
    return {};
  }));
  return count < rows_max ? std::nullopt : std::optional(end);
}

}  // namespace

Result<ports::WideStep> widen(Connection& connection, RouteTable& routes,
                              document::Generation generation, const ports::LogRow& row,
                              size_t rows_max) {
  ports::WideStep step;
  const RouteEntry* entry = TRY(routes.find(connection, row.catalogue));
  if (entry == nullptr || entry->catalogued.is_document) return step;
  WideCursor cursor = parse_wide_cursor(generation, row.cursor);
  const std::vector<const Route*> hops = hops_of(*entry, cursor.node);
  const auto components = TRY(components_of(entry->catalogued, row.key, row.links));
  while (cursor.hop < hops.size() && step.rows.size() < rows_max) {
    const Route& hop = *hops[cursor.hop];
    const Noted noted = TRY(noted_rows(connection, routes, generation, hop));
    // NULL references nothing, and a value that no longer fits the column is in no row.
    const auto text = text_of(components, hop.link_components);
    const auto link = text ? document::decode_key(hop.link, *text) : KeyValues(hop.link.size());
    const auto last = std::exchange(cursor.last, std::nullopt);
    if (link.ok()) {
      cursor.last =
          TRY(walk(connection, hop, noted, *link, last, rows_max - step.rows.size(), step.rows));
    }
    if (!cursor.last) ++cursor.hop;
  }
  if (cursor.hop < hops.size()) step.cursor = to_text(generation, cursor);
  return step;
}

}  // namespace syncline::mysql
