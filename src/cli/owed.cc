#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "document/json.h"

namespace syncline::cli {
namespace {

constexpr size_t kShown = 1000;
constexpr size_t kKeysAtOnce = 1000;

struct Selection {
  std::string target;
  std::string document;
};

std::string_view reason_text(ports::OwedReason reason) {
  switch (reason) {
    case ports::OwedReason::kAway:
      return "away";
    case ports::OwedReason::kTooLarge:
      return "too large";
    case ports::OwedReason::kRefused:
      return "refused";
  }
  return "";
}

std::string to_json(const std::vector<ports::OwedRow>& owed) {
  std::string out = "[";
  for (const auto& row : owed) {
    if (out.size() > 1) out += ",";
    const std::pair<std::string_view, std::string_view> texts[] = {
        {"target", row.owed.target.value}, {"document", row.owed.document.value},
        {"key", row.owed.key.value},       {"reason", reason_text(row.owed.reason)},
        {"detail", row.owed.detail},       {"since", row.since}};
    out += "{";
    for (const auto& [name, text] : texts) {
      document::append_json_string(name, out);
      out += ":";
      document::append_json_string(text, out);
      out += ",";
    }
    out += fmt::format("\"attempts\":{}}}", row.attempts);
  }
  return out + "]";
}

int list(const Common& common) {
  SystemClock clock;
  const auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto owed = (*wiring)->database().state()->owed(kShown);
  if (!owed.ok()) return fail(owed.error(), common);
  if (common.is_json) {
    fmt::print("{}\n", to_json(*owed));
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : *owed)
    rows.push_back({row.owed.target.value, row.owed.document.value, row.owed.key.value,
                    std::string(reason_text(row.owed.reason)), std::to_string(row.attempts),
                    row.since, row.owed.detail});
  if (rows.empty()) {
    fmt::print("nothing is owed\n");
  } else {
    fmt::print("{}", render_table({"TARGET", "DOCUMENT", "KEY", "REASON", "TRIES", "SINCE", "WHY"},
                                  rows, {false, false, false, false, true, false, false}));
  }
  return kDone;
}

// Into the change log, whatever their back-off; the engine that streams does the rest.
int retry(const Common& common, const std::string& target) {
  SystemClock clock;
  const auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto log = (*wiring)->database().change_log();
  size_t total = 0;
  for (const auto& load : (*wiring)->wanted_targets()) {
    if (!target.empty() && load.value != target) continue;
    for (size_t noted = kKeysAtOnce; noted == kKeysAtOnce; total += noted) {
      const auto retried = log->retry_owed(load, kKeysAtOnce);
      if (!retried.ok()) return fail(retried.error(), common);
      noted = *retried;
    }
  }
  if (common.is_json) {
    fmt::print("{{\"noted\":{}}}\n", total);
  } else {
    fmt::print("{} keys are in the change log again\n", with_commas(total));
  }
  return kDone;
}

int drop(const Common& common, const Selection& selection) {
  SystemClock clock;
  const auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  std::optional<document::TargetName> target;
  std::optional<document::DocumentName> document;
  if (!selection.target.empty()) target.emplace(selection.target);
  if (!selection.document.empty()) document.emplace(selection.document);
  const auto dropped = (*wiring)->database().state()->drop_owed(target, document);
  if (!dropped.ok()) return fail(dropped.error(), common);
  if (common.is_json) {
    fmt::print("{{\"dropped\":{}}}\n", *dropped);
  } else {
    fmt::print("{} keys are no longer owed; `syncline verify` tells what is wrong now\n",
               with_commas(*dropped));
  }
  return kDone;
}

}  // namespace

void add_owed(CLI::App& program, Action& chosen) {
  auto* owed = program.add_subcommand("owed", "keys that a store could not take");
  owed->require_subcommand(1);
  owed->footer(
      R"(Owed keys are tried again by themselves: at once when the store returns, with growing
pauses when it refuses them, when they change where they were too large.

Examples:
  syncline owed list
  syncline owed retry --target mongodb     now, whatever the pause
  syncline owed drop --document customers  give them up)");
  auto selection = std::make_shared<Selection>();
  owed->add_subcommand("list", "every owed key, with the reason")->callback([&chosen] {
    chosen = [](const Common& common, std::stop_token) { return list(common); };
  });
  auto* retry_command = owed->add_subcommand("retry", "try again now");
  retry_command->add_option("--target", selection->target, "mongodb or redis; both by default");
  retry_command->callback([&chosen, selection] {
    chosen = [selection](const Common& common, std::stop_token) {
      return retry(common, selection->target);
    };
  });
  auto* drop_command = owed->add_subcommand("drop", "give up: the records stay as they are");
  drop_command->add_option("--target", selection->target, "mongodb or redis; both by default");
  drop_command->add_option("--document", selection->document, "document type; all by default");
  drop_command->callback([&chosen, selection] {
    chosen = [selection](const Common& common, std::stop_token) {
      return drop(common, *selection);
    };
  });
}

}  // namespace syncline::cli
