#include "mysql/change_log.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "mysql/capture_tables.h"
#include "mysql/owed_sql.h"
#include "mysql/write_count_sql.h"
#include "ports/trial.h"

namespace syncline::mysql {

using document::DocumentKey;
using document::DocumentName;
using document::LogId;
using ports::LogRow;
using ports::Settlement;
using ports::WideStep;

namespace {

// One list of values per statement.
std::vector<std::string> insert_statements(const std::string& log,
                                           const std::vector<std::string>& values) {
  std::vector<std::string> statements;
  const std::span<const std::string> all(values);
  for (size_t i = 0; i < all.size(); i += kListMax) {
    statements.push_back("INSERT INTO " + log + " (id, tab, k, links, cur) VALUES " +
                         join(all.subspan(i, std::min(kListMax, all.size() - i)), ", "));
  }
  return statements;
}

std::string text_or_null(const std::string& text) {
  return text.empty() ? "NULL" : quote_text(text);
}

std::string log_values(uint32_t number, const std::string& key, const std::string& links = "",
                       const std::string& cursor = "") {
  return fmt::format("(UUID_SHORT(), {}, {}, {}, {})", number, quote_text(key), text_or_null(links),
                     text_or_null(cursor));
}

// In order: two settling sessions that want the same rows then wait, and never block each other.
std::vector<std::string> delete_statements(const std::string& log, std::vector<LogId> ids) {
  std::ranges::sort(ids);
  std::vector<std::string> statements;
  for (size_t i = 0; i < ids.size(); i += kListMax) {
    std::vector<std::string> numbers;
    for (size_t j = i; j < std::min(i + kListMax, ids.size()); ++j) {
      numbers.push_back(std::to_string(ids[j].value));
    }
    statements.push_back(
        ports::unless_broken(ports::Rule::kSettleSeenOnly,
                             "DELETE FROM " + log + " WHERE id IN (" + join(numbers, ",") + ")",
                             "id IN (", "id <= GREATEST(0, "));
  }
  return statements;
}

}  // namespace

MysqlChangeLog::MysqlChangeLog(const std::shared_ptr<const SessionContext>& context)
    : log_(own_table(context->name, "change_log")),
      owed_(own_table(context->name, "owed")),
      catalogue_(own_table(context->name, "catalogue")),
      write_counters_(own_table(context->name, "write_counters")),
      poll_(context),
      settle_(context) {}

Result<std::optional<LogId>> MysqlChangeLog::first_above(LogId after) {
  // `tab` is not in the primary key: with the id alone MySQL scans what was deleted but not purged.
  const auto rows = TRY(poll_.rows(
      fmt::format("SELECT id, tab FROM {} FORCE INDEX (PRIMARY) WHERE id > {} ORDER BY id LIMIT 1",
                  log_, after.value)));
  if (rows.empty()) return std::optional<LogId>();
  return std::optional(LogId(std::strtoull(rows[0][0]->c_str(), nullptr, 10)));
}

Result<void> MysqlChangeLog::settle(const Settlement& settlement) {
  std::vector<std::string> statements = owe_statements(owed_, settlement.owed);
  for (std::string& sql : pay_statements(owed_, settlement.paid)) {
    statements.push_back(std::move(sql));
  }
  for (std::string& sql : delete_statements(log_, settlement.ids)) {
    statements.push_back(std::move(sql));
  }
  // Last: every settlement wants these rows, and holds them until it is committed.
  if (!settlement.written.empty()) {
    statements.push_back(note_writes_statement(write_counters_, settlement.written));
  }
  return settle_.transact(statements);
}

Result<uint32_t> MysqlChangeLog::number_of(const std::string& document) {
  const auto known = numbers_.find(document);
  if (known != numbers_.end()) return known->second;
  const auto rows =
      TRY(settle_.rows(fmt::format("SELECT number FROM {} WHERE kind = 'document' AND name = {}",
                                   catalogue_, quote_text(document))));
  if (rows.empty()) {
    return not_found("document " + document + " is not in the catalogue",
                     "run `syncline capture install`");
  }
  const auto number = static_cast<uint32_t>(std::strtoul(rows[0][0]->c_str(), nullptr, 10));
  numbers_[document] = number;
  return number;
}

Result<void> MysqlChangeLog::note(const DocumentName& document, std::span<const DocumentKey> keys) {
  if (keys.empty()) return {};
  const uint32_t number = TRY(number_of(document.value));
  std::vector<std::string> values;
  for (const DocumentKey& key : keys) values.push_back(log_values(number, key.value));
  return settle_.transact(insert_statements(log_, values));
}

Result<void> MysqlChangeLog::advance(const LogRow& row, const WideStep& step) {
  // The cursor is compared as bytes, by the server: whoever moved it first wins.
  const std::string where =
      fmt::format(" WHERE id = {} AND CAST(IFNULL(cur, '') AS BINARY) = CAST({} AS BINARY)",
                  row.id.value, quote_text(row.cursor));
  TRY(settle_.execute("START TRANSACTION"));
  const Done moved = TRY(settle_.execute(
      step.cursor.empty() ? "DELETE FROM " + log_ + where
                          : "UPDATE " + log_ + " SET cur = " + quote_text(step.cursor) + where));
  if (moved.affected_rows == 1) {
    std::vector<std::string> values;
    for (const LogRow& next : step.rows) {
      values.push_back(log_values(next.catalogue, next.key, next.links, next.cursor));
    }
    for (const std::string& sql : insert_statements(log_, values)) TRY(settle_.execute(sql));
  }
  TRY(settle_.execute("COMMIT"));
  return {};
}

Result<size_t> MysqlChangeLog::retry_owed(std::optional<document::TargetName> returned,
                                          size_t keys_max) {
  // The owed row stays until a write pays it; is_noted says that its key is in the log.
  const std::string which =
      returned ? fmt::format("target = {} AND is_noted = 0 AND reason <> 'too_large'",
                             quote_text(returned->value))
               : "due <= NOW(6)";
  TRY(settle_.execute("START TRANSACTION"));
  const auto owed = TRY(settle_.rows(fmt::format(
      "SELECT o.target, o.document, HEX(o.k_hash), o.k, c.number FROM {} o JOIN {} c ON "
      "c.kind = 'document' AND c.name = o.document WHERE {} LIMIT {} FOR UPDATE",
      owed_, catalogue_, which, keys_max)));
  std::vector<std::string> values;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> noted;  // hashes
  for (const auto& row : owed) {
    const auto number = static_cast<uint32_t>(std::strtoul(row[4]->c_str(), nullptr, 10));
    values.push_back(log_values(number, *row[3]));
    noted[{*row[0], *row[1]}].push_back("x'" + *row[2] + "'");
  }
  for (const std::string& sql : insert_statements(log_, values)) TRY(settle_.execute(sql));
  for (const auto& [owner, hashes] : noted) {
    TRY(settle_.execute(fmt::format(
        "UPDATE {} SET is_noted = 1, due = NOW(6) + INTERVAL 300 SECOND WHERE target = {} AND "
        "document = {} AND k_hash IN ({})",
        owed_, quote_text(owner.first), quote_text(owner.second), join(hashes, ", "))));
  }
  TRY(settle_.execute("COMMIT"));
  return owed.size();
}

Result<uint64_t> MysqlChangeLog::owed_count() {
  const auto rows = TRY(poll_.rows("SELECT COUNT(*) FROM " + owed_));
  return std::strtoull(rows[0][0]->c_str(), nullptr, 10);
}

}  // namespace syncline::mysql
