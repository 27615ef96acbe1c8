#include "mysql/owed_sql.h"

#include <algorithm>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "mysql/connection.h"

namespace syncline::mysql {

using ports::OwedKey;
using ports::OwedReason;
using ports::PaidKeys;

namespace {

constexpr size_t kDetailMax = 4000;

// Hashed here: MySQL 9 has no MD5() any more.
std::string key_hash(const document::DocumentKey& key) {
  return "x'" + to_string(digest_of(key.value)) + "'";
}

// Cut at a character's end.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kDetailMax) return text;
  size_t end = kDetailMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string owed_values(const OwedKey& owed) {
  return fmt::format("({}, {}, {}, {}, '{}', {}, {}, 0, 0, {})", quote_text(owed.target.value),
                     quote_text(owed.document.value), key_hash(owed.key),
                     quote_text(owed.key.value), to_text(owed.reason),
                     quote_text(shortened(owed.detail)), owed.revision.value,
                     owed.reason == OwedReason::kTooLarge ? "NULL" : due_sql("0"));
}

}  // namespace

std::string key_hashes(std::span<const document::DocumentKey> keys) {
  std::vector<std::string> hashes;
  for (const document::DocumentKey& key : keys) hashes.push_back(key_hash(key));
  return join(hashes, ", ");
}

std::string due_sql(std::string_view attempts) {
  return fmt::format("NOW(6) + INTERVAL LEAST(300, POW(2, LEAST({}, 9))) SECOND", attempts);
}

std::vector<std::string> owe_statements(const std::string& owed_table,
                                        std::span<const OwedKey> owed) {
  std::vector<std::string> statements;
  for (size_t i = 0; i < owed.size(); i += kListMax) {
    std::vector<std::string> rows;
    for (const OwedKey& key : owed.subspan(i, std::min(kListMax, owed.size() - i))) {
      rows.push_back(owed_values(key));
    }
    // Assignments go left to right: `due` sees the new attempts.
    statements.push_back(fmt::format(
        "INSERT INTO {} (target, document, k_hash, k, reason, detail, revision, attempts, "
        "is_noted, "
        "due) VALUES {} ON DUPLICATE KEY UPDATE reason = VALUES(reason), detail = VALUES(detail), "
        "revision = GREATEST(revision, VALUES(revision)), attempts = attempts + 1, is_noted = 0, "
        "due = IF(VALUES(due) IS NULL, NULL, {})",
        owed_table, join(rows, ", "), due_sql("attempts")));
  }
  return statements;
}

std::vector<std::string> pay_statements(const std::string& owed_table,
                                        std::span<const PaidKeys> paid) {
  std::vector<std::string> statements;
  for (const PaidKeys& one : paid) {
    const std::span<const document::DocumentKey> keys(one.keys);
    for (size_t i = 0; i < keys.size(); i += kListMax) {
      statements.push_back(fmt::format(
          "DELETE FROM {} WHERE target = {} AND document = {} AND k_hash IN ({}) AND revision <= "
          "{}",
          owed_table, quote_text(one.target.value), quote_text(one.document.value),
          key_hashes(keys.subspan(i, std::min(kListMax, keys.size() - i))), one.revision.value));
    }
  }
  return statements;
}

std::string_view to_text(OwedReason reason) {
  switch (reason) {
    case OwedReason::kAway:
      return "away";
    case OwedReason::kTooLarge:
      return "too_large";
    case OwedReason::kRefused:
      return "refused";
  }
  return "";
}

OwedReason reason_of(std::string_view text) {
  if (text == "too_large") return OwedReason::kTooLarge;
  return text == "refused" ? OwedReason::kRefused : OwedReason::kAway;
}

}  // namespace syncline::mysql
