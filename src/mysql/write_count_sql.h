#pragma once

#include <span>
#include <string>

#include "ports/change_log.h"

namespace syncline::mysql {

/// Notes what the targets' counters were raised to: several sessions do so in any order, and the
/// highest stays.
std::string note_writes_statement(const std::string& write_counters,
                                  std::span<const ports::WriteCount> counts);

}  // namespace syncline::mysql
