
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/status_text.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "engine/engine.h"

namespace syncline::cli {
namespace {

struct EngineOptions {
  bool is_adopting = false;
  bool is_forced = false;
  bool is_stream_only = false;
};

// Waits for a MySQL that is away. A definition that cannot work is said at once, also by a copy
// that will only stand by.
Result<std::unique_ptr<Wiring>> open_patiently(const std::string& file, Clock& clock,
                                               std::stop_token stop) {
  for (;;) {
    auto wiring = Wiring::open(file, clock);
    const auto planned = wiring.ok() ? (*wiring)->plan() : wiring.error();
    if (planned.ok() || !planned.error().is_transient()) {
      if (!planned.ok()) return planned.error();
      return wiring;
    }
    log_warn("{}; trying again", planned.error().text());
    if (!clock.sleep(std::chrono::seconds(1), stop)) return cancelled("interrupted");
  }
}

int run_engine(const Common& common, const EngineOptions& options, std::stop_token stop) {
  SystemClock clock;
  auto wiring = open_patiently(common.file, clock, stop);
  if (!wiring.ok()) return fail(wiring.error(), common);
  Wiring& parts = **wiring;

  LiveLine line(clock);
  engine::Engine engine({
      .database = parts.database(),
      .install = [&] { return parts.install(options.is_forced, options.is_adopting); },
      .connect = [&](const ports::Identity& identity) { return parts.connectors(identity); },
      .options = parts.pipeline().options,
      .clock = clock,
      .adopt = options.is_adopting,
      .verify_continuously = !options.is_stream_only,
      .load = !options.is_stream_only,
      .on_status =
          [&](const std::string& json) {
            const auto status = engine::status_from_json(json);
            if (status.ok()) line.show(status_line(*status));
          },
  });
  const auto outcome = engine.run(stop);
  if (!outcome.ok()) return fail(outcome.error(), common);
  log_info("stopped");
  return kDone;
}

void add_engine_command(CLI::App* command, Action& chosen, bool is_stream_only) {
  auto options = std::make_shared<EngineOptions>();
  options->is_stream_only = is_stream_only;
  command->add_flag("--adopt", options->is_adopting,
                    "take over targets that belong to nobody known, or another MySQL server");
  command->add_flag("--force", options->is_forced,
                    "take definitions back that a newer pipeline file had replaced");
  command->callback([&chosen, options] {
    chosen = [options](const Common& common, std::stop_token stop) {
      return run_engine(common, *options, stop);
    };
  });
}

}  // namespace

void add_run(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "run", "the main job: install what is missing, load, follow, verify continuously");
  command->footer(
      R"(Runs until SIGTERM or Ctrl-C. A second copy stands by and takes over within seconds.

Examples:
  syncline run
  syncline run -f shop.yaml --log-level debug)");
  add_engine_command(command, chosen, false);
}

void add_stream(CLI::App& program, Action& chosen) {
  auto* command =
      program.add_subcommand("stream", "follow the change log only: no load, no verification");
  command->footer(R"(Examples:
  syncline capture install && syncline snapshot && syncline stream)");
  add_engine_command(command, chosen, true);
}

}  // namespace syncline::cli
