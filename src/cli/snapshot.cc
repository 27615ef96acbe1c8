#include "snapshot/snapshot.h"

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "stream/streamer.h"

namespace syncline::cli {
namespace {

struct SnapshotOptions {
  std::vector<std::string> documents;
  bool is_again = false;
  bool is_adopting = false;
};

struct Outcome {
  snapshot::Report report;
  refresh::Counters counters;
  double seconds = 0;
};

Result<void> load(Wiring& wiring, const SnapshotOptions& options, Clock& clock,
                  std::stop_token stop, Outcome& outcome) {
  // Whoever holds the streaming lock installs, and follows what the cleaning walk notes; another
  // engine does it otherwise.
  const auto lock = TRY(HeldLock::try_take(wiring.database(), clock));
  const auto installed = TRY(lock ? wiring.install(false, options.is_adopting) : wiring.attach());
  std::vector<document::DocumentName> only;
  for (const std::string& name : options.documents)
    only.push_back(TRY(wiring.find_plan(name))->name);
  refresh::TargetSet& targets = *TRY(wiring.open_targets(installed, options.is_adopting));
  refresh::LoadTable loads;
  TRY(loads.read(*wiring.database().state()));

  const refresh::Parts parts{wiring.database(),         targets, loads,           wiring.plans(),
                             wiring.pipeline().options, clock,   outcome.counters};
  snapshot::Snapshot snapshot(parts);
  {
    ProgressBar bar(clock, "documents");
    outcome.report =
        TRY(snapshot.run(only, options.is_again, stop, [&](const snapshot::Progress& progress) {
          bar.show(progress.document.value + (progress.is_cleaning ? " (cleaning)" : ""),
                   progress.documents,
                   progress.is_cleaning ? 0 : wiring.approximate_rows(progress.document));
        }));
  }
  if (lock) {
    stream::Streamer streamer(parts);
    TRY(streamer.drain(stop));
  }
  return {};
}

void print(const Outcome& outcome, const Common& common) {
  const auto& [report, counters, seconds] = outcome;
  if (common.is_json) {
    fmt::print(
        "{{\"documents\":{},\"chunks\":{},\"chunks_resumed\":{},\"is_complete\":{},\"written\":{},"
        "\"older\":{},\"removed\":{},\"owed\":{},\"seconds\":{:.3f}}}\n",
        report.documents, report.chunks, report.chunks_resumed, report.is_complete,
        counters.written.load(), counters.older.load(), counters.removed.load(),
        counters.owed.load(), seconds);
    return;
  }
  fmt::print("{}: {} documents in {:.1f} s ({}/s), {} chunks",
             report.is_complete ? "loaded" : "not complete", with_commas(report.documents), seconds,
             with_commas(static_cast<uint64_t>(report.documents / std::max(seconds, 1e-3))),
             report.chunks);
  if (report.chunks_resumed > 0) fmt::print(", {} were done before", report.chunks_resumed);
  fmt::print("\n");
  if (counters.owed > 0)
    fmt::print("{} records are owed: a store could not take them\n", with_commas(counters.owed));
}

int run_snapshot(const Common& common, const SnapshotOptions& options, std::stop_token stop) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  Outcome outcome;
  const BootTime begun = clock.boot_now();
  const auto loaded = load(**wiring, options, clock, stop, outcome);
  outcome.seconds = seconds(clock.boot_now() - begun);
  if (stop.stop_requested())
    return fail(cancelled("interrupted; the next snapshot goes on from here"), common);
  if (!loaded.ok()) return fail(loaded.error(), common);
  print(outcome, common);
  return outcome.report.is_complete && outcome.counters.owed == 0 ? kDone : kIncomplete;
}

}  // namespace

void add_snapshot(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "snapshot", "load what was never loaded; goes on where a killed one stopped");
  auto options = std::make_shared<SnapshotOptions>();
  command->add_option("documents", options->documents, "document types; all when none is named");
  command->add_flag("--again", options->is_again, "load anew, also what is loaded");
  command->add_flag("--adopt", options->is_adopting,
                    "take over targets that belong to nobody known, or another MySQL server");
  command->footer(R"(Examples:
  syncline snapshot
  syncline snapshot customers --again
  syncline snapshot --json)");
  command->callback([&chosen, options] {
    chosen = [options](const Common& common, std::stop_token stop) {
      return run_snapshot(common, *options, stop);
    };
  });
}

}  // namespace syncline::cli
