#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "engine/status.h"

namespace syncline::cli {

/// Whether the engine that published this still runs: it publishes each second, and says so when it
/// ends in order.
bool is_running(const engine::Status& status, const Clock& clock);

/// Microseconds since 1970, as Status::published_us has them.
uint64_t now_us(const Clock& clock);

/// 1234.4 as "1,234/s".
std::string rate_text(double rate);

/// "2026-01-31 12:00:00 UTC", or "nothing yet" for 0.
std::string as_of(uint64_t revision);

uint64_t owed_of(const engine::Status& status);

/// What "as of" means: of document types that are not loaded yet it says nothing.
std::string_view as_of_note(const engine::Status& status);

/// "up", or "away for 1:23: connection refused"; not coloured.
std::string target_text(const engine::TargetStatus& target);

/// ", lost what it had acknowledged (noticed at ...) and ...", or nothing; not coloured.
std::string loss_text(const engine::TargetStatus& target, const engine::Status& status);

/// One line for a terminal: "running   lag 0.0 s  512/s  loaded 8/8  verified 8/8  owed 0".
std::string status_line(const engine::Status& status);

/// Several lines: the engine, the targets, and a table of the document types.
std::string status_page(const engine::Status& status, bool is_fresh);

}  // namespace syncline::cli
