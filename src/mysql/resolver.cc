#include "mysql/resolver.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "mysql/document_sql.h"
#include "mysql/key_sql.h"
#include "mysql/statement.h"
#include "mysql/wide_cursor.h"

namespace syncline::mysql {
namespace {

using document::DocumentKey;
using document::KeyColumn;
using document::NodeKind;
using document::PlanNode;
using document::Value;

// Values asked for in one statement. A batch that meets too many rows is halved.
constexpr size_t kValuesMax = 500;

// A row whose key is a zero date is no document; its key would stop every target.
bool can_be_document(const document::KeyLayout& layout, const std::string& key) {
  const bool has_dates = std::ranges::any_of(layout, [](const KeyColumn& column) {
    return column.type.kind == document::TypeKind::kDate ||
           column.type.kind == document::TypeKind::kDateTime;
  });
  return !has_dates || document::decode_key(layout, key).ok();
}

bool has_null(const KeyValues& values) {
  return std::ranges::any_of(
      values, [](const Value& value) { return std::holds_alternative<std::monostate>(value); });
}

/// Values of one route's link, and the log rows that name them.
struct Asked {
  KeyValues values;
  std::vector<size_t> rows;
};

/// What one route is still to be asked. Equal text is asked once.
struct Question {
  std::vector<Asked> asked;
  std::unordered_map<std::string, size_t> by_text;
};

class Resolving {
 public:
  Resolving(Connection& connection, RouteTable& routes, document::Generation generation,
            std::span<const ports::LogRow> rows, size_t wide_min)
      : connection_(connection),
        routes_(routes),
        generation_(generation),
        rows_(rows),
        wide_min_(wide_min) {}

  Result<ports::Resolution> run() {
    for (size_t i = 0; i < rows_.size(); ++i) TRY(take(i));
    for (const auto& [route, question] : questions_) {
      const std::span all(question.asked);
      const size_t step = std::clamp<size_t>(wide_min_, 1, kValuesMax);
      for (size_t i = 0; i < all.size(); i += step)
        TRY(ask(*route, all.subspan(i, std::min(step, all.size() - i))));
    }
    for (auto& [name, keys] : resolution_.keys) {
      std::ranges::sort(keys);
      keys.erase(std::ranges::unique(keys).begin(), keys.end());
    }
    for (const size_t row : wide_) resolution_.wide.push_back(rows_[row]);
    return std::move(resolution_);
  }

 private:
  Result<void> take(size_t number);
  Result<void> ask(const Route& route, std::span<const Asked> asked);
  Result<bool> has_few_parents(const Route& route, const std::string& condition);
  Result<std::optional<std::vector<DocumentKey>>> roots(const Route& route,
                                                        std::span<const Asked> asked);

