#include "mysql/widener.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "mysql/encoding_sql.h"
#include "mysql/key_sql.h"

namespace syncline::mysql {
namespace {

using document::KeyColumn;
using document::NodeKind;
using document::PlanNode;

constexpr std::string_view kAlias = "t";

const PlanNode& parent_of(const Route& route) { return *route.path[route.path.size() - 2]; }

bool is_same_hop(const Route& a, const Route& b) {
  return parent_of(a).table == parent_of(b).table && a.link == b.link &&
         a.link_components == b.link_components;
}

// Each distinct way one level up, in the order of the plans: a cursor numbers them. A link that is
// a root key leads to one document, so it is never what makes a row wide.
std::vector<const Route*> hops_of(const RouteEntry& entry) {
  std::vector<const Route*> hops;
  for (const Route& route : entry.routes) {
    if (!route.root_key.empty()) continue;
    if (std::ranges::none_of(hops, [&](const Route* hop) { return is_same_hop(*hop, route); }))
      hops.push_back(&route);
  }
  return hops;
}

struct Cursor {
  size_t hop = 0;
  std::optional<std::string> last;  ///< primary key of the referencing table; nothing: begin
};

std::string text_of(document::Generation generation, const Cursor& cursor) {
  return fmt::format("{}|{}{}", generation.value, cursor.hop,
                     cursor.last ? '>' + *cursor.last : "");
}

// A cursor of another generation counts other hops: begin again.
Cursor parse_cursor(document::Generation generation, const std::string& text) {
  const std::string prefix = fmt::format("{}|", generation.value);
  if (!text.starts_with(prefix)) return {};
  Cursor cursor;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + prefix.size(), end, cursor.hop);
  if (parsed.ec != std::errc()) return {};
  if (parsed.ptr != end) cursor.last.emplace(parsed.ptr + 1, end);
  return cursor;
}

// FORCE INDEX of one in which the rows of a hop stand in the order of the primary key. Left alone,
// MySQL takes a wider index and sorts at each step.
Result<std::string> index_hint(Connection& connection, const Route& hop) {
  std::vector<std::string> wanted;
  for (const KeyColumn& column : hop.link) wanted.push_back(column.name);
  std::ranges::sort(wanted);
  const std::string sql = fmt::format(
      "SELECT index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '\\0') FROM "
      "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = {} GROUP BY "
      "index_name HAVING COUNT(sub_part) = 0 ORDER BY index_name = 'PRIMARY' DESC",
      quote_text(parent_of(hop).table.value));
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
                                        const RouteTable::Current& noted, const KeyValues& link,
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
                    .links = std::string(row[1].value_or(""))});
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
  const std::vector<const Route*> hops = hops_of(*entry);
  const auto components = TRY(components_of(entry->catalogued, row.key, row.links));
  Cursor cursor = parse_cursor(generation, row.cursor);
  while (cursor.hop < hops.size() && step.rows.size() < rows_max) {
    const Route& hop = *hops[cursor.hop];
    const auto noted = TRY(routes.current(connection, parent_of(hop).table));
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
  if (cursor.hop < hops.size()) step.cursor = text_of(generation, cursor);
  return step;
}

}  // namespace syncline::mysql
