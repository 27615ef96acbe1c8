#include "cli/arrival.h"

#include "base/log.h"

#include <algorithm>
#include <charconv>

namespace syncline::cli {
namespace {

constexpr size_t kOwedShown = 10;

document::Revision revision_of(const std::string& text) {
  document::Revision revision;
  std::from_chars(text.data(), text.data() + text.size(), revision.value);
  return revision;
}

Result<Arrival> look(ports::State& state, document::Revision revision,
                     std::span<const ports::Load> wanted) {
  Arrival arrival;
  arrival.watermark = revision_of(TRY(state.get("watermark")));
  if (arrival.watermark < revision)
    arrival.obstacles.push_back("the change log is not worked off yet, or no engine is running");
  const auto known = TRY(state.loads());
  for (const auto& want : wanted) {
    const bool is_loaded = std::any_of(known.begin(), known.end(), [&](const ports::Load& load) {
      return load.document == want.document && load.target == want.target &&
             load.phase == ports::LoadPhase::kLoaded;
    });
    if (is_loaded) continue;
    arrival.obstacles.push_back(
        fmt::format("{} is not loaded into {} yet", want.document.value, want.target.value));
  }
  for (const auto& row : TRY(state.owed(kOwedShown)))
    arrival.obstacles.push_back(fmt::format("{} is owed {} {}: {}", row.owed.target.value,
                                            row.owed.document.value, row.owed.key.value,
                                            row.owed.detail));
  arrival.is_there = arrival.obstacles.empty();
  return arrival;
}

}  // namespace

Result<document::Revision> newest_view(ports::Database& database) {
  const auto reader = database.reader();
  return TRY(reader->open())->revision();
}

Result<Arrival> await_revision(ports::Database& database, Clock& clock, document::Revision revision,
                               std::span<const ports::Load> loads, std::chrono::seconds timeout,
                               std::stop_token stop,
                               const std::function<void(const Arrival&)>& on_look) {
  const auto state = database.state();
  const BootTime deadline = clock.boot_now() + timeout;
  for (;;) {
    const Arrival arrival = TRY(look(*state, revision, loads));
    if (arrival.is_there || clock.boot_now() >= deadline) return arrival;
    on_look(arrival);
    if (!clock.sleep(std::chrono::milliseconds(100), stop)) return cancelled("interrupted");
  }
}

}  // namespace syncline::cli
