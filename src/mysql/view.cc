#include "mysql/view.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <unordered_set>

#include "base/log.h"
#include "mysql/capture_tables.h"
#include "mysql/document_reader.h"
#include "mysql/key_sql.h"
#include "mysql/owed_sql.h"
#include "mysql/resolver.h"
#include "mysql/statement.h"
#include "mysql/widener.h"

namespace syncline::mysql {
namespace {

using document::ColumnType;
using document::DocumentKey;
using document::DocumentPlan;
using document::Image;
using document::Value;
using ports::KeyRange;
using ports::Piece;

// Keys named in one statement: beyond this MySQL's range analysis costs more than a round trip.
constexpr size_t kKeysMax = 1000;

using KeySet = std::unordered_set<DocumentKey>;

// Ends the session after an error: what it still has to say would be taken for the next answer.
template <typename T>
Result<T> closing(Connection& connection, Result<T> result) {
  if (!result.ok()) connection.close();
  return result;
}

std::string root_table(const DocumentPlan& plan) {
  return quote_name(plan.root.table.value) + " AS " + std::string(kRootAlias) +
         " FORCE INDEX (PRIMARY)";
}

// A key that does not fit the columns is in no row: it is left out, and so found absent.
std::string keys_sql(const DocumentPlan& plan, std::span<const DocumentKey> keys) {
  std::vector<KeyValues> values;
  for (const DocumentKey& key : keys) {
    auto decoded = document::decode_key(plan.key(), key.value);
    if (decoded.ok()) values.push_back(std::move(*decoded));
  }
  return one_of_sql(plan.key(), kRootAlias, values);
}

Result<std::string> range_sql(const DocumentPlan& plan, const KeyRange& range) {
  std::string sql = "TRUE";
  if (range.after) {
    const KeyValues after = TRY(document::decode_key(plan.key(), range.after->value));
    sql += " AND " + bound_sql(plan.key(), kRootAlias, Side::kAbove, after);
  }
  if (range.last) {
    const KeyValues last = TRY(document::decode_key(plan.key(), range.last->value));
    sql += " AND " + bound_sql(plan.key(), kRootAlias, Side::kUpTo, last);
  }
  return sql;
}

/// Root keys by a statement that selects them, in its order.
Result<std::vector<DocumentKey>> root_keys(Connection& connection, const DocumentPlan& plan,
                                           const std::string& sql) {
  std::vector<ColumnType> types;
  for (const auto& column : plan.key()) types.push_back(column.type);
  Statement rows = TRY(Statement::run(connection, sql, types));
  std::vector<DocumentKey> keys;
  std::vector<Value> values(types.size());
  while (TRY(rows.next())) {
    for (size_t i = 0; i < types.size(); ++i) {
      values[i] = rows.value(i);
      // As a bound it would be a NULL, beyond which no row lies.
      if (std::holds_alternative<std::monostate>(values[i])) return zero_date_key(plan, i);
    }
    keys.emplace_back(encode_key(plan.key(), values));
  }
  return keys;
}

Result<std::optional<DocumentKey>> root_key_at(Connection& connection, const DocumentPlan& plan,
                                               const std::string& condition, std::string_view order,
                                               size_t offset) {
  std::string order_by;
  for (const auto& column : plan.key()) {
    order_by += fmt::format("{}{}.{}{}", order_by.empty() ? "" : ", ", kRootAlias,
                            quote_name(column.name), order);
  }
  auto keys = TRY(root_keys(connection, plan,
                            fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}, 1",
                                        columns_sql(plan.key(), kRootAlias), root_table(plan),
                                        condition, order_by, offset)));
  return keys.empty() ? std::optional<DocumentKey>() : std::move(keys[0]);
}

Result<std::vector<Image>> read_keys(Connection& connection, const DocumentPlan& plan,
                                     std::span<const DocumentKey> keys) {
  std::vector<Image> images;
  KeySet answered;
  for (size_t i = 0; i < keys.size(); i += kKeysMax) {
    const auto some = keys.subspan(i, std::min(kKeysMax, keys.size() - i));
    const std::string condition = keys_sql(plan, some);
    DocumentReader reader(connection, plan, std::numeric_limits<size_t>::max());
    Roots roots = TRY(reader.roots(condition, 0));
    TRY(reader.fill(roots.images, condition));
    for (Image& image : roots.images)
      if (answered.insert(image.key).second) images.push_back(std::move(image));
  }
  for (const DocumentKey& key : keys)
    if (answered.insert(key).second) images.push_back({.key = key});
  return images;
}

