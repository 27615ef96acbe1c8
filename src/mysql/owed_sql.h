#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "document/ids.h"
#include "ports/change_log.h"

namespace syncline::mysql {

/// Items of a list of SQL values, at most this many in one statement: longer ones make the server
/// plan badly and hold locks for long.
inline constexpr size_t kListMax = 500;

/// "x'5d41...', x'7d79...'": the hashes that stand for keys in the table `owed`.
std::string key_hashes(std::span<const document::DocumentKey> keys);

/// Statements that note owed keys, raising what is already noted.
std::vector<std::string> owe_statements(const std::string& owed_table,
                                        std::span<const ports::OwedKey> owed);

/// Statements that delete what an acknowledged write at a revision has paid.
std::vector<std::string> pay_statements(const std::string& owed_table,
                                        std::span<const ports::PaidKeys> paid);

std::string_view to_text(ports::OwedReason reason);
ports::OwedReason reason_of(std::string_view text);

/// When a key that was tried `attempts` times (a column or number) is due again.
std::string due_sql(std::string_view attempts);

}  // namespace syncline::mysql
