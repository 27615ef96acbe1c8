
#include "base/log.h"
#include "cli/command.h"
#include "cli/duration_option.h"
#include "cli/status_text.h"
#include "cli/watch.h"
#include "cli/wiring.h"

namespace syncline::cli {
namespace {

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
  const bool is_fresh = is_running(*status, clock);
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
  command->footer(
      R"(Exit code 1 when no engine is running. --watch shows it in the whole window, and
goes on when no engine runs or MySQL is away; q or Ctrl-C ends it. Where stdout is
no terminal, it prints one line each time.

Examples:
  syncline status
  syncline status --watch
  syncline status --watch --interval 10s >> status.log
  syncline status --json | jq .status.lag_seconds)");
  auto is_short = std::make_shared<bool>(false);
  command->add_flag("--short", *is_short, "one line");
  auto is_watching = std::make_shared<bool>(false);
  auto* watching = command->add_flag("--watch", *is_watching, "again and again, until q or Ctrl-C");
  auto interval = std::make_shared<std::chrono::seconds>(1);
  add_duration(*command, "--interval", *interval, "how often --watch looks")->needs(watching);
  command->callback([&chosen, is_short, is_watching, interval] {
    if (interval->count() < 1)
      throw CLI::ValidationError("--interval", "0s is no interval: give 1s or more");
    chosen = [is_short, is_watching, interval](const Common& common, std::stop_token stop) {
      if (*is_watching) return watch_status(common, *interval, stop);
      return show_status(common, *is_short);
    };
  });
}

}  // namespace syncline::cli