  Connection& connection_;
  RouteTable& routes_;
  const document::Generation generation_;
  const std::span<const ports::LogRow> rows_;
  const size_t wide_min_;
  ports::Resolution resolution_;
  std::map<const Route*, Question> questions_;
  std::set<size_t> wide_;
};

Result<void> Resolving::take(size_t number) {
  const ports::LogRow& row = rows_[number];
  const RouteEntry* entry = TRY(routes_.find(connection_, row.catalogue));
  if (entry == nullptr) return {};
  const CatalogueEntry& catalogued = entry->catalogued;
  if (!entry->is_known) {
    // Current at this view's generation, so some process has the definition: not this one.
    if (catalogued.is_current) resolution_.has_unknown_catalogue = true;
    return {};
  }
  if (catalogued.is_document) {
    resolution_.keys[document::DocumentName(catalogued.name)].emplace_back(row.key);
    return {};
  }
  const Components components = TRY(components_of(catalogued, row.key, row.links));
  const WideCursor meant = parse_wide_cursor(generation_, row.cursor);
  for (const Route& route : entry->routes) {
    if (!meant.node.empty() && meant.node != route.node) continue;
    if (!route.root_key.empty()) {
      auto key = text_of(components, route.root_key);
      if (key && can_be_document(route.plan->key(), *key))
        resolution_.keys[route.plan->name].emplace_back(std::move(*key));
      continue;
    }
    const auto text = text_of(components, route.link_components);
    if (!text) continue;
    Question& question = questions_[&route];
    const auto [at, is_new] = question.by_text.emplace(*text, question.asked.size());
    if (is_new) {
      // A value that does not fit the column (its type changed since) is in no row of this view.
      auto values = document::decode_key(route.link, *text);
      if (!values.ok()) log_warn("change log row {}: {}", row.id.value, values.error().text());
      question.asked.push_back({values.ok() ? std::move(*values) : KeyValues(route.link.size())});
    }
    question.asked[at->second].rows.push_back(number);
  }
  return {};
}

Result<void> Resolving::ask(const Route& route, std::span<const Asked> asked) {
  auto keys = TRY(roots(route, asked));
  if (keys) {
    auto& all = resolution_.keys[route.plan->name];
    std::ranges::move(*keys, std::back_inserter(all));
  } else if (asked.size() == 1) {
    wide_.insert(asked[0].rows.begin(), asked[0].rows.end());
    resolution_.wide_documents.insert(route.plan->name);
  } else {
    TRY(ask(route, asked.first(asked.size() / 2)));
    TRY(ask(route, asked.subspan(asked.size() / 2)));
  }
  return {};
}

// A LIMIT bounds what the whole join returns, not what its first table reads.
Result<bool> Resolving::has_few_parents(const Route& route, const std::string& condition) {
  const size_t parent = route.path.size() - 2;
  if (parent == 0 || route.path.back()->kind != NodeKind::kToOne) return true;
  const auto count = TRY(connection_.value(
      fmt::format("SELECT COUNT(*) FROM (SELECT 1 FROM {} AS t{} WHERE {} LIMIT {}) AS few",
                  quote_name(route.path[parent]->table.value), parent, condition, wide_min_ + 1)));
  return std::stoull(count.value_or("0")) <= wide_min_;
}

// Nothing when the values together meet more than `wide_min` rows.
Result<std::optional<std::vector<DocumentKey>>> Resolving::roots(const Route& route,
                                                                 std::span<const Asked> asked) {
  std::vector<KeyValues> values;
  for (const Asked& one : asked) values.push_back(one.values);
  const size_t parent = route.path.size() - 2;
  const std::string condition = one_of_sql(route.link, fmt::format("t{}", parent), values);
  if (!TRY(has_few_parents(route, condition))) return std::optional<std::vector<DocumentKey>>();
  const document::KeyLayout& key = route.plan->key();
  std::vector<document::ColumnType> types;
  for (const KeyColumn& column : key) types.push_back(column.type);
  const std::string sql =
      fmt::format("SELECT STRAIGHT_JOIN {} FROM {} WHERE {} LIMIT {}", columns_sql(key, kRootAlias),
                  upward_from_sql(route.path, parent), condition, wide_min_ + 1);
  Statement rows = TRY(Statement::run(connection_, sql, types));
  std::vector<DocumentKey> keys;
  std::vector<Value> key_values(key.size());
  while (TRY(rows.next())) {
    for (size_t i = 0; i < key.size(); ++i) key_values[i] = rows.value(i);
    if (!has_null(key_values)) keys.emplace_back(encode_key(key, key_values));
  }
  if (keys.size() > wide_min_) return std::optional<std::vector<DocumentKey>>();
  return std::optional(std::move(keys));
}

}  // namespace

Result<ports::Resolution> resolve(Connection& connection, RouteTable& routes,
                                  document::Generation generation,
                                  std::span<const ports::LogRow> rows, size_t wide_min) {
  return Resolving(connection, routes, generation, rows, wide_min).run();
}

}  // namespace syncline::mysql
