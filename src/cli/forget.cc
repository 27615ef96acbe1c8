#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/wiring.h"

namespace syncline::cli {
namespace {

// The floor goes with the records: only a load may follow, and that raises another one.
Result<uint64_t> purge(Wiring& wiring, const std::string& name, Clock& clock) {
  const auto lock = TRY(HeldLock::try_take(wiring.database(), clock));
  if (!lock)
    return conflict("an engine streams this pipeline",
                    "stop it first: it would write the records again");
  const auto installed = TRY(wiring.attach());
  const document::DocumentPlan& plan = *TRY(wiring.find_plan(name));
  refresh::TargetSet& targets = *TRY(wiring.open_targets(installed, false));
  // A view is refused where this MySQL is not the one, or not the state, that the records came
  // from.
  const auto reader = wiring.database().reader();
  TRY(reader->open());
  const auto state = wiring.database().state();
  uint64_t purged = 0;
  for (const auto& target : targets.names()) {
    const auto connection = TRY(targets.connect(target));
    TRY(state->set_load_phase({.document = plan.name, .target = target}));
    TRY(state->forget_writes(plan.name, target));
    purged += TRY(connection->purge(plan));
  }
  TRY(state->drop_owed(std::nullopt, plan.name));
  return purged;
}

int forget(const Common& common, const std::string& name) {
  SystemClock clock;
  const auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto purged = purge(**wiring, name, clock);
  if (!purged.ok()) return fail(purged.error(), common);
  if (common.is_json) {
    fmt::print("{{\"purged\":{}}}\n", *purged);
  } else {
    fmt::print("purged: {} records of {}; take it out of {}, or the next run loads it again\n",
               with_commas(*purged), name, (*wiring)->pipeline().path);
  }
  return kDone;
}

}  // namespace

void add_forget(CLI::App& program, Action& chosen) {
  auto* command =
      program.add_subcommand("forget", "remove all records of a document type from the stores");
  auto name = std::make_shared<std::string>();
  auto is_purging = std::make_shared<bool>(false);
  command->add_option("document", *name, "document type")->required();
  command->add_flag("--purge", *is_purging, "yes, remove them")->required();
  command->footer(
      R"(A document type that is taken out of the pipeline file leaves its records in the stores.
To remove them as well, stop the engine, forget the type, then take it out.

Examples:
  syncline forget customers --purge)");
  command->callback([&chosen, name, is_purging] {  // the parser writes to both
    chosen = [name](const Common& common, std::stop_token) { return forget(common, *name); };
  });
}

}  // namespace syncline::cli