Result<std::vector<DocumentKey>> absent_keys(Connection& connection, const DocumentPlan& plan,
                                             std::span<const DocumentKey> keys) {
  KeySet present;
  for (size_t i = 0; i < keys.size(); i += kKeysMax) {
    const auto some = keys.subspan(i, std::min(kKeysMax, keys.size() - i));
    const std::string filter = plan.root.where.empty() ? "" : " AND (" + plan.root.where + ")";
    for (DocumentKey& key : TRY(root_keys(
             connection, plan,
             fmt::format("SELECT {} FROM {} WHERE {}{}", columns_sql(plan.key(), kRootAlias),
                         root_table(plan), keys_sql(plan, some), filter))))
      present.insert(std::move(key));
  }
  std::vector<DocumentKey> absent;
  std::ranges::copy_if(keys, std::back_inserter(absent),
                       [&](const DocumentKey& key) { return !present.contains(key); });
  return absent;
}

/// Where a piece ends, looking at most `rows_max` rows far, whether they are documents or not.
struct Extent {
  std::optional<DocumentKey> last;  ///< nothing: no row
  bool is_exhausted = false;
};

Result<Extent> extent_of(Connection& connection, const DocumentPlan& plan, const KeyRange& range,
                         size_t rows_max) {
  const std::string condition = TRY(range_sql(plan, range));
  Extent extent{.last = TRY(root_key_at(connection, plan, condition, "", rows_max - 1))};
  if (extent.last) {
    extent.is_exhausted = extent.last == range.last;
    return extent;
  }
  extent.is_exhausted = true;
  extent.last = TRY(root_key_at(connection, plan, condition, " DESC", 0));
  return extent;
}

/// One attempt at a piece of at most `rows_max` root rows. `is_too_large`: read fewer.
struct Attempt {
  Piece piece;
  bool is_too_large = false;
  size_t rows = 0;
};

Result<Attempt> try_range(Connection& connection, const DocumentPlan& plan, KeyRange range,
                          size_t rows_max, size_t bytes_max) {
  Attempt attempt;
  Piece& piece = attempt.piece;
  size_t limit = rows_max;
  if (!plan.root.where.empty()) {
    // The rows outside count as well, but are not returned: so the end comes first.
    const Extent extent = TRY(extent_of(connection, plan, range, rows_max));
    piece.last = extent.last;
    piece.is_exhausted = extent.is_exhausted;
    if (!extent.last) return attempt;
    range.last = extent.last;
    limit = 0;
  }
  DocumentReader reader(connection, plan, bytes_max);
  Roots roots = TRY(reader.roots(TRY(range_sql(plan, range)), limit));
  attempt.rows = roots.images.size();
  const bool is_end_known = limit == 0 && !roots.is_cut;
  if (!is_end_known && !roots.images.empty()) piece.last = roots.images.back().key;
  if (roots.is_cut) piece.is_exhausted = false;
  if (limit > 0 && !roots.is_cut)
    piece.is_exhausted = roots.images.size() < limit || piece.last == range.last;
  range.last = piece.last;
  attempt.is_too_large = !TRY(reader.fill(roots.images, TRY(range_sql(plan, range))));
  piece.images = std::move(roots.images);
  return attempt;
}

Result<Piece> read_piece(Connection& connection, const DocumentPlan& plan, const KeyRange& range,
                         const ports::ReadLimits& limits) {
  size_t rows_max = std::max<size_t>(limits.documents_max, 1);
  for (;;) {
    Attempt attempt = TRY(try_range(connection, plan, range, rows_max, limits.bytes_max));
    if (!attempt.is_too_large) return std::move(attempt.piece);
    // With a filter fewer documents than rows came; halving the smaller of the two is too much
    // then, and the piece is only shorter than it could be.
    rows_max = std::max<size_t>(std::min(rows_max, attempt.rows) / 2, 1);
  }
}

