
#include "base/log.h"
#include "cli/arrival.h"
#include "cli/command.h"
#include "cli/duration_option.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "stream/streamer.h"
#include "verify/report.h"
#include "verify/verifier.h"

namespace syncline::cli {
namespace {

struct VerifyOptions {
  std::vector<std::string> documents;
  bool is_repairing = false;
  std::chrono::seconds within{60};
};

Result<verify::Report> verify_once(Wiring& wiring, refresh::TargetSet& targets,
                                   const verify::Request& request, Clock& clock,
                                   std::stop_token stop) {
  verify::Verifier verifier(
      {wiring.database(), targets, wiring.plans(), wiring.pipeline().options, clock});
  ProgressBar bar(clock, "documents");
  return verifier.run(request, stop, [&](const verify::Progress& progress) {
    const std::string label =
        progress.round == 1 ? progress.document.value
                            : fmt::format("{} (look {})", progress.document.value, progress.round);
    bar.show(label, progress.documents, progress.documents_about);
  });
}

// Repair notes keys in the change log: sees to it that they are refreshed, by the engine that
// streams or by ourselves.
Result<void> refresh_noted(Wiring& wiring, refresh::TargetSet& targets, Clock& clock,
                           std::chrono::seconds within, std::stop_token stop) {
  const auto lock = TRY(HeldLock::try_take(wiring.database(), clock));
  if (!lock) {
    const auto revision = TRY(newest_view(wiring.database()));
    TRY(await_revision(wiring.database(), clock, revision, {}, within, stop,
                       [](const Arrival&) {}));
    return {};
  }
  refresh::LoadTable loads;
  TRY(loads.read(*wiring.database().state()));
  refresh::Counters counters;
  stream::Streamer streamer({wiring.database(), targets, loads, wiring.plans(),
                             wiring.pipeline().options, clock, counters});
  return streamer.drain(stop);
}

struct Outcome {
  verify::Report found;                  ///< by the first look
  std::optional<verify::Report> mended;  ///< by another look after the repair
};

Result<Outcome> verify_and_repair(Wiring& wiring, const VerifyOptions& options, Clock& clock,
                                  std::stop_token stop) {
  const auto installed = TRY(wiring.attach());
  refresh::TargetSet& targets = *TRY(wiring.open_targets(installed, false));
  verify::Request request;
  for (const std::string& name : options.documents)
    request.documents.push_back(TRY(wiring.find_plan(name))->name);
  request.repair = options.is_repairing;
  request.within = options.within;
  Outcome outcome;
  outcome.found = TRY(verify_once(wiring, targets, request, clock, stop));
  if (!options.is_repairing || outcome.found.faults() == 0) return outcome;
  TRY(refresh_noted(wiring, targets, clock, options.within, stop));
  request.repair = false;
  outcome.mended = TRY(verify_once(wiring, targets, request, clock, stop));
  return outcome;
}

int run_verify(const Common& common, const VerifyOptions& options, std::stop_token stop) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto outcome = verify_and_repair(**wiring, options, clock, stop);
  if (!outcome.ok()) return fail(outcome.error(), common);
  const auto& last = outcome->mended ? *outcome->mended : outcome->found;
  if (common.is_json) {
    if (outcome->mended) {
      fmt::print("{{\"found\":{},\"after_repair\":{}}}\n", verify::to_json(outcome->found),
                 verify::to_json(last));
    } else {
      fmt::print("{}\n", verify::to_json(last));
    }
  } else {
    fmt::print("{}", verify::to_table(outcome->found));
    if (outcome->mended)
      fmt::print("\n{} repaired; after the repair:\n{}", outcome->found.repaired,
                 verify::to_table(last));
  }
  if (last.faults() > 0) return kFaults;
  return last.unverified() > 0 ? kIncomplete : kDone;
}

}  // namespace

void add_verify(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "verify", "compare every document with both stores, and every record with MySQL");
  auto options = std::make_shared<VerifyOptions>();
  command->add_option("documents", options->documents, "document types; all when none is named");
  command->add_flag("--repair", options->is_repairing, "mend what is faulty, then look again");
  add_duration(*command, "--within", options->within,
               "look again at what is in motion for this long; the rest is unverified");
  command->footer(
      R"(Works under live traffic. Exit codes: 0 right, 3 faults, 4 not all could be verified.

Examples:
  syncline verify
  syncline verify customers orders --repair
  syncline verify --json --within 5m)");
  command->callback([&chosen, options] {
    chosen = [options](const Common& common, std::stop_token stop) {
      return run_verify(common, *options, stop);
    };
  });
}

}  // namespace syncline::cli
