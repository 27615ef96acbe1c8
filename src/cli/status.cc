
#include "base/log.h"
#include "cli/command.h"
#include "cli/status_text.h"
#include "cli/wiring.h"
#include "engine/engine.h"

namespace syncline::cli {
namespace {

// An engine publishes each second; after this it is gone, or frozen.
constexpr uint64_t kFreshUs = 5'000'000;

uint64_t now_us(const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.wall_now().time_since_epoch())
      .count();
}

// What an engine that ends in order says at last.
bool is_last_word(const engine::Status& status) {
  return status.phase == engine::to_string(engine::Phase::kStopping);
}

int show_status(const Common& common, bool is_short) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto attached = (*wiring)->attach();
  if (!attached.ok()) return fail(attached.error(), common);
  const auto text = (*wiring)->database().state()->get("status");
  if (!text.ok()) return fail(text.error(), common);
  if (text->empty())
    return fail(not_found("no engine has run yet", "start one with `syncline run`"), common);
  const auto status = engine::status_from_json(*text);
  if (!status.ok()) return fail(status.error(), common);
  const bool is_fresh = !is_last_word(*status) && now_us(clock) < status->published_us + kFreshUs;
  if (common.is_json) {
    fmt::print("{{\"is_running\":{},\"status\":{}}}\n", is_fresh, *text);
  } else if (is_short) {
    fmt::print("{}\n", is_fresh ? status_line(*status) : "no engine is running");
  } else {
    fmt::print("{}", status_page(*status, is_fresh));
  }
  return is_fresh ? kDone : kError;
}

}  // namespace

void add_status(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "status", "what the engine is doing: rows, lag, rate, owed records, last verdicts");
  command->footer(R"(Exit code 1 when no engine is running.

Examples:
  syncline status
  syncline status --json | jq .status.lag_seconds)");
  auto is_short = std::make_shared<bool>(false);
  command->add_flag("--short", *is_short, "one line");
  command->callback([&chosen, is_short] {
    chosen = [is_short](const Common& common, std::stop_token) {
      return show_status(common, *is_short);
    };
  });
}

}  // namespace syncline::cli