Result<std::vector<ports::LogRow>> log_rows(Connection& connection,
                                            const document::PipelineName& name,
                                            document::LogId after, size_t rows_max) {
  std::vector<ports::LogRow> rows;
  const auto number = [](std::string_view text) {
    return std::strtoull(std::string(text).c_str(), nullptr, 10);
  };
  TRY(connection.query(
      fmt::format("SELECT id, tab, k, links, cur FROM {} FORCE INDEX (PRIMARY) WHERE id > {} ORDER "
                  "BY id LIMIT {}",
                  own_table(name, "change_log"), after.value, rows_max),
      [&](Row row) -> Result<void> {
        rows.push_back({.id = document::LogId(number(row[0].value_or(""))),
                        .catalogue = static_cast<uint32_t>(number(row[1].value_or(""))),
                        .key = std::string(row[2].value_or("")),
                        .links = std::string(row[3].value_or("")),
                        .cursor = std::string(row[4].value_or(""))});
        return {};
      }));
  return rows;
}

Result<std::vector<DocumentKey>> owed_keys(Connection& connection,
                                           const document::PipelineName& name,
                                           const document::DocumentName& document,
                                           const document::TargetName& target,
                                           std::span<const DocumentKey> keys) {
  KeySet found;
  for (size_t i = 0; i < keys.size(); i += kKeysMax) {
    const auto hashes = key_hashes(keys.subspan(i, std::min(kKeysMax, keys.size() - i)));
    TRY(connection.query(
        fmt::format("SELECT k FROM {} WHERE target = {} AND document = {} AND k_hash IN ({})",
                    own_table(name, "owed"), quote_text(target.value), quote_text(document.value),
                    hashes),
        [&](Row row) -> Result<void> {
          found.emplace(std::string(row[0].value_or("")));
          return {};
        }));
  }
  std::vector<DocumentKey> owed;
  std::ranges::copy_if(keys, std::back_inserter(owed),
                       [&](const DocumentKey& key) { return found.contains(key); });
  return owed;
}

}  // namespace

MysqlView::MysqlView(Connection& connection, RouteTable& routes, const SessionContext& context,
                     document::Revision revision)
    : connection_(connection), routes_(routes), context_(context), revision_(revision) {
  routes_.begin_view();
}

MysqlView::~MysqlView() {
  if (connection_.is_open() && !connection_.execute("COMMIT").ok()) connection_.close();
}

Result<std::vector<Image>> MysqlView::read(const DocumentPlan& plan,
                                           std::span<const DocumentKey> keys) {
  return closing(connection_, read_keys(connection_, plan, keys));
}

Result<std::vector<DocumentKey>> MysqlView::absent(const DocumentPlan& plan,
                                                   std::span<const DocumentKey> keys) {
  return closing(connection_, absent_keys(connection_, plan, keys));
}

Result<std::optional<DocumentKey>> MysqlView::cut(const DocumentPlan& plan,
                                                  const std::optional<DocumentKey>& after,
                                                  size_t documents) {
  const auto condition = range_sql(plan, {.after = after});
  if (!condition.ok()) return condition.error();
  return closing(connection_, root_key_at(connection_, plan, *condition, "",
                                          std::max<size_t>(documents, 1) - 1));
}

Result<Piece> MysqlView::read_range(const DocumentPlan& plan, const KeyRange& range,
                                    const ports::ReadLimits& limits) {
  return closing(connection_, read_piece(connection_, plan, range, limits));
}

Result<std::vector<ports::LogRow>> MysqlView::read_log(document::LogId after, size_t rows_max) {
  return closing(connection_, log_rows(connection_, context_.name, after, rows_max));
}

Result<ports::Resolution> MysqlView::resolve(std::span<const ports::LogRow> rows, size_t wide_min) {
  const document::Generation generation(context_.generation);
  return closing(connection_, mysql::resolve(connection_, routes_, generation, rows, wide_min));
}

Result<std::vector<DocumentKey>> MysqlView::owed(const document::DocumentName& document,
                                                 const document::TargetName& target,
                                                 std::span<const DocumentKey> keys) {
  return closing(connection_, owed_keys(connection_, context_.name, document, target, keys));
}

Result<ports::WideStep> MysqlView::widen(const ports::LogRow& row, size_t rows_max) {
  const document::Generation generation(context_.generation);
  return closing(connection_, mysql::widen(connection_, routes_, generation, row, rows_max));
}

}  // namespace syncline::mysql
